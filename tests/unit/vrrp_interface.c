/* The interface monitor, against a real kernel in a network namespace of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/table/conf.h"
#include "core/base/fd.h"
#include "tests/unit/kernel.h"
#include "vrrp/net/addresses.h"
#include "vrrp/net/rtnetlink.h"

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
	watched.addresses = addresses_create(watched.loop, NULL, NULL, NULL, NULL);
	watched.interfaces = interfaces_create(watched.loop, &addresses_monitored,
					       watched.addresses, on_changed, &watched);
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

/* ---- dumps from a feed ---- */

/* The test takes the part of who makes the dumps. */
static struct {
	int fd;		   /* where rows are written */
	uint16_t type;	   /* what was asked for last */
	uint32_t sequence; /* under which number */
	unsigned asked;
} feeder;

static bool on_ask(uint16_t type, uint32_t sequence, void *data)
{
	(void)data;
	feeder.type = type;
	feeder.sequence = sequence;
	feeder.asked++;
	return true;
}

static void new_feed(struct watched *watched)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
			 0);
	fd_close(&feeder.fd);
	feeder.fd = fds[1];
	interfaces_feed(watched->interfaces, fds[0], on_ask, NULL);
}

static int set_up_feed(void **state)
{
	feeder.fd = -1;
	feeder.asked = 0;
	if (set_up(state) != 0)
		return -1;
	new_feed(*state);
	return 0;
}

static int tear_down_feed(void **state)
{
	fd_close(&feeder.fd);
	return tear_down(state);
}

/* A message of the dump with that number. */
static void send_row(uint16_t type, uint32_t sequence, const void *header, size_t size,
		     uint16_t attribute, const void *value, size_t value_size)
{
	static struct rtnetlink_batch batch;

	batch.used = 0;
	batch.sequence = sequence;
	struct nlmsghdr *message = rtnetlink_begin(&batch, type, NLM_F_MULTI, header, size);
	assert_non_null(message);
	if (value)
		rtnetlink_put(&batch, message, attribute, value, value_size);
	assert_int_equal(send(feeder.fd, batch.bytes, batch.used, 0), batch.used);
}

static void send_link(const char *name, int index)
{
	const struct ifinfomsg header = {.ifi_index = index, .ifi_flags = IFF_UP | IFF_RUNNING};

	send_row(RTM_NEWLINK, feeder.sequence, &header, sizeof(header), IFLA_IFNAME, name,
		 strlen(name) + 1);
}

static void send_address(const char *text, int index)
{
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = (uint32_t)index};
	struct address address;

	assert_true(address_parse(text, &address));
	send_row(RTM_NEWADDR, feeder.sequence, &header, sizeof(header), IFA_LOCAL, address.bytes,
		 4);
}

static void send_end(uint32_t sequence)
{
	const int32_t status = 0;

	send_row(NLMSG_DONE, sequence, &status, sizeof(status), 0, NULL, 0);
}

/* What was sent is read, with what follows at once. */
static void read_feed(struct watched *watched)
{
	interfaces_receive(watched->interfaces);
	loop_turn(watched->loop, 0);
}

/* Ends the dump of links, so that of the addresses is asked for. */
static void end_links(struct watched *watched)
{
	unsigned before = feeder.asked;

	assert_int_equal(feeder.type, RTM_GETLINK);
	send_end(feeder.sequence);
	read_feed(watched);
	assert_int_equal(feeder.asked, before + 1);
	assert_int_equal(feeder.type, RTM_GETADDR);
}

static void end_addresses(struct watched *watched)
{
	assert_int_equal(feeder.type, RTM_GETADDR);
	send_end(feeder.sequence);
	read_feed(watched);
}

static bool has(const struct interface *interface, const char *text)
{
	struct address address;

	assert_true(address_parse(text, &address));
	return interface_fitness(interface, &address) == FITNESS_USABLE;
}

/* `early`, known by a dump, with 10.9.8.7. */
static struct interface *known_early(struct watched *watched)
{
	struct interface *early = interfaces_get(watched->interfaces, "early");
	int index = (int)if_nametoindex("early");

	interfaces_refresh(watched->interfaces);
	send_link("early", index);
	end_links(watched);
	send_address("10.9.8.7", index);
	end_addresses(watched);
	assert_int_equal(early->index, index);
	assert_true(has(early, "10.9.8.7"));
	assert_true(interfaces_are_known(watched->interfaces));
	return early;
}

