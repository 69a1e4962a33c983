#ifndef CONF_DIAGNOSTIC_H
#define CONF_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/text/origin.h"

/*
 * What the reading of a configuration finds wrong: first for who looks at it, then for who adds to
 * it.
 *
 * Each kind of diagnostic has a code: words joined by '-', which never change their meaning, for
 * programs to tell kinds apart.  It stands as a literal where the diagnostic is made, followed by
 * the text.  One code may have several texts that say the same of different things.  tests/
 * diagnostics/ has a file for each, and a test that no code is without.
 */

/* Exit codes of -t, and of a daemon that refuses to start. */
#define CONF_EXIT_CLEAN	     0
#define CONF_EXIT_WARNINGS   1 /* only where warnings were asked to count (-W) */
#define CONF_EXIT_INVALID    2
#define CONF_EXIT_UNREADABLE 3

enum diagnostic_severity { DIAGNOSTIC_WARNING, DIAGNOSTIC_ERROR };

/* The line that a diagnostic is about, ready to be shown: at most about 100 columns of it. */
struct excerpt {
	const char *line;    /* NULL: not known. Valid UTF-8 without control characters but tabs */
	const char *marks;   /* to be printed below: '^' and '~' under the word */
	uint32_t end_column; /* of the byte after the word; 0 = not known */
};

/* What led to a diagnostic: the place in a macro's definition, outermost macro first; the include
 * statements, innermost first; the other one of two. */
struct diagnostic_note {
	struct diagnostic_note *next;
	const char *file;
	uint32_t line;
	uint32_t column;
	const char *text;
	struct excerpt excerpt;
};

/* What was found wrong: those that lead, then the others, each in the order of the file. */
struct diagnostic {
	enum diagnostic_severity severity;
	const char *code; /* of its kind: "unknown-keyword"; never changes */
	const char *file;
	uint32_t line;	 /* from 1; 0 = the file as a whole */
	uint32_t column; /* from 1, in bytes; of what comes from a macro: where that is used */
	const char *text;
	const char *suggestion; /* to be written instead of the word; NULL = none */
	struct excerpt excerpt;
	struct diagnostic_note *notes; /* NULL = none */
};

/* Owned by whoever created it; holds copies, so it outlives the configuration. */
struct diagnostics;
struct diagnostics *diagnostics_create(void);
void diagnostics_destroy(struct diagnostics *diagnostics);
/* How often one was found; once they are finished, what is shown once counts once. */
size_t diagnostics_count(const struct diagnostics *diagnostics, enum diagnostic_severity severity);
/* NULL past the end. */
const struct diagnostic *diagnostics_get(const struct diagnostics *diagnostics, size_t index);
/* CONF_EXIT_*; `warnings_count`: -W was given. */
int diagnostics_exit(const struct diagnostics *diagnostics, bool warnings_count);

/* diagnostic_print.c */

/* For people: "file:line:column: error: text", the line with the word marked, then the notes. */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *out);
/* Behind that, of a file that is not valid: one line that counts, and says where --lenient helps.
 */
void diagnostics_print_summary(const struct diagnostics *diagnostics, const char *path, FILE *out);
/* For a log: the same in one line, without newline; the notes in brackets at its end. */
void diagnostic_print_line(const struct diagnostic *diagnostic, FILE *out);
/* For programs: one JSON document (doc/diagnostics.schema.json) about the file at `path`. */
void diagnostics_print_json(const struct diagnostics *diagnostics, const char *path, FILE *out);

/* Adding. */

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
/* The latest diagnostic is to stand before those that do not lead. */
void diagnostics_lead(struct diagnostics *diagnostics);
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
/* Puts what was added since `first` (a number of diagnostics) into its order, files in the order in
 * which they were opened, and adds notes about includes. */
void diagnostics_finish(struct diagnostics *diagnostics, size_t first);

#endif
