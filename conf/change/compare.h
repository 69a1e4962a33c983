#ifndef CONF_COMPARE_H
#define CONF_COMPARE_H

#include <stdio.h>

#include "conf/change/changes.h"
#include "conf/change/match.h"
#include "core/base/vector.h"

/* The steps of a comparison, for objects of all kinds. */

/* One comparison as it goes on. */
struct search {
	const struct conf *before, *after;
	struct vector found; /* struct change */
	struct arena *arena; /* of the values' texts */
	FILE *print;	     /* into `text`, to be rewound */
	char *text;
	size_t size;
};

/* `like` has the places of the two objects, or of those that they are parts of. */
typedef void compare_fn(struct search *search, const struct change *like, const void *a,
			const void *b);

/* How objects of one kind are told apart, and what is compared of two that are the same one. */
struct compare_kind {
	enum change_object object;
	match_key_fn *keys[4];		       /* as match() wants them */
	uint32_t (*index)(const void *object); /* NULL: its place in the list */
	compare_fn *head;		       /* what no row says; NULL = nothing */
	enum block blocks[3];		       /* of the members; BLOCK_ROOT = no further one */
	size_t size;			       /* of the object */
	size_t unsupported; /* offset of the pointer to what no member holds; 0 = it has none */
	compare_fn *parts;  /* lists within the object; NULL = none */
};

/* compare.c */

void compare_list(struct search *search, const struct compare_kind *kind, const struct change *like,
		  const struct objects *before, const struct objects *after);
/* Two that are the same one. */
void compare_pair(struct search *search, const struct compare_kind *kind, const struct change *like,
		  const void *a, const void *b);
/* The members of one block of an object, by its rows. */
void compare_members(struct search *search, const struct change *like, enum block block,
		     size_t size, const void *a, const void *b);
/* What no row says; the texts are the arena's, or constants. */
void compare_texts(struct search *search, const struct change *like, const char *word,
		   const char *a, const char *b);
/* A stream for a text, and that text, the arena's; `empty` where there is none. */
FILE *compare_print(struct search *search);
const char *compare_printed(struct search *search, const char *empty);

#endif
