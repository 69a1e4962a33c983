/*
 * What the election engine says about itself: which reasons hold now, and the names of states and
 * of the table's columns.  Reasons are level-triggered: derived from the engine's facts whenever
 * they are asked for, never remembered.  report.c gives them their texts and since-times.
 */
#include "vrrp/engine/engine_private.h"

/* The first that has a peer; else the first that still waits for one. */
static const struct engine_member *find_waiting(const struct engine *engine)
{
	const struct engine_member *found = NULL;

	FOR_EACH_MEMBER(m, engine) {
		if (m->expired)
			continue;
		if (m->peer.priority > 0 && !mono_before(m->peer.heard, engine->entered))
			return m;
		if (found == NULL)
			found = m;
	}
	return found;
}

const struct engine_member *engine_holder(const struct engine_member *member)
{
	const struct engine *engine = member->unit;

	if (engine->state == ENGINE_BACKUP && member->expired)
		return find_waiting(engine);
	if (engine->state != ENGINE_FAULT && engine->state != ENGINE_LISTENING)
		return NULL;
	FOR_EACH_MEMBER(m, engine) {
		if (engine->state == ENGINE_FAULT && member->able && !m->able)
			return m;
		if (engine->state == ENGINE_LISTENING && !member->listening && m->listening)
			return m;
	}
	return NULL;
}

/* Reasons of a Backup: who is there, and why we let a lesser one be. */
static uint32_t backup_reasons(const struct engine_member *member, struct mono now)
{
	const struct engine *engine = member->unit;
	bool peer = member->peer.priority > 0 && member->peer.heard.us != 0 &&
		    !mono_before(member->peer.heard, engine->entered);
	bool lesser = peer && member->peer.priority < engine_priority(member, now);
	uint32_t bits = peer ? 1u << REASON_PEER : 1u << REASON_STARTUP;

	if (lesser && member->config.nopreempt)
		bits |= 1u << REASON_NOPREEMPT;
	if (lesser && mono_before(now, member->preempt_until))
		bits |= 1u << REASON_PREEMPT_DELAY;
	if (mono_before(now, engine->hold_until))
		bits |= 1u << REASON_STARTUP_DELAY;
	return bits;
}

uint32_t engine_reasons(const struct engine_member *member, struct mono now)
{
	const struct engine *engine = member->unit;
	uint32_t bits = 0;

	if (engine->standby)
		bits |= 1u << REASON_STANDBY;
	if (engine->takeover)
		bits |= 1u << REASON_TAKEOVER;
	if (engine_holder(member) != NULL)
		bits |= 1u << REASON_GROUP;
	switch (engine->state) {
	case ENGINE_INIT:
	case ENGINE_FAULT:
		break;
	case ENGINE_BACKUP:
		bits |= backup_reasons(member, now);
		break;
	case ENGINE_ACTIVE:
		bits |= 1u << REASON_ELECTED;
		break;
	case ENGINE_LISTENING:
		bits |= member->listening ? 1u << REASON_STARTUP : 1u << REASON_ELECTED;
		break;
	case ENGINE_RESIGNING:
		bits |= 1u << REASON_HANDOVER;
		break;
	}
	return bits;
}

const char *engine_state_name(enum engine_state state)
{
	static const char *const names[ENGINE_STATES] = {
		[ENGINE_INIT] = "init",		  [ENGINE_BACKUP] = "backup",
		[ENGINE_ACTIVE] = "active",	  [ENGINE_LISTENING] = "listening",
		[ENGINE_RESIGNING] = "resigning", [ENGINE_FAULT] = "fault",
	};

	return names[state];
}

const char *engine_column_name(enum engine_column column)
{
	static const char *const names[ENGINE_COLUMNS] = {
		[ON_STARTUP] = "startup",
		[ON_SHUTDOWN] = "shutdown",
		[ON_UP] = "up",
		[ON_DOWN] = "down",
		[ON_ZERO] = "zero",
		[ON_LOWER] = "lower",
		[ON_EQUAL_BELOW] = "equal_below",
		[ON_EQUAL_ABOVE] = "equal_above",
		[ON_HIGHER] = "higher",
		[ON_TIMER] = "timer",
		[ON_LATE] = "late",
		[ON_STANDBY] = "standby",
		[ON_TAKEOVER] = "takeover",
		[ON_CONFIGURE] = "configure",
		[ON_PERMIT] = "permit",
	};

	return names[column];
}
