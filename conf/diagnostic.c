/*
 * Diagnostics: what is wrong with a configuration, collected while it is read and checked, and
 * handed out in the order of the text.
 *
 * Lexer, parser, resolver and cross checks all add here and go on, so that one run names every
 * mistake.  Which of them found a mistake is no concern of the reader: diagnostics_sort() puts
 * them by file, line and column.  Main prints them with -t, logs them at start, and sends them
 * as the answer to a reload.
 *
 * The number is bounded (DIAGNOSTICS_MAX): a file of another kind given by accident must not
 * fill the memory with complaints.
 */
#include "conf/diagnostic.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"

#define TEXT_MAX 1024

struct record {
	struct diagnostic public;
	struct diagnostic_note *last_note;
	size_t file_number;
	size_t sequence; /* keeps the sort stable */
};

struct diagnostics {
	struct arena *arena;
	struct record *records;
	size_t n_records;
	size_t capacity;
	const char **files;
	size_t n_files;
	size_t counts[DIAGNOSTIC_ERROR + 1];
	bool latest_kept; /* the last record is what was added last */
	bool unreadable;
};

struct diagnostics *diagnostics_create(void)
{
	struct arena *arena = arena_create();
	struct diagnostics *diagnostics = arena_alloc(arena, sizeof(*diagnostics));

	diagnostics->arena = arena;
	return diagnostics;
}

void diagnostics_destroy(struct diagnostics *diagnostics)
{
	if (!diagnostics)
		return;
	free(diagnostics->records);
	free(diagnostics->files);
	arena_destroy(diagnostics->arena);
}

size_t diagnostics_count(const struct diagnostics *diagnostics, enum diagnostic_severity severity)
{
	return diagnostics->counts[severity];
}

size_t diagnostics_total(const struct diagnostics *diagnostics)
{
	return diagnostics->n_records;
}

const struct diagnostic *diagnostics_get(const struct diagnostics *diagnostics, size_t index)
{
	return index < diagnostics->n_records ? &diagnostics->records[index].public : NULL;
}

static size_t file_number(struct diagnostics *diagnostics, const char *file)
{
	size_t i;

	for (i = diagnostics->n_files; i > 0; i--) {
		if (strcmp(diagnostics->files[i - 1], file) == 0)
			return i - 1;
	}
	diagnostics->files = reallocarray(diagnostics->files, diagnostics->n_files + 1,
					  sizeof(*diagnostics->files));
	if (!diagnostics->files)
		fatal("out of memory for diagnostics");
	diagnostics->files[diagnostics->n_files] = arena_strdup(diagnostics->arena, file);
	return diagnostics->n_files++;
}

void diagnostics_file(struct diagnostics *diagnostics, const char *file)
{
	file_number(diagnostics, file);
}

static void append(struct diagnostics *diagnostics, enum diagnostic_severity severity,
		   const char *file, uint32_t line, uint32_t column, const char *text)
{
	struct record *record;

	if (diagnostics->n_records == diagnostics->capacity) {
		diagnostics->capacity = diagnostics->capacity ? diagnostics->capacity * 2 : 16;
		diagnostics->records = reallocarray(diagnostics->records, diagnostics->capacity,
						    sizeof(*diagnostics->records));
		if (!diagnostics->records)
			fatal("out of memory for diagnostics");
	}
	record = &diagnostics->records[diagnostics->n_records];
	record->sequence = diagnostics->n_records++;
	record->last_note = NULL;
	record->file_number = file_number(diagnostics, file);
	record->public = (struct diagnostic){
		.severity = severity,
		.file = diagnostics->files[record->file_number],
		.line = line,
		.column = column,
		.text = arena_strdup(diagnostics->arena, text),
	};
}

void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity,
		     const char *file, uint32_t line, uint32_t column, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	diagnostics->counts[severity]++;
	diagnostics->latest_kept = false;
	if (diagnostics->n_records > DIAGNOSTICS_MAX)
		return;
	if (diagnostics->n_records == DIAGNOSTICS_MAX) {
		append(diagnostics, DIAGNOSTIC_ERROR, file, line, column,
		       "too many mistakes; the rest is not shown");
		return;
	}
	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(arguments);
	append(diagnostics, severity, file, line, column, text);
	diagnostics->latest_kept = true;
}

void diagnostics_note(struct diagnostics *diagnostics, const char *file, uint32_t line,
		      uint32_t column, const char *format, ...)
{
	struct diagnostic_note *note;
	char text[TEXT_MAX];
	struct record *record;
	va_list arguments;

	if (!diagnostics->latest_kept)
		return;
	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(arguments);
	note = arena_alloc(diagnostics->arena, sizeof(*note));
	note->file = diagnostics->files[file_number(diagnostics, file)];
	note->line = line;
	note->column = column;
	note->text = arena_strdup(diagnostics->arena, text);
	record = &diagnostics->records[diagnostics->n_records - 1];
	if (record->last_note)
		record->last_note->next = note;
	else
		record->public.notes = note;
	record->last_note = note;
}

void diagnostics_repeat(struct diagnostics *diagnostics, enum diagnostic_severity severity)
{
	diagnostics->counts[severity]++;
}

void diagnostics_add_unreadable(struct diagnostics *diagnostics, const char *file,
				const char *reason)
{
	diagnostics->unreadable = true;
	diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, file, 0, 0, "cannot be read: %s", reason);
}

static int compare_records(const void *left, const void *right)
{
	const struct record *a = left;
	const struct record *b = right;

	if (a->file_number != b->file_number)
		return a->file_number < b->file_number ? -1 : 1;
	if (a->public.line != b->public.line)
		return a->public.line < b->public.line ? -1 : 1;
	if (a->public.column != b->public.column)
		return a->public.column < b->public.column ? -1 : 1;
	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

void diagnostics_sort(struct diagnostics *diagnostics, size_t first)
{
	diagnostics->latest_kept = false;
	if (first < diagnostics->n_records)
		qsort(diagnostics->records + first, diagnostics->n_records - first,
		      sizeof(*diagnostics->records), compare_records);
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *out)
{
	static const char *const names[] = {
		[DIAGNOSTIC_WARNING] = "warning",
		[DIAGNOSTIC_ERROR] = "error",
	};
	const struct diagnostic_note *note;
	size_t i;

	for (i = 0; i < diagnostics->n_records; i++) {
		const struct diagnostic *d = &diagnostics->records[i].public;

		if (d->line == 0)
			fprintf(out, "%s: %s: %s\n", d->file, names[d->severity], d->text);
		else
			fprintf(out, "%s:%" PRIu32 ":%" PRIu32 ": %s: %s\n", d->file, d->line,
				d->column, names[d->severity], d->text);
		for (note = d->notes; note; note = note->next)
			fprintf(out, "%s:%" PRIu32 ":%" PRIu32 ": note: %s\n", note->file,
				note->line, note->column, note->text);
	}
}

int diagnostics_exit(const struct diagnostics *diagnostics, bool warnings_count)
{
	if (diagnostics->unreadable)
		return CONF_EXIT_UNREADABLE;
	if (diagnostics->counts[DIAGNOSTIC_ERROR] > 0)
		return CONF_EXIT_INVALID;
	if (warnings_count && diagnostics->counts[DIAGNOSTIC_WARNING] > 0)
		return CONF_EXIT_WARNINGS;
	return CONF_EXIT_CLEAN;
}
