/*
 * Diagnostics: what is wrong with a configuration, collected while it is read and checked, and
 * handed out in the order of the text.
 *
 * Lexer, expander, parser, resolver and cross checks all add here and go on, so that one run names
 * every mistake.  Which of them found a mistake is no concern of the reader: diagnostics_finish()
 * puts them by file, line and column; those that lead, which nobody may miss, stand before all
 * others.  The same text at the same place is one diagnostic, however often a file is included or a
 * line is repeated.  excerpt.c finds the lines that are shown with them, diagnostic_print.c writes
 * them.
 *
 * The number is bounded (DIAGNOSTICS_MAX): a file of another kind given by accident must not
 * fill the memory with complaints.
 */
#include "conf/text/diagnostic.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/text/excerpt.h"
#include "core/base/alloc.h"
#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/utf8.h"

#define TEXT_MAX 1024

struct record {
	struct diagnostic public;
	struct diagnostic_note *last_note;
	size_t file_number;
	size_t sequence; /* keeps the sort stable */
	bool leads;	 /* stands before those that do not */
};

struct file {
	const char *name;
	size_t includer; /* number of that file */
	uint32_t line;	 /* in it; 0 = it is the main file */
	uint32_t column;
	size_t latest; /* of the first file of a name: number of the last one of that name */
};

struct diagnostics {
	struct arena *arena;
	struct vector records; /* struct record */
	struct vector files;   /* struct file; one that is included twice is here twice */
	struct hash names;     /* the first file of each name */
	struct hash known;     /* the records that may come again */
	struct record *latest; /* what notes are for; NULL = what was added last was not kept */
	size_t counts[DIAGNOSTIC_ERROR + 1];
	bool unreadable;
};

struct diagnostics *diagnostics_create(void)
{
	struct diagnostics *diagnostics = alloc(sizeof(*diagnostics));

	diagnostics->arena = arena_create();
	return diagnostics;
}

static void free_all(struct diagnostics *diagnostics)
{
	vector_free(&diagnostics->records);
	vector_free(&diagnostics->files);
	hash_free(&diagnostics->known);
	hash_free(&diagnostics->names);
	arena_destroy(diagnostics->arena);
}

void diagnostics_clear(struct diagnostics *diagnostics)
{
	free_all(diagnostics);
	*diagnostics = (struct diagnostics){.arena = arena_create()};
}

void diagnostics_destroy(struct diagnostics *diagnostics)
{
	if (!diagnostics)
		return;
	free_all(diagnostics);
	free(diagnostics);
}

size_t diagnostics_count(const struct diagnostics *diagnostics, enum diagnostic_severity severity)
{
	return diagnostics->counts[severity];
}

size_t diagnostics_total(const struct diagnostics *diagnostics)
{
	return diagnostics->records.count;
}

const struct diagnostic *diagnostics_get(const struct diagnostics *diagnostics, size_t index)
{
	const struct record *records = diagnostics->records.items;

	return index < diagnostics->records.count ? &records[index].public : NULL;
}

static const struct file *get_file(const struct diagnostics *diagnostics, size_t number)
{
	return (const struct file *)diagnostics->files.items + number;
}

struct wanted_file {
	const struct file *files;
	const char *name;
};

static bool same_name(const void *context, uint32_t item)
{
	const struct wanted_file *wanted = context;

	return strcmp(wanted->files[item].name, wanted->name) == 0;
}

/* The number of the first file of a name, or HASH_NONE. */
static uint32_t first_file(const struct diagnostics *diagnostics, const char *name)
{
	struct wanted_file wanted = {diagnostics->files.items, name};

	return hash_find(&diagnostics->names, hash_bytes(HASH_SEED, name, strlen(name)), same_name,
			 &wanted);
}

static size_t add_file(struct diagnostics *diagnostics, const char *name)
{
	size_t number = diagnostics->files.count;
	uint32_t first = first_file(diagnostics, name);
	struct file *file = vector_add(&diagnostics->files, sizeof(*file), NULL);

	if (first == HASH_NONE) {
		file->name = arena_strdup(diagnostics->arena, name);
		file->latest = number;
		hash_add(&diagnostics->names, hash_bytes(HASH_SEED, name, strlen(name)),
			 (uint32_t)number);
	} else {
		struct file *known = (struct file *)diagnostics->files.items + first;

		file->name = known->name;
		known->latest = number;
	}
	return number;
}

