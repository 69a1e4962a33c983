/*
 * External changes: another program changed one of our services in the kernel.
 *
 * pass.c restores it at the next comparison; here it is put into words, and watched whether it
 * happens again and again.  Two programs that both insist on a service would make it flap for
 * ever: after a few rounds we say so once and restore more and more rarely, until a comparison
 * finds the service as we left it.
 */
#include "ipvs/external_change.h"

#include "core/base/log.h"
#include "core/base/text.h"
#include "ipvs/reconcile.h"

#define TEXT_SIZE 256

/* What was done to the service, told by the command that undoes it. */
static void describe(const struct command *undo, const struct table_service *found,
		     char text[TEXT_SIZE])
{
	static const char *const services[] = {
		[COMMAND_NEW_SERVICE] = "it was deleted",
		[COMMAND_SET_SERVICE] = "scheduler or persistence was changed",
		[COMMAND_DEL_SERVICE] = "it was added",
	};
	static const char *const servers[] = {
		[COMMAND_NEW_DESTINATION] = " was removed",
		[COMMAND_SET_DESTINATION] = ": method or thresholds",
		[COMMAND_DEL_DESTINATION] = " was added",
	};
	const struct destination *wanted = &undo->destination;

	if (wanted->address.family == 0) {
		text_print(text, TEXT_SIZE, "%s", services[undo->kind]);
		return;
	}
	struct endpoint_text server = endpoint_text(&wanted->address, wanted->port);
	const struct destination *changed =
		found ? table_service_find(found, &wanted->address, wanted->port) : NULL;
	if (undo->kind == COMMAND_SET_DESTINATION && changed && changed->weight != wanted->weight)
		text_print(text, TEXT_SIZE, "server %s: weight %d → %d", server.text,
			   wanted->weight, changed->weight);
	else
		text_print(text, TEXT_SIZE, "server %s%s", server.text, servers[undo->kind]);
}

static void warn(const struct external_change *external_change, const char *name,
		 const struct table_service *found, const struct difference *undo)
{
	const struct command *first = undo->add.count > 0 ? undo->add.items : undo->remove.items;
	size_t more = first->kind == COMMAND_NEW_SERVICE ? 0 : reconcile_count(undo) - 1;
	char text[TEXT_SIZE];

	describe(first, found, text);
	if (more > 0)
		text_append(text, sizeof(text), " and %zu more", more);
	if (external_change->streak < EXTERNAL_CHANGE_STREAK)
		log_warning("service %s: another program changed it in the kernel (%s); restored",
			    name, text);
	else if (external_change->streak == EXTERNAL_CHANGE_STREAK)
		log_warning("service %s: another program changes it in the kernel again and again "
			    "(%s; another director, kube-proxy, ipvsadm in a script?); "
			    "from now on it is restored less and less often",
			    name, text);
}

bool external_change_wait(struct external_change *external_change)
{
	if (external_change->hold == 0)
		return false;
	external_change->hold--;
	return true;
}

bool external_change_judge(struct external_change *external_change, const char *name,
			   const struct table_service *left, const struct table_service *found,
			   bool unwanted)
{
	struct difference undo = {0};

	reconcile_service(left, found, 0, &undo);
	if (reconcile_count(&undo) > 0 && unwanted) {
		external_change->streak++;
		warn(external_change, name, found, &undo);
		if (external_change->streak >= EXTERNAL_CHANGE_STREAK) {
			unsigned doublings = external_change->streak - EXTERNAL_CHANGE_STREAK;
			bool more = doublings >= 5 || 1U << doublings >= EXTERNAL_CHANGE_HOLD_MAX;

			external_change->hold = more ? EXTERNAL_CHANGE_HOLD_MAX : 1U << doublings;
		}
	} else if (!unwanted && external_change->hold == 0) {
		if (external_change->streak >= EXTERNAL_CHANGE_STREAK)
			log_notice("service %s: no other program changes it any more", name);
		external_change->streak = 0;
	}
	reconcile_clear(&undo);
	return external_change_wait(external_change);
}
