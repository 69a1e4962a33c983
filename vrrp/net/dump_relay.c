/*
 * Dumps of interfaces and addresses for the elections' process, which must not ask for them itself:
 * a dump is made under the kernel's lock.  What the kernel answers is passed on as it is, through a
 * pair of sockets of its own.  A reader that does not read stops the dump, and nothing else: the
 * next datagram is only taken from the kernel when the one before has gone.
 */
#include "vrrp/net/dump_relay.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/log.h"
#include "vrrp/net/rtnetlink.h"

#define DATAGRAMS_PER_TURN 16

struct dump_relay {
	struct loop *loop;
	int kernel;
	int reader; /* our end; -1 = there is none */
	struct watch kernel_watch, reader_watch;
	size_t size; /* of what waits in the buffer */
	struct rtnetlink_buffer buffer;
};

/* False: it waits for the reader. */
static bool pass_on(struct dump_relay *relay)
{
	if (relay->size == 0)
		return true;
	ssize_t sent =
		send(relay->reader, relay->buffer.bytes, relay->size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)) {
		watch_modify(&relay->kernel_watch, 0);
		watch_modify(&relay->reader_watch, EPOLLOUT);
		return false;
	}
	relay->size = 0; /* a reader that is gone gets nothing more */
	return true;
}

static void kernel_ready(struct watch *watch, uint32_t events, void *data)
{
	struct dump_relay *relay = data;

	(void)watch;
	(void)events;
	for (unsigned i = 0; i < DATAGRAMS_PER_TURN && pass_on(relay); i++) {
		ssize_t got = recv(relay->kernel, relay->buffer.bytes, sizeof(relay->buffer.bytes),
				   MSG_DONTWAIT);

		if (got <= 0)
			return;
		relay->size = relay->reader >= 0 ? (size_t)got : 0;
	}
	pass_on(relay);
}

static void close_reader(struct dump_relay *relay)
{
	relay->size = 0;
	if (relay->reader < 0)
		return;
	watch_remove(&relay->reader_watch);
	fd_close(&relay->reader);
}

static void reader_ready(struct watch *watch, uint32_t events, void *data)
{
	struct dump_relay *relay = data;

	if (events & (EPOLLHUP | EPOLLERR)) /* it is gone, and would be told so for ever */
		close_reader(relay);
	else
		watch_modify(watch, 0);
	if (pass_on(relay))
		watch_modify(&relay->kernel_watch, EPOLLIN);
}

static void open_kernel(struct dump_relay *relay)
{
	relay->kernel = rtnetlink_open(0);
	watch_add(relay->loop, &relay->kernel_watch, relay->kernel, EPOLLIN, kernel_ready, relay);
}

static void close_all(struct dump_relay *relay)
{
	watch_remove(&relay->kernel_watch);
	close(relay->kernel);
	close_reader(relay);
}

int dump_relay_open(struct dump_relay *relay)
{
	int fds[2];

	close_all(relay);
	open_kernel(relay);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
		return -1;
	relay->reader = fds[0];
	watch_add(relay->loop, &relay->reader_watch, relay->reader, 0, reader_ready, relay);
	return fds[1];
}

void dump_relay_ask(struct dump_relay *relay, uint16_t type, uint32_t sequence)
{
	if (type != RTM_GETLINK && type != RTM_GETADDR)
		return;
	if (!rtnetlink_dump(relay->kernel, type, AF_UNSPEC, sequence))
		fatal("netlink dump: %m"); /* nobody would ever hear its end */
}

struct dump_relay *dump_relay_create(struct loop *loop)
{
	struct dump_relay *relay = alloc(sizeof(*relay));

	relay->loop = loop;
	relay->reader = -1;
	open_kernel(relay);
	return relay;
}

void dump_relay_destroy(struct dump_relay *relay)
{
	close_all(relay);
	free(relay);
}
