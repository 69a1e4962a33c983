/*
 * fence_script of a unit: before it takes the addresses of a router that has died without a word,
 * that router is to be made harmless, by a script that main runs.  The engine says when
 * (ACTION_ASK) and waits as Backup for EVENT_PERMIT; here the probe is put to main and the
 * answer awaited, for a bounded time.  After a failure it is put again, after pauses that double.
 *
 * Forged adverts, each followed by silence, can have it asked for many times a second.  Beyond a
 * few at once it waits.
 *
 * An advert that is heard meanwhile makes the engine forget that it asked; an answer is then of no
 * use, and nothing is asked again.
 */
#include "vrrp/fence.h"

#include <stddef.h>

#include "core/base/text.h"
#include "vrrp/unit.h"

#define ANSWER_GRACE  (3 * USEC_PER_SEC) /* beyond the script's own time */
#define PAUSE_FIRST   (2 * USEC_PER_SEC)
#define PAUSE_LONGEST (60 * USEC_PER_SEC)
#define ASK_BURST     5 /* at once, and then one in each ASK_PERIOD */
#define ASK_PERIOD    (5 * USEC_PER_SEC)
#define ASK_LATER     USEC_PER_SEC

static void ask_in_turn(struct unit *unit);

static void tell(struct unit *unit, const char *text)
{
	text_print(unit->fence.text, sizeof(unit->fence.text), "%s", text);
	unit_publish(unit);
}

/* Nothing more is in the way. */
static void permit(struct unit *unit)
{
	const struct engine_event event = {.kind = EVENT_PERMIT};

	fence_forget(unit);
	unit_handle(unit, &event);
}

static void pause_due(struct timer *timer, void *data)
{
	struct unit *unit = data;

	(void)timer;
	if (!unit->engine.asked)
		fence_forget(unit);
	else if (!unit->fence.configured)
		permit(unit); /* a reload has taken the script away */
	else
		ask_in_turn(unit);
}

static void failed(struct unit *unit, const char *why)
{
	struct unit_fence *fence = &unit->fence;
	char text[STATUS_TEXT_SIZE];

	fence->request = 0;
	if (fence->pause == 0)
		fence->pause = PAUSE_FIRST;
	text_print(text, sizeof(text), "fence_script has failed: %.80s; it is tried again in %d s",
		   why, (int)(fence->pause / USEC_PER_SEC));
	log_error("%s: %s", unit_name(unit), text);
	tell(unit, text);
	timer_set(unit->shared->loop, &fence->timer,
		  mono_add(loop_now(unit->shared->loop), fence->pause), pause_due, unit);
	fence->pause *= 2;
	if (fence->pause > PAUSE_LONGEST)
		fence->pause = PAUSE_LONGEST;
}

static void answer_due(struct timer *timer, void *data)
{
	struct unit *unit = data;

	(void)timer;
	if (!unit->engine.asked)
		fence_forget(unit);
	else
		failed(unit, "the main process has not answered");
}

static void ask(struct unit *unit)
{
	struct unit_fence *fence = &unit->fence;
	struct shared *shared = unit->shared;
	const struct message_fence message = {
		.request = ++shared->last_fence,
		.generation = shared->generation,
		.index = unit->group ? unit->index : unit_instance(unit->engine.members)->index,
		.is_group = unit->group ? 1 : 0,
	};

	fence->request = message.request;
	if (!link_send(shared->role->main, MESSAGE_FENCE, &message, sizeof(message))) {
		failed(unit, "the main process cannot be reached");
		return;
	}
	timer_set(unit->shared->loop, &fence->timer,
		  mono_add(loop_now(unit->shared->loop), fence->limit + ANSWER_GRACE), answer_due,
		  unit);
	tell(unit, "fence_script runs: nothing is heard of the Active router");
}

static void ask_in_turn(struct unit *unit)
{
	struct unit_fence *fence = &unit->fence;
	struct mono now = loop_now(unit->shared->loop);

	if (!bucket_take(&fence->asks, now, ASK_PERIOD, ASK_BURST)) {
		tell(unit, "fence_script was run too often, and is put off");
		timer_set(unit->shared->loop, &fence->timer, mono_add(now, ASK_LATER), pause_due,
			  unit);
		return;
	}
	if (fence->pause == 0)
		log_notice("%s: no advert is heard any more: fence_script is run before its "
			   "addresses are taken",
			   unit_name(unit));
	ask(unit);
}

void fence_begin(struct unit *unit)
{
	if (!timer_is_set(&unit->fence.timer)) /* else under way, for an earlier silence */
		ask_in_turn(unit);
}

void fence_answered(struct unit *unit, bool ok, const char *text)
{
	bool over = !unit->engine.asked;

	timer_cancel(&unit->fence.timer);
	if (!ok && !over) {
		failed(unit, text);
		return;
	}
	if (over) {
		fence_forget(unit);
		return;
	}
	log_notice("%s: fence_script has succeeded", unit_name(unit));
	permit(unit);
}

void fence_forget(struct unit *unit)
{
	timer_cancel(&unit->fence.timer);
	unit->fence.request = 0;
	unit->fence.pause = 0;
	if (unit->fence.text[0] != '\0')
		tell(unit, "");
}

/* The group's own, else that of its first member that has one. */
void fence_configure(struct unit *unit)
{
	struct unit_fence *fence = &unit->fence;
	const struct script_conf *script = NULL;

	if (unit->group) {
		script = unit->group->fence_script;
		fence->limit = unit->group->fence_timeout;
	}
	FOR_EACH_INSTANCE(instance, unit) {
		if (script)
			break;
		script = instance->conf->fence_script;
		fence->limit = instance->conf->fence_timeout;
	}
	fence->configured = script;
}
