/*
 * Fuzz target for the control socket: the input is what several clients do at once.  They connect,
 * send requests in pieces with and without descriptors, read a little or nothing, close one side or
 * both, and time passes.  Whatever they do, each answer is one JSON object on a line, there are no
 * more of them than requests, and when all have gone no descriptor is left.
 */
#include <fcntl.h>
#include <grp.h>
#include <json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENTS	   4
#define BIG_ANSWER (512 * 1024)
#define ANSWER_MAX (2 * BIG_ANSWER)

/* In place of the C library's: the daemon's clock can be put forward, the fuzzer's goes on. */
static int64_t ahead; /* seconds */

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_BOOTTIME)
		now->tv_sec += ahead;
	return result;
}

/* No lookups of names for each input. */
struct group *getgrnam(const char *name)
{
	(void)name;
	return NULL;
}

struct client {
	int fd; /* -1: none */
	size_t requests, answers;
	char *line; /* the answer that has begun */
	size_t length;
};

static char directory[64];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct loop *loop;
static struct control *control;
static struct client clients[CLIENTS];
static uint64_t held; /* 0: none */

static void hush(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void turn(void)
{
	for (unsigned i = 0; i < 3; i++)
		loop_turn(loop, 0);
}

static void say(uint64_t client, const char *text)
{
	struct json_writer response = {0};

	json_begin_object(&response, NULL);
	json_string(&response, "said", text);
	json_end_object(&response);
	control_reply(control, client, &response);
}

static void on_request(const struct control_request *request, void *data)
{
	static char big[BIG_ANSWER];

	(void)data;
	check(request->command);
	if (strcmp(request->command, "take") == 0) {
		int fd = control_take_fd(control, request->client);

		if (fd >= 0)
			close(fd);
	}
	if (strcmp(request->command, "later") == 0 && held == 0) {
		held = request->client;
	} else if (strcmp(request->command, "big") == 0) {
		memset(big, 'x', sizeof(big) - 1);
		say(request->client, big);
	} else if (strcmp(request->command, "error") == 0) {
		control_reply_error(control, request->client, "no: %s", request->command);
	} else {
		say(request->client, request->instance ? request->instance : request->command);
	}
}

static void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->line);
	*client = (struct client){.fd = -1};
}

static void client_connect(struct client *client)
{
	client_close(client);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	check(client->fd >= 0);
	if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		client_close(client);
}

static void client_send(struct client *client, const uint8_t *data, size_t size, bool with_fd)
{
	char part[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
	struct iovec text = {(void *)(uintptr_t)data, size};
	struct msghdr header = {.msg_iov = &text, .msg_iovlen = 1};
	ssize_t sent;

	if (with_fd) {
		*(struct cmsghdr *)(void *)part =
			(struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA((struct cmsghdr *)(void *)part), &client->fd, sizeof(int));
		header.msg_control = part;
		header.msg_controllen = sizeof(part);
	}
	sent = sendmsg(client->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	for (ssize_t i = 0; i < sent; i++)
		client->requests += data[i] == '\n';
}

static void take_answer(struct client *client)
{
	struct json_object *answer = json_tokener_parse(client->line);

	check(json_object_is_type(answer, json_type_object));
	json_object_put(answer);
	client->answers++;
	/* One more says that there is no place, or that a request is too long. */
	check(client->answers <= client->requests + 1);
	client->length = 0;
}

static void client_receive(struct client *client, size_t size)
{
	static char block[65536];
	ssize_t n =
		recv(client->fd, block, size < sizeof(block) ? size : sizeof(block), MSG_DONTWAIT);

	if (!client->line)
		client->line = malloc(ANSWER_MAX + 1);
	check(client->line);
	for (ssize_t i = 0; i < n; i++) {
		check(client->length < ANSWER_MAX);
		client->line[client->length++] = block[i];
		client->line[client->length] = '\0';
		if (block[i] == '\n')
			take_answer(client);
	}
}

/* What one client does next; returns how much of the input that took. */
static size_t act(const uint8_t *data, size_t size)
{
	static const char *const requests[] = {
		"{\"command\":\"x\"}\n",     "{\"command\":\"later\"}\n", "{\"command\":\"big\"}\n",
		"{\"command\":\"error\"}\n", "{\"command\":\"take\"}\n",  "{\"command\":"};
	struct client *client = &clients[data[0] >> 3 & (CLIENTS - 1)];
	uint8_t value = size > 1 ? data[1] : 0;
	const char *request = requests[value % (sizeof(requests) / sizeof(requests[0]))];
	size_t length = value < size - 2 ? value : size - 2;

	if (size < 2)
		return size;
	if (client->fd < 0 || data[0] % 8 == 0) {
		client_connect(client);
		return 1;
	}
	switch (data[0] % 8) {
	case 1:
		client_send(client, data + 2, length, data[0] & 0x80);
		return 2 + length;
	case 2:
		client_send(client, (const uint8_t *)request, strlen(request), data[0] & 0x80);
		return 2;
	case 3:
		client_receive(client, (size_t)1 << value % 17);
		return 2;
	case 4:
		client_close(client);
		return 1;
	case 5:
		shutdown(client->fd, value % 2 ? SHUT_WR : SHUT_RD);
		return 2;
	case 6:
		if (held)
			say(held, "at last");
		held = 0;
		return 1;
	default:
		ahead += value;
		return 2;
	}
}

/* Of the first 64, a bit each: numbers are given from the lowest on. */
static uint64_t open_fds(void)
{
	uint64_t fds = 0;

	for (int fd = 0; fd < 64; fd++)
		fds |= (uint64_t)(fcntl(fd, F_GETFD) >= 0) << fd;
	return fds;
}

static void remove_directory(void)
{
	rmdir(directory);
}

static void set_up(void)
{
	snprintf(directory, sizeof(directory), "/tmp/fuzz_control.XXXXXX");
	check(mkdtemp(directory));
	atexit(remove_directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET, directory);
	log_setup(hush, NULL, "fuzz", LOG_LEVEL_ERROR);
	json_object_put(json_tokener_parse("{}")); /* opens what it keeps open */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!directory[0])
		set_up();
	uint64_t before = open_fds();
	held = 0;
	loop = loop_create();
	control = control_create(loop, directory, on_request, NULL);
	check(control_is_open(control));
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i] = (struct client){.fd = -1};
	for (size_t used = 0; used < size; turn())
		used += act(data + used, size - used);
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0)
			client_receive(&clients[i], SIZE_MAX);
		client_close(&clients[i]);
	}
	control_destroy(control);
	loop_destroy(loop);
	check(open_fds() == before);
	return 0;
}
