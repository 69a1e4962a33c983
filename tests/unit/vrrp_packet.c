/*
 * The VRRP codec: known-good bytes (made with an independent implementation), each receive check by
 * the section that demands it (RFC 9568 with its errata, RFC 3768), and encode-decode as a
 * property.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mono.h"
#include "vrrp/wire/packet.h"

#define SEED 20240901u

/* 10.0.0.1, VRID 51, priority 150, 1 s, password "secret", 10.0.0.100 and .101 */
static const uint8_t v2_bytes[] = {
	0x21, 0x33, 0x96, 0x02, 0x01, 0x01, 0xf6, 0xb3, 0x0a, 0x00, 0x00, 0x64,
	0x0a, 0x00, 0x00, 0x65, 's',  'e',  'c',  'r',	'e',  't',  0x00, 0x00,
};
/* 10.0.0.1, VRID 7, priority 100, 1 s, 10.0.0.200; checksum with the pseudo-header */
static const uint8_t v3_bytes[] = {
	0x31, 0x07, 0x64, 0x01, 0x00, 0x64, 0x75, 0x3b, 0x0a, 0x00, 0x00, 0xc8,
};
/* fe80::1, VRID 7, priority 100, 1 s, fe80::2 and 2001:db8::1 */
static const uint8_t v3_ipv6_bytes[] = {
	0x31, 0x07, 0x64, 0x02, 0x00, 0x64, 0x40, 0x26, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0,    0,    0,	  0x02, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
};

static const struct packet_expected expected_v2 = {
	.version = 2, .auth_type = 1, .auth_data = "secret", .interval = USEC_PER_SEC};
static const struct packet_expected expected_v3 = {.version = 3, .interval = USEC_PER_SEC};

static struct packet_envelope envelope_of(const char *source, const char *destination)
{
	struct packet_envelope envelope = {.ttl = 255};

	assert_true(address_parse(source, &envelope.source));
	assert_true(address_parse(destination, &envelope.destination));
	return envelope;
}

static struct packet_envelope envelope_ipv4(void)
{
	return envelope_of("10.0.0.1", "224.0.0.18");
}

static struct packet_envelope envelope_ipv6(void)
{
	return envelope_of("fe80::1", "ff02::12");
}

/* Writes the checksum that makes `bytes` valid without a pseudo-header. */
static void fix_plain_checksum(uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	bytes[6] = bytes[7] = 0;
	for (size_t i = 0; i < size; i++)
		sum += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	bytes[6] = (uint8_t)(~sum >> 8);
	bytes[7] = (uint8_t)~sum;
}

static enum packet_refusal parse_v2(const uint8_t *bytes, size_t size)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet packet;

	return packet_parse(&envelope, bytes, size, &expected_v2, &packet);
}

static enum packet_refusal parse_v3(const uint8_t *bytes, size_t size)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet packet;

	return packet_parse(&envelope, bytes, size, &expected_v3, &packet);
}

static void v2_known_bytes_are_decoded(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet packet;

	(void)state;
	assert_int_equal(packet_parse(&envelope, v2_bytes, sizeof(v2_bytes), &expected_v2, &packet),
			 PACKET_ACCEPTED);
	assert_int_equal(packet.vrid, 51);
	assert_int_equal(packet.priority, 150);
	assert_int_equal(packet.count, 2);
	assert_int_equal(packet.interval, USEC_PER_SEC);
	assert_true(packet.addresses == packet_digest(v2_bytes + 8, 2, 4));
}

static void v3_known_bytes_are_decoded(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet packet;

	(void)state;
	assert_int_equal(packet_parse(&envelope, v3_bytes, sizeof(v3_bytes), &expected_v3, &packet),
			 PACKET_ACCEPTED);
	assert_int_equal(packet.vrid, 7);
	assert_int_equal(packet.priority, 100);
	assert_int_equal(packet.interval, USEC_PER_SEC);
	assert_int_equal(packet.checksum, CHECKSUM_PSEUDO);
}

