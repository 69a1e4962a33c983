#ifndef CONF_EXPAND_H
#define CONF_EXPAND_H

#include "conf/text/diagnostic.h"
#include "conf/text/origin.h"

/* Conditional lines, macros and loops: the text that the lexer reads in place of a line. */
struct expander;

#define EXPANSION_LIMIT ((size_t)128 * 1024 * 1024) /* bytes of expanded text, in all */
#define EXPANSION_DEPTH 64			    /* macros that use each other */

/* A line that expander_line() is asked for, and what becomes of it. */
struct expansion {
	const char *file;
	uint32_t line;
	const char *start; /* of the line */
	const char *end;   /* of the whole text */

	const char *resume;	 /* the line end where the text goes on, or its end */
	const char *resume_line; /* start of the line which that ends */
	uint32_t resume_number;	 /* its number: greater than `line` after a definition of many lines
				  */
	bool changed;		 /* false: the line is to be read as it is */
	struct text text;	 /* with what is to be read instead; the expander keeps it */
	uint32_t number;	 /* of the first byte of that, from 1; unique for this expander */
};

/* expand.c: `limit` 0 = EXPANSION_LIMIT. */
struct expander *expander_create(const char *config_id, size_t limit,
				 struct diagnostics *diagnostics);
void expander_destroy(struct expander *expander); /* NULL is allowed */
void expander_line(struct expander *expander, struct expansion *expansion);
/* Bytes in use for expanded text and what is known about it, nearly. */
size_t expander_memory(const struct expander *expander);
/* Whether a word begins with a macro that is not defined. */
bool expander_lacks(const struct expander *expander, const char *word, uint32_t length);

/* expand_report.c: reports what is wrong at a byte of an expansion (`number`; 0 = not in one), with
 * notes that lead to it. What is the same mistake in the same place of a macro is told once. */
void expander_report(struct expander *expander, enum diagnostic_severity severity, struct spot use,
		     uint32_t number, const char *code, const char *text);

#endif
