#ifndef VRRP_COUNTER_H
#define VRRP_COUNTER_H

/* Counters of an instance, in the order of the receive checks. One table in counter.c names them.
 */
enum instance_counter {
	COUNTER_ADVERTS_RECEIVED,
	COUNTER_ADVERTS_SENT,
	COUNTER_BAD_SOURCE, /* from 0.0.0.0, a group or the like */
	COUNTER_BAD_TTL,
	COUNTER_BAD_VERSION,
	COUNTER_BAD_TYPE,
	COUNTER_BAD_LENGTH,
	COUNTER_BAD_CHECKSUM,
	COUNTER_BAD_AUTH_TYPE,
	COUNTER_BAD_AUTH,
	COUNTER_BAD_INTERVAL,
	COUNTER_BAD_COUNT,
	COUNTER_HMAC_MISSING, /* not signed: accepted or not, as the mode says */
	COUNTER_HMAC_MALFORMED,
	COUNTER_HMAC_UNKNOWN_KEY,
	COUNTER_HMAC_INVALID,
	COUNTER_HMAC_STALE,
	COUNTER_HMAC_REPLAY,
	COUNTER_BAD_FIRST_ADDRESS, /* IPv6, not link-local: refused by strict_mode only */
	COUNTER_UNKNOWN_PEER,	   /* unicast, from none of the configured peers */
	COUNTER_FOREIGN_GROUP,	   /* our VRID, but none of our addresses */
	COUNTER_WRONG_VRID,	   /* our addresses, but another VRID */
	COUNTER_OWNER_IGNORED,	   /* as owner of the addresses we listen to nobody */
	COUNTER_OTHER_OWNER,	   /* accepted as owner: somebody else advertises, too */
	COUNTER_ADDRESS_LIST_DIFFERS,
	COUNTER_INTERVAL_DIFFERS,
	COUNTER_OWN_ADDRESS, /* from our own source address: a loop, or somebody else uses it */
	COUNTER_PRIORITY_ZERO_RECEIVED,
	COUNTER_PRIORITY_ZERO_SENT,
	COUNTER_BECAME_ACTIVE,
	COUNTER_RELEASED_ACTIVE,
	COUNTER_ANNOUNCEMENTS_SENT,
	COUNTER_SEND_ERRORS,
	COUNTER_FOREIGN_CLAIMS, /* ARP or ND frames of others that claim our addresses while Active
				 */
	COUNTER_ADDRESSES_LAPSED,   /* leases that ended because nobody renewed them in time */
	COUNTER_ADDRESSES_STOLEN,   /* removed by somebody else while they were wanted */
	COUNTER_PROBES_ANSWERED,    /* somebody has the addresses that we were about to take */
	COUNTER_ANSWERS_SUPPRESSED, /* adverts that others' adverts asked for too often */
	COUNTER_ANNOUNCEMENTS_SUPPRESSED, /* bursts that were put off, or one with another */
};
#define INSTANCE_COUNTERS (COUNTER_ANNOUNCEMENTS_SUPPRESSED + 1)
const char *instance_counter_name(enum instance_counter counter);

#endif
