/*
 * What a reload has to change, as a list: for the operator who asks before (vdctl plan) or after
 * (vdctl reload), for the log, and for main, which refuses what only a restart can change.
 *
 * Here is what objects there are: how they are told apart, which keywords they have, and what no
 * keyword says; how they are compared is compare.c's.
 *
 * An address is the same within its instance whatever its interface and length, which are then
 * values that changed; but another instance has the same one only if the kernel, too, would call it
 * the same.  Addresses are looked at once more in the end: one that leaves an instance and is
 * another's now has moved.
 */
#include "conf/change/changes.h"

#include <stdlib.h>
#include <string.h>

#include "conf/change/compare.h"
#include "conf/model/interface_delay.h"
#include "conf/table/hmac_key.h"
#include "conf/table/value.h"
#include "core/base/alloc.h"
#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/log.h"

#define NAMES_SHOWN 8 /* fallbacks of a service, when their order changed */

#define LIST(items, n) ((struct objects){(items), (n), sizeof(*(items))})

const char *change_kind_name(enum change_kind kind)
{
	static const char *const names[] = {
		[CHANGE_ADDED] = "added",
		[CHANGE_REMOVED] = "removed",
		[CHANGE_MOVED] = "moved",
		[CHANGE_VALUE] = "changed",
	};

	return names[kind];
}

const char *change_object_name(enum change_object object)
{
	static const char *const names[] = {
		[CHANGE_OF_ROOT] = "root",	   [CHANGE_OF_GLOBAL] = "global",
		[CHANGE_OF_INSTANCE] = "instance", [CHANGE_OF_ADDRESS] = "address",
		[CHANGE_OF_PEER] = "peer",	   [CHANGE_OF_SERVICE] = "service",
		[CHANGE_OF_SERVER] = "server",	   [CHANGE_OF_CHECK] = "check",
		[CHANGE_OF_GROUP] = "sync_group",
	};

	return names[object];
}

/* ---- addresses and peers ---- */

static struct match_key address_key(const void *object)
{
	return (struct match_key){.address = ((const struct address_conf *)object)->address};
}

/* To the kernel it is the same one. */
static struct match_key kernel_address_key(const void *object)
{
	const struct address_conf *address = object;

	return (struct match_key){.address = address->address,
				  .numbers = {address->prefix},
				  .text = address->interface};
}

static void compare_address(struct search *search, const struct change *like, const void *a,
			    const void *b)
{
	const struct address_conf *left = a, *right = b;
	bool was_excluded =
		like->before.part >= search->before->instances[like->before.owner].n_advertised;
	bool is_excluded =
		like->after.part >= search->after->instances[like->after.owner].n_advertised;

	if (left->prefix != right->prefix)
		compare_texts(search, like, "prefix",
			      arena_printf(search->arena, "/%u", left->prefix),
			      arena_printf(search->arena, "/%u", right->prefix));
	compare_texts(search, like, "excluded", was_excluded ? "yes" : "no",
		      is_excluded ? "yes" : "no");
}

static const struct compare_kind address_kind = {
	.object = CHANGE_OF_ADDRESS,
	.keys = {kernel_address_key, address_key},
	.head = compare_address,
	.blocks = {BLOCK_ADDRESS},
	.size = sizeof(struct address_conf),
	.unsupported = offsetof(struct address_conf, unsupported),
};

static struct match_key peer_key(const void *object)
{
	return (struct match_key){.address = ((const struct peer_conf *)object)->address};
}

static const struct compare_kind peer_kind = {
	.object = CHANGE_OF_PEER,
	.keys = {peer_key},
	.blocks = {BLOCK_PEER},
	.size = sizeof(struct peer_conf),
};

/* ---- instances ---- */

static struct match_key instance_key(const void *object)
{
	const struct instance_conf *instance = object;

	return (struct match_key){
		.text = instance->interface,
		.numbers = {(uint64_t)instance->family << 8 | instance->vrid},
	};
}

static struct match_key named_instance_key(const void *object)
{
	struct match_key key = instance_key(object);
	const char *name = ((const struct instance_conf *)object)->name;

	key.numbers[1] = hash_bytes(HASH_SEED, name, strlen(name));
	return key;
}

