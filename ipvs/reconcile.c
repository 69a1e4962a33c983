/*
 * The difference between two sorted tables, as commands in a safe order, and the words for their
 * failures.
 *
 * Pure: pass.c calls it with what is wanted and what the kernel has, and sends what comes out.
 * The order keeps promise 1: everything that adds capacity (a service, a destination, more weight)
 * goes first and is acknowledged before anything that takes capacity away.  So a fallback is there
 * before the real servers leave and the real servers are back before it goes, and a service that
 * has a destination before and after has one at every moment between.
 *
 * codec.c brings commands into netlink's form, kernel.c sends them.  IPVS says no with plain errno
 * values whose meaning depends on the command (ENOENT for a new service is an unknown scheduler);
 * the table here turns them into what an operator can act on.
 */
#include "ipvs/reconcile.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <string.h>

#include "core/base/text.h"

#define SERVICE_WRITE (1U << COMMAND_NEW_SERVICE | 1U << COMMAND_SET_SERVICE)
#define DESTINATIONS                                                     \
	(1U << COMMAND_NEW_DESTINATION | 1U << COMMAND_SET_DESTINATION | \
	 1U << COMMAND_DEL_DESTINATION)
#define ANY_COMMAND (SERVICE_WRITE | 1U << COMMAND_DEL_SERVICE | DESTINATIONS)

static const char *const attempts[] = {
	[COMMAND_NEW_SERVICE] = "cannot add the service",
	[COMMAND_SET_SERVICE] = "cannot change the service",
	[COMMAND_DEL_SERVICE] = "cannot delete the service",
	[COMMAND_NEW_DESTINATION] = "cannot add server",
	[COMMAND_SET_DESTINATION] = "cannot change server",
	[COMMAND_DEL_DESTINATION] = "cannot delete server",
};

/* The first row that fits holds. */
static const struct {
	int error;
	unsigned kinds; /* bit mask of enum command_kind */
	const char *text;
} reasons[] = {
	{ENOENT, SERVICE_WRITE, "the kernel does not know this scheduler"},
	{ENOENT, DESTINATIONS, "the kernel no longer has it"},
	{ESRCH, ANY_COMMAND, "the kernel no longer has the service"},
	{EEXIST, ANY_COMMAND, "the kernel has it already"},
	{EINVAL, DESTINATIONS, "the kernel finds address, method and family inconsistent"},
	{EINVAL, SERVICE_WRITE, "the kernel finds its parameters inconsistent"},
	{ERANGE, DESTINATIONS, "weight or threshold out of range"},
	{EAFNOSUPPORT, ANY_COMMAND, "this kernel's IPVS does not know the address family"},
	{EPROTONOSUPPORT, ANY_COMMAND, "this kernel's IPVS does not know the protocol"},
	{EPERM, ANY_COMMAND, "no permission (CAP_NET_ADMIN is needed)"},
	{EBUSY, ANY_COMMAND, "the kernel's table is busy"},
	{ENOMEM, ANY_COMMAND, "the kernel is out of memory"},
};

static bool same_parameters(const struct table_service *a, const struct table_service *b)
{
	if (strcmp(a->scheduler, b->scheduler) != 0 || a->flags != b->flags)
		return false;
	if (!(a->flags & IP_VS_SVC_F_PERSISTENT))
		return true;
	return a->timeout == b->timeout && a->netmask == b->netmask;
}

/* Kernels may show a local address as LOCALNODE, whatever method was asked for. */
static bool same_destination(const struct destination *wanted, const struct destination *present)
{
	return wanted->weight == present->weight &&
	       (wanted->method == present->method || present->method == IP_VS_CONN_F_LOCALNODE) &&
	       wanted->upper_threshold == present->upper_threshold &&
	       wanted->lower_threshold == present->lower_threshold;
}

void reconcile_service(const struct table_service *wanted, const struct table_service *present,
		       uint32_t tag, struct difference *difference)
{
	const struct table_service nothing = {0};
	struct command command = {.tag = tag, .service = wanted ? wanted : present};

	if (!wanted) {
		command.kind = COMMAND_DEL_SERVICE;
		if (present)
			vector_add(&difference->remove, sizeof(command), &command);
		return;
	}
	command.kind = present ? COMMAND_SET_SERVICE : COMMAND_NEW_SERVICE;
	if (!present || !same_parameters(wanted, present))
		vector_add(&difference->add, sizeof(command), &command);
	if (!present)
		present = &nothing;
	for (size_t w = 0, p = 0; w < wanted->n_destinations || p < present->n_destinations;) {
		const struct destination *want = &wanted->destinations[w];
		const struct destination *have = &present->destinations[p];
		int order = w == wanted->n_destinations	   ? 1
			    : p == present->n_destinations ? -1
							   : table_destination_compare(want, have);

		command.kind = order < 0   ? COMMAND_NEW_DESTINATION
			       : order > 0 ? COMMAND_DEL_DESTINATION
					   : COMMAND_SET_DESTINATION;
		command.destination = order > 0 ? *have : *want;
		if (order > 0 || (order == 0 && want->weight < have->weight))
			vector_add(&difference->remove, sizeof(command), &command);
		else if (order < 0 || !same_destination(want, have))
			vector_add(&difference->add, sizeof(command), &command);
		w += order <= 0;
		p += order >= 0;
	}
}

size_t reconcile_count(const struct difference *difference)
{
	return difference->add.count + difference->remove.count;
}

void reconcile_clear(struct difference *difference)
{
	vector_free(&difference->add);
	vector_free(&difference->remove);
}

const char *command_error(const struct command *command, int error, char text[COMMAND_TEXT_SIZE])
{
	const char *scheduler = command->service->scheduler;
	bool destination = DESTINATIONS & 1U << command->kind;
	const char *reason = strerror(error);

	text_print(text, COMMAND_TEXT_SIZE, "%s", attempts[command->kind]);
	if (destination)
		text_append(text, COMMAND_TEXT_SIZE, " %s",
			    endpoint_text(&command->destination.address, command->destination.port)
				    .text);
	else if (error == ENOENT)
		text_append(text, COMMAND_TEXT_SIZE, " (scheduler %s, module ip_vs_%s)", scheduler,
			    scheduler);
	for (size_t i = sizeof(reasons) / sizeof(reasons[0]); i-- > 0;)
		if (reasons[i].error == error && reasons[i].kinds & 1U << command->kind)
			reason = reasons[i].text;
	text_append(text, COMMAND_TEXT_SIZE, ": %s", reason);
	return text;
}
