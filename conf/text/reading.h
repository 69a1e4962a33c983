#ifndef CONF_READING_H
#define CONF_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/mono.h"
#include "core/base/vector.h"

struct source;

/* What reading a configuration has touched: whether it may be in the middle of being written, and
 * what its includes found.  Zero-initialise. */
struct reading {
	uint64_t digest;       /* of all files: names, contents, when they were changed */
	struct wall changed;   /* the youngest of them */
	bool missing;	       /* a name that has no file now: perhaps it is being replaced */
	size_t statements;     /* in all files */
	struct vector found;   /* char *: files that were read, patterns that matched one */
	struct vector nothing; /* char *: files that were not, and patterns that matched none */
};

/* The readings of one file until it has come to rest. Zero-initialise. */
struct reading_rest {
	uint64_t digest; /* of the last */
	unsigned count;
};

enum reading_verdict {
	READING_AT_REST,
	READING_AGAIN, /* in READING_PAUSE */
	READING_NEVER, /* it kept changing: the last one is not to be used */
};

#define READING_PAUSE (100 * USEC_PER_MSEC)
#define READING_MAX   50 /* of one file */

/* reading.c */

/* Forgets all and frees what it held. */
void reading_clear(struct reading *reading);
/* All functions below take NULL: nobody asks. */
void reading_add_file(struct reading *reading, const char *path, const struct source *source);
void reading_add_found(struct reading *reading, const char *name);
void reading_add_nothing(struct reading *reading, const char *name);
/* Whether what was read can be believed at `now`: no file has changed for a second, or two readings
 * in a row agree. */
enum reading_verdict reading_judge(struct reading_rest *rest, const struct reading *reading,
				   struct wall now);
/* The first name that `before` found and `reading` does not; NULL: none. Sorts before->found. */
const char *reading_lost(const struct reading *reading, struct reading *before);

#endif
