/*
 * Values that are addresses.
 *
 * A prefix length where none has a meaning is a common slip: the address before it is used, with a
 * warning.
 */
#include "conf/table/value_address.h"

#include <string.h>

#include "conf/table/value.h"

bool value_parse_address(const char *text, size_t length, struct address *address)
{
	char copy[ADDRESS_TEXT_SIZE];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return address_parse(copy, address);
}

uint32_t value_address(const struct token *word, struct address *address)
{
	const char *slash = memchr(word->text, '/', word->length);
	uint32_t length = slash ? (uint32_t)(slash - word->text) : word->length;

	for (uint32_t i = length + 1; i < word->length; i++)
		if (word->text[i] < '0' || word->text[i] > '9')
			return 0;
	if (length + 1 == word->length || !value_parse_address(word->text, length, address))
		return 0;
	return length;
}

static bool read_ip(struct reader *reader, const struct token *keyword, const struct keyword *row,
		    void *member)
{
	const struct token *word = &reader->next;
	struct address address;
	uint32_t length = reader_has_word(reader) ? value_address(word, &address) : 0;

	if (length == 0)
		return value_unwanted(reader, keyword, row, member);
	if (length < word->length)
		reader_warning(reader, word, "prefix-in-address",
			       "%s: a prefix length has no meaning here: '%.*s' is used", row->name,
			       (int)length, word->text);
	return value_take(reader, member, &address, sizeof(address));
}

static void print_ip(const struct keyword *row, const void *member, FILE *out)
{
	const struct address *address = member;

	(void)row;
	if (address_is_none(address)) /* the '+' or '-' of a broadcast address */
		fprintf(out, " %c", address->bytes[0]);
	else
		fprintf(out, " %s", address_text(address).text);
}

const struct value_type value_ip = {
	.name = "address",
	.syntax = "ADDRESS",
	.expected = "an IPv4 or IPv6 address",
	.read = read_ip,
	.print = print_ip,
};

/* "+" and "-" stay as a mark in an address of no family until the prefix is known. */
static bool read_broadcast(struct reader *reader, const struct token *keyword,
			   const struct keyword *row, void *member)
{
	struct address mark = {0};

	if (!reader_has_word(reader) || reader->next.length != 1)
		return read_ip(reader, keyword, row, member);
	mark.bytes[0] = (uint8_t)*reader->next.text;
	if (mark.bytes[0] != '+' && mark.bytes[0] != '-')
		return value_unwanted(reader, keyword, row, member);
	return value_take(reader, member, &mark, sizeof(mark));
}

const struct value_type value_broadcast = {
	.name = "broadcast",
	.syntax = "ADDRESS|+|-",
	.expected = "an IPv4 address, '+' or '-'",
	.read = read_broadcast,
	.print = print_ip,
};

static bool read_server(struct reader *reader, const struct token *keyword,
			const struct keyword *row, void *member)
{
	static const struct keyword port_row = {"port", .type = &value_integer, .max = 65535,
						.size = 2};
	struct endpoint endpoint = {0};

	if (!read_ip(reader, keyword, row, &endpoint.address) ||
	    (value_follows(reader) &&
	     !value_integer.read(reader, keyword, &port_row, &endpoint.port)))
		return false;
	return value_put(member, &endpoint, sizeof(endpoint));
}

static void print_server(const struct keyword *row, const void *member, FILE *out)
{
	const struct endpoint *endpoint = member;

	print_ip(row, &endpoint->address, out);
	if (endpoint->port != 0)
		fprintf(out, " %u", endpoint->port);
}

const struct value_type value_server = {
	.name = "server",
	.syntax = "ADDRESS [PORT]",
	.expected = "ADDRESS [PORT]",
	.read = read_server,
	.print = print_server,
};
