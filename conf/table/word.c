/*
 * Forms of words: what a word must look like where the keyword table wants a netmask, a prefix, a
 * string of hexadecimal digits, and the like.
 *
 * Such words are kept as they are written; a form only says whether one is well-formed, so that a
 * typo is found where it stands.  Whoever acts upon a word reads it again.
 */
#include "conf/table/word.h"

#include <stdlib.h>
#include <string.h>

#include "conf/table/value_address.h"

static const char decimal[] = "0123456789", hexadecimal[] = "0123456789abcdefABCDEF";

/* How many of the first bytes are of this kind. */
static size_t span(const char *text, size_t length, const char *bytes)
{
	size_t n = 0;

	while (n < length && text[n] && strchr(bytes, text[n]))
		n++;
	return n;
}

/* Digits of that base, a number from `low` to `high`. */
static bool is_digits(const char *text, size_t length, int base, uint64_t low, uint64_t high)
{
	char copy[24];

	if (length == 0 || length >= sizeof(copy) ||
	    span(text, length, base == 16 ? hexadecimal : decimal) < length)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	uint64_t value = strtoull(copy, NULL, base);
	return value >= low && value <= high;
}

/* Decimal, or hexadecimal after "0x", from `low` to `high`. */
static bool is_number(const char *text, size_t length, uint64_t low, uint64_t high)
{
	bool prefix = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	return prefix ? is_digits(text + 2, length - 2, 16, low, high)
		      : is_digits(text, length, 10, low, high);
}

/* The address before `separator`, or the whole word; what follows goes to *rest (NULL = nothing),
 * of *rest_length bytes. */
static bool split_address(const char *text, size_t length, char separator, struct address *address,
			  const char **rest, size_t *rest_length)
{
	const char *at = memchr(text, separator, length);
	size_t size = at ? (size_t)(at - text) : length;

	*rest = at ? at + 1 : NULL;
	*rest_length = at ? length - size - 1 : 0;
	return value_parse_address(text, size, address);
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(text, word, length) == 0;
}

static bool is_path(const char *text, size_t length)
{
	return length > 0 && *text == '/';
}

/* Dotted with all ones first, or a length for IPv6. */
static bool is_netmask(const char *text, size_t length)
{
	struct address address;
	const char *rest;
	size_t n;

	if (is_number(text, length, 1, 128))
		return true;
	if (!split_address(text, length, '/', &address, &rest, &n) || rest ||
	    address.family != AF_INET)
		return false;
	uint32_t clear = ~ntohl(address.v4.s_addr);
	return (clear & (clear + 1)) == 0 && ~clear != 0;
}

static bool is_umask(const char *text, size_t length)
{
	static const char bits[] = "RUSR WUSR XUSR RWXU RGRP WGRP XGRP RWXG ROTH WOTH XOTH RWXO ";
	char name[6] = {0};

	if (span(text, length, decimal) > 0)
		return length <= 4 && span(text, length, "01234567") == length;
	for (; length >= 5 && text[0] == 'I'; text += 6, length -= 6) {
		memcpy(name, text + 1, 4);
		name[4] = ' ';
		if (!strstr(bits, name))
			return false;
		if (length == 5)
			return true;
		if (text[5] != '|')
			return false;
	}
	return false;
}

#define PREFIX_MAX 999 /* that is understood */

static bool is_prefix(const char *text, size_t length)
{
	struct address address;
	const char *rest;
	size_t n;

	if (is_word(text, length, "default"))
		return true;
	return split_address(text, length, '/', &address, &rest, &n) &&
	       (!rest || is_number(rest, n, 0, PREFIX_MAX));
}

/* The length of a prefix that is longer than its family's addresses. */
static unsigned prefix_limit(const char *text, size_t length)
{
	struct address address;
	const char *rest;
	size_t n;

	if (!split_address(text, length, '/', &address, &rest, &n) || !rest)
		return 0;
	unsigned bits = (unsigned)address_size(address.family) * 8;
	return is_number(rest, n, 0, bits) ? 0 : bits;
}

