/*
 * The rest of objects (rest.h): collected while their blocks are read, and compared.
 *
 * Blocks nest, so their statements are collected on one stack: a block's own lie above those of the
 * blocks around it, and are taken off when it ends.  What was taken is interned as bytes, which
 * works from the inside out, since a list holds only pointers to interned bytes: a hundred thousand
 * checks with the same `warmup` share one list.
 *
 * A value that is given again replaces the earlier one, as a member's would, in constant time: for
 * each row the place of its last statement is remembered, and counts while that is still there.
 */
#include "conf/model/rest.h"

#include <stdlib.h>
#include <string.h>

#include "conf/model/parse.h"
#include "conf/table/value.h"
#include "core/base/arena.h"
#include "core/base/log.h"

/* Any value, while it is checked and written in canonical form. */
union any_value {
	int64_t number;
	const char *texts[2];
	struct address address;
	uint8_t bytes[64];
};

static struct statement *stack_of(struct parser *parser)
{
	return parser->rest.stack.items;
}

void rest_parser_start(struct parser *parser)
{
	struct rest_parser *rest = &parser->rest;

	rest->out = open_memstream(&rest->text, &rest->size);
	rest->last = calloc(keyword_count(parser->index), sizeof(*rest->last));
	if (!rest->out || !rest->last)
		fatal("out of memory for statements");
}

void rest_parser_finish(struct parser *parser)
{
	struct rest_parser *rest = &parser->rest;

	fclose(rest->out);
	free(rest->text);
	free(rest->last);
	vector_free(&rest->stack);
}

FILE *rest_text_begin(struct parser *parser)
{
	rewind(parser->rest.out);
	return parser->rest.out;
}

const char *rest_text_end(struct parser *parser)
{
	struct rest_parser *rest = &parser->rest;

	if (fflush(rest->out) != 0)
		fatal("out of memory for a statement");
	return intern_text(parser->intern, rest->text, rest->size);
}

const char *rest_words(struct parser *parser, size_t most)
{
	FILE *out = rest_text_begin(parser);
	size_t count;

	for (count = 0; parser->next.kind == TOKEN_WORD && count < most; count++) {
		value_print_bytes(parser->next.text, parser->next.length, out);
		parser_advance(parser);
	}
	return rest_text_end(parser);
}

const char *rest_word(struct parser *parser, const char *word)
{
	value_print_word(word, rest_text_begin(parser));
	return rest_text_end(parser);
}

/* Where the last word of a text begins, after its blank. */
static size_t last_word(const char *text)
{
	bool quoted = false;
	size_t i, at = 0;

	for (i = 0; text[i]; i++) {
		quoted ^= text[i] == '"';
		if (text[i] == ' ' && !quoted)
			at = i + 1;
	}
	return at;
}

/* The place of this row's statement in the innermost block, or the stack's end. */
static size_t find_statement(struct parser *parser, const struct keyword_entry *entry)
{
	const struct vector *stack = &parser->rest.stack;
	size_t at = parser->rest.last[entry->main];

	if (at >= parser->frame->rest_at && at < stack->count &&
	    stack_of(parser)[at].row == keyword_main(parser->index, entry))
		return at;
	return stack->count;
}

void rest_add(struct parser *parser, const struct keyword_entry *entry, const char *text,
	      const struct rest *body)
{
	const struct keyword *row = keyword_main(parser->index, entry);
	struct statement statement = {.row = row, .text = text, .body = body};

	if (row->type == VALUE_PASSWORD || (row->flags & KEYWORD_SECRET))
		statement.secret = last_word(text);
	parser->rest.last[entry->main] = (uint32_t)parser->rest.stack.count;
	vector_add(&parser->rest.stack, sizeof(statement), &statement);
}

/* Adds a statement, or puts it in the place of an earlier one. */
static void add_or_replace(struct parser *parser, const struct token *keyword,
			   const struct keyword_entry *entry, const char *text,
			   const struct rest *body)
{
	size_t at = find_statement(parser, entry);

	if (at == parser->rest.stack.count || (entry->row->flags & KEYWORD_MANY)) {
		rest_add(parser, entry, text, body);
		return;
	}
	parser_warn_again(parser, keyword, entry->row);
	if (entry->row->type == VALUE_COMMAND)
		return;
	stack_of(parser)[at].text = text;
	stack_of(parser)[at].body = body;
}

