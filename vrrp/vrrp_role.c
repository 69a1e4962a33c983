/*
 * The vrrp role: instances, and what they share, put together from a configuration.  role.c runs it
 * as a worker; this file routes: what the sockets, the interface monitor and net have to say goes
 * to the instance it is about; what instances have to say goes to main (scripts, the operator's
 * answers) and to the ipvs role.
 *
 * Nothing here asks the kernel to change addresses or interfaces, or to list them: such requests
 * wait for a lock that others may hold for long.  Net does that (net/net_role.c), by what the slots
 * say.
 *
 * A configuration is put in force by identity (interface, family, VRID; of several, what they hear
 * and their names): an instance that was there before stays the same object with its role, timers,
 * counters and socket.  The status segment is the journal: on the first configuration of a process
 * it may hold what a dead predecessor wrote, and instances go on from that.  Who is elected with
 * whom is unit.c's.
 */
#include "vrrp/vrrp_role.h"

#include <stdlib.h>
#include <string.h>

#include "conf/change/changes.h"
#include "conf/model/load.h"
#include "core/base/alloc.h"
#include "core/base/list.h"
#include "vrrp/notifications.h"
#include "vrrp/requests.h"
#include "vrrp/unit.h"
#include "vrrp/unknown_vrid.h"

/* For a virtual MAC interface to be made, before its instance starts. */
#define MADE_WITHIN (2 * USEC_PER_SEC)

struct vrrp {
	struct role *role;
	struct shared shared;
	struct conf *conf;
	struct instance **instances; /* as conf has them */
	size_t n_instances;
	struct unknown_vrids *unknown_vrids;
	struct link *ipvs;
	struct link *net;
	struct instance_status *journal; /* of the first configuration, until instances start */
	struct timer start;		 /* instances wait to be started until then, at most */
	struct timer bell;		 /* set until the end of the turn in which net was rung */
	bool ring_again;		 /* others have written since */
	bool stopping;			 /* nothing is started any more */
	struct mono hold; /* startup delay: no election is entered before; 0 = none */
};

static void stop_due(struct timer *timer, void *data)
{
	struct vrrp *vrrp = data;

	(void)timer;
	for (size_t i = 0; i < vrrp->n_instances && !vrrp->shared.leaves; i++)
		if (!unit_is_idle(vrrp->instances[i]->unit))
			return; /* its end calls again */
	role_stopped(vrrp->role);
}

static void on_stopped(struct shared *shared)
{
	timer_set(shared->loop, &shared->stop, loop_now(shared->loop), stop_due,
		  list_owner(shared, struct vrrp, shared));
}

static void ring(struct vrrp *vrrp)
{
	if (vrrp->net)
		link_send(vrrp->net, MESSAGE_SLOTS, NULL, 0); /* if that is full, it looks anyway */
}

static void bell_due(struct timer *timer, void *data)
{
	struct vrrp *vrrp = data;

	(void)timer;
	if (vrrp->ring_again)
		ring(vrrp);
}

/* At once, and for all that write in the same turn once more at its end. */
static void on_ring(struct shared *shared)
{
	struct vrrp *vrrp = list_owner(shared, struct vrrp, shared);

	if (timer_is_set(&vrrp->bell)) {
		vrrp->ring_again = true;
		return;
	}
	vrrp->ring_again = false;
	ring(vrrp);
	timer_set(shared->loop, &vrrp->bell, loop_now(shared->loop), bell_due, vrrp);
}

/* One that some instance hears adverts on; 0: on any. */
static const struct interface *find_interface(const struct vrrp *vrrp, int index)
{
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		const struct instance_links *links = &vrrp->instances[i]->links;

		if (index == 0 && !vrrp->instances[i]->conf->interface)
			return vrrp->instances[i]->interface;
		for (size_t j = 0; j < links->n; j++)
			if (index != 0 && links->list[j]->interface->index == index)
				return links->list[j]->interface;
	}
	return NULL;
}

