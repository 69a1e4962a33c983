#ifndef VRRP_ENGINE_H
#define VRRP_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/address.h"
#include "core/mono.h"
#include "core/status.h"

/*
 * The election of one unit (an instance; later a sync group): pure, no I/O, no clock, no
 * allocation.  The caller feeds events, carries out the actions it is given in the order of their
 * bits, and calls with EVENT_TIMER once engine_due() has come.
 */

#define ENGINE_PRIORITY_STANDBY	 1   /* any peer outranks it */
#define ENGINE_PRIORITY_TAKEOVER 254 /* while taking over from a peer of higher priority */
#define ENGINE_PRIORITY_TAKEN	 253 /* once it has; so that another takeover can win in turn */
#define ENGINE_PRIORITY_OWNER	 255

enum engine_state {
	ENGINE_INIT,
	ENGINE_BACKUP,
	ENGINE_ACTIVE,
	ENGINE_LISTENING, /* was silent too long: serves, but listens before it speaks again */
	ENGINE_RESIGNING, /* priority 0 was sent: serves until a peer is heard */
	ENGINE_FAULT,
};
#define ENGINE_STATES (ENGINE_FAULT + 1)

enum engine_event_kind {
	EVENT_STARTUP,
	EVENT_SHUTDOWN,
	EVENT_FACTS,	 /* uses able and source */
	EVENT_CONFIGURE, /* uses config */
	EVENT_ADVERT,	 /* uses priority, source and interval: a peer's advert, already checked */
	EVENT_TIMER,	 /* engine_due() has come; early ones are harmless */
	EVENT_STANDBY,	 /* the operator: hand over, and stay below every peer */
	EVENT_TAKEOVER,	 /* the operator: be Active */
};

/* The columns of the table: events after classification. */
enum engine_column {
	ON_STARTUP,
	ON_SHUTDOWN,
	ON_UP,
	ON_DOWN,
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
};
#define ENGINE_COLUMNS (ON_CONFIGURE + 1)

struct engine_config {
	uint8_t version;
	uint8_t priority;
	bool nopreempt;
	bool lower_prio_no_advert;    /* leave adverts of lower priority unanswered */
	bool higher_prio_send_advert; /* one more before giving way */
	uint8_t down_adverts;	      /* in an Active_Down_Interval; 0 = the standard's 3 */
	int64_t advert_interval;      /* µs */
	int64_t preempt_delay;	      /* µs; 0 = none */
	int64_t linger;		      /* µs that addresses stay after a peer took over from us */
};

struct engine_event {
	enum engine_event_kind kind;
	uint8_t priority;
	bool able;	       /* the interface is up and has an address to send from */
	int64_t interval;      /* µs, the sender's */
	struct address source; /* the sender's; for EVENT_FACTS our own */
	const struct engine_config *config;
};

/* In the order in which they are to be carried out. */
enum engine_action {
	ACTION_SEND_ADVERT = 1 << 0,
	ACTION_SEND_ZERO = 1 << 1,
	ACTION_ADD_ADDRESSES = 1 << 2,
	ACTION_REMOVE_ADDRESSES = 1 << 3,
	ACTION_ANNOUNCE = 1 << 4, /* a burst for every address: with ACTION_ADD_ADDRESSES as
				   * new Active router, else against a lesser one */
	ACTION_SILENCE = 1 << 5,  /* announce nothing any more */
	ACTION_NOTIFY = 1 << 6,	  /* engine_public_state() has changed */
	ACTION_DONE = 1 << 7,	  /* the operator's request has this outcome */
	ACTION_STOPPED = 1 << 8,  /* the shutdown is complete */
};

enum engine_outcome {
	OUTCOME_NONE,
	OUTCOME_ACTIVE,	     /* takeover: we are */
	OUTCOME_HANDED_OVER, /* standby: a peer is Active */
	OUTCOME_NO_PEER,     /* standby: nobody took over; still Active */
	OUTCOME_NOT_ACTIVE,  /* standby: noted, we were not Active */
	OUTCOME_FAULT,	     /* refused or ended: the instance is in fault */
	OUTCOME_STOPPING,    /* refused: not started, or on its way out */
};

struct engine_actions {
	uint32_t bits; /* of enum engine_action */
	enum engine_outcome outcome;
};

struct engine_peer {
	struct address address;
	uint8_t priority;
	struct mono heard; /* 0 = never */
	int64_t interval;
};

/* Readable by all, written only by engine.c. */
struct engine {
	struct engine_config config;
	struct address source;
	enum engine_state state;
	bool able;
	bool standby;
	bool takeover;
	bool stopping;
	bool holds;		   /* our addresses may be on the interface */
	int64_t active_interval;   /* Active_Adver_Interval, µs */
	struct mono entered;	   /* this state */
	struct mono due;	   /* the state's one timer; 0 = not set */
	struct mono release_due;   /* when addresses left over from being Active go; 0 = not set */
	struct mono preempt_until; /* end of preempt_delay; 0 = not running */
	struct mono taken_due;	   /* from then on a takeover needs only ENGINE_PRIORITY_TAKEN */
	struct mono advert_sent;   /* 0 = never */
	struct engine_peer peer;   /* of the last advert heard */
};

/* What a predecessor left behind; all times of the same monotonic clock. */
struct engine_journal {
	enum instance_state state;
	bool standby, takeover;
	struct mono advert_sent, down_due;
	struct engine_peer peer;
};

/* engine.c */
void engine_init(struct engine *engine, const struct engine_config *config);
struct engine_actions engine_handle(struct engine *engine, const struct engine_event *event,
				    struct mono now);
/* Instead of EVENT_STARTUP: goes on where a dead predecessor was. */
struct engine_actions engine_adopt(struct engine *engine, const struct engine_journal *journal,
				   struct mono now);
/* When EVENT_TIMER is wanted next; 0 = not. */
struct mono engine_due(const struct engine *engine);
/* What the world sees: Active also while listening or resigning. */
enum instance_state engine_public_state(const struct engine *engine);
/* The priority our adverts carry. */
uint8_t engine_priority(const struct engine *engine, struct mono now);
/* Skew_Time in µs: RFC 9568 6.1, for version 2 RFC 3768 6.2.1. */
int64_t engine_skew(uint8_t version, uint8_t priority, int64_t active_interval);
/* The standard's section of the table's cell, for tests and explanations. */
const char *engine_row_section(enum engine_state state, enum engine_column column);

/* engine_explain.c */

/* Which reasons hold now, as bits 1 << enum instance_reason_kind (those that the engine knows). */
uint32_t engine_reasons(const struct engine *engine, struct mono now);
const char *engine_state_name(enum engine_state state);
const char *engine_column_name(enum engine_column column);

#endif
