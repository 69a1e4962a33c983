/* The control socket: lines in pieces, garbage, too much, too slow, too many.  The clock is the
 * test's own, and so is the group of who may change things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/control.h"

#define BIG_ANSWER   (8 * 1024 * 1024)
#define STRANGER     65534 /* a user and a group */
#define ADMIN_GROUP  54321
#define OTHERS	     (CONTROL_CLIENTS_MAX - CONTROL_PLACES_KEPT)
#define ANSWER_LIMIT 10 /* seconds */

static int64_t clock_us = 1000 * USEC_PER_SEC;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	clock_us++; /* no two events at the same time */
	*now = (struct timespec){.tv_sec = (time_t)(clock_us / USEC_PER_SEC),
				 .tv_nsec = (long)(clock_us % USEC_PER_SEC * 1000)};
	return 0;
}

static size_t longest_send; /* bytes */

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	longest_send = size > longest_send ? size : longest_send;
	return sendto(fd, bytes, size, flags, NULL, 0);
}

static bool no_descriptors;
static unsigned accepts;

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	accepts++;
	if (!no_descriptors)
		return (int)syscall(SYS_accept4, fd, address, size, flags);
	errno = EMFILE;
	return -1;
}

struct group *getgrnam(const char *name)
{
	static struct group admin = {.gr_gid = ADMIN_GROUP};

	return strcmp(name, "vdirector-admin") == 0 ? &admin : NULL;
}

struct fixture {
	char directory[64];
	struct loop *loop;
	struct control *control;
	uint64_t held; /* the client whose request "later" waits */
	unsigned requests;
	bool may_change;
	int taken; /* the descriptor that came with "take" */
};

static void say(struct fixture *fixture, uint64_t client, const char *text)
{
	struct json_writer response = {0};

	json_begin_object(&response, NULL);
	json_string(&response, "said", text);
	json_end_object(&response);
	control_reply(fixture->control, client, &response);
}

static void on_request(const struct control_request *request, void *data)
{
	struct fixture *fixture = data;

	fixture->requests++;
	if (strcmp(request->command, "take") == 0)
		fixture->taken = control_take_fd(fixture->control, request->client);
	fixture->may_change = request->may_change;
	if (strcmp(request->command, "later") == 0) {
		fixture->held = request->client;
	} else if (strcmp(request->command, "big") == 0) {
		char *text = malloc(BIG_ANSWER);

		memset(text, 'x', BIG_ANSWER);
		text[BIG_ANSWER - 1] = '\0';
		say(fixture, request->client, text);
		free(text);
	} else {
		say(fixture, request->client,
		    request->instance ? request->instance : request->command);
	}
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/core_control.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->loop = loop_create();
	fixture->control = control_create(fixture->loop, fixture->directory, on_request, fixture);
	assert_non_null(fixture->control);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	control_destroy(fixture->control);
	loop_destroy(fixture->loop);
	assert_int_equal(rmdir(fixture->directory), 0); /* the socket was removed */
	free(fixture);
	return 0;
}

