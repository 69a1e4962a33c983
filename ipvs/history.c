/*
 * The status segment as a journal.
 *
 * A restarted worker takes its predecessor's states from the segment that outlived it; a reload
 * takes them from the segment of the configuration before.  Both are the same here: services.c
 * looks its services and servers up by identity, never by position, and pass.c removes from the
 * kernel what is remembered but no longer configured.
 */
#include "ipvs/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

static int compare_services(const void *a, const void *b)
{
	const struct former_service *left = a;
	const struct former_service *right = b;

	return table_key_compare(&left->key, &right->key);
}

static int compare_servers(const void *a, const void *b)
{
	const struct server_status *left = a;
	const struct server_status *right = b;
	int order = (left->service > right->service) - (left->service < right->service);

	if (order == 0)
		order = address_compare(&left->address, &right->address);
	if (order == 0)
		order = (left->port > right->port) - (left->port < right->port);
	if (order == 0)
		order = left->fallback - right->fallback;
	return order;
}

/* What a predecessor that is dead had half written counts too: what identifies a record is the same
 * in both halves. */
static bool read_record(struct status *status, unsigned table, uint32_t index, void *copy)
{
	const struct status_record *record = status_record(status, table, index);

	memcpy(copy, record, ipvs_status_layout.sizes[table]);
	return atomic_load(&record->sequence) != 0;
}

void history_read(struct history *history, struct status *status)
{
	uint32_t n_services = status ? status_count(status, STATUS_SERVICES) : 0;
	uint32_t n_servers = status ? status_count(status, STATUS_SERVERS) : 0;

	*history = (struct history){
		.services = alloc_array(n_services, sizeof(*history->services)),
		.servers = alloc_array(n_servers, sizeof(*history->servers)),
	};
	for (uint32_t i = 0; i < n_services; i++) {
		struct former_service *former = &history->services[history->n_services];
		struct service_status *record = &former->record;

		if (!read_record(status, STATUS_SERVICES, i, record))
			continue;
		former->position = i;
		former->key =
			(struct table_key){.family = record->family, .fwmark = record->fwmark};
		if (record->fwmark == 0) {
			former->key.protocol = record->protocol;
			former->key.port = record->port;
			former->key.address = record->address;
		}
		history->n_services++;
	}
	for (uint32_t i = 0; i < n_servers; i++)
		if (read_record(status, STATUS_SERVERS, i, &history->servers[history->n_servers]))
			history->n_servers++;
	qsort(history->services, history->n_services, sizeof(*history->services), compare_services);
	qsort(history->servers, history->n_servers, sizeof(*history->servers), compare_servers);
}

void history_clear(struct history *history)
{
	free(history->services);
	free(history->servers);
	*history = (struct history){0};
}

const struct former_service *history_service(const struct history *history,
					     const struct table_key *key)
{
	const struct former_service wanted = {.key = *key};

	return bsearch(&wanted, history->services, history->n_services, sizeof(wanted),
		       compare_services);
}

const struct server_status *history_server(const struct history *history,
					   const struct former_service *service,
					   const struct address *address, uint16_t port,
					   bool fallback)
{
	const struct server_status wanted = {
		.service = service->position,
		.address = *address,
		.port = port,
		.fallback = fallback,
	};

	return bsearch(&wanted, history->servers, history->n_servers, sizeof(wanted),
		       compare_servers);
}
