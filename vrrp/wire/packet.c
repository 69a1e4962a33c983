/*
 * The VRRP codec: bytes to struct packet and back, for versions 2 (RFC 3768) and 3 (RFC 9568, with
 * its errata 8299 to 8301), over IPv4 and IPv6.  It is pure: no sockets, no clock, no allocation,
 * no state.  instance.c calls it for every advert heard and sent; the fuzz target feeds it
 * anything.
 *
 * check() looks at what the RFCs demand, in their order.  A check may read only what the checks
 * before it have shown to be there; the version and type checks read byte 0, so the shortest
 * payload (one byte) is checked first of all and counts as a bad length.
 *
 * IPv4 version 3 has two checksums in the field (RFC 5798 with a pseudo-header as most Linux
 * routers send it, RFC 9568 without), and a third one in old unicast: all are accepted and the form
 * found is reported, so that the instance can answer in the same form.
 */
#include "vrrp/wire/packet.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/mono.h"
#include "core/base/names.h"
#include "core/base/text.h"

#define TYPE_ADVERTISEMENT   1
#define IPV4_HEADER_MIN	     20
#define IPV6_HEADER	     40
#define CHECKSUM_OFFSET	     6
#define V3_INTERVAL_MASK     0x0fff
#define USEC_PER_CENTISECOND INT64_C(10000)

/* What the checks look at. */
struct reading {
	const struct packet_envelope *envelope;
	const uint8_t *payload;
	size_t size;
	size_t advert_size; /* without a trailer */
	const struct packet_expected *expected;
};

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

