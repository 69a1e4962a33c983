/*
 * The service manager's notification protocol (sd_notify(3)): one datagram with VARIABLE=VALUE
 * lines to the socket that $NOTIFY_SOCKET names; a leading '@' stands for the abstract name space.
 *
 * main sends it, not the keeper that the service manager knows as the main pid, so a unit needs
 * NotifyAccess=all.
 */
#include "core/director/sd_notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/mono.h"

/* The service's watchdog has to outlast the keeper's with a main that hangs, which is counted from
 * main's last heartbeat: so that is never much older than the moment at which main hangs. */
#define WATCHDOG_INTERVAL (2 * USEC_PER_SEC)

void sd_notify_send(const char *format, ...)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = name ? strlen(name) : 0;
	char text[256];
	va_list arguments;

	if (length < 2 || length >= sizeof(address.sun_path) || !strchr("/@", *name))
		return;
	va_start(arguments, format);
	int size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof(text))
		return;
	memcpy(address.sun_path, name, length);
	if (*name == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, (size_t)size, MSG_NOSIGNAL, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

int64_t sd_notify_watchdog_interval(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	long long interval = text ? strtoll(text, NULL, 10) : 0;

	if (interval <= 0)
		return 0;
	return interval / 2 < WATCHDOG_INTERVAL ? interval / 2 : WATCHDOG_INTERVAL;
}
