/*
 * Verdicts by target key.
 *
 * Two parallel arrays and a hash index over them.  The first entries are the targets of the
 * configuration, at their indexes; behind them are strays: verdicts on targets that are not
 * (yet, or any more) configured.  The next verdicts_create() takes from both what it knows and
 * forgets the rest.  The number of strays is bounded, far above any configuration.
 */
#include "ipvs/verdicts.h"

#include <stdlib.h>
#include <sys/random.h>

#include "core/base/alloc.h"
#include "core/base/hash.h"
#include "core/base/mono.h"

#define STRAYS_MAX (1U << 20)

struct verdicts {
	/* Keys are hashes already, but of others' making: they are hashed with a number that nobody
	 * else knows, so that strays cannot be chosen to fall on one place. */
	uint64_t secret;
	struct hash index; /* of entries, by key */
	uint64_t *keys;
	uint8_t *values; /* enum verdict */
	uint32_t n_entries;
	uint32_t n_targets; /* entries below are the configuration's */
	uint32_t capacity;
};

struct wanted {
	const uint64_t *keys;
	uint64_t key;
};

static bool is_wanted(const void *context, uint32_t entry)
{
	const struct wanted *wanted = context;

	return wanted->keys[entry] == wanted->key;
}

/* The entry with this key, or HASH_NONE. */
static uint32_t find(const struct verdicts *verdicts, uint64_t key)
{
	const struct wanted wanted = {verdicts->keys, key};

	return hash_find(&verdicts->index, hash_number(verdicts->secret, key), is_wanted, &wanted);
}

static void append(struct verdicts *verdicts, uint64_t key, enum verdict verdict)
{
	if (verdicts->n_entries == verdicts->capacity) {
		verdicts->capacity = verdicts->capacity * 2 + 64;
		verdicts->keys =
			alloc_resize(verdicts->keys, verdicts->capacity, sizeof(*verdicts->keys));
		verdicts->values = alloc_resize(verdicts->values, verdicts->capacity,
						sizeof(*verdicts->values));
	}
	verdicts->keys[verdicts->n_entries] = key;
	verdicts->values[verdicts->n_entries] = (uint8_t)verdict;
	hash_add(&verdicts->index, hash_number(verdicts->secret, key), verdicts->n_entries++);
}

struct verdicts *verdicts_create(const struct conf *conf, const struct verdicts *previous)
{
	struct verdicts *verdicts = alloc(sizeof(*verdicts));

	if (getrandom(&verdicts->secret, sizeof(verdicts->secret), GRND_NONBLOCK) < 0)
		verdicts->secret = (uint64_t)mono_read().us;
	for (size_t i = 0; i < conf->n_targets; i++) {
		uint64_t key = conf->targets[i].key;
		uint32_t known = previous ? find(previous, key) : HASH_NONE;

		append(verdicts, key,
		       known != HASH_NONE ? previous->values[known] : VERDICT_UNKNOWN);
	}
	verdicts->n_targets = verdicts->n_entries;
	return verdicts;
}

void verdicts_destroy(struct verdicts *verdicts)
{
	if (!verdicts)
		return;
	free(verdicts->keys);
	free(verdicts->values);
	hash_free(&verdicts->index);
	free(verdicts);
}

uint32_t verdicts_set(struct verdicts *verdicts, uint64_t key, enum verdict verdict)
{
	uint32_t entry = find(verdicts, key);

	if (verdict == VERDICT_UNKNOWN)
		return VERDICTS_NO_TARGET;
	if (entry == HASH_NONE) {
		if (verdicts->n_entries - verdicts->n_targets < STRAYS_MAX)
			append(verdicts, key, verdict);
		return VERDICTS_NO_TARGET;
	}
	if (verdicts->values[entry] == verdict)
		return VERDICTS_NO_TARGET;
	verdicts->values[entry] = (uint8_t)verdict;
	return entry < verdicts->n_targets ? entry : VERDICTS_NO_TARGET;
}

const uint8_t *verdicts_by_target(const struct verdicts *verdicts)
{
	return verdicts->values;
}
