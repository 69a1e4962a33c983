/* Dumps that are passed on, of a real kernel in a network namespace of its own with many links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/loop.h"
#include "tests/unit/kernel.h"
#include "vrrp/net/dump_relay.h"
#include "vrrp/net/rtnetlink.h"

#define LINKS	 500
#define PATIENCE (20 * USEC_PER_SEC)
#define A_WHILE	 (200 * USEC_PER_MSEC) /* for what must not happen */

/* What a reader has got. */
struct seen {
	unsigned links, addresses, others;
	unsigned ends;	   /* of dumps */
	uint32_t sequence; /* of the last message */
	bool mixed;	   /* not all had that one */
};

static struct loop *loop;
static struct dump_relay *relay;
static int reader;
static struct rtnetlink_buffer buffer;

static unsigned count_lines(const char *command)
{
	FILE *pipe = popen(command, "r");
	unsigned n = 0;
	int c;

	assert_non_null(pipe);
	while ((c = getc(pipe)) != EOF)
		n += c == '\n';
	assert_int_equal(pclose(pipe), 0);
	return n;
}

static void on_message(struct nlmsghdr *message, void *data)
{
	struct seen *seen = data;

	seen->mixed |= seen->sequence != 0 && seen->sequence != message->nlmsg_seq;
	seen->sequence = message->nlmsg_seq;
	if (message->nlmsg_type == RTM_NEWLINK)
		seen->links++;
	else if (message->nlmsg_type == RTM_NEWADDR)
		seen->addresses++;
	else if (message->nlmsg_type == NLMSG_DONE)
		seen->ends++;
	else
		seen->others++;
}

static void read_now(struct seen *seen)
{
	assert_int_not_equal(rtnetlink_receive(reader, &buffer, UINT32_MAX, on_message, seen),
			     RTNETLINK_OVERRUN);
}

static void turn_for(int64_t duration)
{
	struct mono end = mono_add(mono_read(), duration);

	while (mono_before(mono_read(), end))
		loop_turn(loop, 10 * USEC_PER_MSEC);
}

/* Until the end of a dump. */
static void read_all(struct seen *seen)
{
	struct mono give_up = mono_add(mono_read(), PATIENCE);

	while (seen->ends == 0 && mono_before(mono_read(), give_up)) {
		loop_turn(loop, USEC_PER_MSEC);
		read_now(seen);
	}
	assert_int_equal(seen->ends, 1);
}

/* Turns of the loop in a while in which nothing should be to do. */
static unsigned busy_turns(void)
{
	struct mono end = mono_add(mono_read(), A_WHILE);
	unsigned n = 0;

	for (; mono_before(mono_read(), end); n++)
		loop_turn(loop, A_WHILE);
	return n;
}

static int make_links(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	run("{ echo link set lo up; "
	    "for i in $(seq 250); do echo link add a$i type veth peer name b$i; done; "
	    "for i in $(seq 200); do echo addr add 10.9.0.$i/32 dev a$i; done; } | ip -b -");
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	loop = loop_create();
	relay = dump_relay_create(loop);
	reader = dump_relay_open(relay);
	return reader < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (reader >= 0)
		close(reader);
	dump_relay_destroy(relay);
	loop_destroy(loop);
	return 0;
}

static void a_dump_arrives_whole(void **state)
{
	struct seen links = {0}, addresses = {0};

	(void)state;
	dump_relay_ask(relay, RTM_GETLINK, 17);
	read_all(&links);
	assert_true(links.links > LINKS);
	assert_int_equal(links.links, count_lines("ip -o link"));
	assert_int_equal(links.sequence, 17);
	assert_false(links.mixed);
	dump_relay_ask(relay, RTM_GETADDR, 18);
	read_all(&addresses);
	assert_int_equal(addresses.addresses, count_lines("ip -o addr"));
	assert_int_equal(addresses.sequence, 18);
	assert_int_equal(links.addresses + links.others + addresses.links + addresses.others, 0);
}

/* What does not fit into the sockets waits in the kernel, and the loop has time for others. */
static void who_does_not_read_blocks_nobody_and_gets_the_rest_later(void **state)
{
	struct seen seen = {0};
	unsigned busy;

	(void)state;
	dump_relay_ask(relay, RTM_GETLINK, 1);
	turn_for(A_WHILE);
	busy = busy_turns();
	assert_in_range(busy, 1, 5);
	read_now(&seen);
	assert_in_range(seen.links, 1, LINKS - 1); /* or there is nothing to be seen here */
	assert_int_equal(seen.ends, 0);
	read_all(&seen);
	assert_int_equal(seen.links, count_lines("ip -o link"));
	assert_false(seen.mixed);
}

static void nothing_else_is_asked_for(void **state)
{
	static const uint16_t types[] = {RTM_GETROUTE, RTM_GETNEIGH, RTM_GETRULE, RTM_NEWLINK,
					 RTM_DELLINK,  RTM_DELADDR,  0,		  UINT16_MAX};
	struct seen seen = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		dump_relay_ask(relay, types[i], 1);
	turn_for(A_WHILE);
	read_now(&seen);
	assert_int_equal(seen.links + seen.addresses + seen.others + seen.ends, 0);
	dump_relay_ask(relay, RTM_GETLINK, 2);
	read_all(&seen);
	assert_int_equal(seen.sequence, 2);
}

/* What the old one has not read is its own still, and the rest nobody's. */
static void a_new_reader_gets_nothing_of_the_old_dump(void **state)
{
	struct seen old = {0}, seen = {0};
	int before;

	(void)state;
	dump_relay_ask(relay, RTM_GETLINK, 1);
	turn_for(A_WHILE); /* a part waits for the reader, another one in the kernel */
	before = reader;
	reader = dump_relay_open(relay);
	assert_true(reader >= 0);
	turn_for(A_WHILE);
	read_now(&seen);
	assert_int_equal(seen.links + seen.addresses + seen.others + seen.ends, 0);
	dump_relay_ask(relay, RTM_GETLINK, 2);
	read_all(&seen);
	assert_int_equal(seen.links, count_lines("ip -o link"));
	assert_int_equal(seen.sequence, 2);
	assert_false(seen.mixed);
	close(reader);
	reader = before;
	rtnetlink_receive(reader, &buffer, 64, on_message, &old);
	assert_int_equal(old.sequence, 1);
	assert_int_equal(old.ends, 0);
}

/* One that is gone is no work, until there is another. */
static void a_reader_that_is_gone_keeps_nobody_busy(void **state)
{
	struct seen seen = {0};

	(void)state;
	dump_relay_ask(relay, RTM_GETLINK, 1);
	turn_for(A_WHILE);
	close(reader);
	turn_for(A_WHILE);
	assert_in_range(busy_turns(), 1, 5);
	dump_relay_ask(relay, RTM_GETLINK, 2); /* which he had asked for */
	turn_for(A_WHILE);
	assert_in_range(busy_turns(), 1, 5);
	reader = dump_relay_open(relay);
	dump_relay_ask(relay, RTM_GETLINK, 3);
	read_all(&seen);
	assert_int_equal(seen.sequence, 3);
	assert_false(seen.mixed);
}

int main(void)
{
#define RELAY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RELAY_TEST(a_dump_arrives_whole),
		RELAY_TEST(who_does_not_read_blocks_nobody_and_gets_the_rest_later),
		RELAY_TEST(nothing_else_is_asked_for),
		RELAY_TEST(a_new_reader_gets_nothing_of_the_old_dump),
		RELAY_TEST(a_reader_that_is_gone_keeps_nobody_busy),
	};

	return cmocka_run_group_tests(tests, make_links, NULL);
}
