/*
 * Lexer: the bytes of a configuration file as words, braces and line ends, each with its place.
 *
 * Words are views into the text, nothing is copied, except where an escape makes the word differ
 * from its bytes.  '#' and '!' begin a comment anywhere outside double quotes; "\#" and "\!" are
 * the characters themselves.  A double quote begins a new word and has no escapes inside.  Braces
 * are tokens wherever they stand unquoted, except in "${NAME}".  Lines end in LF or CR LF and may
 * have any length; a byte order mark at the start of the text is skipped.
 *
 * Commands and regular expressions follow other rules (lexer_again_escaped()).  Which rules hold
 * is known only to the parser, after it has seen the keyword: so it asks for the same word again.
 *
 * A control byte is reported, and the words after it on its line are skipped.
 *
 * With an expander, a line that may hold a macro or a condition is not read itself, but what the
 * expander makes of it.  Such lines are found by looking ahead for their characters, so that a
 * text without them costs nothing.
 */
#include "conf/text/lexer.h"

#include <string.h>

#include "conf/text/diagnostic.h"
#include "conf/text/expand.h"
#include "core/base/arena.h"

enum class {
	CLASS_PLAIN,
	CLASS_BLANK,
	CLASS_LINE,
	CLASS_BRACE,
	CLASS_QUOTE,
	CLASS_COMMENT,
	CLASS_SPECIAL, /* needs a closer look within a word: \ and $ */
	CLASS_STRAY,
};

static const unsigned char classes[256] = {
	[0 ... 8] = CLASS_STRAY,   ['\t'] = CLASS_BLANK,  ['\n'] = CLASS_LINE,
	['\v'] = CLASS_BLANK,	   ['\f'] = CLASS_BLANK,  ['\r'] = CLASS_BLANK,
	[14 ... 31] = CLASS_STRAY, [127] = CLASS_STRAY,	  [' '] = CLASS_BLANK,
	['{'] = CLASS_BRACE,	   ['}'] = CLASS_BRACE,	  ['"'] = CLASS_QUOTE,
	['#'] = CLASS_COMMENT,	   ['!'] = CLASS_COMMENT, ['\\'] = CLASS_SPECIAL,
	['$'] = CLASS_SPECIAL,
};

static enum class class_of(char byte) { return (enum class)classes[(unsigned char)byte]; }

void lexer_start(struct lexer *lexer, const char *name, const char *text, size_t size,
		 struct arena *arena, struct diagnostics *diagnostics)
{
	static const char mark[] = {'\xef', '\xbb', '\xbf'};

	if (size >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0) {
		text += sizeof(mark);
		size -= sizeof(mark);
	}
	*lexer = (struct lexer){
		.at = text,
		.end = text + size,
		.line_start = text,
		.blank_until = text,
		.line = 1,
		.name = name,
		.arena = arena,
		.diagnostics = diagnostics,
		.text_end = text + size,
	};
}

/* Finds the next line from `from` on, the start of one, that the expander has to see. */
static void find_special(struct lexer *lexer, const char *from)
{
	static const char characters[] = {'$', '@', '~'};
	const char *first = lexer->text_end;
	const char *newline;

	for (size_t i = 0; i < sizeof(characters); i++) {
		const char **next = &lexer->specials[i];

		if (!*next || *next < from)
			*next = memchr(from, characters[i], (size_t)(lexer->text_end - from));
		if (!*next)
			*next = lexer->text_end;
		if (*next < first)
			first = *next;
	}
	lexer->special = NULL;
	if (first < lexer->text_end) {
		newline = memrchr(from, '\n', (size_t)(first - from));
		lexer->special = newline ? newline + 1 : from;
	}
}

void lexer_expand(struct lexer *lexer, struct expander *expander)
{
	lexer->expander = expander;
	find_special(lexer, lexer->at);
}

/* At the start of a line for the expander: goes on in what that makes of it. */
static void enter_expansion(struct lexer *lexer)
{
	struct expansion line = {
		.file = lexer->name,
		.line = lexer->line,
		.start = lexer->at,
		.end = lexer->text_end,
	};

	expander_line(lexer->expander, &line);
	find_special(lexer, line.resume);
	if (!line.changed)
		return;
	lexer->resume = line.resume;
	lexer->resume_line = line.resume_line;
	lexer->resume_number = line.resume_number;
	lexer->expanded = line.text;
	lexer->expansion = line.number;
	lexer->run = 0;
	lexer->at = line.text.length > 0 ? line.text.bytes : "";
	lexer->end = lexer->at + line.text.length;
	lexer->line_start = lexer->at;
	lexer->blank_until = lexer->at;
}

