/*
 * Who is elected with whom: the sync groups of a configuration against the units that there are.
 *
 * A group that goes on by its name, or by its first member under another name, keeps its unit.
 * Instances that change from one unit to another take their role along, and those that were there
 * before come before new ones, so that a role goes on and is not begun anew (engine_unit.c makes
 * one of several).  Nothing is sent or heard here: the role does that when all know their place.
 */
#include "vrrp/units.h"

#include <stdlib.h>

struct assignment {
	struct instance_shared *shared;
	const struct conf *conf;
	struct instance *const *instances;
	void (*released)(struct unit *unit, void *data);
	void *data;
};

void units_leave(struct instance *instance)
{
	struct unit *unit = instance->unit;

	unit_leave(instance);
	if (unit->engine.members == NULL)
		unit_destroy(unit);
}

/* `was` goes with its last member, but only after that has brought its role along. */
static void move(const struct assignment *a, uint32_t index, struct unit *to)
{
	struct instance *instance = a->instances[index];
	struct unit *was = instance->unit;

	if (was == to)
		return;
	if (was != NULL) {
		a->released(was, a->data);
		unit_leave(instance);
	}
	unit_join(to, instance, &a->conf->instances[index], was);
	if (was != NULL && was->engine.members == NULL && !was->claimed)
		unit_destroy(was);
}

/* Of the members that were there before: the one in the group of that name, else the first's. */
static struct unit *find_unit(const struct assignment *a, const struct group_conf *group)
{
	struct unit *found = NULL;

	for (size_t i = 0; i < group->n_members; i++) {
		struct unit *unit = a->instances[group->members[i]]->unit;

		if (unit == NULL || unit->claimed || unit->name[0] == '\0')
			continue;
		if (unit_is_named(unit, group->name))
			return unit;
		if (found == NULL)
			found = unit;
	}
	return found != NULL ? found : unit_create(a->shared);
}

static void assign_group(const struct assignment *a, uint32_t index)
{
	const struct group_conf *group = &a->conf->groups[index];
	struct unit *unit = find_unit(a, group);

	unit_claim(unit, group, index);
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

	if (unit == NULL || unit->claimed || unit->engine.members->next != NULL)
		unit = unit_create(a->shared);
	unit_claim(unit, NULL, 0);
	move(a, index, unit);
}

void units_assign(struct instance_shared *shared, const struct conf *conf,
		  struct instance *const *instances,
		  void (*released)(struct unit *unit, void *data), void *data)
{
	const struct assignment a = {shared, conf, instances, released, data};

	for (size_t i = 0; i < conf->n_instances; i++)
		if (instances[i]->unit != NULL)
			instances[i]->unit->claimed = false;
	for (uint32_t i = 0; i < conf->n_groups; i++)
		assign_group(&a, i);
	for (uint32_t i = 0; i < conf->n_instances; i++)
		if (conf->instances[i].group == GROUP_NONE)
			assign_single(&a, i);
}