static void on_unknown_vrid(int interface_index, const struct packet_envelope *envelope,
			    const uint8_t *payload, size_t size, void *data)
{
	struct vrrp *vrrp = data;
	const struct interface *interface = find_interface(vrrp, interface_index);

	if (interface)
		unknown_vrids_heard(vrrp->unknown_vrids, interface, envelope, payload, size);
}

static const char *on_wrong_vrid(struct instance_address *address, const struct address *source,
				 uint8_t vrid, void *data)
{
	struct instance *instance = address->owner;

	(void)data;
	instance_wrong_vrid(instance, &address->address, source, vrid);
	return instance->conf->name;
}

static void on_address_event(struct instance_address *address, enum address_event event, int error,
			     void *data)
{
	(void)data;
	instance_address_event(address, event, error);
}

static void on_announced(const struct announcement *announcement)
{
	const struct instance_address *address = announcement->owner;

	if (address->owner)
		instance_count(address->owner, COUNTER_ANNOUNCEMENTS_SENT);
}

static void start_waiting(struct vrrp *vrrp);

static void on_interface_changed(struct interface *interface, void *data)
{
	struct vrrp *vrrp = data;

	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct instance *instance = vrrp->instances[i];

		if (instance->interface == interface || !instance->conf->interface ||
		    (instance->vmac && instance->vmac->interface == interface))
			instance_look(instance);
	}
	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (vrrp->instances[i]->interface != interface)
			instance_links_look(vrrp->instances[i], interface);
	for (size_t i = 0; interface->returned && i < vrrp->n_instances; i++)
		instance_link_returned(vrrp->instances[i], interface);
	interface->returned = false;
	conflicts_changed(vrrp->shared.conflicts);
	start_waiting(vrrp);
}

static void *vrrp_create(struct role *role)
{
	struct vrrp *vrrp = alloc(sizeof(*vrrp));

	vrrp->role = role;
	vrrp->shared = (struct shared){
		.role = role,
		.loop = role->loop,
		.requests = requests_create(role),
		.notifications = notifications_create(role),
		.sockets = sockets_create(role->loop, instance_receive, instance_fits,
					  instance_send_failed, on_unknown_vrid, vrrp),
		.addresses = instance_addresses_create(on_address_event, vrrp),
		.announcer = announcer_create(role->loop, instance_address_sender, on_announced),
		.stopped = on_stopped,
		.ring = on_ring,
	};
	vrrp->shared.interfaces =
		interfaces_create(role->loop, &instance_addresses_monitored, vrrp->shared.addresses,
				  on_interface_changed, vrrp);
	interfaces_feed(vrrp->shared.interfaces, -1, NULL, NULL);
	vrrp->shared.conflicts =
		conflicts_create(role->loop, vrrp->shared.interfaces, vrrp->shared.addresses);
	vrrp->unknown_vrids =
		unknown_vrids_create(role->loop, vrrp->shared.addresses, on_wrong_vrid, vrrp);
	return vrrp;
}

/* ---- a configuration is put in force ---- */

/* The instances of the new configuration, in its order: kept ones, and new ones. */
static struct instance **match_instances(struct vrrp *vrrp, const struct conf *conf)
{
	struct instance **next = alloc_array(conf->n_instances, sizeof(struct instance *));
	struct matching same =
		instances_match(vrrp->conf ? vrrp->conf->instances : NULL, vrrp->n_instances,
				conf->instances, conf->n_instances);

	for (size_t i = 0; i < vrrp->n_instances; i++)
		vrrp->instances[i]->seen = false;
	for (size_t i = 0; i < conf->n_instances; i++) {
		const char *interface = conf->instances[i].interface;

		next[i] = same.of_new[i] != MATCH_NONE
				  ? vrrp->instances[same.of_new[i]]
				  : instance_create(&vrrp->shared,
						    interfaces_get(vrrp->shared.interfaces,
								   interface ? interface : ""));
		next[i]->seen = true;
	}
	matching_free(&same);
	return next;
}

