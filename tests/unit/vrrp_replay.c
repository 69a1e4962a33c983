/*
 * The guard against replayed adverts: two routers, each with clocks that can be stepped at will.
 * Whatever happens to the clocks, routers that heard each other before go on to, and a repeated
 * number is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/wire/replay.h"

#define SECOND USEC_PER_SEC
#define HOUR   (3600 * SECOND)
#define WINDOW (5 * SECOND)
#define EPOCH  INT64_C(1764000000000000) /* µs: 2025-11-24 */
#define SEED   20251125u

/* A router: its guard, its address, and how its clocks stand to the true time. */
struct router {
	struct replay guard;
	struct address address;
	int64_t wall_error, mono_error; /* µs */
};

static int64_t true_time; /* µs */

static struct replay_now clocks(const struct router *router)
{
	return (struct replay_now){{true_time + router->mono_error},
				   {EPOCH + true_time + router->wall_error}};
}

static struct router router_at(uint8_t number, bool monotonic, int64_t wall_error)
{
	const struct hmac_journal none = {0};
	struct router router = {.wall_error = wall_error, .mono_error = number * 77 * SECOND};

	router.address = (struct address){.family = AF_INET, .bytes = {10, 0, 0, number}};
	replay_start(&router.guard, &none, clocks(&router));
	replay_configure(&router.guard, monotonic, WINDOW);
	return router;
}

static enum packet_refusal hear(struct router *to, const struct router *from, uint64_t number)
{
	return replay_accept(&to->guard, &from->address, number, clocks(to));
}

static enum packet_refusal say(struct router *from, struct router *to)
{
	return hear(to, from, replay_next(&from->guard, clocks(from)));
}

/* So many adverts, one a second, one way; all are accepted. */
static void assert_heard(struct router *from, struct router *to, unsigned count)
{
	for (; count > 0; count--) {
		assert_int_equal(say(from, to), PACKET_ACCEPTED);
		true_time += SECOND;
	}
}

static int setup(void **state)
{
	(void)state;
	true_time = HOUR;
	return 0;
}

static void number_is_the_time_and_then_a_counter(void **state)
{
	struct router one = router_at(1, false, 0);
	uint64_t first = replay_next(&one.guard, clocks(&one));

	(void)state;
	assert_int_equal(first >> 32, (EPOCH + true_time) / SECOND);
	assert_int_equal(first & UINT32_MAX, 0);
	assert_int_equal(replay_next(&one.guard, clocks(&one)) - first, 1);
	true_time += SECOND / 2;
	assert_int_equal(replay_next(&one.guard, clocks(&one)) & UINT32_MAX, 0x80000000);
	assert_int_equal(replay_ahead(first, (struct wall){EPOCH + HOUR - SECOND}), SECOND);
	assert_int_equal(replay_ahead(first, (struct wall){EPOCH + HOUR + 3 * SECOND / 2}),
			 -3 * SECOND / 2);
}

static void what_was_accepted_once_is_refused_after(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
	uint64_t early = replay_next(&one.guard, clocks(&one));
	uint64_t late = replay_next(&one.guard, clocks(&one));

	(void)state;
	assert_int_equal(hear(&two, &one, late), PACKET_ACCEPTED);
	assert_int_equal(hear(&two, &one, late), PACKET_HMAC_REPLAY);
	assert_int_equal(hear(&two, &one, early), PACKET_HMAC_REPLAY);
	true_time += WINDOW + SECOND;
	assert_int_equal(hear(&two, &one, late), PACKET_HMAC_STALE);
}

static void senders_are_told_apart(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
	struct router other = router_at(3, false, 0);
	uint64_t number = replay_next(&one.guard, clocks(&one));

	(void)state;
	assert_int_equal(hear(&two, &one, number), PACKET_ACCEPTED);
	assert_int_equal(hear(&two, &other, number), PACKET_ACCEPTED);
	assert_int_equal(hear(&two, &one, number), PACKET_HMAC_REPLAY);
	assert_int_equal(hear(&two, &other, number), PACKET_HMAC_REPLAY);
}

