/*
 * The election engine: RFC 9568 section 6 (and RFC 3768's for version 2) as a table of state by
 * event, with the states that a planned hand-over and a late wake-up need beside the standard's
 * three.  It is pure: (engine, event, now) -> actions.  instance.c feeds it in the daemon; the
 * simulator feeds several of them over a network of its own.
 *
 * - An event is first classified against current facts (an advert by its priority and sender
 *   against ours, a timer by its lateness, the facts by what they change); the class is the
 *   table's column.  Every cell is filled: what is ignored says so.
 * - enter() is the only writer of the state, and of the notification that follows from it.
 * - Each state has one timer, `due`, whose meaning the state gives: Active_Down_Timer in Backup,
 *   Adver_Timer in Active, the end of listening, the bound of a hand-over.
 * - Addresses may outlive the role for a moment: when a peer takes over, ours stay for `linger`, so
 *   that the peer's are there before ours go (make before break).  `release_due` is that promise,
 *   independent of the states.
 * - The effective priority is never stored: engine_priority() derives it from the configuration
 *   and the operator's wishes whenever it is needed.
 *
 * Late is not alive: a timer that comes more than two intervals late means that we were silent for
 * more than three (or as many as are configured), so peers have given us up.  Whatever the timer
 * meant is then old news, and the router listens for one interval and its skew before it speaks.
 */
#include "vrrp/engine.h"

#include <string.h>

#include "core/log.h"

#define DOWN_ADVERTS	 3 /* 6.1: Active_Down_Interval = 3 * Active_Adver_Interval + Skew_Time */
#define HANDOVER_GRACE	 (100 * USEC_PER_MSEC) /* a peer's own lateness and the way here */
#define HANDOVER_BOUND	 (5 * USEC_PER_SEC)
#define TAKEOVER_CONTEST USEC_PER_SEC /* beyond three intervals, for peers to step down */

/* One call of engine_handle(). */
struct step {
	struct engine *engine;
	const struct engine_event *event;
	struct mono now;
	struct engine_actions actions;
};

typedef void row_fn(struct step *s);

int64_t engine_skew(uint8_t version, uint8_t priority, int64_t active_interval)
{
	int64_t unit = version == 2 ? USEC_PER_SEC : active_interval;

	return (256 - priority) * unit / 256;
}

uint8_t engine_priority(const struct engine *engine, struct mono now)
{
	uint8_t raised;

	if (engine->standby)
		return ENGINE_PRIORITY_STANDBY;
	if (!engine->takeover)
		return engine->config.priority;
	raised = mono_before(now, engine->taken_due) ? ENGINE_PRIORITY_TAKEOVER
						     : ENGINE_PRIORITY_TAKEN;
	return engine->config.priority > raised ? engine->config.priority : raised;
}

static int64_t skew(const struct step *s)
{
	return engine_skew(s->engine->config.version, engine_priority(s->engine, s->now),
			   s->engine->active_interval);
}

static int64_t down_adverts(const struct engine *engine)
{
	return engine->config.down_adverts > 0 ? engine->config.down_adverts : DOWN_ADVERTS;
}

static int64_t down_interval(const struct step *s)
{
	return down_adverts(s->engine) * s->engine->active_interval + skew(s);
}

/* What a router that does not know who is there waits before it speaks. */
static int64_t listen_interval(const struct step *s)
{
	return s->engine->active_interval + skew(s);
}

/* How long a Backup may need to react to priority 0: its Skew_Time, whatever its priority. */
static int64_t handover_interval(const struct step *s)
{
	const struct engine_config *config = &s->engine->config;
	int64_t bound =
		(config->version == 2 ? USEC_PER_SEC : config->advert_interval) + HANDOVER_GRACE;

	return bound < HANDOVER_BOUND ? bound : HANDOVER_BOUND;
}

