#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdint.h>

#include "core/base/mono.h"

/*
 * One event loop per process.  A turn: wait until a descriptor is ready or the first timer is due,
 * sample the time once, call every ready watch, then every due timer (at most a bounded number of
 * each).  Descriptors come first, so that what lies in a receive queue is known before a deadline
 * acts.
 */
struct loop;
struct watch;
struct timer;

typedef void watch_fn(struct watch *watch, uint32_t events, void *data);
typedef void timer_fn(struct timer *timer, void *data);

/* A descriptor that is watched; embedded in its owner, which keeps it in place while added. */
struct watch {
	struct loop *loop; /* NULL while not added */
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT, ... */
	watch_fn *call;
	void *data;
};

/* A deadline; embedded in its owner. Zero-initialised is "not set". */
struct timer {
	struct loop *loop; /* NULL while not set */
	struct mono due;
	uint32_t position; /* in the heap */
	uint32_t order;	   /* of setting, among those with the same due time */
	timer_fn *call;
	void *data;
};

/* How late timers were served: counts of wake-ups with lateness < 2^i µs, i = 0..23. */
#define LATENESS_BUCKETS 24
struct lateness {
	uint64_t count[LATENESS_BUCKETS];
	int64_t max; /* µs */
};

/* loop.c */
struct loop *loop_create(void);
/* Forgets all watches and timers; their owners keep (and close) their descriptors. */
void loop_destroy(struct loop *loop);
/* Turns until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* One turn that waits at most `timeout` µs (0 = do not wait, -1 = no limit); for tests and drains.
 */
void loop_turn(struct loop *loop, int64_t timeout);
/* The time at the start of this turn. */
struct mono loop_now(const struct loop *loop);
const struct lateness *loop_lateness(const struct loop *loop);

/* Watches `fd` (level-triggered). An fd the kernel refuses is fatal(). */
void watch_add(struct loop *loop, struct watch *watch, int fd, uint32_t events, watch_fn *call,
	       void *data);
void watch_modify(struct watch *watch, uint32_t events);
/* Safe in its own callback and when not added; also drops events of this turn not yet served. */
void watch_remove(struct watch *watch);

/* timer.c: the heap; a timer runs at most once per setting. */
void timer_set(struct loop *loop, struct timer *timer, struct mono due, timer_fn *call, void *data);
/* Safe when not set. */
void timer_cancel(struct timer *timer);
static inline int timer_is_set(const struct timer *timer)
{
	return timer->loop != 0;
}

#endif
