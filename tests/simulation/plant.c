/*
 * Bugs to be planted: each makes the engine misbehave in one way, at the seam between it and the
 * router that calls it, by changing the event before the call or the outcome after it (only here
 * is the engine's state written by somebody else).  `simulation --prove` plants them one after the
 * other, and every one has to be caught by some property within a small number of seeds: this is
 * what shows that a clean run of the simulator means something.
 */
#include "tests/simulation/plant.h"

#include <string.h>

static bool is_advert(const struct plant_call *call)
{
	return call->event.kind == EVENT_ADVERT;
}

static bool is_active(const struct engine *engine)
{
	return engine->state == ENGINE_ACTIVE;
}

/* The Active_Down_Timer was set by this call. */
static bool waits_anew(const struct plant_call *call)
{
	return call->engine->state == ENGINE_BACKUP &&
	       (call->was->state != ENGINE_BACKUP ||
		call->member_was->due.us != call->member->due.us);
}

static int64_t skew_at(const struct plant_call *call, uint8_t priority)
{
	return engine_skew(call->member->config.version, priority, call->member->active_interval);
}

static void no_skew(struct plant_call *call)
{
	uint8_t priority = engine_priority(call->member, call->now);

	if (waits_anew(call))
		call->member->due = mono_add(call->member->due, -skew_at(call, priority));
}

static void reverse_skew(struct plant_call *call)
{
	uint8_t priority = engine_priority(call->member, call->now);

	if (waits_anew(call))
		call->member->due =
			mono_add(call->member->due, skew_at(call, (uint8_t)(256 - priority)) -
							    skew_at(call, priority));
}

static bool ignore_zero(struct plant_call *call)
{
	return !is_advert(call) || call->event.priority != 0;
}

static void send_no_zero(struct plant_call *call)
{
	call->actions.bits &= ~(uint32_t)ACTION_SEND_ZERO;
}

static void announce_nothing(struct plant_call *call)
{
	if (!is_active(call->was))
		call->actions.bits &= ~(uint32_t)ACTION_ANNOUNCE;
}

static void reassert_nothing(struct plant_call *call)
{
	if (is_active(call->was))
		call->actions.bits &= ~(uint32_t)ACTION_ANNOUNCE;
}

static void never_silence(struct plant_call *call)
{
	call->actions.bits &= ~(uint32_t)ACTION_SILENCE;
}

static void keep_addresses(struct plant_call *call)
{
	call->actions.bits &= ~(uint32_t)ACTION_REMOVE_ADDRESSES;
}

static void break_before_make(struct plant_call *call)
{
	if (is_active(call->was) && call->engine->state == ENGINE_RESIGNING)
		call->actions.bits |= ACTION_REMOVE_ADDRESSES;
}

static void no_linger(struct plant_call *call)
{
	if (call->engine->release_due.us != 0)
		call->actions.bits |= ACTION_REMOVE_ADDRESSES;
}

static bool ignore_equal(struct plant_call *call)
{
	return !is_advert(call) || !is_active(call->was) ||
	       call->event.priority != engine_priority(call->member, call->now);
}

/* A timer is never late to it. */
static bool late_is_alive(struct plant_call *call)
{
	struct mono due =
		call->event.member != NULL ? call->event.member->due : engine_due(call->engine);

	if (call->event.kind == EVENT_TIMER && due.us != 0)
		call->now = due;
	return true;
}

static bool own_interval(struct plant_call *call)
{
	if (is_advert(call))
		call->event.interval = call->member->config.advert_interval;
	return true;
}

static bool preempt_anyway(struct plant_call *call)
{
	return !is_advert(call) || call->was->state != ENGINE_BACKUP ||
	       !call->member_was->config.nopreempt || call->event.priority == 0 ||
	       call->event.priority >= engine_priority(call->member, call->now);
}

static void forget_standby(struct plant_call *call)
{
	if (call->engine->state != ENGINE_RESIGNING)
		call->engine->standby = false;
}

static void slow_adverts(struct plant_call *call)
{
	if (is_active(call->engine) && call->event.kind == EVENT_TIMER)
		call->member->due =
			mono_add(call->member->due, 4 * call->member->config.advert_interval);
}

/* ---- of sync groups ---- */

static bool leaves_the_role(const struct plant_call *call)
{
	return is_active(call->was) && call->engine->state == ENGINE_BACKUP && is_advert(call);
}

/* The others keep what they have, and go on announcing it. */
static void yield_alone(struct plant_call *call)
{
	if (!leaves_the_role(call))
		return;
	for (struct engine_member *m = call->engine->members; m != NULL; m = m->next) {
		if (m == call->member)
			continue;
		m->actions = 0;
		m->holds = false;
	}
}

