/*
 * What the daemon does around its election engine, in virtual time: the simulator's counterpart of
 * vrrp/instance.c, and of the machine it runs on.  The engine and the packet codec are the real
 * ones; what instance.c does with sockets, netlink and the loop's timers is done here with the
 * simulated network and the agenda, in the same order: adverts, timer, addresses, announcements.
 *
 * What is modelled of the daemon and its kernel:
 * - a timer is served a little late; a process that was paused drains its receive queue first and
 *   then serves what is overdue;
 * - adding addresses takes time and goes on without the process; announcements wait for it;
 * - addresses are leased: a process that does not run loses them when the lease ends;
 * - a killed process leaves a journal (the status memory) as instance.c would have written it, and
 *   finds what it announced last on the wire, but none of its timers;
 * - each machine has a monotonic clock of its own.  It never steps; it can only stand still, while
 *   the machine is suspended.  (Wall clocks can step, but the engine never sees one.)
 *
 * When sync groups come, a router will hold several engines behind one unit.
 */
#include "tests/simulation/router.h"

#include "core/log.h"
#include "tests/simulation/simulation.h"
#include "vrrp/packet.h"

#define LEASE (3 * USEC_PER_SEC)
#define VRID  51

struct mono router_clock(const struct simulation *simulation, const struct router *router)
{
	return mono_add(simulation->now, router->clock);
}

bool router_is_active(const struct router *router)
{
	return engine_public_state(&router->engine) == INSTANCE_ACTIVE;
}

bool router_takes_part(const struct router *router)
{
	const struct engine *engine = &router->engine;

	return (router->process == PROCESS_RUNNING || router->brief) && router->plugged &&
	       (engine->state != ENGINE_INIT || engine->stopping) && engine->state != ENGINE_FAULT;
}

bool router_hears(const struct simulation *simulation, const struct router *router,
		  const struct router *from)
{
	const struct engine_config *a = &router->member.config, *b = &from->member.config;

	return network_reaches(simulation, from->number, router->number) &&
	       a->version == b->version &&
	       (a->version != 2 || a->advert_interval == b->advert_interval);
}

static void add_to_agenda(struct simulation *simulation, const struct router *router,
			  enum happening happening, struct mono at, uint32_t serial)
{
	const struct agenda_entry entry = {.at = at,
					   .happening = happening,
					   .router = (uint8_t)router->number,
					   .serial = serial};

	agenda_add(&simulation->agenda, &entry);
}

/* ---- the engine's hands ---- */

static void send_advert(struct simulation *simulation, struct router *router, uint8_t priority)
{
	static const uint8_t list[4] = {192, 168, 56, 200};
	const struct address group = {.family = AF_INET, .bytes = {224, 0, 0, 18}};
	const struct packet packet = {.version = router->member.config.version,
				      .vrid = VRID,
				      .priority = priority,
				      .count = 1,
				      .interval = router->member.config.advert_interval};
	uint8_t payload[FRAME_PAYLOAD_MAX];
	size_t size =
		packet_build(&packet, &router->address, &group, list, payload, sizeof(payload));

	if (size == 0)
		fatal("an advert does not fit");
	if (priority > 0)
		property_advert(simulation, router);
	network_send(simulation, router->number, payload, (unsigned)size);
}

/* Of the unit and its member, the sooner. */
static struct mono next_due(const struct router *router)
{
	struct mono unit = engine_due(&router->engine), member = engine_member_due(&router->member);

	if (unit.us == 0 || (member.us != 0 && mono_before(member, unit)))
		return member;
	return unit;
}

/* An agenda entry that comes too early is cheaper than one for every change of the deadline. */
static void set_timer(struct simulation *simulation, struct router *router)
{
	struct mono due = next_due(router);
	struct mono at;

	if (due.us == 0)
		return;
	at = mono_add(due,
		      random_between(&simulation->random, 0, ROUTER_SCHEDULING) - router->clock);
	if (mono_before(at, simulation->now))
		at = simulation->now;
	if (router->timer_at.us != 0 && !mono_before(at, router->timer_at))
		return;
	router->timer_at = at;
	add_to_agenda(simulation, router, HAPPENING_TIMER, at, 0);
}

