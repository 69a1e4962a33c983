#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/address.h"
#include "core/loop.h"
#include "core/message.h"

/*
 * Status is shared memory.  Each worker owns one segment (a memfd that main creates, so that it
 * outlives the worker): a header and tables of fixed-size records.  The owner writes, main maps it
 * read-only; a sequence lock around each record lets the reader notice that it read half a change.
 * A restarted worker finds what its predecessor wrote: the segment is also the journal.
 */

enum status_table_kind {
	STATUS_INSTANCES, /* vrrp: struct instance_status */
	STATUS_ADDRESSES, /* vrrp: struct address_status */
	STATUS_PEERS,	  /* vrrp: struct peer_status */
	STATUS_FOREIGN,	  /* vrrp: struct foreign_status, STATUS_FOREIGN_MAX records */
	STATUS_LINKS,	  /* vrrp: struct link_status */
	STATUS_SERVICES,  /* ipvs: struct service_status */
	STATUS_SERVERS,	  /* ipvs: struct server_status */
	STATUS_KERNEL,	  /* ipvs: struct kernel_status, one record */
	STATUS_TARGETS,	  /* check: struct target_status */
};
#define STATUS_TABLES (STATUS_TARGETS + 1)

/* First member of every record. Odd while the owner writes; 0 = never written. */
struct status_record {
	_Atomic uint32_t sequence;
};

#define STATUS_NAME_SIZE 64
#define STATUS_TEXT_SIZE 160

/* Why an instance is held where it is; each has a fixed place, so that main can list them all. */
enum instance_reason_kind {
	REASON_STARTUP,		/* waiting: nothing was heard yet, the first down timer runs */
	REASON_PEER,		/* a peer is Active (who, priority) */
	REASON_INTERFACE,	/* the interface is missing, down or has no carrier */
	REASON_NO_SOURCE,	/* the interface has no address to send from */
	REASON_NO_PEER,		/* adverts go by unicast, and no peer is configured */
	REASON_STANDBY,		/* standby by the operator */
	REASON_TAKEOVER,	/* takeover by the operator */
	REASON_PREEMPT_DELAY,	/* a lower-priority peer is Active and preempt_delay runs */
	REASON_NOPREEMPT,	/* a lower-priority peer is Active and nopreempt is set */
	REASON_ELECTED,		/* Active: nobody better was heard */
	REASON_HANDOVER,	/* priority 0 was sent, serving until the peer is heard */
	REASON_ADDRESS,		/* an address could not be added */
	REASON_LINK,		/* one of several links is down, or silent while another is not */
	REASON_UNHEARD_PEER,	/* Active for a while, and a peer was never heard */
	REASON_DUPLICATE_OWNER, /* Active, and somebody else claims one of the addresses, too */
	REASON_GROUP,		/* another member of its sync group keeps it where it is */
	REASON_STARTUP_DELAY,	/* the delay after start or boot runs */
	REASON_FENCE, /* the role of a router that died is taken only after fence_script */
	REASON_PROBE, /* and only when nobody answers for the addresses (probe_before_active) */
};
#define INSTANCE_REASONS (REASON_PROBE + 1)
const char *instance_reason_name(enum instance_reason_kind kind); /* "peer", "interface", ... */

struct instance_reason {
	int64_t since; /* µs wall clock; 0 = does not hold now */
	char text[STATUS_TEXT_SIZE];
};

/* Counters of an instance, in the order of the receive checks. One table in status.c names them. */
enum instance_counter {
	COUNTER_ADVERTS_RECEIVED,
	COUNTER_ADVERTS_SENT,
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
	COUNTER_ADDRESSES_LAPSED, /* leases that ended because nobody renewed them in time */
	COUNTER_ADDRESSES_STOLEN, /* removed by somebody else while they were wanted */
	COUNTER_PROBES_ANSWERED,  /* somebody has the addresses that we were about to take */
};
#define INSTANCE_COUNTERS (COUNTER_PROBES_ANSWERED + 1)
const char *instance_counter_name(enum instance_counter counter);

/* What the checksum of a version 3 advert over IPv4 covers beside the advert. */
enum checksum_form {
	CHECKSUM_PSEUDO, /* the pseudo-header */
	CHECKSUM_PLAIN,	 /* nothing */
	CHECKSUM_GROUP,	 /* unicast of old: the pseudo-header of an advert to the group */
};
const char *checksum_form_name(enum checksum_form form);

