/*
 * What has to be true all the time.  Two clocks say what can be asked for: `fault_at`, the last
 * thing that may cost service (a lost frame, a cut, a pause, a death), and `change_at`, the last
 * thing at all that may move a role, which planned things are as well.  A connected component is
 * a set of routers that hear each other; while hearing is one-sided nothing is asked for.
 *
 * Where each router of a component hears each other one on every link (it is whole), three
 * intervals and a skew (property_settled()) after the last fault:
 *  1. there is an Active router, and some router has the addresses, at every instant: also while
 *     operators hand over, better routers return, and configurations change;
 * and as long after the last change of any kind:
 *  2. there are not two Active routers for longer than an advert and its answer take;
 *  3. no two routers have the addresses for longer than their lingering;
 *  4. the last announcement was the Active router's: at once if every frame was heard, else with
 *     its next refresh.  (What a router announced before it crashed or was unplugged is not
 *     counted: nobody is left who knows of it, and the refresh has to do.)
 * Always:
 *  5. the number of times that a router becomes Active is bounded by what happened; once calm,
 *     nothing moves;
 *  6. an Active router that was silent for too long listens before it speaks;
 *  7. a router one of whose links has failed is in fault, with all of its group;
 *  8. a Backup whose lingering is over has no addresses on any link: no two roles in a group;
 *  9. no router becomes Active by itself within its startup delay.
 * Where some links are cut between some routers of a component, but none hears who does not hear
 * him, there may be several Active routers, and these must hold, once all had time to move:
 * 10. a Backup hears an Active router, on some link; no two Active routers hear each other.
 * (Not where the best router is another one on each link: then they may take turns for ever.)
 */
#include "tests/simulation/property.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/log.h"
#include "tests/simulation/simulation.h"

#define HANDLING USEC_PER_MSEC /* what routers and their kernels need for this and that */
/* Beside some intervals: so long a hand-over waits for a successor that has died (engine.h). */
#define HANDOVER (100 * USEC_PER_MSEC)