/* By which its adverts are told from those of others with its VRID; peers in any order. */
static struct match_key heard_instance_key(const void *object)
{
	struct match_key key = instance_key(object);
	const struct transport_conf *transport = &((const struct instance_conf *)object)->transport;
	uint64_t peers = 0;

	key.address = transport->source;
	if (!address_is_none(&transport->group))
		key.address = transport->group;
	for (size_t i = 0; i < transport->n_peers; i++)
		peers += hash_bytes(HASH_SEED, &transport->peers[i].address,
				    sizeof(transport->peers[i].address));
	key.numbers[1] = peers;
	return key;
}

/* Of several with one interface, family and VRID the one that hears the same, else that of the same
 * name, else any: so a change of peers, and a new name, are none of the virtual router. */
static match_key_fn *const instance_keys[] = {heard_instance_key, named_instance_key, instance_key,
					      NULL};

struct matching instances_match(const struct instance_conf *before, size_t n_before,
				const struct instance_conf *after, size_t n_after)
{
	return match(&LIST(before, n_before), &LIST(after, n_after), instance_keys);
}

static void compare_names(struct search *search, const struct change *like, const void *a,
			  const void *b)
{
	compare_texts(search, like, "name", ((const struct instance_conf *)a)->name,
		      ((const struct instance_conf *)b)->name);
}

/* Only that a secret is another one is told, never what it is. */
static void compare_keys(struct search *search, const struct change *like,
			 const struct hmac_conf *before, const struct hmac_conf *after)
{
	for (unsigned id = 1; id <= UINT8_MAX; id++) {
		const struct hmac_key_conf *a = hmac_key_find(before, id);
		const struct hmac_key_conf *b = hmac_key_find(after, id);

		if (!a && !b)
			continue;
		const char *text = arena_printf(search->arena, "%u ********", id);
		compare_texts(search, like, "key", a ? text : "none",
			      !b ? "none"
			      : a && !hmac_key_equal(a, b)
				      ? arena_printf(search->arena, "%s (another)", text)
				      : text);
	}
}

static void compare_instance_parts(struct search *search, const struct change *like, const void *a,
				   const void *b)
{
	const struct instance_conf *left = a, *right = b;

	compare_keys(search, like, &left->hmac, &right->hmac);
	compare_list(search, &address_kind, like, &LIST(left->addresses, left->n_addresses),
		     &LIST(right->addresses, right->n_addresses));
	compare_list(search, &peer_kind, like,
		     &LIST(left->transport.peers, left->transport.n_peers),
		     &LIST(right->transport.peers, right->transport.n_peers));
}

static const struct compare_kind instance_kind = {
	.object = CHANGE_OF_INSTANCE,
	.keys = {heard_instance_key, named_instance_key, instance_key},
	.head = compare_names,
	.blocks = {BLOCK_INSTANCE, BLOCK_AUTHENTICATION, BLOCK_AUTH_HMAC},
	.size = sizeof(struct instance_conf),
	.unsupported = offsetof(struct instance_conf, unsupported),
	.parts = compare_instance_parts,
};

/* ---- addresses that moved ---- */

/* An address that no instance has which had it before, or the other way round. */
struct stray {
	const struct address_conf *address;
	struct change_place place;
	size_t change; /* that says so; SIZE_MAX: its whole instance comes or goes */
};

static struct match_key stray_key(const void *object)
{
	return kernel_address_key(((const struct stray *)object)->address);
}

/* Those that come (ADDED) or go (REMOVED), with their instance or without. */
static void collect_strays(const struct search *search, const struct conf *conf,
			   enum change_kind kind, struct vector *strays)
{
	const struct change *list = search->found.items;

	for (size_t i = 0; i < search->found.count; i++) {
		struct stray stray = {.change = SIZE_MAX};

		if (list[i].kind != kind ||
		    (list[i].object != CHANGE_OF_INSTANCE && list[i].object != CHANGE_OF_ADDRESS))
			continue;
		stray.place = kind == CHANGE_ADDED ? list[i].after : list[i].before;
		const struct instance_conf *instance = &conf->instances[stray.place.owner];
		if (list[i].object == CHANGE_OF_ADDRESS) {
			stray.address = &instance->addresses[stray.place.part];
			stray.change = i;
			vector_add(strays, sizeof(stray), &stray);
			continue;
		}
		for (stray.place.part = 0; stray.place.part < instance->n_addresses;
		     stray.place.part++) {
			stray.address = &instance->addresses[stray.place.part];
			vector_add(strays, sizeof(stray), &stray);
		}
	}
}

