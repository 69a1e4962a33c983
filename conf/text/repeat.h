#ifndef CONF_REPEAT_H
#define CONF_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "~SEQ(...)" and "~LST(...)": the values that a line is repeated with. */
#define REPEAT_NAMES_MAX 16
#define REPEAT_NUMBER	 24 /* bytes of a number as text */

enum repeat_kind { REPEAT_SEQUENCE, REPEAT_HEXADECIMAL, REPEAT_LIST };

struct repeat_word {
	const char *text;
	uint32_t length;
};

struct repeat {
	enum repeat_kind kind;
	struct repeat_word names[REPEAT_NAMES_MAX];
	struct repeat_word values[REPEAT_NAMES_MAX]; /* of this round */
	size_t n_names;
	size_t n_values; /* given in this round; the others are empty */
	int64_t next, step, last;
	const char *at; /* the rest of a list; NULL = it has ended */
	const char *end;
	char number[REPEAT_NUMBER];
};

/* Whether a text begins with a loop. *arguments is then what stands between the parentheses (NULL:
 * they do not close), and *size where the rest of the line begins. */
bool repeat_begins(const char *text, uint32_t length, enum repeat_kind *kind,
		   struct repeat_word *arguments, uint32_t *size);
/* Reads the arguments, which must last as long as *repeat. Returns what is wrong with them, or
 * NULL.
 */
const char *repeat_start(struct repeat *repeat, enum repeat_kind kind,
			 struct repeat_word arguments);
/* Goes to the next round. False: there is none, or *reason says what is wrong with it. */
bool repeat_next(struct repeat *repeat, const char **reason);

#endif
