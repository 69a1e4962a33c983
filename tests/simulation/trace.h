#ifndef SIMULATION_TRACE_H
#define SIMULATION_TRACE_H

#include <stdio.h>

#include "vrrp/engine/engine.h"

struct simulation;
struct router;
struct port;

/* trace.c: nothing is written while simulation->trace is NULL. */

const char *trace_state_name(enum engine_state state);
/* A line about what an event did to a router; none when it did nothing worth telling. */
void trace_event(const struct simulation *simulation, const struct router *router,
		 const struct engine_event *event, enum engine_state before,
		 struct engine_actions actions);
/* A line about one of its ports. */
void trace_port(const struct simulation *simulation, const struct router *router,
		const struct port *port, const char *what);
/* A line about one router, outside its engine. */
void trace_router(const struct simulation *simulation, const struct router *router,
		  const char *what);
/* A line about the world. */
void trace_note(const struct simulation *simulation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Who is there, for the head of a trace. */
void trace_cast(const struct simulation *simulation);

#endif