static void what_a_dump_does_not_list_is_gone(void **state)
{
	struct watched *watched = *state;
	struct interface *early = known_early(watched);
	int index = early->index;

	interfaces_refresh(watched->interfaces);
	send_link("early", index);
	end_links(watched);
	assert_true(has(early, "10.9.8.7")); /* until the end */
	end_addresses(watched);
	assert_int_equal(early->index, index);
	assert_false(has(early, "10.9.8.7"));
	interfaces_refresh(watched->interfaces);
	end_links(watched);
	assert_int_equal(early->index, 0);
}

static void an_older_row_does_not_bring_back_what_was_deleted(void **state)
{
	struct watched *watched = *state;
	struct interface *early = known_early(watched);
	int index = early->index;

	interfaces_refresh(watched->interfaces);
	run("ip link del early");
	SETTLE(watched, early->index == 0);
	send_link("early", index);
	read_feed(watched);
	assert_int_equal(early->index, 0);
	end_links(watched);
	send_address("10.9.8.7", index);
	end_addresses(watched);
	assert_int_equal(early->index, 0);
	assert_false(has(early, "10.9.8.7"));
}

static void an_older_row_does_not_take_back_a_name(void **state)
{
	struct watched *watched = *state;
	struct interface *early = known_early(watched);
	struct interface *late = interfaces_get(watched->interfaces, "late");
	int index = early->index;

	interfaces_refresh(watched->interfaces);
	run("ip link set early name late");
	SETTLE(watched, late->index == index);
	assert_int_equal(early->index, 0);
	send_link("early", index);
	read_feed(watched);
	assert_int_equal(early->index, 0);
	assert_int_equal(late->index, index);
	end_links(watched);
	send_address("10.9.8.7", index);
	end_addresses(watched);
	assert_int_equal(late->index, index);
	assert_true(has(late, "10.9.8.7"));
}

static void an_interface_that_the_dump_is_too_old_for_stays(void **state)
{
	struct watched *watched = *state;
	struct interface *early = interfaces_get(watched->interfaces, "early");

	interfaces_refresh(watched->interfaces);
	run("ip link set early mtu 1400");
	SETTLE(watched, early->index != 0);
	end_links(watched);
	assert_int_equal(early->index, (int)if_nametoindex("early"));
	assert_int_equal(early->mtu, 1400);
}

static void an_older_row_does_not_bring_back_an_address(void **state)
{
	struct watched *watched = *state;
	struct interface *early = known_early(watched);
	int index = early->index;

	interfaces_refresh(watched->interfaces);
	run("ip addr del 10.9.8.7/24 dev early");
	SETTLE(watched, !has(early, "10.9.8.7"));
	send_link("early", index);
	end_links(watched);
	send_address("10.9.8.7", index);
	read_feed(watched);
	assert_false(has(early, "10.9.8.7"));
	end_addresses(watched);
	assert_false(has(early, "10.9.8.7"));
	assert_int_equal(early->n_addresses, 0);
}

static void an_address_that_the_dump_is_too_old_for_stays(void **state)
{
	struct watched *watched = *state;
	struct interface *early = known_early(watched);
	int index = early->index;

	interfaces_refresh(watched->interfaces);
	send_link("early", index);
	end_links(watched);
	run("ip addr add 10.9.8.6/24 dev early");
	SETTLE(watched, has(early, "10.9.8.6"));
	send_address("10.9.8.7", index);
	end_addresses(watched);
	assert_true(has(early, "10.9.8.6") && has(early, "10.9.8.7"));
	/* What was heard counts until the next dump is asked for. */
	interfaces_refresh(watched->interfaces);
	send_link("early", index);
	end_links(watched);
	send_address("10.9.8.7", index);
	end_addresses(watched);
	assert_false(has(early, "10.9.8.6"));
}

