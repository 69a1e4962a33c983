/*
 * `vdctl status --json`: the status memory of all workers beside the configuration that shaped it.
 *
 * Main only reads: a worker does not even notice.  Every table is walked once, so the time is
 * proportional to the text.  A worker's segment belongs to the generation that this worker has in
 * force, which during a reload is not everybody's; where two tables would have to be read together
 * and do not fit yet, the second one's part is null.
 *
 * The names are described in doc/status.schema.json; keep the two together.
 */
#include "core/director/status_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/model/unsupported.h"
#include "core/base/address.h"
#include "core/base/alloc.h"
#include "core/base/text.h"

#define HOST_NAME_SIZE 65

/* Null where nothing is known. */
static void write_known(struct json_writer *writer, const char *name, bool known, int64_t value)
{
	if (known)
		json_integer(writer, name, value);
	else
		json_null(writer, name);
}

/* False: there is none, and null stands for it. */
static bool begin_known(struct json_writer *writer, const char *name, bool known)
{
	if (known)
		json_begin_object(writer, name);
	else
		json_null(writer, name);
	return known;
}

void status_json_reload(struct json_writer *writer, const char *name,
			const struct reload_record *record)
{
	if (!begin_known(writer, name, record->at.us))
		return;
	json_wall(writer, "at", record->at.us);
	json_boolean(writer, "ok", record->ok);
	json_begin_array(writer, "errors");
	for (size_t i = 0; i < record->n_errors; i++)
		json_string(writer, NULL, record->errors[i]);
	json_end_array(writer);
	json_end_object(writer);
}

static void write_address(struct json_writer *writer, const char *name,
			  const struct address *address)
{
	json_string(writer, name, address_is_none(address) ? NULL : address_text(address).text);
}

static void write_head(struct json_writer *writer, const struct status_view *view)
{
	const struct generation *running = view->running;
	char host[HOST_NAME_SIZE] = "";

	gethostname(host, sizeof(host) - 1);
	json_string(writer, "version", VDIRECTOR_VERSION);
	json_integer(writer, "schema", STATUS_SCHEMA);
	json_string(writer, "node",
		    running->conf->global.router_id ? running->conf->global.router_id : host);
	json_integer(writer, "pid", getpid());
	json_wall(writer, "started", view->started.us);
	json_begin_object(writer, "config");
	json_string(writer, "path", view->config_path);
	json_integer(writer, "generation", (int64_t)running->number);
	json_wall(writer, "loaded_at", running->loaded_at.us);
	json_end_object(writer);
	status_json_reload(writer, "reload", view->reload);
}

/* ---- instances ---- */

/* Those that hold; `instance` says whose they are where that is not plain, but for the group's. */
static void write_reasons(struct json_writer *writer, const struct instance_status *status,
			  const char *instance)
{
	for (unsigned i = 0; i < INSTANCE_REASONS; i++) {
		/* How much of a delay is left is only known when somebody asks. */
		int64_t left = us_between(status->hold_until, mono_read().us);
		char text[STATUS_TEXT_SIZE + 32];

		if (!status->reasons[i].since || (instance && i == REASON_GROUP))
			continue;
		text_print(text, sizeof(text), "%s", status->reasons[i].text);
		if (i == REASON_STARTUP_DELAY && left >= 0)
			text_append(text, sizeof(text), ", %.1f s are left",
				    (double)left / USEC_PER_SEC);
		json_begin_object(writer, NULL);
		if (instance)
			json_string(writer, "instance", instance);
		json_string(writer, "reason", instance_reason_name((enum instance_reason_kind)i));
		json_string(writer, "text", text);
		json_wall(writer, "since", status->reasons[i].since);
		json_end_object(writer);
	}
}

static void write_duration(struct json_writer *writer, const char *name, bool known,
			   int64_t duration)
{
	if (known)
		json_milliseconds(writer, name, duration);
	else
		json_null(writer, name);
}

