/*
 * Signed adverts: trailers made by an independent implementation (tests/lab/hmac_trailer.py), each
 * bit of what they cover, and each refusal by its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mono.h"
#include "vrrp/wire/hmac.h"

#define SEQUENCE UINT64_C(0x6925f00080000003)

static const uint8_t v3_bytes[] = {
	0x31, 0x07, 0x64, 0x01, 0x00, 0x64, 0x75, 0x3b, 0x0a, 0x00, 0x00, 0xc8,
};
static const uint8_t v3_trailer[PACKET_TRAILER_SIZE] = {
	0x01, 0x01, 0x00, 0x00, 0x69, 0x25, 0xf0, 0x00, 0x80, 0x00, 0x00, 0x03, 0xe7, 0x08,
	0x5e, 0x3a, 0x8f, 0xe5, 0x63, 0x1e, 0x07, 0x51, 0xee, 0xbb, 0x65, 0xcb, 0xc1, 0x37,
};
static const uint8_t v2_bytes[] = {
	0x21, 0x33, 0x96, 0x02, 0x01, 0x01, 0xf6, 0xb3, 0x0a, 0x00, 0x00, 0x64,
	0x0a, 0x00, 0x00, 0x65, 's',  'e',  'c',  'r',	'e',  't',  0x00, 0x00,
};
static const uint8_t v2_trailer[PACKET_TRAILER_SIZE] = {
	0x01, 0xff, 0x00, 0x00, 0x69, 0x25, 0xf0, 0x00, 0x80, 0x00, 0x00, 0x03, 0x00, 0x6b,
	0x44, 0xff, 0xb1, 0x86, 0xa1, 0xa4, 0x81, 0x62, 0xf0, 0x66, 0x50, 0x0c, 0x5f, 0xbc,
};
static const uint8_t v3_ipv6_bytes[] = {
	0x31, 0x07, 0x64, 0x02, 0x00, 0x64, 0x40, 0x26, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0,    0,    0,	  0x02, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
};
static const uint8_t v3_ipv6_trailer[PACKET_TRAILER_SIZE] = {
	0x01, 0x02, 0x00, 0x00, 0x69, 0x25, 0xf0, 0x00, 0x80, 0x00, 0x00, 0x03, 0x5d, 0xf5,
	0xe8, 0xc2, 0xe1, 0x48, 0x9f, 0x2f, 0xa8, 0x35, 0xe6, 0x4f, 0x12, 0xdd, 0x7a, 0x97,
};

/* Keys 1 and 2 are the bytes 0 to 31, key 255 is 64 times 'k'. */
static struct hmac_ring *ring_with(uint8_t active)
{
	struct hmac_key_conf keys[3] = {
		{.id = 1, .size = 32}, {.id = 2, .size = 32}, {.id = 255, .size = 64}};
	const struct hmac_conf conf = {.keys = keys, .n_keys = 3, .active_key = active};

	for (uint8_t i = 0; i < 32; i++)
		keys[0].bytes[i] = keys[1].bytes[i] = i;
	memset(keys[2].bytes, 'k', sizeof(keys[2].bytes));
	return hmac_create(&conf);
}

static struct address address_of(const char *text)
{
	struct address address;

	assert_true(address_parse(text, &address));
	return address;
}

static void assert_signed_as(const char *source, uint8_t key, const uint8_t *advert, size_t size,
			     const uint8_t trailer[PACKET_TRAILER_SIZE])
{
	struct address from = address_of(source);
	struct hmac_ring *ring = ring_with(key);
	struct hmac_trailer found;
	uint8_t bytes[128];

	memcpy(bytes, advert, size);
	hmac_sign(ring, &from, SEQUENCE, bytes, size);
	assert_memory_equal(bytes, advert, size);
	assert_memory_equal(bytes + size, trailer, PACKET_TRAILER_SIZE);
	memcpy(bytes + size, trailer, PACKET_TRAILER_SIZE);
	assert_int_equal(hmac_verify(ring, &from, bytes, size + PACKET_TRAILER_SIZE, &found),
			 PACKET_ACCEPTED);
	assert_int_equal(found.key, key);
	assert_true(found.sequence == SEQUENCE);
	hmac_destroy(ring);
	/* A peer that has the key, and signs with another one by now. */
	ring = ring_with(key == 1 ? 2 : 1);
	assert_int_equal(hmac_verify(ring, &from, bytes, size + PACKET_TRAILER_SIZE, &found),
			 PACKET_ACCEPTED);
	hmac_destroy(ring);
}

