/*
 * What all kinds of checks have in common: one try from its begin to its one report, its
 * connection, its deadline, and the release of everything it held.
 *
 * The deadline is total: it covers connecting, sending and all receiving, and nothing a server
 * does extends it.  A deadline that is served very late says that this process was held up (it was
 * stopped, or the machine was), so that an answer may lie unread: such a try is inconclusive.
 *
 * Three results hang on an error of a socket call: the server said no (or nobody did), the network
 * did, or we ourselves lack something.  Having no route is the network's fault and a failure, since
 * traffic to the server has no route either.  Lacking a descriptor, memory or a local port is ours
 * and says nothing about the server.
 *
 * Connections are closed in the usual way, not by a reset: servers log resets.  The price is a
 * local port in TIME_WAIT for a minute where we close first; running out of ports is inconclusive.
 */
#include "check/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/process/privilege.h"

#define LATE_MIN  (100 * USEC_PER_MSEC)
#define LATE_PART 4 /* of the timeout */

#define URL_TEXT_MAX 60 /* bytes of a url's path in a text, so that there is room for the rest */

static const struct socket_error socket_errors[] = {
	{ECONNREFUSED, RESULT_FAIL, CHECK_REFUSED, "connection refused"},
	{ECONNRESET, RESULT_FAIL, CHECK_RESET, "connection reset"},
	{EPIPE, RESULT_FAIL, CHECK_RESET, "connection reset"},
	{ECONNABORTED, RESULT_FAIL, CHECK_RESET, "connection aborted"},
	{ETIMEDOUT, RESULT_FAIL, CHECK_TIMEOUT, "the kernel gave up waiting for an answer"},
	{EHOSTUNREACH, RESULT_FAIL, CHECK_UNREACHABLE, "no route to the host"},
	{ENETUNREACH, RESULT_FAIL, CHECK_UNREACHABLE, "the network is unreachable"},
	{EHOSTDOWN, RESULT_FAIL, CHECK_UNREACHABLE, "the host is down"},
	{ENETDOWN, RESULT_FAIL, CHECK_UNREACHABLE, "the network is down"},
	{ENONET, RESULT_FAIL, CHECK_UNREACHABLE, "the host is isolated"},
	{EPROTO, RESULT_FAIL, CHECK_UNREACHABLE, "the host answered with an ICMP error"},
	{ENOPROTOOPT, RESULT_FAIL, CHECK_UNREACHABLE, "the host does not know the protocol"},
	/* A blackhole and a prohibiting route, in the kernel's words. */
	{EINVAL, RESULT_FAIL, CHECK_UNREACHABLE, "the route leads nowhere"},
	{EACCES, RESULT_FAIL, CHECK_UNREACHABLE, "the route is prohibited"},
	{EMFILE, RESULT_INCONCLUSIVE, CHECK_NO_DESCRIPTORS, "no free descriptor in this process"},
	{ENFILE, RESULT_INCONCLUSIVE, CHECK_NO_DESCRIPTORS, "no free descriptor in the system"},
	{ENOMEM, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no memory"},
	{ENOBUFS, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no socket buffers"},
	{EADDRNOTAVAIL, RESULT_INCONCLUSIVE, CHECK_NO_PORT, "no free local port"},
	{EADDRINUSE, RESULT_INCONCLUSIVE, CHECK_NO_PORT, "no free local port"},
	{EAGAIN, RESULT_INCONCLUSIVE, CHECK_NO_PORT, "no free local port"},
	{EPERM, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR, "a local rule forbids the connection"},
	{EAFNOSUPPORT, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
	 "this kernel lacks the address family"},
	/* Behind the last: what nobody foresaw. */
	{0, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR, "an unforeseen local error"},
};

static const struct probe_kind *const kinds[] = {
	[CHECK_TCP] = &tcp_probe,
	[CHECK_HTTP] = &http_probe,
};

const struct probe_kind *probe_kind_of(enum check_kind kind)
{
	return kinds[kind];
}

static const char *const waiting_for[] = {
	[PHASE_NONE] = "not begun",
	[PHASE_RESOLVE] = "not begun",
	[PHASE_CONNECT] = "not connected",
	[PHASE_TLS] = "connected, within the TLS handshake",
	[PHASE_SEND] = "connected, the request is not taken",
	[PHASE_FIRST_BYTE] = "connected, waiting for the first byte",
	[PHASE_BODY] = "connected, the answer is incomplete",
};

const struct socket_error *probe_socket_error(int error)
{
	const struct socket_error *known = socket_errors;

	while (known->error != 0 && known->error != error)
		known++;
	return known;
}

static void on_deadline(struct timer *timer, void *data)
{
	struct probe *probe = data;
	int64_t timeout = probe->conf->timeout;
	int64_t late = mono_diff(loop_now(probe->loop), timer->due);

	if (late > LATE_MIN && late > timeout / LATE_PART)
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
			  "this worker was held up for %.3f s", (double)late / USEC_PER_SEC);
	else
		probe_end(probe, RESULT_FAIL, CHECK_TIMEOUT, "no answer within %.3f s: %s",
			  (double)timeout / USEC_PER_SEC, waiting_for[probe->phase]);
}

void probe_arm(struct probe *probe)
{
	timer_set(probe->loop, &probe->deadline,
		  mono_add(loop_now(probe->loop), probe->conf->timeout), on_deadline, probe);
}

void probe_begin(struct probe *probe)
{
	if (probe->phase != PHASE_NONE)
		fatal("a check is begun that runs already");
	probe->began = loop_now(probe->loop);
	probe->phase = PHASE_CONNECT;
	probe->url = 0;
	list_init(&probe->in_queue);
	probe_arm(probe);
	if (probe->kind->prepare && !probe->prepared)
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
			  "the check could not be prepared, see the log");
	else
		probe->kind->start(probe);
}