static enum instance_state public_state(enum engine_state state)
{
	switch (state) {
	case ENGINE_INIT:
		return INSTANCE_INIT;
	case ENGINE_BACKUP:
		return INSTANCE_BACKUP;
	case ENGINE_ACTIVE:
	case ENGINE_LISTENING:
	case ENGINE_RESIGNING:
		return INSTANCE_ACTIVE;
	case ENGINE_FAULT:
		return INSTANCE_FAULT;
	}
	fatal("engine: state %d", state);
}

enum instance_state engine_public_state(const struct engine *engine)
{
	return public_state(engine->state);
}

/* The one writer of the state. `duration` sets its timer; negative = it has none. */
static void enter(struct step *s, enum engine_state state, int64_t duration)
{
	struct engine *engine = s->engine;

	if (public_state(engine->state) != public_state(state))
		s->actions.bits |= ACTION_NOTIFY;
	engine->state = state;
	engine->entered = s->now;
	engine->due = duration < 0 ? (struct mono){0} : mono_add(s->now, duration);
}

static void rearm(struct step *s, int64_t duration)
{
	s->engine->due = mono_add(s->now, duration);
}

static void done(struct step *s, enum engine_outcome outcome)
{
	s->actions.bits |= ACTION_DONE;
	s->actions.outcome = outcome;
}

static void send_advert(struct step *s)
{
	s->actions.bits |= ACTION_SEND_ADVERT;
	s->engine->advert_sent = s->now;
	rearm(s, s->engine->config.advert_interval);
}

static void release(struct step *s)
{
	if (s->engine->holds)
		s->actions.bits |= ACTION_REMOVE_ADDRESSES | ACTION_SILENCE;
	s->engine->holds = false;
	s->engine->release_due = (struct mono){0};
}

/* 6.4.1 and 6.4.2: the advert goes first, so that rivals know before hosts do. */
static void become_active(struct step *s)
{
	struct engine *engine = s->engine;

	enter(s, ENGINE_ACTIVE, 0);
	engine->active_interval = engine->config.advert_interval;
	engine->holds = true;
	engine->release_due = (struct mono){0};
	engine->preempt_until = (struct mono){0};
	send_advert(s);
	s->actions.bits |= ACTION_ADD_ADDRESSES | ACTION_ANNOUNCE;
}

static void adopt_interval(struct step *s)
{
	if (s->engine->config.version != 2)
		s->engine->active_interval = s->event->interval;
}

/* A peer serves: after being Active ours linger, else they have no business here at all. */
static void peer_serves(struct step *s)
{
	if (s->engine->release_due.us == 0)
		release(s);
}

static bool is_outranked(const struct step *s)
{
	uint8_t ours = engine_priority(s->engine, s->now);

	if (s->event->priority != ours)
		return s->event->priority > ours;
	return address_compare(&s->event->source, &s->engine->source) > 0;
}

/*
 * Loses the role to the peer whose advert this is (6.4.3).  The peer may never have heard of us,
 * and hosts may have heard only us: a last advert, to which it has to answer, makes it announce
 * once more.  Where ours could depose an Active router it is one of priority 0.
 */
static void yield_to_peer(struct step *s)
{
	struct engine *engine = s->engine;
	bool harmless = engine->state != ENGINE_LISTENING;

	engine->takeover = false;
	adopt_interval(s);
	enter(s, ENGINE_BACKUP, down_interval(s));
	engine->release_due = mono_add(s->now, engine->config.linger);
	s->actions.bits |= ACTION_SILENCE;
	s->actions.bits |= harmless && is_outranked(s) ? ACTION_SEND_ADVERT : ACTION_SEND_ZERO;
}

static void ignore(struct step *s)
{
	(void)s;
}

static void fail(struct step *s)
{
	release(s);
	enter(s, ENGINE_FAULT, -1);
}

