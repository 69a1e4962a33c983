/*
 * Growing arrays, for objects whose number is known only when a block or the file has been read.
 * They are copied into the configuration's arena at the end.
 */
#include "core/base/vector.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

void *vector_add(struct vector *list, size_t size, const void *initial)
{
	list->size = size;
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 16;
		list->items = alloc_resize(list->items, list->capacity, size);
	}
	void *item = (char *)list->items + list->count++ * size;
	if (initial)
		memcpy(item, initial, size);
	else
		memset(item, 0, size);
	return item;
}

void vector_free(struct vector *list)
{
	free(list->items);
	*list = (struct vector){0};
}
