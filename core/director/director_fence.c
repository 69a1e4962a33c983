/*
 * fence_script: vrrp asks before it takes the addresses of a router that has died, main runs the
 * script of that instance or sync group, and answers how it ended.  A question names the script by
 * its number in the configuration, as notify scripts are; an answer that comes too late, or that a
 * main which died did not give, is vrrp's to notice: it asks again.
 */
#include "core/director/director_context.h"

#include <stdio.h>
#include <string.h>

static void answer(struct director *director, uint64_t request, bool ok, const char *text)
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
	answer(data, request, ok, text);
}

/* The first member's that has one, where the group itself has none. */
static const struct instance_conf *member_of(const struct conf *conf,
					     const struct group_conf *group)
{
	for (size_t i = 0; i < group->n_members; i++)
		if (conf->instances[group->members[i]].fence_script)
			return &conf->instances[group->members[i]];
	return NULL;
}

static void run(struct director *director, const struct message_fence *fence, const char *name,
		const struct script_conf *script, int64_t limit)
{
	const char *const extra[] = {name, NULL};
	char queue[STATUS_NAME_SIZE + 16], label[STATUS_NAME_SIZE + 32];
	const struct script_question question = {
		.limit = limit, .number = fence->request, .done = on_fenced, .data = director};

	if (snprintf(queue, sizeof(queue), "fence %s", name) < 0 ||
	    snprintf(label, sizeof(label), "%s: fence_script", name) < 0)
		fatal("the name of a fence_script is too long");
	scripts_ask(director->scripts, queue, label, script, extra, &question);
}

void director_fence(struct director *director, const struct worker *vrrp,
		    const struct message_fence *fence)
{
	const struct generation *generation = vrrp->in_force;
	const struct instance_conf *instance = NULL;
	const struct group_conf *group = NULL;
	const struct conf *conf;

	if (!generation || fence->generation != generation->number) {
		answer(director, fence->request, false, "the configuration has just changed");
		return;
	}
	conf = generation->conf;
	if (fence->is_group && fence->index < conf->n_groups) {
		group = &conf->groups[fence->index];
		instance = member_of(conf, group);
	} else if (!fence->is_group && fence->index < conf->n_instances) {
		instance = &conf->instances[fence->index];
	}
	if (group && group->fence_script)
		run(director, fence, group->name, group->fence_script, group->fence_timeout);
	else if (instance && instance->fence_script)
		run(director, fence, group ? group->name : instance->name, instance->fence_script,
		    instance->fence_timeout);
	else
		answer(director, fence->request, false, "there is no fence_script");
}
