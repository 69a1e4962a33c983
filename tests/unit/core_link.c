/* Links: order, queueing, refusal of what the table does not allow, ownership of descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/loop.h"
#include "core/process/link.h"

#define VERDICTS_MAX 200000

/* A link from check.1 to ipvs, and counters of what each end hears. */
struct fixture {
	struct loop *loop;
	struct link *check, *ipvs;
	uint64_t next; /* the verdict for target `next` is expected */
	unsigned drained;
	unsigned closed;
	bool destroy; /* the receiver destroys its link in its callback */
};

static unsigned open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

static void verdict_came(struct link *link, struct message *message, void *data)
{
	struct fixture *fixture = data;
	const struct message_verdict *verdict = message->payload;

	assert_int_equal(message->type, MESSAGE_VERDICT);
	assert_int_equal(message->size, sizeof(*verdict));
	assert_true(verdict->target == fixture->next);
	fixture->next++;
	if (fixture->destroy) {
		link_destroy(link);
		fixture->ipvs = NULL;
	}
}

static void link_closed(struct link *link, void *data)
{
	struct fixture *fixture = data;

	(void)link;
	fixture->closed++;
}

static void link_drained(struct link *link, void *data)
{
	struct fixture *fixture = data;

	(void)link;
	fixture->drained++;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fds[2];

	assert_non_null(fixture);
	assert_true(link_pair(fds));
	fixture->loop = loop_create();
	fixture->check = link_create(fixture->loop, fds[0], ROLE_CHECK, ROLE_IPVS, 0, verdict_came,
				     link_closed, fixture);
	fixture->ipvs = link_create(fixture->loop, fds[1], ROLE_IPVS, ROLE_CHECK, 1, verdict_came,
				    link_closed, fixture);
	link_on_drained(fixture->check, link_drained);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	link_destroy(fixture->check);
	link_destroy(fixture->ipvs);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

static bool send_verdict(struct fixture *fixture, uint64_t number)
{
	struct message_verdict verdict = {.target = number, .verdict = VERDICT_PASS};

	return link_send(fixture->check, MESSAGE_VERDICT, &verdict, sizeof(verdict));
}

static void turn_until_quiet(struct fixture *fixture)
{
	uint64_t before;

	do {
		before = fixture->next;
		loop_turn(fixture->loop, 0);
	} while (fixture->next != before);
}

static void a_full_link_queues_refuses_and_drains_in_order(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sent = 0, queued_first;

	while (send_verdict(fixture, sent)) {
		sent++;
		assert_true(sent < VERDICTS_MAX); /* the queue is bounded */
	}
	queued_first = sent;
	assert_false(send_verdict(fixture, sent));
	assert_int_equal(fixture->drained, 0);
	turn_until_quiet(fixture);
	assert_true(fixture->next == sent);
	assert_int_equal(fixture->drained, 1);
	assert_true(send_verdict(fixture, sent));
	turn_until_quiet(fixture);
	assert_true(fixture->next == queued_first + 1);
	assert_int_equal(fixture->drained, 1);
	assert_int_equal(fixture->closed, 0);
}

static void a_drained_link_has_all_of_its_room_again_issue_8_32(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sent = 0, first;

	while (send_verdict(fixture, sent))
		sent++;
	first = sent;
	turn_until_quiet(fixture);
	while (send_verdict(fixture, sent))
		sent++;
	assert_in_range(sent - first, first * 9 / 10, first * 11 / 10);
	turn_until_quiet(fixture);
	assert_true(fixture->next == sent);
	assert_int_equal(fixture->drained, 2);
}

static void nothing_overtakes_what_is_queued(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sent = 0;
	int i;

	while (send_verdict(fixture, sent))
		sent++;
	for (i = 0; i < 2000; i++) {
		loop_turn(fixture->loop, 0); /* makes room in the socket, bit by bit */
		if (send_verdict(fixture, sent))
			sent++;
	}
	turn_until_quiet(fixture);
	assert_true(fixture->next == sent);
}

static void what_was_said_before_the_end_still_arrives(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sent;

	for (sent = 0; sent < 200; sent++)
		assert_true(send_verdict(fixture, sent));
	link_destroy(fixture->check);
	fixture->check = NULL;
	turn_until_quiet(fixture);
	assert_true(fixture->next == sent);
	assert_int_equal(fixture->closed, 1);
}

/* The kernel tells of what was left unread before it hands out what was said. */
static void what_was_said_arrives_from_one_that_ended_without_reading(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(send(link_fd(fixture->ipvs), "unread", 6, 0), 6);
	assert_true(send_verdict(fixture, 0));
	link_destroy(fixture->check);
	fixture->check = NULL;
	turn_until_quiet(fixture);
	assert_true(fixture->next == 1);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->closed, 1);
}

