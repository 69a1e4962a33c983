/*
 * Habits: what people write who think of another language, or who typed a little too fast.
 *
 * "priority = 100", "advert_int 1s", "10.0.0.1:80", "// the first director": each is wrong here,
 * and a reader who is only told that '1s' is no number looks for the mistake elsewhere.  So before
 * a word is reported as unknown or wrong in the general words of parse.c and value.c, these
 * functions look whether it is one of those, and say what was meant.  They are called when there is
 * a mistake already, so a good file never pays for them; but for habit_text(), which looks at the
 * ends of words that may hold anything.
 */
#include "conf/model/habit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/table/value.h"
#include "core/base/mono.h"

#define NO_BREAK_SPACE "\xc2\xa0"

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

/* In any case. */
static bool is_like(const struct token *word, const char *text)
{
	return word->length == strlen(text) && strncasecmp(word->text, text, word->length) == 0;
}

static bool is_one_of(const struct token *word, const char *const *texts)
{
	for (; *texts; texts++) {
		if (!word->quoted && token_is(word, *texts))
			return true;
	}
	return false;
}

static const struct keyword_entry *keyword_of(const struct parser *parser, const char *text,
					      size_t length)
{
	return keyword_find(parser->index, parser->frame->block, text, length);
}

/* Typography */

/* Characters that look like others; returns what was meant, or NULL. */
static const char *look_alike(const struct token *word, const char **meant)
{
	static const struct {
		const char *bytes, *meant;
	} rows[] = {
		{"\xe2\x80\x9c", "\""}, {"\xe2\x80\x9d", "\""},	 {"\xe2\x80\x9e", "\""},
		{"\xc2\xab", "\""},	{"\xc2\xbb", "\""},	 {"\xe2\x80\x98", "'"},
		{"\xe2\x80\x99", "'"},	{"\xe2\x80\x9a", "'"},	 {"\xe2\x80\x93", "-"},
		{"\xe2\x80\x94", "-"},	{"\xe2\x88\x92", "-"},	 {NO_BREAK_SPACE, " "},
		{"\xe2\x80\xaf", " "},	{"\xe3\x80\x80", " "},	 {"\xe2\x80\x8b", ""},
		{"\xef\xbb\xbf", ""},	{"\xef\xbd\x9b", "{"},	 {"\xef\xbd\x9d", "}"},
		{"\xef\xbc\x9a", ":"},	{"\xe2\x80\xa6", "..."},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows) && !word->quoted; i++) {
		const char *found =
			memmem(word->text, word->length, rows[i].bytes, strlen(rows[i].bytes));

		*meant = rows[i].meant;
		if (found)
			return found;
	}
	return NULL;
}

/* The word as it was meant. */
static void suggest_plain(struct parser *parser, const struct token *word)
{
	struct token rest = *word;
	char text[TOKEN_SHOWN_SIZE];
	const char *meant, *found;
	size_t used = 0;

	while ((found = look_alike(&rest, &meant)) && found == rest.text) {
		size_t size = (unsigned char)*found < 0xe0 ? 2 : 3;

		rest = part_of(&rest, size, rest.length - size);
	}
	while (used < rest.length && used + 1 < sizeof(text) &&
	       ((unsigned char)rest.text[used] < 0x80))
		used++;
	memcpy(text, rest.text, used);
	text[used] = '\0';
	if (used == rest.length && used > 0)
		diagnostics_suggest(parser->diagnostics, text);
}

static bool typography(struct parser *parser, const struct token *word,
		       enum diagnostic_severity severity)
{
	struct place place = parser_place(parser, word);
	const char *meant;

	if (!look_alike(word, &meant))
		return false;
	if (*meant == ' ')
		parser_complain(parser, severity, place, "typographic-character",
				"a no-break space is part of this word: it separates nothing, "
				"write a plain one");
	else if (*meant == '\0')
		parser_complain(parser, severity, place, "typographic-character",
				"a character that cannot be seen is part of this word");
	else
		parser_complain(parser, severity, place, "typographic-character",
				"a character that looks like %s is part of this word: write the "
				"plain one",
				meant);
	suggest_plain(parser, word);
	return true;
}

