#ifndef VRRP_INSTANCE_H
#define VRRP_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrp/address_probe.h"
#include "vrrp/instance_advert.h"
#include "vrrp/instance_conflict.h"
#include "vrrp/instance_hmac.h"
#include "vrrp/instance_hold.h"
#include "vrrp/instance_links.h"
#include "vrrp/instance_peers.h"
#include "vrrp/instance_receive.h"
#include "vrrp/instance_vmac.h"
#include "vrrp/report.h"
#include "vrrp/shared.h"

struct unit;

/* Where its parts have their records in the status memory. */
struct instance_places {
	uint32_t instance;
	uint32_t first_address;
	uint32_t first_peer;
	uint32_t first_link;
	uint32_t slot; /* main's number of it */
};

/* A virtual router at run time: a member of a unit, which elects, and that member's hands. */
struct instance {
	struct shared *shared;
	const struct instance_conf *conf; /* of the configuration in force */
	uint32_t index;			  /* in that configuration */
	struct interface *interface;
	struct socket *socket;	    /* NULL while there is nowhere to hear adverts */
	struct instance_vmac *vmac; /* NULL = it uses the interface's own hardware address */
	struct instance_hold hold;
	struct unit *unit;
	struct engine_member member; /* its `unit` is the engine of `unit` */
	struct timer timer;	     /* the member's */
	struct timer announce_timer;
	uint32_t announce_rounds; /* of the burst that timer is for */
	struct bucket bursts;
	bool burst_waits;  /* announce_timer is for one that was put off */
	bool burst_is_new; /* among those was that of a new Active router */
	struct instance_address **addresses;
	size_t n_addresses;
	struct instance_advert advert;
	struct instance_hmac hmac;
	enum instance_reason_kind fault; /* while not able: which */
	char fault_text[STATUS_TEXT_SIZE];
	char address_text[STATUS_TEXT_SIZE]; /* the last address that was refused, or empty */
	struct instance_status *status;
	struct instance_reported reported;
	struct instance_peers peers;
	struct instance_links links;
	struct instance_conflicts conflicts;
	struct instance_probes probes;
	struct log_limit limits[INSTANCE_LINES];
	struct log_limit transitions; /* lines about them */
	bool started;
	bool seen; /* by the reload that runs */
};

static inline struct mono instance_now(const struct instance *instance)
{
	return loop_now(instance->shared->loop);
}

/* instance.c */
struct instance *instance_create(struct shared *shared, struct interface *interface);
/* Closes everything; addresses are not touched. */
void instance_destroy(struct instance *instance);
/* Puts a configuration in force: `conf` stays valid until the next; the addresses are claimed. */
void instance_configure(struct instance *instance, const struct instance_conf *conf,
			const struct instance_places *places);
/* Addresses on that interface are announced again, if it is their owner. */
void instance_link_returned(struct instance *instance, const struct interface *interface);
/* Looks at the interface anew. */
void instance_look(struct instance *instance);
/* Its adverts go to peers by name, not to a group. */
bool instance_is_unicast(const struct instance *instance);
/* It is not configured any more: resigns and releases at once. */
void instance_remove(struct instance *instance);
/* For the sockets, whose owner is a link, and the address table. */
void instance_send_failed(void *link, int error);
void instance_address_event(struct instance_address *address, enum address_event event, int error);
void instance_count(struct instance *instance, enum instance_counter counter);
/* For unit.c, which has all members do the first before any does the next. */

/* The adverts among the actions. */
void instance_speak(struct instance *instance, uint32_t actions);
void instance_set_timer(struct instance *instance);
/* Addresses and announcements. */
void instance_act(struct instance *instance, uint32_t actions);
/* Its unit's public state is another one now. */
void instance_notify(struct instance *instance, enum engine_state before);
/* The advert with which it becomes Active, and what comes after it, when they were put off. */
void instance_first_advert(struct instance *instance);
/* It goes on where a predecessor was. */
void instance_taken_up(struct instance *instance);

#endif
