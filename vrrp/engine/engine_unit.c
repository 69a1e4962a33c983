/*
 * Units and their members: who belongs to which, what becomes of the role when that changes at a
 * reload, and how a restarted process takes up what a dead one has left behind.
 *
 * A reload may make a sync group of instances that were elected each by itself, or take one apart.
 * Whoever leaves a unit keeps its role; of roles that come together one has to be made, and service
 * goes before order: if one member was Active the unit is, but it listens on the links that are
 * new to the role, and yields there like a Backup if somebody else serves.
 */
#include "vrrp/engine/engine_private.h"

#include <string.h>

void engine_init(struct engine *engine)
{
	memset(engine, 0, sizeof(*engine));
}

void engine_member_init(struct engine_member *member, const struct engine_config *config)
{
	memset(member, 0, sizeof(*member));
	member->config = *config;
	member->active_interval = config->advert_interval;
}

static struct mono later(struct mono a, struct mono b)
{
	return mono_before(a, b) ? b : a;
}

void engine_join(struct engine *engine, struct engine_member *member, uint32_t order,
		 const struct engine *was)
{
	struct engine_member **place = &engine->members;

	member->moved = engine->state != ENGINE_INIT;
	member->was = was ? was->state : ENGINE_INIT;
	if (was && engine->state == ENGINE_INIT) {
		struct engine_member *members = engine->members;

		*engine = *was; /* everything but the members */
		engine->members = members;
		FOR_EACH_MEMBER(m, engine)
			m->moved = true; /* they were there first, but are new */
	}
	if (was) {
		engine->standby |= was->standby;
		engine->takeover |= was->takeover && !engine->standby;
		engine->release_due = later(engine->release_due, was->release_due);
	}
	engine->holds |= member->holds;
	member->order = order;
	member->unit = engine;
	while (*place != NULL && (*place)->order <= order)
		place = &(*place)->next;
	member->next = *place;
	*place = member;
}

void engine_leave(struct engine_member *member)
{
	struct engine_member **place = &member->unit->members;

	while (*place != member)
		place = &(*place)->next;
	*place = member->next;
	member->next = NULL;
	member->unit = NULL;
}

/* ---- after a reload ---- */

static bool is_active(enum engine_state state)
{
	return engine_state_public(state) == INSTANCE_ACTIVE;
}

/* Of the member, until it is one with its unit. */
static enum engine_state role_of(const struct engine_member *member)
{
	return member->moved ? member->was : member->unit->state;
}

static void start_waiting(struct step *s, struct engine_member *member)
{
	member->expired = member->listening = member->joining = false;
	member->active_interval = member->config.advert_interval;
	engine_rearm(s, member, engine_down_interval(member, s->now));
}

/* The role goes on; what is new to it listens first. */
static void join_active(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine) {
		enum engine_state role = role_of(m);

		if (is_active(role)) {
			if (role == ENGINE_RESIGNING)
				m->due = s->now;
			continue;
		}
		if (role != ENGINE_BACKUP)
			start_waiting(s, m);
		else if (m->expired)
			engine_rearm(s, m, 0);
		m->listening = m->joining = true;
	}
	if (engine_any_listens(s->engine) && s->engine->state != ENGINE_LISTENING)
		engine_enter(s, ENGINE_LISTENING, -1);
	else if (!engine_any_listens(s->engine) && s->engine->state != ENGINE_ACTIVE)
		engine_enter(s, ENGINE_ACTIVE, -1);
}

/* Who was Active is handed over with the others.  Who was not has nothing to hand over, and is
 * served as long as they are, once it has listened. */
static void join_resigning(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine) {
		enum engine_state role = role_of(m);

		if (role == ENGINE_RESIGNING)
			continue;
		m->succeeded = !is_active(role) || m->joining;
		if (!m->succeeded) {
			engine_send_zero(s, m);
			engine_emit(s, m, ACTION_SILENCE);
			m->due = (struct mono){0};
			m->listening = false;
		} else if (!m->joining) {
			if (role != ENGINE_BACKUP)
				start_waiting(s, m);
			else if (m->expired)
				engine_rearm(s, m, 0);
			m->listening = m->joining = true;
		}
	}
}

/* Of a member that came, its own role counts, not what the unit's was. */
static void notify_moved(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine) {
		if (!m->moved)
			continue;
		m->moved = false;
		m->actions &= ~(uint32_t)ACTION_NOTIFY;
		if (engine_state_public(m->was) != engine_public_state(s->engine))
			engine_emit(s, m, ACTION_NOTIFY);
	}
	s->actions.bits &= ~(uint32_t)ACTION_NOTIFY;
	FOR_EACH_MEMBER(m, s->engine)
		s->actions.bits |= m->actions & ACTION_NOTIFY;
}

struct engine_actions engine_regroup(struct engine *engine, struct mono now)
{
	struct step s = {.engine = engine, .now = now};
	bool active = false;

