/*
 * Values that are texts: words of a form, several words, commands and users, expressions,
 * passwords.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <net/if.h>
#include <pcre2.h>
#include <string.h>

#include "conf/table/choice.h"
#include "conf/table/conf.h"
#include "conf/table/habit.h"
#include "conf/table/value.h"
#include "core/base/arena.h"

static const char *text_at(const void *member)
{
	return *(const char *const *)member;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool text_equal(const void *a, const void *b)
{
	return same_text(text_at(a), text_at(b));
}

static void print_word(const struct keyword *row, const void *member, FILE *out)
{
	(void)row;
	value_print_word(text_at(member), out);
}

static void expect_string(const struct keyword *row, char text[VALUE_EXPECTED_SIZE])
{
	snprintf(text, VALUE_EXPECTED_SIZE,
		 row->max == 0 ? "a word" : "a word of at most %lld bytes", (long long)row->max);
}

static bool read_string(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	const struct token *word = &reader->next;
	const char *text = NULL;
	char shown[TOKEN_SHOWN_SIZE];

	if (!reader_has_word(reader) || word->length == 0 ||
	    (row->max > 0 && word->length > (uint64_t)row->max) ||
	    (row->form && !row->form->fits(word->text, word->length)) ||
	    (row->choices && !choice_find(row->choices, &reader->next, false)))
		return value_unwanted(reader, keyword, row, member);
	if (reader->quiet == 0 && habit_text(reader, row))
		return false;
	unsigned limit =
		row->form && row->form->limit ? row->form->limit(word->text, word->length) : 0;
	if (limit > 0 && !reader->canonical)
		reader_warning(reader, word, "prefix-too-long",
			       "%s: the prefix length is at most %u, which is used",
			       token_shown(word, shown), limit);
	if (member)
		text = token_text(reader, word);
	return value_take(reader, member, &text, sizeof(text));
}

const struct value_type value_string = {
	.name = "word",
	.syntax = "WORD",
	.expect = expect_string,
	.read = read_string,
	.print = print_word,
	.equal = text_equal,
};

/* "IWGRP | IWOTH": a word with blanks in it. */
static bool read_joined(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	struct token word = reader->next;
	char shown[TOKEN_SHOWN_SIZE];

	if (!value_follows(reader))
		return value_unwanted(reader, keyword, row, member);
	FILE *out = reader_text_begin(reader);
	for (; value_follows(reader); reader_advance(reader))
		fprintf(out, "%.*s", (int)reader->next.length, reader->next.text);
	const char *text = reader_text_end(reader);
	word.text = text;
	word.length = (uint32_t)strlen(text);
	if (!row->form->fits(word.text, word.length)) {
		reader_error(reader, &word, "bad-value", "%s: expected %s, not %s", row->name,
			     row->form->expected, token_shown(&word, shown));
		return false;
	}
	if (member)
		memcpy(member, &text, sizeof(text));
	return true;
}

const struct value_type value_joined = {
	.name = "word",
	.syntax = "WORD",
	.read = read_joined,
	.print = print_word,
	.equal = text_equal,
};

/* Kept as they can be read again: the words, each with a blank before it. */
static bool read_words(struct reader *reader, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	const struct token *word = &reader->next;
	FILE *out = reader_text_begin(reader);
	int64_t count = 0;

	for (; reader_has_word(reader) && (row->max == 0 || count < row->max); count++) {
		if (count >= row->min && row->max > 0 && word->length > 0 && !value_follows(reader))
			break;
		if (reader_has_placeholder(reader))
			return value_unwanted(reader, keyword, row, member);
		value_print_bytes(word->text, word->length, out);
		reader_advance(reader);
	}
	if (count < row->min)
		return value_unwanted(reader, keyword, row, member);
	const char *text = member ? reader_text_end(reader) : NULL;
	return value_put(member, &text, sizeof(text));
}

static void print_words(const struct keyword *row, const void *member, FILE *out)
{
	(void)row;
	fputs(text_at(member), out);
}

const struct value_type value_words = {
	.name = "words",
	.syntax = "WORD...",
	.expected = "a value",
	.read = read_words,
	.print = print_words,
	.equal = text_equal,
};

#define NAMES_MAX 16

static bool read_names(struct reader *reader, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	const struct token *word = &reader->next;
	const char *names[NAMES_MAX];
	struct name_list list = {NULL, 0};

	while (reader_has_word(reader) && list.count < (size_t)row->max && list.count < NAMES_MAX) {
		/* The next statement may follow on the line. */
		if (list.count >= (size_t)row->min && word->length > 0 && !value_follows(reader))
			break;
		if (word->length == 0 || word->length >= IF_NAMESIZE ||
		    reader_has_placeholder(reader))
			return value_unwanted(reader, keyword, row, member);
		names[list.count++] = token_text(reader, word);
		reader_advance(reader);
	}
	if (list.count < (size_t)row->min)
		return value_unwanted(reader, keyword, row, member);
	list.names = intern_bytes(reader->intern, names, list.count * sizeof(*names));
	return value_put(member, &list, sizeof(list));
}

