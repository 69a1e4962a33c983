#ifndef VRRP_ENGINE_H
#define VRRP_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/address.h"
#include "core/base/bucket.h"
#include "core/base/mono.h"
#include "core/process/message.h"
#include "vrrp/engine/reason.h"

/*
 * The election of one unit: pure, no I/O, no clock, no allocation.  A unit is a sync group, or a
 * single instance, which is a group of one; it has one state.  Its members are instances: each has
 * its own link, peers, priority and timer.  The caller feeds events, carries out the actions it is
 * given in the order of their bits, and calls with EVENT_TIMER once engine_due() (of the unit) or
 * the `due` of a member has come.
 */

#define ENGINE_PRIORITY_STANDBY	 1   /* any peer outranks it */
#define ENGINE_PRIORITY_TAKEOVER 254 /* while taking over from a peer of higher priority */
#define ENGINE_PRIORITY_TAKEN	 253 /* once it holds the role; so that another can win in turn */
#define ENGINE_PRIORITY_OWNER	 255

/* A member answers so many adverts at once, then one per interval: who sends them is not known. */
#define ENGINE_ANSWERS 5

enum engine_state {
	ENGINE_INIT,
	ENGINE_BACKUP,
	ENGINE_ACTIVE,
	ENGINE_LISTENING, /* serves, but a member that was silent too long, or is new, listens */
	ENGINE_RESIGNING, /* priority 0 was sent: serves until a peer is heard */
	ENGINE_FAULT,
};
#define ENGINE_STATES (ENGINE_FAULT + 1)

enum engine_event_kind {
	EVENT_STARTUP,	 /* unit; uses hold */
	EVENT_SHUTDOWN,	 /* unit */
	EVENT_FACTS,	 /* member; uses able and source */
	EVENT_CONFIGURE, /* member; uses config */
	EVENT_ADVERT,	 /* member; uses priority, source and interval: a peer's, already checked */
	EVENT_TIMER,	 /* unit or member: what it waits for has come; early ones are harmless */
	EVENT_STANDBY,	 /* unit; the operator: hand over, and stay below every peer */
	EVENT_TAKEOVER,	 /* unit; the operator: be Active */
	EVENT_PERMIT,	 /* unit; the answer to ACTION_ASK: the role may be taken */
};

/* The columns of the table: events after classification. */
enum engine_column {
	ON_STARTUP,
	ON_SHUTDOWN,
	ON_UP,		/* all members are able now */
	ON_DOWN,	/* one no longer is */
	ON_ZERO,	/* advert of priority 0 */
	ON_LOWER,	/* advert of lower priority */
	ON_EQUAL_BELOW, /* equal priority, the sender's address is lower */
	ON_EQUAL_ABOVE, /* equal priority, the sender's address is higher */
	ON_HIGHER,	/* advert of higher priority */
	ON_TIMER,
	ON_LATE, /* the timer, but too late to act on it */
	ON_STANDBY,
	ON_TAKEOVER,
	ON_CONFIGURE,
	ON_PERMIT,
};
#define ENGINE_COLUMNS (ON_PERMIT + 1)

/* A member's. */
struct engine_config {
	uint8_t version;
	uint8_t priority;
	bool nopreempt;
	bool lower_prio_no_advert; /* leave adverts of lower priority unanswered */
	bool flap_damping;	   /* the down timer is longer where adverts are lost */
	uint8_t down_adverts;	   /* in an Active_Down_Interval; 0 = the standard's 3 */
	int64_t advert_interval;   /* µs */
	int64_t preempt_delay;	   /* µs; 0 = none */
	int64_t linger;		   /* µs that addresses stay after a peer took over from us */
};

struct engine_event {
	enum engine_event_kind kind;
	uint8_t priority;
	bool able;	       /* the interface is up and has an address to send from */
	int64_t interval;      /* µs, the sender's */
	struct address source; /* the sender's; for EVENT_FACTS our own */
	struct address own;    /* ours, to compare an advert's source with; none = the member's */
	struct engine_member *member; /* to whom it happens; NULL = the unit */
	const struct engine_config *config;
	struct mono hold; /* no election is entered before; 0 = at once */
};

