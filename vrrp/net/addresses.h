#ifndef VRRP_ADDRESSES_H
#define VRRP_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "conf/table/conf.h"
#include "core/base/address.h"
#include "core/base/loop.h"
#include "core/process/message.h"
#include "vrrp/net/interface.h"

/* What is to be changed in an address that is there. */
enum address_outdated {
	ADDRESS_UP_TO_DATE,
	ADDRESS_OTHER_LIFETIME,
	ADDRESS_OTHER_OPTIONS,
	ADDRESS_FAILED, /* the kernel took another node's for a duplicate: useless as it is */
};

/* What should be with an address. */
enum address_want {
	ADDRESS_UNWANTED,
	ADDRESS_KEPT,	/* it stays where it is, as long as its lease lasts */
	ADDRESS_WANTED, /* it is there */
};

/* How long the kernel keeps an address that nobody renews; lease.c's but for the first two. */
struct address_lease {
	uint32_t seconds;    /* as configured; 0 = for ever */
	bool lapsed;	     /* it has ended: the address stays away until it is wanted anew */
	uint32_t told;	     /* seconds that the kernel was told last */
	struct mono renewed; /* when: it was asked for after that */
	struct mono asked;   /* when that was done: it may have come as late */
	struct lease_class *class; /* NULL = it is not renewed */
	TAILQ_ENTRY(virtual_address) entry;
};

/*
 * One virtual address on one interface.  `wanted` is what should be, `present` what the kernel
 * last said; the rest of the role only ever changes `wanted`, by addresses_want().
 */
struct virtual_address {
	struct interface *interface;
	struct address address;
	uint8_t prefix;
	uint8_t scope;
	char label[IF_NAMESIZE];
	struct address broadcast; /* none = none */
	uint32_t preferred_lft;	  /* seconds; 0 = never a source, ADDRESS_FOREVER */
	void *owner;		  /* of a holding; NULL when no configuration names it any more */
	enum address_want wanted;
	bool present;
	bool permitted; /* its instance owns it (RFC 9568): it may be the machine's own, too */
	bool native;	/* and it is: was there before us, and is never changed nor removed */
	bool ours;	/* the kernel's carries our mark */
	bool lasting;	/* the kernel's has no end */
	bool added;	/* we have asked for it, and not asked to take it away since */
	bool refused;	/* the kernel would not have it; tried again every second */
	bool queued;	/* in the queue of changes */
	bool replacing; /* we remove and add it in one batch: its going is no event */
	struct dump_mark mark;
	enum address_outdated outdated;
	struct mono added_at;
	TAILQ_ENTRY(virtual_address) change;
	struct address_lease lease;
	struct virtual_address *next; /* in its bucket */
};
TAILQ_HEAD(virtual_address_queue, virtual_address);

typedef void address_event_fn(struct virtual_address *address, enum address_event event, int error,
			      void *data);

struct addresses;

/* Before each batch: what has become of the wishes meanwhile? */
typedef void addresses_look_fn(void *data);
/* May this address be added or renewed this very moment? */
typedef bool addresses_may_fn(const struct virtual_address *address, void *data);

/* addresses.c */
extern const struct interface_addresses addresses_monitored;
struct addresses *addresses_create(struct loop *loop, address_event_fn *event,
				   addresses_look_fn *look, addresses_may_fn *may, void *data);
void addresses_destroy(struct addresses *addresses);

/* What an instance says of an address. */
struct address_claim {
	const struct address_conf *conf;
	void *owner;
	uint32_t lease; /* seconds; 0 = none */
	bool permitted; /* see struct virtual_address */
};

/* Around a reload: between them, addresses_claim() says which addresses the new configuration has;
 * the others are taken off the interfaces and freed. */
void addresses_reload_begin(struct addresses *addresses, size_t expected);
struct virtual_address *addresses_claim(struct addresses *addresses, struct interface *interface,
					const struct address_claim *claim);
void addresses_reload_end(struct addresses *addresses);

/* Queues what has to be done, if anything. */
void addresses_want(struct addresses *addresses, struct virtual_address *address,
		    enum address_want wanted);
/* What is there stays, for ever: the role stops and leaves it behind. */
void addresses_leave(struct addresses *addresses);
/* The netlink port that renewals of leases come from. */
uint32_t addresses_port(const struct addresses *addresses);
/* Sends the first batch of the queue now; the rest follows, a batch per turn of the loop. */
void addresses_work(struct addresses *addresses);
/* Nothing is queued. */
bool addresses_idle(const struct addresses *addresses);

/* The interface has changed: what it lacks is added. */
void addresses_interface_changed(struct addresses *addresses, const struct interface *interface);

#endif
