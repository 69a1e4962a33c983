/*
 * flap_damping (issue 8.20): two routers over a link that loses adverts, for an hour of virtual
 * time, from fixed seeds.  How often a role changes, and how long a crash takes to be noticed, with
 * and without it.  keepalived changes its role 11 times a minute where 40 % are lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vrrp/engine/engine.h"

#define SECOND	   USEC_PER_SEC
#define HOUR	   (3600 * SECOND)
#define FLIGHT	   100 /* µs, of an advert */
#define SEED	   20251208u
#define KEEPALIVED 11 /* changes a minute */

struct router {
	struct engine unit;
	struct engine_member member;
	unsigned changes;
};

static struct router routers[2]; /* the first is the better one */
static struct mono now;
static unsigned loss; /* of a thousand */
static uint64_t random_state;
static int64_t advert_interval = SECOND; /* as adverts say */

static bool is_lost(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % 1000 < loss;
}

static void feed(struct router *router, struct engine_event event);

static void send_to(struct router *to, const struct router *from, uint8_t priority)
{
	if (is_lost() || to->unit.state == ENGINE_INIT)
		return;
	now = mono_add(now, FLIGHT);
	feed(to, (struct engine_event){.kind = EVENT_ADVERT,
				       .member = &to->member,
				       .priority = priority,
				       .interval = advert_interval,
				       .source = from->member.source});
}

static void feed(struct router *router, struct engine_event event)
{
	struct router *other = router == routers ? routers + 1 : routers;
	enum instance_state before = engine_public_state(&router->unit);
	struct engine_actions actions = engine_handle(&router->unit, &event, now);

	router->changes += engine_public_state(&router->unit) != before;
	if (actions.bits & ACTION_SEND_ADVERT)
		send_to(other, router, engine_priority(&router->member, now));
	if (actions.bits & ACTION_SEND_ZERO)
		send_to(other, router, 0);
}

static void create(bool damping)
{
	now = (struct mono){5 * HOUR};
	random_state = SEED;
	for (uint8_t i = 0; i < 2; i++) {
		struct router *router = &routers[i];
		const struct engine_config config = {.version = 3,
						     .priority = i == 0 ? 200 : 100,
						     .advert_interval = SECOND,
						     .flap_damping = damping};

		*router = (struct router){0};
		engine_init(&router->unit);
		engine_member_init(&router->member, &config);
		engine_join(&router->unit, &router->member, 1, NULL);
	}
	for (uint8_t i = 0; i < 2; i++) {
		feed(&routers[i], (struct engine_event){.kind = EVENT_FACTS,
							.member = &routers[i].member,
							.able = true,
							.source = {.family = AF_INET,
								   .bytes = {10, 0, 0, i + 1}}});
		feed(&routers[i], (struct engine_event){.kind = EVENT_STARTUP});
	}
}

static void sooner(struct mono *due, struct mono other)
{
	if (other.us != 0 && (due->us == 0 || mono_before(other, *due)))
		*due = other;
}

/* Lets it go on until then, with or without the first one. */
static void run_until(struct mono end, unsigned from)
{
	for (;;) {
		struct mono due = {0};

		for (unsigned i = from; i < 2; i++) {
			sooner(&due, routers[i].member.due);
			sooner(&due, engine_due(&routers[i].unit));
		}
		if (due.us == 0 || !mono_before(due, end))
			break;
		if (mono_before(now, due))
			now = due;
		for (unsigned i = from; i < 2; i++) {
			feed(&routers[i], (struct engine_event){.kind = EVENT_TIMER,
								.member = &routers[i].member});
			feed(&routers[i], (struct engine_event){.kind = EVENT_TIMER});
		}
	}
	now = end;
}

/* Of the Backup's role, a minute. */
static double changes_a_minute(bool damping)
{
	create(damping);
	run_until(mono_add(now, 60 * SECOND), 0);
	routers[1].changes = 0;
	run_until(mono_add(now, HOUR), 0);
	return routers[1].changes / 60.0;
}

/* µs from the first one's last advert until the second is Active. */
static int64_t crash(bool damping)
{
	struct mono sent;

	create(damping);
	run_until(mono_add(now, 300 * SECOND), 0);
	while (routers[1].unit.state != ENGINE_BACKUP || routers[0].unit.state != ENGINE_ACTIVE)
		run_until(mono_add(now, SECOND), 0);
	sent = routers[0].member.advert_sent;
	routers[0].unit.state = ENGINE_INIT;
	while (routers[1].unit.state != ENGINE_ACTIVE)
		run_until(mono_add(now, SECOND / 100), 1);
	return mono_diff(now, sent);
}

static void at_40_percent_loss_roles_change_less_than_keepalived_s_issue_8_20(void **state)
{
	double without, with;

	(void)state;
	loss = 400;
	without = changes_a_minute(false);
	with = changes_a_minute(true);
	print_message("seed %u: %.1f changes a minute, with flap_damping %.1f\n", SEED, without,
		      with);
	assert_true(without > 2);
	assert_true(with < KEEPALIVED && with < without / 4);
}

static void where_nothing_is_lost_a_crash_is_noticed_as_soon_issue_8_20(void **state)
{
	(void)state;
	loss = 0;
	assert_true(crash(true) == crash(false));
	assert_int_equal(routers[1].member.loss, 0);
}