static void v3_ipv6_known_bytes_are_decoded(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	struct packet packet;

	(void)state;
	assert_int_equal(packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes), &expected_v3,
				      &packet),
			 PACKET_ACCEPTED);
	assert_int_equal(packet.count, 2);
}

static void known_bytes_are_encoded(void **state)
{
	struct packet_envelope v4 = envelope_ipv4(), v6 = envelope_ipv6();
	struct packet packet = {.version = 2,
				.vrid = 51,
				.priority = 150,
				.count = 2,
				.auth_type = 1,
				.auth_data = "secret",
				.interval = USEC_PER_SEC};
	uint8_t out[PACKET_SIZE_MAX];

	(void)state;
	assert_int_equal(
		packet_build(&packet, &v4.source, &v4.destination, v2_bytes + 8, out, sizeof(out)),
		sizeof(v2_bytes));
	assert_memory_equal(out, v2_bytes, sizeof(v2_bytes));
	packet = (struct packet){
		.version = 3, .vrid = 7, .priority = 100, .count = 1, .interval = USEC_PER_SEC};
	assert_int_equal(
		packet_build(&packet, &v4.source, &v4.destination, v3_bytes + 8, out, sizeof(out)),
		sizeof(v3_bytes));
	assert_memory_equal(out, v3_bytes, sizeof(v3_bytes));
	packet.count = 2;
	assert_int_equal(packet_build(&packet, &v6.source, &v6.destination, v3_ipv6_bytes + 8, out,
				      sizeof(out)),
			 sizeof(v3_ipv6_bytes));
	assert_memory_equal(out, v3_ipv6_bytes, sizeof(v3_ipv6_bytes));
}

/* Without the pseudo-header; the form is reported, so that it can be answered. */
static void rfc9568_5_2_8_plain_checksum_is_accepted_and_reported(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	uint8_t bytes[sizeof(v3_bytes)];
	struct packet packet;

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(bytes));
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected_v3, &packet),
			 PACKET_ACCEPTED);
	assert_int_equal(packet.checksum, CHECKSUM_PLAIN);
}

/* A third form, of adverts to 10.0.0.2 with the sum of one to the group; made by hand. */
static void v3_old_unicast_checksum_is_accepted_where_it_may_be(void **state)
{
	struct packet_envelope envelope = envelope_of("10.0.0.1", "10.0.0.2");
	struct packet_expected expected = expected_v3;
	struct packet packet;

	(void)state;
	assert_int_equal(packet_parse(&envelope, v3_bytes, sizeof(v3_bytes), &expected, &packet),
			 PACKET_BAD_CHECKSUM);
	expected.may_be_old = true;
	assert_int_equal(packet_parse(&envelope, v3_bytes, sizeof(v3_bytes), &expected, &packet),
			 PACKET_ACCEPTED);
	assert_int_equal(packet.checksum, CHECKSUM_GROUP);
}

static void rfc9568_5_2_8_ipv6_plain_checksum_is_refused(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	uint8_t bytes[sizeof(v3_ipv6_bytes)];
	struct packet packet;

	(void)state;
	memcpy(bytes, v3_ipv6_bytes, sizeof(bytes));
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected_v3, &packet),
			 PACKET_BAD_CHECKSUM);
}

static void rfc9568_7_1_ttl_254_is_refused_before_anything_else(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	uint8_t bytes[sizeof(v3_bytes)] = {0};
	struct packet packet;

	(void)state;
	envelope.ttl = 254;
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected_v3, &packet),
			 PACKET_BAD_TTL);
}

static void rfc9568_7_1_other_version_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_v3(v2_bytes, sizeof(v2_bytes)), PACKET_BAD_VERSION);
	assert_int_equal(parse_v2(v3_bytes, sizeof(v3_bytes)), PACKET_BAD_VERSION);
}

static void rfc9568_7_1_other_type_is_refused(void **state)
{
	uint8_t bytes[sizeof(v3_bytes)];

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(bytes));
	bytes[0] = 0x32;
	assert_int_equal(parse_v3(bytes, sizeof(bytes)), PACKET_BAD_TYPE);
}

