#ifndef VRRP_NET_STATUS_H
#define VRRP_NET_STATUS_H

#include "core/process/status.h"

/* What the net role writes into its status segment, which is also its journal. */

enum net_table {
	STATUS_HOLDINGS, /* struct holding_status, one for each instance */
};
/* net_status.c */
extern const struct status_layout net_status_layout;

/* What an instance has in the kernel. */
struct holding_status {
	struct status_record record;
	uint32_t slot;		 /* main's: whose word counts */
	uint8_t state;		 /* enum slot_state, as it was seen last */
	uint8_t base_arp_ignore; /* of the interface below a virtual MAC's, before us, + 1; 0 = not
				    known */
	uint8_t base_arp_announce; /* the same */
	uint8_t pad;
	uint32_t epoch; /* of that word */
};

#endif