/* The last signed advert that was accepted of a sender. */
struct hmac_sender {
	struct address address;
	uint64_t sequence;
	int64_t heard; /* µs monotonic; 0 = the place is free */
};
#define HMAC_SENDERS 16

/* What the guard against replayed adverts knows (vrrp/replay.h). */
struct hmac_journal {
	uint64_t sent;	   /* the last sequence number of our own adverts; 0 = none */
	int64_t offset;	   /* µs, wall clock minus monotonic clock, as agreed with peers */
	int64_t ahead;	   /* µs that the last accepted one's clock was ahead of ours */
	uint8_t agreed;	   /* 1: offset is a peer's too, not only our own at the start */
	uint8_t heard_key; /* of the last accepted one; 0 = none */
	uint8_t pad[6];
	struct hmac_sender senders[HMAC_SENDERS];
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
	uint8_t checksum;	   /* enum checksum_form; of our adverts */
	uint8_t vmac_up;	   /* 1: the interface with its virtual MAC address is up */
	uint8_t mac[6];		   /* that address; all zero = none is used */
	uint8_t base_arp_ignore;   /* of the interface below, before us, + 1; 0 = not known */
	uint8_t base_arp_announce; /* the same */
	int64_t advert_interval;   /* µs, our own */
	int64_t peer_interval;	   /* µs, of the Active router last heard; 0 when none */
	int64_t since;		   /* µs wall clock, of the last role change */
	int64_t peer_heard;	   /* µs monotonic, last accepted advert; 0 when none */
	int64_t advert_sent;	   /* µs monotonic, our last advert; 0 when none */
	int64_t down_due;	   /* µs monotonic, end of the Active_Down_Timer; 0 when not set */
	int64_t hold_until;	   /* µs monotonic, end of the startup delay; 0 = none */
	int64_t preempt_until;	   /* µs monotonic, end of preempt_delay; 0 when it does not run */
	struct address source;	   /* what we send from */
	struct address peer;	   /* sender of the last accepted advert */
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
	uint8_t present;  /* the kernel has it, seen in a dump or event */
	uint8_t rival[6]; /* hardware address of who claims it, too */
	uint8_t lapsed;	  /* its lease has ended, and nobody has decided yet that it comes again */
	uint8_t pad[3];
	uint32_t lease; /* seconds that the kernel keeps it unless renewed; 0 = for ever, or gone */
	char interface[16];
	uint32_t rival_count; /* of claims */
	int64_t rival_since;  /* µs wall clock, of the first one; 0 = nobody does */
	int64_t rival_heard;  /* µs monotonic, of the last one */
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
struct foreign_status {
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
#define STATUS_FOREIGN_MAX 32

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

/* The one record of what the ipvs worker thinks of the kernel. */
struct kernel_status {
	struct status_record record;
	uint8_t available; /* 0: no IPVS in this kernel, or no permission */
	uint8_t pad[3];
	char text[STATUS_TEXT_SIZE]; /* why not available, or the last error */
	int64_t reconciled;	     /* µs wall clock of the last complete comparison; 0 = never */
	uint64_t reconciliations;
	uint64_t changes; /* commands sent to the kernel */
	uint64_t errors;
};

struct service_status {
	struct status_record record;
	char name[STATUS_NAME_SIZE]; /* "10.0.0.1:80/tcp", "fwmark 5" */
	uint16_t port;
	uint16_t protocol; /* IPPROTO_TCP, ... */
	uint32_t fwmark;
	struct address address;
	char scheduler[16];
	uint8_t fallback_active;
	uint8_t quorum_up;
	uint8_t in_kernel;  /* seen in the last dump or after a successful change */
	uint8_t family;	    /* AF_INET, AF_INET6; with a fwmark there is no address to tell it */
	uint32_t weight_up; /* sum of the weights of servers that are up */
	uint32_t quorum;
	int64_t since;	   /* µs wall clock, of the last quorum change */
	uint32_t draining; /* servers that are not configured any more, but have connections */
	uint32_t draining_connections; /* active ones of these */
};

enum server_state { SERVER_UNKNOWN, SERVER_UP, SERVER_DOWN };
const char *server_state_name(enum server_state state);

#define WEIGHT_ABSENT (-1) /* not in the kernel's table */

struct server_status {
	struct status_record record;
	uint32_t service; /* index of its service */
	struct address address;
	uint16_t port;
	uint8_t fallback; /* 0 = real server */
	uint8_t state;	  /* enum server_state */
	int32_t weight_configured;
	int32_t weight_desired;	     /* or WEIGHT_ABSENT */
	int32_t weight_kernel;	     /* or WEIGHT_ABSENT */
	uint32_t connections_active; /* from the last dump */
	uint32_t connections_inactive;
	int64_t since; /* µs wall clock, of the last change of state */
};

enum check_phase {
	PHASE_NONE,
	PHASE_RESOLVE,
	PHASE_CONNECT,
	PHASE_TLS,
	PHASE_SEND,
	PHASE_FIRST_BYTE,
	PHASE_BODY
};
const char *check_phase_name(enum check_phase phase);

/* What one try says. */
enum check_result { RESULT_NONE, RESULT_PASS, RESULT_FAIL, RESULT_INCONCLUSIVE };
const char *check_result_name(enum check_result result);

/* Why; the text beside it has the details. */
enum check_reason {
	CHECK_OK,
	CHECK_TIMEOUT,
	CHECK_REFUSED,
	CHECK_UNREACHABLE,
	CHECK_RESET,
	CHECK_CLOSED_EARLY,
	CHECK_PROTOCOL, /* the answer is not what the protocol says */
	CHECK_STATUS,	/* status code outside the wanted ones */
	CHECK_DIGEST,
	CHECK_REGEX,
	CHECK_TOO_LARGE,      /* a header or a body beyond our bound */
	CHECK_NO_DESCRIPTORS, /* from here on: our own fault, inconclusive */
	CHECK_NO_MEMORY,
	CHECK_NO_PORT,
	CHECK_LOCAL_ERROR,
};
const char *check_reason_name(enum check_reason reason);

struct target_status {
	struct status_record record;
	uint8_t kind;	 /* enum check_kind of conf/model.h */
	uint8_t verdict; /* enum verdict: after retries, what ipvs was told */
	uint8_t result;	 /* enum check_result of the last try */
	uint8_t phase;	 /* enum check_phase in which the last try ended */
	uint8_t reason;	 /* enum check_reason */
	uint8_t pad[3];
	uint64_t key; /* target_conf.key */
	char text[STATUS_TEXT_SIZE];
	int64_t latency; /* µs, of the last try */
	int64_t at;	 /* µs wall clock, end of the last try; 0 = not yet run */
	int64_t next;	 /* µs monotonic, the next try */
	uint32_t tries;	 /* consecutive failed tries */
	uint32_t url;	 /* the next url of an HTTP check */
	uint64_t passes;
	uint64_t failures;
	uint64_t inconclusive;
};

#define STATUS_MAGIC   UINT32_C(0x76647374)
#define STATUS_VERSION 7

struct status_header {
	uint32_t magic;
	uint32_t version; /* layout; a segment of another layout is not adopted */
	uint32_t kind;	  /* enum role_kind */
	uint32_t index;
	uint64_t generation; /* of the configuration that shaped the tables */
	uint32_t counts[STATUS_TABLES];
	uint64_t offsets[STATUS_TABLES]; /* from the header's start */
	uint64_t size;			 /* of the whole segment */
	_Atomic int64_t heartbeat; /* µs monotonic, by the worker, at least 5 times a second */
	_Atomic uint64_t log_dropped;
	struct lateness lateness; /* of the worker's timers; read without a lock */
};

struct status; /* a mapped segment */

/* status.c */

/* Creates an empty segment and maps it writable. Ownership to the caller; no memory is fatal(). */
struct status *status_create(enum role_kind kind, unsigned index, uint64_t generation,
			     const uint32_t counts[STATUS_TABLES]);
/* Maps a segment made by status_create(); owns fd on success. NULL: not one, or another layout. */
struct status *status_map(int fd, bool writable);
void status_unmap(struct status *status); /* closes its descriptor */
int status_fd(const struct status *status);
struct status_header *status_header(struct status *status);
uint32_t status_count(const struct status *status, enum status_table_kind table);
/* The owner's view of a record; index is below status_count(), else fatal(). */
void *status_record(struct status *status, enum status_table_kind table, uint32_t index);
/* Around every change the owner makes to a record. */
void status_begin(void *record);
void status_end(void *record);
/* Copies one record as it was at some moment. False: never written, or its owner died within a
 * change (then the copy may be half old, half new, and is still usable for display). */
bool status_read(struct status *status, enum status_table_kind table, uint32_t index, void *copy);
size_t status_record_size(enum status_table_kind table);

#endif