static void begin(struct step *s)
{
	struct engine *engine = s->engine;

	engine->active_interval = engine->config.advert_interval;
	engine->preempt_until = (struct mono){0};
	if (!engine->able)
		fail(s);
	else if (engine_priority(engine, s->now) == ENGINE_PRIORITY_OWNER)
		become_active(s);
	else
		enter(s, ENGINE_BACKUP, down_interval(s));
}

static void init_startup(struct step *s)
{
	s->engine->holds = true; /* a predecessor may have left addresses: unknown until seen */
	begin(s);
}

static void stop_at_once(struct step *s)
{
	release(s);
	enter(s, ENGINE_INIT, -1);
	s->actions.bits |= ACTION_STOPPED;
}

/* Addresses that linger do so to their end: a stop right after a hand-over makes no hole in it. */
static void backup_shutdown(struct step *s)
{
	if (s->engine->release_due.us == 0) {
		stop_at_once(s);
		return;
	}
	s->engine->stopping = true;
	enter(s, ENGINE_INIT, -1);
}

static void note_standby(struct step *s)
{
	s->engine->standby = true;
	s->engine->takeover = false;
	done(s, OUTCOME_NOT_ACTIVE);
}

static void refuse_not_started(struct step *s)
{
	done(s, OUTCOME_STOPPING);
}

static void refuse_in_fault(struct step *s)
{
	done(s, OUTCOME_FAULT);
}

static void take_config(struct step *s)
{
	s->engine->config = *s->event->config;
}

/* 6.4.2 */
static void backup_zero(struct step *s)
{
	adopt_interval(s);
	rearm(s, skew(s));
}

static void backup_accept(struct step *s)
{
	s->engine->preempt_until = (struct mono){0};
	adopt_interval(s);
	rearm(s, down_interval(s));
	peer_serves(s);
}

/* 6.4.2, with preempt_delay: until it has passed, Preempt_Mode counts as false. */
static void backup_lower(struct step *s)
{
	struct engine *engine = s->engine;

	if (engine->config.preempt_delay > 0 && engine->preempt_until.us == 0)
		engine->preempt_until = mono_add(s->now, engine->config.preempt_delay);
	if (engine->config.nopreempt || mono_before(s->now, engine->preempt_until)) {
		adopt_interval(s);
		rearm(s, down_interval(s));
	}
	peer_serves(s);
}

static void listen_on(struct step *s)
{
	rearm(s, listen_interval(s));
}

/* Moves the running Active_Down_Timer by what its length has changed. */
static void shift_down_timer(struct step *s, int64_t before)
{
	struct engine *engine = s->engine;

	engine->due = mono_add(engine->due, down_interval(s) - before);
	if (mono_before(engine->due, s->now))
		engine->due = s->now;
}

static void backup_configure(struct step *s)
{
	struct engine *engine = s->engine;
	int64_t before = down_interval(s);

	take_config(s);
	if (engine->config.version == 2 || engine->peer.heard.us == 0)
		engine->active_interval = engine->config.advert_interval;
	shift_down_timer(s, before);
}

static void backup_standby(struct step *s)
{
	int64_t before = down_interval(s);

	note_standby(s);
	shift_down_timer(s, before);
}

static bool beats_peer(const struct engine *engine)
{
	if (engine->config.priority != engine->peer.priority)
		return engine->config.priority > engine->peer.priority;
	return address_compare(&engine->source, &engine->peer.address) > 0;
}

static void take_over(struct step *s)
{
	struct engine *engine = s->engine;

	engine->standby = false;
	if (!beats_peer(engine)) {
		engine->takeover = true;
		engine->taken_due =
			mono_add(s->now, down_adverts(engine) * engine->config.advert_interval +
						 TAKEOVER_CONTEST);
	}
	become_active(s);
	done(s, OUTCOME_ACTIVE);
}

