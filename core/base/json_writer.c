/*
 * A streaming JSON writer, for what main says on its control socket.
 *
 * json-c builds a tree first; for a status of a hundred thousand servers that would be millions of
 * small objects and would hold main up.  This writes the text at once, in time proportional to its
 * length.  Reading is left to json-c.
 */
#include "core/base/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/mono.h"
#include "core/base/utf8.h"

static void append(struct json_writer *writer, const char *text, size_t size)
{
	if (writer->capacity - writer->size < size) {
		size_t capacity = writer->capacity ? writer->capacity : 1024;

		while (capacity - writer->size < size)
			capacity *= 2;
		writer->text = alloc_resize(writer->text, capacity, 1);
		writer->capacity = capacity;
	}
	memcpy(writer->text + writer->size, text, size);
	writer->size += size;
}

static void append_quoted(struct json_writer *writer, const char *value)
{
	static const char short_escapes[] = "\"\\\n\t\r", short_names[] = "\"\\ntr";
	const unsigned char *at = (const unsigned char *)value;

	append(writer, "\"", 1);
	while (*at) {
		size_t run = 0, length;
		char escape[8];

		while (at[run] >= 0x20 && at[run] < 0x7f && at[run] != '"' && at[run] != '\\')
			run++;
		append(writer, (const char *)at, run);
		at += run;
		if (!*at)
			break;
		length = utf8_length(at);
		if (length > 1) {
			append(writer, (const char *)at, length);
			at += length;
			continue;
		}
		if (strchr(short_escapes, *at))
			snprintf(escape, sizeof(escape), "\\%c",
				 short_names[strchr(short_escapes, *at) - short_escapes]);
		else
			snprintf(escape, sizeof(escape), "\\u%04x", length ? *at : 0xfffdU);
		append(writer, escape, strlen(escape));
		at++;
	}
	append(writer, "\"", 1);
}

static void begin_value(struct json_writer *writer, const char *name)
{
	if (writer->comma)
		append(writer, ",", 1);
	writer->comma = true;
	if (name) {
		append_quoted(writer, name);
		append(writer, ":", 1);
	}
}

static void append_word(struct json_writer *writer, const char *name, const char *word)
{
	begin_value(writer, name);
	append(writer, word, strlen(word));
}

void json_begin_object(struct json_writer *writer, const char *name)
{
	append_word(writer, name, "{");
	writer->comma = false;
}

void json_end_object(struct json_writer *writer)
{
	append(writer, "}", 1);
	writer->comma = true;
}

void json_begin_array(struct json_writer *writer, const char *name)
{
	append_word(writer, name, "[");
	writer->comma = false;
}

void json_end_array(struct json_writer *writer)
{
	append(writer, "]", 1);
	writer->comma = true;
}

void json_string(struct json_writer *writer, const char *name, const char *value)
{
	if (!value) {
		json_null(writer, name);
		return;
	}
	begin_value(writer, name);
	append_quoted(writer, value);
}

void json_integer(struct json_writer *writer, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	append_word(writer, name, text);
}

void json_boolean(struct json_writer *writer, const char *name, bool value)
{
	append_word(writer, name, value ? "true" : "false");
}

void json_raw(struct json_writer *writer, const char *name, const char *text, size_t size)
{
	begin_value(writer, name);
	append(writer, text, size);
}

void json_null(struct json_writer *writer, const char *name)
{
	append_word(writer, name, "null");
}

void json_milliseconds(struct json_writer *writer, const char *name, int64_t duration)
{
	uint64_t us = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
	char text[32];

	snprintf(text, sizeof(text), "%s%" PRIu64 ".%03" PRIu64, duration < 0 ? "-" : "", us / 1000,
		 us % 1000);
	append_word(writer, name, text);
}

void json_wall(struct json_writer *writer, const char *name, int64_t when)
{
	char text[WALL_TEXT_SIZE];

	if (!when) {
		json_null(writer, name);
		return;
	}
	wall_format((struct wall){when}, text);
	json_string(writer, name, text);
}

void json_end_line(struct json_writer *writer)
{
	append(writer, "\n", 1);
	writer->comma = false;
}
