#ifndef VRRP_INSTANCE_HOLD_H
#define VRRP_INSTANCE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"
#include "vrrp/net/slots.h"

struct instance;

/* What an instance says to net of its addresses. */
struct instance_hold {
	uint32_t slot;
	struct slot_word word;	       /* as it is in the slot */
	struct mono sent, sent_before; /* adverts that left */
	unsigned tried, failed;	       /* of the last one's ways */
};

/* instance_hold.c */

/* Its slot is that; what a predecessor has written there counts. */
void instance_hold_configure(struct instance *instance, uint32_t slot);
/* An advert is on its way; `tried` is counted up for each of its ways. */
void instance_hold_sent(struct instance *instance);
/* One of them could not be had. */
void instance_hold_failed(struct instance *instance);
/* It is not configured any more: nothing is renewed, and what is not another's goes in time. */
void instance_hold_remove(struct instance *instance);
/* Writes what holds now, and rings if net has something to do. */
void instance_hold_follow(struct instance *instance);

#endif
