/*
 * The configured services at run time: states, quorum, and what is wanted of the kernel.
 *
 * The role creates them with each configuration, touches those that a verdict concerns and lets
 * them be evaluated once per turn of the loop, however many verdicts came.  The decisions are
 * desired.c's; this file keeps their results, tells the log what changed, and writes the status
 * records, which are also the journal (memory.c).  pass.c brings the kernel after it.
 */
#include "ipvs/services.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "ipvs/leaving.h"

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (!memory)
		fatal("out of memory");
	return memory;
}

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
			   const struct memory *memory, struct wall now)
{
	struct table_key key = desired_key(conf);
	size_t known = memory_service(memory, &key);
	const struct service_status *record = known == SIZE_MAX ? NULL : &memory->services[known];

	service->conf = conf;
	service_conf_name(conf, service->name, sizeof(service->name));
	service->facts = allocate(conf->n_servers, sizeof(*service->facts));
	service->past = allocate(conf->n_servers, sizeof(*service->past));
	service->quorum.up = record ? record->quorum_up : true;
	service->quorum.fallback = DESIRED_NO_FALLBACK;
	service->since = record ? record->since : now.us;
	service->in_kernel = record && record->in_kernel;
	service->touched = true;
	for (size_t i = 0; i < conf->n_servers; i++) {
		const struct server_conf *server = &conf->servers[i];
		const struct server_status *past = memory_server(memory, known, &server->address,
								 server->port, server->fallback);

		service->facts[i].weight = server->weight;
		service->facts[i].state = past ? past->state : SERVER_UNKNOWN;
		service->past[i].last = service->facts[i].state;
		service->past[i].since = past ? past->since : now.us;
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
	struct table_key left = desired_key((*(struct service *const *)a)->conf);
	struct table_key right = desired_key((*(struct service *const *)b)->conf);

	return table_key_compare(&left, &right);
}

/* Calls for each server's target: counts (users NULL) or files the service under it. */
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
	uint32_t *positions = allocate(n_targets, sizeof(*positions));

	index_users(services, positions, NULL);
	services->user_start = allocate(n_targets + 1, sizeof(*services->user_start));
	for (size_t t = 0; t < n_targets; t++) {
		services->user_start[t + 1] = services->user_start[t] + positions[t];
		positions[t] = services->user_start[t];
	}
	services->users = allocate(services->user_start[n_targets], sizeof(*services->users));
	index_users(services, positions, services->users);
	free(positions);
}

struct services *services_create(const struct conf *conf, const struct memory *memory,
				 struct wall now)
{
	struct services *services = allocate(1, sizeof(*services));
	uint32_t first_server = 0;

