/*
 * Habits: what people write who think of another language, or who typed a little too fast.
 *
 * "priority = 100", "advert_int 1s", "10.0.0.1:80", "// the first director": each is wrong here,
 * and a reader who is only told that '1s' is no number looks for the mistake elsewhere.  So before
 * a word is reported as unknown or wrong in general words, the table at the end of this file is
 * walked: each row has a pattern, says when it is looked for, and what is told.  That is done where
 * there is a mistake already, so a good file never pays for it; but for habit_text(), which looks
 * at the ends of words that may hold anything.
 */
#include "conf/table/habit.h"

#include <stdlib.h>
#include <string.h>

#include "conf/table/choice.h"
#include "conf/table/value.h"
#include "conf/table/value_address.h"
#include "core/base/mono.h"
#include "core/base/text.h"

/* When a habit is looked for. */
#define BEFORE_VALUE	(1u << 0)
#define UNKNOWN		(1u << 1) /* a word that is no keyword */
#define VALUE		(1u << 2) /* a word that is not what the row wants */
#define ADDRESS		(1u << 3) /* in a list of addresses */
#define NETWORK		(1u << 4) /* in a list of addresses with prefix lengths */
#define BEHIND_ADDRESS	(1u << 5)
#define TEXT		(1u << 6) /* at the end of a word that may hold anything */
#define TEXT_CHARACTER	(1u << 7) /* one that has more than ASCII at its ends */
#define TEXT_MACRO	(1u << 8) /* one that begins as a macro */
#define OF_BOOL		(1u << 9) /* a value of this type */
#define OF_SECONDS	(1u << 10)
#define OF_MILLISECONDS (1u << 11)
#define OF_INTEGER	(1u << 12)
#define OF_ADDRESS	(1u << 13)
#define WRONG_VALUE	(VALUE | ADDRESS | NETWORK)
#define ANY_WORD	(UNKNOWN | WRONG_VALUE | TEXT_CHARACTER)

/* What is skipped when it has been reported. */
#define SKIP_BYTE    (1u << 16)
#define SKIP_WORD    (1u << 17)
#define SKIP_WORDS   (1u << 18)
#define SKIP_COMMENT (1u << 19)

/* A word that is looked at, and what a pattern finds out about it. */
struct suspect {
	struct reader *reader;
	struct token word;
	const struct keyword *row;     /* of the value */
	const struct address *address; /* before the word */
	struct token keyword;	       /* before the value, or the part of the word that is one */
	char found[ADDRESS_TEXT_SIZE + 8];
	const char *with;  /* of the row: which of several messages */
	const char *meant; /* what is to be written instead; NULL = nothing certain */
	char buffer[TOKEN_SHOWN_SIZE];
};

static struct token part_of(const struct token *word, size_t from, size_t length)
{
	struct token part = *word;

	part.text += from;
	part.length = (uint32_t)length;
	return part;
}

static bool begins(const struct token *word, const char *text)
{
	return !word->quoted && word->length >= strlen(text) &&
	       memcmp(word->text, text, strlen(text)) == 0;
}

static bool found_byte(struct suspect *suspect, char byte)
{
	suspect->found[0] = byte;
	suspect->found[1] = '\0';
	return true;
}

static bool means_part(struct suspect *suspect, size_t from, size_t length)
{
	struct token part = part_of(&suspect->word, from, length);

	suspect->meant = token_text(suspect->reader, &part);
	return true;
}

/* Separators and comments */

static bool is_separator(struct suspect *suspect)
{
	static const struct choice separators[] = {{"=", 0},  {":", 0},	 {":=", 0},
						   {"=>", 0}, {"==", 0}, {0}};
	const struct token *word = &suspect->word;

	if (word->quoted || !choice_find(separators, word, false))
		return false;
	suspect->meant = "";
	return found_byte(suspect, *word->text);
}

static bool begins_with_separator(struct suspect *suspect)
{
	const struct token *word = &suspect->word;

	if (!begins(word, "=") && (!begins(word, ":") || begins(word, "::")))
		return false;
	means_part(suspect, 1, word->length - 1);
	return found_byte(suspect, *word->text);
}

