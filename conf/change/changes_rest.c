/*
 * Comparison of what no member of the model holds (rest.h, changes.c): statements that have no
 * effect here, reported so that somebody who changed one is not told that nothing has changed.
 *
 * Statements are the same if they say the same.  What remains is told by its keyword, the old ones
 * and the new ones of one keyword paired in their order.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/change/changes_parts.h"
#include "conf/model/unsupported.h"
#include "conf/table/value.h"
#include "core/base/arena.h"
#include "core/base/log.h"

static size_t count_of(const struct unsupported *rest)
{
	return rest ? rest->n_statements : 0;
}

static bool same_statement(const struct statement *a, const struct statement *b)
{
	return a->row == b->row && strcmp(a->text, b->text) == 0 && !a->body == !b->body &&
	       unsupported_equal(a->body, b->body);
}

/* "yes" for a statement without words, "{ ... }" for a block's inside. */
static const char *statement_text(struct search *search, const struct statement *statement)
{
	size_t length;

	if (!statement)
		return "none";
	rewind(search->print);
	value_print_text(statement->text, statement->secret, false, search->print);
	if (statement->body)
		fputs(" { ... }", search->print);
	length = (size_t)ftell(search->print);
	if (fflush(search->print) != 0)
		fatal("out of memory");
	return length > 1 ? arena_strndup(search->arena, search->text + 1, length - 1) : "yes";
}

/* The first one of that row that is not matched, which it is from now on; NULL: none. */
static const struct statement *match_row(const struct unsupported *rest, bool *matched,
					 const struct keyword *row)
{
	for (size_t i = 0; i < count_of(rest); i++) {
		if (matched[i] || rest->statements[i].row != row)
			continue;
		matched[i] = true;
		return &rest->statements[i];
	}
	return NULL;
}

/* At least one of the two is there. */
static void report(struct search *search, const struct change *like, const struct keyword *row,
		   const struct statement *before, const struct statement *after)
{
	struct change change = *like;

	change.row = row;
	change.word = change.row ? change.row->name : "entry";
	change.old_value = statement_text(search, before);
	change.new_value = statement_text(search, after);
	if (before && after && strcmp(change.old_value, change.new_value) == 0)
		change.new_value = "another one"; /* a secret, or within its block */
	compare_add(search, &change);
}

static void report_unmatched(struct search *search, const struct change *like,
			     const struct unsupported *before, const struct unsupported *after,
			     const bool *old_matched, bool *new_matched)
{
	for (size_t i = 0; i < count_of(before); i++) {
		const struct keyword *row = before->statements[i].row;

		if (!old_matched[i])
			report(search, like, row, &before->statements[i],
			       match_row(after, new_matched, row));
	}
	for (size_t i = 0; i < count_of(after); i++)
		if (!new_matched[i])
			report(search, like, after->statements[i].row, NULL, &after->statements[i]);
}

/* Mostly the same in the same order: then this is one look at each. */
static void match_statements(const struct unsupported *before, const struct unsupported *after,
			     bool *old_matched, bool *new_matched)
{
	size_t expected = 0;

	for (size_t i = 0; i < count_of(before); i++) {
		for (size_t tried = 0; tried < count_of(after); tried++) {
			size_t j = (expected + tried) % count_of(after);

			if (new_matched[j] ||
			    !same_statement(&before->statements[i], &after->statements[j]))
				continue;
			old_matched[i] = new_matched[j] = true;
			expected = j + 1;
			break;
		}
	}
}

void compare_rests(struct search *search, const struct change *like,
		   const struct unsupported *before, const struct unsupported *after)
{
	bool *old_matched, *new_matched;

	if (unsupported_equal(before, after))
		return;
	old_matched = calloc(count_of(before) + 1, sizeof(bool));
	new_matched = calloc(count_of(after) + 1, sizeof(bool));
	if (!old_matched || !new_matched)
		fatal("out of memory");
	match_statements(before, after, old_matched, new_matched);
	report_unmatched(search, like, before, after, old_matched, new_matched);
	free(old_matched);
	free(new_matched);
	for (size_t i = 0; (before && i < before->n_parts) || (after && i < after->n_parts); i++)
		compare_rests(search, like, unsupported_part(before, i),
			      unsupported_part(after, i));
}
