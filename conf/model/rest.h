#ifndef CONF_REST_H
#define CONF_REST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The rest of an object: the statements of its block that no member of its struct holds, since
 * vdirector ignores or does not support what they ask for.  Each is kept with its checked value in
 * canonical form, so that the canonical form of the configuration says all that the file says.
 * Rows of the keyword table whose member is given by AT() never come here.
 *
 * Lists and texts are interned: equal ones of a configuration have the same address.
 */
struct keyword;
struct rest;

struct statement {
	const struct keyword *row; /* of the name it is printed under; NULL = a word, or an entry */
	const char *text;	   /* the words after the keyword, each with a blank before it */
	size_t secret;		   /* where in `text` a secret begins; 0 = it holds none */
	const struct rest *body;   /* of a block, maybe empty; of a line or entry: its items */
};

struct rest {
	const struct statement *statements; /* the file's order */
	size_t n_statements;
	/* What remains of the object's parts that have no place for it, since equal ones are kept
	 * once: of a server's checks, of a check's urls. By index; NULL = of none. */
	const struct rest *const *parts;
	size_t n_parts;
};

/* rest.c; NULL stands for an empty rest in all of these. */
bool rest_equal(const struct rest *a, const struct rest *b);
/* The rest of part `index`, or NULL. */
const struct rest *rest_part(const struct rest *rest, size_t index);

#endif
