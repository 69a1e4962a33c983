/*
 * A virtual router at run time: a member of what is elected, and its hands.  Everything that
 * happens to an instance (an advert, a timer, a change of its interface) becomes an event for the
 * engine of its unit; unit.c has its members do what the engine answers.  The decision is always
 * the engine's; here are only facts and actions.  What an advert has to pass before it is an event
 * is in instance_receive.c.
 *
 * Owned by vrrp_role.c, which also routes what comes from the shared sockets, the interface monitor
 * and the address table to the instance it belongs to.
 */
#include "vrrp/instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "vrrp/notifications.h"
#include "vrrp/unit.h"

/* How long addresses stay when a peer takes over: its own need to arrive first.  A peer needs a
 * fraction of a millisecond for each. */
#define LINGER_BASE	   (50 * USEC_PER_MSEC)
#define LINGER_PER_ADDRESS INT64_C(100)

#define LAPSED_FORMAT "the lease of %s has ended: it was not renewed in time"

/* Bursts of announcements: one in a second and advert interval, but some for changes of role. */
#define BURST_PERIOD	 USEC_PER_SEC
#define BURSTS_AS_ACTIVE 3

void instance_count(struct instance *instance, enum instance_counter counter)
{
	status_begin(instance->status);
	instance->status->counters[counter]++;
	status_end(instance->status);
}

bool instance_is_unicast(const struct instance *instance)
{
	return address_is_none(&instance->conf->transport.group);
}

void instance_send_failed(void *owner, int error)
{
	const struct instance_link *link = owner;
	struct instance *instance = link->instance;

	instance_count(instance, COUNTER_SEND_ERRORS);
	instance_hold_failed(instance);
	report_line(instance, LINE_SEND_ERROR, LOG_LEVEL_WARNING,
		    "sending an advert on %s failed: %s", link->interface->name, strerror(error));
}

static void announce_all(struct instance *instance, uint32_t rounds)
{
	for (size_t i = 0; i < instance->n_addresses; i++)
		announce_add(instance->shared->announcer, &instance->addresses[i]->announcement,
			     rounds);
	announce_work(instance->shared->announcer);
}

static void announce_due(struct timer *timer, void *data);

/* The next burst after `delay`; 0 = there is none. */
static void announce_later(struct instance *instance, int64_t delay, uint32_t rounds)
{
	instance->announce_rounds = rounds;
	if (delay > 0)
		timer_set(instance->shared->loop, &instance->announce_timer,
			  mono_add(instance_now(instance), delay), announce_due, instance);
	else
		timer_cancel(&instance->announce_timer);
}

/* Others provoke bursts, with adverts that anybody can send: beyond the bound one is put off, with
 * all that are asked for until then.  It is never left out: hosts may believe somebody else. */
static bool may_burst(struct instance *instance, bool as_new_active)
{
	int64_t interval = instance->conf->advert_interval;
	int64_t period = interval > BURST_PERIOD ? interval : BURST_PERIOD;
	unsigned depth = as_new_active ? BURSTS_AS_ACTIVE : 1;
	struct mono due;

	if (bucket_take(&instance->bursts, instance_now(instance), period, depth))
		return true;
	due = mono_add(instance->bursts.full, -period * (int64_t)(depth - 1));
	instance_count(instance, COUNTER_ANNOUNCEMENTS_SUPPRESSED);
	instance->burst_is_new |= as_new_active;
	if (timer_is_set(&instance->announce_timer) &&
	    mono_before(instance->announce_timer.due, due))
		return false; /* a burst, a refresh or one that was put off comes sooner */
	instance->burst_waits = true;
	timer_set(instance->shared->loop, &instance->announce_timer, due, announce_due, instance);
	return false;
}

/* The first advert as new Active router has not left yet: nothing is announced before it. */
static bool is_deferred(const struct instance *instance)
{
	return instance->vmac && timer_is_set(&instance->vmac->wait);
}

/* A burst now, and another after its delay; without one the refreshes go on. */
static void announce_burst(struct instance *instance, bool as_new_active)
{
	const struct garp_conf *garp = &instance->conf->garp;
	uint32_t rounds = as_new_active ? garp->repeat : garp->lower_repeat;
	int64_t delay = as_new_active ? garp->delay : garp->lower_delay;

	if (rounds == 0 || !may_burst(instance, as_new_active))
		return;
	instance->burst_waits = instance->burst_is_new = false;
	announce_all(instance, rounds);
	if (delay > 0)
		announce_later(instance, delay, rounds);
	else
		announce_later(instance, garp->refresh, garp->refresh_repeat);
}

