/*
 * Values as text and compared: for each type of the keyword table what value.c reads, the other
 * way round.  The printer (print.c) and the comparison (compare.c) use it.
 */
#include "conf/table/value.h"

#include <inttypes.h>
#include <string.h>

#include "conf/table/conf.h"
#include "core/base/log.h"
#include "core/base/mono.h"

#define MASK "********"

int64_t value_integer(const void *member, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	int64_t value = 0;

	switch (size) {
	case 1:
		memcpy(&u8, member, size);
		return u8;
	case 2:
		memcpy(&u16, member, size);
		return u16;
	case 4:
		memcpy(&u32, member, size);
		return u32;
	case 8:
		memcpy(&value, member, size);
		return value;
	default:
		fatal("a member of %zu bytes is no number", size);
	}
}

static const char *text_at(const void *member)
{
	const char *text;

	memcpy(&text, member, sizeof(text));
	return text;
}

static const struct script_conf *script_at(const void *member)
{
	const struct script_conf *script;

	memcpy(&script, member, sizeof(script));
	return script;
}

static const char *choice_name(const struct choice *choice, int64_t value)
{
	for (; choice->name; choice++) {
		if (choice->value == value)
			return choice->name;
	}
	return NULL;
}

static bool all_zero(const void *member, size_t size)
{
	const unsigned char *bytes = member;
	size_t i;

	for (i = 0; i < size; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

bool value_is_set(const struct keyword *row, const void *member)
{
	int64_t number;

	switch (row->type) {
	case VALUE_INTEGER:
	case VALUE_SECONDS:
	case VALUE_MILLISECONDS:
		number = value_integer(member, row->size);
		return number >= row->min && number <= row->max;
	case VALUE_CHOICE:
		return row->max > 0 || choice_name(row->choices, value_integer(member, row->size));
	case VALUE_BOOL: /* where "yes" is the default, "no" must be said */
		return !all_zero(member, row->size) ||
		       (row->initial && strcmp(row->initial, "yes") == 0);
	case VALUE_FLAG:
	case VALUE_STRING:
	case VALUE_IP:
	case VALUE_BROADCAST:
	case VALUE_COMMAND:
	case VALUE_USER:
	case VALUE_REGEX:
	case VALUE_DIGEST:
	case VALUE_STATUS:
	case VALUE_PASSWORD:
	case VALUE_WORDS:
	case VALUE_LIST:
	case VALUE_NAMES:
		return !all_zero(member, row->size);
	case VALUE_WEIGHT:
	case VALUE_METHOD:
		return true;
	case VALUE_KEY:
	case VALUE_SERVER:
	case VALUE_INCLUDES:
	case VALUE_LINE:
	case VALUE_BLOCK:
	case VALUE_ADDRESSES:
	case VALUE_ENTRIES:
	case VALUE_MEMBERS:
		return false;
	}
	return false;
}

/* A word that needs no quotes: nothing in it means something to the lexer, the expander or
 * habit_separator(). */
static bool is_plain(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f ||
		    strchr(" {}\"#!\\$", text[i]))
			return false;
	}
	return length > 0 && !strchr("@~=:", *text);
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
		fprintf(out, "%.*s" MASK, (int)secret, text);
	else
		fputs(text, out);
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

const char *value_seconds(int64_t value, char text[VALUE_SECONDS_SIZE])
{
	int length = snprintf(text, VALUE_SECONDS_SIZE, "%" PRId64 ".%06d", value / USEC_PER_SEC,
			      (int)(value % USEC_PER_SEC));

	if (length < 8 || length >= VALUE_SECONDS_SIZE)
		fatal("%" PRId64 " microseconds cannot be written", value);
	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[length - 1] = '\0';
	return text;
}

static void print_choice(const struct keyword *row, int64_t value, FILE *out)
{
	const char *name = choice_name(row->choices, value);

	if (name)
		fprintf(out, " %s", name);
	else
		fprintf(out, " %" PRId64, value);
}

static void print_forward(const struct keyword *row, const void *member, FILE *out)
{
	struct forward_conf forward;

	memcpy(&forward, member, sizeof(forward));
	print_choice(row, forward.method, out);
	if (forward.method != LVS_TUN || forward.tunnel == TUNNEL_IPIP)
		return;
	fprintf(out, " type %s", choice_name(value_tunnels, forward.tunnel));
	if (forward.port != 0)
		fprintf(out, " port %u", forward.port);
	if (forward.checksum != TUNNEL_DEFAULT_SUM)
		fprintf(out, " %s", choice_name(value_checksums, forward.checksum));
}

static bool forward_equal(const void *a, const void *b)
{
	struct forward_conf left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left.method == right.method && left.tunnel == right.tunnel &&
	       left.checksum == right.checksum && left.port == right.port;
}

static void print_owner(const char *user, const char *group, FILE *out)
{
	if (user)
		value_print_word(user, out);
	if (user && group)
		value_print_word(group, out);
}

static void print_status(const void *member, FILE *out)
{
	struct {
		const struct status_range *ranges;
		size_t count;
	} list;
	size_t i;

	memcpy(&list, member, sizeof(list));
	for (i = 0; i < list.count; i++) {
		fprintf(out, " %u", list.ranges[i].first);
		if (list.ranges[i].last != list.ranges[i].first)
			fprintf(out, "-%u", list.ranges[i].last);
	}
}

static void print_password(const void *member, bool secrets, FILE *out)
{
	char text[9] = {0};

	memcpy(text, member, 8);
	value_print_word(secrets ? text : MASK, out);
}

static void print_address(const void *member, FILE *out)
{
	char text[ADDRESS_TEXT_SIZE];
	struct address address;

	memcpy(&address, member, sizeof(address));
	if (address_is_none(&address)) /* the '+' or '-' of a broadcast address */
		fprintf(out, " %c", address.bytes[0]);
	else
		fprintf(out, " %s", address_format(&address, text));
}

static void print_weight(const void *member, FILE *out)
{
	static const char *const senses[] = {
		[WEIGHT_UNSAID] = "",
		[WEIGHT_REVERSE] = " reverse",
		[WEIGHT_NOREVERSE] = " noreverse",
	};
	struct weight_conf weight;

	memcpy(&weight, member, sizeof(weight));
	fprintf(out, " %" PRId32 "%s", weight.weight, senses[weight.sense]);
}

static void print_names(const void *member, FILE *out)
{
	struct name_list list;
	size_t i;

	memcpy(&list, member, sizeof(list));
	for (i = 0; i < list.count; i++)
		value_print_word(list.names[i], out);
}

static void print_list(const void *member, FILE *out)
{
	fputs(" {", out);
	print_names(member, out);
	fputs(" }", out);
}

static void print_endpoint(const void *member, FILE *out)
{
	struct endpoint endpoint;

	memcpy(&endpoint, member, sizeof(endpoint));
	print_address(&endpoint.address, out);
	if (endpoint.port != 0)
		fprintf(out, " %u", endpoint.port);
}

void value_print(const struct keyword *row, const void *member, bool secrets, FILE *out)
{
	char seconds[VALUE_SECONDS_SIZE];
	const char *owner[2];

	switch (row->type) {
	case VALUE_BOOL:
		fputs(value_integer(member, row->size) ? " yes" : " no", out);
		break;
	case VALUE_INTEGER:
		fprintf(out, " %" PRId64, value_integer(member, row->size));
		break;
	case VALUE_SECONDS:
		fprintf(out, " %s", value_seconds(value_integer(member, row->size), seconds));
		break;
	case VALUE_MILLISECONDS:
		fprintf(out, " %s",
			value_seconds(value_integer(member, row->size) * 1000, seconds));
		break;
	case VALUE_WEIGHT:
		print_weight(member, out);
		break;
	case VALUE_LIST:
		print_list(member, out);
		break;
	case VALUE_NAMES:
		print_names(member, out);
		break;
	case VALUE_CHOICE:
		print_choice(row, value_integer(member, row->size), out);
		break;
	case VALUE_METHOD:
		print_forward(row, member, out);
		break;
	case VALUE_STRING:
	case VALUE_DIGEST:
		value_print_word(text_at(member), out);
		break;
	case VALUE_WORDS:
		fputs(text_at(member), out);
		break;
	case VALUE_REGEX:
		print_escaped(text_at(member), out);
		break;
	case VALUE_IP:
	case VALUE_BROADCAST:
		print_address(member, out);
		break;
	case VALUE_COMMAND:
		print_escaped(script_at(member)->command, out);
		print_owner(script_at(member)->user, script_at(member)->group, out);
		break;
	case VALUE_USER:
		memcpy(owner, member, sizeof(owner));
		print_owner(owner[0], owner[1], out);
		break;
	case VALUE_STATUS:
		print_status(member, out);
		break;
	case VALUE_PASSWORD:
		print_password(member, secrets, out);
		break;
	case VALUE_SERVER:
		print_endpoint(member, out);
		break;
	case VALUE_FLAG:
	case VALUE_KEY:
	case VALUE_INCLUDES:
	case VALUE_LINE:
	case VALUE_BLOCK:
	case VALUE_ADDRESSES:
	case VALUE_ENTRIES:
	case VALUE_MEMBERS:
		break;
	}
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool command_equal(const struct script_conf *a, const struct script_conf *b)
{
	return a == b || (a && b && text_equal(a->command, b->command) &&
			  text_equal(a->user, b->user) && text_equal(a->group, b->group));
}

static bool list_equal(const void *a, const void *b)
{
	struct name_list left, right;
	size_t i;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	for (i = 0; i < left.count && i < right.count; i++) {
		if (strcmp(left.names[i], right.names[i]) != 0)
			return false;
	}
	return left.count == right.count;
}

static bool status_equal(const void *a, const void *b)
{
	struct {
		const struct status_range *ranges;
		size_t count;
	} left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left.count == right.count &&
	       (left.count == 0 ||
		memcmp(left.ranges, right.ranges, left.count * sizeof(*left.ranges)) == 0);
}

bool value_equal(const struct keyword *row, const void *a, const void *b)
{
	switch (row->type) {
	case VALUE_STRING:
	case VALUE_DIGEST:
	case VALUE_REGEX:
	case VALUE_WORDS:
		return text_equal(text_at(a), text_at(b));
	case VALUE_USER:
		return text_equal(text_at(a), text_at(b)) &&
		       text_equal(text_at((const char *)a + sizeof(char *)),
				  text_at((const char *)b + sizeof(char *)));
	case VALUE_COMMAND:
		return command_equal(script_at(a), script_at(b));
	case VALUE_STATUS:
		return status_equal(a, b);
	case VALUE_LIST:
	case VALUE_NAMES:
		return list_equal(a, b);
	case VALUE_METHOD:
		return forward_equal(a, b);
	case VALUE_FLAG:
	case VALUE_BOOL:
	case VALUE_INTEGER:
	case VALUE_SECONDS:
	case VALUE_CHOICE:
	case VALUE_IP:
	case VALUE_BROADCAST:
	case VALUE_PASSWORD:
	case VALUE_KEY:
	case VALUE_MILLISECONDS:
	case VALUE_WEIGHT:
	case VALUE_SERVER:
	case VALUE_INCLUDES:
	case VALUE_LINE:
	case VALUE_BLOCK:
	case VALUE_ADDRESSES:
	case VALUE_ENTRIES:
	case VALUE_MEMBERS:
		return memcmp(a, b, row->size) == 0;
	}
	return false;
}