/* One that leaves an instance and comes to another is one change, which is the first one's unless
 * that goes whole. */
static void find_moves(struct search *search)
{
	struct vector old = {0}, new = {0}; /* struct stray */
	struct change *list = search->found.items;
	size_t kept = 0;

	collect_strays(search, search->before, CHANGE_REMOVED, &old);
	collect_strays(search, search->after, CHANGE_ADDED, &new);

	const struct stray *left = old.items, *right = new.items;
	struct matching matching = match(&LIST(left, old.count), &LIST(right, new.count),
					 (match_key_fn *const[]){stray_key, NULL});
	bool *told = alloc_array(search->found.count, sizeof(bool)); /* by another change */

	for (size_t i = 0; i < old.count; i++) {
		struct change *change;

		if (matching.of_old[i] == MATCH_NONE)
			continue;
		const struct stray *to = &right[matching.of_old[i]];
		if (left[i].change == SIZE_MAX && to->change == SIZE_MAX)
			continue;
		change = &list[left[i].change != SIZE_MAX ? left[i].change : to->change];
		*change = (struct change){.kind = CHANGE_MOVED,
					  .object = CHANGE_OF_ADDRESS,
					  .before = left[i].place,
					  .after = to->place};
		if (left[i].change != SIZE_MAX && to->change != SIZE_MAX)
			told[to->change] = true;
	}
	for (size_t i = 0; i < search->found.count; i++)
		if (!told[i])
			list[kept++] = list[i];
	search->found.count = kept;
	matching_free(&matching);
	vector_free(&old);
	vector_free(&new);
	free(told);
}

/* ---- sync groups ---- */

static struct match_key group_key(const void *object)
{
	return (struct match_key){.text = ((const struct group_conf *)object)->name};
}

/* Who is a member is told with the group, by name: an instance that was renamed is another member
 * in the file, whatever its identity. */
