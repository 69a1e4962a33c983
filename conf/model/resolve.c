/*
 * Resolving globals and instances: from drafts to the model, when the whole file has been read.
 *
 * What an instance does not say comes from global_defs, wherever that stands in the file, else
 * from the keyword table.  Rules that make one value follow from another (facts about state
 * MASTER, protocol versions, families) are applied here, each with a diagnostic at the value that
 * it is about; what holds between instances is verify.c's.
 */
#include <string.h>

#include "conf/model/group.h"
#include "conf/model/resolve.h"
#include "conf/model/target.h"
#include "conf/model/vmac.h"
#include "conf/table/hmac_key.h"
#include "core/base/arena.h"
#include "core/base/mono.h"

#define PRIORITY_OWNER	    255
#define TTL_MAX		    255
#define STRICT_DOWN_ADVERTS 3
#define INTERVAL_V3_UNIT    10000    /* µs: adverts carry centiseconds */
#define HMAC_WINDOW_MIN	    5	     /* seconds, where nothing is said */
#define INTERVAL_V3_MAX	    40950000 /* µs: in 12 bits */

static const char *family_name(uint16_t family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

static bool is_multicast(const struct address *address)
{
	if (address->family == AF_INET6)
		return address->bytes[0] == 0xff;
	return address->bytes[0] >> 4 == 14;
}

static bool is_unspecified(const struct address *address)
{
	static const uint8_t none[16];

	return memcmp(address->bytes, none, address_size(address->family)) == 0;
}

static bool is_unicast(const struct instance_conf *instance)
{
	return instance->transport.n_peers > 0 || instance->transport.fault_no_peer;
}

struct resolver {
	struct parser *parser;
	struct instance_draft *draft;
	struct instance_conf *instance; /* the draft's */
};

static uint64_t bit_at(const struct resolver *resolver, size_t offset)
{
	return keyword_bit(resolver->parser->index, BLOCK_INSTANCE, offset);
}

static bool given(const struct resolver *resolver, size_t offset)
{
	return resolver->draft->given & bit_at(resolver, offset);
}

static bool tried(const struct resolver *resolver, size_t offset)
{
	return resolver->draft->tried & bit_at(resolver, offset);
}

#define GIVEN(resolver, member) given(resolver, offsetof(struct instance_conf, member))
#define TRIED(resolver, member) tried(resolver, offsetof(struct instance_conf, member))

#define PLACE(resolver, member) place_at(resolver, offsetof(struct instance_conf, member))

#define GLOBAL_GIVEN(parser, member) \
	((parser)->drafts.global.given & KEYWORD_BIT(parser, GLOBAL, struct global_draft, member))

/* Reports at a value, or at the instance where it was not given. */
#define COMPLAIN(resolver, severity, member, ...)                                                \
	reader_complain(&(resolver)->parser->in, DIAGNOSTIC_##severity, PLACE(resolver, member), \
			__VA_ARGS__)

static struct place place_at(const struct resolver *resolver, size_t offset)
{
	if (!given(resolver, offset))
		return resolver->instance->place;
	return resolver->draft->places[__builtin_ctzll(bit_at(resolver, offset))];
}

/* Of the first address that adverts list; where there is none, of those adverts go between. */
static void resolve_family(struct resolver *resolver)
{
	const struct address_draft *addresses = resolver->parser->drafts.addresses.items;
	const struct peer_conf *peers = resolver->parser->drafts.peers.items;
	struct instance_conf *instance = resolver->instance;
	size_t i = resolver->draft->first_address, end = i + instance->n_addresses;

	while (i < end && addresses[i].excluded)
		i++;
	if (i < end)
		instance->family = addresses[i].conf.address.family;
	else if (!address_is_none(&instance->transport.source))
		instance->family = instance->transport.source.family;
	else if (instance->transport.n_peers > 0)
		instance->family = peers[resolver->draft->first_peer].address.family;
	else
		instance->family = instance->transport.native_ipv6 ? AF_INET6 : AF_INET;
	if (!instance->transport.native_ipv6 || instance->family == AF_INET6)
		return;
	COMPLAIN(resolver, WARNING, transport.native_ipv6, "no-effect",
		 "'native_ipv6' has no effect: the instance's addresses are IPv4");
	instance->transport.native_ipv6 = false;
}

struct wanted_address {
	const struct address_conf *addresses;
	const struct address_conf *address;
};

static bool address_equal(const void *context, uint32_t item)
{
	const struct wanted_address *wanted = context;
	const struct address_conf *known = &wanted->addresses[item];

	return address_compare(&known->address, &wanted->address->address) == 0 &&
	       known->prefix == wanted->address->prefix &&
	       strcmp(known->interface ? known->interface : "",
		      wanted->address->interface ? wanted->address->interface : "") == 0;
}

/* That of the source address may be another one tomorrow: addresses do not follow it. */
static const char *default_interface(const struct resolver *resolver,
				     const struct address_conf *address)
{
	struct parser *parser = resolver->parser;
	const char *name = parser->drafts.global.default_interface;

	if (is_unicast(resolver->instance) && !TRIED(resolver, interface) &&
	    !GLOBAL_GIVEN(parser, default_interface))
		reader_warning_at(&parser->in, address->place, "default-interface",
				  "%s has no 'dev', and its instance no 'interface': it goes to "
				  "%s, the default of 'default_interface'",
				  address_text(&address->address).text, name);
	return name;
}

/* Copies the addresses that adverts list, or the others, but for those given before. */
static void copy_addresses(struct resolver *resolver, size_t n_drafts, bool excluded,
			   struct hash *known)
{
	const struct address_draft *drafts = resolver->parser->drafts.addresses.items;
	struct instance_conf *instance = resolver->instance;

	if (n_drafts > 0)
		drafts += resolver->draft->first_address;
	for (size_t i = 0; i < n_drafts; i++) {
		struct address_conf address = drafts[i].conf;
		struct wanted_address wanted = {instance->addresses, &address};
		uint64_t hash = hash_bytes(HASH_SEED, &address.address, sizeof(address.address));

		if (drafts[i].excluded != excluded)
			continue;
		struct address_text text = address_text(&address.address);
		if (!address.interface)
			address.interface =
				instance->vmac.name ? instance->vmac.name : instance->interface;
		if (!address.interface)
			address.interface = default_interface(resolver, &address);
		if (!excluded && address.address.family != instance->family) {
			reader_error_at(&resolver->parser->in, address.place, "mixed-families",
					"%s is not of the family of the instance's first address",
					text.text);
			continue;
		}
		uint32_t earlier = hash_find(known, hash, address_equal, &wanted);
		if (earlier != HASH_NONE) {
			reader_warning_at(&resolver->parser->in, address.place, "address-twice",
					  "%s is given again: this one is left out", text.text);
			reader_note(&resolver->parser->in, instance->addresses[earlier].place,
				    "the first one is here");
			continue;
		}
		hash_add(known, hash, (uint32_t)instance->n_addresses);
		instance->addresses[instance->n_addresses++] = address;
	}
}

static void resolve_addresses(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	size_t n = instance->n_addresses;
	struct hash known = {0};

	instance->addresses =
		arena_alloc(resolver->parser->conf->arena, n * sizeof(*instance->addresses));
	instance->n_addresses = 0;
	copy_addresses(resolver, n, false, &known);
	instance->n_advertised = instance->n_addresses;
	copy_addresses(resolver, n, true, &known);
	hash_free(&known);
}

/* Whether adverts can go to the peer; else what is wrong with it is reported. */
static bool check_peer(const struct resolver *resolver, const struct peer_conf *peer)
{
	const struct instance_conf *instance = resolver->instance;
	struct parser *parser = resolver->parser;
	struct address_text text = address_text(&peer->address);
	size_t known = 0;

	while (known < instance->transport.n_peers &&
	       address_compare(&instance->transport.peers[known].address, &peer->address) != 0)
		known++;
	if (peer->address.family != instance->family)
		reader_error_at(&parser->in, peer->place, "mixed-families",
				"unicast_peer: %s is not %s, as the instance is", text.text,
				family_name(instance->family));
	else if (is_multicast(&peer->address) || is_unspecified(&peer->address))
		reader_error_at(&parser->in, peer->place, "peer-not-a-router",
				"unicast_peer: %s is not the address of a router", text.text);
	else if (address_compare(&peer->address, &instance->transport.source) == 0)
		reader_warning_at(&parser->in, peer->place, "peer-is-self",
				  "unicast_peer: %s is this router itself: it is left out",
				  text.text);
	else if (known < instance->transport.n_peers)
		reader_warning_at(&parser->in, peer->place, "peer-twice",
				  "unicast_peer: %s is given again: this one is left out",
				  text.text);
	else
		return true;
	return false;
}

/* A list that has come out empty must not turn unicast into multicast. */
static void resolve_peers(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	struct parser *parser = resolver->parser;
	const struct peer_conf *drafts = parser->drafts.peers.items;
	size_t errors = reader_errors(&parser->in);
	size_t n = instance->transport.n_peers;

	instance->transport.peers =
		arena_alloc(parser->conf->arena, n * sizeof(*instance->transport.peers));
	instance->transport.n_peers = 0;
	for (size_t i = 0; i < n; i++) {
		const struct peer_conf *peer = &drafts[resolver->draft->first_peer + i];

		if (check_peer(resolver, peer))
			instance->transport.peers[instance->transport.n_peers++] = *peer;
	}
	if (resolver->draft->peers_place.line > 0 && instance->transport.n_peers == 0 &&
	    !instance->transport.fault_no_peer && errors == reader_errors(&parser->in))
		reader_error_at(&parser->in, resolver->draft->peers_place, "no-peers",
				"'unicast_peer' names no peer; without the block, adverts go by "
				"multicast");
}

/* unicast_src_ip is the same as mcast_src_ip, and tells what was meant. */
static void resolve_source(struct resolver *resolver)
{
	struct instance_draft *draft = resolver->draft;
	uint64_t source = bit_at(resolver, offsetof(struct instance_conf, transport.source));
	uint64_t unicast = bit_at(resolver, offsetof(struct instance_draft, unicast_source));

	if (!(draft->given & unicast))
		return;
	draft->given |= source;
	draft->places[__builtin_ctzll(source)] = draft->places[__builtin_ctzll(unicast)];
	draft->conf.transport.source = draft->unicast_source;
	if (draft->conf.transport.n_peers == 0 && draft->peers_place.line == 0 &&
	    !draft->conf.transport.fault_no_peer)
		COMPLAIN(resolver, WARNING, transport.source, "no-peers",
			 "'unicast_src_ip' without 'unicast_peer': adverts go by multicast");
}

static void check_group(struct parser *parser, struct place place, const char *name,
			const struct address *group, uint16_t family)
{
	if (group->family != family || !is_multicast(group))
		reader_error_at(&parser->in, place, "not-multicast",
				"%s: expected an %s multicast address", name, family_name(family));
}

/* Further links carry multicast, also where adverts go to peers on the first one. */
static void resolve_heartbeats(struct resolver *resolver)
{
	const struct global_draft *global = &resolver->parser->drafts.global;
	struct instance_conf *instance = resolver->instance;
	struct transport_conf *transport = &instance->transport;

	if (!GIVEN(resolver, transport.heartbeat_group)) {
		if (transport->heartbeats.count == 0)
			return;
		transport->heartbeat_group = transport->group;
		if (address_is_none(&transport->group))
			transport->heartbeat_group =
				instance->family == AF_INET6 ? global->group6 : global->group4;
	} else if (transport->heartbeats.count == 0) {
		COMPLAIN(resolver, WARNING, transport.heartbeat_group, "no-effect",
			 "'heartbeat_group' has no effect without a 'heartbeat_interface'");
	} else {
		check_group(resolver->parser, PLACE(resolver, transport.heartbeat_group),
			    "heartbeat_group", &transport->heartbeat_group, instance->family);
	}
}

static void resolve_group(struct resolver *resolver)
{
	const struct global_draft *global = &resolver->parser->drafts.global;
	struct instance_conf *instance = resolver->instance;
	bool own = GIVEN(resolver, transport.group);

	if (is_unicast(instance)) {
		if (own)
			COMPLAIN(resolver, WARNING, transport.group, "no-effect",
				 "'mcast_dst_ip' has no effect: adverts go by unicast");
		instance->transport.group = (struct address){0};
		return;
	}
	if (instance->transport.unicast_ttl != TTL_MAX) {
		COMPLAIN(resolver, WARNING, transport.unicast_ttl, "no-effect",
			 "'unicast_ttl' has no effect: adverts go by multicast");
		instance->transport.unicast_ttl = TTL_MAX;
	}
	if (own)
		check_group(resolver->parser, PLACE(resolver, transport.group), "mcast_dst_ip",
			    &instance->transport.group, instance->family);
	else
		instance->transport.group =
			instance->family == AF_INET6 ? global->group6 : global->group4;
}

/* What an instance does not say itself is said of all of them in global_defs. */
static void inherit(struct resolver *resolver)
{
#define FROM_GLOBAL(member, global)                                                            \
	{                                                                                      \
		offsetof(struct instance_conf, member), offsetof(struct global_draft, global), \
			sizeof(((struct instance_conf *)0)->member)                            \
	}
	static const struct {
		size_t to, from, size;
	} rows[] = {
		FROM_GLOBAL(down_adverts, down_adverts),
		FROM_GLOBAL(lower_prio_no_advert, lower_prio_no_advert),
		FROM_GLOBAL(transport.check_unicast_src, check_unicast_src),
		FROM_GLOBAL(checksum_plain, checksum_plain),
		FROM_GLOBAL(checks.skip_check_adv_addr, checks.skip_check_adv_addr),
		FROM_GLOBAL(checks.owner_ignore_adverts, checks.owner_ignore_adverts),
		FROM_GLOBAL(address_lease, conf.address_lease),
		FROM_GLOBAL(garp.delay, conf.garp.delay),
		FROM_GLOBAL(garp.refresh, conf.garp.refresh),
		FROM_GLOBAL(garp.repeat, conf.garp.repeat),
		FROM_GLOBAL(garp.refresh_repeat, conf.garp.refresh_repeat),
		FROM_GLOBAL(garp.lower_delay, conf.garp.lower_delay),
		FROM_GLOBAL(garp.lower_repeat, conf.garp.lower_repeat),
		FROM_GLOBAL(strict, strict),
	};
	const char *global = (const char *)&resolver->parser->drafts.global;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!given(resolver, rows[i].to))
			memcpy((char *)resolver->instance + rows[i].to, global + rows[i].from,
			       rows[i].size);
}

