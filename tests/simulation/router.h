#ifndef SIMULATION_ROUTER_H
#define SIMULATION_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulation/agenda.h"
#include "tests/simulation/network.h"
#include "vrrp/engine/engine.h"
#include "vrrp/wire/replay.h"

#define ROUTER_SCHEDULING 50  /* µs: how late a timer of a running process may be served */
#define ROUTER_QUEUE	  128 /* frames that a paused process finds when it goes on */

struct simulation;

enum router_process {
	PROCESS_STOPPED, /* not started, or shut down */
	PROCESS_RUNNING,
	PROCESS_PAUSED, /* its machine, clock and receive queue go on */
	PROCESS_FROZEN, /* the whole machine is */
	PROCESS_DEAD,	/* killed */
};

/* A member of the router's unit, with its link and its addresses. */
struct port {
	bool used; /* the router is on this link */
	struct engine_member member;
	struct engine_config config; /* what its file says */
	struct replay guard;	     /* where adverts are signed */
	struct address address;
	bool plugged;	      /* its cable */
	bool wants;	      /* has asked the kernel for the addresses */
	bool holds;	      /* the kernel has them */
	bool news;	      /* the kernel got them while nobody looked */
	uint32_t serial;      /* of the last request to the kernel */
	struct mono burst_at; /* the next announcements; 0 = none */
	bool believed;	      /* nobody announced after it, as far as its side of the wire heard */
	struct mono hush_until; /* before it, it has to listen; 0 = it may speak */
};

#define FOR_EACH_PORT(port, router)                                  \
	for (__typeof__(&(router)->ports[0]) port = (router)->ports; \
	     port < (router)->ports + NETWORK_LINKS_MAX; port++)     \
		if (port->used)

/* The daemon around one engine, and its machine. */
struct router {
	unsigned number;
	struct engine engine;
	struct port ports[NETWORK_LINKS_MAX];
	enum router_process process;
	bool brief;		/* not running, but for too short a time for anyone to mind */
	bool away;		/* it suffers something; a recovery is on the agenda */
	bool journal;		/* it will find its journal when it is started again */
	int64_t clock;		/* µs: its monotonic clock minus the world's time */
	int64_t wall_error;	/* µs: its wall clock minus what it should be */
	int64_t delay;		/* µs: startup delay */
	struct mono hold;	/* until when it may not become Active by itself; 0 = it may */
	struct mono timer_at;	/* when the agenda calls it next; 0 = not */
	uint32_t outage;	/* counts pauses and deaths */
	struct mono stopped_at; /* while frozen with its clock: since when; else 0 */
	unsigned queued;
	struct frame queue[ROUTER_QUEUE];
};

/* router.c; events in the life of a router, at the world's present time */
void router_boot(struct simulation *simulation, struct router *router);
void router_order(struct simulation *simulation, struct router *router,
		  enum engine_event_kind kind);
void router_reload(struct simulation *simulation, struct router *router, struct port *port,
		   const struct engine_config *config);
/* A reload that adds a member to its unit, or takes one out. */
void router_add(struct simulation *simulation, struct router *router, struct port *port);
void router_remove(struct simulation *simulation, struct router *router, struct port *port);
void router_plug(struct simulation *simulation, struct router *router, struct port *port,
		 bool plugged);
void router_pause(struct simulation *simulation, struct router *router);
void router_resume(struct simulation *simulation, struct router *router);
/* `with_clock`: its monotonic clock stands still as well, as in a suspended machine. */
void router_freeze(struct simulation *simulation, struct router *router, bool with_clock);
void router_thaw(struct simulation *simulation, struct router *router);
/* The process dies; with the whole machine its addresses go at once, else with their lease. */
void router_kill(struct simulation *simulation, struct router *router, bool machine);
/* Adopts what the killed process was doing. */
void router_restart(struct simulation *simulation, struct router *router);

/* What the agenda has for it. */
void router_receive(struct simulation *simulation, struct router *router,
		    const struct frame *frame);
void router_timer(struct simulation *simulation, struct router *router);
void router_burst(struct simulation *simulation, struct router *router, struct port *port);
void router_addresses_added(struct simulation *simulation, struct router *router, struct port *port,
			    uint32_t serial);
void router_permit(struct simulation *simulation, struct router *router);
void router_lease_over(struct simulation *simulation, struct router *router, uint32_t outage);

/* Its monotonic clock, now. */
struct mono router_clock(const struct simulation *simulation, const struct router *router);
/* Both of its clocks, for the guard against replays. */
struct replay_now router_clocks(const struct simulation *simulation, const struct router *router);
/* Takes part in elections, as far as others can see. */
bool router_takes_part(const struct router *router);
bool router_is_active(const struct router *router);
/* Adverts of `from` find their way to `router` on that link and are accepted there. */
bool router_hears(const struct simulation *simulation, unsigned link, const struct router *router,
		  const struct router *from);
/* All of its cables are plugged in. */
bool router_is_plugged(const struct router *router);
unsigned router_link(const struct router *router, const struct port *port);

#endif
