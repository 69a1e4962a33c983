#ifndef CONF_UNSUPPORTED_H
#define CONF_UNSUPPORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/table/keyword.h"
#include "core/base/vector.h"

/*
 * Unsupported statements: those of an object's block that no member of its struct holds, since
 * vdirector ignores or does not support what they ask for.  Each is kept with its checked value in
 * canonical form, so that the canonical form of the configuration says all that the file says.
 * Rows of the keyword table whose member is given by AT() never come here.
 *
 * Lists and texts are interned: equal ones of a configuration have the same address.
 */
struct parser;
struct token;
struct unsupported;

struct statement {
	const struct keyword *row; /* of the name it is printed under; NULL = a word, or an entry */
	const char *text;	   /* the words after the keyword, each with a blank before it */
	size_t secret;		   /* where in `text` a secret begins; 0 = it holds none */
	const struct unsupported *body; /* of a block, maybe empty; of a line or entry: its items */
};

struct unsupported {
	const struct statement *statements; /* the file's order */
	size_t n_statements;
	/* Those of the object's parts that have no place for it, since equal ones are kept once: of
	 * a server's checks, of a check's urls. By index; NULL = of none. */
	const struct unsupported *const *parts;
	size_t n_parts;
};

/* Where they are collected. */
struct statement_stack {
	struct vector stack; /* struct statement, of the blocks being read, outermost first */
	uint32_t *last;	     /* by entry: where in the stack its last statement was put */
};

/* unsupported.c; NULL stands for no statements in all of these. */
bool unsupported_equal(const struct unsupported *a, const struct unsupported *b);
/* Those of part `index`, or NULL. */
const struct unsupported *unsupported_part(const struct unsupported *of, size_t index);
/* The text of the statement of that name; NULL = there is none. */
const char *unsupported_text(const struct unsupported *of, const char *name);

/* While a text is read: */

/* Up to `most` words of the line, each with a blank before it, as they can be read again. */
const char *unsupported_words(struct parser *parser, size_t most);
/* Adds a statement of the innermost block. */
void unsupported_add(struct parser *parser, const struct keyword_entry *entry, const char *text,
		     const struct unsupported *body);
/* Reads the value of a keyword without member and adds its statement. False: reported. *wanted:
 * it does not say "off". */
bool unsupported_value(struct parser *parser, const struct token *keyword,
		       const struct keyword_entry *entry, bool *wanted);
/* The same for a line of items, which takes the place of an earlier one. */
void unsupported_line(struct parser *parser, const struct token *keyword,
		      const struct keyword_entry *entry, const struct unsupported *items);
/* Adds what has no keyword: an entry of a list, with its items as body, or an item of such a line.
 * Its text is a word with a blank before it, or "". */
void unsupported_item(struct parser *parser, const char *text, bool secret,
		      const struct unsupported *body);
/* Reads a value without keyword and adds it as an item; `name` is what it belongs to. False:
 * reported. */
bool unsupported_head(struct parser *parser, const struct token *keyword,
		      const struct keyword *head, const char *name);
/* Takes the statements from this place of the stack on; NULL = there are none. */
const struct unsupported *unsupported_take(struct parser *parser, size_t from);
/* Puts them back, when a block of this kind is opened again. */
void unsupported_put_back(struct parser *parser, enum block block, const struct unsupported *of);
/* The same with those of the object's parts, where any of them is not NULL. */
const struct unsupported *unsupported_with_parts(struct parser *parser,
						 const struct unsupported *of,
						 const struct unsupported *const *parts,
						 size_t n_parts);

#endif
