/*
 * What a reload has to change, as a list: for the operator who asks before (vdctl plan) or after
 * (vdctl reload), for the log, and for main, which refuses what only a restart can change.
 *
 * Lists of objects are matched by identity with a hash, then what matched is compared member by
 * member along the rows of the keyword tables, so a new keyword is reported without being
 * mentioned here.  An object that came or went is one change, whatever is in it.
 */
#include "conf/change/changes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/change/changes_parts.h"
#include "conf/model/interface_delay.h"
#include "conf/table/value.h"
#include "core/base/arena.h"
#include "core/base/log.h"

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

/* ---- values ---- */

static bool ends_in_digit(struct search *search)
{
	long length = ftell(search->print);

	if (fflush(search->print) != 0)
		fatal("out of memory");
	return length > 0 && isdigit((unsigned char)search->text[length - 1]);
}

static const char *value_text(struct search *search, const struct keyword *row, const void *member)
{
	const char *unit = row->type == &value_seconds ? "s" : row->unit;
	size_t length;

	if (row->type == &value_flag)
		return *(const bool *)member ? "yes" : "no";
	if (!value_is_set(row, member))
		return "none";
	rewind(search->print);
	value_print(row, member, false, search->print);
	if (unit != NULL && ends_in_digit(search)) /* a word, as "off", has none */
		fprintf(search->print, " %s", unit);
	length = (size_t)ftell(search->print);
	if (fflush(search->print) != 0)
		fatal("out of memory");
	if (length == 0)
		return "yes"; /* given, without a word */
	return arena_strndup(search->arena, search->text + 1, length - 1); /* without the blank */
}

void compare_add(struct search *search, const struct change *change)
{
	vector_add(&search->found, sizeof(*change), change);
}

void compare_members(struct search *search, const struct change *like, enum block block,
		     size_t size, const void *a, const void *b)
{
	const struct keyword *row;
	struct change change = *like;
	uint16_t offset;
	size_t at = 0;

	while ((row = block_member(block, size, &at, &offset))) {
		const char *left = (const char *)a + offset, *right = (const char *)b + offset;

		if (value_equal(row, left, right))
			continue;
		change.row = row;
		change.offset = offset;
		change.word = row->name;
		change.old_value = value_text(search, row, left);
		change.new_value = value_text(search, row, right);
		compare_add(search, &change);
	}
}

void compare_texts(struct search *search, const struct change *like, const char *word,
		   const char *a, const char *b)
{
	struct change change = *like;

	if (strcmp(a, b) == 0)
		return;
	change.word = arena_strdup(search->arena, word);
	change.old_value = arena_strdup(search->arena, a);
	change.new_value = arena_strdup(search->arena, b);
	compare_add(search, &change);
}

void compare_parts(struct search *search, const struct change *like,
		   const struct matching *matching, size_t n_old, size_t n_new,
		   void (*compare)(struct search *, const struct change *))
{
	struct change change = *like;
	uint32_t i;

	for (i = 0; i < n_old; i++) {
		change.before.part = i;
		change.after.part = matching->of_old[i];
		change.kind = change.after.part == CHANGE_NOWHERE ? CHANGE_REMOVED : CHANGE_VALUE;
		if (change.kind == CHANGE_REMOVED)
			compare_add(search, &change);
		else
			compare(search, &change);
	}
	change.kind = CHANGE_ADDED;
	change.before.part = CHANGE_NOWHERE;
	for (i = 0; i < n_new; i++) {
		change.after.part = i;
		if (matching->of_new[i] == CHANGE_NOWHERE)
			compare_add(search, &change);
	}
}

