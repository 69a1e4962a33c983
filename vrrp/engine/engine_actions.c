/*
 * What the rows of the election's table are made of: entering a state, speaking, taking and leaving
 * the role, for a unit and all of its members at once.
 *
 * - engine_enter() is the only writer of the state, and of the notification that follows from it.
 * - Addresses may outlive the role for a moment: when a peer takes over, ours stay for `linger`, so
 *   that the peer's are there before ours go (make before break).  `release_due` is that promise,
 *   independent of the states.
 * - A unit becomes Active only when the Active_Down_Timer of its last member has run out; until
 *   then the others wait as `expired`.  It leaves the role with all of them, whichever was
 * outranked.
 *
 * At the end are the intervals of the election, in microseconds (RFC 9568 6.1; for version 2 RFC
 * 3768 6.2.1), all of them derived from a member's configuration, its effective priority and what
 * it last heard, whenever they are needed.  The effective priority is derived too: from the
 * configuration and the operator's wishes for the unit, never stored.
 */
#include "core/base/log.h"
#include "vrrp/engine/engine_private.h"

#define DOWN_ADVERTS	   3 /* 6.1: Active_Down_Interval = 3 * Active_Adver_Interval + Skew_Time */
#define HANDOVER_GRACE	   (100 * USEC_PER_MSEC) /* a peer's own lateness and the way here */
#define HANDOVER_BOUND	   (5 * USEC_PER_SEC)
#define HANDOVER_INTERVALS 2 /* a skew, and then an interval: so late FRR speaks first */

enum instance_state engine_state_public(enum engine_state state)
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
	return engine_state_public(engine->state);
}

void engine_emit(struct step *s, struct engine_member *member, uint32_t bits)
{
	/* From here on members other than the event's have something to do. */
	if (member != s->member && s->engine->members->next && !s->actions.all) {
		s->actions.all = true;
		FOR_EACH_MEMBER(m, s->engine)
			if (m != s->member)
				m->actions = 0;
	}
	member->actions |= bits;
	s->actions.bits |= bits;
}

/* A takeover that waits for its outcome has lost the role before it held it. */
static void end_takeover(struct step *s, enum engine_state state)
{
	struct engine *engine = s->engine;

	if (engine->held_due.us == 0 || state == ENGINE_ACTIVE || state == ENGINE_LISTENING)
		return;
	engine->held_due = (struct mono){0};
	if (state == ENGINE_FAULT)
		engine_done(s, OUTCOME_FAULT);
	else if (engine->stopping || state == ENGINE_INIT)
		engine_done(s, OUTCOME_STOPPING);
	else if (state == ENGINE_BACKUP)
		engine_done(s, OUTCOME_OUTRANKED);
}

void engine_enter(struct step *s, enum engine_state state, int64_t duration)
{
	struct engine *engine = s->engine;

	end_takeover(s, state);
	if (engine_state_public(engine->state) != engine_state_public(state)) {
		FOR_EACH_MEMBER(m, engine)
			engine_emit(s, m, ACTION_NOTIFY);
	}
	engine->state = state;
	engine->entered = s->now;
	engine->contest = (struct mono){0};
	engine->asked = false;
	engine->due = duration < 0 ? (struct mono){0} : mono_add(s->now, duration);
}

void engine_done(struct step *s, enum engine_outcome outcome)
{
	s->actions.bits |= ACTION_DONE;
	s->actions.outcome = outcome;
}

void engine_rearm(struct step *s, struct engine_member *member, int64_t duration)
{
	member->due = mono_add(s->now, duration);
	member->expired = false;
	s->engine->asked = false;
}

void engine_send_advert(struct step *s, struct engine_member *member)
{
	uint8_t priority = engine_priority(member, s->now);

	engine_emit(s, member, ACTION_SEND_ADVERT);
	member->advert_sent = s->now;
	if (priority >= member->spoken ||
	    mono_diff(s->now, member->spoken_at) > member->config.advert_interval) {
		member->spoken = priority;
		member->spoken_at = s->now;
	}
	engine_rearm(s, member, member->config.advert_interval);
}

void engine_send_zero(struct step *s, struct engine_member *member)
{
	engine_emit(s, member, ACTION_SEND_ZERO);
	member->advert_sent = s->now;
}

void engine_release_member(struct step *s, struct engine_member *member)
{
	struct engine *engine = s->engine;
	bool others = false;

	if (member->holds)
		engine_emit(s, member, ACTION_REMOVE_ADDRESSES | ACTION_SILENCE);
	member->holds = false;
	FOR_EACH_MEMBER(m, engine)
		others |= m->holds;
	engine->holds = others;
	if (!others)
		engine->release_due = (struct mono){0};
}

