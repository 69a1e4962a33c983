/*
 * What an instance makes of others' claims to its addresses (conflict.c hears them).  As Active
 * there is no right one.  But around a change of roles there may be one for a moment: the peer's
 * advert and its announcement wait in different sockets of ours, an advert may be lost, and who was
 * Active before us keeps its addresses until ours are there.  So a claim is told only when we are
 * still Active SETTLE adverts later, and those that come in the first moment are not counted, nor
 * those of a peer that took the role for a moment, and gave it up again when it heard us.  As long
 * as it speaks it may not have heard us yet; it is given CONTEST times that long.
 *
 * What is told: the address's record names who and since when, the instance has a reason for it, a
 * line is logged, and hosts hear from us again which of the two is the elected one.  Two directors
 * that cannot hear each other's adverts both do that: the pause doubles each time, so that they
 * don't shout at each other.  It is over when no claim came for QUIET, which is longer than others
 * take to refresh theirs, or when we are not Active any more.
 */
#include <string.h>

#include "core/base/text.h"
#include "vrrp/instance.h"

#define SETTLE	       2 /* adverts */
#define SETTLE_LEAST   (200 * USEC_PER_MSEC)
#define CONTEST	       3 /* times the time to settle */
#define TICK	       USEC_PER_SEC
#define ANSWER_FIRST   USEC_PER_SEC
#define ANSWER_LONGEST (60 * USEC_PER_SEC)
#define QUIET	       (180 * USEC_PER_SEC)

static int64_t settle_time(const struct instance *instance)
{
	int64_t time = SETTLE * instance->member.config.advert_interval;

	return time > SETTLE_LEAST ? time : SETTLE_LEAST;
}

static void tick(struct timer *timer, void *data);

static void tick_later(struct instance *instance, int64_t delay)
{
	if (!timer_is_set(&instance->conflicts.timer))
		timer_set(instance->shared->loop, &instance->conflicts.timer,
			  mono_add(instance_now(instance), delay), tick, instance);
}

void instance_conflict_heard(struct instance *instance, struct instance_address *a,
			     const uint8_t mac[6])
{
	const struct engine *engine = instance->member.unit;
	struct address_conflict *conflict = &a->conflict;
	struct mono now = instance_now(instance);

	if (engine->state != ENGINE_ACTIVE ||
	    mono_diff(now, engine->entered) < instance->member.config.linger + SETTLE_LEAST / 2)
		return;
	instance_count(instance, COUNTER_FOREIGN_CLAIMS);
	if (conflict->count == 0) {
		conflict->first = now;
		conflict->since = wall_read().us;
	}
	memcpy(conflict->mac, mac, sizeof(conflict->mac));
	conflict->count++;
	conflict->heard = now;
	conflict->unanswered = true;
	tick_later(instance, settle_time(instance));
	if (conflict->told)
		report_address(instance, a);
}

static void describe(const struct instance_address *a, char *text, size_t size)
{
	text_print(text, size, "%s is claimed by %s on %s, too", address_text(&a->address).text,
		   mac_text(a->conflict.mac).text, a->interface->name);
}

/* Told or not yet, it does not claim the address any more. */
static void forget(struct instance *instance, struct instance_address *a)
{
	bool told = a->conflict.told;

	memset(&a->conflict, 0, sizeof(a->conflict));
	if (told)
		report_address(instance, a);
}

/* Its adverts are still heard, or were a moment ago. */
static bool peer_speaks(const struct instance *instance)
{
	const struct engine_peer *peer = &instance->member.peer;

	return peer->heard.us != 0 && mono_diff(instance_now(instance), peer->heard) <=
					      peer->interval + peer->interval / 2;
}

/* It was claimed by a peer that spoke at that time, and has given way since. */
static bool was_a_contest(const struct instance *instance, const struct address_conflict *conflict)
{
	const struct engine_peer *peer = &instance->member.peer;

	return peer->heard.us != 0 && !peer_speaks(instance) &&
	       mono_diff(conflict->first, peer->heard) < settle_time(instance) &&
	       mono_diff(conflict->heard, peer->heard) <
		       instance->member.config.linger + SETTLE_LEAST;
}

