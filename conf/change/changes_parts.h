#ifndef CONF_CHANGES_PARTS_H
#define CONF_CHANGES_PARTS_H

#include <stdio.h>

#include "conf/change/changes.h"
#include "conf/change/match.h"
#include "core/base/vector.h"

/* What the changes*.c files share: one comparison as it goes on. */
struct search {
	const struct conf *before, *after;
	struct vector found; /* struct change */
	struct arena *arena; /* of the values' texts */
	FILE *print;	     /* into `text`, to be rewound */
	char *text;
	size_t size;
};

/* changes.c; `like` has the places of the two objects that are compared. */

/* The members of one block of an object, by its rows. */
void compare_members(struct search *search, const struct change *like, enum block block,
		     size_t size, const void *a, const void *b);
/* What no row says. */
void compare_texts(struct search *search, const struct change *like, const char *word,
		   const char *a, const char *b);
void compare_add(struct search *search, const struct change *change);
/* The parts of an owner: those that came or went, and `compare` for those that stayed. */
void compare_parts(struct search *search, const struct change *like,
		   const struct matching *matching, size_t n_old, size_t n_new,
		   void (*compare)(struct search *search, const struct change *like));
/* The same for instances and services; `compare` gets their old and new index. */
void compare_owners(struct search *search, enum change_object object,
		    const struct matching *matching, size_t n_old, size_t n_new,
		    void (*compare)(struct search *search, uint32_t before, uint32_t after));

/* changes_rest.c: the statements of an object that no member holds. */
void compare_rests(struct search *search, const struct change *like,
		   const struct unsupported *before, const struct unsupported *after);

/* changes_instance.c, changes_group.c and changes_service.c */
void compare_instances(struct search *search);
void compare_groups(struct search *search);
void compare_services(struct search *search);

#endif
