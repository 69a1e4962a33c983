/*
 * Deadlines: a 4-ary heap of the timers that are set, with each timer's place kept in the timer
 * itself, so that setting, moving and cancelling one among thousands costs a few comparisons and
 * no search.  Four children to a node make the heap half as deep as two, for the same memory
 * traffic per level.
 *
 * Once a turn the loop serves what is due.  The due timers are first taken off the heap into a
 * batch and then called: what a callback sets for a time already past goes to the heap and is
 * served in the next turn, after the descriptors, so no timer can starve them.  A timer in the
 * batch may still be cancelled or set anew by the callbacks before it.
 */
#include "core/base/timer.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"

#define CHILDREN       4
#define FIRST_CAPACITY 64
#define IN_BATCH       UINT32_C(0x80000000) /* in timer.position: the rest indexes the batch */

/* Equal due times are served in the order of setting: timers that are set again in each round then
 * keep their places in it, and their periods. */
static bool is_earlier(const struct timer *a, const struct timer *b)
{
	if (a->due.us != b->due.us)
		return mono_before(a->due, b->due);
	return (int32_t)(a->order - b->order) < 0;
}

static void place(struct timer_heap *heap, uint32_t position, struct timer *timer)
{
	heap->slots[position] = timer;
	timer->position = position;
}

static void sift_up(struct timer_heap *heap, uint32_t position, struct timer *timer)
{
	while (position > 0) {
		uint32_t parent = (position - 1) / CHILDREN;
		if (!is_earlier(timer, heap->slots[parent]))
			break;
		place(heap, position, heap->slots[parent]);
		position = parent;
	}
	place(heap, position, timer);
}

static void sift_down(struct timer_heap *heap, uint32_t position, struct timer *timer)
{
	for (;;) {
		uint32_t child = position * CHILDREN + 1, earliest, end;

		if (child >= heap->used)
			break;
		end = child + CHILDREN < heap->used ? child + CHILDREN : heap->used;
		for (earliest = child++; child < end; child++)
			if (is_earlier(heap->slots[child], heap->slots[earliest]))
				earliest = child;
		if (!is_earlier(heap->slots[earliest], timer))
			break;
		place(heap, position, heap->slots[earliest]);
		position = earliest;
	}
	place(heap, position, timer);
}

static void heap_insert(struct timer_heap *heap, struct timer *timer)
{
	if (heap->used == heap->capacity) {
		heap->capacity = heap->capacity > 0 ? heap->capacity * 2 : FIRST_CAPACITY;
		if (heap->capacity >= IN_BATCH)
			fatal("too many timers: %u", heap->used);
		heap->slots = alloc_resize(heap->slots, heap->capacity, sizeof(*heap->slots));
	}
	sift_up(heap, heap->used++, timer);
}

/* The last timer fills the gap and moves to where it belongs from there. */
static void heap_remove(struct timer_heap *heap, uint32_t position)
{
	struct timer *last = heap->slots[--heap->used];

	if (position == heap->used)
		return;
	if (position > 0 && is_earlier(last, heap->slots[(position - 1) / CHILDREN]))
		sift_up(heap, position, last);
	else
		sift_down(heap, position, last);
}

void timer_set(struct loop *loop, struct timer *timer, struct mono due, timer_fn *call, void *data)
{
	timer_cancel(timer);
	timer->loop = loop;
	timer->due = due;
	timer->order = loop_timers(loop)->settings++;
	timer->call = call;
	timer->data = data;
	heap_insert(loop_timers(loop), timer);
}

void timer_cancel(struct timer *timer)
{
	if (!timer_is_set(timer))
		return;
	struct timer_heap *heap = loop_timers(timer->loop);
	if ((timer->position & IN_BATCH) != 0)
		heap->batch[timer->position & ~IN_BATCH] = NULL;
	else
		heap_remove(heap, timer->position);
	timer->loop = NULL;
}

bool timer_heap_first_due(const struct timer_heap *heap, struct mono *due)
{
	if (heap->used == 0)
		return false;
	*due = heap->slots[0]->due;
	return true;
}

/* Bucket i counts lateness below 2^i µs; the last one also all that is later. */
static void lateness_add(struct lateness *lateness, int64_t late)
{
	unsigned bucket = late > 0 ? 64U - (unsigned)__builtin_clzll((unsigned long long)late) : 0;

	lateness->count[bucket < LATENESS_BUCKETS ? bucket : LATENESS_BUCKETS - 1]++;
	if (late > lateness->max)
		lateness->max = late;
}

void timer_heap_serve(struct timer_heap *heap, struct mono now, struct lateness *lateness)
{
	struct timer *timer;
	uint32_t n;

	for (n = 0; n < TIMERS_PER_TURN && heap->used > 0; n++) {
		timer = heap->slots[0];
		if (mono_before(now, timer->due))
			break;
		heap_remove(heap, 0);
		timer->position = IN_BATCH | n;
		heap->batch[n] = timer;
	}
	for (uint32_t i = 0; i < n; i++) {
		timer = heap->batch[i];
		if (!timer)
			continue;
		heap->batch[i] = NULL;
		timer->loop = NULL;
		lateness_add(lateness, mono_diff(now, timer->due));
		timer->call(timer, timer->data);
	}
}

void timer_heap_clear(struct timer_heap *heap)
{
	for (uint32_t i = 0; i < heap->used; i++)
		heap->slots[i]->loop = NULL;
	free(heap->slots);
	memset(heap, 0, sizeof(*heap));
}
