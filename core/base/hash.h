#ifndef CONF_HASH_H
#define CONF_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of item numbers found by hash: for names, identities, strings and probes. The items live
 * with the caller, who compares them. Zero-initialise. */
struct hash {
	struct hash_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

#define HASH_NONE UINT32_MAX
#define HASH_SEED UINT64_C(0xcbf29ce484222325) /* FNV-1a, 64 bits */

typedef bool hash_equal_fn(const void *context, uint32_t item);

/* hash.c */

/* FNV-1a over `size` bytes, going on from `hash` (HASH_SEED at first). */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size);
/* The same for a number, in one step. */
uint64_t hash_number(uint64_t hash, uint64_t number);
/* The item for which `equal` holds among those added with `hash`, or HASH_NONE. */
uint32_t hash_find(const struct hash *table, uint64_t hash, hash_equal_fn *equal,
		   const void *context);
/* Adds without looking for an equal one. No memory is fatal(). */
void hash_add(struct hash *table, uint64_t hash, uint32_t item);
/* Empties the table and keeps its memory, unless that is far more than what it held. */
void hash_clear(struct hash *table);
void hash_free(struct hash *table);

/* intern.c: equal bytes are kept once, in an arena. */
struct arena;
struct intern;
struct intern *intern_create(struct arena *arena);
void intern_destroy(struct intern *intern); /* the bytes stay in the arena */
/* A copy with a NUL after it; the same pointer for equal bytes. Aligned for any type. */
const void *intern_bytes(struct intern *intern, const void *data, size_t size);
const char *intern_text(struct intern *intern, const char *text, size_t length);

#endif
