/*
 * Effects: what the changes of a configuration mean for traffic, a line for each.
 *
 * Pure: the comparison (changes.c) says what differs, main says what runs (the status memory), and
 * here both become text; what happens to traffic is effect_traffic.c's.  They are a forecast: what
 * other routers do is theirs to decide, so "may" is used where it is up to them.  Used before a
 * reload (vdctl plan), and by the reload itself before it applies anything, for its answer and the
 * log.
 *
 * Grouping: a new delay_loop changes the checks of all servers of a service, and one in a file that
 * many services include changes those of all.  Nobody reads such a list: what is the same for more
 * than a few servers of a service is one line, and so is what is the same in more than a few
 * services, with the sums of their connections.  Servers that come or go, and a quorum, are told
 * for each service by itself.
 */
#include "core/director/effect.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/base/vector.h"
#include "core/director/effect_traffic.h"

#define SERVERS_ALONE_MAX  3 /* so many of a service have a line each */
#define SERVICES_ALONE_MAX 5 /* the same for services */

/* ---- grouping ---- */

struct grouping {
	const struct effect_facts *facts;
	struct vector groups; /* struct change_group */
	struct hash hash;
	struct arena *arena;	/* of their keys */
	const char *wanted;	/* key that is looked for */
	uint32_t *first_server; /* of each old service, counted through all services */
};

static struct change_group *group_at(const struct grouping *grouping, uint32_t index)
{
	return &((struct change_group *)grouping->groups.items)[index];
}

static struct change_group group_of(const struct effect_facts *facts, const struct change *change)
{
	uint32_t index = change->object == CHANGE_OF_CHECK ? change->after.target
			 : change->object == CHANGE_OF_ADDRESS ||
					 change->object == CHANGE_OF_PEER ||
					 change->object == CHANGE_OF_SERVER
				 ? change->after.part
				 : change->after.owner;
	bool stays = index != CHANGE_NOWHERE;

	return (struct change_group){.first = change,
				     .conf = stays ? facts->after : facts->before,
				     .place = stays ? change->after : change->before,
				     .last_service = CHANGE_NOWHERE};
}

static uint32_t add_group(struct grouping *grouping, const struct change_group *group)
{
	vector_add(&grouping->groups, sizeof(*group), group);
	return (uint32_t)grouping->groups.count - 1;
}

static bool has_key(const void *context, uint32_t item)
{
	const struct grouping *grouping = context;

	return strcmp(group_at(grouping, item)->key, grouping->wanted) == 0;
}

/* The group of changes like this one, in its service or in all; counts it there. */
static uint32_t join_group(struct grouping *grouping, const struct change *change, bool wide)
{
	struct change_group candidate = group_of(grouping->facts, change);
	bool of_fallback =
		change->object >= CHANGE_OF_SERVER && change_group_server(&candidate)->fallback;
	bool is_value = change->kind == CHANGE_VALUE;
	const char *key = arena_printf(
		grouping->arena, "%d %d %p %d %u %u %s\n%s\n%s", change->object, change->kind,
		(const void *)change->row, of_fallback,
		wide ? CHANGE_NOWHERE : change->before.owner,
		wide ? CHANGE_NOWHERE : change->after.owner, is_value ? change->word : "",
		is_value ? change->old_value : "", is_value ? change->new_value : "");
	uint64_t hash = hash_bytes(HASH_SEED, key, strlen(key));

	grouping->wanted = key;
	uint32_t found = hash_find(&grouping->hash, hash, has_key, grouping);
	if (found == HASH_NONE) {
		candidate.key = key;
		found = add_group(grouping, &candidate);
		hash_add(&grouping->hash, hash, found);
	}
	struct change_group *group = group_at(grouping, found);
	group->count++;
	group->n_services += group->last_service != change->before.owner;
	group->last_service = change->before.owner;
	return found;
}

static bool may_be_wide(const struct change *change)
{
	if (change->object == CHANGE_OF_SERVICE)
		return change->kind == CHANGE_VALUE && change->row &&
		       change->row->disturbs != DISTURBS_QUORUM;
	return change->object == CHANGE_OF_CHECK ||
	       (change->object == CHANGE_OF_SERVER && change->kind == CHANGE_VALUE);
}

/* What is known of the servers that a change is about: one, or all of a service that goes. */
static void add_facts(const struct grouping *grouping, struct change_group *group,
		      const struct change *change)
{
	const struct effect_facts *facts = grouping->facts;
	const struct change_place *place = &change->before;
	uint32_t first = place->part, n = 1;

	if (change->object < CHANGE_OF_SERVICE || place->owner == CHANGE_NOWHERE)
		return;
	if (change->object == CHANGE_OF_SERVICE) {
		first = 0;
		n = change->kind == CHANGE_REMOVED
			    ? (uint32_t)facts->before->services[place->owner].n_servers
			    : 0;
	}
	for (uint32_t i = first; first != CHANGE_NOWHERE && i < first + n; i++) {
		struct server_status status;

		if (!facts->server(facts->data, grouping->first_server[place->owner] + i, &status))
			continue;
		group->active += status.connections_active;
		group->n_down += status.state == SERVER_DOWN;
		group->n_serving += status.weight_kernel > 0;
	}
}

