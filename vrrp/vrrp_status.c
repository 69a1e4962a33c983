/*
 * The layout of the vrrp role's status segment.  A change of any record is a new version: a segment
 * of another version is not adopted.
 */
#include "vrrp/vrrp_status.h"

static const struct status_text texts[] = {
	STATUS_TEXT(STATUS_INSTANCES, struct instance_status, name),
	STATUS_TEXT(STATUS_INSTANCES, struct instance_status, interface),
	STATUS_TEXT(STATUS_INSTANCES, struct instance_status, refused.text),
	STATUS_TEXTS(STATUS_INSTANCES, struct instance_status, reasons, text),
	STATUS_TEXT(STATUS_ADDRESSES, struct address_status, interface),
	STATUS_TEXT(STATUS_UNKNOWN_VRIDS, struct unknown_vrid_status, interface),
	STATUS_TEXT(STATUS_UNKNOWN_VRIDS, struct unknown_vrid_status, instance),
};

const struct status_layout vrrp_status_layout = {
	.version = 1,
	.texts = texts,
	.n_texts = sizeof(texts) / sizeof(texts[0]),
	.sizes =
		{
			[STATUS_INSTANCES] = sizeof(struct instance_status),
			[STATUS_ADDRESSES] = sizeof(struct address_status),
			[STATUS_PEERS] = sizeof(struct peer_status),
			[STATUS_UNKNOWN_VRIDS] = sizeof(struct unknown_vrid_status),
			[STATUS_LINKS] = sizeof(struct link_status),
		},
};
