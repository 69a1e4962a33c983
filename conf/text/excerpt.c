/*
 * Excerpts: the lines that diagnostics show, with the word in question marked.
 *
 * The parser gives the text back to the system while it goes on, and mistakes between objects are
 * found last.  So when all is done the files with mistakes are read once more, each once and from
 * front to end.  A file that has changed meanwhile shows what it holds now.
 *
 * Lines may have any length and any bytes.  Of a long one, what is around the word is cut out.
 * Tabs stay, also in front of the marks, so that these stand right whatever the width of a tab is;
 * the marks count what a terminal shows (UTF-8; wide and combining characters).  What could disturb
 * a terminal is replaced by '?'.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/text/excerpt.h"
#include "conf/text/source.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/utf8.h"

#define SHOWN_MAX   96 /* bytes of a line that is cut */
#define SHOWN_FRONT 32 /* of them, before the word */

struct line {
	const char *start;
	const char *end;
};

/* Words */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the quoted piece at `at` ends. */
static const char *quote_end(const char *at, const char *end)
{
	const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));

	return close ? close + 1 : end;
}

/* "${...}", or one byte. */
static const char *dollar_end(const char *at, const char *end)
{
	const char *close = NULL;

	if (at + 1 < end && at[1] == '{')
		close = memchr(at, '}', (size_t)(end - at));
	return close ? close + 1 : at + 1;
}

/* The end of what begins at `at`: a word, a quoted one, a brace or another byte. */
static const char *word_end(const char *at, const char *end)
{
	const char *start = at;

	if (at == end)
		return at;
	if (*at == '"' || *at == '\'')
		return quote_end(at, end);
	while (at < end && !is_blank(*at) && !strchr("{}\"#!", *at)) {
		if (*at == '$')
			at = dollar_end(at, end);
		else if (*at == '\\' && at + 1 < end && !is_blank(at[1]))
			at += 2;
		else
			at++;
	}
	return at > start ? at : at + 1;
}

/* Characters */

struct range {
	uint32_t first, last;
};