/* 6.4.3: Adver_Timer; from its deadline and not from now, so that the rhythm does not drift. */
static void active_timer(struct step *s)
{
	struct engine *engine = s->engine;
	struct mono next = mono_add(engine->due, engine->config.advert_interval);

	send_advert(s);
	if (mono_before(s->now, next))
		engine->due = next;
}

static void active_late(struct step *s)
{
	enter(s, ENGINE_LISTENING, 0);
	listen_on(s);
	s->actions.bits |= ACTION_SILENCE;
}

/* 6.4.3: a router that does not know better is told at once; so are the hosts it may have told. */
static void active_answer(struct step *s)
{
	if (!s->engine->config.lower_prio_no_advert)
		send_advert(s);
	s->actions.bits |= ACTION_ANNOUNCE;
}

/* 6.4.3; whoever resigns was Active, and may have told hosts so. */
static void active_zero(struct step *s)
{
	send_advert(s);
	s->actions.bits |= ACTION_ANNOUNCE;
}

static void active_yield(struct step *s)
{
	if (s->engine->config.higher_prio_send_advert)
		send_advert(s);
	yield_to_peer(s);
}

static void resign(struct step *s)
{
	enter(s, ENGINE_RESIGNING, handover_interval(s));
	s->engine->advert_sent = s->now;
	s->actions.bits |= ACTION_SEND_ZERO | ACTION_SILENCE;
}

static void active_shutdown(struct step *s)
{
	s->engine->stopping = true;
	resign(s);
}

static void active_standby(struct step *s)
{
	s->engine->standby = true;
	s->engine->takeover = false;
	resign(s);
}

static void active_takeover(struct step *s)
{
	s->engine->standby = false;
	send_advert(s);
	done(s, OUTCOME_ACTIVE);
}

static void active_fail(struct step *s)
{
	s->actions.bits |= ACTION_SEND_ZERO;
	s->engine->advert_sent = s->now;
	fail(s);
}

static void active_configure(struct step *s)
{
	take_config(s);
	s->engine->active_interval = s->engine->config.advert_interval;
	send_advert(s);
}

/* The peers' word counts: we were deposed, and our addresses go without lingering. */
static void listening_deposed(struct step *s)
{
	yield_to_peer(s);
	release(s);
}

static void resigning_shutdown(struct step *s)
{
	if (!s->engine->stopping)
		done(s, OUTCOME_STOPPING); /* ends a standby that waits here */
	s->engine->stopping = true;
}

static void resigning_peer(struct step *s)
{
	struct engine *engine = s->engine;
	struct mono gone = mono_add(s->now, engine->config.linger);

	if (engine->stopping) {
		if (mono_before(gone, engine->due))
			engine->due = gone;
		return;
	}
	yield_to_peer(s);
	done(s, OUTCOME_HANDED_OVER);
}

static void resigning_timer(struct step *s)
{
	if (s->engine->stopping) {
		stop_at_once(s);
		return;
	}
	become_active(s);
	done(s, OUTCOME_NO_PEER);
}

static void resigning_late(struct step *s)
{
	if (s->engine->stopping) {
		stop_at_once(s);
		return;
	}
	active_late(s);
	done(s, OUTCOME_NO_PEER);
}

static void resigning_fail(struct step *s)
{
	if (s->engine->stopping) {
		stop_at_once(s);
		return;
	}
	fail(s);
	done(s, OUTCOME_FAULT);
}

static void resigning_standby(struct step *s)
{
	if (s->engine->stopping)
		done(s, OUTCOME_STOPPING);
}

static void resigning_takeover(struct step *s)
{
	if (s->engine->stopping)
		done(s, OUTCOME_STOPPING);
	else
		take_over(s);
}

struct row {
	row_fn *act;
	const char *section; /* of RFC 9568 unless it says otherwise; "own" = this project's */
};