static void window_has_two_sides(void **state)
{
	static const struct {
		int64_t error;
		enum packet_refusal refusal;
	} cases[] = {
		{WINDOW - SECOND / 100, PACKET_ACCEPTED},
		{WINDOW + SECOND / 100, PACKET_HMAC_STALE},
		{-WINDOW + SECOND / 100, PACKET_ACCEPTED},
		{-WINDOW - SECOND / 100, PACKET_HMAC_STALE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct router one = router_at(1, false, cases[i].error);
		struct router two = router_at(2, false, 0);

		assert_int_equal(say(&one, &two), cases[i].refusal);
	}
}

/* Forward and back, by less and by far more than the window, of who sends and of who hears. */
static void step_of_a_clock_changes_nothing_between_routers_that_agreed(void **state)
{
	static const int64_t steps[] = {HOUR,	     -HOUR,	 3 * SECOND,
					-3 * SECOND, SECOND / 2, -SECOND / 2};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

		assert_heard(&one, &two, 3); /* two knows one */
		assert_heard(&two, &one, 3); /* and the other way round */
		one.wall_error += steps[i];
		assert_heard(&one, &two, 3);
		assert_heard(&two, &one, 3);
		assert_heard(&one, &two, 1000);
		one.wall_error -= steps[i];
		assert_heard(&one, &two, 3);
		assert_heard(&two, &one, 3);
	}
}

/* It may be Active for years, and nobody answers: a Backup is silent. */
static void step_of_a_router_that_only_ever_spoke_changes_nothing_issue_8_16(void **state)
{
	static const int64_t steps[] = {HOUR, -HOUR, 3 * SECOND, -3 * SECOND};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
		struct router three = router_at(3, false, 0);

		assert_heard(&one, &two, 10);
		one.wall_error = steps[i];
		assert_heard(&one, &two, 10);
		assert_heard(&one, &three, 10); /* who comes later */
		assert_heard(&two, &one, 1);
		assert_heard(&one, &two, 10);
	}
}

static void step_of_a_router_that_only_ever_listened_changes_nothing_issue_8_16(void **state)
{
	static const int64_t steps[] = {HOUR, -HOUR, 3 * SECOND, -3 * SECOND};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

		assert_heard(&one, &two, 10);
		for (int again = 0; again < 10; again++) {
			two.wall_error += steps[i];
			assert_heard(&one, &two, 10);
		}
		assert_heard(&two, &one, 10);
	}
}

/* What a sender does that numbers by its clock alone, as others' programs do. */
static uint64_t by_clock(const struct router *router)
{
	return (uint64_t)((EPOCH + true_time + router->wall_error) / SECOND) << 32;
}

static void clock_of_a_peer_set_forward_is_followed_issue_8_16(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
	uint64_t early, late;

	(void)state;
	assert_int_equal(hear(&two, &one, by_clock(&one)), PACKET_ACCEPTED);
	true_time += SECOND;
	one.wall_error = HOUR;
	late = by_clock(&one);
	for (int second = 0; second < 10; second++, true_time += SECOND)
		assert_int_equal(hear(&two, &one, by_clock(&one)), PACKET_ACCEPTED);
	one.wall_error = 0;
	early = by_clock(&one);
	assert_int_equal(hear(&two, &one, early), PACKET_ACCEPTED);
	assert_int_equal(hear(&two, &one, early), PACKET_HMAC_REPLAY);
	assert_int_not_equal(hear(&two, &one, late), PACKET_ACCEPTED);
	assert_int_not_equal(hear(&two, &one, late + 10), PACKET_ACCEPTED);
	one = router_at(4, false, 0); /* of whom nothing is known */
	assert_int_equal(hear(&two, &one, late), PACKET_HMAC_STALE);
}