static void violate(struct simulation *simulation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void violate(struct simulation *simulation, const char *format, ...)
{
	struct properties *properties = &simulation->properties;
	va_list arguments;

	if (properties->violation[0] != '\0')
		return;
	va_start(arguments, format);
	if (vsnprintf(properties->violation, sizeof(properties->violation), format, arguments) < 0)
		fatal("vsnprintf");
	va_end(arguments);
	trace_note(simulation, "VIOLATED: %s", properties->violation);
}

/* ---- the times ---- */

static int64_t slack(const struct simulation *simulation)
{
	return 4 * network_longest(&simulation->network) + simulation->brief +
	       simulation->address_latency + HANDLING;
}

/* No skew is longer than an interval; in version 2 both are counted in seconds.  With flap_damping
 * six adverts may be waited for, and the answer of a guard.  Of two groups that are Active, each
 * the better one on another link, both may yield at their next adverts, if adverts were lost
 * before. */
int64_t property_settled(const struct simulation *simulation)
{
	int64_t groups = simulation->network.n_links > 1 ? simulation->interval_max : 0;

	return (simulation->damped ? 7 : 4) * simulation->interval_max + groups +
	       simulation->guard_max + slack(simulation);
}

/* Whoever learns from a frame that it has to announce once more did not learn it from a lost one;
 * then it is its refresh that puts things right. */
static struct mono last_word(const struct simulation *simulation)
{
	const struct properties *properties = &simulation->properties;
	struct mono refreshed = mono_add(properties->lost_at, simulation->refresh);

	return properties->lost_at.us != 0 && mono_before(properties->change_at, refreshed)
		       ? refreshed
		       : properties->change_at;
}

/* A role can move twice: to whom is first, then to whom is best once it no longer waits. */
int64_t property_calm(const struct simulation *simulation)
{
	return 2 * property_settled(simulation) + simulation->preempt_delay_max +
	       simulation->delay_max;
}

bool property_is_calm(const struct simulation *simulation)
{
	return mono_diff(simulation->now, simulation->properties.change_at) >=
	       property_calm(simulation);
}

/* An advert, its answer, and a router that is held up for a moment; where another link decides,
 * some adverts. */
static int64_t contest(const struct simulation *simulation)
{
	int64_t groups = simulation->network.n_links > 1 ? 4 * simulation->interval_max : 0;

	/* Of one that speaks more often only some adverts are answered; then it is the next of
	 * ours. */
	int64_t withheld =
		simulation->brief < simulation->interval_max / 2 ? simulation->interval_max : 0;

	return 3 * network_longest(&simulation->network) + simulation->brief + HANDLING + groups +
	       withheld;
}

/* ---- components ---- */

/* How two routers hear each other, over all links that either is on. */
struct hearing {
	bool any, mutual, whole;
};

static struct hearing hearing_of(const struct simulation *simulation, const struct router *a,
				 const struct router *b)
{
	struct hearing hearing = {.mutual = true, .whole = true};

	for (unsigned link = 0; link < simulation->network.n_links; link++) {
		bool to = router_hears(simulation, link, a, b);
		bool from = router_hears(simulation, link, b, a);

		if (!a->ports[link].used && !b->ports[link].used)
			continue;
		hearing.any |= to || from;
		hearing.mutual &= to == from;
		hearing.whole &= to && from;
	}
	return hearing;
}

/* Everyone that the component's members hear or are heard by, and how. */
static uint8_t neighbours(const struct simulation *simulation, struct component *component)
{
	uint8_t found = component->members;

	component->whole = component->mutual = true;
	for (unsigned i = 0; i < simulation->n_routers; i++)
		for (unsigned j = 0; j < simulation->n_routers; j++) {
			const struct router *a = &simulation->routers[i];
			const struct router *b = &simulation->routers[j];
			struct hearing hearing;

			if (i == j || !(component->members & 1u << i) || !router_takes_part(b))
				continue;
			hearing = hearing_of(simulation, a, b);
			if (hearing.any)
				found |= (uint8_t)(1u << j);
			if (!(found & 1u << j))
				continue;
			component->mutual &= hearing.mutual;
			component->whole &= hearing.whole;
		}
	return found;
}

static void find_components(struct simulation *simulation)
{
	struct properties *properties = &simulation->properties;
	uint8_t done = 0;

	properties->stale = false;
	properties->n_components = 0;
	for (unsigned i = 0; i < simulation->n_routers; i++) {
		struct component component = {
			.members = (uint8_t)(1u << i), .mutual = true, .whole = true};
		uint8_t before = 0;

		if ((done & 1u << i) || !router_takes_part(&simulation->routers[i]))
			continue;
		while (component.members != before) {
			before = component.members;
			component.members = neighbours(simulation, &component);
		}
		done |= component.members;
		properties->components[properties->n_components++] = component;
	}
}

void property_topology(struct simulation *simulation)
{
	simulation->properties.stale = true;
}

static bool hears_on_any(const struct simulation *simulation, const struct router *router,
			 const struct router *from)
{
	for (unsigned link = 0; link < simulation->network.n_links; link++)
		if (router_hears(simulation, link, router, from))
			return true;
	return false;
}

bool property_has_active(struct simulation *simulation, const struct router *router)
{
	bool found = false;

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct router *other = &simulation->routers[i];

		if (other == router || !router_takes_part(other) ||
		    !hears_on_any(simulation, router, other))
			continue;
		if (other->engine.state == ENGINE_RESIGNING)
			return false;
		found |= other->engine.state == ENGINE_ACTIVE;
	}
	return found;
}

/* ---- 5: roles move for a reason ---- */

