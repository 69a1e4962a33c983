/*
 * The two clocks.  Deadlines and intervals are measured with CLOCK_BOOTTIME, which neither an
 * administrator nor NTP can step and which all processes of a machine share, so that a heartbeat
 * written by one can be judged by another.  It also goes on while the machine is suspended: who
 * wakes up finds all deadlines long past, as after any other pause, and an Active router listens
 * before it speaks.  CLOCK_REALTIME serves people: log lines, "since" times.
 *
 * The types keep them apart; this file is the only one that asks the kernel.
 */
#include "core/base/mono.h"

#include <stdio.h>
#include <time.h>

#include "core/base/log.h"

#define NSEC_PER_USEC	 INT64_C(1000)
#define WALL_LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		fatal("clock_gettime(%d): %m", (int)clock);
	return (int64_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / NSEC_PER_USEC;
}

struct mono mono_read(void)
{
	return (struct mono){clock_us(CLOCK_BOOTTIME)};
}

int64_t mono_since_boot(void)
{
	return mono_read().us;
}

int64_t mono_awake(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

struct wall wall_read(void)
{
	return (struct wall){clock_us(CLOCK_REALTIME)};
}

/* Times may come from another process's status memory: anything is possible, so it is clamped to
 * what four digits of a year can say. */
void wall_format(struct wall when, char text[WALL_TEXT_SIZE])
{
	int64_t us = when.us < 0 ? 0 : when.us;
	struct tm utc;
	char day[WALL_TEXT_SIZE];

	if (us / USEC_PER_SEC > WALL_LAST_SECOND)
		us = WALL_LAST_SECOND * USEC_PER_SEC + USEC_PER_SEC - 1;
	time_t seconds = (time_t)(us / USEC_PER_SEC);
	if (!gmtime_r(&seconds, &utc) || strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc) == 0)
		fatal("the time %lld cannot be written", (long long)us);
	if (snprintf(text, WALL_TEXT_SIZE, "%.19s.%06uZ", day, (unsigned)(us % USEC_PER_SEC)) !=
	    WALL_TEXT_SIZE - 1)
		fatal("the time %lld has no usual length", (long long)us);
}
