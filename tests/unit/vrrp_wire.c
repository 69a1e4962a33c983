/*
 * What goes over the wire beside adverts: the kernel filter of the receive sockets (run by the
 * kernel, on a socket pair) and the frame of an announcement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "vrrp/wire/neighbour.h"
#include "vrrp/wire/socket.h"

static const struct address group = {.family = AF_INET, .bytes = {224, 0, 0, 18}};

/* Does a filter for adverts to `local` with `vrids` let this packet pass? */
static bool passes_to(const struct address *local, const uint32_t vrids[8], const uint8_t *packet,
		      size_t size)
{
	const struct socket_place place = {.local = *local};
	struct sock_filter program[SOCKET_FILTER_MAX];
	struct sock_fprog filter = {.filter = program};
	uint8_t received[64];
	bool passed;
	int fds[2];

	filter.len = (unsigned short)socket_filter(&place, vrids, program);
	assert_true(filter.len <= SOCKET_FILTER_MAX);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)),
			 0);
	/* A refused datagram is an error for the sender, on a pair. */
	passed = send(fds[0], packet, size, 0) == (ssize_t)size &&
		 recv(fds[1], received, sizeof(received), 0) == (ssize_t)size;
	close(fds[0]);
	close(fds[1]);
	return passed;
}

static bool passes(const uint32_t vrids[8], const uint8_t *packet, size_t size)
{
	return passes_to(&group, vrids, packet, size);
}

/* An advert with an IPv4 header of `words` words. */
static size_t advert_for(uint8_t vrid, unsigned words, uint8_t out[64])
{
	static const uint8_t header[20] = {0, 0xc0, 0,	40, 0, 1, 0,   0, 255, 112,
					   0, 0,    10, 0,  0, 1, 224, 0, 0,   18};

	memset(out, 0, 64);
	memcpy(out, header, sizeof(header));
	out[0] = (uint8_t)(0x40 | words);
	out[words * 4] = 0x31;
	out[words * 4 + 1] = vrid;
	return words * 4 + 12;
}

static void filter_passes_exactly_its_vrids(void **state)
{
	uint32_t vrids[8] = {0};
	uint8_t packet[64];

	(void)state;
	for (unsigned vrid = 1; vrid < 256; vrid += 7)
		vrids[vrid / 32] |= UINT32_C(1) << vrid % 32;
	vrids[7] |= UINT32_C(1) << 31; /* 255 */
	for (unsigned vrid = 0; vrid < 256; vrid++) {
		bool wanted = (vrids[vrid / 32] >> vrid % 32 & 1) != 0;
		size_t size = advert_for((uint8_t)vrid, 5, packet);

		if (passes(vrids, packet, size) != wanted)
			fail_msg("VRID %u %s", vrid, wanted ? "is refused" : "passes");
	}
}

static void filter_finds_the_vrid_behind_ip_options(void **state)
{
	const uint32_t vrids[8] = {1u << 7};
	uint8_t packet[64];
	size_t size = advert_for(7, 6, packet);

	(void)state;
	packet[21] = 9; /* where the VRID would be without the option */
	assert_true(passes(vrids, packet, size));
	size = advert_for(8, 6, packet);
	packet[21] = 7;
	assert_false(passes(vrids, packet, size));
}

static void filter_refuses_other_destinations_and_stubs(void **state)
{
	const uint32_t vrids[8] = {1u << 7};
	uint8_t packet[64];
	size_t size = advert_for(7, 5, packet);

	(void)state;
	assert_true(passes(vrids, packet, size));
	assert_false(passes(vrids, packet, 21));
	packet[16] = 10; /* unicast to us */
	assert_false(passes(vrids, packet, size));
}

static void filter_of_unicast_passes_only_what_is_for_its_address(void **state)
{
	const struct address local = {.family = AF_INET, .bytes = {10, 0, 0, 9}};
	const uint32_t vrids[8] = {1u << 7};
	uint8_t packet[64];
	size_t size = advert_for(7, 5, packet);

	(void)state;
	assert_false(passes_to(&local, vrids, packet, size));
	memcpy(packet + 16, local.bytes, 4);
	assert_true(passes_to(&local, vrids, packet, size));
	packet[19] = 8;
	assert_false(passes_to(&local, vrids, packet, size));
}

