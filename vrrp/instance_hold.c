/*
 * The slot of an instance, by which net knows what to do with its addresses (net/slots.h).  What is
 * written follows from the engine's state alone.  HOLD lasts as long as no peer can have given us
 * up: from the last advert that left, the shortest time for which peers wait.  So who hangs, is cut
 * off from his own sockets or dies loses the addresses, and whoever goes on in time keeps them.
 *
 * A word is one atomic store for each advert.  Net is rung only where it has something to do now;
 * that an advert has prolonged the word it finds when it renews a lease.
 *
 * Called by instance.c and instance_advert.c.
 */
#include "vrrp/instance_hold.h"

#include "vrrp/instance.h"
#include "vrrp/unit.h"

#define RESIGNING_MORE USEC_PER_SEC /* beyond the bound of a hand-over: OFF comes before */

static int64_t hold_time(const struct instance *instance)
{
	return engine_down_adverts(&instance->member) * instance->conf->advert_interval;
}

/* Nobody has decided yet what becomes of addresses that are there already. */
static bool is_open(const struct instance *instance)
{
	const struct engine_member *member = &instance->member;

	return member->holds && member->unit->release_due.us == 0 && !engine_member_serves(member);
}

static struct slot_word word_now(const struct instance *instance)
{
	const struct engine_member *member = &instance->member;
	const struct engine *engine = member->unit;
	struct mono now = instance_now(instance);
	struct slot_word word = {.state = SLOT_OFF, .epoch = instance->hold.word.epoch};

	if (engine_member_serves(member) && engine_member_speaks(member)) {
		word.state = SLOT_HOLD;
		word.until = mono_add(instance->hold.sent, hold_time(instance));
		word.epoch += instance->hold.word.state != SLOT_HOLD;
	} else if (engine_member_serves(member)) { /* it listens, or waits for a peer */
		word.state = SLOT_KEEP;
		word.until = mono_add(engine->due.us != 0 ? engine->due
							  : mono_add(now, 2 * hold_time(instance)),
				      RESIGNING_MORE);
	} else if (member->holds && engine->release_due.us != 0) {
		word.state = SLOT_KEEP;
		word.until = engine->release_due;
	}
	return word;
}

void instance_hold_follow(struct instance *instance)
{
	struct instance_hold *hold = &instance->hold;
	struct shared *shared = instance->shared;
	struct slot_word before = hold->word;
	struct mono now = instance_now(instance);

	if (!instance->started || shared->leaves || !shared->slots || is_open(instance))
		return;
	hold->word = word_now(instance);
	if (hold->word.state == before.state && hold->word.until.us == before.until.us)
		return;
	slot_write(shared->slots, hold->slot, &hold->word);
	if (hold->word.state != before.state ||
	    (before.state == SLOT_HOLD && mono_before(before.until, now)))
		shared->ring(shared);
}

void instance_hold_configure(struct instance *instance, uint32_t slot)
{
	struct instance_hold *hold = &instance->hold;

	hold->slot = slot;
	if (!instance->started && instance->shared->slots)
		hold->word = slot_read(instance->shared->slots, slot);
}

void instance_hold_sent(struct instance *instance)
{
	struct instance_hold *hold = &instance->hold;

	if (hold->failed < hold->tried || hold->tried == 0)
		hold->sent_before = hold->sent;
	hold->sent = instance_now(instance);
	hold->tried = hold->failed = 0;
	if (hold->word.state == SLOT_HOLD)
		instance_hold_follow(instance);
}

void instance_hold_failed(struct instance *instance)
{
	struct instance_hold *hold = &instance->hold;

	if (++hold->failed != hold->tried)
		return;
	hold->sent = hold->sent_before;
	instance_hold_follow(instance);
}

void instance_hold_remove(struct instance *instance)
{
	struct slot_word *word = &instance->hold.word;

	if (!instance->shared->slots || word->state != SLOT_HOLD)
		return;
	word->state = SLOT_KEEP;
	slot_write(instance->shared->slots, instance->hold.slot, word);
}
