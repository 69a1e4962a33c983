/*
 * How often main is asked to run a fence_script, in virtual time: main is somebody who answers at
 * once, and the engine forgets that it asked whenever a router is heard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/instance.h"
#include "vrrp/unit.h"

#define START INT64_C(5000000000)
#define BURST 5 /* at once, and then one in five seconds */

static struct mono now;
static struct role role;
static struct shared shared = {.role = &role};
static struct instance instance;
static struct unit unit;
static unsigned n_asked, n_permits;
static bool fails;

struct mono loop_now(const struct loop *loop)
{
	(void)loop;
	return now;
}

void timer_set(struct loop *loop, struct timer *timer, struct mono due, timer_fn *call, void *data)
{
	(void)loop;
	*timer = (struct timer){
		.loop = (struct loop *)timer, .due = due, .call = call, .data = data};
}

void timer_cancel(struct timer *timer)
{
	timer->loop = NULL;
}

bool link_send(struct link *link, enum message_type type, const void *payload, size_t size)
{
	(void)link;
	(void)payload;
	assert_int_equal(type, MESSAGE_FENCE);
	assert_int_equal(size, sizeof(struct message_fence));
	n_asked++;
	return true;
}

void unit_handle(struct unit *of, const struct engine_event *event)
{
	assert_int_equal(event->kind, EVENT_PERMIT);
	of->engine.asked = false;
	n_permits++;
}

void unit_publish(struct unit *of)
{
	(void)of;
}

const char *unit_name(const struct unit *of)
{
	(void)of;
	return "V";
}

static int set_up(void **state)
{
	(void)state;
	now = (struct mono){START};
	n_asked = n_permits = 0;
	fails = false;
	instance = (struct instance){0};
	unit = (struct unit){.shared = &shared,
			     .fence = {.configured = true, .limit = 30 * USEC_PER_SEC},
			     .engine.members = &instance.member};
	return 0;
}

/* The one that was Active is silent. */
static void silence(void)
{
	unit.engine.asked = true;
	fence_begin(&unit);
	if (unit.fence.request != 0)
		fence_answered(&unit, !fails, "ended with status 1");
}

static void pass(int64_t duration)
{
	struct mono end = mono_add(now, duration);
	struct timer *timer = &unit.fence.timer;

	while (timer_is_set(timer) && !mono_before(end, timer->due)) {
		now = timer->due;
		timer_cancel(timer);
		timer->call(timer, timer->data);
		if (unit.fence.request != 0)
			fence_answered(&unit, !fails, "ended with status 1");
	}
	now = end;
}

/* A forged advert, then silence, a hundred times a second. */
static void forged_adverts_run_few_scripts_issue_8_4(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		silence();
		unit.engine.asked = false; /* heard again, if it waits */
		pass(10 * USEC_PER_MSEC);
	}
	assert_in_range(n_asked, BURST, BURST + 20 / 5);
	assert_int_equal(n_permits, n_asked);
}

static void what_is_put_off_is_run_in_the_end_issue_8_4(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BURST; i++)
		silence();
	assert_int_equal(n_permits, BURST);
	silence();
	assert_int_equal(n_permits, BURST);
	assert_non_null(strstr(unit.fence.text, "put off"));
	pass(5 * USEC_PER_SEC);
	assert_int_equal(n_permits, BURST + 1);
	assert_string_equal(unit.fence.text, "");
}

/* After 2 s, 4 s, 8 s and so on: that is rare enough. */
static void a_failure_is_followed_by_another_try(void **state)
{
	(void)state;
	fails = true;
	silence();
	assert_int_equal(n_asked, 1);
	pass(2 * USEC_PER_SEC);
	assert_int_equal(n_asked, 2);
	pass(4 * USEC_PER_SEC);
	assert_int_equal(n_asked, 3);
	pass(8 * USEC_PER_SEC);
	assert_int_equal(n_asked, 4);
	fails = false;
	pass(16 * USEC_PER_SEC);
	assert_int_equal(n_permits, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(forged_adverts_run_few_scripts_issue_8_4, set_up),
		cmocka_unit_test_setup(what_is_put_off_is_run_in_the_end_issue_8_4, set_up),
		cmocka_unit_test_setup(a_failure_is_followed_by_another_try, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
