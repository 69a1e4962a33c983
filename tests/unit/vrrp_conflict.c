/*
 * Which frames claim an address, and which of them the kernel's filter lets pass (run by the
 * kernel, on a socket pair): exactly those that name one of ours where ours are in few rows, at
 * least those where they are scattered.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "vrrp/wire/neighbour.h"

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
static const struct neighbour_sender from = {.mac = {2, 0, 0, 0, 0, 7}, .router = true};

/* A socket pair with the filter for these keys. */
struct gate {
	int fds[2];
	unsigned length;
};

static struct gate open_gate(uint16_t family, const uint32_t *keys, size_t n)
{
	static struct sock_filter program[NEIGHBOUR_FILTER_MAX];
	struct sock_fprog filter = {.filter = program};
	uint32_t *copy = calloc(n + 1, sizeof(*copy));
	struct gate gate;

	assert_non_null(copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = keys[i];
	gate.length = neighbour_filter(family, copy, n, program);
	free(copy);
	assert_true(gate.length <= NEIGHBOUR_FILTER_MAX);
	filter.len = (unsigned short)gate.length;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, gate.fds), 0);
	assert_int_equal(
		setsockopt(gate.fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)), 0);
	return gate;
}

static bool passes(const struct gate *gate, const uint8_t *frame, size_t size)
{
	uint8_t received[128];

	/* A refused datagram is an error for the sender, on a pair. */
	return send(gate->fds[0], frame, size, 0) == (ssize_t)size &&
	       recv(gate->fds[1], received, sizeof(received), 0) == (ssize_t)size;
}

static void close_gate(const struct gate *gate)
{
	close(gate->fds[0]);
	close(gate->fds[1]);
}

static struct address ipv4(uint32_t key)
{
	struct address address = {.family = AF_INET};

	address.v4.s_addr = htonl(key);
	return address;
}

static struct address ipv6(uint32_t end)
{
	struct address address = {.family = AF_INET6, .bytes = {0xfd, 0, 9}};

	end = htonl(end);
	memcpy(address.bytes + 12, &end, sizeof(end));
	return address;
}

static size_t announcement(const struct address *address, uint8_t frame[NEIGHBOUR_ND_SIZE])
{
	return neighbour_announcement(&from, address, frame);
}

static bool passes_key(const struct gate *gate, uint32_t key)
{
	const struct address address = ipv4(key);
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	return passes(gate, frame, announcement(&address, frame));
}

/* Its target, from nowhere: duplicate detection. */
static void solicitation(const struct address *address, uint8_t frame[NEIGHBOUR_ND_SIZE])
{
	announcement(address, frame);
	memset(frame + 22, 0, 16);
	frame[54] = 135;
}

static void test_arp_claims_its_senders_address(void **state)
{
	const struct address address = ipv4(0x0a090101);
	uint8_t frame[NEIGHBOUR_ND_SIZE];
	struct neighbour_claim claim;

	(void)state;
	announcement(&address, frame);
	for (uint8_t operation = 1; operation <= 2; operation++) {
		frame[21] = operation;
		assert_true(neighbour_parse(frame, NEIGHBOUR_ARP_SIZE, &claim));
		assert_int_equal(address_compare(&claim.address, &address), 0);
		assert_memory_equal(claim.mac, mac, sizeof(mac));
	}
	assert_false(neighbour_parse(frame, NEIGHBOUR_ARP_SIZE - 1, &claim));
	assert_false(neighbour_parse(frame, 13, &claim));
	frame[17] = 1; /* another protocol than IPv4 */
	assert_false(neighbour_parse(frame, NEIGHBOUR_ARP_SIZE, &claim));
}

static void test_an_advertisement_claims_its_target(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 0, 8};
	const struct address address = ipv6(0x10);
	uint8_t frame[NEIGHBOUR_ND_SIZE];
	struct neighbour_claim claim;

	(void)state;
	announcement(&address, frame);
	memcpy(frame + 6, other, sizeof(other)); /* who sends it need not be who has it */
	assert_true(neighbour_parse(frame, sizeof(frame), &claim));
	assert_int_equal(address_compare(&claim.address, &address), 0);
	assert_memory_equal(claim.mac, mac, sizeof(mac));
	assert_true(neighbour_parse(frame, 78, &claim)); /* without the option */
	assert_memory_equal(claim.mac, other, sizeof(other));
	assert_false(neighbour_parse(frame, 77, &claim));
	frame[21] = 254; /* from beyond the link */
	assert_false(neighbour_parse(frame, sizeof(frame), &claim));
}

static void test_only_a_solicitation_from_nowhere_claims(void **state)
{
	const struct address address = ipv6(0x10);
	uint8_t frame[NEIGHBOUR_ND_SIZE];
	struct neighbour_claim claim;

	(void)state;
	solicitation(&address, frame);
	assert_true(neighbour_parse(frame, sizeof(frame), &claim));
	assert_int_equal(address_compare(&claim.address, &address), 0);
	frame[37] = 1; /* somebody looks for the address */
	assert_false(neighbour_parse(frame, sizeof(frame), &claim));
	solicitation(&address, frame);
	frame[54] = 133;
	assert_false(neighbour_parse(frame, sizeof(frame), &claim));
}