/* One row, one line. */
/* clang-format off */
static const struct row table[ENGINE_STATES][ENGINE_COLUMNS] = {
	[ENGINE_INIT] = {
		[ON_STARTUP]     = {init_startup,        "6.4.1"},
		[ON_SHUTDOWN]    = {stop_at_once,        "own"},
		[ON_UP]          = {ignore,              "own"},
		[ON_DOWN]        = {ignore,              "own"},
		[ON_ZERO]        = {ignore,              "6.4.1"},
		[ON_LOWER]       = {ignore,              "6.4.1"},
		[ON_EQUAL_BELOW] = {ignore,              "6.4.1"},
		[ON_EQUAL_ABOVE] = {ignore,              "6.4.1"},
		[ON_HIGHER]      = {ignore,              "6.4.1"},
		[ON_TIMER]       = {ignore,              "own"},
		[ON_LATE]        = {ignore,              "own"},
		[ON_STANDBY]     = {note_standby,        "own"},
		[ON_TAKEOVER]    = {refuse_not_started,  "own"},
		[ON_CONFIGURE]   = {take_config,         "own"},
	},
	[ENGINE_BACKUP] = {
		[ON_STARTUP]     = {ignore,              "own"},
		[ON_SHUTDOWN]    = {backup_shutdown,     "6.4.2"},
		[ON_UP]          = {ignore,              "own"},
		[ON_DOWN]        = {fail,                "own"},
		[ON_ZERO]        = {backup_zero,         "6.4.2"},
		[ON_LOWER]       = {backup_lower,        "6.4.2"},
		[ON_EQUAL_BELOW] = {backup_accept,       "6.4.2"},
		[ON_EQUAL_ABOVE] = {backup_accept,       "6.4.2"},
		[ON_HIGHER]      = {backup_accept,       "6.4.2"},
		[ON_TIMER]       = {become_active,       "6.4.2"},
		[ON_LATE]        = {listen_on,           "own"},
		[ON_STANDBY]     = {backup_standby,      "own"},
		[ON_TAKEOVER]    = {take_over,           "own"},
		[ON_CONFIGURE]   = {backup_configure,    "own"},
	},
	[ENGINE_ACTIVE] = {
		[ON_STARTUP]     = {ignore,              "own"},
		[ON_SHUTDOWN]    = {active_shutdown,     "6.4.3"},
		[ON_UP]          = {ignore,              "own"},
		[ON_DOWN]        = {active_fail,         "own"},
		[ON_ZERO]        = {active_zero,         "6.4.3"},
		[ON_LOWER]       = {active_answer,       "6.4.3"},
		[ON_EQUAL_BELOW] = {active_answer,       "6.4.3"},
		[ON_EQUAL_ABOVE] = {active_yield,        "6.4.3, erratum 8298"},
		[ON_HIGHER]      = {active_yield,        "6.4.3"},
		[ON_TIMER]       = {active_timer,        "6.4.3"},
		[ON_LATE]        = {active_late,         "own"},
		[ON_STANDBY]     = {active_standby,      "own"},
		[ON_TAKEOVER]    = {active_takeover,     "own"},
		[ON_CONFIGURE]   = {active_configure,    "own"},
	},
	[ENGINE_LISTENING] = {
		[ON_STARTUP]     = {ignore,              "own"},
		[ON_SHUTDOWN]    = {active_shutdown,     "6.4.3"},
		[ON_UP]          = {ignore,              "own"},
		[ON_DOWN]        = {active_fail,         "own"},
		[ON_ZERO]        = {backup_zero,         "6.4.2"},
		[ON_LOWER]       = {listening_deposed,   "own"},
		[ON_EQUAL_BELOW] = {listening_deposed,   "own"},
		[ON_EQUAL_ABOVE] = {listening_deposed,   "6.4.3"},
		[ON_HIGHER]      = {listening_deposed,   "6.4.3"},
		[ON_TIMER]       = {become_active,       "own"},
		[ON_LATE]        = {listen_on,           "own"},
		[ON_STANDBY]     = {active_standby,      "own"},
		[ON_TAKEOVER]    = {take_over,           "own"},
		[ON_CONFIGURE]   = {take_config,         "own"},
	},
	[ENGINE_RESIGNING] = {
		[ON_STARTUP]     = {ignore,              "own"},
		[ON_SHUTDOWN]    = {resigning_shutdown,  "own"},
		[ON_UP]          = {ignore,              "own"},
		[ON_DOWN]        = {resigning_fail,      "own"},
		[ON_ZERO]        = {ignore,              "own"},
		[ON_LOWER]       = {resigning_peer,      "own"},
		[ON_EQUAL_BELOW] = {resigning_peer,      "own"},
		[ON_EQUAL_ABOVE] = {resigning_peer,      "own"},
		[ON_HIGHER]      = {resigning_peer,      "own"},
		[ON_TIMER]       = {resigning_timer,     "own"},
		[ON_LATE]        = {resigning_late,      "own"},
		[ON_STANDBY]     = {resigning_standby,   "own"},
		[ON_TAKEOVER]    = {resigning_takeover,  "own"},
		[ON_CONFIGURE]   = {take_config,         "own"},
	},
	[ENGINE_FAULT] = {
		[ON_STARTUP]     = {ignore,              "own"},
		[ON_SHUTDOWN]    = {stop_at_once,        "own"},
		[ON_UP]          = {begin,               "6.4.1"},
		[ON_DOWN]        = {ignore,              "own"},
		[ON_ZERO]        = {ignore,              "own"},
		[ON_LOWER]       = {ignore,              "own"},
		[ON_EQUAL_BELOW] = {ignore,              "own"},
		[ON_EQUAL_ABOVE] = {ignore,              "own"},
		[ON_HIGHER]      = {ignore,              "own"},
		[ON_TIMER]       = {ignore,              "own"},
		[ON_LATE]        = {ignore,              "own"},
		[ON_STANDBY]     = {note_standby,        "own"},
		[ON_TAKEOVER]    = {refuse_in_fault,     "own"},
		[ON_CONFIGURE]   = {take_config,         "own"},
	},
};
/* clang-format on */

