/*
 * Comparison of sync groups (changes.c).  Who is a member is told with the group, by name: an
 * instance that was renamed is another member in the file, whatever its identity.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/change/changes_parts.h"
#include "core/base/hash.h"
#include "core/base/log.h"

static uint64_t group_hash(const void *object)
{
	const struct group_conf *group = object;

	return hash_bytes(HASH_SEED, group->name, strlen(group->name));
}

static bool group_equal(const void *a, const void *b)
{
	const struct group_conf *left = a, *right = b;

	return strcmp(left->name, right->name) == 0;
}

static const struct identity group_identity = {sizeof(struct group_conf), group_hash, group_equal};

/* The names of its members, to be freed. */
static char *members_text(const struct conf *conf, const struct group_conf *group)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; out && i < group->n_members; i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", conf->instances[group->members[i]].name);
	if (!out || fclose(out) != 0)
		fatal("out of memory");
	return text;
}

static void compare_group(struct search *search, uint32_t old_index, uint32_t new_index)
{
	const struct group_conf *a = &search->before->groups[old_index];
	const struct group_conf *b = &search->after->groups[new_index];
	const struct change like = {.kind = CHANGE_VALUE,
				    .object = CHANGE_OF_GROUP,
				    .before = {old_index, CHANGE_NOWHERE, CHANGE_NOWHERE},
				    .after = {new_index, CHANGE_NOWHERE, CHANGE_NOWHERE}};
	char *before = members_text(search->before, a), *after = members_text(search->after, b);

	compare_texts(search, &like, "group", before, after);
	compare_members(search, &like, BLOCK_SYNC_GROUP, sizeof(*a), a, b);
	compare_rests(search, &like, a->unsupported, b->unsupported);
	free(before);
	free(after);
}

void compare_groups(struct search *search)
{
	const struct objects before = {search->before->groups, search->before->n_groups};
	const struct objects after = {search->after->groups, search->after->n_groups};
	struct matching matching;

	matching_create(&matching, before.count, after.count);
	match(&matching, &before, &after, &group_identity);
	compare_owners(search, CHANGE_OF_GROUP, &matching, before.count, after.count,
		       compare_group);
	matching_free(&matching);
}
