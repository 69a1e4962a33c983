#ifndef VRRP_HMAC_H
#define VRRP_HMAC_H

#include <stdint.h>

#include "conf/table/conf.h"
#include "core/base/address.h"
#include "vrrp/wire/packet.h"

/* The keys of an instance, ready for use. */
struct hmac_ring;

/* What a trailer says beside its HMAC. */
struct hmac_trailer {
	uint8_t key;	   /* its number */
	uint64_t sequence; /* as replay.h has it */
};

/* hmac.c */

/* Copies the keys; NULL where there are none. To be destroyed. No memory is fatal(). */
struct hmac_ring *hmac_create(const struct hmac_conf *conf);
void hmac_destroy(struct hmac_ring *ring);
/* Appends a trailer to an advert of `size` bytes, behind which PACKET_TRAILER_SIZE bytes have room.
 * Its checksum may be anything. */
void hmac_sign(struct hmac_ring *ring, const struct address *source, uint64_t sequence,
	       uint8_t *advert, size_t size);
/* Checks the trailer that ends an advert of `size` bytes (both of them), and fills *trailer:
 * PACKET_ACCEPTED, PACKET_HMAC_MALFORMED, PACKET_HMAC_UNKNOWN_KEY or PACKET_HMAC_INVALID. */
enum packet_refusal hmac_verify(struct hmac_ring *ring, const struct address *source,
				const uint8_t *advert, size_t size, struct hmac_trailer *trailer);

#endif
