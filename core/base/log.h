#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>

/*
 * error = someone must act; warning = someone should look; notice = a state changed;
 * info = started, reloaded, stopped; debug = the rest.
 */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

#define LOG_LINE_MAX 1024 /* bytes of text with the NUL; longer lines are cut and end in "..." */

/* Where finished lines go. `source` is the role that speaks ("vrrp", "check.1"). Never blocks
 * in a worker: the sink that roles install sends a message to main and counts what is dropped. */
typedef void log_sink(void *data, enum log_level level, const char *source, const char *text);

/* log.c */

/* Sets this process's sink, name and the least important level that is passed on. The log is the
 * one piece of per-process state that is not in a context struct. Default: stderr, info. */
void log_setup(log_sink *sink, void *data, const char *source, enum log_level threshold);
void log_stderr_sink(void *data, enum log_level level, const char *source, const char *text);
const char *log_level_name(enum log_level level);
/* Passes a line that another process formatted (main does, for its workers) to this one's sink. */
void log_relay(enum log_level level, const char *source, const char *text);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * Limits one kind of line, usually one per peer and reason: `burst` lines at once, then one per
 * `interval` (µs).  Zero-initialise.  When a line passes after others were dropped, *dropped says
 * how many.  `now` in µs of the monotonic clock.
 */
struct log_limit {
	long long next; /* µs; when the next line may pass */
	unsigned burst_used;
	unsigned dropped;
};
bool log_limit_pass(struct log_limit *limit, long long now, unsigned burst, long long interval,
		    unsigned *dropped);
/* How such a line ends: " (N more not logged)", or with nothing where N is 0. */
struct log_dropped {
	char text[40];
};
struct log_dropped log_dropped(unsigned dropped);

/* For what cannot happen: logs and exits with 70 (EX_SOFTWARE). */
void fatal(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
