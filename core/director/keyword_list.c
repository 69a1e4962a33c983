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
#include "core/base/alloc.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"

enum column {
	COLUMN_BLOCK,
	COLUMN_NAME,
	COLUMN_SYNTAX,
	COLUMN_RANGE,
	COLUMN_UNIT,
	COLUMN_DEFAULT,
	COLUMN_SUPPORT,
	COLUMN_RELOAD,
	COLUMN_DOC,
};
#define COLUMNS	     (COLUMN_DOC + 1)
#define COLUMN_WIDTH 34 /* at most; longer texts stand out */

/* One keyword of one block. */
struct line {
	const char *cells[COLUMNS]; /* "" = nothing */
	const struct keyword *row, *alias;
	char syntax[160], range[64], doc[512];
};

/* Adds to a text; what does not fit is fatal, since all of it is in the table. */
#define ADD(text, ...)                                                                  \
	do {                                                                            \
		if (!text_append(text, sizeof(text), __VA_ARGS__))                      \
			fatal("a text of the table of keywords is too long: %s", text); \
	} while (0)

/* What a line has besides its keyword. */
static void add_line(struct line *line, enum block block)
{
	const struct block_type *type = block_type(block);
	const char *blank = "";

	for (size_t i = 0; i < type->n_heads; i++) {
		const struct keyword *head = &type->heads[i];

		ADD(line->syntax, i < type->n_required ? "%s%s%s" : "%s[%s%s]", blank, head->name,
		    head->flags & KEYWORD_MANY ? "..." : "");
		blank = " ";
	}
	if (type->parts[0].n_rows > 0)
		ADD(line->syntax, "%s[OPTION...]", blank);
}

static void add_by_type(struct line *line)
{
	const struct keyword *row = line->row;
	const char *argument = row->type == &value_block || row->type == &value_entries
				       ? block_type(row->block)->argument
				       : NULL;

	if (row->choices) {
		for (const struct choice *choice = row->choices; choice->name; choice++)
			ADD(line->syntax, "%s%s", choice == row->choices ? "" : "|", choice->name);
		if (row->max > 0 && row->type == &value_choice)
			ADD(line->syntax, "|NUMBER");
	} else if (row->type == &value_command && row->max == COMMAND_WITHOUT_USER) {
		ADD(line->syntax, "COMMAND");
	} else if (row->type == &value_line) {
		add_line(line, row->block);
	} else if (row->type == &value_block) {
		if (argument)
			ADD(line->syntax, "%s ",
			    strcmp(argument, "a name") == 0 ? "NAME" : argument);
		ADD(line->syntax, "{ ... }");
	} else if (row->type == &value_entries) {
		ADD(line->syntax, argument ? "NAME { " : "{ ");
		add_line(line, row->block);
		ADD(line->syntax, " ... }");
	} else if (row->type->syntax) {
		ADD(line->syntax, "%s", row->type->syntax);
	}
}

/* What follows the keyword: "[BOOL]", "MASTER|BACKUP", "NAME { ... }". */
static void add_syntax(struct line *line)
{
	const char *argument = line->row->argument;
	bool optional = line->row->absent && !(argument && (*argument == '[' || !*argument));

	ADD(line->syntax, "%s%s", optional ? "[" : "", argument ? argument : "");
	if (!argument)
		add_by_type(line);
	ADD(line->syntax, "%s", optional ? "]" : "");
}

/* "1-255", "0 or more" */
static void add_range(struct line *line)
{
	const struct keyword *row = line->row;
	char low[VALUE_SECONDS_SIZE], high[VALUE_SECONDS_SIZE];

	if (row->type->scale > 0) {
		ADD(line->range, "%s-%s", value_seconds_text(row->min * row->type->scale, low),
		    value_seconds_text(row->max * row->type->scale, high));
	} else if (row->type == &value_string && row->max > 0) {
		ADD(line->range, "up to %lld bytes", (long long)row->max);
	} else if (row->type == &value_integer || row->type == &value_weight) {
		if (row->max < INT32_MAX)
			ADD(line->range, "%lld%s%lld", (long long)row->min,
			    row->min < 0 ? ".." : "-", (long long)row->max);
		else if (row->min > -INT32_MAX)
			ADD(line->range, "%lld or more", (long long)row->min);
	}
}

