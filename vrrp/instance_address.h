#ifndef VRRP_INSTANCE_ADDRESS_H
#define VRRP_INSTANCE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/table/conf.h"
#include "core/base/address.h"
#include "core/process/message.h"
#include "vrrp/net/interface.h"
#include "vrrp/wire/announce.h"

struct instance;

/* An address conflict (RFC 5227): who else claims an address. */
struct address_conflict {
	uint8_t mac[6];
	bool told;	 /* for long enough that status and log tell */
	bool unanswered; /* claimed since we announced it last */
	uint32_t count;	 /* of claims; 0 = nobody */
	int64_t since;	 /* µs wall clock, of the first */
	struct mono first, heard;
};

/* One virtual address of an instance: whether it is wanted, and whether it is there. That the
 * second follows from the first is net's. */
struct instance_address {
	struct interface *interface;
	struct address address;
	uint8_t prefix;
	struct instance *owner; /* NULL during a reload, when no configuration names it any more */
	uint32_t index;		/* of its status record */
	bool wanted;
	bool present; /* the kernel said so last */
	bool refused; /* the kernel would not have it */
	bool lapsed;  /* its lease has ended */
	struct dump_mark mark;
	uint32_t lease; /* seconds, as the kernel said last, but no less than configured; 0 = for
			   ever */
	uint32_t configured_lease;
	struct announcement announcement;
	struct address_conflict conflict; /* instance_conflict.c's */
	struct instance_address *next;	  /* in its bucket */
};

typedef void instance_address_fn(struct instance_address *address, enum address_event event,
				 int error, void *data);

struct instance_addresses; /* of all instances */

/* instance_address.c */
extern const struct interface_addresses instance_addresses_monitored;
struct instance_addresses *instance_addresses_create(instance_address_fn *event, void *data);
void instance_addresses_destroy(struct instance_addresses *addresses);
/* Around a reload: between them, each address of the new configuration is claimed; the others are
 * freed. */
void instance_addresses_reload_begin(struct instance_addresses *addresses, size_t expected);
struct instance_address *instance_addresses_claim(struct instance_addresses *addresses,
						  struct interface *interface,
						  const struct address_conf *conf,
						  struct instance *owner);
void instance_addresses_reload_end(struct instance_addresses *addresses);
/* What net says of one on that interface; nothing happens if no instance has it. */
void instance_addresses_told(struct instance_addresses *addresses,
			     const struct interface *interface,
			     const struct message_address *message);
/* The one that the configuration has there, whatever its prefix; NULL = none. `wanted`: only one
 * that is wanted. */
struct instance_address *instance_addresses_find(struct instance_addresses *addresses,
						 const struct interface *interface,
						 const struct address *address, bool wanted);
/* All of them, in no order. */
void instance_addresses_each(struct instance_addresses *addresses,
			     void (*call)(struct instance_address *address, void *data),
			     void *data);
/* For the announcer: the owner of an announcement is its address. */
bool instance_address_sender(const struct announcement *announcement,
			     struct neighbour_sender *sender);

#endif
