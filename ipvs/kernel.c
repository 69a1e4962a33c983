/*
 * The kernel's IPVS over generic netlink.
 *
 * Requests are answered by the kernel within the sending call, so a receive never really waits; a
 * timeout on the socket bounds what should not happen.  Commands are packed, up to KERNEL_BATCH in
 * one send, and their acknowledgements matched by sequence number.  pass.c calls this in pieces
 * that are small enough for the worker's heartbeat.
 *
 * libnl resolves the family and builds the messages; receiving is a plain loop here because several
 * acknowledgements with their own errors are expected at once.
 */
#include "ipvs/kernel.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "ipvs/codec.h"

#define RECEIVE_BUFFER	 65536 /* the kernel's dump messages have at most 32 KiB */
#define SOCKET_BUFFER	 (1024 * 1024)
#define SEND_BUFFER	 (KERNEL_BATCH * 512)
#define TIMEOUT_US	 200000
#define DUMP_INTERRUPTED 3 /* so often a dump is taken again when the table changed meanwhile */

struct kernel {
	struct nl_sock *socket;
	int family;
	uint32_t sequence;
	uint8_t *received; /* RECEIVE_BUFFER */
	uint8_t *batch;	   /* SEND_BUFFER */
};

static int set_options(struct nl_sock *socket)
{
	struct timeval timeout = {.tv_usec = TIMEOUT_US};
	int fd = nl_socket_get_fd(socket);
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0)
		return -errno;
	/* Acknowledgements without the request in them; kernels before 4.3 send them with it. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return nl_socket_set_buffer_size(socket, SOCKET_BUFFER, SOCKET_BUFFER);
}

/* Writes one line into `text` and returns NULL, for kernel_open()'s sake. */
static struct kernel *unusable(struct kernel *kernel, char text[KERNEL_TEXT_SIZE], const char *what,
			       const char *why)
{
	text_print(text, KERNEL_TEXT_SIZE, "%s%s", what, why);
	kernel_close(kernel);
	return NULL;
}

struct kernel *kernel_open(char text[KERNEL_TEXT_SIZE])
{
	struct kernel *kernel = alloc(sizeof(*kernel));

	kernel->received = alloc(RECEIVE_BUFFER);
	kernel->batch = alloc(SEND_BUFFER);
	kernel->socket = nl_socket_alloc();
	if (!kernel->socket)
		fatal("out of memory");

	int error = genl_connect(kernel->socket);

	if (error == 0)
		error = set_options(kernel->socket);
	if (error < 0)
		return unusable(kernel, text, "no netlink socket: ", nl_geterror(error));
	kernel->family = genl_ctrl_resolve(kernel->socket, IPVS_GENL_NAME);
	if (kernel->family == -NLE_OBJ_NOTFOUND)
		return unusable(kernel, text,
				"this kernel has no IPVS (generic netlink family IPVS not found); "
				"load the module ip_vs",
				"");
	if (kernel->family < 0)
		return unusable(kernel, text,
				"generic netlink family IPVS: ", nl_geterror(kernel->family));
	/* Own numbers from here on, apart from those that libnl used. */
	kernel->sequence = 1U << 30;
	return kernel;
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	nl_socket_free(kernel->socket);
	free(kernel->received);
	free(kernel->batch);
	free(kernel);
}

static int send_bytes(struct kernel *kernel, void *bytes, size_t size)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	ssize_t sent = sendto(nl_socket_get_fd(kernel->socket), bytes, size, 0,
			      (struct sockaddr *)&to, sizeof(to));

	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

/* Receives one datagram; its size, or a negative errno. */
static ssize_t receive(struct kernel *kernel)
{
	struct sockaddr_nl from = {0};
	struct iovec bytes = {kernel->received, RECEIVE_BUFFER};
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &bytes,
		.msg_iovlen = 1,
	};
	ssize_t size;

	do {
		size = recvmsg(nl_socket_get_fd(kernel->socket), &message, 0);
	} while ((size < 0 && errno == EINTR) || (size >= 0 && from.nl_pid != 0));
	if (size < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;
	return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : size;
}

/* The error of an acknowledgement or of the end of a dump: 0 or negative. */
static int carried_error(const struct nlmsghdr *header)
{
	int error;

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return header->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, (const uint8_t *)header + NLMSG_HDRLEN, sizeof(error));
	return error;
}

/* Takes one answer of a dump; false: not understood. */
typedef bool dump_fn(const struct nlmsghdr *header, void *data);

