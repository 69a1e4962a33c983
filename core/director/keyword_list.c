/*
 * The table of keywords for people and programs: what `vdirectord --keywords` prints, and what the
 * manual, the page about compatibility, the editor's syntax file and the shells' completion are
 * made from (doc/generate reads the JSON).
 *
 * How a value is written follows from its type, unless the row says it better; a range that is only
 * the limit of the number's type is none.
 */
#include "core/director/keyword_list.h"

#include <stdlib.h>
#include <string.h>

#include "conf/table/value.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"

/* Adds to a text; what does not fit is fatal, since all of it is in the table. */
#define ADD(...)                                                                \
	do {                                                                    \
		if (!text_append(text, KEYWORD_SYNTAX_SIZE, __VA_ARGS__))       \
			fatal("the syntax of a keyword is too long: %s", text); \
	} while (0)

static void add_choices(const struct keyword *row, char *text)
{
	const struct choice *choice;

	for (choice = row->choices; choice->name; choice++)
		ADD("%s%s", choice == row->choices ? "" : "|", choice->name);
	if (row->max > 0 && row->type == &value_choice)
		ADD("|NUMBER");
}

/* What a line has besides its keyword. */
static void add_line(enum block block, char *text)
{
	const struct block_type *type = block_type(block);
	const char *blank = "";
	size_t i;

	for (i = 0; i < type->n_heads; i++) {
		const struct keyword *head = &type->heads[i];

		ADD(i < type->n_required ? "%s%s%s" : "%s[%s%s]", blank, head->name,
		    head->flags & KEYWORD_MANY ? "..." : "");
		blank = " ";
	}
	if (type->parts[0].n_rows > 0)
		ADD("%s[OPTION...]", blank);
}

static void add_by_type(const struct keyword *row, char *text)
{
	const char *argument;

	if (row->choices) {
		add_choices(row, text);
	} else if (row->type == &value_command && row->max == COMMAND_WITHOUT_USER) {
		ADD("COMMAND");
	} else if (row->type == &value_line) {
		add_line(row->block, text);
	} else if (row->type == &value_block) {
		argument = block_type(row->block)->argument;
		if (argument)
			ADD("%s ", strcmp(argument, "a name") == 0 ? "NAME" : argument);
		ADD("{ ... }");
	} else if (row->type == &value_entries) {
		ADD(block_type(row->block)->argument ? "NAME { " : "{ ");
		add_line(row->block, text);
		ADD(" ... }");
	} else if (row->type->syntax) {
		ADD("%s", row->type->syntax);
	}
}

const char *keyword_syntax(const struct keyword *row, char text[KEYWORD_SYNTAX_SIZE])
{
	bool optional = row->absent != NULL;

	text[0] = '\0';
	if (row->argument && (*row->argument == '[' || *row->argument == '\0'))
		optional = false;
	if (optional)
		ADD("[");
	if (row->argument)
		ADD("%s", row->argument);
	else
		add_by_type(row, text);
	if (optional)
		ADD("]");
	return text;
}

const char *keyword_range(const struct keyword *row, char text[KEYWORD_RANGE_SIZE])
{
	char low[VALUE_SECONDS_SIZE], high[VALUE_SECONDS_SIZE];
	int64_t scale = row->type == &value_seconds	   ? 1
			: row->type == &value_milliseconds ? 1000
							   : 0;
	bool numbers = row->type == &value_integer || row->type == &value_weight;
	bool open = numbers && row->max >= INT32_MAX;
	int n = 0;

	text[0] = '\0';
	if (scale > 0) {
		value_seconds_text(row->min * scale, low);
		value_seconds_text(row->max * scale, high);
	} else if (numbers) {
		snprintf(low, sizeof(low), "%lld", (long long)row->min);
		snprintf(high, sizeof(high), "%lld", (long long)row->max);
	} else if (row->type == &value_string && row->max > 0) {
		n = snprintf(text, KEYWORD_RANGE_SIZE, "up to %lld bytes", (long long)row->max);
	}
	if (scale > 0 || numbers) {
		if (open && row->min <= -INT32_MAX)
			return text;
		n = open ? snprintf(text, KEYWORD_RANGE_SIZE, "%s or more", low)
			 : snprintf(text, KEYWORD_RANGE_SIZE, "%s%s%s", low,
				    row->min < 0 ? ".." : "-", high);
	}
	if (n < 0 || n >= KEYWORD_RANGE_SIZE)
		fatal("the range of '%s' is too long", row->name);
	return text;
}

