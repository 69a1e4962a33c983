/*
 * The election engine: RFC 9568 section 6 (and RFC 3768's for version 2) as a table of state by
 * event.  It is pure: (unit, event, now) -> actions.  unit.c feeds it in the daemon; the simulator
 * feeds several of them over a network of its own.
 *
 * - A unit is what is elected: a sync group, or a single instance as a group of one.  It has one
 *   state; its members contribute reasons.  It becomes Active when every member's timer has run
 *   out, leaves the role when one is outranked, and is in fault when one is.
 * - An event is first classified against current facts (an advert by its priority and sender
 *   against the member's, a timer by its lateness, the facts by what they change for the unit); the
 *   class is the table's column.
 * - Each member has one timer, whose meaning the state gives: Active_Down_Timer in Backup,
 *   Adver_Timer in Active, the end of listening.  The unit's own bounds a hand-over, or is the end
 *   of a startup delay, or of addresses that linger.
 *
 * Late is not alive: a timer that comes more than two intervals late means that the member was
 * silent for more than three (or as many as are configured), so peers have given it up.  Whatever
 * the timer meant no longer counts, and the member listens for one interval and its skew before it
 * speaks.
 *
 *   engine_table.c    the table and what its rows do
 *   engine_actions.c  what they consist of; the one writer of the state; the intervals
 *   engine_unit.c     members that come and go, the journal
 *   damping.c         a longer down timer where adverts are lost
 *   reason.c          why a member is where it is
 */
#include "vrrp/engine/engine_private.h"

/* Of a unit that listens, members that need not are as Active as before. */
static void act(struct step *s, enum engine_column column)
{
	enum engine_state state = s->engine->state;

	if (s->member && s->member->moved) { /* engine_regroup() looks at it as it is then */
		if (column == ON_CONFIGURE)
			engine_table[ENGINE_INIT][ON_CONFIGURE].act(s);
		return;
	}
	if (s->member && engine_member_speaks(s->member))
		state = ENGINE_ACTIVE;
	engine_table[state][column].act(s);
}

static void handle_facts(struct step *s)
{
	bool was_able = engine_is_able(s->engine);

	s->member->able = s->event->able;
	if (s->event->able) /* the last word is spoken from the address that was there */
		s->member->source = s->event->source;
	bool is_able = engine_is_able(s->engine);
	if (was_able != is_able)
		act(s, is_able ? ON_UP : ON_DOWN);
}

static void handle_advert(struct step *s)
{
	struct engine *engine = s->engine;
	struct engine_member *member = s->member;
	const struct engine_event *event = s->event;
	uint8_t ours = engine_priority(member, s->now);
	const struct engine_peer peer = {event->source, event->priority, s->now, event->interval,
					 event->own};

	if (engine->state != ENGINE_INIT && engine->state != ENGINE_FAULT) {
		engine_note_loss(member, &peer);
		member->peer = peer;
	}
	if (event->priority == 0)
		act(s, ON_ZERO);
	else if (engine_has_outranked(&peer, member, s->now))
		return; /* it has the rest of an interval to say so again */
	else if (event->priority < ours)
		act(s, ON_LOWER);
	else if (event->priority > ours)
		act(s, ON_HIGHER);
	else
		act(s, engine_compare_peer(member, &peer) > 0 ? ON_EQUAL_ABOVE : ON_EQUAL_BELOW);
}

static bool is_reached(struct mono due, struct mono now)
{
	return due.us != 0 && !mono_before(now, due);
}

static void handle_timer(struct step *s)
{
	struct engine *engine = s->engine;
	bool late = false;

	if (s->member) {
		if (is_reached(s->member->due, s->now))
			act(s,
			    engine_is_late(s->member, s->member->due, s->now) ? ON_LATE : ON_TIMER);
		return;
	}
	FOR_EACH_MEMBER(m, engine)
		late |= engine_is_late(m, engine->due, s->now);
	if (is_reached(engine->held_due, s->now))
		engine_judge_takeover(s);
	if (is_reached(engine->due, s->now))
		act(s, late ? ON_LATE : ON_TIMER);
	else if (engine->state == ENGINE_BACKUP && is_reached(engine->hold_until, s->now))
		act(s, ON_TIMER);
	if (!is_reached(engine->release_due, s->now))
		return;
	engine_release(s);
	if (engine->state == ENGINE_INIT)
		s->actions.bits |= ACTION_STOPPED;
}

struct engine_actions engine_handle(struct engine *engine, const struct engine_event *event,
				    struct mono now)
{
	static const enum engine_column columns[] = {
		[EVENT_STARTUP] = ON_STARTUP,	  [EVENT_SHUTDOWN] = ON_SHUTDOWN,
		[EVENT_CONFIGURE] = ON_CONFIGURE, [EVENT_STANDBY] = ON_STANDBY,
		[EVENT_TAKEOVER] = ON_TAKEOVER,	  [EVENT_PERMIT] = ON_PERMIT,
	};
	struct step s = {.engine = engine, .member = event->member, .event = event, .now = now};

	if (s.member)
		s.member->actions = 0;
	else
		FOR_EACH_MEMBER(m, engine)
			m->actions = 0;
	if (event->kind != EVENT_TIMER &&
	    (engine->state == ENGINE_ACTIVE || engine->state == ENGINE_LISTENING))
		/* Whatever woke an Active router that slept: first it was silent for too long. */
		FOR_EACH_MEMBER(m, engine) {
			if (event->member && event->member != m)
				continue;
			s.member = m;
			if (!m->listening && engine_is_late(m, m->due, now))
				act(&s, ON_LATE);
		}
	s.member = event->member;
	switch (event->kind) {
	case EVENT_STARTUP:
	case EVENT_SHUTDOWN:
	case EVENT_CONFIGURE:
	case EVENT_STANDBY:
	case EVENT_TAKEOVER:
	case EVENT_PERMIT:
		act(&s, columns[event->kind]);
		break;
	case EVENT_FACTS:
		handle_facts(&s);
		break;
	case EVENT_ADVERT:
		handle_advert(&s);
		break;
	case EVENT_TIMER:
		handle_timer(&s);
		break;
	}
	return s.actions;
}

static void find_sooner(struct mono *due, struct mono other)
{
	if (other.us != 0 && (due->us == 0 || mono_before(other, *due)))
		*due = other;
}

struct mono engine_due(const struct engine *engine)
{
	struct mono due = engine->due;

	find_sooner(&due, engine->release_due);
	find_sooner(&due, engine->held_due);
	if (engine->state == ENGINE_BACKUP)
		find_sooner(&due, engine->hold_until);
	return due;
}

bool engine_member_serves(const struct engine_member *member)
{
	enum engine_state state = member->moved ? member->was : member->unit->state;

	return engine_state_public(state) == INSTANCE_ACTIVE && !member->joining;
}

bool engine_member_speaks(const struct engine_member *member)
{
	enum engine_state state = member->unit->state;

	return state == ENGINE_ACTIVE || (state == ENGINE_LISTENING && !member->listening);
}
