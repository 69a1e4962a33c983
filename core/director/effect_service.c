/*
 * What changes of services, their servers and those servers' checks do to traffic: how many
 * connections stay, end or go elsewhere (effect.c).
 *
 * The numbers are those of the kernel's table when it was last compared, at most ten seconds ago.
 * What IPVS does: a destination's change of weight, method or scheduler leaves its connections
 * alone; packets to a destination that is removed are dropped, so one that has connections leaves
 * later, unless its service asks for it.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/director/effect_parts.h"

struct service_teller {
	struct telling *telling;
	const struct change *change;
	const struct service_conf *before; /* NULL: it is new */
	const struct service_conf *after;  /* NULL: it goes */
	bool disturbs;
};

static struct service_teller service_teller(struct telling *telling, const struct change *change)
{
	const struct effect_facts *facts = telling->facts;
	struct service_teller teller = {.telling = telling, .change = change};

	if (change->before.owner != CHANGE_NOWHERE)
		teller.before = &facts->before->services[change->before.owner];
	if (change->after.owner != CHANGE_NOWHERE)
		teller.after = &facts->after->services[change->after.owner];
	return teller;
}

static const char *service_name(const struct service_teller *teller)
{
	char name[STATUS_NAME_SIZE];

	return arena_strdup(teller->telling->arena,
			    service_conf_name(teller->after ? teller->after : teller->before, name,
					      sizeof(name)));
}

/* "412 active connections are cut" */
static const char *connections(const struct service_teller *teller, uint64_t n, const char *one,
			       const char *many)
{
	if (n == 0)
		return "no active connections";
	return arena_printf(teller->telling->arena, "%" PRIu64 " active connection%s %s", n,
			    n == 1 ? "" : "s", n == 1 ? one : many);
}

/* ---- services ---- */

static uint64_t count_active(const struct service_teller *teller)
{
	const struct effect_facts *facts = teller->telling->facts;
	uint32_t owner = teller->change->before.owner;
	struct server_status status;
	uint64_t n = 0;

	for (uint32_t i = 0; i < teller->before->n_servers; i++)
		if (facts->server(facts->data, teller->telling->first_server[owner] + i, &status))
			n += status.connections_active;
	return n;
}

/* As desired_quorum() in ipvs/ will see it. */
static const char *tell_quorum(struct service_teller *teller)
{
	const struct effect_facts *facts = teller->telling->facts;
	const struct service_conf *conf = teller->after;
	uint64_t gained = (uint64_t)conf->quorum + conf->hysteresis;
	uint64_t lost_below = conf->quorum > conf->hysteresis ? conf->quorum - conf->hysteresis : 0;
	struct arena *arena = teller->telling->arena;
	struct service_status status;
	bool up;

	if (!facts->service(facts->data, teller->change->before.owner, &status))
		return "";
	up = status.quorum_up;
	if (status.weight_up == 0 || status.weight_up < lost_below)
		up = false;
	else if (status.weight_up >= gained)
		up = true;
	if (up == status.quorum_up)
		return "";
	teller->disturbs = true;
	if (up)
		return arena_printf(arena, "%u of %u are up: the quorum is regained",
				    status.weight_up, conf->quorum);
	return arena_printf(arena, "only %u of %u are up: the quorum is lost, %s", status.weight_up,
			    conf->quorum,
			    conf->n_fallbacks ? "the fallback serves"
					      : "and there is no fallback: the servers stay");
}

static const char *tell_service_value(struct service_teller *teller)
{
	const struct keyword *row = teller->change->row;

	if (!row)
		return "";
	if (row->support != SUPPORT_FULL)
		return "has no effect in this version";
	switch (teller->change->offset) {
	case offsetof(struct service_conf, quorum):
	case offsetof(struct service_conf, hysteresis):
		return tell_quorum(teller);
	case offsetof(struct service_conf, scheduler):
		return "for new connections, the others stay where they are";
	default:
		return "";
	}
}

static const char *tell_service_removed(struct service_teller *teller)
{
	const char *name = "leaves the kernel's table";

	teller->disturbs = true;
	return arena_printf(teller->telling->arena, "%s, %s", name,
			    connections(teller, count_active(teller), "is cut", "are cut"));
}

