/*
 * Reading values: one reader for each type of the keyword table.
 *
 * Each takes exactly the words that belong to its keyword, from the same line, and leaves the next
 * word to the parser: so several statements may share a line.  A reader that does not get what it
 * expects reports it at the offending word, or at the keyword where there is no word, and says
 * what it wants in the words of value_expected().  Values are stored through the member's offset
 * and size in the row, so a plain keyword needs no code.
 */
#include "conf/table/value.h"

#include <net/if.h>
#include <string.h>
#include <strings.h>

#include "conf/model/habit.h"
#include "conf/model/hmac_key.h"
#include "conf/table/value_readers.h"
#include "conf/text/suggest.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/mono.h"

#define FRACTION_DIGITS 6

static bool has_word(const struct parser *parser)
{
	return parser->next.kind == TOKEN_WORD;
}

bool value_follows(const struct parser *parser)
{
	return has_word(parser) && parser->next.length > 0 &&
	       !(parser->frame && keyword_find(parser->index, parser->frame->block,
					       parser->next.text, parser->next.length));
}

static void store_integer(void *member, size_t size, int64_t value)
{
	const uint8_t u8 = (uint8_t)value;
	const uint16_t u16 = (uint16_t)value;
	const uint32_t u32 = (uint32_t)value;

	switch (size) {
	case 1:
		memcpy(member, &u8, size);
		break;
	case 2:
		memcpy(member, &u16, size);
		break;
	case 4:
		memcpy(member, &u32, size);
		break;
	case 8:
		memcpy(member, &value, size);
		break;
	default:
		fatal("a member of %zu bytes cannot hold a number", size);
	}
}

static void store(const struct keyword *row, void *member, int64_t value)
{
	if (member)
		store_integer(member, row->size, value);
}

