#ifndef VRRP_HOLDING_H
#define VRRP_HOLDING_H

#include "conf/table/conf.h"
#include "core/process/status.h"
#include "vrrp/net/addresses.h"
#include "vrrp/net/slots.h"
#include "vrrp/net/vmac.h"

struct holdings; /* of all instances */

/* What the elections are told. */
struct holdings_events {
	/* Somebody else removed an address, its lease has ended, or the kernel refuses it. */
	void (*address)(const struct virtual_address *address, enum address_event event, int error,
			void *data);
	/* Whether that virtual MAC interface can be used: why not, or an empty text. */
	void (*vmac)(const char *interface, const char *text, void *data);
};

/* holding.c */
struct holdings *holdings_create(struct loop *loop, vmac_quiet_fn *quiet,
				 const struct holdings_events *events, void *data);
/* `remove`: the virtual MAC interfaces go, too. */
void holdings_destroy(struct holdings *holdings, bool remove);
/* The words are here from now on. */
void holdings_set_slots(struct holdings *holdings, const struct slots *slots);
/* Puts a configuration in force, which stays valid until the next; the records of `status`, one for
 * each of its instances, say which slots they have. */
void holdings_configure(struct holdings *holdings, const struct conf *conf, struct status *status);
/* Looks at the words now, and does the first of what there is to be done. */
void holdings_work(struct holdings *holdings);
/* Tells once more what is wrong with virtual MAC interfaces; `all`: and with which nothing is. */
void holdings_tell(struct holdings *holdings, bool all);
/* Everything goes, whatever the words say; or (`keep`) what is there stays, without a lease. */
void holdings_stop(struct holdings *holdings, bool keep);
/* No word lets an address stay any more. */
bool holdings_are_released(const struct holdings *holdings);
/* Nothing is to be done. */
bool holdings_are_idle(const struct holdings *holdings);
/* The netlink port that renewals of leases come from. */
uint32_t holdings_port(const struct holdings *holdings);

#endif
