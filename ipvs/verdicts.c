/*
 * Verdicts by target key.
 *
 * A hash table with open addressing over two parallel arrays.  The first entries are the targets
 * of the configuration, at their indexes; behind them are strays: verdicts on targets that are not
 * (yet, or any more) configured.  The next verdicts_create() takes from both what it knows and
 * forgets the rest.  The number of strays is bounded, far above any configuration.
 */
#include "ipvs/verdicts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/log.h"
#include "core/base/mono.h"

#define STRAYS_MAX (1U << 20)
#define MIXER	   UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio, as in Knuth 6.4 */

struct verdicts {
	uint64_t secret;
	uint64_t *keys;
	uint8_t *values; /* enum verdict */
	uint32_t n_entries;
	uint32_t n_targets; /* entries below are the configuration's */
	uint32_t capacity;
	uint32_t *slots;  /* entry + 1; 0 = free */
	uint32_t n_slots; /* a power of two, at least twice the capacity */
};

/* Keys are hashes already, but of others' making: mixed once more, with a number that nobody else
 * knows, so that strays cannot be chosen to fall on one place. */
static uint32_t first_slot(const struct verdicts *verdicts, uint64_t key)
{
	uint64_t mixed = (key ^ verdicts->secret) * MIXER;

	mixed = (mixed ^ mixed >> 32) * MIXER;
	return (uint32_t)(mixed >> 32) & (verdicts->n_slots - 1);
}

/* The slot that holds `key`, or the free one where it belongs. */
static uint32_t *find_slot(const struct verdicts *verdicts, uint64_t key)
{
	uint32_t slot = first_slot(verdicts, key);

	while (verdicts->slots[slot] != 0 && verdicts->keys[verdicts->slots[slot] - 1] != key)
		slot = (slot + 1) & (verdicts->n_slots - 1);
	return &verdicts->slots[slot];
}

static void resize(struct verdicts *verdicts, uint32_t capacity)
{
	free(verdicts->slots);
	verdicts->capacity = capacity;
	verdicts->n_slots = 2;
	while (verdicts->n_slots < capacity * 2)
		verdicts->n_slots *= 2;
	verdicts->keys = reallocarray(verdicts->keys, capacity, sizeof(*verdicts->keys));
	verdicts->values = reallocarray(verdicts->values, capacity, sizeof(*verdicts->values));
	verdicts->slots = calloc(verdicts->n_slots, sizeof(*verdicts->slots));
	if (!verdicts->keys || !verdicts->values || !verdicts->slots)
		fatal("out of memory");
	for (uint32_t i = 0; i < verdicts->n_entries; i++)
		*find_slot(verdicts, verdicts->keys[i]) = i + 1;
}

static void append(struct verdicts *verdicts, uint64_t key, enum verdict verdict)
{
	if (verdicts->n_entries == verdicts->capacity)
		resize(verdicts, verdicts->capacity * 2);
	verdicts->keys[verdicts->n_entries] = key;
	verdicts->values[verdicts->n_entries] = (uint8_t)verdict;
	*find_slot(verdicts, key) = ++verdicts->n_entries;
}

struct verdicts *verdicts_create(const struct conf *conf, const struct verdicts *previous)
{
	struct verdicts *verdicts = calloc(1, sizeof(*verdicts));

	if (!verdicts)
		fatal("out of memory");
	if (getrandom(&verdicts->secret, sizeof(verdicts->secret), GRND_NONBLOCK) < 0)
		verdicts->secret = (uint64_t)mono_read().us;
	resize(verdicts, (uint32_t)conf->n_targets + 64);
	for (size_t i = 0; i < conf->n_targets; i++) {
		uint64_t key = conf->targets[i].key;
		uint32_t known = previous ? *find_slot(previous, key) : 0;

		append(verdicts, key, known ? previous->values[known - 1] : VERDICT_UNKNOWN);
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
	free(verdicts->slots);
	free(verdicts);
}

uint32_t verdicts_set(struct verdicts *verdicts, uint64_t key, enum verdict verdict)
{
	uint32_t entry = *find_slot(verdicts, key);

	if (verdict == VERDICT_UNKNOWN)
		return VERDICTS_NO_TARGET;
	if (entry == 0) {
		if (verdicts->n_entries - verdicts->n_targets < STRAYS_MAX)
			append(verdicts, key, verdict);
		return VERDICTS_NO_TARGET;
	}
	if (verdicts->values[entry - 1] == verdict)
		return VERDICTS_NO_TARGET;
	verdicts->values[entry - 1] = (uint8_t)verdict;
	return entry - 1 < verdicts->n_targets ? entry - 1 : VERDICTS_NO_TARGET;
}

const uint8_t *verdicts_by_target(const struct verdicts *verdicts)
{
	return verdicts->values;
}
