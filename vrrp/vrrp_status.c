/*
 * The layout of the vrrp role's status segment.  A change of any record is a new version: a segment
 * of another version is not adopted.
 *
 * A predecessor's records are input: whoever died may have died of what it wrote.
 */
#include "vrrp/vrrp_status.h"

#include <string.h>

#include "core/process/message.h"

#define INTERVAL_MAX (255 * USEC_PER_SEC) /* of version 2 */
#define DOWN_MAX     (101 * INTERVAL_MAX) /* down_timer_adverts and a skew */

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
			[STATUS_SLOTS] = sizeof(struct slot_status),
		},
};

#define END_TEXT(text) ((text)[sizeof(text) - 1] = '\0')

static void mend_address(struct address *address)
{
	if (address->family != AF_INET && address->family != AF_INET6)
		*address = (struct address){0};
}

/* Of what has happened. */
static void mend_past(int64_t *when, struct mono now)
{
	if (*when < 0 || *when > now.us)
		*when = 0;
}

static void mend_future(int64_t *when, struct mono now, int64_t most)
{
	if (*when < 0 || us_between(*when, now.us) > most)
		*when = 0;
}

void instance_status_mend(struct instance_status *record, struct mono now, int64_t hold_most)
{
	END_TEXT(record->name);
	END_TEXT(record->interface);
	END_TEXT(record->refused.text);
	for (unsigned kind = 0; kind < INSTANCE_REASONS; kind++)
		END_TEXT(record->reasons[kind].text);
	if (record->state > INSTANCE_FAULT)
		record->state = INSTANCE_INIT;
	if (record->checksum > CHECKSUM_GROUP)
		record->checksum = CHECKSUM_PSEUDO;
	mend_address(&record->source);
	mend_address(&record->refused.source);
	mend_past(&record->peer_heard, now);
	mend_past(&record->advert_sent, now);
	mend_future(&record->down_due, now, DOWN_MAX);
	mend_future(&record->hold_until, now, hold_most);
	if (record->peer.family != record->family || record->peer_interval <= 0 ||
	    record->peer_interval > INTERVAL_MAX || record->peer_heard == 0) {
		record->peer = (struct address){0};
		record->peer_interval = record->peer_heard = 0;
		record->peer_priority = 0;
	}
}
