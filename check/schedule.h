#ifndef CHECK_SCHEDULE_H
#define CHECK_SCHEDULE_H

#include <stdint.h>

#include "check/check_status.h"
#include "conf/table/conf.h"
#include "core/base/mono.h"
#include "core/process/message.h"

/* What is believed of a target: the outcome of all tries so far. */
struct standing {
	enum verdict verdict;
	uint32_t failures; /* consecutive failed tries, up to retry + 1 */
};

/* schedule.c: pure; times follow from the target's key, so they are the same in every process. */

/* When a target that was never tried gets its first try: within a second of `start`. */
struct mono schedule_first(const struct target_conf *conf, struct mono start);
/*
 * Takes in the result of a try that began at `began` and ended at `now`; returns when the next one
 * is due, always after `now`.  `standing` changes its verdict to pass at once, to fail after
 * retry + 1 consecutive failures or, while unknown, at once (as keepalived does).
 */
struct mono schedule_after(const struct target_conf *conf, struct standing *standing,
			   enum check_result result, struct mono began, struct mono now);

#endif