static void clock_of_a_peer_set_back_is_refused_and_named_issue_8_16(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

	(void)state;
	assert_int_equal(hear(&two, &one, by_clock(&one)), PACKET_ACCEPTED);
	true_time += 2 * SECOND;
	assert_int_equal(replay_set_back(&two.guard, &one.address, by_clock(&one), clocks(&two)),
			 0);
	one.wall_error = -HOUR;
	assert_int_equal(hear(&two, &one, by_clock(&one)), PACKET_HMAC_STALE);
	assert_int_equal(replay_set_back(&two.guard, &one.address, by_clock(&one), clocks(&two)),
			 HOUR);
}

/* What is refused for less, as a replay is, is no clock that was set back. */
static void within_the_window_no_clock_was_set_back_issue_8_32(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

	(void)state;
	assert_int_equal(hear(&two, &one, by_clock(&one)), PACKET_ACCEPTED);
	one.wall_error = -WINDOW / 2;
	assert_int_equal(hear(&two, &one, by_clock(&one)), PACKET_HMAC_REPLAY);
	assert_int_equal(replay_set_back(&two.guard, &one.address, by_clock(&one), clocks(&two)),
			 0);
}

/* Its time is the one that its peers have followed, and not the clock at its start. */
static void restarted_role_that_had_only_sent_keeps_its_time_issue_8_32(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
	struct hmac_journal journal;

	(void)state;
	assert_heard(&one, &two, 3);
	one.wall_error = -HOUR;
	journal = one.guard.journal;
	memset(&one.guard.journal, 0, sizeof(one.guard.journal));
	replay_start(&one.guard, &journal, clocks(&one));
	assert_heard(&one, &two, 3);
}

static void router_with_a_wrong_clock_is_heard_once_it_is_set(void **state)
{
	static const int64_t errors[] = {-20 * 365 * 24 * HOUR, 24 * HOUR};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct router one = router_at(1, false, errors[i]);
		struct router two = router_at(2, false, 0);

		assert_int_equal(say(&one, &two), PACKET_HMAC_STALE);
		assert_int_equal(say(&two, &one), PACKET_HMAC_STALE);
		one.wall_error = 0;
		assert_heard(&one, &two, 10);
		assert_heard(&two, &one, 10);
	}
}

/* All clocks are set back; then one daemon is started anew, which knows only the new time. */
static void routers_whose_clocks_were_all_stepped_follow_a_new_one(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

	(void)state;
	assert_heard(&one, &two, 3);
	assert_heard(&two, &one, 3);
	one.wall_error = two.wall_error = -HOUR;
	assert_heard(&one, &two, 3);
	assert_heard(&two, &one, 3);
	two = router_at(2, false, -HOUR);
	assert_heard(&two, &one, 3);
	assert_heard(&one, &two, 3);
	assert_heard(&two, &one, 3);
}

static void restarted_role_goes_on_after_what_it_has_sent(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
	struct hmac_journal journal;
	uint64_t last;

	(void)state;
	assert_heard(&one, &two, 1);
	true_time -= SECOND;
	for (unsigned i = 0; i < 100; i++) /* faster than the clock's unit */
		assert_int_equal(say(&one, &two), PACKET_ACCEPTED);
	last = one.guard.journal.sent;
	journal = one.guard.journal;
	one.wall_error = -SECOND;
	replay_start(&one.guard, &journal, clocks(&one));
	assert_int_equal(say(&one, &two), PACKET_ACCEPTED);
	assert_int_equal(one.guard.journal.sent, last + 1);
	journal = two.guard.journal;
	memset(&two.guard.journal, 0, sizeof(two.guard.journal));
	replay_start(&two.guard, &journal, clocks(&two));
	assert_int_equal(hear(&two, &one, last), PACKET_HMAC_REPLAY);
}