/* Adverts to peers find their way; which interface counts is told by the source address. */
static void resolve_no_interface(struct resolver *resolver)
{
	const struct instance_conf *instance = resolver->instance;
	const struct address *source = &instance->transport.source;

	if (!is_unicast(instance))
		COMPLAIN(resolver, ERROR, interface, "missing-keyword",
			 "'vrrp_instance' needs an 'interface'");
	else if (!GIVEN(resolver, transport.source) &&
		 !tried(resolver, offsetof(struct instance_draft, unicast_source)))
		COMPLAIN(resolver, ERROR, interface, "missing-keyword",
			 "'vrrp_instance' needs an 'interface', or a 'unicast_src_ip' that tells "
			 "which");
	else if (address_is_link_local(source))
		COMPLAIN(resolver, ERROR, transport.source, "missing-keyword",
			 "'unicast_src_ip' %s is link-local: 'vrrp_instance' needs an 'interface'",
			 address_text(source).text);
	else if (instance->vmac.words)
		COMPLAIN(resolver, ERROR, vmac.words, "missing-keyword",
			 "'use_vmac' needs an 'interface'");
	else if (instance->transport.heartbeats.count > 0)
		COMPLAIN(resolver, ERROR, transport.heartbeats, "missing-keyword",
			 "'heartbeat_interface' needs an 'interface'");
}

