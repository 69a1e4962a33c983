/*
 * Fuzz target for messages at each link whose receiver must not be ended by its sender: main and
 * the keeper, and whoever hears of a check worker.  The first byte chooses who speaks to whom; then
 * each message has a byte for its type, one for its descriptors, one for its length, and that many
 * bytes.
 *
 * Besides what the sanitizers find, it is an error when something arrives that the table of
 * message.c refuses, when a refused message does not close the link, or when a descriptor is left
 * open.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/loop.h"
#include "core/process/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	enum role_kind from, to;
} links[] = {
	{ROLE_VRRP, ROLE_MAIN},	  {ROLE_IPVS, ROLE_MAIN},   {ROLE_CHECK, ROLE_MAIN},
	{ROLE_KEEPER, ROLE_MAIN}, {ROLE_MAIN, ROLE_KEEPER}, {ROLE_CHECK, ROLE_IPVS},
};
#define N_LINKS (sizeof(links) / sizeof(links[0]))

struct receiver {
	unsigned from, to;
	unsigned heard;
	bool closed;
};

static void on_message(struct link *link, struct message *message, void *data)
{
	struct receiver *receiver = data;
	unsigned n_fds = 0;

	(void)link;
	while (n_fds < MESSAGE_FDS_MAX && message->fds[n_fds] >= 0)
		n_fds++;
	if (message_refusal(message->type, (enum role_kind)receiver->from,
			    (enum role_kind)receiver->to, message->size, n_fds) ||
	    message_content_refusal(message->type, message->payload, message->size))
		abort();
	receiver->heard++;
}

static void on_closed(struct link *link, void *data)
{
	struct receiver *receiver = data;

	(void)link;
	receiver->closed = true;
}

static void nowhere(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

/* The next descriptor that a new file would get: the same before and after. */
static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void send_one(int fd, uint8_t type, unsigned n_fds, const uint8_t *payload, size_t size)
{
	uint32_t envelope[4] = {type};
	struct iovec parts[] = {{envelope, sizeof(envelope)}, {(void *)(uintptr_t)payload, size}};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * 8)];
	} control = {.bytes = {0}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (n_fds > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS,
						  .cmsg_len = CMSG_LEN(sizeof(int) * n_fds)};
		for (unsigned i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &(int){0},
			       sizeof(int));
	}
	(void)sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct receiver receiver = {0};
	struct loop *loop;
	struct link *link;
	size_t at = 1;
	int fds[2], free_before;

	if (size < 1)
		return 0;
	log_setup(nowhere, NULL, "fuzz", LOG_LEVEL_ERROR);
	receiver.from = links[data[0] % N_LINKS].from;
	receiver.to = links[data[0] % N_LINKS].to;
	free_before = lowest_free();
	loop = loop_create();
	if (!link_pair(fds))
		abort();
	link = link_create(loop, fds[0], (enum role_kind)receiver.to, (enum role_kind)receiver.from,
			   0, on_message, on_closed, &receiver);
	while (at + 3 <= size) {
		size_t length = data[at + 2] * 8;
		size_t there = size - at - 3 < length ? size - at - 3 : length;

		send_one(fds[1], data[at], data[at + 1] % 5, data + at + 3, there);
		at += 3 + there;
		loop_turn(loop, 0);
	}
	loop_turn(loop, 0);
	close(fds[1]);
	loop_turn(loop, 0);
	loop_turn(loop, 0);
	if (!receiver.closed)
		abort();
	link_destroy(link);
	loop_destroy(loop);
	if (lowest_free() != free_before)
		abort();
	return 0;
}