/* The number of each change's group; to be freed. */
static uint32_t *group_changes(struct grouping *grouping, const struct conf_changes *changes)
{
	uint32_t *wide = alloc_array(changes->count, sizeof(*wide));
	uint32_t *chosen = alloc_array(changes->count, sizeof(*chosen));

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->list[i];

		wide[i] = may_be_wide(change) ? join_group(grouping, change, true) : HASH_NONE;
		chosen[i] = change->object >= CHANGE_OF_SERVER ? join_group(grouping, change, false)
							       : HASH_NONE;
	}
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->list[i];

		if (wide[i] != HASH_NONE &&
		    group_at(grouping, wide[i])->n_services > SERVICES_ALONE_MAX) {
			chosen[i] = wide[i];
		} else if (chosen[i] == HASH_NONE ||
			   group_at(grouping, chosen[i])->count <= SERVERS_ALONE_MAX) {
			struct change_group alone = group_of(grouping->facts, change);

			alone.count = alone.n_services = 1;
			chosen[i] = add_group(grouping, &alone);
		}
		add_facts(grouping, group_at(grouping, chosen[i]), change);
	}
	free(wide);
	return chosen;
}

/* ---- lines ---- */

struct telling {
	const struct effect_facts *facts;
	const struct change_group *group;
	const struct change *change; /* the group's first */
	struct arena *arena;
};

/* "weight 1 → 2", "added" */
static const char *what_text(const struct telling *telling)
{
	const struct change *change = telling->change;

	if (change->kind != CHANGE_VALUE)
		return change_kind_name(change->kind);
	return arena_printf(telling->arena, "%s %s → %s", change->word, change->old_value,
			    change->new_value);
}

static const struct instance_conf *instance_at(const struct conf *conf, uint32_t index)
{
	return index == CHANGE_NOWHERE ? NULL : &conf->instances[index];
}

/* Names the change's object, and says what is new about it. */
static const char *tell_instance(const struct telling *telling, struct effect *effect)
{
	const struct change *change = telling->change;
	const struct instance_conf *conf =
		&telling->group->conf->instances[telling->group->place.owner];

	effect->name = conf->name;
	if (change->kind == CHANGE_VALUE)
		return arena_printf(telling->arena, "%s: %s", conf->name, what_text(telling));
	return arena_printf(telling->arena, "%s: %s %s, VRID %u", conf->name,
			    change->kind == CHANGE_ADDED ? "new on" : "removed from",
			    instance_conf_place(conf).text, conf->vrid);
}

/* Of an address or a peer. */
static const char *tell_part(const struct telling *telling, struct effect *effect)
{
	const struct change *change = telling->change;
	const struct instance_conf *old = instance_at(telling->facts->before, change->before.owner);
	const struct instance_conf *new = instance_at(telling->facts->after, change->after.owner);
	const struct instance_conf *its =
		&telling->group->conf->instances[telling->group->place.owner];
	bool is_peer = change->object == CHANGE_OF_PEER;
	const char *title = is_peer ? "unicast_peer " : "";
	uint32_t part = telling->group->place.part;
	struct address_text text = address_text(is_peer ? &its->transport.peers[part].address
							: &its->addresses[part].address);

	effect->name = is_peer ? arena_strdup(telling->arena, text.text)
			       : arena_printf(telling->arena, "%s/%u", text.text,
					      its->addresses[part].prefix);
	effect->owner = (new ? new : old)->name;
	if (change->kind != CHANGE_MOVED)
		return arena_printf(telling->arena, "%s: %s%s%s %s", effect->owner, title,
				    effect->name, change->kind == CHANGE_VALUE ? ":" : "",
				    what_text(telling));
	if (strcmp(old->name, new->name) == 0)
		return arena_printf(telling->arena, "%s: %s: VRID %u → %u", new->name, effect->name,
				    old->vrid, new->vrid);
	return arena_printf(telling->arena, "%s: %s → %s", effect->name, old->name, new->name);
}

/* "10.0.0.1:80/tcp", "6 services" */
static const char *service_text(const struct telling *telling)
{
	const struct change_group *group = telling->group;
	char name[STATUS_NAME_SIZE];

	if (group->n_services > 1)
		return arena_printf(telling->arena, "%u services", group->n_services);
	service_conf_name(&group->conf->services[group->place.owner], name, sizeof(name));
	return arena_strdup(telling->arena, name);
}

static const char *tell_service(const struct telling *telling, struct effect *effect)
{
	const struct change *change = telling->change;
	const char *title = telling->group->n_services > 1 ? "" : "service ";

	effect->name = service_text(telling);
	if (change->kind != CHANGE_ADDED)
		return arena_printf(telling->arena, "%s%s: %s", title, effect->name,
				    what_text(telling));
	size_t n = telling->facts->after->services[change->after.owner].n_servers;
	return arena_printf(telling->arena, "service %s: new, %zu server%s", effect->name, n,
			    text_plural(n));
}

