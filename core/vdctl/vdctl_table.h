#ifndef CORE_VDCTL_TABLE_H
#define CORE_VDCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 8

/* Rows of text in aligned columns. Zero-initialise. */
struct table {
	char *(*rows)[TABLE_COLUMNS_MAX];
	size_t n_rows;
	size_t n_columns;
};

/* vdctl_table.c */

/* Adds a row and starts with its first cell. */
void table_row(struct table *table);
/* The next cell of the last row; formatted like printf. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Writes all rows to stdout, each after `indent` blanks and none where there are only heads, and
 * empties the table. `paint` may wrap a
 * cell's text in colour: it returns the sequence to start with, or NULL. */
typedef const char *table_paint_fn(const char *cell);
void table_print(struct table *table, unsigned indent, table_paint_fn *paint);

#endif
