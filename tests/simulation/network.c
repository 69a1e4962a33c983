/*
 * The simulated wires: one Ethernet segment for each member of a sync group, but each direction of
 * each pair of routers can be cut, lossy or congested of its own, which gives one-way faults and
 * partitions of any shape.
 *
 * When nothing is wrong a frame takes `delay` plus up to `jitter`, and no frame overtakes another
 * of the same pair and direction, as on a switch.  Duplicates are not a fault: routers must not
 * mind them.  A lost frame is, and so is one that congestion delivers late or out of order:
 * properties are told, because until the routers have got over it they may be of different minds.
 */
#include "tests/simulation/network.h"

#include <string.h>

#include "tests/simulation/simulation.h"

int64_t network_longest(const struct network *network)
{
	return network->delay + network->jitter;
}

bool network_reaches(const struct simulation *simulation, unsigned link, unsigned from, unsigned to)
{
	const struct port *a = &simulation->routers[from].ports[link];
	const struct port *b = &simulation->routers[to].ports[link];

	return a->used && b->used && a->plugged && b->plugged &&
	       !simulation->network.links[link].cut[from][to];
}

/* When a frame that is sent now arrives. */
static struct mono arrival(struct simulation *simulation, unsigned link, unsigned from, unsigned to)
{
	struct network *network = &simulation->network;
	struct random *random = &simulation->random;
	struct mono at = mono_add(simulation->now,
				  network->delay + random_between(random, 0, network->jitter));

	if (network->congestion > 0)
		return mono_add(at, random_between(random, 0, network->congestion));
	if (mono_before(at, network->links[link].arrives[from][to]))
		at = network->links[link].arrives[from][to];
	network->links[link].arrives[from][to] = at;
	return at;
}

static void send_to(struct simulation *simulation, unsigned to, const struct frame *frame)
{
	struct agenda_entry entry = {.happening = HAPPENING_FRAME,
				     .router = (uint8_t)to,
				     .at = arrival(simulation, frame->link, frame->from, to),
				     .frame = *frame};

	agenda_add(&simulation->agenda, &entry);
}

void network_send(struct simulation *simulation, unsigned link, unsigned from,
		  const uint8_t *payload, unsigned size, uint64_t sequence)
{
	struct network *network = &simulation->network;
	struct frame frame = {.from = (uint8_t)from,
			      .link = (uint8_t)link,
			      .size = (uint8_t)size,
			      .late = network->congestion > 0,
			      .sequence = sequence};

	memcpy(frame.payload, payload, size);
	if (frame.late)
		property_frame(simulation);
	for (unsigned to = 0; to < simulation->n_routers; to++) {
		if (to == from || !network_reaches(simulation, link, from, to))
			continue;
		if (random_chance(&simulation->random, network->links[link].loss[from][to])) {
			trace_note(simulation, "advert r%u → r%u lost on link %u", from, to, link);
			property_frame(simulation);
			continue;
		}
		send_to(simulation, to, &frame);
		if (random_chance(&simulation->random, network->duplicates))
			send_to(simulation, to, &frame);
	}
}

void network_partition(struct simulation *simulation, unsigned link,
		       const unsigned group[NETWORK_ROUTERS_MAX])
{
	for (unsigned from = 0; from < simulation->n_routers; from++)
		for (unsigned to = 0; to < simulation->n_routers; to++)
			if (group[from] != group[to])
				simulation->network.links[link].cut[from][to] = true;
}

void network_heal(struct simulation *simulation)
{
	for (unsigned link = 0; link < simulation->network.n_links; link++)
		memset(simulation->network.links[link].cut, 0,
		       sizeof(simulation->network.links[link].cut));
}

void network_clear(struct simulation *simulation, uint32_t weather)
{
	struct network *network = &simulation->network;

	if (network->weather != weather)
		return;
	for (unsigned link = 0; link < network->n_links; link++)
		memset(network->links[link].loss, 0, sizeof(network->links[link].loss));
	network->congestion = 0;
}
