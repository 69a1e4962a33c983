/*
 * How often changes of a role are told, and that the last one always is: in virtual time, with one
 * instance and a link to main that is full now and then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/instance.h"
#include "vrrp/notifications.h"

#define START INT64_C(5000000000)
#define BURST 20 /* at once, and then one a second */

static struct mono now;
static struct role role;
static struct unit unit;
static struct instance_status status = {.name = "V"};
static struct instance instance, *instances[] = {&instance};
static struct timer *retry; /* NULL: not set */
static struct notifications *queue;
static struct message_notify told;
static unsigned n_told;
static bool full;

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
	retry = timer;
}

void timer_cancel(struct timer *timer)
{
	timer->loop = NULL;
	retry = NULL;
}

bool link_send(struct link *link, enum message_type type, const void *payload, size_t size)
{
	(void)link;
	assert_int_equal(type, MESSAGE_NOTIFY);
	assert_int_equal(size, sizeof(told));
	if (full)
		return false;
	memcpy(&told, payload, size);
	n_told++;
	return true;
}

bool unit_is_led_by(const struct instance *of)
{
	(void)of;
	return true;
}

static int set_up(void **state)
{
	(void)state;
	now = (struct mono){START};
	n_told = 0;
	full = false;
	retry = NULL;
	unit = (struct unit){.engine.state = ENGINE_BACKUP};
	instance = (struct instance){.unit = &unit, .status = &status};
	instance.member.unit = &unit.engine;
	queue = notifications_create(&role);
	notifications_reload(queue, 1, instances, 1, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	notifications_destroy(queue);
	return 0;
}

static void change(enum engine_state state)
{
	unit.engine.state = state;
	notifications_instance(queue, &instance);
}

/* So many changes that nothing more is told at once; the last one told was that to Active. */
static void flood(void)
{
	for (unsigned i = 0; i < 3 * BURST; i++)
		change(i % 2 ? ENGINE_BACKUP : ENGINE_ACTIVE);
	assert_int_equal(n_told, BURST);
	change(ENGINE_ACTIVE);
}

static void pass(int64_t duration)
{
	struct mono end = mono_add(now, duration);

	while (retry && !mono_before(end, retry->due)) {
		struct timer *timer = retry;

		now = timer->due;
		retry = NULL;
		timer->loop = NULL;
		timer->call(timer, timer->data);
	}
	now = end;
}

static void a_flood_is_told_once_a_second_issue_8_4(void **state)
{
	(void)state;
	flood();
	pass(USEC_PER_SEC / 2);
	assert_int_equal(n_told, BURST);
	pass(USEC_PER_SEC);
	assert_int_equal(n_told, BURST + 1);
	assert_int_equal(told.kind, NOTIFY_ACTIVE);
	pass(60 * USEC_PER_SEC); /* there is nothing new */
	assert_int_equal(n_told, BURST + 1);
}

/* Else its scripts would never hear of the state that stays. */
static void what_was_put_off_is_told_before_a_reload_issue_8_4(void **state)
{
	(void)state;
	flood();
	change(ENGINE_BACKUP);
	assert_int_equal(n_told, BURST);
	notifications_reload_begin(queue);
	assert_int_equal(n_told, BURST + 1);
	assert_int_equal(told.kind, NOTIFY_BACKUP);
	assert_int_equal(told.generation, 1);
	notifications_reload(queue, 2, instances, 1, 0);
	pass(60 * USEC_PER_SEC);
	assert_int_equal(n_told, BURST + 1);
}

static void a_stop_is_told_at_once_issue_8_4(void **state)
{
	(void)state;
	flood();
	change(ENGINE_INIT);
	assert_int_equal(n_told, BURST + 1);
	assert_int_equal(told.kind, NOTIFY_STOP);
}

static void what_a_full_link_refused_is_told_as_it_is_then(void **state)
{
	(void)state;
	full = true;
	change(ENGINE_ACTIVE);
	change(ENGINE_BACKUP);
	change(ENGINE_ACTIVE);
	pass(USEC_PER_SEC);
	full = false;
	pass(USEC_PER_SEC);
	assert_int_equal(n_told, 1);
	assert_int_equal(told.kind, NOTIFY_ACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flood_is_told_once_a_second_issue_8_4, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_was_put_off_is_told_before_a_reload_issue_8_4,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_is_told_at_once_issue_8_4, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_a_full_link_refused_is_told_as_it_is_then,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
