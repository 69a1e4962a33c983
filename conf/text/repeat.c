/*
 * Loops: what "~SEQ(NAME[, START[, STEP]], END)", "~SEQx(...)" and "~LST(NAME, VALUE, ...)" at the
 * beginning of a line repeat it with.
 *
 * Numbers are decimal, or hexadecimal after "0x", or octal after "0"; ~SEQx writes hexadecimal.
 * Without a start a sequence begins at 1, or at -1 where its end is negative; without a step it
 * goes by one towards its end.  A list may have tuples: "~LST({A, B}, {1, 2}, {3, 4})".
 *
 * Nothing is allocated; the caller has looked for macros in the arguments, and bounds the rounds.
 */
#include "conf/text/repeat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/text/macro.h"
#include "core/base/log.h"

#define NUMBER_MAX (INT64_C(1) << 53)
#define NUMBERS	   3

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct repeat_word trimmed(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	while (at < end && is_blank(end[-1]))
		end--;
	return (struct repeat_word){at, (uint32_t)(end - at)};
}

bool repeat_begins(const char *text, uint32_t length, enum repeat_kind *kind,
		   struct repeat_word *arguments, uint32_t *size)
{
	static const char *const words[] = {
		[REPEAT_HEXADECIMAL] = "~SEQx", [REPEAT_SEQUENCE] = "~SEQ", [REPEAT_LIST] = "~LST"};
	static const enum repeat_kind order[] = {REPEAT_HEXADECIMAL, REPEAT_SEQUENCE, REPEAT_LIST};
	const char *end = text + length;
	const char *open, *close;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		size_t n = strlen(words[order[i]]);

		if (length < n || memcmp(text, words[order[i]], n) != 0)
			continue;
		for (open = text + n; open < end && is_blank(*open);)
			open++;
		if (open == end || *open != '(')
			continue;
		close = memchr(open, ')', (size_t)(end - open));
		*kind = order[i];
		*arguments = (struct repeat_word){close ? open + 1 : NULL,
						  close ? (uint32_t)(close - open) - 1 : 0};
		*size = close ? (uint32_t)(close - text) + 1 : length;
		return true;
	}
	return false;
}

/* Takes one item up to a comma outside braces; *at is NULL after the last. */
static struct repeat_word take(const char **at, const char *end)
{
	const char *start = *at;
	const char *stop = start;
	bool braces = false;

	while (stop < end && (*stop != ',' || braces)) {
		if (*stop == '{' || *stop == '}')
			braces = *stop == '{';
		stop++;
	}
	*at = stop < end ? stop + 1 : NULL;
	return trimmed(start, stop);
}

/* "A" or "{A, B}". Returns how many there are; more than there is room for count, too. */
static size_t take_tuple(struct repeat_word item, struct repeat_word words[REPEAT_NAMES_MAX])
{
	const char *at = item.text;
	const char *end = item.text + item.length;
	size_t n;

	if (item.length < 2 || *at != '{' || end[-1] != '}') {
		words[0] = item;
		return 1;
	}
	at++;
	end--;
	for (n = 0; at; n++) {
		struct repeat_word word = take(&at, end);

		if (n < REPEAT_NAMES_MAX)
			words[n] = word;
	}
	return n;
}

static bool take_number(struct repeat_word word, int64_t *number)
{
	char text[REPEAT_NUMBER];
	char *end;

	if (word.length == 0 || word.length >= sizeof(text) || is_blank(*word.text))
		return false;
	memcpy(text, word.text, word.length);
	text[word.length] = '\0';
	errno = 0;
	*number = strtoll(text, &end, 0);
	return errno == 0 && *end == '\0' && *number <= NUMBER_MAX && *number >= -NUMBER_MAX;
}

static const char *start_sequence(struct repeat *repeat)
{
	int64_t numbers[NUMBERS];
	size_t n = 0;

	while (repeat->at) {
		if (n == NUMBERS || !take_number(take(&repeat->at, repeat->end), &numbers[n]))
			return "expected ~SEQ(NAME[, START[, STEP]], END) with whole numbers";
		n++;
	}
	if (n == 0 || repeat->n_names != 1)
		return "expected ~SEQ(NAME[, START[, STEP]], END)";
	repeat->last = numbers[n - 1];
	repeat->next = repeat->last < 0 ? -1 : 1;
	if (n > 1)
		repeat->next = numbers[0];
	repeat->step = repeat->last < repeat->next ? -1 : 1;
	if (n == NUMBERS)
		repeat->step = numbers[1];
	if (repeat->step == 0 || (repeat->step > 0 && repeat->next > repeat->last) ||
	    (repeat->step < 0 && repeat->next < repeat->last))
		return "this sequence does not lead from its start to its end";
	return NULL;
}

const char *repeat_start(struct repeat *repeat, enum repeat_kind kind, struct repeat_word arguments)
{
	*repeat = (struct repeat){
		.kind = kind, .at = arguments.text, .end = arguments.text + arguments.length};
	repeat->n_names = take_tuple(take(&repeat->at, repeat->end), repeat->names);
	if (repeat->n_names > REPEAT_NAMES_MAX)
		return "more than 16 names";
	for (size_t i = 0; i < repeat->n_names; i++) {
		const struct repeat_word *name = &repeat->names[i];

		if (name->length == 0 || macro_name_length(name->text, name->length) < name->length)
			return "the first argument must be a name";
	}
	if (kind != REPEAT_LIST)
		return start_sequence(repeat);
	return repeat->at ? NULL : "expected ~LST(NAME, VALUE, ...)";
}

static bool next_number(struct repeat *repeat)
{
	int64_t number = repeat->next;
	int n;

	if (repeat->step > 0 ? number > repeat->last : number < repeat->last)
		return false;
	if (repeat->kind == REPEAT_HEXADECIMAL)
		n = snprintf(repeat->number, sizeof(repeat->number), "%s%" PRIx64,
			     number < 0 ? "-" : "", (uint64_t)(number < 0 ? -number : number));
	else
		n = snprintf(repeat->number, sizeof(repeat->number), "%" PRId64, number);
	if (n < 0 || n >= (int)sizeof(repeat->number))
		fatal("a number of a sequence has more than %zu digits", sizeof(repeat->number));
	repeat->values[0] = (struct repeat_word){repeat->number, (uint32_t)n};
	repeat->n_values = 1;
	repeat->next += repeat->step;
	return true;
}

bool repeat_next(struct repeat *repeat, const char **reason)
{
	*reason = NULL;
	if (repeat->kind != REPEAT_LIST)
		return next_number(repeat);
	if (!repeat->at)
		return false;
	memset(repeat->values, 0, sizeof(repeat->values));
	repeat->n_values = take_tuple(take(&repeat->at, repeat->end), repeat->values);
	if (repeat->n_values > repeat->n_names)
		*reason = "more values than names";
	return !*reason;
}
