/*
 * What has to be true all the time.  Two clocks say what can be asked for: `fault_at`, the last
 * thing that may cost service (a lost frame, a cut, a pause, a death), and `change_at`, the last
 * thing at all that may move a role, which planned things are as well.  A connected component is
 * a set of routers that hear each other; while hearing is one-sided nothing is asked for.
 *
 * In every component, three intervals and a skew (property_settled()) after the last fault:
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
 *  6. an Active router that was silent for too long listens before it speaks.
 * With sync groups: no two roles within one.
 */
#include "tests/simulation/property.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/log.h"
#include "tests/simulation/simulation.h"

#define HANDLING USEC_PER_MSEC /* what routers and their kernels need for this and that */

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

/* No skew is longer than an interval; in version 2 both are counted in seconds. */
int64_t property_settled(const struct simulation *simulation)
{
	return 4 * simulation->interval_max + slack(simulation);
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
	return 2 * property_settled(simulation) + simulation->preempt_delay_max;
}

bool property_is_calm(const struct simulation *simulation)
{
	return mono_diff(simulation->now, simulation->properties.change_at) >=
	       property_calm(simulation);
}

/* An advert, its answer, and a router that is held up for a moment. */
static int64_t contest(const struct simulation *simulation)
{
	return 3 * network_longest(&simulation->network) + simulation->brief + HANDLING;
}

/* ---- components ---- */

/* Everyone that `members` hear or are heard by, and whether all of that is mutual. */
static uint8_t neighbours(const struct simulation *simulation, uint8_t members, bool *whole)
{
	uint8_t found = members;

	for (unsigned i = 0; i < simulation->n_routers; i++)
		for (unsigned j = 0; j < simulation->n_routers; j++) {
			const struct router *a = &simulation->routers[i];
			const struct router *b = &simulation->routers[j];
			bool to, from;

			if (i == j || !(members & 1u << i) || !router_takes_part(b))
				continue;
			to = router_hears(simulation, a, b);
			from = router_hears(simulation, b, a);
			if (to || from)
				found |= (uint8_t)(1u << j);
			if ((found & 1u << j) && !(to && from))
				*whole = false;
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
		struct component component = {.members = (uint8_t)(1u << i), .whole = true};
		uint8_t before = 0;

		if ((done & 1u << i) || !router_takes_part(&simulation->routers[i]))
			continue;
		while (component.members != before) {
			before = component.members;
			component.whole = true;
			component.members = neighbours(simulation, before, &component.whole);
		}
		done |= component.members;
		properties->components[properties->n_components++] = component;
	}
}

void property_topology(struct simulation *simulation)
{
	simulation->properties.stale = true;
}

bool property_has_active(struct simulation *simulation, const struct router *router)
{
	bool found = false;

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct router *other = &simulation->routers[i];

		if (other == router || !router_takes_part(other) ||
		    !router_hears(simulation, router, other))
			continue;
		if (other->engine.state == ENGINE_RESIGNING)
			return false;
		found |= other->engine.state == ENGINE_ACTIVE;
	}
	return found;
}

/* ---- 5: roles move for a reason ---- */

static int64_t skew_of(const struct simulation *simulation, const struct router *router)
{
	const struct engine_config *config = &router->config;
	uint8_t priority =
		router->engine.state == ENGINE_INIT
			? config->priority
			: engine_priority(&router->member, router_clock(simulation, router));

	return engine_skew(config->version, priority, config->advert_interval);
}

/* Two routers whose skew times tell them apart whatever the wire and the scheduler do. */
static bool far_apart(const struct simulation *simulation, const struct router *a,
		      const struct router *b)
{
	int64_t difference = skew_of(simulation, a) - skew_of(simulation, b);

	return a->config.version == b->config.version &&
	       a->config.advert_interval == b->config.advert_interval &&
	       (difference < 0 ? -difference : difference) >
		       2 * network_longest(&simulation->network) + ROUTER_SCHEDULING;
}

/* Elections have one foreseeable winner. */
static bool is_orderly(const struct simulation *simulation)
{
	const struct properties *properties = &simulation->properties;

	for (unsigned i = 0; i < properties->n_components; i++)
		if (!properties->components[i].whole)
			return false;
	for (unsigned i = 0; i < simulation->n_routers; i++)
		for (unsigned j = 0; j < i; j++)
			if (!far_apart(simulation, &simulation->routers[i],
				       &simulation->routers[j]))
				return false;
	return simulation->network.congestion == 0 && simulation->preempt_delay_max == 0;
}

