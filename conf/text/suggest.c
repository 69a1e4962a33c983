/*
 * "Did you mean": the optimal string alignment distance (Damerau and Levenshtein's, where no part
 * is edited twice) between a misspelt word and a known one.
 *
 * Called for an unknown word with each keyword of the block, so only on the way to a diagnostic.
 * Words longer than any keyword are never near one.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/text/suggest.h"

#define LENGTH_MAX 48

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned suggest_distance(const char *a, size_t a_length, const char *b, size_t b_length,
			  unsigned limit)
{
	unsigned rows[3][LENGTH_MAX + 1]; /* this one, the one before, and that before */

	if (a_length > LENGTH_MAX || b_length > LENGTH_MAX || a_length > b_length + limit ||
	    b_length > a_length + limit)
		return limit + 1;
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned replaced = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = smaller(smaller(row[j - 1], above[j]) + 1, replaced);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
	}
	return smaller(rows[a_length % 3][b_length], limit + 1);
}

struct suggestion suggestion_for(const char *word)
{
	size_t length = strlen(word);

	return (struct suggestion){word, length, length < 5 ? 1 : 2, NULL};
}

void suggestion_consider(struct suggestion *suggestion, const char *known)
{
	if (suggestion->limit == 0)
		return;
	unsigned distance = suggest_distance(suggestion->word, suggestion->length, known,
					     strlen(known), suggestion->limit);
	if (distance == 0 || distance > suggestion->limit)
		return;
	suggestion->best = known;
	suggestion->limit = distance - 1;
}
