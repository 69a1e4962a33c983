/*
 * When targets are tried and what their results mean.  Pure functions of configuration, state and
 * time; check_scheduler.c owns the timers.
 *
 * A target's regular tries lie on a grid: multiples of its interval on the monotonic clock, moved
 * by a phase taken from its key.  Keys are hashes, so phases are spread evenly over the interval,
 * a slow or late try shifts nothing behind it, and targets never drift into clumps.  Each try is
 * moved off its grid point by a few per cent, differently each time, so that two targets whose
 * phases happen to meet, or another prober with the same interval, do not meet every time.
 *
 * Outside the grid are the first try, within a second of the start, retries after a failure, and
 * tries that are made again because the one before was inconclusive.
 */
#include "check/check_state.h"

#define INTERVAL_MIN	   (10 * USEC_PER_MSEC)
#define JITTER_PART	   32 /* a try is at most interval/32 before or behind its grid point */
#define GAP_PART	   8  /* and at least interval/8 behind the begin of the one before */
#define INCONCLUSIVE_DELAY USEC_PER_SEC

/* The finaliser of splitmix64: every bit of the result depends on every bit of the input. */
static uint64_t mix(uint64_t value)
{
	value += UINT64_C(0x9e3779b97f4a7c15);
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

/* A number in [0, range), the same for equal keys and salts. */
static int64_t draw(uint64_t key, uint64_t salt, int64_t range)
{
	return (int64_t)(mix(key ^ mix(salt)) % (uint64_t)range);
}

static int64_t interval_of(const struct target_conf *conf)
{
	return conf->interval > INTERVAL_MIN ? conf->interval : INTERVAL_MIN;
}

struct mono check_state_first_due(const struct target_conf *conf, struct mono start)
{
	int64_t interval = interval_of(conf);
	int64_t spread = interval < USEC_PER_SEC ? interval : USEC_PER_SEC;

	/* Salted unlike the phase: the worker was chosen by the same key. */
	return mono_add(start, draw(conf->key, 1, spread));
}

/* The first jittered grid point later than `after`. */
static struct mono next_on_grid(const struct target_conf *conf, struct mono after)
{
	int64_t interval = interval_of(conf);
	int64_t phase = draw(conf->key, 2, interval);
	int64_t jitter = interval / JITTER_PART;
	int64_t slot = (after.us - phase) / interval - 1;
	int64_t due;

	do {
		slot++;
		due = phase + slot * interval - jitter +
		      draw(conf->key, (uint64_t)slot, 2 * jitter + 1);
	} while (due <= after.us);
	return (struct mono){due};
}

static struct mono next_regular(const struct target_conf *conf, struct mono began, struct mono now)
{
	struct mono earliest = mono_add(began, interval_of(conf) / GAP_PART);

	return next_on_grid(conf, mono_before(earliest, now) ? now : earliest);
}

struct mono check_state_next_due(const struct target_conf *conf, struct check_state *check_state,
				 enum check_result result, struct mono began, struct mono now)
{
	int64_t interval = interval_of(conf);
	int64_t delay = interval < INCONCLUSIVE_DELAY ? interval : INCONCLUSIVE_DELAY;

	switch (result) {
	case RESULT_PASS:
		check_state->verdict = VERDICT_PASS;
		check_state->failures = 0;
		return next_regular(conf, began, now);
	case RESULT_FAIL:
		if (check_state->failures <= conf->retry)
			check_state->failures++;
		if (check_state->verdict != VERDICT_PASS || check_state->failures > conf->retry) {
			check_state->verdict = VERDICT_FAIL;
			return next_regular(conf, began, now);
		}
		return mono_add(now, conf->delay_before_retry > 0 ? conf->delay_before_retry : 1);
	case RESULT_INCONCLUSIVE:
	case RESULT_NONE:
		break;
	}
	/* Between half the delay and all of it, so that what failed together is not repeated
	 * together. */
	return mono_add(now, delay / 2 + draw(conf->key, (uint64_t)now.us, delay / 2 + 1));
}
