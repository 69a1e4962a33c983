/*
 * The vrrp role: instances, and what they share, put together from a configuration.  role.c runs it
 * as a worker; this file routes: what the sockets, the interface monitor and the address table have
 * to say goes to the instance it is about; what instances have to say goes to main (scripts, the
 * operator's answers) and to the ipvs role.
 *
 * A configuration is put in force by identity (interface, family, VRID): an instance that was there
 * before stays the same object with its role, timers, counters and socket.  The status segment is
 * the journal: on the first configuration of a process it may hold what a dead predecessor wrote,
 * and instances go on from that.  Who is elected with whom is units.c's.
 */
#include "vrrp/vrrp_role.h"

#include <stdlib.h>
#include <string.h>

#include "conf/model/load.h"
#include "vrrp/journal.h"
#include "vrrp/notifications.h"
#include "vrrp/requests.h"
#include "vrrp/units.h"
#include "vrrp/unknown_vrid.h"

/* Between looks at addresses that are on their way out. */
#define STOP_INTERVAL (2 * USEC_PER_MSEC)

struct vrrp {
	struct role *role;
	struct instance_shared shared;
	struct conf *conf;
	uint64_t generation;	     /* of conf */
	struct instance **instances; /* as conf has them */
	size_t n_instances;
	struct requests *requests;
	struct notifications *notifications;
	struct unknown_vrids *unknown_vrids;
	struct link *ipvs;
	struct mono hold; /* startup delay: no election is entered before; 0 = none */
	struct timer stop;
};

static void on_notify(struct instance *instance, void *data)
{
	struct vrrp *vrrp = data;

	notifications_instance(vrrp->notifications, instance);
}

static void on_notify_group(struct unit *unit, void *data)
{
	struct vrrp *vrrp = data;

	notifications_group(vrrp->notifications, unit);
}

static void on_done(struct unit *unit, enum engine_outcome outcome, void *data)
{
	struct vrrp *vrrp = data;

	requests_outcome(vrrp->requests, unit, outcome);
}

static void stop_due(struct timer *timer, void *data)
{
	struct vrrp *vrrp = data;
	struct loop *loop = vrrp->role->loop;

	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (!unit_is_idle(vrrp->instances[i]->unit))
			return; /* its end calls again */
	if (addresses_idle(vrrp->shared.addresses))
		role_stopped(vrrp->role);
	else
		timer_set(loop, timer, mono_add(loop_now(loop), STOP_INTERVAL), stop_due, vrrp);
}

static bool on_fence(struct unit *unit, uint64_t request, void *data)
{
	struct vrrp *vrrp = data;
	const struct message_fence message = {
		.request = request,
		.generation = vrrp->generation,
		.index = unit->group != NULL ? unit->index
					     : unit_instance(unit->engine.members)->index,
		.is_group = unit->group != NULL,
	};

	return link_send(vrrp->role->main, MESSAGE_FENCE, &message, sizeof(message));
}

static void on_stopped(struct unit *unit, void *data)
{
	struct vrrp *vrrp = data;

	(void)unit;
	timer_set(vrrp->role->loop, &vrrp->stop, loop_now(vrrp->role->loop), stop_due, vrrp);
}

static void on_receive(void *owner, const struct packet_envelope *envelope, const uint8_t *payload,
		       size_t size)
{
	instance_receive(owner, envelope, payload, size);
}

/* One that some instance hears adverts on. */
static const struct interface *find_interface(const struct vrrp *vrrp, int index)
{
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		const struct instance_links *links = &vrrp->instances[i]->links;

		for (size_t j = 0; j < links->n; j++)
			if (links->list[j]->interface->index == index)
				return links->list[j]->interface;
	}
	return NULL;
}

static void on_unknown_vrid(int interface_index, const struct packet_envelope *envelope,
			    const uint8_t *payload, size_t size, void *data)
{
	struct vrrp *vrrp = data;
	const struct interface *interface = find_interface(vrrp, interface_index);

	if (interface != NULL)
		unknown_vrids_heard(vrrp->unknown_vrids, interface, envelope, payload, size);
}

static const char *on_wrong_vrid(struct virtual_address *address, const struct address *source,
				 uint8_t vrid, void *data)
{
	struct instance *instance = address->owner;

	(void)data;
	instance_wrong_vrid(instance, &address->address, source, vrid);
	return instance->conf->name;
}

static void on_send_error(void *owner, int error)
{
	instance_send_failed(owner, error);
}

static void on_address_event(struct virtual_address *address, enum address_event event, int error,
			     void *data)
{
	(void)data;
	instance_address_event(address->owner, address, event, error);
}

static void on_announced(const struct announcement *announcement)
{
	const struct virtual_address *address = announcement->owner;

	if (address->owner)
		instance_count(address->owner, COUNTER_ANNOUNCEMENTS_SENT);
}

