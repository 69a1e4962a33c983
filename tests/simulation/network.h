#ifndef SIMULATION_NETWORK_H
#define SIMULATION_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mono.h"
#include "tests/simulation/agenda.h"

#define NETWORK_ROUTERS_MAX 8

struct simulation;

/* The wire between the routers: for each pair and direction. */
struct network {
	bool cut[NETWORK_ROUTERS_MAX][NETWORK_ROUTERS_MAX];	       /* [from][to] */
	unsigned loss[NETWORK_ROUTERS_MAX][NETWORK_ROUTERS_MAX];       /* of a thousand frames */
	struct mono arrives[NETWORK_ROUTERS_MAX][NETWORK_ROUTERS_MAX]; /* the last frame sent */
	int64_t delay, jitter; /* µs: a frame takes delay .. delay + jitter */
	int64_t congestion;    /* µs: while a fault, up to so much more */
	unsigned duplicates;   /* of a thousand frames */
	uint32_t weather;      /* counts faults, so that an old one's end does not end a new one */
};

/* network.c */

/* Multicast: to every router whose cable and path are whole; what is lost on the way is a fault. */
void network_send(struct simulation *simulation, unsigned from, const uint8_t *payload,
		  unsigned size);
/* Whether frames find their way, whatever the routers make of them. */
bool network_reaches(const struct simulation *simulation, unsigned from, unsigned to);
/* Cuts between any two routers of different groups. */
void network_partition(struct simulation *simulation, const unsigned group[NETWORK_ROUTERS_MAX]);
void network_heal(struct simulation *simulation); /* takes all cuts back */
/* Takes loss and congestion back, unless there is newer weather. */
void network_clear(struct simulation *simulation, uint32_t weather);
/* The longest that a frame takes when nothing is wrong, in µs. */
int64_t network_longest(const struct network *network);

#endif