/* In the order in which they are to be carried out; the first five kinds by each member. */
enum engine_action {
	ACTION_SEND_ADVERT = 1 << 0,
	ACTION_SEND_ZERO = 1 << 1,
	ACTION_KEEP_ADDRESSES = 1 << 2, /* those that are there stay; none is added */
	ACTION_ADD_ADDRESSES = 1 << 3,
	ACTION_REMOVE_ADDRESSES = 1 << 4,
	ACTION_ANNOUNCE = 1 << 5,  /* a burst for every address: with ACTION_ADD_ADDRESSES as
				    * new Active router, else against a lesser one */
	ACTION_SILENCE = 1 << 6,   /* announce nothing any more */
	ACTION_NOTIFY = 1 << 7,	   /* engine_public_state() has changed */
	ACTION_DONE = 1 << 8,	   /* the operator's request has this outcome */
	ACTION_STOPPED = 1 << 9,   /* the shutdown is complete */
	ACTION_ASK = 1 << 10,	   /* guarded: EVENT_PERMIT is wanted */
	ACTION_WITHHELD = 1 << 11, /* for counting: an answer that the bound did not allow */
};

enum engine_outcome {
	OUTCOME_NONE,
	OUTCOME_ACTIVE,	     /* takeover: we are */
	OUTCOME_HANDED_OVER, /* standby: a peer is Active */
	OUTCOME_NO_PEER,     /* standby: nobody took over; still Active */
	OUTCOME_NOT_ACTIVE,  /* standby: noted, we were not Active */
	OUTCOME_FAULT,	     /* refused or ended: the instance is in fault */
	OUTCOME_STOPPING,    /* refused: not started, or on its way out */
	OUTCOME_OUTRANKED,   /* takeover: lost again to a peer */
	OUTCOME_CONTESTED,   /* takeover: Active, but a peer goes on as if it were */
};

/* What an event leads to.  When only the member that it happened to has something to do, `bits`
 * says it all; else each member's own bits do, and `bits` is all of them together. */
struct engine_actions {
	uint32_t bits; /* of enum engine_action */
	enum engine_outcome outcome;
	bool all; /* members other than the event's have something to do, too */
};

struct engine_peer {
	struct address address;
	uint8_t priority;
	struct mono heard; /* 0 = never */
	int64_t interval;
	struct address own; /* as struct engine_event has it */
};

/* Readable by all, written only by the engine. */
struct engine_member {
	struct engine *unit;
	struct engine_member *next; /* in that order */
	uint32_t order;		    /* the lowest is the most decisive */
	uint32_t actions;	    /* of the last event, if that says `all` */
	struct engine_config config;
	struct address source;
	bool able;
	bool holds;		   /* its addresses may be on the interface */
	bool expired;		   /* Backup: its Active_Down_Timer has run out, others' have not */
	bool listening;		   /* while the unit does: this is one that has to */
	bool joining;		   /* listening because it is new, not because it was late */
	bool succeeded;		   /* resigning: a peer has taken over from it */
	bool moved;		   /* here from another unit, and not yet one with this */
	enum engine_state was;	   /* of that unit; adopting: of the predecessor */
	int64_t active_interval;   /* Active_Adver_Interval, µs */
	struct mono due;	   /* its one timer; 0 = not set */
	struct mono preempt_until; /* end of preempt_delay; 0 = not running */
	struct mono advert_sent;   /* 0 = never */
	struct bucket answers;	   /* of adverts that are no danger: at most ENGINE_ANSWERS */
	uint16_t loss;		   /* of the peer's adverts, of a thousand, with flap_damping */
	uint8_t spoken;		   /* the highest priority of its recent adverts */
	struct mono spoken_at;	   /* when it said so last; 0 = it has not */
	struct engine_peer peer;   /* of the last advert heard */
	struct engine_peer best;   /* Backup: of the Active router that is followed */
};

