/*
 * The wanted table: a pure function of the configuration and the verdicts.
 *
 * Four steps, each without I/O, clock or state of its own, called by services.c whenever a verdict
 * changed, a configuration came or a dump was taken (the last):
 *
 *   desired_state     which servers are up
 *   desired_quorum    whether they are enough, and who serves instead
 *   desired_service   the destinations with their weights
 *   desired_draining  what has to stay besides
 *
 * Quorum follows keepalived: gained at quorum + hysteresis, lost below quorum - hysteresis or when
 * nothing is left.  Below quorum the first fallback that is up serves alone; the real servers then
 * are as if failed, also those that are alive.  Without a usable fallback they stay as they are:
 * a few servers are better than none.
 *
 * A failed server is quiesced (weight 0, its connections go on), or it is taken out (remove,
 * expire).  `remove` and `expire` are the same here: what the kernel does with the connections of a
 * destination that is gone is a sysctl's to say (expiry.c), the same for both.
 *
 * A server that a reload took out of the configuration is treated like one that failed, since IPVS
 * drops the packets of a destination that is removed: it is quiesced and its connections go on.  It
 * goes when a dump shows that there are none any more.  Services whose servers are removed at a
 * failure want no such thing here either.  Nor does it help UDP: what the kernel takes for a
 * connection there lives as long as its client sends, and would keep that client with a server
 * that is gone.  Nothing remembers who is draining: whatever the kernel has within a service of
 * ours and the configuration does not name is on its way out.  So a restart changes nothing, and
 * what somebody else added by hand is drained in the same way.
 */
#include "ipvs/desired.h"

#include <linux/ip_vs.h>
#include <netinet/in.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define PREFIX_ALL_IPV6 128

static const uint8_t forward_methods[] = {
	[LVS_NAT] = IP_VS_CONN_F_MASQ,
	[LVS_DR] = IP_VS_CONN_F_DROUTE,
	[LVS_TUN] = IP_VS_CONN_F_TUNNEL,
};

enum server_state desired_state(const struct conf *conf, const struct server_conf *server,
				const uint8_t *verdicts, enum server_state last)
{
	bool unknown = false;
	bool alpha = server->alpha;

	for (uint32_t i = 0; i < server->n_targets; i++) {
		uint32_t target = server->targets[i];

		if (verdicts[target] == VERDICT_FAIL)
			return SERVER_DOWN;
		if (verdicts[target] == VERDICT_UNKNOWN) {
			unknown = true;
			alpha |= conf->targets[target].alpha;
		}
	}
	if (!unknown)
		return SERVER_UP;
	if (last != SERVER_UNKNOWN)
		return last;
	return alpha ? SERVER_DOWN : SERVER_UNKNOWN;
}

static size_t first_usable_fallback(const struct service_conf *service,
				    const struct server_facts *facts)
{
	for (size_t i = service->n_servers - service->n_fallbacks; i < service->n_servers; i++) {
		if (facts[i].state != SERVER_DOWN && facts[i].weight > 0)
			return i;
	}
	return DESIRED_NO_FALLBACK;
}

void desired_quorum(const struct service_conf *service, const struct server_facts *facts,
		    struct quorum *quorum)
{
	uint64_t gained = (uint64_t)service->quorum + service->hysteresis;
	uint64_t lost_below =
		service->quorum > service->hysteresis ? service->quorum - service->hysteresis : 0;

	quorum->weight_up = 0;
	for (size_t i = 0; i < service->n_servers - service->n_fallbacks; i++) {
		if (facts[i].state != SERVER_DOWN)
			quorum->weight_up += (uint32_t)facts[i].weight;
	}
	if (quorum->weight_up == 0 || quorum->weight_up < lost_below)
		quorum->up = false;
	else if (quorum->weight_up >= gained)
		quorum->up = true;
	quorum->fallback = quorum->up ? DESIRED_NO_FALLBACK : first_usable_fallback(service, facts);
}

struct table_key desired_key(const struct service_conf *service)
{
	struct table_key key = {.family = service->family, .fwmark = service->fwmark};

	if (service->fwmark == 0) {
		key.protocol = service->protocol;
		key.port = service->port;
		key.address = service->address;
	}
	return key;
}

/* False: the server has no destination now. */
static bool server_weight(const struct service_conf *service, const struct server_facts *facts,
			  const struct quorum *quorum, size_t index, int32_t *weight)
{
	const struct server_conf *server = &service->servers[index];

	if (index == quorum->fallback) {
		*weight = facts[index].weight;
		return true;
	}
	if (server->fallback)
		return false;
	/* A fallback may be one of the real servers: then it has one destination, the fallback's.
	 */
	if (quorum->fallback != DESIRED_NO_FALLBACK) {
		const struct server_conf *serving = &service->servers[quorum->fallback];

		if (server->port == serving->port &&
		    address_compare(&server->address, &serving->address) == 0)
			return false;
	}
	bool serves = facts[index].state != SERVER_DOWN && quorum->fallback == DESIRED_NO_FALLBACK;

	*weight = serves ? facts[index].weight : 0;
	return serves || server->on_failure == ON_FAILURE_QUIESCE;
}

void desired_service(const struct service_conf *service, const struct server_facts *facts,
		     const struct quorum *quorum, struct table_service *wanted)
{
	if (!text_print(wanted->scheduler, sizeof(wanted->scheduler), "%s", service->scheduler))
		fatal("scheduler name \"%s\" is too long", service->scheduler);
	wanted->key = desired_key(service);
	wanted->flags = service->persistence_timeout > 0 ? IP_VS_SVC_F_PERSISTENT : 0;
	wanted->timeout = service->persistence_timeout;
	wanted->netmask = service->family == AF_INET6 ? PREFIX_ALL_IPV6 : UINT32_MAX;
	wanted->n_destinations = 0;
	for (size_t i = 0; i < service->n_servers; i++) {
		const struct server_conf *server = &service->servers[i];
		struct destination destination = {
			.address = server->address,
			.port = server->port,
			.method = forward_methods[server->forward.method],
		};

		if (server_weight(service, facts, quorum, i, &destination.weight))
			table_service_append(wanted, &destination);
	}
	table_service_sort(wanted);
}

void desired_draining(const struct service_conf *service, const struct table_service *present,
		      struct table_service *draining)
{
	struct table_service configured = {0};

	/* Real servers come first.  Mostly nobody drains: then the list is not even made. */
	if (service->protocol == IPPROTO_UDP || service->n_servers == 0 ||
	    service->servers[0].on_failure != ON_FAILURE_QUIESCE || present->n_destinations == 0)
		return;
	for (size_t i = 0; i < service->n_servers; i++)
		table_service_append(&configured,
				     &(struct destination){.address = service->servers[i].address,
							   .port = service->servers[i].port});
	table_service_sort(&configured);
	for (size_t i = 0; i < present->n_destinations; i++) {
		struct destination destination = present->destinations[i];

		/* One without a connection that is counted may go at once, unless one is just being
		 * made. */
		if ((destination.active == 0 &&
		     (destination.weight <= 0 || destination.inactive == 0)) ||
		    table_service_find(&configured, &destination.address, destination.port))
			continue;
		destination.weight = 0;
		table_service_append(draining, &destination);
	}
	table_service_clear(&configured);
}