static void sending_to_a_closed_link_is_refused_quietly(void **state)
{
	struct fixture *fixture = *state;

	link_destroy(fixture->ipvs);
	fixture->ipvs = NULL;
	assert_false(send_verdict(fixture, 0));
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->closed, 1);
	assert_false(send_verdict(fixture, 0));
	assert_false(link_flush(fixture->check, 1000));
}

static void a_link_may_be_destroyed_in_its_own_callback(void **state)
{
	struct fixture *fixture = *state;

	fixture->destroy = true;
	assert_true(send_verdict(fixture, 0));
	assert_true(send_verdict(fixture, 1));
	loop_turn(fixture->loop, 0);
	loop_turn(fixture->loop, 0);
	assert_true(fixture->next == 1);
	assert_int_equal(fixture->closed, 1); /* the sender's end sees it */
}

/* Main's side of a link to check.0, with a raw socket as the other end. */
struct main_side {
	struct loop *loop;
	struct link *link;
	int worker;
	unsigned messages, closed;
};

static void main_heard(struct link *link, struct message *message, void *data)
{
	struct main_side *side = data;

	(void)link;
	(void)message;
	side->messages++;
}

static void main_closed(struct link *link, void *data)
{
	struct main_side *side = data;

	(void)link;
	side->closed++;
}

static void nowhere(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

static void main_side_open(struct main_side *side)
{
	int fds[2];

	memset(side, 0, sizeof(*side));
	assert_true(link_pair(fds));
	side->loop = loop_create();
	side->worker = fds[1];
	side->link = link_create(side->loop, fds[0], ROLE_MAIN, ROLE_CHECK, 0, main_heard,
				 main_closed, side);
}

static void main_side_close(struct main_side *side)
{
	link_destroy(side->link);
	close(side->worker);
	loop_destroy(side->loop);
}

/* The bytes of a message as link.c writes them, and `n_fds` copies of stdin. */
static void raw_send(int fd, uint32_t type, const void *payload, size_t size, unsigned n_fds)
{
	uint32_t envelope[4] = {type};
	struct iovec parts[2] = {{envelope, sizeof(envelope)}, {.iov_len = size}};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * 16)];
	} control = {0};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	int zero = 0;
	unsigned i;

	memcpy(&parts[1].iov_base, &payload, sizeof(payload));
	if (n_fds > 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		for (i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &zero, sizeof(zero));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
	}
	assert_true(sendmsg(fd, &message, MSG_NOSIGNAL) >= 0);
}