static int client_create(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", fixture->directory);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* A client of another user, in that group and those further ones. */
static int stranger_create(const struct fixture *fixture, gid_t group, size_t n_groups,
			   const gid_t *groups)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/control.sock", fixture->directory);
	assert_int_equal(chmod(fixture->directory, 0711), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(setgroups(n_groups, groups), 0);
	assert_int_equal(setegid(group), 0);
	assert_int_equal(seteuid(STRANGER), 0);
	fd = client_create(fixture);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	return fd;
}

static void turn(const struct fixture *fixture)
{
	for (unsigned i = 0; i < 10; i++)
		loop_turn(fixture->loop, 0);
}

static void put(const struct fixture *fixture, int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn(fixture);
}

/* What has arrived; "" when nothing, "closed" at the end. */
static const char *take(int fd, char *text, size_t size)
{
	ssize_t n = recv(fd, text, size - 1, MSG_DONTWAIT);

	if (n == 0)
		return "closed";
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void assert_answered(const struct fixture *fixture, int fd)
{
	char text[256];

	put(fixture, fd, "{\"command\":\"x\"}\n");
	assert_string_equal(take(fd, text, sizeof(text)), "{\"said\":\"x\"}\n");
}

static void a_request_in_pieces_is_one_request(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char text[256];

	put(fixture, fd, "{\"comm");
	put(fixture, fd, "and\":\"st");
	assert_string_equal(take(fd, text, sizeof(text)), "");
	put(fixture, fd, "atus\"}\n{\"co");
	assert_string_equal(take(fd, text, sizeof(text)), "{\"said\":\"status\"}\n");
	put(fixture, fd, "mmand\":\"x\",\"instance\":\"VI_1\"}\r\n");
	assert_string_equal(take(fd, text, sizeof(text)), "{\"said\":\"VI_1\"}\n");
	close(fd);
}

static void answers_keep_the_order_of_the_requests(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char text[256];

	put(fixture, fd, "{\"command\":\"later\"}\n{\"command\":\"b\"}\n{\"command\":\"c\"}\n");
	assert_string_equal(take(fd, text, sizeof(text)), "");
	assert_int_equal(fixture->requests, 1);
	say(fixture, fixture->held, "a");
	turn(fixture);
	assert_string_equal(take(fd, text, sizeof(text)),
			    "{\"said\":\"a\"}\n{\"said\":\"b\"}\n{\"said\":\"c\"}\n");
	close(fd);
}

/* A request with `n` ends of pipes; theirs are closed here, the other ends go to `kept`. */
static void put_with_fds(const struct fixture *fixture, int fd, const char *text, int *kept,
			 unsigned n)
{
	char control[CMSG_SPACE(4 * sizeof(int))] __attribute__((aligned(8))) = {0};
	struct cmsghdr *part = (struct cmsghdr *)(void *)control;
	struct iovec line = {(void *)(uintptr_t)text, strlen(text)};
	struct msghdr header = {.msg_iov = &line,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = CMSG_SPACE(n * sizeof(int))};
	int ends[4][2], passed[4] = {0};

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(pipe2(ends[i], O_NONBLOCK), 0);
		kept[i] = ends[i][0];
		passed[i] = ends[i][1];
	}
	*part = (struct cmsghdr){CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(part), passed, n * sizeof(int));
	assert_int_equal(sendmsg(fd, &header, 0), strlen(text));
	for (unsigned i = 0; i < n; i++)
		close(passed[i]);
	turn(fixture);
}

/* Of a pipe whose other end is here: nobody has it open for writing. */
static bool is_closed(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 0;
}

static void a_descriptor_goes_with_its_request(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char text[256];
	int kept[4];

	put_with_fds(fixture, fd, "{\"command\":\"take\"}\n", kept, 1);
	assert_string_equal(take(fd, text, sizeof(text)), "{\"said\":\"take\"}\n");
	assert_true(fixture->taken >= 0);
	assert_false(is_closed(kept[0]));
	close(fixture->taken);
	assert_true(is_closed(kept[0]));
	close(kept[0]);
	put(fixture, fd, "{\"command\":\"take\"}\n");
	assert_int_equal(fixture->taken, -1);
	close(fd);
}

static void descriptors_that_nobody_wants_are_closed(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	unsigned left = 0;
	int kept[4];

	put_with_fds(fixture, fd, "{\"command\":\"x\"}\n", kept, 1);
	assert_true(is_closed(kept[0]));
	close(kept[0]);
	put_with_fds(fixture, fd, "{\"command\":\"take\"}\n", kept, 4);
	for (unsigned i = 0; i < 4; i++)
		left += !is_closed(kept[i]);
	assert_int_equal(left, 1);
	close(fixture->taken);
	for (unsigned i = 0; i < 4; i++)
		close(kept[i]);
	/* One that came with half a line, whose client then leaves. */
	put_with_fds(fixture, fd, "{\"comm", kept, 1);
	assert_false(is_closed(kept[0]));
	close(fd);
	turn(fixture);
	assert_true(is_closed(kept[0]));
	close(kept[0]);
}

static void garbage_is_answered_with_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *part;
	} rows[] = {
		{"hello\n", "not JSON"},
		{"{\"command\":\n", "not JSON: unexpected end"},
		{"{\"command\":\"status\"} x\n", "not JSON: unexpected character at byte 22"},
		{"[]\n", "a request is a JSON object"},
		{"null\n", "a request is a JSON object"},
		{"{}\n", "needs a \\\"command\\\""},
		{"{\"command\":5}\n", "needs a \\\"command\\\""},
		{"{\"command\":\"x\\u0000y\"}\n", "needs a \\\"command\\\""},
		{"{\"command\":\"x\",\"instance\":\"V\\u0000\"}\n",
		 "\\\"instance\\\" must be a string"},
		{"{\"command\":\"x\",\"instance\":[]}\n", "\\\"instance\\\" must be a string"},
		{"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n", "not JSON: nesting too deep"},
		{"{\"command\":\"\xff\"}\n", "not JSON"},
	};
	struct fixture *fixture = *state;
	int fd = client_create(fixture);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];
		const char *answer;

		put(fixture, fd, rows[i].line);
		answer = take(fd, text, sizeof(text));
		if (!strstr(answer, "{\"ok\":false,\"error\":") || !strstr(answer, rows[i].part))
			fail_msg("%s gives %s", rows[i].line, answer);
	}
	assert_int_equal(fixture->requests, 0);
	close(fd);
}

