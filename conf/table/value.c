/*
 * Values: what stands after a keyword, read and written by the type of its row.
 *
 * A reader takes exactly the words that belong to its keyword, from the same line, and leaves the
 * next word to the parser: so several statements may share a line.  One that does not get what it
 * expects reports it at the offending word, or at the keyword where there is no word, and says
 * what it wants.  Values are stored through the member's offset and size in the row.  The printer
 * (print.c) and the comparison (conf/change) use the other half of each type.
 */
#include "conf/table/value.h"

#include <string.h>

#include "conf/table/choice.h"
#include "conf/table/habit.h"
#include "conf/text/include.h"
#include "core/base/log.h"
#include "core/base/text.h"

bool value_follows(const struct reader *reader)
{
	return reader_has_word(reader) && reader->next.length > 0 &&
	       (reader->next.quoted || !habit_is_remark(reader->next.text, reader->next.length)) &&
	       !reader->user->is_keyword(reader->context, reader->next.text, reader->next.length);
}

bool value_put(void *member, const void *value, size_t size)
{
	if (member)
		memcpy(member, value, size);
	return true;
}

bool value_take(struct reader *reader, void *member, const void *value, size_t size)
{
	reader_advance(reader);
	return value_put(member, value, size);
}

const char *value_expected(const struct keyword *row, char text[VALUE_EXPECTED_SIZE])
{
	const struct choice *choice = row->choices;

	if (choice) {
		text_print(text, VALUE_EXPECTED_SIZE, "one of %s", choice->name);
		while ((++choice)->name &&
		       strlen(text) + strlen(choice->name) + 3 < VALUE_EXPECTED_SIZE)
			text_append(text, VALUE_EXPECTED_SIZE, ", %s", choice->name);
		return text;
	}
	if (row->form)
		return row->form->expected;
	if (!row->type->expect)
		return row->type->expected;
	row->type->expect(row, text);
	return text;
}

bool value_unwanted(struct reader *reader, const struct token *keyword, const struct keyword *row,
		    void *member)
{
	char expected[VALUE_EXPECTED_SIZE], shown[TOKEN_SHOWN_SIZE], hint[64] = "";
	const char *near = choice_near(row->choices, &reader->next);

	(void)member;
	if (!reader_has_word(reader)) {
		reader_error(reader, keyword, "missing-value", "'%s' needs a value: expected %s",
			     row->name, value_expected(row, expected));
		return false;
	}
	if (habit_value(reader, row))
		return false;
	if (near)
		text_print(hint, sizeof(hint), "; did you mean '%s'?", near);
	reader_error(reader, &reader->next, "bad-value", "%s: expected %s, not %s%s", row->name,
		     value_expected(row, expected),
		     keyword_is_secret(row) ? "this" : token_shown(&reader->next, shown), hint);
	if (near)
		diagnostics_suggest(reader->diagnostics, near);
	return false;
}

bool value_read(struct reader *reader, const struct token *keyword, const struct keyword *row,
		void *member)
{
	/* Many values may be any text, but that of a template is none of them. */
	if (reader_has_placeholder(reader) && row->type != &value_flag)
		return value_unwanted(reader, keyword, row, member);
	if (row->absent && !value_follows(reader)) {
		if (*row->absent)
			value_read_text(reader, row, row->absent, member);
		return true;
	}
	if (reader_has_word(reader) && row->type != &value_flag &&
	    habit_separator(reader, keyword)) {
		if (reader_has_word(reader))
			row->type->read(reader, keyword, row, member);
		return false;
	}
	return row->type->read(reader, keyword, row, member);
}

void value_read_text(struct reader *reader, const struct keyword *row, const char *text,
		     void *member)
{
	struct lexer *lexer = reader->lexer;
	struct token next = reader->next;
	struct keyword plain = *row;
	struct lexer inner;

	lexer_start(&inner, row->name, text, strlen(text), reader->scratch, reader->diagnostics);
	plain.absent = NULL;
	reader->lexer = &inner;
	reader->next = lexer_next(&inner);
	if (!value_read(reader, &reader->next, &plain, member))
		fatal("the default '%s' of '%s' is not valid", text, row->name);
	reader->lexer = lexer;
	reader->next = next;
}

bool value_is_set(const struct keyword *row, const void *member)
{
	const unsigned char *bytes = member;

	if (row->type->is_set)
		return row->type->is_set(row, member);
	for (size_t i = 0; i < row->size; i++)
		if (bytes[i] != 0)
			return true;
	return false;
}

void value_print(const struct keyword *row, const void *member, bool secrets, FILE *out)
{
	if (row->type == &value_password && !secrets)
		value_print_word(VALUE_MASK, out);
	else if (row->type->print)
		row->type->print(row, member, out);
}

bool value_equal(const struct keyword *row, const void *a, const void *b)
{
	return row->type->equal ? row->type->equal(a, b) : memcmp(a, b, row->size) == 0;
}

/* A word that needs no quotes: nothing in it means something to the lexer, the expander or
 * the habits. */
static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f ||
		    strchr(" {}\"#!\\$", text[i]))
			return false;
	return length > 0 && !strchr("@~=:", *text) && !habit_is_remark(text, length);
}

void value_print_bytes(const char *text, size_t length, FILE *out)
{
	fprintf(out, is_plain(text, length) ? " %.*s" : " \"%.*s\"", (int)length, text);
}

void value_print_word(const char *text, FILE *out)
{
	value_print_bytes(text, strlen(text), out);
}

void value_print_text(const char *text, size_t secret, bool secrets, FILE *out)
{
	if (secret > 0 && !secrets)
		fprintf(out, "%.*s" VALUE_MASK, (int)secret, text);
	else
		fputs(text, out);
}

/* Bare "include_check" asks for all checks; it is none of the configuration's values, and holds
 * from here to the end of the file. */
static bool read_includes(struct reader *reader, const struct token *keyword,
			  const struct keyword *row, void *member)
{
	unsigned checks = 0;

	if (!reader_has_word(reader))
		checks = INCLUDE_CHECK_ALL;
	else if (reader->next.length > 0 && strchr("+-", *reader->next.text))
		checks = reader->include_checks;
	while (reader_has_word(reader)) {
		if (!include_check(&reader->next, &checks))
			return value_unwanted(reader, keyword, row, member);
		reader_advance(reader);
	}
	reader->include_checks = checks;
	return true;
}

const struct value_type value_includes = {
	.name = "includes",
	.syntax = "[+|-][CHECK...]",
	.expected = "read, match, wildcard_match or brace_match",
	.read = read_includes,
};

/* What stands in braces or is put together from several rows: the parser reads it. */
const struct value_type value_line = {.name = "line", .expected = "a value"};
const struct value_type value_block = {.name = "block", .expected = "'{'", .braces = true};
const struct value_type value_addresses = {
	.name = "addresses",
	.syntax = "{ ADDRESS[/LENGTH] [OPTION...] ... }",
	.expected = "'{'",
	.braces = true,
};
const struct value_type value_entries = {.name = "entries", .expected = "'{'", .braces = true};