void tell_service(struct telling *telling, const struct change *change)
{
	struct service_teller teller = service_teller(telling, change);
	struct effect effect = {.change = change, .count = 1, .name = service_name(&teller)};
	const char *what = "";

	switch (change->kind) {
	case CHANGE_ADDED:
		effect.traffic = "";
		what = arena_printf(telling->arena, "new, %zu server%s", teller.after->n_servers,
				    teller.after->n_servers == 1 ? "" : "s");
		break;
	case CHANGE_REMOVED:
		effect.traffic = tell_service_removed(&teller);
		what = "removed";
		break;
	case CHANGE_MOVED:
	case CHANGE_VALUE:
		effect.traffic = tell_service_value(&teller);
		what = arena_printf(telling->arena, "%s %s", change->word,
				    tell_values(telling, change));
		break;
	}
	effect.disturbs = teller.disturbs;
	effect.text = arena_printf(telling->arena, "service %s: %s%s%s", effect.name, what,
				   *effect.traffic ? ": " : "", effect.traffic);
	vector_add(&telling->told, sizeof(effect), &effect);
}

/* ---- servers ---- */

void server_group_add(const struct telling *telling, struct server_group *group,
		      const struct change *change)
{
	const struct effect_facts *facts = telling->facts;
	struct server_status status;

	group->count++;
	if (change->object == CHANGE_OF_SERVICE || change->before.part == CHANGE_NOWHERE ||
	    !facts->server(facts->data,
			   telling->first_server[change->before.owner] + change->before.part,
			   &status))
		return;
	group->active += status.connections_active;
	group->n_up += status.state == SERVER_UP;
	group->n_down += status.state == SERVER_DOWN;
	group->n_serving += status.weight_kernel > 0;
}

static const struct server_conf *server_of(const struct service_teller *teller)
{
	const struct change *change = teller->change;

	return change->after.part != CHANGE_NOWHERE ? &teller->after->servers[change->after.part]
						    : &teller->before->servers[change->before.part];
}

static const char *tell_server_removed(struct service_teller *teller,
				       const struct server_group *group)
{
	if (server_of(teller)->fallback && group->n_serving == 0)
		return "";
	/* ipvs/leaving.c */
	if (teller->after->protocol != IPPROTO_UDP && teller->after->n_servers > 0 &&
	    teller->after->servers[0].on_failure == ON_FAILURE_QUIESCE)
		return connections(teller, group->active, "is drained", "are drained");
	teller->disturbs = group->active > 0;
	return connections(teller, group->active, "is cut", "are cut");
}

static const char *tell_weight(struct service_teller *teller, const struct server_group *group)
{
	if (group->n_down == group->count)
		return "counts when it is up again";
	if (server_of(teller)->weight == 0)
		return arena_printf(teller->telling->arena, "no new connections, %s",
				    connections(teller, group->active, "stays", "stay"));
	return "";
}

static const char *tell_policy(struct service_teller *teller, const struct server_group *group)
{
	if (group->n_down == 0 || server_of(teller)->on_failure == ON_FAILURE_QUIESCE ||
	    teller->before->servers[teller->change->before.part].on_failure != ON_FAILURE_QUIESCE)
		return "";
	teller->disturbs = group->active > 0;
	return arena_printf(teller->telling->arena, "%u down: removed now, %s", group->n_down,
			    connections(teller, group->active, "is cut", "are cut"));
}

static const char *tell_server_value(struct service_teller *teller,
				     const struct server_group *group)
{
	const struct keyword *row = teller->change->row;

	if (row && row->support != SUPPORT_FULL)
		return "has no effect in this version";
	switch (teller->change->offset) {
	case offsetof(struct server_conf, weight):
		return tell_weight(teller, group);
	case offsetof(struct server_conf, on_failure):
		return tell_policy(teller, group);
	case offsetof(struct server_conf, forward):
		return arena_printf(
			teller->telling->arena, "for new connections, %s",
			connections(teller, group->active, "keeps its way", "keep their way"));
	default:
		return "";
	}
}

static const char *tell_server(struct service_teller *teller, const struct server_group *group)
{
	switch (teller->change->kind) {
	case CHANGE_ADDED:
		return server_of(teller)->alpha ? "is down until its checks have passed" : "";
	case CHANGE_REMOVED:
		return tell_server_removed(teller, group);
	case CHANGE_MOVED:
	case CHANGE_VALUE:
		return tell_server_value(teller, group);
	}
	return "";
}

