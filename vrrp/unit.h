#ifndef VRRP_UNIT_H
#define VRRP_UNIT_H

#include <stddef.h>

#include "vrrp/address_probe.h"
#include "vrrp/fence.h"
#include "vrrp/instance.h"

/* What is elected: an instance, or the members of a sync group together. */
struct unit {
	struct shared *shared;
	const struct group_conf
		*group;		     /* of the configuration in force; NULL = a single instance */
	uint32_t index;		     /* of the group in that configuration */
	char name[STATUS_NAME_SIZE]; /* of the group; empty = none */
	struct engine engine;
	struct timer timer; /* the unit's own; its members have theirs */
	struct unit_fence fence;
	struct unit_probe probe;
	uint64_t request; /* the operator's request that waits for ACTION_DONE; 0 = none */
	bool started;
	bool claimed; /* by the reload that runs: it goes on under the new configuration */
	bool changed; /* by that reload: members have come or gone */
};

/* What was before an event, for those who tell what has become of it. */
struct unit_past {
	enum engine_state state;
	struct mono entered;
	const struct instance *cause; /* the member it happened to; NULL = the unit */
	struct engine_member member;  /* the cause's, if there is one */
};

static inline struct instance *unit_instance(const struct engine_member *member)
{
	return member ? (struct instance *)(uintptr_t)((const char *)member -
						       offsetof(struct instance, member))
		      : NULL;
}

#define FOR_EACH_INSTANCE(i, unit)                                          \
	for (struct instance *i = unit_instance((unit)->engine.members); i; \
	     i = unit_instance(i->member.next))

/* unit.c */
/* Who is elected with whom, by a configuration whose instances these are, in its order.  Units keep
 * their role where their members stay together; one that loses a member loses its request, too.
 * unit_regroup() is wanted for those that are `changed`. */
void units_assign(struct shared *shared, const struct conf *conf,
		  struct instance *const *instances);
/* Takes the instance out of its unit, which goes with its last member. */
void unit_leave(struct instance *instance);
/* For messages: the group's name, or the instance's. */
const char *unit_name(const struct unit *unit);
/* Why it is in fault; else empty. */
const char *unit_fault(const struct unit *unit);
/* Writes the records of all its members. */
void unit_publish(struct unit *unit);
/* Tells the engine, and does what it answers. */
void unit_handle(struct unit *unit, const struct engine_event *event);
/* Takes up what its members' predecessors left, after engine_member_adopt() for each. */
void unit_adopt(struct unit *unit);
/* No election is entered before `hold`; 0 = at once. */
void unit_start(struct unit *unit, struct mono hold);
/* Makes one role of those that its members brought along. */
void unit_regroup(struct unit *unit);
void unit_command(struct unit *unit, enum engine_event_kind kind);
/* For a member's timer: what sockets have for it first, then the engine. */
void unit_member_due(struct instance *instance, struct mono due);
/* The member that stands for the unit where something is done once for each. */
bool unit_is_led_by(const struct instance *instance);
/* Some member has a predecessor's journal. */
bool unit_has_past(const struct unit *unit);
/* Neither plays a role nor waits for addresses to go. */
bool unit_is_idle(const struct unit *unit);

#endif