static void add_addresses(struct simulation *simulation, struct router *router)
{
	router->wants = true;
	if (router->holds)
		return;
	router->serial++;
	add_to_agenda(simulation, router, HAPPENING_ADDRESSES,
		      mono_add(simulation->now, random_between(&simulation->random, 100,
							       simulation->address_latency)),
		      router->serial);
}

static void remove_addresses(struct router *router)
{
	router->serial++;
	router->wants = false;
	router->holds = false;
}

/* From now on the hosts at every router that hears it believe that the addresses are here.  Routers
 * of two versions are two virtual routers, as if with addresses of their own. */
static void announce(struct simulation *simulation, struct router *router)
{
	if (!router->holds || !router->plugged)
		return;
	for (unsigned i = 0; i < simulation->n_routers; i++)
		if (router_hears(simulation, &simulation->routers[i], router))
			simulation->routers[i].believed = false;
	router->believed = true;
	trace_router(simulation, router, "announces");
}

static void announce_later(struct simulation *simulation, struct router *router, int64_t delay)
{
	router->burst_at = mono_add(simulation->now, delay);
	add_to_agenda(simulation, router, HAPPENING_BURST, router->burst_at, 0);
}

/* Now, once more, and then every now and then. */
static void announce_burst(struct simulation *simulation, struct router *router)
{
	announce(simulation, router);
	announce_later(simulation, router,
		       simulation->burst_delay > 0 ? simulation->burst_delay : simulation->refresh);
}

static void carry_out(struct simulation *simulation, struct router *router,
		      struct engine_actions actions, bool was_active)
{
	if (actions.bits & ACTION_SEND_ADVERT)
		send_advert(simulation, router,
			    engine_priority(&router->member, router_clock(simulation, router)));
	if (actions.bits & ACTION_SEND_ZERO)
		send_advert(simulation, router, 0);
	set_timer(simulation, router);
	if (actions.bits & ACTION_SILENCE)
		router->burst_at = (struct mono){0};
	if (actions.bits & ACTION_ADD_ADDRESSES)
		add_addresses(simulation, router);
	if (actions.bits & ACTION_REMOVE_ADDRESSES)
		remove_addresses(router);
	if (actions.bits & ACTION_ANNOUNCE)
		announce_burst(simulation, router);
	if (!was_active && router_is_active(router))
		property_rise(simulation, router);
	if (actions.bits & ACTION_STOPPED) {
		router->process = PROCESS_STOPPED;
		router->timer_at = (struct mono){0};
		property_topology(simulation);
	}
}

static void handle(struct simulation *simulation, struct router *router,
		   const struct engine_event *event)
{
	enum engine_state before = router->engine.state;
	bool was_active = router_is_active(router);
	struct engine_actions actions = plant_handle(simulation->plant, &router->engine, event,
						     router_clock(simulation, router));

	trace_event(simulation, router, event, before, actions);
	if (router->engine.state != ENGINE_ACTIVE &&
	    (router->engine.state != ENGINE_LISTENING || event->kind == EVENT_ADVERT))
		router->hush_until = (struct mono){0};
	carry_out(simulation, router, actions, was_active);
}

/* ---- what comes from outside ---- */

static void take_frame(struct simulation *simulation, struct router *router,
		       const struct frame *frame)
{
	const struct router *from = &simulation->routers[frame->from];
	const struct packet_expected expected = {.version = router->member.config.version,
						 .interval = router->member.config.advert_interval};
	const struct packet_envelope envelope = {
		.source = from->address,
		.destination = {.family = AF_INET, .bytes = {224, 0, 0, 18}},
		.ttl = PACKET_TTL};
	struct engine_event event = {
		.kind = EVENT_ADVERT, .member = &router->member, .source = from->address};
	struct packet packet;

	if (packet_parse(&envelope, frame->payload, frame->size, &expected, &packet) !=
	    PACKET_ACCEPTED)
		return;
	event.priority = packet.priority;
	event.interval = packet.interval;
	handle(simulation, router, &event);
}