static void a_worker_that_breaks_the_rules_loses_its_link_to_main(void **state)
{
	static unsigned char bytes[MESSAGE_PAYLOAD_MAX + 100];
	static const struct {
		uint32_t type;
		size_t size;
		unsigned n_fds;
	} breaches[] = {
		{MESSAGE_CONFIGURE, sizeof(struct message_configure), 2}, /* not its to say */
		{MESSAGE_CONFIGURED, sizeof(struct message_configured) + 1, 0},
		{MESSAGE_CONFIGURED, sizeof(struct message_configured) - 1, 0},
		{MESSAGE_CONFIGURED, sizeof(struct message_configured), 1},
		{MESSAGE_STOPPED, 0, 16}, /* more than the control buffer takes */
		{MESSAGE_LOG, sizeof(bytes), 0},
		{MESSAGE_LOG, 40, 0}, /* its text does not end */
		{12345, 0, 0},
	};
	struct main_side side;
	unsigned before;
	size_t i;

	(void)state;
	log_setup(nowhere, NULL, "main", LOG_LEVEL_ERROR);
	memset(bytes, 1, sizeof(bytes));
	for (i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
		main_side_open(&side);
		before = open_descriptors();
		raw_send(side.worker, breaches[i].type, bytes, breaches[i].size, breaches[i].n_fds);
		loop_turn(side.loop, 0);
		assert_int_equal(side.messages, 0);
		assert_int_equal(side.closed, 1);
		assert_int_equal(open_descriptors(), before - 1); /* the link's own */
		main_side_close(&side);
	}
}

static void a_short_or_empty_packet_closes_the_link_to_main(void **state)
{
	struct main_side side;
	size_t size;

	(void)state;
	log_setup(nowhere, NULL, "main", LOG_LEVEL_ERROR);
	for (size = 0; size < 16; size += 5) {
		main_side_open(&side);
		assert_true(send(side.worker, "0123456789abcdef", size, 0) >= 0);
		loop_turn(side.loop, 0);
		assert_int_equal(side.messages, 0);
		assert_int_equal(side.closed, 1);
		main_side_close(&side);
	}
}

/* The exit status of an ipvs worker that is sent this by `peer`; 0 = it took it. */
static int end_of_worker(enum role_kind peer, uint32_t type, const void *payload, size_t size,
			 unsigned n_fds)
{
	int fds[2];
	struct loop *loop;
	int status;
	pid_t pid;

	assert_true(link_pair(fds));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		log_setup(nowhere, NULL, "ipvs", LOG_LEVEL_ERROR);
		loop = loop_create();
		link_create(loop, fds[0], ROLE_IPVS, peer, 0, main_heard, link_closed,
			    &(struct main_side){0});
		loop_turn(loop, 5 * USEC_PER_SEC);
		_exit(0);
	}
	raw_send(fds[1], type, payload, size, n_fds);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	close(fds[0]);
	close(fds[1]);
	return WEXITSTATUS(status);
}

static void keep_line(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)!write(STDERR_FILENO, text, strlen(text));
}

/* What a worker says that is sent so many descriptors and has room for none. */
static void hear_without_room(uint32_t type, const void *payload, size_t size, unsigned n_fds,
			      char *said, size_t room)
{
	int fds[2], output[2];
	ssize_t n;
	pid_t pid;

	assert_true(link_pair(fds));
	assert_int_equal(pipe(output), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct loop *loop = loop_create();

		dup2(output[1], STDERR_FILENO);
		log_setup(keep_line, NULL, "ipvs", LOG_LEVEL_ERROR);
		link_create(loop, fds[0], ROLE_IPVS, ROLE_MAIN, 0, main_heard, link_closed,
			    &(struct main_side){0});
		while (dup(STDERR_FILENO) >= 0)
			;
		loop_turn(loop, 5 * USEC_PER_SEC);
		_exit(0);
	}
	close(output[1]);
	raw_send(fds[1], type, payload, size, n_fds);
	n = read(output[0], said, room - 1);
	said[n > 0 ? n : 0] = '\0';
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(output[0]);
	close(fds[0]);
	close(fds[1]);
}

static void issue_8_13_who_has_no_descriptor_left_blames_nobody(void **state)
{
	const struct message_configure order = {.generation = 1};
	const struct message_stop stop = {.keep = 0};
	char said[256];

	(void)state;
	hear_without_room(MESSAGE_CONFIGURE, &order, sizeof(order), 2, said, sizeof(said));
	assert_non_null(strstr(said, "no descriptor is left for those of a configure message"));
	/* One that has none is a breach, whatever is left here. */
	hear_without_room(MESSAGE_STOP, &stop, sizeof(stop), 1, said, sizeof(said));
	assert_non_null(strstr(said, "invalid stop message"));
}

