/*
 * Notifications of changed roles on their way to main, which runs scripts, and to the ipvs role.
 *
 * A link may be full for a while, and vrrp never waits.  So what did not fit is only marked, and
 * sent again shortly, as things are by then: who missed a state that has passed missed nothing.
 * Members come before their group, as scripts expect.
 */
#include "vrrp/notifications.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_INTERVAL (20 * USEC_PER_MSEC)

struct unsent {
	bool notify, instance;
};

struct notifications {
	struct role *role;
	struct link *ipvs; /* NULL = none */
	uint64_t generation;
	struct instance *const *instances;
	size_t n_instances;
	struct unsent *unsent; /* of the instances, then of the groups */
	struct timer retry;
};

static enum notify_kind kind_of(enum instance_state state)
{
	switch (state) {
	case INSTANCE_INIT:
		return NOTIFY_STOP;
	case INSTANCE_BACKUP:
		return NOTIFY_BACKUP;
	case INSTANCE_ACTIVE:
		return NOTIFY_ACTIVE;
	case INSTANCE_FAULT:
		return NOTIFY_FAULT;
	}
	fatal("notification of state %d", state);
}

static void retry_due(struct timer *timer, void *data);

static void retry_later(struct notifications *all)
{
	struct loop *loop = all->role->loop;

	if (!timer_is_set(&all->retry))
		timer_set(loop, &all->retry, mono_add(loop_now(loop), RETRY_INTERVAL), retry_due,
			  all);
}

/* True: it did not fit. */
static bool is_refused(struct notifications *all, struct link *link, enum message_type type,
		       const void *message, size_t size)
{
	if (link_send(link, type, message, size))
		return false;
	retry_later(all);
	return true;
}

static void send_notify(struct notifications *all, const struct instance *instance)
{
	const struct message_notify message = {
		.generation = all->generation,
		.index = instance->index,
		.kind = kind_of(engine_public_state(instance->member.unit)),
		.priority = engine_priority(&instance->member, loop_now(all->role->loop)),
	};

	all->unsent[instance->index].notify =
		is_refused(all, all->role->main, MESSAGE_NOTIFY, &message, sizeof(message));
}

static void send_instance(struct notifications *all, const struct instance *instance)
{
	struct unsent *unsent = &all->unsent[instance->index];
	struct message_instance message = {.state = engine_public_state(instance->member.unit)};

	unsent->instance = false;
	if (all->ipvs == NULL)
		return;
	memcpy(message.name, instance->status->name, sizeof(message.name));
	unsent->instance = is_refused(all, all->ipvs, MESSAGE_INSTANCE, &message, sizeof(message));
}

void notifications_instance(struct notifications *all, const struct instance *instance)
{
	send_notify(all, instance);
	send_instance(all, instance);
}

void notifications_group(struct notifications *all, const struct unit *unit)
{
	const struct message_notify message = {
		.generation = all->generation,
		.index = unit->index,
		.kind = kind_of(engine_public_state(&unit->engine)),
		.is_group = 1,
	};

	all->unsent[all->n_instances + unit->index].notify =
		is_refused(all, all->role->main, MESSAGE_NOTIFY, &message, sizeof(message));
}

static void send_all(struct notifications *all)
{
	for (size_t i = 0; i < all->n_instances; i++) {
		if (all->unsent[i].notify)
			send_notify(all, all->instances[i]);
		if (all->unsent[i].instance)
			send_instance(all, all->instances[i]);
	}
	for (size_t i = 0; i < all->n_instances; i++) {
		const struct unit *unit = all->instances[i]->unit;

		if (unit->group != NULL && unit_is_led_by(all->instances[i]) &&
		    all->unsent[all->n_instances + unit->index].notify)
			notifications_group(all, unit);
	}
}

static void retry_due(struct timer *timer, void *data)
{
	(void)timer;
	send_all(data);
}

void notifications_reload_begin(struct notifications *all)
{
	send_all(all);
	timer_cancel(&all->retry);
}

void notifications_reload(struct notifications *all, uint64_t generation,
			  struct instance *const *instances, size_t n_instances, size_t n_groups)
{
	free(all->unsent);
	all->unsent = calloc(n_instances + n_groups + 1, sizeof(*all->unsent));
	if (all->unsent == NULL)
		fatal("no memory for %zu instances", n_instances);
	all->generation = generation;
	all->instances = instances;
	all->n_instances = n_instances;
}

void notifications_set_ipvs(struct notifications *all, struct link *ipvs)
{
	all->ipvs = ipvs;
	for (size_t i = 0; i < all->n_instances; i++)
		send_instance(all, all->instances[i]);
}

struct notifications *notifications_create(struct role *role)
{
	struct notifications *all = calloc(1, sizeof(*all));

	if (all == NULL)
		fatal("no memory for notifications");
	all->role = role;
	return all;
}

void notifications_destroy(struct notifications *all)
{
	timer_cancel(&all->retry);
	free(all->unsent);
	free(all);
}
