#ifndef IPVS_RECONCILE_H
#define IPVS_RECONCILE_H

#include "ipvs/command.h"
#include "ipvs/table.h"

/*
 * The commands that turn what the kernel has into what is wanted, in two lists: all of `add` is
 * sent and acknowledged before anything of `remove`.
 */
struct difference {
	struct command_list add;    /* new, changed and raised */
	struct command_list remove; /* lowered and deleted */
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

#endif