/* Each length in a block of its own size, so that the sanitizer sees a byte read too far. */
static void rfc9568_7_1_truncation_at_each_length_is_refused(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(v2_bytes); size++) {
		uint8_t *bytes = malloc(size + 1);

		memcpy(bytes + 1, v2_bytes, size);
		assert_int_equal(parse_v2(bytes + 1, size), PACKET_BAD_LENGTH);
		free(bytes);
	}
	for (size_t size = 0; size < sizeof(v3_bytes); size++) {
		uint8_t *bytes = malloc(size + 1);

		memcpy(bytes + 1, v3_bytes, size);
		assert_int_equal(parse_v3(bytes + 1, size), PACKET_BAD_LENGTH);
		free(bytes);
	}
}

static void rfc9568_7_1_trailing_bytes_are_refused(void **state)
{
	uint8_t bytes[sizeof(v3_bytes) + 4] = {0};

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(v3_bytes));
	assert_int_equal(parse_v3(bytes, sizeof(bytes)), PACKET_BAD_LENGTH);
}

static void rfc9568_5_2_8_every_flipped_bit_is_noticed(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(v3_bytes) * 8; bit++) {
		uint8_t bytes[sizeof(v3_bytes)];

		memcpy(bytes, v3_bytes, sizeof(bytes));
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(parse_v3(bytes, sizeof(bytes)), PACKET_ACCEPTED);
	}
}

static void erratum_8299_advert_without_addresses_is_refused(void **state)
{
	uint8_t bytes[8] = {0x31, 7, 100, 0, 0, 100};

	(void)state;
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(parse_v3(bytes, sizeof(bytes)), PACKET_BAD_COUNT);
}

static void erratum_8300_first_address_that_is_not_link_local_is_told(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	struct packet packet = {
		.version = 3, .vrid = 7, .priority = 100, .count = 1, .interval = USEC_PER_SEC};
	uint8_t out[64];
	size_t size = packet_build(&packet, &envelope.source, &envelope.destination,
				   v3_ipv6_bytes + 24, out, sizeof(out));

	(void)state;
	assert_int_equal(packet_parse(&envelope, out, size, &expected_v3, &packet),
			 PACKET_ACCEPTED);
	assert_true(packet.first_is_global);
	assert_int_equal(packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes), &expected_v3,
				      &packet),
			 PACKET_ACCEPTED);
	assert_false(packet.first_is_global);
}

/* The same, where the configuration insists on it. */
static void erratum_8300_first_address_that_is_not_link_local_is_refused_if_strict(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	struct packet_expected expected = expected_v3;
	struct packet packet = {
		.version = 3, .vrid = 7, .priority = 100, .count = 1, .interval = USEC_PER_SEC};
	uint8_t out[64];
	size_t size = packet_build(&packet, &envelope.source, &envelope.destination,
				   v3_ipv6_bytes + 24, out, sizeof(out));
	char text[160];

	(void)state;
	expected.strict = true;
	assert_int_equal(packet_parse(&envelope, out, size, &expected, &packet),
			 PACKET_BAD_FIRST_ADDRESS);
	packet_explain(PACKET_BAD_FIRST_ADDRESS, &envelope, out, size, &expected, text,
		       sizeof(text));
	assert_string_equal(text, "its first address 2001:db8::1 is not link-local");
	assert_int_equal(
		packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes), &expected, &packet),
		PACKET_ACCEPTED);
}

static void unicast_ttl_is_what_the_peer_may_have(void **state)
{
	struct packet_expected expected = expected_v3;
	struct packet_envelope envelope = envelope_ipv6();
	struct packet packet;
	unsigned ttl;

	(void)state;
	expected.any_ttl = true;
	expected.ttl_min = 3;
	expected.ttl_max = 64;
	for (ttl = 0; ttl < 256; ttl++) {
		envelope.ttl = (uint8_t)ttl;
		assert_int_equal(packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes),
					      &expected, &packet),
				 ttl >= 3 && ttl <= 64 ? PACKET_ACCEPTED : PACKET_BAD_TTL);
	}
}

