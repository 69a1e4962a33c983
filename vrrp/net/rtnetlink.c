/*
 * The little of netlink that the role needs: batches of requests, dumps, and reading without
 * waiting.  interface.c listens with it, addresses.c changes addresses with it.  Plain system calls
 * and not a library's socket layer, because nothing here may block or allocate, and because many
 * requests in one sendmsg() are what makes thousands of addresses quick.
 */
#include "vrrp/net/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"

#define REQUEST_MAX    256	 /* bytes of one request with its attributes */
#define RECEIVE_BUFFER (4 << 20) /* bytes; bursts of thousands of events */

int rtnetlink_open(uint32_t groups)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int size = RECEIVE_BUFFER, one = 1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) != 0)
		fatal("netlink: %m");
	/* Both only help: without them overruns are more frequent and errors longer. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) != 0)
		log_debug("netlink: %m");
	return fd;
}

uint32_t rtnetlink_port(int fd)
{
	struct sockaddr_nl local;
	socklen_t size = sizeof(local);

	if (getsockname(fd, (struct sockaddr *)&local, &size) != 0)
		fatal("netlink: %m");
	return local.nl_pid;
}

/* Filters load in network order what netlink writes in the host's. */
void rtnetlink_ignore_port(int fd, uint32_t port)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWADDR), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog filter = {sizeof(program) / sizeof(*program), program};

	/* Without it there is only more to read. */
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0)
		log_debug("netlink filter: %m");
}

struct nlmsghdr *rtnetlink_begin(struct rtnetlink_batch *batch, uint16_t type, uint16_t flags,
				 const void *header, size_t size)
{
	struct nlmsghdr *message = (struct nlmsghdr *)(void *)(batch->bytes + batch->used);

	if (batch->used + REQUEST_MAX > sizeof(batch->bytes))
		return NULL;
	memset(message, 0, REQUEST_MAX);
	message->nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = batch->sequence++;
	memcpy(NLMSG_DATA(message), header, size);
	batch->used += NLMSG_ALIGN(message->nlmsg_len);
	return message;
}

void rtnetlink_put(struct rtnetlink_batch *batch, struct nlmsghdr *message, uint16_t type,
		   const void *value, size_t size)
{
	size_t offset = NLMSG_ALIGN(message->nlmsg_len);
	struct rtattr *attribute = (struct rtattr *)(void *)((uint8_t *)message + offset);

	if (offset + RTA_SPACE(size) > REQUEST_MAX)
		fatal("rtnetlink_put: the request is too long");
	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(attribute), value, size);
	batch->used += offset + RTA_SPACE(size) - NLMSG_ALIGN(message->nlmsg_len);
	message->nlmsg_len = (uint32_t)(offset + RTA_SPACE(size));
}

size_t rtnetlink_nest(struct rtnetlink_batch *batch, struct nlmsghdr *message, uint16_t type)
{
	size_t nest = NLMSG_ALIGN(message->nlmsg_len);

	rtnetlink_put(batch, message, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void rtnetlink_nest_end(struct nlmsghdr *message, size_t nest)
{
	struct rtattr *attribute = (struct rtattr *)(void *)((uint8_t *)message + nest);

	attribute->rta_len = (uint16_t)(message->nlmsg_len - nest);
}

bool rtnetlink_send(int fd, struct rtnetlink_batch *batch)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	size_t size = batch->used;

	batch->used = 0;
	return size == 0 || sendto(fd, batch->bytes, size, 0, (struct sockaddr *)&kernel,
				   sizeof(kernel)) == (ssize_t)size;
}

bool rtnetlink_dump(int fd, uint16_t type, uint8_t family, uint32_t sequence)
{
	/* ifinfomsg and ifaddrmsg both begin with the family; the longer serves for both. */
	struct {
		struct nlmsghdr message;
		struct ifinfomsg header;
	} request = {
		.message = {.nlmsg_len = sizeof(request),
			    .nlmsg_type = type,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			    .nlmsg_seq = sequence},
		.header = {.ifi_family = family},
	};

	return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

enum rtnetlink_result rtnetlink_receive(int fd, struct rtnetlink_buffer *buffer, unsigned limit,
					rtnetlink_message_fn *call, void *data)
{
	struct sockaddr_nl from = {0}; /* nobody fills it in where another process passes it on */
	struct iovec vector = {buffer->bytes, sizeof(buffer->bytes)};

	while (limit-- > 0) {
		struct msghdr header = {.msg_name = &from,
					.msg_namelen = sizeof(from),
					.msg_iov = &vector,
					.msg_iovlen = 1};
		ssize_t got = recvmsg(fd, &header, 0);
		size_t left = (size_t)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == ENOBUFS ? RTNETLINK_OVERRUN : RTNETLINK_DRAINED;
		if (header.msg_flags & MSG_TRUNC)
			return RTNETLINK_OVERRUN;
		if (from.nl_pid != 0)
			continue; /* not the kernel */
		for (struct nlmsghdr *message = (void *)buffer->bytes; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left))
			call(message, data);
	}
	return RTNETLINK_MORE;
}

bool rtnetlink_attributes(struct nlmsghdr *message, size_t size, struct rtattr *table[],
			  unsigned max)
{
	uint8_t *bytes = (uint8_t *)message;
	int left = (int)message->nlmsg_len - (int)NLMSG_SPACE(size);

	memset(table, 0, (max + 1) * sizeof(table[0]));
	if (message->nlmsg_len < NLMSG_LENGTH(size))
		return false;
	for (struct rtattr *attribute = (void *)(bytes + NLMSG_SPACE(size));
	     RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type <= max)
			table[attribute->rta_type] = attribute;
	return true;
}

struct rtattr *rtnetlink_nested(struct rtattr *outer, uint16_t type)
{
	if (!outer)
		return NULL;
	struct rtattr *attribute = RTA_DATA(outer);
	int left = (int)RTA_PAYLOAD(outer);
	while (RTA_OK(attribute, left)) {
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return attribute;
		attribute = RTA_NEXT(attribute, left);
	}
	return NULL;
}
