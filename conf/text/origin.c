/*
 * Origins: texts that are put together from pieces, and remember for each byte where it was
 * written.
 *
 * A text is a row of runs.  A run either is part of the line that is expanded, then it knows its
 * column there; or it comes from a macro, then it knows the column of the use, and its origin: the
 * macro's name and the place in the definition.  Origins are chained, from a macro to the one that
 * used it.  So a token is reported where the macro is used, and the notes that follow lead to the
 * very byte of the definition.
 */
#include "conf/text/origin.h"

#include <stdlib.h>
#include <string.h>

#include "conf/text/diagnostic.h"
#include "core/base/alloc.h"

#define EXPLAINED_MAX 8 /* steps of a chain that are told; the outermost one always is */

void text_free(struct text *text)
{
	free(text->bytes);
	vector_free(&text->runs);
	*text = (struct text){0};
}

static void add_bytes(struct text *text, const char *bytes, uint32_t length)
{
	if (text->capacity - text->length < length) {
		text->capacity = (text->length + length) * 2;
		text->bytes = alloc_resize(text->bytes, text->capacity, 1);
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void text_add(struct text *text, const char *bytes, uint32_t length, struct run run)
{
	if (length == 0)
		return;
	run.at = text->length;
	vector_add(&text->runs, sizeof(run), &run);
	add_bytes(text, bytes, length);
}

struct run run_moved(const struct run *run, uint32_t shift)
{
	struct run moved = *run;

	moved.at += shift;
	if (run->origin != 0)
		moved.shift += shift;
	else
		moved.column += shift;
	return moved;
}

const struct run *run_seek(const struct vector *runs, size_t *cursor, uint32_t at)
{
	const struct run *all = runs->items;

	while (*cursor + 1 < runs->count && all[*cursor + 1].at <= at)
		++*cursor;
	return &all[*cursor];
}

/* The number of the run of a byte. */
static size_t run_index(const struct text *text, uint32_t at)
{
	const struct run *runs = text->runs.items;
	size_t low = 0, high = text->runs.count;

	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (runs[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct run text_run(const struct text *text, uint32_t at)
{
	const struct run *run;

	if (text->runs.count == 0)
		return (struct run){.column = 1};
	run = (const struct run *)text->runs.items + run_index(text, at);
	return run_moved(run, at - run->at);
}

void text_add_slice(struct text *text, const struct text *in, uint32_t from, uint32_t to)
{
	const struct run *runs = in->runs.items;
	size_t i = from < to ? run_index(in, from) : 0;

	while (from < to) {
		uint32_t next = i + 1 < in->runs.count ? runs[i + 1].at : in->length;
		uint32_t end = next < to ? next : to;

		text_add(text, in->bytes + from, end - from,
			 run_moved(&runs[i], from - runs[i].at));
		from = end;
		i++;
	}
}

struct spot origin_spot(const struct origin *origin, uint32_t shift)
{
	struct spot spot = origin->spot;

	if (!origin->value)
		spot.column += shift;
	return spot;
}

static void explain(const struct origin *origin, uint32_t shift, struct diagnostics *diagnostics)
{
	struct spot spot = origin_spot(origin, shift);

	if (origin->value)
		diagnostics_note(diagnostics, spot, "with $%s = %s", origin->name, origin->value);
	else
		diagnostics_note(diagnostics, spot, "expanded from $%s", origin->name);
}

void origin_explain(const struct vector *origins, uint32_t origin, uint32_t shift,
		    struct diagnostics *diagnostics)
{
	const struct origin *all = origins->items;
	uint32_t chain[EXPLAINED_MAX]; /* the innermost ones, from there outwards */
	uint32_t n, outermost = 0;

	for (n = 0; origin != 0; origin = all[origin].outer) {
		if (n < EXPLAINED_MAX)
			chain[n++] = origin;
		outermost = origin;
	}
	if (n > 0 && outermost != chain[n - 1])
		explain(&all[outermost], 0, diagnostics);
	while (n-- > 0)
		explain(&all[chain[n]], n == 0 ? shift : 0, diagnostics);
}

void text_trim(struct text *text)
{
	struct vector *runs = &text->runs;

	if (text->length == 0) {
		text_free(text);
		return;
	}
	text->bytes = alloc_resize(text->bytes, text->length, 1);
	runs->items = alloc_resize(runs->items, runs->count, sizeof(struct run));
	text->capacity = text->length;
	runs->capacity = runs->count;
}