/* A word for true is none: a reload is not forced by mistake. */
static void a_flag_is_true_or_false_issue_8_32(void **state)
{
	static const char *const values[] = {"\"no\"", "1", "[]", "null"};
	struct fixture *fixture = *state;
	int fd = client_create(fixture);

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char line[64], text[256];

		snprintf(line, sizeof(line), "{\"command\":\"reload\",\"force\":%s}\n", values[i]);
		put(fixture, fd, line);
		assert_non_null(strstr(take(fd, text, sizeof(text)),
				       "\\\"force\\\" must be true or false"));
	}
	assert_int_equal(fixture->requests, 0);
	close(fd);
}

static void a_line_without_end_ends_the_connection(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char text[256], block[4097];

	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	for (unsigned i = 0; i < CONTROL_REQUEST_MAX / 4096; i++)
		put(fixture, fd, block);
	assert_non_null(strstr(take(fd, text, sizeof(text)), "at most 65536 bytes"));
	assert_string_equal(take(fd, text, sizeof(text)), "closed");
	close(fd);
}

static void a_slow_reader_gets_all_of_a_big_answer(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char *block = malloc(65536);
	size_t size = 0;

	longest_send = 0;
	put(fixture, fd, "{\"command\":\"big\"}\n{\"command\":\"b\"}\n");
	assert_int_equal(fixture->requests, 1); /* the second waits until the answer has gone */
	for (unsigned i = 0; i < 100000 && fixture->requests < 2; i++) {
		ssize_t n = recv(fd, block, 65536, MSG_DONTWAIT);

		size += n > 0 ? (size_t)n : 0;
		turn(fixture);
	}
	for (ssize_t n; (n = recv(fd, block, 65536, MSG_DONTWAIT)) > 0;)
		size += (size_t)n;
	assert_int_equal(size, strlen("{\"said\":\"\"}\n") * 2 + BIG_ANSWER - 1 + strlen("b"));
	/* However fast it reads, others have their turns. */
	assert_in_range(longest_send, 1, 256 * 1024);
	free(block);
	close(fd);
}

/* More than there is room for, while the first is in work: they wait in the socket. */
static void requests_behind_one_in_work_are_not_lost(void **state)
{
	static const char line[] = "{\"command\":\"b\"}\n", answer[] = "{\"said\":\"b\"}\n";
	const unsigned n = 5000;
	const size_t length = sizeof(line) - 1;
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char block[4096], *lines = malloc(n * length + 1);
	size_t size = 0;

	for (unsigned i = 0; i < n; i++)
		memcpy(lines + i * length, line, length + 1);
	assert_true(n * length > CONTROL_REQUEST_MAX);
	put(fixture, fd, "{\"command\":\"later\"}\n");
	put(fixture, fd, lines);
	free(lines);
	assert_int_equal(fixture->requests, 1);
	say(fixture, fixture->held, "a");
	for (unsigned i = 0; i < 100 + n && fixture->requests < 1 + n; i++) {
		ssize_t got = recv(fd, block, sizeof(block), MSG_DONTWAIT);

		size += got > 0 ? (size_t)got : 0;
		turn(fixture);
	}
	for (ssize_t got; (got = recv(fd, block, sizeof(block), MSG_DONTWAIT)) > 0;)
		size += (size_t)got;
	assert_int_equal(fixture->requests, 1 + n);
	assert_int_equal(size, (1 + n) * (sizeof(answer) - 1));
	assert_int_equal(recv(fd, block, sizeof(block), MSG_DONTWAIT), -1); /* still open */
	close(fd);
}

