/*
 * What is elected, at run time: a single instance, or the members of a sync group together.  A unit
 * feeds the election engine and has its members do what the engine answers, all of them in the same
 * turn of the loop, so that nobody ever sees two roles in one group: first every member's adverts,
 * so that peers know before hosts do, then addresses and announcements, then notifications.
 *
 * Who is elected with whom follows the sync groups of a configuration.  A group that goes on by its
 * name, or by its first member under another name, keeps its unit.  Instances that change from one
 * unit to another take their role along, and those that were there before come before new ones, so
 * that a role goes on and is not begun anew (engine_unit.c makes one of several).
 *
 * instance.c knows how a member does these things; vrrp_role.c owns the units.
 */
#include "vrrp/unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "vrrp/notifications.h"
#include "vrrp/requests.h"

static struct mono now_of(const struct unit *unit)
{
	return loop_now(unit->shared->loop);
}

const char *unit_name(const struct unit *unit)
{
	if (unit->group)
		return unit->name;
	return unit_instance(unit->engine.members)->conf->name;
}

const char *unit_fault(const struct unit *unit)
{
	FOR_EACH_INSTANCE(instance, unit)
		if (!instance->member.able)
			return instance->fault_text;
	return "";
}

bool unit_is_led_by(const struct instance *instance)
{
	return instance->unit->engine.members == &instance->member;
}

