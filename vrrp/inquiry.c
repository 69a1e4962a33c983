/*
 * probe_before_active of a unit: a router that is not heard may serve all the same, behind a
 * firewall that keeps its adverts from us, for example one that lets them in only after we have
 * sent one.  ARP and neighbour discovery are not stopped by that, so before the role is taken
 * (ACTION_ASK) the first addresses of each member are asked for, ROUNDS times, spread over the
 * first half of the wait; the packet sockets of rivals.c hear the answers.  An ARP question says
 * nothing of us (RFC 5227), so that two who ask at a time do not answer each other and no host
 * learns anything; a solicitation comes from an address of the interface for the same reason.
 *
 * While somebody answers, the unit stays Backup, says who it is, and asks again after PAUSE, for as
 * long as no advert is heard: there are never two owners.  When nobody answers, fence_script is
 * next, where there is one: what can be found out by asking needs no fence.
 *
 * The end of the wait is not the last look: a process that was paused finds its timer due before it
 * has read what lies in its sockets.  So the loop is given a turn to read (INQUIRY_HEARS).
 */
#include "vrrp/inquiry.h"

#include "vrrp/unit.h"

#define ROUNDS 3
#define READY  (2 * USEC_PER_MSEC) /* until rivals.c hears */
#define READ   USEC_PER_MSEC
#define PAUSE  USEC_PER_SEC

static void due(struct timer *timer, void *data);

static void wake(struct unit *unit, int64_t delay)
{
	struct loop *loop = unit->shared->loop;

	timer_set(loop, &unit->inquiry.timer, mono_add(loop_now(loop), delay), due, unit);
}

static void publish(struct unit *unit)
{
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		report_publish(unit_instance(m));
}

void instance_questions_close(struct instance *instance)
{
	for (size_t i = 0; i < instance->questions.n; i++)
		rivals_close(&instance->questions.list[i]);
	instance->questions.n = 0;
}

static void close_all(struct unit *unit)
{
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		instance_questions_close(unit_instance(m));
}

static void forget(struct unit *unit)
{
	timer_cancel(&unit->inquiry.timer);
	close_all(unit);
	unit->inquiry.answered = false;
	unit->inquiry.text[0] = '\0';
	publish(unit);
}

static void on_answered(struct rival_question *question, const uint8_t mac[6])
{
	struct instance *instance = question->asker;
	struct unit *unit = instance->unit;
	struct unit_inquiry *inquiry = &unit->inquiry;
	char address[ADDRESS_TEXT_SIZE];
	unsigned dropped;

	if (!unit->engine.asked)
		return; /* the timer will end it */
	report_text(inquiry->text, sizeof(inquiry->text),
		    "%s is answered for by %02x:%02x:%02x:%02x:%02x:%02x on %s, though no advert "
		    "is heard",
		    address_format(&question->address, address), mac[0], mac[1], mac[2], mac[3],
		    mac[4], mac[5], question->interface->name);
	instance_count(instance, COUNTER_PROBES_ANSWERED);
	if (report_allows(instance, LINE_PROBE, &dropped))
		log_warning("%s: the role is not taken: %s%s", instance->conf->name, inquiry->text,
			    log_dropped(dropped).text);
	inquiry->phase = INQUIRY_PAUSES;
	inquiry->answered = true;
	close_all(unit);
	publish(unit);
	wake(unit, PAUSE);
}

/* Where those are who may have it: not on our own interface with a virtual hardware address, which
 * is silent while we are Backup. */
static struct interface *place_of(const struct instance *instance, const struct virtual_address *a)
{
	const struct vmac_config *vmac =
		instance->vmac != NULL ? vmac_config(instance->vmac) : NULL;

