/*
 * What is elected, at run time: a single instance, or the members of a sync group together.  A unit
 * feeds the election engine and has its members do what the engine answers, all of them in the same
 * turn of the loop, so that nobody ever sees two roles in one group: first every member's adverts,
 * so that peers know before hosts do, then addresses and announcements, then notifications.
 *
 * instance.c knows how a member does these things; vrrp_role.c owns the units.
 */
#include "vrrp/unit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct instance *instance_of(const struct engine_member *member)
{
	return unit_instance(member);
}

static struct mono now_of(const struct unit *unit)
{
	return loop_now(unit->shared->loop);
}

bool unit_is_named(const struct unit *unit, const char *name)
{
	return strncmp(unit->name, name, sizeof(unit->name)) == 0;
}

const char *unit_name(const struct unit *unit)
{
	if (unit->group != NULL)
		return unit->name;
	return instance_of(unit->engine.members)->conf->name;
}

const char *unit_fault(const struct unit *unit)
{
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		if (!m->able)
			return instance_of(m)->fault_text;
	return "";
}

bool unit_is_led_by(const struct instance *instance)
{
	return instance->unit->engine.members == &instance->member;
}

bool unit_has_past(const struct unit *unit)
{
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		if (m->moved)
			return true;
	return false;
}

void unit_publish(struct unit *unit)
{
	FOR_EACH_INSTANCE(instance, unit)
		report_publish(instance);
}

bool unit_is_idle(const struct unit *unit)
{
	return unit->engine.state == ENGINE_INIT && unit->engine.release_due.us == 0;
}

static void timer_due(struct timer *timer, void *data);

static void set_timer(struct unit *unit)
{
	struct mono due = engine_due(&unit->engine);

	if (due.us == 0) {
		timer_cancel(&unit->timer);
	} else if (!timer_is_set(&unit->timer) || unit->timer.due.us != due.us) {
		/* The end of a startup delay may have passed in a fault: nothing is late for it. */
		if (mono_before(due, now_of(unit)))
			due = now_of(unit);
		timer_set(unit->shared->loop, &unit->timer, due, timer_due, unit);
	}
}

/* Every member that may have something to do: one, or from `first` on all. */
struct affected {
	struct engine_member *first;
	bool all;
	uint32_t bits; /* of the one */
};

static uint32_t bits_of(const struct affected *affected, const struct engine_member *member)
{
	return affected->all ? member->actions : affected->bits;
}

static struct engine_member *next_of(const struct affected *affected,
				     const struct engine_member *member)
{
	return affected->all ? member->next : NULL;
}

#define FOR_AFFECTED(m, affected) \
	for (struct engine_member *m = (affected)->first; m != NULL; m = next_of(affected, m))

static struct affected affected_by(const struct unit *unit, struct engine_member *member,
				   struct engine_actions actions)
{
	struct engine_member *first = unit->engine.members;
	bool all = first->next != NULL && (actions.all || member == NULL);

	return (struct affected){all || member == NULL ? first : member, all, actions.bits};
}

static void carry_out(struct unit *unit, const struct affected *affected,
		      struct engine_actions actions, enum engine_state before)
{
	struct instance_shared *shared = unit->shared;

	FOR_AFFECTED(m, affected)
		instance_speak(instance_of(m), bits_of(affected, m));
	/* An advert that is not alone goes before what comes after it. */
	if (actions.bits & ~(uint32_t)ACTION_SEND_ADVERT)
		sockets_flush(shared->sockets);
	FOR_AFFECTED(m, affected)
		instance_set_timer(instance_of(m));
	set_timer(unit);
	FOR_AFFECTED(m, affected)
		instance_act(instance_of(m), bits_of(affected, m));
	FOR_AFFECTED(m, affected)
		report_publish(instance_of(m));
	FOR_AFFECTED(m, affected)
		if (bits_of(affected, m) & ACTION_NOTIFY)
			instance_notify(instance_of(m), before);
	if (unit->group != NULL &&
	    engine_state_public(before) != engine_public_state(&unit->engine))
		shared->notify_group(unit, shared->data);
	if (actions.bits & ACTION_ASK)
		address_probe_begin(unit);
	if (actions.bits & ACTION_DONE)
		shared->done(unit, actions.outcome, shared->data);
	if (actions.bits & ACTION_STOPPED)
		shared->stopped(unit, shared->data);
}

static void report(const struct affected *affected, const struct unit_past *past,
		   const struct engine_event *event)
{
	FOR_AFFECTED(m, affected)
		if (bits_of(affected, m) & ACTION_NOTIFY)
			report_transition(instance_of(m), past, event);
}

static void warn_of_silence(const struct unit *unit, const struct affected *affected,
			    const struct unit_past *past)
{
	FOR_AFFECTED(m, affected) {
		struct mono spoken = past->cause != NULL && m == &past->cause->member
					     ? past->member.advert_sent
					     : m->advert_sent;

		if (m->listening && !m->joining)
			log_warning("%s: silent for %.3f s, listening before speaking again",
				    instance_of(m)->conf->name,
				    (double)mono_diff(now_of(unit), spoken) / USEC_PER_SEC);
	}
}