static void print_names(const struct keyword *row, const void *member, FILE *out)
{
	const struct name_list *list = member;

	(void)row;
	for (size_t i = 0; i < list->count; i++)
		value_print_word(list->names[i], out);
}

static bool names_equal(const void *a, const void *b)
{
	const struct name_list *left = a, *right = b;

	for (size_t i = 0; i < left->count && i < right->count; i++)
		if (strcmp(left->names[i], right->names[i]) != 0)
			return false;
	return left->count == right->count;
}

const struct value_type value_names = {
	.name = "names",
	.syntax = "NAME...",
	.expected = "the name of an interface",
	.read = read_names,
	.print = print_names,
	.equal = names_equal,
};

static void print_list(const struct keyword *row, const void *member, FILE *out)
{
	fputs(" {", out);
	print_names(row, member, out);
	fputs(" }", out);
}

const struct value_type value_list = {
	.name = "list",
	.syntax = "{ NAME... }",
	.expected = "'{'",
	.braces = true,
	.print = print_list,
	.equal = names_equal,
};

/* Takes the next word again by the rules for commands. */
static struct token escaped_word(struct reader *reader)
{
	struct token word = lexer_again_escaped(reader->lexer, &reader->next);

	reader->next = lexer_next(reader->lexer);
	return word;
}

/* The kind of word that has escapes: see lexer_again_escaped().  "${" has one, so that it is no
 * macro where the canonical form is saved and read as a file. */
static void print_escaped(const char *text, FILE *out)
{
	fputs(" \"", out);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f || (byte == '$' && text[1] == '{'))
			fprintf(out, "\\%03o", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

/* What is left of a word without its first `skip` bytes, and without the colons that follow. */
static struct token without_colons(struct token word, uint32_t skip)
{
	while (skip < word.length && word.text[skip] == ':')
		skip++;
	word.text += skip;
	word.length -= skip;
	return word;
}

/* [USER [GROUP]], also "USER:GROUP" and "USER : GROUP". */
static void read_owner(struct reader *reader, const char **user, const char **group)
{
	struct token word = reader->next;
	struct token second = {.length = 0};

	if (!value_follows(reader))
		return;
	const char *colon = memchr(word.text, ':', word.length);
	reader_advance(reader);
	if (colon) {
		second = without_colons(word, (uint32_t)(colon - word.text));
		word.length = (uint32_t)(colon - word.text);
	}
	if (second.length == 0 && value_follows(reader)) {
		second = without_colons(reader->next, 0);
		reader_advance(reader);
		if (second.length == 0 && reader_has_word(reader)) {
			second = without_colons(reader->next, 0);
			reader_advance(reader);
		}
	}
	if (word.length == 0)
		return;
	*user = token_text(reader, &word);
	if (second.length > 0)
		*group = token_text(reader, &second);
}

static void print_owner(const char *user, const char *group, FILE *out)
{
	if (user)
		value_print_word(user, out);
	if (user && group)
		value_print_word(group, out);
}

/* Of a command that takes no user: arguments that should stand in its quotes are nobody's. */
static void ignore_arguments(struct reader *reader, const struct keyword *row)
{
	char shown[TOKEN_SHOWN_SIZE];

	if (!value_follows(reader))
		return;
	reader_warning(reader, &reader->next, "argument-ignored",
		       "%s: %s does not stand in quotes with the command: it is ignored", row->name,
		       token_shown(&reader->next, shown));
	while (value_follows(reader))
		reader_advance(reader);
}

static bool read_command(struct reader *reader, const struct token *keyword,
			 const struct keyword *row, void *member)
{
	struct arena *arena = member ? reader->arena : reader->scratch;
	struct script_conf *script;
	const char **argv;

	if (!reader_has_word(reader))
		return value_unwanted(reader, keyword, row, member);
	if (reader->quiet == 0 && habit_text(reader, row))
		return false;
	script = arena_alloc(arena, sizeof(*script));
	script->place = reader_place(reader, &reader->next);
	struct token word = escaped_word(reader);
	if (reader_has_placeholder(reader))
		return value_unwanted(reader, keyword, row, member);
	if (row->max == COMMAND_WITHOUT_USER)
		ignore_arguments(reader, row);
	else
		read_owner(reader, &script->user, &script->group);
	if (word.unclosed)
		return false;
	script->command = token_text(reader, &word);
	argv = lexer_split(arena, script->command);
	if (!argv) {
		reader_error(reader, &word, "bad-command",
			     "%s: a quote within the command is not closed", row->name);
		return false;
	}
	if (!argv[0]) {
		reader_warning(reader, &word, "empty-command",
			       "%s: the command is empty: nothing is run", row->name);
		return true;
	}
	script->argv = argv;
	return value_put(member, &script, sizeof(script));
}

static void print_command(const struct keyword *row, const void *member, FILE *out)
{
	const struct script_conf *script = *(const struct script_conf *const *)member;

	(void)row;
	print_escaped(script->command, out);
	print_owner(script->user, script->group, out);
}

static bool command_equal(const void *left, const void *right)
{
	const struct script_conf *a = *(const struct script_conf *const *)left;
	const struct script_conf *b = *(const struct script_conf *const *)right;

	return a == b || (a && b && same_text(a->command, b->command) &&
			  same_text(a->user, b->user) && same_text(a->group, b->group));
}

const struct value_type value_command = {
	.name = "command",
	.syntax = "COMMAND [USER [GROUP]]",
	.expected = "a command",
	.read = read_command,
	.print = print_command,
	.equal = command_equal,
};

static bool read_user(struct reader *reader, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	const char *owner[2] = {NULL, NULL};

	if (!value_follows(reader) || (reader->next.length > 0 && *reader->next.text == ':'))
		return value_unwanted(reader, keyword, row, member);
	read_owner(reader, &owner[0], &owner[1]);
	return value_put(member, owner, sizeof(owner));
}

static void print_user(const struct keyword *row, const void *member, FILE *out)
{
	(void)row;
	print_owner(text_at(member), text_at((const char *)member + sizeof(char *)), out);
}

static bool user_equal(const void *a, const void *b)
{
	return text_equal(a, b) &&
	       text_equal((const char *)a + sizeof(char *), (const char *)b + sizeof(char *));
}

const struct value_type value_user = {
	.name = "user",
	.syntax = "USER [GROUP]",
	.expected = "a user",
	.read = read_user,
	.print = print_user,
	.equal = user_equal,
};

static bool read_regex(struct reader *reader, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	PCRE2_UCHAR reason[128];
	pcre2_code *code;
	PCRE2_SIZE offset;
	int error;

	if (!reader_has_word(reader))
		return value_unwanted(reader, keyword, row, member);
	struct token word = escaped_word(reader);
	if (word.unclosed)
		return false;
	const char *pattern = token_text(reader, &word);
	if (pattern != reader->last_regex) {
		code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &offset,
				     NULL);
		if (!code) {
			pcre2_get_error_message(error, reason, sizeof(reason));
			reader_error(reader, &word, "bad-regex",
				     "%s: %s at offset %zu of the expression", row->name,
				     (const char *)reason, offset);
			return false;
		}
		pcre2_code_free(code);
		reader->last_regex = pattern;
	}
	return value_put(member, &pattern, sizeof(pattern));
}