/* The starter must not take a busy daemon for none. */
static void one_that_does_not_come_to_accept_is_served_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fds[4 * CONTROL_CLIENTS_MAX];
	unsigned n = 0;
	bool full = false;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", fixture->directory);
	while (!full && n < 4 * CONTROL_CLIENTS_MAX) {
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		full = connect(fds[n++], (struct sockaddr *)&address, sizeof(address)) != 0;
	}
	assert_true(full);
	assert_true(control_is_served(fixture->directory));
	while (n > 0)
		close(fds[--n]);
}

/* A socket that stays ready and cannot be accepted from must not keep the processor busy. */
static void without_descriptors_clients_wait(void **state)
{
	struct fixture *fixture = *state;
	int fd;

	no_descriptors = true;
	accepts = 0;
	fd = client_create(fixture);
	turn(fixture);
	assert_int_equal(accepts, 1);
	clock_us += USEC_PER_SEC;
	turn(fixture);
	assert_int_equal(accepts, 2);
	no_descriptors = false;
	clock_us += USEC_PER_SEC;
	turn(fixture);
	assert_answered(fixture, fd);
	close(fd);
}

/* Somebody has cleaned up; who is connected stays so. */
static void a_socket_that_was_removed_is_made_again(void **state)
{
	struct fixture *fixture = *state;
	int before = client_create(fixture), fd;
	char path[96];

	assert_answered(fixture, before);
	snprintf(path, sizeof(path), "%s/control.sock", fixture->directory);
	assert_int_equal(unlink(path), 0);
	clock_us += 6 * USEC_PER_SEC;
	turn(fixture);
	fd = client_create(fixture);
	assert_answered(fixture, fd);
	assert_answered(fixture, before);
	close(fd);
	close(before);
}

static void a_client_that_leaves_before_its_answer_is_forgotten(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char text[256];

	put(fixture, fd, "{\"command\":\"later\"}\n");
	close(fd);
	turn(fixture);
	say(fixture, fixture->held, "nobody hears this");
	fd = client_create(fixture);
	put(fixture, fd, "{\"command\":\"again\"}\n");
	assert_string_equal(take(fd, text, sizeof(text)), "{\"said\":\"again\"}\n");
	close(fd);
}

static void a_client_that_only_closed_its_side_is_answered(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char text[256];

	put(fixture, fd, "{\"command\":\"later\"}\n");
	shutdown(fd, SHUT_WR);
	turn(fixture);
	say(fixture, fixture->held, "late");
	turn(fixture);
	assert_string_equal(take(fd, text, sizeof(text)), "{\"said\":\"late\"}\n");
	assert_string_equal(take(fd, text, sizeof(text)), "closed");
	close(fd);
}

static void the_client_longest_silent_makes_room(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONTROL_CLIENTS_MAX], extra;
	char text[256];

	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client_create(fixture);
		turn(fixture);
	}
	put(fixture, fds[0], "{\"command\":\"x\"}\n");
	take(fds[0], text, sizeof(text));
	extra = client_create(fixture);
	put(fixture, extra, "{\"command\":\"y\"}\n");
	assert_string_equal(take(extra, text, sizeof(text)), "{\"said\":\"y\"}\n");
	assert_string_equal(take(fds[0], text, sizeof(text)), "");
	assert_string_equal(take(fds[1], text, sizeof(text)), "closed");
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	close(extra);
}

static void requests_in_work_are_not_thrown_out_for_a_new_client(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONTROL_CLIENTS_MAX], extra;
	char text[256];

	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client_create(fixture);
		put(fixture, fds[i], "{\"command\":\"later\"}\n");
	}
	extra = client_create(fixture);
	turn(fixture);
	assert_non_null(strstr(take(extra, text, sizeof(text)), "too many clients"));
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		assert_string_equal(take(fds[i], text, sizeof(text)), "");
		close(fds[i]);
	}
	close(extra);
}

