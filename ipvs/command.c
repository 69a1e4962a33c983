/*
 * Commands to the kernel's table: lists of them, and the words for their failures.
 *
 * reconcile.c makes them, codec.c brings them into netlink's form, kernel.c sends them.  IPVS says
 * no with plain errno values whose meaning depends on the command (ENOENT for a new service is an
 * unknown scheduler); the table here turns them into what an operator can act on.
 */
#include "ipvs/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

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

void command_append(struct command_list *list, const struct command *command)
{
	if (list->n_commands == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 16;
		list->commands =
			reallocarray(list->commands, list->capacity, sizeof(*list->commands));
		if (!list->commands)
			fatal("out of memory");
	}
	list->commands[list->n_commands++] = *command;
}

void command_clear(struct command_list *list)
{
	free(list->commands);
	*list = (struct command_list){0};
}

static const char *reason_text(enum command_kind kind, int error)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error == error && reasons[i].kinds & 1U << kind)
			return reasons[i].text;
	}
	return strerror(error);
}

const char *command_error(const struct command *command, int error, char text[COMMAND_TEXT_SIZE])
{
	char subject[ENDPOINT_TEXT_SIZE] = "";
	const char *space = "";

	if (DESTINATIONS & 1U << command->kind) {
		endpoint_format(&command->destination.address, command->destination.port, subject);
		space = " ";
	} else if (error == ENOENT) {
		int used = snprintf(subject, sizeof(subject), "(scheduler %s, module ip_vs_%s)",
				    command->service->scheduler, command->service->scheduler);

		space = used < 0 ? "" : " ";
	}
	int length = snprintf(text, COMMAND_TEXT_SIZE, "%s%s%s: %s", attempts[command->kind], space,
			      subject, reason_text(command->kind, error));

	if (length < 0)
		text[0] = '\0';
	return text;
}