/* At its end: goes on in the text. */
static void leave_expansion(struct lexer *lexer)
{
	lexer->at = lexer->resume;
	lexer->end = lexer->text_end;
	lexer->line_start = lexer->resume_line;
	lexer->line = lexer->resume_number;
	lexer->blank_until = lexer->line_start;
	lexer->resume = NULL;
}

const char *lexer_line(const struct lexer *lexer)
{
	return lexer->resume ? lexer->resume_line : lexer->line_start;
}

/* Sets the place of what begins at token->start in the expansion, not before the last token. */
static void correct_place(struct lexer *lexer, struct token *token)
{
	uint32_t offset = (uint32_t)(token->start - lexer->expanded.bytes);
	const struct run *run = run_seek(&lexer->expanded.runs, &lexer->run, offset);

	token->column = run_moved(run, offset - run->at).column;
	token->expansion = lexer->expansion + offset;
}

/* In an expansion, correct_place() is to follow. */
static struct token token_at(const struct lexer *lexer, enum token_kind kind)
{
	return (struct token){
		.kind = kind,
		.first = lexer->blank_until == lexer->at,
		.text = lexer->at,
		.start = lexer->at,
		.line = lexer->line,
		.column = (uint32_t)(lexer->at - lexer->line_start) + 1,
	};
}

static void complain(struct lexer *lexer, const char *at, const char *code, const char *text)
{
	struct token token = {
		.start = at,
		.line = lexer->line,
		.column = (uint32_t)(at - lexer->line_start) + 1,
	};
	struct spot spot = {lexer->name, token.line, token.column};

	if (lexer->resume) {
		correct_place(lexer, &token);
		spot.column = token.column;
	}
	if (lexer->expander)
		expander_report(lexer->expander, DIAGNOSTIC_ERROR, spot, token.expansion, code,
				text);
	else
		diagnostics_add(lexer->diagnostics, DIAGNOSTIC_ERROR, spot, code, "%s", text);
}

static void skip_line(struct lexer *lexer)
{
	const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));

	lexer->at = newline ? newline : lexer->end;
}

static void skip_blanks(struct lexer *lexer)
{
	bool first = lexer->blank_until == lexer->at;
	const char *at = lexer->at;

	while (at < lexer->end && class_of(*at) == CLASS_BLANK)
		at++;
	lexer->at = at;
	if (first)
		lexer->blank_until = at;
}

/* Up to the closing quote; an open one ends with its line. */
static struct token quoted_word(struct lexer *lexer)
{
	struct token token = token_at(lexer, TOKEN_WORD);
	const char *at = lexer->at + 1;

	while (at < lexer->end && *at != '"' && *at != '\n' && *at != '\0')
		at++;
	token.quoted = true;
	token.text = lexer->at + 1;
	token.length = (uint32_t)(at - token.text);
	if (at < lexer->end && *at == '"')
		lexer->at = at + 1;
	else {
		complain(lexer, token.start, "open-quote",
			 "missing '\"' to close the one opened here");
		token.unclosed = true;
		lexer->at = at;
		skip_line(lexer);
	}
	return token;
}

/* The word without the backslashes before '#' and '!'. */
static void unescape_comments(const struct lexer *lexer, struct token *token)
{
	char *copy = arena_alloc(lexer->arena, token->length + 1);
	uint32_t to = 0;

	for (uint32_t from = 0; from < token->length; from++) {
		if (token->text[from] == '\\' && from + 1 < token->length &&
		    class_of(token->text[from + 1]) == CLASS_COMMENT)
			from++;
		copy[to++] = token->text[from];
	}
	token->text = copy;
	token->length = to;
}

/* "${" up to its "}", or just the '$'. */
static const char *skip_dollar(const char *at, const char *end)
{
	const char *close = at + 1;

	if (close == end || *close != '{')
		return at + 1;
	while (close < end && *close != '}' && *close != '\n')
		close++;
	return close < end && *close == '}' ? close + 1 : at + 1;
}

/* Past a template's placeholder, "{{ vip }}" or "{% if one %}", at `at`; NULL: there is none. */
static const char *skip_placeholder(const char *at, const char *end)
{
	char last = end - at > 2 && at[1] == '%' ? '%' : '}';

	if (end - at < 4 || (at[1] != '{' && at[1] != '%'))
		return NULL;
	for (at += 2; end - at >= 2 && *at != '\n'; at++)
		if (at[0] == last && at[1] == '}')
			return at + 2;
	return NULL;
}