static void known_trailers_are_made_and_believed(void **state)
{
	(void)state;
	assert_signed_as("10.0.0.1", 1, v3_bytes, sizeof(v3_bytes), v3_trailer);
	assert_signed_as("10.0.0.1", 255, v2_bytes, sizeof(v2_bytes), v2_trailer);
	assert_signed_as("fe80::1", 2, v3_ipv6_bytes, sizeof(v3_ipv6_bytes), v3_ipv6_trailer);
}

struct signed_message {
	uint8_t bytes[sizeof(v3_bytes) + PACKET_TRAILER_SIZE];
};

static struct signed_message known(void)
{
	struct signed_message message;

	memcpy(message.bytes, v3_bytes, sizeof(v3_bytes));
	memcpy(message.bytes + sizeof(v3_bytes), v3_trailer, sizeof(v3_trailer));
	return message;
}

static enum packet_refusal verify_from(const char *source, const struct signed_message *message)
{
	struct address from = address_of(source);
	struct hmac_ring *ring = ring_with(1);
	struct hmac_trailer found;
	enum packet_refusal refusal =
		hmac_verify(ring, &from, message->bytes, sizeof(message->bytes), &found);

	hmac_destroy(ring);
	return refusal;
}

static void every_flipped_bit_but_of_the_checksum_is_noticed(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(struct signed_message) * 8; bit++) {
		struct signed_message message = known();
		enum packet_refusal refusal;

		message.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refusal = verify_from("10.0.0.1", &message);
		if (bit / 8 == 6 || bit / 8 == 7)
			assert_int_equal(refusal, PACKET_ACCEPTED);
		else if (bit / 8 == sizeof(v3_bytes))
			assert_int_equal(refusal, PACKET_HMAC_MALFORMED);
		else if (bit / 8 == sizeof(v3_bytes) + 1) /* 1 becomes 0, 3, 5 ... */
			assert_int_equal(refusal, PACKET_HMAC_UNKNOWN_KEY);
		else
			assert_int_equal(refusal, PACKET_HMAC_INVALID);
	}
}

static void another_source_is_noticed(void **state)
{
	struct signed_message message = known();

	(void)state;
	assert_int_equal(verify_from("10.0.0.1", &message), PACKET_ACCEPTED);
	assert_int_equal(verify_from("10.0.0.2", &message), PACKET_HMAC_INVALID);
}

/* The same bytes under another key that is known too. */
static void another_key_s_number_is_noticed(void **state)
{
	struct signed_message message = known();

	(void)state;
	message.bytes[sizeof(v3_bytes) + 1] = 255;
	assert_int_equal(verify_from("10.0.0.1", &message), PACKET_HMAC_INVALID);
}

static void no_keys_make_no_ring(void **state)
{
	const struct hmac_conf conf = {0};

	(void)state;
	assert_null(hmac_create(&conf));
	hmac_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_trailers_are_made_and_believed),
		cmocka_unit_test(every_flipped_bit_but_of_the_checksum_is_noticed),
		cmocka_unit_test(another_source_is_noticed),
		cmocka_unit_test(another_key_s_number_is_noticed),
		cmocka_unit_test(no_keys_make_no_ring),
	};

	return cmocka_run_group_tests_name("vrrp hmac", tests, NULL, NULL);
}
