#ifndef CONF_REFERENCE_H
#define CONF_REFERENCE_H

#include "conf/model/parser.h"

/* A name that stands for a block elsewhere, or that block. */
struct reference {
	enum block kind;
	const char *name;
	struct place place;
	/* Of a use: */
	const char *list;		 /* "track_script" */
	const struct unsupported *items; /* of the entry, name and all */
	uint32_t instance; /* number of the instance it is in, or REFERENCE_NO_INSTANCE */
	/* Of a definition: */
	const struct unsupported *body;
};
#define REFERENCE_NO_INSTANCE UINT32_MAX

/* reference.c */

/* An entry, at `word`, of a list of names of blocks. */
void reference_use(struct parser *parser, const struct frame *list, const struct token *word,
		   const struct unsupported *items);
/* A block that such names stand for has ended. */
void reference_define(struct parser *parser, const struct frame *block);
/* Matches names with blocks, and weights with priorities. */
void reference_verify(struct parser *parser);

#endif
