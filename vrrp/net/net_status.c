/*
 * The layout of the net role's status segment.
 */
#include "vrrp/net/net_status.h"

static const struct status_text texts[] = {
	STATUS_TEXT(STATUS_HOLDINGS, struct holding_status, base),
};

const struct status_layout net_status_layout = {
	.version = 1,
	.texts = texts,
	.n_texts = sizeof(texts) / sizeof(texts[0]),
	.sizes = {[STATUS_HOLDINGS] = sizeof(struct holding_status)},
};
