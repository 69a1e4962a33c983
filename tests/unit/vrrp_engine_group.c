/*
 * Sync groups in the election engine: two members with one role.  What the standard says of a
 * single virtual router is in vrrp_engine.c; here is what follows from there being two of them, on
 * links of their own: who waits for whom, who yields, who speaks, and what becomes of the role when
 * members come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vrrp/engine/engine.h"

#define START	 INT64_C(5000000000)
#define SECOND	 USEC_PER_SEC
#define SKEW_100 INT64_C(609375) /* priority 100, 1 s */
#define DOWN_100 INT64_C(3609375)
#define SKEW_1	 INT64_C(996093)
#define LINGER	 INT64_C(50000)
#define BOUND	 INT64_C(2100000)

#define ADVERT	 ACTION_SEND_ADVERT
#define ZERO	 ACTION_SEND_ZERO
#define ADD	 ACTION_ADD_ADDRESSES
#define REMOVE	 (ACTION_REMOVE_ADDRESSES | ACTION_SILENCE)
#define ANNOUNCE ACTION_ANNOUNCE
#define SILENCE	 ACTION_SILENCE
#define NOTIFY	 ACTION_NOTIFY
#define KEEP	 ACTION_KEEP_ADDRESSES

static const struct engine_config plain = {
	.version = 3, .priority = 100, .advert_interval = SECOND, .linger = LINGER};

static struct engine unit;
static struct engine_member one, two; /* one is the more decisive */
static struct mono now;
static struct engine_actions last;

static struct address ipv4(uint8_t link, uint8_t host)
{
	return (struct address){.family = AF_INET, .bytes = {10, 0, link, host}};
}

static uint8_t link_of(const struct engine_member *member)
{
	return member == &one ? 1 : 2;
}

/* What a member has to do after the last event. */
static uint32_t does(const struct engine_member *member)
{
	return last.all ? member->actions : 0;
}

static void feed(struct engine_event event)
{
	last = engine_handle(&unit, &event, now);
}

static void command(enum engine_event_kind kind)
{
	feed((struct engine_event){.kind = kind});
}

static void facts(struct engine_member *member, bool able)
{
	feed((struct engine_event){.kind = EVENT_FACTS,
				   .member = member,
				   .able = able,
				   .source = ipv4(link_of(member), 5)});
}

static void hear(struct engine_member *member, uint8_t priority, uint8_t host)
{
	feed((struct engine_event){.kind = EVENT_ADVERT,
				   .member = member,
				   .priority = priority,
				   .source = ipv4(link_of(member), host),
				   .interval = SECOND});
}

/* The member's timer, or (NULL) the unit's, now. */
static void ring(struct engine_member *member)
{
	feed((struct engine_event){.kind = EVENT_TIMER, .member = member});
}

static void pass(int64_t duration)
{
	now = mono_add(now, duration);
}

static void create(const struct engine_config *first, const struct engine_config *second)
{
	now = (struct mono){START};
	engine_init(&unit);
	engine_member_init(&one, first);
	engine_member_init(&two, second);
	engine_join(&unit, &two, 52, NULL); /* the order is not that of coming */
	engine_join(&unit, &one, 51, NULL);
	facts(&one, true);
	facts(&two, true);
}

static int be_backup(void **state)
{
	(void)state;
	create(&plain, &plain);
	command(EVENT_STARTUP);
	return 0;
}

static int be_active(void **state)
{
	be_backup(state);
	pass(DOWN_100);
	ring(&one);
	ring(&two);
	return unit.state == ENGINE_ACTIVE ? 0 : -1;
}

/* ---- the role is taken together ---- */

static void the_last_timer_makes_all_active_at_once(void **state)
{
	(void)state;
	assert_ptr_equal(unit.members, &one);
	pass(DOWN_100);
	ring(&one);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(last.bits, 0);
	assert_true(one.due.us == 0);
	ring(&two);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(does(&one), ADVERT | ADD | ANNOUNCE | NOTIFY);
	assert_int_equal(does(&two), ADVERT | ADD | ANNOUNCE | NOTIFY);
	assert_true(mono_diff(one.due, now) == SECOND && mono_diff(two.due, now) == SECOND);
}

