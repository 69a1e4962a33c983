/*
 * The intervals of the election, in microseconds (RFC 9568 6.1; for version 2 RFC 3768 6.2.1), all
 * of them derived from a member's configuration, its effective priority and what it last heard,
 * whenever they are needed.  The effective priority is derived too: from the configuration and the
 * operator's wishes for the unit, never stored.
 */
#include "vrrp/engine/engine_private.h"

#define DOWN_ADVERTS   3 /* 6.1: Active_Down_Interval = 3 * Active_Adver_Interval + Skew_Time */
#define HANDOVER_GRACE (100 * USEC_PER_MSEC) /* a peer's own lateness and the way here */
#define HANDOVER_BOUND (5 * USEC_PER_SEC)

int64_t engine_skew(uint8_t version, uint8_t priority, int64_t active_interval)
{
	int64_t unit = version == 2 ? USEC_PER_SEC : active_interval;

	return (256 - priority) * unit / 256;
}

uint8_t engine_priority(const struct engine_member *member, struct mono now)
{
	const struct engine *unit = member->unit;
	uint8_t raised;

	if (unit->standby)
		return ENGINE_PRIORITY_STANDBY;
	if (!unit->takeover)
		return member->config.priority;
	raised = mono_before(now, unit->taken_due) ? ENGINE_PRIORITY_TAKEOVER
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
	return engine_down_adverts(member) * member->active_interval +
	       engine_member_skew(member, now);
}

int64_t engine_listen_interval(const struct engine_member *member, struct mono now)
{
	return member->active_interval + engine_member_skew(member, now);
}

/* A Backup needs its Skew_Time, whatever its priority. */
int64_t engine_handover_interval(const struct engine *engine)
{
	int64_t longest = 0;

	FOR_EACH_MEMBER(m, engine) {
		int64_t bound = m->config.version == 2 ? USEC_PER_SEC : m->config.advert_interval;

		if (bound > longest)
			longest = bound;
	}
	longest += HANDOVER_GRACE;
	return longest < HANDOVER_BOUND ? longest : HANDOVER_BOUND;
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