static void under_loss_a_crash_is_noticed_within_twice_the_time_issue_8_20(void **state)
{
	const int64_t standard = 3 * SECOND + engine_skew(3, 100, SECOND);

	(void)state;
	loss = 400;
	assert_true(crash(true) <= 2 * standard + SECOND / 100);
	assert_int_equal(engine_damping_adverts(&routers[1].member), 3);
	assert_true(crash(false) <= standard + SECOND / 100);
}

static void loss_is_forgotten_once_it_is_over_issue_8_20(void **state)
{
	(void)state;
	loss = 400;
	create(true);
	run_until(mono_add(now, 300 * SECOND), 0);
	assert_in_range(routers[1].member.loss, 150, 700);
	loss = 0;
	run_until(mono_add(now, 90 * SECOND), 0);
	assert_int_equal(engine_damping_adverts(&routers[1].member), 0);
}

/* Neither a router that was away, nor one that resigned, nor another one has lost adverts. */
static void what_was_not_sent_is_not_lost_issue_8_20(void **state)
{
	(void)state;
	loss = 0;
	create(true);
	run_until(mono_add(now, 10 * SECOND), 0);
	run_until(mono_add(now, 60 * SECOND), 1);
	send_to(&routers[1], &routers[0], 200);
	assert_int_equal(routers[1].member.loss, 0);
	send_to(&routers[1], &routers[0], 0);
	now = mono_add(now, 5 * SECOND);
	send_to(&routers[1], &routers[0], 200);
	assert_int_equal(routers[1].member.loss, 0);
	routers[0].member.source.bytes[3] = 9;
	now = mono_add(now, 5 * SECOND);
	send_to(&routers[1], &routers[0], 200);
	assert_int_equal(routers[1].member.loss, 0);
	now = mono_add(now, 2 * SECOND);
	send_to(&routers[1], &routers[0], 200); /* one is missing */
	assert_int_not_equal(routers[1].member.loss, 0);
}

/* One that comes early was heard, an answer in between says nothing; and so long is away. */
static void what_counts_as_heard_and_as_lost_issue_8_32(void **state)
{
	const int64_t longest = 4 * 3 + 1; /* adverts */
	uint16_t lost;

	(void)state;
	loss = 0;
	create(true);
	run_until(mono_add(now, 10 * SECOND), 0);
	now = mono_add(routers[1].member.peer.heard, 2 * SECOND);
	send_to(&routers[1], &routers[0], 200);
	lost = routers[1].member.loss;
	assert_int_not_equal(lost, 0);
	now = mono_add(now, SECOND * 9 / 10);
	send_to(&routers[1], &routers[0], 200);
	assert_in_range(routers[1].member.loss, 0, lost - 1);
	lost = routers[1].member.loss;
	now = mono_add(now, SECOND * 3 / 10);
	send_to(&routers[1], &routers[0], 200);
	assert_int_equal(routers[1].member.loss, lost);
	now = mono_add(now, (longest + 1) * SECOND);
	send_to(&routers[1], &routers[0], 200);
	assert_int_equal(routers[1].member.loss, lost);
	now = mono_add(now, longest * SECOND);
	send_to(&routers[1], &routers[0], 200);
	assert_in_range(routers[1].member.loss, lost + 1, 1000);
}

/* One that was reloaded with another interval has sent as many as it should. */
static void another_interval_is_no_loss(void **state)
{
	(void)state;
	loss = 0;
	create(true);
	run_until(mono_add(now, 10 * SECOND), 0);
	advert_interval = SECOND / 4;
	now = mono_add(routers[1].member.peer.heard, SECOND);
	send_to(&routers[1], &routers[0], 200);
	advert_interval = SECOND;
	assert_int_equal(routers[1].member.loss, 0);
}

/* The loss after so many were missing at once. */
static uint16_t loss_of(int64_t adverts)
{
	loss = 0;
	create(true);
	run_until(mono_add(now, 10 * SECOND), 0);
	now = mono_add(routers[1].member.peer.heard, (adverts + 1) * SECOND);
	send_to(&routers[1], &routers[0], 200);
	return routers[1].member.loss;
}

static void each_advert_that_is_missing_counts(void **state)
{
	(void)state;
	assert_int_equal(loss_of(0), 0);
	assert_in_range(loss_of(2), loss_of(1) * 3 / 2, loss_of(1) * 2);
	assert_in_range(loss_of(4), loss_of(1) * 3, loss_of(1) * 4);
}

static void the_more_is_lost_the_longer_it_waits(void **state)
{
	static const struct {
		uint16_t loss;
		int64_t adverts;
	} rows[] = {{0, 0},  {9, 0},  {10, 1}, {20, 1},	 {21, 2},
		    {40, 2}, {41, 3}, {60, 3}, {1000, 3}};

	(void)state;
	create(true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		routers[1].member.loss = rows[i].loss;
		assert_int_equal(engine_damping_adverts(&routers[1].member), rows[i].adverts);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_40_percent_loss_roles_change_less_than_keepalived_s_issue_8_20),
		cmocka_unit_test(where_nothing_is_lost_a_crash_is_noticed_as_soon_issue_8_20),
		cmocka_unit_test(under_loss_a_crash_is_noticed_within_twice_the_time_issue_8_20),
		cmocka_unit_test(loss_is_forgotten_once_it_is_over_issue_8_20),
		cmocka_unit_test(what_was_not_sent_is_not_lost_issue_8_20),
		cmocka_unit_test(what_counts_as_heard_and_as_lost_issue_8_32),
		cmocka_unit_test(another_interval_is_no_loss),
		cmocka_unit_test(each_advert_that_is_missing_counts),
		cmocka_unit_test(the_more_is_lost_the_longer_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
