#ifndef IPVS_MEMORY_H
#define IPVS_MEMORY_H

#include <stddef.h>

#include "ipvs/ipvs_status.h"
#include "ipvs/table.h"

/*
 * What a status segment remembers: the services and servers of the previous configuration or of
 * the predecessor that died, as copies that can be looked up by identity.
 */
struct memory {
	struct service_status *services; /* sorted by identity */
	size_t n_services;
	struct server_status *servers; /* sorted; .service is an index of the segment */
	size_t n_servers;
	uint32_t *positions; /* of services[i] in the segment */
};

/* memory.c */

/* Reads a segment's records; `status` NULL, or records never written: empty. */
void memory_read(struct memory *memory, struct status *status);
void memory_clear(struct memory *memory);

struct table_key memory_key(const struct service_status *record);
/* The index of a service in memory->services, or SIZE_MAX. */
size_t memory_service(const struct memory *memory, const struct table_key *key);
/* A server of memory->services[service]; NULL: not remembered. */
const struct server_status *memory_server(const struct memory *memory, size_t service,
					  const struct address *address, uint16_t port,
					  bool fallback);

#endif
