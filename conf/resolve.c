/*
 * Resolving globals and instances: from drafts to the model, when the whole file has been read.
 *
 * What an instance does not say comes from global_defs, wherever that stands in the file, else
 * from the keyword table.  Rules that make one value follow from another (facts about state
 * MASTER, protocol versions, families) are applied here, each with a diagnostic at the value that
 * it is about; what holds between instances is verify.c's.
 */
#include <string.h>

#include "conf/parse.h"
#include "core/arena.h"
#include "core/mono.h"

#define PRIORITY_OWNER	 255
#define INTERVAL_V3_UNIT 10000	  /* µs: adverts carry centiseconds */
#define INTERVAL_V3_MAX	 40950000 /* µs: in 12 bits */

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

/* Reports at a value, or at the instance where it was not given. */
#define COMPLAIN(resolver, severity, member, ...)                  \
	parser_complain((resolver)->parser, DIAGNOSTIC_##severity, \
			place_at((resolver), offsetof(struct instance_conf, member)), __VA_ARGS__)

static struct place place_at(const struct resolver *resolver, size_t offset)
{
	if (!given(resolver, offset))
		return resolver->instance->place;
	return resolver->draft->places[__builtin_ctzll(bit_at(resolver, offset))];
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

/* Copies the instance's addresses, but for those of another family and those given before. */
static void resolve_addresses(struct resolver *resolver)
{
	const struct address_conf *drafts = resolver->parser->drafts.addresses.items;
	struct instance_conf *instance = resolver->instance;
	size_t n = instance->n_addresses;
	struct hash known = {0};
	char text[ADDRESS_TEXT_SIZE];
	size_t i;

	instance->addresses =
		arena_alloc(resolver->parser->conf->arena, n * sizeof(*instance->addresses));
	instance->n_addresses = 0;
	instance->family = n > 0 ? drafts[resolver->draft->first_address].address.family : AF_INET;
	for (i = 0; i < n; i++) {
		struct address_conf address = drafts[resolver->draft->first_address + i];
		struct wanted_address wanted = {instance->addresses, &address};
		uint64_t hash = hash_bytes(HASH_SEED, &address.address, sizeof(address.address));

		address_format(&address.address, text);
		if (!address.interface)
			address.interface = instance->interface;
		if (address.address.family != instance->family) {
			parser_complain(resolver->parser, DIAGNOSTIC_ERROR, address.place,
					"%s is not of the family of the instance's first address",
					text);
			continue;
		}
		if (hash_find(&known, hash, address_equal, &wanted) != HASH_NONE) {
			parser_complain(resolver->parser, DIAGNOSTIC_WARNING, address.place,
					"%s is given again: this one is left out", text);
			continue;
		}
		hash_add(&known, hash, (uint32_t)instance->n_addresses);
		instance->addresses[instance->n_addresses++] = address;
	}
	hash_free(&known);
}

static void resolve_identity(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;

	if (!tried(resolver, offsetof(struct instance_conf, interface)))
		COMPLAIN(resolver, ERROR, interface, "'vrrp_instance' needs an 'interface'");
	if (!tried(resolver, offsetof(struct instance_conf, vrid)))
		COMPLAIN(resolver, ERROR, vrid, "'vrrp_instance' needs a 'virtual_router_id'");
	if (!address_is_none(&instance->source) && instance->source.family != instance->family)
		COMPLAIN(resolver, ERROR, source,
			 "the source address is not of the family of the instance's addresses");
}

static void resolve_version(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;

	if (instance->version == 0)
		instance->version = instance->family == AF_INET6
					    ? 3
					    : resolver->parser->drafts.global.conf.vrrp_version;
	if (instance->family == AF_INET6 && instance->version != 3)
		COMPLAIN(resolver, ERROR, version, "version 2 knows no IPv6: version 3 is needed");
	else if (instance->version == 3 && instance->n_addresses == 0 && !resolver->draft->invalid)
		parser_complain(resolver->parser, DIAGNOSTIC_ERROR, instance->place,
				"version 3 needs a 'virtual_ipaddress'");
}

static void resolve_interval(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	int64_t interval = instance->advert_interval;

	if (instance->version == 2 && interval % USEC_PER_SEC != 0)
		COMPLAIN(resolver, ERROR, advert_interval,
			 "advert_int: version 2 has whole seconds from 1 to 255, not %.6g; version "
			 "3 has fractions",
			 (double)interval / 1e6);
	else if (instance->version == 3 && interval > INTERVAL_V3_MAX)
		COMPLAIN(resolver, ERROR, advert_interval,
			 "advert_int: version 3 has at most 40.95 seconds");
	else if (instance->version == 3 && interval % INTERVAL_V3_UNIT != 0) {
		instance->advert_interval -= interval % INTERVAL_V3_UNIT;
		COMPLAIN(resolver, WARNING, advert_interval,
			 "advert_int: version 3 has hundredths of a second: %.6g is used",
			 (double)instance->advert_interval / 1e6);
	}
}

static void resolve_preemption(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;
	const char *why = "state MASTER";

	if (instance->starts_active && !given(resolver, offsetof(struct instance_conf, priority)))
		instance->priority = PRIORITY_OWNER;
	if (instance->priority == PRIORITY_OWNER)
		why = "priority 255";
	else if (!instance->starts_active)
		return;
	if (instance->nopreempt)
		COMPLAIN(resolver, WARNING, nopreempt, "'nopreempt' has no effect with %s", why);
	if (instance->preempt_delay > 0)
		COMPLAIN(resolver, WARNING, preempt_delay, "'preempt_delay' has no effect with %s",
			 why);
	instance->nopreempt = false;
	instance->preempt_delay = 0;
}

static void resolve_authentication(struct resolver *resolver)
{
	struct instance_conf *instance = resolver->instance;

	if (instance->version == 3 && instance->auth_type != AUTH_NONE) {
		parser_complain(resolver->parser, DIAGNOSTIC_WARNING, resolver->draft->auth_place,
				"version 3 has no authentication: the password is not used");
		instance->auth_type = AUTH_NONE;
	}
	if (instance->auth_type == AUTH_NONE)
		memset(instance->auth_pass, 0, sizeof(instance->auth_pass));
}

/* Nothing at all is never meant: 0 stands for 1, as it always has. */
static void at_least_one(struct garp_conf *garp)
{
	garp->repeat += garp->repeat == 0;
	garp->refresh_repeat += garp->refresh_repeat == 0;
}

static void resolve_announcements(struct resolver *resolver)
{
	const struct garp_conf *global = &resolver->parser->drafts.global.conf.garp;
	struct garp_conf *garp = &resolver->instance->garp;

	if (!given(resolver, offsetof(struct instance_conf, garp.delay)))
		garp->delay = global->delay;
	if (!given(resolver, offsetof(struct instance_conf, garp.refresh)))
		garp->refresh = global->refresh;
	if (!given(resolver, offsetof(struct instance_conf, garp.repeat)))
		garp->repeat = global->repeat;
	if (!given(resolver, offsetof(struct instance_conf, garp.refresh_repeat)))
		garp->refresh_repeat = global->refresh_repeat;
	at_least_one(garp);
	if (!given(resolver, offsetof(struct instance_conf, checksum_plain)))
		resolver->instance->checksum_plain = resolver->parser->drafts.global.checksum_plain;
}

static void resolve_script(struct parser *parser, const struct script_conf **member)
{
	const struct global_conf *global = &parser->drafts.global.conf;
	struct script_conf *script;

	if (!*member || (*member)->user || !global->script_user)
		return;
	script = arena_alloc(parser->conf->arena, sizeof(*script));
	*script = **member;
	script->user = global->script_user;
	script->group = global->script_group;
	*member = script;
}

static void resolve_instance(struct parser *parser, struct instance_draft *draft)
{
	struct instance_conf *instance = &draft->conf;
	struct resolver resolver = {parser, draft, instance};

	resolve_addresses(&resolver);
	resolve_identity(&resolver);
	resolve_version(&resolver);
	resolve_interval(&resolver);
	resolve_preemption(&resolver);
	resolve_authentication(&resolver);
	resolve_announcements(&resolver);
	resolve_script(parser, &instance->notify_active);
	resolve_script(parser, &instance->notify_backup);
	resolve_script(parser, &instance->notify_fault);
	resolve_script(parser, &instance->notify_stop);
	resolve_script(parser, &instance->notify);
}

static void *copy(struct parser *parser, const void *items, size_t size)
{
	void *memory = arena_alloc(parser->conf->arena, size);

	if (size > 0)
		memcpy(memory, items, size);
	return memory;
}

void resolve(struct parser *parser)
{
	struct instance_draft *drafts = parser->drafts.instances.items;
	const struct target_conf *targets;
	struct conf *conf = parser->conf;
	size_t i;

	at_least_one(&parser->drafts.global.conf.garp);
	conf->global = parser->drafts.global.conf;
	conf->n_instances = parser->drafts.instances.count;
	conf->instances = arena_alloc(conf->arena, conf->n_instances * sizeof(*conf->instances));
	for (i = 0; i < conf->n_instances; i++) {
		resolve_instance(parser, &drafts[i]);
		conf->instances[i] = drafts[i].conf;
	}
	conf->n_services = parser->services.count;
	conf->services =
		copy(parser, parser->services.items, conf->n_services * sizeof(*conf->services));
	targets = target_set_all(parser->targets, &conf->n_targets);
	conf->targets = copy(parser, targets, conf->n_targets * sizeof(*conf->targets));
	conf->n_files = parser->files.count;
	conf->files = copy(parser, parser->files.items, conf->n_files * sizeof(*conf->files));
}
