#ifndef VRRP_INSTANCE_RECEIVE_H
#define VRRP_INSTANCE_RECEIVE_H

#include "vrrp/instance_links.h"

/* instance_receive.c */

/* An advert that lists an address of the instance, but has another VRID. */
void instance_wrong_vrid(struct instance *instance, const struct address *address,
			 const struct address *source, uint8_t vrid);
/* Where several instances have one VRID: whether the sender is a peer of this one. */
bool instance_fits(const void *link, const struct address *source);
/* An advert that was heard on a link (struct instance_link) for its VRID. */
void instance_receive(void *link, const struct packet_envelope *envelope, const uint8_t *payload,
		      size_t size);

#endif