static void on_conflict_heard(struct virtual_address *address, const uint8_t mac[6], void *data)
{
	(void)data;
	instance_conflict_heard(address->owner, address, mac);
}

static bool concerns(const struct instance *instance, const struct interface *interface)
{
	return instance->interface == interface ||
	       (instance->vmac != NULL && vmac_config(instance->vmac)->interface == interface);
}

static void on_interface_changed(struct interface *interface, void *data)
{
	struct vrrp *vrrp = data;

	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (concerns(vrrp->instances[i], interface))
			instance_look(vrrp->instances[i]);
	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (vrrp->instances[i]->interface != interface)
			instance_links_look(vrrp->instances[i], interface);
	for (size_t i = 0; interface->returned && i < vrrp->n_instances; i++)
		instance_link_returned(vrrp->instances[i], interface);
	interface->returned = false;
	addresses_interface_changed(vrrp->shared.addresses, interface);
	conflicts_changed(vrrp->shared.conflicts);
}

static bool on_interface_address(struct interface *interface, const struct address *address,
				 uint8_t prefix, const struct interface_word *word, void *data)
{
	struct vrrp *vrrp = data;

	return addresses_saw(vrrp->shared.addresses, interface, address, prefix, word);
}

static void on_dump_begin(void *data)
{
	struct vrrp *vrrp = data;

	addresses_dump_begin(vrrp->shared.addresses);
}

static void on_dump_end(void *data)
{
	struct vrrp *vrrp = data;

	addresses_dump_end(vrrp->shared.addresses);
}

static void on_vmac_made(const char *name, bool ipv6, void *data)
{
	struct vrrp *vrrp = data;
	struct message_vmac_sysctls message = {.ipv6 = ipv6};

	memcpy(message.interface, name, strnlen(name, sizeof(message.interface) - 1));
	if (!link_send(vrrp->role->main, MESSAGE_VMAC_SYSCTLS, &message, sizeof(message)))
		log_warning(
			"%s: the main process could not be asked to disable router advertisements there: "
			"it may take addresses from them",
			name);
}

static void *vrrp_create(struct role *role)
{
	struct vrrp *vrrp = calloc(1, sizeof(*vrrp));
	const struct interface_observer observer = {.changed = on_interface_changed,
						    .address = on_interface_address,
						    .dump_begin = on_dump_begin,
						    .dump_end = on_dump_end,
						    .data = vrrp};

	if (vrrp == NULL)
		fatal("no memory for the vrrp role");
	vrrp->role = role;
	vrrp->shared = (struct instance_shared){
		.loop = role->loop,
		.sockets = sockets_create(role->loop, on_receive, on_send_error, on_unknown_vrid,
					  vrrp),
		.interfaces = interfaces_create(role->loop, &observer),
		.addresses = addresses_create(role->loop, on_address_event, vrrp),
		.announcer = announcer_create(role->loop, addresses_sender, on_announced),
		.notify = on_notify,
		.notify_group = on_notify_group,
		.done = on_done,
		.stopped = on_stopped,
		.fence = on_fence,
		.data = vrrp,
	};
	vrrp->shared.conflicts = conflicts_create(role->loop, vrrp->shared.interfaces,
						  vrrp->shared.addresses, on_conflict_heard, vrrp);
	interfaces_ignore(vrrp->shared.interfaces, addresses_port(vrrp->shared.addresses));
	vrrp->shared.vmacs = vmacs_create(role->loop, vrrp->shared.interfaces, on_vmac_made, vrrp);
	vrrp->requests = requests_create(role);
	vrrp->notifications = notifications_create(role);
	vrrp->unknown_vrids =
		unknown_vrids_create(role->loop, vrrp->shared.addresses, on_wrong_vrid, vrrp);
	return vrrp;
}

/* ---- a configuration is put in force ---- */

/* Identity, as something to sort by. */
struct identity {
	const char *interface;
	uint16_t family;
	uint8_t vrid;
	struct instance *instance;
};

static int compare_identity(const void *a, const void *b)
{
	const struct identity *x = a, *y = b;
	int order = strcmp(x->interface, y->interface);

	if (order == 0)
		order = (x->family > y->family) - (x->family < y->family);
	return order != 0 ? order : (x->vrid > y->vrid) - (x->vrid < y->vrid);
}

/* The running instances, sorted; to be freed. */
static struct identity *sorted_instances(const struct vrrp *vrrp)
{
	struct identity *sorted = calloc(vrrp->n_instances + 1, sizeof(*sorted));

	if (sorted == NULL)
		fatal("no memory for %zu instances", vrrp->n_instances);
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct instance *instance = vrrp->instances[i];

