#ifndef CORE_EFFECT_TRAFFIC_H
#define CORE_EFFECT_TRAFFIC_H

#include "core/director/effect.h"

/* Changes that are told in one line: mostly one, or the same one of several servers or services. */
struct change_group {
	const struct change *first;
	/* Where the first one's object is: in the new configuration, or, if it goes, the old one.
	 */
	const struct conf *conf;
	struct change_place place;
	const char *key; /* what they have in common, while they are grouped */
	uint32_t count;
	uint32_t n_services; /* whose they are */
	uint32_t last_service;
	/* Of their servers, and of all servers of a service that goes. */
	uint64_t active;    /* connections */
	uint32_t n_down;    /* of those whose state is known */
	uint32_t n_serving; /* that have a weight in the kernel */
};

/* Of a server or check. */
static inline const struct server_conf *change_group_server(const struct change_group *group)
{
	return &group->conf->services[group->place.owner].servers[group->place.part];
}

struct traffic {
	const char *text; /* "may lose Active to 10.0.0.2"; "" = nothing happens to it */
	bool disturbs;	  /* clients may notice */
};

/* effect_traffic.c: what the changes do to traffic; a text that is made is the arena's. */
struct traffic effect_traffic(const struct effect_facts *facts, const struct change_group *group,
			      struct arena *arena);

#endif
