/*
 * What goes wrong, and what operators order: one thing after the other, at random, sometimes in
 * quick succession, sometimes with time enough in between for every property to be asked for.  Each
 * tells property.c what it is: a fault (service may suffer) or a planned change (it must not), and
 * how many routers may become Active because of it where elections have a foreseeable winner.
 *
 * A few outages are so brief that nobody should notice: they are told to nobody, so that every
 * property still has to hold, and the next mishap waits until they are over.
 */
#include "tests/simulation/simulation.h"

/* The longest that a router resigns, beyond an interval; that a takeover shouts, beyond three. */
#define HANDOVER (1200 * USEC_PER_MSEC)
#define CONTEST	 USEC_PER_SEC
#define STEP_MIN (2 * USEC_PER_SEC) /* as in vrrp/wire/replay.c */

static bool chance(struct simulation *simulation, unsigned permille)
{
	return random_chance(&simulation->random, permille);
}

static int64_t between(struct simulation *simulation, int64_t low, int64_t high)
{
	return random_between(&simulation->random, low, high);
}

/* Some time up to so many of the longest intervals, in µs. */
static int64_t intervals(struct simulation *simulation, int64_t most)
{
	return between(simulation, 1, most * simulation->interval_max);
}

static struct router *pick(struct simulation *simulation)
{
	struct router *all[NETWORK_ROUTERS_MAX], *active[NETWORK_ROUTERS_MAX];
	unsigned n_all = 0, n_active = 0;

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		struct router *router = &simulation->routers[i];

		if (router->process != PROCESS_RUNNING || router->away)
			continue;
		all[n_all++] = router;
		if (router->engine.state == ENGINE_ACTIVE)
			active[n_active++] = router;
	}
	if (n_all == 0)
		return NULL;
	if (n_active > 0 && chance(simulation, 500))
		return active[between(simulation, 0, n_active - 1)];
	return all[between(simulation, 0, n_all - 1)];
}

static void recover_after(struct simulation *simulation, struct router *router, int64_t duration)
{
	const struct agenda_entry recovery = {.happening = HAPPENING_RECOVERY,
					      .router = (uint8_t)router->number,
					      .at = mono_add(simulation->now, duration)};

	router->away = true;
	agenda_add(&simulation->agenda, &recovery);
}

/* Begins an outage and says how long it is to be. */
static int64_t begin_outage(struct simulation *simulation, struct router *router)
{
	router->brief = property_is_calm(simulation) && chance(simulation, 500);
	if (router->brief) {
		simulation->pause = 4 * simulation->interval_max;
		return between(simulation, 1, simulation->brief);
	}
	property_fault(simulation, 1);
	return intervals(simulation, chance(simulation, 700) ? 6 : 20);
}

/* ---- things that go wrong ---- */

static bool pause_process(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	int64_t duration;

	if (router == NULL)
		return false;
	duration = begin_outage(simulation, router);
	trace_note(simulation, "r%u  paused for %lld µs", router->number, (long long)duration);
	router_pause(simulation, router);
	recover_after(simulation, router, duration);
	return true;
}

static bool kill_process(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	int64_t duration;

	if (router == NULL)
		return false;
	duration = begin_outage(simulation, router);
	trace_note(simulation, "r%u  killed, restarted in %lld µs", router->number,
		   (long long)duration);
	router->journal = true;
	router_kill(simulation, router, false);
	recover_after(simulation, router, duration);
	return true;
}

static bool kill_all(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	bool machine = chance(simulation, 500);

	if (router == NULL)
		return false;
	property_fault(simulation, 1);
	trace_router(simulation, router, machine ? "crashes" : "dies, all of it");
	router->journal = false;
	router_kill(simulation, router, machine);
	recover_after(simulation, router, intervals(simulation, 20));
	return true;
}

static bool freeze_machine(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	bool with_clock = chance(simulation, 500);

	if (router == NULL)
		return false;
	property_fault(simulation, 1);
	/* Signed adverts: it cannot know then whether its clock was set instead. */
	with_clock = with_clock && !simulation->signs;
	trace_router(simulation, router, with_clock ? "frozen, also its clock" : "frozen");
	router_freeze(simulation, router, with_clock);
	recover_after(simulation, router, intervals(simulation, 12));
	return true;
}

