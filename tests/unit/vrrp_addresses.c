/*
 * The virtual addresses in a real kernel, in a network namespace of its own: when one that is not
 * there is added, and when not yet, not again or not any more.  The test takes the part of the
 * instances, so nothing is decided unless it says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/text.h"
#include "tests/unit/kernel.h"
#include "vrrp/net/addresses.h"

#define TRIES	 10000 /* of 1 ms, for what the kernel does in its own time */
#define EVENTS	 (ADDRESS_REFUSED + 1)
#define A_WHILE	 (300 * USEC_PER_MSEC) /* for what must not happen */
#define AS_RETRY USEC_PER_SEC	       /* addresses.c tries again so often */

/* Whose an address is. */
struct instance {
	unsigned events[EVENTS];
	struct mono last; /* event */
};

static struct loop *loop;
static struct addresses *addresses;
static struct interfaces *interfaces;
static struct interface *interface;
static struct instance one, two;

static void on_event(struct virtual_address *address, enum address_event event, int error,
		     void *data)
{
	struct instance *instance = address->owner;

	(void)error;
	(void)data;
	instance->events[event]++;
	instance->last = mono_read();
}

static void on_look(void *data)
{
	(void)data;
}

static bool may(const struct virtual_address *address, void *data)
{
	(void)address;
	(void)data;
	return true;
}

static void on_changed(struct interface *changed, void *data)
{
	(void)changed;
	(void)data;
}

/* Turns the loop until `condition` holds. */
#define SETTLE(condition)                                       \
	do {                                                    \
		for (int i = 0; i < TRIES && !(condition); i++) \
			loop_turn(loop, USEC_PER_MSEC);         \
		assert_true(condition);                         \
	} while (0)

static void turn_for(int64_t duration)
{
	struct mono end = mono_add(mono_read(), duration);

	while (mono_before(mono_read(), end))
		loop_turn(loop, 10 * USEC_PER_MSEC);
}

static int set_up(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	run("ip link add here type veth peer name there && ip link set there up && "
	    "ip link set here up");
	loop = loop_create();
	addresses = addresses_create(loop, on_event, on_look, may, NULL);
	interfaces = interfaces_create(loop, &addresses_monitored, addresses, on_changed, NULL);
	interfaces_ignore(interfaces, addresses_port(addresses));
	interface = interfaces_get(interfaces, "here");
	interfaces_refresh(interfaces);
	one = two = (struct instance){0};
	SETTLE(interface->up);
	addresses_reload_begin(addresses, 8);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	interfaces_destroy(interfaces);
	addresses_destroy(addresses);
	loop_destroy(loop);
	return 0;
}

static struct virtual_address *claim_as(const char *address, uint8_t prefix, uint32_t lease,
					struct instance *owner, bool permitted)
{
	struct address_conf conf = {.prefix = prefix, .preferred_lft = ADDRESS_FOREVER};
	const struct address_claim claimed = {
		.conf = &conf, .owner = owner, .lease = lease, .permitted = permitted};

	assert_true(address_parse(address, &conf.address));
	return addresses_claim(addresses, interface, &claimed);
}

static struct virtual_address *claim(const char *address, uint8_t prefix, uint32_t lease,
				     struct instance *owner)
{
	return claim_as(address, prefix, lease, owner, false);
}

/* 10.9.0.1/24, which `one` has. */
static struct virtual_address *serve(uint32_t lease)
{
	struct virtual_address *a = claim("10.9.0.1", 24, lease, &one);

	addresses_reload_end(addresses);
	addresses_want(addresses, a, ADDRESS_WANTED);
	SETTLE(a->present);
	return a;
}

/* The same, which the machine had before, and `one` as the owner of its addresses has found. */
static struct virtual_address *serve_own(void)
{
	struct virtual_address *a = claim_as("10.9.0.1", 24, 0, &one, true);

	addresses_reload_end(addresses);
	run("ip addr add 10.9.0.1/24 dev here");
	SETTLE(a->present);
	addresses_want(addresses, a, ADDRESS_WANTED);
	return a;
}

