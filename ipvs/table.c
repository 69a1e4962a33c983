/*
 * Sorted tables of services and destinations.
 *
 * What the configuration wants and what the kernel has are both brought into this form, so that
 * their difference is one walk over two sorted lists (reconcile.c).  A table owns its services, a
 * service its destinations.  desired.c fills one side, kernel.c the other.
 */
#include "ipvs/table.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

static int compare_number(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int table_key_compare(const struct table_key *a, const struct table_key *b)
{
	int order = compare_number(a->family, b->family);

	if (order == 0)
		order = compare_number(a->fwmark, b->fwmark);
	if (order == 0)
		order = compare_number(a->protocol, b->protocol);
	if (order == 0)
		order = address_compare(&a->address, &b->address);
	if (order == 0)
		order = compare_number(a->port, b->port);
	return order;
}

int table_destination_compare(const struct destination *a, const struct destination *b)
{
	int order = address_compare(&a->address, &b->address);

	return order != 0 ? order : compare_number(a->port, b->port);
}

static int compare_services(const void *a, const void *b)
{
	const struct table_service *left = a;
	const struct table_service *right = b;

	return table_key_compare(&left->key, &right->key);
}

static int compare_destinations(const void *a, const void *b)
{
	return table_destination_compare(a, b);
}

/* Makes room for one more element of `size` bytes. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 8;
	return alloc_resize(array, *capacity, size);
}

struct table_service *table_append(struct table *table, const struct table_service *service)
{
	table->services = grow(table->services, table->n_services, &table->capacity,
			       sizeof(*table->services));
	struct table_service *place = &table->services[table->n_services++];

	*place = (struct table_service){0};
	table_service_copy(place, service);
	return place;
}

void table_service_append(struct table_service *service, const struct destination *destination)
{
	service->destinations = grow(service->destinations, service->n_destinations,
				     &service->capacity, sizeof(*service->destinations));
	service->destinations[service->n_destinations++] = *destination;
}

void table_sort(struct table *table)
{
	size_t kept = 0;

	if (table->n_services == 0)
		return;
	qsort(table->services, table->n_services, sizeof(*table->services), compare_services);
	for (size_t i = 1; i < table->n_services; i++) {
		if (compare_services(&table->services[kept], &table->services[i]) == 0)
			table_service_clear(&table->services[i]);
		else
			table->services[++kept] = table->services[i];
	}
	table->n_services = kept + 1;
}

void table_service_sort(struct table_service *service)
{
	size_t kept = 0;

	if (service->n_destinations == 0)
		return;
	qsort(service->destinations, service->n_destinations, sizeof(*service->destinations),
	      compare_destinations);
	for (size_t i = 1; i < service->n_destinations; i++) {
		if (table_destination_compare(&service->destinations[kept],
					      &service->destinations[i]) != 0)
			service->destinations[++kept] = service->destinations[i];
	}
	service->n_destinations = kept + 1;
}

struct table_service *table_find(const struct table *table, const struct table_key *key)
{
	struct table_service wanted = {.key = *key};

	if (table->n_services == 0)
		return NULL;
	return bsearch(&wanted, table->services, table->n_services, sizeof(wanted),
		       compare_services);
}

struct destination *table_service_find(const struct table_service *service,
				       const struct address *address, uint16_t port)
{
	struct destination wanted = {.address = *address, .port = port};

	if (service->n_destinations == 0)
		return NULL;
	return bsearch(&wanted, service->destinations, service->n_destinations, sizeof(wanted),
		       compare_destinations);
}

void table_service_copy(struct table_service *to, const struct table_service *from)
{
	struct destination *destinations = NULL;

	if (from->n_destinations > 0) {
		destinations = alloc_array(from->n_destinations, sizeof(*destinations));
		memcpy(destinations, from->destinations,
		       from->n_destinations * sizeof(*destinations));
	}
	free(to->destinations);
	*to = *from;
	to->destinations = destinations;
	to->capacity = from->n_destinations;
}

void table_service_clear(struct table_service *service)
{
	free(service->destinations);
	service->destinations = NULL;
	service->n_destinations = 0;
	service->capacity = 0;
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->n_services; i++)
		table_service_clear(&table->services[i]);
	free(table->services);
	*table = (struct table){0};
}
