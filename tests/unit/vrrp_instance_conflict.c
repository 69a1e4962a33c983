/*
 * When an instance tells that somebody else claims its address, and how often it answers: in
 * virtual time, with one instance and one address.  What it tells and announces is counted here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/instance.h"

#define START  INT64_C(5000000000)
#define SECOND USEC_PER_SEC
#define LINGER (300 * USEC_PER_MSEC)
#define SETTLE (2 * SECOND) /* at adverts every second */
#define QUIET  (180 * SECOND)

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
static const struct instance_conf conf = {.name = "V"};

static struct mono now;
static struct shared shared;
static struct engine unit;
static struct interface interface;
static struct instance_address address, second, *addresses[] = {&address, &second};
static struct instance instance;
static unsigned counted, lines, announced, notices, reports;
static struct mono announced_at;

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

void instance_count(struct instance *of, enum instance_counter counter)
{
	assert_ptr_equal(of, &instance);
	assert_int_equal(counter, COUNTER_FOREIGN_CLAIMS);
	counted++;
}

void report_address(struct instance *of, const struct instance_address *a)
{
	(void)of;
	assert_true(a == &address || a == &second);
	reports++;
}

void report_publish(struct instance *of)
{
	(void)of;
}

void report_line(struct instance *of, unsigned line, enum log_level level, const char *format, ...)
{
	(void)of;
	(void)format;
	assert_int_equal(line, LINE_CONFLICT);
	assert_int_equal(level, LOG_LEVEL_ERROR);
	lines++;
}

void announce_add(struct announcer *announcer, struct announcement *announcement, uint32_t rounds)
{
	(void)announcer;
	assert_true(announcement == &address.announcement || announcement == &second.announcement);
	assert_int_equal(rounds, 1);
	announced++;
	announced_at = now;
}

static void count_notices(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)source;
	notices += level == LOG_LEVEL_NOTICE && strstr(text, "address conflict over");
}

static int set_up(void **state)
{
	(void)state;
	now = (struct mono){START};
	counted = lines = announced = notices = 0;
	log_setup(count_notices, NULL, "vrrp", LOG_LEVEL_NOTICE);
	unit = (struct engine){.state = ENGINE_ACTIVE, .entered = now};
	address = (struct instance_address){.interface = &interface,
					    .address = {.family = AF_INET, .bytes = {10, 9, 0, 1}}};
	second = address;
	second.address.bytes[3] = 2;
	instance = (struct instance){
		.shared = &shared, .conf = &conf, .addresses = addresses, .n_addresses = 1};
	instance.member.unit = &unit;
	instance.member.config.advert_interval = SECOND;
	instance.member.config.linger = LINGER;
	instance_conflicts_forget(&instance);
	return 0;
}

static void claim(void)
{
	instance_conflict_heard(&instance, &address, mac);
}

/* Lets time pass, with the timer. */
static void pass(int64_t duration)
{
	struct timer *timer = &instance.conflicts.timer;
	struct mono end = mono_add(now, duration);

	while (timer_is_set(timer) && !mono_before(end, timer->due)) {
		now = timer->due;
		timer->loop = NULL;
		timer->call(timer, timer->data);
	}
	now = end;
}

/* The peer of that time ago was heard at intervals of ours. */
static void peer_spoke(int64_t ago)
{
	instance.member.peer.heard = mono_add(now, -ago);
	instance.member.peer.interval = instance.member.config.advert_interval;
}

/* Who was Active before us keeps the addresses for as long as we would. */
static void claims_of_a_predecessor_do_not_count_issue_8_32(void **state)
{
	(void)state;
	pass(LINGER);
	claim();
	assert_int_equal(counted, 0);
	pass(100 * USEC_PER_MSEC);
	claim();
	assert_int_equal(counted, 1);
}

static void a_claim_is_told_once_it_has_stayed_and_forgotten_when_quiet_issue_8_32(void **state)
{
	(void)state;
	pass(SECOND);
	claim();
	pass(SETTLE - 1);
	assert_int_equal(lines, 0);
	pass(1);
	assert_int_equal(lines, 1);
	assert_int_equal(announced, 1);
	assert_int_equal(instance.conflicts.told, 1);
	pass(QUIET - SETTLE);
	assert_int_equal(instance.conflicts.told, 1);
	pass(2 * SECOND);
	assert_int_equal(instance.conflicts.told, 0);
	assert_string_equal(instance.conflicts.text, "");
	assert_false(timer_is_set(&instance.conflicts.timer));
}

/* Claims every second for so long; the pauses between answers. */
static unsigned record_pauses(unsigned seconds, int64_t pauses[], unsigned most)
{
	struct mono last = {0};
	unsigned n = 0;

	announced = 0;
	for (unsigned i = 0; i < seconds; i++) {
		unsigned before = announced;

		claim();
		pass(SECOND);
		if (announced == before)
			continue;
		if (last.us != 0 && n < most)
			pauses[n++] = mono_diff(announced_at, last);
		last = announced_at;
	}
	return n;
}