static void fill_line(struct line *line, const struct keyword_index *index,
		      const struct keyword_entry *entry)
{
	static const char *const supports[] = {
		[SUPPORT_FULL] = "supported",
		[SUPPORT_IGNORED] = "ignored",
		[SUPPORT_NONE] = "unsupported",
	};
	const struct keyword *row = entry->row, *main = keyword_main(index, entry);
	const char *unit = row->unit ? row->unit : row->type->unit;
	const char *otherwise = row->otherwise ? row->otherwise : row->initial;
	const char *const cells[COLUMNS] = {
		block_type(entry->block)->name,
		row->name,
		line->syntax,
		line->range,
		unit ? unit : "",
		otherwise ? otherwise : "",
		supports[row->support],
		row->flags & KEYWORD_FIXED ? "no" : "yes",
		line->doc,
	};

	memcpy(line->cells, cells, sizeof(cells));
	line->row = row;
	/* One for the same value that means something else says so in its documentation. */
	line->alias = row != main && strcmp(row->doc, main->doc) == 0 ? main : NULL;
	add_syntax(line);
	add_range(line);
	ADD(line->doc, "%s", row->doc);
	if (line->alias)
		ADD(line->doc, " (another name of %s)", line->alias->name);
}

static void print_text(const struct line *lines, size_t count, FILE *out)
{
	static const struct line title = {.cells = {"BLOCK", "KEYWORD", "VALUE", "RANGE", "UNIT",
						    "DEFAULT", "SUPPORT", "RELOAD",
						    "WHAT IT DOES"}};
	size_t widths[COLUMNS] = {0};

	for (size_t i = 0; i <= count; i++)
		for (size_t j = 0; j < COLUMNS; j++) {
			size_t width = strlen((i > 0 ? &lines[i - 1] : &title)->cells[j]);

			if (width > widths[j] && width <= COLUMN_WIDTH)
				widths[j] = width;
		}
	for (size_t i = 0; i <= count; i++) {
		const struct line *line = i > 0 ? &lines[i - 1] : &title;

		for (size_t j = 0; j < COLUMN_DOC; j++)
			fprintf(out, "%-*s  ", (int)widths[j], line->cells[j]);
		fprintf(out, "%s\n", line->cells[COLUMN_DOC]);
	}
}

static void write_row(struct json_writer *writer, const struct line *line)
{
	static const char *const names[COLUMNS] = {[COLUMN_SYNTAX] = "syntax",
						   [COLUMN_RANGE] = "range",
						   [COLUMN_UNIT] = "unit",
						   [COLUMN_DEFAULT] = "default",
						   [COLUMN_SUPPORT] = "support"};
	const struct keyword *row = line->row;

	json_begin_object(writer, NULL);
	json_string(writer, "name", row->name);
	json_string(writer, "alias_of", line->alias ? line->alias->name : NULL);
	json_string(writer, "type", row->type->name);
	for (size_t i = COLUMN_SYNTAX; i <= COLUMN_SUPPORT; i++)
		json_string(writer, names[i],
			    *line->cells[i] || i == COLUMN_SYNTAX ? line->cells[i] : NULL);
	json_boolean(writer, "reload", !(row->flags & KEYWORD_FIXED));
	json_begin_array(writer, "choices");
	for (const struct choice *choice = row->choices; choice && choice->name; choice++)
		json_string(writer, NULL, choice->name);
	json_end_array(writer);
	if (row->type == &value_block || row->type == &value_addresses ||
	    row->type == &value_line || row->type == &value_entries)
		json_integer(writer, "block", (int64_t)row->block);
	else
		json_null(writer, "block");
	json_string(writer, "doc", row->doc);
	json_end_object(writer);
}

static void print_json(const struct keyword_index *index, const struct line *lines, FILE *out)
{
	struct json_writer writer = {0};

	json_begin_object(&writer, NULL);
	json_integer(&writer, "version", 1);
	json_begin_array(&writer, "blocks");
	for (size_t block = 0; block < BLOCKS; block++) {
		const struct block_type *type = block_type((enum block)block);
		size_t count;

		keyword_entries(index, (enum block)block, &count);
		json_begin_object(&writer, NULL);
		json_integer(&writer, "id", (int64_t)block);
		json_string(&writer, "name", type->name);
		json_string(&writer, "argument", type->argument);
		json_boolean(&writer, "line", block >= BLOCK_FIRST_LINE);
		json_begin_array(&writer, "keywords");
		for (; count > 0; count--)
			write_row(&writer, lines++);
		json_end_array(&writer);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_end_object(&writer);
	json_end_line(&writer);
	fwrite(writer.text, 1, writer.size, out);
	free(writer.text);
}

void keyword_list_print(bool json, FILE *out)
{
	struct keyword_index *index = keyword_index_create();
	size_t count = keyword_count(index), in_root;
	const struct keyword_entry *entries = keyword_entries(index, BLOCK_ROOT, &in_root);
	struct line *lines = alloc_array(count, sizeof(*lines));

	for (size_t i = 0; i < count; i++)
		fill_line(&lines[i], index, &entries[i]);
	if (json)
		print_json(index, lines, out);
	else
		print_text(lines, count, out);
	free(lines);
	keyword_index_destroy(index);
}
