/*
 * Maps of names: which item of a list has a name, or the same identity as another one.  The cross
 * checks find pairs with them.
 */
#include "conf/model/name_map.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

struct named_item {
	char *name;
	uint32_t item;
};

struct wanted_name {
	const struct named_item *entries;
	const char *name;
};

static uint64_t name_hash(const char *name)
{
	return hash_bytes(HASH_SEED, name, strlen(name));
}

static bool name_equal(const void *context, uint32_t item)
{
	const struct wanted_name *wanted = context;

	return strcmp(wanted->entries[item].name, wanted->name) == 0;
}

uint32_t name_map_find(const struct name_map *map, const char *name)
{
	struct wanted_name wanted = {map->entries.items, name};
	uint32_t found = hash_find(&map->hash, name_hash(name), name_equal, &wanted);

	return found == HASH_NONE ? HASH_NONE : wanted.entries[found].item;
}

uint32_t name_map_add(struct name_map *map, const char *name, uint32_t item)
{
	uint32_t known = name_map_find(map, name);
	struct named_item entry = {NULL, item};

	if (known != HASH_NONE)
		return known;
	entry.name = alloc_text(name);
	hash_add(&map->hash, name_hash(name), (uint32_t)map->entries.count);
	vector_add(&map->entries, sizeof(entry), &entry);
	return HASH_NONE;
}

void name_map_free(struct name_map *map)
{
	struct named_item *entries = map->entries.items;

	for (size_t i = 0; i < map->entries.count; i++)
		free(entries[i].name);
	vector_free(&map->entries);
	hash_free(&map->hash);
}
