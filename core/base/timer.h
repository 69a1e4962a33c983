#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/loop.h"

/*
 * Between loop.c, which owns one heap and serves it once a turn, and timer.c.  Everyone else uses
 * timer_set() and timer_cancel() of loop.h.
 */

#define TIMERS_PER_TURN 1024 /* more that are due wait for the next turn, after its descriptors */

struct timer_heap {
	struct timer **slots; /* a 4-ary heap by due time */
	uint32_t used;
	uint32_t capacity;
	uint32_t settings; /* so far; wraps */
	struct timer
		*batch[TIMERS_PER_TURN]; /* being served; NULL = served, cancelled or set anew */
};

/* loop.c */
struct timer_heap *loop_timers(struct loop *loop);

/* timer.c */

/* False: no timer is set. */
bool timer_heap_first_due(const struct timer_heap *heap, struct mono *due);
/* Calls what is due at `now`, in the order of their due times (equal ones: as they were
 * set), and adds to *lateness. */
void timer_heap_serve(struct timer_heap *heap, struct mono now, struct lateness *lateness);
/* Forgets all timers and frees the heap's memory. */
void timer_heap_clear(struct timer_heap *heap);

#endif