static void announce_due(struct timer *timer, void *data)
{
	struct instance *instance = data;
	const struct garp_conf *garp = &instance->conf->garp;

	(void)timer;
	if (instance->burst_waits) {
		announce_burst(instance, instance->burst_is_new);
		return;
	}
	announce_all(instance, instance->announce_rounds);
	announce_later(instance, garp->refresh, garp->refresh_repeat);
}

/* Whatever is behind the link now may never have learned where they are. */
void instance_link_returned(struct instance *instance, const struct interface *interface)
{
	const struct garp_conf *garp = &instance->conf->garp;
	bool any = false;

	if (instance->member.unit->state != ENGINE_ACTIVE)
		return;
	for (size_t i = 0; i < instance->n_addresses; i++) {
		struct instance_address *a = instance->addresses[i];

		if (a->interface != interface || !a->wanted)
			continue;
		announce_add(instance->shared->announcer, &a->announcement, garp->repeat);
		any = true;
	}
	if (any && garp->delay > 0)
		announce_later(instance, garp->delay, garp->repeat);
}

static void silence(struct instance *instance)
{
	timer_cancel(&instance->announce_timer);
	instance->burst_waits = instance->burst_is_new = false;
	for (size_t i = 0; i < instance->n_addresses; i++)
		announce_cancel(&instance->addresses[i]->announcement);
}

/* Net does with the addresses what the slot says. */
static void follow_role(struct instance *instance)
{
	bool wanted = engine_member_serves(&instance->member);

	for (size_t i = 0; i < instance->n_addresses; i++) {
		struct instance_address *a = instance->addresses[i];

		if (a->wanted == wanted)
			continue;
		a->wanted = wanted;
		if (!wanted)
			a->lapsed = a->refused = false;
		report_address(instance, a);
	}
	if (!wanted)
		instance->address_text[0] = '\0';
	instance_hold_follow(instance);
	conflicts_changed(instance->shared->conflicts);
}

void instance_notify(struct instance *instance, enum engine_state before)
{
	if (engine_state_public(before) == INSTANCE_ACTIVE)
		instance_count(instance, COUNTER_RELEASED_ACTIVE);
	if (engine_public_state(instance->member.unit) == INSTANCE_ACTIVE)
		instance_count(instance, COUNTER_BECAME_ACTIVE);
	notifications_instance(instance->shared->notifications, instance);
}

static void timer_due(struct timer *timer, void *data)
{
	unit_member_due(data, timer->due);
}

void instance_set_timer(struct instance *instance)
{
	struct mono due = instance->member.due;

	if (due.us == 0)
		timer_cancel(&instance->timer);
	else if (!timer_is_set(&instance->timer) || instance->timer.due.us != due.us)
		timer_set(instance->shared->loop, &instance->timer, due, timer_due, instance);
}

static void send_advert(struct instance *instance)
{
	instance_send_advert(instance, engine_priority(&instance->member, instance_now(instance)));
}

/* An advert from elsewhere tells the peer to go, but not the switches. */
static void tell_switches(struct instance *instance)
{
	if (!instance->conf->vmac.xmit_base || instance->n_addresses == 0)
		return;
	announce_add(instance->shared->announcer, &instance->addresses[0]->announcement, 1);
	announce_work(instance->shared->announcer);
}

void instance_speak(struct instance *instance, uint32_t actions)
{
	/* Who becomes Active with a virtual MAC has what it can have of its addresses before the
	 * first frame from it, by which switches send it the hosts' packets. */
	if (instance->vmac && (actions & ACTION_ADD_ADDRESSES)) {
		instance->hold.sent = instance_now(instance);
		follow_role(instance);
		if (instance_vmac_defers(instance))
			return;
		tell_switches(instance);
	}
	if (actions & ACTION_SEND_ADVERT)
		send_advert(instance);
	if (actions & ACTION_SEND_ZERO)
		instance_send_advert(instance, 0);
}

void instance_first_advert(struct instance *instance)
{
	if (!engine_member_speaks(&instance->member))
		return;
	tell_switches(instance);
	send_advert(instance);
	sockets_flush(instance->shared->sockets);
	announce_burst(instance, true);
}

