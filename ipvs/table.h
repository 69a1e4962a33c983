#ifndef IPVS_TABLE_H
#define IPVS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"

/*
 * The form in which the wanted table and the kernel's table are compared: services sorted by their
 * identity, each with its destinations sorted by theirs.
 */

/* Identity of a service: either a mark (address none, protocol and port 0) or an endpoint. */
struct table_key {
	uint16_t family;   /* AF_INET, AF_INET6 */
	uint16_t protocol; /* IPPROTO_* */
	uint16_t port;	   /* host order; 0 = all */
	uint32_t fwmark;   /* 0 = none */
	struct address address;
};

/* Identity within its service: address and port. */
struct destination {
	struct address address;
	uint16_t port;	/* host order */
	uint8_t method; /* IP_VS_CONN_F_MASQ, _LOCALNODE, _TUNNEL, _DROUTE */
	int32_t weight;
	uint32_t upper_threshold; /* connections; 0 = none */
	uint32_t lower_threshold;
	uint32_t active; /* connections; the kernel's side only */
	uint32_t inactive;
};

#define TABLE_SCHEDULER_SIZE 16

struct table_service {
	struct table_key key;
	char scheduler[TABLE_SCHEDULER_SIZE];
	uint32_t flags;	  /* IP_VS_SVC_F_* without _HASHED, which the kernel sets itself */
	uint32_t timeout; /* seconds; means something only with IP_VS_SVC_F_PERSISTENT */
	uint32_t netmask; /* IPv4: mask in network order; IPv6: prefix length */
	struct destination *destinations;
	size_t n_destinations;
	size_t capacity;
};

struct table {
	struct table_service *services;
	size_t n_services;
	size_t capacity;
};

/* table.c: no memory is fatal(). Zero-initialised services and tables are empty. */

int table_key_compare(const struct table_key *a, const struct table_key *b);
int table_destination_compare(const struct destination *a, const struct destination *b);

/* Appends; the caller sorts afterwards. The pointer is good until the next append. */
struct table_service *table_append(struct table *table, const struct table_service *service);
void table_service_append(struct table_service *service, const struct destination *destination);

/* Sort; of equal identities (a dump that was taken while it changed) one remains. */
void table_sort(struct table *table);
void table_service_sort(struct table_service *service);

/* In sorted ones. NULL: not there. */
struct table_service *table_find(const struct table *table, const struct table_key *key);
struct destination *table_service_find(const struct table_service *service,
				       const struct address *address, uint16_t port);

/* Replaces *to by a copy of *from with destinations of its own. */
void table_service_copy(struct table_service *to, const struct table_service *from);
void table_service_clear(struct table_service *service);
void table_clear(struct table *table);

#endif