static void rfc9568_5_2_8_ipv6_checksum_covers_source_destination_and_content(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	uint8_t bytes[sizeof(v3_ipv6_bytes)];
	struct packet packet;

	(void)state;
	envelope.source.bytes[15] ^= 1;
	assert_int_equal(packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes), &expected_v3,
				      &packet),
			 PACKET_BAD_CHECKSUM);
	envelope = envelope_ipv6();
	envelope.destination.bytes[15] ^= 1;
	assert_int_equal(packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes), &expected_v3,
				      &packet),
			 PACKET_BAD_CHECKSUM);
	envelope = envelope_ipv6();
	memcpy(bytes, v3_ipv6_bytes, sizeof(bytes));
	bytes[sizeof(bytes) - 1] ^= 1;
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected_v3, &packet),
			 PACKET_BAD_CHECKSUM);
}

static void advert_without_addresses_passes_only_where_none_are(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	struct packet_expected expected = expected_v3;
	struct packet packet = {.version = 3, .vrid = 7, .priority = 100, .interval = USEC_PER_SEC};
	uint8_t out[64];
	size_t size = packet_build(&packet, &envelope.source, &envelope.destination, out, out,
				   sizeof(out));

	(void)state;
	assert_int_equal(size, PACKET_HEADER_SIZE);
	assert_int_equal(packet_parse(&envelope, out, size, &expected, &packet), PACKET_BAD_COUNT);
	expected.no_addresses = true;
	assert_int_equal(packet_parse(&envelope, out, size, &expected, &packet), PACKET_ACCEPTED);
	assert_false(packet.first_is_global);
}

static void erratum_8301_interval_zero_is_refused(void **state)
{
	uint8_t bytes[sizeof(v3_bytes)];

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(bytes));
	bytes[5] = 0;
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(parse_v3(bytes, sizeof(bytes)), PACKET_BAD_INTERVAL);
}

static void rfc9568_5_2_6_reserved_bits_are_ignored(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	uint8_t bytes[sizeof(v3_bytes)];
	struct packet packet;

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(bytes));
	bytes[4] |= 0xf0;
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected_v3, &packet),
			 PACKET_ACCEPTED);
	assert_int_equal(packet.interval, USEC_PER_SEC); /* issue 8.32 */
}

static void rfc9568_7_1_other_interval_is_accepted(void **state)
{
	uint8_t bytes[sizeof(v3_bytes)];

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(bytes));
	bytes[5] = 50;
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(parse_v3(bytes, sizeof(bytes)), PACKET_ACCEPTED);
}

static void rfc3768_7_1_other_interval_is_refused(void **state)
{
	uint8_t bytes[sizeof(v2_bytes)];

	(void)state;
	memcpy(bytes, v2_bytes, sizeof(bytes));
	bytes[5] = 2;
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(parse_v2(bytes, sizeof(bytes)), PACKET_BAD_INTERVAL);
}

static void rfc3768_7_1_auth_type_must_match(void **state)
{
	uint8_t bytes[sizeof(v2_bytes)];

	(void)state;
	memcpy(bytes, v2_bytes, sizeof(bytes));
	bytes[4] = 0;
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(parse_v2(bytes, sizeof(bytes)), PACKET_BAD_AUTH_TYPE);
}

static void rfc2338_10_2_password_must_match(void **state)
{
	uint8_t bytes[sizeof(v2_bytes)];

	(void)state;
	memcpy(bytes, v2_bytes, sizeof(bytes));
	bytes[sizeof(bytes) - 1] = 'x';
	fix_plain_checksum(bytes, sizeof(bytes));
	assert_int_equal(parse_v2(bytes, sizeof(bytes)), PACKET_BAD_AUTH);
}

static void explanations_name_what_was_found_and_expected(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	char text[160];

	(void)state;
	envelope.ttl = 254;
	packet_explain(PACKET_BAD_TTL, &envelope, v3_bytes, sizeof(v3_bytes), &expected_v3, text,
		       sizeof(text));
	assert_string_equal(text, "TTL 254, expected 255");
	packet_explain(PACKET_BAD_VERSION, &envelope, v2_bytes, sizeof(v2_bytes), &expected_v3,
		       text, sizeof(text));
	assert_string_equal(text, "version 2, expected 3");
	packet_explain(PACKET_BAD_LENGTH, &envelope, v2_bytes, 0, &expected_v3, text, sizeof(text));
	assert_string_equal(text, "0 bytes with 0 addresses");
}