static int64_t skew_of(const struct simulation *simulation, const struct router *router,
		       unsigned link)
{
	const struct port *port = &router->ports[link];
	uint8_t priority =
		router->engine.state == ENGINE_INIT || !port->used
			? port->config.priority
			: engine_priority(&port->member, router_clock(simulation, router));

	return engine_skew(port->config.version, priority, port->config.advert_interval);
}

/* Two routers whose skew times tell them apart whatever the wire and the scheduler do, and alike on
 * every link. */
static bool far_apart(const struct simulation *simulation, const struct router *a,
		      const struct router *b)
{
	int64_t least = 2 * network_longest(&simulation->network) + ROUTER_SCHEDULING;
	bool first_below = skew_of(simulation, a, 0) < skew_of(simulation, b, 0);

	for (unsigned link = 0; link < simulation->network.n_links; link++) {
		const struct engine_config *x = &a->ports[link].config, *y = &b->ports[link].config;
		int64_t difference = skew_of(simulation, a, link) - skew_of(simulation, b, link);

		if (x->version != y->version || x->advert_interval != y->advert_interval ||
		    (difference < 0 ? -difference : difference) <= least ||
		    (difference < 0) != first_below || !a->ports[link].used || !b->ports[link].used)
			return false;
	}
	return true;
}

static bool all_whole(const struct simulation *simulation)
{
	const struct properties *properties = &simulation->properties;

	for (unsigned i = 0; i < properties->n_components; i++)
		if (!properties->components[i].whole)
			return false;
	return true;
}

/* Elections have one foreseeable winner. */
static bool is_orderly(const struct simulation *simulation)
{
	if (!all_whole(simulation))
		return false;
	for (unsigned i = 0; i < simulation->n_routers; i++)
		for (unsigned j = 0; j < i; j++)
			if (!far_apart(simulation, &simulation->routers[i],
				       &simulation->routers[j]))
				return false;
	return simulation->network.congestion == 0 && simulation->preempt_delay_max == 0 &&
	       simulation->links_alike && !simulation->damped && simulation->guard_max == 0;
}

void property_change(struct simulation *simulation, unsigned rises, int64_t lasting)
{
	struct properties *properties = &simulation->properties;
	struct mono until = mono_add(simulation->now, lasting);

	bool crossing = mono_diff(simulation->now, properties->rise_at) <=
			3 * network_longest(&simulation->network);

	if (crossing && mono_before(properties->fault_at, simulation->now))
		properties->fault_at = simulation->now;
	/* Where a member has no peer it waits in vain for one to answer. */
	if (!all_whole(simulation) && mono_before(properties->fault_at, until))
		properties->fault_at = until;
	if (property_is_calm(simulation))
		properties->rises = properties->allowed = 0;
	properties->allowed +=
		is_orderly(simulation) && !crossing ? rises : 2 * simulation->n_routers;
	if (mono_before(properties->change_at, until))
		properties->change_at = until;
	property_topology(simulation);
}

void property_fault(struct simulation *simulation, unsigned rises)
{
	struct properties *properties = &simulation->properties;

	if (mono_before(properties->fault_at, simulation->now))
		properties->fault_at = simulation->now;
	property_change(simulation, rises, 0);
}

void property_unheard(struct simulation *simulation)
{
	simulation->properties.lost_at = simulation->now;
}

void property_frame(struct simulation *simulation)
{
	property_unheard(simulation);
	property_fault(simulation, 1);
}

void property_rise(struct simulation *simulation, const struct router *router)
{
	struct properties *properties = &simulation->properties;

	if (mono_before(simulation->now, router->hold))
		violate(simulation, "r%u becomes Active within its startup delay", router->number);
	if (property_is_calm(simulation))
		properties->rises = properties->allowed = 0;
	properties->rises++;
	properties->rise_at = simulation->now;
	if (!all_whole(simulation))
		return;
	if (properties->rises > properties->allowed)
		violate(simulation,
			"r%u becomes Active without need: %u elections since all was calm, %u "
			"would do",
			router->number, properties->rises, properties->allowed);
}

