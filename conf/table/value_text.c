/*
 * Reading values, further: those that are texts of a form of their own: expressions, sums, codes of
 * HTTP, passwords, and the ways to forward packets.  See value.c.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "conf/model/habit.h"
#include "conf/table/value_readers.h"

bool value_read_regex(struct parser *parser, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	PCRE2_UCHAR reason[128];
	const char *pattern;
	struct token word;
	pcre2_code *code;
	PCRE2_SIZE offset;
	int error;

	if (parser->next.kind != TOKEN_WORD)
		return value_unwanted(parser, keyword, row);
	word = value_escaped_word(parser);
	if (word.unclosed)
		return false;
	pattern = token_text(parser, &word);
	if (pattern != parser->last_regex) {
		code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &offset,
				     NULL);
		if (!code) {
			pcre2_get_error_message(error, reason, sizeof(reason));
			parser_error(parser, &word, "bad-regex",
				     "%s: %s at offset %zu of the expression", row->name,
				     (const char *)reason, offset);
			return false;
		}
		pcre2_code_free(code);
		parser->last_regex = pattern;
	}
	if (member)
		memcpy(member, &pattern, sizeof(pattern));
	return true;
}

bool value_read_digest(struct parser *parser, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	const struct token *word = &parser->next;
	struct token lower = *word;
	const char *text;
	char digits[32];
	size_t i;

	if (parser->next.kind != TOKEN_WORD || word->length != sizeof(digits))
		return value_unwanted(parser, keyword, row);
	for (i = 0; i < sizeof(digits); i++) {
		char c = word->text[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return value_unwanted(parser, keyword, row);
		digits[i] = c;
	}
	lower.text = digits;
	text = token_text(parser, &lower);
	if (member)
		memcpy(member, &text, sizeof(text));
	parser_advance(parser);
	return true;
}

/* One "200" or "200-299"; also "200," and "200,301" as some people write. */
static bool parse_status(const char *at, const char *end, struct status_range *range)
{
	const char *dash = memchr(at, '-', (size_t)(end - at));
	int64_t first, last;

	if (!value_parse_integer(at, dash ? dash : end, &first))
		return false;
	last = first;
	if (dash && !value_parse_integer(dash + 1, end, &last))
		return false;
	*range = (struct status_range){(uint16_t)first, (uint16_t)last};
	return first >= 100 && first <= last && last <= 999;
}

#define STATUS_RANGES_MAX 900

bool value_read_status(struct parser *parser, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	struct status_range ranges[STATUS_RANGES_MAX];
	struct {
		const struct status_range *ranges;
		size_t count;
	} list = {NULL, 0};

	while (parser->next.kind == TOKEN_WORD && list.count < STATUS_RANGES_MAX) {
		const char *at = parser->next.text;
		const char *end = at + parser->next.length;

		if (parser->next.length == 0 || *at < '0' || *at > '9')
			break;
		if (!parse_status(at, end, &ranges[list.count]))
			return value_unwanted(parser, keyword, row);
		list.count++;
		parser_advance(parser);
	}
	if (list.count == 0)
		return value_unwanted(parser, keyword, row);
	list.ranges = intern_bytes(parser->intern, ranges, list.count * sizeof(*ranges));
	if (member)
		memcpy(member, &list, sizeof(list));
	return true;
}

bool value_read_password(struct parser *parser, const struct token *keyword,
			 const struct keyword *row, void *member)
{
	uint8_t password[8] = {0};
	uint32_t length = parser->next.length;

	if (parser->next.kind != TOKEN_WORD || length == 0)
		return value_unwanted(parser, keyword, row);
	if (parser->quiet == 0)
		habit_text(parser, &parser->next, row);
	if (length > sizeof(password)) {
		parser_warning(parser, &parser->next, "password-cut",
			       "%s has %u bytes, of which only the first 8 are used", row->name,
			       length);
		length = sizeof(password);
	}
	memcpy(password, parser->next.text, length);
	if (member)
		memcpy(member, password, sizeof(password));
	parser_advance(parser);
	return true;
}

const struct choice value_tunnels[] = {
	{"ipip", TUNNEL_IPIP}, {"gue", TUNNEL_GUE}, {"gre", TUNNEL_GRE}, {0}};
const struct choice value_checksums[] = {
	{"nocsum", TUNNEL_NO_SUM}, {"csum", TUNNEL_SUM}, {"remcsum", TUNNEL_REMOTE_SUM}, {0}};

/* After "type": ipip | gue port NUMBER [nocsum|csum|remcsum] | gre [nocsum|csum] */
static bool read_tunnel(struct parser *parser, const struct token *keyword,
			struct forward_conf *forward)
{
	static const struct keyword kind = {"type", .type = VALUE_CHOICE, .choices = value_tunnels,
					    .size = 1};
	static const struct keyword port = {"port", .type = VALUE_INTEGER, .min = 1, .max = 65535,
					    .size = 2};
	const struct choice *choice;

	if (parser->quiet == 0 && parser->next.kind == TOKEN_WORD &&
	    !token_is(&parser->next, "ipip"))
		parser_warning(parser, &parser->next, "not-supported",
			       "this kind of tunnel is not supported: vdirector will use ipip");
	if (!value_read(parser, keyword, &kind, &forward->tunnel))
		return false;
	if (token_is(&parser->next, "port")) {
		parser_advance(parser);
		if (!value_read(parser, keyword, &port, &forward->port))
			return false;
	}
	for (choice = value_checksums; choice->name; choice++) {
		if (token_is(&parser->next, choice->name)) {
			forward->checksum = (uint8_t)choice->value;
			parser_advance(parser);
			break;
		}
	}
	return true;
}

bool value_read_method(struct parser *parser, const struct token *keyword,
		       const struct keyword *row, void *member)
{
	struct forward_conf forward = {0};
	struct keyword method = *row;

	method.type = VALUE_CHOICE;
	method.absent = NULL;
	method.size = sizeof(forward.method);
	if (!value_read(parser, keyword, &method, &forward.method))
		return false;
	if (forward.method == LVS_TUN && token_is(&parser->next, "type")) {
		parser_advance(parser);
		if (!read_tunnel(parser, keyword, &forward))
			return false;
	}
	if (member)
		memcpy(member, &forward, sizeof(forward));
	return true;
}
