#ifndef CONF_DIAGNOSTIC_H
#define CONF_DIAGNOSTIC_H

#include "conf/conf.h"
#include "conf/origin.h"

/*
 * The writing side of struct diagnostics; conf.h has the reading side.
 *
 * Each kind of diagnostic has a code: words joined by '-', which never change their meaning, for
 * programs to tell kinds apart.  It stands as a literal where the diagnostic is made, followed by
 * the text.  One code may have several texts that say the same of different things.  tests/
 * diagnostics/ has a file for each, and a test that no code is without.
 */

/* After so many, one last line says that there are more. */
#define DIAGNOSTICS_MAX 10000

/* diagnostic.c: texts are copied; spot.line 0 = the file as a whole. What was added before, at the
 * same place with the same text, is only counted. */
void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity,
		     struct spot spot, const char *code, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Adds to the latest diagnostic a note about what led to it. */
void diagnostics_note(struct diagnostics *diagnostics, struct spot spot, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says what should be written instead of the word at the latest diagnostic's place. */
void diagnostics_suggest(struct diagnostics *diagnostics, const char *text);
/* Counts once more what has been added before. */
void diagnostics_repeat(struct diagnostics *diagnostics, enum diagnostic_severity severity);
/* The main file itself cannot be read: an error that diagnostics_exit() tells apart. */
void diagnostics_add_unreadable(struct diagnostics *diagnostics, const char *file,
				const char *reason);
/* Makes a file known that is about to be read; `includer` is where that is asked for, line 0 = it
 * is the main file. */
void diagnostics_file(struct diagnostics *diagnostics, const char *file, struct spot includer);
size_t diagnostics_total(const struct diagnostics *diagnostics);
/* Something is not reported: notes about it are none of the latest diagnostic. */
void diagnostics_skip(struct diagnostics *diagnostics);
/* Forgets what was added after the first `total`. */
void diagnostics_truncate(struct diagnostics *diagnostics, size_t total);
/* Forgets all. */
void diagnostics_clear(struct diagnostics *diagnostics);
/* Puts what was added since `first` (a number of diagnostics) into the order of the text, files in
 * the order in which they were opened, and adds notes about includes. */
void diagnostics_finish(struct diagnostics *diagnostics, size_t first);

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
