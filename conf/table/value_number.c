/*
 * Values that are numbers, or a choice that is stored as one.
 *
 * Each is stored with the width of its member, so a plain keyword needs no code.
 */
#include <inttypes.h>
#include <string.h>

#include "conf/table/choice.h"
#include "conf/table/conf.h"
#include "conf/table/value.h"
#include "core/base/log.h"
#include "core/base/mono.h"

#define FRACTION_DIGITS 6

union number {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	int64_t s64;
};

int64_t value_number(const void *member, size_t size)
{
	union number number;

	if (size > sizeof(number))
		fatal("a member of %zu bytes is no number", size);
	memcpy(&number, member, size);
	return size == 1 ? number.u8 : size == 2 ? number.u16 : size == 4 ? number.u32 : number.s64;
}

void value_store(const struct keyword *row, void *member, int64_t value)
{
	union number number = {.s64 = value};

	if (row->size > sizeof(number))
		fatal("a member of %u bytes cannot hold a number", row->size);
	if (row->size == 1)
		number.u8 = (uint8_t)value;
	else if (row->size == 2)
		number.u16 = (uint16_t)value;
	else if (row->size == 4)
		number.u32 = (uint32_t)value;
	value_put(member, &number, row->size);
}

static bool take_number(struct reader *reader, const struct keyword *row, void *member,
			int64_t number)
{
	value_store(row, member, number);
	reader_advance(reader);
	return true;
}

static bool read_flag(struct reader *reader, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	(void)reader;
	(void)keyword;
	value_store(row, member, 1);
	return true;
}

const struct value_type value_flag = {.name = "flag", .expected = "nothing", .read = read_flag};

static bool read_bool(struct reader *reader, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	static const struct choice names[] = {
		{"yes", 1},   {"on", 1}, {"true", 1}, {"no", 0}, {"off", 0},
		{"false", 0}, {"1", 1},	 {"0", 0},    {0},
	};
	const struct choice *choice = choice_find(names, &reader->next, false);

	if (choice && choice->name[1] == '\0')
		reader_warning(reader, &reader->next, "digit-for-boolean",
			       "%s: expected on or off; '%s' is taken as %s", row->name,
			       choice->name, choice->value ? "on" : "off");
	if (choice)
		return take_number(reader, row, member, choice->value);
	if (value_follows(reader))
		return value_unwanted(reader, keyword, row, member);
	value_store(row, member, 1);
	return true;
}

static void print_bool(const struct keyword *row, const void *member, FILE *out)
{
	fputs(value_number(member, row->size) ? " yes" : " no", out);
}

/* Where "yes" is the default, "no" must be said. */
static bool bool_is_set(const struct keyword *row, const void *member)
{
	return value_number(member, row->size) != 0 ||
	       (row->initial && strcmp(row->initial, "yes") == 0);
}

const struct value_type value_bool = {
	.name = "bool",
	.syntax = "[BOOL]",
	.expected = "on or off",
	.read = read_bool,
	.is_set = bool_is_set,
	.print = print_bool,
};

/* Decimal, with a sign; false: not a number, or beyond 18 digits. */
static bool parse_integer(const char *at, const char *end, int64_t *value)
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

static bool parse_integer_word(const struct reader *reader, int64_t *value)
{
	const struct token *word = &reader->next;

	return reader_has_word(reader) &&
	       parse_integer(word->text, word->text + word->length, value);
}

static void expect_integer(const struct keyword *row, char text[VALUE_EXPECTED_SIZE])
{
	snprintf(text, VALUE_EXPECTED_SIZE, "a number from %" PRId64 " to %" PRId64, row->min,
		 row->max);
}

static bool read_integer(struct reader *reader, const struct token *keyword,
			 const struct keyword *row, void *member)
{
	int64_t value;
	bool good = parse_integer_word(reader, &value);

	if (good && value == 0 && row->flags & KEYWORD_ZERO_IS_NONE)
		reader_warning(reader, &reader->next, "zero-is-none",
			       "%s: 0 is taken as none, as if it were not given", row->name);
	else if (!good || value < row->min || value > row->max)
		return value_unwanted(reader, keyword, row, member);
	return take_number(reader, row, member, value);
}

static void print_integer(const struct keyword *row, const void *member, FILE *out)
{
	fprintf(out, " %" PRId64, value_number(member, row->size));
}

static bool number_is_set(const struct keyword *row, const void *member)
{
	int64_t number = value_number(member, row->size);

	return number >= row->min && number <= row->max;
}

const struct value_type value_integer = {
	.name = "number",
	.syntax = "NUMBER",
	.expect = expect_integer,
	.read = read_integer,
	.is_set = number_is_set,
	.print = print_integer,
};

static const struct choice senses[] = {
	{"reverse", WEIGHT_REVERSE}, {"noreverse", WEIGHT_NOREVERSE}, {0}};

