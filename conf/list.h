#ifndef CONF_LIST_H
#define CONF_LIST_H

#include <stddef.h>

/* A growing array of drafts while a configuration is read. Zero-initialise. */
struct list {
	void *items;
	size_t count;
	size_t capacity;
};

/* list.c */

/* Adds one item of `size` bytes, copied from `initial` (zeroed where NULL), and returns it. The
 * array may move. No memory is fatal(). */
void *list_add(struct list *list, size_t size, const void *initial);
void list_free(struct list *list);

#endif