/* One of those that the router is on. */
static struct port *pick_port(struct simulation *simulation, struct router *router)
{
	unsigned n = simulation->network.n_links;
	struct port *port = &router->ports[n > 1 ? between(simulation, 0, n - 1) : 0];

	while (!port->used)
		port = port + 1 < router->ports + n ? port + 1 : router->ports;
	return port;
}

static bool unplug(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	struct port *port;

	if (router == NULL)
		return false;
	property_fault(simulation, 1);
	port = pick_port(simulation, router);
	trace_port(simulation, router, port, "unplugged");
	router_plug(simulation, router, port, false);
	recover_after(simulation, router, intervals(simulation, 10));
	return true;
}

/* For some time; newer weather ends older. */
static void change_weather(struct simulation *simulation)
{
	const struct agenda_entry fair = {
		.happening = HAPPENING_FAIR,
		.at = mono_add(simulation->now, intervals(simulation, 20)),
		.serial = ++simulation->network.weather,
	};

	agenda_add(&simulation->agenda, &fair);
}

static bool lose_frames(struct simulation *simulation)
{
	struct network *network = &simulation->network;
	unsigned loss = (unsigned)between(simulation, 20, 700);
	bool everywhere = chance(simulation, 500);

	change_weather(simulation);
	for (unsigned link = 0; link < network->n_links; link++)
		for (unsigned from = 0; from < simulation->n_routers; from++)
			for (unsigned to = 0; to < simulation->n_routers; to++)
				network->links[link].loss[from][to] =
					everywhere || chance(simulation, 300) ? loss : 0;
	trace_note(simulation, "%u of 1000 frames are lost %s", loss,
		   everywhere ? "everywhere" : "on some ways");
	return true;
}

static bool congest(struct simulation *simulation)
{
	change_weather(simulation);
	simulation->network.congestion = intervals(simulation, 2);
	trace_note(simulation, "congestion: frames take up to %lld µs more",
		   (long long)simulation->network.congestion);
	property_fault(simulation, simulation->n_routers);
	return true;
}

static bool partition(struct simulation *simulation)
{
	unsigned group[NETWORK_ROUTERS_MAX];
	unsigned groups = (unsigned)between(simulation, 2, 3);
	unsigned link;

	property_fault(simulation, simulation->n_routers);
	property_unheard(simulation); /* what is on its way arrives; its answer may not */
	for (unsigned i = 0; i < simulation->n_routers; i++) {
		group[i] = (unsigned)between(simulation, 0, groups - 1);
		trace_note(simulation, "r%u  cut off from all but group %u", i, group[i]);
	}
	if (simulation->network.n_links > 1 && chance(simulation, 500)) {
		link = (unsigned)between(simulation, 0, simulation->network.n_links - 1);
		trace_note(simulation, "    on link %u only", link);
		network_partition(simulation, link, group);
		return true;
	}
	for (link = 0; link < simulation->network.n_links; link++)
		network_partition(simulation, link, group);
	return true;
}

static bool cut_one_way(struct simulation *simulation)
{
	unsigned from = (unsigned)between(simulation, 0, simulation->n_routers - 1);
	unsigned to = (unsigned)between(simulation, 0, simulation->n_routers - 1);
	unsigned link = 0;

	if (from == to)
		return false;
	if (simulation->network.n_links > 1)
		link = (unsigned)between(simulation, 0, simulation->network.n_links - 1);
	property_fault(simulation, simulation->n_routers);
	trace_note(simulation, "r%u  no longer heard by r%u on link %u", from, to, link);
	simulation->network.links[link].cut[from][to] = true;
	return true;
}

static bool heal(struct simulation *simulation)
{
	property_fault(simulation, simulation->n_routers);
	trace_note(simulation, "all cuts are healed");
	network_heal(simulation);
	return true;
}

/* ---- orders ---- */