		instance->seen = false;
		sorted[i] = (struct identity){instance->interface->name, instance->conf->family,
					      instance->conf->vrid, instance};
	}
	qsort(sorted, vrrp->n_instances, sizeof(*sorted), compare_identity);
	return sorted;
}

static struct instance *create_instance(struct vrrp *vrrp, const struct instance_conf *conf)
{
	struct interface *interface = interfaces_get(vrrp->shared.interfaces, conf->interface);

	return instance_create(&vrrp->shared, interface);
}

/* The instances of the new configuration, in its order: kept ones, and new ones. */
static struct instance **match_instances(struct vrrp *vrrp, const struct conf *conf)
{
	struct instance **next = calloc(conf->n_instances + 1, sizeof(struct instance *));
	struct identity *sorted = sorted_instances(vrrp);

	if (next == NULL)
		fatal("no memory for %zu instances", conf->n_instances);
	for (size_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *wanted = &conf->instances[i];
		const struct identity key = {wanted->interface, wanted->family, wanted->vrid, NULL};
		const struct identity *found =
			bsearch(&key, sorted, vrrp->n_instances, sizeof(*sorted), compare_identity);

		next[i] = found != NULL ? found->instance : create_instance(vrrp, wanted);
		next[i]->seen = true;
	}
	free(sorted);
	return next;
}

static void remove_instances(struct vrrp *vrrp)
{
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct instance *instance = vrrp->instances[i];

		if (instance->seen)
			continue;
		if (unit_is_led_by(instance) && instance->member.next == NULL)
			requests_outcome(vrrp->requests, instance->unit, OUTCOME_STOPPING);
		instance_remove(instance);
		units_leave(instance);
		instance_destroy(instance);
	}
}

static void on_released(struct unit *unit, void *data)
{
	struct vrrp *vrrp = data;

	requests_outcome(vrrp->requests, unit, OUTCOME_NONE);
}

static void take_up(struct instance *instance, const struct instance_status *record)
{
	const struct engine_journal past = journal_of(record);

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

/* What stands between the unit and the role of a router that is silent. */
static void guard(struct unit *unit)
{
	fence_configure(unit);
	address_probe_configure(unit);
	unit->engine.guarded = unit->fence.configured || unit->probe.wait > 0;
}

/* Lets everyone look at the interfaces, and starts what is new or takes up what there was. */
static void start_instances(struct vrrp *vrrp, const struct instance_status *journal)
{
	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (unit_is_led_by(vrrp->instances[i]))
			guard(vrrp->instances[i]->unit);
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		instance_look(vrrp->instances[i]);
		if (journal != NULL)
			take_up(vrrp->instances[i], &journal[i]);
	}
	if (journal != NULL)
		vrrp->hold = startup_hold(vrrp);
	if (!mono_before(loop_now(vrrp->role->loop), vrrp->hold))
		vrrp->hold = (struct mono){0};
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct unit *unit = vrrp->instances[i]->unit;

		if (!unit_is_led_by(vrrp->instances[i]))
			continue;
		if (unit->started && unit->changed)
			unit_regroup(unit);
		else if (!unit->started && unit_has_past(unit))
			unit_adopt(unit);
		else if (!unit->started)
			unit_start(unit, vrrp->hold);
	}
}

static void configure_instances(struct vrrp *vrrp, struct status *status,
				const struct instance_status *journal)
{
	struct instance_places places = {0};

	for (uint32_t i = 0; i < vrrp->n_instances; i++) {
		struct instance *instance = vrrp->instances[i];
		const struct instance_conf *conf = &vrrp->conf->instances[i];
		struct instance_status *record = status_record(status, STATUS_INSTANCES, i);

		if (instance->started)
			journal_copy_record(record, instance->status);
		else if (journal != NULL)
			journal_copy_record(record, &journal[i]);
		places.instance = i;
		instance_configure(instance, conf, &places);
		places.first_address += (uint32_t)conf->n_addresses;
		places.first_peer += (uint32_t)conf->transport.n_peers;
		places.first_link += (uint32_t)conf->transport.heartbeats.count + 1;
	}
}

static size_t count_addresses(const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n_instances; i++)
		n += conf->instances[i].n_addresses;
	return n;
}

static struct conf *parse(const char *text, size_t size)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("configuration", text, size, diagnostics);

	if (conf == NULL)
		fatal("main's configuration is refused: %s", diagnostics_get(diagnostics, 0)->text);
	diagnostics_destroy(diagnostics);
	return conf;
}

