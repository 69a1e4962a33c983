/*
 * The configured services at run time: states, quorum, and what is wanted of the kernel.
 *
 * The role creates them with each configuration, touches those that a verdict concerns and lets
 * them be evaluated once per turn of the loop, however many verdicts came.  The decisions are
 * desired.c's; this file keeps their results, tells the log what changed, and writes the status
 * records, which are also the journal (history.c).  pass.c brings the kernel after it.
 */
#include "ipvs/services.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"

/* Until the first dump the kernel's side is what the records said; for display only. */
static void remember_present(struct service *service, const struct service_status *record,
			     const struct server_status *server)
{
	struct destination destination = {
		.address = server->address,
		.port = server->port,
		.weight = server->weight_kernel,
		.active = server->connections_active,
		.inactive = server->connections_inactive,
	};

	if (record->in_kernel && server->weight_kernel != WEIGHT_ABSENT)
		table_service_append(&service->present, &destination);
}

static void create_service(struct service *service, const struct service_conf *conf,
			   const struct history *history, struct wall now)
{
	struct table_key key = desired_key(conf);
	const struct former_service *former = history_service(history, &key);
	const struct service_status *record = former ? &former->record : NULL;

	service->conf = conf;
	service->key = key;
	service_conf_name(conf, service->name, sizeof(service->name));
	service->facts = alloc_array(conf->n_servers, sizeof(*service->facts));
	service->quorum.up = record ? record->quorum_up : true;
	service->quorum.fallback = DESIRED_NO_FALLBACK;
	service->since = record ? record->since : now.us;
	service->in_kernel = record && record->in_kernel;
	service->touched = true;
	for (size_t i = 0; i < conf->n_servers; i++) {
		const struct server_conf *server = &conf->servers[i];
		const struct server_status *past =
			former ? history_server(history, former, &server->address, server->port,
						server->fallback)
			       : NULL;
		enum server_state state = past ? past->state : SERVER_UNKNOWN;

		service->facts[i] = (struct server_facts){
			.state = state,
			.weight = server->weight,
			.last = state,
			.since = past ? past->since : now.us,
		};
		if (past)
			remember_present(service, record, past);
	}
	table_service_sort(&service->present);
	if (!record)
		return;
	/* As it was: so that what is logged next is what changed since. */
	bool quorum_up = service->quorum.up;

	desired_quorum(conf, service->facts, &service->quorum);
	service->quorum.up = quorum_up;
	desired_service(conf, service->facts, &service->quorum, &service->wanted);
}

static int compare_keys(const void *a, const void *b)
{
	const struct service *const *left = a;
	const struct service *const *right = b;

	return table_key_compare(&(*left)->key, &(*right)->key);
}

/* For each server's target: counts (users NULL) or files the service under it. */
static void index_users(struct services *services, uint32_t *positions, uint32_t *users)
{
	for (size_t s = 0; s < services->n_services; s++) {
		const struct service_conf *conf = services->list[s].conf;

		for (size_t i = 0; i < conf->n_servers; i++) {
			for (uint32_t t = 0; t < conf->servers[i].n_targets; t++) {
				uint32_t *position = &positions[conf->servers[i].targets[t]];

				if (users)
					users[*position] = (uint32_t)s;
				++*position;
			}
		}
	}
}

static void create_index(struct services *services)
{
	size_t n_targets = services->conf->n_targets;
	uint32_t *positions = alloc_array(n_targets, sizeof(*positions));

	index_users(services, positions, NULL);
	services->user_start = alloc_array(n_targets + 1, sizeof(*services->user_start));
	for (size_t t = 0; t < n_targets; t++) {
		services->user_start[t + 1] = services->user_start[t] + positions[t];
		positions[t] = services->user_start[t];
	}
	services->users = alloc_array(services->user_start[n_targets], sizeof(*services->users));
	index_users(services, positions, services->users);
	free(positions);
}

struct services *services_create(const struct conf *conf, const struct history *history,
				 struct wall now)
{
	struct services *services = alloc(sizeof(*services));
	uint32_t first_server = 0;

	services->conf = conf;
	services->n_services = conf->n_services;
	services->list = alloc_array(conf->n_services, sizeof(*services->list));
	services->sorted = alloc_array(conf->n_services, sizeof(struct service *));
	for (size_t i = 0; i < conf->n_services; i++) {
		struct service *service = &services->list[i];

		create_service(service, &conf->services[i], history, now);
		service->first_server = first_server;
		first_server += (uint32_t)conf->services[i].n_servers;
		services->sorted[i] = service;
	}
	qsort(services->sorted, services->n_services, sizeof(struct service *), compare_keys);
	create_index(services);
	return services;
}

