/* The life of a worker, as main sees it: configured, alive, reconfigured, heard, stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/process/role.h"

#define STRAY_FD 57 /* left open by whoever starts the worker */

#ifdef SYS_clock_gettime64
#define CLOCK_CALL SYS_clock_gettime64
#else
#define CLOCK_CALL SYS_clock_gettime
#endif

static time_t ahead; /* s, of this process's clocks */

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(CLOCK_CALL, clock, now);

	now->tv_sec += ahead;
	return result;
}

/* In the worker: an ipvs role that writes what it was given to its status memory and log. */
/* The one record of the worker's status. */
struct told {
	struct status_record record;
	uint32_t changes;
	char text[64];
};

struct context {
	struct role *role;
	struct link *check; /* NULL: none */
	bool never_stops;
	bool floods; /* where a link is lost: first with more lines than main's queue takes */
};

/* Of what the starter had open, blocked or ignored. */
static bool has_leftovers(void)
{
	struct sigaction child;
	sigset_t blocked;

	return fcntl(STRAY_FD, F_GETFD) >= 0 || sigprocmask(SIG_SETMASK, NULL, &blocked) != 0 ||
	       !sigisemptyset(&blocked) || sigaction(SIGCHLD, NULL, &child) != 0 ||
	       child.sa_handler != SIG_DFL;
}

static void *worker_create(struct role *role)
{
	struct context *context = calloc(1, sizeof(*context));

	if (context == NULL)
		_exit(99);
	context->role = role;
	log_info(has_leftovers() ? "created with leftovers" : "created");
	return context;
}

static void worker_configure(void *data, const char *text, size_t size, struct status *status)
{
	struct context *context = data;
	struct told *kernel = status_record(status, 0, 0);

	status_begin(kernel);
	if (snprintf(kernel->text, sizeof(kernel->text), "%.*s", (int)size, text) < 0)
		_exit(98);
	kernel->changes++;
	status_end(kernel);
	context->never_stops = size >= 5 && memcmp(text, "never", 5) == 0;
	context->floods = size >= 5 && memcmp(text, "flood", 5) == 0;
	for (unsigned i = 0; size == 4 && memcmp(text, "talk", 4) == 0 && i < 60000; i++)
		log_notice("x");
	log_notice("configured after %llu", (unsigned long long)context->role->generation);
}

static void worker_heard(struct link *link, struct message *message, void *data)
{
	(void)link;
	(void)message;
	(void)data;
}

static void worker_closed(struct link *link, void *data)
{
	struct context *context = data;

	/* Short ones, so that what is left has no room for anything. */
	for (unsigned i = 0; context->floods && i < 60000; i++)
		log_notice("x");
	role_link_lost(context->role, link);
	link_destroy(link);
	context->check = NULL;
}

static void worker_peer(void *data, enum role_kind kind, unsigned index, int fd)
{
	struct context *context = data;

	log_notice("peer %s.%u %s", role_kind_name(kind), index,
		   fcntl(fd, F_GETFD) == FD_CLOEXEC ? "linked" : "broken");
	link_destroy(context->check);
	context->check = link_create(context->role->loop, fd, ROLE_IPVS, kind, index, worker_heard,
				     worker_closed, context);
}

static void worker_stop(void *data, bool keep)
{
	struct context *context = data;

	log_notice("stopping%s", keep ? ", keeping" : "");
	if (!context->never_stops)
		role_stopped(context->role);
	else if (!keep)
		ahead = 11; /* as long as it may take */
}

static void worker_destroy(void *data)
{
	struct context *context = data;

	link_destroy(context->check);
	free(context);
}

static const struct status_layout layout = {.version = 1, .sizes = {sizeof(struct told)}};

static const struct role_vtable worker_table = {
	.layout = &layout,
	.kind = ROLE_IPVS,
	.create = worker_create,
	.configure = worker_configure,
	.peer = worker_peer,
	.stop = worker_stop,
	.destroy = worker_destroy,
};