static bool order_standby(struct simulation *simulation)
{
	struct router *router = pick(simulation);

	if (router == NULL)
		return false;
	property_change(simulation, 1, simulation->interval_max + HANDOVER);
	router_order(simulation, router, EVENT_STANDBY);
	return true;
}

static bool order_takeover(struct simulation *simulation)
{
	struct router *router = pick(simulation);

	if (router == NULL)
		return false;
	property_change(simulation, 4, 3 * simulation->interval_max + CONTEST);
	if (mono_before(simulation->now, router->hold)) /* which nobody was asked to serve in */
		property_fault(simulation, 1);
	router_order(simulation, router, EVENT_TAKEOVER);
	return true;
}

static bool order_shutdown(struct simulation *simulation)
{
	struct router *router = pick(simulation);

	if (router == NULL)
		return false;
	property_change(simulation, 1, simulation->interval_max + HANDOVER);
	router->journal = false;
	router_order(simulation, router, EVENT_SHUTDOWN);
	recover_after(simulation, router, intervals(simulation, 20));
	return true;
}

/* Another version, or version 2's interval, makes deaf to the others. */
static bool order_reload(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	struct engine_config config;
	struct port *port;

	if (router == NULL)
		return false;
	port = pick_port(simulation, router);
	config = scenario_config(simulation);
	if (chance(simulation, 300))
		config.priority = port->config.priority;
	if (config.version != port->config.version)
		property_fault(simulation, 2 * simulation->n_routers);
	else
		property_change(simulation, 2, 0);
	trace_note(simulation, "r%u  %u: version %u, priority %u, every %lld ms%s", router->number,
		   router_link(router, port), config.version, config.priority,
		   (long long)(config.advert_interval / USEC_PER_MSEC),
		   config.nopreempt ? ", nopreempt" : "");
	FOR_EACH_PORT(p, router) {
		struct engine_config theirs = config;

		if (p != port && !simulation->links_alike)
			theirs = p->config;
		if (!simulation->ranks_mixed)
			theirs.priority = config.priority;
		router_reload(simulation, router, p, &theirs);
	}
	return true;
}

/* A reload takes a member out of a sync group, or puts it back.  It cannot know who is on a link
 * that is new to it: a fault. */
static bool order_regroup(struct simulation *simulation)
{
	struct router *router = pick(simulation);
	struct port *port;
	unsigned n_used = 0;

	if (router == NULL || simulation->network.n_links == 1)
		return false;
	port = &router->ports[between(simulation, 0, simulation->network.n_links - 1)];
	FOR_EACH_PORT(p, router)
		n_used++;
	if (port->used && n_used == 1)
		return false;
	property_fault(simulation, 2 * simulation->n_routers);
	trace_port(simulation, router, port, port->used ? "taken out" : "put in");
	if (port->used)
		router_remove(simulation, router, port);
	else
		router_add(simulation, router, port);
	return true;
}

/* ---- their order ---- */

static const struct {
	unsigned weight;
	bool (*happen)(struct simulation *simulation); /* false: it can't, now */
} mishaps[] = {
	{12, pause_process},  {12, kill_process}, {8, kill_all},       {6, freeze_machine},
	{6, unplug},	      {8, lose_frames},	  {4, congest},	       {10, partition},
	{6, cut_one_way},     {12, heal},	  {12, order_standby}, {10, order_takeover},
	{10, order_shutdown}, {8, order_reload},  {6, order_regroup},
};

#define MISHAPS (sizeof(mishaps) / sizeof(mishaps[0]))

static bool let_happen(struct simulation *simulation)
{
	int64_t total = 0, drawn;
	size_t i;

	for (i = 0; i < MISHAPS; i++)
		total += mishaps[i].weight;
	drawn = between(simulation, 0, total - 1);
	for (i = 0; drawn >= mishaps[i].weight; i++)
		drawn -= mishaps[i].weight;
	return mishaps[i].happen(simulation);
}

