#ifndef VRRP_ADDRESS_PROBE_H
#define VRRP_ADDRESS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "core/process/status.h"
#include "vrrp/conflict.h"

struct instance;
struct unit;

enum probe_phase {
	PROBE_SENDS,
	PROBE_READS,  /* the time is over: what has arrived is read still */
	PROBE_PAUSES, /* somebody has answered: to be sent again */
};

/* probe_before_active: who has the addresses of a router that is silent? */
struct unit_probe {
	struct timer timer; /* set while the unit probes, or will again */
	int64_t wait;	    /* µs to wait for an answer; 0 = nothing is probed */
	enum probe_phase phase;
	unsigned turn; /* so many are over: in each, every member probes one address at most */
	bool answered; /* the last time */
	char text[STATUS_TEXT_SIZE];
};

#define INSTANCE_PROBES 4

/* Its first addresses, while others are asked for them (address_probe.c). */
struct instance_probes {
	struct address_probe list[INSTANCE_PROBES];
	size_t n;
};

/* address_probe.c */

/* Its members have their configuration, and maybe other addresses and interfaces than before. */
void address_probe_configure(struct unit *unit);
/* ACTION_ASK: when nobody answers, fence_script is next, or EVENT_PERMIT. */
void address_probe_begin(struct unit *unit);
/* Answers for the addresses of this member are not heard any more. */
void address_probe_end(struct instance *instance);

#endif
