/*
 * Comparison of configurations: what a reload has to change, and whether the canonical form says
 * what was meant.
 *
 * Members are compared by the rows of the keyword tables, so a new keyword is compared without
 * being mentioned here; identities and nested objects are compared by hand.
 */
#include "conf/change/compare.h"

#include <string.h>

#include "conf/model/hmac_key.h"
#include "conf/model/rest.h"
#include "conf/table/keyword.h"
#include "conf/table/value.h"

static bool members_equal(enum block block, const void *a, const void *b, size_t size)
{
	const struct keyword *row;
	uint16_t offset;
	size_t at = 0;

	while ((row = block_member(block, size, &at, &offset))) {
		if (!value_equal(row, (const char *)a + offset, (const char *)b + offset))
			return false;
	}
	return true;
}

bool global_conf_equal(const struct global_conf *a, const struct global_conf *b)
{
	return members_equal(BLOCK_GLOBAL, a, b, sizeof(*a));
}

static bool garp_groups_equal(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->n_garp_groups != b->n_garp_groups)
		return false;
	for (i = 0; i < a->n_garp_groups; i++) {
		if (!members_equal(BLOCK_GARP_GROUP, &a->garp_groups[i], &b->garp_groups[i],
				   sizeof(*a->garp_groups)))
			return false;
	}
	return true;
}

static bool delays_equal(const struct conf *a, const struct conf *b)
{
	if (a->n_delays != b->n_delays)
		return false;
	for (size_t i = 0; i < a->n_delays; i++) {
		const struct interface_delay_conf *left = &a->delays[i], *right = &b->delays[i];

		if (strcmp(left->interface, right->interface) != 0 || left->down != right->down ||
		    left->up != right->up)
			return false;
	}
	return true;
}

static bool addresses_equal(const struct instance_conf *a, const struct instance_conf *b)
{
	size_t i;

	if (a->n_addresses != b->n_addresses || a->n_advertised != b->n_advertised)
		return false;
	for (i = 0; i < a->n_addresses; i++) {
		const struct address_conf *left = &a->addresses[i];
		const struct address_conf *right = &b->addresses[i];

		if (address_compare(&left->address, &right->address) != 0 ||
		    left->prefix != right->prefix ||
		    !members_equal(BLOCK_ADDRESS, left, right, sizeof(*left)))
			return false;
	}
	return true;
}

static bool keys_equal(const struct instance_conf *a, const struct instance_conf *b)
{
	if (a->hmac.n_keys != b->hmac.n_keys)
		return false;
	for (size_t i = 0; i < a->hmac.n_keys; i++) {
		if (!hmac_key_equal(&a->hmac.keys[i], &b->hmac.keys[i]))
			return false;
	}
	return a->hmac.n_keys == 0 || members_equal(BLOCK_AUTH_HMAC, a, b, sizeof(*a));
}

static bool peers_equal(const struct instance_conf *a, const struct instance_conf *b)
{
	size_t i;

	if (a->transport.n_peers != b->transport.n_peers)
		return false;
	for (i = 0; i < a->transport.n_peers; i++) {
		const struct peer_conf *left = &a->transport.peers[i];
		const struct peer_conf *right = &b->transport.peers[i];

		if (address_compare(&left->address, &right->address) != 0 ||
		    !members_equal(BLOCK_PEER, left, right, sizeof(*left)))
			return false;
	}
	return true;
}

bool instance_conf_equal(const struct instance_conf *a, const struct instance_conf *b)
{
	return strcmp(a->name, b->name) == 0 && a->family == b->family &&
	       members_equal(BLOCK_INSTANCE, a, b, sizeof(*a)) &&
	       members_equal(BLOCK_AUTHENTICATION, a, b, sizeof(*a)) && addresses_equal(a, b) &&
	       peers_equal(a, b) && keys_equal(a, b);
}

