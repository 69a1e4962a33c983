/* One worker as main sees it: how long it may hang, how often it is started again, and with which
 * journal.  Issue 8.32.  The clock is the test's own, and so are the processes: the process_*
 * functions below take the place of process.c's, and a worker is a link whose other end is here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/worker.h"

static int64_t clock_us = 1000 * USEC_PER_SEC;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){.tv_sec = (time_t)(clock_us / USEC_PER_SEC),
				 .tv_nsec = (long)(clock_us % USEC_PER_SEC * 1000)};
	return 0;
}

/* The process's side. */
static struct side {
	struct loop *loop;
	struct link *link;
	struct status *segment; /* of its last configuration */
	ino_t inode;		/* of that */
	ino_t inode_before;	/* of the one before */
	uint64_t generation, generation_before;
	unsigned starts, kills, stops;
} side;

static void on_configure(struct link *link, struct message *message, void *data)
{
	const struct message_configure *configure = message->payload;
	struct message_configured answer = {.generation = configure->generation};
	enum role_kind kind = *(enum role_kind *)data;
	struct stat file;

	side.stops += message->type == MESSAGE_STOP;
	if (message->type != MESSAGE_CONFIGURE)
		return;
	assert_int_equal(fstat(message->fds[1], &file), 0);
	status_unmap(side.segment);
	side.segment = status_map(generation_layout(kind), message->fds[1], true);
	assert_non_null(side.segment);
	message->fds[1] = -1;
	side.inode_before = side.inode;
	side.inode = file.st_ino;
	side.generation_before = side.generation;
	side.generation = configure->generation;
	assert_true(link_send(link, MESSAGE_CONFIGURED, &answer, sizeof(answer)));
}

static void on_closed(struct link *link, void *data)
{
	(void)data;
	link_destroy(link);
	side.link = NULL;
}

int process_start(struct process *process, struct loop *loop, char *const argv[], int lock_fd,
		  enum process_parent parent, process_ended_fn *on_ended, void *data)
{
	struct worker *worker = data;
	int fds[2];

	(void)argv;
	(void)lock_fd;
	(void)parent;
	assert_true(link_pair(fds));
	side.starts++;
	side.link = link_create(loop, fds[1], worker->kind, ROLE_MAIN, 0, on_configure, on_closed,
				&worker->kind);
	*process = (struct process){
		.pid = (pid_t)side.starts, .fd = -1, .on_ended = on_ended, .data = data};
	return fds[0];
}

bool process_adopt(struct process *process, struct loop *loop, pid_t pid,
		   process_ended_fn *on_ended, void *data)
{
	(void)loop;
	if (pid != 0)
		*process =
			(struct process){.pid = pid, .fd = -1, .on_ended = on_ended, .data = data};
	return pid != 0;
}

static bool held_up;

bool process_is_held_up(pid_t pid)
{
	(void)pid;
	return held_up;
}