/* An Ethernet frame is padded to 46 bytes; the IP length says where the advert ends. */
static void ipv4_padding_is_cut_off(void **state)
{
	uint8_t bytes[46] = {0x45, 0xc0, 0,  32, 0, 1, 0,   0, 255, 112,
			     0,	   0,	 10, 0,	 0, 1, 224, 0, 0,   18};
	struct packet_envelope envelope;
	size_t offset, length;

	(void)state;
	assert_true(packet_open_ipv4(bytes, sizeof(bytes), &envelope, &offset, &length));
	assert_int_equal(offset, 20);
	assert_int_equal(length, 12);
	assert_int_equal(envelope.ttl, 255);
	assert_int_equal(envelope.destination.bytes[3], 18);
	bytes[0] = 0x46; /* with an option */
	bytes[3] = 36;
	assert_true(packet_open_ipv4(bytes, sizeof(bytes), &envelope, &offset, &length));
	assert_int_equal(offset, 24);
	bytes[3] = 47; /* longer than what came */
	assert_false(packet_open_ipv4(bytes, sizeof(bytes), &envelope, &offset, &length));
	bytes[0] = 0x44; /* header shorter than a header */
	bytes[3] = 32;
	assert_false(packet_open_ipv4(bytes, sizeof(bytes), &envelope, &offset, &length));
	assert_false(packet_open_ipv4(bytes, 19, &envelope, &offset, &length));
}

static void digest_does_not_depend_on_order(void **state)
{
	const uint8_t one[] = {10, 0, 0, 1, 10, 0, 0, 2}, other[] = {10, 0, 0, 2, 10, 0, 0, 1};
	const uint8_t third[] = {10, 0, 0, 1, 10, 0, 0, 3};

	(void)state;
	assert_true(packet_digest(one, 2, 4) == packet_digest(other, 2, 4));
	assert_false(packet_digest(one, 2, 4) == packet_digest(third, 2, 4));
	assert_false(packet_digest(one, 2, 4) == packet_digest(one, 1, 4));
}

static bool lists_share(const uint8_t *a, unsigned n_a, const uint8_t *b, unsigned n_b)
{
	uint8_t sorted[16] = {0};

	memcpy(sorted, b, n_b * 4);
	packet_sort(sorted, n_b, 4);
	return packet_lists_share(a, n_a, sorted, n_b, 4);
}

static void lists_share_what_is_in_both_in_any_order(void **state)
{
	const uint8_t one[] = {10, 0, 0, 1, 10, 0, 0, 2}, other[] = {10, 0, 0, 3, 10, 0, 0, 1};
	const uint8_t third[] = {0, 1, 10, 0, 10, 0, 0, 4};

	(void)state;
	assert_true(lists_share(one, 2, other, 2));
	assert_false(lists_share(one, 2, other, 1));
	assert_false(lists_share(one, 2, third, 2));
	assert_false(lists_share(one, 0, other, 2));
}

/* The best of several rounds, in µs: of 100 searches for a list of 255 in one of `n`, without any
 * success. */
static int64_t search_cost(unsigned n)
{
	uint8_t theirs[PACKET_ADDRESSES_MAX * 4], ours[PACKET_ADDRESSES_MAX * 4];
	int64_t best = INT64_MAX;

	for (unsigned i = 0; i < PACKET_ADDRESSES_MAX; i++) {
		memcpy(theirs + i * 4, (uint8_t[]){10, 1, (uint8_t)(i * 7), (uint8_t)i}, 4);
		memcpy(ours + i * 4, (uint8_t[]){10, 1, (uint8_t)(i * 7 + 1), (uint8_t)i}, 4);
	}
	packet_sort(ours, n, 4);
	for (unsigned round = 0; round < 20; round++) {
		int64_t before = mono_read().us, cost;

		for (unsigned i = 0; i < 100; i++)
			assert_false(packet_lists_share(theirs, PACKET_ADDRESSES_MAX, ours, n, 4));
		cost = mono_read().us - before;
		if (cost < best)
			best = cost;
	}
	return best > 0 ? best : 1;
}

