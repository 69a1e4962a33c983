/*
 * What the election engine says about itself: which reasons hold now, and the names of states and
 * of the table's columns.  Reasons are level-triggered: derived from the engine's facts whenever
 * they are asked for, never remembered.  report.c gives them their texts and since-times.
 */
#include "vrrp/engine.h"

/* Reasons of a Backup: who is there, and why we let a lesser one be. */
static uint32_t backup_reasons(const struct engine *engine, struct mono now)
{
	bool peer = engine->peer.priority > 0 && engine->peer.heard.us != 0 &&
		    !mono_before(engine->peer.heard, engine->entered);
	bool lesser = peer && engine->peer.priority < engine_priority(engine, now);
	uint32_t bits = peer ? 1u << REASON_PEER : 1u << REASON_STARTUP;

	if (lesser && engine->config.nopreempt)
		bits |= 1u << REASON_NOPREEMPT;
	if (lesser && mono_before(now, engine->preempt_until))
		bits |= 1u << REASON_PREEMPT_DELAY;
	return bits;
}

uint32_t engine_reasons(const struct engine *engine, struct mono now)
{
	uint32_t bits = 0;

	if (engine->standby)
		bits |= 1u << REASON_STANDBY;
	if (engine->takeover)
		bits |= 1u << REASON_TAKEOVER;
	switch (engine->state) {
	case ENGINE_INIT:
	case ENGINE_FAULT:
		break;
	case ENGINE_BACKUP:
		bits |= backup_reasons(engine, now);
		break;
	case ENGINE_ACTIVE:
		bits |= 1u << REASON_ELECTED;
		break;
	case ENGINE_LISTENING:
		bits |= 1u << REASON_STARTUP;
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
	};

	return names[column];
}