static bool first_timer(struct plant_call *call)
{
	if (call->event.kind == EVENT_TIMER && call->event.member != NULL &&
	    call->engine->state == ENGINE_BACKUP)
		for (struct engine_member *m = call->engine->members; m != NULL; m = m->next)
			m->expired = true;
	return true;
}

/* As long as any other member is able. */
static bool fault_alone(struct plant_call *call)
{
	if (call->event.kind != EVENT_FACTS || call->event.able)
		return true;
	for (struct engine_member *m = call->engine->members; m != NULL; m = m->next)
		call->event.able |= m != call->member && m->able;
	return true;
}

/* Every member decides. */
static bool nobody_decides(struct plant_call *call)
{
	call->engine->contest = mono_add(call->now, -call->event.interval);
	return true;
}

static void new_member_speaks(struct plant_call *call)
{
	for (struct engine_member *m = call->engine->members; m != NULL; m = m->next)
		m->joining = m->listening = false;
}

static bool no_hold(struct plant_call *call)
{
	call->event.hold = (struct mono){0};
	return true;
}

static const struct plant plants[] = {
	{.name = "no-skew", .what = "all Backups wait equally long", .after = no_skew},
	{.name = "reverse-skew", .what = "the lowest Backup is the first", .after = reverse_skew},
	{.name = "zero-ignored", .what = "priority 0 is not heard", .before = ignore_zero},
	{.name = "zero-unsent", .what = "no priority 0 is sent", .after = send_no_zero},
	{.name = "unannounced",
	 .what = "a new Active announces nothing",
	 .after = announce_nothing},
	{.name = "unasserted",
	 .what = "no announcement after another Active was heard",
	 .after = reassert_nothing},
	{.name = "never-silent",
	 .what = "announcements go on after the role",
	 .after = never_silence},
	{.name = "addresses-kept", .what = "addresses are never removed", .after = keep_addresses},
	{.name = "break-before-make",
	 .what = "addresses go with priority 0",
	 .after = break_before_make},
	{.name = "no-linger", .what = "addresses go with the role", .after = no_linger},
	{.name = "tie-ignored",
	 .what = "equal priorities are never decided",
	 .before = ignore_equal},
	{.name = "late-is-alive",
	 .what = "speaks after a pause as if nothing had been",
	 .before = late_is_alive},
	{.name = "interval-unlearned",
	 .what = "the Active's interval is not adopted",
	 .before = own_interval},
	{.name = "nopreempt-ignored",
	 .what = "preempts against the configuration",
	 .before = preempt_anyway},
	{.name = "standby-forgotten",
	 .what = "takes back what it handed over",
	 .after = forget_standby},
	{.name = "slow-adverts", .what = "adverts at a fifth of their rate", .after = slow_adverts},
	{.name = "yields-alone",
	 .what = "one member of a group yields alone",
	 .after = yield_alone},
	{.name = "first-timer",
	 .what = "a group is Active on its first member's timer",
	 .before = first_timer},
	{.name = "fault-alone",
	 .what = "a member's fault is not its group's",
	 .before = fault_alone},
	{.name = "nobody-decides",
	 .what = "members of different rank all yield",
	 .before = nobody_decides},
	{.name = "listens-not", .what = "nobody ever listens", .after = new_member_speaks},
	{.name = "delay-ignored", .what = "no startup delay", .before = no_hold},
	{.name = "journal-ignored", .what = "a restarted role starts afresh", .forgets = true},
};

size_t plant_count(void)
{
	return sizeof(plants) / sizeof(plants[0]);
}

const struct plant *plant_at(size_t index)
{
	return &plants[index];
}

const struct plant *plant_find(const char *name)
{
	for (size_t i = 0; i < plant_count(); i++)
		if (strcmp(plants[i].name, name) == 0)
			return &plants[i];
	return NULL;
}

struct engine_actions plant_handle(const struct plant *plant, struct engine *engine,
				   const struct engine_event *event, struct mono now)
{
	struct engine_member *member = event->member != NULL ? event->member : engine->members;
	const struct engine_member member_was = *member;
	const struct engine was = *engine;
	struct plant_call call = {.was = &was,
				  .engine = engine,
				  .member_was = &member_was,
				  .member = member,
				  .event = *event,
				  .now = now};

	if (plant == NULL)
		return engine_handle(engine, event, now);
	if (plant->before != NULL && !plant->before(&call))
		return call.actions;
	call.actions = engine_handle(engine, &call.event, call.now);
	if (plant->after != NULL)
		plant->after(&call);
	return call.actions;
}

bool plant_forgets(const struct plant *plant)
{
	return plant != NULL && plant->forgets;
}