static void answers_come_less_and_less_often_issue_8_32(void **state)
{
	static const int64_t expected[] = {1, 2, 4, 8, 16, 32, 60, 60};
	const unsigned most = sizeof(expected) / sizeof(*expected);
	int64_t pauses[sizeof(expected) / sizeof(*expected)];

	(void)state;
	pass(SECOND);
	for (unsigned turn = 0; turn < 2; turn++) {
		unsigned n = record_pauses(200, pauses, most);

		assert_int_equal(n, most);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(pauses[i], expected[i] * SECOND);
		pass(QUIET + 2 * SECOND); /* the next one is answered as the first was */
		assert_int_equal(instance.conflicts.told, 0);
	}
}

/* A peer that advertises may not have heard us yet: it has three times as long. */
static void a_peer_that_speaks_has_time_to_yield_issue_8_32(void **state)
{
	(void)state;
	instance.member.config.advert_interval = 10 * SECOND;
	pass(SECOND);
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(lines, 0);
		peer_spoke(0);
		claim();
		pass(SECOND);
	}
	assert_int_equal(lines, 1);
	/* What is told is looked at every second, as ever. */
	assert_in_range(mono_diff(instance.conflicts.timer.due, now), 0, SECOND);
	pass(SECOND);
	assert_in_range(mono_diff(instance.conflicts.timer.due, now), 0, SECOND);
}

static void a_peer_that_gave_way_is_no_alarm_issue_8_32(void **state)
{
	(void)state;
	pass(SECOND);
	peer_spoke(0);
	claim();
	pass(SETTLE);
	assert_int_equal(lines, 0);
	assert_int_equal(announced, 0);
	assert_int_equal(address.conflict.count, 0);
	claim(); /* it does not speak any more, and claims */
	pass(SETTLE);
	assert_int_equal(lines, 1);
}

/* It went on to claim the address when it had fallen silent. */
static void a_peer_that_claims_and_does_not_speak_any_more_is_told(void **state)
{
	(void)state;
	pass(SECOND);
	peer_spoke(0);
	claim();
	pass(SETTLE - 100 * USEC_PER_MSEC);
	claim();
	pass(SETTLE);
	assert_int_equal(lines, 1);
}

static void fast_adverts_leave_time_for_the_network(void **state)
{
	(void)state;
	instance.member.config.advert_interval = 10 * USEC_PER_MSEC;
	pass(SECOND);
	claim();
	pass(200 * USEC_PER_MSEC - 1);
	assert_int_equal(lines, 0);
	pass(1);
	assert_int_equal(lines, 1);
}

static void what_is_told_says_since_when_and_is_kept_up_to_date(void **state)
{
	int64_t since;

	(void)state;
	pass(SECOND);
	claim();
	since = address.conflict.since;
	assert_in_range(wall_read().us - since, 0, 60 * SECOND);
	reports = 0;
	claim();
	assert_int_equal(reports, 0); /* not told yet */
	pass(SETTLE);
	reports = 0;
	claim();
	assert_int_equal(reports, 1);
	assert_int_equal(address.conflict.since, since);
}

/* Who gives up the role and gets it again answers at once, however long the pauses had become. */
static void a_new_role_has_new_pauses(void **state)
{
	int64_t pauses[4];

	(void)state;
	pass(SECOND);
	assert_int_equal(record_pauses(20, pauses, 4), 4);
	instance_conflicts_forget(&instance);
	unit.entered = now;
	pass(SECOND);
	announced = 0;
	claim();
	pass(SETTLE);
	assert_int_equal(announced, 1);
}

static void several_addresses_are_one_text_and_one_end(void **state)
{
	(void)state;
	instance.n_addresses = 2;
	pass(SECOND);
	peer_spoke(0);
	claim(); /* that peer gives way: there is nothing to tell, nor any end of it */
	pass(SETTLE + SECOND);
	assert_int_equal(notices, 0);
	claim();
	instance_conflict_heard(&instance, &second, mac);
	pass(SETTLE);
	assert_int_equal(instance.conflicts.told, 2);
	assert_non_null(strstr(instance.conflicts.text, "10.9.0.1 is claimed by "));
	assert_non_null(strstr(instance.conflicts.text, " (and 1 more)"));
	assert_int_equal(announced, 2);
	pass(QUIET + 2 * SECOND);
	assert_int_equal(notices, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(claims_of_a_predecessor_do_not_count_issue_8_32, set_up),
		cmocka_unit_test_setup(
			a_claim_is_told_once_it_has_stayed_and_forgotten_when_quiet_issue_8_32,
			set_up),
		cmocka_unit_test_setup(answers_come_less_and_less_often_issue_8_32, set_up),
		cmocka_unit_test_setup(a_peer_that_speaks_has_time_to_yield_issue_8_32, set_up),
		cmocka_unit_test_setup(a_peer_that_gave_way_is_no_alarm_issue_8_32, set_up),
		cmocka_unit_test_setup(a_peer_that_claims_and_does_not_speak_any_more_is_told,
				       set_up),
		cmocka_unit_test_setup(a_new_role_has_new_pauses, set_up),
		cmocka_unit_test_setup(fast_adverts_leave_time_for_the_network, set_up),
		cmocka_unit_test_setup(what_is_told_says_since_when_and_is_kept_up_to_date, set_up),
		cmocka_unit_test_setup(several_addresses_are_one_text_and_one_end, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
