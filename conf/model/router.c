/*
 * Cross checks of virtual routers: an advert that arrives must be for one instance.
 *
 * Instances of one interface, family and virtual router id are told apart by where their adverts go
 * (another multicast group, or an address of this host's) and, at one address, by whom they come
 * from: no two of them may have a peer in common.  Two addresses may turn out to be the same one
 * where one is left to the interface, and two interfaces where one is left to the address: so each
 * peer of an instance is noted also without its address or interface, for those that do not say
 * theirs.
 *
 * With a virtual MAC address they would be one host to the switches: each needs its own.
 */
#include "conf/model/name_map.h"
#include "conf/model/verify.h"
#include "core/base/text.h"

#define KEY_SIZE 192

struct routers {
	struct parser *parser;
	struct name_map known;
};

static struct place place_of(const struct routers *routers, uint32_t i, uint64_t bit)
{
	const struct instance_draft *drafts = routers->parser->drafts.instances.items;

	return drafts[i].places[__builtin_ctzll(bit)];
}

/* `why`: what they have in common. */
static void complain(const struct routers *routers, uint32_t i, uint32_t earlier, const char *why)
{
	struct parser *parser = routers->parser;
	const struct instance_conf *instance = &parser->conf->instances[i];
	uint64_t bit = KEYWORD_BIT(parser, INSTANCE, struct instance_conf, vrid);

	if (verify_are_namesakes(instance, &parser->conf->instances[earlier]))
		return;
	reader_error_at(&parser->in, place_of(routers, i, bit), "virtual-router-twice",
			"virtual_router_id %u is already used on %s for %s%s", instance->vrid,
			instance_conf_place(instance).text,
			instance->family == AF_INET ? "IPv4" : "IPv6", why);
	reader_note(&parser->in, place_of(routers, earlier, bit), "it is used here");
}

/* One peer of one instance, as it is noted. `interface`, `source`: NULL = any. */
static void make_key(const struct instance_conf *instance, const char *interface,
		     const char *source, const struct peer_conf *peer, char key[KEY_SIZE])
{
	text_print(key, KEY_SIZE, "%s %s %u %u %s", interface ? interface : "//",
		   source ? source : "//", instance->family, instance->vrid,
		   peer ? address_text(&peer->address).text : "");
}

/* Whether an earlier instance hears this peer (NULL: it has none) where this one does. */
static uint32_t note_peer(struct routers *routers, uint32_t i, const struct peer_conf *peer)
{
	const struct instance_conf *instance = &routers->parser->conf->instances[i];
	const struct address *address = &instance->transport.source;
	bool placed = instance->interface, bound = !address_is_none(address);
	const char *interface = placed ? instance->interface : "/";
	const struct address_text text = address_text(address);
	const char *source = bound ? text.text : "/";
	uint32_t found;
	char key[KEY_SIZE];

	make_key(instance, interface, source, peer, key);
	found = name_map_add(&routers->known, key, i);
	/* Who leaves the address open is asked for, and asks for all. */
	make_key(instance, interface, bound ? "/" : NULL, peer, key);
	if (found == HASH_NONE)
		found = name_map_find(&routers->known, key);
	make_key(instance, placed ? "/" : NULL, source, peer, key);
	if (found == HASH_NONE)
		found = name_map_find(&routers->known, key);
	make_key(instance, interface, NULL, peer, key);
	name_map_add(&routers->known, key, i);
	make_key(instance, NULL, source, peer, key);
	name_map_add(&routers->known, key, i);
	return found;
}

/* Whom several instances might hear must be a peer of one of them. */
static void check_sender(struct routers *routers, uint32_t i)
{
	struct parser *parser = routers->parser;
	struct instance_conf *instances = parser->conf->instances;
	uint64_t bit =
		KEYWORD_BIT(parser, INSTANCE, struct instance_conf, transport.check_unicast_src);
	char key[KEY_SIZE];

	text_print(key, sizeof(key), "senders %s %u %u",
		   instances[i].interface ? instances[i].interface : "/", instances[i].family,
		   instances[i].vrid);
	uint32_t pair[] = {name_map_add(&routers->known, key, i), i};
	for (size_t k = 0; pair[0] != HASH_NONE && k < 2; k++) {
		struct instance_conf *one = &instances[pair[k]];
		struct place place = place_of(routers, pair[k], bit);

		if (one->transport.check_unicast_src)
			continue;
		reader_warning_at(&parser->in, place.line > 0 ? place : one->place, "no-effect",
				  "'check_unicast_src' is on: several instances have "
				  "virtual_router_id %u, and are told apart by their peers",
				  one->vrid);
		one->transport.check_unicast_src = true;
	}
}

static void verify_unicast(struct routers *routers, uint32_t i)
{
	const struct transport_conf *transport = &routers->parser->conf->instances[i].transport;
	uint32_t earlier = HASH_NONE;
	char why[ADDRESS_TEXT_SIZE + 64] = "";

	if (transport->n_peers == 0)
		earlier = note_peer(routers, i, NULL);
	for (size_t k = 0; k < transport->n_peers; k++) {
		uint32_t found = note_peer(routers, i, &transport->peers[k]);

		if (earlier != HASH_NONE || found == HASH_NONE)
			continue;
		earlier = found;
		text_print(why, sizeof(why), ", with unicast_peer %s as well",
			   address_text(&transport->peers[k].address).text);
	}
	if (earlier != HASH_NONE)
		complain(routers, i, earlier, why);
	else
		check_sender(routers, i);
}

static void verify_multicast(struct routers *routers, uint32_t i)
{
	const struct instance_conf *instance = &routers->parser->conf->instances[i];
	char key[KEY_SIZE];

	text_print(key, sizeof(key), "group %s %u %s", instance->interface, instance->vrid,
		   address_text(&instance->transport.group).text);
	uint32_t earlier = name_map_add(&routers->known, key, i);
	if (earlier != HASH_NONE)
		complain(routers, i, earlier, "");
}

static void verify_vmac(struct routers *routers, uint32_t i)
{
	struct parser *parser = routers->parser;
	const struct instance_conf *instance = &parser->conf->instances[i];
	uint64_t bit = KEYWORD_BIT(parser, INSTANCE, struct instance_conf, vmac.words);
	char key[KEY_SIZE];
	uint8_t mac[6];

	if (!instance->vmac.name)
		return;
	instance_conf_mac(instance, mac);
	const struct mac_text text = mac_text(mac);
	text_print(key, sizeof(key), "mac %s %s", instance->interface, text.text);
	uint32_t earlier = name_map_add(&routers->known, key, i);
	if (earlier == HASH_NONE ||
	    verify_are_namesakes(instance, &parser->conf->instances[earlier]))
		return;
	reader_error_at(&parser->in, place_of(routers, i, bit), "hardware-address-twice",
			"use_vmac: an instance on %s has the hardware address %s already: give "
			"another one",
			instance->interface, text.text);
	reader_note(&parser->in, place_of(routers, earlier, bit), "it is here");
}

void verify_routers(struct parser *parser)
{
	struct routers routers = {.parser = parser};
	const struct conf *conf = parser->conf;

	for (uint32_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];
		bool unicast = address_is_none(&instance->transport.group);

		if (instance->vrid == 0 || (!instance->interface && !unicast))
			continue;
		if (unicast)
			verify_unicast(&routers, i);
		else
			verify_multicast(&routers, i);
		if (instance->interface)
			verify_vmac(&routers, i);
	}
	name_map_free(&routers.known);
}