static void act(struct step *s, enum engine_column column)
{
	table[s->engine->state][column].act(s);
}

static void handle_facts(struct step *s)
{
	bool was_able = s->engine->able;

	s->engine->able = s->event->able;
	if (s->event->able) /* the last word is spoken from the address that was there */
		s->engine->source = s->event->source;
	if (was_able != s->event->able)
		act(s, s->event->able ? ON_UP : ON_DOWN);
}

static void handle_advert(struct step *s)
{
	struct engine *engine = s->engine;
	const struct engine_event *event = s->event;
	uint8_t ours = engine_priority(engine, s->now);

	if (engine->state != ENGINE_INIT && engine->state != ENGINE_FAULT)
		engine->peer = (struct engine_peer){event->source, event->priority, s->now,
						    event->interval};
	if (event->priority == 0)
		act(s, ON_ZERO);
	else if (event->priority < ours)
		act(s, ON_LOWER);
	else if (event->priority > ours)
		act(s, ON_HIGHER);
	else
		act(s, address_compare(&event->source, &engine->source) > 0 ? ON_EQUAL_ABOVE
									    : ON_EQUAL_BELOW);
}

/* By one interval less than the silence that peers allow; at least one. */
static bool is_late(const struct step *s)
{
	const struct engine *engine = s->engine;
	int64_t adverts = down_adverts(engine) > 1 ? down_adverts(engine) - 1 : 1;

	return engine->due.us != 0 &&
	       mono_diff(s->now, engine->due) > adverts * engine->active_interval;
}

