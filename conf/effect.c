/*
 * Effects: what the changes of a configuration mean for traffic.
 *
 * Pure: the comparison (changes.c) says what differs, main says what runs (the status memory), and
 * here both become sentences.  They are a forecast: what other routers do is theirs to decide, so
 * "may" is used where it is up to them.  Used before a reload (vdctl plan), and by the reload
 * itself before it applies anything, for its answer and the log.
 *
 * Servers of a service that change alike (a new delay_loop changes the checks of all) are one line,
 * with the sum of their connections, if there are more than a few.
 */
#include "conf/effect.h"

#include <stdlib.h>
#include <string.h>

#include "conf/effect_parts.h"
#include "conf/hash.h"
#include "core/arena.h"
#include "core/log.h"

#define ALONE_MAX 3 /* so many servers that change alike have a line each */

const char *tell_values(const struct telling *telling, const struct change *change)
{
	return arena_printf(telling->arena, "%s → %s", change->old_value, change->new_value);
}

const char *tell_endpoint(const struct telling *telling, const struct address *address,
			  uint16_t port)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(address, text);
	return arena_printf(telling->arena, address->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text,
			    port);
}

/* Of global_defs, and of the root level, which has no name. */
static void tell_global(struct telling *telling, const struct change *change)
{
	bool is_root = change->object == CHANGE_OF_ROOT;
	const struct keyword *row = change->row;
	struct effect effect = {.change = change,
				.count = 1,
				.name = is_root ? change->word : "global_defs",
				.traffic = ""};

	if (row && row->support != SUPPORT_FULL)
		effect.traffic = "has no effect in this version";
	else if (row && (row->flags & KEYWORD_FIXED))
		effect.restart = true;
	if (effect.restart)
		effect.traffic = "needs a restart of the daemon";
	effect.text = arena_printf(
		telling->arena, "%s%s %s%s%s", is_root ? "" : "global_defs: ", change->word,
		tell_values(telling, change), *effect.traffic ? ": " : "", effect.traffic);
	vector_add(&telling->told, sizeof(effect), &effect);
}

/* What becomes of its members' roles is up to the links that are new to it. */
static void tell_group(struct telling *telling, const struct change *change)
{
	const struct group_conf *group =
		change->after.owner != CHANGE_NOWHERE
			? &telling->facts->after->groups[change->after.owner]
			: &telling->facts->before->groups[change->before.owner];
	struct effect effect = {.change = change, .count = 1, .name = group->name, .traffic = ""};
	const char *what = change_kind_name(change->kind);

	if (change->kind == CHANGE_ADDED)
		effect.traffic = "its instances are elected together; if some are Active they "
				 "stay so while the others listen";
	else if (change->kind == CHANGE_REMOVED)
		effect.traffic = "its instances keep their role, and are elected each by itself";
	else if (strcmp(change->word, "group") == 0)
		effect.traffic = "who is new to it listens first; who leaves keeps its role";
	if (change->kind == CHANGE_VALUE)
		what = arena_printf(telling->arena, "%s %s", change->word,
				    tell_values(telling, change));
	effect.text = arena_printf(telling->arena, "sync group %s: %s%s%s", group->name, what,
				   *effect.traffic ? ": " : "", effect.traffic);
	vector_add(&telling->told, sizeof(effect), &effect);
}

/* ---- servers that change alike ---- */

struct grouping {
	const struct telling *telling;
	struct vector groups; /* struct server_group */
	struct hash hash;
	const struct change *wanted;
};

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return text ? hash_bytes(hash, text, strlen(text)) : hash_number(hash, 0);
}

static uint64_t hash_change(const struct change *change)
{
	uint64_t hash = hash_number(HASH_SEED, change->kind);

	hash = hash_number(hash, change->object);
	hash = hash_text(hash, change->word);
	hash = hash_text(hash, change->old_value);
	return hash_text(hash, change->new_value);
}

static bool is_fallback(const struct effect_facts *facts, const struct change *change)
{
	const struct service_conf *service =
		change->after.part != CHANGE_NOWHERE
			? &facts->after->services[change->after.owner]
			: &facts->before->services[change->before.owner];
	uint32_t part =
		change->after.part != CHANGE_NOWHERE ? change->after.part : change->before.part;

	return service->servers[part].fallback;
}