void services_destroy(struct services *services)
{
	if (!services)
		return;
	for (size_t i = 0; i < services->n_services; i++) {
		struct service *service = &services->list[i];

		free(service->facts);
		table_service_clear(&service->wanted);
		table_service_clear(&service->draining);
		table_service_clear(&service->present);
	}
	free(services->list);
	free(services->sorted);
	free(services->user_start);
	free(services->users);
	free(services);
}

struct service *services_find(const struct services *services, const struct table_key *key)
{
	const struct service wanted = {.key = *key}, *pointer = &wanted;
	struct service **found = bsearch(&pointer, services->sorted, services->n_services,
					 sizeof(pointer), compare_keys);

	return found ? *found : NULL;
}

void services_touch(struct services *services, uint32_t target)
{
	for (uint32_t i = services->user_start[target]; i < services->user_start[target + 1]; i++)
		services->list[services->users[i]].touched = true;
}

static int32_t weight_in(const struct table_service *table, const struct server_conf *server)
{
	const struct destination *found = table_service_find(table, &server->address, server->port);

	return found ? found->weight : WEIGHT_ABSENT;
}

/* The kind of the first check that failed; NULL: none did. */
static const char *failed_check(const struct conf *conf, const struct server_conf *server,
				const uint8_t *verdicts)
{
	for (uint32_t i = 0; i < server->n_targets; i++)
		if (verdicts[server->targets[i]] == VERDICT_FAIL)
			return check_kind_name(conf->targets[server->targets[i]].kind);
	return NULL;
}

/* The check worker has warned of a failed check with its cause, and told of one that passes again:
 * what follows from it here is for those who want to know. */
static void log_server(const struct services *services, const struct service *service, size_t index,
		       const struct table_service *old, const uint8_t *verdicts)
{
	const struct server_conf *server = &service->conf->servers[index];
	enum server_state state = service->facts[index].state;
	const char *failed = failed_check(services->conf, server, verdicts);
	int32_t before = weight_in(old, server);
	int32_t after = weight_in(&service->wanted, server);
	char weights[48];

	if (before == after && after == WEIGHT_ABSENT)
		text_print(weights, sizeof(weights), "not in use");
	else if (before == after)
		text_print(weights, sizeof(weights), "weight stays %d", after);
	else if (before == WEIGHT_ABSENT)
		text_print(weights, sizeof(weights), "added with weight %d", after);
	else if (after == WEIGHT_ABSENT)
		text_print(weights, sizeof(weights), "removed");
	else
		text_print(weights, sizeof(weights), "weight %d → %d", before, after);
	log_line(failed || state == SERVER_UP ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE,
		 "service %s: %s %s %s%s%s%s: %s", service->name,
		 server->fallback ? "fallback" : "server",
		 endpoint_text(&server->address, server->port).text, server_state_name(state),
		 failed ? " (" : "", failed ? failed : "", failed ? " failed)" : "", weights);
}

static void log_quorum(const struct service *service, const struct quorum *before)
{
	const struct quorum *now = &service->quorum;
	const char *event = before->up == now->up ? "still missing" : now->up ? "back" : "lost";
	bool serves = now->fallback != DESIRED_NO_FALLBACK;
	size_t fallback = serves ? now->fallback : before->fallback;
	char rest[ENDPOINT_TEXT_SIZE + 32] = "";

	if (before->up == now->up && before->fallback == now->fallback)
		return;
	if (fallback != DESIRED_NO_FALLBACK) {
		const struct server_conf *server = &service->conf->servers[fallback];

		text_print(rest, sizeof(rest), ": fallback %s %s",
			   endpoint_text(&server->address, server->port).text,
			   serves ? "serves" : "is no longer used");
	} else if (!now->up) {
		text_print(rest, sizeof(rest), ": no fallback, the servers stay as they are");
	}
	log_notice("service %s: quorum %s (weight %" PRIu64 " of %u)%s", service->name, event,
		   now->weight_up, service->conf->quorum, rest);
}

static void want(struct service *service)
{
	const struct table_service *draining = &service->draining;

	desired_service(service->conf, service->facts, &service->quorum, &service->wanted);
	for (size_t i = 0; i < draining->n_destinations; i++)
		table_service_append(&service->wanted, &draining->destinations[i]);
	if (draining->n_destinations > 0)
		table_service_sort(&service->wanted);
}

