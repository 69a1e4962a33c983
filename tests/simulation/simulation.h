#ifndef SIMULATION_SIMULATION_H
#define SIMULATION_SIMULATION_H

#include <stdint.h>
#include <stdio.h>

#include "tests/simulation/agenda.h"
#include "tests/simulation/network.h"
#include "tests/simulation/plant.h"
#include "tests/simulation/property.h"
#include "tests/simulation/random.h"
#include "tests/simulation/router.h"
#include "tests/simulation/trace.h"

#define SIMULATION_INTERVALS 3

/* One scenario: a world, made from its seed. */
struct simulation {
	uint64_t seed;
	const struct plant *plant; /* NULL = no bug */
	FILE *trace;		   /* NULL = none */
	struct random random;
	struct random further; /* for what came later: older scenarios stay what they were */
	struct mono now;
	struct agenda agenda;
	struct network network;
	struct properties properties;
	unsigned mishaps;  /* to come */
	bool signs;	   /* adverts are signed */
	int64_t guard_max; /* µs until the role of a dead router may be taken */
	bool damped;	   /* some have flap_damping */
	unsigned set;	   /* the router whose clock is set now and then */
	int64_t pause;	   /* µs: at least so long until the next */
	int64_t intervals[SIMULATION_INTERVALS]; /* that routers may be configured with, in µs */
	int64_t interval_max;
	bool versions_two; /* all of version 2 */
	bool versions_mixed;
	bool priorities_few;	   /* so that many are equal */
	bool ranks_mixed;	   /* the best router is another one on each link */
	bool links_alike;	   /* a router is configured alike on all links */
	int64_t delay_max;	   /* µs: startup delays */
	int64_t brief;		   /* µs: an outage that nobody should mind */
	int64_t preempt_delay_max; /* µs */
	int64_t address_latency;   /* µs: the most that a kernel needs to add them */
	int64_t linger;		   /* µs */
	int64_t burst_delay;	   /* µs: between two bursts of announcements; 0 = one burst */
	int64_t refresh;	   /* µs: between announcements later on */
	unsigned n_routers;
	struct router routers[NETWORK_ROUTERS_MAX];
};

/* simulation.c */

/* Runs the scenario of a seed to its end or first violation, which is written to `violation` (empty
 * = none). `plant` and `trace` may be NULL. Returns the virtual time it took, in µs. */
int64_t simulation_run(uint64_t seed, const struct plant *plant, FILE *trace,
		       char violation[PROPERTY_TEXT_SIZE]);
/* The number of the router with that address. */
unsigned simulation_sender(const struct address *address);

/* scenario.c: fills the world with routers that are about to be started. */
void scenario_create(struct simulation *simulation);
/* Some configuration that fits the scenario. */
struct engine_config scenario_config(struct simulation *simulation);
uint8_t scenario_priority(struct simulation *simulation);

/* mishap.c: lets the next thing go wrong, or be ordered, and puts the one after it, or the end of
 * the scenario, on the agenda. */
void mishap_next(struct simulation *simulation);
/* Ends what the router suffers: it goes on, is started (again), or has its cable back. */
void mishap_recovery(struct simulation *simulation, struct router *router);

#endif
