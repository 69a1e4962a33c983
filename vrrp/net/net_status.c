/*
 * The layout of the net role's status segment.
 */
#include "vrrp/net/net_status.h"

const struct status_layout net_status_layout = {
	.version = 1,
	.sizes = {[STATUS_HOLDINGS] = sizeof(struct holding_status)},
};
