/*
 * Interning: equal strings (and equal lists of urls or status ranges) of a configuration are kept
 * once.  A hundred thousand servers name the same path; it takes a few bytes.
 *
 * Since equal bytes have one address, what points at interned bytes can itself be compared and
 * interned as bytes: so lists of urls, which hold pointers to interned strings, are interned too.
 * The table lives while a configuration is read; the bytes live in its arena.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/vector.h"

struct blob {
	const void *data;
	size_t size;
};

struct intern {
	struct arena *arena;
	struct hash hash;
	struct vector blobs; /* struct blob */
};

struct wanted {
	const struct intern *intern;
	struct blob blob;
};

struct intern *intern_create(struct arena *arena)
{
	struct intern *intern = alloc(sizeof(*intern));

	intern->arena = arena;
	return intern;
}

void intern_destroy(struct intern *intern)
{
	hash_free(&intern->hash);
	vector_free(&intern->blobs);
	free(intern);
}

static bool blob_equal(const void *context, uint32_t item)
{
	const struct wanted *wanted = context;
	const struct blob *blob = (const struct blob *)wanted->intern->blobs.items + item;

	return blob->size == wanted->blob.size &&
	       memcmp(blob->data, wanted->blob.data, blob->size) == 0;
}

const void *intern_bytes(struct intern *intern, const void *data, size_t size)
{
	struct wanted wanted = {intern, {data, size}};
	uint64_t hash = hash_bytes(HASH_SEED, data, size);
	uint32_t item = hash_find(&intern->hash, hash, blob_equal, &wanted);
	struct blob *blob;

	if (item != HASH_NONE)
		return ((const struct blob *)intern->blobs.items)[item].data;
	hash_add(&intern->hash, hash, (uint32_t)intern->blobs.count);
	blob = vector_add(&intern->blobs, sizeof(*blob), NULL);
	*blob = (struct blob){arena_strndup(intern->arena, data, size), size};
	return blob->data;
}

const char *intern_text(struct intern *intern, const char *text, size_t length)
{
	return intern_bytes(intern, text, length);
}