static void remove_instances(struct vrrp *vrrp)
{
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct instance *instance = vrrp->instances[i];

		if (instance->seen)
			continue;
		if (unit_is_led_by(instance) && !instance->member.next)
			requests_outcome(vrrp->shared.requests, instance->unit, OUTCOME_STOPPING);
		instance_remove(instance);
		unit_leave(instance);
		instance_destroy(instance);
	}
}

/* What outlives configurations: everything but the lock. */
static void copy_record(struct instance_status *to, const struct instance_status *from)
{
	const size_t skip = sizeof(to->record);

	status_begin(to);
	memcpy((char *)to + skip, (const char *)from + skip, sizeof(*to) - skip);
	status_end(to);
}

/* As whose it was written; *name and *interface are filled for it. */
static struct instance_conf writer_of(const struct instance_status *record, char *name,
				      char *interface)
{
	struct instance_conf writer = {.family = record->family, .vrid = record->vrid};

	memcpy(name, record->name, sizeof(record->name));
	memcpy(interface, record->interface, sizeof(record->interface));
	name[sizeof(record->name) - 1] = interface[sizeof(record->interface) - 1] = '\0';
	writer.name = name;
	writer.interface = record->interface_found ? NULL : interface;
	return writer;
}

/* A predecessor's records, in the order of this configuration's instances; zeroed where it has
 * none. Copies, because records are about to be written.  To be freed. */
static struct instance_status *copy_journal(const struct conf *conf, struct status *status,
					    struct mono now)
{
	int64_t hold_most = global_conf_hold_most(&conf->global);
	uint32_t n = status_count(status, STATUS_INSTANCES), n_writers = 0;
	struct instance_status *journal = alloc_array(conf->n_instances + 1, sizeof(*journal));
	struct instance_conf *writers = alloc_array(n + 1, sizeof(*writers));
	struct writer_text {
		char name[STATUS_NAME_SIZE], interface[IF_NAMESIZE];
	} *texts = alloc_array(n + 1, sizeof(*texts));
	const struct instance_status **records = alloc_array(n + 1, sizeof(*records));

	for (uint32_t i = 0; i < n; i++) {
		const struct instance_status *record = status_record(status, STATUS_INSTANCES, i);

		if (atomic_load_explicit(&record->record.sequence, memory_order_relaxed) == 0)
			continue;
		records[n_writers] = record;
		writers[n_writers] =
			writer_of(record, texts[n_writers].name, texts[n_writers].interface);
		n_writers++;
	}
	struct matching same =
		instances_match(writers, n_writers, conf->instances, conf->n_instances);
	for (size_t i = 0; i < conf->n_instances; i++) {
		if (same.of_new[i] == MATCH_NONE)
			continue;
		memcpy(&journal[i], records[same.of_new[i]], sizeof(journal[i]));
		instance_status_mend(&journal[i], now, hold_most);
	}
	matching_free(&same);
	free(records);
	free(texts);
	free(writers);
	return journal;
}

/* What a record says to the engine. */
static void take_up(struct instance *instance, const struct instance_status *record)
{
	const struct engine_journal past = {
		.state = (enum instance_state)record->state,
		.standby = record->standby,
		.takeover = record->takeover,
		.advert_sent = {record->advert_sent},
		.down_due = {record->down_due},
		.hold_until = {record->hold_until},
		.peer = {record->peer,
			 record->peer_priority,
			 {record->peer_heard},
			 record->peer_interval,
			 {0}},
	};

	if (past.state == INSTANCE_INIT)
		return;
	engine_member_adopt(&instance->member, &past);
	instance->advert.heard_checksum = (enum checksum_form)record->checksum;
}

/* When elections may begin. A process that takes up what another one left has begun long ago. */
static struct mono startup_hold(const struct vrrp *vrrp)
{
	const struct global_conf *global = &vrrp->conf->global;
	int64_t after_boot = global->delay_after_boot - mono_since_boot();
	int64_t delay = after_boot > global->startup_delay ? after_boot : global->startup_delay;

	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (unit_has_past(vrrp->instances[i]->unit))
			return (struct mono){0};
	if (delay <= 0)
		return (struct mono){0};
	log_info("no instance becomes Active for %.1f s", (double)delay / USEC_PER_SEC);
	return mono_add(loop_now(vrrp->role->loop), delay);
}

