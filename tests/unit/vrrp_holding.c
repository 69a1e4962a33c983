/*
 * What instances have in the kernel, by the words in their slots: against a real kernel, in a
 * network namespace of its own.  The test takes the part of the elections, which write the words,
 * and of main, which numbers the slots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/model/load.h"
#include "core/base/text.h"
#include "tests/unit/kernel.h"
#include "vrrp/net/holding.h"
#include "vrrp/net/net_status.h"
#include "vrrp/net/rtnetlink.h"

#define PATIENCE      (20 * USEC_PER_SEC) /* for what the kernel does in its own time */
#define EVENTS	      (ADDRESS_REFUSED + 1)
#define A_WHILE	      (300 * USEC_PER_MSEC) /* several looks at the words; for what must not happen */
#define LONG	      (600 * USEC_PER_SEC)
#define INSTANCES_MAX 4

/* The slots of the instances, by their VRID; no two alike, and none its place in the file. */
#define SLOT_OF(vrid) (100 - (uint32_t)(vrid))

#define INSTANCE(name, vrid, lease, addresses)                                \
	"vrrp_instance " name " {\n interface here\n virtual_router_id " vrid \
	"\n priority 100\n address_lease " lease "\n virtual_ipaddress {\n" addresses "\n}\n}\n"
#define WITH_IPV6(addresses, excluded) addresses "\n}\n virtual_ipaddress_excluded {\n" excluded
#define ONE(lease)		       INSTANCE("a", "1", lease, "10.9.0.1/24")

static struct loop *loop;
static struct slots *slots;
static struct holdings *holdings;
static struct conf *conf;
static struct status *status;
static unsigned events[EVENTS];
static struct mono last_event;
static int monitor;
static struct rtnetlink_buffer buffer;

static void on_address(const struct virtual_address *address, enum address_event event, int error,
		       void *data)
{
	(void)address;
	(void)error;
	(void)data;
	events[event]++;
	last_event = mono_read();
}

static void on_vmac(const char *interface, const char *text, void *data)
{
	(void)interface;
	(void)text;
	(void)data;
}

static void on_made(const char *name, bool ipv6, void *data)
{
	(void)name;
	(void)ipv6;
	(void)data;
}

/* Seconds that 10.9.0.1/24 has left; -1 = it has no end, -2 = it is not there. */
static int seconds_left(void)
{
	char text[32] = "";
	FILE *pipe = popen("ip -o addr show dev here to 10.9.0.1 | sed 's/.*valid_lft //'", "r");

	assert_non_null(pipe);
	if (!fgets(text, sizeof(text), pipe))
		text[0] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return text[0] == '\0' ? -2 : strncmp(text, "forever", 7) == 0 ? -1 : atoi(text);
}

static struct mono from_now(int64_t duration)
{
	return mono_add(mono_read(), duration);
}

/* Turns the loop until `condition` holds. */
#define SETTLE(condition)                                                 \
	do {                                                              \
		struct mono give_up = from_now(PATIENCE);                 \
		while (!(condition) && mono_before(mono_read(), give_up)) \
			loop_turn(loop, USEC_PER_MSEC);                   \
		assert_true(condition);                                   \
	} while (0)

static void turn_until(struct mono end)
{
	while (mono_before(mono_read(), end))
		loop_turn(loop, 10 * USEC_PER_MSEC);
}

static void turn_for(int64_t duration)
{
	turn_until(from_now(duration));
}

/* Reads what the kernel has told of addresses that were removed since the last call. */
static void count_removal(struct nlmsghdr *message, void *data)
{
	unsigned *removals = data;

	*removals += message->nlmsg_type == RTM_DELADDR;
}

static unsigned removals(void)
{
	unsigned count = 0;

	assert_int_not_equal(rtnetlink_receive(monitor, &buffer, UINT32_MAX, count_removal, &count),
			     RTNETLINK_OVERRUN);
	return count;
}