/* "10.0.1.7:80", "100 servers", "100 checks" */
static const char *server_text(const struct telling *telling)
{
	const struct server_conf *server = change_group_server(telling->group);

	if (telling->group->count > 1)
		return arena_printf(telling->arena, "%u %s", telling->group->count,
				    telling->change->object == CHANGE_OF_CHECK ? "checks"
				    : server->fallback			       ? "fallbacks"
									       : "servers");
	return arena_strdup(telling->arena, endpoint_text(&server->address, server->port).text);
}

/* Of a server or a check. */
static const char *tell_server(const struct telling *telling, struct effect *effect)
{
	const struct change *change = telling->change;
	bool is_check = change->object == CHANGE_OF_CHECK, many = telling->group->count > 1;
	const char *title =
		!many && change_group_server(telling->group)->fallback ? "fallback " : "";

	effect->name = server_text(telling);
	effect->owner = service_text(telling);
	const char *service = telling->group->n_services > 1
				      ? effect->owner
				      : arena_printf(telling->arena, "service %s", effect->owner);
	if (is_check)
		return arena_printf(
			telling->arena, "%s%s of %s: %s%s %s", title, effect->name, service,
			check_kind_name(
				telling->group->conf->targets[telling->group->place.target].kind),
			change->kind == CHANGE_VALUE ? ":" : "", what_text(telling));
	if (change->kind == CHANGE_VALUE)
		return arena_printf(telling->arena, "%s%s of %s: %s", title, effect->name, service,
				    what_text(telling));
	return arena_printf(telling->arena, "%s%s %s%s %s", title, effect->name,
			    change->kind == CHANGE_ADDED ? "join" : "leave", many ? "" : "s",
			    service);
}

static const char *tell_object(const struct telling *telling, struct effect *effect)
{
	switch (telling->change->object) {
	case CHANGE_OF_ROOT:
		effect->name = telling->change->word;
		return what_text(telling);
	case CHANGE_OF_GLOBAL:
		effect->name = "global_defs";
		return arena_printf(telling->arena, "global_defs: %s", what_text(telling));
	case CHANGE_OF_INSTANCE:
		return tell_instance(telling, effect);
	case CHANGE_OF_ADDRESS:
	case CHANGE_OF_PEER:
		return tell_part(telling, effect);
	case CHANGE_OF_GROUP:
		effect->name = telling->group->conf->groups[telling->group->place.owner].name;
		return arena_printf(telling->arena, "sync group %s: %s", effect->name,
				    what_text(telling));
	case CHANGE_OF_SERVICE:
		return tell_service(telling, effect);
	case CHANGE_OF_SERVER:
	case CHANGE_OF_CHECK:
		return tell_server(telling, effect);
	}
	return "";
}

static struct effect effect_of(const struct effect_facts *facts, const struct change_group *group,
			       struct arena *arena)
{
	const struct telling telling = {facts, group, group->first, arena};
	const struct traffic traffic = effect_traffic(facts, group, arena);
	const struct keyword *row = group->first->kind == CHANGE_VALUE ? group->first->row : NULL;
	struct effect effect = {.change = group->first,
				.count = group->count,
				.traffic = traffic.text,
				.disturbs = traffic.disturbs,
				.restart = row && row->support == SUPPORT_FULL &&
					   (row->flags & KEYWORD_FIXED)};

	effect.text = arena_printf(arena, "%s%s%s", tell_object(&telling, &effect),
				   *traffic.text ? ": " : "", traffic.text);
	return effect;
}

void effects_find(struct effects *effects, const struct conf_changes *changes,
		  const struct effect_facts *facts)
{
	const struct conf *before = facts->before;
	uint32_t *first = alloc_array(before->n_services + 1, sizeof(*first));
	struct grouping grouping = {.facts = facts, .arena = arena_create(), .first_server = first};
	struct vector told = {0}; /* struct effect */

	for (size_t i = 0; i < before->n_services; i++)
		first[i + 1] = first[i] + (uint32_t)before->services[i].n_servers;
	uint32_t *groups = group_changes(&grouping, changes);

	effects->arena = arena_create();
	for (size_t i = 0; i < changes->count; i++) {
		const struct change_group *group = group_at(&grouping, groups[i]);

		if (group->first != &changes->list[i])
			continue;
		struct effect effect = effect_of(facts, group, effects->arena);
		vector_add(&told, sizeof(effect), &effect);
	}
	effects->list = told.items;
	effects->count = told.count;
	arena_destroy(grouping.arena);
	hash_free(&grouping.hash);
	vector_free(&grouping.groups);
	free(first);
	free(groups);
}

void effects_clear(struct effects *effects)
{
	free(effects->list);
	if (effects->arena)
		arena_destroy(effects->arena);
	*effects = (struct effects){0};
}