static void a_worker_that_hears_nonsense_ends(void **state)
{
	const struct message_stop stop = {.keep = 0};
	const struct message_configure order = {.generation = 1};

	(void)state;
	assert_int_equal(end_of_worker(ROLE_MAIN, MESSAGE_STOP, &stop, sizeof(stop), 0), 0);
	assert_int_equal(end_of_worker(ROLE_VRRP, MESSAGE_STOP, &stop, sizeof(stop), 0), 70);
	assert_int_equal(end_of_worker(ROLE_MAIN, MESSAGE_CONFIGURE, &order, sizeof(order), 2), 0);
	/* Cut to three by the kernel, which says so. */
	assert_int_equal(end_of_worker(ROLE_MAIN, MESSAGE_CONFIGURE, &order, sizeof(order), 4), 70);
}

static void a_check_worker_that_talks_nonsense_loses_its_link_and_ends_nobody(void **state)
{
	struct fixture *fixture = *state;
	const struct message_stop stop = {.keep = 0};

	log_setup(nowhere, NULL, "ipvs", LOG_LEVEL_ERROR);
	raw_send(link_fd(fixture->check), MESSAGE_STOP, &stop, sizeof(stop), 0);
	loop_turn(fixture->loop, 0); /* ipvs refuses it */
	loop_turn(fixture->loop, 0); /* check sees the end */
	assert_int_equal(fixture->closed, 2);
	assert_int_equal(link_fd(fixture->ipvs), -1);
	assert_int_equal(fixture->next, 0);
}

/* A worker's side of a link to main: takes the first descriptor of a message, or none. */
struct taker {
	bool take;
	int taken;
	unsigned messages;
};

static void take_fd(struct link *link, struct message *message, void *data)
{
	struct taker *taker = data;

	(void)link;
	assert_true(message->fds[0] >= 0 && message->fds[1] >= 0);
	assert_true((fcntl(message->fds[0], F_GETFD) & FD_CLOEXEC) != 0);
	taker->messages++;
	if (taker->take) {
		taker->taken = message->fds[0];
		message->fds[0] = -1;
	}
}

static void unclaimed_descriptors_are_closed_and_claimed_ones_stay(void **state)
{
	struct message_configure order = {.generation = 1};
	struct taker taker = {.taken = -1};
	struct loop *loop = loop_create();
	struct link *main_link, *vrrp_link;
	unsigned before;
	int fds[2], passed[2];

	(void)state;
	assert_true(link_pair(fds));
	main_link = link_create(loop, fds[0], ROLE_MAIN, ROLE_VRRP, 0, take_fd, link_closed, NULL);
	vrrp_link =
		link_create(loop, fds[1], ROLE_VRRP, ROLE_MAIN, 0, take_fd, link_closed, &taker);
	assert_int_equal(pipe(passed), 0);
	before = open_descriptors();
	assert_true(link_send_fds(main_link, MESSAGE_CONFIGURE, &order, sizeof(order), passed, 2));
	loop_turn(loop, 0);
	assert_int_equal(taker.messages, 1);
	assert_int_equal(open_descriptors(), before);
	taker.take = true;
	assert_true(link_send_fds(main_link, MESSAGE_CONFIGURE, &order, sizeof(order), passed, 2));
	loop_turn(loop, 0);
	assert_int_equal(taker.messages, 2);
	assert_int_equal(open_descriptors(), before + 1);
	assert_int_equal(write(passed[1], "x", 1), 1);
	assert_int_equal(read(taker.taken, (char[1]){0}, 1), 1);
	close(taker.taken);
	close(passed[0]);
	close(passed[1]);
	link_destroy(main_link);
	link_destroy(vrrp_link);
	loop_destroy(loop);
}

