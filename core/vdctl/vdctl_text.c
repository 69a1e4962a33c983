/*
 * What an answer says is text from outside: names of interfaces, the words of a server that was
 * probed, of a worker that was taken over.  A terminal would obey the control characters in it, so
 * each answer passes here before it is printed.  Control characters are those of ASCII (ESC, BEL,
 * DEL, ...), those of ISO 6429 from U+0080 to U+009F, of which U+009B begins a sequence as "ESC ["
 * does, and bytes that are no UTF-8, which a terminal may take for them.
 */
#include "core/vdctl/vdctl_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/utf8.h"

#define ESCAPE_SIZE 4 /* "\xNN" */

/* Of the character that `text` begins with, which has `length` bytes; 0: it is none. */
static bool is_control(const unsigned char *text, size_t length)
{
	return length == 0 || text[0] < 0x20 || text[0] == 0x7f ||
	       (length == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

char *vdctl_text_clean(const char *text, bool lines)
{
	char *clean = alloc_array(strlen(text) + 1, ESCAPE_SIZE), *to = clean;

	while (*text) {
		const unsigned char *from = (const unsigned char *)text;
		size_t length = utf8_length(from), n = length ? length : 1;
		bool stays =
			!is_control(from, length) || (lines && (*text == '\n' || *text == '\t'));

		for (size_t i = 0; i < n; i++)
			if (stays)
				*to++ = text[i];
			else
				to += snprintf(to, ESCAPE_SIZE + 1, "\\x%02x", from[i]);
		text += n;
	}
	*to = '\0';
	return clean;
}

static void clean_value(struct json_object *value, bool lines)
{
	switch (json_object_get_type(value)) {
	case json_type_string: {
		char *clean = vdctl_text_clean(json_object_get_string(value), lines);

		json_object_set_string(value, clean);
		free(clean);
		break;
	}
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(value); i++)
			clean_value(json_object_array_get_idx(value, i), false);
		break;
	case json_type_object: {
		json_object_object_foreach(value, name, member) clean_value(
			member, strcmp(name, "config") == 0 || strcmp(name, "diagnostics") == 0);
		break;
	}
	default:
		break;
	}
}

void vdctl_text_clean_answer(struct json_object *answer)
{
	clean_value(answer, false);
}

void vdctl_text_print_json(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	while (*text) {
		const unsigned char *from = (const unsigned char *)text;
		size_t length = utf8_length(from), n = length ? length : 1;

		/* The rest is escaped already; what is no UTF-8 is no JSON either. */
		if (length == 0)
			fputs("\\ufffd", stdout);
		else if (is_control(from, length) && *text != '\n')
			printf("\\u%04x", from[n - 1]);
		else
			fwrite(text, 1, n, stdout);
		text += n;
	}
	putchar('\n');
}
