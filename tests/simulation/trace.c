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
	}
	return "?";
}

static void write_event(const struct simulation *simulation, const struct engine_event *event)
{
	if (event == NULL)
		fprintf(simulation->trace, "%-22s", "adopted");
	else if (event->kind == EVENT_ADVERT)
		fprintf(simulation->trace, "advert %3u from r%u     ", event->priority,
			simulation_sender(&event->source));
	else if (event->kind == EVENT_FACTS)
		fprintf(simulation->trace, "%-22s", event->able ? "facts: able" : "facts: unable");
	else
		fprintf(simulation->trace, "%-22s", event_name(event->kind));
}

static void write_actions(const struct simulation *simulation, const struct router *router,
			  uint32_t bits)
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
	};

	if (bits & ACTION_SEND_ADVERT)
		fprintf(simulation->trace, " advert(%u)",
			engine_priority(&router->member, router_clock(simulation, router)));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits & names[i].bit)
			fprintf(simulation->trace, " %s", names[i].name);
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
	write_event(simulation, event);
	if (engine->state == before)
		fprintf(simulation->trace, "%-22s", engine_state_name(before));
	else
		fprintf(simulation->trace, "%-9s → %-10s", engine_state_name(before),
			engine_state_name(engine->state));
	write_actions(simulation, router, actions.bits);
	fputc('\n', simulation->trace);
}

void trace_router(const struct simulation *simulation, const struct router *router,
		  const char *what)
{
	trace_note(simulation, "r%u  %s", router->number, what);
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

void trace_cast(const struct simulation *simulation)
{
	if (simulation->trace == NULL)
		return;
	fprintf(simulation->trace,
		"seed %llu: %u routers, frames take %lld-%lld µs, second burst after %lld ms\n",
		(unsigned long long)simulation->seed, simulation->n_routers,
		(long long)simulation->network.delay,
		(long long)network_longest(&simulation->network),
		(long long)(simulation->burst_delay / USEC_PER_MSEC));
	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct engine_config *config = &simulation->routers[i].config;

		fprintf(simulation->trace,
			"  r%u: version %u, priority %3u, every %lld ms%s, preempt_delay %lld ms\n",
			i, config->version, config->priority,
			(long long)(config->advert_interval / USEC_PER_MSEC),
			config->nopreempt ? ", nopreempt" : "",
			(long long)(config->preempt_delay / USEC_PER_MSEC));
	}
}
