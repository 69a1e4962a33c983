#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

/* Memory that is allocated piece by piece and freed at once.  One arena holds one configuration. */
struct arena;

/* arena.c: all allocations are zeroed and aligned for any type; no memory is fatal(). */
struct arena *arena_create(void);
void arena_destroy(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size);
/* Copies `length` bytes and adds a NUL. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Bytes taken from the system so far. */
size_t arena_size(const struct arena *arena);

#endif
