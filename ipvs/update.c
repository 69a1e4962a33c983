/*
 * An update of the kernel's table: the commands of one pass with the services they are for.
 *
 * pass.c makes it from what differs, sends it batch by batch and hands in the answers.  An update
 * holds copies of what was wanted when it was made; what becomes due meanwhile waits for the next.
 *
 * What to do when the kernel refuses something is decided here.  A service that could not be made
 * gets no destinations.  A destination that could not be added does not keep the others from being
 * added, nor the failed ones from being taken out - unless nothing would be left to serve: then
 * what serves now stays.
 */
#include "ipvs/update.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"

void update_begin(struct update *update, size_t n_items)
{
	update_clear(update);
	update->items = alloc_array(n_items, sizeof(*update->items));
}

void update_clear(struct update *update)
{
	for (size_t i = 0; i < update->n_items; i++)
		table_service_clear(&update->items[i].target);
	free(update->items);
	reconcile_clear(&update->difference);
	*update = (struct update){0};
}

void update_service(struct update *update, struct service *service)
{
	struct update_item *item = &update->items[update->n_items];
	size_t before = reconcile_count(&update->difference);

	table_service_copy(&item->target, &service->wanted);
	reconcile_service(&item->target, service->in_kernel ? &service->present : NULL,
			  (uint32_t)update->n_items, &update->difference);
	if (reconcile_count(&update->difference) == before) {
		table_service_clear(&item->target);
		return;
	}
	item->service = service;
	for (size_t i = 0; i < item->target.n_destinations; i++)
		item->serving += item->target.destinations[i].weight > 0;
	update->n_items++;
}

void update_deletion(struct update *update, const struct table_key *key)
{
	struct update_item *item = &update->items[update->n_items];

	item->target.key = *key;
	reconcile_service(NULL, &item->target, (uint32_t)update->n_items, &update->difference);
	update->n_items++;
}

size_t update_batch(struct update *update, enum update_step step, struct command *batch, size_t max)
{
	const struct vector *list =
		step == UPDATE_ADD ? &update->difference.add : &update->difference.remove;
	const struct command *commands = list->items;
	size_t count = 0;

	while (count < max && update->position < list->count) {
		const struct command *command = &commands[update->position++];
		const struct update_item *item = &update->items[command->tag];

		if (!item->refused && (step == UPDATE_ADD || !item->failed || item->serving > 0))
			batch[count++] = *command;
	}
	if (count == 0)
		update->position = 0;
	return count;
}

static void log_refusal(struct service *service, const char *text)
{
	if (!service) {
		log_warning("IPVS: %s", text);
	} else if (strcmp(service->error, text) != 0) {
		log_warning("service %s: %s", service->name, text);
		text_print(service->error, sizeof(service->error), "%s", text);
	}
}

void update_answers(struct update *update, const struct command *batch, size_t count,
		    const int *errors)
{
	update->sent += count;
	for (size_t i = 0; i < count; i++) {
		struct update_item *item = &update->items[batch[i].tag];
		enum command_kind kind = batch[i].kind;
		bool is_gone = errors[i] == ENOENT || errors[i] == ESRCH;

		/* What is to go and is gone already is no failure. */
		if (errors[i] == 0 ||
		    (is_gone && (kind == COMMAND_DEL_SERVICE || kind == COMMAND_DEL_DESTINATION)))
			continue;
		update->failures++;
		/* One line per service: what follows a refusal mostly follows from it. */
		if (!item->failed)
			log_refusal(item->service,
				    command_error(&batch[i], errors[i], update->text));
		item->failed = true;
		if (kind == COMMAND_NEW_SERVICE || kind == COMMAND_DEL_SERVICE)
			item->refused = true;
		else if (kind == COMMAND_NEW_DESTINATION || kind == COMMAND_SET_DESTINATION)
			item->serving -= batch[i].destination.weight > 0 && item->serving > 0;
	}
}

static void settle_item(struct update_item *item)
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

void update_settle(struct update *update)
{
	for (size_t i = 0; i < update->n_items; i++)
		settle_item(&update->items[i]);
}