/* 64 times as many of ours cost a few times as much: each was compared with each before. */
static void a_long_foreign_list_costs_little_issue_8_5(void **state)
{
	(void)state;
	assert_true(search_cost(PACKET_ADDRESSES_MAX) < 16 * search_cost(4));
}

/* Nobody has these addresses; the kernel lets 0.0.0.0 through as source of a multicast. */
static void no_router_has_such_a_source_issue_8_5(void **state)
{
	static const char *const nobody[] = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.18",
					     "255.255.255.255"};
	static const char *const nobody_ipv6[] = {"::", "::1", "ff02::12", "::ffff:10.0.0.1"};
	char text[160];
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		struct packet_envelope envelope = envelope_of(nobody[i], "224.0.0.18");

		assert_int_equal(
			packet_parse(&envelope, v3_bytes, sizeof(v3_bytes), &expected_v3, &packet),
			PACKET_BAD_SOURCE);
		packet_explain(PACKET_BAD_SOURCE, &envelope, v3_bytes, sizeof(v3_bytes),
			       &expected_v3, text, sizeof(text));
		assert_string_equal(text, "no router can have that address");
	}
	for (size_t i = 0; i < sizeof(nobody_ipv6) / sizeof(nobody_ipv6[0]); i++) {
		struct packet_envelope envelope = envelope_of(nobody_ipv6[i], "ff02::12");

		assert_int_equal(packet_parse(&envelope, v3_ipv6_bytes, sizeof(v3_ipv6_bytes),
					      &expected_v3, &packet),
				 PACKET_BAD_SOURCE);
	}
}

