/*
 * Notifications of changed roles on their way to main, which runs scripts, and to the ipvs role.
 *
 * A link may be full for a while, and vrrp never waits.  So what did not fit is only marked, and
 * sent again shortly, as things are by then: who missed a state that has passed missed nothing.
 * Members come before their group, as scripts expect.  In the same way more notifications than
 * NOTIFY_BURST at once and one in NOTIFY_PERIOD are put off, at most to the next reload: forged
 * adverts can change a role many times a second, and each would run scripts.  The ipvs role is told
 * at once.
 */
#include "vrrp/notifications.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

#define RETRY_INTERVAL (20 * USEC_PER_MSEC)
#define NOTIFY_BURST   20
#define NOTIFY_PERIOD  USEC_PER_SEC

struct unsent {
	bool notify, instance;
	struct bucket notifications;
};

struct notifications {
	struct role *role;
	struct link *ipvs; /* NULL = none */
	uint64_t generation;
	struct instance *const *instances;
	size_t n_instances;
	struct unsent *unsent; /* of the instances, then of the groups */
	size_t n_unsent;
	struct timer retry;
};

static const uint8_t kinds[] = {
	[INSTANCE_INIT] = NOTIFY_STOP,
	[INSTANCE_BACKUP] = NOTIFY_BACKUP,
	[INSTANCE_ACTIVE] = NOTIFY_ACTIVE,
	[INSTANCE_FAULT] = NOTIFY_FAULT,
};

static void retry_due(struct timer *timer, void *data);

static bool retry_later(struct notifications *queue)
{
	struct loop *loop = queue->role->loop;

	if (!timer_is_set(&queue->retry))
		timer_set(loop, &queue->retry, mono_add(loop_now(loop), RETRY_INTERVAL), retry_due,
			  queue);
	return true;
}

/* True: it did not fit. */
static bool is_refused(struct notifications *queue, struct link *link, enum message_type type,
		       const void *message, size_t size)
{
	return !link_send(link, type, message, size) && retry_later(queue);
}

static void notify(struct notifications *queue, struct unsent *unsent,
		   const struct message_notify *message)
{
	const struct bucket before = unsent->notifications;

	/* After the end there is no later; and that is no stranger's doing. */
	if (message->kind == NOTIFY_STOP ||
	    bucket_take(&unsent->notifications, loop_now(queue->role->loop), NOTIFY_PERIOD,
			NOTIFY_BURST)) {
		unsent->notify = is_refused(queue, queue->role->main, MESSAGE_NOTIFY, message,
					    sizeof(*message));
		if (unsent->notify)
			unsent->notifications = before;
	} else {
		unsent->notify = retry_later(queue);
	}
}

static void send_notify(struct notifications *queue, const struct instance *instance)
{
	const struct message_notify message = {
		.generation = queue->generation,
		.index = instance->index,
		.kind = kinds[engine_public_state(instance->member.unit)],
		.priority = engine_priority(&instance->member, loop_now(queue->role->loop)),
	};

	notify(queue, &queue->unsent[instance->index], &message);
}

static void send_instance(struct notifications *queue, const struct instance *instance)
{
	struct unsent *unsent = &queue->unsent[instance->index];
	struct message_instance message = {.state = engine_public_state(instance->member.unit)};

	unsent->instance = false;
	if (!queue->ipvs)
		return;
	memcpy(message.name, instance->status->name, sizeof(message.name));
	unsent->instance =
		is_refused(queue, queue->ipvs, MESSAGE_INSTANCE, &message, sizeof(message));
}

void notifications_instance(struct notifications *queue, const struct instance *instance)
{
	send_notify(queue, instance);
	send_instance(queue, instance);
}

void notifications_group(struct notifications *queue, const struct unit *unit)
{
	const struct message_notify message = {
		.generation = queue->generation,
		.index = unit->index,
		.kind = kinds[engine_public_state(&unit->engine)],
		.is_group = 1,
	};

	notify(queue, &queue->unsent[queue->n_instances + unit->index], &message);
}

static void send_all(struct notifications *queue)
{
	for (size_t i = 0; i < queue->n_instances; i++) {
		if (queue->unsent[i].notify)
			send_notify(queue, queue->instances[i]);
		if (queue->unsent[i].instance)
			send_instance(queue, queue->instances[i]);
	}
	for (size_t i = 0; i < queue->n_instances; i++) {
		const struct unit *unit = queue->instances[i]->unit;

		if (unit->group && unit_is_led_by(queue->instances[i]) &&
		    queue->unsent[queue->n_instances + unit->index].notify)
			notifications_group(queue, unit);
	}
}

static void retry_due(struct timer *timer, void *data)
{
	(void)timer;
	send_all(data);
}

void notifications_reload_begin(struct notifications *queue)
{
	/* What was put off can wait no longer. */
	for (size_t i = 0; i < queue->n_unsent; i++)
		queue->unsent[i].notifications = (struct bucket){0};
	send_all(queue);
	timer_cancel(&queue->retry);
}

void notifications_reload(struct notifications *queue, uint64_t generation,
			  struct instance *const *instances, size_t n_instances, size_t n_groups)
{
	free(queue->unsent);
	queue->n_unsent = n_instances + n_groups;
	queue->unsent = alloc_array(queue->n_unsent, sizeof(*queue->unsent));
	queue->generation = generation;
	queue->instances = instances;
	queue->n_instances = n_instances;
}

void notifications_set_ipvs(struct notifications *queue, struct link *ipvs)
{
	queue->ipvs = ipvs;
	for (size_t i = 0; i < queue->n_instances; i++)
		send_instance(queue, queue->instances[i]);
}

struct notifications *notifications_create(struct role *role)
{
	struct notifications *queue = alloc(sizeof(*queue));

	queue->role = role;
	return queue;
}

void notifications_destroy(struct notifications *queue)
{
	timer_cancel(&queue->retry);
	free(queue->unsent);
	free(queue);
}
