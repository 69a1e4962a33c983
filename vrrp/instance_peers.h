#ifndef VRRP_INSTANCE_PEERS_H
#define VRRP_INSTANCE_PEERS_H

#include "core/base/address.h"
#include "core/base/mono.h"

struct instance;

/* A unicast peer. */
struct instance_peer {
	struct address address;
	uint8_t priority;  /* of its last advert */
	struct mono heard; /* its last advert; 0 = never */
};

struct instance_peers {
	struct instance_peer *list; /* as the configuration has them */
	size_t n;
	uint32_t first_record;
	bool told; /* that somebody was never heard */
};

/* instance_peers.c */

/* After `conf` has changed; its peers' records are those from `first_record` on. */
void instance_peers_configure(struct instance *instance, uint32_t first_record);
void instance_peers_destroy(struct instance *instance);
/* NULL: no such unicast peer. */
struct instance_peer *instance_peers_find(const struct instance *instance,
					  const struct address *address);
/* An advert of whom that is was accepted. */
void instance_peers_heard(struct instance *instance, const struct address *address,
			  uint8_t priority);
/* So many were never heard, although we have been Active for a while; of multicast at most 1. */
uint32_t instance_peers_unheard(const struct instance *instance);
/* Which ones, in words. */
void instance_peers_text(const struct instance *instance, char *text, size_t size);

#endif
