#ifndef CORE_GENERATION_H
#define CORE_GENERATION_H

#include <stdint.h>

#include "conf/model/load.h"
#include "conf/model/print.h"
#include "core/base/mono.h"
#include "core/process/status.h"

/*
 * One configuration that is or was in force: the model, and its canonical text for each kind of
 * process in a sealed memfd.  Shared by reference count: a reload holds two until every worker has
 * the new one.  Only `references` changes after its creation.
 */
struct generation {
	uint64_t number; /* from 1 */
	struct conf *conf;
	struct wall loaded_at;
	int texts[CONF_CHECK + 1]; /* by enum conf_part */
	unsigned check_workers;	   /* how many of them run; at least 1 */
	int64_t advert_interval;   /* µs, the smallest of all instances; 0 = no instance */
	int64_t address_lease;	   /* µs, the smallest of all instances; 0 = none has one */
	uint32_t *slots;	   /* which its instances have (vrrp/net/slots.h) */
	uint32_t next_slot;	   /* the first that none had so far; goes round */
	unsigned references;
};

/* generation.c */

/* Takes `conf`, whose check_workers becomes the true number, so that every process knows which
 * targets are its own.  No memory is fatal(). */
struct generation *generation_create(uint64_t number, struct conf *conf, struct wall loaded_at);
/* Each instance keeps the slot that it had in `before`; the others get free ones. Without `before`
 * (NULL) all are new. */
void generation_number_slots(struct generation *generation, const struct generation *before);
struct generation *generation_ref(struct generation *generation);
void generation_unref(struct generation *generation); /* NULL is allowed */
/* The text for one kind of worker; owned by the generation. */
int generation_text(const struct generation *generation, enum role_kind kind);
/* Both say the very same: no worker would notice one taking the other's place. */
bool generation_equal(const struct generation *a, const struct generation *b);
/* All of it as one string for free(), secrets masked unless they are asked for. */
char *generation_config_text(const struct generation *generation, bool secrets, size_t *size);
/* What the segment of such a worker looks like; NULL: such a process has none. */
const struct status_layout *generation_layout(enum role_kind kind);
/* An empty status segment in the shape that a worker needs. */
struct status *generation_segment(const struct generation *generation, enum role_kind kind,
				  unsigned index);
/* Reads the whole of a memfd; NULL when that fails; for free(). */
char *generation_read_text(int fd, size_t *size);
/* A part of a configuration, with its secrets, in such a file. */
int generation_seal(const struct conf *conf, enum conf_part part);
/* An unnamed file for `name`'s text, which can no longer change. */
int generation_seal_text(const char *name, const char *text, size_t size);

#endif