void process_signal(const struct process *process, int signal)
{
	assert_int_not_equal(process->pid, 0);
	assert_int_equal(signal, SIGKILL);
	side.kills++;
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

static void on_event(struct worker *worker, void *data)
{
	(void)worker;
	(void)data;
}

static void on_message(struct worker *worker, struct message *message, void *data)
{
	(void)worker;
	(void)message;
	(void)data;
}

static const struct worker_events events = {.started = on_event,
					    .ready = on_event,
					    .changed = on_event,
					    .confirmed = on_event,
					    .ended = on_event,
					    .message = on_message};
static const struct options options;
static struct conf conf;
static struct generation generation;
static struct worker worker;

static void turn(void)
{
	for (unsigned i = 0; i < 10; i++)
		loop_turn(side.loop, 0);
}

static void advance(int64_t us)
{
	clock_us += us;
	turn();
}

/* Started, and its configuration is in force. */
static void start(enum role_kind kind, int64_t interval, int64_t lease)
{
	side = (struct side){.loop = loop_create()};
	generation = (struct generation){.number = 1,
					 .conf = &conf,
					 .check_workers = 1,
					 .references = 1000,
					 .advert_interval = interval,
					 .address_lease = lease};
	for (unsigned part = 0; part <= CONF_CHECK; part++)
		generation.texts[part] = generation_seal_text("test", "", 0);
	worker_init(&worker, side.loop, &options, kind, 0, &events, NULL);
	worker_want(&worker, &generation);
	worker_start(&worker);
	turn();
	assert_int_equal(worker.confirmed, 1);
}

static void finish(void)
{
	worker_release(&worker);
	turn();
	status_unmap(side.segment);
	loop_destroy(side.loop);
	for (unsigned part = 0; part <= CONF_CHECK; part++)
		close(generation.texts[part]);
}

static void die(void)
{
	link_destroy(side.link);
	side.link = NULL;
	worker.process.pid = 0;
	worker.process.on_ended(&worker.process, 1, worker.process.data);
	turn();
}

static void beat(int64_t at)
{
	atomic_store(&status_header(side.segment)->heartbeat, at);
}

static bool is_killed_at(int64_t at)
{
	unsigned before = side.kills;

	worker_check_heartbeat(&worker, (struct mono){at});
	return side.kills > before;
}

#define MSEC USEC_PER_MSEC

/* A vrrp must be back before its peers take over, or the kernel its addresses. */
static void issue_8_32_a_hang_limit_knows_interval_and_lease(void **state)
{
	static const struct {
		enum role_kind kind;
		int64_t interval, lease, limit; /* ms */
	} rows[] = {
		{ROLE_VRRP, 1000, 0, 1500},	{ROLE_VRRP, 1000, 3000, 1000},
		{ROLE_VRRP, 1000, 60000, 1500}, {ROLE_VRRP, 1000, 2400, 800},
		{ROLE_VRRP, 1000, 600, 400},	{ROLE_VRRP, 10, 0, 400},
		{ROLE_VRRP, 40000, 0, 3000},	{ROLE_VRRP, 40000, 6000, 2000},
		{ROLE_NET, 1000, 0, 3000},	{ROLE_NET, 10, 3000, 1000},
		{ROLE_CHECK, 1000, 600, 4000},	{ROLE_IPVS, 10, 600, 4000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t now = clock_us + 60 * USEC_PER_SEC;

		start(rows[i].kind, rows[i].interval * MSEC, rows[i].lease * MSEC);
		beat(now);
		if (is_killed_at(now + rows[i].limit * MSEC))
			fail_msg("row %zu: killed too soon", i);
		if (!is_killed_at(now + rows[i].limit * MSEC + 1))
			fail_msg("row %zu: not killed", i);
		/* The death that follows is waited for: it is not killed each time. */
		assert_false(is_killed_at(now + rows[i].limit * MSEC + 2));
		finish();
	}
}

/* Killing it would free nobody, and its successor would wait as well. */
static void net_is_not_killed_while_the_kernel_holds_it_up(void **state)
{
	int64_t now = clock_us + 60 * USEC_PER_SEC;

	(void)state;
	start(ROLE_NET, 1000 * MSEC, 3000 * MSEC);
	beat(now);
	held_up = true;
	assert_false(is_killed_at(now + 1100 * MSEC));
	assert_true(worker.held_up);
	held_up = false;
	beat(now + 5000 * MSEC);
	assert_false(is_killed_at(now + 5100 * MSEC));
	assert_false(worker.held_up);
	assert_true(is_killed_at(now + 6100 * MSEC));
	finish();
	start(ROLE_VRRP, 1000 * MSEC, 0); /* which never waits for that lock */
	now = clock_us + 60 * USEC_PER_SEC;
	beat(now);
	held_up = true;
	assert_true(is_killed_at(now + 1600 * MSEC));
	held_up = false;
	finish();
}

/* What passes while main does not run, as while the machine sleeps, is nobody's silence. */
static void issue_8_32_a_delay_of_main_is_no_silence(void **state)
{
	int64_t now = clock_us + 60 * USEC_PER_SEC, slept = 3600 * USEC_PER_SEC;

	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	beat(now);
	worker_excuse(&worker, (struct mono){now + 150 * MSEC}, 120 * MSEC);
	assert_false(is_killed_at(now + 1620 * MSEC));
	worker_excuse(&worker, (struct mono){now + 1620 * MSEC + slept}, slept);
	assert_false(is_killed_at(now + 1620 * MSEC + slept));
	assert_true(is_killed_at(now + 1620 * MSEC + slept + 1));
	finish();
	start(ROLE_VRRP, 1000 * MSEC, 0);
	beat(now);
	worker_excuse(&worker, (struct mono){now + 100 * MSEC},
		      120 * MSEC); /* not for the future */
	assert_false(is_killed_at(now + 1600 * MSEC));
	assert_true(is_killed_at(now + 1600 * MSEC + 1));
	finish();
}

static void a_worker_may_take_its_time_for_its_first_configuration(void **state)
{
	int64_t started;

	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	die(); /* at once started again */
	worker.confirmed = 0;
	started = worker.calm_since.us;
	assert_false(is_killed_at(started + 20 * USEC_PER_SEC));
	assert_true(is_killed_at(started + 20 * USEC_PER_SEC + 1));
	finish();
}

/* Of the kind of 8.8: one that was taken over writes a time that is never past. */
static void issue_8_8_a_heartbeat_from_the_future_is_none(void **state)
{
	int64_t calm;

	(void)state;
	start(ROLE_CHECK, 1000 * MSEC, 0);
	calm = worker.calm_since.us;
	beat(INT64_MAX);
	assert_false(is_killed_at(calm + 4000 * MSEC));
	assert_true(is_killed_at(calm + 4000 * MSEC + 1));
	assert_int_equal(worker_silence(&worker, (struct mono){calm}), -1);
	beat(calm + 5 * MSEC); /* written after `now` was read */
	assert_int_equal(worker_silence(&worker, (struct mono){calm}), -5 * MSEC);
	finish();
}

static void issue_8_32_back_off_grows_to_its_limit_and_ends(void **state)
{
	static const int64_t waits[] = {0,    0,    0,	  50,	 100,	200,   400,  800,
					1600, 3200, 6400, 12800, 25600, 30000, 30000};

	(void)state;
	start(ROLE_CHECK, 1000 * MSEC, 0);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		unsigned starts = side.starts;

		die();
		if (worker.backoff != waits[i] * MSEC)
			fail_msg("death %zu: %lld ms", i + 1, (long long)(worker.backoff / MSEC));
		if (waits[i] > 0) {
			assert_int_equal(side.starts, starts);
			assert_int_equal(worker_state(&worker), WORKER_RESTARTING);
			advance(waits[i] * MSEC - 1);
			assert_int_equal(side.starts, starts);
		}
		advance(1);
		assert_int_equal(side.starts, starts + 1);
		assert_int_equal(worker.confirmed, 1);
	}
	/* It has lived long enough to count as well again. */
	advance(60 * USEC_PER_SEC);
	die();
	assert_int_equal(worker.backoff, 0);
	assert_int_equal(worker.restarts, sizeof(waits) / sizeof(waits[0]) + 1);
	finish();
}

static void issue_8_32_a_journal_is_kept_unless_its_reader_keeps_dying(void **state)
{
	ino_t first;

	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	first = side.inode;
	for (unsigned deaths = 0; worker.backoff < USEC_PER_SEC; deaths++) {
		assert_true(deaths < 20);
		assert_int_equal(side.inode, first);
		die();
		advance(worker.backoff);
		assert_int_equal(worker.confirmed, 1);
	}
	assert_int_not_equal(side.inode, first);
	finish();
}

/* A reload was under way: the predecessor's journal first, then what is wanted. */
static void a_successor_takes_up_the_journal_before_the_new_configuration(void **state)
{
	struct generation newer;
	ino_t first;

	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	first = side.inode;
	newer = generation;
	newer.number = 2;
	link_destroy(worker.link); /* it hears of nothing any more */
	worker.link = NULL;
	worker_want(&worker, &newer);
	worker.process.pid = 0;
	worker.process.on_ended(&worker.process, 1, worker.process.data);
	side.inode = 0;
	turn();
	assert_int_equal(side.generation_before, 1);
	assert_int_equal(side.inode_before, first);
	assert_int_equal(side.generation, 2);
	assert_int_not_equal(side.inode, first);
	assert_int_equal(worker.confirmed, 2);
	finish();
}

/* A main that resumes: the number it was handed is a stranger's, if the worker has died. */
static void issue_8_12_a_dead_worker_s_number_is_nobody_to_kill(void **state)
{
	struct message_handover handover = {.kind = ROLE_CHECK, .pid = 4711, .generation = 1};
	int fds[2];

	(void)state;
	for (unsigned alive = 0; alive < 2; alive++) {
		side = (struct side){.loop = loop_create()};
		worker_init(&worker, side.loop, &options, ROLE_CHECK, 0, &events, NULL);
		assert_true(link_pair(fds));
		if (!alive)
			close(fds[1]);
		worker_adopt(&worker, &handover, fds[0], -1, NULL);
		assert_int_equal(worker.process.pid, alive ? 4711 : 0);
		if (alive)
			close(fds[1]);
		worker.process.pid = 0;
		worker_release(&worker);
		loop_destroy(side.loop);
	}
}

/* Who says unasked that it has stopped has removed nothing from the kernel. */
static void only_an_answer_to_a_stop_is_believed(void **state)
{
	static const enum role_kind kinds[] = {ROLE_NET, ROLE_IPVS};

	(void)state;
	for (unsigned asked = 0; asked < 2; asked++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			start(kinds[i], 1000 * MSEC, 0);
			if (asked)
				worker_stop(&worker, false);
			turn();
			assert_int_equal(side.stops, asked);
			assert_true(link_send(side.link, MESSAGE_STOPPED, NULL, 0));
			turn();
			if (!asked)
				worker_stop(&worker, false);
			turn();
			die();
			/* Started once more to remove it, unless it has said so. */
			assert_int_equal(side.starts, asked ? 1 : 2);
			finish();
		}
	}
}

