#ifndef VRRP_INSTANCE_CONFLICT_H
#define VRRP_INSTANCE_CONFLICT_H

#include "core/base/loop.h"
#include "core/process/status.h"
#include "vrrp/instance_address.h"

struct instance;

/* Who else claims its addresses; the details are with each address. */
struct instance_conflicts {
	struct timer timer; /* set while anybody does */
	uint32_t told;	    /* so many addresses are claimed by others that status and log tell */
	struct mono answer_due;
	int64_t answer_wait; /* µs to the next one after that */
	char text[STATUS_TEXT_SIZE];
};

/* instance_conflict.c */

/* Somebody else claims this address of the instance. */
void instance_conflict_heard(struct instance *instance, struct instance_address *address,
			     const uint8_t mac[6]);
/* It is not Active any more: others may be. */
void instance_conflicts_forget(struct instance *instance);

#endif