static void print_regex(const struct keyword *row, const void *member, FILE *out)
{
	(void)row;
	print_escaped(text_at(member), out);
}

const struct value_type value_regex = {
	.name = "expression",
	.syntax = "EXPRESSION",
	.expected = "a regular expression",
	.read = read_regex,
	.print = print_regex,
	.equal = text_equal,
};

static bool read_digest(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	const struct token *word = &reader->next;
	char digits[32];

	if (!reader_has_word(reader) || word->length != sizeof(digits))
		return value_unwanted(reader, keyword, row, member);
	for (size_t i = 0; i < sizeof(digits); i++) {
		if (!isxdigit((unsigned char)word->text[i]))
			return value_unwanted(reader, keyword, row, member);
		digits[i] = (char)tolower((unsigned char)word->text[i]);
	}
	const char *text = intern_text(reader->intern, digits, sizeof(digits));
	return value_take(reader, member, &text, sizeof(text));
}

const struct value_type value_digest = {
	.name = "digest",
	.syntax = "MD5",
	.expected = "32 hexadecimal digits",
	.read = read_digest,
	.print = print_word,
	.equal = text_equal,
};

static bool read_password(struct reader *reader, const struct token *keyword,
			  const struct keyword *row, void *member)
{
	uint8_t password[8] = {0};
	uint32_t length = reader->next.length;

	if (!reader_has_word(reader) || length == 0)
		return value_unwanted(reader, keyword, row, member);
	if (reader->quiet == 0 && habit_text(reader, row))
		return false;
	if (length > sizeof(password)) {
		reader_warning(reader, &reader->next, "password-cut",
			       "%s has %u bytes, of which only the first 8 are used", row->name,
			       length);
		length = sizeof(password);
	}
	memcpy(password, reader->next.text, length);
	return value_take(reader, member, password, sizeof(password));
}

static void print_password(const struct keyword *row, const void *member, FILE *out)
{
	char text[9] = {0};

	(void)row;
	memcpy(text, member, 8);
	value_print_word(text, out);
}

const struct value_type value_password = {
	.name = "password",
	.syntax = "PASSWORD",
	.expected = "a password",
	.read = read_password,
	.print = print_password,
};