/* Nobody renews it, as while the process is frozen, until the kernel has removed it. */
static void freeze_until_gone(const char *address)
{
	for (int i = 0; i < 500 && is_there(address); i++)
		usleep(10000);
	assert_false(is_there(address));
}

static void an_address_that_lapsed_waits_for_the_election_issue_8_32(void **state)
{
	struct virtual_address *a = serve(2);

	(void)state;
	freeze_until_gone("10.9.0.1/24");
	SETTLE(!a->present);
	assert_int_equal(one.events[ADDRESS_LAPSED], 1);
	assert_int_equal(one.events[ADDRESS_STOLEN], 0);
	/* It is wanted still, since nobody has decided anew; neither is it in its place. */
	addresses_interface_changed(addresses, interface);
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	addresses_want(addresses, a, ADDRESS_KEPT);
	assert_true(a->lease.lapsed); /* as status tells */
	addresses_interface_changed(addresses, interface);
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	addresses_want(addresses, a, ADDRESS_WANTED);
	SETTLE(a->present);
	assert_true(is_there("10.9.0.1/24"));
	assert_int_equal(one.events[ADDRESS_LAPSED], 1);
}

static void a_reload_does_not_bring_back_what_lapsed_issue_8_32(void **state)
{
	struct virtual_address *a = serve(2);

	(void)state;
	freeze_until_gone("10.9.0.1/24");
	SETTLE(!a->present);
	addresses_reload_begin(addresses, 8);
	assert_ptr_equal(claim("10.9.0.1", 24, 2, &two), a);
	addresses_reload_end(addresses);
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	addresses_want(addresses, a, ADDRESS_WANTED);
	SETTLE(a->present);
}

static struct virtual_address *elected;
static bool was_there;

/* A deadline of the election, by which the role is lost. */
static void election_due(struct timer *timer, void *data)
{
	(void)timer;
	(void)data;
	was_there = is_there("10.9.0.1/24");
	addresses_want(addresses, elected, ADDRESS_UNWANTED);
}

static void after_a_pause_deadlines_go_before_additions_issue_8_32(void **state)
{
	struct timer deadline = {0};

	(void)state;
	elected = claim("10.9.0.1", 24, 0, &one);
	addresses_reload_end(addresses);
	was_there = false;
	addresses_want(addresses, elected, ADDRESS_WANTED);
	timer_set(loop, &deadline, mono_add(loop_now(loop), 10 * USEC_PER_MSEC), election_due,
		  NULL);
	usleep(700 * 1000);
	SETTLE(!timer_is_set(&deadline));
	assert_false(was_there);
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	assert_int_equal(one.events[ADDRESS_CAME], 0);
}

/* Without a pause nothing waits for deadlines to come, and after one an addition waits a turn. */
static void after_a_pause_additions_are_made_in_the_end_issue_8_32(void **state)
{
	struct virtual_address *a = claim("10.9.0.1", 24, 0, &one);

	(void)state;
	addresses_reload_end(addresses);
	addresses_want(addresses, a, ADDRESS_WANTED);
	usleep(700 * 1000);
	SETTLE(a->present);
}

static void what_the_kernel_refuses_is_tried_again_issue_8_32(void **state)
{
	struct virtual_address *a = claim("2001:db8::1", 64, 0, &one);
	struct mono refused;

	(void)state;
	addresses_reload_end(addresses);
	run("echo 1 >/proc/sys/net/ipv6/conf/here/disable_ipv6");
	addresses_want(addresses, a, ADDRESS_WANTED);
	SETTLE(one.events[ADDRESS_REFUSED] == 1);
	for (unsigned n = 2; n <= 3; n++) { /* and again, not only once */
		refused = one.last;
		SETTLE(one.events[ADDRESS_REFUSED] == n);
		assert_true(mono_diff(one.last, refused) > AS_RETRY / 2);
	}
	run("echo 0 >/proc/sys/net/ipv6/conf/here/disable_ipv6");
	SETTLE(a->present);
	assert_true(is_there("2001:db8::1/64"));
	assert_int_equal(one.events[ADDRESS_CAME], 1);
	turn_for(AS_RETRY + A_WHILE);
	assert_int_equal(one.events[ADDRESS_REFUSED], 3);
}

