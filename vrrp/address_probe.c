/*
 * probe_before_active of a unit: a router that is not heard may serve all the same, behind a
 * firewall that keeps its adverts from us, for example one that lets them in only after we have
 * sent one.  ARP and neighbour discovery are not stopped by that, so before the role is taken
 * (ACTION_ASK) the first addresses of each member are asked for, ROUNDS times, spread over the
 * first half of the wait; the packet sockets of conflict.c hear the answers.  An ARP probe says
 * nothing of us (RFC 5227), so that two who ask at a time do not answer each other and no host
 * learns anything; a solicitation comes from an address of the interface for the same reason.
 *
 * While somebody answers, the unit stays Backup, says who it is, and asks again after PAUSE, for as
 * long as no advert is heard: there are never two owners.  When nobody answers, fence_script is
 * next, where there is one: what can be found out by asking needs no fence.
 *
 * The end of the wait is not the last look: a process that was paused finds its timer due before it
 * has read what lies in its sockets.  So the loop is given a turn to read (PROBE_READS).
 */
#include "vrrp/address_probe.h"

#include "core/base/text.h"
#include "vrrp/unit.h"

#define ROUNDS 3
#define READY  (2 * USEC_PER_MSEC) /* until conflict.c hears */
#define READ   USEC_PER_MSEC
#define PAUSE  USEC_PER_SEC

static void due(struct timer *timer, void *data);

static void wake(struct unit *unit, int64_t delay)
{
	struct loop *loop = unit->shared->loop;

	timer_set(loop, &unit->probe.timer, mono_add(loop_now(loop), delay), due, unit);
}

void address_probe_end(struct instance *instance)
{
	for (size_t i = 0; i < instance->probes.n; i++)
		conflicts_probe_end(&instance->probes.list[i]);
	instance->probes.n = 0;
}

static void end_all(struct unit *unit)
{
	FOR_EACH_INSTANCE(instance, unit)
		address_probe_end(instance);
}

static void forget(struct unit *unit)
{
	timer_cancel(&unit->probe.timer);
	end_all(unit);
	unit->probe.answered = false;
	unit->probe.text[0] = '\0';
	unit_publish(unit);
}

static void on_answered(struct address_probe *probe, const uint8_t mac[6])
{
	struct instance *instance = probe->asker;
	struct unit *unit = instance->unit;
	char *text = unit->probe.text;

	if (!unit->engine.asked)
		return; /* the timer will end it */
	text_print(text, sizeof(unit->probe.text),
		   "%s is answered for by %s on %s, though no advert is heard",
		   address_text(&probe->address).text, mac_text(mac).text, probe->interface->name);
	instance_count(instance, COUNTER_PROBES_ANSWERED);
	report_line(instance, LINE_PROBE, LOG_LEVEL_WARNING, "not becoming Active: %s", text);
	unit->probe.phase = PROBE_PAUSES;
	unit->probe.answered = true;
	end_all(unit);
	unit_publish(unit);
	wake(unit, PAUSE);
}

/* Where those are who may have it: not on our own interface with a virtual hardware address, which
 * is silent while we are Backup. */
static struct interface *place_of(const struct instance *instance, const struct instance_address *a)
{
	const struct instance_vmac *vmac = instance->vmac;

	return vmac && vmac->interface == a->interface ? instance->interface : a->interface;
}

/* None: there is none, and a solicitation from nowhere would be taken for a claim. */
static struct address source_on(const struct interface *interface)
{
	enum interface_fitness fitness;
	struct address source = interface_source(interface, AF_INET6, true, &fitness);

	if (source.family == 0)
		source = interface_source(interface, AF_INET6, false, &fitness);
	return source;
}

/* The first addresses for which a probe can be sent. */
static void choose(struct instance *instance)
{
	struct instance_probes *probes = &instance->probes;

	if (instance->conf->probe_wait == 0 || instance->conf->priority == ENGINE_PRIORITY_OWNER)
		return;
	for (size_t i = 0; i < instance->n_addresses && probes->n < INSTANCE_PROBES; i++) {
		const struct instance_address *a = instance->addresses[i];
		struct interface *interface = place_of(instance, a);

		if (interface->index == 0 || !interface->announces ||
		    (a->address.family == AF_INET6 && source_on(interface).family == 0))
			continue;
		probes->list[probes->n] = (struct address_probe){.interface = interface,
								 .address = a->address,
								 .answered = on_answered,
								 .asker = instance};
		conflicts_probe(instance->shared->conflicts, &probes->list[probes->n++]);
	}
}

static void begin(struct unit *unit)
{
	end_all(unit);
	FOR_EACH_INSTANCE(instance, unit)
		choose(instance);
	unit->probe.phase = PROBE_SENDS;
	unit->probe.turn = 0;
	wake(unit, READY);
}

/* Sends what is to be sent now, and waits for its next turn, or for the last answers. */
static void take_turn(struct unit *unit)
{
	struct unit_probe *probe = &unit->probe;
	size_t most = 0, turns; /* of each round: the most addresses that any member probes */

	FOR_EACH_INSTANCE(instance, unit)
		if (instance->probes.n > most)
			most = instance->probes.n;
	turns = ROUNDS * most;
	if (probe->turn >= turns) {
		probe->phase = PROBE_READS;
		wake(unit, READ);
		return;
	}
	FOR_EACH_INSTANCE(instance, unit) {
		const struct address_probe *next = &instance->probes.list[probe->turn % most];

		if (probe->turn % most >= instance->probes.n)
			continue;
		struct neighbour_sender sender = interface_sender(next->interface);
		struct address source = source_on(next->interface);
		announce_probe(instance->shared->announcer, &sender, &source, &next->address);
	}
	probe->turn++;
	wake(unit, probe->turn < turns ? probe->wait / 2 / (int64_t)turns : probe->wait / 2);
}

static void due(struct timer *timer, void *data)
{
	struct unit *unit = data;

	(void)timer;
	if (!unit->engine.asked) {
		forget(unit); /* somebody is heard, or the unit is something else by now */
		return;
	}
	switch (unit->probe.phase) {
	case PROBE_SENDS:
		take_turn(unit);
		break;
	case PROBE_READS: /* nobody has answered */
		if (unit->probe.answered)
			log_notice("%s: nobody answers for its addresses any more",
				   unit_name(unit));
		forget(unit);
		if (unit->fence.configured)
			fence_begin(unit);
		else
			unit_command(unit, EVENT_PERMIT);
		break;
	case PROBE_PAUSES:
		begin(unit);
		break;
	}
}

void address_probe_begin(struct unit *unit)
{
	struct unit_probe *probe = &unit->probe;

	if (probe->wait == 0) {
		fence_begin(unit);
		return;
	}
	probe->answered = false;
	text_print(probe->text, sizeof(probe->text),
		   "no advert is heard: others are asked for the addresses first");
	begin(unit);
	unit_publish(unit);
}

/* An owner of all addresses asks nobody. */
void address_probe_configure(struct unit *unit)
{
	unit->probe.wait = 0;
	FOR_EACH_INSTANCE(instance, unit)
		if (instance->conf->priority != ENGINE_PRIORITY_OWNER &&
		    instance->conf->probe_wait > unit->probe.wait)
			unit->probe.wait = instance->conf->probe_wait;
	if (timer_is_set(&unit->probe.timer))
		begin(unit); /* with what there is now */
}