/* Forwarding is told apart from the rest of a link. */
static void an_older_row_does_not_take_back_forwarding(void **state)
{
	struct watched *watched = *state;
	struct interface *early = known_early(watched);

	interfaces_refresh(watched->interfaces);
	run("echo 1 >/proc/sys/net/ipv6/conf/early/forwarding");
	SETTLE(watched, early->routes);
	struct {
		struct nlattr family, kind;
		int32_t forwarding;
	} inet6 = {{sizeof(inet6), AF_INET6},
		   {sizeof(inet6) - sizeof(struct nlattr), IFLA_INET6_CONF},
		   0};
	const struct ifinfomsg header = {.ifi_index = early->index};
	static struct rtnetlink_batch batch;
	batch.used = 0;
	batch.sequence = feeder.sequence;
	struct nlmsghdr *message =
		rtnetlink_begin(&batch, RTM_NEWLINK, NLM_F_MULTI, &header, sizeof(header));
	rtnetlink_put(&batch, message, IFLA_IFNAME, "early", sizeof("early"));
	rtnetlink_put(&batch, message, IFLA_AF_SPEC, &inet6, sizeof(inet6));
	assert_int_equal(send(feeder.fd, batch.bytes, batch.used, 0), batch.used);
	read_feed(watched);
	assert_true(early->routes);
}

static void a_feed_that_is_replaced_starts_the_dump_anew(void **state)
{
	struct watched *watched = *state;
	struct interface *early = interfaces_get(watched->interfaces, "early");
	struct interface *other = interfaces_get(watched->interfaces, "other");
	int index = (int)if_nametoindex("early"), index_other = (int)if_nametoindex("other");
	uint32_t old;

	interfaces_refresh(watched->interfaces);
	send_link("early", index);
	end_links(watched);
	old = feeder.sequence;
	new_feed(watched);
	assert_int_equal(feeder.asked, 3);
	assert_int_equal(feeder.type, RTM_GETLINK);
	assert_int_not_equal(feeder.sequence, old);
	send_end(old); /* nobody's any more */
	read_feed(watched);
	assert_int_equal(feeder.asked, 3);
	assert_int_equal(early->index, index);
	send_link("other", index_other);
	end_links(watched);
	assert_int_equal(early->index, 0); /* the first one's row does not count */
	assert_int_equal(other->index, index_other);
	assert_false(interfaces_are_known(watched->interfaces));
	end_addresses(watched);
	assert_true(interfaces_are_known(watched->interfaces));
	new_feed(watched);
	assert_int_equal(feeder.asked, 4); /* nothing was under way */
}

static void a_dump_that_nobody_could_make_is_asked_for_later(void **state)
{
	struct watched *watched = *state;

	interfaces_feed(watched->interfaces, -1, NULL, NULL);
	interfaces_get(watched->interfaces, "early");
	interfaces_refresh(watched->interfaces);
	assert_int_equal(feeder.asked, 0);
	new_feed(watched);
	assert_int_equal(feeder.asked, 1);
	assert_int_equal(feeder.type, RTM_GETLINK);
}

static void only_a_dump_that_began_after_a_name_knows_it(void **state)
{
	struct watched *watched = *state;

	known_early(watched);
	interfaces_refresh(watched->interfaces);
	assert_true(interfaces_are_known(watched->interfaces)); /* still */
	interfaces_get(watched->interfaces, "early");
	assert_true(interfaces_are_known(watched->interfaces));
	interfaces_get(watched->interfaces, "late");
	assert_false(interfaces_are_known(watched->interfaces));
	end_links(watched);
	end_addresses(watched);
	assert_false(interfaces_are_known(watched->interfaces)); /* it asks anew */
	end_links(watched);
	assert_false(interfaces_are_known(watched->interfaces));
	end_addresses(watched);
	assert_true(interfaces_are_known(watched->interfaces));
}

int main(void)
{
#define FEED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_feed, tear_down_feed)
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
		FEED_TEST(what_a_dump_does_not_list_is_gone),
		FEED_TEST(an_older_row_does_not_bring_back_what_was_deleted),
		FEED_TEST(an_older_row_does_not_take_back_a_name),
		FEED_TEST(an_interface_that_the_dump_is_too_old_for_stays),
		FEED_TEST(an_older_row_does_not_bring_back_an_address),
		FEED_TEST(an_address_that_the_dump_is_too_old_for_stays),
		FEED_TEST(an_older_row_does_not_take_back_forwarding),
		FEED_TEST(a_feed_that_is_replaced_starts_the_dump_anew),
		FEED_TEST(a_dump_that_nobody_could_make_is_asked_for_later),
		FEED_TEST(only_a_dump_that_began_after_a_name_knows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
