/*
 * Non-blocking TCP connections for probes, and the judgement of what goes wrong with them.
 *
 * Three verdicts hang on it: the server said no (or nobody did), the network did, or we ourselves
 * lack something.  Having no route is the network's fault and a failure, since traffic to the
 * server has no route either.  Lacking a descriptor, memory or a local port is ours and says
 * nothing about the server.
 *
 * Connections are closed in the usual way, not by a reset: servers log resets.  The price is a
 * local port in TIME_WAIT for a minute where we close first; running out of ports is inconclusive.
 */
#include "check/connect.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/probe.h"

static const struct connect_error errors[] = {
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
};

const struct connect_error *connect_classify(int error)
{
	static const struct connect_error unforeseen = {0, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
							"an unforeseen local error"};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].error == error)
			return &errors[i];
	return &unforeseen;
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

void connect_begin(struct probe *probe)
{
	const struct target_conf *conf = probe->conf;
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(&conf->address, conf->port, &storage);

	probe->phase = PHASE_CONNECT;
	int fd = socket(conf->address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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