void property_change(struct simulation *simulation, unsigned rises, int64_t lasting)
{
	struct properties *properties = &simulation->properties;
	struct mono until = mono_add(simulation->now, lasting);

	bool crossing = mono_diff(simulation->now, properties->rise_at) <=
			3 * network_longest(&simulation->network);

	if (crossing)
		properties->fault_at = simulation->now;
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
	simulation->properties.fault_at = simulation->now;
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

	if (property_is_calm(simulation))
		properties->rises = properties->allowed = 0;
	properties->rises++;
	properties->rise_at = simulation->now;
	for (unsigned i = 0; i < properties->n_components; i++)
		if (!properties->components[i].whole)
			return;
	if (properties->rises > properties->allowed)
		violate(simulation,
			"r%u becomes Active without need: %u elections since all was calm, %u "
			"would do",
			router->number, properties->rises, properties->allowed);
}

/* ---- 6: late is not alive ---- */

void property_advert(struct simulation *simulation, const struct router *router)
{
	if (mono_before(simulation->now, router->hush_until))
		violate(simulation, "r%u was silent for too long and speaks before it listens",
			router->number);
}

/* ---- 1 to 4 ---- */

struct census {
	unsigned electing; /* not just waiting for their addresses to go */
	unsigned active;   /* in public */
	unsigned speaking; /* of them, not resigning */
	unsigned holding;
	unsigned believed;
	const struct router *elected;
};

static struct census take_census(const struct simulation *simulation,
				 const struct component *component)
{
	struct census census = {0};

	for (unsigned i = 0; i < simulation->n_routers; i++) {
		const struct router *router = &simulation->routers[i];

		if (!(component->members & 1u << i))
			continue;
		census.electing += router->engine.state != ENGINE_INIT;
		census.active += router_is_active(router);
		census.holding += router->holds;
		if (router->engine.state == ENGINE_ACTIVE ||
		    router->engine.state == ENGINE_LISTENING)
			census.speaking++;
		if (router->engine.state == ENGINE_ACTIVE)
			census.elected = router;
		census.believed += router->believed;
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

static void check_service(struct simulation *simulation, const struct census *census,
			  uint8_t members)
{
	if (census->active == 0)
		violate(simulation, "nobody is Active among the routers 0x%02x", members);
	else if (census->holding == 0)
		violate(simulation, "nobody has the addresses among the routers 0x%02x", members);
}

static void check_unity(struct simulation *simulation, const struct census *census,
			struct component *component)
{
	int64_t linger = contest(simulation) + simulation->linger + simulation->address_latency;
	int64_t calm = mono_diff(simulation->now, simulation->properties.change_at) -
		       property_settled(simulation) - linger;
	bool crowded = lasts(simulation, &component->crowded_since, census->speaking > 1,
			     contest(simulation));
	bool doubled = lasts(simulation, &component->doubled_since, census->holding > 1, linger) &&
		       mono_diff(simulation->now, simulation->properties.rise_at) > linger;

	if (crowded && calm >= 0)
		violate(simulation, "%u Active routers among 0x%02x", census->speaking,
			component->members);
	else if (doubled && calm >= 0)
		violate(simulation, "%u routers have the addresses among 0x%02x", census->holding,
			component->members);
}

static void check_announcement(struct simulation *simulation, const struct census *census,
			       struct component *component)
{
	int64_t calm = mono_diff(simulation->now, last_word(simulation)) -
		       property_settled(simulation) - simulation->address_latency;
	bool misled = lasts(simulation, &component->misled_since,
			    census->elected != NULL &&
				    (!census->elected->believed || census->believed > 1),
			    contest(simulation) + simulation->address_latency);

	if (misled && calm >= 0)
		violate(simulation, "r%u is Active, but the last announcement was not its own",
			census->elected->number);
}

static void check_component(struct simulation *simulation, struct component *component)
{
	const struct census census = take_census(simulation, component);

	if (census.electing > 0 && mono_diff(simulation->now, simulation->properties.fault_at) >=
					   property_settled(simulation))
		check_service(simulation, &census, component->members);
	check_unity(simulation, &census, component);
	check_announcement(simulation, &census, component);
}

void property_check(struct simulation *simulation)
{
	struct properties *properties = &simulation->properties;

	if (properties->stale)
		find_components(simulation);
	for (unsigned i = 0; i < properties->n_components; i++)
		if (!properties->components[i].whole) {
			properties->fault_at = properties->lost_at = simulation->now;
			return;
		}
	for (unsigned i = 0; i < properties->n_components; i++)
		check_component(simulation, &properties->components[i]);
}
