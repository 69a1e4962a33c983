/*
 * The simulator of elections: two to eight routers with the real engine and the real packet codec,
 * on simulated wires, one for each member of a sync group, in virtual time, all of it out of one
 * seed.  simulation_run() makes the world, lets things happen in the agenda's order, and has the
 * properties checked after each.
 *
 *   scenario.c   who takes part      router.c   the daemon around an engine, and its machine
 *   port.c       one link of it      network.c  the wires     mishap.c   what goes wrong
 *   agenda.c     what is to come     property.c what must hold
 *   plant.c      bugs, to see them caught       trace.c, main.c: the story, the command line
 */
#include "tests/simulation/simulation.h"

#include <string.h>

#define EVENTS_MAX 10000000 /* in a scenario: ten times what the busiest has */

unsigned simulation_sender(const struct address *address)
{
	return address
		->bytes[address->family == AF_INET6 ? 15 : 2]; /* as scenario.c numbers them */
}

static void happen(struct simulation *simulation, const struct agenda_entry *entry)
{
	struct router *router = &simulation->routers[entry->router];
	struct port *port = &router->ports[entry->link];

	switch (entry->happening) {
	case HAPPENING_FRAME:
		router_receive(simulation, router, &entry->frame);
		break;
	case HAPPENING_TIMER:
		router_timer(simulation, router);
		break;
	case HAPPENING_BURST:
		router_burst(simulation, router, port);
		break;
	case HAPPENING_ADDRESSES:
		router_addresses_added(simulation, router, port, entry->serial);
		break;
	case HAPPENING_LEASE:
		router_lease_over(simulation, router, entry->serial);
		break;
	case HAPPENING_PERMIT:
		router_permit(simulation, router);
		break;
	case HAPPENING_MISHAP:
		mishap_next(simulation);
		break;
	case HAPPENING_RECOVERY:
		mishap_recovery(simulation, router);
		break;
	case HAPPENING_FAIR:
		network_clear(simulation, entry->serial);
		break;
	case HAPPENING_END:
		break;
	}
}

int64_t simulation_run(uint64_t seed, const struct plant *plant, FILE *trace,
		       char violation[PROPERTY_TEXT_SIZE])
{
	struct simulation simulation = {.seed = seed,
					.random = random_seed(seed),
					.further = random_seed(~seed),
					.plant = plant,
					.trace = trace};
	struct agenda_entry entry;
	unsigned events = 0;

	scenario_create(&simulation);
	trace_cast(&simulation);
	while (simulation.properties.violation[0] == '\0' &&
	       agenda_take(&simulation.agenda, &entry)) {
		if (++events > EVENTS_MAX)
			snprintf(simulation.properties.violation, PROPERTY_TEXT_SIZE,
				 "more than %d events: something never ends", EVENTS_MAX);
		simulation.now = entry.at;
		happen(&simulation, &entry);
		property_check(&simulation);
		if (entry.happening == HAPPENING_END)
			break;
	}
	agenda_clear(&simulation.agenda);
	memcpy(violation, simulation.properties.violation, PROPERTY_TEXT_SIZE);
	return simulation.now.us;
}
