/*
 * The layout of the vrrp role's status segment.  A change of any record is a new version: a segment
 * of another version is not adopted.
 */
#include "vrrp/vrrp_status.h"

const struct status_layout vrrp_status_layout = {
	.version = 1,
	.sizes =
		{
			[STATUS_INSTANCES] = sizeof(struct instance_status),
			[STATUS_ADDRESSES] = sizeof(struct address_status),
			[STATUS_PEERS] = sizeof(struct peer_status),
			[STATUS_UNKNOWN_VRIDS] = sizeof(struct unknown_vrid_status),
			[STATUS_LINKS] = sizeof(struct link_status),
		},
};