void router_receive(struct simulation *simulation, struct router *router, const struct frame *frame)
{
	if (frame->late)
		property_frame(simulation);
	if (router->process == PROCESS_RUNNING)
		take_frame(simulation, router, frame);
	else if (router->process == PROCESS_PAUSED && router->queued < ROUTER_QUEUE)
		router->queue[router->queued++] = *frame;
	else if (router->process != PROCESS_STOPPED)
		property_unheard(simulation);
}

/* What is overdue, in its order. */
static void serve_timer(struct simulation *simulation, struct router *router)
{
	router->timer_at = (struct mono){0};
	while (router->process == PROCESS_RUNNING) {
		struct engine_event event = {.kind = EVENT_TIMER};
		struct mono due = next_due(router);

		if (due.us == 0 || mono_before(router_clock(simulation, router), due))
			break;
		if (due.us == engine_member_due(&router->member).us)
			event.member = &router->member;
		handle(simulation, router, &event);
	}
	if (router->process == PROCESS_RUNNING)
		set_timer(simulation, router);
}

void router_timer(struct simulation *simulation, struct router *router)
{
	if (router->process == PROCESS_RUNNING && router->timer_at.us == simulation->now.us)
		serve_timer(simulation, router);
}

static void serve_burst(struct simulation *simulation, struct router *router)
{
	if (router->burst_at.us == 0 || mono_before(simulation->now, router->burst_at))
		return;
	announce(simulation, router);
	announce_later(simulation, router, simulation->refresh);
}

void router_burst(struct simulation *simulation, struct router *router)
{
	if (router->process == PROCESS_RUNNING)
		serve_burst(simulation, router);
}

void router_addresses_added(struct simulation *simulation, struct router *router, uint32_t serial)
{
	if (!router->wants || router->serial != serial)
		return;
	router->holds = true;
	trace_router(simulation, router, "has the addresses");
	router->news = router->process != PROCESS_RUNNING;
	if (!router->news && router->engine.state == ENGINE_ACTIVE)
		announce(simulation, router);
}

void router_lease_over(struct simulation *simulation, struct router *router, uint32_t outage)
{
	if (router->process == PROCESS_RUNNING || router->outage != outage || !router->holds)
		return;
	router->holds = false;
	trace_router(simulation, router, "loses its addresses: lease over");
}

/* ---- life and death of the process ---- */

static void tell_facts(struct simulation *simulation, struct router *router)
{
	const struct engine_event event = {.kind = EVENT_FACTS,
					   .member = &router->member,
					   .able = router->plugged,
					   .source = router->address};

	handle(simulation, router, &event);
}

static void begin(struct simulation *simulation, struct router *router)
{
	router->process = PROCESS_RUNNING;
	router->brief = false;
	router->outage++;
	router->queued = 0;
	router->timer_at = (struct mono){0};
	router->burst_at = (struct mono){0};
	router->hush_until = (struct mono){0};
	router->wants = false;
	router->news = false;
	engine_init(&router->engine);
	engine_member_init(&router->member, &router->config);
	engine_join(&router->engine, &router->member, VRID, NULL);
	tell_facts(simulation, router);
	property_topology(simulation);
}

void router_boot(struct simulation *simulation, struct router *router)
{
	const struct engine_event event = {.kind = EVENT_STARTUP};

	router->believed = false;
	begin(simulation, router);
	handle(simulation, router, &event);
}

void router_restart(struct simulation *simulation, struct router *router)
{
	const struct engine dead = router->engine;
	const struct engine_member member = router->member;
	const struct engine_journal journal = {
		.state = engine_public_state(&dead),
		.standby = dead.standby,
		.takeover = dead.takeover,
		.advert_sent = member.advert_sent,
		.down_due = dead.state == ENGINE_BACKUP ? member.due : (struct mono){0},
		.peer = member.peer,
	};
	const struct engine_event startup = {.kind = EVENT_STARTUP};
	struct engine_actions actions;

	begin(simulation, router);
	if (journal.state == INSTANCE_INIT || plant_forgets(simulation->plant)) {
		handle(simulation, router, &startup);
		return;
	}
	engine_member_adopt(&router->member, &journal);
	actions = engine_adopt(&router->engine, router_clock(simulation, router));
	trace_event(simulation, router, NULL, ENGINE_INIT, actions);
	if (router_is_active(router))
		announce_later(simulation, router, simulation->refresh);
	carry_out(simulation, router, actions, journal.state == INSTANCE_ACTIVE);
}

