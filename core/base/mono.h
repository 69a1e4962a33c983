#ifndef CORE_MONO_H
#define CORE_MONO_H

#include <stdbool.h>
#include <stdint.h>

/* Two clocks that never mix.  Durations are plain int64_t, always in microseconds. */
struct mono {
	int64_t us; /* CLOCK_BOOTTIME; the same clock in every process of the machine */
};

struct wall {
	int64_t us; /* CLOCK_REALTIME, since 1970; for people and files, never for timers */
};

#define USEC_PER_MSEC INT64_C(1000)
#define USEC_PER_SEC  INT64_C(1000000)

/* mono.c */
struct mono mono_read(void);
struct wall wall_read(void);
/* µs since the machine was started, with those that it slept. */
int64_t mono_since_boot(void);
/* The same without: CLOCK_MONOTONIC, which the service manager asks for. */
int64_t mono_awake(void);

/* Writes "2026-11-22T13:05:09.123456Z" (27 characters and the NUL). */
#define WALL_TEXT_SIZE 28
void wall_format(struct wall when, char text[WALL_TEXT_SIZE]);

/* later - earlier, in µs: of times that another process says, which may be any number. What does
 * not fit wraps. */
static inline int64_t us_between(int64_t later, int64_t earlier)
{
	return (int64_t)((uint64_t)later - (uint64_t)earlier);
}

static inline struct mono mono_add(struct mono when, int64_t duration)
{
	return (struct mono){when.us + duration};
}

/* later - earlier; negative when they are the other way round. */
static inline int64_t mono_diff(struct mono later, struct mono earlier)
{
	return us_between(later.us, earlier.us);
}

static inline bool mono_before(struct mono a, struct mono b)
{
	return a.us < b.us;
}

#endif
