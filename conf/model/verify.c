/*
 * Cross checks: what must hold between the objects of a configuration.
 *
 * Called last, on the resolved model, so that it sees what would be run: no two instances of one
 * name, none that hear the same adverts (router.c), no two services with the same identity
 * (protocol, address and port; or family and mark).  Pairs are found by hashing; a diagnostic
 * stands at the later one, with a note at the earlier.  Warned of are an address that two instances
 * hold, and servers that lead back to their own service.
 */
#include <string.h>

#include "conf/model/interface_delay.h"
#include "conf/model/name_map.h"
#include "conf/model/reference.h"
#include "conf/model/verify.h"
#include "core/base/arena.h"
#include "core/base/text.h"

bool verify_are_namesakes(const struct instance_conf *one, const struct instance_conf *other)
{
	return one->name && other->name && strcmp(one->name, other->name) == 0;
}

static void verify_names(struct parser *parser)
{
	const struct conf *conf = parser->conf;
	struct name_map known = {0};

	for (size_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];

		if (!instance->name)
			continue;
		uint32_t earlier = name_map_add(&known, instance->name, (uint32_t)i);
		if (earlier == HASH_NONE)
			continue;
		reader_error_at(&parser->in, instance->place, "name-twice",
				"there already is a vrrp_instance '%s'", instance->name);
		reader_note(&parser->in, conf->instances[earlier].place, "it is here");
	}
	name_map_free(&known);
}

/* Whether the interface is in an earlier group, which counts. */
static bool is_in_another_group(struct parser *parser, const struct garp_group_conf *group,
				const char *name)
{
	const struct garp_group_conf *first = garp_group_of(parser->conf, name);

	if (first == group)
		return false;
	reader_warning_at(&parser->in, group->place, "interface-twice",
			  "%s already is in a garp_group, which counts", name);
	reader_note(&parser->in, first->place, "it is here");
	return true;
}

/* Takes from a group what it has no say in. False: nothing is left. */
static bool keep_own_interfaces(struct parser *parser, struct garp_group_conf *group)
{
	const char **names =
		arena_alloc(parser->conf->arena, group->interfaces.count * sizeof(*names));
	size_t n = 0;

	if (group->interface && is_in_another_group(parser, group, group->interface))
		group->interface = NULL;
	for (size_t i = 0; i < group->interfaces.count; i++)
		if (!is_in_another_group(parser, group, group->interfaces.names[i]))
			names[n++] = group->interfaces.names[i];
	group->interfaces = (struct name_list){names, n};
	return n > 0 || group->interface;
}

static void verify_garp_groups(struct parser *parser)
{
	struct conf *conf = parser->conf;
	size_t n = 0;

	for (size_t i = 0; i < conf->n_garp_groups; i++)
		if (keep_own_interfaces(parser, &conf->garp_groups[i]))
			conf->garp_groups[n++] = conf->garp_groups[i];
	conf->n_garp_groups = n;
}

static bool same_endpoint(const struct server_conf *a, const struct server_conf *b)
{
	return a->port == b->port && address_compare(&a->address, &b->address) == 0;
}

static bool has_server(const struct service_conf *service, const struct server_conf *server)
{
	for (size_t i = 0; i < service->n_servers; i++) {
		const struct server_conf *known = &service->servers[i];

		if (known->fallback == server->fallback && same_endpoint(known, server))
			return true;
	}
	return false;
}

/* The kernel has a service once: so the servers of one that is given again are added to the first,
 * before its fallbacks. Those that it has already stay as they are. */
static void join_services(struct parser *parser, struct service_conf *first,
			  const struct service_conf *again)
{
	size_t n_real = first->n_servers - first->n_fallbacks, n = 0;
	size_t most = first->n_servers + again->n_servers;
	struct server_conf *servers = arena_alloc(parser->conf->arena, most * sizeof(*servers));

	for (size_t i = 0; i < n_real; i++)
		servers[n++] = first->servers[i];
	for (size_t i = 0; i < again->n_servers; i++)
		if (!again->servers[i].fallback && !has_server(first, &again->servers[i]))
			servers[n++] = again->servers[i];
	for (size_t i = n_real; i < first->n_servers; i++)
		servers[n++] = first->servers[i];
	first->servers = servers;
	first->n_servers = n;
}

