/*
 * Keys of auth_hmac, the secrets that sign adverts.  A key is written as a number from 1 to 255,
 * which travels in adverts, and 32 to 64 bytes: as text, as hex:DIGITS, or as file:PATH.
 *
 * A file holds one of the other two forms; line ends after it do not count.  Only main opens
 * it, while it reads the configuration; the canonical form, which the workers read, has the bytes.
 * A file that others than its owner may read is warned about.  No message shows a value.
 *
 * value_key reads one; the parser adds it to its instance.
 */
#include "conf/table/hmac_key.h"

#include <string.h>
#include <sys/stat.h>

#include "conf/table/value.h"
#include "conf/text/reading.h"

/* A value while it is read: part of a word, or of a file. */
struct span {
	const char *text;
	size_t length;
};

static bool skip_prefix(struct span *span, const char *prefix)
{
	size_t length = strlen(prefix);

	if (span->length < length || memcmp(span->text, prefix, length) != 0)
		return false;
	span->text += length;
	span->length -= length;
	return true;
}

/* Returns what is wrong, or NULL. */
static const char *decode_hex(struct span digits, struct hmac_key_conf *key)
{
	if (digits.length % 2 != 0)
		return "an odd number of hexadecimal digits";
	if (digits.length / 2 < HMAC_KEY_MIN || digits.length / 2 > HMAC_KEY_MAX)
		return "not 64 to 128 hexadecimal digits";
	for (size_t i = 0; i < digits.length; i += 2) {
		int high = lexer_hex_digit(digits.text[i]),
		    low = lexer_hex_digit(digits.text[i + 1]);

		if (high < 0 || low < 0)
			return "something else than hexadecimal digits";
		key->bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	key->size = (uint8_t)(digits.length / 2);
	return NULL;
}

static const char *decode(struct span value, struct hmac_key_conf *key)
{
	if (skip_prefix(&value, "hex:"))
		return decode_hex(value, key);
	if (value.length < HMAC_KEY_MIN || value.length > HMAC_KEY_MAX)
		return "not 32 to 64 bytes";
	memcpy(key->bytes, value.text, value.length);
	key->size = (uint8_t)value.length;
	return NULL;
}

static bool read_file(struct reader *reader, const struct token *word, struct span path,
		      struct hmac_key_conf *key)
{
	const char *name = reader_path(reader, path.text, path.length);
	struct source source = {0};
	const char *wrong;
	struct stat status;
	struct span text;

	if (!reader->may_include) {
		reader_error(reader, word, "key-file-unreadable",
			     "key: file '%s' cannot be read from here", name);
		return false;
	}
	if (!source_read(&source, name, CONF_TEXT_MAX, &wrong)) {
		source_free(&source);
		reader_error(reader, word, "key-file-unreadable", "key: '%s' cannot be read: %s",
			     name, wrong);
		return false;
	}
	if (stat(name, &status) == 0 && (status.st_mode & 077))
		reader_warning(reader, word, "insecure-key-file",
			       "key: '%s' may be read by others than its owner", name);
	reading_add_file(reader->reading, name, &source);
	text = (struct span){source.text, source.size};
	while (text.length > 0 && memchr("\r\n", text.text[text.length - 1], 2))
		text.length--;
	wrong = decode(text, key);
	explicit_bzero(source.memory, source.size);
	source_free(&source);
	if (wrong)
		reader_error(reader, word, "bad-key", "key: '%s' has %s", name, wrong);
	return !wrong;
}

static bool read_value(struct reader *reader, const struct token *word, struct hmac_key_conf *key)
{
	struct span value = {word->text, word->length};

	if (skip_prefix(&value, "file:"))
		return read_file(reader, word, value, key);
	const char *wrong = decode(value, key);
	if (wrong)
		reader_error(reader, word, "bad-key", "key %u: the value has %s", key->id, wrong);
	return !wrong;
}

static bool read_key(struct reader *reader, const struct token *keyword, const struct keyword *row,
		     void *member)
{
	static const struct keyword number_row = {"key", .type = &value_integer, .min = 1,
						  .max = 255, .size = 1};
	struct hmac_key_conf key = {.place = reader_place(reader, keyword)};

	(void)row;
	if (!value_read(reader, keyword, &number_row, &key.id))
		return false;
	struct token word = reader->next;
	if (!reader_has_word(reader)) {
		reader_error(reader, keyword, "missing-value",
			     "key %u needs a value: 32 to 64 bytes as text, hex:DIGITS or "
			     "file:PATH",
			     key.id);
		return false;
	}
	reader_advance(reader);
	if (!read_value(reader, &word, &key))
		return false;
	if (word.length < 5 || memcmp(word.text, "file:", 5) != 0)
		reader_note_secret(reader, keyword, "key");
	return value_put(member, &key, sizeof(key));
}

void hmac_key_print(const struct hmac_key_conf *key, bool secrets, FILE *out)
{
	fprintf(out, " %u ", key->id);
	if (!secrets) {
		fputs(VALUE_MASK, out);
		return;
	}
	fputs("hex:", out);
	for (size_t i = 0; i < key->size; i++)
		fprintf(out, "%02x", key->bytes[i]);
}

static void print_key(const struct keyword *row, const void *member, FILE *out)
{
	(void)row;
	hmac_key_print(member, true, out);
}

bool hmac_key_equal(const struct hmac_key_conf *a, const struct hmac_key_conf *b)
{
	return a->id == b->id && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

const struct value_type value_key = {
	.name = "key",
	.syntax = "NUMBER VALUE",
	.expected = "NUMBER VALUE",
	.read = read_key,
	.print = print_key,
};

const struct hmac_key_conf *hmac_key_find(const struct hmac_conf *hmac, unsigned id)
{
	for (size_t i = 0; i < hmac->n_keys; i++)
		if (hmac->keys[i].id == id)
			return &hmac->keys[i];
	return NULL;
}
