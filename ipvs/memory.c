/*
 * The status segment as a journal.
 *
 * A restarted worker takes its predecessor's states from the segment that outlived it; a reload
 * takes them from the segment of the configuration before.  Both are the same here: services.c
 * looks its services and servers up by identity, never by position, and pass.c removes from the
 * kernel what is remembered but no longer configured.
 */
#include "ipvs/memory.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

/* A service with its position, while sorting. */
struct remembered {
	struct service_status record;
	uint32_t position;
};

struct table_key memory_key(const struct service_status *record)
{
	struct table_key key = {.family = record->family, .fwmark = record->fwmark};

	if (record->fwmark == 0) {
		key.protocol = record->protocol;
		key.port = record->port;
		key.address = record->address;
	}
	return key;
}

static int compare_services(const void *a, const void *b)
{
	struct table_key left = memory_key(a);
	struct table_key right = memory_key(b);

	return table_key_compare(&left, &right);
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

/* Half-written records count too: what identifies them is the same in both halves. */
static bool read_record(struct status *status, unsigned table, uint32_t index, void *copy)
{
	const struct status_record *record = copy;

	return status_read(status, table, index, copy) || atomic_load(&record->sequence) != 0;
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (!memory)
		fatal("out of memory");
	return memory;
}

static void read_services(struct memory *memory, struct status *status)
{
	uint32_t count = status_count(status, STATUS_SERVICES);
	struct remembered *list = allocate(count, sizeof(*list));

	for (uint32_t i = 0; i < count; i++) {
		struct remembered *next = &list[memory->n_services];

		next->position = i;
		if (read_record(status, STATUS_SERVICES, i, &next->record))
			memory->n_services++;
	}
	qsort(list, memory->n_services, sizeof(*list), compare_services);
	memory->services = allocate(memory->n_services, sizeof(*memory->services));
	memory->positions = allocate(memory->n_services, sizeof(*memory->positions));
	for (size_t i = 0; i < memory->n_services; i++) {
		memory->services[i] = list[i].record;
		memory->positions[i] = list[i].position;
	}
	free(list);
}

static void read_servers(struct memory *memory, struct status *status)
{
	uint32_t count = status_count(status, STATUS_SERVERS);

	memory->servers = allocate(count, sizeof(*memory->servers));
	for (uint32_t i = 0; i < count; i++) {
		if (read_record(status, STATUS_SERVERS, i, &memory->servers[memory->n_servers]))
			memory->n_servers++;
	}
	qsort(memory->servers, memory->n_servers, sizeof(*memory->servers), compare_servers);
}

void memory_read(struct memory *memory, struct status *status)
{
	*memory = (struct memory){0};
	if (!status)
		return;
	read_services(memory, status);
	read_servers(memory, status);
}

void memory_clear(struct memory *memory)
{
	free(memory->services);
	free(memory->positions);
	free(memory->servers);
	*memory = (struct memory){0};
}

size_t memory_service(const struct memory *memory, const struct table_key *key)
{
	struct service_status wanted = {
		.family = (uint8_t)key->family,
		.fwmark = key->fwmark,
		.protocol = key->protocol,
		.port = key->port,
		.address = key->address,
	};

	if (memory->n_services == 0)
		return SIZE_MAX;
	const struct service_status *found = bsearch(&wanted, memory->services, memory->n_services,
						     sizeof(wanted), compare_services);

	return found ? (size_t)(found - memory->services) : SIZE_MAX;
}

const struct server_status *memory_server(const struct memory *memory, size_t service,
					  const struct address *address, uint16_t port,
					  bool fallback)
{
	if (service == SIZE_MAX || memory->n_servers == 0)
		return NULL;
	struct server_status wanted = {
		.service = memory->positions[service],
		.address = *address,
		.port = port,
		.fallback = fallback,
	};

	return bsearch(&wanted, memory->servers, memory->n_servers, sizeof(wanted),
		       compare_servers);
}
