/*
 * What the daemon does around its election engine, in virtual time: the simulator's counterpart of
 * vrrp/unit.c and vrrp_role.c, and of the machine they run on.  The engine is the real one; what
 * the daemon does with sockets, netlink and the loop's timers is done here and in port.c with the
 * simulated network and the agenda, in the same order: all members' adverts, timers, addresses and
 * announcements.
 *
 * What is modelled of the daemon and its machine:
 * - a timer is served a little late; a process that was paused drains its receive queue first and
 *   then serves what is overdue, in its order;
 * - addresses are leased: a process that does not run loses them when the lease ends;
 * - a killed process leaves a journal (the status memory) as report.c would have written it, and
 *   finds what it announced last on the wire, but none of its timers;
 * - each machine has a monotonic clock of its own.  It never steps; it can only stand still, while
 *   the machine is suspended.  The wall clock of one of them is set now and then: only the guard
 *   against replays sees it, and nothing may follow from it.  A start or the end of a pause sets it
 *   right.
 */
#include "tests/simulation/router.h"

#include "core/base/log.h"
#include "tests/simulation/port.h"
#include "tests/simulation/simulation.h"

#define LEASE  (3 * USEC_PER_SEC)
#define EPOCH  INT64_C(1764000000000000) /* µs: the wall clock when the world begins */
#define WINDOW (5 * USEC_PER_SEC)	 /* that the guards against replays allow */

struct mono router_clock(const struct simulation *simulation, const struct router *router)
{
	return mono_add(simulation->now, router->clock);
}

struct replay_now router_clocks(const struct simulation *simulation, const struct router *router)
{
	return (struct replay_now){router_clock(simulation, router),
				   {EPOCH + simulation->now.us + router->wall_error}};
}

unsigned router_link(const struct router *router, const struct port *port)
{
	return (unsigned)(port - router->ports);
}

bool router_is_active(const struct router *router)
{
	return engine_public_state(&router->engine) == INSTANCE_ACTIVE;
}

bool router_is_plugged(const struct router *router)
{
	FOR_EACH_PORT(port, router)
		if (!port->plugged)
			return false;
	return true;
}

bool router_takes_part(const struct router *router)
{
	const struct engine *engine = &router->engine;

	return (router->process == PROCESS_RUNNING || router->brief) && router_is_plugged(router) &&
	       (engine->state != ENGINE_INIT || engine->stopping) && engine->state != ENGINE_FAULT;
}