static void what_is_refused_and_not_wanted_any_more_is_not_tried_issue_8_32(void **state)
{
	struct virtual_address *a = claim("2001:db8::1", 64, 0, &one);

	(void)state;
	addresses_reload_end(addresses);
	run("echo 1 >/proc/sys/net/ipv6/conf/here/disable_ipv6");
	addresses_want(addresses, a, ADDRESS_WANTED);
	SETTLE(one.events[ADDRESS_REFUSED] == 1);
	addresses_want(addresses, a, ADDRESS_UNWANTED);
	SETTLE(addresses_idle(addresses));
	run("echo 0 >/proc/sys/net/ipv6/conf/here/disable_ipv6");
	turn_for(AS_RETRY + A_WHILE);
	assert_false(is_there("2001:db8::1/64"));
	assert_int_equal(one.events[ADDRESS_CAME], 0);
}

static void an_address_of_two_instances_stays_while_one_wants_it_issue_8_32(void **state)
{
	struct virtual_address *a = claim("10.9.0.1", 24, 4, &one);
	struct virtual_address *b = claim("10.9.0.1", 24, 4, &two);

	(void)state;
	assert_ptr_not_equal(a, b);
	addresses_reload_end(addresses);
	addresses_want(addresses, a, ADDRESS_WANTED);
	addresses_want(addresses, b, ADDRESS_WANTED);
	SETTLE(a->present && b->present);
	addresses_want(addresses, a, ADDRESS_UNWANTED);
	SETTLE(one.events[ADDRESS_WENT] == 1);
	assert_false(a->present);
	turn_for(A_WHILE);
	assert_true(is_there("10.9.0.1/24"));
	assert_true(b->present);
	assert_int_equal(two.events[ADDRESS_STOLEN], 0);
	assert_int_equal(two.events[ADDRESS_CAME], 1);
	addresses_want(addresses, b, ADDRESS_UNWANTED);
	SETTLE(two.events[ADDRESS_WENT] == 1);
	assert_false(is_there("10.9.0.1/24"));
}

/* A renewal that crosses the end of its lease brings the address back, and the monitor does not
 * hear renewals: it seems to be gone, and goes when its instance has to give it up. */
static void a_lease_renewed_as_it_ended_leaves_nothing_behind_issue_8_32(void **state)
{
	const struct interface_word gone = {.fitness = FITNESS_MISSING};
	struct virtual_address *a = serve(30);

	(void)state;
	addresses_monitored.saw(addresses, interface, &a->address, 24, &gone, false);
	assert_false(a->present);
	addresses_want(addresses, a, ADDRESS_UNWANTED);
	SETTLE(addresses_idle(addresses));
	assert_false(is_there("10.9.0.1/24"));
}

/* What the owner found there is the machine's own, but what it adds in its place is not. */
static void the_machines_own_address_is_that_until_it_goes_issue_8_32(void **state)
{
	struct virtual_address *a = serve_own();

	(void)state;
	addresses_want(addresses, a, ADDRESS_UNWANTED);
	turn_for(A_WHILE);
	assert_true(is_there("10.9.0.1/24"));
	addresses_want(addresses, a, ADDRESS_WANTED);
	run("ip addr del 10.9.0.1/24 dev here");
	SETTLE(one.events[ADDRESS_STOLEN] == 1);
	SETTLE(a->present);
	addresses_want(addresses, a, ADDRESS_UNWANTED);
	SETTLE(!a->present);
	assert_false(is_there("10.9.0.1/24"));
}

static void an_owner_that_is_none_any_more_has_no_address_of_its_own_issue_8_32(void **state)
{
	struct virtual_address *a = serve_own();

	(void)state;
	addresses_reload_begin(addresses, 8);
	assert_ptr_equal(claim("10.9.0.1", 24, 0, &one), a);
	addresses_reload_end(addresses);
	addresses_want(addresses, a, ADDRESS_UNWANTED);
	SETTLE(!a->present);
	assert_false(is_there("10.9.0.1/24"));
}

