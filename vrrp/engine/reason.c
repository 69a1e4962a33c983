/*
 * The reasons that hold an instance where it is: their names, which are interface (status, explain
 * and programs that read them use these words), and which of them the election engine gives.  These
 * are level-triggered: derived from the engine's facts whenever they are asked for, never
 * remembered.  report.c gives them their texts and since-times.
 */
#include "vrrp/engine/reason.h"

#include "core/base/names.h"
#include "vrrp/engine/engine_private.h"

const char *instance_reason_name(enum instance_reason_kind kind)
{
	static const char *const names[INSTANCE_REASONS] = {
		[REASON_STARTUP] = "startup",
		[REASON_PEER] = "peer",
		[REASON_INTERFACE] = "interface",
		[REASON_NO_SOURCE] = "no_source",
		[REASON_NO_PEER] = "no_peer",
		[REASON_STANDBY] = "standby",
		[REASON_TAKEOVER] = "takeover",
		[REASON_PREEMPT_DELAY] = "preempt_delay",
		[REASON_NOPREEMPT] = "nopreempt",
		[REASON_ELECTED] = "elected",
		[REASON_HANDOVER] = "handover",
		[REASON_ADDRESS] = "address",
		[REASON_LINK] = "link",
		[REASON_DUPLICATE_OWNER] = "duplicate_owner",
		[REASON_GROUP] = "group",
		[REASON_STARTUP_DELAY] = "startup_delay",
		[REASON_FENCE] = "fence",
		[REASON_PROBE] = "probe",
		[REASON_UNADVERTISED] = "unadvertised",
	};

	return name_of(names, INSTANCE_REASONS, kind);
}

/* The first that has a peer; else the first that still waits for one. */
static const struct engine_member *find_waiting(const struct engine *engine)
{
	const struct engine_member *found = NULL;

	FOR_EACH_MEMBER(m, engine) {
		if (m->expired)
			continue;
		if (m->peer.priority > 0 && !mono_before(m->peer.heard, engine->entered))
			return m;
		if (!found)
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
	if (engine_holder(member))
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