/* ---- 6: late is not alive ---- */

void property_advert(struct simulation *simulation, const struct router *router,
		     const struct port *port)
{
	if (mono_before(simulation->now, port->hush_until))
		violate(simulation,
			"r%u was silent for too long on link %u and speaks before it listens",
			router->number, router_link(router, port));
}

/* ---- 1 to 4 ---- */

struct census {
	unsigned electing; /* not just waiting for their addresses or the startup delay to go */
	unsigned active;   /* in public */
	unsigned speaking; /* of them, not resigning */
	const struct router *elected;
};

struct census_of_link {
	unsigned holding;
	unsigned believed;
};

static bool is_electing(const struct simulation *simulation, const struct router *router)
{
	return router->engine.state != ENGINE_INIT &&
	       (router->hold.us == 0 ||
		mono_diff(simulation->now, router->hold) > property_settled(simulation));
}

static struct census take_census(const struct simulation *simulation,
				 const struct component *component)
{
	struct census census = {0};

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct router *router = &simulation->routers[i];

		if (!(component->members & 1u << i))
			continue;
		census.electing += is_electing(simulation, router);
		census.active += router_is_active(router);
		if (router->engine.state == ENGINE_ACTIVE ||
		    router->engine.state == ENGINE_LISTENING)
			census.speaking++;
		if (router->engine.state == ENGINE_ACTIVE)
			census.elected = router;
	}
	return census;
}

static struct census_of_link count_holders(const struct simulation *simulation,
					   const struct component *component, unsigned link)
{
	struct census_of_link census = {0};

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct port *port = &simulation->routers[i].ports[link];

		if (!(component->members & 1u << i) || !port->used)
			continue;
		census.holding += port->holds;
		census.believed += port->believed;
	}
	return census;
}

/* Whether it has been so for longer than `bound`. */
static bool lasts(const struct simulation *simulation, struct mono *since, bool holds,
		  int64_t bound)
{
	if (!holds)
		*since = (struct mono){0};
	else if (since->us == 0)
		*since = simulation->now;
	return holds && mono_diff(simulation->now, *since) > bound;
}

static int64_t calm_for(const struct simulation *simulation)
{
	return mono_diff(simulation->now, simulation->properties.change_at) -
	       property_settled(simulation);
}

static void check_unity(struct simulation *simulation, const struct census *census,
			struct component *component)
{
	int64_t linger = contest(simulation) + simulation->linger + simulation->address_latency;
	bool crowded = lasts(simulation, &component->crowded_since, census->speaking > 1,
			     contest(simulation));

	if (crowded && calm_for(simulation) >= linger)
		violate(simulation, "%u Active routers among 0x%02x", census->speaking,
			component->members);
}

static void check_holders(struct simulation *simulation, struct component *component, unsigned link,
			  const struct census_of_link *census)
{
	int64_t linger = contest(simulation) + simulation->linger + simulation->address_latency;
	bool doubled = lasts(simulation, &component->links[link].doubled_since, census->holding > 1,
			     linger) &&
		       mono_diff(simulation->now, simulation->properties.rise_at) > linger;

	if (doubled && calm_for(simulation) >= linger)
		violate(simulation, "%u routers have the addresses of link %u among 0x%02x",
			census->holding, link, component->members);
}

static void check_announcement(struct simulation *simulation, const struct router *elected,
			       struct component *component, unsigned link,
			       const struct census_of_link *census)
{
	int64_t calm = mono_diff(simulation->now, last_word(simulation)) -
		       property_settled(simulation) - simulation->address_latency;
	bool wrong = elected != NULL && (!elected->ports[link].believed || census->believed > 1);
	bool misled = lasts(simulation, &component->links[link].misled_since, wrong,
			    contest(simulation) + simulation->address_latency);

	if (misled && calm >= 0)
		violate(simulation,
			"r%u is Active, but the last announcement on link %u was not its own",
			elected->number, link);
}