/* A macro that is not defined, which has been left as it is. */
static bool undefined_macro(struct parser *parser, const struct token *word)
{
	char shown[TOKEN_SHOWN_SIZE];

	if (!parser->expander || !expander_lacks(parser->expander, word->text, word->length))
		return false;
	parser_error(parser, word, "undefined-macro",
		     "%s: no such macro is defined before this line", token_shown(word, shown));
	return true;
}

/* Separators */

static const char *const separators[] = {"=", ":", ":=", "=>", "==", NULL};

bool habit_separator(struct parser *parser, const struct token *keyword)
{
	struct token *word = &parser->next;
	bool alone = is_one_of(word, separators);
	char shown[TOKEN_SHOWN_SIZE];
	struct token rest;

	if (!alone && !begins(word, "=") && (!begins(word, ":") || begins(word, "::")))
		return false;
	parser_error(parser, word, "stray-separator", "no '%.1s' stands between %s and its value",
		     word->text, token_shown(keyword, shown));
	if (alone) {
		diagnostics_suggest(parser->diagnostics, "");
		parser_advance(parser);
		return true;
	}
	rest = part_of(word, 1, word->length - 1);
	diagnostics_suggest(parser->diagnostics, token_text(parser, &rest));
	*word = rest;
	return true;
}

/* "priority=100", "priority:", "nopreempt;" */
static bool joined(struct parser *parser, const struct token *word,
		   enum diagnostic_severity severity)
{
	size_t length = 0;
	const struct keyword_entry *entry;
	char text[TOKEN_SHOWN_SIZE];

	while (length < word->length && !strchr("=:;,", word->text[length]))
		length++;
	if (word->quoted || length == word->length || length == 0)
		return false;
	entry = keyword_of(parser, word->text, length);
	if (!entry)
		return false;
	if (strchr(";,", word->text[length]))
		parser_complain(parser, severity, parser_place(parser, word), "stray-separator",
				"no '%c' stands after '%s': a statement ends with its last value",
				word->text[length], entry->row->name);
	else
		parser_complain(parser, severity, parser_place(parser, word), "stray-separator",
				"no '%c' stands between '%s' and its value", word->text[length],
				entry->row->name);
	if (snprintf(text, sizeof(text), "%s%s%.*s", entry->row->name,
		     length + 1 < word->length ? " " : "", (int)(word->length - length - 1),
		     word->text + length + 1) < (int)sizeof(text))
		diagnostics_suggest(parser->diagnostics, text);
	parser_count_as_tried(parser, entry);
	return true;
}

/* Comments */

static const char *end_of_text(const struct parser *parser)
{
	return parser->lexer->rest ? parser->lexer->text_end : parser->lexer->end;
}

/* Where a comment in the manner of C ends, if it does. */
static bool skip_c_comment(struct parser *parser)
{
	const char *start = parser->lexer->rest ? parser->lexer->rest : parser->next.start;
	const char *end = memmem(start, (size_t)(end_of_text(parser) - start), "*/", 2);

	if (!end)
		return false;
	while (parser->next.kind != TOKEN_END &&
	       !(parser->next.kind == TOKEN_WORD &&
		 memmem(parser->next.text, parser->next.length, "*/", 2)))
		parser_advance(parser);
	return true;
}

static bool foreign_comment(struct parser *parser, enum diagnostic_severity severity)
{
	static const char *const starts[] = {"//", "/*", "--", ";;", "%%", NULL};
	const struct token *word = &parser->next;
	size_t i = 0;

	while (starts[i] && !begins(word, starts[i]))
		i++;
	if (!starts[i] && !(begins(word, ";") && !token_is(word, ";")))
		return false;
	parser_complain(parser, severity, parser_place(parser, word), "foreign-comment",
			"'%s' begins no comment here, '#' does", starts[i] ? starts[i] : ";");
	if (word->length == (starts[i] ? strlen(starts[i]) : 1))
		diagnostics_suggest(parser->diagnostics, "#");
	if (begins(word, "/*"))
		skip_c_comment(parser);
	parse_skip_line(parser);
	return true;
}

