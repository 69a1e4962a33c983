/*
 * Cross checks: what must hold between the objects of a configuration.
 *
 * Called last, on the resolved model, so that it sees what would be run: no two instances of one
 * name, no two with the same identity (interface, family, virtual router), no two services with
 * the same identity (protocol, address and port; or family and mark).  Pairs are found by hashing;
 * a diagnostic stands at the later one, with a note at the earlier.
 */
#include <string.h>

#include "conf/parse.h"

struct wanted {
	const struct conf *conf;
	uint32_t item; /* for which an equal one is looked for */
};

static uint64_t instance_name_hash(const struct instance_conf *instance)
{
	return hash_bytes(HASH_SEED, instance->name, strlen(instance->name));
}

static bool instance_name_equal(const void *context, uint32_t item)
{
	const struct wanted *wanted = context;
	const struct instance_conf *instances = wanted->conf->instances;

	return strcmp(instances[item].name, instances[wanted->item].name) == 0;
}

static uint64_t instance_identity_hash(const struct instance_conf *instance)
{
	uint64_t hash = hash_bytes(HASH_SEED, instance->interface, strlen(instance->interface));

	hash = hash_bytes(hash, &instance->family, sizeof(instance->family));
	return hash_bytes(hash, &instance->vrid, sizeof(instance->vrid));
}

static bool instance_identity_equal(const void *context, uint32_t item)
{
	const struct wanted *wanted = context;
	const struct instance_conf *a = &wanted->conf->instances[item];
	const struct instance_conf *b = &wanted->conf->instances[wanted->item];

	return a->vrid == b->vrid && a->family == b->family &&
	       strcmp(a->interface, b->interface) == 0;
}

static uint64_t service_hash(const struct service_conf *service)
{
	uint64_t hash = hash_bytes(HASH_SEED, &service->address, sizeof(service->address));

	hash = hash_bytes(hash, &service->family, sizeof(service->family));
	hash = hash_bytes(hash, &service->fwmark, sizeof(service->fwmark));
	hash = hash_bytes(hash, &service->protocol, sizeof(service->protocol));
	return hash_bytes(hash, &service->port, sizeof(service->port));
}

static bool service_equal(const void *context, uint32_t item)
{
	const struct wanted *wanted = context;
	const struct service_conf *a = &wanted->conf->services[item];
	const struct service_conf *b = &wanted->conf->services[wanted->item];

	return a->family == b->family && a->fwmark == b->fwmark && a->protocol == b->protocol &&
	       a->port == b->port && address_compare(&a->address, &b->address) == 0;
}

/* The earlier item equal to this one, which joins the table if there is none. */
static uint32_t find_or_add(struct hash *table, uint64_t hash, hash_equal_fn *equal,
			    const struct conf *conf, size_t item)
{
	struct wanted wanted = {conf, (uint32_t)item};
	uint32_t earlier = hash_find(table, hash, equal, &wanted);

	if (earlier == HASH_NONE)
		hash_add(table, hash, (uint32_t)item);
	return earlier;
}

static void verify_names(struct parser *parser)
{
	const struct conf *conf = parser->conf;
	struct hash table = {0};
	size_t i;

	for (i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];
		struct place place;
		uint32_t earlier;

		if (!instance->name)
			continue;
		earlier = find_or_add(&table, instance_name_hash(instance), instance_name_equal,
				      conf, i);
		if (earlier == HASH_NONE)
			continue;
		place = conf->instances[earlier].place;
		parser_complain(parser, DIAGNOSTIC_ERROR, instance->place, "name-twice",
				"there already is a vrrp_instance '%s'", instance->name);
		parser_note(parser, place, "it is here");
	}
	hash_free(&table);
}

static void verify_routers(struct parser *parser)
{
	const struct instance_draft *drafts = parser->drafts.instances.items;
	uint64_t bit =
		keyword_bit(parser->index, BLOCK_INSTANCE, offsetof(struct instance_conf, vrid));
	const struct conf *conf = parser->conf;
	struct hash table = {0};
	size_t i;

	for (i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];
		struct place place;
		uint32_t earlier;

		if (!instance->interface || instance->vrid == 0)
			continue;
		earlier = find_or_add(&table, instance_identity_hash(instance),
				      instance_identity_equal, conf, i);
		if (earlier == HASH_NONE)
			continue;
		place = drafts[earlier].places[__builtin_ctzll(bit)];
		parser_complain(parser, DIAGNOSTIC_ERROR, drafts[i].places[__builtin_ctzll(bit)],
				"virtual-router-twice",
				"virtual_router_id %u is already used on %s for %s", instance->vrid,
				instance->interface, instance->family == AF_INET ? "IPv4" : "IPv6");
		parser_note(parser, place, "it is used here");
	}
	hash_free(&table);
}

static void verify_services(struct parser *parser)
{
	const struct conf *conf = parser->conf;
	struct hash table = {0};
	size_t i;

	for (i = 0; i < conf->n_services; i++) {
		const struct service_conf *service = &conf->services[i];
		uint32_t earlier =
			find_or_add(&table, service_hash(service), service_equal, conf, i);
		struct place place;
		char name[ENDPOINT_TEXT_SIZE];

		if (earlier == HASH_NONE)
			continue;
		place = conf->services[earlier].place;
		parser_complain(parser, DIAGNOSTIC_ERROR, service->place, "service-twice",
				"there already is a virtual_server %s",
				service_conf_name(service, name, sizeof(name)));
		parser_note(parser, place, "it is here");
	}
	hash_free(&table);
}

void verify(struct parser *parser)
{
	verify_names(parser);
	verify_routers(parser);
	verify_services(parser);
}
