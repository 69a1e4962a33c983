#ifndef SIMULATION_PROPERTY_H
#define SIMULATION_PROPERTY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"
#include "tests/simulation/network.h"

#define PROPERTY_TEXT_SIZE 160

struct simulation;
struct router;
struct port;

/* What holds on one link of a component. */
struct component_link {
	struct mono doubled_since; /* more than one holds the addresses; 0 = not */
	struct mono misled_since;  /* the last announcement is not the Active router's; 0 = not */
};

/* Routers that hear each other on some link, directly or through others. */
struct component {
	uint8_t members;	   /* bit per router */
	bool mutual;		   /* who hears somebody is heard by him */
	bool whole;		   /* each hears each, both ways, on every link */
	struct mono crowded_since; /* more than one Active; 0 = not */
	struct component_link links[NETWORK_LINKS_MAX];
};

struct properties {
	struct mono fault_at;  /* the last thing that may cost service; it can lie ahead */
	struct mono change_at; /* the last thing that may move a role; it can lie ahead */
	struct mono lost_at;   /* the last frame that someone did not hear */
	struct mono rise_at;   /* when a router last became Active */
	unsigned rises;	       /* routers that became Active since all was calm */
	unsigned allowed;      /* as many may have */
	bool stale;	       /* the components are */
	struct component components[NETWORK_ROUTERS_MAX];
	unsigned n_components;
	char violation[PROPERTY_TEXT_SIZE]; /* the first; empty = none */
};

/* property.c; what the others tell */

/* Something failed, or came back: nothing is promised until it is got over.  `rises`: so many
 * routers may become Active because of it. */
void property_fault(struct simulation *simulation, unsigned rises);
/* A frame was lost, or came late. */
void property_frame(struct simulation *simulation);
/* No fault by itself, but a router may not have heard that another was Active. */
void property_unheard(struct simulation *simulation);
/* A planned thing: service goes on, but a role may move within `lasting` µs from now.  While frames
 * of the last move are still on their way it is a fault: they speak of what is no longer so. */
void property_change(struct simulation *simulation, unsigned rises, int64_t lasting);
/* Who hears whom may have changed. */
void property_topology(struct simulation *simulation);
/* A router became Active. */
void property_rise(struct simulation *simulation, const struct router *router);
/* A router sends an advert that is not its last. */
void property_advert(struct simulation *simulation, const struct router *router,
		     const struct port *port);
/* After everything that happens. */
void property_check(struct simulation *simulation);

/* µs after the last fault within which an election is over. */
int64_t property_settled(const struct simulation *simulation);
/* µs after the last change of any kind from which on no role moves. */
int64_t property_calm(const struct simulation *simulation);
bool property_is_calm(const struct simulation *simulation);
/* Some other router that `router` is connected with is Active and not about to leave. */
bool property_has_active(struct simulation *simulation, const struct router *router);

#endif
