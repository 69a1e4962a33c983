/*
 * fence_script of a unit: before it takes the addresses of a router that has died without a word,
 * that router is to be made harmless, by a script that main runs.  The engine says when
 * (ACTION_ASK) and waits as Backup for EVENT_PERMIT; here the probe is put to main and the
 * answer awaited, for a bounded time.  After a failure it is put again, after pauses that double.
 *
 * An advert that is heard meanwhile makes the engine forget that it asked; an answer is then of no
 * use, and nothing is asked again.
 */
#include "vrrp/fence.h"

#include <stdio.h>

#include "vrrp/unit.h"

#define ANSWER_GRACE  (3 * USEC_PER_SEC) /* beyond the script's own time */
#define PAUSE_FIRST   (2 * USEC_PER_SEC)
#define PAUSE_LONGEST (60 * USEC_PER_SEC)

static void ask(struct unit *unit);

static void tell(struct unit *unit, const char *text)
{
	if (snprintf(unit->fence.text, sizeof(unit->fence.text), "%s", text) < 0)
		unit->fence.text[0] = '\0';
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		report_publish(unit_instance(m));
}

/* A peer is alive, or the unit is something else by now. */
static bool is_over(struct unit *unit)
{
	return !unit->engine.asked;
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
	if (is_over(unit))
		fence_forget(unit);
	else if (!unit->fence.configured)
		permit(unit); /* a reload has taken the script away */
	else
		ask(unit);
}

static void failed(struct unit *unit, const char *why)
{
	struct unit_fence *fence = &unit->fence;
	char text[STATUS_TEXT_SIZE];

	fence->request = 0;
	if (fence->pause == 0)
		fence->pause = PAUSE_FIRST;
	if (snprintf(text, sizeof(text),
		     "fence_script has failed: %.80s; it is tried again in %d s", why,
		     (int)(fence->pause / USEC_PER_SEC)) < 0)
		text[0] = '\0';
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
	if (is_over(unit))
		fence_forget(unit);
	else
		failed(unit, "the main process has not answered");
}

static void ask(struct unit *unit)
{
	struct unit_fence *fence = &unit->fence;

	fence->request = ++unit->shared->last_fence;
	if (!unit->shared->fence(unit, fence->request, unit->shared->data)) {
		failed(unit, "the main process cannot be reached");
		return;
	}
	timer_set(unit->shared->loop, &fence->timer,
		  mono_add(loop_now(unit->shared->loop), fence->limit + ANSWER_GRACE), answer_due,
		  unit);
	tell(unit, "fence_script runs: nothing is heard of the Active router");
}

void fence_begin(struct unit *unit)
{
	if (timer_is_set(&unit->fence.timer))
		return; /* under way, for an earlier silence */
	log_notice("%s: no advert is heard any more: fence_script is run before its addresses are "
		   "taken",
		   unit_name(unit));
	ask(unit);
}

void fence_answered(struct unit *unit, bool ok, const char *text)
{
	bool over = is_over(unit);

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

	if (unit->group != NULL) {
		script = unit->group->fence_script;
		fence->limit = unit->group->fence_timeout;
	}
	for (const struct engine_member *m = unit->engine.members; m != NULL && script == NULL;
	     m = m->next) {
		script = unit_instance(m)->conf->fence_script;
		fence->limit = unit_instance(m)->conf->fence_timeout;
	}
	fence->configured = script != NULL;
}
