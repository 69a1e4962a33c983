/*
 * Words that are no keyword where they stand: what is said about them.
 *
 * In this order a word may be one of the habits (habit.c), a macro that is not defined, a condition
 * in the middle of a line, a keyword of another block, a misspelt keyword of this one, or nothing
 * that is known.  What was most likely meant counts as given, so that it is not reported as missing
 * as well; and where nothing is known of a word, nothing of its block is.
 */
#include <string.h>

#include "conf/model/group.h"
#include "conf/model/parser.h"
#include "conf/table/habit.h"
#include "conf/text/suggest.h"
#include "core/base/text.h"

#define OTHERS_MAX 3 /* blocks that are named as the place where a keyword belongs */

static const struct keyword_entry *find(const struct parser *parser, enum block block,
					const struct token *word)
{
	return keyword_find(parser->index, block, word->text, word->length);
}

/* Whether a word is a keyword of a block; rows that mean the same in several names count once. */
static bool is_keyword_of(const struct parser *parser, size_t block, const struct token *word)
{
	const struct keyword_entry *entry = find(parser, (enum block)block, word);

	return entry && !(entry->row->flags & KEYWORD_MISNOMER) &&
	       (block == 0 || strcmp(block_type((enum block)block)->name,
				     block_type((enum block)(block - 1))->name) != 0);
}

#define OTHERS_SIZE 128

/* Where a word that is no keyword of this block would be one: the nearest block around this one, or
 * all that there are. NULL: nowhere. */
static const char *other_blocks(const struct parser *parser, const struct token *word,
				char text[OTHERS_SIZE])
{
	size_t used = 0;
	unsigned n = 0;

	for (const struct frame *outer = parser->frame->outer; outer; outer = outer->outer)
		if (find(parser, outer->block, word))
			return block_type(outer->block)->name;
	for (size_t block = 0; block < BLOCK_FIRST_LINE; block++) {
		if (!is_keyword_of(parser, block, word))
			continue;
		n++;
		int size = snprintf(text + used, OTHERS_SIZE - used, "%s%s", n > 1 ? " or " : "",
				    n > OTHERS_MAX ? "another block"
						   : block_type((enum block)block)->name);
		if (size < 0 || (size_t)size >= OTHERS_SIZE - used)
			return "another block";
		used += (size_t)size;
		if (n > OTHERS_MAX)
			break;
	}
	return n > 0 ? text : NULL;
}

/* Another name of a keyword that this block has by its first one only. */
static const char *same_meaning(const struct parser *parser, const struct token *word)
{
	for (size_t block = 0; block < BLOCK_FIRST_LINE; block++) {
		const struct keyword_entry *entry = find(parser, (enum block)block, word);

		if (!entry || !(entry->row->flags & KEYWORD_ALIAS))
			continue;
		const char *name = keyword_main(parser->index, entry)->name;
		if (keyword_find(parser->index, parser->frame->block, name, strlen(name)))
			return name;
	}
	return NULL;
}

/* Whether a word is of a block that the first word here was a keyword of, too: whoever took one
 * block for another has made one mistake. */
static bool is_foreign_again(const struct parser *parser, const struct token *word)
{
	const struct token *foreign = &parser->frame->foreign;

	if (foreign->length == 0)
		return false;
	for (size_t block = 0; block < BLOCK_FIRST_LINE; block++)
		if (is_keyword_of(parser, block, foreign) && find(parser, (enum block)block, word))
			return true;
	return false;
}

/* Whether a word belongs in a block within this one, whose keyword and braces are missing. */
static bool is_of_inner_block(const struct parser *parser, const struct token *word)
{
	size_t count;
	const struct keyword_entry *entries =
		keyword_entries(parser->index, parser->frame->block, &count);

	for (size_t i = 0; i < count; i++)
		if (entries[i].row->type == &value_block &&
		    find(parser, entries[i].row->block, word))
			return true;
	return false;
}

static void count_as_misplaced(struct parser *parser, const struct token *word)
{
	struct frame *frame = parser->frame;

	frame->misplaced = true;
	if (frame->known && !is_of_inner_block(parser, word))
		return;
	frame->foreign = *word;
	frame->foreign.text = token_text(&parser->in, word);
	if (!frame->known)
		frame->tried = UINT64_MAX; /* of another block nothing is missed */
}

