/*
 * Which scripts run when an instance changes its role, with which arguments: first the one for that
 * very change (notify_master and so on, as the file has it), then the general one (notify), which
 * gets `INSTANCE NAME STATE PRIORITY` appended.  The queue is the instance's identity, so order
 * holds across reloads and new names.
 */
#include "core/script.h"

#include <stdio.h>

void notify_run(struct scripts *scripts, const struct instance_conf *instance,
		enum notify_kind kind, unsigned priority)
{
	static const char *const states[] = {"BACKUP", "MASTER", "FAULT", "STOP"};
	static const char *const words[] = {"notify_backup", "notify_master", "notify_fault",
					    "notify_stop"};
	const struct script_conf *const specific[] = {
		instance->notify_backup, instance->notify_active, instance->notify_fault,
		instance->notify_stop};
	char queue[64], label[96], number[16];
	const char *extra[] = {"INSTANCE", instance->name, states[kind], number, NULL};

	snprintf(number, sizeof(number), "%u", priority);
	snprintf(queue, sizeof(queue), "%s/%d/%u", instance->interface,
		 instance->family == AF_INET6 ? 6 : 4, instance->vrid);
	if (specific[kind]) {
		snprintf(label, sizeof(label), "%s: %s", instance->name, words[kind]);
		scripts_add(scripts, queue, label, specific[kind], NULL);
	}
	if (instance->notify) {
		snprintf(label, sizeof(label), "%s: notify %s", instance->name, states[kind]);
		scripts_add(scripts, queue, label, instance->notify, extra);
	}
}
