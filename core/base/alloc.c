/*
 * Allocation for processes that cannot go on without: a director that finds no memory ends, its
 * supervisor starts it again, and the kernel keeps what it has meanwhile.  So nobody else looks for
 * NULL.  Configurations have arenas (arena.c); what is sized by strangers is bounded before.
 */
#include "core/base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

void *alloc(size_t size)
{
	return alloc_array(1, size);
}

void *alloc_array(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (!memory)
		fatal("no memory for %zu items of %zu bytes", count, size);
	return memory;
}

void *alloc_resize(void *array, size_t count, size_t size)
{
	void *memory = reallocarray(array, count > 0 ? count : 1, size);

	if (!memory)
		fatal("no memory for %zu items of %zu bytes", count, size);
	return memory;
}

char *alloc_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		fatal("no memory for a text of %zu bytes", strlen(text));
	return copy;
}
