/* The event loop: what comes first, what is bounded, what a removed watch still hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/loop.h"
#include "core/base/timer.h"

#define TRACE_MAX 4096

struct fixture {
	struct loop *loop;
	struct watch watch[3];
	struct timer timer[TIMERS_PER_TURN + 10];
	char trace[TRACE_MAX]; /* one letter per callback */
	size_t n_trace;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	size_t i;

	assert_non_null(fixture);
	fixture->loop = loop_create();
	for (i = 0; i < 3; i++)
		fixture->watch[i].fd = -1;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	loop_destroy(fixture->loop);
	for (i = 0; i < 3; i++)
		if (fixture->watch[i].fd >= 0)
			close(fixture->watch[i].fd);
	free(fixture);
	return 0;
}

static void trace(struct fixture *fixture, char what)
{
	assert_true(fixture->n_trace < TRACE_MAX - 1);
	fixture->trace[fixture->n_trace++] = what;
}

static void ready(struct watch *watch, uint32_t events, void *data)
{
	assert_true((events & EPOLLIN) != 0);
	(void)watch;
	trace(data, 'w');
}

static void due(struct timer *timer, void *data)
{
	(void)timer;
	trace(data, 't');
}

static void watch_event(struct fixture *fixture, size_t i, watch_fn *call)
{
	int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* readable until read */

	assert_true(fd >= 0);
	watch_add(fixture->loop, &fixture->watch[i], fd, EPOLLIN, call, fixture);
}

static void descriptors_are_served_before_timers_long_due(void **state)
{
	struct fixture *fixture = *state;

	timer_set(fixture->loop, &fixture->timer[0], mono_add(mono_read(), -USEC_PER_SEC), due,
		  fixture);
	watch_event(fixture, 0, ready);
	watch_event(fixture, 1, ready);
	loop_turn(fixture->loop, 0);
	assert_string_equal(fixture->trace, "wwt");
}

static void remove_all(struct watch *watch, uint32_t events, void *data)
{
	struct fixture *fixture = data;
	size_t i;

	(void)watch;
	(void)events;
	trace(fixture, 'r');
	for (i = 0; i < 3; i++)
		watch_remove(&fixture->watch[i]);
}

static void a_watch_removed_in_a_turn_gets_no_event_of_that_turn(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < 3; i++)
		watch_event(fixture, i, remove_all);
	loop_turn(fixture->loop, 0);
	assert_string_equal(fixture->trace, "r");
	loop_turn(fixture->loop, 0);
	assert_string_equal(fixture->trace, "r");
	for (i = 0; i < 3; i++)
		assert_null(fixture->watch[i].loop);
}

static void mute_others(struct watch *watch, uint32_t events, void *data)
{
	struct fixture *fixture = data;
	size_t i;

	(void)events;
	trace(fixture, 'm');
	for (i = 0; i < 3; i++)
		if (&fixture->watch[i] != watch)
			watch_modify(&fixture->watch[i], 0);
}

static void an_event_no_longer_wanted_is_not_delivered(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < 3; i++)
		watch_event(fixture, i, mute_others);
	loop_turn(fixture->loop, 0);
	assert_string_equal(fixture->trace, "m");
}

static void set_again(struct timer *timer, void *data)
{
	struct fixture *fixture = data;

	trace(fixture, 't');
	timer_set(fixture->loop, timer, mono_add(loop_now(fixture->loop), -1), set_again, fixture);
}

static void a_timer_set_anew_for_the_past_waits_for_the_descriptors(void **state)
{
	struct fixture *fixture = *state;
	int i;

	timer_set(fixture->loop, &fixture->timer[0], mono_read(), set_again, fixture);
	watch_event(fixture, 0, ready);
	for (i = 0; i < 3; i++)
		loop_turn(fixture->loop, 0);
	assert_string_equal(fixture->trace, "wtwtwt");
}

static void a_crowd_of_due_timers_does_not_starve_descriptors(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < TIMERS_PER_TURN + 10; i++)
		timer_set(fixture->loop, &fixture->timer[i], mono_read(), due, fixture);
	watch_event(fixture, 0, ready);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_trace, 1 + TIMERS_PER_TURN);
	loop_turn(fixture->loop, 0);
	assert_int_equal(fixture->n_trace, 2 + TIMERS_PER_TURN + 10);
	assert_int_equal(fixture->trace[1 + TIMERS_PER_TURN], 'w');
}

static void look_at_the_time(struct timer *timer, void *data)
{
	struct fixture *fixture = data;

	assert_true(loop_now(fixture->loop).us >= timer->due.us);
	trace(fixture, 't');
	loop_stop(fixture->loop);
}

static void wait_for_a_deadline(struct fixture *fixture)
{
	struct mono when = mono_add(mono_read(), 1500);

	timer_set(fixture->loop, &fixture->timer[0], when, look_at_the_time, fixture);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trace, "t");
	assert_true(mono_read().us >= when.us);
}

static void the_loop_sleeps_until_a_deadline_and_not_less(void **state)
{
	wait_for_a_deadline(*state);
}

/* In a child whose kernel says that it has no epoll_pwait2(). */
static int without_precise_wait(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct mono when;

	if (filter == NULL || fixture == NULL ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(epoll_pwait2), 0) != 0 ||
	    seccomp_load(filter) != 0)
		return 2;
	fixture->loop = loop_create();
	when = mono_add(mono_read(), 1500);
	timer_set(fixture->loop, &fixture->timer[0], when, look_at_the_time, fixture);
	loop_run(fixture->loop);
	if (strcmp(fixture->trace, "t") != 0 || mono_read().us < when.us)
		return 3;
	watch_event(fixture, 0, ready);
	loop_turn(fixture->loop, -1); /* the alarm that went off is no event of ours */
	return strcmp(fixture->trace, "tw") == 0 ? 0 : 4;
}

static void a_kernel_without_epoll_pwait2_is_served_by_a_timerfd(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(without_precise_wait());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_limited_turn_ends_without_any_event(void **state)
{
	struct fixture *fixture = *state;
	struct mono before = mono_read();

	timer_set(fixture->loop, &fixture->timer[0], mono_add(before, 3600 * USEC_PER_SEC), due,
		  fixture);
	loop_turn(fixture->loop, 2000);
	assert_true(mono_diff(mono_read(), before) >= 2000);
	assert_int_equal(fixture->n_trace, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(descriptors_are_served_before_timers_long_due,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_watch_removed_in_a_turn_gets_no_event_of_that_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(an_event_no_longer_wanted_is_not_delivered, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_timer_set_anew_for_the_past_waits_for_the_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(a_crowd_of_due_timers_does_not_starve_descriptors,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_loop_sleeps_until_a_deadline_and_not_less,
						setup, teardown),
		cmocka_unit_test(a_kernel_without_epoll_pwait2_is_served_by_a_timerfd),
		cmocka_unit_test_setup_teardown(a_limited_turn_ends_without_any_event, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
