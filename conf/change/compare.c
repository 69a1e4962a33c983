/*
 * The steps of a comparison (changes.c): lists of objects are matched by identity with a hash, then
 * what matched is compared member by member along the rows of the keyword tables, so a new keyword
 * is reported without being mentioned here.  An object that came or went is one change, whatever is
 * in it.
 *
 * What no member of the model holds (unsupported.h), statements that have no effect here, are
 * compared as a list, too, so that somebody who changed one is not told that nothing has changed:
 * those that say the same are the same, and what remains is told by its keyword, the old ones and
 * the new ones of one keyword paired in their order.
 */
#include "conf/change/compare.h"

#include <ctype.h>
#include <string.h>

#include "conf/model/unsupported.h"
#include "conf/table/value.h"
#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/log.h"

static void add(struct search *search, const struct change *change)
{
	vector_add(&search->found, sizeof(*change), change);
}

/* ---- texts ---- */

FILE *compare_print(struct search *search)
{
	rewind(search->print);
	return search->print;
}

const char *compare_printed(struct search *search, const char *empty)
{
	size_t length = (size_t)ftell(search->print);

	if (fflush(search->print) != 0)
		fatal("out of memory");
	return length > 0 ? arena_strndup(search->arena, search->text, length) : empty;
}

static const char *value_text(struct search *search, const struct keyword *row, const void *member)
{
	const char *unit = row->type == &value_seconds ? "s" : row->unit;

	if (row->type == &value_flag)
		return *(const bool *)member ? "yes" : "no";
	if (!value_is_set(row, member))
		return "none";
	value_print(row, member, false, compare_print(search));
	const char *text = compare_printed(search, " yes") + 1;	    /* given, without a word */
	if (unit && isdigit((unsigned char)text[strlen(text) - 1])) /* "off" has none */
		text = arena_printf(search->arena, "%s %s", text, unit);
	return text;
}

/* "yes" for a statement without words, "{ ... }" for a block's inside. */
static const char *statement_text(struct search *search, const struct statement *statement)
{
	if (!statement)
		return "none";
	value_print_text(statement->text, statement->secret, false, compare_print(search));
	if (statement->body)
		fputs(" { ... }", search->print);
	return compare_printed(search, " yes") + 1; /* without the blank */
}

/* ---- two objects ---- */

void compare_texts(struct search *search, const struct change *like, const char *word,
		   const char *a, const char *b)
{
	struct change change = *like;

	if (strcmp(a, b) == 0)
		return;
	change.word = word;
	change.old_value = a;
	change.new_value = b;
	add(search, &change);
}

void compare_members(struct search *search, const struct change *like, enum block block,
		     size_t size, const void *a, const void *b)
{
	struct change change = *like;
	uint16_t offset;
	size_t at = 0;

	while ((change.row = block_member(block, size, &at, &offset))) {
		const char *left = (const char *)a + offset, *right = (const char *)b + offset;

		if (value_equal(change.row, left, right))
			continue;
		change.word = change.row->name;
		change.old_value = value_text(search, change.row, left);
		change.new_value = value_text(search, change.row, right);
		add(search, &change);
	}
}

static uint64_t unsupported_hash(uint64_t hash, const struct unsupported *unsupported)
{
	for (size_t i = 0; unsupported && i < unsupported->n_statements; i++) {
		const struct statement *statement = &unsupported->statements[i];

		hash = hash_number(hash, (uintptr_t)statement->row);
		hash = hash_bytes(hash, statement->text, strlen(statement->text) + 1);
		hash = unsupported_hash(hash_number(hash, statement->body != NULL),
					statement->body);
	}
	return hash;
}

static struct match_key statement_key(const void *object)
{
	const struct statement *statement = object;

	return (struct match_key){
		.pointer = statement->row,
		.text = statement->text,
		.numbers = {statement->body != NULL, unsupported_hash(HASH_SEED, statement->body)}};
}

static struct match_key row_key(const void *object)
{
	return (struct match_key){.pointer = ((const struct statement *)object)->row};
}

