/* The timer heap: served in the order of due times, each once, whatever is set and cancelled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/loop.h"
#include "core/base/timer.h"

#define SEED	 20261122U
#define N_TIMERS 600 /* fewer than one turn serves */

struct fixture {
	struct loop *loop;
	struct timer timers[N_TIMERS];
	size_t served[N_TIMERS];
	size_t n_served;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->loop = loop_create();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

static void note(struct timer *timer, void *data)
{
	struct fixture *fixture = data;

	assert_true(fixture->n_served < N_TIMERS);
	assert_false(timer_is_set(timer));
	fixture->served[fixture->n_served++] = (size_t)(timer - fixture->timers);
}

/* Model: an array of due times with "set" flags, searched for the minimum. */
static void heap_serves_as_a_sorted_list_would(void **state)
{
	struct fixture *fixture = *state;
	bool set[N_TIMERS] = {false};
	struct mono base = mono_read();
	int64_t previous = INT64_MIN;
	size_t expected = 0, step, i;
	struct mono first;
	int64_t earliest;

	print_message("seed %u\n", SEED);
	srandom(SEED);
	for (step = 0; step < 20000; step++) {
		i = (size_t)random() % N_TIMERS;
		if (random() % 3 == 0) {
			timer_cancel(&fixture->timers[i]);
			set[i] = false;
		} else {
			timer_set(fixture->loop, &fixture->timers[i],
				  mono_add(base, -(random() % 5000)), note, fixture);
			set[i] = true;
		}
		earliest = INT64_MAX;
		for (i = 0; i < N_TIMERS && step % 50 == 0; i++)
			if (set[i] && fixture->timers[i].due.us < earliest)
				earliest = fixture->timers[i].due.us;
		if (earliest != INT64_MAX) {
			assert_true(timer_heap_first_due(loop_timers(fixture->loop), &first));
			assert_int_equal(first.us, earliest);
		}
	}
	for (i = 0; i < N_TIMERS; i++)
		expected += set[i];
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_served, expected);
	for (i = 0; i < expected; i++) {
		assert_true(set[fixture->served[i]]);
		set[fixture->served[i]] = false; /* each once */
		assert_true(fixture->timers[fixture->served[i]].due.us >= previous);
		previous = fixture->timers[fixture->served[i]].due.us;
	}
}

static void set_again(struct timer *timer, void *data)
{
	struct fixture *fixture = data;

	note(timer, data);
	timer_set(fixture->loop, timer, mono_add(timer->due, 1), set_again, fixture);
}

/* Timers of one period that started together: each round has the order of the one before. */
static void equal_due_times_are_served_in_the_order_of_setting(void **state)
{
	enum { TIMERS = 100, ROUNDS = N_TIMERS / TIMERS };
	struct fixture *fixture = *state;
	struct mono due = mono_add(mono_read(), -1000);
	size_t i;

	for (i = 0; i < TIMERS; i++)
		timer_set(fixture->loop, &fixture->timers[i * 7 % TIMERS], due, set_again, fixture);
	for (i = 0; i < ROUNDS; i++)
		loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_served, TIMERS * ROUNDS);
	for (i = 0; i < TIMERS * ROUNDS; i++)
		assert_int_equal(fixture->served[i], i * 7 % TIMERS);
}

static void a_timer_not_yet_due_is_not_served(void **state)
{
	struct fixture *fixture = *state;

	timer_set(fixture->loop, &fixture->timers[0], mono_add(mono_read(), 3600 * USEC_PER_SEC),
		  note, fixture);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_served, 0);
	assert_true(timer_is_set(&fixture->timers[0]));
}

static void cancel_others(struct timer *timer, void *data)
{
	struct fixture *fixture = data;

	note(timer, data);
	timer_cancel(&fixture->timers[1]);
	timer_set(fixture->loop, &fixture->timers[2], mono_add(mono_read(), 3600 * USEC_PER_SEC),
		  note, fixture);
}

/* All three are due at once; the first takes back the others. */
static void a_timer_taken_back_by_an_earlier_callback_is_not_served(void **state)
{
	struct fixture *fixture = *state;
	struct mono past = mono_add(mono_read(), -1000);

	timer_set(fixture->loop, &fixture->timers[0], past, cancel_others, fixture);
	timer_set(fixture->loop, &fixture->timers[1], mono_add(past, 1), note, fixture);
	timer_set(fixture->loop, &fixture->timers[2], mono_add(past, 2), note, fixture);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_served, 1);
	assert_false(timer_is_set(&fixture->timers[1]));
	assert_true(timer_is_set(&fixture->timers[2]));
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_served, 1);
}

static void a_destroyed_loop_leaves_its_timers_unset(void **state)
{
	struct fixture *fixture = *state;
	struct loop *other = loop_create();

	timer_set(other, &fixture->timers[0], mono_read(), note, fixture);
	loop_destroy(other);
	assert_false(timer_is_set(&fixture->timers[0]));
	timer_cancel(&fixture->timers[0]);
}

static void lateness_is_counted_by_powers_of_two(void **state)
{
	struct fixture *fixture = *state;
	const struct lateness *lateness = loop_lateness(fixture->loop);
	struct lateness counted = {0};
	struct timer_heap *heap = loop_timers(fixture->loop);
	static const int64_t late[] = {0, 1, 2, 3, 4, 1023, 1024, INT64_C(1) << 40};
	static const unsigned bucket[] = {0, 1, 2, 2, 3, 10, 11, LATENESS_BUCKETS - 1};
	struct mono now = mono_read();
	size_t i;

	for (i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		memset(&counted, 0, sizeof(counted));
		timer_set(fixture->loop, &fixture->timers[0], mono_add(now, -late[i]), note,
			  fixture);
		timer_heap_serve(heap, now, &counted);
		assert_int_equal(counted.count[bucket[i]], 1);
		assert_int_equal(counted.max, late[i]);
	}
	assert_int_equal(lateness->max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(heap_serves_as_a_sorted_list_would, setup,
						teardown),
		cmocka_unit_test_setup_teardown(equal_due_times_are_served_in_the_order_of_setting,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_timer_not_yet_due_is_not_served, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_timer_taken_back_by_an_earlier_callback_is_not_served, setup, teardown),
		cmocka_unit_test_setup_teardown(a_destroyed_loop_leaves_its_timers_unset, setup,
						teardown),
		cmocka_unit_test_setup_teardown(lateness_is_counted_by_powers_of_two, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
