/*
 * Names of an instance's counters; they are interface: status and programs that read them use
 * these words.
 */
#include "vrrp/wire/counter.h"

#include "core/base/names.h"

const char *instance_counter_name(enum instance_counter counter)
{
	static const char *const names[INSTANCE_COUNTERS] = {
		[COUNTER_ADVERTS_RECEIVED] = "adverts_received",
		[COUNTER_ADVERTS_SENT] = "adverts_sent",
		[COUNTER_BAD_SOURCE] = "bad_source",
		[COUNTER_BAD_TTL] = "bad_ttl",
		[COUNTER_BAD_VERSION] = "bad_version",
		[COUNTER_BAD_TYPE] = "bad_type",
		[COUNTER_BAD_LENGTH] = "bad_length",
		[COUNTER_BAD_CHECKSUM] = "bad_checksum",
		[COUNTER_BAD_AUTH_TYPE] = "bad_auth_type",
		[COUNTER_BAD_AUTH] = "bad_auth",
		[COUNTER_BAD_INTERVAL] = "bad_interval",
		[COUNTER_BAD_COUNT] = "bad_count",
		[COUNTER_HMAC_MISSING] = "hmac_missing",
		[COUNTER_HMAC_MALFORMED] = "hmac_malformed",
		[COUNTER_HMAC_UNKNOWN_KEY] = "hmac_unknown_key",
		[COUNTER_HMAC_INVALID] = "hmac_invalid",
		[COUNTER_HMAC_STALE] = "hmac_stale",
		[COUNTER_HMAC_REPLAY] = "hmac_replay",
		[COUNTER_BAD_FIRST_ADDRESS] = "bad_first_address",
		[COUNTER_UNKNOWN_PEER] = "unknown_peer",
		[COUNTER_FOREIGN_GROUP] = "foreign_group",
		[COUNTER_WRONG_VRID] = "wrong_vrid",
		[COUNTER_OWNER_IGNORED] = "owner_ignored",
		[COUNTER_OTHER_OWNER] = "other_owner",
		[COUNTER_ADDRESS_LIST_DIFFERS] = "address_list_differs",
		[COUNTER_INTERVAL_DIFFERS] = "interval_differs",
		[COUNTER_OWN_ADDRESS] = "own_address",
		[COUNTER_PRIORITY_ZERO_RECEIVED] = "priority_zero_received",
		[COUNTER_PRIORITY_ZERO_SENT] = "priority_zero_sent",
		[COUNTER_BECAME_ACTIVE] = "became_active",
		[COUNTER_RELEASED_ACTIVE] = "released_active",
		[COUNTER_ANNOUNCEMENTS_SENT] = "announcements_sent",
		[COUNTER_SEND_ERRORS] = "send_errors",
		[COUNTER_FOREIGN_CLAIMS] = "foreign_claims",
		[COUNTER_ADDRESSES_LAPSED] = "addresses_lapsed",
		[COUNTER_ADDRESSES_STOLEN] = "addresses_stolen",
		[COUNTER_PROBES_ANSWERED] = "probes_answered",
		[COUNTER_ANSWERS_SUPPRESSED] = "answers_suppressed",
		[COUNTER_ANNOUNCEMENTS_SUPPRESSED] = "announcements_suppressed",
	};

	return name_of(names, INSTANCE_COUNTERS, counter);
}
