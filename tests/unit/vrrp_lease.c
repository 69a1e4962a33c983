/* Leases: when addresses are renewed, and when not any more.  In real time, since a lease is about
 * nothing else; the kernel is not asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>
#include <unistd.h>

#include "vrrp/net/addresses.h"
#include "vrrp/net/lease.h"

#define MANY	  5000
#define ONE_BATCH 64 /* at most */

static struct loop *loop;
static struct leases *leases;
static struct virtual_address addresses[MANY];
static unsigned n_renewed, n_lapsed;
static struct mono first_renewal;
static int64_t cost; /* ns of processor time that a renewal takes */
static void (*after_it)(void);

static int64_t processor_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void on_put(struct rtnetlink_batch *batch, struct virtual_address *address, uint32_t seconds)
{
	(void)batch;
	(void)address;
	assert_true(seconds > 0);
	if (n_renewed++ == 0)
		first_renewal = mono_read();
	for (int64_t end = processor_time() + cost; cost > 0 && processor_time() < end;)
		;
	if (after_it)
		after_it();
}

static bool refuses;

static bool may(const struct virtual_address *address, void *data)
{
	(void)address;
	(void)data;
	return !refuses;
}

static void on_lapsed(struct virtual_address *address, void *data)
{
	(void)address;
	(void)data;
	n_lapsed++;
}

static int set_up(void **state)
{
	(void)state;
	loop = loop_create();
	leases = leases_create(loop, on_put, may, on_lapsed, NULL);
	n_renewed = n_lapsed = 0;
	cost = 0;
	refuses = false;
	after_it = NULL;
	for (size_t i = 0; i < MANY; i++)
		addresses[i] = (struct virtual_address){.lease = {.seconds = 1}};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leases_destroy(leases);
	loop_destroy(loop);
	return 0;
}

/* Gives the kernel `n` of them, now. */
static void begin(size_t n)
{
	for (size_t i = 0; i < n; i++)
		leases_begin(leases, &addresses[i], leases_seconds(leases, &addresses[i]));
}

static void run(int64_t duration)
{
	struct mono end = mono_add(mono_read(), duration);

	while (mono_before(mono_read(), end))
		loop_turn(loop, 10 * USEC_PER_MSEC);
}

static void a_lease_is_renewed_when_a_third_has_passed(void **state)
{
	struct mono began = mono_read();

	(void)state;
	begin(1);
	run(500 * USEC_PER_MSEC);
	assert_true(n_renewed >= 1);
	assert_true(mono_diff(first_renewal, began) >= USEC_PER_SEC / 4);
	run(400 * USEC_PER_MSEC);
	assert_true(n_renewed >= 2);
	assert_int_equal(n_lapsed, 0);
	assert_false(leases_lapsed(&addresses[0]));
}

static void one_that_ends_is_told_and_not_renewed(void **state)
{
	(void)state;
	begin(2);
	usleep(1100 * 1000);
	assert_true(leases_lapsed(&addresses[0]));
	run(50 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 0);
	assert_int_equal(n_lapsed, 2);
	run(500 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 0);
	begin(1);
	assert_false(leases_lapsed(&addresses[0]));
	assert_true(leases_lapsed(&addresses[1]));
}

static void one_that_is_given_up_is_not_renewed(void **state)
{
	(void)state;
	begin(2);
	leases_end(leases, &addresses[0]);
	leases_end(leases, &addresses[1]);
	run(500 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 0);
	assert_int_equal(n_lapsed, 0);
	assert_false(leases_lapsed(&addresses[0]));
}

static void without_a_lease_an_address_is_permanent(void **state)
{
	(void)state;
	addresses[0].lease.seconds = 0;
	assert_int_equal(leases_seconds(leases, &addresses[0]), ADDRESS_FOREVER);
	begin(1);
	run(500 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 0);
	assert_false(leases_lapsed(&addresses[0]));
}

static void leases_grow_where_there_are_too_many_to_renew(void **state)
{
	(void)state;
	begin(10);
	assert_int_equal(leases_seconds(leases, &addresses[0]), 1);
	begin(MANY);
	assert_true(leases_seconds(leases, &addresses[0]) > 1);
	for (size_t i = 10; i < MANY; i++)
		leases_end(leases, &addresses[i]);
	assert_int_equal(leases_seconds(leases, &addresses[0]), 1);
}

/* As if the address had been renewed so long ago; another class has the timer set anew. */
static void age(struct virtual_address *address, int64_t age)
{
	address->lease.renewed = mono_add(mono_read(), -age);
	addresses[MANY - 1].lease.seconds = 1000;
	leases_end(leases, &addresses[MANY - 1]);
	leases_begin(leases, &addresses[MANY - 1], 1000);
}

