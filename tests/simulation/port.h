#ifndef SIMULATION_PORT_H
#define SIMULATION_PORT_H

#include "tests/simulation/router.h"

/* port.c: what a member of a unit does on its link, and what its kernel does */

/* The adverts among the actions. */
void port_speak(struct simulation *simulation, struct router *router, struct port *port,
		uint32_t actions);
/* Addresses and announcements. */
void port_act(struct simulation *simulation, struct router *router, struct port *port,
	      uint32_t actions);
void port_announce(struct simulation *simulation, struct router *router, struct port *port);
void port_announce_later(struct simulation *simulation, struct router *router, struct port *port,
			 int64_t delay);
void port_add_addresses(struct simulation *simulation, struct router *router, struct port *port);
void port_remove_addresses(struct port *port);
/* The event that a frame stands for; false: the packet is refused. `router` is who hears it. */
bool port_read(const struct simulation *simulation, struct router *router,
	       const struct frame *frame, struct engine_event *event);

#endif