void engine_release(struct step *s)
{
	s->engine->release_due = (struct mono){0};
	if (!s->engine->holds)
		return;
	FOR_EACH_MEMBER(m, s->engine) {
		if (m->holds)
			engine_emit(s, m, ACTION_REMOVE_ADDRESSES | ACTION_SILENCE);
		m->holds = false;
	}
	s->engine->holds = false;
}

bool engine_is_able(const struct engine *engine)
{
	FOR_EACH_MEMBER(m, engine)
		if (!m->able)
			return false;
	return true;
}

bool engine_any_listens(const struct engine *engine)
{
	FOR_EACH_MEMBER(m, engine)
		if (m->listening)
			return true;
	return false;
}

/* Nothing is left of what a state had a member wait for. */
static void calm(struct engine_member *member)
{
	member->due = member->spoken_at = (struct mono){0};
	member->best = (struct engine_peer){0};
	member->spoken = 0;
	member->expired = member->listening = member->joining = member->succeeded = false;
}

/* The advert goes first, so that peers know before hosts do. */
void engine_become_active(struct step *s)
{
	struct engine *engine = s->engine;

	engine_enter(s, ENGINE_ACTIVE, -1);
	engine->holds = true;
	engine->release_due = (struct mono){0};
	engine->hold_until = (struct mono){0};
	FOR_EACH_MEMBER(m, engine) {
		calm(m);
		m->active_interval = m->config.advert_interval;
		m->holds = true;
		m->preempt_until = (struct mono){0};
		engine_send_advert(s, m);
		engine_emit(s, m, ACTION_ADD_ADDRESSES | ACTION_ANNOUNCE);
	}
}

bool engine_all_expired(const struct engine *engine)
{
	FOR_EACH_MEMBER(m, engine)
		if (!m->expired)
			return false;
	return true;
}

void engine_try_active(struct step *s)
{
	struct engine *engine = s->engine;
	bool crash = false;

	if (mono_before(s->now, engine->hold_until) || !engine_all_expired(engine))
		return;
	/* Who neither resigned nor is preempted may have died, or be cut off and serve still. */
	FOR_EACH_MEMBER(m, engine)
		crash |= m->peer.heard.us == 0 ||
			 (m->peer.priority > 0 &&
			  mono_diff(s->now, m->peer.heard) >= 2 * m->peer.interval);
	if (!engine->guarded || !crash) {
		engine_become_active(s);
	} else if (!engine->asked) {
		engine->asked = true;
		s->actions.bits |= ACTION_ASK;
	}
}

void engine_become_backup(struct step *s)
{
	struct engine *engine = s->engine;
	int64_t linger = 0; /* the longest */

	engine->takeover = false;
	engine_enter(s, ENGINE_BACKUP, -1);
	FOR_EACH_MEMBER(m, engine) {
		if (m->config.linger > linger)
			linger = m->config.linger;
		calm(m);
		engine_rearm(s, m, engine_down_interval(m, s->now));
		engine_emit(s, m, ACTION_SILENCE);
	}
	engine->release_due = mono_add(s->now, linger);
}

static bool is_above(const struct engine_peer *peer, const struct engine_member *member,
		     uint8_t priority)
{
	if (peer->priority != priority)
		return peer->priority > priority;
	return engine_compare_peer(member, peer) > 0;
}

bool engine_outranks(const struct engine_peer *peer, const struct engine_member *member,
		     struct mono now)
{
	return is_above(peer, member, engine_priority(member, now));
}

bool engine_has_outranked(const struct engine_peer *peer, const struct engine_member *member,
			  struct mono now)
{
	return engine_member_speaks(member) && member->spoken_at.us != 0 &&
	       mono_diff(now, member->spoken_at) <= member->config.advert_interval &&
	       engine_outranks(peer, member, now) && !is_above(peer, member, member->spoken);
}

/*
 * The peer may never have heard of us, and hosts may have heard only us: a last advert, to which it
 * has to answer, makes it announce once more; 6.4.3 asks for none, keepalived sends one where
 * higher_prio_send_advert says so.  Where ours could depose an Active router it is one of priority
 * 0; so it is where no peer is known to be, to make one come quickly.  At the end of a hand-over no
 * advert is the cause, and those heard since are what is known.
 */
void engine_yield(struct step *s)
{
	s->engine->takeover = false;
	FOR_EACH_MEMBER(m, s->engine)
		if (!m->joining) /* else it has never spoken */
			engine_emit(s, m,
				    (m == s->member || m->succeeded) && !m->listening &&
						    engine_outranks(&m->peer, m, s->now)
					    ? ACTION_SEND_ADVERT
					    : ACTION_SEND_ZERO);
	if (s->member && s->member->config.version != 2)
		s->member->active_interval = s->event->interval;
	engine_become_backup(s);
}

