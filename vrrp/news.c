/*
 * News of changed roles on their way to main, which runs scripts, and to the ipvs role.
 *
 * A link may be full for a while, and vrrp never waits.  So what did not fit is only marked, and
 * sent again shortly, as things are by then: who missed a state that has passed missed nothing.
 * Members come before their group, as scripts expect.
 */
#include "vrrp/news.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_INTERVAL (20 * USEC_PER_MSEC)

struct unsent {
	bool notify, instance;
};

struct news {
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
	fatal("news of state %d", state);
}

static void retry_due(struct timer *timer, void *data);

static void retry_later(struct news *news)
{
	struct loop *loop = news->role->loop;

	if (!timer_is_set(&news->retry))
		timer_set(loop, &news->retry, mono_add(loop_now(loop), RETRY_INTERVAL), retry_due,
			  news);
}

/* True: it did not fit. */
static bool is_refused(struct news *news, struct link *link, enum message_type type,
		       const void *message, size_t size)
{
	if (link_send(link, type, message, size))
		return false;
	retry_later(news);
	return true;
}

static void send_notify(struct news *news, const struct instance *instance)
{
	const struct message_notify message = {
		.generation = news->generation,
		.index = instance->index,
		.kind = kind_of(engine_public_state(instance->member.unit)),
		.priority = engine_priority(&instance->member, loop_now(news->role->loop)),
	};

	news->unsent[instance->index].notify =
		is_refused(news, news->role->main, MESSAGE_NOTIFY, &message, sizeof(message));
}

static void send_instance(struct news *news, const struct instance *instance)
{
	struct unsent *unsent = &news->unsent[instance->index];
	struct message_instance message = {.state = engine_public_state(instance->member.unit)};

	unsent->instance = false;
	if (news->ipvs == NULL)
		return;
	memcpy(message.name, instance->status->name, sizeof(message.name));
	unsent->instance =
		is_refused(news, news->ipvs, MESSAGE_INSTANCE, &message, sizeof(message));
}

void news_instance(struct news *news, const struct instance *instance)
{
	send_notify(news, instance);
	send_instance(news, instance);
}

void news_group(struct news *news, const struct unit *unit)
{
	const struct message_notify message = {
		.generation = news->generation,
		.index = unit->index,
		.kind = kind_of(engine_public_state(&unit->engine)),
		.is_group = 1,
	};

	news->unsent[news->n_instances + unit->index].notify =
		is_refused(news, news->role->main, MESSAGE_NOTIFY, &message, sizeof(message));
}

static void send_all(struct news *news)
{
	for (size_t i = 0; i < news->n_instances; i++) {
		if (news->unsent[i].notify)
			send_notify(news, news->instances[i]);
		if (news->unsent[i].instance)
			send_instance(news, news->instances[i]);
	}
	for (size_t i = 0; i < news->n_instances; i++) {
		const struct unit *unit = news->instances[i]->unit;

		if (unit->group != NULL && unit_is_led_by(news->instances[i]) &&
		    news->unsent[news->n_instances + unit->index].notify)
			news_group(news, unit);
	}
}

static void retry_due(struct timer *timer, void *data)
{
	(void)timer;
	send_all(data);
}

void news_reload_begin(struct news *news)
{
	send_all(news);
	timer_cancel(&news->retry);
}

void news_reload(struct news *news, uint64_t generation, struct instance *const *instances,
		 size_t n_instances, size_t n_groups)
{
	free(news->unsent);
	news->unsent = calloc(n_instances + n_groups + 1, sizeof(*news->unsent));
	if (news->unsent == NULL)
		fatal("no memory for %zu instances", n_instances);
	news->generation = generation;
	news->instances = instances;
	news->n_instances = n_instances;
}

void news_set_ipvs(struct news *news, struct link *ipvs)
{
	news->ipvs = ipvs;
	for (size_t i = 0; i < news->n_instances; i++)
		send_instance(news, news->instances[i]);
}

struct news *news_create(struct role *role)
{
	struct news *news = calloc(1, sizeof(*news));

	if (news == NULL)
		fatal("no memory for news");
	news->role = role;
	return news;
}

void news_destroy(struct news *news)
{
	timer_cancel(&news->retry);
	free(news->unsent);
	free(news);
}