bool group_conf_equal(const struct group_conf *a, const struct group_conf *b)
{
	return strcmp(a->name, b->name) == 0 && a->n_members == b->n_members &&
	       memcmp(a->members, b->members, a->n_members * sizeof(*a->members)) == 0 &&
	       members_equal(BLOCK_SYNC_GROUP, a, b, sizeof(*a));
}

bool target_conf_equal(const struct target_conf *a, const struct target_conf *b)
{
	size_t i;

	if (a->key != b->key || a->kind != b->kind || a->n_urls != b->n_urls)
		return false;
	for (i = 0; i < a->n_urls; i++) {
		if (!members_equal(BLOCK_URL, &a->urls[i], &b->urls[i], sizeof(a->urls[i])))
			return false;
	}
	return members_equal(BLOCK_HTTP_GET, a, b, sizeof(*a));
}

bool server_conf_equal(const struct conf *conf_a, const struct server_conf *a,
		       const struct conf *conf_b, const struct server_conf *b)
{
	uint32_t i;

	if (address_compare(&a->address, &b->address) != 0 || a->port != b->port ||
	    a->fallback != b->fallback || a->n_targets != b->n_targets ||
	    !members_equal(BLOCK_SERVER, a, b, sizeof(*a)))
		return false;
	for (i = 0; i < a->n_targets; i++) {
		if (!target_conf_equal(&conf_a->targets[a->targets[i]],
				       &conf_b->targets[b->targets[i]]))
			return false;
	}
	return true;
}

bool service_conf_equal(const struct conf *conf_a, const struct service_conf *a,
			const struct conf *conf_b, const struct service_conf *b)
{
	size_t i;

	if (address_compare(&a->address, &b->address) != 0 || a->family != b->family ||
	    a->port != b->port || a->fwmark != b->fwmark || a->n_servers != b->n_servers ||
	    a->n_fallbacks != b->n_fallbacks || !members_equal(BLOCK_SERVICE, a, b, sizeof(*a)))
		return false;
	for (i = 0; i < a->n_servers; i++) {
		if (!server_conf_equal(conf_a, &a->servers[i], conf_b, &b->servers[i]))
			return false;
	}
	return true;
}

static bool instance_rests_equal(const struct instance_conf *a, const struct instance_conf *b)
{
	size_t i;

	for (i = 0; i < a->n_addresses; i++) {
		if (!rest_equal(a->addresses[i].rest, b->addresses[i].rest))
			return false;
	}
	return rest_equal(a->rest, b->rest);
}

static bool service_rests_equal(const struct service_conf *a, const struct service_conf *b)
{
	size_t i;

	for (i = 0; i < a->n_servers; i++) {
		if (!rest_equal(a->servers[i].rest, b->servers[i].rest))
			return false;
	}
	return rest_equal(a->rest, b->rest);
}

bool conf_equal(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->n_instances != b->n_instances || a->n_services != b->n_services ||
	    a->n_groups != b->n_groups || a->n_targets != b->n_targets ||
	    !global_conf_equal(&a->global, &b->global) || !garp_groups_equal(a, b) ||
	    !delays_equal(a, b) || !rest_equal(a->global.rest, b->global.rest) ||
	    !rest_equal(a->rest, b->rest))
		return false;
	for (i = 0; i < a->n_instances; i++) {
		if (!instance_conf_equal(&a->instances[i], &b->instances[i]) ||
		    !instance_rests_equal(&a->instances[i], &b->instances[i]))
			return false;
	}
	for (i = 0; i < a->n_groups; i++) {
		if (!group_conf_equal(&a->groups[i], &b->groups[i]) ||
		    !rest_equal(a->groups[i].rest, b->groups[i].rest))
			return false;
	}
	for (i = 0; i < a->n_services; i++) {
		if (!service_conf_equal(a, &a->services[i], b, &b->services[i]) ||
		    !service_rests_equal(&a->services[i], &b->services[i]))
			return false;
	}
	for (i = 0; i < a->n_targets; i++) {
		if (!target_conf_equal(&a->targets[i], &b->targets[i]))
			return false;
	}
	return true;
}
