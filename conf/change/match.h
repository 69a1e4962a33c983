#ifndef CONF_MATCH_H
#define CONF_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"

/* Two lists of objects of one kind: which are the same, whatever their order. */

#define MATCH_NONE UINT32_MAX

/* How the objects of a list are told apart. */
struct identity {
	size_t size; /* of an object */
	uint64_t (*hash)(const void *object);
	bool (*equal)(const void *a, const void *b);
};

struct objects {
	const void *first;
	size_t count;
};

/* For each object of two lists where it is in the other one, or MATCH_NONE. */
struct matching {
	uint32_t *of_old;
	uint32_t *of_new;
};

/* match.c: no memory is fatal(). */
void matching_create(struct matching *matching, size_t n_old, size_t n_new);
void matching_free(struct matching *matching);
/* Matches what is not matched yet, each object once; in time proportional to the lists. */
void match(struct matching *matching, const struct objects *before, const struct objects *after,
	   const struct identity *identity);
/* For identities that have an address in them; goes on from `hash`. */
uint64_t match_hash_address(uint64_t hash, const struct address *address);

#endif