static void start(void)
{
	static const struct holdings_events told = {on_address, on_vmac};

	holdings = holdings_create(loop, on_made, &told, NULL);
	holdings_set_slots(holdings, slots);
	memset(events, 0, sizeof(events));
}

/* As main does: the records say which slots the instances have. */
static void configure(const char *text)
{
	struct conf *old = conf;
	struct status *old_status = status;

	conf = conf_parse_checked(text, strlen(text));
	assert_in_range(conf->n_instances, 0, INSTANCES_MAX);
	const uint32_t counts[STATUS_TABLES] = {[STATUS_HOLDINGS] = (uint32_t)conf->n_instances};
	status = status_create(&net_status_layout, ROLE_NET, 0, 1, counts);
	for (uint32_t i = 0; i < conf->n_instances; i++)
		((struct holding_status *)status_record(status, STATUS_HOLDINGS, i))->slot =
			SLOT_OF(conf->instances[i].vrid);
	holdings_configure(holdings, conf, status);
	conf_free(old);
	if (old_status)
		status_unmap(old_status);
}

static void stop(bool keep)
{
	holdings_stop(holdings, keep);
	SETTLE(holdings_are_idle(holdings));
	holdings_destroy(holdings, !keep);
	holdings = NULL;
}

static int set_up(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	run("ip link set lo up && ip link add here type veth peer name there && "
	    "ip link set there up && ip link set here up");
	loop = loop_create();
	slots = slots_create();
	monitor = rtnetlink_open(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (holdings)
		holdings_destroy(holdings, true);
	holdings = NULL;
	conf_free(conf);
	conf = NULL;
	if (status)
		status_unmap(status);
	status = NULL;
	close(monitor);
	slots_destroy(slots);
	loop_destroy(loop);
	return 0;
}

static void write_word(unsigned vrid, enum slot_state state, uint16_t epoch, struct mono until)
{
	slot_write(slots, SLOT_OF(vrid), &(struct slot_word){state, epoch, until});
	holdings_work(holdings); /* the doorbell */
}

static void hold(unsigned vrid)
{
	write_word(vrid, SLOT_HOLD, 1, from_now(LONG));
}

/* 10.9.0.1/24, with that lease. */
static void serve(const char *text)
{
	configure(text);
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
	turn_for(A_WHILE); /* the monitor has heard of it */
}

/* The same, which was left behind by one that is gone: marked, and with the lease. */
static void leave_behind(void)
{
	serve(ONE("600"));
	holdings_destroy(holdings, false);
	start();
}

static void read_status(struct holding_status *record)
{
	memset(record, 0, sizeof(*record));
	assert_true(status_read(status, STATUS_HOLDINGS, 0, record));
}

static void a_word_that_was_never_written_touches_nothing(void **state)
{
	(void)state;
	leave_behind();
	run("ip addr add 10.9.0.3/24 dev here");
	slot_write(slots, SLOT_OF(1), &(struct slot_word){0});
	configure(INSTANCE("a", "1", "600", "10.9.0.1/24\n10.9.0.2/24\n10.9.0.3/24"));
	removals();
	turn_for(3 * A_WHILE);
	assert_true(is_there("10.9.0.1/24"));
	assert_false(is_there("10.9.0.2/24"));
	assert_true(is_there("10.9.0.3/24"));
	assert_int_equal(removals(), 0);
	/* Nor at the end. */
	holdings_stop(holdings, false);
	turn_for(A_WHILE);
	assert_int_equal(removals(), 0);
}

static void without_slots_nothing_is_touched(void **state)
{
	(void)state;
	leave_behind();
	holdings_set_slots(holdings, NULL);
	configure(INSTANCE("a", "1", "600", "10.9.0.1/24\n10.9.0.2/24"));
	removals();
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.2/24"));
	assert_int_equal(removals(), 0);
	holdings_set_slots(holdings, slots);
	SETTLE(is_there("10.9.0.2/24"));
	assert_int_equal(removals(), 0);
}

static void under_hold_addresses_come_and_are_renewed(void **state)
{
	struct mono began;

	(void)state;
	serve(INSTANCE("a", "1", "6", WITH_IPV6("10.9.0.1/24", "2001:db8::1/64")));
	SETTLE(is_there("2001:db8::1/64"));
	began = mono_read();
	do
		usleep(100 * 1000); /* nobody renews it */
	while (mono_diff(mono_read(), began) < 5 * USEC_PER_SEC && seconds_left() > 4);
	assert_in_range(seconds_left(), 1, 4);
	SETTLE(seconds_left() == 6);
	removals();
	turn_for(3 * USEC_PER_SEC);
	assert_in_range(seconds_left(), 4, 6);
	assert_true(is_there("2001:db8::1/64"));
	assert_int_equal(removals(), 0);
}

static void off_removes_what_is_there(void **state)
{
	(void)state;
	serve(INSTANCE("a", "1", "600", WITH_IPV6("10.9.0.1/24\n10.9.0.2/24", "2001:db8::1/64")));
	SETTLE(is_there("2001:db8::1/64"));
	write_word(1, SLOT_OFF, 1, (struct mono){0});
	SETTLE(!is_there("10.9.0.1/24") && !is_there("10.9.0.2/24"));
	SETTLE(!is_there("2001:db8::1/64"));
	turn_for(A_WHILE);
	assert_int_equal(events[ADDRESS_LAPSED] + events[ADDRESS_STOLEN], 0);
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
}

/* Off is off for those of a predecessor, too, which are seen only when the dump has come. */
static void off_removes_what_a_predecessor_left(void **state)
{
	(void)state;
	leave_behind();
	slot_write(slots, SLOT_OF(1), &(struct slot_word){.state = SLOT_OFF});
	configure(ONE("600"));
	SETTLE(!is_there("10.9.0.1/24"));
	assert_int_equal(events[ADDRESS_LAPSED] + events[ADDRESS_STOLEN], 0);
}

static void under_hold_what_a_predecessor_left_is_taken_over(void **state)
{
	(void)state;
	leave_behind();
	configure(ONE("500"));
	removals();
	SETTLE(seconds_left() <= 500);
	assert_in_range(seconds_left(), 1, 500);
	assert_int_equal(removals(), 0);
}

static void what_is_kept_is_not_added(void **state)
{
	(void)state;
	configure(ONE("600"));
	write_word(1, SLOT_KEEP, 1, from_now(LONG));
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
}

static void what_is_kept_is_not_renewed(void **state)
{
	(void)state;
	serve(ONE("6"));
	write_word(1, SLOT_KEEP, 1, from_now(LONG));
	for (int most = 6, left; (left = seconds_left()) != -2; most = left) {
		assert_in_range(left, 0, most);
		turn_for(100 * USEC_PER_MSEC);
	}
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
}

static void what_is_kept_goes_when_its_time_has_come(void **state)
{
	struct mono until;

	(void)state;
	serve(ONE("600"));
	until = from_now(USEC_PER_SEC);
	write_word(1, SLOT_KEEP, 1, until);
	until.us -= until.us % USEC_PER_MSEC;
	SETTLE(!is_there("10.9.0.1/24"));
	assert_false(mono_before(mono_read(), until));
	turn_for(A_WHILE);
	assert_int_equal(events[ADDRESS_LAPSED] + events[ADDRESS_STOLEN], 0);
}

static void an_expired_hold_adds_nothing(void **state)
{
	(void)state;
	configure(ONE("600"));
	write_word(1, SLOT_HOLD, 1, from_now(-1000));
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	turn_for(SLOT_GRACE);
	assert_false(is_there("10.9.0.1/24"));
	assert_int_equal(events[ADDRESS_LAPSED], 0); /* there was nothing */
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
}

static void an_expired_hold_keeps_what_is_there_for_a_second(void **state)
{
	struct mono until;

	(void)state;
	serve(ONE("600"));
	until = from_now(USEC_PER_SEC / 2);
	write_word(1, SLOT_HOLD, 1, until);
	until.us -= until.us % USEC_PER_MSEC;
	SETTLE(events[ADDRESS_LAPSED] == 1);
	assert_true(mono_diff(last_event, until) >= SLOT_GRACE);
	SETTLE(!is_there("10.9.0.1/24"));
	turn_for(A_WHILE);
	assert_int_equal(events[ADDRESS_LAPSED], 1);
	assert_int_equal(events[ADDRESS_STOLEN], 0);
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
}

/* While the word has expired, a renewal falls due: it is made up for. */
static void a_hold_that_is_prolonged_in_time_loses_nothing(void **state)
{
	struct mono until;

	(void)state;
	serve(ONE("2"));
	removals();
	for (unsigned i = 0; i < 3; i++) {
		until = from_now(USEC_PER_SEC / 5);
		write_word(1, SLOT_HOLD, 1, until);
		turn_until(mono_add(until, USEC_PER_SEC / 2));
		hold(1);
	}
	turn_for(3 * USEC_PER_SEC);
	assert_true(is_there("10.9.0.1/24"));
	assert_int_equal(removals(), 0);
	assert_int_equal(events[ADDRESS_LAPSED] + events[ADDRESS_STOLEN], 0);
}

static void status_tells_the_word_that_was_seen(void **state)
{
	struct holding_status record;

	(void)state;
	serve(ONE("600"));
	read_status(&record);
	assert_int_equal(record.slot, SLOT_OF(1));
	assert_int_equal(record.state, SLOT_HOLD);
	assert_int_equal(record.epoch, 1);
	/* Taken over anew, and between two looks. */
	write_word(1, SLOT_HOLD, 2, from_now(LONG));
	read_status(&record);
	assert_int_equal(record.epoch, 2);
	slot_write(slots, SLOT_OF(1), &(struct slot_word){SLOT_KEEP, 7, from_now(LONG)});
	turn_for(A_WHILE); /* without a doorbell */
	read_status(&record);
	assert_int_equal(record.state, SLOT_KEEP);
	assert_int_equal(record.epoch, 7);
	assert_true(is_there("10.9.0.1/24"));
}

#define TWO(first, second) INSTANCE("a", "1", "600", first) INSTANCE("b", "2", "600", second)

static void an_address_that_moves_never_leaves(void **state)
{
	(void)state;
	configure(TWO("10.9.0.1/24\n10.9.0.2/24", "10.9.0.3/24"));
	hold(1);
	hold(2);
	SETTLE(is_there("10.9.0.1/24") && is_there("10.9.0.2/24") && is_there("10.9.0.3/24"));
	turn_for(A_WHILE);
	removals();
	configure(TWO("10.9.0.3/24", "10.9.0.2/24\n10.9.0.1/24"));
	turn_for(A_WHILE);
	/* In another order, and to an instance that has decided nothing yet. */
	configure(INSTANCE("c", "3", "600", "10.9.0.2/24") TWO("10.9.0.1/24", "10.9.0.3/24"));
	turn_for(A_WHILE);
	assert_true(is_there("10.9.0.1/24") && is_there("10.9.0.2/24") && is_there("10.9.0.3/24"));
	hold(3);
	turn_for(A_WHILE);
	assert_int_equal(removals(), 0);
	assert_int_equal(events[ADDRESS_LAPSED] + events[ADDRESS_STOLEN], 0);
	/* Now it is the new one's. */
	write_word(1, SLOT_OFF, 1, (struct mono){0});
	write_word(2, SLOT_OFF, 1, (struct mono){0});
	SETTLE(!is_there("10.9.0.1/24") && !is_there("10.9.0.3/24"));
	assert_true(is_there("10.9.0.2/24"));
}

/* Nobody knows yet what becomes of it, so its lease goes on. */
static void what_came_to_an_undecided_instance_is_renewed_for_a_while(void **state)
{
	(void)state;
	serve(ONE("2"));
	removals();
	configure(INSTANCE("b", "2", "2", "10.9.0.1/24"));
	turn_for(4 * USEC_PER_SEC);
	assert_true(is_there("10.9.0.1/24"));
	assert_int_equal(removals(), 0);
	write_word(2, SLOT_OFF, 1, (struct mono){0});
	SETTLE(!is_there("10.9.0.1/24"));
}

static void words_stay_with_their_instances_over_a_reload(void **state)
{
	(void)state;
	configure(TWO("10.9.0.1/24", "10.9.0.2/24"));
	hold(1);
	write_word(2, SLOT_OFF, 1, (struct mono){0});
	SETTLE(is_there("10.9.0.1/24"));
	removals();
	configure(INSTANCE("b", "2", "600", "10.9.0.2/24\n10.9.0.4/24")
			  INSTANCE("a", "1", "600", "10.9.0.1/24\n10.9.0.3/24"));
	SETTLE(is_there("10.9.0.3/24"));
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.2/24") || is_there("10.9.0.4/24"));
	assert_int_equal(removals(), 0);
}

static void the_address_of_an_instance_that_is_removed_goes(void **state)
{
	(void)state;
	configure(TWO("10.9.0.1/24", "10.9.0.2/24"));
	hold(1);
	hold(2);
	SETTLE(is_there("10.9.0.1/24") && is_there("10.9.0.2/24"));
	turn_for(A_WHILE);
	removals();
	configure(ONE("600"));
	SETTLE(!is_there("10.9.0.2/24"));
	turn_for(A_WHILE);
	assert_true(is_there("10.9.0.1/24"));
	assert_int_equal(removals(), 1);
}

/* More of them than a batch holds. */
static void at_the_end_all_go(void **state)
{
	char text[2048] = "", address[32];

	(void)state;
	for (unsigned i = 1; i <= 40; i++) {
		assert_true(text_print(address, sizeof(address), "10.9.1.%u/32\n", i));
		text_append(text, sizeof(text), "%s", address);
	}
	char all[4096];
	assert_true(text_print(
		all, sizeof(all), "%s%s%s",
		INSTANCE("a", "1", "600",
			 "10.9.0.1/24") "vrrp_instance b {\n interface here\n virtual_router_id 2\n"
					" priority 100\n virtual_ipaddress {\n",
		text, "}\n}\n"));
	configure(all);
	hold(1);
	hold(2);
	SETTLE(is_there("10.9.0.1/24") && is_there("10.9.1.40/32"));
	turn_for(A_WHILE);
	stop(false);
	assert_int_not_equal(system("ip -o addr show dev here | grep -q 10.9."), 0);
	assert_int_equal(events[ADDRESS_LAPSED] + events[ADDRESS_STOLEN], 0);
}

static void at_the_end_a_word_brings_nothing_back(void **state)
{
	(void)state;
	serve(ONE("600"));
	holdings_stop(holdings, false);
	write_word(1, SLOT_OFF, 1, (struct mono){0});
	hold(1);
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
}

static void what_is_left_behind_has_no_end(void **state)
{
	(void)state;
	serve(ONE("4"));
	removals();
	stop(true);
	assert_int_equal(seconds_left(), -1);
	assert_int_equal(removals(), 0);
}

static void what_somebody_else_removes_comes_back_under_hold(void **state)
{
	(void)state;
	serve(ONE("600"));
	run("ip addr del 10.9.0.1/24 dev here");
	SETTLE(is_there("10.9.0.1/24"));
	assert_int_equal(events[ADDRESS_STOLEN], 1);
	turn_for(A_WHILE);
	assert_int_equal(events[ADDRESS_STOLEN], 1);
	assert_int_equal(events[ADDRESS_LAPSED], 0);
}

static void what_somebody_else_removes_comes_back_under_nothing_else(void **state)
{
	struct mono until;

	(void)state;
	serve(ONE("600"));
	/* Its hold ends without another look at it before. */
	until = from_now(USEC_PER_SEC / 10);
	slot_write(slots, SLOT_OF(1), &(struct slot_word){SLOT_HOLD, 1, until});
	while (mono_before(mono_read(), until))
		usleep(1000);
	run("ip addr del 10.9.0.1/24 dev here");
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	hold(1);
	SETTLE(is_there("10.9.0.1/24"));
	turn_for(A_WHILE);
	write_word(1, SLOT_KEEP, 1, from_now(LONG));
	events[ADDRESS_STOLEN] = 0;
	run("ip addr del 10.9.0.1/24 dev here");
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
	assert_int_equal(events[ADDRESS_STOLEN], 0);
}

/* Nobody has renewed it while net itself did not run: the word decides anew. */
static void a_lease_that_net_has_missed_is_told_and_begun_anew(void **state)
{
	(void)state;
	serve(ONE("2"));
	for (int i = 0; i < 500 && is_there("10.9.0.1/24"); i++)
		usleep(10000);
	assert_false(is_there("10.9.0.1/24"));
	SETTLE(is_there("10.9.0.1/24"));
	assert_int_equal(events[ADDRESS_LAPSED], 1);
	assert_int_equal(events[ADDRESS_STOLEN], 0);
}

static void a_lease_that_net_has_missed_does_not_come_back_without_a_hold(void **state)
{
	(void)state;
	serve(ONE("2"));
	slot_write(slots, SLOT_OF(1), &(struct slot_word){SLOT_HOLD, 1, from_now(USEC_PER_SEC)});
	for (int i = 0; i < 500 && is_there("10.9.0.1/24"); i++)
		usleep(10000);
	assert_false(is_there("10.9.0.1/24"));
	turn_for(A_WHILE);
	assert_false(is_there("10.9.0.1/24"));
}

int main(void)
{
#define HOLDING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		HOLDING_TEST(a_word_that_was_never_written_touches_nothing),
		HOLDING_TEST(without_slots_nothing_is_touched),
		HOLDING_TEST(under_hold_addresses_come_and_are_renewed),
		HOLDING_TEST(off_removes_what_is_there),
		HOLDING_TEST(off_removes_what_a_predecessor_left),
		HOLDING_TEST(under_hold_what_a_predecessor_left_is_taken_over),
		HOLDING_TEST(what_is_kept_is_not_added),
		HOLDING_TEST(what_is_kept_is_not_renewed),
		HOLDING_TEST(what_is_kept_goes_when_its_time_has_come),
		HOLDING_TEST(an_expired_hold_adds_nothing),
		HOLDING_TEST(an_expired_hold_keeps_what_is_there_for_a_second),
		HOLDING_TEST(a_hold_that_is_prolonged_in_time_loses_nothing),
		HOLDING_TEST(status_tells_the_word_that_was_seen),
		HOLDING_TEST(an_address_that_moves_never_leaves),
		HOLDING_TEST(what_came_to_an_undecided_instance_is_renewed_for_a_while),
		HOLDING_TEST(words_stay_with_their_instances_over_a_reload),
		HOLDING_TEST(the_address_of_an_instance_that_is_removed_goes),
		HOLDING_TEST(at_the_end_all_go),
		HOLDING_TEST(at_the_end_a_word_brings_nothing_back),
		HOLDING_TEST(what_is_left_behind_has_no_end),
		HOLDING_TEST(what_somebody_else_removes_comes_back_under_hold),
		HOLDING_TEST(what_somebody_else_removes_comes_back_under_nothing_else),
		HOLDING_TEST(a_lease_that_net_has_missed_is_told_and_begun_anew),
		HOLDING_TEST(a_lease_that_net_has_missed_does_not_come_back_without_a_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
