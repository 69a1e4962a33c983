#ifndef VRRP_INSTANCE_HMAC_H
#define VRRP_INSTANCE_HMAC_H

#include "vrrp/wire/hmac.h"
#include "vrrp/wire/packet.h"
#include "vrrp/wire/replay.h"
#include "vrrp/wire/socket.h"

struct instance;

/* auth_hmac. */
struct instance_hmac {
	struct hmac_ring *ring; /* NULL: not configured */
	struct replay replay;
	int64_t ahead; /* µs that the clock of the last one signed rightly is ahead of ours */
	int64_t back;  /* µs by which its sender has set its clock back; 0 = it has not */
};

/* instance_hmac.c */
void instance_hmac_configure(struct instance *instance);
/* Appends a trailer, where adverts are signed, to one of `size` bytes; returns the new size. */
size_t instance_hmac_sign(struct instance *instance, const struct socket_route *route,
			  uint8_t *advert, size_t size);
/* PACKET_ACCEPTED, or PACKET_HMAC_MISSING and those after it. */
enum packet_refusal instance_hmac_check(struct instance *instance,
					const struct packet_envelope *envelope,
					const uint8_t *payload, size_t size, bool has_trailer);
/* Like packet_explain(), for the last refusal that instance_hmac_check() has given. */
const char *instance_hmac_explain(const struct instance *instance, enum packet_refusal refusal,
				  const uint8_t *payload, size_t size, char *text,
				  size_t text_size);

#endif