/* Net has said what there is, and has made what they need. */
static bool can_start(const struct vrrp *vrrp, const struct unit *unit)
{
	if (!interfaces_are_known(vrrp->shared.interfaces))
		return false;
	FOR_EACH_INSTANCE(instance, unit)
		if (instance->vmac && instance->vmac->interface->index == 0 &&
		    instance->vmac->fault[0] == '\0' && instance->interface->index != 0 &&
		    timer_is_set(&vrrp->start))
			return false;
	return true;
}

/* What a predecessor has left, before elections go on with it. */
static void take_up_all(struct vrrp *vrrp)
{
	for (size_t i = 0; i < vrrp->n_instances; i++)
		take_up(vrrp->instances[i], &vrrp->journal[i]);
	free(vrrp->journal);
	vrrp->journal = NULL;
	vrrp->hold = startup_hold(vrrp);
}

/* Starts what is new, or takes up what there was, as soon as it is known what there is. */
static void start_waiting(struct vrrp *vrrp)
{
	if (vrrp->stopping)
		return;
	if (vrrp->journal && interfaces_are_known(vrrp->shared.interfaces)) {
		for (size_t i = 0; i < vrrp->n_instances; i++)
			instance_look(vrrp->instances[i]);
		take_up_all(vrrp);
	}
	if (!mono_before(loop_now(vrrp->role->loop), vrrp->hold))
		vrrp->hold = (struct mono){0};
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct unit *unit = vrrp->instances[i]->unit;

		if (!unit_is_led_by(vrrp->instances[i]) || unit->started || !can_start(vrrp, unit))
			continue;
		if (unit_has_past(unit)) {
			unit_adopt(unit);
			continue;
		}
		FOR_EACH_INSTANCE(instance, unit)
			instance_look(instance);
		unit_start(unit, vrrp->hold);
	}
}

static void start_due(struct timer *timer, void *data)
{
	(void)timer;
	start_waiting(data);
}

static void start_instances(struct vrrp *vrrp)
{
	struct loop *loop = vrrp->role->loop;

	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct unit *unit = vrrp->instances[i]->unit;

		if (!unit_is_led_by(vrrp->instances[i]))
			continue;
		/* What stands between the unit and the role of a router that is silent. */
		fence_configure(unit);
		address_probe_configure(unit);
		unit->engine.guarded = unit->fence.configured || unit->probe.wait > 0;
	}
	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (vrrp->instances[i]->unit->started)
			instance_look(vrrp->instances[i]);
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct unit *unit = vrrp->instances[i]->unit;

		if (unit->started && unit->changed && unit_is_led_by(vrrp->instances[i]))
			unit_regroup(unit);
	}
	timer_set(loop, &vrrp->start, mono_add(loop_now(loop), MADE_WITHIN), start_due, vrrp);
	start_waiting(vrrp);
}

static void configure_instances(struct vrrp *vrrp, struct status *status)
{
	struct instance_places places = {0};

	for (uint32_t i = 0; i < vrrp->n_instances; i++) {
		struct instance *instance = vrrp->instances[i];
		const struct instance_conf *conf = &vrrp->conf->instances[i];
		struct instance_status *record = status_record(status, STATUS_INSTANCES, i);

		if (instance->started)
			copy_record(record, instance->status);
		else if (vrrp->journal)
			copy_record(record, &vrrp->journal[i]);
		places.instance = i;
		places.slot = ((struct slot_status *)status_record(status, STATUS_SLOTS, i))->slot;
		instance_configure(instance, conf, &places);
		places.first_address += (uint32_t)conf->n_addresses;
		places.first_peer += (uint32_t)conf->transport.n_peers;
		places.first_link += (uint32_t)conf->transport.heartbeats.count + 1;
	}
}