	return vmac != NULL && vmac->interface == a->interface ? vmac->base : a->interface;
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

static bool can_ask(const struct interface *interface, const struct address *address)
{
	return interface->index != 0 && interface->announces &&
	       (address->family != AF_INET6 || source_on(interface).family != 0);
}

static void open_questions(struct instance *instance)
{
	struct instance_questions *questions = &instance->questions;

	if (instance->conf->probe_wait == 0 || instance->conf->priority == ENGINE_PRIORITY_OWNER)
		return;
	for (size_t i = 0; i < instance->n_addresses && questions->n < INSTANCE_QUESTIONS; i++) {
		const struct virtual_address *a = instance->addresses[i];
		struct rival_question *question = &questions->list[questions->n];

		if (!can_ask(place_of(instance, a), &a->address))
			continue;
		*question = (struct rival_question){.interface = place_of(instance, a),
						    .address = a->address,
						    .answered = on_answered,
						    .asker = instance};
		rivals_open(instance->shared->rivals, question);
		questions->n++;
	}
}

/* The most that any member asks for. */
static unsigned questions_of(const struct unit *unit)
{
	size_t most = 0;

	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		if (unit_instance(m)->questions.n > most)
			most = unit_instance(m)->questions.n;
	return (unsigned)most;
}

static void begin(struct unit *unit)
{
	struct unit_inquiry *inquiry = &unit->inquiry;

	close_all(unit);
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next)
		open_questions(unit_instance(m));
	inquiry->phase = INQUIRY_ASKS;
	inquiry->turn = 0;
	wake(unit, READY);
}

static void ask(struct unit *unit, unsigned which)
{
	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next) {
		struct instance *instance = unit_instance(m);
		const struct rival_question *question = &instance->questions.list[which];
		struct address source;

		if (which >= instance->questions.n)
			continue;
		source = source_on(question->interface);
		announce_ask(instance->shared->announcer, question->interface, &source,
			     &question->address);
	}
}

/* Asks what is to be asked now, and waits for its next turn, or for the last answers. */
static void take_turn(struct unit *unit)
{
	struct unit_inquiry *inquiry = &unit->inquiry;
	unsigned most = questions_of(unit), turns = ROUNDS * most;

	if (inquiry->turn >= turns) {
		inquiry->phase = INQUIRY_HEARS;
		wake(unit, READ);
		return;
	}
	ask(unit, inquiry->turn++ % most);
	wake(unit, inquiry->turn < turns ? inquiry->wait / 2 / turns : inquiry->wait / 2);
}

/* Nobody has answered. */
static void pass(struct unit *unit)
{
	if (unit->inquiry.answered)
		log_notice("%s: nobody answers for its addresses any more", unit_name(unit));
	forget(unit);
	if (unit->fence.configured)
		fence_begin(unit);
	else
		unit_command(unit, EVENT_PERMIT);
}

static void due(struct timer *timer, void *data)
{
	struct unit *unit = data;

	(void)timer;
	if (!unit->engine.asked) {
		forget(unit); /* somebody is heard, or the unit is something else by now */
		return;
	}
	switch (unit->inquiry.phase) {
	case INQUIRY_ASKS:
		take_turn(unit);
		break;
	case INQUIRY_HEARS:
		pass(unit);
		break;
	case INQUIRY_PAUSES:
		begin(unit);
		break;
	}
}

void inquiry_begin(struct unit *unit)
{
	struct unit_inquiry *inquiry = &unit->inquiry;

	if (inquiry->wait == 0) {
		fence_begin(unit);
		return;
	}
	inquiry->answered = false;
	report_text(inquiry->text, sizeof(inquiry->text),
		    "no advert is heard: others are asked for the addresses first");
	begin(unit);
	publish(unit);
}

/* An owner of all addresses asks nobody. */
void inquiry_configure(struct unit *unit)
{
	int64_t longest = 0;

	for (const struct engine_member *m = unit->engine.members; m != NULL; m = m->next) {
		const struct instance_conf *conf = unit_instance(m)->conf;

		if (conf->priority != ENGINE_PRIORITY_OWNER && conf->probe_wait > longest)
			longest = conf->probe_wait;
	}
	unit->inquiry.wait = longest;
	if (timer_is_set(&unit->inquiry.timer))
		begin(unit); /* with what there is now */
}
