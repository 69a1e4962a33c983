/*
 * Hashing: an open-addressing set of item numbers, which makes every look-up for duplicates and
 * equals in a configuration a constant-time step, however large the file.
 *
 * Used by the keyword index, the interned strings, the probes (target.c) and the duplicate checks.
 * Items are only ever added; a table is cleared as a whole.
 */
#include "core/base/hash.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

struct hash_slot {
	uint32_t hash;
	uint32_t item_plus_one; /* 0 = free */
};

#define FNV_PRIME      UINT64_C(0x100000001b3)
#define GOLDEN	       UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio, as in Knuth 6.4 */
#define CAPACITY_FIRST 64
#define CAPACITY_KEPT  1024 /* cleared in place up to here */

uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * FNV_PRIME;
	return hash;
}

uint64_t hash_number(uint64_t hash, uint64_t number)
{
	hash = (hash ^ number) * FNV_PRIME;
	return hash ^ hash >> 32;
}

/* Mixed once more, so that the result depends on all bits: hash_number() has folded already. */
static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash * GOLDEN >> 32);
}

uint32_t hash_find(const struct hash *table, uint64_t hash, hash_equal_fn *equal,
		   const void *context)
{
	uint32_t wanted = fold(hash);

	if (table->capacity == 0)
		return HASH_NONE;
	for (size_t at = wanted & (table->capacity - 1); table->slots[at].item_plus_one != 0;
	     at = (at + 1) & (table->capacity - 1)) {
		if (table->slots[at].hash == wanted &&
		    equal(context, table->slots[at].item_plus_one - 1))
			return table->slots[at].item_plus_one - 1;
	}
	return HASH_NONE;
}

static void place(struct hash *table, struct hash_slot slot)
{
	size_t at = slot.hash & (table->capacity - 1);

	while (table->slots[at].item_plus_one != 0)
		at = (at + 1) & (table->capacity - 1);
	table->slots[at] = slot;
}

static void grow(struct hash *table)
{
	struct hash old = *table;

	table->capacity = old.capacity ? old.capacity * 2 : CAPACITY_FIRST;
	table->slots = alloc_array(table->capacity, sizeof(*table->slots));
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i].item_plus_one != 0)
			place(table, old.slots[i]);
	}
	free(old.slots);
}

void hash_add(struct hash *table, uint64_t hash, uint32_t item)
{
	if ((table->count + 1) * 2 > table->capacity)
		grow(table);
	place(table, (struct hash_slot){.hash = fold(hash), .item_plus_one = item + 1});
	table->count++;
}

void hash_clear(struct hash *table)
{
	if (table->capacity > CAPACITY_KEPT) {
		hash_free(table);
		return;
	}
	if (table->count > 0)
		memset(table->slots, 0, table->capacity * sizeof(*table->slots));
	table->count = 0;
}

void hash_free(struct hash *table)
{
	free(table->slots);
	*table = (struct hash){0};
}