static void restarted_daemon_goes_on_by_the_clock(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(say(&one, &two), PACKET_ACCEPTED);
	true_time += SECOND / 10;
	one = router_at(1, false, 0);
	assert_int_equal(say(&one, &two), PACKET_ACCEPTED);
}

static void monotonic_guard_asks_no_clock_and_never_goes_back(void **state)
{
	struct router one = router_at(1, true, 24 * HOUR), two = router_at(2, true, 0);
	uint64_t first = replay_next(&one.guard, clocks(&one));

	(void)state;
	assert_int_equal(hear(&two, &one, first), PACKET_ACCEPTED);
	one.wall_error = -24 * HOUR;
	assert_heard(&one, &two, 10);
	true_time += 24 * HOUR;
	assert_int_equal(hear(&two, &one, first), PACKET_HMAC_REPLAY);
	assert_heard(&one, &two, 10);
}

static void memory_is_bounded_and_forgets_the_one_not_heard_for_longest(void **state)
{
	struct router two = router_at(2, false, 0);
	struct router senders[HMAC_SENDERS + 1];
	uint64_t number = 0;

	(void)state;
	for (uint8_t i = 0; i <= HMAC_SENDERS; i++) {
		senders[i] = router_at((uint8_t)(10 + i), false, 0);
		number = replay_next(&senders[i].guard, clocks(&senders[i]));
		assert_int_equal(hear(&two, &senders[i], number), PACKET_ACCEPTED);
		true_time += SECOND / 100;
	}
	for (uint8_t i = HMAC_SENDERS; i > 0; i--)
		assert_int_equal(hear(&two, &senders[i], 0 + senders[i].guard.journal.sent),
				 PACKET_HMAC_REPLAY);
}

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

/* A step, small or large, to a random error or back to none. */
static void step_clock(struct router *router)
{
	int64_t size = random_below(2) ? 4 * SECOND : 48 * HOUR;

	router->wall_error = random_below(3) ? (int64_t)random_below((uint64_t)size) - size / 2 : 0;
}

/* One of two clocks is stepped again and again; adverts go both ways, and each is also sent twice:
 * never is the second accepted, and never are the routers deaf to each other. */
static void random_steps_of_one_clock_neither_deafen_nor_let_a_replay_pass(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);
	uint64_t heard[2][64] = {{0}};
	unsigned n = 0;

	(void)state;
	print_message("seed %u\n", SEED);
	random_state = SEED;
	assert_heard(&one, &two, 2);
	assert_heard(&two, &one, 2);
	for (unsigned turn = 0; turn < 20000; turn++, n++) {
		bool forth = random_below(2);
		struct router *from = forth ? &one : &two, *to = forth ? &two : &one;
		uint64_t number = replay_next(&from->guard, clocks(from));

		assert_int_equal(hear(to, from, number), PACKET_ACCEPTED);
		heard[forth][n % 64] = number;
		number = heard[forth][random_below(64)];
		if (number != 0)
			assert_int_not_equal(hear(to, from, number), PACKET_ACCEPTED);
		true_time += (int64_t)random_below(2 * SECOND);
		if (random_below(20) == 0)
			step_clock(&one);
	}
}

/* µs by which a router's next number is ahead of its wall clock. */
static int64_t ahead_of_clock(struct router *router)
{
	struct replay_now now = clocks(router);

	return replay_ahead(replay_next(&router->guard, now), now.wall);
}

/* Within the window: what is agreed is nearer to the peer's time than the clock as it is now. */
static void a_small_step_of_our_clock_is_not_agreed(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

	(void)state;
	assert_heard(&one, &two, 3);
	assert_heard(&two, &one, 3);
	one.wall_error += WINDOW - SECOND;
	assert_heard(&two, &one, 3);
	assert_in_range(ahead_of_clock(&one) + WINDOW, 0, 2 * SECOND);
	assert_heard(&one, &two, 3);
}

