#ifndef VRRP_INSTANCE_ADVERT_H
#define VRRP_INSTANCE_ADVERT_H

#include "core/process/status.h"
#include "vrrp/instance_links.h"
#include "vrrp/wire/packet.h"
#include "vrrp/wire/socket.h"

struct instance;

/* What goes into adverts and is expected of others', derived from the configuration. */
struct instance_advert {
	uint8_t *list;	 /* addresses in network order */
	uint8_t *sorted; /* the same, for finding one */
	size_t n;	 /* of them */
	uint8_t count;	 /* so many of the first are advertised: what fits */
	uint64_t digest; /* of those */
	struct packet_expected expected;
	enum checksum_form heard_checksum; /* of the last advert over IPv4 of version 3 */
	char text[STATUS_TEXT_SIZE];	   /* how many are left out, and why; empty = none */
};

/* instance_advert.c */
void instance_advert_configure(struct instance *instance);
/* A link may have another MTU now: advertises as many addresses as fit into a frame. */
void instance_advert_fit(struct instance *instance);
void instance_advert_destroy(struct instance *instance);
/* What the checksums of its adverts cover: as configured, else as last heard. */
enum checksum_form instance_checksum(const struct instance *instance);
/* Makes, signs and queues one advert. */
void instance_send(struct instance_link *link, struct socket *socket, const struct packet *packet,
		   const struct socket_route *route);
/* The same for all links and peers; of this priority. */
void instance_send_advert(struct instance *instance, uint8_t priority);

#endif
