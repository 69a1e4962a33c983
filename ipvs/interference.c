/*
 * Somebody else changed one of our services in the kernel.
 *
 * pass.c restores it at the next comparison; here it is put into words, and watched whether it
 * happens again and again.  Two programs that both insist on a service would make it flap for
 * ever: after a few rounds we say so once and restore more and more rarely, until a comparison
 * finds the service as we left it.
 */
#include "ipvs/interference.h"

#include <stdio.h>

#include "core/base/log.h"
#include "ipvs/reconcile.h"

#define TEXT_SIZE 256

/* What was done to the service, told by the command that undoes it. */
static void describe(const struct command *undo, const struct table_service *found,
		     char text[TEXT_SIZE])
{
	const struct destination *wanted = &undo->destination;
	char server[ENDPOINT_TEXT_SIZE] = "";
	const struct destination *changed;
	int length = 0;

	if (wanted->address.family != 0)
		endpoint_format(&wanted->address, wanted->port, server);
	switch (undo->kind) {
	case COMMAND_NEW_SERVICE:
		length = snprintf(text, TEXT_SIZE, "it was deleted");
		break;
	case COMMAND_SET_SERVICE:
		length = snprintf(text, TEXT_SIZE, "scheduler or persistence was changed");
		break;
	case COMMAND_DEL_SERVICE:
		length = snprintf(text, TEXT_SIZE, "it was added");
		break;
	case COMMAND_NEW_DESTINATION:
		length = snprintf(text, TEXT_SIZE, "server %s was removed", server);
		break;
	case COMMAND_SET_DESTINATION:
		changed = table_service_find(found, &wanted->address, wanted->port);
		if (changed && changed->weight != wanted->weight)
			length = snprintf(text, TEXT_SIZE, "server %s: weight %d → %d", server,
					  wanted->weight, changed->weight);
		else
			length = snprintf(text, TEXT_SIZE, "server %s: method or thresholds",
					  server);
		break;
	case COMMAND_DEL_DESTINATION:
		length = snprintf(text, TEXT_SIZE, "server %s was added", server);
		break;
	}
	if (length < 0)
		text[0] = '\0';
}

static void warn(const struct interference *interference, const char *name,
		 const struct table_service *found, const struct difference *undo)
{
	const struct command_list *list = undo->add.n_commands > 0 ? &undo->add : &undo->remove;
	size_t more = list->commands[0].kind == COMMAND_NEW_SERVICE ? 0 : reconcile_count(undo) - 1;
	char text[TEXT_SIZE];
	char rest[40] = "";

	describe(&list->commands[0], found, text);
	if (more > 0 && snprintf(rest, sizeof(rest), " and %zu more", more) < 0)
		rest[0] = '\0';
	if (interference->streak < INTERFERENCE_STREAK)
		log_warning("service %s: somebody else changed it in the kernel (%s%s); restored",
			    name, text, rest);
	else if (interference->streak == INTERFERENCE_STREAK)
		log_warning("service %s: somebody else changes it in the kernel again and again "
			    "(%s%s; another director, kube-proxy, ipvsadm in a script?); "
			    "from now on it is restored less and less often",
			    name, text, rest);
}

static unsigned hold_time(unsigned streak)
{
	unsigned doublings = streak - INTERFERENCE_STREAK;

	return doublings < 5 && 1U << doublings < INTERFERENCE_HOLD_MAX ? 1U << doublings
									: INTERFERENCE_HOLD_MAX;
}

bool interference_wait(struct interference *interference)
{
	if (interference->hold == 0)
		return false;
	interference->hold--;
	return true;
}

bool interference_judge(struct interference *interference, const char *name,
			const struct table_service *left, const struct table_service *found,
			bool unwanted)
{
	struct difference undo = {0};

	reconcile_service(left, found, 0, &undo);
	if (reconcile_count(&undo) > 0 && unwanted) {
		interference->streak++;
		warn(interference, name, found, &undo);
		if (interference->streak >= INTERFERENCE_STREAK)
			interference->hold = hold_time(interference->streak);
	} else if (!unwanted && interference->hold == 0) {
		if (interference->streak >= INTERFERENCE_STREAK)
			log_notice("service %s: left alone by others again", name);
		interference->streak = 0;
	}
	reconcile_clear(&undo);
	return interference_wait(interference);
}
