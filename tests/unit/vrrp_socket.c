/*
 * What goes out in one turn, and what becomes of it, on sockets of a network namespace of its own
 * whose only interface is down: errors of sending are told to their owner, and a turn sends no more
 * announcements than it may.  With that interface up: how often one hears of a VRID that is
 * nobody's.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/timer.h"
#include "vrrp/wire/announce.h"
#include "vrrp/wire/socket.h"

#define MANY		500
#define FRAMES_PER_TURN 50

static struct loop *loop;
static unsigned n_errors, n_asked, n_received, n_unknown;
static int last_error;
static void *last_owner;
static const void *fitting; /* to which any sender is a peer */

static void on_receive(void *owner, const struct packet_envelope *envelope, const uint8_t *payload,
		       size_t size)
{
	last_owner = owner;
	(void)envelope;
	(void)payload;
	(void)size;
	n_received++;
}

static void on_unknown(int interface, const struct packet_envelope *envelope,
		       const uint8_t *payload, size_t size, void *data)
{
	(void)interface;
	(void)envelope;
	(void)payload;
	(void)size;
	(void)data;
	n_unknown++;
}

static bool on_fits(const void *owner, const struct address *source)
{
	assert_int_equal(source->family, AF_INET);
	return owner == fitting;
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
	n_errors = n_asked = n_received = n_unknown = 0;
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
	struct sockets *sockets =
		sockets_create(loop, on_receive, on_fits, on_error, on_unknown, NULL);
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
	socket_leave(socket, 7, &owners[0]);
	sockets_destroy(sockets);
}

static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0);
	close(fd);
}

/* Hears VRID 7 at 127.0.0.1, which goes to *place; *from sends there. */
static struct socket *join_loopback(struct sockets *sockets, struct socket_place *place,
				    void *owner, int *from)
{
	raise_loopback();
	*from = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 112);
	assert_true(*from >= 0);
	address_parse("127.0.0.1", &place->local);
	struct socket *joined = socket_join(sockets, place, 7, owner);
	assert_non_null(joined);
	return joined;
}

/* Adverts of these VRIDs, two of each in each of three rounds. Returns after how many of those
 * there was something to be read. */
static unsigned hear(struct socket *socket, int from, uint8_t first, uint8_t last)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned n_heard = 0;

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned n = 0; n < 2u * (last - first + 1u); n++) {
			const uint8_t payload[12] = {0x31, (uint8_t)(first + n / 2), 100, 1};

			assert_int_equal(sendto(from, payload, sizeof(payload), 0,
						(const void *)&to, sizeof(to)),
					 sizeof(payload));
		}
		n_heard += socket_drain(socket);
	}
	return n_heard;
}

/* The only timer: when it is due, and then what it does. */
static void end_of_period(void)
{
	const struct timer_heap *heap = loop_timers(loop);

	assert_int_equal(heap->used, 1);
	struct timer *timer = heap->slots[0];
	int64_t left = mono_diff(timer->due, loop_now(loop));
	assert_in_range(left, SOCKET_NOTICE_PERIOD / 2, SOCKET_NOTICE_PERIOD);
	timer_set(loop, timer, loop_now(loop), timer->call, timer->data);
	loop_turn(loop, 0);
	assert_int_equal(heap->used, 0);
}

static void an_unknown_vrid_is_news_once_in_each_period_issue_8_32(void **state)
{
	struct sockets *sockets =
		sockets_create(loop, on_receive, on_fits, on_error, on_unknown, NULL);
	struct socket_place place = {.interface_index = 1};
	int from, owner;

	(void)state;
	struct socket *socket = join_loopback(sockets, &place, &owner, &from);
	for (unsigned period = 1; period <= 3; period++) {
		/* Of two words of the filter; it is the kernel that drops them from then on. */
		assert_int_equal(hear(socket, from, 31, 33), 1);
		assert_int_equal(n_unknown, 3 * period);
		assert_int_equal(hear(socket, from, 31, 33), 0);
		assert_int_equal(hear(socket, from, 7, 7), 3);
		assert_int_equal(n_received, 6 * period);
		end_of_period();
	}
	close(from);
	socket_leave(socket, 7, &owner);
	sockets_destroy(sockets);
}