/* Looks at one address; returns in how many µs to look again, 0: it is claimed no more. */
static int64_t follow(struct instance *instance, struct instance_address *a)
{
	struct mono now = instance_now(instance);
	char text[STATUS_TEXT_SIZE];

	if (a->conflict.count == 0)
		return 0;
	if (mono_diff(now, a->conflict.heard) > QUIET) {
		forget(instance, a);
		return 0;
	}
	int64_t age = mono_diff(now, a->conflict.first);
	if (!a->conflict.told && age >= settle_time(instance)) {
		if (was_a_contest(instance, &a->conflict)) {
			forget(instance, a);
			return 0;
		}
		if (peer_speaks(instance) && age < CONTEST * settle_time(instance))
			return settle_time(instance) / 2;
		a->conflict.told = true;
		describe(a, text, sizeof(text));
		report_line(instance, LINE_CONFLICT, LOG_LEVEL_ERROR, "address conflict: %s", text);
	}
	if (a->conflict.told)
		report_address(instance, a);
	return TICK;
}

/* The first one's words, and how many more there are. */
static void write_text(struct instance *instance)
{
	struct instance_conflicts *conflicts = &instance->conflicts;
	char first[STATUS_TEXT_SIZE - 32] = "";
	uint32_t told = 0;

	for (size_t i = 0; i < instance->n_addresses; i++)
		if (instance->addresses[i]->conflict.told && told++ == 0)
			describe(instance->addresses[i], first, sizeof(first));
	if (conflicts->told > 0 && told == 0)
		log_notice("%s: address conflict over: nobody else claims its addresses any more",
			   instance->conf->name);
	conflicts->told = told;
	text_print(conflicts->text, sizeof(conflicts->text), "%s", first);
	if (told > 1)
		text_append(conflicts->text, sizeof(conflicts->text), " (and %u more)", told - 1);
}

/* Says again whose the addresses are, where somebody else said something else. */
static void answer(struct instance *instance)
{
	struct instance_conflicts *conflicts = &instance->conflicts;
	struct mono now = instance_now(instance);
	bool any = false;

	if (mono_before(now, conflicts->answer_due))
		return;
	for (size_t i = 0; i < instance->n_addresses; i++) {
		struct instance_address *a = instance->addresses[i];

		if (!a->conflict.told || !a->conflict.unanswered)
			continue;
		a->conflict.unanswered = false;
		announce_add(instance->shared->announcer, &a->announcement, 1);
		any = true;
	}
	if (!any)
		return;
	conflicts->answer_due = mono_add(now, conflicts->answer_wait);
	conflicts->answer_wait *= 2;
	if (conflicts->answer_wait > ANSWER_LONGEST)
		conflicts->answer_wait = ANSWER_LONGEST;
}

static void tick(struct timer *timer, void *data)
{
	struct instance *instance = data;
	int64_t next = 0;

	(void)timer;
	for (size_t i = 0; i < instance->n_addresses; i++) {
		int64_t again = follow(instance, instance->addresses[i]);

		if (again > 0 && (next == 0 || again < next))
			next = again;
	}
	write_text(instance);
	if (next > 0) {
		answer(instance);
		tick_later(instance, next);
	} else {
		instance->conflicts.answer_wait = ANSWER_FIRST;
	}
	report_publish(instance);
}

void instance_conflicts_forget(struct instance *instance)
{
	struct instance_conflicts *conflicts = &instance->conflicts;

	conflicts->answer_wait = ANSWER_FIRST;
	conflicts->answer_due = (struct mono){0};
	if (!timer_is_set(&conflicts->timer))
		return;
	timer_cancel(&conflicts->timer);
	for (size_t i = 0; i < instance->n_addresses; i++)
		forget(instance, instance->addresses[i]);
	conflicts->told = 0;
	conflicts->text[0] = '\0';
}