bool unit_has_past(const struct unit *unit)
{
	FOR_EACH_INSTANCE(instance, unit)
		if (instance->member.moved)
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

/* The members that an event has something to do for: one, or from `first` on all. */
struct affected {
	struct engine_member *first;
	bool all;
	uint32_t bits; /* of the one */
};

static struct affected affected_by(const struct unit *unit, struct engine_member *member,
				   struct engine_actions actions)
{
	struct engine_member *first = unit->engine.members;
	bool all = first->next && (actions.all || !member);

	return (struct affected){all || !member ? first : member, all, actions.bits};
}

static uint32_t bits_of(const struct affected *affected, const struct instance *instance)
{
	return affected->all ? instance->member.actions : affected->bits;
}

#define FOR_AFFECTED(i, affected)                                      \
	for (struct instance *i = unit_instance((affected)->first); i; \
	     i = unit_instance((affected)->all ? i->member.next : NULL))

static void carry_out(struct unit *unit, const struct affected *affected,
		      struct engine_actions actions, enum engine_state before)
{
	struct shared *shared = unit->shared;

	FOR_AFFECTED(i, affected)
		instance_speak(i, bits_of(affected, i));
	/* An advert that is not alone goes before what comes after it. */
	if (actions.bits & ~(uint32_t)ACTION_SEND_ADVERT)
		sockets_flush(shared->sockets);
	FOR_AFFECTED(i, affected)
		instance_set_timer(i);
	set_timer(unit);
	FOR_AFFECTED(i, affected)
		instance_act(i, bits_of(affected, i));
	FOR_AFFECTED(i, affected)
		report_publish(i);
	FOR_AFFECTED(i, affected)
		if (bits_of(affected, i) & ACTION_NOTIFY)
			instance_notify(i, before);
	if (unit->group && engine_state_public(before) != engine_public_state(&unit->engine))
		notifications_group(shared->notifications, unit);
	if (actions.bits & ACTION_ASK)
		address_probe_begin(unit);
	if (actions.bits & ACTION_DONE)
		requests_outcome(shared->requests, unit, actions.outcome);
	if (actions.bits & ACTION_STOPPED)
		shared->stopped(shared);
}

static void report(const struct affected *affected, const struct unit_past *past,
		   const struct engine_event *event)
{
	FOR_AFFECTED(i, affected)
		if (bits_of(affected, i) & ACTION_NOTIFY)
			report_transition(i, past, event);
}

void unit_handle(struct unit *unit, const struct engine_event *event)
{
	struct unit_past past = {.state = unit->engine.state, .entered = unit->engine.entered};

	if (event->member) {
		past.cause = unit_instance(event->member);
		past.member = *event->member;
	}
	struct engine_actions actions = engine_handle(&unit->engine, event, now_of(unit));
	struct affected affected = affected_by(unit, event->member, actions);
	report(&affected, &past, event);
	if (past.state != ENGINE_LISTENING && unit->engine.state == ENGINE_LISTENING)
		FOR_AFFECTED(i, &affected) {
			const struct engine_member *was =
				i == past.cause ? &past.member : &i->member;

			if (i->member.listening && !i->member.joining)
				log_warning(
					"%s: silent for %.3f s, listening before speaking again",
					i->conf->name,
					(double)mono_diff(now_of(unit), was->advert_sent) /
						USEC_PER_SEC);
		}
	carry_out(unit, &affected, actions, past.state);
}

static void drain_all(struct unit *unit)
{
	FOR_EACH_INSTANCE(instance, unit)
		instance_links_drain(instance);
}

/* With its timer the group would take the role; others may have been heard again meanwhile. */
static bool is_last_to_wait(const struct engine_member *member)
{
	const struct engine_member *m = member->unit->members;

	if (member->unit->state != ENGINE_BACKUP)
		return false;
	while (m && (m == member || m->expired))
		m = m->next;
	return !m;
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
	FOR_EACH_INSTANCE(instance, unit)
		instance->started = true;
}

void unit_start(struct unit *unit, struct mono hold)
{
	const struct engine_event event = {.kind = EVENT_STARTUP, .hold = hold};

	begin(unit);
	unit_handle(unit, &event);
}

void unit_regroup(struct unit *unit)
{
	struct unit_past past = {.state = unit->engine.state, .entered = unit->engine.entered};
	const struct engine_event event = {.kind = EVENT_CONFIGURE};

	begin(unit);
	unit->changed = false;
	struct engine_actions actions = engine_regroup(&unit->engine, now_of(unit));
	struct affected affected = affected_by(unit, NULL, actions);
	report(&affected, &past, &event);
	carry_out(unit, &affected, actions, past.state);
}

void unit_adopt(struct unit *unit)
{
	enum engine_state before = unit->engine.state;

	begin(unit);
	struct engine_actions actions = engine_adopt(&unit->engine, now_of(unit));
	struct affected affected = affected_by(unit, NULL, actions);
	FOR_EACH_INSTANCE(instance, unit)
		instance_taken_up(instance);
	carry_out(unit, &affected, actions, before);
}

static void join(struct unit *unit, struct instance *instance, const struct instance_conf *conf,
		 const struct unit *was)
{
	uint32_t order = (uint32_t)(conf->family == AF_INET6) << 8 | conf->vrid;

	instance->unit = unit;
	unit->changed = true;
	unit->started |= was && was->started;
	engine_join(&unit->engine, &instance->member, order, was ? &was->engine : NULL);
}

static void leave(struct instance *instance)
{
	address_probe_end(instance);
	instance->unit->changed = true;
	engine_leave(&instance->member);
	instance->unit = NULL;
}

static void claim(struct unit *unit, const struct group_conf *group, uint32_t index)
{
	unit->group = group;
	unit->index = index;
	memset(unit->name, 0, sizeof(unit->name));
	if (group)
		memcpy(unit->name, group->name, strnlen(group->name, sizeof(unit->name) - 1));
	unit->claimed = true;
}

static struct unit *create(struct shared *shared)
{
	struct unit *unit = alloc(sizeof(*unit));

	unit->shared = shared;
	engine_init(&unit->engine);
	return unit;
}

static void unit_destroy(struct unit *unit)
{
	timer_cancel(&unit->timer);
	timer_cancel(&unit->fence.timer);
	timer_cancel(&unit->probe.timer);
	free(unit);
}

/* ---- who is elected with whom ---- */

struct assignment {
	struct shared *shared;
	const struct conf *conf;
	struct instance *const *instances;
};

void unit_leave(struct instance *instance)
{
	struct unit *unit = instance->unit;

	leave(instance);
	if (!unit->engine.members)
		unit_destroy(unit);
}

/* `was` goes with its last member, but only after that has brought its role along. */
static void move(const struct assignment *a, uint32_t index, struct unit *to)
{
	struct instance *instance = a->instances[index];
	struct unit *was = instance->unit;

	if (was == to)
		return;
	if (was) {
		requests_outcome(a->shared->requests, was, OUTCOME_NONE);
		leave(instance);
	}
	join(to, instance, &a->conf->instances[index], was);
	if (was && !was->engine.members && !was->claimed)
		unit_destroy(was);
}

/* Of the members that were there before: the one in the group of that name, else the first's. */
static struct unit *find_unit(const struct assignment *a, const struct group_conf *group)
{
	struct unit *found = NULL;

	for (size_t i = 0; i < group->n_members; i++) {
		struct unit *unit = a->instances[group->members[i]]->unit;

		if (!unit || unit->claimed || unit->name[0] == '\0')
			continue;
		if (strncmp(unit->name, group->name, sizeof(unit->name)) == 0)
			return unit;
		if (!found)
			found = unit;
	}
	return found ? found : create(a->shared);
}

static void assign_group(const struct assignment *a, uint32_t index)
{
	const struct group_conf *group = &a->conf->groups[index];
	struct unit *unit = find_unit(a, group);

	claim(unit, group, index);
	for (size_t i = 0; i < group->n_members; i++)
		if (a->instances[group->members[i]]->unit != NULL)
			move(a, group->members[i], unit);
	for (size_t i = 0; i < group->n_members; i++)
		move(a, group->members[i], unit);
}

/* A single instance needs a unit of its own, in which nobody else is any more. */
static void assign_single(const struct assignment *a, uint32_t index)
{
	struct unit *unit = a->instances[index]->unit;

	if (!unit || unit->claimed || unit->engine.members->next)
		unit = create(a->shared);
	claim(unit, NULL, 0);
	move(a, index, unit);
}

void units_assign(struct shared *shared, const struct conf *conf, struct instance *const *instances)
{
	const struct assignment a = {shared, conf, instances};

	for (size_t i = 0; i < conf->n_instances; i++)
		if (instances[i]->unit)
			instances[i]->unit->claimed = false;
	for (uint32_t i = 0; i < conf->n_groups; i++)
		assign_group(&a, i);
	for (uint32_t i = 0; i < conf->n_instances; i++)
		if (conf->instances[i].group == GROUP_NONE)
			assign_single(&a, i);
}