static bool is_within(uint32_t character, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

/* The columns that a terminal needs for a character; -1 = it is not to be sent to one. */
static int width_of(uint32_t character)
{
	/* Controls, and what changes the direction of writing. */
	static const struct range hidden[] = {
		{0x00, 0x08},	  {0x0a, 0x1f},	    {0x7f, 0x9f},     {0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
	};
	static const struct range combining[] = {
		{0x0300, 0x036f},
		{0x1ab0, 0x1aff},
		{0x20d0, 0x20ff},
		{0xfe00, 0xfe0f},
	};
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x2e80, 0xa4cf},	{0xac00, 0xd7a3},   {0xf900, 0xfaff},
		{0xfe30, 0xfe6f},   {0xff00, 0xff60},	{0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
		{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};

	if (is_within(character, hidden, sizeof(hidden) / sizeof(*hidden)))
		return -1;
	if (is_within(character, combining, sizeof(combining) / sizeof(*combining)))
		return 0;
	return is_within(character, wide, sizeof(wide) / sizeof(*wide)) ? 2 : 1;
}

/* Reads one character of UTF-8; returns its bytes, or 0 where there is none. */
static size_t read_character(const char *at, const char *end, uint32_t *character)
{
	unsigned char bytes[5] = {0};
	size_t size = (size_t)(end - at) < 4 ? (size_t)(end - at) : 4;

	memcpy(bytes, at, size);
	size = utf8_length(bytes);
	*character = size > 1 ? bytes[0] & (0x7fU >> size) : bytes[0];
	for (size_t i = 1; i < size; i++)
		*character = *character << 6 | (bytes[i] & 0x3f);
	return size;
}

/* Cutting out */

struct drawing {
	char line[2 * SHOWN_MAX + 8];
	char marks[4 * SHOWN_MAX + 8];
	size_t line_size, marks_size;
};

static void draw(struct drawing *drawing, const char *bytes, size_t size, char mark, int width)
{
	if (drawing->line_size + size >= sizeof(drawing->line) ||
	    drawing->marks_size + (size_t)width >= sizeof(drawing->marks))
		fatal("an excerpt of %zu bytes has no room", drawing->line_size + size);
	memcpy(drawing->line + drawing->line_size, bytes, size);
	drawing->line_size += size;
	memset(drawing->marks + drawing->marks_size, mark, (size_t)width);
	drawing->marks_size += (size_t)width;
}

/* Draws the bytes from..to of a line, of which those of the word get marks. */
static void draw_part(struct drawing *drawing, struct line part, struct line word)
{
	const char *at = part.start;
	bool marked = false;
	size_t size;

	for (; at < part.end; at += size) {
		bool inside = at >= word.start && at < word.end;
		uint32_t character = 0;
		int width = -1;

		size = read_character(at, part.end, &character);
		if (size > 0)
			width = width_of(character);
		else
			size = 1;
		if (character == '\t')
			draw(drawing, inside ? " " : "\t", 1, inside ? '~' : '\t', 1);
		else if (width < 0)
			draw(drawing, "?", 1, inside ? '~' : ' ', 1);
		else
			draw(drawing, at, size, inside ? '~' : ' ', width);
		if (inside && !marked && width != 0) {
			drawing->marks[drawing->marks_size - (width > 1 ? 2 : 1)] = '^';
			marked = true;
		}
	}
	if (!marked)
		draw(drawing, "", 0, '^', 1);
}

/* Not within a character. */
static const char *boundary(const char *at, const char *start)
{
	const char *limit = at - start > 3 ? at - 3 : start;

	while (at > limit && ((unsigned char)*at & 0xc0) == 0x80)
		at--;
	return at;
}

static void cut(struct arena *arena, struct line line, uint32_t column, struct excerpt *excerpt)
{
	struct drawing drawing = {.line_size = 0};
	struct line part = line, word;

	word.start = line.start + column - 1;
	word.end = word_end(word.start, line.end);
	excerpt->end_column = (uint32_t)(word.end - line.start) + 1;
	if (line.end - line.start > SHOWN_MAX) {
		if (word.start - line.start > SHOWN_FRONT)
			part.start = boundary(word.start - SHOWN_FRONT, line.start);
		if (line.end - part.start > SHOWN_MAX)
			part.end = boundary(part.start + SHOWN_MAX, part.start);
	}
	if (part.start > line.start)
		draw(&drawing, "...", 3, ' ', 3);
	draw_part(&drawing, part, word);
	if (part.end < line.end)
		draw(&drawing, "...", 3, ' ', 3);
	char *marks_end = memrchr(drawing.marks, '~', drawing.marks_size);
	if (!marks_end)
		marks_end = memrchr(drawing.marks, '^', drawing.marks_size);
	if (!marks_end)
		return;
	excerpt->line = arena_strndup(arena, drawing.line, drawing.line_size);
	excerpt->marks =
		arena_strndup(arena, drawing.marks, (size_t)(marks_end - drawing.marks) + 1);
}

/* Texts */

static int compare_wanted(const void *left, const void *right)
{
	const struct excerpt_wanted *a = left;
	const struct excerpt_wanted *b = right;
	int order = a->file_number < b->file_number ? -1 : a->file_number > b->file_number;

	return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

/* All that is wanted of one text, in the order of its lines. */
static void fill(struct arena *arena, struct excerpt_wanted *wanted, size_t n, const char *text,
		 size_t size)
{
	static const char mark[] = {'\xef', '\xbb', '\xbf'};
	const char *end = text + size;
	uint32_t number = 1;
	size_t i = 0;

	if (size >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0)
		text += sizeof(mark);
	while (i < n) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct line line = {text, newline ? newline : end};

		if (line.end > line.start && line.end[-1] == '\r')
			line.end--;
		for (; i < n && wanted[i].line == number; i++)
			if (wanted[i].column > 0 &&
			    wanted[i].column - 1 <= (size_t)(line.end - line.start))
				cut(arena, line, wanted[i].column, wanted[i].excerpt);
		if (!newline)
			return;
		text = newline + 1;
		number++;
	}
}

void excerpts_fill(struct arena *arena, struct excerpt_wanted *wanted, size_t n,
		   const struct excerpt_text *known)
{
	size_t end;

	qsort(wanted, n, sizeof(*wanted), compare_wanted);
	for (size_t first = 0; first < n; first = end) {
		const char *file = wanted[first].file;
		struct source source = {0};
		const char *reason;

		for (end = first; end < n && wanted[end].file_number == wanted[first].file_number;)
			end++;
		if (known->name && strcmp(known->name, file) == 0)
			fill(arena, wanted + first, end - first, known->text, known->size);
		else if (source_read(&source, file, CONF_TEXT_MAX, &reason))
			fill(arena, wanted + first, end - first, source.text, source.size);
		source_free(&source);
	}
}