static struct objects statements_of(const struct unsupported *unsupported)
{
	return (struct objects){unsupported ? unsupported->statements : NULL,
				unsupported ? unsupported->n_statements : 0,
				sizeof(struct statement)};
}

/* At least one of the two is there. */
static void add_statement(struct search *search, const struct change *like,
			  const struct statement *before, const struct statement *after)
{
	const struct statement *either = before ? before : after;
	struct change change = *like;

	change.row = either->row;
	change.word = change.row ? change.row->name : "entry";
	change.old_value = statement_text(search, before);
	change.new_value = statement_text(search, after);
	if (strcmp(change.old_value, change.new_value) == 0)
		change.new_value = "another one"; /* a secret, or within its block */
	add(search, &change);
}

static void compare_unsupported(struct search *search, const struct change *like,
				const struct unsupported *before, const struct unsupported *after)
{
	const struct objects old = statements_of(before), new = statements_of(after);

	if (unsupported_equal(before, after))
		return;
	struct matching matching =
		match(&old, &new, (match_key_fn *const[]){statement_key, row_key, NULL});
	for (size_t i = 0; i < old.count; i++) {
		const struct statement *left = &before->statements[i], *right = NULL;

		if (matching.of_old[i] != MATCH_NONE)
			right = &after->statements[matching.of_old[i]];
		if (!right || strcmp(left->text, right->text) != 0 || !left->body != !right->body ||
		    !unsupported_equal(left->body, right->body))
			add_statement(search, like, left, right);
	}
	for (size_t i = 0; i < new.count; i++)
		if (matching.of_new[i] == MATCH_NONE)
			add_statement(search, like, NULL, &after->statements[i]);
	matching_free(&matching);
	for (size_t i = 0; (before && i < before->n_parts) || (after && i < after->n_parts); i++)
		compare_unsupported(search, like, unsupported_part(before, i),
				    unsupported_part(after, i));
}

void compare_pair(struct search *search, const struct compare_kind *kind, const struct change *like,
		  const void *a, const void *b)
{
	if (kind->head)
		kind->head(search, like, a, b);
	for (size_t i = 0; i < 3 && kind->blocks[i] != BLOCK_ROOT; i++)
		compare_members(search, like, kind->blocks[i], kind->size, a, b);
	if (kind->unsupported > 0)
		compare_unsupported(
			search, like,
			*(const struct unsupported *const *)((const char *)a + kind->unsupported),
			*(const struct unsupported *const *)((const char *)b + kind->unsupported));
	if (kind->parts)
		kind->parts(search, like, a, b);
}

/* ---- two lists ---- */

static void set_place(struct change_place *place, const struct compare_kind *kind,
		      const struct objects *objects, uint32_t at)
{
	uint32_t index = at;

	if (kind->index && at != MATCH_NONE)
		index = kind->index(object_at(objects, at));
	if (kind->object == CHANGE_OF_CHECK)
		place->target = index;
	else if (kind->object == CHANGE_OF_ADDRESS || kind->object == CHANGE_OF_PEER ||
		 kind->object == CHANGE_OF_SERVER)
		place->part = index;
	else
		place->owner = index;
}

void compare_list(struct search *search, const struct compare_kind *kind, const struct change *like,
		  const struct objects *before, const struct objects *after)
{
	struct matching matching = match(before, after, kind->keys);
	struct change change = *like;

	change.object = kind->object;
	for (uint32_t i = 0; i < before->count; i++) {
		uint32_t to = matching.of_old[i];

		set_place(&change.before, kind, before, i);
		set_place(&change.after, kind, after, to);
		change.kind = to == MATCH_NONE ? CHANGE_REMOVED : CHANGE_VALUE;
		if (to == MATCH_NONE)
			add(search, &change);
		else
			compare_pair(search, kind, &change, object_at(before, i),
				     object_at(after, to));
	}
	change.kind = CHANGE_ADDED;
	set_place(&change.before, kind, before, MATCH_NONE);
	for (uint32_t i = 0; i < after->count; i++) {
		set_place(&change.after, kind, after, i);
		if (matching.of_new[i] == MATCH_NONE)
			add(search, &change);
	}
	matching_free(&matching);
}