void compare_owners(struct search *search, enum change_object object,
		    const struct matching *matching, size_t n_old, size_t n_new,
		    void (*compare)(struct search *, uint32_t, uint32_t))
{
	struct change change = {
		.object = object, .before = CHANGE_PLACE_NONE, .after = CHANGE_PLACE_NONE};
	uint32_t i;

	change.kind = CHANGE_REMOVED;
	for (i = 0; i < n_old; i++) {
		change.before.owner = i;
		if (matching->of_old[i] == CHANGE_NOWHERE)
			compare_add(search, &change);
		else
			compare(search, i, matching->of_old[i]);
	}
	change.kind = CHANGE_ADDED;
	change.before = CHANGE_PLACE_NONE;
	for (i = 0; i < n_new; i++) {
		change.after.owner = i;
		if (matching->of_new[i] == CHANGE_NOWHERE)
			compare_add(search, &change);
	}
}

/* All of them in one text: they have no names. */
static const char *garp_groups_text(struct search *search, const struct conf *conf)
{
	const char *all = "none";
	size_t i, length;

	rewind(search->print);
	for (i = 0; i < conf->n_garp_groups; i++) {
		const struct garp_group_conf *group = &conf->garp_groups[i];
		const struct keyword *row;
		uint16_t offset;
		size_t at = 0;

		fputs(i > 0 ? "; " : "", search->print);
		while ((row = block_member(BLOCK_GARP_GROUP, sizeof(*group), &at, &offset))) {
			const void *member = (const char *)group + offset;

			if (!value_is_set(row, member))
				continue;
			fprintf(search->print, at > 1 ? " %s" : "%s", row->name);
			value_print(row, member, false, search->print);
		}
	}
	length = (size_t)ftell(search->print);
	if (fflush(search->print) != 0)
		fatal("out of memory");
	if (length > 0)
		all = arena_strndup(search->arena, search->text, length);
	return all;
}

static const char *delays_text(struct search *search, const struct conf *conf)
{
	size_t length;

	rewind(search->print);
	for (size_t i = 0; i < conf->n_delays; i++) {
		fputs(i > 0 ? "; " : "", search->print);
		interface_delay_print(&conf->delays[i], search->print);
	}
	length = (size_t)ftell(search->print);
	if (fflush(search->print) != 0)
		fatal("out of memory");
	return length > 0 ? arena_strndup(search->arena, search->text, length) : "none";
}

static void compare_globals(struct search *search)
{
	const struct change like = {.kind = CHANGE_VALUE,
				    .object = CHANGE_OF_GLOBAL,
				    .before = CHANGE_PLACE_NONE,
				    .after = CHANGE_PLACE_NONE};

	compare_members(search, &like, BLOCK_GLOBAL, sizeof(struct global_conf),
			&search->before->global, &search->after->global);
	compare_rests(search, &like, search->before->global.unsupported,
		      search->after->global.unsupported);
}

static void compare_root(struct search *search)
{
	const struct change like = {.kind = CHANGE_VALUE,
				    .object = CHANGE_OF_ROOT,
				    .before = CHANGE_PLACE_NONE,
				    .after = CHANGE_PLACE_NONE};

	compare_texts(search, &like, "garp_group", garp_groups_text(search, search->before),
		      garp_groups_text(search, search->after));
	compare_texts(search, &like, "interface_up_down_delays",
		      delays_text(search, search->before), delays_text(search, search->after));
	compare_rests(search, &like, search->before->unsupported, search->after->unsupported);
}

void conf_changes_find(struct conf_changes *changes, const struct conf *before,
		       const struct conf *after)
{
	struct search search = {.before = before, .after = after, .arena = arena_create()};

	search.print = open_memstream(&search.text, &search.size);
	if (!search.print)
		fatal("out of memory");
	compare_root(&search);
	compare_globals(&search);
	compare_instances(&search);
	compare_groups(&search);
	compare_services(&search);
	fclose(search.print);
	free(search.text);
	changes->list = search.found.items;
	changes->count = search.found.count;
	changes->arena = search.arena;
}

void conf_changes_clear(struct conf_changes *changes)
{
	free(changes->list);
	if (changes->arena)
		arena_destroy(changes->arena);
	*changes = (struct conf_changes){0};
}