/* Else two who ask at a time would answer each other. */
static void test_a_probe_claims_nothing(void **state)
{
	const struct address four = ipv4(0x0a090101), six = ipv6(0x10);
	const struct address source = {.family = AF_INET6, .bytes = {0xfe, 0x80, [15] = 5}};
	uint8_t frame[NEIGHBOUR_ND_SIZE];
	struct neighbour_claim claim;

	(void)state;
	neighbour_probe(&from, &source, &four, frame);
	assert_true(neighbour_parse(frame, NEIGHBOUR_ARP_SIZE, &claim));
	assert_int_equal(neighbour_key(&claim.address), 0); /* which is nobody's */
	neighbour_probe(&from, &source, &six, frame);
	assert_false(neighbour_parse(frame, sizeof(frame), &claim));
}

static void test_nothing_passes_where_nothing_is_ours(void **state)
{
	struct gate gate = open_gate(AF_INET, NULL, 0);

	(void)state;
	assert_false(passes_key(&gate, 0x0a090101));
	close_gate(&gate);
}

static void test_thousands_in_a_row_and_single_ones_pass_exactly(void **state)
{
	static uint32_t keys[5000 + 200];
	struct gate gate;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		keys[i] = 0x0a090000 + i;
	for (uint32_t i = 0; i < 200; i++)
		keys[5000 + i] = 0xc0a80000 + 7 * i;
	gate = open_gate(AF_INET, keys, 5200);
	for (uint32_t key = 0x0a08ff00; key < 0x0a091500; key++)
		assert_int_equal(passes_key(&gate, key), key - 0x0a090000 < 5000);
	for (uint32_t i = 0; i < 7 * 201; i++)
		assert_int_equal(passes_key(&gate, 0xc0a80000 + i), i % 7 == 0 && i < 7 * 200);
	assert_false(passes_key(&gate, 0));
	assert_false(passes_key(&gate, UINT32_MAX));
	close_gate(&gate);
}

static void test_the_ends_of_the_address_space_pass(void **state)
{
	static const uint32_t keys[] = {UINT32_MAX, 0};
	struct gate gate = open_gate(AF_INET, keys, 2);

	(void)state;
	assert_true(passes_key(&gate, 0));
	assert_true(passes_key(&gate, UINT32_MAX));
	assert_false(passes_key(&gate, 0x80000000));
	close_gate(&gate);
}

static void test_scattered_ones_all_pass_in_a_bounded_program(void **state)
{
	static uint32_t keys[3000];
	struct gate gate;

	(void)state;
	srandom(7);
	for (size_t i = 0; i < 3000; i++)
		keys[i] = (uint32_t)random();
	gate = open_gate(AF_INET, keys, 3000);
	for (size_t i = 0; i < 3000; i++)
		assert_true(passes_key(&gate, keys[i]));
	assert_false(passes_key(&gate, 0xf0000000)); /* beyond random()'s range */
	close_gate(&gate);
}

static void test_of_ipv6_only_claims_pass(void **state)
{
	const struct address ours = ipv6(0x1000), other = ipv6(0x1001);
	const uint32_t key = neighbour_key(&ours);
	struct gate gate = open_gate(AF_INET6, &key, 1);
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	(void)state;
	announcement(&ours, frame);
	assert_true(passes(&gate, frame, sizeof(frame)));
	frame[20] = IPPROTO_TCP;
	assert_false(passes(&gate, frame, sizeof(frame)));
	announcement(&other, frame);
	assert_false(passes(&gate, frame, sizeof(frame)));
	solicitation(&ours, frame);
	assert_true(passes(&gate, frame, sizeof(frame)));
	frame[22] = 0xfe; /* from somewhere: looks for the address */
	assert_false(passes(&gate, frame, sizeof(frame)));
	solicitation(&other, frame);
	assert_false(passes(&gate, frame, sizeof(frame)));
	announcement(&ours, frame);
	frame[54] = 128;
	assert_false(passes(&gate, frame, sizeof(frame)));
	close_gate(&gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp_claims_its_senders_address),
		cmocka_unit_test(test_an_advertisement_claims_its_target),
		cmocka_unit_test(test_only_a_solicitation_from_nowhere_claims),
		cmocka_unit_test(test_a_probe_claims_nothing),
		cmocka_unit_test(test_nothing_passes_where_nothing_is_ours),
		cmocka_unit_test(test_thousands_in_a_row_and_single_ones_pass_exactly),
		cmocka_unit_test(test_the_ends_of_the_address_space_pass),
		cmocka_unit_test(test_scattered_ones_all_pass_in_a_bounded_program),
		cmocka_unit_test(test_of_ipv6_only_claims_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
