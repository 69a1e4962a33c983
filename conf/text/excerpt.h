#ifndef CONF_EXCERPT_H
#define CONF_EXCERPT_H

#include "conf/text/diagnostic.h"

struct arena;

/* excerpt.c: a text that is in memory already; name NULL = none. */
struct excerpt_text {
	const char *name;
	const char *text;
	size_t size;
};
/* A place for which the line is looked for. */
struct excerpt_wanted {
	size_t file_number; /* files are read in this order */
	const char *file;
	uint32_t line;
	uint32_t column;
	struct excerpt *excerpt; /* filled, where the line is found */
};
/* Fills all of `wanted` (which it sorts). Files other than `known` are read. */
void excerpts_fill(struct arena *arena, struct excerpt_wanted *wanted, size_t n,
		   const struct excerpt_text *known);
/* The excerpts for what was added since `first`; after diagnostics_finish(). */
void diagnostics_excerpts(struct diagnostics *diagnostics, size_t first,
			  const struct excerpt_text *known);

#endif
