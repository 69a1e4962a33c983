/*
 * Probes: equal ones are run once, whichever services and servers ask for them.
 *
 * A probe's key is a hash over all its parameters, taken one after the other in a fixed order: the
 * bytes of strings and addresses by FNV-1a (64 bits), numbers by the same step for 8 bytes at once;
 * a string has its length before it, an absent one the length ~0.  So the key is the same in every
 * process and after every reload.  Should two
 * different probes of one configuration ever have the same hash, the later one's is taken again
 * with a count of tries in front, until it is unique.
 *
 * Hashing the urls is most of the work and mostly repeats: since lists of urls are interned, the
 * hash of the last list seen is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/model/target.h"
#include "core/base/alloc.h"
#include "core/base/hash.h"
#include "core/base/vector.h"

struct target_set {
	struct vector targets; /* struct target_conf */
	struct hash hash;
	uint64_t mask;
	const struct url_conf *last_urls;
	size_t last_n_urls;
	uint64_t last_urls_hash;
};

struct wanted_target {
	const struct target_set *set;
	const struct target_conf *target;
};

struct target_set *target_set_create(uint64_t mask)
{
	struct target_set *set = alloc(sizeof(*set));

	set->mask = mask;
	return set;
}

void target_set_destroy(struct target_set *set)
{
	vector_free(&set->targets);
	hash_free(&set->hash);
	free(set);
}

const struct vector *target_set_all(const struct target_set *set)
{
	return &set->targets;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	if (!text)
		return hash_number(hash, UINT64_MAX);
	return hash_bytes(hash_number(hash, strlen(text)), text, strlen(text));
}

static uint64_t hash_urls(struct target_set *set, const struct target_conf *target)
{
	uint64_t hash = hash_number(HASH_SEED, target->n_urls);

	if (target->urls == set->last_urls && target->n_urls == set->last_n_urls)
		return set->last_urls_hash;
	for (size_t i = 0; i < target->n_urls; i++) {
		const struct url_conf *url = &target->urls[i];

		hash = hash_text(hash, url->path);
		hash = hash_text(hash, url->virtualhost);
		hash = hash_text(hash, url->digest);
		hash = hash_text(hash, url->regex);
		hash = hash_number(hash, url->n_status);
		for (size_t j = 0; j < url->n_status; j++)
			hash = hash_number(hash, (uint64_t)url->status[j].first << 16 |
							 url->status[j].last);
	}
	set->last_urls = target->urls;
	set->last_n_urls = target->n_urls;
	set->last_urls_hash = hash;
	return hash;
}

static uint64_t hash_target(struct target_set *set, const struct target_conf *target)
{
	uint64_t hash = hash_urls(set, target);

	hash = hash_number(hash, (uint64_t)target->kind);
	hash = hash_number(hash, target->alpha);
	hash = hash_number(hash, target->address.family);
	hash = hash_bytes(hash, target->address.bytes, sizeof(target->address.bytes));
	hash = hash_number(hash, target->port);
	hash = hash_number(hash, target->retry);
	hash = hash_number(hash, (uint64_t)target->interval);
	hash = hash_number(hash, (uint64_t)target->delay_before_retry);
	hash = hash_number(hash, (uint64_t)target->timeout);
	return hash_text(hash, target->virtualhost);
}

/* Interned: equal strings and lists have equal addresses. */
static bool same_probe(const struct target_conf *a, const struct target_conf *b)
{
	return a->kind == b->kind && a->alpha == b->alpha &&
	       address_compare(&a->address, &b->address) == 0 && a->port == b->port &&
	       a->retry == b->retry && a->interval == b->interval &&
	       a->delay_before_retry == b->delay_before_retry && a->timeout == b->timeout &&
	       a->virtualhost == b->virtualhost && a->urls == b->urls && a->n_urls == b->n_urls;
}

static bool key_equal(const void *context, uint32_t item)
{
	const struct wanted_target *wanted = context;
	const struct target_conf *targets = wanted->set->targets.items;

	return targets[item].key == wanted->target->key;
}

uint32_t target_set_add(struct target_set *set, struct target_conf *target)
{
	const struct target_conf *targets = set->targets.items;
	uint64_t hash = hash_target(set, target);
	struct wanted_target wanted = {set, target};
	uint64_t tries = 0;

	for (target->key = hash & set->mask;; target->key = hash_number(hash, tries) & set->mask) {
		uint32_t item = hash_find(&set->hash, target->key, key_equal, &wanted);

		if (item == HASH_NONE)
			break;
		if (same_probe(&targets[item], target))
			return item;
		tries++;
	}
	hash_add(&set->hash, target->key, (uint32_t)set->targets.count);
	vector_add(&set->targets, sizeof(*target), target);
	return (uint32_t)set->targets.count - 1;
}