static const char *members_text(struct search *search, const struct conf *conf,
				const struct group_conf *group)
{
	FILE *out = compare_print(search);

	for (size_t i = 0; i < group->n_members; i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", conf->instances[group->members[i]].name);
	return compare_printed(search, "");
}

static void compare_group_members(struct search *search, const struct change *like, const void *a,
				  const void *b)
{
	const char *before = members_text(search, search->before, a);

	compare_texts(search, like, "group", before, members_text(search, search->after, b));
}

static const struct compare_kind group_kind = {
	.object = CHANGE_OF_GROUP,
	.keys = {group_key},
	.head = compare_group_members,
	.blocks = {BLOCK_SYNC_GROUP},
	.size = sizeof(struct group_conf),
	.unsupported = offsetof(struct group_conf, unsupported),
};

/* ---- checks ---- */

/* What a check does is its identity (the key), so of two that differ nothing matches; they are
 * taken for the same one when they are of one kind and in the same order. */
struct check {
	const struct target_conf *target;
	uint32_t index; /* in the configuration */
};

static struct match_key check_key(const void *object)
{
	return (struct match_key){.numbers = {((const struct check *)object)->target->key}};
}

static struct match_key check_kind_key(const void *object)
{
	return (struct match_key){.numbers = {((const struct check *)object)->target->kind}};
}

static uint32_t check_index(const void *object)
{
	return ((const struct check *)object)->index;
}

static const enum block check_blocks[CHECK_KINDS] = {
	[CHECK_TCP] = BLOCK_TCP_CHECK, [CHECK_HTTP] = BLOCK_HTTP_GET};

static void compare_check(struct search *search, const struct change *like, const void *a,
			  const void *b)
{
	const struct target_conf *left = ((const struct check *)a)->target;
	const struct target_conf *right = ((const struct check *)b)->target;

	if (left->key == right->key)
		return;
	compare_members(search, like, check_blocks[left->kind], sizeof(*left), left, right);
	compare_texts(search, like, "number of urls",
		      arena_printf(search->arena, "%zu", left->n_urls),
		      arena_printf(search->arena, "%zu", right->n_urls));
	for (size_t i = 0; i < left->n_urls && i < right->n_urls; i++)
		compare_members(search, like, BLOCK_URL, sizeof(left->urls[i]), &left->urls[i],
				&right->urls[i]);
}

static const struct compare_kind check_kind = {
	.object = CHANGE_OF_CHECK,
	.keys = {check_key, check_kind_key},
	.index = check_index,
	.head = compare_check,
};

/* To be freed. */
static struct check *list_checks(const struct conf *conf, const struct server_conf *server)
{
	struct check *checks = alloc_array(server->n_targets, sizeof(*checks));

	for (uint32_t i = 0; i < server->n_targets; i++)
		checks[i] = (struct check){&conf->targets[server->targets[i]], server->targets[i]};
	return checks;
}

/* Most servers have one check, and most checks do not change. */
static bool same_checks(const struct search *search, const struct server_conf *a,
			const struct server_conf *b)
{
	if (a->n_targets != b->n_targets)
		return false;
	for (uint32_t i = 0; i < a->n_targets; i++)
		if (search->before->targets[a->targets[i]].key !=
		    search->after->targets[b->targets[i]].key)
			return false;
	return true;
}

/* ---- services and their servers ---- */

static struct match_key server_key(const void *object)
{
	const struct server_conf *server = object;

	return (struct match_key){.address = server->address,
				  .numbers = {server->port, server->fallback}};
}

static void compare_checks(struct search *search, const struct change *like, const void *a,
			   const void *b)
{
	const struct server_conf *left = a, *right = b;
	struct check *before, *after;

	if (same_checks(search, left, right))
		return;
	before = list_checks(search->before, left);
	after = list_checks(search->after, right);
	compare_list(search, &check_kind, like, &LIST(before, left->n_targets),
		     &LIST(after, right->n_targets));
	free(before);
	free(after);
}

static const struct compare_kind server_kind = {
	.object = CHANGE_OF_SERVER,
	.keys = {server_key},
	.blocks = {BLOCK_SERVER},
	.size = sizeof(struct server_conf),
	.unsupported = offsetof(struct server_conf, unsupported),
	.parts = compare_checks,
};

static struct match_key service_key(const void *object)
{
	const struct service_conf *service = object;

	return (struct match_key){.address = service->address,
				  .numbers = {(uint64_t)service->fwmark << 32 |
						      (uint32_t)service->port << 16 |
						      service->protocol,
					      service->family}};
}

static struct objects fallbacks_of(const struct service_conf *service)
{
	return LIST(service->servers + (service->n_servers - service->n_fallbacks),
		    service->n_fallbacks);
}

/* "10.0.0.1:80, 10.0.0.2:80" */
static const char *fallbacks_text(struct search *search, const struct objects *fallbacks)
{
	FILE *out = compare_print(search);

	for (size_t i = 0; i < fallbacks->count && i < NAMES_SHOWN; i++) {
		const struct server_conf *server = object_at(fallbacks, i);

		fprintf(out, "%s%s", i > 0 ? ", " : "",
			endpoint_text(&server->address, server->port).text);
	}
	return compare_printed(search, "");
}

/* Fallbacks serve in the file's order. */
static void compare_fallbacks(struct search *search, const struct change *like,
			      const struct objects *before, const struct objects *after)
{
	struct matching matching = match(before, after, (match_key_fn *const[]){server_key, NULL});
	uint32_t last = 0;

	for (size_t i = 0; i < before->count; i++) {
		uint32_t to = matching.of_old[i];

		if (to == MATCH_NONE)
			continue;
		if (to < last) {
			const char *old = fallbacks_text(search, before);

			compare_texts(search, like, "order of fallbacks", old,
				      fallbacks_text(search, after));
			break;
		}
		last = to;
	}
	matching_free(&matching);
}

static void compare_servers(struct search *search, const struct change *like, const void *a,
			    const void *b)
{
	const struct service_conf *left = a, *right = b;
	const struct objects before = fallbacks_of(left), after = fallbacks_of(right);

	compare_fallbacks(search, like, &before, &after);
	compare_list(search, &server_kind, like, &LIST(left->servers, left->n_servers),
		     &LIST(right->servers, right->n_servers));
}

static const struct compare_kind service_kind = {
	.object = CHANGE_OF_SERVICE,
	.keys = {service_key},
	.blocks = {BLOCK_SERVICE},
	.size = sizeof(struct service_conf),
	.unsupported = offsetof(struct service_conf, unsupported),
	.parts = compare_servers,
};

/* ---- what there is one of ---- */

static const struct compare_kind global_kind = {
	.object = CHANGE_OF_GLOBAL,
	.blocks = {BLOCK_GLOBAL},
	.size = sizeof(struct global_conf),
	.unsupported = offsetof(struct global_conf, unsupported),
};

/* All of them in one text: they have no names. */
static const char *garp_groups_text(struct search *search, const struct conf *conf)
{
	FILE *out = compare_print(search);

	for (size_t i = 0; i < conf->n_garp_groups; i++) {
		const struct garp_group_conf *group = &conf->garp_groups[i];
		const struct keyword *row;
		uint16_t offset;
		size_t at = 0;

		fputs(i > 0 ? "; " : "", out);
		while ((row = block_member(BLOCK_GARP_GROUP, sizeof(*group), &at, &offset))) {
			const void *member = (const char *)group + offset;

			if (!value_is_set(row, member))
				continue;
			fprintf(out, at > 1 ? " %s" : "%s", row->name);
			value_print(row, member, false, out);
		}
	}
	return compare_printed(search, "none");
}

static const char *delays_text(struct search *search, const struct conf *conf)
{
	FILE *out = compare_print(search);

	for (size_t i = 0; i < conf->n_delays; i++) {
		fputs(i > 0 ? "; " : "", out);
		interface_delay_print(&conf->delays[i], out);
	}
	return compare_printed(search, "none");
}

static void compare_root(struct search *search, const struct change *like, const void *a,
			 const void *b)
{
	const char *groups = garp_groups_text(search, a), *delays = delays_text(search, a);

	compare_texts(search, like, "garp_group", groups, garp_groups_text(search, b));
	compare_texts(search, like, "interface_up_down_delays", delays, delays_text(search, b));
}

static const struct compare_kind root_kind = {
	.object = CHANGE_OF_ROOT,
	.head = compare_root,
	.unsupported = offsetof(struct conf, unsupported),
};

void conf_changes_find(struct conf_changes *changes, const struct conf *before,
		       const struct conf *after)
{
	struct search search = {.before = before, .after = after, .arena = arena_create()};
	struct change like = {.kind = CHANGE_VALUE,
			      .object = CHANGE_OF_ROOT,
			      .before = CHANGE_PLACE_NONE,
			      .after = CHANGE_PLACE_NONE};

	search.print = open_memstream(&search.text, &search.size);
	if (!search.print)
		fatal("out of memory");
	compare_pair(&search, &root_kind, &like, before, after);
	like.object = CHANGE_OF_GLOBAL;
	compare_pair(&search, &global_kind, &like, &before->global, &after->global);
	changes->instances = instances_match(before->instances, before->n_instances,
					     after->instances, after->n_instances);
	compare_list(&search, &instance_kind, &like, &LIST(before->instances, before->n_instances),
		     &LIST(after->instances, after->n_instances));
	find_moves(&search);
	compare_list(&search, &group_kind, &like, &LIST(before->groups, before->n_groups),
		     &LIST(after->groups, after->n_groups));
	compare_list(&search, &service_kind, &like, &LIST(before->services, before->n_services),
		     &LIST(after->services, after->n_services));
	fclose(search.print);
	free(search.text);
	changes->list = search.found.items;
	changes->count = search.found.count;
	changes->arena = search.arena;
}

void conf_changes_clear(struct conf_changes *changes)
{
	free(changes->list);
	matching_free(&changes->instances);
	if (changes->arena)
		arena_destroy(changes->arena);
	*changes = (struct conf_changes){0};
}