static void issue_8_7_slow_readers_do_not_lock_root_out(void **state)
{
	struct fixture *fixture = *state;
	int fds[OTHERS], extra, root[CONTROL_PLACES_KEPT];
	char text[256];

	if (geteuid() != 0)
		skip();
	for (unsigned i = 0; i < OTHERS; i++) {
		fds[i] = stranger_create(fixture, STRANGER, 0, NULL);
		put(fixture, fds[i], "{\"command\":\"big\"}\n");
	}
	extra = stranger_create(fixture, STRANGER, 0, NULL);
	turn(fixture);
	assert_non_null(strstr(take(extra, text, sizeof(text)), "too many clients"));
	close(extra);
	for (unsigned i = 0; i < CONTROL_PLACES_KEPT; i++) {
		root[i] = client_create(fixture);
		assert_answered(fixture, root[i]);
	}
	for (unsigned i = 0; i < CONTROL_PLACES_KEPT; i++)
		close(root[i]);
	for (unsigned i = 0; i < OTHERS; i++)
		close(fds[i]);
	turn(fixture);
	extra = stranger_create(fixture, STRANGER, 0, NULL);
	assert_answered(fixture, extra);
	close(extra);
}

/* Of the kind of 8.7: strangers with nothing in work do not push root's clients out. */
static void issue_8_7_strangers_make_room_among_themselves(void **state)
{
	struct fixture *fixture = *state;
	int root = client_create(fixture), fds[OTHERS + 1];
	char text[256];

	if (geteuid() != 0)
		skip();
	assert_answered(fixture, root);
	for (unsigned i = 0; i < OTHERS + 1; i++) {
		fds[i] = stranger_create(fixture, STRANGER, 0, NULL);
		assert_answered(fixture, fds[i]);
	}
	assert_string_equal(take(fds[0], text, sizeof(text)), "closed");
	assert_string_equal(take(fds[1], text, sizeof(text)), "");
	assert_answered(fixture, root);
	for (unsigned i = 0; i < OTHERS + 1; i++)
		close(fds[i]);
	close(root);
}

/* True: the daemon has closed the connection when so much time has passed. */
static bool is_closed_within(const struct fixture *fixture, int fd, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		clock_us += USEC_PER_SEC;
		turn(fixture);
	}
	return send(fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE;
}

static void issue_8_32_who_does_not_read_is_disconnected(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);

	put(fixture, fd, "{\"command\":\"big\"}\n");
	assert_false(is_closed_within(fixture, fd, ANSWER_LIMIT - 1));
	assert_true(is_closed_within(fixture, fd, 2));
	close(fd);
}

static void issue_8_7_who_reads_drop_by_drop_is_disconnected_as_well(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char *block = malloc(512 * 1024);
	bool closed = false;

	/* So much at a time that the daemon can go on writing. */
	put(fixture, fd, "{\"command\":\"big\"}\n");
	for (unsigned i = 0; i < ANSWER_LIMIT + 1 && !closed; i++) {
		assert_true(recv(fd, block, 512 * 1024, MSG_DONTWAIT) > 0);
		closed = is_closed_within(fixture, fd, 1);
		assert_true(closed || i < ANSWER_LIMIT);
	}
	assert_true(closed);
	free(block);
	close(fd);
}

/* The limit is that of one answer: it is over when the answer has gone out. */
static void each_answer_has_its_own_time(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);
	char *block = malloc(BIG_ANSWER);

	for (unsigned k = 0; k < 3; k++) {
		size_t size = 0;

		put(fixture, fd, "{\"command\":\"big\"}\n");
		assert_false(is_closed_within(fixture, fd, ANSWER_LIMIT - 3));
		while (size < BIG_ANSWER + strlen("{\"said\":\"\"}\n") - 1) {
			ssize_t n = recv(fd, block, BIG_ANSWER, MSG_DONTWAIT);

			assert_int_not_equal(n, 0); /* still open */
			size += n > 0 ? (size_t)n : 0;
			turn(fixture);
		}
	}
	assert_false(is_closed_within(fixture, fd, 2 * ANSWER_LIMIT));
	free(block);
	close(fd);
}

static void issue_8_32_the_groups_of_a_client_say_what_it_may_do(void **state)
{
	static const struct {
		gid_t group;
		gid_t further[3];
		bool may_change;
	} rows[] = {
		{STRANGER, {1, 2, 3}, false},
		{ADMIN_GROUP, {1, 2, 3}, true},
		/* The kernel keeps them in the order of their numbers. */
		{STRANGER, {ADMIN_GROUP, ADMIN_GROUP + 1, ADMIN_GROUP + 2}, true},
		{STRANGER, {1, ADMIN_GROUP, ADMIN_GROUP + 1}, true},
		{STRANGER, {1, 2, ADMIN_GROUP}, true},
		{STRANGER, {1, 2, ADMIN_GROUP + 1}, false},
		{0, {0, 2, 3}, false},
	};
	struct fixture *fixture = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = stranger_create(fixture, rows[i].group, 3, rows[i].further);

		assert_answered(fixture, fd);
		if (fixture->may_change != rows[i].may_change)
			fail_msg("row %zu", i);
		close(fd);
	}
	assert_int_equal(setgroups(0, NULL), 0);
}