static void resolve_identity(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;

	if (!TRIED(resolver, interface))
		resolve_no_interface(resolver);
	if (resolver->parser->in.quiet == 0 && instance->interface &&
	    strcmp(instance->interface, "lo") == 0)
		COMPLAIN(resolver, WARNING, interface, "loopback-interface",
			 "interface: 'lo' is the loopback: no other router is heard there");
	if (instance->interface && strchr(instance->interface, ':'))
		COMPLAIN(resolver, WARNING, interface, "label-as-interface",
			 "interface: '%s' is the name of a label, not of an interface",
			 instance->interface);
	if (!TRIED(resolver, vrid))
		COMPLAIN(resolver, ERROR, vrid, "missing-keyword",
			 "'vrrp_instance' needs a 'virtual_router_id'");
	if (!address_is_none(&instance->transport.source) &&
	    instance->transport.source.family != instance->family)
		COMPLAIN(resolver, ERROR, transport.source, "mixed-families",
			 "the source address is not of the family of the instance's addresses");
}

static void resolve_version(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;

	if (instance->version == 0)
		instance->version = instance->family == AF_INET6
					    ? 3
					    : resolver->parser->drafts.global.conf.vrrp_version;
	if (instance->family == AF_INET6 && instance->version != 3) {
		COMPLAIN(resolver, WARNING, version, "version-2-ipv6",
			 "version 2 knows no IPv6: version 3 is used");
		instance->version = 3;
	}
	if (instance->version == 3 && instance->n_advertised == 0 &&
	    !instance->no_virtual_ipaddress && !resolver->draft->invalid &&
	    !resolver->draft->bad_address && resolver->draft->tried != UINT64_MAX)
		reader_error_at(&resolver->parser->in, instance->place, "missing-block",
				"version 3 needs a 'virtual_ipaddress'");
}

