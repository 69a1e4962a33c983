#ifndef CONF_LEXER_H
#define CONF_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/text/diagnostic.h"
#include "conf/text/origin.h"

/* Bytes to tokens.  A lexer reads one text; tokens point into it, or into what macros in it stand
 * for: then their place is that of the use. */
struct arena;
struct expander;

enum token_kind {
	TOKEN_WORD,
	TOKEN_OPEN,  /* { */
	TOKEN_CLOSE, /* } */
	TOKEN_LINE,  /* end of a line */
	TOKEN_END,   /* end of the text */
};

struct token {
	enum token_kind kind;
	bool quoted;	  /* a word in quotes: may be empty or hold blanks, braces, '#' */
	bool unclosed;	  /* its closing quote is missing, which has been reported */
	bool commented;	  /* a comment follows it at once, without a blank */
	bool first;	  /* nothing but blanks before it on its line */
	const char *text; /* of a word, without quotes; not NUL-terminated */
	uint32_t length;
	uint32_t line;	    /* from 1 */
	uint32_t column;    /* from 1, bytes */
	uint32_t expansion; /* 0, or the byte of the expanded text (expand.h) */
	const char *start;
};

struct lexer {
	const char *at;
	const char *end;
	const char *line_start;
	const char *blank_until; /* only blanks from line_start up to here */
	uint32_t line;
	const char *name;		 /* of the text, for diagnostics */
	struct arena *arena;		 /* words that differ from the text (escapes) go here */
	struct diagnostics *diagnostics; /* stray bytes and open quotes are reported here */

	/* Where `expander` is set, lines with a '$', '@' or '~' are replaced by what they expand
	 * to; then at, end, line_start and blank_until are within that, and `line` is the line's
	 * own. */
	struct expander *expander;
	const char *special;	 /* start of the next such line; NULL = none */
	const char *specials[3]; /* the next of each of these characters */
	const char *text_end;	 /* of the text itself */
	const char *resume;	 /* where it goes on after an expansion; NULL = in the text */
	const char *resume_line;
	uint32_t resume_number;
	struct text expanded;
	uint32_t expansion; /* number of its first byte */
	size_t run;	    /* of the last token */
};

/* lexer.c: `text` need not end in a NUL and must stay as long as the tokens. */
void lexer_start(struct lexer *lexer, const char *name, const char *text, size_t size,
		 struct arena *arena, struct diagnostics *diagnostics);
/* Has lines of this text expanded; after lexer_start(). */
void lexer_expand(struct lexer *lexer, struct expander *expander);
/* The line of the text itself that is being read. */
const char *lexer_line(const struct lexer *lexer);
struct token lexer_next(struct lexer *lexer);
/* The byte after the last token and blanks behind it; '\n' at the end. */
char lexer_peek(const struct lexer *lexer);
/* Reads a word that lexer_next() returned once more, by the rules for commands and patterns:
 * single and double quotes, adjacent pieces joined, C escapes (\n, \x41, \101, \cA; \X is X). */
struct token lexer_again_escaped(struct lexer *lexer, const struct token *word);
/* The same for the pattern of an include, in which balanced braces belong to the word. */
struct token lexer_again_pattern(struct lexer *lexer, const struct token *word);
/* Splits a command into its arguments by the rules of lexer_again_escaped(); NULL-terminated.
 * NULL: an open quote. */
const char **lexer_split(struct arena *arena, const char *command);
/* The value of a hexadecimal digit, or -1. */
int lexer_hex_digit(char c);

#endif
