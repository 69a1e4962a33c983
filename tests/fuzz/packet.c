/*
 * Fuzz target for the VRRP codec and the trailer of signed adverts.  The first byte of an input
 * chooses what the receiver expects and the family; the rest is what a raw socket delivers. Besides
 * what the sanitizers find, it is an error when an advert that is accepted is built differently
 * from what came, or when a trailer made for it is not believed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mono.h"
#include "vrrp/wire/hmac.h"
#include "vrrp/wire/packet.h"
#include "vrrp/wire/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHOICE_VERSION_2    1
#define CHOICE_PASSWORD	    2
#define CHOICE_IPV6	    4
#define CHOICE_UNICAST	    8
#define CHOICE_NO_ADDRESSES 16
#define CHOICE_TRAILER	    32
#define CHOICE_OLD_CHECKSUM 64
#define CHOICE_STRICT	    128

/* The trailer as it came, and as it should be. */
static void check_trailer(const struct packet_envelope *envelope, const uint8_t *message,
			  size_t size)
{
	struct hmac_key_conf key = {.id = 1, .size = HMAC_KEY_MIN};
	const struct hmac_conf conf = {.keys = &key, .n_keys = 1, .active_key = 1};
	const struct hmac_journal none = {0};
	const struct replay_now now = {{USEC_PER_SEC}, {1764000000 * USEC_PER_SEC}};
	struct hmac_ring *ring = hmac_create(&conf);
	struct hmac_trailer trailer;
	struct replay guard;
	uint8_t *copy = malloc(size);

	if (copy == NULL)
		abort();
	memcpy(copy, message, size);
	hmac_verify(ring, &envelope->source, copy, size, &trailer);
	replay_start(&guard, &none, now);
	replay_configure(&guard, false, 5 * USEC_PER_SEC);
	replay_accept(&guard, &envelope->source, trailer.sequence, now);
	hmac_sign(ring, &envelope->source, trailer.sequence, copy, size - PACKET_TRAILER_SIZE);
	if (hmac_verify(ring, &envelope->source, copy, size, &trailer) != PACKET_ACCEPTED)
		abort();
	free(copy);
	hmac_destroy(ring);
}

static void check(const struct packet_envelope *envelope, const uint8_t *payload, size_t size,
		  const struct packet_expected *expected)
{
	uint8_t *copy = malloc(size); /* of its own size, so that reading past its end is noticed */
	uint8_t built[PACKET_SIZE_MAX];
	enum packet_refusal refusal;
	struct packet packet;
	char text[160];

	if (copy == NULL)
		abort();
	memcpy(copy, payload, size);
	refusal = packet_parse(envelope, copy, size, expected, &packet);
	packet_explain(refusal, envelope, copy, size, expected, text, sizeof(text));
	if (refusal == PACKET_ACCEPTED && packet.has_trailer) {
		check_trailer(envelope, copy, size);
		size -= PACKET_TRAILER_SIZE;
	}
	if (refusal == PACKET_ACCEPTED && (packet.version == 2 || copy[4] >> 4 == 0)) {
		if (packet_build(&packet, &envelope->source, &envelope->destination, copy + 8,
				 built, sizeof(built)) != size)
			abort();
		/* All but the checksum: zero has two forms in one's complement. */
		if (memcmp(built, copy, 6) != 0 || memcmp(built + 8, copy + 8, size - 8) != 0)
			abort();
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_expected expected = {.version = 3, .interval = USEC_PER_SEC};
	struct packet_envelope envelope = {.ttl = PACKET_TTL};
	size_t offset = 0, length;

	if (size < 2)
		return 0;
	if (data[0] & CHOICE_VERSION_2)
		expected.version = 2;
	if (data[0] & CHOICE_PASSWORD) {
		expected.auth_type = 1;
		memcpy(expected.auth_data, "secret", 6);
	}
	expected.any_ttl = data[0] & CHOICE_UNICAST;
	expected.ttl_max = UINT8_MAX;
	expected.may_trail = data[0] & CHOICE_TRAILER;
	expected.may_be_old = data[0] & CHOICE_OLD_CHECKSUM;
	expected.strict = data[0] & CHOICE_STRICT;
	expected.no_addresses = data[0] & CHOICE_NO_ADDRESSES;
	length = size - 1;
	if (data[0] & CHOICE_IPV6) {
		expected.version = 3;
		address_parse("fe80::1", &envelope.source);
		address_parse("ff02::12", &envelope.destination);
	} else if (!packet_open_ipv4(data + 1, size - 1, &envelope, &offset, &length)) {
		return 0;
	}
	if (length > 0)
		check(&envelope, data + 1 + offset, length, &expected);
	return 0;
}