static void resolve_interval(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	int64_t interval = instance->advert_interval;

	if (instance->version == 3 && interval > INTERVAL_V3_MAX) {
		COMPLAIN(resolver, WARNING, advert_interval, "interval-too-long",
			 "advert_int: version 3 has at most 40.95 seconds: 40.95 is used");
		instance->advert_interval = INTERVAL_V3_MAX;
	} else if (instance->version == 2 && interval % USEC_PER_SEC != 0) {
		COMPLAIN(resolver, ERROR, advert_interval, "interval-not-whole",
			 "advert_int: version 2 has whole seconds from 1 to 255, not %.6g; version "
			 "3 has fractions",
			 (double)interval / 1e6);
	} else if (instance->version == 3 && interval % INTERVAL_V3_UNIT != 0) {
		instance->advert_interval =
			(interval + INTERVAL_V3_UNIT / 2) / INTERVAL_V3_UNIT * INTERVAL_V3_UNIT;
		COMPLAIN(resolver, WARNING, advert_interval, "interval-too-fine",
			 "advert_int: version 3 has hundredths of a second: %.6g is used",
			 (double)instance->advert_interval / 1e6);
	}
}

static void resolve_preemption(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	const char *why = NULL;

	if (instance->starts_active && !GIVEN(resolver, priority))
		instance->priority = PRIORITY_OWNER;
	if (instance->priority == PRIORITY_OWNER)
		why = "priority 255";
	else if (instance->starts_active)
		why = "state MASTER";
	if (why && instance->nopreempt) {
		COMPLAIN(resolver, WARNING, nopreempt, "no-effect",
			 "'nopreempt' has no effect with %s", why);
		instance->nopreempt = false;
	} else if (instance->nopreempt) {
		why = "nopreempt";
	}
	if (!why)
		return;
	if (instance->preempt_delay > 0)
		COMPLAIN(resolver, WARNING, preempt_delay, "no-effect",
			 "'preempt_delay' has no effect with %s", why);
	instance->preempt_delay = 0;
}

