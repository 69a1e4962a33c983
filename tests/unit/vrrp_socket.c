/*
 * What goes out in one turn, and what becomes of it, on sockets of a network namespace of its own
 * whose only interface is down: errors of sending are told to their owner, and a turn sends no more
 * announcements than it may.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vrrp/wire/announce.h"
#include "vrrp/wire/socket.h"

#define MANY		500
#define FRAMES_PER_TURN 50

static struct loop *loop;
static unsigned n_errors, n_asked;
static int last_error;
static void *last_owner;

static void on_receive(void *owner, const struct packet_envelope *envelope, const uint8_t *payload,
		       size_t size)
{
	(void)owner;
	(void)envelope;
	(void)payload;
	(void)size;
}

static void on_unknown(int interface, const struct packet_envelope *envelope,
		       const uint8_t *payload, size_t size, void *data)
{
	(void)interface;
	(void)data;
	on_receive(NULL, envelope, payload, size);
}

static void on_error(void *owner, int error)
{
	n_errors++;
	last_owner = owner;
	last_error = error;
}

static bool on_sender(const struct announcement *announcement, struct neighbour_sender *sender)
{
	(void)announcement;
	n_asked++;
	*sender = (struct neighbour_sender){.interface = "lo", .index = 1};
	return true;
}

static void on_sent(const struct announcement *announcement)
{
	(void)announcement;
}

static int set_up(void **state)
{
	(void)state;
	loop = loop_create();
	n_errors = n_asked = 0;
	return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	loop_destroy(loop);
	return 0;
}

/* Each advert that is not sent is its owner's error, also in the middle of several. */
static void every_send_error_is_told_issue_8_32(void **state)
{
	struct sockets *sockets = sockets_create(loop, on_receive, on_error, on_unknown, NULL);
	struct socket_place place = {.interface_index = 1};
	struct socket_route route = {.ttl = PACKET_TTL};
	const uint8_t payload[12] = {0x31, 7, 100, 1};
	int owners[3];

	(void)state;
	address_parse("127.0.0.1", &place.local);
	route.source = place.local;
	address_parse("192.0.2.1", &route.destination);
	struct socket *socket = socket_join(sockets, &place, 7, &owners[0]);
	if (!socket) { /* while lo is down it has no address */
		address_parse("224.0.0.18", &place.local);
		socket = socket_join(sockets, &place, 7, &owners[0]);
	}
	assert_non_null(socket);
	for (unsigned i = 0; i < 3; i++)
		socket_queue(socket, &owners[i], &route, payload, sizeof(payload));
	sockets_flush(sockets);
	assert_int_equal(n_errors, 3);
	assert_true(last_owner == &owners[2]);
	assert_true(last_error != 0);
	sockets_flush(sockets);
	assert_int_equal(n_errors, 3);
	socket_leave(socket, 7);
	sockets_destroy(sockets);
}

static void a_turn_sends_a_bounded_number_of_announcements_issue_8_32(void **state)
{
	static struct announcement announcements[MANY];
	struct announcer *announcer = announcer_create(loop, on_sender, on_sent);
	unsigned before;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		announcements[i].address = (struct address){
			.family = AF_INET, .bytes = {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};
		announcements[i].interface = "lo";
		announce_add(announcer, &announcements[i], 2);
	}
	for (unsigned turn = 1; turn <= 4; turn++) {
		before = n_asked;
		announce_work(announcer);
		assert_int_equal(n_asked - before, FRAMES_PER_TURN);
	}
	assert_int_equal(announcements[0].rounds, 1); /* all once before any is twice */
	assert_int_equal(announcements[MANY - 1].rounds, 2);
	for (unsigned i = 0; i < MANY; i++)
		announce_cancel(&announcements[i]);
	before = n_asked;
	announce_work(announcer);
	assert_int_equal(n_asked, before);
	announcer_destroy(announcer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_send_error_is_told_issue_8_32, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_turn_sends_a_bounded_number_of_announcements_issue_8_32, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