/* The state's timer first: a router that becomes Active keeps what it was about to release. */
static void handle_timer(struct step *s)
{
	struct engine *engine = s->engine;

	if (engine->due.us != 0 && !mono_before(s->now, engine->due))
		act(s, is_late(s) ? ON_LATE : ON_TIMER);
	if (engine->release_due.us == 0 || mono_before(s->now, engine->release_due))
		return;
	release(s);
	if (engine->state == ENGINE_INIT)
		s->actions.bits |= ACTION_STOPPED;
}

struct engine_actions engine_handle(struct engine *engine, const struct engine_event *event,
				    struct mono now)
{
	struct step s = {.engine = engine, .event = event, .now = now};

	/* Whatever woke an Active router that slept: first it is one that was silent too long. */
	if (engine->state == ENGINE_ACTIVE && event->kind != EVENT_TIMER && is_late(&s))
		act(&s, ON_LATE);
	switch (event->kind) {
	case EVENT_STARTUP:
		act(&s, ON_STARTUP);
		break;
	case EVENT_SHUTDOWN:
		act(&s, ON_SHUTDOWN);
		break;
	case EVENT_FACTS:
		handle_facts(&s);
		break;
	case EVENT_CONFIGURE:
		act(&s, ON_CONFIGURE);
		break;
	case EVENT_ADVERT:
		handle_advert(&s);
		break;
	case EVENT_TIMER:
		handle_timer(&s);
		break;
	case EVENT_STANDBY:
		act(&s, ON_STANDBY);
		break;
	case EVENT_TAKEOVER:
		act(&s, ON_TAKEOVER);
		break;
	}
	return s.actions;
}

static void adopt_active(struct step *s)
{
	struct engine *engine = s->engine;
	int64_t silence = mono_diff(s->now, engine->advert_sent);

	if (engine->advert_sent.us != 0 &&
	    silence < down_adverts(engine) * engine->config.advert_interval) {
		enter(s, ENGINE_ACTIVE, 0);
		send_advert(s);
		s->actions.bits |= ACTION_ANNOUNCE;
	} else {
		active_late(s);
	}
	s->actions.bits |= ACTION_ADD_ADDRESSES;
}

/* Adverts that came while nobody listened are lost, so the timer runs at least one listening. */
static void adopt_backup(struct step *s, struct mono down_due)
{
	enter(s, ENGINE_BACKUP, listen_interval(s));
	if (mono_before(s->engine->due, down_due) &&
	    mono_diff(down_due, s->now) <= down_interval(s))
		s->engine->due = down_due;
}

struct engine_actions engine_adopt(struct engine *engine, const struct engine_journal *journal,
				   struct mono now)
{
	struct step s = {.engine = engine, .now = now};

	engine->holds = true;
	engine->standby = journal->standby;
	engine->takeover = journal->takeover;
	engine->advert_sent = journal->advert_sent;
	engine->peer = journal->peer;
	engine->active_interval = engine->config.advert_interval;
	if (journal->state == INSTANCE_BACKUP && engine->config.version != 2 &&
	    journal->peer.interval > 0)
		engine->active_interval = journal->peer.interval;
	if (!engine->able)
		fail(&s);
	else if (journal->state == INSTANCE_ACTIVE)
		adopt_active(&s);
	else if (journal->state == INSTANCE_BACKUP)
		adopt_backup(&s, journal->down_due);
	else
		begin(&s);
	if (engine_public_state(engine) == journal->state)
		s.actions.bits &= ~(uint32_t)ACTION_NOTIFY;
	return s.actions;
}

void engine_init(struct engine *engine, const struct engine_config *config)
{
	memset(engine, 0, sizeof(*engine));
	engine->config = *config;
	engine->active_interval = config->advert_interval;
}

struct mono engine_due(const struct engine *engine)
{
	if (engine->release_due.us == 0 ||
	    (engine->due.us != 0 && mono_before(engine->due, engine->release_due)))
		return engine->due;
	return engine->release_due;
}

const char *engine_row_section(enum engine_state state, enum engine_column column)
{
	return table[state][column].section;
}
