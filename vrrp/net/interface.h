#ifndef VRRP_INTERFACE_H
#define VRRP_INTERFACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"
#include "core/base/log.h"
#include "core/base/loop.h"
#include "vrrp/wire/neighbour.h"

/* What an address is good for; IPv6 has more than there and not there. */
enum interface_fitness {
	FITNESS_MISSING,
	FITNESS_DUPLICATE, /* detected: somebody else has it */
	FITNESS_TENTATIVE, /* the detection of duplicates runs */
	FITNESS_USABLE,
};

/* Written into addresses that we add (IFA_PROTO, Linux 5.18); the protocol number of VRRP. */
#define INTERFACE_PROTOCOL 112
/* The longest lifetime that this program gives an address, in seconds. */
#define INTERFACE_LEASE_MAX 86400

/* What the kernel says of an address. */
struct interface_word {
	enum interface_fitness fitness; /* FITNESS_MISSING: it is gone */
	bool ours;			/* carries our mark */
	bool lasting;			/* has no end by itself */
	uint32_t valid;			/* seconds that are left */
};

/* What a dump that runs, and the events since it began, have told of a thing. */
struct dump_mark {
	bool seen;
	bool heard; /* by an event: what the dump lists of it may be older */
};

/* Something is told of it; false: `listed` in a dump that is too old to count. */
static inline bool dump_mark(struct dump_mark *mark, bool listed)
{
	mark->seen = true;
	if (listed && mark->heard)
		return false;
	mark->heard |= !listed;
	return true;
}

/* One address that the kernel has and that is not one of ours. */
struct interface_address {
	struct address address;
	uint8_t prefix;
	enum interface_fitness fitness;
	struct dump_mark mark;
};

struct interface;

/* Knows which addresses are virtual ones. */
struct interface_addresses {
	/* The kernel says so of an address; true: it is one. `listed`: in a dump, and may be older
	 * than what was heard since that began. */
	bool (*saw)(void *table, struct interface *interface, const struct address *address,
		    uint8_t prefix, const struct interface_word *word, bool listed);
	void (*dump_begin)(void *table);
	void (*dump_end)(void *table);
};

/* Asks for a dump (RTM_GETLINK, RTM_GETADDR) whose messages carry that number. False with errno. */
typedef bool interface_dump_fn(uint16_t type, uint32_t sequence, void *data);

struct interfaces;

/* Of an interface that counts as down, or up, only after a while (interface_delay.c). */
struct interface_settling {
	struct interfaces *interfaces; /* its monitor */
	struct timer timer;	       /* set while it waits; goes off each second */
	struct mono since;	       /* the carrier came or went */
	int64_t down, up;	       /* µs; 0 = at once */
	bool known;		       /* it has been up: before that nothing waits */
	struct log_limit limit;
};

/* An interface that the configuration names, whether it exists or not, or that has an address which
 * is sought. Lives as long as its monitor, so pointers to it may be kept. */
struct interface {
	char name[IF_NAMESIZE];
	int index;	/* the kernel's; 0 = it does not exist */
	bool carrier;	/* IFF_UP and IFF_RUNNING */
	bool up;	/* the same, by which it counts: after interface_up_down_delays */
	bool raised;	/* IFF_UP alone: somebody has set it up */
	bool announces; /* Ethernet with ARP */
	bool routes;	/* forwards IPv6 */
	uint8_t mac[6];
	uint32_t mtu;  /* 0 = not known */
	bool returned; /* its carrier, or with another hardware address: until `changed` is told */
	int lower;     /* of a macvlan: the index of the interface that it is on; else 0 */
	int32_t arp_ignore;   /* the sysctl */
	int32_t arp_announce; /* the sysctl */
	struct interface_settling settling;
	bool seen;
	bool heard;			     /* since the dump that runs began */
	bool routes_heard;		     /* since then, and not of the rest */
	bool changed;			     /* not told yet */
	struct interface_address *addresses; /* in the kernel's order */
	size_t n_addresses, capacity;
	struct interface *next; /* in the monitor's list */
};

/* Index, state or addresses are not what they were. Never called within a call from outside. */
typedef void interface_changed_fn(struct interface *interface, void *data);

/* interface.c */
struct loop *interfaces_loop(const struct interfaces *interfaces);
struct interface *interfaces_first(const struct interfaces *interfaces);
/* What is said about addresses is told to `table`, which knows the virtual ones. */
struct interfaces *interfaces_create(struct loop *loop, const struct interface_addresses *addresses,
				     void *table, interface_changed_fn *changed, void *data);
/* Dumps are asked for like that, and come from `fd`, which is owned from now on (-1: from nowhere
 * as yet). By default both is a socket of the monitor's own. What a dump that ran has said is
 * forgotten. */
void interfaces_feed(struct interfaces *interfaces, int fd, interface_dump_fn *dump, void *data);
/* A dump was read to its end after the last interface was named. */
bool interfaces_are_known(const struct interfaces *interfaces);
void interfaces_destroy(struct interfaces *interfaces);
/* Changes that come from this netlink port are not heard. */
void interfaces_ignore(struct interfaces *interfaces, uint32_t port);
/* The interface of that name, if it was asked for before; NULL = it was not. */
struct interface *interfaces_find(const struct interfaces *interfaces, const char *name);
/* The same, made on first use. */
struct interface *interfaces_get(struct interfaces *interfaces, const char *name);
/* The interface with this address is to be known, whatever its name; from the next refresh on. */
void interfaces_seek(struct interfaces *interfaces, const struct address *address);
/* What was sought need not be found any more. */
void interfaces_seek_none(struct interfaces *interfaces);
/* The first one that has this address, which is no virtual one; NULL: none is known. */
struct interface *interfaces_holder(const struct interfaces *interfaces,
				    const struct address *address);
/* Is this the hardware address of an interface that the configuration names? */
bool interfaces_have_mac(const struct interfaces *interfaces, const uint8_t mac[6]);
/* Asks the kernel for everything anew. */
void interfaces_refresh(struct interfaces *interfaces);
/* Reads what the kernel has to say now, without waiting. */
void interfaces_receive(struct interfaces *interfaces);
/* The first usable address of that family that is not ours; of IPv6's only link-local ones, or only
 * others.  None when there is none; *fitness says how near it came. */
struct address interface_source(const struct interface *interface, uint16_t family, bool link_local,
				enum interface_fitness *fitness);
enum interface_fitness interface_fitness(const struct interface *interface,
					 const struct address *address);
/* What a frame from it is made with. */
struct neighbour_sender interface_sender(const struct interface *interface);
/* Its index, state or addresses have changed: tells who is to know, now or later. */
void interface_changed(struct interface *interface);

/* interface_delay.c */
struct conf;

/* From now on with these delays, also for what waits already; for every interface there is. */
void interfaces_delay(struct interfaces *interfaces, const struct conf *conf);
/* The carrier is this now, or the delays have changed. True: `up` is not what it was. */
bool interface_settle(struct interface *interface, bool carrier);
/* The interface does not exist any more. */
void interface_forget(struct interface *interface);
/* What is left until it counts as what its carrier says, in µs; 0: it does. */
int64_t interface_unsettled(const struct interface *interface);

#endif
