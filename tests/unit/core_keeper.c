/* The keeper's watch over main: whom it kills, what it reaps, and which signals it keeps.  The
 * keeper is included, because nobody waits for its timers here; the process_* functions below take
 * the place of process.c's, and the clock is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/director/keeper.c"

#define SECOND USEC_PER_SEC

static int64_t clock_us = 1000 * SECOND;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){.tv_sec = (time_t)(clock_us / SECOND),
				 .tv_nsec = (long)(clock_us % SECOND * 1000)};
	return 0;
}

static unsigned starts, signals[32];
static int next_signal;
static struct link *main_side;

static void hear(struct link *link, struct message *message, void *data)
{
	(void)link;
	(void)message;
	(void)data;
}

static void closed(struct link *link, void *data)
{
	(void)data;
	link_destroy(link);
	main_side = NULL;
}

int process_start(struct process *process, struct loop *loop, char *const argv[], int lock_fd,
		  enum process_parent parent, process_ended_fn *on_ended, void *data)
{
	int fds[2];

	(void)argv;
	(void)lock_fd;
	(void)parent;
	assert_true(link_pair(fds));
	main_side = link_create(loop, fds[1], ROLE_MAIN, ROLE_KEEPER, 0, hear, closed, NULL);
	*process = (struct process){
		.pid = 100000 + (pid_t)starts++, .fd = -1, .on_ended = on_ended, .data = data};
	return fds[0];
}

void process_signal(const struct process *process, int signal)
{
	assert_int_not_equal(process->pid, 0);
	signals[signal]++;
}

bool process_adopt(struct process *process, struct loop *loop, pid_t pid,
		   process_ended_fn *on_ended, void *data)
{
	(void)process;
	(void)loop;
	(void)pid;
	(void)on_ended;
	(void)data;
	return false;
}

void process_forget(struct process *process)
{
	process->pid = 0;
}

const char *process_status_text(int status, char *text, size_t size)
{
	snprintf(text, size, "ended with %d", status);
	return text;
}

int process_next_signal(const struct watch *watch)
{
	(void)watch;
	return next_signal;
}

void process_watch_signals(struct loop *loop, struct watch *watch, watch_fn *on_ready, void *data)
{
	(void)loop;
	(void)watch;
	(void)on_ready;
	(void)data;
}

static const struct options options = {.config = "test"};
static struct keeper keeper;

static void quiet(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

static int set_up(void **state)
{
	(void)state;
	log_setup(quiet, NULL, "keeper", LOG_LEVEL_ERROR);
	memset(signals, 0, sizeof(signals));
	keeper = (struct keeper){.options = &options, .loop = loop_create()};
	start_main(&keeper);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	timer_cancel(&keeper.start_timer);
	timer_cancel(&keeper.reap_timer);
	link_destroy(keeper.link);
	link_destroy(main_side);
	main_side = NULL;
	free(keeper.slots);
	loop_destroy(keeper.loop);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
	return 0;
}

static void turn(void)
{
	for (unsigned i = 0; i < 5; i++)
		loop_turn(keeper.loop, 0);
}

static void die(void)
{
	link_destroy(main_side);
	main_side = NULL;
	keeper.main.pid = 0;
	on_main_ended(&keeper.main, 1, &keeper);
	turn();
}

static void ask(int signal)
{
	next_signal = signal;
	on_signal(&keeper.signals, 0, &keeper);
}

/* Its timer was due so long ago, and main was heard before that. */
static bool kills(int64_t late, int64_t silence)
{
	const struct timer timer = {.due = {clock_us - late}};
	unsigned before = signals[SIGKILL];

	loop_turn(keeper.loop, 0); /* for its time */
	keeper.heard.us = clock_us - silence;
	watch_main(&keeper, &timer);
	return signals[SIGKILL] > before;
}

static void a_silent_main_is_killed_unless_the_keeper_was_late_itself(void **state)
{
	(void)state;
	assert_false(kills(0, 20 * SECOND));
	assert_true(kills(0, 20 * SECOND + 1));
	assert_true(kills(SECOND, 20 * SECOND + 1));
	assert_false(kills(SECOND + 1, 3600 * SECOND));
	assert_int_equal(keeper.heard.us, clock_us); /* it has all of its time again */
	keeper.main.pid = 0;
	assert_false(kills(0, 3600 * SECOND));
}

/* A worker's number is nobody's when it has ended: the next main must not take a stranger for it.
 * The others are not waited for. */
static void ended_workers_are_reaped_and_forgotten(void **state)
{
	struct message_handover handover[] = {{.kind = ROLE_VRRP}, {.kind = ROLE_IPVS}};
	pid_t lives = fork(), ends = lives ? fork() : -1;
	struct timer timer = {.due = {clock_us}};

	(void)state;
	if (lives == 0)
		_exit(pause());
	if (ends == 0)
		_exit(0);
	handover[0].pid = ends;
	handover[1].pid = lives;
	for (unsigned i = 0; i < 2; i++)
		slot_for(&keeper, &handover[i])->header = handover[i];
	for (unsigned i = 0; i < 10000 && keeper.slots[0].header.pid != 0; i++) {
		usleep(1000);
		on_reap_timer(&timer, &keeper);
	}
	timer_cancel(&timer);
	kill(lives, SIGKILL);
	assert_int_equal(waitpid(lives, NULL, 0), lives);
	assert_int_equal(keeper.slots[0].header.pid, 0);
	assert_int_equal(keeper.slots[1].header.pid, lives);
	assert_int_equal(waitpid(ends, NULL, 0), -1);
}

static void a_signal_that_finds_no_main_is_for_the_next_one_only(void **state)
{
	(void)state;
	keeper.backoff = SECOND;
	die();
	assert_int_equal(keeper.main.pid, 0);
	ask(SIGHUP);
	assert_int_equal(signals[SIGHUP], 0);
	clock_us += SECOND;
	turn();
	assert_int_not_equal(keeper.main.pid, 0);
	assert_int_equal(signals[SIGHUP], 1);
	die();
	clock_us += 2 * SECOND;
	turn();
	assert_int_not_equal(keeper.main.pid, 0);
	assert_int_equal(signals[SIGHUP], 1);
}

#define KEEPER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEEPER_TEST(a_silent_main_is_killed_unless_the_keeper_was_late_itself),
		KEEPER_TEST(ended_workers_are_reaped_and_forgotten),
		KEEPER_TEST(a_signal_that_finds_no_main_is_for_the_next_one_only),
	};

	return cmocka_run_group_tests_name("core_keeper", tests, NULL, NULL);
}