static void log_draining(const struct service *service, const struct table_service *next)
{
	const struct table_service *last = &service->draining;

	for (size_t i = 0; i < next->n_destinations; i++) {
		const struct destination *now = &next->destinations[i];

		if (!table_service_find(last, &now->address, now->port))
			log_notice("service %s: server %s is not configured any more and drains: "
				   "%u active %s",
				   service->name, endpoint_text(&now->address, now->port).text,
				   now->active, now->active == 1 ? "connection" : "connections");
	}
	for (size_t i = 0; i < last->n_destinations; i++) {
		const struct destination *before = &last->destinations[i];

		if (!table_service_find(next, &before->address, before->port))
			log_notice("service %s: server %s is drained", service->name,
				   endpoint_text(&before->address, before->port).text);
	}
}

void services_look(struct service *service, const struct table_service *found)
{
	struct table_service next = {0};

	if (found)
		desired_draining(service->conf, found, &next);
	if (next.n_destinations == 0 && service->draining.n_destinations == 0)
		return;
	log_draining(service, &next);
	table_service_clear(&service->draining);
	service->draining = next;
	want(service);
}

static void evaluate(const struct services *services, struct service *service,
		     const uint8_t *verdicts, struct wall now)
{
	const struct service_conf *conf = service->conf;
	enum server_state *before = alloc_array(conf->n_servers, sizeof(*before));
	struct quorum quorum = service->quorum;
	struct table_service old = service->wanted;
	bool first = old.key.family == 0; /* nothing was wanted yet: a new service */

	for (size_t i = 0; i < conf->n_servers; i++) {
		before[i] = service->facts[i].state;
		service->facts[i].state = desired_state(services->conf, &conf->servers[i], verdicts,
							service->facts[i].last);
	}
	desired_quorum(conf, service->facts, &service->quorum);
	service->wanted = (struct table_service){0};
	want(service);
	for (size_t i = 0; i < conf->n_servers; i++) {
		if (before[i] == service->facts[i].state)
			continue;
		service->facts[i].since = now.us;
		if (!first)
			log_server(services, service, i, &old, verdicts);
	}
	if (quorum.up != service->quorum.up)
		service->since = now.us;
	if (!first || !service->quorum.up)
		log_quorum(service, &quorum);
	table_service_clear(&old);
	free(before);
}

bool services_evaluate(struct services *services, const uint8_t *verdicts, struct wall now,
		       int64_t budget)
{
	struct mono start = mono_read();

	for (size_t i = 0; i < services->n_services; i++) {
		struct service *service = &services->list[i];

		if (!service->touched)
			continue;
		if (mono_diff(mono_read(), start) > budget)
			return false;
		evaluate(services, service, verdicts, now);
		service->touched = false;
		service->due = true;
	}
	return true;
}

static void write_server(const struct service *service, uint32_t position, size_t index,
			 struct status *status)
{
	const struct server_conf *conf = &service->conf->servers[index];
	const struct destination *present =
		service->in_kernel
			? table_service_find(&service->present, &conf->address, conf->port)
			: NULL;
	struct server_status *record =
		status_record(status, STATUS_SERVERS, service->first_server + (uint32_t)index);

	status_begin(record);
	record->service = position;
	record->address = conf->address;
	record->port = conf->port;
	record->fallback = conf->fallback;
	record->state = (uint8_t)service->facts[index].state;
	record->weight_configured = conf->weight;
	record->weight_desired = weight_in(&service->wanted, conf);
	record->weight_kernel = present ? present->weight : WEIGHT_ABSENT;
	record->connections_active = present ? present->active : 0;
	record->connections_inactive = present ? present->inactive : 0;
	record->since = service->facts[index].since;
	status_end(record);
}

void services_write(const struct services *services, const struct service *service,
		    struct status *status)
{
	uint32_t position = (uint32_t)(service - services->list);
	const struct service_conf *conf = service->conf;
	struct service_status *record = status_record(status, STATUS_SERVICES, position);
	uint64_t weight = service->quorum.weight_up;

	status_begin(record);
	memcpy(record->name, service->name, sizeof(record->name));
	record->port = conf->port;
	record->protocol = conf->protocol;
	record->fwmark = conf->fwmark;
	record->family = (uint8_t)conf->family;
	record->address = conf->address;
	memcpy(record->scheduler, service->wanted.scheduler, sizeof(record->scheduler));
	record->fallback_active = service->quorum.fallback != DESIRED_NO_FALLBACK;
	record->quorum_up = service->quorum.up;
	record->in_kernel = service->in_kernel;
	record->weight_up = weight > UINT32_MAX ? UINT32_MAX : (uint32_t)weight;
	record->quorum = conf->quorum;
	record->since = service->since;
	record->draining = (uint32_t)service->draining.n_destinations;
	record->draining_connections = 0;
	for (size_t i = 0; i < service->draining.n_destinations; i++)
		record->draining_connections += service->draining.destinations[i].active;
	status_end(record);
	for (size_t i = 0; i < conf->n_servers; i++)
		write_server(service, position, i, status);
}