static bool is_alike(const void *context, uint32_t item)
{
	const struct grouping *grouping = context;
	const struct change *a = grouping->wanted;
	const struct change *b = ((const struct server_group *)grouping->groups.items)[item].first;

	return a->kind == b->kind && a->object == b->object && a->row == b->row &&
	       text_equal(a->word, b->word) && text_equal(a->old_value, b->old_value) &&
	       text_equal(a->new_value, b->new_value) &&
	       is_fallback(grouping->telling->facts, a) == is_fallback(grouping->telling->facts, b);
}

static uint32_t find_group(struct grouping *grouping, const struct change *change)
{
	const struct server_group group = {.first = change};
	uint64_t hash = hash_change(change);
	uint32_t found;

	grouping->wanted = change;
	found = hash_find(&grouping->hash, hash, is_alike, grouping);
	if (found != HASH_NONE)
		return found;
	found = (uint32_t)grouping->groups.count;
	hash_add(&grouping->hash, hash, found);
	vector_add(&grouping->groups, sizeof(group), &group);
	return found;
}

/* `n` changes of the servers of one service. */
static void tell_run(struct telling *telling, const struct change *changes, size_t n)
{
	struct grouping grouping = {.telling = telling};
	uint32_t *group_of = calloc(n, sizeof(*group_of));
	struct server_group *groups;

	if (!group_of)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++) {
		group_of[i] = find_group(&grouping, &changes[i]);
		groups = grouping.groups.items;
		server_group_add(telling, &groups[group_of[i]], &changes[i]);
	}
	groups = grouping.groups.items;
	for (size_t i = 0; i < n; i++) {
		const struct server_group *group = &groups[group_of[i]];
		struct server_group alone = {.first = &changes[i]};

		if (group->count > ALONE_MAX) {
			if (group->first == &changes[i])
				tell_servers(telling, group);
			continue;
		}
		server_group_add(telling, &alone, &changes[i]);
		tell_servers(telling, &alone);
	}
	hash_free(&grouping.hash);
	vector_free(&grouping.groups);
	free(group_of);
}

static bool is_of_server(const struct change *change)
{
	return change->object == CHANGE_OF_SERVER || change->object == CHANGE_OF_CHECK;
}

/* How many changes from here on are of servers of the same service. */
static size_t run_length(const struct change *changes, size_t n)
{
	size_t length = 1;

	while (length < n && is_of_server(&changes[length]) &&
	       changes[length].before.owner == changes[0].before.owner &&
	       changes[length].after.owner == changes[0].after.owner)
		length++;
	return length;
}

static uint32_t *count_servers(const struct conf *conf)
{
	uint32_t *first = calloc(conf->n_services + 1, sizeof(*first));

	if (!first)
		fatal("out of memory");
	for (size_t i = 0; i < conf->n_services; i++)
		first[i + 1] = first[i] + (uint32_t)conf->services[i].n_servers;
	return first;
}

void effects_find(struct effects *effects, const struct conf_changes *changes,
		  const struct effect_facts *facts)
{
	struct telling telling = {.facts = facts,
				  .arena = arena_create(),
				  .first_server = count_servers(facts->before)};
	size_t length;

	for (size_t i = 0; i < changes->count; i += length) {
		const struct change *change = &changes->list[i];

		length = 1;
		switch (change->object) {
		case CHANGE_OF_ROOT:
		case CHANGE_OF_GLOBAL:
			tell_global(&telling, change);
			break;
		case CHANGE_OF_INSTANCE:
		case CHANGE_OF_ADDRESS:
		case CHANGE_OF_PEER:
			tell_instance(&telling, change);
			break;
		case CHANGE_OF_GROUP:
			tell_group(&telling, change);
			break;
		case CHANGE_OF_SERVICE:
			tell_service(&telling, change);
			break;
		case CHANGE_OF_SERVER:
		case CHANGE_OF_CHECK:
			length = run_length(change, changes->count - i);
			tell_run(&telling, change, length);
			break;
		}
	}
	free(telling.first_server);
	effects->list = telling.told.items;
	effects->count = telling.told.count;
	effects->arena = telling.arena;
}

void effects_clear(struct effects *effects)
{
	free(effects->list);
	if (effects->arena)
		arena_destroy(effects->arena);
	*effects = (struct effects){0};
}