	FOR_EACH_MEMBER(m, engine) {
		m->actions = 0;
		active |= is_active(role_of(m));
	}
	if (engine->state == ENGINE_RESIGNING && engine_is_able(engine)) {
		join_resigning(&s);
	} else if (engine->state == ENGINE_RESIGNING) {
		engine_table[ENGINE_RESIGNING][ON_DOWN].act(&s);
	} else if (engine->state != ENGINE_INIT && !engine_is_able(engine)) {
		FOR_EACH_MEMBER(m, engine)
			if (is_active(role_of(m)) && !m->joining)
				engine_send_zero(&s, m);
		engine_fail(&s);
	} else if (engine->state != ENGINE_INIT && active) {
		join_active(&s);
	} else if (engine->state != ENGINE_INIT) {
		FOR_EACH_MEMBER(m, engine)
			if (role_of(m) != ENGINE_BACKUP)
				start_waiting(&s, m);
		if (engine->state != ENGINE_BACKUP)
			engine_enter(&s, ENGINE_BACKUP, -1);
		engine_try_active(&s);
	}
	notify_moved(&s);
	return s.actions;
}

/* ---- after a predecessor's death ---- */

void engine_member_adopt(struct engine_member *member, const struct engine_journal *journal)
{
	static const enum engine_state states[] = {[INSTANCE_INIT] = ENGINE_INIT,
						   [INSTANCE_BACKUP] = ENGINE_BACKUP,
						   [INSTANCE_ACTIVE] = ENGINE_ACTIVE,
						   [INSTANCE_FAULT] = ENGINE_FAULT};
	struct engine *unit = member->unit;

	unit->standby |= journal->standby;
	unit->takeover |= journal->takeover;
	unit->hold_until = later(unit->hold_until, journal->hold_until);
	member->advert_sent = journal->advert_sent;
	member->due = journal->down_due;
	member->peer = journal->peer;
	member->active_interval = member->config.advert_interval;
	if (journal->state == INSTANCE_BACKUP && member->config.version != 2 &&
	    journal->peer.interval > 0)
		member->active_interval = journal->peer.interval;
	member->moved = true;
	member->was = states[journal->state];
}

/* Who spoke a moment ago goes on; who has been silent for too long, or is new, listens. */
static void adopt_active(struct step *s)
{
	engine_enter(s, ENGINE_ACTIVE, -1);
	FOR_EACH_MEMBER(m, s->engine) {
		int64_t silence = mono_diff(s->now, m->advert_sent);

		if (m->was == ENGINE_ACTIVE && m->advert_sent.us != 0 &&
		    silence < engine_down_adverts(m) * m->config.advert_interval) {
			engine_send_advert(s, m);
			engine_emit(s, m, ACTION_ADD_ADDRESSES | ACTION_ANNOUNCE);
		} else if (m->was == ENGINE_ACTIVE) {
			engine_listen(s, m);
		} else {
			start_waiting(s, m);
			m->listening = m->joining = true;
		}
	}
	if (engine_any_listens(s->engine))
		engine_enter(s, ENGINE_LISTENING, -1);
}

/* Adverts that came while nobody listened are lost, so the timer runs at least one listening. */
static void adopt_backup(struct step *s)
{
	engine_enter(s, ENGINE_BACKUP, -1);
	FOR_EACH_MEMBER(m, s->engine) {
		struct mono down_due = m->due;

		engine_rearm(s, m, engine_listen_interval(m, s->now));
		engine_emit(s, m, ACTION_KEEP_ADDRESSES);
		if (mono_before(m->due, down_due) &&
		    mono_diff(down_due, s->now) <= engine_down_interval(m, s->now))
			m->due = down_due;
	}
}

/* All members', but for new ones.  One that died within a change left two: then it is Backup, which
 * listens for so short a time that peers do not notice. */
static enum engine_state adopted_state(const struct engine *engine)
{
	enum engine_state state = ENGINE_INIT;

	FOR_EACH_MEMBER(m, engine) {
		if (m->was == ENGINE_INIT)
			continue;
		if (state != ENGINE_INIT && state != m->was)
			return ENGINE_BACKUP;
		state = m->was;
	}
	return state;
}

struct engine_actions engine_adopt(struct engine *engine, struct mono now)
{
	struct step s = {.engine = engine, .now = now};
	enum engine_state state = adopted_state(engine);

	engine->holds = true;
	FOR_EACH_MEMBER(m, engine) {
		m->holds = true;
		m->actions = 0;
	}
	if (!engine_is_able(engine))
		engine_fail(&s);
	else if (state == ENGINE_ACTIVE)
		adopt_active(&s);
	else if (state == ENGINE_BACKUP)
		adopt_backup(&s);
	else
		engine_begin(&s);
	FOR_EACH_MEMBER(m, engine)
		m->moved = true; /* its role was its predecessor's, or none */
	notify_moved(&s);
	return s.actions;
}
