/*
 * The check scheduler of a worker: the first round, slots, reload, restart, verdicts and the audit.
 * It includes the scheduler itself, because the audit is tested by taking a timer away from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check/check_scheduler.c"
#include "core/base/mono.h"

#define N_TARGETS 40
#define SEED	  20250119u

struct fixture {
	struct loop *loop;
	struct check_scheduler *scheduler;
	struct target_conf targets[N_TARGETS];
	struct target_conf reloaded[2][N_TARGETS]; /* by turns: where the last two reloads' are */
	unsigned n_reloads;
	struct conf conf;
	struct status *status;
	struct watch listener; /* accepts what the kernel completes, and keeps it */
	uint16_t port;
	unsigned accepted;
	unsigned calls; /* of on_verdict() */
};

static void on_verdict(void *data)
{
	struct fixture *fixture = data;

	fixture->calls++;
}

static struct status *new_segment(uint32_t count)
{
	uint32_t counts[STATUS_TABLES] = {[STATUS_TARGETS] = count};

	return status_create(&check_status_layout, ROLE_CHECK, 0, 1, counts);
}

static void welcome(struct watch *watch, uint32_t events, void *data)
{
	struct fixture *fixture = data;
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	fixture->accepted += fd >= 0;
	close(fd);
}

static void listen_somewhere(struct fixture *fixture)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	fixture->port = ntohs(address.sin_port);
	watch_add(fixture->loop, &fixture->listener, fd, EPOLLIN, welcome, fixture);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->loop = loop_create();
	listen_somewhere(fixture);
	for (size_t i = 0; i < N_TARGETS; i++) {
		struct target_conf *target = &fixture->targets[i];
		*target = (struct target_conf){
			.key = ((uint64_t)random() << 31 | (uint64_t)random()) + 1,
			.kind = CHECK_TCP,
			.port = fixture->port,
			.interval = 10 * USEC_PER_SEC,
			.timeout = USEC_PER_SEC,
			.delay_before_retry = USEC_PER_SEC};
		address_parse("127.0.0.1", &target->address);
	}
	fixture->conf = (struct conf){.targets = fixture->targets, .n_targets = N_TARGETS};
	fixture->status = new_segment(N_TARGETS);
	fixture->scheduler = check_scheduler_create(fixture->loop, 1000, on_verdict, fixture);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_WARNING);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	check_scheduler_destroy(fixture->scheduler);
	status_unmap(fixture->status);
	watch_remove(&fixture->listener);
	close(fixture->listener.fd);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

static const struct target_status *record(struct fixture *fixture, uint32_t index)
{
	return status_record(fixture->status, STATUS_TARGETS, index);
}

/* Brings every target's next try forward to now. */
static void hurry(struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->scheduler->n_targets; i++)
		if (fixture->scheduler->targets[i]->state == TARGET_SCHEDULED)
			schedule(fixture->scheduler, fixture->scheduler->targets[i],
				 loop_now(fixture->loop));
}

static unsigned count_known(const struct fixture *fixture)
{
	unsigned known = 0;

	for (size_t i = 0; i < fixture->scheduler->n_targets; i++)
		known += fixture->scheduler->targets[i]->check_state.verdict != VERDICT_UNKNOWN;
	return known;
}

static void run_a_round(struct fixture *fixture)
{
	hurry(fixture);
	while (count_known(fixture) < fixture->scheduler->n_targets ||
	       fixture->scheduler->running > 0)
		loop_turn(fixture->loop, -1);
}

/* Replaces the configuration's targets by those from `first` on, `count` of them. */
static void reload(struct fixture *fixture, size_t first, size_t count)
{
	struct status *old = fixture->status;
	struct conf next = {.targets = fixture->reloaded[fixture->n_reloads++ % 2],
			    .n_targets = count};

	memcpy(next.targets, fixture->targets + first, count * sizeof(*next.targets));
	fixture->status = new_segment((uint32_t)count);
	check_scheduler_configure(fixture->scheduler, &next, 0, 1, fixture->status);
	status_unmap(old);
	/* The old configuration may be gone. */
	for (size_t i = 0; i < fixture->scheduler->n_targets; i++) {
		const struct target *target = fixture->scheduler->targets[i];

		assert_true(target->conf >= next.targets && target->conf < next.targets + count);
		assert_ptr_equal(target->probe.conf, target->conf);
	}
}