/* A changed check is another check: the server's state stays until it knows better. */
static const char *tell_check(struct service_teller *teller, const struct server_group *group)
{
	const struct keyword *row = teller->change->row;

	if (row && row->support != SUPPORT_FULL)
		return "has no effect in this version";
	if (server_of(teller)->n_targets == 0)
		return group->n_down ? "not checked any more: comes up" : "not checked any more";
	if (teller->change->kind == CHANGE_REMOVED)
		return "";
	if (group->n_down == group->count)
		return "stays down until the new check has a result";
	if (group->n_up == group->count)
		return "stays up until the new check has a result";
	return "the state stays until the new check has a result";
}

/* "10.0.1.7:80", "100 servers", "100 checks" */
static const char *group_name(const struct service_teller *teller, const struct server_group *group)
{
	const struct server_conf *server = server_of(teller);
	struct arena *arena = teller->telling->arena;

	if (group->count > 1 && teller->change->object == CHANGE_OF_CHECK)
		return arena_printf(arena, "%u checks", group->count);
	if (group->count > 1)
		return arena_printf(arena, "%u %s", group->count,
				    server->fallback ? "fallbacks" : "servers");
	return tell_endpoint(teller->telling, &server->address, server->port);
}

static const char *check_text(const struct service_teller *teller)
{
	const struct effect_facts *facts = teller->telling->facts;
	const struct change *change = teller->change;
	const struct target_conf *target = change->after.target != CHANGE_NOWHERE
						   ? &facts->after->targets[change->after.target]
						   : &facts->before->targets[change->before.target];

	return check_kind_name(target->kind);
}

/* The line without its end. */
static const char *servers_text(const struct service_teller *teller,
				const struct server_group *group, const char *name,
				const char *service)
{
	const struct change *change = teller->change;
	struct arena *arena = teller->telling->arena;
	const char *title = group->count == 1 && server_of(teller)->fallback ? "fallback " : "";
	bool many = group->count > 1;

	if (change->object == CHANGE_OF_CHECK && change->kind == CHANGE_VALUE)
		return arena_printf(arena, "%s%s of %s: %s: %s %s", title, name, service,
				    check_text(teller), change->word,
				    tell_values(teller->telling, change));
	if (change->object == CHANGE_OF_CHECK)
		return arena_printf(arena, "%s%s of %s: %s %s", title, name, service,
				    check_text(teller), change_kind_name(change->kind));
	switch (change->kind) {
	case CHANGE_ADDED:
		return arena_printf(arena, "%s%s join%s %s", title, name, many ? "" : "s", service);
	case CHANGE_REMOVED:
		return arena_printf(arena, "%s%s leave%s %s", title, name, many ? "" : "s",
				    service);
	case CHANGE_MOVED:
	case CHANGE_VALUE:
		break;
	}
	return arena_printf(arena, "%s%s of %s: %s %s", title, name, service, change->word,
			    tell_values(teller->telling, change));
}

/* The same in several services. */
static void tell_services_value(struct telling *telling, const struct server_group *group,
				struct service_teller *teller)
{
	struct effect effect = {.change = group->first, .count = group->count};

	effect.name = arena_printf(telling->arena, "%u services", group->n_services);
	effect.traffic = tell_service_value(teller);
	effect.text = arena_printf(telling->arena, "%s: %s %s%s%s", effect.name, group->first->word,
				   tell_values(telling, group->first), *effect.traffic ? ": " : "",
				   effect.traffic);
	vector_add(&telling->told, sizeof(effect), &effect);
}

void tell_servers(struct telling *telling, const struct server_group *group)
{
	const struct change *change = group->first;
	struct service_teller teller = service_teller(telling, change);
	struct effect effect = {.change = change, .count = group->count};
	const char *whose;

	if (change->object == CHANGE_OF_SERVICE) {
		tell_services_value(telling, group, &teller);
		return;
	}
	effect.name = group_name(&teller, group);
	effect.owner = service_name(&teller);
	whose = arena_printf(telling->arena, "service %s", effect.owner);
	if (group->n_services > 1)
		whose = effect.owner =
			arena_printf(telling->arena, "%u services", group->n_services);
	effect.traffic = change->object == CHANGE_OF_CHECK ? tell_check(&teller, group)
							   : tell_server(&teller, group);
	effect.disturbs = teller.disturbs;
	effect.text = arena_printf(telling->arena, "%s%s%s",
				   servers_text(&teller, group, effect.name, whose),
				   *effect.traffic ? ": " : "", effect.traffic);
	vector_add(&telling->told, sizeof(effect), &effect);
}