/* Passes the messages of a dump on until it ends: 0, -EINTR for "changed meanwhile", -errno. */
static int collect_dump(struct kernel *kernel, dump_fn *take, void *data)
{
	bool interrupted = false;

	for (;;) {
		ssize_t size = receive(kernel);

		if (size < 0)
			return (int)size;
		int left = (int)size;

		for (struct nlmsghdr *header = (struct nlmsghdr *)(void *)kernel->received;
		     nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
			if (header->nlmsg_seq != kernel->sequence)
				continue;
			interrupted |= header->nlmsg_flags & NLM_F_DUMP_INTR;
			if (header->nlmsg_type == NLMSG_ERROR)
				return carried_error(header);
			if (header->nlmsg_type == NLMSG_DONE) {
				int error = carried_error(header);

				return error == 0 && interrupted ? -EINTR : error;
			}
			if (header->nlmsg_type == kernel->family && !take(header, data))
				return -EBADMSG;
		}
	}
}

/* Sends and frees `request`. */
static int dump(struct kernel *kernel, struct nl_msg *request, dump_fn *take, void *data)
{
	struct nlmsghdr *header = nlmsg_hdr(request);

	header->nlmsg_pid = nl_socket_get_local_port(kernel->socket);
	int error = send_bytes(kernel, header, header->nlmsg_len);

	nlmsg_free(request);
	return error < 0 ? error : collect_dump(kernel, take, data);
}

static bool take_service(const struct nlmsghdr *header, void *data)
{
	struct table_service service;

	if (!codec_read_service(header, &service))
		return false;
	table_append(data, &service);
	return true;
}

int kernel_dump_services(struct kernel *kernel, struct table *table)
{
	int error = -EINTR;

	for (int i = 0; i < DUMP_INTERRUPTED && error == -EINTR; i++) {
		table_clear(table);
		error = dump(kernel, codec_dump_services(kernel->family, ++kernel->sequence),
			     take_service, table);
	}
	table_sort(table);
	return error;
}

static bool take_destination(const struct nlmsghdr *header, void *data)
{
	struct table_service *service = data;
	struct destination destination;

	if (!codec_read_destination(header, service->key.family, &destination))
		return false;
	table_service_append(service, &destination);
	return true;
}

int kernel_dump_destinations(struct kernel *kernel, struct table_service *service)
{
	int error = -EINTR;

	for (int i = 0; i < DUMP_INTERRUPTED && error == -EINTR; i++) {
		service->n_destinations = 0;
		error = dump(
			kernel,
			codec_dump_destinations(&service->key, kernel->family, ++kernel->sequence),
			take_destination, service);
	}
	table_service_sort(service);
	return error;
}

/* Packs the commands into kernel->batch with sequence numbers from `first` on; bytes used. */
static size_t pack(struct kernel *kernel, const struct command *commands, size_t n_commands,
		   uint32_t first)
{
	size_t used = 0;

	for (size_t i = 0; i < n_commands; i++) {
		struct nl_msg *message =
			codec_command(&commands[i], kernel->family, first + (uint32_t)i);
		struct nlmsghdr *header = nlmsg_hdr(message);
		size_t size = NLMSG_ALIGN(header->nlmsg_len);

		if (size > SEND_BUFFER - used)
			fatal("netlink batch of %zu commands is too large", n_commands);
		header->nlmsg_pid = nl_socket_get_local_port(kernel->socket);
		memset(kernel->batch + used, 0, size);
		memcpy(kernel->batch + used, header, header->nlmsg_len);
		used += size;
		nlmsg_free(message);
	}
	return used;
}

int kernel_execute(struct kernel *kernel, const struct command *commands, size_t n_commands,
		   int *errors)
{
	uint32_t first = kernel->sequence + 1;
	size_t missing = n_commands;

	if (n_commands == 0)
		return 0;
	if (n_commands > KERNEL_BATCH)
		fatal("netlink batch of %zu commands is too large", n_commands);
	int error = send_bytes(kernel, kernel->batch, pack(kernel, commands, n_commands, first));

	kernel->sequence += (uint32_t)n_commands;
	while (error == 0 && missing > 0) {
		ssize_t size = receive(kernel);

		if (size < 0)
			return (int)size;
		int left = (int)size;

		for (struct nlmsghdr *header = (struct nlmsghdr *)(void *)kernel->received;
		     nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
			uint32_t index = header->nlmsg_seq - first;

			if (header->nlmsg_type != NLMSG_ERROR || index >= n_commands)
				continue;
			errors[index] = -carried_error(header);
			missing--;
		}
	}
	return error;
}