void instance_act(struct instance *instance, uint32_t actions)
{
	const uint32_t moving =
		ACTION_KEEP_ADDRESSES | ACTION_ADD_ADDRESSES | ACTION_REMOVE_ADDRESSES;

	if (actions & ACTION_SILENCE) {
		silence(instance);
		instance_conflicts_forget(instance);
	}
	if (actions & moving)
		follow_role(instance);
	else
		instance_hold_follow(instance);
	if ((actions & ACTION_ANNOUNCE) && !is_deferred(instance))
		announce_burst(instance, actions & ACTION_ADD_ADDRESSES);
	if (actions & ACTION_WITHHELD)
		instance_count(instance, COUNTER_ANSWERS_SUPPRESSED);
}

void instance_taken_up(struct instance *instance)
{
	enum instance_state state = engine_public_state(instance->member.unit);

	instance->hold.sent = instance->hold.sent_before = instance->member.advert_sent;
	log_info("%s: continuing as %s, as the process before it", instance->conf->name,
		 instance_state_name(state));
	if (state == INSTANCE_ACTIVE)
		announce_later(instance, instance->conf->garp.refresh,
			       instance->conf->garp.refresh_repeat);
}

void instance_address_event(struct instance_address *a, enum address_event event, int error)
{
	struct instance *instance = a->owner;
	bool serving = engine_member_speaks(&instance->member);
	struct address_text text = address_text(&a->address);

	switch (event) {
	case ADDRESS_CAME:
		instance->address_text[0] = '\0';
		if (serving && a->wanted && !is_deferred(instance))
			announce_add(instance->shared->announcer, &a->announcement,
				     instance->conf->garp.repeat);
		instance_vmac_arrived(instance);
		break;
	case ADDRESS_WENT:
		break;
	case ADDRESS_LAPSED:
		instance_count(instance, COUNTER_ADDRESSES_LAPSED);
		report_line(instance, LINE_LAPSED, LOG_LEVEL_WARNING, LAPSED_FORMAT, text.text);
		if (a->wanted) /* else it is no trouble any more */
			text_print(instance->address_text, sizeof(instance->address_text),
				   LAPSED_FORMAT, text.text);
		break;
	case ADDRESS_STOLEN:
		instance_count(instance, COUNTER_ADDRESSES_STOLEN);
		report_line(instance, LINE_STOLEN, LOG_LEVEL_WARNING,
			    "%s was removed from %s by somebody else, adding it again", text.text,
			    a->interface->name);
		break;
	case ADDRESS_REFUSED:
		text_print(instance->address_text, sizeof(instance->address_text), "%s on %s: %s",
			   text.text, a->interface->name, strerror(error));
		report_line(instance, LINE_REFUSED, LOG_LEVEL_ERROR, "address %s",
			    instance->address_text);
		break;
	}
	report_address(instance, a);
	if (event != ADDRESS_WENT && event != ADDRESS_STOLEN)
		report_publish(instance);
}

static void leave_socket(struct instance *instance)
{
	if (instance->socket)
		socket_leave(instance->socket, instance->conf->vrid, instance->links.list[0]);
	instance->socket = NULL;
}

/* A socket belongs to an interface's index (one that was deleted and made anew needs another) and,
 * for unicast, to the address that we send from and hear at. */
static void follow_interface(struct instance *instance, const struct address *source)
{
	const struct interface *interface = instance->interface;
	/* Without a configured one the way to the peers is the kernel's choice. */
	const struct socket_place place = {
		.interface_index = instance->conf->interface ? interface->index : 0,
		.local = instance_is_unicast(instance) ? *source : instance->conf->transport.group,
	};

	if (instance->socket && !socket_is_at(instance->socket, &place))
		leave_socket(instance);
	if (instance->socket || interface->index == 0 || address_is_none(&place.local))
		return;
	instance->socket = socket_join(instance->shared->sockets, &place, instance->conf->vrid,
				       instance->links.list[0]);
	if (!instance->socket)
		report_line(instance, LINE_SOCKET, LOG_LEVEL_ERROR, "socket on %s: %s",
			    interface->name, strerror(errno));
}

/* The one configured, else the interface's first; of IPv6 a link-local one (RFC 9568 7.2), but for
 * peers on other links. */
static struct address find_source(const struct instance *instance, enum interface_fitness *fitness)
{
	const struct instance_conf *conf = instance->conf;
	bool link_local = conf->transport.n_peers == 0 ||
			  address_is_link_local(&conf->transport.peers[0].address);