/* The same. */
struct engine {
	struct engine_member *members;
	enum engine_state state;
	bool standby;
	bool takeover;
	bool stopping;
	bool guarded;		 /* the caller's: no dead router is followed without EVENT_PERMIT */
	bool asked;		 /* for that, and nobody was heard since */
	bool holds;		 /* some member does */
	struct mono entered;	 /* this state */
	struct mono due;	 /* the bound of a hand-over; 0 = not set */
	struct mono release_due; /* when addresses left over from being Active go; 0 = not set */
	struct mono hold_until;	 /* startup delay: no election before; 0 = none */
	struct mono taken_due;	 /* from then on a takeover needs only ENGINE_PRIORITY_TAKEN */
	struct mono held_due;	 /* a takeover waits for its outcome until then; 0 = none does */
	struct mono contest;	 /* since when a less decisive member is outranked; 0 = none is */
	struct mono contest_heard; /* the last advert that did so */
};

/* What a predecessor left behind of a member; all times of the same monotonic clock. */
struct engine_journal {
	enum instance_state state; /* INSTANCE_INIT: nothing */
	bool standby, takeover;
	struct mono advert_sent, down_due, hold_until;
	struct engine_peer peer;
};

/* engine_unit.c: units and members come and go */
void engine_init(struct engine *engine);
void engine_member_init(struct engine_member *member, const struct engine_config *config);
/* Makes a member that is in no unit one of this unit.  Members with a lower `order` are the more
 * decisive; it has to be the same on all routers.  `was` is the unit that it comes from, still as
 * it was; NULL = it is new.  A unit's first member brings its role along. */
void engine_join(struct engine *engine, struct engine_member *member, uint32_t order,
		 const struct engine *was);
void engine_leave(struct engine_member *member);
/* After members have come or gone: roles that differ become one.  The unit is Active where one of
 * its members was, but listens on links that are new to that role; it is in fault where one is. */
struct engine_actions engine_regroup(struct engine *engine, struct mono now);
/* Instead of EVENT_STARTUP, after engine_member_adopt() for every member: goes on where a dead
 * predecessor was. */
struct engine_actions engine_adopt(struct engine *engine, struct mono now);
void engine_member_adopt(struct engine_member *member, const struct engine_journal *journal);

/* engine.c */
struct engine_actions engine_handle(struct engine *engine, const struct engine_event *event,
				    struct mono now);
/* When EVENT_TIMER is wanted next for the unit; 0 = not. */
struct mono engine_due(const struct engine *engine);
/* What the world sees: Active also while listening or resigning. */
enum instance_state engine_state_public(enum engine_state state);
enum instance_state engine_public_state(const struct engine *engine);
/* The member's addresses are to be there. */
bool engine_member_serves(const struct engine_member *member);
/* It is Active, and need not listen before it speaks. */
bool engine_member_speaks(const struct engine_member *member);
/* The priority that the member's adverts carry. */
uint8_t engine_priority(const struct engine_member *member, struct mono now);
/* How many adverts its Active_Down_Interval has room for, without what flap_damping adds. */
int64_t engine_down_adverts(const struct engine_member *member);
/* How many adverts more are waited for with flap_damping, because some are lost. */
int64_t engine_damping_adverts(const struct engine_member *member);
/* Skew_Time in µs: RFC 9568 6.1, for version 2 RFC 3768 6.2.1. */
int64_t engine_skew(uint8_t version, uint8_t priority, int64_t active_interval);

/* reason.c */

/* Which reasons hold now, as bits 1 << enum instance_reason_kind (those that the engine knows). */
uint32_t engine_reasons(const struct engine_member *member, struct mono now);
/* The member because of which `member`'s unit is not what `member` alone would be; or NULL. */
const struct engine_member *engine_holder(const struct engine_member *member);

#endif
