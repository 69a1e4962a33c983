/*
 * Log lines: formatted, made safe to print, and handed to this process's sink.  Sinks are stderr
 * and log_syslog.c's (main, keeper) and a message to main (workers, role.c).
 *
 * Text from strangers (an HTTP status line, a name in a packet) ends up in log lines, so whatever
 * could end a line, drive a terminal or break an encoding is written as \xNN: a line stays one
 * line.  Well-formed UTF-8 passes.  That is done here, once, also for the lines that main relays
 * for its workers, which it does not trust.
 *
 * The sink, the name and the threshold are the one per-process state outside a context struct:
 * fatal() has to work everywhere.
 */
#include "core/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/base/mono.h"
#include "core/base/text.h"
#include "core/base/utf8.h"

#define CUT_MARK	"..."
#define ESCAPE_SIZE	4					/* "\xNN" */
#define STDERR_LINE_MAX (LOG_LINE_MAX + 64 + 32)		/* text, source, time and level */
#define MILLISECONDS	(sizeof("2026-11-22T13:05:09.123") - 1) /* of wall_format()'s text */

static struct {
	log_sink *sink;
	void *data;
	char source[32];
	enum log_level threshold;
	bool dying;	 /* within fatal() */
	unsigned unread; /* lines that stderr did not take */
} log_state = {.sink = log_stderr_sink, .source = "vdirectord", .threshold = LOG_LEVEL_INFO};

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
};

/* A level that came from another process may be anything. */
static enum log_level level_known(enum log_level level)
{
	return (unsigned)level > LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : level;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level_known(level)];
}

void log_setup(log_sink *sink, void *data, const char *source, enum log_level threshold)
{
	if (!text_print(log_state.source, sizeof(log_state.source), "%s", source))
		fatal("the log name \"%s\" is too long", source);
	log_state.sink = sink;
	log_state.data = data;
	log_state.threshold = threshold;
}

/* Copies `text` escaped. What does not fit, or `cut` before, is shown by "..." at the end. */
static void make_safe(const char *text, bool cut, char safe[LOG_LINE_MAX])
{
	const unsigned char *in = (const unsigned char *)text;
	size_t out = 0, fits = 0;

	while (*in != '\0') {
		/* 0: a control character (C0, DEL, C1) or no UTF-8 */
		size_t size = *in < 0x20 || *in == 0x7f || (in[0] == 0xc2 && in[1] < 0xa0)
				      ? 0
				      : utf8_length(in);
		size_t written = size > 0 ? size : ESCAPE_SIZE;
		if (out + written >= LOG_LINE_MAX) {
			cut = true;
			break;
		}
		if (size > 0)
			memcpy(safe + out, in, size);
		else if (snprintf(safe + out, ESCAPE_SIZE + 1, "\\x%02x", *in) != ESCAPE_SIZE)
			return;
		out += written;
		if (out + sizeof(CUT_MARK) <= LOG_LINE_MAX)
			fits = out;
		in += size > 0 ? size : 1;
	}
	safe[out] = '\0';
	if (cut)
		memcpy(safe + fits, CUT_MARK, sizeof(CUT_MARK));
}

static void __attribute__((format(printf, 2, 0)))
log_format(enum log_level level, const char *format, va_list arguments)
{
	char text[LOG_LINE_MAX];
	char safe[LOG_LINE_MAX];

	if (level > log_state.threshold)
		return;
	int length = vsnprintf(text, sizeof(text), format, arguments);
	if (length < 0)
		return;
	make_safe(text, (size_t)length >= sizeof(text), safe);
	log_state.sink(log_state.data, level, log_state.source, safe);
}

void log_line(enum log_level level, const char *format, ...)
{
	va_list arguments;
	int saved = errno;

	va_start(arguments, format);
	log_format(level, format, arguments);
	va_end(arguments);
	errno = saved;
}

void log_relay(enum log_level level, const char *source, const char *text)
{
	char safe[LOG_LINE_MAX];

	level = level_known(level);
	if (level > log_state.threshold)
		return;
	make_safe(text, false, safe);
	log_state.sink(log_state.data, level, source, safe);
}

/* Who reads our lines may have stopped to, and never starts again: nobody waits for that.  A pipe
 * or socket that poll(2) calls writable takes a line whole. */
static bool stderr_is_writable(void)
{
	struct pollfd wanted = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&wanted, 1, 0) != 0;
}

static void write_stderr(enum log_level level, const char *source, const char *text)
{
	char line[STDERR_LINE_MAX];
	char now[WALL_TEXT_SIZE];

	wall_format(wall_read(), now);
	if (!text_print(line, sizeof(line), "%.*sZ %s %s: %s\n", (int)MILLISECONDS, now,
			log_level_name(level), source, text))
		line[strlen(line) - 1] = '\n';
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return; /* there is nowhere left to say so */
}

/* One write(2) per line, so that lines of several processes on one terminal do not mix. */
void log_stderr_sink(void *data, enum log_level level, const char *source, const char *text)
{
	char note[64];

	(void)data;
	if (!stderr_is_writable()) {
		log_state.unread++;
		return;
	}
	if (log_state.unread > 0) {
		text_print(note, sizeof(note), "%u log line%s dropped: the reader was too slow",
			   log_state.unread, text_plural(log_state.unread));
		log_state.unread = 0;
		write_stderr(LOG_LEVEL_WARNING, log_state.source, note);
	}
	if (stderr_is_writable())
		write_stderr(level, source, text);
	else
		log_state.unread++;
}

/* A bucket of `burst` tokens that regains one each `interval`; burst_used counts those taken. */
bool log_limit_pass(struct log_limit *limit, long long now, unsigned burst, long long interval,
		    unsigned *dropped)
{
	unsigned long long regained;

	if (limit->burst_used > 0 && now >= limit->next) {
		regained = 1 + (unsigned long long)((now - limit->next) /
						    (interval > 0 ? interval : 1));
		if (regained >= limit->burst_used) {
			limit->burst_used = 0;
		} else {
			limit->burst_used -= (unsigned)regained;
			limit->next += (long long)regained * interval;
		}
	}
	*dropped = 0;
	if (limit->burst_used >= (burst > 0 ? burst : 1)) {
		if (limit->dropped < UINT32_MAX)
			limit->dropped++;
		return false;
	}
	if (limit->burst_used == 0)
		limit->next = now + interval;
	limit->burst_used++;
	*dropped = limit->dropped;
	limit->dropped = 0;
	return true;
}

struct log_dropped log_dropped(unsigned dropped)
{
	struct log_dropped end = {""};

	if (dropped > 0)
		text_print(end.text, sizeof(end.text), " (%u more not logged)", dropped);
	return end;
}

/* _exit(): nothing that was registered to run at the end may be relied on any more. */
void fatal(const char *format, ...)
{
	va_list arguments;

	if (log_state.dying) /* the sink itself came here */
		log_state.sink = log_stderr_sink;
	log_state.dying = true;
	va_start(arguments, format);
	log_format(LOG_LEVEL_ERROR, format, arguments);
	va_end(arguments);
	_exit(EX_SOFTWARE);
}