/* Each advert is for one: whose peer its sender is, else for the first, who refuses it. */
static void one_vrid_of_several_goes_by_the_sender_issue_8_24(void **state)
{
	struct sockets *sockets =
		sockets_create(loop, on_receive, on_fits, on_error, on_unknown, NULL);
	struct socket_place place = {.interface_index = 0};
	int from, owners[3];

	(void)state;
	struct socket *socket = join_loopback(sockets, &place, &owners[0], &from);
	for (unsigned i = 1; i < 3; i++)
		assert_ptr_equal(socket_join(sockets, &place, 7, &owners[i]), socket);
	for (unsigned i = 0; i < 3; i++) {
		fitting = &owners[i];
		assert_int_equal(hear(socket, from, 7, 7), 3);
		assert_ptr_equal(last_owner, fitting);
	}
	fitting = NULL;
	hear(socket, from, 7, 7);
	assert_ptr_equal(last_owner, &owners[0]);
	socket_leave(socket, 7, &owners[0]);
	hear(socket, from, 7, 7);
	assert_ptr_equal(last_owner, &owners[1]);
	socket_leave(socket, 7, &owners[1]);
	hear(socket, from, 7, 7);
	assert_ptr_equal(last_owner, &owners[2]);
	assert_int_equal(n_received, 6 * 6);
	assert_int_equal(n_unknown, 0);
	close(from);
	socket_leave(socket, 7, &owners[2]);
	sockets_destroy(sockets);
}

/* Each virtual MAC address of a link has a filter of its own, and so a socket. */
static void places_differ_by_whom_they_hear_issue_8_32(void **state)
{
	struct sockets *sockets =
		sockets_create(loop, on_receive, on_fits, on_error, on_unknown, NULL);
	struct socket_place place = {.interface_index = 1};
	struct socket *heard[3];
	int owners[4];

	(void)state;
	raise_loopback();
	address_parse("127.0.0.1", &place.local);
	heard[0] = socket_join(sockets, &place, 7, &owners[0]);
	place.filtered = true;
	memcpy(place.from, (const uint8_t[]){0, 0, 0x5e, 0, 1, 7}, sizeof(place.from));
	heard[1] = socket_join(sockets, &place, 7, &owners[1]);
	place.from[5] = 8;
	heard[2] = socket_join(sockets, &place, 7, &owners[2]);
	assert_ptr_equal(socket_join(sockets, &place, 9, &owners[3]), heard[2]);
	assert_true(heard[0] && heard[1] && heard[2]);
	assert_true(heard[0] != heard[1] && heard[1] != heard[2] && heard[2] != heard[0]);
	sockets_destroy(sockets);
}

/* A VRID is listened for until its last listener leaves, whoever else stays at the socket. */
static void a_vrid_that_all_have_left_stays_in_the_kernel_issue_8_32(void **state)
{
	struct sockets *sockets =
		sockets_create(loop, on_receive, on_fits, on_error, on_unknown, NULL);
	struct socket_place place = {.interface_index = 1};
	int from, owners[4];

	(void)state;
	struct socket *socket = join_loopback(sockets, &place, &owners[0], &from);
	assert_ptr_equal(socket_join(sockets, &place, 8, &owners[1]), socket);
	assert_ptr_equal(socket_join(sockets, &place, 8, &owners[2]), socket);
	socket_leave(socket, 8, &owners[1]);
	assert_int_equal(hear(socket, from, 8, 8), 3);
	assert_ptr_equal(last_owner, &owners[2]);
	socket_leave(socket, 8, &owners[2]);
	assert_int_equal(hear(socket, from, 8, 8), 1); /* which is news, once */
	assert_int_equal(n_unknown, 1);
	assert_int_equal(hear(socket, from, 8, 8), 0);
	assert_int_equal(hear(socket, from, 7, 7), 3);
	close(from);
	socket_leave(socket, 7, &owners[0]);
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
		cmocka_unit_test_setup_teardown(
			an_unknown_vrid_is_news_once_in_each_period_issue_8_32, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_vrid_of_several_goes_by_the_sender_issue_8_24,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(places_differ_by_whom_they_hear_issue_8_32, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_vrid_that_all_have_left_stays_in_the_kernel_issue_8_32, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