	services->conf = conf;
	services->n_services = conf->n_services;
	services->list = allocate(conf->n_services, sizeof(*services->list));
	services->sorted = allocate(conf->n_services, sizeof(struct service *));
	for (size_t i = 0; i < conf->n_services; i++) {
		struct service *service = &services->list[i];

		create_service(service, &conf->services[i], memory, now);
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
		free(service->past);
		table_service_clear(&service->wanted);
		table_service_clear(&service->leaving);
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
	size_t low = 0;
	size_t high = services->n_services;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct table_key here = desired_key(services->sorted[middle]->conf);
		int order = table_key_compare(key, &here);

		if (order == 0)
			return services->sorted[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
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

#define WEIGHTS_TEXT_SIZE 48

static const char *weights_text(int32_t before, int32_t after, char text[WEIGHTS_TEXT_SIZE])
{
	int length;

	if (before == after && after == WEIGHT_ABSENT)
		length = snprintf(text, WEIGHTS_TEXT_SIZE, "not in use");
	else if (before == after)
		length = snprintf(text, WEIGHTS_TEXT_SIZE, "weight stays %d", after);
	else if (before == WEIGHT_ABSENT)
		length = snprintf(text, WEIGHTS_TEXT_SIZE, "added with weight %d", after);
	else if (after == WEIGHT_ABSENT)
		length = snprintf(text, WEIGHTS_TEXT_SIZE, "removed");
	else
		length = snprintf(text, WEIGHTS_TEXT_SIZE, "weight %d → %d", before, after);
	if (length < 0)
		text[0] = '\0';
	return text;
}

/* " (TCP_CHECK failed)": the first target that is to blame. */
static const char *blame(const struct conf *conf, const struct server_conf *server,
			 const uint8_t *verdicts, char text[WEIGHTS_TEXT_SIZE])
{
	text[0] = '\0';
	for (uint32_t i = 0; i < server->n_targets; i++) {
		const struct target_conf *target = &conf->targets[server->targets[i]];

		if (verdicts[server->targets[i]] != VERDICT_FAIL)
			continue;
		if (snprintf(text, WEIGHTS_TEXT_SIZE, " (%s failed)",
			     check_kind_name(target->kind)) < 0)
			text[0] = '\0';
		break;
	}
	return text;
}

static void log_server(const struct services *services, const struct service *service, size_t index,
		       enum server_state before, const struct table_service *old,
		       const uint8_t *verdicts)
{
	const struct server_conf *server = &service->conf->servers[index];
	enum server_state state = service->facts[index].state;
	char endpoint[ENDPOINT_TEXT_SIZE];
	char reason[WEIGHTS_TEXT_SIZE];
	char weights[WEIGHTS_TEXT_SIZE];

	/* That a server passes its first check, as was assumed, is not worth a notice. */
	log_line(
		before == SERVER_UNKNOWN && state == SERVER_UP ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE,
		"service %s: %s %s %s%s: %s", service->name,
		server->fallback ? "fallback" : "server",
		endpoint_format(&server->address, server->port, endpoint), server_state_name(state),
		blame(services->conf, server, verdicts, reason),
		weights_text(weight_in(old, server), weight_in(&service->wanted, server), weights));
}

static const char *fallback_text(const struct service *service, size_t index,
				 char text[ENDPOINT_TEXT_SIZE])
{
	const struct server_conf *server = &service->conf->servers[index];

	return endpoint_format(&server->address, server->port, text);
}

static void log_quorum(const struct service *service, const struct quorum *before)
{
	const struct quorum *now = &service->quorum;
	char old[ENDPOINT_TEXT_SIZE];
	char new[ENDPOINT_TEXT_SIZE];
	const char *event = now->up ? "back" : "lost";

	if (before->up == now->up && before->fallback == now->fallback)
		return;
	if (before->up == now->up)
		event = "still missing";
	if (now->fallback != DESIRED_NO_FALLBACK)
		log_notice("service %s: quorum %s (%" PRIu64 " of %u): fallback %s serves",
			   service->name, event, now->weight_up, service->conf->quorum,
			   fallback_text(service, now->fallback, new));
	else if (before->fallback != DESIRED_NO_FALLBACK)
		log_notice("service %s: quorum %s (%" PRIu64 " of %u): fallback %s leaves",
			   service->name, event, now->weight_up, service->conf->quorum,
			   fallback_text(service, before->fallback, old));
	else
		log_notice("service %s: quorum %s (%" PRIu64 " of %u)%s", service->name, event,
			   now->weight_up, service->conf->quorum,
			   now->up ? "" : ": no fallback, the servers stay as they are");
}

static void want(struct service *service)
{
	desired_service(service->conf, service->facts, &service->quorum, &service->wanted);
	leaving_add(&service->leaving, &service->wanted);
}

static void log_leaving(const struct service *service, const struct table_service *next)
{
	const struct table_service *last = &service->leaving;
	char endpoint[ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < next->n_destinations; i++) {
		const struct destination *now = &next->destinations[i];

		if (!table_service_find(last, &now->address, now->port))
			log_notice("service %s: server %s is not configured any more: %u active "
				   "connections are drained",
				   service->name,
				   endpoint_format(&now->address, now->port, endpoint),
				   now->active);
	}
	for (size_t i = 0; i < last->n_destinations; i++) {
		const struct destination *before = &last->destinations[i];

		if (!table_service_find(next, &before->address, before->port))
			log_notice("service %s: server %s is drained", service->name,
				   endpoint_format(&before->address, before->port, endpoint));
	}
}

void services_look(struct service *service, const struct table_service *found)
{
	struct table_service next = {0};

	if (found)
		leaving_find(service->conf, found, &next);
	if (next.n_destinations == 0 && service->leaving.n_destinations == 0)
		return;
	log_leaving(service, &next);
	table_service_clear(&service->leaving);
	service->leaving = next;
	want(service);
}

static void evaluate(const struct services *services, struct service *service,
		     const uint8_t *verdicts, struct wall now)
{
	const struct service_conf *conf = service->conf;
	enum server_state *before = allocate(conf->n_servers, sizeof(*before));
	struct quorum quorum = service->quorum;
	struct table_service old = service->wanted;
	bool first = old.key.family == 0; /* nothing was wanted yet: a new service */

	for (size_t i = 0; i < conf->n_servers; i++) {
		before[i] = service->facts[i].state;
		service->facts[i].state = desired_state(services->conf, &conf->servers[i], verdicts,
							service->past[i].last);
	}
	desired_quorum(conf, service->facts, &service->quorum);
	service->wanted = (struct table_service){0};
	want(service);
	for (size_t i = 0; i < conf->n_servers; i++) {
		if (before[i] == service->facts[i].state)
			continue;
		service->past[i].since = now.us;
		if (!first)
			log_server(services, service, i, before[i], &old, verdicts);
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
	record->since = service->past[index].since;
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
	record->draining = (uint32_t)service->leaving.n_destinations;
	record->draining_connections = 0;
	for (size_t i = 0; i < service->leaving.n_destinations; i++)
		record->draining_connections += service->leaving.destinations[i].active;
	status_end(record);
	for (size_t i = 0; i < conf->n_servers; i++)
		write_server(service, position, i, status);
}