	if (!address_is_none(&conf->transport.source)) {
		*fitness = interface_fitness(instance->interface, &conf->transport.source);
		return *fitness == FITNESS_USABLE ? conf->transport.source : (struct address){0};
	}
	struct address source =
		interface_source(instance->interface, conf->family, link_local, fitness);
	if (!address_is_none(&source) || conf->priority != ENGINE_PRIORITY_OWNER)
		return source;
	/* An address owner may have no address but the virtual ones. Its adverts are sent from one
	 * also while that is not there (IP_TRANSPARENT, socket.c): else a fault, which takes it
	 * away, would never end. */
	for (size_t i = 0; i < instance->n_addresses; i++)
		if (instance->addresses[i]->address.family == conf->family &&
		    instance->addresses[i]->interface == instance->interface)
			return instance->addresses[i]->address;
	return source;
}

/* Without a configured interface it is the one that has the source address, as long as it has. */
static void find_interface(struct instance *instance)
{
	struct interfaces *interfaces = instance->shared->interfaces;
	const struct address *source = &instance->conf->transport.source;
	struct instance_status *status = instance->status;
	struct interface *found;

	if (instance->conf->interface ||
	    interface_fitness(instance->interface, source) != FITNESS_MISSING)
		return;
	found = interfaces_holder(interfaces, source);
	if (!found)
		found = interfaces_get(interfaces, "");
	if (found == instance->interface)
		return;
	if (found->index != 0)
		log_info("%s: %s has %s: its state counts", instance->conf->name, found->name,
			 address_text(source).text);
	instance->interface = instance->links.list[0]->interface = found;
	status_begin(status);
	memcpy(status->interface, found->name, sizeof(status->interface));
	status_end(status);
}

/* Why the instance can't work now; false when it can. */
static bool find_fault(struct instance *instance, const struct address *source,
		       enum interface_fitness fitness)
{
	static const char *const source_faults[] = {
		[FITNESS_MISSING] = "has no address to send from",
		[FITNESS_USABLE] = "has no address to send from",
		[FITNESS_DUPLICATE] = "has no address to send from: another node has the same one",
		[FITNESS_TENTATIVE] =
			"has no address to send from yet: its duplicate detection runs",
	};
	const struct interface *interface = instance->interface;
	const char *vmac_fault = instance_vmac_fault(instance);
	int64_t delay = interface_unsettled(interface);
	struct address_text wanted = {""};
	const char *what = NULL;
	char delayed[80];

	instance->fault = REASON_INTERFACE;
	if (interface->index == 0 && !instance->conf->interface) {
		instance->fault = REASON_NO_SOURCE;
		what = "no interface has the address to send from";
		wanted = address_text(&instance->conf->transport.source);
	} else if (interface->index == 0) {
		what = "does not exist";
	} else if (!interface->up && delay == 0) {
		what = "is down";
	} else if (!interface->up) { /* in full seconds, as the monitor looks at it each second */
		text_print(delayed, sizeof(delayed),
			   "is up, and counts as down for %lld s more (interface_up_down_delays)",
			   (long long)((delay + USEC_PER_SEC - 1) / USEC_PER_SEC));
		what = delayed;
	} else if (vmac_fault) {
		interface = instance->vmac->interface;
		what = vmac_fault;
	} else if (address_is_none(source)) {
		instance->fault = REASON_NO_SOURCE;
		what = source_faults[fitness];
		wanted = address_text(&instance->conf->transport.source);
	} else if (!instance->socket) {
		what = "cannot be used for adverts";
	} else if (instance_is_unicast(instance) && instance->conf->transport.n_peers == 0) {
		instance->fault = REASON_NO_PEER;
		what = "has no unicast peer to send to";
	}
	if (what)
		text_print(instance->fault_text, sizeof(instance->fault_text), "%s%s%s%s%s",
			   interface->name, interface->name[0] != '\0' ? " " : "", what,
			   wanted.text[0] != '\0' ? ": " : "", wanted.text);
	return what;
}

void instance_look(struct instance *instance)
{
	struct engine_event event = {.kind = EVENT_FACTS, .member = &instance->member};
	enum interface_fitness fitness;

	find_interface(instance);
	instance_vmac_follow(instance);
	event.source = find_source(instance, &fitness);
	/* What has gone takes the socket along only after the engine's last word. */
	if (instance->interface->index != 0 && !address_is_none(&event.source))
		follow_interface(instance, &event.source);
	event.able = !find_fault(instance, &event.source, fitness);
	unit_handle(instance->unit, &event);
	follow_interface(instance, &event.source);
	instance_links_look(instance, NULL);
	instance_vmac_arrived(instance);
}

