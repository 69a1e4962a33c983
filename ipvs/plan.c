/*
 * A plan: the commands of one pass with the services they are for.
 *
 * pass.c makes it from what differs, sends it batch by batch and hands in the answers.  A plan
 * holds copies of what was wanted when it was made; what becomes due meanwhile waits for the next.
 *
 * What to do when the kernel refuses something is decided here.  A service that could not be made
 * gets no destinations.  A destination that could not be added does not keep the others from being
 * added, nor the failed ones from being taken out - unless nothing would be left to serve: then
 * what serves now stays.
 */
#include "ipvs/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

void plan_begin(struct plan *plan, size_t n_items)
{
	plan_clear(plan);
	plan->items = calloc(n_items + 1, sizeof(*plan->items));
	if (!plan->items)
		fatal("out of memory");
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_items; i++)
		table_service_clear(&plan->items[i].target);
	free(plan->items);
	reconcile_clear(&plan->difference);
	*plan = (struct plan){0};
}

void plan_service(struct plan *plan, struct service *service)
{
	struct plan_item *item = &plan->items[plan->n_items];
	size_t before = reconcile_count(&plan->difference);

	table_service_copy(&item->target, &service->wanted);
	reconcile_service(&item->target, service->in_kernel ? &service->present : NULL,
			  (uint32_t)plan->n_items, &plan->difference);
	if (reconcile_count(&plan->difference) == before) {
		table_service_clear(&item->target);
		return;
	}
	item->service = service;
	for (size_t i = 0; i < item->target.n_destinations; i++)
		item->serving += item->target.destinations[i].weight > 0;
	plan->n_items++;
}

void plan_deletion(struct plan *plan, const struct table_key *key)
{
	struct plan_item *item = &plan->items[plan->n_items];

	item->target.key = *key;
	reconcile_service(NULL, &item->target, (uint32_t)plan->n_items, &plan->difference);
	plan->n_items++;
}

static bool is_held_back(const struct plan_item *item, enum plan_step step)
{
	return item->refused || (step == PLAN_REMOVE && item->failed && item->serving == 0);
}

size_t plan_batch(struct plan *plan, enum plan_step step, struct command *batch, size_t max)
{
	const struct command_list *list =
		step == PLAN_ADD ? &plan->difference.add : &plan->difference.remove;
	size_t count = 0;

	while (count < max && plan->position < list->n_commands) {
		const struct command *command = &list->commands[plan->position++];

		if (!is_held_back(&plan->items[command->tag], step))
			batch[count++] = *command;
	}
	if (count == 0)
		plan->position = 0;
	return count;
}

static void log_refusal(struct service *service, const char *text)
{
	if (!service) {
		log_warning("IPVS: %s", text);
		return;
	}
	if (strcmp(service->error, text) == 0)
		return;
	log_warning("service %s: %s", service->name, text);
	if (snprintf(service->error, sizeof(service->error), "%s", text) < 0)
		service->error[0] = '\0';
}

/* What is to go and is gone already is no failure. */
static bool is_failure(const struct command *command, int error)
{
	bool deletion =
		command->kind == COMMAND_DEL_SERVICE || command->kind == COMMAND_DEL_DESTINATION;

	return error != 0 && !(deletion && (error == ENOENT || error == ESRCH));
}

static void note_failure(struct plan_item *item, const struct command *command)
{
	item->failed = true;
	switch (command->kind) {
	case COMMAND_NEW_SERVICE:
	case COMMAND_SET_SERVICE:
	case COMMAND_DEL_SERVICE:
		item->refused |= command->kind != COMMAND_SET_SERVICE;
		break;
	case COMMAND_NEW_DESTINATION:
	case COMMAND_SET_DESTINATION:
		if (command->destination.weight > 0 && item->serving > 0)
			item->serving--;
		break;
	case COMMAND_DEL_DESTINATION:
		break;
	}
}

void plan_answers(struct plan *plan, const struct command *batch, size_t count, const int *errors)
{
	plan->sent += count;
	for (size_t i = 0; i < count; i++) {
		struct plan_item *item = &plan->items[batch[i].tag];

		if (!is_failure(&batch[i], errors[i]))
			continue;
		plan->failures++;
		/* One line per service: what follows a refusal mostly follows from it. */
		if (!item->failed)
			log_refusal(item->service, command_error(&batch[i], errors[i], plan->text));
		note_failure(item, &batch[i]);
	}
}

static void settle_item(struct plan_item *item)
{
	struct service *service = item->service;

	if (!service)
		return;
	if (item->failed) {
		service->certain = false;
		return;
	}
	/* Connection counts stay what the last dump said until the next. */
	for (size_t i = 0; i < item->target.n_destinations; i++) {
		struct destination *now = &item->target.destinations[i];
		const struct destination *before =
			table_service_find(&service->present, &now->address, now->port);

		now->active = before ? before->active : 0;
		now->inactive = before ? before->inactive : 0;
	}
	table_service_copy(&service->present, &item->target);
	service->in_kernel = true;
	if (service->error[0] != '\0')
		log_notice("service %s: the kernel accepts it now", service->name);
	service->error[0] = '\0';
}

void plan_settle(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_items; i++)
		settle_item(&plan->items[i]);
}
