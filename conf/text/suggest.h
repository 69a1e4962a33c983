#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

#include <stddef.h>

/* suggest.c: how many insertions, deletions, replacements and swaps of neighbours lead from one to
 * the other; more than `limit` is reported as limit + 1. */
unsigned suggest_distance(const char *a, size_t a_length, const char *b, size_t b_length,
			  unsigned limit);

#endif
