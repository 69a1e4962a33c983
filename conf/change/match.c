/*
 * Matching of objects by identity: a hash over one list, and a look-up for each object of the
 * other.  Called by the comparison of configurations, for lists of all kinds.
 */
#include "conf/change/match.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/hash.h"

const void *object_at(const struct objects *objects, size_t index)
{
	return (const char *)objects->first + index * objects->size;
}

static uint64_t key_hash(const struct match_key *key)
{
	uint64_t hash = hash_bytes(HASH_SEED, &key->address, sizeof(key->address));

	hash = hash_number(hash_number(hash, key->numbers[0]), key->numbers[1]);
	hash = hash_number(hash, (uintptr_t)key->pointer);
	return key->text ? hash_bytes(hash, key->text, strlen(key->text)) : hash;
}

struct candidate {
	const struct objects *objects;
	match_key_fn *key;
	const uint32_t *taken;
	struct match_key wanted;
};

static bool is_match(const void *context, uint32_t item)
{
	const struct candidate *candidate = context;
	const struct match_key *a = &candidate->wanted;
	const struct match_key b = candidate->key(object_at(candidate->objects, item));

	return candidate->taken[item] == MATCH_NONE && a->pointer == b.pointer &&
	       memcmp(a->numbers, b.numbers, sizeof(b.numbers)) == 0 &&
	       address_compare(&a->address, &b.address) == 0 && !a->text == !b.text &&
	       (!a->text || strcmp(a->text, b.text) == 0);
}

/* What is not matched yet. */
static void match_by(struct matching *matching, const struct objects *before,
		     const struct objects *after, match_key_fn *key)
{
	struct candidate candidate = {.objects = after, .key = key, .taken = matching->of_new};
	struct hash hash = {0};

	for (uint32_t i = 0; i < after->count; i++) {
		const struct match_key wanted = key(object_at(after, i));

		if (matching->of_new[i] == MATCH_NONE)
			hash_add(&hash, key_hash(&wanted), i);
	}
	for (uint32_t i = 0; i < before->count; i++) {
		if (matching->of_old[i] != MATCH_NONE)
			continue;
		candidate.wanted = key(object_at(before, i));
		uint32_t found =
			hash_find(&hash, key_hash(&candidate.wanted), is_match, &candidate);
		if (found == HASH_NONE)
			continue;
		matching->of_old[i] = found;
		matching->of_new[found] = i;
	}
	hash_free(&hash);
}

struct matching match(const struct objects *before, const struct objects *after,
		      match_key_fn *const keys[])
{
	struct matching matching = {alloc_array(before->count, sizeof(uint32_t)),
				    alloc_array(after->count, sizeof(uint32_t))};

	memset(matching.of_old, 0xff, before->count * sizeof(uint32_t));
	memset(matching.of_new, 0xff, after->count * sizeof(uint32_t));
	for (; *keys; keys++)
		match_by(&matching, before, after, *keys);
	return matching;
}

void matching_free(struct matching *matching)
{
	free(matching->of_old);
	free(matching->of_new);
}
