/*
 * Aligned columns for people: rows are collected, then printed with each column as wide as its
 * widest cell.  Widths count UTF-8 characters, not bytes.
 */
#include "core/vdctl/vdctl_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"

#define GAP 2 /* blanks between columns */

void table_row(struct table *table)
{
	table->rows = alloc_resize(table->rows, table->n_rows + 1, sizeof(*table->rows));
	memset(table->rows[table->n_rows++], 0, sizeof(*table->rows));
	table->n_columns = 0;
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (table->n_columns == TABLE_COLUMNS_MAX || vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	table->rows[table->n_rows - 1][table->n_columns++] = text;
}

static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void print_row(char *const row[], const int widths[], unsigned indent, table_paint_fn *paint)
{
	int blanks = (int)indent;

	for (unsigned i = 0; i < TABLE_COLUMNS_MAX && row[i]; i++) {
		const char *colour = paint ? paint(row[i]) : NULL;

		if (!*row[i] && (i + 1 == TABLE_COLUMNS_MAX || !row[i + 1]))
			break; /* no blanks at the end of a line */
		printf("%*s%s%s%s", blanks, "", colour ? colour : "", row[i],
		       colour ? "\033[0m" : "");
		blanks = widths[i] - width_of(row[i]) + GAP;
	}
	putchar('\n');
}

void table_print(struct table *table, unsigned indent, table_paint_fn *paint)
{
	int widths[TABLE_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < table->n_rows; i++)
		for (unsigned j = 0; j < TABLE_COLUMNS_MAX && table->rows[i][j]; j++)
			if (width_of(table->rows[i][j]) > widths[j])
				widths[j] = width_of(table->rows[i][j]);
	for (size_t i = 0; i < table->n_rows; i++) {
		if (table->n_rows > 1) /* else there are only the heads */
			print_row(table->rows[i], widths, indent, paint);
		for (unsigned j = 0; j < TABLE_COLUMNS_MAX; j++)
			free(table->rows[i][j]);
	}
	free(table->rows);
	*table = (struct table){0};
}
