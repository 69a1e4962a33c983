/*
 * Names of the reasons that hold an instance where it is; they are interface: status, explain and
 * programs that read them use these words.
 */
#include "vrrp/engine/reason.h"

#include "core/base/names.h"

const char *instance_reason_name(enum instance_reason_kind kind)
{
	static const char *const names[INSTANCE_REASONS] = {
		[REASON_STARTUP] = "startup",
		[REASON_PEER] = "peer",
		[REASON_INTERFACE] = "interface",
		[REASON_NO_SOURCE] = "no_source",
		[REASON_NO_PEER] = "no_peer",
		[REASON_STANDBY] = "standby",
		[REASON_TAKEOVER] = "takeover",
		[REASON_PREEMPT_DELAY] = "preempt_delay",
		[REASON_NOPREEMPT] = "nopreempt",
		[REASON_ELECTED] = "elected",
		[REASON_HANDOVER] = "handover",
		[REASON_ADDRESS] = "address",
		[REASON_LINK] = "link",
		[REASON_UNHEARD_PEER] = "unheard_peer",
		[REASON_DUPLICATE_OWNER] = "duplicate_owner",
		[REASON_GROUP] = "group",
		[REASON_STARTUP_DELAY] = "startup_delay",
		[REASON_FENCE] = "fence",
		[REASON_PROBE] = "probe",
	};

	return name_of(names, INSTANCE_REASONS, kind);
}