static void vrrp_descriptor(void *context, int fd)
{
	struct vrrp *vrrp = context;
	struct slots *slots = slots_map(fd, true);

	if (!slots)
		fatal("the slots cannot be mapped: %m");
	slots_destroy(vrrp->shared.slots);
	vrrp->shared.slots = slots;
}

static void vrrp_configure(void *context, const char *text, size_t size, struct status *status)
{
	struct vrrp *vrrp = context;
	struct conf *old = vrrp->conf;
	struct conf *conf = conf_parse_checked(text, size);
	bool first = !old;
	size_t n_addresses = 0;
	if (first)
		vrrp->journal = copy_journal(conf, status, loop_now(vrrp->role->loop));
	else if (vrrp->journal) /* it belongs to the instances of the one before */
		take_up_all(vrrp);
	struct instance **next = match_instances(vrrp, conf);

	notifications_reload_begin(vrrp->shared.notifications);
	for (size_t i = 0; i < conf->n_instances; i++)
		n_addresses += conf->instances[i].n_addresses;
	instance_addresses_reload_begin(vrrp->shared.addresses, n_addresses);
	remove_instances(vrrp);
	free(vrrp->instances);
	vrrp->instances = next;
	vrrp->n_instances = conf->n_instances;
	vrrp->conf = conf;
	vrrp->shared.generation = status_header(status)->generation;
	vrrp->shared.status = status;
	unknown_vrids_configure(vrrp->unknown_vrids, status, conf->global.log_unknown_vrids);
	requests_generation(vrrp->shared.requests, vrrp->shared.generation);
	announcer_configure(vrrp->shared.announcer, conf);
	notifications_reload(vrrp->shared.notifications, vrrp->shared.generation, next,
			     conf->n_instances, conf->n_groups);
	units_assign(&vrrp->shared, conf, next);
	interfaces_seek_none(vrrp->shared.interfaces);
	configure_instances(vrrp, status);
	interfaces_delay(vrrp->shared.interfaces, conf);
	instance_addresses_reload_end(vrrp->shared.addresses);
	conflicts_changed(vrrp->shared.conflicts);
	interfaces_refresh(vrrp->shared.interfaces);
	start_instances(vrrp);
	conf_free(old);
}

/* ---- links and orders ---- */

static void ipvs_message(struct link *link, struct message *message, void *data)
{
	(void)link;
	(void)message; /* the table of messages allows none */
	(void)data;
}

static void ipvs_closed(struct link *link, void *data)
{
	struct vrrp *vrrp = data;

	role_link_lost(vrrp->role, link);
	link_destroy(link);
	vrrp->ipvs = NULL;
	notifications_set_ipvs(vrrp->shared.notifications, NULL);
}

static void net_closed(struct link *link, void *data)
{
	struct vrrp *vrrp = data;

	role_link_lost(vrrp->role, link);
	link_destroy(link);
	vrrp->net = NULL;
	interfaces_feed(vrrp->shared.interfaces, -1, NULL, NULL);
}

static bool ask_for_dump(uint16_t type, uint32_t sequence, void *data)
{
	struct vrrp *vrrp = data;
	const struct message_dump message = {.type = type, .sequence = sequence};

	/* Who cannot be told gets a new link, and is asked anew then. */
	if (vrrp->net && !link_send(vrrp->net, MESSAGE_DUMP, &message, sizeof(message)))
		net_closed(vrrp->net, vrrp);
	return true;
}

