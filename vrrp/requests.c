/*
 * The operator's requests: standby and takeover take time (a peer has to be heard, a bound has to
 * pass), so each waits here until the last instance that it concerns has an outcome, and is then
 * answered with one message.  One for a single instance is answered in that instance's words; one
 * for all with a count, and the words of the first that did not succeed.
 *
 * Called by vrrp_role.c.  A unit has at most one request waiting; a newer one ends the older.
 * An order for a member of a sync group is one for the group.
 */
#include "vrrp/requests.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"

#define REQUESTS_MAX 16 /* at a time; operators are few */

struct request {
	bool used;
	uint64_t number; /* main's, repeated in the answer */
	bool all;
	unsigned waiting; /* for the outcomes of so many instances */
	unsigned succeeded, failed;
	char text[sizeof(((struct message_done *)0)->text)]; /* the one to tell */
};

struct requests {
	struct role *role;
	uint64_t generation;
	struct request waiting[REQUESTS_MAX];
};

static const struct {
	bool ok;
	const char *text;
	const char *peer; /* before its name; NULL = it is not named */
} outcomes[] = {
	[OUTCOME_NONE] = {false, "another request came in between", NULL},
	[OUTCOME_ACTIVE] = {true, "is Active", NULL},
	[OUTCOME_HANDED_OVER] = {true, "handed over", " to "},
	[OUTCOME_NO_PEER] = {false, "no peer took over; still Active", NULL},
	[OUTCOME_NOT_ACTIVE] = {true, "is not Active, and leaves that to any peer", NULL},
	[OUTCOME_FAULT] = {false, "is in fault", NULL},
	[OUTCOME_STOPPING] = {false, "is not running or about to stop", NULL},
	[OUTCOME_OUTRANKED] = {false, "was Active for a moment, and lost the role again", " to "},
	[OUTCOME_CONTESTED] = {false, "is Active, but so is a peer", ", "},
};

static void answer(struct requests *requests, uint64_t number, bool ok, const char *text)
{
	struct message_done done = {.request = number, .ok = ok};

	memcpy(done.text, text, strnlen(text, sizeof(done.text) - 1));
	if (!link_send(requests->role->main, MESSAGE_DONE, &done, sizeof(done)))
		log_warning("the answer to a request of the operator could not be sent: %s", text);
}

/* That of the link on which it was heard last: there it counted. */
static const struct engine_peer *peer_of(const struct unit *unit)
{
	const struct engine_peer *latest = &unit->engine.members->peer;

	for (const struct engine_member *m = unit->engine.members; m; m = m->next)
		if (mono_before(latest->heard, m->peer.heard))
			latest = &m->peer;
	return latest;
}

/* Which text wins: a failure's before a success's, the first of each. */
static void keep_text(struct request *request, const struct unit *unit, enum engine_outcome outcome)
{
	const char *reason = outcome == OUTCOME_FAULT ? unit_fault(unit) : "";
	struct address_text peer = {""};
	bool first = request->succeeded + request->failed == 1;

	if (!first && (outcomes[outcome].ok || request->failed > 1))
		return;
	if (outcomes[outcome].peer)
		peer = address_text(&peer_of(unit)->address);
	text_print(request->text, sizeof(request->text), "%s: %s%s%s%s%s", unit_name(unit),
		   outcomes[outcome].text, outcomes[outcome].peer ? outcomes[outcome].peer : "",
		   peer.text, reason[0] != '\0' ? ": " : "", reason);
}

static void finish(struct requests *requests, struct request *request)
{
	char text[sizeof(request->text)];
	unsigned total = request->succeeded + request->failed;

	request->used = false;
	if (!request->all || total == 1) {
		answer(requests, request->number, request->failed == 0, request->text);
		return;
	}
	text_print(text, sizeof(text), "%u of %u instances; %.200s", request->succeeded, total,
		   request->text);
	answer(requests, request->number, request->failed == 0, text);
}

/* unit->request is the slot's position + 1. */
void requests_outcome(struct requests *requests, struct unit *unit, enum engine_outcome outcome)
{
	struct request *request;

	if (unit->request == 0)
		return;
	request = &requests->waiting[unit->request - 1];
	unit->request = 0;
	if (outcomes[outcome].ok)
		request->succeeded++;
	else
		request->failed++;
	keep_text(request, unit, outcome);
	if (--request->waiting == 0)
		finish(requests, request);
}

/* The slot counts itself as waiting meanwhile, so that outcomes that come at once don't end it. */
static void carry_out(struct requests *requests, struct request *request,
		      enum engine_event_kind kind, struct instance *const *instances, size_t n)
{
	uint64_t slot = (uint64_t)(request - requests->waiting) + 1;

	request->waiting = 1;
	for (size_t i = 0; i < n; i++) {
		struct unit *unit = instances[i]->unit;

		if (n > 1 && unit->engine.members != &instances[i]->member)
			continue; /* one order for each group */
		requests_outcome(requests, unit, OUTCOME_NONE);
		request->waiting++;
		unit->request = slot;
		unit_command(unit, kind);
	}
	if (--request->waiting == 0)
		finish(requests, request);
}

void requests_begin(struct requests *requests, const struct message *message,
		    struct instance *const *instances, size_t n_instances)
{
	const struct message_instance_request *order = message->payload;
	bool all = order->instance == MESSAGE_ALL_INSTANCES;
	struct request *request = NULL;
	bool begin = false;

	for (size_t i = 0; i < REQUESTS_MAX && !request; i++)
		if (!requests->waiting[i].used)
			request = &requests->waiting[i];
	if (order->generation != requests->generation)
		answer(requests, order->request, false,
		       "the configuration has just changed, try again");
	else if (!request)
		answer(requests, order->request, false, "too many requests are waiting");
	else if (n_instances == 0 || (!all && order->instance >= n_instances))
		answer(requests, order->request, false, "there is no such instance");
	else
		begin = true;
	if (!begin)
		return;
	*request = (struct request){.used = true, .number = order->request, .all = all};
	carry_out(requests, request,
		  message->type == MESSAGE_STANDBY ? EVENT_STANDBY : EVENT_TAKEOVER,
		  all ? instances : instances + order->instance, all ? n_instances : 1);
}

void requests_generation(struct requests *requests, uint64_t generation)
{
	requests->generation = generation;
}

struct requests *requests_create(struct role *role)
{
	struct requests *requests = alloc(sizeof(*requests));

	requests->role = role;
	return requests;
}

void requests_destroy(struct requests *requests)
{
	free(requests);
}
