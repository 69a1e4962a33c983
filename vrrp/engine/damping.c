/*
 * flap_damping: a down timer that follows what a link loses.  Where four of ten adverts are lost,
 * three in a row are so several times a minute, and each time a Backup takes over from a router
 * that is well.  With this, off by default, a member counts which of its peer's adverts it misses,
 * and waits for more of them the more it has missed: at most for as many again, so that the
 * fail-over after a crash takes at most twice as long, and on a link that loses nothing exactly as
 * long as without.
 *
 * Which adverts are missing follows from the time between two of them.  The mean share is kept as
 * an exponential average.  A router that was away, resigned, or is another one has not lost any.
 *
 * Called by engine.c for each advert, before it counts as the last one; asked for by the down
 * interval (engine_actions.c).  The mean is the member's, whatever role it is in, and is not kept
 * over a restart.
 */
#include "vrrp/engine/engine_private.h"

#define MEMORY	 16 /* adverts: what one of them weighs in the mean */
#define NOTICED	 10 /* of a thousand: less is no loss */
#define FULL	 60 /* from then on the timer is at its longest */
#define THOUSAND 1000

static unsigned weigh(unsigned mean, unsigned is)
{
	return (mean * (MEMORY - 1) + is) / MEMORY;
}

void engine_note_loss(struct engine_member *member, const struct engine_peer *next)
{
	const struct engine_peer *last = &member->peer;
	int64_t gap = mono_diff(next->heard, last->heard);
	int64_t missing;

	if (!member->config.flap_damping || last->heard.us == 0 || last->priority == 0 ||
	    next->priority == 0 || next->interval <= 0 || last->interval != next->interval ||
	    address_compare(&last->address, &next->address) != 0)
		return;
	if (gap < next->interval / 2) /* an answer, or sent twice */
		return;
	missing = (gap + next->interval / 2) / next->interval - 1;
	if (missing > 4 * engine_down_adverts(member))
		return; /* it was away */
	for (; missing > 0; missing--)
		member->loss = (uint16_t)weigh(member->loss, THOUSAND);
	member->loss = (uint16_t)weigh(member->loss, 0);
}

int64_t engine_damping_adverts(const struct engine_member *member)
{
	int64_t most = engine_down_adverts(member);
	unsigned loss = member->loss < FULL ? member->loss : FULL;

	if (!member->config.flap_damping || loss < NOTICED)
		return 0;
	return (most * loss + FULL - 1) / FULL;
}
