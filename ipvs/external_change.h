#ifndef IPVS_EXTERNAL_CHANGE_H
#define IPVS_EXTERNAL_CHANGE_H

#include <stdbool.h>

#include "ipvs/table.h"

/* How other programs treat one of our services; zero-initialised: not at all. */
struct external_change {
	unsigned streak; /* comparisons in a row that found it changed again after we restored it */
	unsigned hold;	 /* comparisons to wait before it is restored again */
};

#define EXTERNAL_CHANGE_STREAK	 3  /* from here on: a fight */
#define EXTERNAL_CHANGE_HOLD_MAX 30 /* comparisons: five minutes at one in 10 s */

/* external_change.c */

/*
 * Judges one service after a dump: `left` is how we left it, `found` how it is now (NULL: not in
 * the kernel); `unwanted`: the present form is not the wanted one.  Warns in the service's name.
 * True: leave it for now, it is restored at a later comparison.
 */
bool external_change_judge(struct external_change *external_change, const char *name,
			   const struct table_service *left, const struct table_service *found,
			   bool unwanted);
/* No comparison with how we left it is possible. True as above. */
bool external_change_wait(struct external_change *external_change);

#endif
