/* Leases: when addresses are renewed, and when not any more.  In real time, since a lease is about
 * nothing else; the kernel is not asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "vrrp/net/addresses.h"
#include "vrrp/net/lease.h"

#define MANY 5000

static struct loop *loop;
static struct leases *leases;
static struct virtual_address addresses[MANY];
static unsigned n_renewed, n_lapsed;
static struct mono first_renewal;

static void on_put(struct rtnetlink_batch *batch, struct virtual_address *address, uint32_t seconds)
{
	(void)batch;
	(void)address;
	assert_true(seconds > 0);
	if (n_renewed++ == 0)
		first_renewal = mono_read();
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
	leases = leases_create(loop, on_put, on_lapsed, NULL);
	n_renewed = n_lapsed = 0;
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
		cmocka_unit_test_setup_teardown(leases_grow_where_there_are_too_many_to_renew,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