/* A misspelt keyword is not missed as well. */
static void count_as_tried(struct parser *parser, const char *name, size_t length)
{
	const struct keyword_entry *entry =
		keyword_find(parser->index, parser->frame->block, name, length);

	if (parser->lenient)
		return;
	if (!entry)
		parser->frame->tried = UINT64_MAX; /* it may be any of them */
	else if (entry->bit != KEYWORD_NO_BIT)
		parser->frame->tried |= UINT64_C(1) << entry->bit;
	else if (entry->row->type->braces)
		parser->frame->tried = UINT64_MAX;
}

void parser_complain_unknown(struct parser *parser, const struct token *word,
			     enum diagnostic_severity severity, const char *code, const char *what)
{
	struct place place = reader_place(&parser->in, word);
	const char *near =
		keyword_suggest(parser->index, parser->frame->block, word->text, word->length);
	const char *here = block_type(parser->frame->block)->name;
	const char *same = same_meaning(parser, word);
	char shown[TOKEN_SHOWN_SIZE], others[OTHERS_SIZE];
	const char *other = same ? NULL : other_blocks(parser, word, others);
	near = same ? same : near;
	/* What a single letter makes a keyword of this block does not belong in another one. */
	if (near && suggest_distance(word->text, word->length, near, strlen(near), 1) <= 1)
		other = NULL;

	token_shown(word, shown);
	if (parser->in.expander && expander_lacks(parser->in.expander, word->text, word->length)) {
		reader_complain(&parser->in, severity, place, "undefined-macro",
				"%s %s in %s: no such macro is defined before this line", what,
				shown, here);
	} else if (parser->in.expander && word->length > 1 && *word->text == '@' && !word->quoted) {
		reader_complain(&parser->in, severity, place, "misplaced-condition",
				"%s %s in %s: a condition must stand at the beginning of its line",
				what, shown, here);
	} else if (other) {
		if (severity == DIAGNOSTIC_ERROR && is_foreign_again(parser, word))
			return;
		reader_complain(&parser->in, severity, place, "misplaced-keyword",
				"%s %s in %s; it belongs in %s", what, shown, here, other);
		if (severity == DIAGNOSTIC_ERROR)
			count_as_misplaced(parser, word);
	} else if (near) {
		reader_complain(&parser->in, severity, place, code,
				"%s %s in %s; did you mean '%s'?", what, shown, here, near);
		diagnostics_suggest(parser->in.diagnostics, near);
		if (severity == DIAGNOSTIC_ERROR)
			count_as_tried(parser, near, strlen(near));
	} else {
		reader_complain(&parser->in, severity, place, code,
				word->first ? "%s %s in %s"
					    : "%s %s in %s; a comment begins with '#'",
				what, shown, here);
		if (severity == DIAGNOSTIC_ERROR)
			parser->frame->tried = UINT64_MAX; /* it may be any of them */
	}
}

bool parser_is_habit(struct parser *parser, enum diagnostic_severity severity)
{
	struct token keyword;

	if (!habit_unknown(&parser->in, severity, &keyword))
		return group_without_block(parser, severity);
	if (keyword.length > 0)
		count_as_tried(parser, keyword.text, keyword.length);
	return true;
}

bool parser_has_remark(const struct parser *parser)
{
	const struct token *word = &parser->in.next;

	return reader_has_word(&parser->in) && !word->first && !word->quoted &&
	       habit_is_remark(word->text, word->length);
}

bool parser_pass_remark(struct parser *parser)
{
	const struct token *word = &parser->in.next;

	if (!reader_has_word(&parser->in) || word->quoted || word->expansion == 0 ||
	    word->length == 0 || !strchr("#!", *word->text))
		return false;
	reader_skip_line(&parser->in);
	return true;
}

void parser_unknown(struct parser *parser, const char *code, const char *what)
{
	bool harmless = (parser->lenient && !reader_has_placeholder(&parser->in)) ||
			parser_has_remark(parser);
	enum diagnostic_severity severity = harmless ? DIAGNOSTIC_WARNING : DIAGNOSTIC_ERROR;

	parser->refused_unknown |= !harmless;
	if (!parser_is_habit(parser, severity))
		parser_complain_unknown(parser, &parser->in.next, severity, code, what);
}
