#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

#include <stddef.h>

/* suggest.c: how many insertions, deletions, replacements and swaps of neighbours lead from one to
 * the other; more than `limit` is reported as limit + 1. */
unsigned suggest_distance(const char *a, size_t a_length, const char *b, size_t b_length,
			  unsigned limit);

/* The known word that comes nearest to a misspelt one, and near enough. */
struct suggestion {
	const char *word;
	size_t length;
	unsigned limit; /* what is further away is none */
	const char *best;
};
struct suggestion suggestion_for(const char *word);
void suggestion_consider(struct suggestion *suggestion, const char *known);

#endif
