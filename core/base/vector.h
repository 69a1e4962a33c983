#ifndef CONF_VECTOR_H
#define CONF_VECTOR_H

#include <stddef.h>

/* A growing array of drafts while a configuration is read. Zero-initialise. */
struct vector {
	void *items;
	size_t count;
	size_t capacity;
	size_t size; /* of an item, in bytes; 0 = none was added yet */
};

/* vector.c */

/* Adds one item of `size` bytes, copied from `initial` (zeroed where NULL), and returns it. The
 * array may move. No memory is fatal(). */
void *vector_add(struct vector *list, size_t size, const void *initial);
void vector_free(struct vector *list);

#endif