static bool is_lone_separator(struct suspect *suspect)
{
	bool is = is_separator(suspect);

	suspect->meant = NULL;
	return is;
}

/* ";" or "," as a word: behind a '}' or a value it ends something, at the front it is a comment. */
static bool is_lone_end(struct suspect *suspect)
{
	const struct token *word = &suspect->word;

	if (word->quoted || word->length != 1 || !strchr(";,", *word->text))
		return false;
	bool comment = *word->text == ';' && !strchr("\n#!{}", lexer_peek(suspect->reader->lexer));
	if (comment != (*suspect->with == '#'))
		return false;
	suspect->meant = suspect->with;
	return found_byte(suspect, *word->text);
}

/* What begins a comment in another language, if a text begins so; else NULL. */
static const char *foreign_comment(const char *text, size_t length)
{
	static const char *const starts[] = {"//", "/*", "--", ";;", "%%", ";"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (length >= strlen(starts[i]) && memcmp(text, starts[i], strlen(starts[i])) == 0)
			return length == 1 ? NULL : starts[i];
	return NULL;
}

bool habit_is_remark(const char *text, size_t length)
{
	return foreign_comment(text, length);
}

static bool begins_foreign_comment(struct suspect *suspect)
{
	const struct token *word = &suspect->word;
	const char *start = word->quoted ? NULL : foreign_comment(word->text, word->length);

	if (!start)
		return false;
	suspect->meant = token_is(word, start) ? suspect->with : NULL;
	return text_print(suspect->found, sizeof(suspect->found), "%s", start);
}

/* "priority=100", "priority:", "nopreempt;" */
static bool is_joined(struct suspect *suspect)
{
	const struct token *word = &suspect->word;
	const struct reader *reader = suspect->reader;
	size_t length = 0;

	while (length < word->length && !strchr("=:;,", word->text[length]))
		length++;
	if (word->quoted || length == word->length || length == 0 ||
	    !strchr(suspect->with, word->text[length]) ||
	    !reader->user->is_keyword(reader->context, word->text, length))
		return false;
	suspect->keyword = part_of(word, 0, length);
	if (text_print(suspect->buffer, sizeof(suspect->buffer), "%.*s%s%.*s", (int)length,
		       word->text, length + 1 < word->length ? " " : "",
		       (int)(word->length - length - 1), word->text + length + 1))
		suspect->meant = suspect->buffer;
	return found_byte(suspect, word->text[length]);
}

static bool has_end(struct suspect *suspect)
{
	const struct token *word = &suspect->word;

	if (word->quoted || word->length < 2 || !strchr(";,", word->text[word->length - 1]))
		return false;
	means_part(suspect, 0, word->length - 1);
	return found_byte(suspect, word->text[word->length - 1]);
}

static bool has_comment(struct suspect *suspect)
{
	const struct token *word = &suspect->word;

	return word->commented && found_byte(suspect, word->start[word->length]);
}

static void skip_comment(struct reader *reader)
{
	const struct lexer *lexer = reader->lexer;
	const char *start = lexer->resume ? lexer->resume : reader->next.start;
	const char *end = lexer->resume ? lexer->text_end : lexer->end;

	if (begins(&reader->next, "/*") && memmem(start, (size_t)(end - start), "*/", 2))
		while (reader->next.kind != TOKEN_END &&
		       !(reader_has_word(reader) &&
			 memmem(reader->next.text, reader->next.length, "*/", 2)))
			reader_advance(reader);
	reader_skip_line(reader);
}

/* Characters that look like others */

static const char *look_alike(const struct token *word, const char **meant)
{
	static const struct {
		const char *bytes, *meant;
	} rows[] = {
		{"\xe2\x80\x9c", "\""}, {"\xe2\x80\x9d", "\""},	 {"\xe2\x80\x9e", "\""},
		{"\xc2\xab", "\""},	{"\xc2\xbb", "\""},	 {"\xe2\x80\x98", "'"},
		{"\xe2\x80\x99", "'"},	{"\xe2\x80\x9a", "'"},	 {"\xe2\x80\x93", "-"},
		{"\xe2\x80\x94", "-"},	{"\xe2\x88\x92", "-"},	 {"\xc2\xa0", " "},
		{"\xe2\x80\xaf", " "},	{"\xe3\x80\x80", " "},	 {"\xe2\x80\x8b", ""},
		{"\xef\xbb\xbf", ""},	{"\xef\xbd\x9b", "{"},	 {"\xef\xbd\x9d", "}"},
		{"\xef\xbc\x9a", ":"},	{"\xe2\x80\xa6", "..."},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && !word->quoted; i++) {
		const char *at =
			memmem(word->text, word->length, rows[i].bytes, strlen(rows[i].bytes));

		*meant = rows[i].meant;
		if (at)
			return at;
	}
	return NULL;
}

/* `with` begins with the kind of character: ' ', NUL, or '*' for one that can be seen. */
static bool is_typographic(struct suspect *suspect)
{
	struct token plain = suspect->word;
	const char *meant, *at;
	size_t used = 0;

	if (!look_alike(&plain, &meant) ||
	    *suspect->with != (*meant == ' ' || *meant == '\0' ? *meant : '*'))
		return false;
	text_print(suspect->found, sizeof(suspect->found), "%s", meant);
	while ((at = look_alike(&plain, &meant)) && at == plain.text) {
		size_t size = (unsigned char)*at < 0xe0 ? 2 : 3;

		plain = part_of(&plain, size, plain.length - size);
	}
	while (used < plain.length && (unsigned char)plain.text[used] < 0x80)
		used++;
	struct token rest = part_of(&plain, used, plain.length - used);
	while ((at = look_alike(&rest, &meant)) && at == rest.text) {
		size_t size = (unsigned char)*at < 0xe0 ? 2 : 3;

		rest = part_of(&rest, size, rest.length - size);
	}
	/* Where a keyword was looked for, it is not missed as well. */
	suspect->keyword = part_of(&plain, 0, used > 0 ? used : plain.length);
	if (rest.length == 0 && used > 0 && used < TOKEN_SHOWN_SIZE)
		suspect->meant = token_text(suspect->reader, &suspect->keyword);
	return true;
}

/* A macro that is not defined, which has been left as it is. */
static bool is_undefined_macro(struct suspect *suspect)
{
	const struct expander *expander = suspect->reader->expander;

	return expander && expander_lacks(expander, suspect->word.text, suspect->word.length);
}

/* Only that begins a word with a brace: lexer.c. */
static bool is_placeholder(struct suspect *suspect)
{
	return begins(&suspect->word, "{");
}

/* Numbers */

#define MS INT64_C(1000)
#define S  USEC_PER_SEC
#define M  (60 * S)
#define H  (60 * M)

/* "100ms", "1m", "50%" */
static bool has_unit(struct suspect *suspect)
{
	static const struct choice units[] = {
		{"us", 1},	{"ms", MS}, {"msec", MS}, {"msecs", MS},
		{"s", S},	{"sec", S}, {"secs", S},  {"second", S},
		{"seconds", S}, {"m", M},   {"min", M},	  {"mins", M},
		{"minutes", M}, {"h", H},   {"hour", H},  {"hours", H},
		{"d", 24 * H},	{"%", S},   {0},
	};
	const struct token *word = &suspect->word;
	char number[32];
	size_t length = 0;
	double value;

	if (length < word->length && strchr("+-", word->text[length]))
		length++;
	while (length < word->length && strchr("0123456789.", word->text[length]))
		length++;
	struct token name = part_of(word, length, word->length - length);
	const struct choice *unit = choice_find(units, &name, true);
	if (!unit || !text_print(number, sizeof(number), "%.*s", (int)length, word->text) ||
	    length == strspn(number, "+-"))
		return false;
	value = strtod(number, NULL) * (double)unit->value;
	if (value > 1e15 || value < -1e15 ||
	    (suspect->row->type == &value_integer && (int64_t)value % USEC_PER_SEC != 0))
		return false;
	if (suspect->row->type == &value_milliseconds)
		value *= 1000;
	suspect->meant = value_seconds_text((int64_t)value, suspect->buffer);
	return true;
}

/* "http" for a port. */
static bool is_service_name(struct suspect *suspect)
{
	static const struct choice services[] = {
		{"http", 80},
		{"https", 443},
		{"smtp", 25},
		{"domain", 53},
		{"dns", 53},
		{"ssh", 22},
		{"ftp", 21},
		{"imap", 143},
		{"imaps", 993},
		{"pop3", 110},
		{"pop3s", 995},
		{"ldap", 389},
		{"ldaps", 636},
		{"mysql", 3306},
		{"postgresql", 5432},
		{"ntp", 123},
		{"syslog", 514},
		{"submission", 587},
		{0},
	};
	const struct choice *service = choice_find(services, &suspect->word, false);

	if (!service || suspect->row->max != 65535)
		return false;
	text_print(suspect->buffer, sizeof(suspect->buffer), "%d", (int)service->value);
	suspect->meant = suspect->buffer;
	return true;
}

/* "1", "True", "enabled" */
static bool is_truth(struct suspect *suspect)
{
	static const struct choice names[] = {
		{"1", 1},	{"on", 1},	 {"yes", 1},  {"true", 1}, {"enable", 1},
		{"enabled", 1}, {"0", 0},	 {"off", 0},  {"no", 0},   {"false", 0},
		{"disable", 0}, {"disabled", 0}, {"none", 0}, {0},
	};
	const struct choice *name = choice_find(names, &suspect->word, true);

	suspect->meant = name ? name->value ? "on" : "off" : NULL;
	return name;
}

/* Addresses */

/* "10.0.0.1:80", "[fd00::1]:80", "[fd00::1]": the address, and what follows it. */
static bool split_endpoint(const struct token *word, struct address *address, struct token *port)
{
	const char *close = memchr(word->text, ']', word->length);
	const char *colon = memrchr(word->text, ':', word->length);
	size_t length;

	if (word->length > 2 && *word->text == '[' && close) {
		length = (size_t)(close - word->text) + 1;
		*port = part_of(word, length, word->length - length);
		return value_parse_address(word->text + 1, length - 2, address);
	}
	if (!colon)
		return false;
	length = (size_t)(colon - word->text);
	*port = part_of(word, length, word->length - length);
	return value_parse_address(word->text, length, address) && address->family == AF_INET;
}

/* `with`: "[" where only brackets are too many, ":" where a port may follow, "" where none may. */
static bool is_endpoint(struct suspect *suspect)
{
	struct address address;
	struct token port;

	if (suspect->word.quoted || !split_endpoint(&suspect->word, &address, &port) ||
	    *suspect->with != (port.length == 0	       ? '['
			       : suspect->row->max > 0 ? ':'
						       : '\0'))
		return false;
	struct address_text text = address_text(&address);
	suspect->meant = suspect->buffer;
	if (*suspect->with != ':')
		return text_print(suspect->buffer, sizeof(suspect->buffer), "%s", text.text);
	return text_print(suspect->buffer, ENDPOINT_TEXT_SIZE, "%s %.*s", text.text,
			  (int)port.length - 1, port.text + 1);
}

/* "www.example.org": letters, and a dot. */
static bool is_name(struct suspect *suspect)
{
	const struct token *word = &suspect->word;
	bool letters = false, dot = false;

	for (size_t i = 0; i < word->length; i++) {
		char c = word->text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		letters |= letter;
		dot |= c == '.';
		if (!letter && c != '.' && c != '-' && c != '_' && (c < '0' || c > '9'))
			return false;
	}
	return letters && dot;
}

/* The prefix length of "255.255.255.0"; -1 = it is no mask. */
static int mask_length(const char *text, size_t size)
{
	struct address mask;

	if (!value_parse_address(text, size, &mask) || mask.family != AF_INET)
		return -1;
	uint32_t bits = ntohl(mask.v4.s_addr);
	int length = bits ? 32 - __builtin_ctz(bits) : 0;
	return bits == (length ? ~UINT32_C(0) << (32 - length) : 0) ? length : -1;
}

/* "10.0.0.1/33", "10.0.0.1/255.255.255.0", "10.0.0.1/": what stands before the slash is good.
 * `with`: "." for a mask, "" for nothing, "4" and "6" for something else in a family. */
static bool is_bad_prefix(struct suspect *suspect)
{
	const struct token *word = &suspect->word;
	const char *slash = memchr(word->text, '/', word->length);
	struct address address;
	int length = -1;

	if (word->quoted || !slash ||
	    !value_parse_address(word->text, (size_t)(slash - word->text), &address))
		return false;
	size_t size = word->length - (size_t)(slash - word->text) - 1;
	if (address.family == AF_INET)
		length = mask_length(slash + 1, size);
	if (*suspect->with != (length >= 0		   ? '.'
			       : size == 0		   ? '\0'
			       : address.family == AF_INET ? '4'
							   : '6'))
		return false;
	text_print(suspect->found, sizeof(suspect->found), "%.*s", size < 16 ? (int)size : 16,
		   slash + 1);
	if (length < 0)
		return true;
	suspect->meant = suspect->buffer;
	return text_print(suspect->buffer, sizeof(suspect->buffer), "%s/%d",
			  address_text(&address).text, length);
}

/* "/24": up to three digits, and no more than the family has bits; -1 = it is no prefix length. */
static int prefix_length(const char *text, size_t size, const struct address *address)
{
	int length = 0;

	if (size < 2 || size > 4)
		return -1;
	for (size_t i = 1; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		length = length * 10 + text[i] - '0';
	}
	return length <= (int)address_size(address->family) * 8 ? length : -1;
}

/* "10.0.0.1 /24", "10.0.0.1 255.255.255.0" */
static bool is_mask_behind(struct suspect *suspect)
{
	const struct token *word = &suspect->word;
	int length = -1;

	if (word->quoted || word->length < 2)
		return false;
	if (*word->text == '/')
		length = prefix_length(word->text, word->length, suspect->address);
	else if (mask_length(word->text, word->length) >= 8)
		length = mask_length(word->text, word->length);
	if (length < 0)
		return false;
	text_print(suspect->found, sizeof(suspect->found), "%s/%d",
		   address_text(suspect->address).text, length);
	return true;
}

/* In this order; never more than five fields. */
static const struct habit {
	unsigned when; /* and what is skipped then */
	bool (*is)(struct suspect *suspect);
	const char *with; /* for the pattern, which the rows of several messages share */
	const char *code;
	/* $r is the row's name, $k the keyword, $w the word, $f what was found in it, $m what is
	 * meant. */
	const char *message;
} habits[] = {
	{BEFORE_VALUE | SKIP_WORD, is_separator, NULL, "stray-separator",
	 "no '$f' stands between '$k' and its value"},
	{BEFORE_VALUE | SKIP_BYTE, begins_with_separator, NULL, "stray-separator",
	 "no '$f' stands between '$k' and its value"},

	{UNKNOWN | SKIP_COMMENT, begins_foreign_comment, "#", "foreign-comment",
	 "'$f' begins no comment here, '#' does"},
	{UNKNOWN | SKIP_WORDS, is_lone_separator, NULL, "stray-separator",
	 "no '$f' stands between a keyword and its value"},
	{UNKNOWN | SKIP_COMMENT, is_lone_end, "#", "foreign-comment",
	 "'$f' begins no comment here, '#' does"},
	{UNKNOWN | SKIP_WORD, is_lone_end, "", "stray-separator",
	 "'$f' ends nothing here: a statement ends with its last value, a block with its '}'"},
	{UNKNOWN, is_joined, ";,", "stray-separator",
	 "no '$f' stands after '$k': a statement ends with its last value"},
	{UNKNOWN, is_joined, "=:", "stray-separator", "no '$f' stands between '$k' and its value"},

	{ANY_WORD, is_typographic, " ", "typographic-character",
	 "a no-break space is part of this word: it separates nothing, write a plain one"},
	{ANY_WORD, is_typographic, "", "typographic-character",
	 "a character that cannot be seen is part of this word"},
	{ANY_WORD, is_typographic, "*", "typographic-character",
	 "a character that looks like $f is part of this word: write the plain one"},
	{WRONG_VALUE, has_end, NULL, "stray-separator",
	 "no '$f' stands after a value: a statement ends with its last word"},
	{WRONG_VALUE, is_placeholder, NULL, "unfilled-placeholder",
	 "a template's placeholder was not filled in here"},
	{WRONG_VALUE | TEXT_MACRO, is_undefined_macro, NULL, "undefined-macro",
	 "$w: no such macro is defined before this line"},

	{OF_BOOL, is_truth, NULL, "bad-value", "$r: expected on or off; did you mean '$m'?"},
	{OF_SECONDS, has_unit, NULL, "value-with-unit",
	 "$r: a time in seconds is written without a unit; did you mean '$m'?"},
	{OF_MILLISECONDS, has_unit, NULL, "value-with-unit",
	 "$r: a time in milliseconds is written without a unit; did you mean '$m'?"},
	{OF_INTEGER, has_unit, NULL, "value-with-unit",
	 "$r: a number is written without a unit; did you mean '$m'?"},
	{OF_INTEGER, is_service_name, NULL, "name-for-port",
	 "$r: a port is a number; did you mean '$m'?"},

	{NETWORK, is_bad_prefix, ".", "bad-mask",
	 "a mask is written as its length; did you mean '$m'?"},
	{NETWORK, is_bad_prefix, "", "bad-mask", "the prefix length after the '/' is missing"},
	{NETWORK, is_bad_prefix, "4", "bad-mask",
	 "the prefix length of an IPv4 address is a number from 0 to 32, not '$f'"},
	{NETWORK, is_bad_prefix, "6", "bad-mask",
	 "the prefix length of an IPv6 address is a number from 0 to 128, not '$f'"},
	{OF_ADDRESS | ADDRESS | NETWORK, is_endpoint, "[", "port-in-address",
	 "$r: an address stands without brackets; did you mean '$m'?"},
	{OF_ADDRESS | ADDRESS | NETWORK, is_endpoint, "", "port-in-address",
	 "$r: an address without a port is wanted; did you mean '$m'?"},
	{OF_ADDRESS | ADDRESS | NETWORK, is_endpoint, ":", "port-in-address",
	 "$r: the port is a word of its own; did you mean '$m'?"},
	{OF_ADDRESS | ADDRESS | NETWORK, is_name, NULL, "name-for-address",
	 "$r: names are not looked up: an IPv4 or IPv6 address is wanted"},
	{BEHIND_ADDRESS | SKIP_WORDS, is_mask_behind, NULL, "bad-mask",
	 "the prefix length is part of the address: write $f"},

	{TEXT, has_comment, NULL, "comment-in-word",
	 "$r: a comment begins within this word: put it into quotes if the '$f' belongs to it"},
	{TEXT, has_end, NULL, "stray-separator",
	 "$r: the '$f' is part of the value: a statement ends with its last word"},
};

static void report(struct suspect *suspect, enum diagnostic_severity severity,
		   const struct habit *habit)
{
	char text[512] = "", shown[TOKEN_SHOWN_SIZE];
	const struct token *keyword = &suspect->keyword;
	struct reader *reader = suspect->reader;

	for (const char *at = habit->message; *at; at++) {
		if (*at != '$')
			text_append(text, sizeof(text), "%c", *at);
		else if (*++at == 'k')
			text_append(text, sizeof(text), "%.*s", (int)keyword->length,
				    keyword->text);
		else
			text_append(text, sizeof(text), "%s",
				    *at == 'r'	 ? suspect->row->name
				    : *at == 'f' ? suspect->found
				    : *at == 'm' ? suspect->meant
						 : token_shown(&suspect->word, shown));
	}
	reader_complain(reader, severity, reader_place(reader, &suspect->word), habit->code, "%s",
			text);
	if (suspect->meant)
		diagnostics_suggest(reader->diagnostics, suspect->meant);
	if (habit->when & SKIP_BYTE)
		reader->next = part_of(&suspect->word, 1, suspect->word.length - 1);
	if (habit->when & SKIP_WORD)
		reader_advance(reader);
	if (habit->when & SKIP_WORDS)
		reader_skip_words(reader);
	if (habit->when & SKIP_COMMENT)
		skip_comment(reader);
}

/* Looks for each habit in the next word, and reports the first one. */
static bool walk(struct suspect *suspect, struct reader *reader, unsigned when,
		 enum diagnostic_severity severity)
{
	suspect->reader = reader;
	suspect->word = reader->next;
	for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++) {
		const struct habit *habit = &habits[i];

		suspect->meant = NULL;
		suspect->with = habit->with;
		if (!(habit->when & when) || !habit->is(suspect))
			continue;
		report(suspect, severity, habit);
		return true;
	}
	return false;
}