static void write_heard(struct json_writer *writer, int64_t heard)
{
	write_duration(writer, "last_heard_ms", heard,
		       mono_diff(mono_read(), (struct mono){heard}));
}

static void write_vmac(struct json_writer *writer, const struct vmac_conf *conf,
		       const struct instance_status *status)
{
	if (!begin_known(writer, "virtual_mac", conf->name))
		return;
	json_string(writer, "interface", conf->name);
	json_string(writer, "mac", mac_text(status->mac).text);
	json_boolean(writer, "up", status->vmac_up);
	json_end_object(writer);
}

static void write_conflict(struct json_writer *writer, const struct address_status *status)
{
	if (!begin_known(writer, "duplicate_owner", status->conflict_since))
		return;
	json_string(writer, "mac", mac_text(status->conflict_mac).text);
	json_wall(writer, "since", status->conflict_since);
	write_heard(writer, status->conflict_heard);
	json_integer(writer, "count", status->conflict_count);
	json_end_object(writer);
}

static void write_addresses(struct json_writer *writer, const struct worker *vrrp,
			    const struct instance_conf *conf, uint32_t first)
{
	json_begin_array(writer, "addresses");
	for (size_t i = 0; i < conf->n_addresses; i++) {
		const struct address_conf *address = &conf->addresses[i];
		struct address_status status = {0};
		char prefixed[ADDRESS_TEXT_SIZE + 4];
		bool known =
			status_read(vrrp->status, STATUS_ADDRESSES, first + (uint32_t)i, &status);

		snprintf(prefixed, sizeof(prefixed), "%s/%u", address_text(&address->address).text,
			 address->prefix);
		json_begin_object(writer, NULL);
		json_string(writer, "address", prefixed);
		json_string(writer, "interface", address->interface);
		json_boolean(writer, "present", known && status.present);
		write_conflict(writer, &status);
		json_boolean(writer, "lapsed", known && status.lapsed);
		write_known(writer, "lease", known && status.present && status.lease > 0,
			    status.lease);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_peer(struct json_writer *writer, const struct instance_status *status)
{
	if (!begin_known(writer, "peer", status->peer_heard))
		return;
	write_address(writer, "address", &status->peer);
	json_integer(writer, "priority", status->peer_priority);
	write_heard(writer, status->peer_heard);
	json_end_object(writer);
}

static void write_peers(struct json_writer *writer, const struct worker *vrrp,
			const struct transport_conf *transport, uint32_t first)
{
	json_begin_array(writer, "peers");
	for (size_t i = 0; i < transport->n_peers; i++) {
		struct peer_status status = {0};

		status_read(vrrp->status, STATUS_PEERS, first + (uint32_t)i, &status);
		json_begin_object(writer, NULL);
		write_address(writer, "address", &transport->peers[i].address);
		write_known(writer, "priority", status.heard, status.priority);
		write_heard(writer, status.heard);
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* The role of a sync group, read once: its members change it in one turn, but their records are
 * written one after the other. */
struct group_role {
	enum instance_state state;
	int64_t since;
};

/* `own`: the instance's interface; NULL: none is known. */
static void write_links(struct json_writer *writer, const struct worker *vrrp,
			const struct instance_conf *conf, const char *own, uint32_t first)
{
	json_begin_array(writer, "links");
	for (size_t i = 0; i <= conf->transport.heartbeats.count; i++) {
		struct link_status status = {0};

		status_read(vrrp->status, STATUS_LINKS, first + (uint32_t)i, &status);
		json_begin_object(writer, NULL);
		json_string(writer, "interface",
			    i == 0 ? own : conf->transport.heartbeats.names[i - 1]);
		json_boolean(writer, "heartbeat", i > 0);
		json_boolean(writer, "up", status.up);
		json_boolean(writer, "silent", status.silent);
		write_address(writer, "source", &status.source);
		write_heard(writer, status.heard);
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* Where the parts of an instance have their records. */
struct instance_places {
	const struct group_role *roles; /* of all groups */
	uint32_t first_address;
	uint32_t first_peer;
	uint32_t first_link;
};

static void write_refused(struct json_writer *writer, const struct refused_status *refused)
{
	if (!begin_known(writer, "refused", refused->at))
		return;
	write_address(writer, "address", &refused->source);
	json_string(writer, "text", refused->text);
	json_wall(writer, "at", refused->at);
	json_end_object(writer);
}

static void write_hmac(struct json_writer *writer, const struct hmac_conf *conf,
		       const struct hmac_journal *journal)
{
	if (!begin_known(writer, "auth_hmac", conf->n_keys > 0))
		return;
	json_string(writer, "mode", hmac_mode_name((enum hmac_mode)conf->mode));
	json_integer(writer, "active_key", conf->active_key);
	json_begin_array(writer, "keys");
	for (size_t i = 0; i < conf->n_keys; i++)
		json_integer(writer, NULL, conf->keys[i].id);
	json_end_array(writer);
	write_known(writer, "heard_key", journal->heard_key, journal->heard_key);
	write_duration(writer, "clock_ahead_ms", journal->heard_key, journal->ahead);
	json_end_object(writer);
}

static void write_damping(struct json_writer *writer, const struct instance_conf *conf,
			  const struct instance_status *status)
{
	if (!begin_known(writer, "flap_damping", conf->flap_damping))
		return;
	json_integer(writer, "loss_permille", status->loss);
	json_integer(writer, "down_timer_adverts", conf->down_adverts + status->damping);
	json_end_object(writer);
}

/* What the instance or group should track, by the statements that nothing follows yet: entries
 * whose first item is the name, with a blank before it. */
static void write_trackers(struct json_writer *writer, const struct unsupported *statements)
{
	json_begin_array(writer, "trackers");
	for (size_t i = 0; statements && i < statements->n_statements; i++) {
		const struct statement *list = &statements->statements[i];

		if (!list->row || !keyword_is_tracker(list->row) || !list->body)
			continue;
		for (size_t j = 0; j < list->body->n_statements; j++) {
			const struct unsupported *entry = list->body->statements[j].body;

			json_begin_object(writer, NULL);
			json_string(writer, "kind", list->row->name);
			json_string(writer, "name", entry ? entry->statements[0].text + 1 : NULL);
			json_boolean(writer, "followed", false);
			json_end_object(writer);
		}
	}
	json_end_array(writer);
}

static void write_instance(struct json_writer *writer, const struct worker *vrrp, uint32_t index,
			   const struct instance_places *places)
{
	const struct instance_conf *conf = &vrrp->in_force->conf->instances[index];
	const char *interface = conf->interface;
	struct instance_status status = {0};

	if (!status_read(vrrp->status, STATUS_INSTANCES, index, &status) && !status.name[0]) {
		status = (struct instance_status){.state = INSTANCE_INIT};
		status.priority_effective = conf->priority;
	}
	if (conf->group != GROUP_NONE) {
		status.state = (uint8_t)places->roles[conf->group].state;
		status.since = places->roles[conf->group].since;
	}
	status.interface[sizeof(status.interface) - 1] = '\0';
	if (!interface && status.interface_found && status.interface[0] != '\0')
		interface = status.interface;
	json_begin_object(writer, NULL);
	json_string(writer, "name", conf->name);
	json_string(writer, "state", instance_state_name((enum instance_state)status.state));
	json_string(writer, "interface", interface);
	write_vmac(writer, &conf->vmac, &status);
	json_string(writer, "family", conf->family == AF_INET6 ? "ipv6" : "ipv4");
	json_integer(writer, "vrid", conf->vrid);
	json_string(writer, "sync_group",
		    conf->group == GROUP_NONE ? NULL
					      : vrrp->in_force->conf->groups[conf->group].name);
	json_integer(writer, "version", conf->version);
	json_begin_object(writer, "priority");
	json_integer(writer, "base", conf->priority);
	json_integer(writer, "effective", status.priority_effective);
	json_end_object(writer);
	json_milliseconds(writer, "advert_interval_ms", conf->advert_interval);
	json_wall(writer, "since", status.since);
	json_begin_array(writer, "reasons");
	write_reasons(writer, &status, NULL);
	json_end_array(writer);
	write_trackers(writer, conf->unsupported);
	write_addresses(writer, vrrp, conf, places->first_address);
	write_peer(writer, &status);
	write_peers(writer, vrrp, &conf->transport, places->first_peer);
	json_string(writer, "checksum",
		    conf->version == 3 && conf->family == AF_INET
			    ? checksum_form_name((enum checksum_form)status.checksum)
			    : NULL);
	write_links(writer, vrrp, conf, interface, places->first_link);
	write_damping(writer, conf, &status);
	write_hmac(writer, &conf->hmac, &status.hmac);
	write_refused(writer, &status.refused);
	json_boolean(writer, "standby", status.standby);
	json_begin_object(writer, "counters");
	for (unsigned i = 0; i < INSTANCE_COUNTERS; i++)
		json_integer(writer, instance_counter_name((enum instance_counter)i),
			     (int64_t)status.counters[i]);
	json_end_object(writer);
	json_end_object(writer);
}

/* To be freed. */
static struct group_role *read_roles(const struct worker *vrrp)
{
	const struct conf *conf = vrrp->in_force->conf;
	struct group_role *roles = alloc_array(conf->n_groups, sizeof(*roles));

	for (size_t i = 0; i < conf->n_groups; i++) {
		struct instance_status status = {0};

		status_read(vrrp->status, STATUS_INSTANCES, conf->groups[i].members[0], &status);
		roles[i].state = (enum instance_state)status.state;
		roles[i].since = status.since;
	}
	return roles;
}

static void write_instances(struct json_writer *writer, const struct worker *vrrp,
			    const struct group_role *roles)
{
	const struct conf *conf = vrrp->in_force->conf;
	struct instance_places places = {.roles = roles};

	for (uint32_t i = 0; i < conf->n_instances; i++) {
		write_instance(writer, vrrp, i, &places);
		places.first_address += (uint32_t)conf->instances[i].n_addresses;
		places.first_peer += (uint32_t)conf->instances[i].transport.n_peers;
		places.first_link += (uint32_t)conf->instances[i].transport.heartbeats.count + 1;
	}
}

/* A member's reasons are the group's: all of them together hold it where it is. */
static void write_group(struct json_writer *writer, const struct worker *vrrp,
			const struct group_conf *group, const struct group_role *role)
{
	const struct conf *conf = vrrp->in_force->conf;
	struct instance_status status;

	json_begin_object(writer, NULL);
	json_string(writer, "name", group->name);
	json_string(writer, "state", instance_state_name(role->state));
	json_wall(writer, "since", role->since);
	json_begin_array(writer, "members");
	for (size_t i = 0; i < group->n_members; i++)
		json_string(writer, NULL, conf->instances[group->members[i]].name);
	json_end_array(writer);
	json_begin_array(writer, "reasons");
	for (size_t i = 0; i < group->n_members; i++) {
		memset(&status, 0, sizeof(status));
		status_read(vrrp->status, STATUS_INSTANCES, group->members[i], &status);
		write_reasons(writer, &status, conf->instances[group->members[i]].name);
	}
	json_end_array(writer);
	write_trackers(writer, group->unsupported);
	json_end_object(writer);
}

/* Instances, and the groups that some of them are elected in. */
static void write_virtual_routers(struct json_writer *writer, const struct worker *vrrp)
{
	bool known = vrrp && vrrp->in_force && vrrp->status;
	struct group_role *roles = known ? read_roles(vrrp) : NULL;

	json_begin_array(writer, "instances");
	if (known)
		write_instances(writer, vrrp, roles);
	json_end_array(writer);
	json_begin_array(writer, "sync_groups");
	for (size_t i = 0; known && i < vrrp->in_force->conf->n_groups; i++)
		write_group(writer, vrrp, &vrrp->in_force->conf->groups[i], &roles[i]);
	json_end_array(writer);
	free(roles);
}

/* Those that are heard now: each is looked for once a minute. */
#define FOREIGN_AGE_MAX (150 * USEC_PER_SEC)

static void write_unknown_vrids(struct json_writer *writer, const struct worker *vrrp)
{
	uint32_t n = vrrp && vrrp->status ? status_count(vrrp->status, STATUS_UNKNOWN_VRIDS) : 0;

	json_begin_array(writer, "unknown_vrids");
	for (uint32_t i = 0; i < n; i++) {
		struct unknown_vrid_status status = {0};

		status_read(vrrp->status, STATUS_UNKNOWN_VRIDS, i, &status);
		int64_t age = mono_diff(mono_read(), (struct mono){status.heard});
		if (!status.family || age > FOREIGN_AGE_MAX)
			continue;
		json_begin_object(writer, NULL);
		json_string(writer, "interface", status.interface);
		json_string(writer, "family", status.family == AF_INET6 ? "ipv6" : "ipv4");
		json_integer(writer, "vrid", status.vrid);
		json_integer(writer, "version", status.version);
		json_integer(writer, "priority", status.priority);
		write_address(writer, "address", &status.source);
		json_milliseconds(writer, "last_heard_ms", age);
		json_string(writer, "instance", status.instance[0] ? status.instance : NULL);
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* ---- services ---- */

/* Where each target of a configuration is in the check workers' segments. */
struct target_places {
	const struct worker **workers; /* by target; NULL: not readable now */
	uint32_t *positions;
	bool *linked; /* news of it reach ipvs now */
};

static void find_targets(struct target_places *places, struct supervisor *supervisor,
			 const struct generation *generation)
{
	size_t n = generation->conf->n_targets;
	uint32_t *used = alloc_array(generation->check_workers, sizeof(*used));

	places->workers = alloc_array(n, sizeof(*places->workers));
	places->positions = alloc_array(n, sizeof(*places->positions));
	places->linked = alloc_array(n, sizeof(*places->linked));
	for (size_t i = 0; i < n; i++) {
		unsigned index =
			target_worker(&generation->conf->targets[i], generation->check_workers);
		const struct worker *worker = supervisor_find(supervisor, ROLE_CHECK, index);

		places->positions[i] = used[index]++;
		places->linked[i] = supervisor_is_linked(supervisor, index);
		if (worker && worker->status && worker->in_force == generation)
			places->workers[i] = worker;
	}
	free(used);
}

/* Of several checks the failing one matters, else the one that ran last. */
static bool is_more_telling(const struct target_status *a, const struct target_status *b)
{
	bool a_fails = a->verdict == VERDICT_FAIL, b_fails = b->verdict == VERDICT_FAIL;

	return a_fails != b_fails ? a_fails : a->at > b->at;
}

static void write_check(struct json_writer *writer, const struct target_places *places,
			const struct conf *conf, const struct server_conf *server)
{
	struct target_status best = {0}, status;
	enum check_kind kind = CHECK_TCP;

	for (uint32_t i = 0; i < server->n_targets; i++) {
		const struct worker *worker = places->workers[server->targets[i]];
		uint32_t position = places->positions[server->targets[i]];

		if (worker && position < status_count(worker->status, STATUS_TARGETS) &&
		    status_read(worker->status, STATUS_TARGETS, position, &status) && status.at &&
		    (!best.at || is_more_telling(&status, &best))) {
			best = status;
			kind = conf->targets[server->targets[i]].kind;
		}
	}
	if (!begin_known(writer, "last_check", best.at))
		return;
	/* A check worker is not trusted to end its text. */
	best.text[sizeof(best.text) - 1] = '\0';
	json_string(writer, "kind", check_kind_name(kind));
	json_string(writer, "verdict", verdict_name((enum verdict)best.verdict));
	json_string(writer, "result", check_result_name((enum check_result)best.result));
	json_string(writer, "phase", check_phase_name((enum check_phase)best.phase));
	json_string(writer, "reason", check_reason_name((enum check_reason)best.reason));
	json_milliseconds(writer, "latency_ms", best.latency);
	json_wall(writer, "at", best.at);
	json_string(writer, "text", best.text);
	json_end_object(writer);
}

/* Its checks of kinds that are not supported: none of them is run. */
static void write_unsupported_checks(struct json_writer *writer, const struct server_conf *conf)
{
	const struct unsupported *statements = conf->unsupported;

	json_begin_array(writer, "unsupported_checks");
	for (size_t i = 0; statements && i < statements->n_statements; i++) {
		const struct keyword *row = statements->statements[i].row;

		if (row && keyword_is_check(row))
			json_string(writer, NULL, row->name);
	}
	json_end_array(writer);
}

/* Of any of its checks. */
static bool is_age_unknown(const struct target_places *places, const struct server_conf *server)
{
	for (uint32_t i = 0; i < server->n_targets; i++)
		if (!places->linked[server->targets[i]])
			return true;
	return false;
}

static void write_server(struct json_writer *writer, const struct worker *ipvs,
			 const struct server_conf *conf, uint32_t index,
			 const struct target_places *places)
{
	struct server_status status = {0};

	if (!status_read(ipvs->status, STATUS_SERVERS, index, &status) &&
	    address_is_none(&status.address))
		status = (struct server_status){.state = SERVER_UNKNOWN,
						.weight_desired = WEIGHT_ABSENT,
						.weight_kernel = WEIGHT_ABSENT};
	json_begin_object(writer, NULL);
	write_address(writer, "address", &conf->address);
	json_integer(writer, "port", conf->port);
	json_string(writer, "role", conf->fallback ? "fallback" : "real");
	json_string(writer, "state", server_state_name((enum server_state)status.state));
	json_wall(writer, "since", status.since);
	json_begin_object(writer, "weight");
	json_integer(writer, "configured", conf->weight);
	write_known(writer, "desired", status.weight_desired != WEIGHT_ABSENT,
		    status.weight_desired);
	write_known(writer, "kernel", status.weight_kernel != WEIGHT_ABSENT, status.weight_kernel);
	json_end_object(writer);
	json_begin_object(writer, "connections");
	json_integer(writer, "active", status.connections_active);
	json_integer(writer, "inactive", status.connections_inactive);
	json_end_object(writer);
	json_boolean(writer, "unchecked", conf->n_targets == 0);
	json_boolean(writer, "age_unknown", is_age_unknown(places, conf));
	write_unsupported_checks(writer, conf);
	write_check(writer, places, ipvs->in_force->conf, conf);
	json_end_object(writer);
}

static void write_service(struct json_writer *writer, const struct worker *ipvs, uint32_t index,
			  uint32_t first_server, const struct target_places *places)
{
	const struct service_conf *conf = &ipvs->in_force->conf->services[index];
	struct service_status status = {0};
	char name[STATUS_NAME_SIZE];

	if (!status_read(ipvs->status, STATUS_SERVICES, index, &status) && !status.name[0])
		status = (struct service_status){.quorum = conf->quorum};
	json_begin_object(writer, NULL);
	json_string(writer, "name", service_conf_name(conf, name, sizeof(name)));
	write_address(writer, "address", &conf->address);
	json_integer(writer, "port", conf->port);
	write_known(writer, "fwmark", conf->fwmark, conf->fwmark);
	json_string(writer, "protocol", protocol_name(conf->protocol));
	json_string(writer, "scheduler", conf->scheduler);
	json_string(writer, "method",
		    conf->n_servers
			    ? lvs_method_name((enum lvs_method)conf->servers[0].forward.method)
			    : NULL);
	json_boolean(writer, "in_kernel", status.in_kernel);
	json_boolean(writer, "fallback_active", status.fallback_active);
	json_wall(writer, "since", status.since);
	json_begin_object(writer, "quorum");
	json_integer(writer, "needed", conf->quorum);
	json_integer(writer, "have", status.weight_up);
	json_boolean(writer, "up", status.quorum_up);
	json_end_object(writer);
	json_begin_object(writer, "draining");
	json_integer(writer, "servers", status.draining);
	json_integer(writer, "connections", status.draining_connections);
	json_end_object(writer);
	json_begin_array(writer, "servers");
	for (uint32_t i = 0; i < conf->n_servers; i++)
		write_server(writer, ipvs, &conf->servers[i], first_server + i, places);
	json_end_array(writer);
	json_end_object(writer);
}

static void write_services(struct json_writer *writer, const struct status_view *view,
			   const struct worker *ipvs)
{
	struct target_places places;
	uint32_t first_server = 0;

	json_begin_array(writer, "services");
	if (ipvs && ipvs->in_force && ipvs->status) {
		const struct conf *conf = ipvs->in_force->conf;

		find_targets(&places, view->supervisor, ipvs->in_force);
		for (uint32_t i = 0; i < conf->n_services; i++) {
			write_service(writer, ipvs, i, first_server, &places);
			first_server += (uint32_t)conf->services[i].n_servers;
		}
		free(places.workers);
		free(places.positions);
		free(places.linked);
	}
	json_end_array(writer);
}

static void write_kernel(struct json_writer *writer, const struct worker *ipvs)
{
	struct kernel_status status = {0};

	if (!begin_known(writer, "ipvs",
			 ipvs && ipvs->status &&
				 status_read(ipvs->status, STATUS_KERNEL, 0, &status)))
		return;
	json_boolean(writer, "available", status.available);
	json_string(writer, "text", status.text);
	json_wall(writer, "reconciled", status.reconciled);
	json_integer(writer, "reconciliations", (int64_t)status.reconciliations);
	json_integer(writer, "changes", (int64_t)status.changes);
	json_integer(writer, "errors", (int64_t)status.errors);
	json_end_object(writer);
}

/* ---- roles ---- */

/* Ages in µs; -1: not known. */
static void write_role(struct json_writer *writer, const char *name, pid_t pid,
		       enum worker_state state, unsigned restarts, int64_t heartbeat_age,
		       int64_t lateness_max)
{
	json_begin_object(writer, NULL);
	json_string(writer, "name", name);
	write_known(writer, "pid", pid, pid);
	json_string(writer, "state", worker_state_name(state));
	json_integer(writer, "restarts", restarts);
	write_duration(writer, "heartbeat_age_ms", heartbeat_age >= 0, heartbeat_age);
	write_known(writer, "lateness_max_us", lateness_max >= 0, lateness_max);
	json_end_object(writer);
}

static void write_roles(struct json_writer *writer, const struct status_view *view)
{
	json_begin_array(writer, "roles");
	write_role(writer, "main", getpid(), WORKER_RUNNING, view->main_restarts, 0,
		   view->lateness->max);
	for (size_t i = 0; i < supervisor_count(view->supervisor); i++) {
		const struct worker *worker = supervisor_worker(view->supervisor, i);

		write_role(writer, worker->name, worker->process.pid, worker_state(worker),
			   worker->restarts, worker_silence(worker, mono_read()),
			   worker->status ? status_header(worker->status)->lateness.max : -1);
	}
	write_role(writer, "keeper", view->keeper_pid,
		   view->keeper_silence < 0 ? WORKER_RESTARTING : WORKER_RUNNING,
		   view->keeper_restarts, view->keeper_silence, -1);
	json_end_array(writer);
}

void status_json_write(struct json_writer *writer, const char *name, const struct status_view *view)
{
	const struct worker *vrrp = supervisor_find(view->supervisor, ROLE_VRRP, 0);
	const struct worker *ipvs = supervisor_find(view->supervisor, ROLE_IPVS, 0);

	json_begin_object(writer, name);
	write_head(writer, view);
	write_virtual_routers(writer, vrrp);
	write_unknown_vrids(writer, vrrp);
	write_services(writer, view, ipvs);
	write_kernel(writer, ipvs);
	write_roles(writer, view);
	json_end_object(writer);
}