/* As many addresses as one frame has room for. */
static void an_advert_is_one_frame_issue_8_17(void **state)
{
	static const struct {
		uint16_t family;
		uint8_t version;
		bool is_signed;
		uint32_t mtu;
		unsigned capacity;
	} cases[] = {
		{AF_INET6, 3, false, 1500, 90},	 {AF_INET6, 3, true, 1500, 89},
		{AF_INET6, 3, false, 1280, 77},	 {AF_INET6, 3, true, 1280, 75},
		{AF_INET6, 3, false, 9000, 255}, {AF_INET6, 3, false, 63, 0},
		{AF_INET6, 3, false, 64, 1},	 {AF_INET, 3, false, 1500, 255},
		{AF_INET, 3, false, 576, 137},	 {AF_INET, 3, true, 576, 130},
		{AF_INET, 2, false, 576, 135},	 {AF_INET, 3, false, 20, 0},
		{AF_INET, 3, false, 1047, 254},	 {AF_INET, 3, false, 1048, 255},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(packet_capacity(cases[i].family, cases[i].version,
						 cases[i].is_signed, cases[i].mtu),
				 cases[i].capacity);
}

/* Whatever is built is accepted, says the same, and is refused with any one byte changed. */
static void what_is_built_is_parsed_alike(void **state)
{
	unsigned seed = SEED;

	(void)state;
	print_message("seed %u\n", seed);
	for (unsigned i = 0; i < 20000; i++) {
		struct packet_envelope envelope =
			rand_r(&seed) % 3 == 0 ? envelope_ipv6() : envelope_ipv4();
		bool ipv6 = envelope.source.family == AF_INET6;
		struct packet in = {.version = ipv6 || rand_r(&seed) % 2 ? 3 : 2,
				    .vrid = (uint8_t)(1 + rand_r(&seed) % 255),
				    .priority = (uint8_t)rand_r(&seed),
				    .count = (uint8_t)(1 + rand_r(&seed) % 255),
				    .auth_type = (uint8_t)(rand_r(&seed) % 2),
				    .checksum = ipv6 ? CHECKSUM_PSEUDO
						     : (enum checksum_form)(rand_r(&seed) % 3),
				    .interval = (1 + rand_r(&seed) % 255) * USEC_PER_SEC / 100};
		struct packet_expected expected = {
			.version = in.version, .may_be_old = true, .auth_type = in.auth_type};
		uint8_t list[255 * 16], out[PACKET_SIZE_MAX];
		struct packet parsed;
		size_t size, changed;

		if (in.version == 2)
			in.interval *= 100;
		expected.interval = in.interval;
		for (size_t n = 0; n < sizeof(list); n++)
			list[n] = (uint8_t)rand_r(&seed);
		list[0] = 0xfe;
		list[1] = 0x80;
		size = packet_build(&in, &envelope.source, &envelope.destination, list, out,
				    sizeof(out));
		assert_int_not_equal(size, 0);
		assert_int_equal(packet_parse(&envelope, out, size, &expected, &parsed),
				 PACKET_ACCEPTED);
		assert_int_equal(parsed.vrid, in.vrid);
		assert_int_equal(parsed.priority, in.priority);
		assert_int_equal(parsed.count, in.count);
		assert_true(parsed.interval == in.interval);
		assert_true(parsed.addresses == packet_digest(list, in.count, ipv6 ? 16 : 4));
		if (in.version == 3)
			assert_int_equal(parsed.checksum,
					 in.checksum == CHECKSUM_GROUP &&
							 envelope.destination.bytes[0] == 224
						 ? CHECKSUM_PSEUDO
						 : in.checksum);
		changed = (size_t)rand_r(&seed) % size;
		out[changed] ^= 0x55;
		assert_int_not_equal(packet_parse(&envelope, out, size, &expected, &parsed),
				     PACKET_ACCEPTED);
	}
}

/* auth_hmac's trailer: what it says is hmac.c's; that it may be there, and where the advert ends,
 * is the codec's. */
static void trailer_is_accepted_only_where_it_may_be(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet_expected expected = expected_v3;
	uint8_t bytes[sizeof(v3_bytes) + PACKET_TRAILER_SIZE] = {0};
	struct packet packet;
	char text[160];

	(void)state;
	memcpy(bytes, v3_bytes, sizeof(v3_bytes));
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected, &packet),
			 PACKET_BAD_LENGTH);
	packet_explain(PACKET_BAD_LENGTH, &envelope, bytes, sizeof(bytes), &expected, text,
		       sizeof(text));
	assert_string_equal(text, "40 bytes with 1 address: signed (auth_hmac), which is not "
				  "configured here");
	expected.may_trail = true;
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected, &packet),
			 PACKET_ACCEPTED);
	assert_true(packet.has_trailer);
	assert_int_equal(packet.checksum, CHECKSUM_PSEUDO);
	assert_int_equal(packet_parse(&envelope, v3_bytes, sizeof(v3_bytes), &expected, &packet),
			 PACKET_ACCEPTED);
	assert_false(packet.has_trailer);
	for (size_t size = 0; size < sizeof(bytes); size++)
		if (size != sizeof(v3_bytes))
			assert_int_equal(packet_parse(&envelope, bytes, size, &expected, &packet),
					 PACKET_BAD_LENGTH);
	/* The sum over IPv4 is that of the advert alone. */
	bytes[sizeof(bytes) - 1] = 0x55;
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected, &packet),
			 PACKET_ACCEPTED);
}

static void password_is_before_the_trailer(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet_expected expected = expected_v2;
	uint8_t bytes[sizeof(v2_bytes) + PACKET_TRAILER_SIZE] = {0};
	struct packet packet;

	(void)state;
	expected.may_trail = true;
	memcpy(bytes, v2_bytes, sizeof(v2_bytes));
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected, &packet),
			 PACKET_ACCEPTED);
	assert_memory_equal(packet.auth_data, "secret\0\0", 8);
}