static bool read_weight(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	struct keyword number = *row;
	struct weight_conf weight = {0};

	number.size = sizeof(weight.weight);
	if (!read_integer(reader, keyword, &number, &weight.weight))
		return false;
	const struct choice *sense = choice_find(senses, &reader->next, false);
	if (sense) {
		weight.sense = (uint32_t)sense->value;
		reader_advance(reader);
	}
	return value_put(member, &weight, sizeof(weight));
}

static void print_weight(const struct keyword *row, const void *member, FILE *out)
{
	const struct weight_conf *weight = member;
	const char *sense = choice_name(senses, weight->sense);

	(void)row;
	fprintf(out, " %" PRId32 "%s%s", weight->weight, sense ? " " : "", sense ? sense : "");
}

static bool is_always_set(const struct keyword *row, const void *member)
{
	(void)row;
	(void)member;
	return true;
}

const struct value_type value_weight = {
	.name = "weight",
	.syntax = "NUMBER [reverse|noreverse]",
	.expect = expect_integer,
	.read = read_weight,
	.is_set = is_always_set,
	.print = print_weight,
};

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
	if (at == end || (point > at && !parse_integer(at, point, value)) || *at == '-' ||
	    *at == '+' || end - at > 32 || *value > INT64_MAX / USEC_PER_SEC - 1)
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

const char *value_seconds_text(int64_t value, char text[VALUE_SECONDS_SIZE])
{
	int length = snprintf(text, VALUE_SECONDS_SIZE, "%" PRId64 ".%06d", value / USEC_PER_SEC,
			      (int)(value % USEC_PER_SEC));

	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[length - 1] = '\0';
	return text;
}

/* A time is kept in µs: "1.5" seconds as 1500000, and as many milliseconds as 1500. */
static bool read_time(struct reader *reader, const struct token *keyword, const struct keyword *row,
		      void *member)
{
	const struct token *word = &reader->next;
	int64_t value, scale = row->type->scale;

	if (!reader_has_word(reader) ||
	    !parse_seconds(word->text, word->text + word->length, &value) ||
	    (value + scale / 2) / scale < row->min || value / scale > row->max)
		return value_unwanted(reader, keyword, row, member);
	return take_number(reader, row, member, (value + scale / 2) / scale);
}

static void expect_time(const struct keyword *row, char text[VALUE_EXPECTED_SIZE])
{
	char low[VALUE_SECONDS_SIZE], high[VALUE_SECONDS_SIZE];

	snprintf(text, VALUE_EXPECTED_SIZE, "%s from %s to %s", row->type->name,
		 value_seconds_text(row->min * row->type->scale, low),
		 value_seconds_text(row->max * row->type->scale, high));
}

static void print_time(const struct keyword *row, const void *member, FILE *out)
{
	char text[VALUE_SECONDS_SIZE];
	int64_t value = value_number(member, row->size) * row->type->scale;

	fprintf(out, " %s", value_seconds_text(value, text));
}

const struct value_type value_seconds = {
	.name = "seconds",
	.syntax = "SECONDS",
	.unit = "s",
	.scale = 1,
	.expect = expect_time,
	.read = read_time,
	.is_set = number_is_set,
	.print = print_time,
};

const struct value_type value_milliseconds = {
	.name = "milliseconds",
	.syntax = "MILLISECONDS",
	.unit = "ms",
	.scale = 1000,
	.expect = expect_time,
	.read = read_time,
	.is_set = number_is_set,
	.print = print_time,
};

static bool read_choice(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	const struct choice *choice =
		choice_find(row->choices, &reader->next, row->flags & KEYWORD_ANY_CASE);
	int64_t number;

	if (choice)
		number = choice->value;
	else if (row->max == 0 || !parse_integer_word(reader, &number) || number < 0 ||
		 number > row->max)
		return value_unwanted(reader, keyword, row, member);
	return take_number(reader, row, member, number);
}

static bool choice_is_set(const struct keyword *row, const void *member)
{
	return row->max > 0 || choice_name(row->choices, value_number(member, row->size));
}

static void print_choice(const struct keyword *row, const void *member, FILE *out)
{
	const char *name = choice_name(row->choices, value_number(member, row->size));

	if (name)
		fprintf(out, " %s", name);
	else
		print_integer(row, member, out);
}

const struct value_type value_choice = {
	.name = "choice",
	.read = read_choice,
	.is_set = choice_is_set,
	.print = print_choice,
};

static const struct choice tunnels[] = {
	{"ipip", TUNNEL_IPIP}, {"gue", TUNNEL_GUE}, {"gre", TUNNEL_GRE}, {0}};
static const struct choice checksums[] = {
	{"nocsum", TUNNEL_NO_SUM}, {"csum", TUNNEL_SUM}, {"remcsum", TUNNEL_REMOTE_SUM}, {0}};