static void just_before_its_end_a_lease_is_renewed_just_after_it_is_not_issue_8_32(void **state)
{
	(void)state;
	addresses[0].lease.seconds = addresses[1].lease.seconds = 60;
	begin(1);
	age(&addresses[0], 58 * USEC_PER_SEC);
	assert_false(leases_lapsed(&addresses[0]));
	run(20 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 1);
	assert_int_equal(n_lapsed, 0);
	/* The kernel may end it up to an eighth of a second early. */
	age(&addresses[0], 60 * USEC_PER_SEC - 200 * USEC_PER_MSEC);
	assert_true(leases_lapsed(&addresses[0]));
	run(20 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 1);
	assert_int_equal(n_lapsed, 1);
}

/* What the kernel was told is what counts, also when leases have grown since. */
static void an_address_with_a_short_lease_is_renewed_in_time_when_leases_grow_issue_8_32(
	void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY - 1; i++)
		addresses[i].lease.seconds = 3;
	begin(1);
	assert_int_equal(addresses[0].lease.told, 3);
	for (size_t i = 1; i < MANY - 1; i++)
		leases_begin(leases, &addresses[i], leases_seconds(leases, &addresses[i]));
	assert_true(leases_seconds(leases, &addresses[0]) > 4);
	age(&addresses[0], 1200 * USEC_PER_MSEC);
	run(20 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 1);
	assert_true(addresses[0].lease.told > 4);
	assert_int_equal(n_lapsed, 0);
}

/* Of leases of several lengths the one that is due first sets the timer. */
static void a_short_lease_beside_a_long_one_is_renewed_in_time_issue_8_32(void **state)
{
	(void)state;
	addresses[0].lease.seconds = addresses[2].lease.seconds = 60;
	addresses[1].lease.seconds = 3;
	begin(3);
	run(1500 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 1);
	assert_false(leases_lapsed(&addresses[1]));
	assert_int_equal(n_lapsed, 0);
}

static struct mono paused_since;

/* The other address has missed one renewal, and almost two. */
static void nearly_miss(void)
{
	after_it = NULL;
	cost = 0;
	paused_since = mono_read();
	addresses[1].lease.renewed =
		mono_add(paused_since, -(39 * USEC_PER_SEC + USEC_PER_SEC / 2));
}

/* The pause after a batch that took long ends where it would cost an address. */
static void no_lease_ends_for_the_pause_after_a_batch_issue_8_32(void **state)
{
	(void)state;
	addresses[0].lease.seconds = 61;
	addresses[1].lease.seconds = 60;
	begin(2);
	cost = 100 * INT64_C(1000000); /* 39 times this is the pause */
	after_it = nearly_miss;
	age(&addresses[0], 30 * USEC_PER_SEC);
	while (n_renewed == 0)
		loop_turn(loop, 10 * USEC_PER_MSEC);
	while (n_renewed < 2 && mono_diff(mono_read(), paused_since) < 3800 * USEC_PER_MSEC)
		loop_turn(loop, 10 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 2);
	assert_int_equal(n_lapsed, 0);
}

static void a_batch_is_bounded_over_all_lengths_of_leases_issue_8_32(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ONE_BATCH; i++)
		addresses[i].lease.seconds = i < ONE_BATCH ? 60 : 90;
	begin(2 * ONE_BATCH);
	for (size_t i = 0; i < 2 * ONE_BATCH; i++)
		addresses[i].lease.renewed = mono_add(mono_read(), -50 * USEC_PER_SEC);
	age(&addresses[0], 50 * USEC_PER_SEC);
	loop_turn(loop, 20 * USEC_PER_MSEC);
	assert_in_range(n_renewed, 1, ONE_BATCH);
	run(300 * USEC_PER_MSEC);
	assert_int_equal(n_renewed, 2 * ONE_BATCH);
	assert_int_equal(n_lapsed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_lease_is_renewed_when_a_third_has_passed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_that_ends_is_told_and_not_renewed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_that_is_given_up_is_not_renewed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(without_a_lease_an_address_is_permanent, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			just_before_its_end_a_lease_is_renewed_just_after_it_is_not_issue_8_32,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_address_with_a_short_lease_is_renewed_in_time_when_leases_grow_issue_8_32,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_short_lease_beside_a_long_one_is_renewed_in_time_issue_8_32, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			no_lease_ends_for_the_pause_after_a_batch_issue_8_32, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_batch_is_bounded_over_all_lengths_of_leases_issue_8_32, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(leases_grow_where_there_are_too_many_to_renew,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
