/*
 * Servers that a reload took out of the configuration.
 *
 * IPVS drops the packets of a destination that is removed, so a server that leaves is treated like
 * one that failed: it is quiesced and its connections go on.  It goes when a dump shows that there
 * are none any more.  Services whose servers are removed at a failure want no such thing here
 * either.  Nor does it help UDP: what the kernel takes for a connection there lives as long as its
 * client sends, and would keep that client with a server that is gone.
 *
 * There is no memory of who left: whatever the kernel has within a service of ours and the
 * configuration does not name is on its way out.  So a restart changes nothing, and what somebody
 * else added by hand leaves in the same way.
 *
 * Called by services.c with each dump (pass.c).
 */
#include "ipvs/leaving.h"

#include <netinet/in.h>

/* Real servers come first. */
static bool is_drained(const struct service_conf *conf)
{
	return conf->protocol != IPPROTO_UDP && conf->n_servers > 0 &&
	       conf->servers[0].on_failure == ON_FAILURE_QUIESCE;
}

/* One without a connection that is counted may go at once, unless one is just being made. */
static bool is_in_use(const struct destination *destination)
{
	return destination->active > 0 || (destination->weight > 0 && destination->inactive > 0);
}

static struct table_service list_servers(const struct service_conf *conf)
{
	struct table_service servers = {0};

	for (size_t i = 0; i < conf->n_servers; i++) {
		const struct destination destination = {.address = conf->servers[i].address,
							.port = conf->servers[i].port};

		table_service_append(&servers, &destination);
	}
	table_service_sort(&servers);
	return servers;
}

void leaving_find(const struct service_conf *conf, const struct table_service *present,
		  struct table_service *leaving)
{
	struct table_service servers;

	/* Mostly there is nobody: then the list is not even made. */
	if (!is_drained(conf) || present->n_destinations == 0)
		return;
	servers = list_servers(conf);
	for (size_t i = 0; i < present->n_destinations; i++) {
		struct destination destination = present->destinations[i];

		if (!is_in_use(&destination) ||
		    table_service_find(&servers, &destination.address, destination.port))
			continue;
		destination.weight = 0;
		table_service_append(leaving, &destination);
	}
	table_service_clear(&servers);
}

void leaving_add(const struct table_service *leaving, struct table_service *wanted)
{
	if (leaving->n_destinations == 0)
		return;
	for (size_t i = 0; i < leaving->n_destinations; i++)
		table_service_append(wanted, &leaving->destinations[i]);
	table_service_sort(wanted);
}
