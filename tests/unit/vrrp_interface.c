/* The interface monitor, against a real kernel in a network namespace of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/table/conf.h"
#include "vrrp/net/addresses.h"

#define TRIES 5000 /* of 1 ms, for what the kernel tells of in its own time */

struct watched {
	struct loop *loop;
	struct interfaces *interfaces;
	struct addresses *addresses;
	unsigned changes;
};

static void on_changed(struct interface *interface, void *data)
{
	struct watched *watched = data;

	(void)interface;
	watched->changes++;
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* Turns the loop until `condition` holds. */
#define SETTLE(watched, condition)                                 \
	do {                                                       \
		for (int i = 0; i < TRIES && !(condition); i++)    \
			loop_turn((watched)->loop, USEC_PER_MSEC); \
		assert_true(condition);                            \
	} while (0)

static bool is_usable(struct interface *interface, int family)
{
	enum interface_fitness fitness;

	interface_source(interface, family, false, &fitness);
	return fitness == FITNESS_USABLE;
}

static int set_up(void **state)
{
	static struct watched watched;

	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	run("ip link add early type veth peer name other && ip link set other up && "
	    "ip addr add 10.9.8.7/24 dev early");
	watched = (struct watched){.loop = loop_create()};
	watched.addresses = addresses_create(watched.loop, NULL, NULL);
	watched.interfaces =
		interfaces_create(watched.loop, watched.addresses, on_changed, &watched);
	*state = &watched;
	return 0;
}

static int tear_down(void **state)
{
	struct watched *watched = *state;

	interfaces_destroy(watched->interfaces);
	addresses_destroy(watched->addresses);
	loop_destroy(watched->loop);
	return 0;
}

static void an_interface_that_gets_its_name_late_keeps_its_addresses(void **state)
{
	struct watched *watched = *state;
	struct interface *early = interfaces_get(watched->interfaces, "early");
	struct interface *late = interfaces_get(watched->interfaces, "late");
	enum interface_fitness fitness;
	struct address source;

	interfaces_refresh(watched->interfaces);
	SETTLE(watched, early->index != 0);
	assert_int_equal(late->index, 0);
	run("ip link set early up && ip addr add 2001:db8::7/64 dev early nodad && "
	    "{ ip link set early name late 2>/dev/null || "
	    "{ ip link set early down && ip link set early name late && ip link set late up && "
	    "ip addr add 2001:db8::7/64 dev late nodad; }; }"); /* Linux < 6.2: not while up */
	SETTLE(watched, late->index != 0);
	SETTLE(watched, is_usable(late, AF_INET) && is_usable(late, AF_INET6));
	source = interface_source(late, AF_INET, false, &fitness);
	assert_int_equal(fitness, FITNESS_USABLE);
	assert_int_equal(source.bytes[3], 7);
	source = interface_source(late, AF_INET6, false, &fitness);
	assert_int_equal(fitness, FITNESS_USABLE);
	assert_int_equal(source.bytes[15], 7);
}

static void who_reads_in_the_middle_of_his_work_is_told_later(void **state)
{
	struct watched *watched = *state;
	struct interface *early = interfaces_get(watched->interfaces, "early");

	interfaces_refresh(watched->interfaces);
	SETTLE(watched, early->index != 0);
	assert_false(early->up);
	watched->changes = 0;
	run("ip link set early up");
	/* The kernel's link watch tells of the carrier when it comes to it. */
	for (int i = 0; i < TRIES && !early->up; i++) {
		interfaces_receive(watched->interfaces);
		usleep(USEC_PER_MSEC);
	}
	assert_true(early->up);
	assert_int_equal(watched->changes, 0);
	loop_turn(watched->loop, 0);
	assert_int_not_equal(watched->changes, 0);
}

static void a_link_that_is_gone_is_no_interface(void **state)
{
	struct watched *watched = *state;
	struct interface *early = interfaces_get(watched->interfaces, "early");
	enum interface_fitness fitness;

	interfaces_refresh(watched->interfaces);
	SETTLE(watched, early->index != 0);
	run("ip link del early");
	SETTLE(watched, early->index == 0);
	interface_source(early, AF_INET, false, &fitness);
	assert_int_equal(fitness, FITNESS_MISSING);
}

/* `early` is up, and has been so. */
static struct interface *delayed(struct watched *watched, int64_t down, int64_t up)
{
	struct interface *early = interfaces_get(watched->interfaces, "early");
	struct interface_delay_conf delay = {.interface = "early", .down = down, .up = up};
	const struct conf conf = {.delays = &delay, .n_delays = 1};

	interfaces_delay(watched->interfaces, &conf);
	interfaces_refresh(watched->interfaces);
	SETTLE(watched, early->index != 0);
	run("ip link set early up");
	SETTLE(watched, early->carrier);
	assert_true(early->up); /* the first time nothing waits */
	early->returned = false;
	return early;
}

static void an_interface_that_returns_counts_as_up_after_its_delay(void **state)
{
	struct watched *watched = *state;
	struct interface *early = delayed(watched, 0, USEC_PER_SEC * 3 / 2);
	struct mono since;

	run("ip link set other down");
	SETTLE(watched, !early->up);
	run("ip link set other up");
	SETTLE(watched, early->carrier);
	since = early->settling.since;
	assert_false(early->up);
	assert_in_range(interface_unsettled(early), USEC_PER_SEC, USEC_PER_SEC * 3 / 2);
	watched->changes = 0;
	SETTLE(watched, early->up && !early->changed); /* told, too */
	assert_true(mono_diff(loop_now(watched->loop), since) >= USEC_PER_SEC * 3 / 2);
	SETTLE(watched, watched->changes >= 2); /* with a second to go, and at the end */
	assert_true(early->returned);
	assert_int_equal(interface_unsettled(early), 0);
}

static void an_interface_that_goes_again_waits_anew(void **state)
{
	struct watched *watched = *state;
	struct interface *early = delayed(watched, 0, 300 * USEC_PER_SEC);

	run("ip link set other down");
	SETTLE(watched, !early->up);
	run("ip link set other up");
	SETTLE(watched, early->carrier);
	run("ip link set other down");
	SETTLE(watched, !early->carrier);
	assert_int_equal(interface_unsettled(early), 0);
	assert_false(timer_is_set(&early->settling.timer));
	run("ip link set other up");
	SETTLE(watched, early->carrier);
	assert_false(early->up);
	interfaces_delay(watched->interfaces, &(const struct conf){0});
	assert_true(early->up); /* a new configuration has no delay */
	assert_false(timer_is_set(&early->settling.timer));
}

static void an_interface_that_is_down_for_a_moment_stays_up(void **state)
{
	struct watched *watched = *state;
	struct interface *early = delayed(watched, 300 * USEC_PER_SEC, 0);

	run("ip link set other down");
	SETTLE(watched, !early->carrier);
	assert_true(early->up);
	run("ip link set other up");
	SETTLE(watched, early->carrier);
	assert_true(early->up && early->returned); /* its addresses are announced again */
	assert_false(timer_is_set(&early->settling.timer));
	run("ip link set other down");
	SETTLE(watched, !early->carrier);
	run("ip link del early");
	SETTLE(watched, early->index == 0);
	assert_false(early->up || timer_is_set(&early->settling.timer));
}

static void an_interface_counts_as_down_after_its_delay(void **state)
{
	struct watched *watched = *state;
	struct interface *early = delayed(watched, USEC_PER_SEC / 5, 0);

	run("ip link set other down");
	SETTLE(watched, !early->carrier);
	SETTLE(watched, !early->up);
	assert_true(mono_diff(loop_now(watched->loop), early->settling.since) >= USEC_PER_SEC / 5);
}

/* Hosts have to be told, as after a link that was down. */
static void another_hardware_address_counts_as_a_return_issue_8_32(void **state)
{
	struct watched *watched = *state;
	struct interface *early = delayed(watched, 0, 0);

	run("ip link set early mtu 1400");
	SETTLE(watched, early->mtu == 1400);
	assert_false(early->returned);
	run("ip link set early address 02:00:00:00:00:99");
	SETTLE(watched, early->mac[5] == 0x99);
	assert_true(early->returned);
}

/* Neighbour advertisements say whether they come from a router. */
static void forwarding_is_followed_issue_8_32(void **state)
{
	struct watched *watched = *state;
	struct interface *early = delayed(watched, 0, 0);

	assert_false(early->routes);
	run("echo 1 >/proc/sys/net/ipv6/conf/early/forwarding");
	SETTLE(watched, early->routes);
	run("echo 0 >/proc/sys/net/ipv6/conf/early/forwarding");
	SETTLE(watched, !early->routes);
	run("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
	SETTLE(watched, early->routes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_interface_that_gets_its_name_late_keeps_its_addresses, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(who_reads_in_the_middle_of_his_work_is_told_later,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_that_is_gone_is_no_interface, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			an_interface_that_returns_counts_as_up_after_its_delay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_interface_that_goes_again_waits_anew, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_interface_that_is_down_for_a_moment_stays_up,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			another_hardware_address_counts_as_a_return_issue_8_32, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forwarding_is_followed_issue_8_32, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_interface_counts_as_down_after_its_delay, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
