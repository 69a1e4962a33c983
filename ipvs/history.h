#ifndef IPVS_HISTORY_H
#define IPVS_HISTORY_H

#include <stddef.h>

#include "ipvs/ipvs_status.h"
#include "ipvs/table.h"

/*
 * What a status segment remembers: the services and servers of the previous configuration or of
 * the predecessor that died, as copies that can be looked up by identity.
 */
struct former_service {
	struct table_key key;
	struct service_status record;
	uint32_t position; /* in the segment */
};

struct history {
	struct former_service *services; /* sorted by key */
	size_t n_services;
	struct server_status *servers; /* sorted; .service is a position in the segment */
	size_t n_servers;
};

/* history.c */

/* Reads a segment's records; `status` NULL, or records never written: empty. */
void history_read(struct history *history, struct status *status);
void history_clear(struct history *history);

/* NULL: not remembered. */
const struct former_service *history_service(const struct history *history,
					     const struct table_key *key);
/* A server of a service that is remembered; NULL: not remembered. */
const struct server_status *history_server(const struct history *history,
					   const struct former_service *service,
					   const struct address *address, uint16_t port,
					   bool fallback);

#endif