static int64_t next_pause(struct simulation *simulation)
{
	int64_t pause = simulation->pause;

	if (chance(simulation, 350))
		return pause + intervals(simulation, 2);
	if (chance(simulation, 500))
		return pause + property_settled(simulation) + intervals(simulation, 3);
	return pause + property_calm(simulation) + intervals(simulation, 5);
}

static bool anyone_away(const struct simulation *simulation)
{
	for (unsigned i = 0; i < simulation->n_routers; i++)
		if (simulation->routers[i].away)
			return true;
	return false;
}

/* Of one router, forth or back, by less or more than the guard against replays allows, or right
 * again: nobody is to mind, so that nobody is told. */
static void set_clock(struct simulation *simulation)
{
	struct router *router = &simulation->routers[simulation->set];
	int64_t most = random_chance(&simulation->further, 500) ? 20 : 7200;

	/* Where the routers don't agree on the time, nobody can know what is old. */
	for (unsigned i = 0; i < simulation->n_routers; i++)
		FOR_EACH_PORT(port, &simulation->routers[i])
			if (port->guard.journal.disputed)
				return;
	FOR_EACH_PORT(port, router)
		if (port->guard.journal.sent == 0 && !port->guard.journal.agreed)
			return; /* it has no time of its own yet */
	if (router->process != PROCESS_RUNNING || !random_chance(&simulation->further, 300))
		return;
	router->wall_error =
		router->wall_error == 0
			? random_between(&simulation->further, -most, most) * USEC_PER_SEC
			: 0;
	/* By so little it is no step: a start with the right clock then repeats numbers. */
	if (router->wall_error <= STEP_MIN && router->wall_error >= -STEP_MIN)
		router->wall_error = 0;
	trace_note(simulation, "r%u  its clock is set: %+lld s", router->number,
		   (long long)(router->wall_error / USEC_PER_SEC));
}

void mishap_next(struct simulation *simulation)
{
	struct agenda_entry next = {.happening = HAPPENING_MISHAP};

	simulation->pause = 0;
	if (simulation->signs)
		set_clock(simulation);
	if (simulation->mishaps > 0) {
		simulation->mishaps -= let_happen(simulation);
	} else if (!anyone_away(simulation)) {
		heal(simulation);
		network_clear(simulation, simulation->network.weather);
		next.happening = HAPPENING_END;
		simulation->pause =
			property_calm(simulation) + CONTEST + HANDOVER + simulation->refresh;
	}
	next.at = mono_add(simulation->now, next_pause(simulation));
	agenda_add(&simulation->agenda, &next);
}

/* The owner of the addresses does so whatever its configuration says (RFC 9568 6.4.1). */
static bool may_preempt(const struct engine_config *config)
{
	return !config->nopreempt || config->priority == ENGINE_PRIORITY_OWNER;
}

/* A router that is started is a fault only where nobody is Active whom it could leave it to. */
static void boot(struct simulation *simulation, struct router *router)
{
	if (property_has_active(simulation, router))
		property_change(simulation, may_preempt(&router->ports[0].config) ? 1 : 0,
				router->delay);
	else
		property_fault(simulation, 1);
	trace_router(simulation, router, "started");
	router_boot(simulation, router);
}

void mishap_recovery(struct simulation *simulation, struct router *router)
{
	router->away = false;
	if (router->process != PROCESS_STOPPED && !router->brief)
		property_fault(simulation, 2);
	switch (router->process) {
	case PROCESS_STOPPED:
		boot(simulation, router);
		break;
	case PROCESS_RUNNING:
		if (router_is_plugged(router)) /* it takes its time to stop */
			recover_after(simulation, router, simulation->interval_max);
		FOR_EACH_PORT(port, router)
			if (!port->plugged)
				router_plug(simulation, router, port, true);
		break;
	case PROCESS_PAUSED:
		trace_router(simulation, router, "goes on");
		router_resume(simulation, router);
		break;
	case PROCESS_FROZEN:
		trace_router(simulation, router, "thaws");
		router_thaw(simulation, router);
		break;
	case PROCESS_DEAD:
		trace_router(simulation, router, "started again");
		if (router->journal)
			router_restart(simulation, router);
		else
			router_boot(simulation, router);
		break;
	}
}