static void check_component(struct simulation *simulation, struct component *component)
{
	const struct census census = take_census(simulation, component);
	bool due = census.electing > 0 &&
		   mono_diff(simulation->now, simulation->properties.fault_at) >=
			   property_settled(simulation) + HANDOVER;

	if (due && census.active == 0)
		violate(simulation, "nobody is Active among the routers 0x%02x",
			component->members);
	check_unity(simulation, &census, component);
	for (unsigned link = 0; link < simulation->network.n_links; link++) {
		struct census_of_link holders = count_holders(simulation, component, link);
		unsigned first = (unsigned)__builtin_ctz(component->members);

		if (!simulation->routers[first].ports[link].used)
			continue;
		if (due && census.active > 0 && holders.holding == 0)
			violate(simulation,
				"nobody has the addresses of link %u among the routers 0x%02x",
				link, component->members);
		check_holders(simulation, component, link, &holders);
		check_announcement(simulation, census.elected, component, link, &holders);
	}
}

/* ---- 7 and 8: one role in a group ---- */

static void check_group(struct simulation *simulation, const struct router *router)
{
	const struct engine *engine = &router->engine;

	if (router->process != PROCESS_RUNNING)
		return;
	if (!router_is_plugged(router) && engine->state != ENGINE_FAULT &&
	    engine->state != ENGINE_INIT)
		violate(simulation, "r%u is %s with a link that failed", router->number,
			trace_state_name(engine->state));
	if (engine->state != ENGINE_BACKUP || engine->release_due.us != 0)
		return;
	FOR_EACH_PORT(port, router)
		if (port->wants)
			violate(simulation, "r%u is Backup and keeps the addresses of link %u",
				router->number, router_link(router, port));
}

/* ---- 10: where some links are cut ---- */

/* A role may move along a chain of routers. */
static bool all_have_moved(const struct simulation *simulation)
{
	return mono_diff(simulation->now, simulation->properties.change_at) >=
	       (int64_t)simulation->n_routers * property_calm(simulation);
}

static bool hears_active(const struct simulation *simulation, const struct router *router)
{
	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct router *other = &simulation->routers[i];

		if (other != router && router_takes_part(other) && router_is_active(other) &&
		    hears_on_any(simulation, router, other))
			return true;
	}
	return false;
}

static void check_cut(struct simulation *simulation, struct component *component)
{
	const struct router *crowd = NULL;

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct router *router = &simulation->routers[i];

		if (!(component->members & 1u << i) || !is_electing(simulation, router))
			continue;
		if (router_is_active(router) && hears_active(simulation, router))
			crowd = router;
		if (!router_is_active(router) && !hears_active(simulation, router) &&
		    all_have_moved(simulation))
			violate(simulation, "r%u is Backup and hears nobody Active",
				router->number);
	}
	if (lasts(simulation, &component->crowded_since, crowd != NULL,
		  contest(simulation) + simulation->linger) &&
	    crowd != NULL && all_have_moved(simulation))
		violate(simulation, "r%u is Active and hears another", crowd->number);
}

void property_check(struct simulation *simulation)
{
	struct properties *properties = &simulation->properties;

	if (properties->stale)
		find_components(simulation);
	for (unsigned i = 0; i < simulation->n_routers; i++)
		check_group(simulation, &simulation->routers[i]);
	for (unsigned i = 0; i < properties->n_components; i++) {
		if (!properties->components[i].whole)
			properties->lost_at = simulation->now;
		if (!properties->components[i].mutual) {
			properties->fault_at = simulation->now;
			return;
		}
	}
	for (unsigned i = 0; i < properties->n_components; i++)
		if (properties->components[i].whole)
			check_component(simulation, &properties->components[i]);
		else if (!simulation->ranks_mixed && !simulation->priorities_few)
			check_cut(simulation, &properties->components[i]);
}
