/*
 * One end of a link between two processes: a SOCK_SEQPACKET socket pair, which keeps messages whole
 * and in order and tells when the other side is gone.
 *
 * Nothing here waits.  What the socket does not take is copied to a bounded queue and follows when
 * it has room again; EPOLLOUT is asked for only meanwhile.  When the queue is full, link_send()
 * says so, and the caller keeps what it wanted to send: states, not events, so nothing is lost by
 * sending later.
 *
 * What arrives is checked against the table of message.c before anyone sees it.  A breach means
 * that the other process is broken or taken over.  A worker then ends, and is started anew by main.
 * main and the keeper must not be ended by a worker, nor anyone by a check worker, which talks to
 * strangers: there the link is closed from then on.
 *
 * On the wire: struct envelope, then the payload; descriptors as SCM_RIGHTS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/log.h"
#include "core/base/loop.h"
#include "core/process/link.h"

#define MESSAGES_PER_WAKE_UP 64
#define QUEUE_MAX	     ((size_t)1024 * 1024) /* bytes, with the queue's own */

struct envelope {
	uint32_t type;
	uint32_t pad[3]; /* keeps the payload aligned where both lie in one buffer */
};

struct queued {
	struct queued *next;
	uint32_t type;
	unsigned n_fds;
	int fds[MESSAGE_FDS_MAX]; /* our duplicates */
	size_t size;
	unsigned char payload[];
};

struct link {
	struct watch watch;
	int fd;
	enum role_kind self, peer;
	unsigned peer_index;
	link_message_fn *on_message;
	link_closed_fn *on_closed;
	link_drained_fn *on_drained;
	void *data;
	struct queued *first, **end;
	size_t queued; /* bytes */
	bool refused;  /* a message was not taken: the caller waits for on_drained */
	bool closed;
	bool dispatching;
	bool destroyed; /* within its own callback: freed when that returns */
};

/* Control data for the descriptors of one message. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS_MAX)];
};

enum sent { SENT, SENT_LATER, SENT_NEVER };

static watch_fn link_ready;

bool link_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0;
}

struct link *link_create(struct loop *loop, int fd, enum role_kind self, enum role_kind peer,
			 unsigned peer_index, link_message_fn *on_message,
			 link_closed_fn *on_closed, void *data)
{
	struct link *link = alloc(sizeof(*link));
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		fatal("descriptor %d cannot be a link: %m", fd);
	*link = (struct link){.fd = fd,
			      .self = self,
			      .peer = peer,
			      .peer_index = peer_index,
			      .on_message = on_message,
			      .on_closed = on_closed,
			      .data = data,
			      .end = &link->first};
	watch_add(loop, &link->watch, fd, EPOLLIN, link_ready, link);
	return link;
}

static void close_fds(int *fds, unsigned n_fds)
{
	for (unsigned i = 0; i < n_fds; i++)
		fd_close(&fds[i]);
}

static void queue_pop(struct link *link)
{
	struct queued *first = link->first;

	link->first = first->next;
	if (!link->first)
		link->end = &link->first;
	link->queued -= sizeof(*first) + first->size;
	close_fds(first->fds, first->n_fds);
	free(first);
}

/* From here on nothing is sent or received; the object stays until link_destroy(). */
static void link_shut(struct link *link)
{
	if (link->closed)
		return;
	link->closed = true;
	while (link->first)
		queue_pop(link);
	watch_remove(&link->watch);
	fd_close(&link->fd);
}

void link_destroy(struct link *link)
{
	if (!link)
		return;
	link_shut(link);
	link->destroyed = true;
	if (!link->dispatching)
		free(link);
}

bool link_peer_lives(const struct link *link)
{
	struct pollfd end = {.fd = link->fd};

	return !link->closed && poll(&end, 1, 0) >= 0 && (end.revents & (POLLHUP | POLLERR)) == 0;
}

enum role_kind link_peer(const struct link *link)
{
	return link->peer;
}

unsigned link_peer_index(const struct link *link)
{
	return link->peer_index;
}

int link_fd(const struct link *link)
{
	return link->fd;
}