/* Adds bytes to a one's complement sum (RFC 1071); 32 bits hold any packet's carries. */
static uint32_t sum_bytes(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += get16(bytes + i);
	if (size % 2)
		sum += (uint32_t)bytes[size - 1] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The same sum for IPv4 and IPv6: their pseudo-headers differ only in zero bytes. */
static uint32_t sum_pseudo_header(const struct address *source, const struct address *destination,
				  size_t length)
{
	unsigned bytes = address_size(source->family);
	uint32_t sum = sum_bytes(0, source->bytes, bytes);

	sum = sum_bytes(sum, destination->bytes, bytes);
	return sum + PACKET_PROTOCOL + (uint32_t)length;
}

static bool plain_is_valid(const struct reading *r)
{
	return sum_fold(sum_bytes(0, r->payload, r->advert_size)) == 0xffff;
}

/* Over IPv6 the checksum is that of all that the IP packet carries, as kernels compute it. */
static bool pseudo_is_valid(const struct reading *r, const struct address *destination)
{
	size_t size = r->envelope->source.family == AF_INET6 ? r->size : r->advert_size;
	uint32_t sum = sum_pseudo_header(&r->envelope->source, destination, size);

	return sum_fold(sum_bytes(sum, r->payload, size)) == 0xffff;
}

/* keepalived up to 1.3.6 takes the group for the destination in unicast adverts too. */
static const struct address old_destination = {.family = AF_INET, .bytes = {224, 0, 0, 18}};

/* Which form makes the checksum of an IPv4 advert of version 3 right. False: none. */
static bool find_checksum(const struct reading *r, enum checksum_form *form)
{
	if (pseudo_is_valid(r, &r->envelope->destination)) {
		*form = CHECKSUM_PSEUDO;
		return true;
	}
	if (plain_is_valid(r)) {
		*form = CHECKSUM_PLAIN;
		return true;
	}
	*form = CHECKSUM_GROUP;
	return r->expected->may_be_old && pseudo_is_valid(r, &old_destination);
}

static size_t advert_size(uint8_t version, unsigned count, unsigned address_bytes)
{
	return PACKET_HEADER_SIZE + (size_t)count * address_bytes +
	       (version == 2 ? PACKET_AUTH_SIZE : 0);
}

static int64_t wire_interval(uint8_t version, const uint8_t *payload)
{
	if (version == 2)
		return payload[5] * USEC_PER_SEC;
	return (get16(payload + 4) & V3_INTERVAL_MASK) * USEC_PER_CENTISECOND;
}

/* What the header promises. */
static size_t promised_size(const struct packet_envelope *envelope, const uint8_t *payload,
			    size_t size, uint8_t version)
{
	if (size < PACKET_HEADER_SIZE)
		return 0;
	return advert_size(version, payload[3], address_size(envelope->source.family));
}

static bool checksum_is_right(const struct reading *r)
{
	enum checksum_form form;

	if (r->expected->version == 2)
		return plain_is_valid(r);
	if (r->envelope->source.family == AF_INET6)
		return pseudo_is_valid(r, &r->envelope->destination);
	return find_checksum(r, &form);
}

/* 5.2.9, erratum 8300: a link-local address comes first.  The most deployed routers send what they
 * are configured with, so it is told, and refused only where that is asked for. */
static bool first_is_global(const struct reading *r)
{
	const uint8_t *first = r->payload + PACKET_HEADER_SIZE;

	return r->envelope->source.family == AF_INET6 && r->payload[3] > 0 &&
	       !(first[0] == 0xfe && (first[1] & 0xc0) == 0x80);
}

/* The kernel lets 0.0.0.0 through as source of a multicast, and nobody can have sent that. */
static bool is_a_host(const struct address *source)
{
	if (source->family == AF_INET6)
		return !IN6_IS_ADDR_UNSPECIFIED(&source->v6) &&
		       !IN6_IS_ADDR_MULTICAST(&source->v6) && !IN6_IS_ADDR_LOOPBACK(&source->v6) &&
		       !IN6_IS_ADDR_V4MAPPED(&source->v6);
	/* 0/8, 127/8, and from 224/4 on groups, what is reserved, and broadcast. */
	return source->bytes[0] != 0 && source->bytes[0] != 127 && source->bytes[0] < 224;
}

static enum packet_refusal check(const struct reading *r)
{
	const struct packet_expected *expected = r->expected;
	const uint8_t *payload = r->payload;
	uint8_t ttl = r->envelope->ttl;

	if (r->size == 0)
		return PACKET_BAD_LENGTH;
	if (!is_a_host(&r->envelope->source)) /* RFC 1122 3.2.1.3, RFC 4291 2.5 */
		return PACKET_BAD_SOURCE;
	/* 7.1: TTL or hop limit is 255 */
	if (expected->any_ttl ? ttl < expected->ttl_min || ttl > expected->ttl_max
			      : ttl != PACKET_TTL)
		return PACKET_BAD_TTL;
	if (payload[0] >> 4 != expected->version) /* 7.1 */
		return PACKET_BAD_VERSION;
	if ((payload[0] & 0x0f) != TYPE_ADVERTISEMENT) /* 7.1 */
		return PACKET_BAD_TYPE;
	/* 7.1: the packet is complete.  Trailing bytes are refused too: what is not part of the
	 * advert is not covered by its sum. */
	if (r->advert_size != promised_size(r->envelope, payload, r->size, expected->version))
		return PACKET_BAD_LENGTH;
	if (!checksum_is_right(r)) /* 7.1, 5.2.8 */
		return PACKET_BAD_CHECKSUM;
	if (payload[3] == 0 && !expected->no_addresses) /* erratum 8299 */
		return PACKET_BAD_COUNT;
	if (expected->version == 2 && payload[4] != expected->auth_type) /* RFC 3768 7.1 */
		return PACKET_BAD_AUTH_TYPE;
	if (expected->version == 2 && expected->auth_type != 0 && /* RFC 2338 10.2 */
	    memcmp(payload + r->advert_size - PACKET_AUTH_SIZE, expected->auth_data,
		   PACKET_AUTH_SIZE) != 0)
		return PACKET_BAD_AUTH;
	int64_t interval = wire_interval(expected->version, payload);
	if (expected->version == 2 ? interval != expected->interval /* RFC 3768 7.1 */
				   : interval == 0)		    /* erratum 8301 */
		return PACKET_BAD_INTERVAL;
	if (expected->strict && first_is_global(r)) /* erratum 8300 */
		return PACKET_BAD_FIRST_ADDRESS;
	return PACKET_ACCEPTED;
}

bool packet_open_ipv4(const uint8_t *bytes, size_t size, struct packet_envelope *envelope,
		      size_t *offset, size_t *length)
{
	if (size < IPV4_HEADER_MIN || bytes[0] >> 4 != 4 || bytes[9] != PACKET_PROTOCOL)
		return false;
	size_t header = (size_t)(bytes[0] & 0x0f) * 4;
	size_t total = get16(bytes + 2);
	if (header < IPV4_HEADER_MIN || total < header || size < total)
		return false;
	memset(envelope, 0, sizeof(*envelope));
	envelope->ttl = bytes[8];
	envelope->source.family = AF_INET;
	memcpy(envelope->source.bytes, bytes + 12, 4);
	envelope->destination.family = AF_INET;
	memcpy(envelope->destination.bytes, bytes + 16, 4);
	*offset = header;
	*length = total - header;
	return true;
}

uint8_t packet_vrid(const uint8_t *payload, size_t size)
{
	return size > 1 ? payload[1] : 0;
}

enum packet_refusal packet_parse(const struct packet_envelope *envelope, const uint8_t *payload,
				 size_t size, const struct packet_expected *expected,
				 struct packet *packet)
{
	size_t promised = promised_size(envelope, payload, size, expected->version);
	bool trails = expected->may_trail && promised > 0 && size == promised + PACKET_TRAILER_SIZE;
	struct reading r = {envelope, payload, size, trails ? promised : size, expected};

	memset(packet, 0, sizeof(*packet));
	enum packet_refusal refusal = check(&r);
	if (refusal != PACKET_ACCEPTED)
		return refusal;
	packet->version = expected->version;
	packet->vrid = payload[1];
	packet->priority = payload[2];
	packet->count = payload[3];
	packet->interval = wire_interval(expected->version, payload);
	packet->has_trailer = r.advert_size < size;
	packet->first_is_global = first_is_global(&r);
	packet->addresses = packet_digest(payload + PACKET_HEADER_SIZE, packet->count,
					  address_size(envelope->source.family));
	if (expected->version == 2) {
		packet->auth_type = payload[4];
		memcpy(packet->auth_data, payload + r.advert_size - PACKET_AUTH_SIZE,
		       PACKET_AUTH_SIZE);
	} else if (envelope->source.family == AF_INET) {
		find_checksum(&r, &packet->checksum);
	}
	return PACKET_ACCEPTED;
}

static struct address_text first_address(const struct packet_envelope *envelope,
					 const uint8_t *payload)
{
	struct address address = {.family = envelope->source.family};

	memcpy(address.bytes, payload + PACKET_HEADER_SIZE, address_size(address.family));
	return address_text(&address);
}

void packet_explain(enum packet_refusal refusal, const struct packet_envelope *envelope,
		    const uint8_t *payload, size_t size, const struct packet_expected *expected,
		    char *text, size_t text_size)
{
	/* What is too long looks like an advert with a trailer. */
	size_t promised = promised_size(envelope, payload, size, expected->version);
	unsigned count = size >= PACKET_HEADER_SIZE ? payload[3] : 0;

	switch (refusal) {
	case PACKET_ACCEPTED:
		text_print(text, text_size, "accepted");
		break;
	case PACKET_BAD_SOURCE:
		text_print(text, text_size, "no router can have that address");
		break;
	case PACKET_BAD_TTL:
		if (expected->any_ttl)
			text_print(text, text_size, "TTL %u, expected %u to %u", envelope->ttl,
				   expected->ttl_min, expected->ttl_max);
		else
			text_print(text, text_size, "TTL %u, expected %u", envelope->ttl,
				   PACKET_TTL);
		break;
	case PACKET_BAD_VERSION:
		text_print(text, text_size, "version %u, expected %u", payload[0] >> 4,
			   expected->version);
		break;
	case PACKET_BAD_TYPE:
		text_print(text, text_size, "type %u, expected %u", payload[0] & 0x0f,
			   TYPE_ADVERTISEMENT);
		break;
	case PACKET_BAD_LENGTH:
		text_print(text, text_size, "%zu byte%s with %u address%s%s", size,
			   text_plural(size), count, count == 1 ? "" : "es",
			   promised > 0 && size == promised + PACKET_TRAILER_SIZE
				   ? ": signed (auth_hmac), which is not configured here"
				   : "");
		break;
	case PACKET_BAD_CHECKSUM:
		text_print(text, text_size, "checksum 0x%04x is wrong",
			   get16(payload + CHECKSUM_OFFSET));
		break;
	case PACKET_BAD_COUNT:
		text_print(text, text_size, "no address, expected at least one");
		break;
	case PACKET_BAD_AUTH_TYPE:
		text_print(text, text_size, "authentication type %u, expected %u", payload[4],
			   expected->auth_type);
		break;
	case PACKET_BAD_AUTH:
		text_print(text, text_size, "wrong password");
		break;
	case PACKET_BAD_INTERVAL:
		text_print(text, text_size, "advert interval %.2f s, expected %.2f s",
			   (double)wire_interval(expected->version, payload) / USEC_PER_SEC,
			   (double)expected->interval / USEC_PER_SEC);
		break;
	case PACKET_BAD_FIRST_ADDRESS:
		text_print(text, text_size, "its first address %s is not link-local",
			   first_address(envelope, payload).text);
		break;
	case PACKET_BAD_LIST:
		text_print(text, text_size, "its list of addresses (%u) is not ours", count);
		break;
	case PACKET_FOREIGN_GROUP:
		text_print(text, text_size,
			   "none of its addresses (%s%s) is ours: another group uses VRID "
			   "%u here",
			   first_address(envelope, payload).text, payload[3] > 1 ? " ..." : "",
			   payload[1]);
		break;
	case PACKET_HMAC_MISSING:
	case PACKET_HMAC_MALFORMED:
	case PACKET_HMAC_UNKNOWN_KEY:
	case PACKET_HMAC_INVALID:
	case PACKET_HMAC_STALE:
	case PACKET_HMAC_REPLAY:
		break; /* instance_hmac_explain()'s */
	}
}

size_t packet_build(const struct packet *packet, const struct address *source,
		    const struct address *destination, const uint8_t *list, uint8_t *out,
		    size_t size)
{
	unsigned address_bytes = address_size(source->family);
	size_t list_size = (size_t)packet->count * address_bytes;
	size_t length = advert_size(packet->version, packet->count, address_bytes);
	uint32_t sum = 0;

	if (length > size)
		return 0;
	out[0] = (uint8_t)(packet->version << 4 | TYPE_ADVERTISEMENT);
	out[1] = packet->vrid;
	out[2] = packet->priority;
	out[3] = packet->count;
	put16(out + CHECKSUM_OFFSET, 0);
	memcpy(out + PACKET_HEADER_SIZE, list, list_size);
	if (packet->version == 2) {
		out[4] = packet->auth_type;
		out[5] = (uint8_t)(packet->interval / USEC_PER_SEC);
		memcpy(out + PACKET_HEADER_SIZE + list_size, packet->auth_data, PACKET_AUTH_SIZE);
	} else {
		put16(out + 4,
		      (uint16_t)(packet->interval / USEC_PER_CENTISECOND) & V3_INTERVAL_MASK);
		if (source->family == AF_INET6 || packet->checksum == CHECKSUM_PSEUDO)
			sum = sum_pseudo_header(source, destination, length);
		else if (packet->checksum == CHECKSUM_GROUP)
			sum = sum_pseudo_header(source, &old_destination, length);
	}
	put16(out + CHECKSUM_OFFSET, (uint16_t)~sum_fold(sum_bytes(sum, out, length)));
	return length;
}

void packet_cover_trailer(const struct address *source, const struct address *destination,
			  uint8_t *advert, size_t size)
{
	if (source->family != AF_INET6)
		return;
	put16(advert + CHECKSUM_OFFSET, 0);
	uint32_t sum = sum_pseudo_header(source, destination, size);
	put16(advert + CHECKSUM_OFFSET, (uint16_t)~sum_fold(sum_bytes(sum, advert, size)));
}

uint64_t packet_digest(const uint8_t *list, unsigned count, unsigned address_bytes)
{
	uint64_t digest = count;

	for (unsigned i = 0; i < count; i++) {
		uint64_t mixed = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

		for (unsigned byte = 0; byte < address_bytes; byte++)
			mixed = (mixed ^ *list++) * UINT64_C(0x100000001b3);
		digest += mixed ^ mixed >> 29;
	}
	return digest;
}

static int compare_ipv4(const void *a, const void *b)
{
	return memcmp(a, b, 4);
}

static int compare_ipv6(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

void packet_sort(uint8_t *list, size_t count, unsigned address_bytes)
{
	qsort(list, count, address_bytes, address_bytes == 4 ? compare_ipv4 : compare_ipv6);
}

bool packet_lists_share(const uint8_t *list, unsigned count, const uint8_t *sorted, size_t n_sorted,
			unsigned address_bytes)
{
	for (unsigned i = 0; i < count; i++)
		if (bsearch(list + i * address_bytes, sorted, n_sorted, address_bytes,
			    address_bytes == 4 ? compare_ipv4 : compare_ipv6))
			return true;
	return false;
}

unsigned packet_capacity(uint16_t family, uint8_t version, bool is_signed, uint32_t mtu)
{
	size_t around = (family == AF_INET6 ? IPV6_HEADER : IPV4_HEADER_MIN) +
			advert_size(version, 0, 0) + (is_signed ? PACKET_TRAILER_SIZE : 0);
	size_t fits = mtu > around ? (mtu - around) / address_size(family) : 0;

	return fits < PACKET_ADDRESSES_MAX ? (unsigned)fits : PACKET_ADDRESSES_MAX;
}

const char *checksum_form_name(enum checksum_form form)
{
	static const char *const names[] = {
		[CHECKSUM_PSEUDO] = "pseudo-header",
		[CHECKSUM_PLAIN] = "plain",
		[CHECKSUM_GROUP] = "old-unicast",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), form);
}
