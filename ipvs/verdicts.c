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
#include "core/base/vector.h"

#define STRAYS_MAX (1U << 20)

struct verdicts {
	/* Keys are hashes already, but of others' making: they are hashed with a number that nobody
	 * else knows, so that strays cannot be chosen to fall on one place. */
	uint64_t secret;
	struct hash index;    /* of entries, by key */
	struct vector keys;   /* uint64_t */
	struct vector values; /* enum verdict as uint8_t */
	size_t n_targets;     /* entries below are the configuration's */
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
	const struct wanted wanted = {verdicts->keys.items, key};

	return hash_find(&verdicts->index, hash_number(verdicts->secret, key), is_wanted, &wanted);
}

static void append(struct verdicts *verdicts, uint64_t key, uint8_t verdict)
{
	hash_add(&verdicts->index, hash_number(verdicts->secret, key),
		 (uint32_t)verdicts->keys.count);
	vector_add(&verdicts->keys, sizeof(key), &key);
	vector_add(&verdicts->values, sizeof(verdict), &verdict);
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
		       known != HASH_NONE ? verdicts_by_target(previous)[known] : VERDICT_UNKNOWN);
	}
	verdicts->n_targets = verdicts->keys.count;
	return verdicts;
}

void verdicts_destroy(struct verdicts *verdicts)
{
	if (!verdicts)
		return;
	vector_free(&verdicts->keys);
	vector_free(&verdicts->values);
	hash_free(&verdicts->index);
	free(verdicts);
}

uint32_t verdicts_set(struct verdicts *verdicts, uint64_t key, enum verdict verdict)
{
	uint32_t entry = find(verdicts, key);
	uint8_t *values = verdicts->values.items;

	if (verdict == VERDICT_UNKNOWN)
		return VERDICTS_NO_TARGET;
	if (entry == HASH_NONE) {
		if (verdicts->keys.count - verdicts->n_targets < STRAYS_MAX)
			append(verdicts, key, (uint8_t)verdict);
		return VERDICTS_NO_TARGET;
	}
	if (values[entry] == verdict)
		return VERDICTS_NO_TARGET;
	values[entry] = (uint8_t)verdict;
	return entry < verdicts->n_targets ? entry : VERDICTS_NO_TARGET;
}

const uint8_t *verdicts_by_target(const struct verdicts *verdicts)
{
	return verdicts->values.items;
}