static void resolve_authentication(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;

	if (instance->version == 3 && instance->auth_type != AUTH_NONE) {
		reader_warning_at(&resolver->parser->in, resolver->draft->auth_place,
				  "version-3-password",
				  "version 3 has no authentication: the password is not used");
		instance->auth_type = AUTH_NONE;
	}
	if (instance->auth_type == AUTH_NONE)
		memset(instance->auth_pass, 0, sizeof(instance->auth_pass));
}

static void resolve_hmac(struct resolver *resolver)
{
	const struct instance_draft *draft = resolver->draft;
	struct instance_conf *instance = resolver->instance;
	struct hmac_conf *hmac = &instance->hmac;
	struct parser *parser = resolver->parser;
	const struct hmac_key_conf *keys = parser->drafts.keys.items;
	size_t n = hmac->n_keys;
	int64_t window = (3 * instance->advert_interval + USEC_PER_SEC - 1) / USEC_PER_SEC;

	if (draft->hmac_place.line == 0)
		return;
	hmac->keys = arena_alloc(parser->conf->arena, n * sizeof(*hmac->keys));
	hmac->n_keys = 0;
	for (size_t i = 0; i < n; i++) {
		const struct hmac_key_conf *key = &keys[draft->first_key + i];

		if (hmac_key_find(hmac, key->id))
			reader_error_at(&parser->in, key->place, "given-twice",
					"key %u is given a second time", key->id);
		else
			hmac->keys[hmac->n_keys++] = *key;
	}
	if (hmac->n_keys == 0) {
		if (!draft->hmac_failed)
			reader_error_at(&parser->in, draft->hmac_place, "missing-keyword",
					"'auth_hmac' needs a 'key'");
		return;
	}
	if (hmac->active_key == 0)
		hmac->active_key = hmac->keys[0].id;
	else if (!hmac_key_find(hmac, hmac->active_key))
		reader_error_at(&parser->in, draft->hmac_place, "unknown-key",
				"active_key %u is none of the keys", hmac->active_key);
	if (instance->strict && hmac->mode != HMAC_ENFORCE)
		reader_error_at(&parser->in, draft->hmac_place, "strict-mode",
				"strict mode needs auth_hmac's mode enforce");
	if (hmac->time_window == 0)
		hmac->time_window = window > HMAC_WINDOW_MIN ? (uint32_t)window : HMAC_WINDOW_MIN;
}

