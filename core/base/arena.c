/*
 * An arena: memory that is handed out piece by piece and freed at once.  One arena holds one
 * configuration, whose objects point into each other freely and all die together.
 *
 * The arena is a list of blocks from malloc(); the newest is filled from its start.  What does not
 * fit a block gets one of its own, placed behind the newest, which goes on being filled.
 */
#include "core/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"

#define BLOCK_SIZE ((size_t)16 * 1024)
#define ALIGNMENT  _Alignof(max_align_t)

struct block {
	struct block *next;
	size_t used; /* bytes of `data` */
	size_t size;
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *newest;
	size_t size;
};

struct arena *arena_create(void)
{
	struct arena *arena = alloc(sizeof(*arena));

	arena->size = sizeof(*arena);
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->newest, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

/* The block that has room for `size` bytes. */
static struct block *block_for(struct arena *arena, size_t size)
{
	struct block *newest = arena->newest;
	struct block *block;

	if (newest && size <= newest->size - newest->used)
		return newest;
	size_t room = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;
	block = alloc(sizeof(*block) + room);
	block->size = room;
	arena->size += sizeof(*block) + room;
	if (newest && size > BLOCK_SIZE / 4) {
		block->next = newest->next;
		newest->next = block;
	} else {
		block->next = newest;
		arena->newest = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block;

	if (size > PTRDIFF_MAX - sizeof(struct block) - ALIGNMENT)
		fatal("an arena is asked for %zu bytes", size);
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	block = block_for(arena, size);
	void *piece = block->data + block->used;
	block->used += size;
	return piece;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		fatal("the format \"%s\" cannot be printed", format);
	char *text = arena_alloc(arena, (size_t)length + 1);
	va_start(arguments, format);
	if (vsnprintf(text, (size_t)length + 1, format, arguments) != length)
		fatal("the format \"%s\" changed its length", format);
	va_end(arguments);
	return text;
}

size_t arena_size(const struct arena *arena)
{
	return arena->size;
}
