#ifndef CORE_MESSAGE_H
#define CORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"
#include "core/base/log.h"

/* The processes. Every kind but check exists once. */
enum role_kind { ROLE_KEEPER, ROLE_MAIN, ROLE_VRRP, ROLE_NET, ROLE_IPVS, ROLE_CHECK };
#define ROLE_KINDS (ROLE_CHECK + 1)
const char *role_kind_name(enum role_kind kind);

/*
 * What the processes say to each other.  One table in message.c says for each type who may send it
 * to whom, its exact (or largest) size and how many descriptors come with it.  Anything else that
 * arrives is fatal() for a worker.  main and the keeper, which a worker must not be able to end,
 * log it and see that link closed; so does everyone for a check worker.
 */
enum message_type {
	/* main -> every worker */
	MESSAGE_CONFIGURE, /* struct message_configure; fds: configuration text, status segment; for
			      vrrp and net the slots */
	MESSAGE_PEER,	   /* struct message_peer; fd: this worker's end of a link to that peer */
	MESSAGE_STOP,	   /* struct message_stop: wind down, answer MESSAGE_STOPPED, exit 0 */
	/* every worker -> main */
	MESSAGE_CONFIGURED, /* struct message_configured: that generation is in force */
	MESSAGE_STOPPED,    /* empty */
	MESSAGE_LOG,	    /* struct message_log, cut after the text's NUL */
	MESSAGE_PEER_LOST,  /* struct message_peer: that link was closed, by either side */
	/* main -> vrrp, and its answer */
	MESSAGE_STANDBY,  /* struct message_instance_request */
	MESSAGE_TAKEOVER, /* struct message_instance_request */
	MESSAGE_DONE, /* struct message_done: vrrp -> main, the request was carried out or not */
	/* vrrp -> main */
	MESSAGE_NOTIFY, /* struct message_notify: an instance or sync group changed its role:
				 scripts */
	MESSAGE_FENCE,	/* struct message_fence: vrrp -> main, run that fence_script */
	MESSAGE_FENCED, /* struct message_fenced: main -> vrrp, how it ended */
	/* net -> main */
	MESSAGE_VMAC_SYSCTLS, /* struct message_vmac_sysctls: set those of an interface that net has
				 made */
	/* vrrp -> net */
	MESSAGE_SLOTS, /* empty: look at the slots */
	MESSAGE_DUMP,  /* struct message_dump: ask the kernel for it */
	/* net -> vrrp */
	MESSAGE_FEED,	 /* struct message_feed; fd: the end where dumps can be read */
	MESSAGE_ADDRESS, /* struct message_address: what net alone knows of an address */
	MESSAGE_VMAC,	 /* struct message_vmac: whether a virtual MAC interface can be had */
	/* vrrp -> ipvs */
	MESSAGE_INSTANCE, /* struct message_instance: an instance changed its role */
	/* check -> ipvs */
	MESSAGE_VERDICT, /* struct message_verdict */
	/* keeper <-> main */
	MESSAGE_HANDOVER, /* main -> keeper: struct message_handover and up to 3 fds; replaces that
			     slot */
	MESSAGE_ALIVE,	  /* main -> keeper, empty: main's loop turns */
	MESSAGE_KEEPER_ALIVE, /* keeper -> main, empty: its answer */
	MESSAGE_HANDBACK,     /* keeper -> main: the same, for a new main */
	MESSAGE_HANDBACK_END, /* keeper -> main: struct message_handback_end; no more
				 MESSAGE_HANDBACK follow */
};
#define MESSAGE_TYPES (MESSAGE_HANDBACK_END + 1)

#define MESSAGE_FDS_MAX	    3
#define MESSAGE_PAYLOAD_MAX 1536

struct message_configure {
	uint64_t generation;
};

struct message_peer {
	uint32_t kind; /* enum role_kind */
	uint32_t index;
	uint32_t link; /* a number of this link: its end is not taken for its successor's */
	uint32_t pad;
};

struct message_stop {
	uint32_t keep; /* 1: leave addresses or services in the kernel */
};

struct message_configured {
	uint64_t generation;
};

struct message_log {
	uint32_t level;	  /* enum log_level */
	uint32_t dropped; /* lines lost before this one because main did not read */
	char text[LOG_LINE_MAX];
};

