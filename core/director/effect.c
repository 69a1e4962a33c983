/*
 * Effects: what the changes of a configuration mean for traffic.
 *
 * Pure: the comparison (changes.c) says what differs, main says what runs (the status memory), and
 * here both become sentences.  They are a forecast: what other routers do is theirs to decide, so
 * "may" is used where it is up to them.  Used before a reload (vdctl plan), and by the reload
 * itself before it applies anything, for its answer and the log.
 */
#include "core/director/effect.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/director/effect_parts.h"

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
		case CHANGE_OF_SERVER:
		case CHANGE_OF_CHECK: /* all that follows is of services */
			length = changes->count - i;
			tell_services(&telling, change, length);
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