/* One that dies instead of stopping is started three times more to do so, and then given up. */
static void who_dies_of_every_stop_is_given_up_issue_8_32(void **state)
{
	(void)state;
	start(ROLE_NET, 1000 * MSEC, 0);
	worker_stop(&worker, false);
	for (unsigned starts = 2; starts <= 4; starts++) {
		turn();
		assert_int_equal(side.stops, starts - 1); /* each is told */
		die();
		assert_int_equal(side.starts, starts);
		assert_true(worker_is_alive(&worker));
	}
	die();
	assert_int_equal(side.starts, 4);
	assert_false(worker_is_alive(&worker));
	finish();
}

/* What was put into the kernel is to stay there. */
static void who_dies_of_a_stop_that_keeps_is_not_started_again(void **state)
{
	(void)state;
	start(ROLE_IPVS, 1000 * MSEC, 0);
	worker_stop(&worker, true);
	turn();
	die();
	assert_int_equal(side.starts, 1);
	assert_false(worker_is_alive(&worker));
	finish();
}

/* An answer to what was sent to its predecessor, or to nothing. */
static void only_the_generation_that_was_sent_can_be_confirmed(void **state)
{
	const struct message_configured answer = {.generation = 99};

	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	assert_true(link_send(side.link, MESSAGE_CONFIGURED, &answer, sizeof(answer)));
	turn();
	assert_int_equal(worker.confirmed, 1);
	finish();
}