static void every_target_begins_within_a_second(void **state)
{
	struct fixture *fixture = *state;
	struct mono now = loop_now(fixture->loop);

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	for (uint32_t i = 0; i < N_TARGETS; i++) {
		assert_int_equal(record(fixture, i)->key, fixture->targets[i].key);
		assert_in_range(record(fixture, i)->next - now.us, 0, USEC_PER_SEC - 1);
		assert_int_equal(fixture->scheduler->targets[i]->next.due.us,
				 record(fixture, i)->next);
	}
}

static void workers_share_the_targets(void **state)
{
	struct fixture *fixture = *state;
	unsigned total = 0;

	for (unsigned worker = 0; worker < 3; worker++) {
		check_scheduler_configure(fixture->scheduler, &fixture->conf, worker, 3,
					  fixture->status);
		total += (unsigned)fixture->scheduler->n_targets;
		uint64_t above = 0;
		for (size_t i = 0; i < fixture->scheduler->n_targets; i++) {
			const struct target_conf *conf = fixture->scheduler->targets[i]->conf;
			assert_int_equal(conf->key % 3, worker);
			assert_true((uintptr_t)conf > above); /* in the configuration's order */
			above = (uintptr_t)conf;
		}
	}
	assert_int_equal(total, N_TARGETS);
}

static void a_round_gives_verdicts_and_records(void **state)
{
	struct fixture *fixture = *state;
	struct message_verdict verdict;
	unsigned n_verdicts = 0;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	assert_false(check_scheduler_verdict(fixture->scheduler, &verdict));
	run_a_round(fixture);
	assert_int_equal(fixture->calls, N_TARGETS);
	while (check_scheduler_verdict(fixture->scheduler, &verdict)) {
		assert_int_equal(verdict.verdict, VERDICT_PASS);
		check_scheduler_verdict_sent(fixture->scheduler);
		n_verdicts++;
	}
	assert_int_equal(n_verdicts, N_TARGETS);
	assert_int_equal(record(fixture, 7)->verdict, VERDICT_PASS);
	assert_int_equal(record(fixture, 7)->passes, 1);
	assert_true(record(fixture, 7)->at > 0);
	assert_string_equal(record(fixture, 7)->text, "connected");

	run_a_round(fixture); /* the same again is no news */
	assert_false(check_scheduler_verdict(fixture->scheduler, &verdict));
	check_scheduler_repeat(fixture->scheduler);
	check_scheduler_repeat(fixture->scheduler);
	for (n_verdicts = 0; check_scheduler_verdict(fixture->scheduler, &verdict); n_verdicts++)
		check_scheduler_verdict_sent(fixture->scheduler);
	assert_int_equal(n_verdicts, N_TARGETS);
}

static void a_verdict_that_could_not_be_sent_stays(void **state)
{
	struct fixture *fixture = *state;
	struct message_verdict first, again;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	run_a_round(fixture);
	assert_true(check_scheduler_verdict(fixture->scheduler, &first));
	assert_true(check_scheduler_verdict(fixture->scheduler, &again));
	assert_int_equal(first.target, again.target);
}

/* One that is configured no more says nothing more. */
static void a_verdict_of_a_target_that_is_gone_is_forgotten(void **state)
{
	struct fixture *fixture = *state;
	struct message_verdict verdict;
	unsigned n = 0;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	run_a_round(fixture);
	reload(fixture, 10, 20);
	for (; check_scheduler_verdict(fixture->scheduler, &verdict) && n <= N_TARGETS; n++) {
		bool known = false;

		for (unsigned i = 10; i < 30; i++)
			known |= fixture->targets[i].key == verdict.target;
		assert_true(known);
		check_scheduler_verdict_sent(fixture->scheduler);
	}
	assert_int_equal(n, 20);
}

static void no_more_than_the_slots_are_in_flight(void **state)
{
	struct fixture *fixture = *state;
	unsigned most = 0;

	fixture->scheduler->slots = 4;
	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	hurry(fixture);
	while (count_known(fixture) < N_TARGETS) {
		loop_turn(fixture->loop, -1);
		assert_true(fixture->scheduler->running <= 4);
		most = fixture->scheduler->running > most ? fixture->scheduler->running : most;
		assert_int_equal(check_scheduler_audit(fixture->scheduler), 0);
	}
	assert_int_equal(most, 4);
}

