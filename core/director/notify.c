/*
 * Which scripts run when an instance or a sync group changes its role, with which arguments: first
 * the one for that very change (notify_master and so on, as the file has it), then the general one
 * (notify), which gets `INSTANCE NAME STATE PRIORITY` or `GROUP NAME STATE 0` appended.  The queue
 * is the identity of the instance or group, so order holds across reloads and an instance's new
 * name.  Members come before their group.
 */
#include "core/director/script.h"

#include <stdio.h>

/* What an instance or a group has configured. */
struct notified {
	const char *kind, *name;
	const char *queue;
	const struct script_conf *specific[4]; /* by enum notify_kind */
	const struct script_conf *general;
};

static void run(struct scripts *scripts, const struct notified *notified, enum notify_kind kind,
		unsigned priority)
{
	static const char *const states[] = {"BACKUP", "MASTER", "FAULT", "STOP"};
	static const char *const words[] = {"notify_backup", "notify_master", "notify_fault",
					    "notify_stop"};
	const struct script_conf *specific = notified->specific[kind];
	char label[96], number[16];
	const char *extra[] = {notified->kind, notified->name, states[kind], number, NULL};

	snprintf(number, sizeof(number), "%u", priority);
	if (specific) {
		snprintf(label, sizeof(label), "%s: %s", notified->name, words[kind]);
		scripts_add(scripts, notified->queue, label, specific, NULL);
	}
	if (notified->general) {
		snprintf(label, sizeof(label), "%s: notify %s", notified->name, states[kind]);
		scripts_add(scripts, notified->queue, label, notified->general, extra);
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

	snprintf(queue, sizeof(queue), "%s/%d/%u", instance->interface,
		 instance->family == AF_INET6 ? 6 : 4, instance->vrid);
	run(scripts, &notified, kind, priority);
}

void notify_run_group(struct scripts *scripts, const struct group_conf *group,
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

	snprintf(queue, sizeof(queue), "group %s", group->name);
	run(scripts, &notified, kind, 0);
}
