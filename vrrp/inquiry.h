#ifndef VRRP_INQUIRY_H
#define VRRP_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "vrrp/vrrp_status.h"

struct unit;

enum inquiry_phase {
	INQUIRY_ASKS,
	INQUIRY_HEARS,	/* the time is over: what has arrived is read still */
	INQUIRY_PAUSES, /* somebody has answered: to be asked again */
};

/* probe_before_active: who has the addresses of a router that is silent? */
struct unit_inquiry {
	struct timer timer; /* set while the unit asks, or will again */
	int64_t wait;	    /* µs to wait for an answer; 0 = nobody is asked */
	enum inquiry_phase phase;
	unsigned turn; /* so many are over: in each, every member asks for one address at most */
	bool answered; /* the last time */
	char text[STATUS_TEXT_SIZE];
};

/* inquiry.c */

/* Its members have their configuration, and maybe other addresses and interfaces than before. */
void inquiry_configure(struct unit *unit);
/* ACTION_ASK: when nobody answers, fence_script is next, or EVENT_PERMIT. */
void inquiry_begin(struct unit *unit);

#endif