/* Nothing at all is never meant: 0 stands for 1, as it always has. */
static void at_least_one(struct parser *parser, const char *name, struct place place,
			 uint32_t *number)
{
	if (*number > 0)
		return;
	reader_warning_at(&parser->in, place, "zero-repeat", "%s 0 is taken as 1", name);
	*number = 1;
}

/* The letter of the RFC: what it does not know is taken away. */
static void resolve_strict(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	struct garp_conf *garp = &instance->garp;

	if (!instance->strict)
		return;
	if (instance->starts_active && instance->priority != PRIORITY_OWNER) {
		COMPLAIN(
			resolver, WARNING, starts_active, "strict-mode",
			"state MASTER is the owner's (priority 255) in strict mode: BACKUP is used");
		instance->starts_active = false;
	}
	if (instance->auth_type != AUTH_NONE)
		reader_warning_at(&resolver->parser->in, resolver->draft->auth_place, "strict-mode",
				  "strict mode has no authentication: the password is not used");
	if (instance->preempt_delay > 0)
		COMPLAIN(resolver, WARNING, preempt_delay, "strict-mode",
			 "'preempt_delay' has no effect in strict mode");
	if (instance->down_adverts != STRICT_DOWN_ADVERTS)
		COMPLAIN(resolver, WARNING, down_adverts, "strict-mode",
			 "down_timer_adverts is %d in strict mode", STRICT_DOWN_ADVERTS);
	if (GIVEN(resolver, lower_prio_no_advert) && !instance->lower_prio_no_advert)
		COMPLAIN(resolver, WARNING, lower_prio_no_advert, "strict-mode",
			 "'lower_prio_no_advert' is on in strict mode");
	if (GIVEN(resolver, garp.lower_repeat) && garp->lower_repeat > 0)
		COMPLAIN(resolver, WARNING, garp.lower_repeat, "strict-mode",
			 "garp_lower_prio_repeat is 0 in strict mode");
	if (instance->priority == PRIORITY_OWNER)
		instance->checks.owner_ignore_adverts = true;
	instance->auth_type = AUTH_NONE;
	instance->preempt_delay = 0;
	instance->down_adverts = STRICT_DOWN_ADVERTS;
	instance->lower_prio_no_advert = true;
	garp->lower_repeat = 0;
	garp->lower_delay = 0;
	/* Other routers find the link-local address first, and expect it to be there. */
	const struct address_conf *first = &instance->addresses[0];
	if (resolver->parser->in.quiet == 0 && instance->family == AF_INET6 &&
	    instance->n_advertised > 0 && !address_is_link_local(&first->address))
		reader_warning_at(&resolver->parser->in, first->place, "strict-mode",
				  "in strict mode the first IPv6 address must be link-local");
}

void resolve_scripts(struct parser *parser, enum block block, void *object, size_t size)
{
	const struct global_conf *global = &parser->drafts.global.conf;
	const struct keyword *row;
	uint16_t offset;

	for (size_t at = 0; (row = block_member(block, size, &at, &offset));) {
		const struct script_conf **member = (void *)((char *)object + offset);
		struct script_conf *script;

		if (row->type != &value_command || !*member)
			continue;
		script = arena_alloc(parser->conf->arena, sizeof(*script));
		*script = **member;
		script->guarded = global->enable_script_security;
		if (!script->user) {
			script->user = global->script_user;
			script->group = global->script_group;
		}
		*member = script;
	}
}