/* It is busy with a large one, and its heartbeat may be in either segment. */
static void one_that_is_configured_anew_has_more_time(void **state)
{
	struct generation newer;
	int64_t now = clock_us + 60 * USEC_PER_SEC;

	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	newer = generation;
	newer.number = 2;
	beat(now);
	worker_want(&worker, &newer); /* sent, and not confirmed yet */
	assert_int_equal(worker.sent, 2);
	assert_false(is_killed_at(now + 4000 * MSEC));
	now += 4000 * MSEC;
	atomic_store(&status_header(worker.next)->heartbeat, now);
	assert_int_equal(worker_silence(&worker, (struct mono){now + 5}), 5);
	assert_false(is_killed_at(now + 4000 * MSEC));
	assert_true(is_killed_at(now + 4000 * MSEC + 1));
	turn();
	finish();
}

/* Its link is closed, but it goes on; or a child of its has the link, and it is gone. */
static void one_that_is_half_gone_is_ended(void **state)
{
	(void)state;
	start(ROLE_VRRP, 1000 * MSEC, 0);
	link_destroy(side.link);
	side.link = NULL;
	turn();
	assert_false(is_killed_at(clock_us + 1000 * MSEC));
	assert_true(is_killed_at(clock_us + 1000 * MSEC + 1));
	finish();
	start(ROLE_VRRP, 1000 * MSEC, 0);
	worker.process.pid = 0;
	worker.process.on_ended(&worker.process, 1, worker.process.data);
	assert_false(is_killed_at(clock_us + 1000 * MSEC));
	assert_false(timer_is_set(&worker.restart));
	assert_false(is_killed_at(clock_us + 1000 * MSEC + 1));
	assert_false(worker_is_alive(&worker));
	assert_true(timer_is_set(&worker.restart));
	finish();
}