bool habit_separator(struct reader *reader, const struct token *keyword)
{
	struct suspect suspect = {.keyword = *keyword};

	return reader->next.length > 0 && strchr("=:", *reader->next.text) &&
	       walk(&suspect, reader, BEFORE_VALUE, DIAGNOSTIC_ERROR);
}

bool habit_unknown(struct reader *reader, enum diagnostic_severity severity, struct token *keyword)
{
	struct suspect suspect = {.keyword.length = 0};
	bool found = walk(&suspect, reader, UNKNOWN, severity);

	*keyword = suspect.keyword;
	return found;
}

bool habit_value(struct reader *reader, const struct keyword *row)
{
	const struct value_type *type = row->type;
	unsigned of = type == &value_bool	    ? OF_BOOL
		      : type == &value_seconds	    ? OF_SECONDS
		      : type == &value_milliseconds ? OF_MILLISECONDS
		      : type == &value_integer	    ? OF_INTEGER
		      : type == &value_ip	    ? OF_ADDRESS
		      : type == &value_broadcast    ? OF_ADDRESS
						    : 0;

	return walk(&(struct suspect){.row = row}, reader, VALUE | of, DIAGNOSTIC_ERROR);
}

bool habit_address(struct reader *reader, bool takes_prefix)
{
	static const struct keyword row = {.name = "address", .type = &value_ip};

	return walk(&(struct suspect){.row = &row}, reader, takes_prefix ? NETWORK : ADDRESS,
		    DIAGNOSTIC_ERROR);
}

bool habit_mask_behind(struct reader *reader, const struct address *address)
{
	return walk(&(struct suspect){.address = address}, reader, BEHIND_ADDRESS,
		    DIAGNOSTIC_ERROR);
}

bool habit_text(struct reader *reader, const struct keyword *row)
{
	const struct token *word = &reader->next;
	struct suspect suspect = {.row = row};

	if (word->quoted || word->length == 0)
		return false;
	unsigned char first = (unsigned char)*word->text;
	unsigned char last = word->length > 1 ? (unsigned char)word->text[word->length - 1] : ' ';
	if (word->commented || last == ';' || last == ',')
		walk(&suspect, reader, TEXT, DIAGNOSTIC_WARNING);
	else if (first >= 0xc2 || last >= 0x80)
		walk(&suspect, reader, TEXT_CHARACTER, DIAGNOSTIC_WARNING);
	else if (word->length > 1 &&
		 word->text[1] == '{') /* "$x" may be meant, "${x}" is a macro */
		return walk(&suspect, reader, TEXT_MACRO, DIAGNOSTIC_ERROR);
	return false;
}