static void resolve_instance(struct parser *parser, struct instance_draft *draft)
{
	struct instance_conf *instance = &draft->conf;
	struct resolver resolver = {parser, draft, instance};

	instance->group = GROUP_NONE;
	resolve_source(&resolver);
	resolve_family(&resolver);
	vmac_resolve(parser, instance, PLACE(&resolver, vmac.words));
	resolve_addresses(&resolver);
	resolve_identity(&resolver);
	resolve_peers(&resolver);
	resolve_group(&resolver);
	resolve_heartbeats(&resolver);
	inherit(&resolver);
	resolve_version(&resolver);
	resolve_interval(&resolver);
	resolve_preemption(&resolver);
	at_least_one(parser, "garp_master_repeat", PLACE(&resolver, garp.repeat),
		     &instance->garp.repeat);
	at_least_one(parser, "garp_master_refresh_repeat", PLACE(&resolver, garp.refresh_repeat),
		     &instance->garp.refresh_repeat);
	resolve_strict(&resolver);
	resolve_authentication(&resolver);
	resolve_hmac(&resolver);
	resolve_scripts(parser, BLOCK_INSTANCE, instance, sizeof(*instance));
}

#define GLOBAL_PLACE(parser, member)                     \
	((parser)->drafts.global.places[__builtin_ctzll( \
		KEYWORD_BIT(parser, GLOBAL, struct global_draft, member))])

static void resolve_global(struct parser *parser)
{
	struct global_draft *global = &parser->drafts.global;
	struct garp_conf *garp = &global->conf.garp;

	/* Once, where nothing else is said. */
	if (global->min_garp && !GLOBAL_GIVEN(parser, conf.garp.delay))
		garp->delay = 0;
	if (global->min_garp && !GLOBAL_GIVEN(parser, conf.garp.repeat))
		garp->repeat = 1;
	if (global->min_garp && !GLOBAL_GIVEN(parser, conf.garp.refresh))
		garp->refresh = 0;
	at_least_one(parser, "vrrp_garp_master_repeat", GLOBAL_PLACE(parser, conf.garp.repeat),
		     &garp->repeat);
	at_least_one(parser, "vrrp_garp_master_refresh_repeat",
		     GLOBAL_PLACE(parser, conf.garp.refresh_repeat), &garp->refresh_repeat);
	check_group(parser, GLOBAL_PLACE(parser, group4), "vrrp_mcast_group4", &global->group4,
		    AF_INET);
	check_group(parser, GLOBAL_PLACE(parser, group6), "vrrp_mcast_group6", &global->group6,
		    AF_INET6);
	if (!GLOBAL_GIVEN(parser, conf.garp.lower_delay))
		garp->lower_delay = garp->delay;
	if (!GLOBAL_GIVEN(parser, conf.garp.lower_repeat))
		garp->lower_repeat = garp->repeat;
	parser->conf->global = global->conf;
}

/* A copy of a list that stays; *count of them. */
static void *keep(const struct parser *parser, const struct vector *list, size_t *count)
{
	void *memory = arena_alloc(parser->conf->arena, list->count * list->size);

	*count = list->count;
	if (list->count > 0)
		memcpy(memory, list->items, list->count * list->size);
	return memory;
}

void resolve(struct parser *parser)
{
	struct instance_draft *drafts = parser->drafts.instances.items;
	struct conf *conf = parser->conf;

	resolve_global(parser);
	conf->n_instances = parser->drafts.instances.count;
	conf->instances = arena_alloc(conf->arena, conf->n_instances * sizeof(*conf->instances));
	for (size_t i = 0; i < conf->n_instances; i++) {
		resolve_instance(parser, &drafts[i]);
		conf->instances[i] = drafts[i].conf;
	}
	conf->garp_groups = keep(parser, &parser->drafts.garp_groups, &conf->n_garp_groups);
	conf->delays = keep(parser, &parser->drafts.delays, &conf->n_delays);
	group_resolve(parser);
	conf->services = keep(parser, &parser->drafts.services, &conf->n_services);
	conf->targets = keep(parser, target_set_all(parser->targets), &conf->n_targets);
	conf->files = keep(parser, &parser->in.files, &conf->n_files);
	conf->secrets = keep(parser, &parser->in.secrets, &conf->n_secrets);
}