/* The number that the file got when it was opened last. */
static size_t file_number(struct diagnostics *diagnostics, const char *name)
{
	uint32_t first = first_file(diagnostics, name);

	return first == HASH_NONE ? add_file(diagnostics, name)
				  : get_file(diagnostics, first)->latest;
}

void diagnostics_file(struct diagnostics *diagnostics, const char *file, struct spot includer)
{
	size_t number = includer.line > 0 ? file_number(diagnostics, includer.file) : 0;
	size_t index = add_file(diagnostics, file);
	struct file *added = (struct file *)diagnostics->files.items + index;

	added->includer = number;
	added->line = includer.line;
	added->column = includer.column;
}

/* A copy in which nothing can disturb a terminal or a log. */
__attribute__((format(printf, 2, 0))) static char *copy_text(struct diagnostics *diagnostics,
							     const char *format, va_list arguments)
{
	char text[TEXT_MAX];
	char *at = text;

	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	while (*at) {
		size_t size = utf8_length((const unsigned char *)at);

		if (size == 0 || (unsigned char)*at < ' ' || *at == 127)
			*at = '?';
		else if (size == 2 && (unsigned char)at[0] == 0xc2 && (unsigned char)at[1] < 0xa0)
			at[0] = at[1] = '?'; /* C1: to some terminals U+009B is "ESC [" */
		at += size ? size : 1;
	}
	return arena_strdup(diagnostics->arena, text);
}

struct wanted_record {
	const struct record *records;
	size_t count;
	struct diagnostic public;
};

static bool same(const void *context, uint32_t item)
{
	const struct wanted_record *wanted = context;
	const struct diagnostic *known = &wanted->records[item].public;

	if (item >= wanted->count) /* forgotten */
		return false;
	return known->line == wanted->public.line && known->column == wanted->public.column &&
	       strcmp(known->file, wanted->public.file) == 0 &&
	       strcmp(known->text, wanted->public.text) == 0;
}

/* Adds a record, unless there is one that says the same. */
static void append(struct diagnostics *diagnostics, struct diagnostic public)
{
	struct wanted_record wanted = {diagnostics->records.items, diagnostics->records.count,
				       public};
	uint64_t hash = hash_bytes(HASH_SEED, public.text, strlen(public.text));
	struct record *record;
	size_t file = file_number(diagnostics, public.file);

	hash = hash_number(hash_number(hash, public.line), public.column);
	if (hash_find(&diagnostics->known, hash, same, &wanted) != HASH_NONE)
		return;
	hash_add(&diagnostics->known, hash, (uint32_t)diagnostics->records.count);
	record = vector_add(&diagnostics->records, sizeof(*record), NULL);
	record->sequence = diagnostics->records.count;
	record->file_number = file;
	record->public = public;
	record->public.file = get_file(diagnostics, file)->name;
	diagnostics->latest = record;
}

void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity,
		     struct spot spot, const char *code, const char *format, ...)
{
	struct diagnostic public = {
		.severity = severity,
		.code = code,
		.file = spot.file,
		.line = spot.line,
		.column = spot.column,
	};
	va_list arguments;

	diagnostics->counts[severity]++;
	diagnostics->latest = NULL;
	if (diagnostics->records.count > DIAGNOSTICS_MAX)
		return;
	if (diagnostics->records.count == DIAGNOSTICS_MAX) {
		public.severity = DIAGNOSTIC_ERROR;
		public.code = "too-many-mistakes";
		public.text = "too many mistakes; the rest is not shown";
		append(diagnostics, public);
		diagnostics->latest = NULL;
		return;
	}
	va_start(arguments, format);
	public.text = copy_text(diagnostics, format, arguments);
	va_end(arguments);
	append(diagnostics, public);
}

static void add_note(struct diagnostics *diagnostics, struct record *record, struct spot spot,
		     const char *text)
{
	struct diagnostic_note *note = arena_alloc(diagnostics->arena, sizeof(*note));

	note->file = get_file(diagnostics, file_number(diagnostics, spot.file))->name;
	note->line = spot.line;
	note->column = spot.column;
	note->text = text;
	if (record->last_note)
		record->last_note->next = note;
	else
		record->public.notes = note;
	record->last_note = note;
}