static struct token plain_word(struct lexer *lexer, const char *at)
{
	struct token token = token_at(lexer, TOKEN_WORD);
	bool escaped = false;

	while (at < lexer->end) {
		if (class_of(*at) == CLASS_PLAIN)
			at++;
		else if (class_of(*at) != CLASS_SPECIAL)
			break;
		else if (*at == '$')
			at = skip_dollar(at, lexer->end);
		else if (at + 1 < lexer->end && class_of(at[1]) == CLASS_COMMENT) {
			escaped = true;
			at += 2;
		} else
			at++;
	}
	token.length = (uint32_t)(at - lexer->at);
	token.commented = at < lexer->end && class_of(*at) == CLASS_COMMENT;
	lexer->at = at;
	if (escaped)
		unescape_comments(lexer, &token);
	return token;
}

/* Up to what keeps lines and blocks in order. */
static void skip_stray(struct lexer *lexer)
{
	static const char digits[] = "0123456789abcdef";
	char text[] = "stray byte 0x..: the words after it are not read";
	unsigned char byte = (unsigned char)*lexer->at;
	char *dots = strchr(text, '.');

	dots[0] = digits[byte >> 4];
	dots[1] = digits[byte & 15];
	complain(lexer, lexer->at, "stray-byte", text);
	while (lexer->at < lexer->end && class_of(*lexer->at) != CLASS_LINE &&
	       class_of(*lexer->at) != CLASS_BRACE)
		lexer->at++;
}

/* One token of the text, or of the expansion that is being read; TOKEN_END at its end. */
static struct token read_token(struct lexer *lexer)
{
	struct token token;
	const char *after;

	while (lexer->at < lexer->end) {
		switch (class_of(*lexer->at)) {
		case CLASS_BLANK:
			skip_blanks(lexer);
			break;
		case CLASS_COMMENT:
			skip_line(lexer);
			break;
		case CLASS_STRAY:
			skip_stray(lexer);
			break;
		case CLASS_LINE:
			token = token_at(lexer, TOKEN_LINE);
			lexer->at++;
			lexer->line += !lexer->resume;
			lexer->line_start = lexer->at;
			lexer->blank_until = lexer->at;
			return token;
		case CLASS_BRACE:
			after = *lexer->at == '{' ? skip_placeholder(lexer->at, lexer->end) : NULL;
			if (after)
				return plain_word(lexer, after);
			token = token_at(lexer, *lexer->at == '{' ? TOKEN_OPEN : TOKEN_CLOSE);
			token.length = 1;
			lexer->at++;
			return token;
		case CLASS_QUOTE:
			return quoted_word(lexer);
		case CLASS_PLAIN:
		case CLASS_SPECIAL:
			return plain_word(lexer, lexer->at);
		}
	}
	return token_at(lexer, TOKEN_END);
}

/* The number of the first byte of a token that comes from a macro, or just of its first one. */
static uint32_t first_macro(const struct lexer *lexer, const struct token *token)
{
	const struct run *runs = lexer->expanded.runs.items;
	uint32_t end = (uint32_t)(lexer->at - lexer->expanded.bytes);

	for (size_t i = lexer->run; i < lexer->expanded.runs.count && runs[i].at < end; i++) {
		uint32_t at = lexer->expansion + runs[i].at;

		if (runs[i].origin != 0)
			return at > token->expansion ? at : token->expansion;
	}
	return token->expansion;
}

static struct token next_expanded(struct lexer *lexer)
{
	struct token token = read_token(lexer);

	if (token.kind == TOKEN_END) {
		leave_expansion(lexer);
		return read_token(lexer);
	}
	correct_place(lexer, &token);
	token.expansion = first_macro(lexer, &token);
	return token;
}

struct token lexer_next(struct lexer *lexer)
{
	if (lexer->at == lexer->special)
		enter_expansion(lexer);
	if (lexer->resume)
		return next_expanded(lexer);
	return read_token(lexer);
}

char lexer_peek(const struct lexer *lexer)
{
	const char *at = lexer->at;

	while (at < lexer->end && class_of(*at) == CLASS_BLANK)
		at++;
	return at < lexer->end ? *at : '\n';
}

int lexer_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static const char *octal_escape(const char *at, const char *end, char *byte)
{
	unsigned value = 0;

	for (unsigned digits = 0; digits < 3 && at < end && *at >= '0' && *at <= '7'; digits++)
		value = value * 8 + (unsigned)(*at++ - '0');
	*byte = (char)value;
	return at;
}