/* ";" or "," as a word: behind a '}' or a value it ends something, at the front it is a comment. */
static bool lone_separator(struct parser *parser, enum diagnostic_severity severity)
{
	static const char *const ends[] = {";", ",", NULL};
	struct token word = parser->next;

	if (is_one_of(&word, separators)) {
		parser_complain(parser, severity, parser_place(parser, &word), "stray-separator",
				"no '%.1s' stands between a keyword and its value", word.text);
		parse_skip_words(parser);
		return true;
	}
	if (!is_one_of(&word, ends))
		return false;
	parser_advance(parser);
	if (parser->next.kind == TOKEN_WORD && *word.text == ';') {
		parser_complain(parser, severity, parser_place(parser, &word), "foreign-comment",
				"';' begins no comment here, '#' does");
		diagnostics_suggest(parser->diagnostics, "#");
		parse_skip_line(parser);
		return true;
	}
	parser_complain(parser, severity, parser_place(parser, &word), "stray-separator",
			"'%.1s' ends nothing here: a statement ends with its last value, a block "
			"with its '}'",
			word.text);
	diagnostics_suggest(parser->diagnostics, "");
	return true;
}

/* Words that nobody knows */

/* Whether a '{' follows the next word at once. */
static bool begins_block(const struct parser *parser)
{
	const char *at = parser->lexer->at;

	while (at < parser->lexer->end && (*at == ' ' || *at == '\t'))
		at++;
	return at < parser->lexer->end && *at == '{';
}

/* A sync group whose members stand in it without "group { }". */
static bool members_without_group(struct parser *parser, enum diagnostic_severity severity)
{
	const struct token *word = &parser->next;

	if (parser->frame->block != BLOCK_SYNC_GROUP || !word->first ||
	    keyword_suggest(parser->index, BLOCK_SYNC_GROUP, word->text, word->length) ||
	    begins_block(parser))
		return false;
	parser_complain(
		parser, severity, parser_place(parser, &parser->next), "group-without-block",
		"the members of a group stand in a block: group { %.*s }",
		(int)(parser->next.length < 32 ? parser->next.length : 32), parser->next.text);
	while (parser->next.kind == TOKEN_LINE ||
	       (parser->next.kind == TOKEN_WORD &&
		!keyword_of(parser, parser->next.text, parser->next.length)))
		parser_advance(parser);
	return true;
}

bool habit_unknown(struct parser *parser, enum diagnostic_severity severity)
{
	return foreign_comment(parser, severity) || lone_separator(parser, severity) ||
	       joined(parser, &parser->next, severity) ||
	       typography(parser, &parser->next, severity) ||
	       members_without_group(parser, severity);
}

/* Values */

/* What follows the number that a word begins with; NULL = it does not begin with one. */
static const char *after_number(const struct token *word)
{
	const char *at = word->text;
	const char *end = at + word->length;
	const char *digits;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (digits = at; at < end && ((*at >= '0' && *at <= '9') || *at == '.');)
		at++;
	return at > digits && at < end ? at : NULL;
}

/* The seconds of a unit, in µs; 0 = it is none. */
static int64_t unit_of(const char *at, const char *end)
{
	static const struct {
		const char *name;
		int64_t value;
	} units[] = {
		{"us", 1},
		{"ms", 1000},
		{"msec", 1000},
		{"msecs", 1000},
		{"s", USEC_PER_SEC},
		{"sec", USEC_PER_SEC},
		{"secs", USEC_PER_SEC},
		{"second", USEC_PER_SEC},
		{"seconds", USEC_PER_SEC},
		{"m", 60 * USEC_PER_SEC},
		{"min", 60 * USEC_PER_SEC},
		{"mins", 60 * USEC_PER_SEC},
		{"minutes", 60 * USEC_PER_SEC},
		{"h", 3600 * USEC_PER_SEC},
		{"hour", 3600 * USEC_PER_SEC},
		{"hours", 3600 * USEC_PER_SEC},
		{"d", 86400 * USEC_PER_SEC},
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strlen(units[i].name) == (size_t)(end - at) &&
		    strncasecmp(units[i].name, at, (size_t)(end - at)) == 0)
			return units[i].value;
	}
	return 0;
}