#define MESSAGE_ALL_INSTANCES UINT32_MAX
struct message_instance_request {
	uint64_t request;    /* repeated in the answer */
	uint64_t generation; /* an index of another generation is refused */
	uint32_t instance;   /* index in the configuration, or MESSAGE_ALL_INSTANCES */
	uint32_t pad;
};

struct message_done {
	uint64_t request;
	uint32_t ok;
	char text[256]; /* why not, or what was done */
};

/* States as the protocol's field names them; the numbers are keepalived's. */
enum instance_state { INSTANCE_INIT, INSTANCE_BACKUP, INSTANCE_ACTIVE, INSTANCE_FAULT };
const char *instance_state_name(enum instance_state state); /* "init", "backup", ... */

enum notify_kind { NOTIFY_BACKUP, NOTIFY_ACTIVE, NOTIFY_FAULT, NOTIFY_STOP };

struct message_notify {
	uint64_t generation;
	uint32_t index;	   /* of the instance or group in the configuration */
	uint32_t kind;	   /* enum notify_kind */
	uint32_t priority; /* effective */
	uint32_t is_group; /* 1: a sync group, and all of its members */
};

struct message_vmac_sysctls {
	char interface[16];
	uint32_t ipv6; /* 0: it needs none */
};

/* The number comes back with the answer, which is read from the feed. */
struct message_dump {
	uint32_t type;	   /* RTM_GETLINK, RTM_GETADDR */
	uint32_t sequence; /* of the request to the kernel */
};

struct message_feed {
	uint32_t port; /* netlink's: what comes from requests of that port is no news */
	uint32_t pad;
};

/* What has happened to an address of an instance. */
enum address_event {
	ADDRESS_CAME,	 /* wanted or not, it is there now */
	ADDRESS_WENT,	 /* as wanted */
	ADDRESS_STOLEN,	 /* wanted, and somebody else removed it; it is being added again */
	ADDRESS_LAPSED,	 /* nobody renewed its lease; it comes again if its instance still is Active
			  */
	ADDRESS_REFUSED, /* the kernel would not add it: `error` */
};

struct message_address {
	struct address address;
	char interface[16];
	uint8_t prefix;
	uint8_t pad[3];
	uint32_t event; /* enum address_event */
	int32_t error;	/* errno, of ADDRESS_REFUSED */
};

struct message_vmac {
	char interface[16];
	char text[112]; /* why it cannot be used; empty: nothing is wrong with it */
};

struct message_fence {
	uint64_t request;    /* repeated in the answer */
	uint64_t generation; /* of the configuration that the index is of */
	uint32_t index;	     /* of an instance, or of a sync group */
	uint32_t is_group;
};

struct message_fenced {
	uint64_t request;
	uint32_t ok;
	char text[124]; /* why not */
};

struct message_instance {
	char name[64];
	uint32_t state; /* enum instance_state */
};

enum verdict { VERDICT_UNKNOWN, VERDICT_PASS, VERDICT_FAIL };
const char *verdict_name(enum verdict verdict);

/* The accepted state of a target (after retries); inconclusive results change nothing. */
struct message_verdict {
	uint64_t target;  /* target_conf.key */
	uint32_t verdict; /* enum verdict */
	uint32_t pad;
};

struct message_handover {
	uint32_t kind; /* whose things these are: ROLE_MAIN = the running configuration's text */
	uint32_t index;
	int32_t pid;
	uint32_t restarts;
	uint64_t generation;
	uint32_t reloading; /* main's: a reload was begun whose outcome is not handed over yet */
	uint32_t pad;
};

struct message_handback_end {
	uint32_t restarts; /* how often main was started before */
	uint32_t pad;
};

struct message {
	enum message_type type;
	const void *payload;	  /* aligned for any type; gone when the callback returns */
	size_t size;		  /* bytes of payload */
	int fds[MESSAGE_FDS_MAX]; /* -1 where none; the callback takes ownership by setting -1 */
};

/* message.c: the table. NULL when allowed, else the reason in words (static). */
const char *message_refusal(enum message_type type, enum role_kind from, enum role_kind to,
			    size_t size, unsigned n_fds);
/* The same for what is inside an allowed message: its text ends, its enum has a known value. */
const char *message_content_refusal(enum message_type type, const void *payload, size_t size);
const char *message_type_name(enum message_type type);

#endif
