#ifndef VRRP_PACKET_H
#define VRRP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"
#include "vrrp/wire/counter.h"

/* What the checksum of a version 3 advert over IPv4 covers beside the advert. */
enum checksum_form {
	CHECKSUM_PSEUDO, /* the pseudo-header */
	CHECKSUM_PLAIN,	 /* nothing */
	CHECKSUM_GROUP,	 /* unicast of old: the pseudo-header of an advert to the group */
};
const char *checksum_form_name(enum checksum_form form);

#define PACKET_PROTOCOL	     112
#define PACKET_TTL	     255
#define PACKET_HEADER_SIZE   8
#define PACKET_AUTH_SIZE     8	/* v2's trailer, always present */
#define PACKET_TRAILER_SIZE  28 /* auth_hmac's, behind the advert */
#define PACKET_ADDRESSES_MAX 255
#define PACKET_MTU	     1500 /* larger frames do not get everywhere */
#define PACKET_SIZE_MAX \
	(PACKET_HEADER_SIZE + PACKET_ADDRESSES_MAX * 16 + PACKET_AUTH_SIZE + PACKET_TRAILER_SIZE)

/* Where the advert came from and how: of the IPv4 header, or of IPv6's control messages. */
struct packet_envelope {
	struct address source;
	struct address destination;
	uint8_t ttl; /* or hop limit */
};

/* One advertisement. */
struct packet {
	uint8_t version; /* 2 or 3 */
	uint8_t vrid;
	uint8_t priority;
	uint8_t count;		     /* of addresses */
	uint8_t auth_type;	     /* v2: 0 none, 1 simple password */
	uint8_t auth_data[8];	     /* v2 */
	enum checksum_form checksum; /* IPv4 v3 */
	bool has_trailer;	     /* auth_hmac's follows; set by packet_parse() */
	bool first_is_global; /* IPv6: the first address is not link-local; set by packet_parse() */
	int64_t interval;     /* µs; whole seconds in v2, 10 ms steps in v3 */
	uint64_t addresses;   /* packet_digest() of the list; set by packet_parse() */
};

/* What the receiving instance insists on. */
struct packet_expected {
	uint8_t version;
	uint8_t auth_type;
	uint8_t auth_data[8];
	int64_t interval;  /* µs: v2 refuses any other */
	bool no_addresses; /* adverts may list none */
	bool strict;	   /* over IPv6 a link-local address comes first */
	bool may_trail;	 /* auth_hmac's trailer may follow; packet_parse() does not look into it */
	bool may_be_old; /* CHECKSUM_GROUP will do, too */
	bool any_ttl;	 /* unicast: from ttl_min to ttl_max, not just 255 */
	uint8_t ttl_min, ttl_max;
};

/* Why an advert is refused, in the order of the checks (RFC 9568 7.1, RFC 3768 7.1). */
enum packet_refusal {
	PACKET_ACCEPTED,
	PACKET_BAD_SOURCE, /* no host has that address: 0.0.0.0, a group, broadcast, loopback */
	PACKET_BAD_TTL,
	PACKET_BAD_VERSION,
	PACKET_BAD_TYPE,
	PACKET_BAD_LENGTH,
	PACKET_BAD_CHECKSUM,
	PACKET_BAD_COUNT,
	PACKET_BAD_AUTH_TYPE,
	PACKET_BAD_AUTH,
	PACKET_BAD_INTERVAL,
	PACKET_BAD_FIRST_ADDRESS,
	PACKET_BAD_LIST, /* these are not packet_parse()'s */
	PACKET_FOREIGN_GROUP,
	PACKET_HMAC_MISSING,
	PACKET_HMAC_MALFORMED,
	PACKET_HMAC_UNKNOWN_KEY,
	PACKET_HMAC_INVALID,
	PACKET_HMAC_STALE,
	PACKET_HMAC_REPLAY,
};
#define PACKET_REFUSALS (PACKET_HMAC_REPLAY + 1)

/* packet.c: pure; no pointer into a packet is kept. */

/*
 * Splits what a raw IPv4 socket delivers: fills *envelope, and sets *offset and *length to the
 * payload as the IP header bounds it (so that link padding is harmless).  False: not a whole IPv4
 * packet of protocol 112.
 */
bool packet_open_ipv4(const uint8_t *bytes, size_t size, struct packet_envelope *envelope,
		      size_t *offset, size_t *length);
/* The VRID, for finding the instance; 0 (which none has) when the payload is too short. */
uint8_t packet_vrid(const uint8_t *payload, size_t size);
/* All receive checks but the VRID's, in the RFCs' order; *packet is whole only when accepted. */
enum packet_refusal packet_parse(const struct packet_envelope *envelope, const uint8_t *payload,
				 size_t size, const struct packet_expected *expected,
				 struct packet *packet);
/* For all but PACKET_HMAC_*: writes what was found and what was expected ("TTL 254, expected 255").
 */
void packet_explain(enum packet_refusal refusal, const struct packet_envelope *envelope,
		    const uint8_t *payload, size_t size, const struct packet_expected *expected,
		    char *text, size_t text_size);
/*
 * Writes the advert for sending from `source` to `destination`.  `list` is packet->count addresses
 * of their family in network order, back to back.  Returns the length; 0 when it does not fit.
 */
size_t packet_build(const struct packet *packet, const struct address *source,
		    const struct address *destination, const uint8_t *list, uint8_t *out,
		    size_t size);
/* A trailer was appended to what packet_build() gave, `size` bytes together: where the checksum
 * covers it too, over IPv6, it is computed anew. */
void packet_cover_trailer(const struct address *source, const struct address *destination,
			  uint8_t *advert, size_t size);
/* A digest of an address list that does not depend on its order, for comparing lists. */
uint64_t packet_digest(const uint8_t *list, unsigned count, unsigned address_bytes);
/* Orders a list for packet_lists_share(). */
void packet_sort(uint8_t *list, size_t count, unsigned address_bytes);
/* Whether a list, in any order, has an address in common with one that is sorted. Costs some two
 * thousand comparisons of addresses at most, whatever the list. */
bool packet_lists_share(const uint8_t *list, unsigned count, const uint8_t *sorted, size_t n_sorted,
			unsigned address_bytes);
/* How many addresses an advert may list that is to fit, with its IP header and a trailer if it is
 * signed, into one frame of this MTU; at most PACKET_ADDRESSES_MAX. */
unsigned packet_capacity(uint16_t family, uint8_t version, bool is_signed, uint32_t mtu);

#endif
