#ifndef VRRP_REASON_H
#define VRRP_REASON_H

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
	REASON_DUPLICATE_OWNER, /* Active, and somebody else claims one of the addresses, too */
	REASON_GROUP,		/* another member of its sync group keeps it where it is */
	REASON_STARTUP_DELAY,	/* the delay after start or boot runs */
	REASON_FENCE, /* the role of a router that died is taken only after fence_script */
	REASON_PROBE, /* and only when nobody answers for the addresses (probe_before_active) */
	REASON_UNADVERTISED, /* there are more addresses than an advert has room for */
};
#define INSTANCE_REASONS (REASON_UNADVERTISED + 1)
const char *instance_reason_name(enum instance_reason_kind kind); /* "peer", "interface", ... */

#endif