static bool is_source(const char *text, size_t length)
{
	return is_word(text, length, "all") || is_prefix(text, length);
}

/* One address, "-" and the last part or address of the range, or a network. */
static bool is_range(const char *text, size_t length)
{
	struct address address, last;
	const char *rest;
	size_t n;

	if (memchr(text, '/', length))
		return is_prefix(text, length) && prefix_limit(text, length) == 0;
	if (!split_address(text, length, '-', &address, &rest, &n))
		return false;
	if (!rest)
		return true;
	if (value_parse_address(rest, n, &last))
		return last.family == address.family && address_compare(&address, &last) <= 0;
	if (address.family == AF_INET)
		return is_number(rest, n, address.bytes[3], 255);
	unsigned first = (unsigned)address.bytes[14] << 8 | address.bytes[15];
	return is_digits(rest, n, 16, first, 0xffff);
}

/* One number, or two with a separator between. */
static bool is_pair(const char *text, size_t length, char separator, uint64_t low, uint64_t high)
{
	const char *at = memchr(text, separator, length);
	size_t first = at ? (size_t)(at - text) : length;

	return is_number(text, first, low, high) &&
	       (!at || is_number(at + 1, length - first - 1, low, high));
}

static bool is_mark(const char *text, size_t length)
{
	return is_pair(text, length, '/', 0, UINT32_MAX);
}

static bool is_hex(const char *text, size_t length)
{
	return length > 0 && span(text, length, hexadecimal) == length;
}

static bool is_hex_mask(const char *text, size_t length)
{
	return length > 0 && span(text, length, "0123456789abcdefABCDEFxX") == length;
}

static bool is_time(const char *text, size_t length)
{
	size_t i = span(text, length, "0123456789.");

	return i > 0 && *text != '.' &&
	       (i == length || is_word(text + i, length - i, "s") ||
		is_word(text + i, length - i, "ms"));
}

/* Numbers or names of /etc/iproute2/rt_realms. */
static bool is_realms(const char *text, size_t length)
{
	const char *slash = memchr(text, '/', length);

	return length > 0 && *text != '/' &&
	       (!slash || (slash + 1 < text + length &&
			   !memchr(slash + 1, '/', (size_t)(text + length - slash - 1))));
}

static bool is_port_range(const char *text, size_t length)
{
	return is_pair(text, length, '-', 1, 65535);
}

static bool is_uid_range(const char *text, size_t length)
{
	return memchr(text, '-', length) && is_pair(text, length, '-', 0, UINT32_MAX - 1);
}

const struct word_form word_path = {"an absolute path", is_path, NULL};
const struct word_form word_netmask = {"a netmask as 255.255.255.0, or a length from 1 to 128",
				       is_netmask, NULL};
const struct word_form word_umask = {"an octal number, or names as IRWXG|IRWXO", is_umask, NULL};
const struct word_form word_prefix = {"an address, a network as 10.0.0.0/8, or default", is_prefix,
				      prefix_limit};
const struct word_form word_source = {"an address, a network as 10.0.0.0/8, or all", is_source,
				      prefix_limit};
const struct word_form word_range = {"addresses as 10.0.0.1, 10.0.0.1-9 or 10.0.0.0/24", is_range,
				     NULL};
const struct word_form word_mark = {"a mark as 5 or 0x10/0xff", is_mark, NULL};
const struct word_form word_hex = {"hexadecimal digits", is_hex, NULL};
const struct word_form word_hex_mask = {"hexadecimal digits, or X for any", is_hex_mask, NULL};
const struct word_form word_time = {"a time as 20ms or 1.5s", is_time, NULL};
const struct word_form word_realms = {"[SOURCE/]DESTINATION", is_realms, NULL};
const struct word_form word_port_range = {"ports as 80 or 80-90", is_port_range, NULL};
const struct word_form word_uid_range = {"users as 0-99", is_uid_range, NULL};
