/* When targets are tried, and when a verdict changes, with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/check_state.h"

#define SEED	  20250118u
#define N_TARGETS 1000
#define INTERVAL  (10 * USEC_PER_SEC)

static uint64_t random_key(void)
{
	return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

static struct target_conf target(uint64_t key)
{
	return (struct target_conf){.key = key,
				    .retry = 2,
				    .interval = INTERVAL,
				    .delay_before_retry = 3 * USEC_PER_SEC,
				    .timeout = 5 * USEC_PER_SEC};
}

/* Runs a try that takes `took` µs at *due and sets *due to the next. */
static void run(const struct target_conf *conf, struct check_state *check_state, struct mono *due,
		enum check_result result, int64_t took)
{
	struct mono began = *due;
	struct mono now = mono_add(began, took);

	*due = check_state_next_due(conf, check_state, result, began, now);
	assert_true(mono_before(now, *due));
}

static void the_first_round_is_within_a_second_and_spread(void **state)
{
	unsigned tenths[10] = {0};

	(void)state;
	for (int i = 0; i < N_TARGETS; i++) {
		struct target_conf conf = target(random_key());
		struct mono start = {123456789};
		int64_t offset = mono_diff(check_state_first_due(&conf, start), start);
		assert_in_range(offset, 0, USEC_PER_SEC - 1);
		assert_int_equal(check_state_first_due(&conf, start).us, start.us + offset);
		tenths[offset / (USEC_PER_SEC / 10)]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(tenths[i], N_TARGETS / 20, N_TARGETS / 5);
}

static void a_short_interval_bounds_the_first_round(void **state)
{
	(void)state;
	for (int i = 0; i < N_TARGETS; i++) {
		struct target_conf conf = target(random_key());
		conf.interval = USEC_PER_SEC / 5;
		assert_in_range(check_state_first_due(&conf, (struct mono){0}).us, 0,
				conf.interval - 1);
	}
}

/* Keys that fall to one worker are not random in their low digits. */
static void tries_are_spread_over_the_interval_and_stay_so(void **state)
{
	static struct mono due[N_TARGETS];
	static struct target_conf conf[N_TARGETS];
	static struct check_state check_state[N_TARGETS];
	struct mono start = {7 * INTERVAL + 4711};

	(void)state;
	for (int i = 0; i < N_TARGETS; i++) {
		conf[i] = target(random_key() * 4);
		due[i] = check_state_first_due(&conf[i], start);
	}
	for (int round = 0; round < 1000; round++) {
		unsigned tenths[10] = {0};
		for (int i = 0; i < N_TARGETS; i++) {
			run(&conf[i], &check_state[i], &due[i], RESULT_PASS,
			    1 + random() % (2 * USEC_PER_SEC));
			tenths[due[i].us % INTERVAL / (INTERVAL / 10)]++;
		}
		for (int i = 0; i < 10; i++)
			assert_in_range(tenths[i], N_TARGETS / 20, N_TARGETS / 5);
	}
}

static void a_target_keeps_its_interval_within_the_jitter(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct target_conf conf = target(random_key());
		struct check_state check_state = {.verdict = VERDICT_UNKNOWN};
		struct mono due = {1000 * INTERVAL + random() % INTERVAL};
		run(&conf, &check_state, &due, RESULT_PASS, 1000);
		struct mono first = due;
		bool moved = false;
		for (int round = 1; round <= 1000; round++) {
			struct mono before = due;
			run(&conf, &check_state, &due, RESULT_PASS, random() % (2 * USEC_PER_SEC));
			int64_t gap = mono_diff(due, before);
			assert_in_range(gap, INTERVAL - INTERVAL / 16 - 1,
					INTERVAL + INTERVAL / 16);
			/* No drift: the distance to the first stays a multiple, but for jitter. */
			assert_true(llabs(mono_diff(due, first) - round * INTERVAL) <=
				    INTERVAL / 16);
			moved |= gap != INTERVAL;
		}
		assert_true(moved);
	}
}

static void a_slow_try_leaves_out_what_it_overran(void **state)
{
	struct target_conf conf = target(random_key());
	struct check_state check_state = {.verdict = VERDICT_UNKNOWN};
	struct mono due = {100 * INTERVAL};

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct mono before = due;
		run(&conf, &check_state, &due, RESULT_PASS, 2 * INTERVAL + INTERVAL / 2);
		assert_true(mono_diff(due, before) <= 4 * INTERVAL);
	}
}

static void the_first_failure_decides_while_nothing_is_known(void **state)
{
	struct target_conf conf = target(1);
	struct check_state check_state = {.verdict = VERDICT_UNKNOWN};
	struct mono due = {0};

	(void)state;
	run(&conf, &check_state, &due, RESULT_FAIL, 1000);
	assert_int_equal(check_state.verdict, VERDICT_FAIL);
}