void unit_handle(struct unit *unit, const struct engine_event *event)
{
	struct unit_past past = {.state = unit->engine.state, .entered = unit->engine.entered};
	struct engine_actions actions;
	struct affected affected;

	if (event->member != NULL) {
		past.cause = instance_of(event->member);
		past.member = *event->member;
	}
	actions = engine_handle(&unit->engine, event, now_of(unit));
	affected = affected_by(unit, event->member, actions);
	report(&affected, &past, event);
	if (past.state != ENGINE_LISTENING && unit->engine.state == ENGINE_LISTENING)
		warn_of_silence(unit, &affected, &past);
	carry_out(unit, &affected, actions, past.state);
}

static void drain_all(struct unit *unit)
{
	for (struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		instance_links_drain(instance_of(m));
}

/* With its timer the group would take the role; others may have been heard again meanwhile. */
static bool is_last_to_wait(const struct engine_member *member)
{
	const struct engine_member *m = member->unit->members;

	if (member->unit->state != ENGINE_BACKUP)
		return false;
	while (m != NULL && (m == member || m->expired))
		m = m->next;
	return m == NULL;
}

/*
 * After a pause the receive queue may know what the deadline does not, and so it may while socket.c
 * only looks at it now and then.  Except for an Active router's adverts a deadline always says that
 * somebody was not heard: look first.
 */
void unit_member_due(struct instance *instance, struct mono due)
{
	struct engine_member *member = &instance->member;
	const struct engine_event event = {.kind = EVENT_TIMER, .member = member};
	bool speaks = engine_member_speaks(member);

	if (is_last_to_wait(member))
		drain_all(instance->unit);
	else if (!speaks || mono_diff(mono_read(), due) > member->active_interval)
		instance_links_drain(instance);
	unit_handle(instance->unit, &event);
}

static void timer_due(struct timer *timer, void *data)
{
	struct unit *unit = data;
	const struct engine_event event = {.kind = EVENT_TIMER};

	(void)timer;
	drain_all(unit);
	unit_handle(unit, &event);
}

void unit_command(struct unit *unit, enum engine_event_kind kind)
{
	const struct engine_event event = {.kind = kind};

	unit_handle(unit, &event);
}

static void begin(struct unit *unit)
{
	unit->started = true;
	for (struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		instance_of(m)->started = true;
}

void unit_start(struct unit *unit, struct mono hold)
{
	const struct engine_event event = {.kind = EVENT_STARTUP, .hold = hold};

	begin(unit);
	unit_handle(unit, &event);
}

/* Does what the engine answers outside of events. */
static void settle(struct unit *unit, struct unit_past past, struct engine_actions actions)
{
	const struct engine_event event = {.kind = EVENT_CONFIGURE};
	struct affected affected = affected_by(unit, NULL, actions);

	report(&affected, &past, &event);
	carry_out(unit, &affected, actions, past.state);
}

void unit_regroup(struct unit *unit)
{
	struct unit_past past = {.state = unit->engine.state, .entered = unit->engine.entered};

	begin(unit);
	unit->changed = false;
	settle(unit, past, engine_regroup(&unit->engine, now_of(unit)));
}

void unit_adopt(struct unit *unit)
{
	enum engine_state before = unit->engine.state;
	struct engine_actions actions;
	struct affected affected;

	begin(unit);
	actions = engine_adopt(&unit->engine, now_of(unit));
	affected = affected_by(unit, NULL, actions);
	FOR_AFFECTED(m, &affected)
		instance_taken_up(instance_of(m));
	carry_out(unit, &affected, actions, before);
}

void unit_join(struct unit *unit, struct instance *instance, const struct instance_conf *conf,
	       const struct unit *was)
{
	uint32_t order = (uint32_t)(conf->family == AF_INET6) << 8 | conf->vrid;

	instance->unit = unit;
	unit->changed = true;
	unit->started |= was != NULL && was->started;
	engine_join(&unit->engine, &instance->member, order, was != NULL ? &was->engine : NULL);
}

void unit_leave(struct instance *instance)
{
	address_probe_end(instance);
	instance->unit->changed = true;
	engine_leave(&instance->member);
	instance->unit = NULL;
}

void unit_claim(struct unit *unit, const struct group_conf *group, uint32_t index)
{
	unit->group = group;
	unit->index = index;
	memset(unit->name, 0, sizeof(unit->name));
	if (group != NULL)
		memcpy(unit->name, group->name, strnlen(group->name, sizeof(unit->name) - 1));
	unit->claimed = true;
}

struct unit *unit_create(struct instance_shared *shared)
{
	struct unit *unit = calloc(1, sizeof(*unit));

	if (unit == NULL)
		fatal("no memory for a unit");
	unit->shared = shared;
	engine_init(&unit->engine);
	return unit;
}

void unit_destroy(struct unit *unit)
{
	timer_cancel(&unit->timer);
	timer_cancel(&unit->fence.timer);
	timer_cancel(&unit->probe.timer);
	free(unit);
}