const char *keyword_unit(const struct keyword *row)
{
	if (row->unit)
		return row->unit;
	return row->type->unit;
}

const char *keyword_default(const struct keyword *row)
{
	return row->otherwise ? row->otherwise : row->initial;
}

const char *keyword_support(const struct keyword *row)
{
	static const char *const names[] = {
		[SUPPORT_FULL] = "supported",
		[SUPPORT_IGNORED] = "ignored",
		[SUPPORT_NONE] = "unsupported",
	};

	return names[row->support];
}

/* As text */

enum column {
	COLUMN_BLOCK,
	COLUMN_NAME,
	COLUMN_VALUE,
	COLUMN_RANGE,
	COLUMN_UNIT,
	COLUMN_DEFAULT,
	COLUMN_SUPPORT,
	COLUMN_RELOAD,
	COLUMN_DOC,
};
#define COLUMNS	     (COLUMN_DOC + 1)
#define COLUMN_WIDTH 34 /* at most; longer texts stand out */
#define DOC_SIZE     512

struct line {
	const char *cells[COLUMNS];
	char syntax[KEYWORD_SYNTAX_SIZE];
	char range[KEYWORD_RANGE_SIZE];
	char doc[DOC_SIZE];
};

/* The row that this one is only another name of: one for the same value that means something else
 * says so in its documentation. */
static const struct keyword *alias_of(const struct keyword_index *index,
				      const struct keyword_entry *entry)
{
	const struct keyword *row = keyword_main(index, entry);

	return strcmp(row->doc, entry->row->doc) == 0 && row != entry->row ? row : NULL;
}

static void fill_line(struct line *line, const struct keyword_index *index,
		      const struct keyword_entry *entry)
{
	const struct keyword *alias = alias_of(index, entry);
	const struct keyword *row = entry->row;
	const char *unit = keyword_unit(row), *initial = keyword_default(row);
	int n = snprintf(line->doc, DOC_SIZE, alias ? "%s (another name of %s)" : "%s", row->doc,
			 alias ? alias->name : "");

	if (n < 0 || n >= DOC_SIZE)
		fatal("the documentation of '%s' is too long", row->name);
	line->cells[COLUMN_BLOCK] = block_type(entry->block)->name;
	line->cells[COLUMN_NAME] = row->name;
	line->cells[COLUMN_VALUE] = keyword_syntax(row, line->syntax);
	line->cells[COLUMN_RANGE] = keyword_range(row, line->range);
	line->cells[COLUMN_UNIT] = unit ? unit : "";
	line->cells[COLUMN_DEFAULT] = initial ? initial : "";
	line->cells[COLUMN_SUPPORT] = keyword_support(row);
	line->cells[COLUMN_RELOAD] = row->flags & KEYWORD_FIXED ? "no" : "yes";
	line->cells[COLUMN_DOC] = line->doc;
}

static void print_line(const struct line *line, const size_t widths[COLUMNS], FILE *out)
{
	size_t i;

	for (i = 0; i < COLUMN_DOC; i++)
		fprintf(out, "%-*s  ", (int)widths[i], line->cells[i]);
	fprintf(out, "%s\n", line->cells[COLUMN_DOC]);
}