static void verify_services(struct parser *parser)
{
	struct conf *conf = parser->conf;
	struct name_map known = {0};

	for (size_t i = 0; i < conf->n_services; i++) {
		struct service_conf *service = &conf->services[i];
		char key[128], name[ENDPOINT_TEXT_SIZE];

		text_print(key, sizeof(key), "%u %u %u %u %s", service->family, service->fwmark,
			   service->protocol, service->port, address_text(&service->address).text);
		uint32_t earlier = name_map_add(&known, key, (uint32_t)i);
		if (earlier == HASH_NONE)
			continue;
		reader_warning_at(
			&parser->in, service->place, "service-twice",
			"there already is a virtual_server %s, which gets these servers too",
			service_conf_name(service, name, sizeof(name)));
		reader_note(&parser->in, conf->services[earlier].place, "it is here");
		join_services(parser, &conf->services[earlier], service);
		conf->n_services--;
		memmove(&conf->services[i], &conf->services[i + 1],
			(conf->n_services - i) * sizeof(conf->services[0]));
		i--;
	}
	name_map_free(&known);
}

/* An address of an instance. */
struct held {
	const struct instance_conf *instance;
	const struct address_conf *address;
};

static void verify_addresses(struct parser *parser)
{
	const struct conf *conf = parser->conf;
	struct name_map known = {0};
	struct vector all = {0}; /* struct held */

	for (size_t i = 0; i < conf->n_instances; i++) {
		for (size_t k = 0; k < conf->instances[i].n_addresses; k++) {
			struct held held = {&conf->instances[i], &conf->instances[i].addresses[k]};
			char key[ADDRESS_TEXT_SIZE + 64];

			if (!held.address->interface)
				continue;
			text_print(key, sizeof(key), "%s %s",
				   address_text(&held.address->address).text,
				   held.address->interface);
			uint32_t earlier = name_map_add(&known, key, (uint32_t)all.count);
			vector_add(&all, sizeof(held), &held);
			if (earlier == HASH_NONE)
				continue;
			const struct held *other = (const struct held *)all.items + earlier;
			if (other->instance == held.instance || !other->instance->name ||
			    verify_are_namesakes(other->instance, held.instance))
				continue;
			reader_warning_at(&parser->in, held.address->place, "address-twice",
					  "%s on %s is an address of vrrp_instance '%s' too: each "
					  "takes it away when it is not Active",
					  address_text(&held.address->address).text,
					  held.address->interface, other->instance->name);
			reader_note(&parser->in, other->address->place, "it is here");
		}
	}
	name_map_free(&known);
	vector_free(&all);
}

/* A server that is the service itself, and a fallback that has failed as a real server already. */
static void verify_servers(struct parser *parser, const struct service_conf *service)
{
	const struct server_conf itself = {.address = service->address, .port = service->port};
	size_t n_real = service->n_servers - service->n_fallbacks;

	for (size_t i = 0; i < service->n_servers; i++) {
		const struct server_conf *server = &service->servers[i];
		size_t real = n_real;

		if (service->fwmark == 0 && same_endpoint(server, &itself))
			reader_warning_at(&parser->in, server->place, "server-is-service",
					  "%s is the service itself: its packets would come back",
					  endpoint_text(&server->address, server->port).text);
		for (real = 0; i >= n_real && real < n_real; real++)
			if (same_endpoint(server, &service->servers[real]))
				break;
		if (i < n_real || real == n_real)
			continue;
		reader_warning_at(&parser->in, server->place, "fallback-is-server",
				  "the fallback %s is a real server of the same service: when that "
				  "fails, so does this",
				  endpoint_text(&server->address, server->port).text);
		reader_note(&parser->in, service->servers[real].place, "it is here");
	}
}

/* Version 2 allows it, nobody means it; where there are errors, it may come of them. */
static void verify_presence(struct parser *parser)
{
	const struct conf *conf = parser->conf;

	if (reader_errors(&parser->in) > 0)
		return;
	for (size_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];

		if (instance->n_advertised == 0 && !instance->no_virtual_ipaddress)
			reader_warning_at(
				&parser->in, instance->place, "missing-block",
				"'vrrp_instance' has no 'virtual_ipaddress': adverts list "
				"no address ('no_virtual_ipaddress' says that it is meant)");
	}
}

void verify(struct parser *parser)
{
	verify_names(parser);
	verify_routers(parser);
	verify_heartbeat_links(parser);
	verify_services(parser);
	if (parser->in.quiet > 0) /* the canonical form: this has been said */
		return;
	verify_presence(parser);
	verify_garp_groups(parser);
	interface_delay_verify(parser);
	verify_addresses(parser);
	for (size_t i = 0; i < parser->conf->n_services; i++)
		verify_servers(parser, &parser->conf->services[i]);
	reference_verify(parser);
}
