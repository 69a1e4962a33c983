/*
 * The story of one seed, a line for each thing that happened: time, router, event, state, actions.
 * An advert that changes nothing is not told, or the rest would drown in it; sending it was.
 * Formatting costs more than simulating, so without a trace nothing is formatted at all.
 */
#include "tests/simulation/trace.h"

#include <stdarg.h>

#include "tests/simulation/simulation.h"

static void write_time(const struct simulation *simulation)
{
	fprintf(simulation->trace, "%12.6f  ", (double)simulation->now.us / USEC_PER_SEC);
}

const char *trace_state_name(enum engine_state state)
{
	static const char *const names[ENGINE_STATES] = {
		[ENGINE_INIT] = "init",		  [ENGINE_BACKUP] = "backup",
		[ENGINE_ACTIVE] = "active",	  [ENGINE_LISTENING] = "listening",
		[ENGINE_RESIGNING] = "resigning", [ENGINE_FAULT] = "fault",
	};

	return names[state];
}

static const char *event_name(enum engine_event_kind kind)
{
	switch (kind) {
	case EVENT_STARTUP:
		return "startup";
	case EVENT_SHUTDOWN:
		return "shutdown";
	case EVENT_FACTS:
		return "facts";
	case EVENT_CONFIGURE:
		return "configure";
	case EVENT_ADVERT:
		return "advert";
	case EVENT_TIMER:
		return "timer";
	case EVENT_STANDBY:
		return "standby";
	case EVENT_TAKEOVER:
		return "takeover";
	case EVENT_PERMIT:
		return "permit";
	}
	return "?";
}

/* The link of a member. */
static unsigned link_of(const struct router *router, const struct engine_member *member)
{
	FOR_EACH_PORT(port, router)
		if (&port->member == member)
			return router_link(router, port);
	return 0;
}

static void write_event(const struct simulation *simulation, const struct router *router,
			const struct engine_event *event)
{
	const unsigned link =
		event != NULL && event->member != NULL ? link_of(router, event->member) : 0;

	if (event == NULL)
		fprintf(simulation->trace, "%-24s", "adopted or regrouped");
	else if (event->kind == EVENT_ADVERT)
		fprintf(simulation->trace, "%u: advert %3u from r%u    ", link, event->priority,
			simulation_sender(&event->source));
	else if (event->kind == EVENT_FACTS)
		fprintf(simulation->trace, "%u: %-21s", link,
			event->able ? "facts: able" : "facts: unable");
	else if (event->member != NULL)
		fprintf(simulation->trace, "%u: %-21s", link, event_name(event->kind));
	else
		fprintf(simulation->trace, "%-24s", event_name(event->kind));
}

static void write_bits(FILE *file, unsigned priority, uint32_t bits)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ACTION_SEND_ZERO, "advert(0)"},
		{ACTION_ADD_ADDRESSES, "add"},
		{ACTION_REMOVE_ADDRESSES, "remove"},
		{ACTION_ANNOUNCE, "announce"},
		{ACTION_SILENCE, "silence"},
		{ACTION_NOTIFY, "notify"},
		{ACTION_DONE, "done"},
		{ACTION_STOPPED, "stopped"},
		{ACTION_WITHHELD, "withheld"},
	};

	if (bits & ACTION_SEND_ADVERT)
		fprintf(file, " advert(%u)", priority);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits & names[i].bit)
			fprintf(file, " %s", names[i].name);
}

/* All together, or of each member where they may differ. */
static void write_actions(const struct simulation *simulation, const struct router *router,
			  const struct engine_event *event, struct engine_actions actions)
{
	struct mono now = router_clock(simulation, router);
	const struct engine_member *member = router->engine.members;

	if (event != NULL && event->member != NULL)
		member = event->member;
	if (!actions.all || member == NULL) {
		write_bits(simulation->trace, member != NULL ? engine_priority(member, now) : 0,
			   actions.bits);
		return;
	}
	FOR_EACH_PORT(port, router) {
		fprintf(simulation->trace, " [%u:", router_link(router, port));
		write_bits(simulation->trace, engine_priority(&port->member, now),
			   port->member.actions);
		fputs("]", simulation->trace);
	}
}

void trace_event(const struct simulation *simulation, const struct router *router,
		 const struct engine_event *event, enum engine_state before,
		 struct engine_actions actions)
{
	const struct engine *engine = &router->engine;

	if (simulation->trace == NULL ||
	    (event != NULL && event->kind == EVENT_ADVERT && event->priority > 0 &&
	     engine->state == before && actions.bits == 0))
		return;
	write_time(simulation);
	fprintf(simulation->trace, "r%u  ", router->number);
	write_event(simulation, router, event);
	if (engine->state == before)
		fprintf(simulation->trace, "%-22s", trace_state_name(before));
	else
		fprintf(simulation->trace, "%-9s → %-10s", trace_state_name(before),
			trace_state_name(engine->state));
	write_actions(simulation, router, event, actions);
	fputc('\n', simulation->trace);
}

void trace_router(const struct simulation *simulation, const struct router *router,
		  const char *what)
{
	trace_note(simulation, "r%u  %s", router->number, what);
}

void trace_port(const struct simulation *simulation, const struct router *router,
		const struct port *port, const char *what)
{
	trace_note(simulation, "r%u  %u: %s", router->number, router_link(router, port), what);
}

void trace_note(const struct simulation *simulation, const char *format, ...)
{
	va_list arguments;

	if (simulation->trace == NULL)
		return;
	write_time(simulation);
	va_start(arguments, format);
	vfprintf(simulation->trace, format, arguments);
	va_end(arguments);
	fputc('\n', simulation->trace);
}

static void write_port(const struct simulation *simulation, const struct router *router,
		       const struct port *port)
{
	const struct engine_config *config = &port->config;

	fprintf(simulation->trace,
		"  r%u link %u: %s, version %u, priority %3u, every %lld ms%s, preempt_delay %lld "
		"ms, startup delay %lld ms\n",
		router->number, router_link(router, port),
		port->address.family == AF_INET6 ? "IPv6" : "IPv4", config->version,
		config->priority, (long long)(config->advert_interval / USEC_PER_MSEC),
		config->nopreempt ? ", nopreempt" : "",
		(long long)(config->preempt_delay / USEC_PER_MSEC),
		(long long)(router->delay / USEC_PER_MSEC));
}

void trace_cast(const struct simulation *simulation)
{
	if (simulation->trace == NULL)
		return;
	fprintf(simulation->trace,
		"seed %llu: %u routers, %u links, frames take %lld-%lld µs, second burst after %lld ms\n",
		(unsigned long long)simulation->seed, simulation->n_routers,
		simulation->network.n_links, (long long)simulation->network.delay,
		(long long)network_longest(&simulation->network),
		(long long)(simulation->burst_delay / USEC_PER_MSEC));
	for (unsigned i = 0; i < simulation->n_routers; i++)
		FOR_EACH_PORT(port, &simulation->routers[i])
			write_port(simulation, &simulation->routers[i], port);
}