static int list_choices(const struct choice *choice, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (; choice->name; choice++) {
		int n = snprintf(text + used, size - used, "%s%s", used ? ", " : "", choice->name);

		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
	return (int)used;
}

const char *value_expected(const struct keyword *row, char text[VALUE_EXPECTED_SIZE])
{
	static const char *const names[VALUE_TYPES] = {
		[VALUE_FLAG] = "nothing",
		[VALUE_BOOL] = "on or off",
		[VALUE_IP] = "an IPv4 or IPv6 address",
		[VALUE_BROADCAST] = "an IPv4 address, '+' or '-'",
		[VALUE_COMMAND] = "a command",
		[VALUE_USER] = "a user",
		[VALUE_REGEX] = "a regular expression",
		[VALUE_DIGEST] = "32 hexadecimal digits",
		[VALUE_STATUS] = "codes or ranges from 100 to 999, as '200-299 301'",
		[VALUE_PASSWORD] = "a password",
		[VALUE_KEY] = "NUMBER VALUE",
		[VALUE_NAMES] = "the name of an interface",
		[VALUE_SERVER] = "ADDRESS [PORT]",
		[VALUE_INCLUDES] = "read, match, wildcard_match or brace_match",
		[VALUE_WORDS] = "a value",
		[VALUE_LINE] = "a value",
		[VALUE_LIST] = "'{'",
		[VALUE_BLOCK] = "'{'",
		[VALUE_ADDRESSES] = "'{'",
		[VALUE_ENTRIES] = "'{'",
		[VALUE_MEMBERS] = "'{'",
	};
	char low[VALUE_SECONDS_SIZE], high[VALUE_SECONDS_SIZE];
	char list[VALUE_EXPECTED_SIZE - 8];
	int n = 0;

	if (row->choices) {
		list_choices(row->choices, list, sizeof(list));
		n = snprintf(text, VALUE_EXPECTED_SIZE, "one of %s", list);
	} else if (row->type == VALUE_INTEGER || row->type == VALUE_WEIGHT) {
		n = snprintf(text, VALUE_EXPECTED_SIZE, "a number from %lld to %lld",
			     (long long)row->min, (long long)row->max);
	} else if (row->type == VALUE_SECONDS) {
		n = snprintf(text, VALUE_EXPECTED_SIZE, "seconds from %s to %s",
			     value_seconds(row->min, low), value_seconds(row->max, high));
	} else if (row->type == VALUE_MILLISECONDS) {
		n = snprintf(text, VALUE_EXPECTED_SIZE, "milliseconds from %s to %s",
			     value_seconds(row->min * 1000, low),
			     value_seconds(row->max * 1000, high));
	} else if (row->form) {
		return row->form->expected;
	} else if (row->type == VALUE_STRING) {
		if (row->max == 0)
			return "a word";
		n = snprintf(text, VALUE_EXPECTED_SIZE, "a word of at most %lld bytes",
			     (long long)row->max);
	} else {
		return names[row->type];
	}
	return n < VALUE_EXPECTED_SIZE ? text : "a value";
}

/* The choice that was most likely meant, or NULL. */
static const char *near_choice(const struct choice *choice, const struct token *word)
{
	const char *best = NULL;
	unsigned limit = 2;

	for (; choice && choice->name; choice++) {
		unsigned distance = suggest_distance(word->text, word->length, choice->name,
						     strlen(choice->name), limit);

		if (strlen(choice->name) == word->length &&
		    strncasecmp(choice->name, word->text, word->length) == 0)
			distance = 0;
		if (distance < limit) {
			best = choice->name;
			limit = distance;
		}
	}
	return best;
}

/* "; did you mean 'MASTER'?" */
static const char *hint_text(const char *near, char *text, size_t size)
{
	if (!near || snprintf(text, size, "; did you mean '%s'?", near) >= (int)size)
		return "";
	return text;
}

/* Reports that the next word is not what the row wants; it is left where it is. */
bool value_unwanted(struct parser *parser, const struct token *keyword, const struct keyword *row)
{
	char expected[VALUE_EXPECTED_SIZE];
	char shown[TOKEN_SHOWN_SIZE];
	char hint[64];
	const char *near = near_choice(row->choices, &parser->next);

	if (has_word(parser) && habit_value(parser, row))
		return false;
	if (!has_word(parser))
		parser_error(parser, keyword, "missing-value", "'%s' needs a value: expected %s",
			     row->name, value_expected(row, expected));
	else {
		parser_error(parser, &parser->next, "bad-value", "%s: expected %s, not %s%s",
			     row->name, value_expected(row, expected),
			     keyword_is_secret(row) ? "this" : token_shown(&parser->next, shown),
			     hint_text(near, hint, sizeof(hint)));
		if (near)
			diagnostics_suggest(parser->diagnostics, near);
	}
	return false;
}

static const struct choice booleans[] = {
	{"yes", 1}, {"on", 1}, {"true", 1}, {"no", 0}, {"off", 0}, {"false", 0}, {0},
};

static const struct choice *find_choice(const struct choice *choice, const struct token *word,
					bool any_case)
{
	for (; choice->name; choice++) {
		if (strlen(choice->name) != word->length)
			continue;
		if (any_case ? strncasecmp(choice->name, word->text, word->length) == 0
			     : memcmp(choice->name, word->text, word->length) == 0)
			return choice;
	}
	return NULL;
}

static bool read_flag(struct parser *parser, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	(void)parser;
	(void)keyword;
	store(row, member, 1);
	return true;
}

static const struct choice boolean_digits[] = {{"1", 1}, {"0", 0}, {0}};

static bool read_bool(struct parser *parser, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	const struct choice *choice = NULL;

	if (has_word(parser))
		choice = find_choice(booleans, &parser->next, false);
	if (!choice && has_word(parser))
		choice = find_choice(boolean_digits, &parser->next, false);
	if (choice && choice->name[1] == '\0')
		parser_warning(parser, &parser->next, "digit-for-boolean",
			       "%s: expected on or off; '%s' is taken as %s", row->name,
			       choice->name, choice->value ? "on" : "off");
	if (!choice && value_follows(parser))
		return value_unwanted(parser, keyword, row);
	if (choice)
		parser_advance(parser);
	store(row, member, choice ? choice->value : 1);
	return true;
}

/* Decimal, with a sign; false: not a number, or beyond 18 digits. */
bool value_parse_integer(const char *at, const char *end, int64_t *value)
{
	bool negative = at < end && *at == '-';
	const char *digits;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	*value = 0;
	for (digits = at; at < end && *at >= '0' && *at <= '9' && at - digits < 18; at++)
		*value = *value * 10 + (*at - '0');
	if (negative)
		*value = -*value;
	return at == end && at > digits;
}

static bool read_integer(struct parser *parser, const struct token *keyword,
			 const struct keyword *row, void *member)
{
	const struct token *word = &parser->next;
	int64_t value;

	if (!has_word(parser) ||
	    !value_parse_integer(word->text, word->text + word->length, &value) ||
	    value < row->min || value > row->max)
		return value_unwanted(parser, keyword, row);
	store(row, member, value);
	parser_advance(parser);
	return true;
}

/* "1.25" or "+1.25" as µs; digits past the sixth round. */
static bool parse_seconds(const char *at, const char *end, int64_t *value)
{
	const char *point = memchr(at, '.', (size_t)(end - at));
	int64_t fraction = 0;
	unsigned digits = 0;

	if (end - at > 1 && *at == '+')
		at++;
	if (!point)
		point = end;
	*value = 0;
	if ((point > at && !value_parse_integer(at, point, value)) || *at == '-' || *at == '+' ||
	    end - at > 32 || *value > INT64_MAX / USEC_PER_SEC - 1)
		return false;
	for (at = point < end ? point + 1 : end; at < end && *at >= '0' && *at <= '9'; at++) {
		if (digits < FRACTION_DIGITS)
			fraction = fraction * 10 + (*at - '0');
		else if (digits == FRACTION_DIGITS && *at >= '5')
			fraction++;
		digits++;
	}
	for (; digits < FRACTION_DIGITS; digits++)
		fraction *= 10;
	*value = *value * USEC_PER_SEC + fraction;
	return at == end && end[-1] != '.';
}

static bool read_seconds(struct parser *parser, const struct token *keyword,
			 const struct keyword *row, void *member)
{
	const struct token *word = &parser->next;
	int64_t value;

	if (!has_word(parser) || word->length == 0 ||
	    !parse_seconds(word->text, word->text + word->length, &value) || value < row->min ||
	    value > row->max)
		return value_unwanted(parser, keyword, row);
	store(row, member, value);
	parser_advance(parser);
	return true;
}

/* Decimal milliseconds as µs. */
static bool read_milliseconds(struct parser *parser, const struct token *keyword,
			      const struct keyword *row, void *member)
{
	const struct token *word = &parser->next;
	int64_t value;

	if (!has_word(parser) || word->length == 0 ||
	    !parse_seconds(word->text, word->text + word->length, &value) ||
	    (value + 500) / 1000 < row->min || value / 1000 > row->max)
		return value_unwanted(parser, keyword, row);
	store(row, member, (value + 500) / 1000);
	parser_advance(parser);
	return true;
}

static const struct choice senses[] = {
	{"reverse", WEIGHT_REVERSE}, {"noreverse", WEIGHT_NOREVERSE}, {0}};

static bool read_weight(struct parser *parser, const struct token *keyword,
			const struct keyword *row, void *member)
{
	struct keyword number = *row;
	struct weight_conf weight = {0};
	const struct choice *sense = NULL;

	number.size = sizeof(weight.weight);
	if (!read_integer(parser, keyword, &number, &weight.weight))
		return false;
	if (has_word(parser))
		sense = find_choice(senses, &parser->next, false);
	if (sense) {
		weight.sense = (uint32_t)sense->value;
		parser_advance(parser);
	}
	if (member)
		memcpy(member, &weight, sizeof(weight));
	return true;
}

static bool read_string(struct parser *parser, const struct token *keyword,
			const struct keyword *row, void *member)
{
	const struct token *word = &parser->next;
	const char *text;

	if (!has_word(parser) || word->length == 0 ||
	    (row->max > 0 && word->length > (uint64_t)row->max) ||
	    (row->form && !row->form->fits(word->text, word->length)) ||
	    (row->choices && !find_choice(row->choices, word, false)))
		return value_unwanted(parser, keyword, row);
	if (parser->quiet == 0)
		habit_text(parser, word, row);
	if (member) {
		text = token_text(parser, word);
		memcpy(member, &text, sizeof(text));
	}
	parser_advance(parser);
	return true;
}

static bool read_choice(struct parser *parser, const struct token *keyword,
			const struct keyword *row, void *member)
{
	const struct choice *choice = NULL;
	int64_t number;

	if (has_word(parser))
		choice = find_choice(row->choices, &parser->next,
				     (row->flags & KEYWORD_ANY_CASE) != 0);
	if (choice)
		number = choice->value;
	else if (!has_word(parser) || row->max == 0 ||
		 !value_parse_integer(parser->next.text, parser->next.text + parser->next.length,
				      &number) ||
		 number < 0 || number > row->max)
		return value_unwanted(parser, keyword, row);
	store(row, member, number);
	parser_advance(parser);
	return true;
}

/* "10.0.0.1", of "10.0.0.1/24" too: its length, or 0 if it is none. */
uint32_t value_address(const struct token *word, struct address *address)
{
	const char *slash = memchr(word->text, '/', word->length);
	uint32_t length = slash ? (uint32_t)(slash - word->text) : word->length, i;
	char text[ADDRESS_TEXT_SIZE];

	for (i = length + 1; i < word->length; i++) {
		if (word->text[i] < '0' || word->text[i] > '9')
			return 0;
	}
	if (length >= sizeof(text) || length + 1 == word->length)
		return 0;
	memcpy(text, word->text, length);
	text[length] = '\0';
	return address_parse(text, address) ? length : 0;
}

static bool read_ip(struct parser *parser, const struct token *keyword, const struct keyword *row,
		    void *member)
{
	struct address address;
	uint32_t length;

	if (!has_word(parser))
		return value_unwanted(parser, keyword, row);
	length = value_address(&parser->next, &address);
	if (length == 0)
		return value_unwanted(parser, keyword, row);
	if (length < parser->next.length)
		parser_warning(parser, &parser->next, "prefix-in-address",
			       "%s: a prefix length has no meaning here: '%.*s' is used", row->name,
			       (int)length, parser->next.text);
	if (member)
		memcpy(member, &address, sizeof(address));
	parser_advance(parser);
	return true;
}

/* "+" and "-" stay as a mark in an address of no family until the prefix is known. */
static bool read_broadcast(struct parser *parser, const struct token *keyword,
			   const struct keyword *row, void *member)
{
	struct address mark = {0};

	if (!has_word(parser) || parser->next.length != 1)
		return read_ip(parser, keyword, row, member);
	mark.bytes[0] = (uint8_t)*parser->next.text;
	if (mark.bytes[0] != '+' && mark.bytes[0] != '-')
		return value_unwanted(parser, keyword, row);
	if (member)
		memcpy(member, &mark, sizeof(mark));
	parser_advance(parser);
	return true;
}

static void skip_colons(struct token *word)
{
	while (word->length > 0 && *word->text == ':') {
		word->text++;
		word->length--;
	}
}

/* [USER [GROUP]], also "USER:GROUP" and "USER : GROUP". */
static void read_owner(struct parser *parser, const char **user, const char **group)
{
	struct token word = parser->next;
	struct token rest = word;
	const char *colon;

	if (!value_follows(parser))
		return;
	colon = memchr(word.text, ':', word.length);
	parser_advance(parser);
	rest.length = 0;
	if (colon) {
		rest.text = colon;
		rest.length = (uint32_t)(word.text + word.length - rest.text);
		word.length = (uint32_t)(colon - word.text);
		skip_colons(&rest);
	}
	if (rest.length == 0 && value_follows(parser)) {
		rest = parser->next;
		parser_advance(parser);
		skip_colons(&rest);
	}
	if (rest.length == 0 && rest.start != word.start && has_word(parser)) {
		rest = parser->next;
		parser_advance(parser);
		skip_colons(&rest);
	}
	if (word.length == 0)
		return;
	*user = token_text(parser, &word);
	if (rest.length > 0)
		*group = token_text(parser, &rest);
}

/* Takes the next word again by the rules for commands. */
struct token value_escaped_word(struct parser *parser)
{
	struct token word = lexer_again_escaped(parser->lexer, &parser->next);

	parser->next = lexer_next(parser->lexer);
	return word;
}

/* Of a command that takes no user: arguments that should stand in its quotes are nobody's. */
static void ignore_arguments(struct parser *parser, const struct keyword *row)
{
	char shown[TOKEN_SHOWN_SIZE];

	if (!value_follows(parser))
		return;
	parser_warning(parser, &parser->next, "argument-ignored",
		       "%s: %s does not stand in quotes with the command: it is ignored", row->name,
		       token_shown(&parser->next, shown));
	while (value_follows(parser))
		parser_advance(parser);
}

static bool read_command(struct parser *parser, const struct token *keyword,
			 const struct keyword *row, void *member)
{
	const struct script_conf *stored;
	struct script_conf *script;
	struct token word;
	const char **argv;

	if (!has_word(parser))
		return value_unwanted(parser, keyword, row);
	if (parser->quiet == 0)
		habit_text(parser, &parser->next, row);
	script = arena_alloc(member ? parser->conf->arena : parser->scratch, sizeof(*script));
	script->place = parser_place(parser, &parser->next);
	word = value_escaped_word(parser);
	if (row->max == COMMAND_WITHOUT_USER)
		ignore_arguments(parser, row);
	else
		read_owner(parser, &script->user, &script->group);
	if (word.unclosed)
		return false;
	script->command = token_text(parser, &word);
	argv = lexer_split(member ? parser->conf->arena : parser->scratch, script->command);
	if (!argv) {
		parser_error(parser, &word, "bad-command",
			     "%s: a quote within the command is not closed", row->name);
		return false;
	}
	if (!argv[0]) {
		parser_warning(parser, &word, "empty-command",
			       "%s: the command is empty: nothing is run", row->name);
		return true;
	}
	script->argv = argv;
	stored = script;
	if (member)
		memcpy(member, &stored, sizeof(stored));
	return true;
}

static bool read_user(struct parser *parser, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	const char *owner[2] = {NULL, NULL};

	if (!has_word(parser) || parser->next.length == 0)
		return value_unwanted(parser, keyword, row);
	read_owner(parser, &owner[0], &owner[1]);
	if (member)
		memcpy(member, owner, sizeof(owner));
	return true;
}

static bool read_key(struct parser *parser, const struct token *keyword, const struct keyword *row,
		     void *member)
{
	(void)row;
	(void)member;
	return hmac_key_read(parser, keyword);
}

/* Kept as they can be read again: the words, each with a blank before it. */
static bool read_words(struct parser *parser, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	FILE *out = rest_text_begin(parser);
	const char *text;
	int64_t count;

	for (count = 0; has_word(parser) && (row->max == 0 || count < row->max); count++) {
		size_t length = parser->next.length;

		if (count >= row->min && row->max > 0 && parser->frame &&
		    keyword_find(parser->index, parser->frame->block, parser->next.text, length))
			break;
		value_print_bytes(parser->next.text, length, out);
		parser_advance(parser);
	}
	if (count < row->min)
		return value_unwanted(parser, keyword, row);
	if (member) {
		text = rest_text_end(parser);
		memcpy(member, &text, sizeof(text));
	}
	return true;
}

#define NAMES_MAX 16

static bool read_names(struct parser *parser, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	const char *names[NAMES_MAX];
	struct name_list list = {NULL, 0};

	while (has_word(parser) && list.count < (size_t)row->max && list.count < NAMES_MAX) {
		const struct token *word = &parser->next;

		/* The next statement may follow on the line. */
		if (list.count >= (size_t)row->min && parser->frame &&
		    keyword_find(parser->index, parser->frame->block, word->text, word->length))
			break;
		if (word->length == 0 || word->length >= IF_NAMESIZE)
			return value_unwanted(parser, keyword, row);
		names[list.count++] = token_text(parser, word);
		parser_advance(parser);
	}
	if (list.count < (size_t)row->min)
		return value_unwanted(parser, keyword, row);
	list.names = intern_bytes(parser->intern, names, list.count * sizeof(*names));
	if (member)
		memcpy(member, &list, sizeof(list));
	return true;
}

static bool read_server(struct parser *parser, const struct token *keyword,
			const struct keyword *row, void *member)
{
	static const struct keyword port_row = {"port", .type = VALUE_INTEGER, .max = 65535,
						.size = 2};
	struct endpoint endpoint = {0};

	if (!member) {
		parse_sorry_server(parser, keyword, row);
		return true;
	}
	if (!read_ip(parser, keyword, row, &endpoint.address) ||
	    (value_follows(parser) && !read_integer(parser, keyword, &port_row, &endpoint.port)))
		return false;
	memcpy(member, &endpoint, sizeof(endpoint));
	return true;
}

/* Bare "include_check" asks for all checks; it is none of the configuration's values, and holds
 * from here to the end of the file. */
static bool read_includes(struct parser *parser, const struct token *keyword,
			  const struct keyword *row, void *member)
{
	unsigned checks = 0;

	(void)member;
	if (!has_word(parser))
		checks = INCLUDE_CHECK_ALL;
	else if (parser->next.length > 0 && strchr("+-", *parser->next.text))
		checks = parser->include_checks;
	while (has_word(parser)) {
		if (!parse_include_check(&parser->next, &checks))
			return value_unwanted(parser, keyword, row);
		parser_advance(parser);
	}
	parser->include_checks = checks;
	return true;
}

bool value_read(struct parser *parser, const struct token *keyword, const struct keyword *row,
		void *member)
{
	static value_reader *const readers[VALUE_TYPES] = {
		[VALUE_FLAG] = read_flag,
		[VALUE_BOOL] = read_bool,
		[VALUE_INTEGER] = read_integer,
		[VALUE_SECONDS] = read_seconds,
		[VALUE_STRING] = read_string,
		[VALUE_CHOICE] = read_choice,
		[VALUE_IP] = read_ip,
		[VALUE_BROADCAST] = read_broadcast,
		[VALUE_COMMAND] = read_command,
		[VALUE_USER] = read_user,
		[VALUE_REGEX] = value_read_regex,
		[VALUE_DIGEST] = value_read_digest,
		[VALUE_STATUS] = value_read_status,
		[VALUE_PASSWORD] = value_read_password,
		[VALUE_METHOD] = value_read_method,
		[VALUE_SERVER] = read_server,
		[VALUE_WORDS] = read_words,
		[VALUE_INCLUDES] = read_includes,
		[VALUE_KEY] = read_key,
		[VALUE_WEIGHT] = read_weight,
		[VALUE_MILLISECONDS] = read_milliseconds,
		[VALUE_NAMES] = read_names,
	};

	if (row->absent && !value_follows(parser)) {
		if (*row->absent)
			value_read_text(parser, row, row->absent, member);
		return true;
	}
	if (has_word(parser) && row->type != VALUE_FLAG && habit_separator(parser, keyword)) {
		if (has_word(parser))
			readers[row->type](parser, keyword, row, member);
		return false;
	}
	return readers[row->type](parser, keyword, row, member);
}

void value_read_text(struct parser *parser, const struct keyword *row, const char *text,
		     void *member)
{
	struct lexer *lexer = parser->lexer;
	struct token next = parser->next;
	struct keyword plain = *row;
	struct lexer inner;

	lexer_start(&inner, row->name, text, strlen(text), parser->scratch, parser->diagnostics);
	plain.absent = NULL;
	parser->lexer = &inner;
	parser->next = lexer_next(&inner);
	if (!value_read(parser, &parser->next, &plain, member))
		fatal("the default '%s' of '%s' is not valid", text, row->name);
	parser->lexer = lexer;
	parser->next = next;
}