/* "100ms", "1m", "50%" */
static bool unit(struct parser *parser, const struct keyword *row)
{
	const struct token *word = &parser->next;
	const char *at = after_number(word);
	const char *end = word->text + word->length;
	char text[VALUE_SECONDS_SIZE], number[32];
	int64_t size = at ? unit_of(at, end) : 0;
	bool percent = at && end - at == 1 && *at == '%';
	double value;

	if ((size == 0 && !percent) || at - word->text >= (ptrdiff_t)sizeof(number))
		return false;
	memcpy(number, word->text, (size_t)(at - word->text));
	number[at - word->text] = '\0';
	value = strtod(number, NULL) * (double)(percent ? USEC_PER_SEC : size);
	if (value > 1e15 || value < -1e15)
		return false;
	if (row->type == VALUE_INTEGER && (int64_t)value % USEC_PER_SEC != 0)
		return false;
	if (row->type == VALUE_MILLISECONDS)
		value *= 1000;
	value_seconds((int64_t)value, text);
	parser_error(parser, word, "value-with-unit",
		     "%s: %s is written without a unit; did you mean '%s'?", row->name,
		     row->type == VALUE_SECONDS	       ? "a time in seconds"
		     : row->type == VALUE_MILLISECONDS ? "a time in milliseconds"
						       : "a number",
		     text);
	diagnostics_suggest(parser->diagnostics, text);
	return true;
}

/* "5;" "MASTER," */
static bool trailing(struct parser *parser)
{
	const struct token *word = &parser->next;
	struct token plain = part_of(word, 0, word->length - 1);

	if (word->quoted || word->length < 2 || !strchr(";,", word->text[word->length - 1]))
		return false;
	parser_error(parser, word, "stray-separator",
		     "no '%c' stands after a value: a statement ends with its last word",
		     word->text[word->length - 1]);
	diagnostics_suggest(parser->diagnostics, token_text(parser, &plain));
	return true;
}

static bool parse_part(const char *text, size_t length, struct address *address)
{
	char copy[ADDRESS_TEXT_SIZE];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return address_parse(copy, address);
}

/* "10.0.0.1:80", "[fd00::1]:80", "[fd00::1]": the address, and what follows it. */
static bool split_endpoint(const struct token *word, struct address *address, struct token *port)
{
	const char *close = memchr(word->text, ']', word->length);
	const char *colon = memrchr(word->text, ':', word->length);
	size_t length;

	if (word->length > 2 && *word->text == '[' && close) {
		length = (size_t)(close - word->text) + 1;
		*port = part_of(word, length, word->length - length);
		return parse_part(word->text + 1, length - 2, address);
	}
	if (!colon)
		return false;
	length = (size_t)(colon - word->text);
	*port = part_of(word, length, word->length - length);
	return parse_part(word->text, length, address) && address->family == AF_INET;
}

static bool port_in_address(struct parser *parser, const struct keyword *row, bool takes_port)
{
	const struct token *word = &parser->next;
	char text[ADDRESS_TEXT_SIZE], suggestion[ENDPOINT_TEXT_SIZE];
	struct address address;
	struct token port;

	if (word->quoted || !split_endpoint(word, &address, &port))
		return false;
	address_format(&address, text);
	if (port.length == 0)
		parser_error(parser, word, "port-in-address",
			     "%s: an address stands without brackets; did you mean '%s'?",
			     row->name, text);
	else if (!takes_port)
		parser_error(parser, word, "port-in-address",
			     "%s: an address without a port is wanted; did you mean '%s'?",
			     row->name, text);
	else if (snprintf(suggestion, sizeof(suggestion), "%s %.*s", text, (int)port.length - 1,
			  port.text + 1) < (int)sizeof(suggestion)) {
		parser_error(parser, word, "port-in-address",
			     "%s: the port is a word of its own; did you mean '%s'?", row->name,
			     suggestion);
		diagnostics_suggest(parser->diagnostics, suggestion);
		return true;
	} else
		return false;
	diagnostics_suggest(parser->diagnostics, text);
	return true;
}

