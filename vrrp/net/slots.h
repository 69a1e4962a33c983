#ifndef VRRP_SLOTS_H
#define VRRP_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"

#define SLOTS_MAX 65536 /* instances */

/* What vrrp says of the addresses of an instance. */
enum slot_state {
	SLOT_NEVER, /* nothing was said yet: nothing is touched */
	SLOT_OFF,   /* they are removed */
	SLOT_KEEP,  /* none is added or renewed; they are removed when `until` has come */
	SLOT_HOLD,  /* they are added and renewed until then, and removed SLOT_GRACE later */
};
#define SLOT_GRACE USEC_PER_SEC

struct slot_word {
	enum slot_state state;
	uint16_t epoch;	   /* changes with each take-over */
	struct mono until; /* of KEEP and HOLD, to the millisecond */
};

/*
 * One word for each instance, in memory that vrrp writes and net reads, and that outlives both.
 * Main numbers the slots: an instance keeps its own over reloads and restarts.
 */
struct slots;

/* slots.c */

/* Makes them, all SLOT_NEVER; no memory is fatal(). */
struct slots *slots_create(void);
/* Maps those of that descriptor, which is owned then. NULL: they are not slots, and it is not. */
struct slots *slots_map(int fd, bool writable);
void slots_destroy(struct slots *slots); /* NULL is allowed */
int slots_fd(const struct slots *slots);
/* A descriptor of the same memory by which it cannot be written; -1 with errno. */
int slots_readable(const struct slots *slots);
/* `slot` is below SLOTS_MAX, else fatal(). */
struct slot_word slot_read(const struct slots *slots, uint32_t slot);
void slot_write(struct slots *slots, uint32_t slot, const struct slot_word *word);

#endif
