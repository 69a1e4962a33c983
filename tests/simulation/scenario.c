/*
 * Who takes part in a scenario: how many routers, of which versions, how configured, on what kind
 * of wire.  Half of the scenarios are what most people run (one version, one interval, distinct
 * priorities); the rest mixes what can be mixed.  Routers are started within a few intervals of
 * each other; from then on mishap.c rules.
 */
#include "tests/simulation/simulation.h"

#define MISHAPS_MIN	   10
#define MISHAPS_MAX	   30
#define BURST_INTERVALS	   6			/* between two bursts of announcements */
#define REFRESH_INTERVALS  40			/* between announcements later on */
#define CLOCK_MAX	   (INT64_C(1) << 40)	/* µs: the longest that a machine has been up */
#define LINGER_BASE	   (50 * USEC_PER_MSEC) /* as in vrrp/instance.c */
#define LINGER_PER_ADDRESS 100
#define ADDING_PER_ADDRESS 70 /* µs, of a kernel */

static bool chance(struct simulation *simulation, unsigned permille)
{
	return random_chance(&simulation->random, permille);
}

static int64_t between(struct simulation *simulation, int64_t low, int64_t high)
{
	return random_between(&simulation->random, low, high);
}

/* Version 3 knows steps of 10 ms. */
static int64_t choose_interval(struct simulation *simulation, int64_t most)
{
	static const int64_t usual[] = {10, 20, 30, 50, 100, 250, 500, 1000};
	int64_t interval;

	do
		interval = usual[between(simulation, 0, 7)] * USEC_PER_MSEC;
	while (interval > most);
	return interval;
}

static void choose_intervals(struct simulation *simulation)
{
	int64_t *intervals = simulation->intervals;
	bool mixed = false;

	simulation->versions_two = chance(simulation, 200);
	if (simulation->versions_two) {
		intervals[0] = USEC_PER_SEC;
	} else {
		mixed = chance(simulation, 350);
		intervals[0] = choose_interval(simulation, USEC_PER_SEC);
	}
	simulation->versions_mixed = mixed && chance(simulation, 300);
	if (simulation->versions_mixed)
		intervals[0] = USEC_PER_SEC;
	for (unsigned i = 1; i < SIMULATION_INTERVALS; i++)
		intervals[i] = mixed ? choose_interval(simulation, intervals[0]) : intervals[0];
	simulation->interval_max = intervals[0];
	simulation->brief = intervals[0];
	for (unsigned i = 1; i < SIMULATION_INTERVALS; i++)
		if (intervals[i] < simulation->brief)
			simulation->brief = intervals[i];
	simulation->brief /= 2;
}

static void choose_wire(struct simulation *simulation)
{
	struct network *network = &simulation->network;
	int64_t addresses = between(simulation, 1, 200);

	network->delay = between(simulation, 10, 200);
	network->jitter = between(simulation, 0, 200);
	if (chance(simulation, 150)) /* a long way */
		network->delay += simulation->brief / 8;
	network->duplicates = chance(simulation, 200) ? 100 : 0;
	simulation->address_latency = 200 + addresses * ADDING_PER_ADDRESS;
	simulation->linger = LINGER_BASE + addresses * LINGER_PER_ADDRESS;
	simulation->refresh = REFRESH_INTERVALS * simulation->interval_max;
	if (chance(simulation, 700))
		simulation->burst_delay = BURST_INTERVALS * simulation->interval_max;
	if (chance(simulation, 200))
		simulation->preempt_delay_max =
			between(simulation, 1, 10) * simulation->interval_max;
	if (chance(simulation, 100))
		simulation->delay_max = between(simulation, 1, 10) * simulation->interval_max;
}

/* Half of the scenarios have sync groups. */
static void choose_links(struct simulation *simulation)
{
	simulation->network.n_links = 1;
	simulation->links_alike = true;
	if (chance(simulation, 500))
		return;
	simulation->network.n_links = (unsigned)between(simulation, 2, NETWORK_LINKS_MAX);
	simulation->ranks_mixed = chance(simulation, 150);
	simulation->links_alike = !simulation->ranks_mixed && chance(simulation, 700);
}

static uint16_t choose_family(const struct simulation *simulation, unsigned link)
{
	bool six = !simulation->versions_two && !simulation->versions_mixed &&
		   (simulation->seed + link) % 3 == 0;

	return six ? AF_INET6 : AF_INET;
}

uint8_t scenario_priority(struct simulation *simulation)
{
	if (chance(simulation, 30))
		return ENGINE_PRIORITY_OWNER;
	if (simulation->priorities_few)
		return (uint8_t)(100 + 50 * between(simulation, 0, 1));
	return (uint8_t)(10 + 24 * between(simulation, 0, 10));
}

