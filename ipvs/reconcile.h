#ifndef IPVS_RECONCILE_H
#define IPVS_RECONCILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/vector.h"
#include "ipvs/table.h"

/* The changes that the kernel's table knows. */
enum command_kind {
	COMMAND_NEW_SERVICE,
	COMMAND_SET_SERVICE,
	COMMAND_DEL_SERVICE,
	COMMAND_NEW_DESTINATION,
	COMMAND_SET_DESTINATION,
	COMMAND_DEL_DESTINATION
};

struct command {
	enum command_kind kind;
	uint32_t tag;			     /* the caller's, from reconcile_service() */
	const struct table_service *service; /* outlives the command */
	struct destination destination;	     /* *_DESTINATION only */
};

/*
 * The commands that turn what the kernel has into what is wanted, in two lists: all of `add` is
 * sent and acknowledged before anything of `remove`.
 */
struct difference {
	struct vector add;    /* struct command: new, changed and raised */
	struct vector remove; /* struct command: lowered and deleted */
};

/* reconcile.c */

/*
 * Appends the difference for one sorted service.  `wanted` NULL: it is to go; `present` NULL: the
 * kernel lacks it; both NULL: nothing.  Nothing is appended when they are equal.  The commands
 * carry `tag` and point to *wanted (else *present), which must outlive them.
 */
void reconcile_service(const struct table_service *wanted, const struct table_service *present,
		       uint32_t tag, struct difference *difference);

size_t reconcile_count(const struct difference *difference);
void reconcile_clear(struct difference *difference);

#define COMMAND_TEXT_SIZE 160
/* What the command was to do and why the kernel refused it (a positive errno), in words: "cannot
 * add server 10.0.0.3:80: ...". Returns `text`. */
const char *command_error(const struct command *command, int error, char text[COMMAND_TEXT_SIZE]);

#endif