void engine_listen(struct step *s, struct engine_member *member)
{
	member->listening = true;
	engine_rearm(s, member, engine_listen_interval(member, s->now));
	engine_emit(s, member, ACTION_SILENCE | ACTION_KEEP_ADDRESSES);
	if (s->engine->state != ENGINE_LISTENING)
		engine_enter(s, ENGINE_LISTENING, -1);
}

void engine_fail(struct step *s)
{
	engine_release(s);
	engine_enter(s, ENGINE_FAULT, -1);
	FOR_EACH_MEMBER(m, s->engine)
		calm(m);
}

/* The owner of all addresses listens to nobody (6.4.1), but for the time of a startup delay. */
void engine_begin(struct step *s)
{
	bool owner = true; /* of all */

	if (!engine_is_able(s->engine)) {
		engine_fail(s);
		return;
	}
	engine_enter(s, ENGINE_BACKUP, -1);
	FOR_EACH_MEMBER(m, s->engine)
		owner &= engine_priority(m, s->now) == ENGINE_PRIORITY_OWNER;
	FOR_EACH_MEMBER(m, s->engine) {
		calm(m);
		m->active_interval = m->config.advert_interval;
		m->preempt_until = (struct mono){0};
		engine_rearm(s, m, engine_down_interval(m, s->now));
		m->expired = owner;
	}
	engine_try_active(s);
}

/* ---- intervals and priorities ---- */

int64_t engine_skew(uint8_t version, uint8_t priority, int64_t active_interval)
{
	int64_t unit = version == 2 ? USEC_PER_SEC : active_interval;

	return (256 - priority) * unit / 256;
}

uint8_t engine_priority(const struct engine_member *member, struct mono now)
{
	const struct engine *unit = member->unit;

	if (unit->standby)
		return ENGINE_PRIORITY_STANDBY;
	if (!unit->takeover)
		return member->config.priority;
	uint8_t raised = mono_before(now, unit->taken_due) ? ENGINE_PRIORITY_TAKEOVER
							   : ENGINE_PRIORITY_TAKEN;
	return member->config.priority > raised ? member->config.priority : raised;
}

int64_t engine_member_skew(const struct engine_member *member, struct mono now)
{
	return engine_skew(member->config.version, engine_priority(member, now),
			   member->active_interval);
}

int64_t engine_down_adverts(const struct engine_member *member)
{
	return member->config.down_adverts > 0 ? member->config.down_adverts : DOWN_ADVERTS;
}

int64_t engine_down_interval(const struct engine_member *member, struct mono now)
{
	int64_t adverts = engine_down_adverts(member) + engine_damping_adverts(member);

	return adverts * member->active_interval + engine_member_skew(member, now);
}

int64_t engine_listen_interval(const struct engine_member *member, struct mono now)
{
	return member->active_interval + engine_member_skew(member, now);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t bounded(int64_t interval)
{
	return interval < HANDOVER_BOUND ? interval : HANDOVER_BOUND;
}

/* Ours or, if it is longer, the one that the peer was last heard with. */
static int64_t longer_interval(const struct engine_member *member)
{
	return larger(member->config.advert_interval, member->peer.interval);
}

/* A Backup needs its Skew_Time, whatever its priority, of its interval, and may speak only an
 * interval after that. */
int64_t engine_handover_interval(const struct engine *engine)
{
	int64_t longest = 0;

	FOR_EACH_MEMBER(m, engine) {
		int64_t unit = m->config.version == 2 ? USEC_PER_SEC : 0;

		longest = larger(longest, larger(longer_interval(m), unit));
	}
	return bounded(HANDOVER_INTERVALS * longest + HANDOVER_GRACE);
}

int64_t engine_exchange_interval(const struct engine_member *member)
{
	return bounded(longer_interval(member) + HANDOVER_GRACE);
}

/* By the addresses (6.4.3), of the same link. */
int engine_compare_peer(const struct engine_member *member, const struct engine_peer *peer)
{
	return address_compare(&peer->address,
			       address_is_none(&peer->own) ? &member->source : &peer->own);
}

/* By one interval less than the silence that peers allow; at least one. */
bool engine_is_late(const struct engine_member *member, struct mono due, struct mono now)
{
	int64_t adverts = engine_down_adverts(member);

	if (adverts > 1)
		adverts--;
	return due.us != 0 && mono_diff(now, due) > adverts * member->active_interval;
}