static int64_t config_interval(struct simulation *simulation, uint8_t version)
{
	if (version == 2)
		return USEC_PER_SEC;
	return simulation->intervals[between(simulation, 0, SIMULATION_INTERVALS - 1)];
}

/* One number after the other: within one initializer their order would be the compiler's. */
struct engine_config scenario_config(struct simulation *simulation)
{
	struct engine_config config = {.version = 3, .linger = simulation->linger};

	if (simulation->versions_two || (simulation->versions_mixed && chance(simulation, 500)))
		config.version = 2;
	config.priority = scenario_priority(simulation);
	config.nopreempt = chance(simulation, 200);
	config.flap_damping = simulation->damped && random_chance(&simulation->further, 700);
	config.advert_interval = config_interval(simulation, config.version);
	if (simulation->preempt_delay_max > 0 && chance(simulation, 500))
		config.preempt_delay = between(simulation, 1, simulation->preempt_delay_max);
	return config;
}

/* A priority of its own for each, if there are not few. */
static uint8_t choose_priority(struct simulation *simulation, unsigned number, unsigned link)
{
	uint8_t priority = scenario_priority(simulation);
	bool taken = !simulation->priorities_few;

	while (taken) {
		taken = false;
		for (unsigned i = 0; i < number; i++)
			taken |= simulation->routers[i].ports[link].config.priority == priority;
		if (taken)
			priority = scenario_priority(simulation);
	}
	return priority;
}

/* What of a further link's configuration is the first one's. */
static void liken(const struct simulation *simulation, struct engine_config *config,
		  const struct engine_config *first)
{
	if (simulation->links_alike)
		*config = *first;
	else if (!simulation->ranks_mixed)
		config->priority = first->priority;
	config->nopreempt = first->nopreempt;
}

static void create_port(struct simulation *simulation, struct router *router, unsigned link)
{
	struct port *port = &router->ports[link];
	uint8_t number = (uint8_t)router->number;

	port->plugged = true;
	port->address = (struct address){.family = choose_family(simulation, link)};
	if (port->address.family == AF_INET6) {
		port->address.bytes[0] = 0xfe;
		port->address.bytes[1] = 0x80;
		port->address.bytes[8] = (uint8_t)between(simulation, 0, 255);
		port->address.bytes[15] = number;
	} else {
		port->address.bytes[0] = 10;
		port->address.bytes[1] = (uint8_t)between(simulation, 0, 255);
		port->address.bytes[2] = number;
		port->address.bytes[3] = 1;
	}
	port->config = scenario_config(simulation);
	port->config.priority = choose_priority(simulation, router->number, link);
	if (link > 0)
		liken(simulation, &port->config, &router->ports[0].config);
	port->used = true;
	engine_member_init(&port->member, &port->config);
}

static void create_router(struct simulation *simulation, unsigned number)
{
	struct router *router = &simulation->routers[number];
	const struct agenda_entry start = {
		.happening = HAPPENING_RECOVERY,
		.router = (uint8_t)number,
		.at = mono_add(simulation->now,
			       between(simulation, 0, 2 * simulation->interval_max)),
	};

	router->number = number;
	router->away = true;
	router->clock = between(simulation, USEC_PER_SEC, CLOCK_MAX);
	if (simulation->delay_max > 0)
		router->delay = between(simulation, 0, simulation->delay_max);
	for (unsigned link = 0; link < simulation->network.n_links; link++)
		create_port(simulation, router, link);
	agenda_add(&simulation->agenda, &start);
}

void scenario_create(struct simulation *simulation)
{
	struct agenda_entry first = {.happening = HAPPENING_MISHAP};
	bool guarded;

	simulation->now = (struct mono){USEC_PER_SEC};
	simulation->n_routers = (unsigned)between(simulation, 2, NETWORK_ROUTERS_MAX);
	simulation->mishaps = (unsigned)between(simulation, MISHAPS_MIN, MISHAPS_MAX);
	simulation->priorities_few = chance(simulation, 300);
	simulation->signs = random_chance(&simulation->further, 300);
	simulation->damped = random_chance(&simulation->further, 200);
	guarded = random_chance(&simulation->further, 200);
	simulation->set =
		(unsigned)random_between(&simulation->further, 0, simulation->n_routers - 1);
	choose_intervals(simulation);
	if (guarded) /* fence_script, probe_before_active */
		simulation->guard_max =
			random_between(&simulation->further, 1, 2 * simulation->interval_max);
	choose_wire(simulation);
	choose_links(simulation);
	for (unsigned i = 0; i < simulation->n_routers; i++)
		create_router(simulation, i);
	first.at = mono_add(simulation->now, between(simulation, 1, 12 * simulation->interval_max));
	agenda_add(&simulation->agenda, &first);
}
