#ifndef CHECK_STATE_H
#define CHECK_STATE_H

#include <stdint.h>

#include "check/check_status.h"
#include "conf/table/conf.h"
#include "core/base/mono.h"
#include "core/process/message.h"

/* What is believed of a target: the outcome of all tries so far. */
struct check_state {
	enum verdict verdict;
	uint32_t failures; /* consecutive failed tries, up to retry + 1 */
};

/* check_state.c: pure; times follow from the target's key, so they are the same in every process.
 */

/* When a target that was never tried gets its first try: within a second of `start`. */
struct mono check_state_first_due(const struct target_conf *conf, struct mono start);
/*
 * Takes in the result of a try that began at `began` and ended at `now`; returns when the next one
 * is due, always after `now`.  `check_state` changes its verdict to pass at once, to fail after
 * retry + 1 consecutive failures or, while unknown, at once (as keepalived does).
 */
struct mono check_state_next_due(const struct target_conf *conf, struct check_state *check_state,
				 enum check_result result, struct mono began, struct mono now);

#endif