static void claim_addresses(struct instance *instance, uint32_t first_address)
{
	const struct instance_conf *conf = instance->conf;
	struct shared *shared = instance->shared;

	free(instance->addresses);
	instance->n_addresses = conf->n_addresses;
	instance->addresses = alloc_array(conf->n_addresses + 1, sizeof(*instance->addresses));
	for (size_t i = 0; i < conf->n_addresses; i++) {
		struct interface *interface =
			interfaces_get(shared->interfaces, conf->addresses[i].interface);
		struct instance_address *a = instance_addresses_claim(
			shared->addresses, interface, &conf->addresses[i], instance);

		a->index = first_address + (uint32_t)i;
		a->configured_lease = conf->address_lease;
		instance->addresses[i] = a;
		report_address(instance, a);
	}
	if (instance->started)
		follow_role(instance);
}

static struct engine_config engine_config(const struct instance_conf *conf)
{
	/* "state MASTER" is only a wish, but who has it does not wait for others to leave. */
	return (struct engine_config){
		.version = conf->version,
		.priority = conf->priority,
		.nopreempt = conf->nopreempt && !conf->starts_active,
		.lower_prio_no_advert = conf->lower_prio_no_advert,
		.flap_damping = conf->flap_damping,
		.down_adverts = conf->down_adverts,
		.advert_interval = conf->advert_interval,
		.preempt_delay = conf->starts_active ? 0 : conf->preempt_delay,
		/* Two must not serve with one hardware address: switches would not know whom. */
		.linger = conf->vmac.name
				  ? 0
				  : LINGER_BASE + LINGER_PER_ADDRESS * (int64_t)conf->n_addresses,
	};
}

static bool engine_config_equal(const struct engine_config *a, const struct engine_config *b)
{
	return a->version == b->version && a->priority == b->priority &&
	       a->nopreempt == b->nopreempt && a->flap_damping == b->flap_damping &&
	       a->down_adverts == b->down_adverts &&
	       a->lower_prio_no_advert == b->lower_prio_no_advert &&
	       a->advert_interval == b->advert_interval && a->preempt_delay == b->preempt_delay &&
	       a->linger == b->linger;
}

void instance_configure(struct instance *instance, const struct instance_conf *conf,
			const struct instance_places *places)
{
	struct instance_status *status =
		status_record(instance->shared->status, STATUS_INSTANCES, places->instance);
	struct engine_config config = engine_config(conf);
	const struct engine_event event = {
		.kind = EVENT_CONFIGURE, .member = &instance->member, .config = &config};

	instance->conf = conf;
	instance->index = places->instance;
	instance->status = status;
	instance->address_text[0] = '\0';
	status_begin(status);
	memset(status->name, 0, sizeof(status->name));
	memcpy(status->name, conf->name, strnlen(conf->name, sizeof(status->name) - 1));
	memcpy(status->interface, instance->interface->name, sizeof(status->interface));
	status->interface_found = !conf->interface;
	status->family = conf->family;
	status->vrid = conf->vrid;
	status->version = conf->version;
	status->priority_base = conf->priority;
	status->advert_interval = conf->advert_interval;
	status_end(status);
	if (!conf->interface)
		interfaces_seek(instance->shared->interfaces, &conf->transport.source);
	instance_advert_configure(instance);
	instance_links_configure(instance, places->first_link);
	instance_vmac_configure(instance);
	instance_hold_configure(instance, places->slot);
	instance_hmac_configure(instance);
	claim_addresses(instance, places->first_address);
	instance_peers_configure(instance, places->first_peer);
	if (!instance->started)
		instance->member.config = config;
	else if (!engine_config_equal(&config, &instance->member.config))
		unit_handle(instance->unit, &event);
	instance->reported = (struct instance_reported){0};
	report_publish(instance);
}

void instance_remove(struct instance *instance)
{
	if (engine_member_serves(&instance->member))
		instance_send_advert(instance, 0);
	sockets_flush(instance->shared->sockets);
	silence(instance);
	instance_hold_remove(instance);
	log_notice("%s: %s → removed: not configured any more", instance->conf->name,
		   instance_state_name(engine_public_state(instance->member.unit)));
}

struct instance *instance_create(struct shared *shared, struct interface *interface)
{
	struct instance *instance = alloc(sizeof(*instance));

	instance->shared = shared;
	instance->interface = interface;
	instance_conflicts_forget(instance);
	return instance;
}

void instance_destroy(struct instance *instance)
{
	silence(instance);
	timer_cancel(&instance->timer);
	timer_cancel(&instance->conflicts.timer);
	leave_socket(instance);
	instance_vmac_end(instance);
	instance_peers_destroy(instance);
	instance_links_destroy(instance);
	hmac_destroy(instance->hmac.ring);
	instance_advert_destroy(instance);
	free(instance->addresses);
	free(instance);
}
