#ifndef CORE_BUCKET_H
#define CORE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"

/* A bound for what others can provoke: `depth` at once, and one more for each `period` (µs). */
struct bucket {
	struct mono full; /* when it is full again; 0 = it is */
};

/* Takes one; false: it is empty. `period` and `depth` may differ from call to call. */
static inline bool bucket_take(struct bucket *bucket, struct mono now, int64_t period,
			       unsigned depth)
{
	int64_t missing = mono_diff(bucket->full, now);

	if (missing < 0)
		missing = 0;
	if (missing > (int64_t)depth * period)
		missing = (int64_t)depth * period; /* of a longer period */
	if (missing > ((int64_t)depth - 1) * period)
		return false;
	bucket->full = mono_add(now, missing + period);
	return true;
}

#endif
