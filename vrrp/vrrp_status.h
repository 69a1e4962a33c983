#ifndef VRRP_STATUS_H
#define VRRP_STATUS_H

#include "core/base/address.h"
#include "core/process/status.h"
#include "vrrp/engine/reason.h"
#include "vrrp/wire/counter.h"
#include "vrrp/wire/packet.h"
#include "vrrp/wire/replay.h"

/* What the vrrp role writes into its status segment, which is also its journal. */

enum vrrp_table {
	STATUS_INSTANCES,     /* struct instance_status */
	STATUS_ADDRESSES,     /* struct address_status */
	STATUS_PEERS,	      /* struct peer_status */
	STATUS_UNKNOWN_VRIDS, /* struct unknown_vrid_status, STATUS_UNKNOWN_VRIDS_MAX records */
	STATUS_LINKS,	      /* struct link_status */
	STATUS_SLOTS,	      /* struct slot_status, one for each instance; main's */
};
/* vrrp_status.c */
extern const struct status_layout vrrp_status_layout;

struct instance_reason {
	int64_t since; /* µs wall clock; 0 = does not hold now */
	char text[STATUS_TEXT_SIZE];
};

/* The last advert that was refused and named in the log. */
struct refused_status {
	int64_t at; /* µs wall clock; 0 = none */
	struct address source;
	char text[STATUS_TEXT_SIZE]; /* what was wrong with it */
};

struct instance_status {
	struct status_record record;
	char name[STATUS_NAME_SIZE];
	char interface[16];
	uint16_t family; /* AF_INET, AF_INET6 */
	uint8_t vrid;
	uint8_t version;
	uint8_t priority_base;
	uint8_t priority_effective;
	uint8_t peer_priority; /* of the last accepted advert; 0 when none yet */
	uint8_t state;	       /* enum instance_state */
	uint8_t standby;       /* 1: by the operator */
	uint8_t takeover;
	uint16_t loss;		 /* of the peer's adverts, of a thousand; with flap_damping */
	uint8_t damping;	 /* adverts more than down_timer_adverts that are waited for */
	uint8_t checksum;	 /* enum checksum_form; of our adverts */
	uint8_t vmac_up;	 /* 1: the interface with its virtual MAC address is up */
	uint8_t mac[6];		 /* that address; all zero = none is used */
	uint8_t interface_found; /* 1: none is configured, `interface` is where the source is */
	int64_t advert_interval; /* µs, our own */
	int64_t peer_interval;	 /* µs, of the Active router last heard; 0 when none */
	int64_t since;		 /* µs wall clock, of the last role change */
	int64_t peer_heard;	 /* µs monotonic, last accepted advert; 0 when none */
	int64_t advert_sent;	 /* µs monotonic, our last advert; 0 when none */
	int64_t down_due;	 /* µs monotonic, end of the Active_Down_Timer; 0 when not set */
	int64_t hold_until;	 /* µs monotonic, end of the startup delay; 0 = none */
	int64_t preempt_until;	 /* µs monotonic, end of preempt_delay; 0 when it does not run */
	struct address source;	 /* what we send from */
	struct address peer;	 /* sender of the last accepted advert */
	struct hmac_journal hmac;
	struct refused_status refused;
	struct instance_reason reasons[INSTANCE_REASONS];
	uint64_t counters[INSTANCE_COUNTERS];
};

struct address_status {
	struct status_record record;
	uint32_t instance; /* index of its instance */
	struct address address;
	uint8_t prefix;
	uint8_t present;	 /* the kernel has it, seen in a dump or event */
	uint8_t conflict_mac[6]; /* hardware address of who claims it, too */
	uint8_t lapsed; /* its lease has ended, and nobody has decided yet that it comes again */
	uint8_t pad[3];
	uint32_t lease; /* seconds that the kernel keeps it unless renewed; 0 = for ever, or gone */
	char interface[16];
	uint32_t conflict_count; /* of claims */
	int64_t conflict_since;	 /* µs wall clock, of the first one; 0 = nobody does */
	int64_t conflict_heard;	 /* µs monotonic, of the last one */
};

/* A unicast peer. */
struct peer_status {
	struct status_record record;
	uint32_t instance; /* index of its instance */
	struct address address;
	uint8_t priority; /* of its last advert */
	uint8_t pad[3];
	int64_t heard; /* µs monotonic, its last advert; 0 = never */
};

/* A virtual router that is heard and that no instance is. */
struct unknown_vrid_status {
	struct status_record record;
	char interface[16];
	uint16_t family; /* 0 = none */
	uint8_t vrid;
	uint8_t version;
	uint8_t priority;
	uint8_t pad[3];
	struct address source;
	int64_t heard;			 /* µs monotonic; looked at once a minute */
	char instance[STATUS_NAME_SIZE]; /* whose address it lists; empty = nobody's */
};
#define STATUS_UNKNOWN_VRIDS_MAX 32

/* A link of an instance: its interface, then those of heartbeat_interface. */
struct link_status {
	struct status_record record;
	uint32_t instance;     /* index of its instance */
	struct address source; /* of our adverts there; none while they cannot be sent */
	uint8_t up;	       /* adverts can be sent and heard */
	uint8_t silent;	       /* nothing is heard, while something is on another link */
	uint8_t pad[2];
	int64_t heard; /* µs monotonic, the last accepted advert; 0 = none yet */
};

/* Which slot an instance has (net/slots.h). */
struct slot_status {
	struct status_record record;
	uint32_t slot;
};

/* Makes of a predecessor's record one whose values are possible, whatever it holds; a startup delay
 * lasts at most `hold_most` (µs) from now. */
void instance_status_mend(struct instance_status *record, struct mono now, int64_t hold_most);

#endif
