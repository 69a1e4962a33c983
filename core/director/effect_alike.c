/*
 * Changes of services, servers and checks that are alike (effect.c).
 *
 * A new delay_loop changes the checks of all servers of a service, and one in a file that many
 * services include changes those of all.  Nobody reads such a list: what is the same for more than
 * a few servers of a service is one line, and so is what is the same in more than a few services,
 * with the sums of their connections.
 *
 * Servers that come or go, and a quorum, are told for each service by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/director/effect_parts.h"

#define SERVERS_ALONE_MAX  3 /* so many of a service have a line each */
#define SERVICES_ALONE_MAX 5 /* the same for services */

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
	if (change->object == CHANGE_OF_SERVICE)
		return false;

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
	const struct server_group group = {.first = change, .n_services = 1};
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

/* Changes of the servers of one service. */
static void tell_run(struct telling *telling, const struct change *const *changes, size_t n)
{
	struct grouping grouping = {.telling = telling};
	uint32_t *group_of = calloc(n + 1, sizeof(*group_of));
	struct server_group *groups;

	if (!group_of)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++) {
		group_of[i] = find_group(&grouping, changes[i]);
		groups = grouping.groups.items;
		server_group_add(telling, &groups[group_of[i]], changes[i]);
	}
	groups = grouping.groups.items;
	for (size_t i = 0; i < n; i++) {
		const struct server_group *group = &groups[group_of[i]];
		struct server_group alone = {.first = changes[i], .n_services = 1};

		if (group->count > SERVERS_ALONE_MAX) {
			if (group->first == changes[i])
				tell_servers(telling, group);
			continue;
		}
		server_group_add(telling, &alone, changes[i]);
		tell_servers(telling, &alone);
	}
	hash_free(&grouping.hash);
	vector_free(&grouping.groups);
	free(group_of);
}

/* ---- several services ---- */

struct wide {
	struct grouping grouping;
	uint32_t *group_of; /* by change; HASH_NONE: it is told for its service */
	uint32_t *last_of;  /* by group: the service that was counted last */
};

static bool may_be_wide(const struct change *change)
{
	if (change->object == CHANGE_OF_SERVICE)
		return change->kind == CHANGE_VALUE && change->row &&
		       change->offset != offsetof(struct service_conf, quorum) &&
		       change->offset != offsetof(struct service_conf, hysteresis);
	return change->object == CHANGE_OF_CHECK || change->kind == CHANGE_VALUE;
}

static void count_services(struct wide *wide, const struct change *changes, size_t n)
{
	struct server_group *groups;
	uint32_t *last;

	for (size_t i = 0; i < n; i++) {
		wide->group_of[i] = may_be_wide(&changes[i])
					    ? find_group(&wide->grouping, &changes[i])
					    : HASH_NONE;
		if (wide->group_of[i] == HASH_NONE)
			continue;
		groups = wide->grouping.groups.items;
		last = &wide->last_of[wide->group_of[i]];
		groups[wide->group_of[i]].n_services +=
			groups[wide->group_of[i]].first != &changes[i] &&
			*last != changes[i].before.owner;
		*last = changes[i].before.owner;
	}
	groups = wide->grouping.groups.items;
	for (size_t i = 0; i < n; i++) {
		uint32_t group = wide->group_of[i];

		if (group != HASH_NONE && groups[group].n_services > SERVICES_ALONE_MAX)
			server_group_add(wide->grouping.telling, &groups[group], &changes[i]);
		else
			wide->group_of[i] = HASH_NONE;
	}
}

/* The changes of one service, and at their first one those of many. */
static void tell_one_service(struct telling *telling, const struct wide *wide,
			     const struct change *changes, const uint32_t *group_of, size_t n)
{
	const struct server_group *groups = wide->grouping.groups.items;
	const struct change **own = calloc(n, sizeof(*own));
	size_t n_own = 0;

	if (!own)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++) {
		if (group_of[i] != HASH_NONE && groups[group_of[i]].first == &changes[i])
			tell_servers(telling, &groups[group_of[i]]);
		else if (group_of[i] == HASH_NONE && changes[i].object == CHANGE_OF_SERVICE)
			tell_service(telling, &changes[i]);
		else if (group_of[i] == HASH_NONE)
			own[n_own++] = &changes[i];
	}
	tell_run(telling, own, n_own);
	free(own);
}

void tell_services(struct telling *telling, const struct change *changes, size_t n)
{
	struct wide wide = {.grouping = {.telling = telling}};
	size_t length;

	wide.group_of = calloc(n, sizeof(*wide.group_of));
	wide.last_of = calloc(n, sizeof(*wide.last_of));
	if (!wide.group_of || !wide.last_of)
		fatal("out of memory");
	count_services(&wide, changes, n);
	for (size_t i = 0; i < n; i += length) {
		for (length = 1; i + length < n; length++)
			if (changes[i + length].before.owner != changes[i].before.owner ||
			    changes[i + length].after.owner != changes[i].after.owner)
				break;
		tell_one_service(telling, &wide, &changes[i], &wide.group_of[i], length);
	}
	hash_free(&wide.grouping.hash);
	vector_free(&wide.grouping.groups);
	free(wide.group_of);
	free(wide.last_of);
}