void link_on_drained(struct link *link, link_drained_fn *on_drained)
{
	link->on_drained = on_drained;
}

/* The peer's end is seen closed by the receiving side, after all that it still said. */
static enum sent send_now(const struct link *link, uint32_t type, const void *payload, size_t size,
			  const int *fds, unsigned n_fds)
{
	struct envelope envelope = {.type = type};
	struct iovec parts[2] = {{&envelope, sizeof(envelope)}, {.iov_len = size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	union control control;

	memcpy(&parts[1].iov_base, &payload, sizeof(payload)); /* sendmsg() only reads there */
	if (n_fds > 0) {
		memset(&control, 0, sizeof(control));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n_fds);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
	}
	for (;;) {
		if (sendmsg(link->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return SENT;
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
		case ENOBUFS:
		case ENOMEM:
		case ETOOMANYREFS: /* too many descriptors under way */
			return SENT_LATER;
		case EPIPE:
		case ECONNRESET:
		case ENOTCONN:
			return SENT_NEVER;
		default:
			fatal("cannot send a %s message to %s: %m", message_type_name(type),
			      role_kind_name(link->peer));
		}
	}
}

static bool queue_push(struct link *link, uint32_t type, const void *payload, size_t size,
		       const int *fds, unsigned n_fds)
{
	struct queued *entry;

	if (link->queued + sizeof(*entry) + size > QUEUE_MAX)
		return false;
	entry = alloc(sizeof(*entry) + size);
	for (; entry->n_fds < n_fds; entry->n_fds++) {
		entry->fds[entry->n_fds] = fcntl(fds[entry->n_fds], F_DUPFD_CLOEXEC, 0);
		if (entry->fds[entry->n_fds] < 0) {
			close_fds(entry->fds, entry->n_fds);
			free(entry);
			return false;
		}
	}
	entry->type = type;
	entry->size = size;
	if (size > 0)
		memcpy(entry->payload, payload, size);
	*link->end = entry;
	link->end = &entry->next;
	link->queued += sizeof(*entry) + size;
	return true;
}

bool link_send(struct link *link, enum message_type type, const void *payload, size_t size)
{
	return link_send_fds(link, type, payload, size, NULL, 0);
}

bool link_send_fds(struct link *link, enum message_type type, const void *payload, size_t size,
		   const int *fds, unsigned n_fds)
{
	const char *refusal = message_refusal(type, link->self, link->peer, size, n_fds);

	if (refusal)
		fatal("a %s message from %s to %s: %s", message_type_name(type),
		      role_kind_name(link->self), role_kind_name(link->peer), refusal);
	if (link->closed)
		return false;
	if (!link->first) {
		switch (send_now(link, type, payload, size, fds, n_fds)) {
		case SENT:
			return true;
		case SENT_NEVER:
			return false;
		case SENT_LATER:
			break;
		}
	}
	watch_modify(&link->watch, EPOLLIN | EPOLLOUT);
	if (queue_push(link, type, payload, size, fds, n_fds))
		return true;
	link->refused = true;
	return false;
}

/* Sends what the socket takes of the queue. */
static void queue_send(struct link *link)
{
	while (link->first) {
		struct queued *first = link->first;

		if (send_now(link, first->type, first->payload, first->size, first->fds,
			     first->n_fds) == SENT_LATER)
			return;
		queue_pop(link);
	}
}

bool link_flush(struct link *link, int64_t timeout)
{
	struct mono end = mono_add(mono_read(), timeout);
	const struct timespec pause = {.tv_nsec = 1000 * 1000};

	while (!link->closed) {
		queue_send(link);
		if (!link->first)
			return true;
		if (mono_before(end, mono_read()))
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* Takes the descriptors out of the control data. False: more came than a message may have. */
static bool take_fds(struct msghdr *header, int fds[MESSAGE_FDS_MAX], unsigned *n_fds)
{
	bool fit = (header->msg_flags & MSG_CTRUNC) == 0;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
			if (*n_fds < MESSAGE_FDS_MAX) {
				fds[(*n_fds)++] = fd;
			} else {
				close(fd);
				fit = false;
			}
		}
	}
	return fit;
}

/* The kernel had no place for the descriptors of a message that may have some: this process has run
 * out of them, which is nobody's breach. What it was to get is lost; its successor gets it. */
static void check_shortage(const struct link *link, const struct message *message, unsigned n_fds)
{
	if (n_fds < MESSAGE_FDS_MAX &&
	    (!message_refusal(message->type, link->peer, link->self, message->size, n_fds + 1) ||
	     !message_refusal(message->type, link->peer, link->self, message->size,
			      MESSAGE_FDS_MAX)))
		fatal("no descriptor is left for those of a %s message from %s",
		      message_type_name(message->type), role_kind_name(link->peer));
}

/* Receives and delivers one message. False: the queue is empty, or the link is closed. */
static bool receive_one(struct link *link, bool *gone)
{
	_Alignas(max_align_t) unsigned char payload[MESSAGE_PAYLOAD_MAX];
	struct envelope envelope = {0};
	struct iovec parts[2] = {{&envelope, sizeof(envelope)}, {payload, sizeof(payload)}};
	union control control;
	struct msghdr header = {.msg_iov = parts,
				.msg_iovlen = 2,
				.msg_control = &control,
				.msg_controllen = sizeof(control)};
	struct message message = {.type = MESSAGE_TYPES, .payload = payload, .fds = {-1, -1, -1}};
	unsigned n_fds = 0;
	const char *refusal;

	ssize_t length = recvmsg(link->fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	/* ECONNRESET: it ended without reading all of ours. That is told once, before its own. */
	if (length < 0 && errno == ECONNRESET)
		return true;
	if (length < 0) {
		*gone = errno != EAGAIN && errno != EINTR;
		return false;
	}
	bool fit = take_fds(&header, message.fds, &n_fds);
	if (length == 0) { /* the end: no message is empty, each has its envelope */
		*gone = true;
		close_fds(message.fds, n_fds);
		return false;
	}
	if ((size_t)length >= sizeof(envelope)) {
		message.type = (enum message_type)envelope.type;
		message.size = (size_t)length - sizeof(envelope);
	}
	if (!fit)
		check_shortage(link, &message, n_fds);
	if ((header.msg_flags & MSG_TRUNC) != 0)
		refusal = "it is longer than any";
	else if (!fit)
		refusal = "it has more descriptors than any";
	else
		refusal =
			message_refusal(message.type, link->peer, link->self, message.size, n_fds);
	if (!refusal)
		refusal = message_content_refusal(message.type, message.payload, message.size);
	if (!refusal)
		link->on_message(link, &message, link->data);
	close_fds(message.fds, MESSAGE_FDS_MAX);
	if (!refusal)
		return !link->closed;
	/* The other side broke the rules: see above. */
	if (link->self != ROLE_KEEPER && link->self != ROLE_MAIN && link->peer != ROLE_CHECK)
		fatal("invalid %s message from %s.%u: %s", message_type_name(message.type),
		      role_kind_name(link->peer), link->peer_index, refusal);
	log_error("invalid %s message from %s.%u, closing its link: %s",
		  message_type_name(message.type), role_kind_name(link->peer), link->peer_index,
		  refusal);
	*gone = true;
	return false;
}

static void link_ready(struct watch *watch, uint32_t events, void *data)
{
	struct link *link = data;
	bool gone = false;

	(void)watch;
	link->dispatching = true;
	if (events & EPOLLOUT) {
		queue_send(link);
		if (!link->first) {
			bool refused = link->refused;

			watch_modify(&link->watch, EPOLLIN);
			link->refused = false;
			if (refused && link->on_drained)
				link->on_drained(link, link->data);
		}
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		for (int i = 0; i < MESSAGES_PER_WAKE_UP && !link->closed; i++)
			if (!receive_one(link, &gone))
				break;
	if (gone && !link->closed) {
		link_shut(link);
		link->on_closed(link, link->data);
	}
	link->dispatching = false;
	if (link->destroyed)
		free(link);
}
