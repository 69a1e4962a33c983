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
 */
#include "core/base/log.h"
#include "vrrp/engine/engine_private.h"

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

/* From here on members other than the event's have something to do. */
static void mark_all(struct step *s)
{
	if (s->actions.all)
		return;
	s->actions.all = true;
	FOR_EACH_MEMBER(m, s->engine)
		if (m != s->member)
			m->actions = 0;
}

static bool is_group(const struct engine *engine)
{
	return engine->members != NULL && engine->members->next != NULL;
}

void engine_emit(struct step *s, struct engine_member *member, uint32_t bits)
{
	if (member != s->member && is_group(s->engine))
		mark_all(s);
	member->actions |= bits;
	s->actions.bits |= bits;
}

void engine_enter(struct step *s, enum engine_state state, int64_t duration)
{
	struct engine *engine = s->engine;

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
	engine_emit(s, member, ACTION_SEND_ADVERT);
	member->advert_sent = s->now;
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
	member->due = (struct mono){0};
	member->expired = false;
	member->listening = false;
	member->joining = false;
	member->succeeded = false;
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

/* The peer has resigned, or is a lesser one that speaks still. */
static bool is_planned(const struct engine_member *member, struct mono now)
{
	const struct engine_peer *peer = &member->peer;

	return peer->heard.us != 0 &&
	       (peer->priority == 0 || mono_diff(now, peer->heard) < 2 * peer->interval);
}

/* Somebody who has not said so may have died, or be cut off and serve still. */
static bool is_crash(const struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine)
		if (!is_planned(m, s->now))
			return true;
	return false;
}

void engine_try_active(struct step *s)
{
	struct engine *engine = s->engine;

	if (mono_before(s->now, engine->hold_until) || !engine_all_expired(engine))
		return;
	if (!engine->guarded || !is_crash(s)) {
		engine_become_active(s);
	} else if (!engine->asked) {
		engine->asked = true;
		s->actions.bits |= ACTION_ASK;
	}
}

static int64_t longest_linger(const struct engine *engine)
{
	int64_t longest = 0;

	FOR_EACH_MEMBER(m, engine)
		if (m->config.linger > longest)
			longest = m->config.linger;
	return longest;
}

void engine_become_backup(struct step *s)
{
	struct engine *engine = s->engine;

	engine->takeover = false;
	engine_enter(s, ENGINE_BACKUP, -1);
	engine->release_due = mono_add(s->now, longest_linger(engine));
	FOR_EACH_MEMBER(m, engine) {
		calm(m);
		engine_rearm(s, m, engine_down_interval(m, s->now));
		engine_emit(s, m, ACTION_SILENCE);
	}
}

bool engine_outranks(const struct engine_peer *peer, const struct engine_member *member,
		     struct mono now)
{
	uint8_t ours = engine_priority(member, now);

	if (peer->priority != ours)
		return peer->priority > ours;
	return engine_compare_peer(member, peer) > 0;
}

/*
 * The peer may never have heard of us, and hosts may have heard only us: a last advert, to which it
 * has to answer, makes it announce once more.  Where ours could depose an Active router it is one
 * of priority 0; so it is where no peer is known to be, to make one come quickly.
 */
static void last_word(struct step *s, struct engine_member *member, bool knows)
{
	if (member->joining)
		return; /* it has never spoken */
	if (knows && !member->listening && engine_outranks(&member->peer, member, s->now))
		engine_emit(s, member, ACTION_SEND_ADVERT);
	else
		engine_emit(s, member, ACTION_SEND_ZERO);
}

void engine_yield(struct step *s)
{
	s->engine->takeover = false;
	FOR_EACH_MEMBER(m, s->engine)
		last_word(s, m, m == s->member || m->succeeded);
	if (s->member->config.version != 2)
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

static bool owns_all(const struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine)
		if (engine_priority(m, s->now) != ENGINE_PRIORITY_OWNER)
			return false;
	return true;
}

/* The owner of all addresses listens to nobody (6.4.1), but for the time of a startup delay. */
void engine_begin(struct step *s)
{
	bool owner = owns_all(s);

	if (!engine_is_able(s->engine)) {
		engine_fail(s);
		return;
	}
	engine_enter(s, ENGINE_BACKUP, -1);
	FOR_EACH_MEMBER(m, s->engine) {
		calm(m);
		m->active_interval = m->config.advert_interval;
		m->preempt_until = (struct mono){0};
		engine_rearm(s, m, engine_down_interval(m, s->now));
		m->expired = owner;
	}
	engine_try_active(s);
}