/* From now on nothing renews the addresses. */
static void stand_still(struct simulation *simulation, struct router *router,
			enum router_process process)
{
	router->process = process;
	router->outage++;
	add_to_agenda(simulation, router, HAPPENING_LEASE, mono_add(simulation->now, LEASE),
		      router->outage);
	property_topology(simulation);
}

void router_kill(struct simulation *simulation, struct router *router, bool machine)
{
	stand_still(simulation, router, PROCESS_DEAD);
	router->timer_at = (struct mono){0};
	if (machine)
		remove_addresses(router);
}

void router_pause(struct simulation *simulation, struct router *router)
{
	stand_still(simulation, router, PROCESS_PAUSED);
}

/* Active, and silent for longer than any peer waits: it has to listen before it speaks. */
static void hush(struct simulation *simulation, struct router *router)
{
	int64_t silence = mono_diff(router_clock(simulation, router), router->member.advert_sent);

	if (router->engine.state == ENGINE_ACTIVE &&
	    silence > 3 * router->member.config.advert_interval + simulation->interval_max)
		router->hush_until =
			mono_add(simulation->now, router->member.config.advert_interval);
}

/* The receive queue first, then what is overdue in its order. */
static void catch_up(struct simulation *simulation, struct router *router)
{
	struct mono due = next_due(router);

	router->process = PROCESS_RUNNING;
	router->brief = false;
	router->outage++;
	hush(simulation, router);
	for (unsigned i = 0; i < router->queued; i++) {
		/* To who can no longer be heard, what it has to say may not find the way either. */
		if (!router_hears(simulation, router, &simulation->routers[router->queue[i].from]))
			property_unheard(simulation);
		take_frame(simulation, router, &router->queue[i]);
	}
	router->queued = 0;
	if (mono_before(mono_add(router->burst_at, router->clock), due))
		serve_burst(simulation, router);
	serve_timer(simulation, router);
	serve_burst(simulation, router);
	if (router->news && router->engine.state == ENGINE_ACTIVE)
		announce(simulation, router);
	router->news = false;
	if (router->process == PROCESS_RUNNING && router->wants)
		add_addresses(simulation, router);
	property_topology(simulation);
}

void router_resume(struct simulation *simulation, struct router *router)
{
	catch_up(simulation, router);
}

void router_freeze(struct simulation *simulation, struct router *router, bool with_clock)
{
	stand_still(simulation, router, PROCESS_FROZEN);
	router->stopped_at = with_clock ? simulation->now : (struct mono){0};
}

void router_thaw(struct simulation *simulation, struct router *router)
{
	if (router->stopped_at.us != 0)
		router->clock -= mono_diff(simulation->now, router->stopped_at);
	catch_up(simulation, router);
}

void router_order(struct simulation *simulation, struct router *router, enum engine_event_kind kind)
{
	const struct engine_event event = {.kind = kind};

	router->hush_until = (struct mono){0};
	handle(simulation, router, &event);
}

void router_reload(struct simulation *simulation, struct router *router,
		   const struct engine_config *config)
{
	const struct engine_event event = {
		.kind = EVENT_CONFIGURE, .member = &router->member, .config = config};

	router->config = *config;
	handle(simulation, router, &event);
	property_topology(simulation);
}

void router_plug(struct simulation *simulation, struct router *router, bool plugged)
{
	router->plugged = plugged;
	router->believed = false;
	if (router->process == PROCESS_RUNNING)
		tell_facts(simulation, router);
	property_topology(simulation);
}