/* After "type": ipip | gue port NUMBER [nocsum|csum|remcsum] | gre [nocsum|csum] */
static bool read_tunnel(struct reader *reader, const struct token *keyword,
			struct forward_conf *forward)
{
	static const struct keyword kind = {"type", .type = &value_choice, .choices = tunnels,
					    .size = 1};
	static const struct keyword port = {"port", .type = &value_integer, .min = 1, .max = 65535,
					    .size = 2};

	if (reader->quiet == 0 && reader_has_word(reader) && !token_is(&reader->next, "ipip"))
		reader_warning(reader, &reader->next, "not-supported",
			       "this kind of tunnel is not supported: vdirector will use ipip");
	if (!value_read(reader, keyword, &kind, &forward->tunnel))
		return false;
	if (token_is(&reader->next, "port")) {
		reader_advance(reader);
		if (!value_read(reader, keyword, &port, &forward->port))
			return false;
	}
	const struct choice *checksum = choice_find(checksums, &reader->next, false);
	if (checksum) {
		forward->checksum = (uint8_t)checksum->value;
		reader_advance(reader);
	}
	return true;
}

static bool read_method(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	struct forward_conf forward = {0};
	struct keyword method = *row;

	method.size = sizeof(forward.method);
	if (!read_choice(reader, keyword, &method, &forward.method))
		return false;
	if (forward.method == LVS_TUN && token_is(&reader->next, "type")) {
		reader_advance(reader);
		if (!read_tunnel(reader, keyword, &forward))
			return false;
	}
	return value_put(member, &forward, sizeof(forward));
}

static void print_method(const struct keyword *row, const void *member, FILE *out)
{
	const struct forward_conf *forward = member;

	fprintf(out, " %s", choice_name(row->choices, forward->method));
	if (forward->method != LVS_TUN || forward->tunnel == TUNNEL_IPIP)
		return;
	fprintf(out, " type %s", choice_name(tunnels, forward->tunnel));
	if (forward->port != 0)
		fprintf(out, " port %u", forward->port);
	if (forward->checksum != TUNNEL_DEFAULT_SUM)
		fprintf(out, " %s", choice_name(checksums, forward->checksum));
}

static bool method_equal(const void *a, const void *b)
{
	const struct forward_conf *left = a, *right = b;

	return left->method == right->method && left->tunnel == right->tunnel &&
	       left->checksum == right->checksum && left->port == right->port;
}

const struct value_type value_method = {
	.name = "method",
	.read = read_method,
	.is_set = is_always_set,
	.print = print_method,
	.equal = method_equal,
};

#define STATUS_RANGES_MAX 900

/* As it is stored in url_conf. */
struct status_list {
	const struct status_range *ranges;
	size_t count;
};

/* One "200" or "200-299"; also "200," and "200,301" as some people write. */
static bool parse_status(const char *at, const char *end, struct status_range *range)
{
	const char *dash = memchr(at, '-', (size_t)(end - at));
	int64_t first;

	if (!parse_integer(at, dash ? dash : end, &first))
		return false;
	int64_t last = first;
	if (dash && !parse_integer(dash + 1, end, &last))
		return false;
	*range = (struct status_range){(uint16_t)first, (uint16_t)last};
	return first >= 100 && first <= last && last <= 999;
}

static bool read_status(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	struct status_range ranges[STATUS_RANGES_MAX];
	struct status_list list = {NULL, 0};
	const struct token *word = &reader->next;

	while (reader_has_word(reader) && list.count < STATUS_RANGES_MAX && word->length > 0 &&
	       *word->text >= '0' && *word->text <= '9') {
		if (!parse_status(word->text, word->text + word->length, &ranges[list.count]))
			return value_unwanted(reader, keyword, row, member);
		list.count++;
		reader_advance(reader);
	}
	if (list.count == 0)
		return value_unwanted(reader, keyword, row, member);
	list.ranges = intern_bytes(reader->intern, ranges, list.count * sizeof(*ranges));
	return value_put(member, &list, sizeof(list));
}

static void print_status(const struct keyword *row, const void *member, FILE *out)
{
	struct status_list list;

	(void)row;
	memcpy(&list, member, sizeof(list));
	for (size_t i = 0; i < list.count; i++) {
		fprintf(out, " %u", list.ranges[i].first);
		if (list.ranges[i].last != list.ranges[i].first)
			fprintf(out, "-%u", list.ranges[i].last);
	}
}

static bool status_equal(const void *a, const void *b)
{
	struct status_list left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left.count == right.count &&
	       (left.count == 0 ||
		memcmp(left.ranges, right.ranges, left.count * sizeof(*left.ranges)) == 0);
}

const struct value_type value_status = {
	.name = "status",
	.syntax = "CODE[-CODE]...",
	.expected = "codes or ranges from 100 to 999, as '200-299 301'",
	.read = read_status,
	.print = print_status,
	.equal = status_equal,
};