void probe_close(struct probe *probe)
{
	if (!probe->watch.loop)
		return;
	watch_remove(&probe->watch);
	close(probe->watch.fd);
}

void probe_cancel(struct probe *probe)
{
	probe_close(probe);
	timer_cancel(&probe->deadline);
	if (probe->phase == PHASE_NONE)
		return;
	list_remove(&probe->in_queue);
	if (probe->kind->abandon)
		probe->kind->abandon(probe);
	probe->phase = PHASE_NONE;
}

void probe_end(struct probe *probe, enum check_result result, enum check_reason reason,
	       const char *format, ...)
{
	struct probe_result report = {
		.result = result,
		.reason = reason,
		.phase = probe->phase,
		.url = probe->url,
		.latency = mono_diff(loop_now(probe->loop), probe->began),
	};
	va_list arguments;
	int used = 0;

	if (result != RESULT_PASS && probe->conf->n_urls > 1)
		used = snprintf(report.text, sizeof(report.text), "%.*s: ", URL_TEXT_MAX,
				probe->conf->urls[probe->url].path);
	va_start(arguments, format);
	int more = vsnprintf(report.text + used, sizeof(report.text) - (size_t)used, format,
			     arguments);
	va_end(arguments);
	if (used + more >= (int)sizeof(report.text))
		memcpy(report.text + sizeof(report.text) - 4, "...", 4);
	probe_cancel(probe);
	probe->done(probe, &report, probe->data);
}

void probe_end_errno(struct probe *probe, int error)
{
	const struct socket_error *known = probe_socket_error(error);

	probe_end(probe, known->result, known->reason, "%s%s%s", known->text,
		  known->error ? "" : ": ", known->error ? "" : strerror(error));
}

/*
 * A reset that is seen here came after the handshake, else it would be ECONNREFUSED: the
 * connection stood.  Whether it is noticed here or later is a matter of microseconds, so it counts
 * as connected both times; a kind that goes on to use the connection meets the reset there.
 */
static bool came_after_handshake(int error)
{
	return error == ECONNRESET || error == EPIPE;
}

static void on_connected(struct watch *watch, uint32_t events, void *data)
{
	struct probe *probe = data;
	int error = 0;
	socklen_t size = sizeof(error);

	if ((events & (EPOLLERR | EPOLLHUP)) != 0 &&
	    getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error != 0 && !came_after_handshake(error))
		probe_end_errno(probe, error);
	else
		probe->kind->connected(probe);
}

void probe_connect(struct probe *probe)
{
	const struct target_conf *conf = probe->conf;
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(&conf->address, conf->port, &storage);

	probe->phase = PHASE_CONNECT;
	int fd = privilege_socket(conf->address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				  0);
	if (fd < 0) {
		probe_end_errno(probe, errno);
		return;
	}
	if (connect(fd, (const struct sockaddr *)&storage, size) != 0 && errno != EINPROGRESS) {
		int error = errno;
		close(fd);
		probe_end_errno(probe, error);
		return;
	}
	/* A connection that stands at once is reported by the loop too: one way for both. */
	watch_add(probe->loop, &probe->watch, fd, EPOLLOUT, on_connected, probe);
}