static void the_daemons_own_user_may_change_things(void **state)
{
	struct fixture *fixture = *state;
	int fd = client_create(fixture);

	put(fixture, fd, "{\"command\":\"x\"}\n");
	assert_true(fixture->may_change);
	close(fd);
}

static void the_socket_is_not_for_everybody(void **state)
{
	struct fixture *fixture = *state;
	char path[96];
	struct stat file;

	snprintf(path, sizeof(path), "%s/control.sock", fixture->directory);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0660);
	assert_true(control_is_served(fixture->directory));
	assert_false(control_is_served("/nonexistent"));
}

static void json_text_is_escaped_and_never_broken(void **state)
{
	static const struct {
		const char *raw, *written;
	} rows[] = {
		{"plain", "[\"plain\"]"},
		{"q\" b\\ n\n t\t e\x1b", "[\"q\\\" b\\\\ n\\n t\\t e\\u001b\"]"},
		{"gr\xc3\xbc\xc3\x9f", "[\"gr\xc3\xbc\xc3\x9f\"]"},
		{"\xff", "[\"\\ufffd\"]"},
		{"cut \xc3", "[\"cut \\ufffd\"]"},
		{"\xed\xa0\x80", "[\"\\ufffd\\ufffd\\ufffd\"]"},
		{"\xc0\x80", "[\"\\ufffd\\ufffd\"]"},
		{"\xf0\x9f\x98\x80", "[\"\xf0\x9f\x98\x80\"]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_writer writer = {0};

		json_begin_array(&writer, NULL);
		json_string(&writer, NULL, rows[i].raw);
		json_end_array(&writer);
		assert_int_equal(writer.size, strlen(rows[i].written));
		assert_memory_equal(writer.text, rows[i].written, writer.size);
		free(writer.text);
	}
}

#define CONTROL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(a_request_in_pieces_is_one_request),
		CONTROL_TEST(answers_keep_the_order_of_the_requests),
		CONTROL_TEST(a_descriptor_goes_with_its_request),
		CONTROL_TEST(descriptors_that_nobody_wants_are_closed),
		CONTROL_TEST(garbage_is_answered_with_what_is_wrong),
		CONTROL_TEST(a_flag_is_true_or_false_issue_8_32),
		CONTROL_TEST(a_line_without_end_ends_the_connection),
		CONTROL_TEST(a_slow_reader_gets_all_of_a_big_answer),
		CONTROL_TEST(requests_behind_one_in_work_are_not_lost),
		CONTROL_TEST(one_that_does_not_come_to_accept_is_served_all_the_same),
		CONTROL_TEST(without_descriptors_clients_wait),
		CONTROL_TEST(a_socket_that_was_removed_is_made_again),
		CONTROL_TEST(a_client_that_leaves_before_its_answer_is_forgotten),
		CONTROL_TEST(a_client_that_only_closed_its_side_is_answered),
		CONTROL_TEST(the_client_longest_silent_makes_room),
		CONTROL_TEST(requests_in_work_are_not_thrown_out_for_a_new_client),
		CONTROL_TEST(issue_8_7_slow_readers_do_not_lock_root_out),
		CONTROL_TEST(issue_8_7_strangers_make_room_among_themselves),
		CONTROL_TEST(issue_8_32_who_does_not_read_is_disconnected),
		CONTROL_TEST(issue_8_7_who_reads_drop_by_drop_is_disconnected_as_well),
		CONTROL_TEST(each_answer_has_its_own_time),
		CONTROL_TEST(issue_8_32_the_groups_of_a_client_say_what_it_may_do),
		CONTROL_TEST(the_daemons_own_user_may_change_things),
		CONTROL_TEST(the_socket_is_not_for_everybody),
		cmocka_unit_test(json_text_is_escaped_and_never_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