static void a_reload_keeps_what_is_unchanged(void **state)
{
	struct fixture *fixture = *state;
	struct message_verdict verdict;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	run_a_round(fixture);
	while (check_scheduler_verdict(fixture->scheduler, &verdict))
		check_scheduler_verdict_sent(fixture->scheduler);
	struct target *kept = fixture->scheduler->targets[10];
	struct mono due = kept->next.due;
	int64_t at = record(fixture, 10)->at;

	reload(fixture, 10, 20); /* 0 to 9 and 30 to 39 leave */
	assert_int_equal(fixture->scheduler->n_targets, 20);
	assert_ptr_equal(fixture->scheduler->targets[0], kept);
	assert_int_equal(kept->next.due.us, due.us);
	assert_int_equal(record(fixture, 0)->key, fixture->targets[10].key);
	assert_int_equal(record(fixture, 0)->at, at);
	assert_int_equal(record(fixture, 0)->passes, 1);
	assert_int_equal(record(fixture, 0)->verdict, VERDICT_PASS);

	reload(fixture, 0, N_TARGETS); /* and return as unknown ones */
	assert_int_equal(record(fixture, 0)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(record(fixture, 0)->passes, 0);
	assert_int_equal(record(fixture, 10)->passes, 1);
	assert_int_equal(count_known(fixture), 20);
	assert_false(check_scheduler_verdict(fixture->scheduler, &verdict));
	assert_int_equal(check_scheduler_audit(fixture->scheduler), 0);
}

static void a_reload_keeps_tries_in_flight(void **state)
{
	struct fixture *fixture = *state;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	hurry(fixture);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->scheduler->running, N_TARGETS);
	reload(fixture, 10, 20);
	assert_int_equal(fixture->scheduler->running, 20);
	while (fixture->scheduler->running > 0)
		loop_turn(fixture->loop, -1);
	assert_int_equal(count_known(fixture), 20);
	assert_int_equal(record(fixture, 19)->passes, 1);
}

static void a_restart_goes_on_with_the_old_verdicts(void **state)
{
	struct fixture *fixture = *state;
	struct message_verdict verdict;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	run_a_round(fixture);
	int64_t next = record(fixture, 5)->next;
	check_scheduler_destroy(fixture->scheduler);

	fixture->scheduler = check_scheduler_create(fixture->loop, 1000, on_verdict, fixture);
	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	assert_int_equal(count_known(fixture), N_TARGETS);
	assert_int_equal(record(fixture, 5)->passes, 1);
	assert_int_equal(record(fixture, 5)->next, next);
	assert_int_equal(fixture->scheduler->targets[5]->next.due.us, next);
	assert_false(check_scheduler_verdict(fixture->scheduler, &verdict));
	check_scheduler_repeat(fixture->scheduler);
	assert_true(check_scheduler_verdict(fixture->scheduler, &verdict));
	assert_int_equal(verdict.verdict, VERDICT_PASS);
}

/* The predecessor died long ago, or within its first round. */
static void a_restart_spreads_what_was_due_meanwhile(void **state)
{
	struct fixture *fixture = *state;
	struct mono now = loop_now(fixture->loop);

	for (uint32_t i = 0; i < N_TARGETS; i++) {
		struct target_status *left = status_record(fixture->status, STATUS_TARGETS, i);
		status_begin(left);
		left->key = fixture->targets[i].key;
		left->kind = CHECK_TCP;
		left->verdict = VERDICT_FAIL;
		left->next = i % 2 ? now.us - 1 : now.us + 100 * USEC_PER_SEC;
		status_end(left);
	}
	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	assert_int_equal(count_known(fixture), N_TARGETS);
	for (uint32_t i = 0; i < N_TARGETS; i++)
		assert_in_range(record(fixture, i)->next - now.us, 0, USEC_PER_SEC - 1);
}

/* A server that is down may be tried again later than one that is up. */
static void a_restart_keeps_the_time_of_a_late_retry_issue_8_32(void **state)
{
	struct fixture *fixture = *state;
	struct target_status *left = status_record(fixture->status, STATUS_TARGETS, 0);
	int64_t next = loop_now(fixture->loop).us + 50 * USEC_PER_SEC;

	fixture->targets[0].interval = USEC_PER_SEC;
	fixture->targets[0].delay_before_retry = 60 * USEC_PER_SEC;
	status_begin(left);
	left->key = fixture->targets[0].key;
	left->kind = CHECK_TCP;
	left->verdict = VERDICT_FAIL;
	left->next = next;
	status_end(left);
	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	assert_int_equal(record(fixture, 0)->next, next);
}

