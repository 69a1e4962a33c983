/*
 * The scripts that main runs at vrrp's request.
 *
 * Notify scripts, when an instance or a sync group has changed its role: first the one for that
 * very change (notify_master and so on, as the file has it), then the general one (notify), which
 * gets `INSTANCE NAME STATE PRIORITY` or `GROUP NAME STATE 0` appended.  The queue is the identity
 * of the instance or group, so order holds across reloads and an instance's new name.  Members come
 * before their group.
 *
 * fence_script, before vrrp takes the addresses of a router that has died; vrrp is told how it
 * ended.  An answer that comes too late, or that a main which died did not give, is vrrp's to
 * notice: it asks again.
 *
 * A request names the instance or group by its number in the configuration.
 */
#include "core/director/director_context.h"

#include <string.h>

#include "core/base/text.h"

/* ---- notify scripts ---- */

/* What an instance or a group has configured. */
struct notified {
	const char *kind, *name;
	const char *queue;
	const struct script_conf *specific[4]; /* by enum notify_kind */
	const struct script_conf *general;
};

static void run_notify(struct scripts *scripts, const struct notified *notified,
		       enum notify_kind kind, unsigned priority)
{
	static const char *const states[] = {"BACKUP", "MASTER", "FAULT", "STOP"};
	static const char *const words[] = {"notify_backup", "notify_master", "notify_fault",
					    "notify_stop"};
	const struct script_conf *specific = notified->specific[kind];
	char label[96], number[16];
	const char *extra[] = {notified->kind, notified->name, states[kind], number, NULL};

	text_print(number, sizeof(number), "%u", priority);
	if (specific) {
		text_print(label, sizeof(label), "%s: %s", notified->name, words[kind]);
		scripts_add(scripts, notified->queue, label, specific, NULL, NULL);
	}
	if (notified->general) {
		text_print(label, sizeof(label), "%s: notify %s", notified->name, states[kind]);
		scripts_add(scripts, notified->queue, label, notified->general, extra, NULL);
	}
}

void notify_run(struct scripts *scripts, const struct instance_conf *instance,
		enum notify_kind kind, unsigned priority)
{
	char queue[64];
	const struct notified notified = {
		.kind = "INSTANCE",
		.name = instance->name,
		.queue = queue,
		.specific = {instance->notify_backup, instance->notify_active,
			     instance->notify_fault, instance->notify_stop},
		.general = instance->notify,
	};

	text_print(queue, sizeof(queue), "%s/%d/%u %s",
		   instance->interface ? instance->interface : "",
		   instance->family == AF_INET6 ? 6 : 4, instance->vrid, instance->name);
	run_notify(scripts, &notified, kind, priority);
}

static void notify_run_group(struct scripts *scripts, const struct group_conf *group,
			     enum notify_kind kind)
{
	char queue[96];
	const struct notified notified = {
		.kind = "GROUP",
		.name = group->name,
		.queue = queue,
		.specific = {group->notify_backup, group->notify_active, group->notify_fault,
			     group->notify_stop},
		.general = group->notify,
	};

	text_print(queue, sizeof(queue), "group %s", group->name);
	run_notify(scripts, &notified, kind, 0);
}

void director_notify(struct director *director, const struct worker *vrrp,
		     const struct message_notify *notify)
{
	const struct generation *generation = director->running;

	/* During a reload it may still speak of the one before. */
	if (notify->generation != generation->number)
		generation = vrrp->in_force;
	if (!generation || notify->generation != generation->number ||
	    notify->index >=
		    (notify->is_group ? generation->conf->n_groups : generation->conf->n_instances))
		log_warning("notify scripts of instance or group %u not run: its configuration is "
			    "no longer in force",
			    notify->index);
	else if (notify->is_group)
		notify_run_group(director->scripts, &generation->conf->groups[notify->index],
				 (enum notify_kind)notify->kind);
	else
		notify_run(director->scripts, &generation->conf->instances[notify->index],
			   (enum notify_kind)notify->kind, notify->priority);
}

/* ---- fence_script ---- */

static void fence_answer(struct director *director, uint64_t request, bool ok, const char *text)
{
	struct worker *vrrp = supervisor_find(director->supervisor, ROLE_VRRP, 0);
	struct message_fenced message = {.request = request, .ok = ok};

	memcpy(message.text, text, strnlen(text, sizeof(message.text) - 1));
	if (!vrrp || !vrrp->link ||
	    !link_send(vrrp->link, MESSAGE_FENCED, &message, sizeof(message)))
		log_warning("cannot send vrrp the result of its fence_script; it will ask again");
}

static void on_fenced(uint64_t request, bool ok, const char *text, void *data)
{
	fence_answer(data, request, ok, text);
}

void director_fence(struct director *director, const struct worker *vrrp,
		    const struct message_fence *fence)
{
	const struct generation *generation = vrrp->in_force;
	const struct script_conf *script = NULL;
	const struct conf *conf;
	const char *name = "";
	int64_t limit = 0;
	char queue[STATUS_NAME_SIZE + 16], label[STATUS_NAME_SIZE + 32];

	if (!generation || fence->generation != generation->number) {
		fence_answer(director, fence->request, false, "the configuration has just changed");
		return;
	}
	conf = generation->conf;
	if (fence->is_group && fence->index < conf->n_groups) {
		const struct group_conf *group = &conf->groups[fence->index];

		name = group->name;
		script = group->fence_script;
		limit = group->fence_timeout;
		/* The first member's that has one, where the group itself has none. */
		for (size_t i = 0; i < group->n_members && !script; i++) {
			script = conf->instances[group->members[i]].fence_script;
			limit = conf->instances[group->members[i]].fence_timeout;
		}
	} else if (!fence->is_group && fence->index < conf->n_instances) {
		name = conf->instances[fence->index].name;
		script = conf->instances[fence->index].fence_script;
		limit = conf->instances[fence->index].fence_timeout;
	}
	if (!script) {
		fence_answer(director, fence->request, false, "there is no fence_script");
		return;
	}
	text_print(queue, sizeof(queue), "fence %s", name);
	text_print(label, sizeof(label), "%s: fence_script", name);
	scripts_add(director->scripts, queue, label, script, (const char *const[]){name, NULL},
		    &(struct script_question){.limit = limit,
					      .number = fence->request,
					      .done = on_fenced,
					      .data = director});
}