/* "www.example.org": letters, and a dot. */
static bool is_name(const struct token *word)
{
	bool letters = false, dot = false;
	size_t i;

	for (i = 0; i < word->length; i++) {
		char c = word->text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		letters |= letter;
		dot |= c == '.';
		if (!letter && c != '.' && c != '-' && c != '_' && (c < '0' || c > '9'))
			return false;
	}
	return letters && dot;
}

/* A name where an address is wanted. */
static bool no_plain_address(struct parser *parser, const struct keyword *row)
{
	const struct token *word = &parser->next;

	if (!is_name(word))
		return false;
	parser_error(parser, word, "name-for-address",
		     "%s: names are not looked up: an IPv4 or IPv6 address is wanted", row->name);
	return true;
}

/* "http" for a port. */
static bool service_name(struct parser *parser, const struct keyword *row)
{
	static const struct {
		const char *name, *port;
	} services[] = {
		{"http", "80"},	   {"https", "443"},	  {"smtp", "25"},	  {"domain", "53"},
		{"dns", "53"},	   {"ssh", "22"},	  {"ftp", "21"},	  {"imap", "143"},
		{"imaps", "993"},  {"pop3", "110"},	  {"pop3s", "995"},	  {"ldap", "389"},
		{"ldaps", "636"},  {"mysql", "3306"},	  {"postgresql", "5432"}, {"ntp", "123"},
		{"syslog", "514"}, {"submission", "587"},
	};
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(*services); i++) {
		if (row->max != 65535 || !token_is(&parser->next, services[i].name))
			continue;
		parser_error(parser, &parser->next, "name-for-port",
			     "%s: a port is a number; did you mean '%s'?", row->name,
			     services[i].port);
		diagnostics_suggest(parser->diagnostics, services[i].port);
		return true;
	}
	return false;
}

/* "1", "True", "enabled" */
static bool truth(struct parser *parser, const struct keyword *row)
{
	static const char *const trues[] = {"1", "on", "yes", "true", "enable", "enabled", NULL};
	static const char *const falses[] = {"0",	"off",	    "no",   "false",
					     "disable", "disabled", "none", NULL};
	const struct token *word = &parser->next;
	const char *meant = NULL;
	size_t i;

	for (i = 0; trues[i] && !meant; i++)
		meant = is_like(word, trues[i]) ? "on" : NULL;
	for (i = 0; falses[i] && !meant; i++)
		meant = is_like(word, falses[i]) ? "off" : NULL;
	if (!meant)
		return false;
	parser_error(parser, word, "bad-value", "%s: expected on or off; did you mean '%s'?",
		     row->name, meant);
	diagnostics_suggest(parser->diagnostics, meant);
	return true;
}

bool habit_value(struct parser *parser, const struct keyword *row)
{
	if (typography(parser, &parser->next, DIAGNOSTIC_ERROR) || trailing(parser) ||
	    undefined_macro(parser, &parser->next))
		return true;
	switch (row->type) {
	case VALUE_BOOL:
		return truth(parser, row);
	case VALUE_SECONDS:
	case VALUE_MILLISECONDS:
		return unit(parser, row);
	case VALUE_INTEGER:
		return unit(parser, row) || service_name(parser, row);
	case VALUE_IP:
	case VALUE_BROADCAST:
		return port_in_address(parser, row, row->max > 0) || no_plain_address(parser, row);
	default:
		return false;
	}
}

/* Addresses in lists */

/* The prefix length of "255.255.255.0"; -1 = it is no mask. */
static int mask_length(const struct address *mask)
{
	uint32_t bits = ntohl(mask->v4.s_addr);
	int length = bits ? 32 - __builtin_ctz(bits) : 0;

	if (mask->family != AF_INET || bits != (length ? ~UINT32_C(0) << (32 - length) : 0))
		return -1;
	return length;
}

