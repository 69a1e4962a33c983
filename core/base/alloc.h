#ifndef CORE_ALLOC_H
#define CORE_ALLOC_H

#include <stddef.h>

/* Memory that is there: where there is none, the process ends by fatal().  All of it is freed with
 * free(). */

/* alloc.c */

/* `size` zeroed bytes; at least one. */
void *alloc(size_t size);
/* `count` items of `size` zeroed bytes; at least one item. */
void *alloc_array(size_t count, size_t size);
/* The same array with another count (at least one); what is new is not zeroed. NULL is allowed. */
void *alloc_resize(void *array, size_t count, size_t size);
char *alloc_text(const char *text);

#endif