static void fail_takes_retry_plus_one_failures_spaced_by_the_delay(void **state)
{
	struct target_conf conf = target(2);
	struct check_state check_state = {.verdict = VERDICT_UNKNOWN};
	struct mono due = {50 * INTERVAL};

	(void)state;
	run(&conf, &check_state, &due, RESULT_PASS, 1000);
	for (unsigned i = 0; i < conf.retry; i++) {
		struct mono before = due;
		run(&conf, &check_state, &due, RESULT_FAIL, 1000);
		assert_int_equal(check_state.verdict, VERDICT_PASS);
		assert_int_equal(mono_diff(due, before), 1000 + conf.delay_before_retry);
	}
	run(&conf, &check_state, &due, RESULT_FAIL, 1000);
	assert_int_equal(check_state.verdict, VERDICT_FAIL);
	assert_int_equal(check_state.failures, conf.retry + 1);
}

static void one_success_forgets_failures(void **state)
{
	struct target_conf conf = target(3);
	struct check_state check_state = {.verdict = VERDICT_FAIL, .failures = 3};
	struct mono due = {50 * INTERVAL};

	(void)state;
	run(&conf, &check_state, &due, RESULT_PASS, 1000);
	assert_int_equal(check_state.verdict, VERDICT_PASS);
	for (int i = 0; i < 10; i++) {
		run(&conf, &check_state, &due, RESULT_FAIL, 1000);
		run(&conf, &check_state, &due, RESULT_FAIL, 1000);
		assert_int_equal(check_state.verdict, VERDICT_PASS);
		run(&conf, &check_state, &due, RESULT_PASS, 1000);
	}
}

/* A status shows them: as many as it took, however long the server has been down. */
static void failures_are_counted_up_to_what_decides(void **state)
{
	struct target_conf conf = target(4);
	struct check_state check_state = {.verdict = VERDICT_PASS};
	struct mono due = {50 * INTERVAL};

	(void)state;
	for (int i = 0; i < 50; i++)
		run(&conf, &check_state, &due, RESULT_FAIL, 1000);
	assert_int_equal(check_state.failures, conf.retry + 1);
}

static void without_retry_one_failure_is_enough(void **state)
{
	struct target_conf conf = target(4);
	struct check_state check_state = {.verdict = VERDICT_PASS};
	struct mono due = {50 * INTERVAL};

	(void)state;
	conf.retry = 0;
	run(&conf, &check_state, &due, RESULT_FAIL, 1000);
	assert_int_equal(check_state.verdict, VERDICT_FAIL);
}

static void an_inconclusive_try_changes_nothing_and_is_made_again_soon(void **state)
{
	static const struct check_state check_states[] = {
		{VERDICT_UNKNOWN, 0}, {VERDICT_PASS, 0}, {VERDICT_PASS, 2}, {VERDICT_FAIL, 3}};
	struct target_conf conf = target(5);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct check_state check_state = check_states[i];
		struct mono due = {50 * INTERVAL};
		for (int round = 0; round < 100; round++) {
			struct mono before = due;
			run(&conf, &check_state, &due, RESULT_INCONCLUSIVE, 100);
			assert_int_equal(check_state.verdict, check_states[i].verdict);
			assert_int_equal(check_state.failures, check_states[i].failures);
			assert_in_range(mono_diff(due, before), USEC_PER_SEC / 2,
					USEC_PER_SEC + 100);
		}
	}
}

/* A try that was not on the grid, as after a failure, may be just before a grid point. */
static void issue_8_32_a_try_after_an_off_grid_one_keeps_its_distance(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct target_conf conf = target(random_key());
		struct check_state check_state = {.verdict = VERDICT_PASS, .failures = 1};
		struct mono began = {1000 * INTERVAL + random() % INTERVAL};
		struct mono due = began;

		run(&conf, &check_state, &due, RESULT_PASS, 1000);
		assert_in_range(mono_diff(due, began), INTERVAL / 8,
				INTERVAL + INTERVAL / 8 + INTERVAL / 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_round_is_within_a_second_and_spread),
		cmocka_unit_test(a_short_interval_bounds_the_first_round),
		cmocka_unit_test(tries_are_spread_over_the_interval_and_stay_so),
		cmocka_unit_test(a_target_keeps_its_interval_within_the_jitter),
		cmocka_unit_test(a_slow_try_leaves_out_what_it_overran),
		cmocka_unit_test(the_first_failure_decides_while_nothing_is_known),
		cmocka_unit_test(fail_takes_retry_plus_one_failures_spaced_by_the_delay),
		cmocka_unit_test(one_success_forgets_failures),
		cmocka_unit_test(failures_are_counted_up_to_what_decides),
		cmocka_unit_test(without_retry_one_failure_is_enough),
		cmocka_unit_test(an_inconclusive_try_changes_nothing_and_is_made_again_soon),
		cmocka_unit_test(issue_8_32_a_try_after_an_off_grid_one_keeps_its_distance),
	};

	printf("seed %u\n", SEED);
	srandom(SEED);
	return cmocka_run_group_tests_name("check_state", tests, NULL, NULL);
}