/* Who listens, as after a start, holds what it finds of its own, and adds nothing. */
static void what_is_kept_does_not_come_issue_8_32(void **state)
{
	struct virtual_address *a = claim("10.9.0.1", 24, 4, &one);

	(void)state;
	addresses_reload_end(addresses);
	addresses_want(addresses, a, ADDRESS_KEPT);
	addresses_interface_changed(addresses, interface);
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	assert_int_equal(one.events[ADDRESS_CAME], 0);
	run("ip addr add 10.9.0.1/24 dev here"); /* somebody else's: without a lease it stays */
	SETTLE(a->present);
	turn_for(A_WHILE);
	assert_true(a->lasting);
	assert_null(a->lease.class);
}

/* The time for which it may be a source counts from when it came, not from the last renewal. */
static void a_renewal_does_not_prolong_preference_issue_8_32(void **state)
{
	struct virtual_address *a = claim("10.9.0.1", 24, 3, &one);
	struct mono renewed;

	(void)state;
	a->preferred_lft = 1;
	addresses_reload_end(addresses);
	addresses_want(addresses, a, ADDRESS_WANTED);
	SETTLE(a->present);
	turn_for(USEC_PER_SEC);
	for (unsigned n = 0; n < 2; n++) {
		renewed = a->lease.renewed;
		SETTLE(a->lease.renewed.us != renewed.us);
		run("ip -o addr show dev here deprecated | grep -qF ' 10.9.0.1/24 '");
	}
}

/* To be replaced, it was removed by the kernel with its link: it is not there, as with any other.
 */
static void an_address_that_cannot_be_replaced_is_not_there_issue_8_32(void **state)
{
	struct address_conf conf = {
		.prefix = 24, .preferred_lft = ADDRESS_FOREVER, .label = "here:x"};
	const struct address_claim labelled = {.conf = &conf, .owner = &one};
	struct virtual_address *a = serve(0);

	(void)state;
	run("ip link del here");
	conf.address = a->address;
	addresses_reload_begin(addresses, 8);
	assert_ptr_equal(addresses_claim(addresses, interface, &labelled), a);
	addresses_reload_end(addresses);
	addresses_work(addresses); /* before the monitor has heard of it */
	assert_int_equal(one.events[ADDRESS_REFUSED], 1);
	SETTLE(interface->index == 0);
	assert_false(a->present);
	run("ip link add here type veth peer name there && ip link set there up && "
	    "ip link set here up");
	SETTLE(a->present); /* tried again, as all that was refused */
	assert_true(is_there("10.9.0.1/24"));
}

int main(void)
{
#define ADDRESSES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ADDRESSES_TEST(an_address_that_lapsed_waits_for_the_election_issue_8_32),
		ADDRESSES_TEST(a_reload_does_not_bring_back_what_lapsed_issue_8_32),
		ADDRESSES_TEST(after_a_pause_deadlines_go_before_additions_issue_8_32),
		ADDRESSES_TEST(after_a_pause_additions_are_made_in_the_end_issue_8_32),
		ADDRESSES_TEST(what_the_kernel_refuses_is_tried_again_issue_8_32),
		ADDRESSES_TEST(what_is_refused_and_not_wanted_any_more_is_not_tried_issue_8_32),
		ADDRESSES_TEST(an_address_of_two_instances_stays_while_one_wants_it_issue_8_32),
		ADDRESSES_TEST(a_lease_renewed_as_it_ended_leaves_nothing_behind_issue_8_32),
		ADDRESSES_TEST(the_machines_own_address_is_that_until_it_goes_issue_8_32),
		ADDRESSES_TEST(what_is_kept_does_not_come_issue_8_32),
		ADDRESSES_TEST(a_renewal_does_not_prolong_preference_issue_8_32),
		ADDRESSES_TEST(an_address_that_cannot_be_replaced_is_not_there_issue_8_32),
		ADDRESSES_TEST(an_owner_that_is_none_any_more_has_no_address_of_its_own_issue_8_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