/* Main's side. */
struct fixture {
	struct loop *loop;
	struct link *link;
	pid_t pid;
	uint64_t configured; /* generation */
	bool stopped, closed;
	bool deaf;	  /* for log lines */
	uint64_t dropped; /* lines, as the worker says */
	struct message_peer lost[4];
	size_t n_lost;
	char heard[4096]; /* log lines, each with a newline */
};

static void heard(struct link *link, struct message *message, void *data)
{
	struct fixture *fixture = data;
	const struct message_configured *configured = message->payload;
	const struct message_log *line = message->payload;
	size_t used = strlen(fixture->heard);

	(void)link;
	if (message->type == MESSAGE_LOG)
		fixture->dropped += line->dropped;
	if (message->type == MESSAGE_CONFIGURED)
		fixture->configured = configured->generation;
	else if (message->type == MESSAGE_STOPPED)
		fixture->stopped = true;
	else if (message->type == MESSAGE_PEER_LOST && fixture->n_lost < 4)
		memcpy(&fixture->lost[fixture->n_lost++], message->payload,
		       sizeof(fixture->lost[0]));
	else if (message->type == MESSAGE_LOG && !fixture->deaf)
		assert_true(snprintf(fixture->heard + used, sizeof(fixture->heard) - used, "%s\n",
				     line->text) > 0);
}