static void a_record_of_another_target_is_not_adopted(void **state)
{
	struct fixture *fixture = *state;
	struct target_status *left = status_record(fixture->status, STATUS_TARGETS, 0);

	status_begin(left);
	left->key = fixture->targets[0].key + 1;
	left->verdict = VERDICT_FAIL;
	left->failures = 9;
	status_end(left);
	left = status_record(fixture->status, STATUS_TARGETS, 1);
	status_begin(left); /* its number by chance */
	left->key = fixture->targets[1].key;
	left->kind = CHECK_HTTP;
	left->verdict = VERDICT_FAIL;
	status_end(left);
	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	assert_int_equal(count_known(fixture), 0);
	assert_int_equal(record(fixture, 0)->failures, 0);
	assert_int_equal(record(fixture, 0)->key, fixture->targets[0].key);
}

static void the_audit_finds_and_mends_a_lost_target(void **state)
{
	struct fixture *fixture = *state;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	assert_int_equal(check_scheduler_audit(fixture->scheduler), 0);
	log_setup(log_stderr_sink, NULL, "expected", LOG_LEVEL_ERROR);
	timer_cancel(&fixture->scheduler->targets[3]->next);
	fixture->scheduler->targets[4]->state = TARGET_RUNNING;
	fixture->scheduler->targets[5]->state = TARGET_WAITING;
	fixture->scheduler->running++;
	assert_int_equal(check_scheduler_audit(fixture->scheduler), 3);
	assert_int_equal(check_scheduler_audit(fixture->scheduler), 0);
	assert_int_equal(fixture->scheduler->running, 0);
	run_a_round(fixture);
	assert_int_equal(count_known(fixture), N_TARGETS);
}

/* Each waits once while all others have their turn, though those who are done are due at once. */
static void issue_8_32_who_waits_longest_goes_first(void **state)
{
	struct fixture *fixture = *state;
	uint64_t least = 0, most;

	fixture->scheduler->slots = 1;
	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	while (least < 3) {
		hurry(fixture);
		loop_turn(fixture->loop, -1);
		least = most = record(fixture, 0)->passes;
		for (uint32_t i = 1; i < N_TARGETS; i++) {
			uint64_t passes = record(fixture, i)->passes;
			least = passes < least ? passes : least;
			most = passes > most ? passes : most;
		}
		assert_in_range(most - least, 0, 2);
	}
}

static void issue_8_32_the_audit_finds_a_try_that_nothing_would_end(void **state)
{
	struct fixture *fixture = *state;
	struct target *lost;

	check_scheduler_configure(fixture->scheduler, &fixture->conf, 0, 1, fixture->status);
	hurry(fixture);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->scheduler->running, N_TARGETS);
	assert_int_equal(check_scheduler_audit(fixture->scheduler), 0);
	log_setup(log_stderr_sink, NULL, "expected", LOG_LEVEL_ERROR);
	lost = fixture->scheduler->targets[7];
	timer_cancel(&lost->probe.deadline);
	assert_int_equal(check_scheduler_audit(fixture->scheduler), 1);
	assert_int_equal(lost->state, TARGET_SCHEDULED);
	assert_null(lost->probe.watch.loop);
	assert_int_equal(fixture->scheduler->running, N_TARGETS - 1);
	run_a_round(fixture);
	assert_int_equal(count_known(fixture), N_TARGETS);
}

#define scheduler_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scheduler_test(every_target_begins_within_a_second),
		scheduler_test(workers_share_the_targets),
		scheduler_test(a_round_gives_verdicts_and_records),
		scheduler_test(a_verdict_that_could_not_be_sent_stays),
		scheduler_test(a_verdict_of_a_target_that_is_gone_is_forgotten),
		scheduler_test(no_more_than_the_slots_are_in_flight),
		scheduler_test(a_reload_keeps_what_is_unchanged),
		scheduler_test(a_reload_keeps_tries_in_flight),
		scheduler_test(a_restart_goes_on_with_the_old_verdicts),
		scheduler_test(a_restart_spreads_what_was_due_meanwhile),
		scheduler_test(a_restart_keeps_the_time_of_a_late_retry_issue_8_32),
		scheduler_test(a_record_of_another_target_is_not_adopted),
		scheduler_test(the_audit_finds_and_mends_a_lost_target),
		scheduler_test(issue_8_32_who_waits_longest_goes_first),
		scheduler_test(issue_8_32_the_audit_finds_a_try_that_nothing_would_end),
	};

	printf("seed %u\n", SEED);
	srandom(SEED);
	return cmocka_run_group_tests_name("check_scheduler", tests, NULL, NULL);
}
