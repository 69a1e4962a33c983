#ifndef SIMULATION_NETWORK_H
#define SIMULATION_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"
#include "tests/simulation/agenda.h"

#define NETWORK_ROUTERS_MAX 8
#define NETWORK_LINKS_MAX   3

struct simulation;

/* One of the wires between the routers: for each pair and direction. */
struct network_link {
	bool cut[NETWORK_ROUTERS_MAX][NETWORK_ROUTERS_MAX];	       /* [from][to] */
	unsigned loss[NETWORK_ROUTERS_MAX][NETWORK_ROUTERS_MAX];       /* of a thousand frames */
	struct mono arrives[NETWORK_ROUTERS_MAX][NETWORK_ROUTERS_MAX]; /* the last frame sent */
};

/* All of them; each router has a port at every link that it is on. */
struct network {
	struct network_link links[NETWORK_LINKS_MAX];
	unsigned n_links;
	int64_t delay, jitter; /* µs: a frame takes delay .. delay + jitter */
	int64_t congestion;    /* µs: while a fault, up to so much more */
	unsigned duplicates;   /* of a thousand frames */
	uint32_t weather;      /* counts faults, so that an old one's end does not end a new one */
};

/* network.c */

/* Multicast: to every router whose cable and path are whole; what is lost on the way is a fault. */
void network_send(struct simulation *simulation, unsigned link, unsigned from,
		  const uint8_t *payload, unsigned size, uint64_t sequence);
/* Whether frames find their way, whatever the routers make of them. */
bool network_reaches(const struct simulation *simulation, unsigned link, unsigned from,
		     unsigned to);
/* Cuts between any two routers of different groups, on one link. */
void network_partition(struct simulation *simulation, unsigned link,
		       const unsigned group[NETWORK_ROUTERS_MAX]);
void network_heal(struct simulation *simulation); /* takes all cuts back */
/* Takes loss and congestion back, unless there is newer weather. */
void network_clear(struct simulation *simulation, uint32_t weather);
/* The longest that a frame takes when nothing is wrong, in µs. */
int64_t network_longest(const struct network *network);

#endif