/* Raw IPv6 sockets show the advert without its header. */
/* What the first instructions, which look at the hardware address, do with a frame from `mac`;
 * 0 = it is dropped.  A socket pair has no link header, so they are carried out here. */
static uint32_t judge_mac(const struct sock_filter *program, const uint8_t mac[6])
{
	uint32_t loaded = 0;

	for (unsigned i = 0; i < 5; i++) {
		const struct sock_filter *now = &program[i];
		uint32_t at = now->k - ((uint32_t)SKF_LL_OFF + 6);

		if (now->code == (BPF_LD | BPF_W | BPF_ABS))
			loaded = (uint32_t)mac[at] << 24 | (uint32_t)mac[at + 1] << 16 |
				 (uint32_t)mac[at + 2] << 8 | mac[at + 3];
		else if (now->code == (BPF_LD | BPF_H | BPF_ABS))
			loaded = (uint32_t)mac[at] << 8 | mac[at + 1];
		else if (now->code == (BPF_JMP | BPF_JEQ | BPF_K))
			i += loaded == now->k ? now->jt : now->jf;
		else if (now->code == (BPF_RET | BPF_K))
			return now->k;
		else
			fail_msg("instruction %u", i);
	}
	return 1;
}

static void filter_of_a_hardware_address_looks_at_each_byte_issue_8_32(void **state)
{
	struct socket_place place = {
		.local = group, .filtered = true, .from = {0, 0, 0x5e, 0, 1, 51}};
	struct sock_filter program[SOCKET_FILTER_MAX];
	const uint32_t vrids[8] = {0};
	uint8_t mac[6];

	(void)state;
	socket_filter(&place, vrids, program);
	assert_int_equal(judge_mac(program, place.from), 1);
	for (unsigned byte = 0; byte < 6; byte++) {
		memcpy(mac, place.from, sizeof(mac));
		mac[byte] ^= 0x10;
		assert_int_equal(judge_mac(program, mac), 0);
	}
}

static void filter_of_ipv6_looks_at_the_vrid_only(void **state)
{
	const struct address local = {.family = AF_INET6, .bytes = {0xff, 2, [15] = 0x12}};
	const uint32_t vrids[8] = {1u << 7, [7] = 1u << 31};
	uint8_t advert[24] = {0x31};
	unsigned vrid;

	(void)state;
	for (vrid = 0; vrid < 256; vrid++) {
		advert[1] = (uint8_t)vrid;
		assert_int_equal(passes_to(&local, vrids, advert, sizeof(advert)),
				 vrid == 7 || vrid == 255);
	}
	assert_false(passes_to(&local, vrids, advert, 1));
}

static void ipv6_announcement_is_an_unsolicited_advertisement_to_all_nodes(void **state)
{
	struct neighbour_sender from = {.mac = {0x02, 0, 0, 0, 0, 0x05}};
	static const uint8_t expected[NEIGHBOUR_ND_SIZE] =
		{
			0x33, 0x33, 0,	  0,	0,    1, 0x02, 0,    0,	 0,  0,
			0x05, 0x86, 0xdd, 0x60, 0,    0, 0,    0,    32, 58, 255, /* hop limit */
			0xfd, 0,    0,	  0,	0,    0, 0,    0,    0,	 0,  0,
			0,    0,    0,	  0,	9, /* from the address itself */
			0xff, 0x02, 0,	  0,	0,    0, 0,    0,    0,	 0,  0,
			0,    0,    0,	  0,	1,		  /* to all nodes */
			136,  0,    0x5a, 0x87, 0x20, 0, 0,    0, /* override */
			0xfd, 0,    0,	  0,	0,    0, 0,    0,    0,	 0,  0,
			0,    0,    0,	  0,	9, /* target */
			2,    1,    0x02, 0,	0,    0, 0,    0x05,
		};
	const struct address address = {.family = AF_INET6, .bytes = {0xfd, [15] = 9}};
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	(void)state;
	assert_int_equal(neighbour_announcement(&from, &address, frame), sizeof(expected));
	assert_memory_equal(frame, expected, sizeof(expected));
	from.router = true;
	neighbour_announcement(&from, &address, frame);
	assert_int_equal(frame[58], 0xa0); /* a router says so */
}