static void queued_descriptors_are_duplicates_and_do_not_leak(void **state)
{
	struct message_configure order = {.generation = 1};
	struct taker taker = {.taken = -1};
	struct loop *loop = loop_create();
	struct link *main_link, *vrrp_link;
	unsigned before = open_descriptors();
	unsigned sent = 0;
	int fds[2], passed[2];

	(void)state;
	assert_true(link_pair(fds));
	main_link = link_create(loop, fds[0], ROLE_MAIN, ROLE_VRRP, 0, take_fd, link_closed, NULL);
	vrrp_link =
		link_create(loop, fds[1], ROLE_VRRP, ROLE_MAIN, 0, take_fd, link_closed, &taker);
	assert_int_equal(pipe(passed), 0);
	while (open_descriptors() < before + 4 + 20 && sent < 10000) {
		assert_true(link_send_fds(main_link, MESSAGE_CONFIGURE, &order, sizeof(order),
					  passed, 2));
		sent++;
	}
	close(passed[0]); /* those that are queued are open all the same */
	close(passed[1]);
	while (taker.messages < sent)
		loop_turn(loop, USEC_PER_SEC);
	assert_int_equal(open_descriptors(), before + 2);
	link_destroy(main_link);
	link_destroy(vrrp_link);
	assert_int_equal(open_descriptors(), before);
	loop_destroy(loop);
}

/* Main has room for one more descriptor, and a message that is to be queued has two. */
static void what_cannot_be_queued_leaves_no_descriptor_behind(void **state)
{
	struct message_configure order = {.generation = 1};
	struct taker taker = {.taken = -1};
	struct loop *loop = loop_create();
	struct link *main_link, *vrrp_link;
	struct rlimit limit, one;
	unsigned before, sent = 0;
	int fds[2], passed[2], next;

	(void)state;
	assert_true(link_pair(fds));
	main_link = link_create(loop, fds[0], ROLE_MAIN, ROLE_VRRP, 0, take_fd, link_closed, NULL);
	vrrp_link =
		link_create(loop, fds[1], ROLE_VRRP, ROLE_MAIN, 0, take_fd, link_closed, &taker);
	assert_int_equal(pipe(passed), 0);
	for (before = open_descriptors(); open_descriptors() == before; sent++)
		assert_true(link_send_fds(main_link, MESSAGE_CONFIGURE, &order, sizeof(order),
					  passed, 2));
	before = open_descriptors();
	next = dup(STDIN_FILENO);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	one = (struct rlimit){(rlim_t)next + 1, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
	assert_false(link_send_fds(main_link, MESSAGE_CONFIGURE, &order, sizeof(order), passed, 2));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(open_descriptors(), before);
	while (taker.messages < sent)
		loop_turn(loop, USEC_PER_SEC);
	close(passed[0]);
	close(passed[1]);
	link_destroy(main_link);
	link_destroy(vrrp_link);
	loop_destroy(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_full_link_queues_refuses_and_drains_in_order,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_drained_link_has_all_of_its_room_again_issue_8_32,
						setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_overtakes_what_is_queued, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_said_before_the_end_still_arrives, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			what_was_said_arrives_from_one_that_ended_without_reading, setup, teardown),
		cmocka_unit_test_setup_teardown(sending_to_a_closed_link_is_refused_quietly, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_link_may_be_destroyed_in_its_own_callback, setup,
						teardown),
		cmocka_unit_test(a_worker_that_breaks_the_rules_loses_its_link_to_main),
		cmocka_unit_test(a_short_or_empty_packet_closes_the_link_to_main),
		cmocka_unit_test(a_worker_that_hears_nonsense_ends),
		cmocka_unit_test(issue_8_13_who_has_no_descriptor_left_blames_nobody),
		cmocka_unit_test_setup_teardown(
			a_check_worker_that_talks_nonsense_loses_its_link_and_ends_nobody, setup,
			teardown),
		cmocka_unit_test(unclaimed_descriptors_are_closed_and_claimed_ones_stay),
		cmocka_unit_test(queued_descriptors_are_duplicates_and_do_not_leak),
		cmocka_unit_test(what_cannot_be_queued_leaves_no_descriptor_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