static void net_message(struct link *link, struct message *message, void *data)
{
	struct vrrp *vrrp = data;
	struct interfaces *interfaces = vrrp->shared.interfaces;
	const struct message_feed *feed = message->payload;

	(void)link;
	if (message->type == MESSAGE_FEED) {
		interfaces_ignore(interfaces, feed->port);
		interfaces_feed(interfaces, message->fds[0], ask_for_dump, vrrp);
		message->fds[0] = -1;
		interfaces_refresh(interfaces);
	} else if (message->type == MESSAGE_ADDRESS) {
		const struct message_address *told = message->payload;
		const struct interface *interface = interfaces_find(interfaces, told->interface);

		if (interface)
			instance_addresses_told(vrrp->shared.addresses, interface, told);
	} else if (message->type == MESSAGE_VMAC) {
		for (size_t i = 0; i < vrrp->n_instances; i++)
			instance_vmac_told(vrrp->instances[i], message->payload);
		start_waiting(vrrp);
	}
}

static void vrrp_peer(void *context, enum role_kind kind, unsigned index, int fd)
{
	struct vrrp *vrrp = context;
	struct loop *loop = vrrp->role->loop;

	if (kind == ROLE_NET) {
		link_destroy(vrrp->net);
		vrrp->net = link_create(loop, fd, ROLE_VRRP, kind, index, net_message, net_closed,
					vrrp);
		return;
	}
	link_destroy(vrrp->ipvs);
	vrrp->ipvs = link_create(loop, fd, ROLE_VRRP, kind, index, ipvs_message, ipvs_closed, vrrp);
	notifications_set_ipvs(vrrp->shared.notifications, vrrp->ipvs);
}

static void vrrp_message(void *context, struct message *message)
{
	struct vrrp *vrrp = context;
	const struct message_fenced *fenced = message->payload;

	for (size_t i = 0; message->type == MESSAGE_FENCED && i < vrrp->n_instances; i++) {
		struct unit *unit = vrrp->instances[i]->unit;

		if (unit->fence.request == 0 || unit->fence.request != fenced->request)
			continue;
		fence_answered(unit, fenced->ok != 0, fenced->text);
		break;
	}
	if (message->type == MESSAGE_STANDBY || message->type == MESSAGE_TAKEOVER)
		requests_begin(vrrp->shared.requests, message, vrrp->instances, vrrp->n_instances);
}

static void vrrp_stop(void *context, bool keep)
{
	struct vrrp *vrrp = context;

	vrrp->stopping = true;
	if (keep) {
		vrrp->shared.leaves = true;
		stop_due(&vrrp->shared.stop, vrrp);
		return;
	}
	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (unit_is_led_by(vrrp->instances[i]))
			unit_command(vrrp->instances[i]->unit, EVENT_SHUTDOWN);
	timer_set(vrrp->role->loop, &vrrp->shared.stop, loop_now(vrrp->role->loop), stop_due, vrrp);
}

static void vrrp_destroy(void *context)
{
	struct vrrp *vrrp = context;

	timer_cancel(&vrrp->shared.stop);
	timer_cancel(&vrrp->start);
	timer_cancel(&vrrp->bell);
	sockets_flush(vrrp->shared.sockets);
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		unit_leave(vrrp->instances[i]);
		instance_destroy(vrrp->instances[i]);
	}
	unknown_vrids_destroy(vrrp->unknown_vrids);
	requests_destroy(vrrp->shared.requests);
	notifications_destroy(vrrp->shared.notifications);
	conflicts_destroy(vrrp->shared.conflicts);
	instance_addresses_destroy(vrrp->shared.addresses);
	announcer_destroy(vrrp->shared.announcer);
	interfaces_destroy(vrrp->shared.interfaces);
	sockets_destroy(vrrp->shared.sockets);
	link_destroy(vrrp->ipvs);
	link_destroy(vrrp->net);
	slots_destroy(vrrp->shared.slots);
	free(vrrp->journal);
	free(vrrp->instances);
	conf_free(vrrp->conf);
	free(vrrp);
}

const struct role_vtable vrrp_role = {
	.kind = ROLE_VRRP,
	.layout = &vrrp_status_layout,
	.create = vrrp_create,
	.configure = vrrp_configure,
	.descriptor = vrrp_descriptor,
	.peer = vrrp_peer,
	.message = vrrp_message,
	.stop = vrrp_stop,
	.destroy = vrrp_destroy,
};