static void vrrp_configure(void *context, const char *text, size_t size, struct status *status)
{
	struct vrrp *vrrp = context;
	struct conf *old = vrrp->conf;
	struct conf *conf = parse(text, size);
	bool first = old == NULL;
	struct instance_status *journal = first ? journal_take(conf, status) : NULL;
	struct instance **next = match_instances(vrrp, conf);

	notifications_reload_begin(vrrp->notifications);
	addresses_reload_begin(vrrp->shared.addresses, count_addresses(conf));
	remove_instances(vrrp);
	free(vrrp->instances);
	vrrp->instances = next;
	vrrp->n_instances = conf->n_instances;
	vrrp->conf = conf;
	vrrp->generation = status_header(status)->generation;
	vrrp->shared.status = status;
	unknown_vrids_configure(vrrp->unknown_vrids, status, conf->global.log_unknown_vrids);
	requests_generation(vrrp->requests, vrrp->generation);
	announcer_configure(vrrp->shared.announcer, conf);
	notifications_reload(vrrp->notifications, vrrp->generation, next, conf->n_instances,
			     conf->n_groups);
	units_assign(&vrrp->shared, conf, next, on_released, vrrp);
	configure_instances(vrrp, status, journal);
	interfaces_delay(vrrp->shared.interfaces, conf);
	addresses_reload_end(vrrp->shared.addresses);
	conflicts_changed(vrrp->shared.conflicts);
	interfaces_refresh(vrrp->shared.interfaces);
	interfaces_receive(vrrp->shared.interfaces);
	start_instances(vrrp, journal);
	free(journal);
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

	link_destroy(link);
	vrrp->ipvs = NULL;
	notifications_set_ipvs(vrrp->notifications, NULL);
}

static void vrrp_peer(void *context, enum role_kind kind, unsigned index, int fd)
{
	struct vrrp *vrrp = context;

	link_destroy(vrrp->ipvs);
	vrrp->ipvs = link_create(vrrp->role->loop, fd, ROLE_VRRP, kind, index, ipvs_message,
				 ipvs_closed, vrrp);
	notifications_set_ipvs(vrrp->notifications, vrrp->ipvs);
}

static void answer_fence(struct vrrp *vrrp, const struct message_fenced *fenced)
{
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		struct unit *unit = vrrp->instances[i]->unit;

		if (unit->fence.request == 0 || unit->fence.request != fenced->request)
			continue;
		fence_answered(unit, fenced->ok != 0, fenced->text);
		return;
	}
}

static void vrrp_message(void *context, struct message *message)
{
	struct vrrp *vrrp = context;

	if (message->type == MESSAGE_FENCED)
		answer_fence(vrrp, message->payload);
	if (message->type == MESSAGE_STANDBY || message->type == MESSAGE_TAKEOVER)
		requests_begin(vrrp->requests, message, vrrp->instances, vrrp->n_instances);
}

static void leave_due(struct timer *timer, void *data)
{
	struct vrrp *vrrp = data;
	struct loop *loop = vrrp->role->loop;

	if (addresses_idle(vrrp->shared.addresses))
		role_stopped(vrrp->role);
	else
		timer_set(loop, timer, mono_add(loop_now(loop), STOP_INTERVAL), leave_due, vrrp);
}

static void vrrp_stop(void *context, bool keep)
{
	struct vrrp *vrrp = context;

	if (keep) {
		vrrp->shared.leaves = true;
		addresses_leave(vrrp->shared.addresses);
		leave_due(&vrrp->stop, vrrp);
		return;
	}
	for (size_t i = 0; i < vrrp->n_instances; i++)
		if (unit_is_led_by(vrrp->instances[i]))
			unit_command(vrrp->instances[i]->unit, EVENT_SHUTDOWN);
	timer_set(vrrp->role->loop, &vrrp->stop, loop_now(vrrp->role->loop), stop_due, vrrp);
}

static void vrrp_destroy(void *context)
{
	struct vrrp *vrrp = context;

	timer_cancel(&vrrp->stop);
	sockets_flush(vrrp->shared.sockets);
	for (size_t i = 0; i < vrrp->n_instances; i++) {
		units_leave(vrrp->instances[i]);
		instance_destroy(vrrp->instances[i]);
	}
	unknown_vrids_destroy(vrrp->unknown_vrids);
	requests_destroy(vrrp->requests);
	notifications_destroy(vrrp->notifications);
	conflicts_destroy(vrrp->shared.conflicts);
	addresses_destroy(vrrp->shared.addresses);
	announcer_destroy(vrrp->shared.announcer);
	vmacs_destroy(vrrp->shared.vmacs);
	interfaces_destroy(vrrp->shared.interfaces);
	sockets_destroy(vrrp->shared.sockets);
	link_destroy(vrrp->ipvs);
	free(vrrp->instances);
	conf_free(vrrp->conf);
	free(vrrp);
}

const struct role_vtable vrrp_role = {
	.kind = ROLE_VRRP,
	.layout = &vrrp_status_layout,
	.create = vrrp_create,
	.configure = vrrp_configure,
	.peer = vrrp_peer,
	.message = vrrp_message,
	.stop = vrrp_stop,
	.destroy = vrrp_destroy,
};