static void a_clock_that_was_never_set_is_left_at_once(void **state)
{
	struct router one = router_at(1, false, -EPOCH);

	(void)state;
	for (unsigned i = 0; i < 3; i++, true_time += SECOND)
		replay_next(&one.guard, clocks(&one));
	one.wall_error = 0;
	assert_in_range(ahead_of_clock(&one) + SECOND, 0, 2 * SECOND);
}

/* Of a router that was never answered: an advert that waited somewhere is no word against its
 * time, one of another hour is. */
static void only_what_is_far_from_our_time_disputes_it(void **state)
{
	struct router one = router_at(1, false, 0), two = router_at(2, false, 0);

	(void)state;
	replay_next(&one.guard, clocks(&one));
	true_time += SECOND;
	one.wall_error += HOUR;
	two.wall_error -= 30 * SECOND;
	assert_int_equal(say(&two, &one), PACKET_HMAC_STALE);
	assert_in_range(ahead_of_clock(&one) + HOUR + SECOND, 0, 2 * SECOND);
	two.wall_error -= 60 * SECOND;
	two.guard.journal.disputed = true; /* it sends by its clock */
	assert_int_equal(say(&two, &one), PACKET_HMAC_STALE);
	assert_in_range(ahead_of_clock(&one) + SECOND, 0, 2 * SECOND);
}

/* Who is asked for numbers only never sends a lesser one, whatever its clock does. */
static void monotonic_numbers_do_not_follow_a_clock_back(void **state)
{
	struct router one = router_at(1, true, -EPOCH + 1000 * HOUR);
	uint64_t last = replay_next(&one.guard, clocks(&one));

	(void)state;
	one.wall_error -= HOUR;
	assert_true(replay_next(&one.guard, clocks(&one)) == last + 1);
}

#define REPLAY_TEST(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLAY_TEST(number_is_the_time_and_then_a_counter),
		REPLAY_TEST(what_was_accepted_once_is_refused_after),
		REPLAY_TEST(senders_are_told_apart),
		REPLAY_TEST(window_has_two_sides),
		REPLAY_TEST(step_of_a_clock_changes_nothing_between_routers_that_agreed),
		REPLAY_TEST(step_of_a_router_that_only_ever_spoke_changes_nothing_issue_8_16),
		REPLAY_TEST(step_of_a_router_that_only_ever_listened_changes_nothing_issue_8_16),
		REPLAY_TEST(clock_of_a_peer_set_forward_is_followed_issue_8_16),
		REPLAY_TEST(clock_of_a_peer_set_back_is_refused_and_named_issue_8_16),
		REPLAY_TEST(within_the_window_no_clock_was_set_back_issue_8_32),
		REPLAY_TEST(restarted_role_that_had_only_sent_keeps_its_time_issue_8_32),
		REPLAY_TEST(router_with_a_wrong_clock_is_heard_once_it_is_set),
		REPLAY_TEST(routers_whose_clocks_were_all_stepped_follow_a_new_one),
		REPLAY_TEST(restarted_role_goes_on_after_what_it_has_sent),
		REPLAY_TEST(restarted_daemon_goes_on_by_the_clock),
		REPLAY_TEST(monotonic_guard_asks_no_clock_and_never_goes_back),
		REPLAY_TEST(memory_is_bounded_and_forgets_the_one_not_heard_for_longest),
		REPLAY_TEST(a_small_step_of_our_clock_is_not_agreed),
		REPLAY_TEST(a_clock_that_was_never_set_is_left_at_once),
		REPLAY_TEST(only_what_is_far_from_our_time_disputes_it),
		REPLAY_TEST(monotonic_numbers_do_not_follow_a_clock_back),
		REPLAY_TEST(random_steps_of_one_clock_neither_deafen_nor_let_a_replay_pass),
	};

	return cmocka_run_group_tests_name("vrrp replay", tests, NULL, NULL);
}