static const char *hex_escape(const char *at, const char *end, char *byte)
{
	unsigned value = 0;
	unsigned digits;

	for (digits = 0; digits < 2 && at < end && lexer_hex_digit(*at) >= 0; digits++)
		value = value * 16 + (unsigned)lexer_hex_digit(*at++);
	*byte = digits > 0 ? (char)value : 'x';
	return at;
}

/* Reads what follows a backslash; `at` < `end`. */
static const char *read_escape(const char *at, const char *end, char *byte)
{
	static const char letters[] = "abEfnrtv";
	static const char meanings[] = "\a\b\033\f\n\r\t\v";
	const char *letter = memchr(letters, *at, sizeof(letters) - 1);

	if (letter)
		*byte = meanings[letter - letters];
	else if (*at >= '0' && *at <= '7')
		return octal_escape(at, end, byte);
	else if (*at == 'x')
		return hex_escape(at + 1, end, byte);
	else if (*at == 'c' && at + 1 < end && at[1] != '\n') {
		*byte = at[1] & 0x1f;
		return at + 2;
	} else
		*byte = *at;
	return at + 1;
}

/* What ends a word outside quotes: in the text of a file also braces and comments do. */
static bool ends_word(char byte, bool in_file)
{
	enum class class = class_of(byte);

	if (in_file)
		return class != CLASS_PLAIN && class != CLASS_SPECIAL;
	return class == CLASS_BLANK || class == CLASS_LINE;
}

/*
 * One word of the escaped kind from `at`; its bytes go to `copy` (room for end - at of them), or
 * are only counted where that is NULL.  Returns where it ends, or NULL for an open quote.
 */
static const char *escaped_word(const char *at, const char *end, bool in_file, char *copy,
				uint32_t *length)
{
	char quote = '\0';
	uint32_t to = 0;
	char byte;

	while (at < end && (*at != '\n' || (quote && !in_file))) {
		if (*at == '\\' && at + 1 < end && at[1] != '\n') {
			at = read_escape(at + 1, end, &byte);
		} else if (quote ? *at == quote : *at == '"' || *at == '\'') {
			quote = quote ? '\0' : *at;
			at++;
			continue;
		} else if (!quote && ends_word(*at, in_file)) {
			break;
		} else {
			byte = *at++;
		}
		if (copy)
			copy[to] = byte;
		to++;
	}
	*length = to;
	return quote ? NULL : at;
}

struct token lexer_again_escaped(struct lexer *lexer, const struct token *word)
{
	struct token token = *word;
	const char *stop = escaped_word(word->start, lexer->end, true, NULL, &token.length);
	const char *limit = stop ? stop : word->start + word->length;
	char *copy = arena_alloc(lexer->arena, (size_t)(limit - word->start) + 1);

	token.text = copy;
	token.length = 0;
	token.quoted = true;
	if (!stop) {
		if (!word->unclosed)
			complain(lexer, word->start, "open-quote", "missing closing quote");
		token.unclosed = true;
		skip_line(lexer);
		return token;
	}
	escaped_word(word->start, stop, true, copy, &token.length);
	lexer->at = stop;
	if (memchr(copy, '\0', token.length)) {
		complain(lexer, word->start, "nul-byte", "a NUL byte in a word");
		token.length = (uint32_t)strlen(copy);
	}
	return token;
}

struct token lexer_again_pattern(struct lexer *lexer, const struct token *word)
{
	struct token token = *word;
	const char *at = word->start;
	unsigned depth = 0;

	if (word->quoted)
		return token;
	for (; at < lexer->end; at++) {
		if (class_of(*at) == CLASS_BRACE) {
			if (*at == '}' && depth == 0)
				break;
			depth += *at == '{' ? 1 : -1U;
		} else if (class_of(*at) != CLASS_PLAIN && class_of(*at) != CLASS_SPECIAL)
			break;
	}
	token.text = word->start;
	token.length = (uint32_t)(at - word->start);
	lexer->at = at;
	return token;
}

const char **lexer_split(struct arena *arena, const char *command)
{
	const char *end = command + strlen(command);
	const char **argv = arena_alloc(arena, (strlen(command) / 2 + 2) * sizeof(*argv));
	char *copy = arena_alloc(arena, strlen(command) * 2 + 2);
	size_t n = 0;

	while (command < end) {
		uint32_t length;

		if (ends_word(*command, false)) {
			command++;
			continue;
		}
		command = escaped_word(command, end, false, copy, &length);
		if (!command)
			return NULL;
		argv[n++] = copy;
		copy += length + 1;
	}
	return argv;
}