static void print_text(const struct keyword_index *index, FILE *out)
{
	static const struct line title = {.cells = {"BLOCK", "KEYWORD", "VALUE", "RANGE", "UNIT",
						    "DEFAULT", "SUPPORT", "RELOAD",
						    "WHAT IT DOES"}};
	const struct keyword_entry *entries;
	size_t widths[COLUMNS] = {0};
	size_t count, i, j, k;
	struct line line = {0};

	entries = keyword_entries(index, BLOCK_ROOT, &count);
	count = keyword_count(index);
	for (i = 0; i <= count; i++) {
		const struct line *shown = &title;

		if (i < count) {
			fill_line(&line, index, &entries[i]);
			shown = &line;
		}
		for (j = 0; j < COLUMNS; j++) {
			k = strlen(shown->cells[j]);
			if (k > widths[j] && k <= COLUMN_WIDTH)
				widths[j] = k;
		}
	}
	print_line(&title, widths, out);
	for (i = 0; i < count; i++) {
		fill_line(&line, index, &entries[i]);
		print_line(&line, widths, out);
	}
}

/* As JSON */

static bool has_block(const struct keyword *row)
{
	return row->type == &value_block || row->type == &value_addresses ||
	       row->type == &value_line || row->type == &value_entries;
}

static void write_row(struct json_writer *writer, const struct keyword *row,
		      const struct keyword *alias)
{
	char syntax[KEYWORD_SYNTAX_SIZE], range[KEYWORD_RANGE_SIZE];
	const struct choice *choice;

	json_begin_object(writer, NULL);
	json_string(writer, "name", row->name);
	json_string(writer, "alias_of", alias ? alias->name : NULL);
	json_string(writer, "type", row->type->name);
	json_string(writer, "syntax", keyword_syntax(row, syntax));
	json_string(writer, "range", *keyword_range(row, range) ? range : NULL);
	json_string(writer, "unit", keyword_unit(row));
	json_string(writer, "default", keyword_default(row));
	json_string(writer, "support", keyword_support(row));
	json_boolean(writer, "reload", !(row->flags & KEYWORD_FIXED));
	json_begin_array(writer, "choices");
	for (choice = row->choices; choice && choice->name; choice++)
		json_string(writer, NULL, choice->name);
	json_end_array(writer);
	if (has_block(row))
		json_integer(writer, "block", (int64_t)row->block);
	else
		json_null(writer, "block");
	json_string(writer, "doc", row->doc);
	json_end_object(writer);
}

static void write_block(struct json_writer *writer, const struct keyword_index *index,
			enum block block)
{
	const struct block_type *type = block_type(block);
	const struct keyword_entry *entries;
	size_t count, i;

	json_begin_object(writer, NULL);
	json_integer(writer, "id", (int64_t)block);
	json_string(writer, "name", type->name);
	json_string(writer, "argument", type->argument);
	json_boolean(writer, "line", block >= BLOCK_FIRST_LINE);
	json_begin_array(writer, "keywords");
	entries = keyword_entries(index, block, &count);
	for (i = 0; i < count; i++)
		write_row(writer, entries[i].row, alias_of(index, &entries[i]));
	json_end_array(writer);
	json_end_object(writer);
}

static void print_json(const struct keyword_index *index, FILE *out)
{
	struct json_writer writer = {0};
	size_t block;

	json_begin_object(&writer, NULL);
	json_integer(&writer, "version", 1);
	json_begin_array(&writer, "blocks");
	for (block = 0; block < BLOCKS; block++)
		write_block(&writer, index, (enum block)block);
	json_end_array(&writer);
	json_end_object(&writer);
	json_end_line(&writer);
	fwrite(writer.text, 1, writer.size, out);
	free(writer.text);
}

void keyword_list_print(bool json, FILE *out)
{
	struct keyword_index *index = keyword_index_create();

	if (json)
		print_json(index, out);
	else
		print_text(index, out);
	keyword_index_destroy(index);
}
