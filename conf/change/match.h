#ifndef CONF_MATCH_H
#define CONF_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"

/* Two lists of objects of one kind: which are the same, whatever their order. */

#define MATCH_NONE UINT32_MAX

/* What tells an object from others of its kind; the rest is zero. Texts are the object's. */
struct match_key {
	const char *text; /* NULL: none */
	const void *pointer;
	uint64_t numbers[2];
	struct address address;
};
typedef struct match_key match_key_fn(const void *object);

struct objects {
	const void *first;
	size_t count;
	size_t size; /* of one */
};
const void *object_at(const struct objects *objects, size_t index);

/* For each object of two lists where it is in the other one, or MATCH_NONE. */
struct matching {
	uint32_t *of_old;
	uint32_t *of_new;
};

/* match.c: finds for each object one of the other list with the same key of the first kind, of
 * those that then remain with the same of the next kind, and so on; NULL ends the kinds. In time
 * proportional to the lists. */
struct matching match(const struct objects *before, const struct objects *after,
		      match_key_fn *const keys[]);
void matching_free(struct matching *matching);

#endif