/* An order that is for a peer not heard before: on each link peers have to know of it. */
static void a_raised_takeover_is_told_on_every_link_issue_8_32(void **state)
{
	(void)state;
	command(EVENT_TAKEOVER);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_false(unit.takeover);
	pass(SECOND / 4);
	hear(&two, 120, 8);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_true(unit.takeover);
	assert_int_equal(does(&one), ADVERT);
	assert_int_equal(does(&two), ADVERT);
}

static void a_peer_on_one_link_keeps_the_group_backup(void **state)
{
	(void)state;
	for (int second = 0; second < 10; second++) {
		pass(SECOND);
		hear(&two, 150, 9);
		if (one.due.us != 0 && !mono_before(now, one.due))
			ring(&one);
		assert_int_equal(unit.state, ENGINE_BACKUP);
	}
	assert_true(one.expired);
	assert_ptr_equal(engine_holder(&one), &two);
	assert_true(engine_reasons(&one, now) & 1u << REASON_GROUP);
	assert_false(engine_reasons(&two, now) & 1u << REASON_GROUP);
	now = two.due;
	ring(&two);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
}

static void a_peer_that_returns_makes_its_member_wait_again(void **state)
{
	(void)state;
	pass(DOWN_100 - SECOND);
	hear(&two, 150, 9);
	pass(SECOND);
	ring(&one);
	assert_true(one.expired);
	hear(&one, 150, 9);
	assert_false(one.expired);
	now = two.due;
	ring(&two);
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

static void priority_0_on_one_link_shortens_its_timer_only(void **state)
{
	(void)state;
	hear(&one, 150, 9);
	hear(&two, 150, 9);
	hear(&one, 0, 9);
	assert_true(mono_diff(one.due, now) == SKEW_100);
	assert_true(mono_diff(two.due, now) == DOWN_100);
}

/* ---- and left together ---- */

static void who_is_outranked_on_the_first_link_yields_with_all(void **state)
{
	(void)state;
	pass(SECOND / 2);
	hear(&one, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(does(&one), ADVERT | SILENCE | NOTIFY);
	assert_int_equal(does(&two), ZERO | SILENCE | NOTIFY); /* who is there is not known */
	assert_true(mono_diff(engine_due(&unit), now) == LINGER);
	pass(LINGER);
	ring(NULL);
	assert_int_equal(does(&one), REMOVE);
	assert_int_equal(does(&two), REMOVE);
}

static void who_is_outranked_on_another_link_speaks_up_on_the_first(void **state)
{
	(void)state;
	pass(SECOND / 2);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(does(&one), ADVERT);
	assert_int_equal(does(&two), 0);
	pass(SECOND / 2 - 1);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	pass(1);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(does(&one), ZERO | SILENCE | NOTIFY);
	assert_int_equal(does(&two), ADVERT | SILENCE | NOTIFY);
}

static void a_peer_that_is_the_lesser_on_the_first_link_is_given_time_to_yield(void **state)
{
	(void)state;
	for (int half = 1; half <= 5; half++) {
		pass(SECOND / 2);
		hear(&one, 50, 9);
		hear(&two, 150, 9);
		assert_int_equal(unit.state, ENGINE_ACTIVE);
	}
	pass(SECOND);
	hear(&two, 150, 9); /* it does not, or is another one */
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

static void a_fault_of_one_member_is_the_groups(void **state)
{
	(void)state;
	facts(&two, false);
	assert_int_equal(unit.state, ENGINE_FAULT);
	assert_int_equal(does(&one), ZERO | REMOVE | NOTIFY);
	assert_int_equal(does(&two), ZERO | REMOVE | NOTIFY);
	assert_ptr_equal(engine_holder(&one), &two);
	facts(&one, false);
	facts(&two, true);
	assert_int_equal(unit.state, ENGINE_FAULT);
	facts(&one, true);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(mono_diff(one.due, now) == DOWN_100 && mono_diff(two.due, now) == DOWN_100);
}

/* ---- hand-over ---- */

static void a_hand_over_waits_for_a_successor_on_every_link(void **state)
{
	(void)state;
	command(EVENT_STANDBY);
	assert_int_equal(does(&one), ZERO | SILENCE);
	assert_int_equal(does(&two), ZERO | SILENCE);
	pass(SECOND / 2);
	hear(&one, 50, 9);
	assert_int_equal(unit.state, ENGINE_RESIGNING);
	pass(SECOND / 4);
	hear(&two, 50, 8);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(last.outcome, OUTCOME_HANDED_OVER);
	/* The first one's timer has been running since its successor was heard. */
	assert_true(mono_diff(two.due, one.due) == SECOND / 4);
}

static void a_successor_on_one_link_is_enough_when_time_is_up(void **state)
{
	(void)state;
	command(EVENT_STANDBY);
	pass(SECOND);
	hear(&one, 50, 9);
	pass(BOUND - SECOND);
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(last.outcome, OUTCOME_HANDED_OVER);
}

static void without_any_successor_the_group_stays_active(void **state)
{
	(void)state;
	command(EVENT_STANDBY);
	pass(BOUND);
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(last.outcome, OUTCOME_NO_PEER);
	assert_int_equal(does(&two), ADVERT | ADD | ANNOUNCE);
}

static void an_order_repeats_nothing_that_was_done(void **state)
{
	(void)state;
	command(EVENT_STANDBY);
	command(EVENT_SHUTDOWN);
	assert_int_equal(one.actions | two.actions, 0);
	assert_int_equal(last.bits, ACTION_DONE);
}

static void takeover_is_by_all_and_raises_where_it_has_to(void **state)
{
	(void)state;
	hear(&two, 150, 9);
	command(EVENT_TAKEOVER);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(engine_priority(&one, now), ENGINE_PRIORITY_TAKEOVER);
	assert_int_equal(engine_priority(&two, now), ENGINE_PRIORITY_TAKEOVER);
	assert_int_equal(does(&one), ADVERT | ADD | ANNOUNCE | NOTIFY);
}

/* ---- late is not alive ---- */

static int one_is_slow(void **state)
{
	struct engine_config slow = plain;

	(void)state;
	slow.advert_interval = 10 * SECOND;
	create(&plain, &slow);
	command(EVENT_STARTUP);
	pass(40 * SECOND);
	hear(&one, 50, 9);
	while (unit.state == ENGINE_BACKUP) {
		struct engine_member *next = one.due.us != 0 ? &one : &two;

		now = next->due;
		ring(next);
	}
	return 0;
}

static void a_member_that_was_late_listens_while_the_other_goes_on(void **state)
{
	(void)state;
	pass(4 * SECOND); /* three adverts of the first are missing, none of the second */
	ring(&one);
	assert_int_equal(unit.state, ENGINE_LISTENING);
	assert_true(one.listening && !two.listening);
	assert_int_equal(engine_public_state(&unit), INSTANCE_ACTIVE);
	assert_true(engine_member_speaks(&two) && !engine_member_speaks(&one));
	hear(&two, 50, 9);
	assert_int_equal(last.bits, ADVERT | ANNOUNCE);
	pass(SECOND + SKEW_100);
	ring(&one);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(last.bits, ADVERT | ADD | ANNOUNCE);
}

static void a_member_that_was_deposed_takes_the_group_along(void **state)
{
	(void)state;
	pass(4 * SECOND);
	ring(&one);
	hear(&one, 50, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(does(&one), ZERO | REMOVE | NOTIFY);
	assert_int_equal(does(&two), ZERO | SILENCE | NOTIFY); /* that one's linger */
}

static void a_contest_does_not_make_a_late_member_speak(void **state)
{
	(void)state;
	pass(4 * SECOND);
	hear(&two, 150, 9);
	assert_true(one.listening || unit.state == ENGINE_BACKUP);
	assert_int_equal(does(&one) & ADVERT, 0);
}

/* ---- startup delay ---- */

static void within_the_startup_delay_nobody_becomes_active(void **state)
{
	struct engine_event startup = {.kind = EVENT_STARTUP};

	(void)state;
	create(&plain, &plain);
	startup.hold = mono_add(now, 10 * SECOND);
	feed(startup);
	pass(DOWN_100);
	ring(&one);
	ring(&two);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(engine_reasons(&one, now) & 1u << REASON_STARTUP_DELAY);
	assert_true(engine_due(&unit).us == startup.hold.us);
	now = startup.hold;
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
}

static void what_is_heard_within_the_startup_delay_counts(void **state)
{
	struct engine_event startup = {.kind = EVENT_STARTUP};

	(void)state;
	create(&plain, &plain);
	startup.hold = mono_add(now, 10 * SECOND);
	feed(startup);
	now = mono_add(startup.hold, -SECOND / 2);
	hear(&one, 150, 9);
	now = startup.hold;
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(mono_diff(one.due, now) == DOWN_100 - SECOND / 2);
}

static void an_owner_waits_for_the_startup_delay_only(void **state)
{
	struct engine_event startup = {.kind = EVENT_STARTUP};
	struct engine_config owner = plain;

	(void)state;
	owner.priority = ENGINE_PRIORITY_OWNER;
	create(&owner, &owner);
	startup.hold = mono_add(now, SECOND);
	feed(startup);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	now = startup.hold;
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	create(&owner, &plain);
	command(EVENT_STARTUP); /* the owner of some of the addresses is not that of the group's */
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

/* ---- members come and go ---- */

static void leave_and_regroup(struct engine_member *member)
{
	engine_leave(member);
	last = engine_regroup(&unit, now);
}

static void a_new_member_of_an_active_group_listens_first(void **state)
{
	(void)state;
	leave_and_regroup(&two);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(last.bits, 0);
	engine_member_init(&two, &plain);
	engine_join(&unit, &two, 52, NULL);
	facts(&two, true);
	last = engine_regroup(&unit, now);
	assert_int_equal(unit.state, ENGINE_LISTENING);
	assert_false(engine_member_serves(&two));
	assert_int_equal(does(&one) | ADD, ADD);
	pass(SECOND);
	hear(&two, 50, 9); /* whom it may preempt */
	assert_int_equal(unit.state, ENGINE_LISTENING);
	now = two.due;
	ring(&two);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_true(engine_member_serves(&two));
}

static void a_member_with_nothing_to_hand_over_is_no_successor(void **state)
{
	(void)state;
	leave_and_regroup(&two);
	engine_member_init(&two, &plain);
	engine_join(&unit, &two, 52, NULL);
	facts(&two, true);
	last = engine_regroup(&unit, now);
	command(EVENT_STANDBY);
	assert_int_equal(does(&two) & ZERO, 0);
	pass(SECOND / 2);
	hear(&two, 0, 9); /* nor is who resigns there */
	pass(BOUND - SECOND / 2);
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(last.outcome, OUTCOME_NO_PEER);
}

static void put_in(struct engine_member *member, uint32_t order)
{
	engine_member_init(member, &plain);
	engine_join(&unit, member, order, NULL);
	facts(member, true);
	last = engine_regroup(&unit, now);
}

/* As long as the others serve, so does it, once it has listened. */
static void a_new_member_is_served_also_while_its_group_resigns_issue_8_35(void **state)
{
	(void)state;
	leave_and_regroup(&two);
	put_in(&two, 52);
	pass(DOWN_100 - SECOND);
	command(EVENT_SHUTDOWN); /* while it listens */
	assert_false(engine_member_serves(&two));
	pass(SECOND);
	ring(&two);
	assert_int_equal(last.bits, ZERO | ADD | ANNOUNCE);
	assert_true(engine_member_serves(&two));
	assert_int_equal(unit.state, ENGINE_RESIGNING);
}

static void a_member_that_comes_to_a_resigning_group_listens_issue_8_35(void **state)
{
	(void)state;
	leave_and_regroup(&two);
	command(EVENT_STANDBY);
	put_in(&two, 52);
	assert_int_equal(unit.state, ENGINE_RESIGNING);
	assert_false(engine_member_serves(&two));
	assert_true(mono_diff(two.due, now) > 0);
	hear(&one, 50, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(last.outcome, OUTCOME_HANDED_OVER);
	assert_int_equal(does(&two) & (ADVERT | ZERO | ADD), 0);
}

static void regroup_with(struct engine_member *member, struct engine *from)
{
	engine_leave(member);
	engine_join(&unit, member, 52, from);
	last = engine_regroup(&unit, now);
}

/* Takes `two` out into a unit of its own. */
static struct engine *part(struct engine *alone)
{
	engine_leave(&two);
	engine_init(alone);
	engine_join(alone, &two, 52, &unit);
	engine_regroup(alone, now);
	engine_regroup(&unit, now);
	return alone;
}

static void an_active_member_of_a_resigning_group_is_handed_over_issue_8_35(void **state)
{
	struct engine alone, *from = part(&alone);

	(void)state;
	command(EVENT_STANDBY);
	regroup_with(&two, from);
	assert_int_equal(does(&two), ZERO | SILENCE);
	assert_int_equal(does(&one), 0);
	hear(&one, 50, 9);
	assert_int_equal(unit.state, ENGINE_RESIGNING); /* it waits for a successor there, too */
	hear(&two, 50, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

static void a_member_that_cannot_ends_a_resigning_groups_role_issue_8_35(void **state)
{
	(void)state;
	leave_and_regroup(&two);
	command(EVENT_STANDBY);
	engine_member_init(&two, &plain);
	engine_join(&unit, &two, 52, NULL);
	facts(&two, false);
	last = engine_regroup(&unit, now);
	assert_int_equal(unit.state, ENGINE_FAULT);
	assert_int_equal(last.outcome, OUTCOME_FAULT);
}

static void a_resigning_member_of_an_active_group_speaks_again_issue_8_32(void **state)
{
	struct engine alone, *from = part(&alone);

	(void)state;
	engine_handle(from, &(struct engine_event){.kind = EVENT_STANDBY}, now);
	assert_int_equal(from->state, ENGINE_RESIGNING);
	regroup_with(&two, from);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	ring(&two);
	assert_int_equal(last.bits, ADVERT);
}

/* Hosts may have heard us where the winner never did: it has to answer, and announces. */
static void the_end_of_a_hand_over_has_its_last_words_issue_8_35(void **state)
{
	(void)state;
	command(EVENT_STANDBY);
	pass(SECOND);
	hear(&one, 50, 9);
	pass(BOUND - SECOND);
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(does(&one), ADVERT | SILENCE | NOTIFY);
	assert_int_equal(does(&two), ZERO | SILENCE | NOTIFY);
}

/* Priority 0 is no successor's voice: the timer has been running since we resigned. */
static void a_hand_over_counts_from_no_word_but_a_successors_issue_8_32(void **state)
{
	struct mono resigned;

	(void)state;
	command(EVENT_STANDBY);
	resigned = now;
	pass(SECOND / 2);
	hear(&one, 50, 9);
	pass(SECOND / 2);
	hear(&one, 0, 9); /* it resigns, too */
	hear(&two, 50, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(mono_diff(one.due, resigned) == 3 * SECOND + SKEW_1);
}

static void what_was_heard_before_a_hand_over_does_not_count_issue_8_32(void **state)
{
	struct mono resigned;

	(void)state;
	hear(&two, 50, 9); /* the last word of one that gave way */
	pass(SECOND / 2);
	command(EVENT_STANDBY);
	resigned = now;
	pass(SECOND);
	hear(&one, 50, 9);
	pass(BOUND - SECOND);
	ring(NULL);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(mono_diff(two.due, resigned) == 3 * SECOND + SKEW_1);
}

static void priority_0_on_one_link_has_all_announce_issue_8_35(void **state)
{
	(void)state;
	hear(&one, 0, 9);
	assert_int_equal(does(&one), ADVERT | ANNOUNCE);
	assert_int_equal(does(&two), ANNOUNCE);
}

/* Standing back, a group lets an Active router be whom it was about to preempt; who has resigned
 * is none. */
static void standing_back_waits_for_nobody_who_resigned_issue_8_32(void **state)
{
	(void)state;
	hear(&one, 150, 9);
	hear(&two, 150, 9);
	hear(&two, 0, 9);
	pass(SKEW_100);
	ring(&two);
	hear(&one, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(two.expired);
	command(EVENT_STANDBY);
	assert_true(two.expired);
}

/* Adverts are never exactly an interval apart: one that comes late goes on with the contest. */
static void a_contest_ends_with_a_peer_that_is_a_little_late_issue_8_32(void **state)
{
	(void)state;
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	pass(SECOND);
	ring(&one);
	ring(&two);
	pass(SECOND / 20);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

/* Who has yielded is not heard again: the next one that outranks a member is another contest. */
static void a_contest_of_before_is_no_part_of_the_next_issue_8_35(void **state)
{
	(void)state;
	hear(&two, 150, 9);
	for (unsigned i = 0; i < 4; i++) {
		pass(SECOND);
		ring(&one);
		ring(&two);
	}
	pass(SECOND / 2);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	pass(SECOND * 3 / 4);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

static void priority_0_ends_a_contest_issue_8_32(void **state)
{
	(void)state;
	hear(&two, 150, 9);
	assert_int_not_equal(unit.contest.us, 0);
	hear(&one, 0, 9);
	assert_int_equal(unit.contest.us, 0);
	pass(SECOND * 3 / 4); /* in time for a contest to be lost */
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
}

/* Who resigns where we decide is not one that has to yield there. */
static void priority_0_is_nobody_to_wait_for_in_a_contest_issue_8_32(void **state)
{
	(void)state;
	hear(&one, 0, 9);
	hear(&two, 150, 9);
	pass(SECOND * 3 / 4);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
}

static void a_better_router_on_the_new_link_gets_the_role(void **state)
{
	(void)state;
	leave_and_regroup(&two);
	engine_member_init(&two, &plain);
	engine_join(&unit, &two, 52, NULL);
	facts(&two, true);
	last = engine_regroup(&unit, now);
	hear(&two, 150, 9);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(does(&one), ZERO | SILENCE | NOTIFY);
	assert_int_equal(does(&two) & (ADVERT | ZERO), 0); /* it has never spoken there */
	assert_int_not_equal(unit.release_due.us, 0);	   /* what was served lingers */
}

static void active_and_backup_together_are_active_and_listen(void **state)
{
	struct engine alone;

	(void)state;
	engine_leave(&two); /* as if the group had been these two: one Active, one Backup */
	engine_init(&alone);
	engine_member_init(&two, &plain);
	engine_join(&alone, &two, 52, NULL);
	last = engine_handle(
		&alone,
		&(struct engine_event){
			.kind = EVENT_FACTS, .member = &two, .able = true, .source = ipv4(2, 5)},
		now);
	engine_handle(&alone, &(struct engine_event){.kind = EVENT_STARTUP}, now);
	assert_int_equal(alone.state, ENGINE_BACKUP);
	engine_leave(&two);
	engine_join(&unit, &two, 52, &alone);
	last = engine_regroup(&unit, now);
	assert_int_equal(unit.state, ENGINE_LISTENING);
	assert_int_equal(does(&one) & NOTIFY, 0);
	assert_int_equal(two.actions & NOTIFY, NOTIFY); /* its role is another one now */
}

static void who_leaves_a_group_keeps_its_role(void **state)
{
	struct engine alone;

	(void)state;
	engine_leave(&two);
	engine_init(&alone);
	engine_join(&alone, &two, 52, &unit);
	last = engine_regroup(&alone, now);
	assert_int_equal(alone.state, ENGINE_ACTIVE);
	assert_int_equal(last.bits & NOTIFY, 0);
	last = engine_regroup(&unit, now);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(last.bits & NOTIFY, 0);
}

static void a_group_without_the_member_in_fault_begins(void **state)
{
	(void)state;
	facts(&two, false);
	leave_and_regroup(&two);
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_int_equal(last.bits & NOTIFY, NOTIFY);
}

static void a_group_without_the_member_it_waited_for_becomes_active(void **state)
{
	(void)state;
	pass(DOWN_100);
	ring(&one);
	leave_and_regroup(&two);
	assert_int_equal(unit.state, ENGINE_ACTIVE);
}

/* ---- after a predecessor's death ---- */

static void adopt(enum instance_state first, enum instance_state second, struct mono sent)
{
	struct engine_journal journal = {.state = first, .advert_sent = sent};

	create(&plain, &plain);
	engine_member_adopt(&one, &journal);
	journal.state = second;
	journal.advert_sent = now;
	engine_member_adopt(&two, &journal);
	last = engine_adopt(&unit, now);
}

static void a_role_that_all_had_goes_on(void **state)
{
	(void)state;
	adopt(INSTANCE_ACTIVE, INSTANCE_ACTIVE, (struct mono){START - SECOND});
	assert_int_equal(unit.state, ENGINE_ACTIVE);
	assert_int_equal(last.bits, ADVERT | ADD | ANNOUNCE);
	adopt(INSTANCE_ACTIVE, INSTANCE_ACTIVE, (struct mono){START - 10 * SECOND});
	assert_int_equal(unit.state, ENGINE_LISTENING);
	assert_true(one.listening && !two.listening);
	assert_int_equal(does(&one), SILENCE | KEEP);
}

static void two_roles_left_by_a_death_within_a_change_are_backup(void **state)
{
	(void)state;
	adopt(INSTANCE_ACTIVE, INSTANCE_BACKUP, (struct mono){START - SECOND});
	assert_int_equal(unit.state, ENGINE_BACKUP);
	assert_true(mono_diff(one.due, now) == SECOND + SKEW_100);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup(test, be_active)
#define BACKUP(test) cmocka_unit_test_setup(test, be_backup)
#define SLOW(test)   cmocka_unit_test_setup(test, one_is_slow)
	static const struct CMUnitTest tests[] = {
		BACKUP(the_last_timer_makes_all_active_at_once),
		BACKUP(a_raised_takeover_is_told_on_every_link_issue_8_32),
		BACKUP(standing_back_waits_for_nobody_who_resigned_issue_8_32),
		BACKUP(a_peer_on_one_link_keeps_the_group_backup),
		BACKUP(a_peer_that_returns_makes_its_member_wait_again),
		BACKUP(priority_0_on_one_link_shortens_its_timer_only),
		ACTIVE(who_is_outranked_on_the_first_link_yields_with_all),
		ACTIVE(who_is_outranked_on_another_link_speaks_up_on_the_first),
		ACTIVE(a_peer_that_is_the_lesser_on_the_first_link_is_given_time_to_yield),
		ACTIVE(a_fault_of_one_member_is_the_groups),
		ACTIVE(a_hand_over_waits_for_a_successor_on_every_link),
		ACTIVE(a_successor_on_one_link_is_enough_when_time_is_up),
		ACTIVE(without_any_successor_the_group_stays_active),
		ACTIVE(an_order_repeats_nothing_that_was_done),
		BACKUP(takeover_is_by_all_and_raises_where_it_has_to),
		SLOW(a_member_that_was_late_listens_while_the_other_goes_on),
		SLOW(a_member_that_was_deposed_takes_the_group_along),
		SLOW(a_contest_does_not_make_a_late_member_speak),
		cmocka_unit_test(within_the_startup_delay_nobody_becomes_active),
		cmocka_unit_test(what_is_heard_within_the_startup_delay_counts),
		cmocka_unit_test(an_owner_waits_for_the_startup_delay_only),
		ACTIVE(a_new_member_of_an_active_group_listens_first),
		ACTIVE(a_member_with_nothing_to_hand_over_is_no_successor),
		ACTIVE(a_new_member_is_served_also_while_its_group_resigns_issue_8_35),
		ACTIVE(a_member_that_comes_to_a_resigning_group_listens_issue_8_35),
		ACTIVE(an_active_member_of_a_resigning_group_is_handed_over_issue_8_35),
		ACTIVE(a_member_that_cannot_ends_a_resigning_groups_role_issue_8_35),
		ACTIVE(a_resigning_member_of_an_active_group_speaks_again_issue_8_32),
		ACTIVE(the_end_of_a_hand_over_has_its_last_words_issue_8_35),
		ACTIVE(a_hand_over_counts_from_no_word_but_a_successors_issue_8_32),
		ACTIVE(what_was_heard_before_a_hand_over_does_not_count_issue_8_32),
		ACTIVE(priority_0_on_one_link_has_all_announce_issue_8_35),
		ACTIVE(a_contest_ends_with_a_peer_that_is_a_little_late_issue_8_32),
		ACTIVE(a_contest_of_before_is_no_part_of_the_next_issue_8_35),
		ACTIVE(priority_0_ends_a_contest_issue_8_32),
		ACTIVE(priority_0_is_nobody_to_wait_for_in_a_contest_issue_8_32),
		ACTIVE(a_better_router_on_the_new_link_gets_the_role),
		ACTIVE(active_and_backup_together_are_active_and_listen),
		ACTIVE(who_leaves_a_group_keeps_its_role),
		ACTIVE(a_group_without_the_member_in_fault_begins),
		BACKUP(a_group_without_the_member_it_waited_for_becomes_active),
		cmocka_unit_test(a_role_that_all_had_goes_on),
		cmocka_unit_test(two_roles_left_by_a_death_within_a_change_are_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