static void announcement_is_a_broadcast_request_for_ones_own_address(void **state)
{
	struct neighbour_sender from = {.mac = {0x02, 0, 0, 0, 0, 0x05}};
	static const uint8_t expected[NEIGHBOUR_ARP_SIZE] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0,   0, 0,   0,    0x05,
		0x08, 0x06, 0,	  1,	0x08, 0,    6,	  4,   0, 1, /* Ethernet, IPv4, request */
		0x02, 0,    0,	  0,	0,    0x05, 10,	  9,   0, 100, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 10,   9,    0,	  100,
	};
	const struct address address = {.family = AF_INET, .bytes = {10, 9, 0, 100}};
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	(void)state;
	assert_int_equal(neighbour_announcement(&from, &address, frame), sizeof(expected));
	assert_memory_equal(frame, expected, sizeof(expected));
}

/* RFC 5227 2.1.1: nothing of it is to be remembered. */
static void the_arp_probe_has_no_sender_address(void **state)
{
	struct neighbour_sender from = {.mac = {0x02, 0, 0, 0, 0, 0x05}};
	static const uint8_t expected[NEIGHBOUR_ARP_SIZE] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0,   0, 0, 0, 0x05,
		0x08, 0x06, 0,	  1,	0x08, 0,    6,	  4,   0, 1, /* Ethernet, IPv4, request */
		0x02, 0,    0,	  0,	0,    0x05, 0,	  0,   0, 0, 0, 0,
		0,    0,    0,	  0,	10,   9,    0,	  100,
	};
	const struct address address = {.family = AF_INET, .bytes = {10, 9, 0, 100}};
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	(void)state;
	assert_int_equal(neighbour_probe(&from, &(struct address){0}, &address, frame),
			 sizeof(expected));
	assert_memory_equal(frame, expected, sizeof(expected));
}

static void the_ipv6_probe_goes_to_the_solicited_node(void **state)
{
	struct neighbour_sender from = {.mac = {0x02, 0, 0, 0, 0, 0x05}};
	static const uint8_t expected[NEIGHBOUR_ND_SIZE] = {
		0x33, 0x33, 0xff, 1,	2, 9, 0x02, 0,	  0,	0,   0, 0x05,
		0x86, 0xdd, 0x60, 0,	0, 0, 0,    32,	  58,	255, /* hop limit */
		0xfe, 0x80, 0,	  0,	0, 0, 0,    0,	  0,	0,   0, 0,
		0,    0,    0,	  5, /* an address of the interface */
		0xff, 0x02, 0,	  0,	0, 0, 0,    0,	  0,	0,   0, 1,
		0xff, 1,    2,	  9, /* to the node's group */
		135,  0,    0x77, 0xff, 0, 0, 0,    0,	  0xfd, 0,   0, 0,
		0,    0,    0,	  0,	0, 0, 0,    0,	  0,	1,   2, 9, /* target */
		1,    1,    0x02, 0,	0, 0, 0,    0x05,
	};
	const struct address source = {.family = AF_INET6, .bytes = {0xfe, 0x80, [15] = 5}};
	const struct address address = {.family = AF_INET6,
					.bytes = {0xfd, [13] = 1, [14] = 2, [15] = 9}};
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	(void)state;
	assert_int_equal(neighbour_probe(&from, &source, &address, frame), sizeof(expected));
	assert_memory_equal(frame, expected, sizeof(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_passes_exactly_its_vrids),
		cmocka_unit_test(filter_finds_the_vrid_behind_ip_options),
		cmocka_unit_test(filter_refuses_other_destinations_and_stubs),
		cmocka_unit_test(filter_of_unicast_passes_only_what_is_for_its_address),
		cmocka_unit_test(filter_of_a_hardware_address_looks_at_each_byte_issue_8_32),
		cmocka_unit_test(filter_of_ipv6_looks_at_the_vrid_only),
		cmocka_unit_test(ipv6_announcement_is_an_unsolicited_advertisement_to_all_nodes),
		cmocka_unit_test(announcement_is_a_broadcast_request_for_ones_own_address),
		cmocka_unit_test(the_arp_probe_has_no_sender_address),
		cmocka_unit_test(the_ipv6_probe_goes_to_the_solicited_node),
	};

	return cmocka_run_group_tests_name("vrrp wire", tests, NULL, NULL);
}
