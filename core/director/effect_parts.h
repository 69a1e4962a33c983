#ifndef CONF_EFFECT_PARTS_H
#define CONF_EFFECT_PARTS_H

#include "core/base/vector.h"
#include "core/director/effect.h"

/* What the effect*.c files share. */

struct telling {
	const struct effect_facts *facts;
	struct arena *arena;
	struct vector told;	/* struct effect */
	uint32_t *first_server; /* of each old service, counted through all services */
};

/* What changes alike: servers or checks of one service or of several, or services; or one. */
struct server_group {
	const struct change *first;
	uint32_t count;	     /* of changes */
	uint32_t n_services; /* whose they are */
	uint64_t active;     /* connections of them */
	uint32_t n_up;	     /* of those whose state is known */
	uint32_t n_down;
	uint32_t n_serving; /* that have a weight in the kernel */
};

/* "wlc → rr" */
const char *tell_values(const struct telling *telling, const struct change *change);
/* "10.0.1.7:80" or "[fd00::7]:80" */
const char *tell_endpoint(const struct telling *telling, const struct address *address,
			  uint16_t port);

/* effect_instance.c: of instances, addresses and peers. */
void tell_instance(struct telling *telling, const struct change *change);

/* effect_alike.c: of services, servers and checks, those that change alike at once. */
void tell_services(struct telling *telling, const struct change *changes, size_t n);

/* effect_service.c */
void tell_service(struct telling *telling, const struct change *change);
/* Adds what is known of the change's server. */
void server_group_add(const struct telling *telling, struct server_group *group,
		      const struct change *change);
/* Of servers, checks, or several services. */
void tell_servers(struct telling *telling, const struct server_group *group);

#endif