static unsigned lines_heard, lines_dropped;

static void hear_line(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	if (strcmp(source, "check.0") != 0)
		return;
	if (strcmp(text, "x") == 0)
		lines_heard++;
	else
		assert_int_equal(sscanf(text, "%u log lines dropped", &lines_dropped), 1);
}

static void say_lines(unsigned n)
{
	const struct message_log line = {.level = LOG_LEVEL_INFO, .text = "x"};

	for (unsigned i = 0; i < n; i++) {
		assert_true(link_send(side.link, MESSAGE_LOG, &line,
				      offsetof(struct message_log, text) + 2));
		if (i % 16 == 15)
			turn();
	}
	turn();
}

/* A check worker that was taken over does not fill the disk. */
static void lines_of_log_are_bounded_and_counted(void **state)
{
	(void)state;
	start(ROLE_CHECK, 1000 * MSEC, 0);
	lines_heard = lines_dropped = 0;
	log_setup(hear_line, NULL, "main", LOG_LEVEL_INFO);
	say_lines(6000);
	assert_int_equal(lines_heard, 5000);
	assert_int_equal(lines_dropped, 0);
	advance(10 * MSEC);
	say_lines(1);
	assert_int_equal(lines_heard, 5001);
	assert_int_equal(lines_dropped, 1000);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(issue_8_32_a_hang_limit_knows_interval_and_lease),
		cmocka_unit_test(net_is_not_killed_while_the_kernel_holds_it_up),
		cmocka_unit_test(issue_8_32_a_delay_of_main_is_no_silence),
		cmocka_unit_test(a_worker_may_take_its_time_for_its_first_configuration),
		cmocka_unit_test(issue_8_8_a_heartbeat_from_the_future_is_none),
		cmocka_unit_test(issue_8_32_back_off_grows_to_its_limit_and_ends),
		cmocka_unit_test(issue_8_32_a_journal_is_kept_unless_its_reader_keeps_dying),
		cmocka_unit_test(a_successor_takes_up_the_journal_before_the_new_configuration),
		cmocka_unit_test(issue_8_12_a_dead_worker_s_number_is_nobody_to_kill),
		cmocka_unit_test(only_an_answer_to_a_stop_is_believed),
		cmocka_unit_test(who_dies_of_every_stop_is_given_up_issue_8_32),
		cmocka_unit_test(who_dies_of_a_stop_that_keeps_is_not_started_again),
		cmocka_unit_test(only_the_generation_that_was_sent_can_be_confirmed),
		cmocka_unit_test(one_that_is_configured_anew_has_more_time),
		cmocka_unit_test(one_that_is_half_gone_is_ended),
		cmocka_unit_test(lines_of_log_are_bounded_and_counted),
	};

	return cmocka_run_group_tests_name("core_worker", tests, NULL, NULL);
}
