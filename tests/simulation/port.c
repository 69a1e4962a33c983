/*
 * What a member of a router's unit does on its link, in virtual time: the simulator's counterpart
 * of vrrp/instance.c, and of the kernel behind it.  The packet codec is the real one.
 *
 * Adding addresses takes time and goes on without the process; announcements wait for it.
 */
#include "tests/simulation/port.h"

#include "core/base/log.h"
#include "tests/simulation/simulation.h"
#include "vrrp/wire/packet.h"

#define VRID 51

static void add_to_agenda(struct simulation *simulation, const struct router *router,
			  const struct port *port, enum happening happening, struct mono at)
{
	const struct agenda_entry entry = {.at = at,
					   .happening = happening,
					   .router = (uint8_t)router->number,
					   .link = (uint8_t)router_link(router, port),
					   .serial = port->serial};

	agenda_add(&simulation->agenda, &entry);
}

/* ---- adverts ---- */

static struct address group_of(uint16_t family)
{
	const struct address four = {.family = AF_INET, .bytes = {224, 0, 0, 18}};
	const struct address six = {.family = AF_INET6, .bytes = {0xff, 2, [15] = 0x12}};

	return family == AF_INET6 ? six : four;
}

static void send_advert(struct simulation *simulation, struct router *router, struct port *port,
			uint8_t priority)
{
	static const uint8_t list[16] = {0xfe, 0x80, [15] = 200};
	const struct address group = group_of(port->address.family);
	const struct packet packet = {.version = port->member.config.version,
				      .vrid = VRID,
				      .priority = priority,
				      .count = 1,
				      .interval = port->member.config.advert_interval};
	uint8_t payload[FRAME_PAYLOAD_MAX];
	uint64_t sequence = 0;
	size_t size = packet_build(&packet, &port->address, &group, list, payload, sizeof(payload));

	if (size == 0)
		fatal("an advert does not fit");
	if (priority > 0)
		property_advert(simulation, router, port);
	if (simulation->signs)
		sequence = replay_next(&port->guard, router_clocks(simulation, router));
	network_send(simulation, router_link(router, port), router->number, payload, (unsigned)size,
		     sequence);
}

bool port_read(const struct simulation *simulation, struct router *router,
	       const struct frame *frame, struct engine_event *event)
{
	struct port *port = &router->ports[frame->link];
	const struct port *from = &simulation->routers[frame->from].ports[frame->link];
	const struct packet_expected expected = {.version = port->member.config.version,
						 .interval = port->member.config.advert_interval};
	const struct packet_envelope envelope = {.source = from->address,
						 .destination = group_of(from->address.family),
						 .ttl = PACKET_TTL};
	struct packet packet;

	if (!port->used || packet_parse(&envelope, frame->payload, frame->size, &expected,
					&packet) != PACKET_ACCEPTED)
		return false;
	if (simulation->signs &&
	    replay_accept(&port->guard, &from->address, frame->sequence,
			  router_clocks(simulation, router)) != PACKET_ACCEPTED) {
		trace_note(simulation, "r%u  %u: refuses an advert of r%u as old: %+lld ms",
			   router->number, frame->link, frame->from,
			   (long long)(replay_ahead(frame->sequence,
						    router_clocks(simulation, router).wall) /
				       USEC_PER_MSEC));
		return false;
	}
	*event = (struct engine_event){.kind = EVENT_ADVERT,
				       .member = &port->member,
				       .source = from->address,
				       .priority = packet.priority,
				       .interval = packet.interval};
	return true;
}

void port_speak(struct simulation *simulation, struct router *router, struct port *port,
		uint32_t actions)
{
	if (actions & ACTION_SEND_ADVERT)
		send_advert(simulation, router, port,
			    engine_priority(&port->member, router_clock(simulation, router)));
	if (actions & ACTION_SEND_ZERO)
		send_advert(simulation, router, port, 0);
}

/* ---- addresses and announcements ---- */

void port_add_addresses(struct simulation *simulation, struct router *router, struct port *port)
{
	port->wants = true;
	if (port->holds)
		return;
	port->serial++;
	add_to_agenda(simulation, router, port, HAPPENING_ADDRESSES,
		      mono_add(simulation->now, random_between(&simulation->random, 100,
							       simulation->address_latency)));
}

void port_remove_addresses(struct port *port)
{
	port->serial++;
	port->wants = false;
	port->holds = false;
}

/* From now on the hosts at every router that hears it believe that the addresses are here.  Routers
 * of two versions are two virtual routers, as if with addresses of their own. */
void port_announce(struct simulation *simulation, struct router *router, struct port *port)
{
	unsigned link = router_link(router, port);

	if (!port->holds || !port->plugged)
		return;
	for (unsigned i = 0; i < simulation->n_routers; i++)
		if (router_hears(simulation, link, &simulation->routers[i], router))
			simulation->routers[i].ports[link].believed = false;
	port->believed = true;
	trace_port(simulation, router, port, "announces");
}

void port_announce_later(struct simulation *simulation, struct router *router, struct port *port,
			 int64_t delay)
{
	port->burst_at = mono_add(simulation->now, delay);
	add_to_agenda(simulation, router, port, HAPPENING_BURST, port->burst_at);
}

/* Now, once more, and then every now and then. */
static void announce_burst(struct simulation *simulation, struct router *router, struct port *port)
{
	port_announce(simulation, router, port);
	port_announce_later(simulation, router, port,
			    simulation->burst_delay > 0 ? simulation->burst_delay
							: simulation->refresh);
}

void port_act(struct simulation *simulation, struct router *router, struct port *port,
	      uint32_t actions)
{
	if (actions & ACTION_SILENCE)
		port->burst_at = (struct mono){0};
	if (actions & ACTION_ADD_ADDRESSES)
		port_add_addresses(simulation, router, port);
	if (actions & ACTION_REMOVE_ADDRESSES)
		port_remove_addresses(port);
	if (actions & ACTION_ANNOUNCE)
		announce_burst(simulation, router, port);
}
