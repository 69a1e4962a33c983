/*
 * The trailer that signs an advert (keepalived's auth_hmac since 2.4.2, an individual draft of the
 * IETF), for all versions and families.  It follows the advert within the IP packet:
 *
 *	type 1 | key number | 2 bytes 0 | sequence, 8 bytes | first 16 bytes of HMAC-SHA256
 *
 * The HMAC covers a header of 20 bytes (family 4 or 6, version, VRID, 0, source address padded with
 * zeros to 16), the advert with its checksum as zero, and the trailer with its HMAC as zeros.  So
 * nothing that a router looks at can be changed on the way, nor be sent from another address; the
 * TTL is not covered.
 *
 * Each key is an EVP_MAC context made once; an advert only starts it again.  HMACs are compared in
 * constant time.  Whether a right trailer is also a new one is replay.c's probe.
 *
 * Called by instance_hmac.c.
 */
#include "vrrp/wire/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"

#define TRAILER_TYPE	1
#define SEQUENCE_OFFSET 4 /* in the trailer */
#define MAC_OFFSET	12
#define MAC_SIZE	16
#define DIGEST_SIZE	32
#define HEADER_SIZE	20
#define CHECKSUM_OFFSET 6 /* in the advert */
#define CHECKSUM_END	8

static const uint8_t zeros[MAC_SIZE];

struct hmac_ring {
	EVP_MAC *mac;
	EVP_MAC_CTX *keys[256]; /* by number; NULL = not ours */
	uint8_t active;
};

/* OpenSSL's own configuration file is not for a process that opens none. */
struct hmac_ring *hmac_create(const struct hmac_conf *conf)
{
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct hmac_ring *ring;

	if (conf->n_keys == 0)
		return NULL;
	ring = alloc(sizeof(*ring));
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		fatal("auth_hmac: OpenSSL cannot be initialised");
	ring->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!ring->mac)
		fatal("auth_hmac: OpenSSL has no HMAC");
	for (size_t i = 0; i < conf->n_keys; i++) {
		const struct hmac_key_conf *key = &conf->keys[i];

		ring->keys[key->id] = EVP_MAC_CTX_new(ring->mac);
		if (!ring->keys[key->id] ||
		    EVP_MAC_init(ring->keys[key->id], key->bytes, key->size, parameters) != 1)
			fatal("auth_hmac: key %u cannot be used", key->id);
	}
	ring->active = conf->active_key;
	return ring;
}

void hmac_destroy(struct hmac_ring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < sizeof(ring->keys) / sizeof(ring->keys[0]); i++)
		EVP_MAC_CTX_free(ring->keys[i]);
	EVP_MAC_free(ring->mac);
	free(ring);
}

/* `size` bytes: advert and trailer, up to the HMAC in the latter. */
static void compute(EVP_MAC_CTX *key, const struct address *source, const uint8_t *advert,
		    size_t size, uint8_t digest[DIGEST_SIZE])
{
	uint8_t header[HEADER_SIZE] = {source->family == AF_INET6 ? 6 : 4, advert[0] >> 4,
				       advert[1]};
	size_t length = 0;

	memcpy(header + 4, source->bytes, address_size(source->family));
	if (EVP_MAC_init(key, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(key, header, sizeof(header)) != 1 ||
	    EVP_MAC_update(key, advert, CHECKSUM_OFFSET) != 1 ||
	    EVP_MAC_update(key, zeros, CHECKSUM_END - CHECKSUM_OFFSET) != 1 ||
	    EVP_MAC_update(key, advert + CHECKSUM_END, size - CHECKSUM_END) != 1 ||
	    EVP_MAC_update(key, zeros, MAC_SIZE) != 1 ||
	    EVP_MAC_final(key, digest, &length, DIGEST_SIZE) != 1 || length != DIGEST_SIZE)
		fatal("auth_hmac: OpenSSL fails");
}

void hmac_sign(struct hmac_ring *ring, const struct address *source, uint64_t sequence,
	       uint8_t *advert, size_t size)
{
	uint8_t *trailer = advert + size;
	uint8_t digest[DIGEST_SIZE];

	memset(trailer, 0, SEQUENCE_OFFSET);
	trailer[0] = TRAILER_TYPE;
	trailer[1] = ring->active;
	for (unsigned i = 0; i < sizeof(sequence); i++)
		trailer[SEQUENCE_OFFSET + i] = (uint8_t)(sequence >> (56 - 8 * i));
	compute(ring->keys[ring->active], source, advert, size + MAC_OFFSET, digest);
	memcpy(trailer + MAC_OFFSET, digest, MAC_SIZE);
}

enum packet_refusal hmac_verify(struct hmac_ring *ring, const struct address *source,
				const uint8_t *advert, size_t size, struct hmac_trailer *trailer)
{
	const uint8_t *bytes = advert + size - PACKET_TRAILER_SIZE;
	uint8_t digest[DIGEST_SIZE];

	*trailer = (struct hmac_trailer){.key = bytes[1]};
	if (bytes[0] != TRAILER_TYPE)
		return PACKET_HMAC_MALFORMED;
	for (unsigned i = 0; i < sizeof(trailer->sequence); i++)
		trailer->sequence = trailer->sequence << 8 | bytes[SEQUENCE_OFFSET + i];
	if (!ring->keys[trailer->key])
		return PACKET_HMAC_UNKNOWN_KEY;
	compute(ring->keys[trailer->key], source, advert, size - MAC_SIZE, digest);
	if (CRYPTO_memcmp(digest, bytes + MAC_OFFSET, MAC_SIZE) != 0)
		return PACKET_HMAC_INVALID;
	return PACKET_ACCEPTED;
}