static void ipv6_checksum_covers_the_trailer(void **state)
{
	struct packet_envelope envelope = envelope_ipv6();
	struct packet_expected expected = expected_v3;
	uint8_t bytes[sizeof(v3_ipv6_bytes) + PACKET_TRAILER_SIZE] = {0};
	struct packet packet;

	(void)state;
	expected.may_trail = true;
	memcpy(bytes, v3_ipv6_bytes, sizeof(v3_ipv6_bytes));
	bytes[sizeof(bytes) - 1] = 0x55;
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected, &packet),
			 PACKET_BAD_CHECKSUM);
	packet_cover_trailer(&envelope.source, &envelope.destination, bytes, sizeof(bytes));
	assert_int_equal(packet_parse(&envelope, bytes, sizeof(bytes), &expected, &packet),
			 PACKET_ACCEPTED);
	assert_true(packet.has_trailer);
}

static void build_refuses_what_does_not_fit(void **state)
{
	struct packet_envelope envelope = envelope_ipv4();
	struct packet packet = {.version = 3, .vrid = 1, .count = 1, .interval = USEC_PER_SEC};
	uint8_t out[12];

	(void)state;
	assert_int_equal(packet_build(&packet, &envelope.source, &envelope.destination,
				      v3_bytes + 8, out, 11),
			 0);
	assert_int_equal(packet_build(&packet, &envelope.source, &envelope.destination,
				      v3_bytes + 8, out, 12),
			 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v2_known_bytes_are_decoded),
		cmocka_unit_test(v3_known_bytes_are_decoded),
		cmocka_unit_test(v3_ipv6_known_bytes_are_decoded),
		cmocka_unit_test(known_bytes_are_encoded),
		cmocka_unit_test(rfc9568_5_2_8_plain_checksum_is_accepted_and_reported),
		cmocka_unit_test(v3_old_unicast_checksum_is_accepted_where_it_may_be),
		cmocka_unit_test(rfc9568_5_2_8_ipv6_plain_checksum_is_refused),
		cmocka_unit_test(rfc9568_7_1_ttl_254_is_refused_before_anything_else),
		cmocka_unit_test(rfc9568_7_1_other_version_is_refused),
		cmocka_unit_test(rfc9568_7_1_other_type_is_refused),
		cmocka_unit_test(rfc9568_7_1_truncation_at_each_length_is_refused),
		cmocka_unit_test(rfc9568_7_1_trailing_bytes_are_refused),
		cmocka_unit_test(rfc9568_5_2_8_every_flipped_bit_is_noticed),
		cmocka_unit_test(erratum_8299_advert_without_addresses_is_refused),
		cmocka_unit_test(erratum_8300_first_address_that_is_not_link_local_is_told),
		cmocka_unit_test(
			erratum_8300_first_address_that_is_not_link_local_is_refused_if_strict),
		cmocka_unit_test(unicast_ttl_is_what_the_peer_may_have),
		cmocka_unit_test(lists_share_what_is_in_both_in_any_order),
		cmocka_unit_test(a_long_foreign_list_costs_little_issue_8_5),
		cmocka_unit_test(no_router_has_such_a_source_issue_8_5),
		cmocka_unit_test(an_advert_is_one_frame_issue_8_17),
		cmocka_unit_test(rfc9568_5_2_8_ipv6_checksum_covers_source_destination_and_content),
		cmocka_unit_test(advert_without_addresses_passes_only_where_none_are),
		cmocka_unit_test(erratum_8301_interval_zero_is_refused),
		cmocka_unit_test(rfc9568_5_2_6_reserved_bits_are_ignored),
		cmocka_unit_test(rfc9568_7_1_other_interval_is_accepted),
		cmocka_unit_test(rfc3768_7_1_other_interval_is_refused),
		cmocka_unit_test(rfc3768_7_1_auth_type_must_match),
		cmocka_unit_test(rfc2338_10_2_password_must_match),
		cmocka_unit_test(explanations_name_what_was_found_and_expected),
		cmocka_unit_test(ipv4_padding_is_cut_off),
		cmocka_unit_test(digest_does_not_depend_on_order),
		cmocka_unit_test(what_is_built_is_parsed_alike),
		cmocka_unit_test(trailer_is_accepted_only_where_it_may_be),
		cmocka_unit_test(password_is_before_the_trailer),
		cmocka_unit_test(ipv6_checksum_covers_the_trailer),
		cmocka_unit_test(build_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests_name("vrrp packet", tests, NULL, NULL);
}
