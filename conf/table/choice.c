/*
 * Choices: values that are one of a few words.  The first name of a number is the one printed; the
 * others are read, too.
 */
#include "conf/table/choice.h"

#include <string.h>
#include <strings.h>

#include "conf/text/suggest.h"

const struct choice *choice_find(const struct choice *choices, const struct token *word,
				 bool any_case)
{
	for (; word->kind == TOKEN_WORD && choices->name; choices++)
		if (strlen(choices->name) == word->length &&
		    (any_case ? strncasecmp(choices->name, word->text, word->length) == 0
			      : memcmp(choices->name, word->text, word->length) == 0))
			return choices;
	return NULL;
}

const char *choice_near(const struct choice *choices, const struct token *word)
{
	const char *best = NULL;
	unsigned limit = 2;

	for (; choices && choices->name; choices++) {
		size_t length = strlen(choices->name);
		unsigned distance =
			suggest_distance(word->text, word->length, choices->name, length, limit);

		if (length == word->length && strncasecmp(choices->name, word->text, length) == 0)
			distance = 0;
		if (distance < limit) {
			best = choices->name;
			limit = distance;
		}
	}
	return best;
}

const char *choice_name(const struct choice *choices, int64_t value)
{
	for (; choices->name; choices++)
		if (choices->value == value)
			return choices->name;
	return NULL;
}