bool habit_mask_behind(struct parser *parser, const struct address *address)
{
	const struct token *word = &parser->next;
	struct address mask;
	char text[ADDRESS_TEXT_SIZE];
	int length = -1;

	if (word->quoted || word->length < 2)
		return false;
	if (*word->text == '/')
		length = atoi(token_text(parser, word) + 1);
	else if (parse_part(word->text, word->length, &mask) && mask.family == AF_INET &&
		 mask_length(&mask) >= 8)
		length = mask_length(&mask);
	if (length < 0)
		return false;
	parser_error(parser, word, "bad-mask",
		     "the prefix length is part of the address: write %s/%d",
		     address_format(address, text), length);
	parse_skip_words(parser);
	return true;
}

/* "10.0.0.1/33", "10.0.0.1/255.255.255.0", "10.0.0.1/": what stands before the slash is good. */
static bool bad_mask(struct parser *parser, const struct address *address, const char *prefix)
{
	const struct token *word = &parser->next;
	size_t length = (size_t)(word->text + word->length - prefix);
	char text[ADDRESS_TEXT_SIZE], suggestion[ENDPOINT_TEXT_SIZE];
	bool is_v4 = address->family == AF_INET;
	struct address mask;

	address_format(address, text);
	if (parse_part(prefix, length, &mask) && is_v4 && mask_length(&mask) >= 0 &&
	    snprintf(suggestion, sizeof(suggestion), "%s/%d", text, mask_length(&mask)) <
		    (int)sizeof(suggestion)) {
		parser_error(parser, word, "bad-mask",
			     "a mask is written as its length; did you mean '%s'?", suggestion);
		diagnostics_suggest(parser->diagnostics, suggestion);
		return true;
	}
	if (length == 0) {
		parser_error(parser, word, "bad-mask",
			     "the prefix length after the '/' is missing");
		return true;
	}
	parser_error(parser, word, "bad-mask",
		     "the prefix length of an %s address is a number from 0 to %d, not '%.*s'",
		     is_v4 ? "IPv4" : "IPv6", is_v4 ? 32 : 128, length < 16 ? (int)length : 16,
		     prefix);
	return true;
}

bool habit_address(struct parser *parser, bool takes_prefix)
{
	static const struct keyword row = {.name = "address", .type = VALUE_IP};
	const struct token *word = &parser->next;
	const char *slash = memchr(word->text, '/', word->length);
	struct address address;

	if (typography(parser, word, DIAGNOSTIC_ERROR) || trailing(parser) ||
	    undefined_macro(parser, word))
		return true;
	if (takes_prefix && slash && !word->quoted &&
	    parse_part(word->text, (size_t)(slash - word->text), &address))
		return bad_mask(parser, &address, slash + 1);
	return port_in_address(parser, &row, false) || no_plain_address(parser, &row);
}

/* Words that may hold anything */

void habit_text(struct parser *parser, const struct token *word, const struct keyword *row)
{
	char last = word->length > 1 && !word->quoted ? word->text[word->length - 1] : ' ';
	struct token plain = part_of(word, 0, word->length - 1);

	if (word->commented) {
		parser_warning(parser, word, "comment-in-word",
			       "%s: a comment begins within this word: put it into quotes if the "
			       "'%c' belongs to it",
			       row->name, word->start[word->length]);
	} else if (last == ';' || last == ',') {
		parser_warning(parser, word, "stray-separator",
			       "%s: the '%c' is part of the value: a statement ends with its last "
			       "word",
			       row->name, last);
		diagnostics_suggest(parser->diagnostics, token_text(parser, &plain));
	} else if (!word->quoted &&
		   ((unsigned char)*word->text >= 0xc2 || (unsigned char)last >= 0x80)) {
		typography(parser, word, DIAGNOSTIC_WARNING);
	} else if (!word->quoted && word->length > 1 && word->text[1] == '{') {
		undefined_macro(parser, word); /* "$x" may be meant, "${x}" is a macro */
	}
}
