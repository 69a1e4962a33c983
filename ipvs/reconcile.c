/*
 * The difference between two sorted tables, as commands in a safe order.
 *
 * Pure: pass.c calls it with what is wanted and what the kernel has, and sends what comes out.
 * The order keeps promise 1: everything that adds capacity (a service, a destination, more weight)
 * goes first and is acknowledged before anything that takes capacity away.  So a fallback is there
 * before the real servers leave and the real servers are back before it goes, and a service that
 * has a destination before and after has one at every moment between.
 */
#include "ipvs/reconcile.h"

#include <linux/ip_vs.h>
#include <string.h>

struct builder {
	const struct table_service *service;
	uint32_t tag;
};

static void append(const struct builder *builder, struct command_list *list, enum command_kind kind,
		   const struct destination *destination)
{
	struct command command = {.kind = kind, .tag = builder->tag, .service = builder->service};

	if (destination)
		command.destination = *destination;
	command_append(list, &command);
}

static bool same_parameters(const struct table_service *a, const struct table_service *b)
{
	if (strcmp(a->scheduler, b->scheduler) != 0 || a->flags != b->flags)
		return false;
	if (!(a->flags & IP_VS_SVC_F_PERSISTENT))
		return true;
	return a->timeout == b->timeout && a->netmask == b->netmask;
}

/* Kernels may show a local address as LOCALNODE, whatever method was asked for. */
static bool same_method(const struct destination *wanted, const struct destination *present)
{
	return wanted->method == present->method || present->method == IP_VS_CONN_F_LOCALNODE;
}

static bool same_destination(const struct destination *wanted, const struct destination *present)
{
	return wanted->weight == present->weight && same_method(wanted, present) &&
	       wanted->upper_threshold == present->upper_threshold &&
	       wanted->lower_threshold == present->lower_threshold;
}

static void merge_destinations(const struct builder *builder, const struct table_service *wanted,
			       const struct table_service *present, struct difference *difference)
{
	size_t w = 0;
	size_t p = 0;

	while (w < wanted->n_destinations || p < present->n_destinations) {
		const struct destination *want = &wanted->destinations[w];
		const struct destination *have = &present->destinations[p];
		int order;

		if (w == wanted->n_destinations)
			order = 1;
		else if (p == present->n_destinations)
			order = -1;
		else
			order = table_destination_compare(want, have);

		if (order < 0)
			append(builder, &difference->add, COMMAND_NEW_DESTINATION, want);
		else if (order > 0)
			append(builder, &difference->remove, COMMAND_DEL_DESTINATION, have);
		else if (!same_destination(want, have))
			append(builder,
			       want->weight < have->weight ? &difference->remove : &difference->add,
			       COMMAND_SET_DESTINATION, want);
		w += order <= 0;
		p += order >= 0;
	}
}

void reconcile_service(const struct table_service *wanted, const struct table_service *present,
		       uint32_t tag, struct difference *difference)
{
	const struct table_service nothing = {0};
	const struct builder builder = {wanted ? wanted : present, tag};

	if (!wanted) {
		if (present)
			append(&builder, &difference->remove, COMMAND_DEL_SERVICE, NULL);
		return;
	}
	if (!present)
		append(&builder, &difference->add, COMMAND_NEW_SERVICE, NULL);
	else if (!same_parameters(wanted, present))
		append(&builder, &difference->add, COMMAND_SET_SERVICE, NULL);
	merge_destinations(&builder, wanted, present ? present : &nothing, difference);
}

size_t reconcile_count(const struct difference *difference)
{
	return difference->add.n_commands + difference->remove.n_commands;
}

void reconcile_clear(struct difference *difference)
{
	command_clear(&difference->add);
	command_clear(&difference->remove);
}