void rest_add_line(struct parser *parser, const struct token *keyword,
		   const struct keyword_entry *entry, const struct rest *items)
{
	add_or_replace(parser, keyword, entry, "", items);
}

bool rest_value(struct parser *parser, const struct token *keyword,
		const struct keyword_entry *entry, bool *wanted)
{
	const struct keyword *main = keyword_main(parser->index, entry);
	struct keyword row = *entry->row;
	union any_value value = {0};
	const char *text;
	FILE *out;

	row.size = sizeof(value.number);
	*wanted = true;
	if (row.absent && !*row.absent && !value_follows(parser)) {
		text = "";
	} else {
		if (!value_read(parser, keyword, &row, &value))
			return false;
		*wanted = row.type != VALUE_COMMAND || value_is_set(&row, &value);
		if (!*wanted)
			return true;	     /* an empty command */
		row.choices = main->choices; /* written by the name it is kept under */
		out = rest_text_begin(parser);
		value_print(&row, &value, true, out);
		text = rest_text_end(parser);
		*wanted = row.type != VALUE_BOOL || value.number != 0;
	}
	add_or_replace(parser, keyword, entry, text, NULL);
	return true;
}

void rest_item(struct parser *parser, const char *text, bool secret, const struct rest *body)
{
	struct statement statement = {.text = text, .secret = secret, .body = body};

	vector_add(&parser->rest.stack, sizeof(statement), &statement);
}

bool rest_head(struct parser *parser, const struct token *keyword, const struct keyword *head,
	       const char *name)
{
	struct keyword row = *head;
	union any_value value = {0};
	FILE *out;

	row.name = name;
	row.size = sizeof(value.number);
	if (!value_read(parser, keyword, &row, &value))
		return false;
	out = rest_text_begin(parser);
	value_print(&row, &value, true, out);
	rest_item(parser, rest_text_end(parser), head->flags & KEYWORD_SECRET, NULL);
	return true;
}

const struct rest *rest_take(struct parser *parser, size_t from)
{
	struct vector *stack = &parser->rest.stack;
	size_t n = stack->count - from;
	struct rest rest = {.n_statements = n};

	if (n == 0)
		return NULL;
	rest.statements =
		intern_bytes(parser->intern, stack_of(parser) + from, n * sizeof(struct statement));
	stack->count = from;
	return intern_bytes(parser->intern, &rest, sizeof(rest));
}

void rest_put_back(struct parser *parser, enum block block, const struct rest *rest)
{
	size_t i;

	for (i = 0; rest && i < rest->n_statements; i++) {
		const struct statement *statement = &rest->statements[i];
		const char *name = statement->row->name;

		rest_add(parser, keyword_find(parser->index, block, name, strlen(name)),
			 statement->text, statement->body);
	}
}

const struct rest *rest_with_parts(struct parser *parser, const struct rest *rest,
				   const struct rest *const *parts, size_t n_parts)
{
	struct rest whole = {0};
	size_t i;

	for (i = 0; i < n_parts && !parts[i]; i++)
		continue;
	if (i == n_parts)
		return rest;
	if (rest)
		whole = *rest;
	whole.parts = intern_bytes(parser->intern, parts, n_parts * sizeof(*parts));
	whole.n_parts = n_parts;
	return intern_bytes(parser->intern, &whole, sizeof(whole));
}

const struct rest *rest_part(const struct rest *rest, size_t index)
{
	return rest && index < rest->n_parts ? rest->parts[index] : NULL;
}

bool rest_equal(const struct rest *a, const struct rest *b)
{
	size_t i;

	if (!a || !b)
		return a == b;
	if (a->n_statements != b->n_statements || a->n_parts != b->n_parts)
		return false;
	for (i = 0; i < a->n_statements; i++) {
		const struct statement *left = &a->statements[i];
		const struct statement *right = &b->statements[i];

		if (left->row != right->row || strcmp(left->text, right->text) != 0 ||
		    !left->body != !right->body || !rest_equal(left->body, right->body))
			return false;
	}
	for (i = 0; i < a->n_parts; i++) {
		if (!rest_equal(a->parts[i], b->parts[i]))
			return false;
	}
	return true;
}