bool router_hears(const struct simulation *simulation, unsigned link, const struct router *router,
		  const struct router *from)
{
	const struct engine_config *a = &router->ports[link].member.config;
	const struct engine_config *b = &from->ports[link].member.config;

	return network_reaches(simulation, link, from->number, router->number) &&
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

/* ---- the engine ---- */

/* What the unit or a member waits for, the soonest; *member NULL = the unit. */
static struct mono next_due(struct router *router, struct engine_member **member)
{
	struct mono soonest = engine_due(&router->engine);

	*member = NULL;
	FOR_EACH_PORT(port, router) {
		struct mono due = port->member.due;

		if (due.us == 0 || (soonest.us != 0 && !mono_before(due, soonest)))
			continue;
		soonest = due;
		*member = &port->member;
	}
	return soonest;
}

/* An agenda entry that comes too early is cheaper than one for every change of the deadline. */
static void set_timer(struct simulation *simulation, struct router *router)
{
	struct engine_member *member;
	struct mono due = next_due(router, &member);
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

/* Whose actions these are: the event's member's, or, for more than one, each one's own. */
static uint32_t bits_of(const struct port *port, const struct engine_event *event,
			struct engine_actions actions)
{
	bool alone = port->member.unit->members == &port->member && port->member.next == NULL;

	if (alone)
		return actions.bits;
	if (actions.all || event == NULL || event->member == NULL)
		return port->member.actions;
	return event->member == &port->member ? actions.bits : 0;
}

static void carry_out(struct simulation *simulation, struct router *router,
		      const struct engine_event *event, struct engine_actions actions,
		      bool was_active)
{
	FOR_EACH_PORT(port, router)
		port_speak(simulation, router, port, bits_of(port, event, actions));
	set_timer(simulation, router);
	FOR_EACH_PORT(port, router)
		port_act(simulation, router, port, bits_of(port, event, actions));
	if (!was_active && router_is_active(router))
		property_rise(simulation, router);
	if (actions.bits & ACTION_ASK)
		add_to_agenda(simulation, router, HAPPENING_PERMIT,
			      mono_add(simulation->now, random_between(&simulation->further, 1,
								       simulation->guard_max)),
			      0);
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
	FOR_EACH_PORT(port, router)
		if (!engine_member_speaks(&port->member) &&
		    (!port->member.listening || event->kind == EVENT_ADVERT))
			port->hush_until = (struct mono){0};
	carry_out(simulation, router, event, actions, was_active);
}

/* ---- what comes from outside ---- */

static void take_frame(struct simulation *simulation, struct router *router,
		       const struct frame *frame)
{
	struct engine_event event;

	if (port_read(simulation, router, frame, &event))
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
		struct mono due = next_due(router, &event.member);

		if (due.us == 0 || mono_before(router_clock(simulation, router), due))
			break;
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

static void serve_burst(struct simulation *simulation, struct router *router, struct port *port)
{
	if (port->burst_at.us == 0 || mono_before(simulation->now, port->burst_at))
		return;
	port_announce(simulation, router, port);
	port_announce_later(simulation, router, port, simulation->refresh);
}

void router_burst(struct simulation *simulation, struct router *router, struct port *port)
{
	if (router->process == PROCESS_RUNNING && port->used)
		serve_burst(simulation, router, port);
}

void router_addresses_added(struct simulation *simulation, struct router *router, struct port *port,
			    uint32_t serial)
{
	if (!port->used || !port->wants || port->serial != serial)
		return;
	port->holds = true;
	trace_port(simulation, router, port, "has the addresses");
	port->news = router->process != PROCESS_RUNNING;
	if (!port->news && engine_member_speaks(&port->member))
		port_announce(simulation, router, port);
}

void router_permit(struct simulation *simulation, struct router *router)
{
	const struct engine_event event = {.kind = EVENT_PERMIT};

	if (router->process == PROCESS_RUNNING)
		handle(simulation, router, &event);
	else if (router->process == PROCESS_PAUSED || router->process == PROCESS_FROZEN)
		add_to_agenda(simulation, router, HAPPENING_PERMIT, /* it waits for who reads it */
			      mono_add(simulation->now, simulation->brief), 0);
}

void router_lease_over(struct simulation *simulation, struct router *router, uint32_t outage)
{
	if (router->process == PROCESS_RUNNING || router->outage != outage)
		return;
	FOR_EACH_PORT(port, router) {
		if (port->holds)
			trace_port(simulation, router, port, "loses its addresses: lease over");
		port->holds = false;
	}
}

/* ---- life and death of the process ---- */

static void tell_facts(struct simulation *simulation, struct router *router, struct port *port)
{
	const struct engine_event event = {.kind = EVENT_FACTS,
					   .member = &port->member,
					   .able = port->plugged,
					   .source = port->address};

	handle(simulation, router, &event);
}

static void begin(struct simulation *simulation, struct router *router)
{
	router->process = PROCESS_RUNNING;
	router->brief = false;
	router->outage++;
	router->queued = 0;
	router->timer_at = (struct mono){0};
	router->hold = (struct mono){0};
	engine_init(&router->engine);
	router->engine.guarded = simulation->guard_max > 0;
	FOR_EACH_PORT(port, router) {
		port->burst_at = (struct mono){0};
		port->hush_until = (struct mono){0};
		port->wants = false;
		port->news = false;
		engine_member_init(&port->member, &port->config);
		engine_join(&router->engine, &port->member, router_link(router, port), NULL);
	}
	FOR_EACH_PORT(port, router)
		tell_facts(simulation, router, port);
	property_topology(simulation);
}

static void start_guard(struct simulation *simulation, const struct router *router,
			struct port *port)
{
	const struct hmac_journal none = {0};

	/* Who has just begun cannot know which clock is wrong. */
	simulation->routers[simulation->set].wall_error = 0;
	replay_configure(&port->guard, false, WINDOW);
	replay_start(&port->guard, &none, router_clocks(simulation, router));
}

void router_boot(struct simulation *simulation, struct router *router)
{
	struct engine_event event = {.kind = EVENT_STARTUP};

	router->wall_error = 0;
	FOR_EACH_PORT(port, router) {
		port->believed = false;
		start_guard(simulation, router, port);
	}
	begin(simulation, router);
	if (router->delay > 0) {
		router->hold = mono_add(simulation->now, router->delay);
		event.hold = mono_add(router->hold, router->clock);
	}
	handle(simulation, router, &event);
}

static struct engine_journal journal_of(const struct engine *unit,
					const struct engine_member *member)
{
	return (struct engine_journal){
		.state = engine_public_state(unit),
		.standby = unit->standby,
		.takeover = unit->takeover,
		.advert_sent = member->advert_sent,
		.down_due = unit->state == ENGINE_BACKUP ? member->due : (struct mono){0},
		.hold_until = unit->hold_until,
		.peer = member->peer,
	};
}

void router_restart(struct simulation *simulation, struct router *router)
{
	const struct engine_event startup = {.kind = EVENT_STARTUP};
	const struct engine dead = router->engine;
	struct engine_journal journals[NETWORK_LINKS_MAX];
	struct mono hold = router->hold;
	struct engine_actions actions;

	FOR_EACH_PORT(port, router)
		journals[router_link(router, port)] = journal_of(&dead, &port->member);
	begin(simulation, router);
	if (dead.state == ENGINE_INIT || plant_forgets(simulation->plant)) {
		handle(simulation, router, &startup);
		return;
	}
	router->hold = hold;
	FOR_EACH_PORT(port, router)
		engine_member_adopt(&port->member, &journals[router_link(router, port)]);
	actions = engine_adopt(&router->engine, router_clock(simulation, router));
	trace_event(simulation, router, NULL, ENGINE_INIT, actions);
	FOR_EACH_PORT(port, router)
		if (router_is_active(router))
			port_announce_later(simulation, router, port, simulation->refresh);
	carry_out(simulation, router, NULL, actions,
		  engine_state_public(dead.state) == INSTANCE_ACTIVE);
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
	FOR_EACH_PORT(port, router)
		if (machine)
			port_remove_addresses(port);
}

void router_pause(struct simulation *simulation, struct router *router)
{
	stand_still(simulation, router, PROCESS_PAUSED);
}

/* Active, and silent for longer than any peer waits: it has to listen before it speaks. */
static void hush(struct simulation *simulation, struct router *router)
{
	FOR_EACH_PORT(port, router) {
		const struct engine_member *member = &port->member;
		int64_t silence = mono_diff(router_clock(simulation, router), member->advert_sent);

		if (engine_member_speaks(member) &&
		    silence > 3 * member->config.advert_interval + simulation->interval_max)
			port->hush_until =
				mono_add(simulation->now, member->config.advert_interval);
	}
}

/* The receive queue first, then what is overdue in its order. */
static void catch_up(struct simulation *simulation, struct router *router)
{
	struct engine_member *member;
	struct mono due = next_due(router, &member);

	router->process = PROCESS_RUNNING;
	router->brief = false;
	router->outage++;
	router->wall_error = 0; /* or an old frame may look like one of a clock that shows less */
	hush(simulation, router);
	for (unsigned i = 0; i < router->queued; i++) {
		const struct frame *frame = &router->queue[i];

		/* To who can no longer be heard, what it has to say may not find the way either. */
		if (!router_hears(simulation, frame->link, router,
				  &simulation->routers[frame->from]))
			property_unheard(simulation);
		take_frame(simulation, router, frame);
	}
	router->queued = 0;
	FOR_EACH_PORT(port, router)
		if (mono_before(mono_add(port->burst_at, router->clock), due))
			serve_burst(simulation, router, port);
	serve_timer(simulation, router);
	FOR_EACH_PORT(port, router) {
		serve_burst(simulation, router, port);
		if (port->news && engine_member_speaks(&port->member))
			port_announce(simulation, router, port);
		port->news = false;
		if (router->process == PROCESS_RUNNING && port->wants)
			port_add_addresses(simulation, router, port);
	}
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
	if (router->stopped_at.us != 0) {
		int64_t asleep = mono_diff(simulation->now, router->stopped_at);

		router->clock -= asleep;
		if (router->hold.us != 0)
			router->hold = mono_add(router->hold, asleep);
	}
	catch_up(simulation, router);
}

/* ---- orders ---- */

void router_order(struct simulation *simulation, struct router *router, enum engine_event_kind kind)
{
	const struct engine_event event = {.kind = kind};

	FOR_EACH_PORT(port, router)
		port->hush_until = (struct mono){0};
	if (kind == EVENT_TAKEOVER && mono_before(simulation->now, router->hold))
		router->hold = (struct mono){0};
	handle(simulation, router, &event);
}

void router_reload(struct simulation *simulation, struct router *router, struct port *port,
		   const struct engine_config *config)
{
	const struct engine_event event = {
		.kind = EVENT_CONFIGURE, .member = &port->member, .config = config};

	if (config->version != port->config.version) { /* another virtual router's addresses */
		port->believed = false;
		property_unheard(simulation);
	}
	port->config = *config;
	handle(simulation, router, &event);
	property_topology(simulation);
}

static void regroup(struct simulation *simulation, struct router *router)
{
	bool was_active = router_is_active(router);
	enum engine_state before = router->engine.state;
	struct engine_actions actions =
		engine_regroup(&router->engine, router_clock(simulation, router));

	trace_event(simulation, router, NULL, before, actions);
	carry_out(simulation, router, NULL, actions, was_active);
	property_topology(simulation);
}

void router_add(struct simulation *simulation, struct router *router, struct port *port)
{
	port->used = true;
	port->plugged = true;
	port->wants = port->holds = port->news = port->believed = false;
	port->burst_at = port->hush_until = (struct mono){0};
	start_guard(simulation, router, port);
	engine_member_init(&port->member, &port->config);
	engine_join(&router->engine, &port->member, router_link(router, port), NULL);
	tell_facts(simulation, router, port);
	regroup(simulation, router);
}

void router_remove(struct simulation *simulation, struct router *router, struct port *port)
{
	if (engine_member_serves(&port->member))
		port_speak(simulation, router, port, ACTION_SEND_ZERO);
	port_remove_addresses(port);
	engine_leave(&port->member);
	port->used = false;
	port->burst_at = (struct mono){0};
	regroup(simulation, router);
}

void router_plug(struct simulation *simulation, struct router *router, struct port *port,
		 bool plugged)
{
	port->plugged = plugged;
	FOR_EACH_PORT(p, router)
		p->believed = false; /* of its fault, only those hear who hear it */
	if (router->process == PROCESS_RUNNING)
		tell_facts(simulation, router, port);
	property_topology(simulation);
}
