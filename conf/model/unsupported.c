/*
 * Unsupported statements (unsupported.h): collected while their blocks are read, and compared.
 *
 * Blocks nest, so their statements are collected on one stack: a block's own lie above those of the
 * blocks around it, and are taken off when it ends.  What was taken is interned as bytes, which
 * works from the inside out, since a list holds only pointers to interned bytes: a hundred thousand
 * checks with the same `warmup` share one list.
 *
 * A value that is given again replaces the earlier one, as a member's would, in constant time: for
 * each row the place of its last statement is remembered, and counts while that is still there.
 */
#include "conf/model/unsupported.h"

#include <string.h>

#include "conf/model/parser.h"

/* Any value, while it is checked and written in canonical form. */
union any_value {
	int64_t number;
	const char *texts[2];
	struct address address;
	struct hmac_key_conf key;
};

static struct statement *stack_of(struct parser *parser)
{
	return parser->statements.stack.items;
}

const char *unsupported_words(struct parser *parser, size_t most)
{
	FILE *out = reader_text_begin(&parser->in);

	for (size_t count = 0; reader_has_word(&parser->in) && count < most; count++) {
		value_print_bytes(parser->in.next.text, parser->in.next.length, out);
		reader_advance(&parser->in);
	}
	return reader_text_end(&parser->in);
}

/* Where the last word of a text begins, after its blank. */
static size_t last_word(const char *text)
{
	bool quoted = false;
	size_t at = 0;

	for (size_t i = 0; text[i]; i++) {
		quoted ^= text[i] == '"';
		if (text[i] == ' ' && !quoted)
			at = i + 1;
	}
	return at;
}

void unsupported_add(struct parser *parser, const struct keyword_entry *entry, const char *text,
		     const struct unsupported *body)
{
	const struct keyword *row = keyword_main(parser->index, entry);
	struct statement statement = {.row = row, .text = text, .body = body};

	if (keyword_is_secret(row))
		statement.secret = last_word(text);
	parser->statements.last[entry->main] = (uint32_t)parser->statements.stack.count;
	vector_add(&parser->statements.stack, sizeof(statement), &statement);
}

/* Adds a statement, or puts it in the place of an earlier one of the innermost block. */
static void add_or_replace(struct parser *parser, const struct token *keyword,
			   const struct keyword_entry *entry, const char *text,
			   const struct unsupported *body)
{
	size_t at = parser->statements.last[entry->main];

	if (at < parser->frame->statements_at || at >= parser->statements.stack.count ||
	    stack_of(parser)[at].row != keyword_main(parser->index, entry) ||
	    (entry->row->flags & KEYWORD_MANY)) {
		unsupported_add(parser, entry, text, body);
		return;
	}
	parser_warn_again(parser, keyword, entry->row);
	if (entry->row->type == &value_command)
		return;
	stack_of(parser)[at].text = text;
	stack_of(parser)[at].body = body;
}

void unsupported_line(struct parser *parser, const struct token *keyword,
		      const struct keyword_entry *entry, const struct unsupported *items)
{
	add_or_replace(parser, keyword, entry, "", items);
}

static const char *value_text(struct parser *parser, const struct keyword *row, const void *value)
{
	value_print(row, value, true, reader_text_begin(&parser->in));
	return reader_text_end(&parser->in);
}

bool unsupported_value(struct parser *parser, const struct token *keyword,
		       const struct keyword_entry *entry, bool *wanted)
{
	struct keyword row = *entry->row;
	union any_value value = {0};
	const char *text = "";

	row.size = sizeof(value.number);
	*wanted = true;
	if (!row.absent || *row.absent || value_follows(&parser->in)) {
		if (!value_read(&parser->in, keyword, &row, &value))
			return false;
		*wanted = row.type != &value_command || value_is_set(&row, &value);
		if (!*wanted)
			return true; /* an empty command */
		/* written by the name it is kept under */
		row.choices = keyword_main(parser->index, entry)->choices;
		text = value_text(parser, &row, &value);
		*wanted = row.type != &value_bool || value.number != 0;
	}
	add_or_replace(parser, keyword, entry, text, NULL);
	return true;
}

void unsupported_item(struct parser *parser, const char *text, bool secret,
		      const struct unsupported *body)
{
	struct statement statement = {.text = text, .secret = secret, .body = body};

	vector_add(&parser->statements.stack, sizeof(statement), &statement);
}

bool unsupported_head(struct parser *parser, const struct token *keyword,
		      const struct keyword *head, const char *name)
{
	struct keyword row = *head;
	union any_value value = {0};

	row.name = name;
	row.size = sizeof(value.number);
	row.absent = NULL; /* a word is there, though it may be empty */
	if (!value_read(&parser->in, keyword, &row, &value))
		return false;
	unsupported_item(parser, value_text(parser, &row, &value), head->flags & KEYWORD_SECRET,
			 NULL);
	return true;
}

const struct unsupported *unsupported_take(struct parser *parser, size_t from)
{
	struct vector *stack = &parser->statements.stack;
	size_t n = stack->count - from;
	struct unsupported taken = {.n_statements = n};

	if (n == 0)
		return NULL;
	taken.statements = intern_bytes(parser->in.intern, stack_of(parser) + from,
					n * sizeof(struct statement));
	stack->count = from;
	return intern_bytes(parser->in.intern, &taken, sizeof(taken));
}

void unsupported_put_back(struct parser *parser, enum block block, const struct unsupported *of)
{
	for (size_t i = 0; of && i < of->n_statements; i++) {
		const struct statement *statement = &of->statements[i];
		const char *name = statement->row->name;

		unsupported_add(parser, keyword_find(parser->index, block, name, strlen(name)),
				statement->text, statement->body);
	}
}

const struct unsupported *unsupported_with_parts(struct parser *parser,
						 const struct unsupported *of,
						 const struct unsupported *const *parts,
						 size_t n_parts)
{
	struct unsupported whole = {0};
	size_t i = 0;

	while (i < n_parts && !parts[i])
		i++;
	if (i == n_parts)
		return of;
	if (of)
		whole = *of;
	whole.parts = intern_bytes(parser->in.intern, parts, n_parts * sizeof(*parts));
	whole.n_parts = n_parts;
	return intern_bytes(parser->in.intern, &whole, sizeof(whole));
}

const struct unsupported *unsupported_part(const struct unsupported *of, size_t index)
{
	return of && index < of->n_parts ? of->parts[index] : NULL;
}

const char *unsupported_text(const struct unsupported *of, const char *name)
{
	for (size_t i = 0; of && i < of->n_statements; i++)
		if (of->statements[i].row && strcmp(of->statements[i].row->name, name) == 0)
			return of->statements[i].text;
	return NULL;
}

bool unsupported_equal(const struct unsupported *a, const struct unsupported *b)
{
	if (!a || !b)
		return a == b;
	if (a->n_statements != b->n_statements || a->n_parts != b->n_parts)
		return false;
	for (size_t i = 0; i < a->n_statements; i++) {
		const struct statement *left = &a->statements[i], *right = &b->statements[i];

		if (left->row != right->row || strcmp(left->text, right->text) != 0 ||
		    !unsupported_equal(left->body, right->body))
			return false;
	}
	for (size_t i = 0; i < a->n_parts; i++)
		if (!unsupported_equal(a->parts[i], b->parts[i]))
			return false;
	return true;
}