static void closed(struct link *link, void *data)
{
	struct fixture *fixture = data;

	(void)link;
	fixture->closed = true;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fds[2];

	assert_non_null(fixture);
	assert_true(link_pair(fds));
	fixture->pid = fork();
	assert_true(fixture->pid >= 0);
	if (fixture->pid == 0) {
		sigset_t blocked;

		alarm(30);
		sigemptyset(&blocked);
		sigaddset(&blocked, SIGUSR1);
		sigprocmask(SIG_BLOCK, &blocked, NULL);
		signal(SIGCHLD, SIG_IGN);
		if (dup2(open("/dev/null", O_WRONLY), STDERR_FILENO) < 0 || dup2(fds[1], 3) < 0 ||
		    dup2(STDERR_FILENO, STRAY_FD) < 0)
			_exit(97);
		_exit(role_run(&worker_table, 0, LOG_LEVEL_INFO));
	}
	close(fds[1]);
	fixture->loop = loop_create();
	fixture->link =
		link_create(fixture->loop, fds[0], ROLE_MAIN, ROLE_IPVS, 0, heard, closed, fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	kill(fixture->pid, SIGKILL);
	waitpid(fixture->pid, NULL, 0);
	link_destroy(fixture->link);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

/* Turns the loop until `*flag`, at most 10 s. */
static void wait_for(struct fixture *fixture, const bool *flag)
{
	struct mono limit = mono_add(mono_read(), 10 * USEC_PER_SEC);

	while (!*flag && mono_before(mono_read(), limit))
		loop_turn(fixture->loop, 10000);
	assert_true(*flag);
}

static int text_fd(const char *text, int seals)
{
	int fd = memfd_create("text", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void send_configuration(struct fixture *fixture, const char *text, int seals,
			       uint64_t generation, const struct status *status)
{
	struct message_configure order = {.generation = generation};
	int fds[2] = {text_fd(text, seals), status_fd(status)};

	assert_true(link_send_fds(fixture->link, MESSAGE_CONFIGURE, &order, sizeof(order), fds, 2));
	close(fds[0]);
}

static struct status *make_status(enum role_kind kind, uint64_t generation)
{
	static const uint32_t counts[STATUS_TABLES] = {1};

	return status_create(&layout, kind, 0, generation, counts);
}

static struct status *configure(struct fixture *fixture, const char *text, uint64_t generation)
{
	struct status *status = make_status(ROLE_IPVS, generation);
	struct mono limit = mono_add(mono_read(), 10 * USEC_PER_SEC);

	send_configuration(fixture, text, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, generation,
			   status);
	while (fixture->configured != generation && mono_before(mono_read(), limit))
		loop_turn(fixture->loop, 10000);
	assert_true(fixture->configured == generation);
	return status;
}

static int exit_status(struct fixture *fixture)
{
	int status;

	assert_int_equal(waitpid(fixture->pid, &status, 0), fixture->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_worker_puts_each_configuration_in_force_and_says_so(void **state)
{
	struct fixture *fixture = *state;
	struct status *first = configure(fixture, "first", 7);
	struct status *second = configure(fixture, "", 8);
	struct told kernel;

	assert_true(status_read(first, 0, 0, &kernel));
	assert_string_equal(kernel.text, "first");
	assert_true(status_read(second, 0, 0, &kernel));
	assert_string_equal(kernel.text, "");
	assert_string_equal(fixture->heard, "created\nconfigured after 0\nconfigured after 7\n");
	status_unmap(first);
	status_unmap(second);
}

/* Segments that the worker has mapped. */
static unsigned mapped_segments(const struct fixture *fixture)
{
	char path[64], line[512];
	unsigned count = 0;
	FILE *file;

	assert_true(snprintf(path, sizeof(path), "/proc/%d/maps", (int)fixture->pid) > 0);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, "memfd:") != NULL;
	fclose(file);
	return count;
}

static void nothing_of_a_former_configuration_stays_mapped(void **state)
{
	struct fixture *fixture = *state;
	uint64_t generation;

	for (generation = 1; generation <= 5; generation++)
		status_unmap(configure(fixture, "text", generation));
	assert_int_equal(mapped_segments(fixture), 1);
}

static int64_t heartbeat(struct status *status)
{
	return atomic_load(&status_header(status)->heartbeat);
}

static void the_heartbeat_goes_on_in_the_current_segment_only(void **state)
{
	struct fixture *fixture = *state;
	struct status *first = configure(fixture, "first", 1);
	int64_t seen = heartbeat(first);
	struct mono limit = mono_add(mono_read(), 10 * USEC_PER_SEC);
	struct status *second;

	while (heartbeat(first) == seen && mono_before(mono_read(), limit))
		usleep(10000);
	assert_true(heartbeat(first) > seen);
	second = configure(fixture, "second", 2);
	seen = heartbeat(first);
	while (heartbeat(second) <= seen + 200000 && mono_before(mono_read(), limit))
		usleep(10000);
	assert_true(heartbeat(second) > seen + 200000);
	assert_int_equal(heartbeat(first), seen);
	assert_true(status_header(second)->lateness.max >= 0);
	status_unmap(first);
	status_unmap(second);
}

static void a_worker_winds_down_when_told_and_says_so_last(void **state)
{
	struct fixture *fixture = *state;
	struct message_stop order = {.keep = 1};

	assert_true(link_send(fixture->link, MESSAGE_STOP, &order, sizeof(order)));
	wait_for(fixture, &fixture->closed);
	assert_true(fixture->stopped);
	assert_string_equal(fixture->heard, "created\nstopping, keeping\n");
	assert_int_equal(exit_status(fixture), 0);
}

static void a_worker_without_main_and_keeper_winds_down(void **state)
{
	struct fixture *fixture = *state;

	link_destroy(fixture->link);
	fixture->link = NULL;
	assert_int_equal(exit_status(fixture), 0);
}

/* Its exit says that it left something behind. */
static void one_that_does_not_wind_down_in_time_ends_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	struct status *status = configure(fixture, "never", 1);

	link_destroy(fixture->link);
	fixture->link = NULL;
	assert_int_equal(exit_status(fixture), 1);
	status_unmap(status);
}

static uint64_t lines_dropped(struct status *status)
{
	return atomic_load(&status_header(status)->log_dropped);
}

/* Main does not read while a worker has very much to say. */
static void what_did_not_fit_the_link_is_counted_once_and_confirmed_late(void **state)
{
	struct fixture *fixture = *state;
	struct mono limit = mono_add(mono_read(), 20 * USEC_PER_SEC);
	struct status *first = configure(fixture, "first", 1);
	struct status *second = make_status(ROLE_IPVS, 2), *third, *fourth;

	fixture->deaf = true;
	send_configuration(fixture, "talk", F_SEAL_SHRINK | F_SEAL_WRITE, 2, second);
	while (atomic_load(&status_header(second)->heartbeat) == 0 &&
	       mono_before(mono_read(), limit))
		usleep(10000);
	while (fixture->configured != 2 && mono_before(mono_read(), limit))
		loop_turn(fixture->loop, 10000);
	assert_int_equal(fixture->configured, 2);
	third = configure(fixture, "third", 3); /* its line carries the number */
	assert_true(fixture->dropped > 1000);
	assert_true(fixture->dropped == lines_dropped(first) + lines_dropped(second));
	fourth = configure(fixture, "fourth", 4);
	assert_true(fixture->dropped == lines_dropped(first) + lines_dropped(second));
	status_unmap(first);
	status_unmap(second);
	status_unmap(third);
	status_unmap(fourth);
}

static void a_peers_link_reaches_the_worker(void **state)
{
	struct fixture *fixture = *state;
	struct message_peer peer = {.kind = ROLE_CHECK, .index = 3};
	struct message_stop order = {.keep = 0};
	int fds[2];

	assert_true(link_pair(fds));
	assert_true(link_send_fds(fixture->link, MESSAGE_PEER, &peer, sizeof(peer), fds, 1));
	assert_true(link_send(fixture->link, MESSAGE_STOP, &order, sizeof(order)));
	close(fds[0]);
	close(fds[1]);
	wait_for(fixture, &fixture->closed);
	assert_string_equal(fixture->heard, "created\npeer check.3 linked\nstopping\n");
}

/* Main's end of a new link between the worker and check.2. */
static int give_peer(struct fixture *fixture, uint32_t number)
{
	struct message_peer peer = {.kind = ROLE_CHECK, .index = 2, .link = number};
	int fds[2];

	assert_true(link_pair(fds));
	assert_true(link_send_fds(fixture->link, MESSAGE_PEER, &peer, sizeof(peer), fds, 1));
	close(fds[0]);
	return fds[1];
}

static void turn_until_lost(struct fixture *fixture, size_t n)
{
	struct mono limit = mono_add(mono_read(), 20 * USEC_PER_SEC);

	while (fixture->n_lost < n && mono_before(mono_read(), limit))
		loop_turn(fixture->loop, 10000);
	assert_int_equal(fixture->n_lost, n);
}

/* Main is busy, and its queue full, when the link is closed. */
static void a_lost_link_is_told_once_main_reads_again_issue_8_11(void **state)
{
	struct fixture *fixture = *state;
	struct status *status = configure(fixture, "flood", 1);
	struct mono limit = mono_add(mono_read(), 20 * USEC_PER_SEC);

	fixture->deaf = true;
	close(give_peer(fixture, 7));
	while (atomic_load(&status_header(status)->log_dropped) == 0 &&
	       mono_before(mono_read(), limit))
		usleep(10000);
	turn_until_lost(fixture, 1);
	assert_int_equal(fixture->lost[0].kind, ROLE_CHECK);
	assert_int_equal(fixture->lost[0].index, 2);
	assert_int_equal(fixture->lost[0].link, 7);
	for (unsigned i = 0; i < 30; i++) /* and only once */
		loop_turn(fixture->loop, 10000);
	assert_int_equal(fixture->n_lost, 1);
	status_unmap(status);
}

static void signals_meant_for_main_do_not_end_a_worker(void **state)
{
	struct fixture *fixture = *state;
	struct message_stop order = {.keep = 0};
	struct status *status = configure(fixture, "", 1);

	kill(fixture->pid, SIGINT);
	kill(fixture->pid, SIGTERM);
	kill(fixture->pid, SIGHUP);
	kill(fixture->pid, SIGUSR1);
	kill(fixture->pid, SIGUSR2);
	kill(fixture->pid, SIGQUIT);
	kill(fixture->pid, SIGPIPE);
	assert_true(link_send(fixture->link, MESSAGE_STOP, &order, sizeof(order)));
	wait_for(fixture, &fixture->closed);
	assert_true(fixture->stopped);
	assert_int_equal(exit_status(fixture), 0);
	status_unmap(status);
}

static void a_text_that_could_still_change_is_not_parsed(void **state)
{
	struct fixture *fixture = *state;
	struct status *status = make_status(ROLE_IPVS, 1);

	send_configuration(fixture, "text", F_SEAL_SHRINK, 1, status);
	wait_for(fixture, &fixture->closed);
	assert_int_equal(exit_status(fixture), 70);
	assert_non_null(strstr(fixture->heard, "not sealed"));
	status_unmap(status);
}

static void the_status_segment_of_another_role_is_not_written(void **state)
{
	struct fixture *fixture = *state;
	struct status *status = make_status(ROLE_VRRP, 1);

	send_configuration(fixture, "text", F_SEAL_SHRINK | F_SEAL_WRITE, 1, status);
	wait_for(fixture, &fixture->closed);
	assert_int_equal(exit_status(fixture), 70);
	assert_int_equal(heartbeat(status), 0);
	status_unmap(status);
}

static void the_status_segment_of_another_worker_is_not_written(void **state)
{
	static const uint32_t counts[STATUS_TABLES] = {1};
	struct fixture *fixture = *state;
	struct status *status = status_create(&layout, ROLE_IPVS, 1, 1, counts);

	send_configuration(fixture, "text", F_SEAL_SHRINK | F_SEAL_WRITE, 1, status);
	wait_for(fixture, &fixture->closed);
	assert_int_equal(exit_status(fixture), 70);
	assert_int_equal(heartbeat(status), 0);
	status_unmap(status);
}

static void a_stopping_worker_is_not_told_again(void **state)
{
	struct fixture *fixture = *state;
	struct message_stop order = {.keep = 1};
	struct status *status = configure(fixture, "never", 1);
	struct mono limit = mono_add(mono_read(), 10 * USEC_PER_SEC);

	assert_true(link_send(fixture->link, MESSAGE_STOP, &order, sizeof(order)));
	assert_true(link_send(fixture->link, MESSAGE_STOP, &order, sizeof(order)));
	while (strstr(fixture->heard, "stopping") == NULL && mono_before(mono_read(), limit))
		loop_turn(fixture->loop, 10000);
	loop_turn(fixture->loop, 200000);
	assert_string_equal(fixture->heard, "created\nconfigured after 0\nstopping, keeping\n");
	assert_false(fixture->closed);
	status_unmap(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_worker_puts_each_configuration_in_force_and_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_lost_link_is_told_once_main_reads_again_issue_8_11, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_of_a_former_configuration_stays_mapped,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_heartbeat_goes_on_in_the_current_segment_only,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_worker_winds_down_when_told_and_says_so_last,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_worker_without_main_and_keeper_winds_down, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_peers_link_reaches_the_worker, setup, teardown),
		cmocka_unit_test_setup_teardown(signals_meant_for_main_do_not_end_a_worker, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_text_that_could_still_change_is_not_parsed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_status_segment_of_another_role_is_not_written,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_status_segment_of_another_worker_is_not_written,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			one_that_does_not_wind_down_in_time_ends_all_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_did_not_fit_the_link_is_counted_once_and_confirmed_late, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_stopping_worker_is_not_told_again, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