void diagnostics_note(struct diagnostics *diagnostics, struct spot spot, const char *format, ...)
{
	va_list arguments;

	if (!diagnostics->latest)
		return;
	va_start(arguments, format);
	add_note(diagnostics, diagnostics->latest, spot, copy_text(diagnostics, format, arguments));
	va_end(arguments);
}

void diagnostics_suggest(struct diagnostics *diagnostics, const char *text)
{
	if (diagnostics->latest)
		diagnostics->latest->public.suggestion = arena_strdup(diagnostics->arena, text);
}

void diagnostics_lead(struct diagnostics *diagnostics)
{
	if (diagnostics->latest)
		diagnostics->latest->leads = true;
}

void diagnostics_skip(struct diagnostics *diagnostics)
{
	diagnostics->latest = NULL;
}

void diagnostics_truncate(struct diagnostics *diagnostics, size_t total)
{
	const struct record *records = diagnostics->records.items;

	diagnostics->latest = NULL;
	while (diagnostics->records.count > total && total < DIAGNOSTICS_MAX)
		diagnostics->counts[records[--diagnostics->records.count].public.severity]--;
}

void diagnostics_repeat(struct diagnostics *diagnostics, enum diagnostic_severity severity)
{
	diagnostics->counts[severity]++;
	diagnostics->latest = NULL;
}

void diagnostics_add_unreadable(struct diagnostics *diagnostics, const char *file,
				const char *reason)
{
	diagnostics->unreadable = true;
	diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, (struct spot){file, 0, 0}, "unreadable",
			"cannot be read: %s", reason);
}

static int compare_records(const void *left, const void *right)
{
	const struct record *a = left;
	const struct record *b = right;

	if (a->leads != b->leads)
		return a->leads ? -1 : 1;
	if (a->file_number != b->file_number)
		return a->file_number < b->file_number ? -1 : 1;
	if (a->public.line != b->public.line)
		return a->public.line < b->public.line ? -1 : 1;
	if (a->public.column != b->public.column)
		return a->public.column < b->public.column ? -1 : 1;
	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static void note_includes(struct diagnostics *diagnostics, struct record *record)
{
	const struct file *file = get_file(diagnostics, record->file_number);

	while (file->line > 0) {
		const struct file *includer = get_file(diagnostics, file->includer);
		struct spot spot = {includer->name, file->line, file->column};

		add_note(diagnostics, record, spot, "included from here");
		file = includer;
	}
}

void diagnostics_finish(struct diagnostics *diagnostics, size_t first)
{
	struct record *records = diagnostics->records.items;

	diagnostics->latest = NULL;
	for (size_t i = first; i < diagnostics->records.count; i++)
		note_includes(diagnostics, &records[i]);
	if (first < diagnostics->records.count)
		qsort(records + first, diagnostics->records.count - first, sizeof(*records),
		      compare_records);
	/* Sorting has changed what the numbers of records stand for. */
	hash_free(&diagnostics->known);
	if (diagnostics->records.count > DIAGNOSTICS_MAX)
		return;
	memset(diagnostics->counts, 0, sizeof(diagnostics->counts));
	for (size_t i = 0; i < diagnostics->records.count; i++)
		diagnostics->counts[records[i].public.severity]++;
}

static void want(struct vector *list, struct diagnostics *diagnostics, struct spot spot,
		 struct excerpt *excerpt)
{
	struct excerpt_wanted wanted = {.file = spot.file,
					.file_number = file_number(diagnostics, spot.file),
					.line = spot.line,
					.column = spot.column,
					.excerpt = excerpt};

	if (spot.line > 0)
		vector_add(list, sizeof(wanted), &wanted);
}

void diagnostics_excerpts(struct diagnostics *diagnostics, size_t first,
			  const struct excerpt_text *known)
{
	struct record *records = diagnostics->records.items;
	struct vector list = {0};

	for (size_t i = first; i < diagnostics->records.count; i++) {
		struct diagnostic *public = &records[i].public;

		/* The line that has a secret is named, not shown: logs have many readers. */
		if (strcmp(public->code, "readable-secret") != 0)
			want(&list, diagnostics,
			     (struct spot){public->file, public->line, public->column},
			     &public->excerpt);
		for (struct diagnostic_note *note = public->notes; note; note = note->next)
			want(&list, diagnostics,
			     (struct spot){note->file, note->line, note->column}, &note->excerpt);
	}
	if (list.count > 0)
		excerpts_fill(diagnostics->arena, list.items, list.count, known);
	vector_free(&list);
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
