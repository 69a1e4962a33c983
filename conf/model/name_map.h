#ifndef CONF_NAME_MAP_H
#define CONF_NAME_MAP_H

#include "core/base/hash.h"
#include "core/base/vector.h"

/* Numbers of items by name, or by what else tells them apart, as text. Zero-initialise. */
struct name_map {
	struct hash hash;
	struct vector entries;
};

/* name_map.c */

/* The item of that name, or HASH_NONE. */
uint32_t name_map_find(const struct name_map *map, const char *name);
/* The same; where there is none, this item has the name from now on. */
uint32_t name_map_add(struct name_map *map, const char *name, uint32_t item);
void name_map_free(struct name_map *map);

#endif
