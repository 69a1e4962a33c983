/*
 * Matching of objects by identity: a hash over one list, and a look-up for each object of the
 * other.  Called by the comparison of configurations (changes*.c), for lists of all kinds.
 */
#include "conf/change/match.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/log.h"

static const void *object_at(const struct objects *objects, const struct identity *identity,
			     size_t index)
{
	return (const char *)objects->first + index * identity->size;
}

void matching_create(struct matching *matching, size_t n_old, size_t n_new)
{
	/* One more, since there may be none. */
	matching->of_old = malloc((n_old + 1) * sizeof(uint32_t));
	matching->of_new = malloc((n_new + 1) * sizeof(uint32_t));
	if (!matching->of_old || !matching->of_new)
		fatal("out of memory");
	memset(matching->of_old, 0xff, n_old * sizeof(uint32_t));
	memset(matching->of_new, 0xff, n_new * sizeof(uint32_t));
}

void matching_free(struct matching *matching)
{
	free(matching->of_old);
	free(matching->of_new);
}

struct candidate {
	const struct objects *objects;
	const struct identity *identity;
	const uint32_t *taken;
	const void *wanted;
};

static bool is_match(const void *context, uint32_t item)
{
	const struct candidate *candidate = context;

	return candidate->taken[item] == MATCH_NONE &&
	       candidate->identity->equal(candidate->wanted,
					  object_at(candidate->objects, candidate->identity, item));
}

void match(struct matching *matching, const struct objects *before, const struct objects *after,
	   const struct identity *identity)
{
	struct candidate candidate = {after, identity, matching->of_new, NULL};
	struct hash hash = {0};
	uint32_t i, found;

	for (i = 0; i < after->count; i++) {
		if (matching->of_new[i] == MATCH_NONE)
			hash_add(&hash, identity->hash(object_at(after, identity, i)), i);
	}
	for (i = 0; i < before->count; i++) {
		if (matching->of_old[i] != MATCH_NONE)
			continue;
		candidate.wanted = object_at(before, identity, i);
		found = hash_find(&hash, identity->hash(candidate.wanted), is_match, &candidate);
		if (found == HASH_NONE)
			continue;
		matching->of_old[i] = found;
		matching->of_new[found] = i;
	}
	hash_free(&hash);
}

uint64_t match_hash_address(uint64_t hash, const struct address *address)
{
	return hash_bytes(hash, address, sizeof(*address));
}
