#ifndef CONF_ORIGIN_H
#define CONF_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/vector.h"

/* Where the bytes of expanded text come from: macro.c makes such texts, diagnostics ask for it. */
struct diagnostics;

struct spot {
	const char *file;
	uint32_t line; /* from 1 */
	uint32_t column;
};

/* A line of a macro's value at one place where it is used, or a value of a loop. */
struct origin {
	uint32_t outer;	  /* number of the origin of the text that uses it; 0 = a file's own line */
	const char *name; /* of the macro or loop variable, interned */
	const char *value; /* of the loop variable; NULL = a macro */
	struct spot spot;  /* of the first byte of its text */
};

/* Bytes of one origin, up to the next run. */
struct run {
	uint32_t at;	 /* offset of the first byte in the text */
	uint32_t origin; /* 0 = the line itself */
	uint32_t shift;	 /* bytes of the origin's text before the first one */
	uint32_t column; /* in the line that is expanded: of the first byte, or of the use */
};

/* Text with its runs. Zero-initialise; freed with text_free(). */
struct text {
	char *bytes;
	uint32_t length;
	uint32_t capacity;
	struct vector runs; /* struct run */
};

/* origin.c */
void text_free(struct text *text);
/* Gives back what it has allocated beyond its length. */
void text_trim(struct text *text);
/* Appends bytes of `run` (whose `at` is not used). */
void text_add(struct text *text, const char *bytes, uint32_t length, struct run run);
/* Appends in[from..to), with its runs. */
void text_add_slice(struct text *text, const struct text *in, uint32_t from, uint32_t to);
/* The run of one byte, as if it began there. */
struct run text_run(const struct text *text, uint32_t at);

/* The run of byte `at`, which is not before that of runs[*cursor]; moves the cursor there. */
const struct run *run_seek(const struct vector *runs, size_t *cursor, uint32_t at);
/* `run` as it is `shift` bytes further on. */
struct run run_moved(const struct run *run, uint32_t shift);
/* The spot of a byte of the origin's text. */
struct spot origin_spot(const struct origin *origin, uint32_t shift);
/* Adds a note to the latest diagnostic for each macro that led to a run of `origin`. */
void origin_explain(const struct vector *origins, uint32_t origin, uint32_t shift,
		    struct diagnostics *diagnostics);

#endif
