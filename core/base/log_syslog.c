/*
 * Log lines for the system's log daemon, as RFC 3164 has them, over its local socket.
 *
 * Not with syslog(3): that waits for a daemon that does not read, and then main and its keeper
 * would hang with it.  It is given one short moment, since its queue is short, too: ten lines by
 * default.  What the socket does not take is counted, and the next line that it takes is preceded
 * by that count.  A daemon that was started again has a new socket: it is connected anew.
 *
 * options.c installs this sink in the keeper and in main.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/log_syslog.h"
#include "core/base/text.h"

#define SOCKET_PATH   "/dev/log"
#define DATAGRAM_SIZE (LOG_LINE_MAX + 128)
#define SEND_TIMEOUT  20 /* ms, once until it reads again */

struct log_syslog {
	int facility;
	int fd;	  /* -1: not connected */
	int type; /* SOCK_DGRAM, or SOCK_STREAM where each line ends in a NUL */
	unsigned unread;
};

struct log_syslog *log_syslog_create(int facility)
{
	struct log_syslog *log = alloc(sizeof(*log));

	*log = (struct log_syslog){.facility = facility, .fd = -1};
	return log;
}

static void call(struct log_syslog *log)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET_PATH};
	static const int types[] = {SOCK_DGRAM, SOCK_STREAM};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && log->fd < 0; i++) {
		log->type = types[i];
		log->fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (log->fd >= 0 &&
		    connect(log->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
			fd_close(&log->fd);
	}
}

static bool send_text(struct log_syslog *log, const char *text, size_t length)
{
	struct pollfd wanted = {.fd = log->fd, .events = POLLOUT};
	size_t size = log->type == SOCK_STREAM ? length + 1 : length;

	if (log->fd < 0)
		return false;
	ssize_t sent = send(log->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno == EAGAIN && log->unread == 0 && poll(&wanted, 1, SEND_TIMEOUT) > 0)
		sent = send(log->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 ? errno != EAGAIN && errno != ENOBUFS : (size_t)sent != size)
		fd_close(&log->fd); /* also half a line of a stream */
	return sent == (ssize_t)size;
}

static bool send_line(struct log_syslog *log, int priority, const char *source, const char *text)
{
	char line[DATAGRAM_SIZE], now[32];
	time_t seconds = time(NULL);
	struct tm local;

	if (!localtime_r(&seconds, &local) ||
	    strftime(now, sizeof(now), "%b %e %H:%M:%S", &local) == 0)
		return false;
	text_print(line, sizeof(line), "<%d>%s vdirectord[%d]: %s: %s", priority | log->facility,
		   now, (int)getpid(), source, text);
	if (send_text(log, line, strlen(line)))
		return true;
	if (log->fd >= 0)
		return false; /* it is there and does not read */
	call(log);
	return send_text(log, line, strlen(line));
}

void log_syslog_sink(void *data, enum log_level level, const char *source, const char *text)
{
	static const int priorities[] = {
		[LOG_LEVEL_ERROR] = LOG_ERR,	 [LOG_LEVEL_WARNING] = LOG_WARNING,
		[LOG_LEVEL_NOTICE] = LOG_NOTICE, [LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_DEBUG] = LOG_DEBUG,
	};
	struct log_syslog *log = data;
	char note[64];

	if (log->unread > 0) {
		text_print(note, sizeof(note), "%u log line%s dropped: the reader was too slow",
			   log->unread, text_plural(log->unread));
		if (send_line(log, LOG_WARNING, "log", note))
			log->unread = 0;
	}
	if (log->unread > 0 || !send_line(log, priorities[level], source, text))
		log->unread++;
}
