/*
 * The reader: words and their places, out of a file and all that it includes.
 *
 * Sources are a stack: an included file is read where it is asked for, the includer waits
 * (include.c).  Everything that reads the configuration reports through here, so that one place
 * decides what is said of the canonical form and of texts that come from macros.
 *
 * The memory that a text may make of itself is limited.  A block of a dozen bytes makes an object
 * of hundreds, and a loop makes a million of them from one line; so the limits of text
 * (CONF_TEXT_MAX, EXPANSION_LIMIT) do not bound the memory.  The reader adds up every few thousand
 * words.  When it has taken too much it says so once, nothing else is reported, it goes to the end
 * of all texts, and nothing is resolved.  The sum is that of the arenas and of what the user
 * counts, which is nearly all; tables for looking things up, proportional to these, are left out.
 */
#include "conf/text/reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define TOKENS_BETWEEN 4096 /* looks at the memory */

void reader_start(struct reader *reader, const char *name, struct diagnostics *diagnostics)
{
	*reader = (struct reader){
		.arena = arena_create(), .scratch = arena_create(), .diagnostics = diagnostics};
	reader->intern = intern_create(reader->arena);
	reader->out = open_memstream(&reader->text, &reader->size);
	if (!reader->out)
		fatal("no memory to read a configuration");
	name = arena_strdup(reader->arena, name);
	vector_add(&reader->files, sizeof(name), &name);
	diagnostics_file(diagnostics, name, (struct spot){0});
}

void reader_finish(struct reader *reader)
{
	fclose(reader->out);
	free(reader->text);
	vector_free(&reader->files);
	vector_free(&reader->secrets);
	intern_destroy(reader->intern);
	expander_destroy(reader->expander);
	arena_destroy(reader->scratch);
}

void reader_read(struct reader *reader, struct source *source)
{
	const char *const *files = reader->files.items;
	unsigned checks = reader->include_checks;

	source->next = reader->next;
	source->includer = reader->source;
	reader->source = source;
	reader->lexer = &source->lexer;
	reader->text_size += source->size;
	lexer_start(&source->lexer, files[source->file], source->text, source->size,
		    reader->scratch, reader->diagnostics);
	if (reader->expander)
		lexer_expand(&source->lexer, reader->expander);
	reader_advance(reader);
	reader->user->read_body(reader->context);
	reader->source = source->includer;
	reader->lexer = source->includer ? &source->includer->lexer : NULL;
	reader->next = source->next;
	reader->include_checks = checks;
	reader->end_reported = false;
}

const char *reader_path(struct reader *reader, const char *path, size_t length)
{
	const char *const *files = reader->files.items;
	const char *includer = files[reader->source->file];
	const char *slash = strrchr(includer, '/');

	if (!slash || (length > 0 && *path == '/'))
		return arena_strndup(reader->scratch, path, length);
	return arena_printf(reader->scratch, "%.*s%.*s", (int)(slash - includer) + 1, includer,
			    (int)length, path);
}

/* Whether the memory is used up; then that is reported at the next token, once. */
static bool is_exhausted(struct reader *reader)
{
	size_t memory;

	if (reader->exhausted || reader->memory_limit == 0 ||
	    ++reader->tokens % TOKENS_BETWEEN != 0)
		return reader->exhausted;
	memory = arena_size(reader->arena) + arena_size(reader->scratch) +
		 reader->user->memory(reader->context);
	if (reader->expander)
		memory += expander_memory(reader->expander);
	if (memory <= reader->memory_limit)
		return false;
	reader_error(reader, &reader->next, "too-much-memory",
		     "the configuration needs more than %zu MiB of memory: the rest is not read",
		     reader->memory_limit / (1024 * 1024));
	reader->exhausted = true;
	return true;
}

void reader_advance(struct reader *reader)
{
	reader->next = lexer_next(reader->lexer);
	if (is_exhausted(reader)) {
		reader->next.kind = TOKEN_END;
		reader->end_reported = true;
	}
	if (reader->next.first)
		reader->indent = reader->next.column;
}

/* Skipping */

void reader_skip_words(struct reader *reader)
{
	while (reader_has_word(reader))
		reader_advance(reader);
}

void reader_skip_line(struct reader *reader)
{
	while (reader->next.kind != TOKEN_LINE && reader->next.kind != TOKEN_END)
		reader_advance(reader);
}

void reader_skip_line_ends(struct reader *reader)
{
	while (reader->next.kind == TOKEN_LINE)
		reader_advance(reader);
}

void reader_skip_block(struct reader *reader)
{
	struct token open = reader->next;
	size_t depth = 0;

	do {
		depth += reader->next.kind == TOKEN_OPEN;
		depth -= reader->next.kind == TOKEN_CLOSE;
		reader_advance(reader);
	} while (depth > 0 && reader->next.kind != TOKEN_END);
	if (depth > 0 && !reader->end_reported) {
		reader->end_reported = true;
		reader_error(reader, &open, "missing-brace", "missing '}' for the '{' here");
	}
}

void reader_skip_statement(struct reader *reader)
{
	reader_skip_words(reader);
	reader_skip_line_ends(reader);
	if (reader->next.kind == TOKEN_OPEN)
		reader_skip_block(reader);
}

/* Reporting */

struct place reader_place(const struct reader *reader, const struct token *token)
{
	uint32_t file = reader->source ? reader->source->file : 0;

	return (struct place){file, token->line, token->column, token->expansion};
}

static struct spot spot_of(const struct reader *reader, struct place place)
{
	const char *const *files = reader->files.items;

	return (struct spot){files[place.file], place.line, place.column};
}

__attribute__((format(printf, 5, 0))) static void complain(struct reader *reader,
							   enum diagnostic_severity severity,
							   struct place place, const char *code,
							   const char *format, va_list arguments)
{
	char text[512];

	if (reader->exhausted || (reader->canonical && severity == DIAGNOSTIC_WARNING)) {
		diagnostics_skip(reader->diagnostics);
		return;
	}
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	if (reader->expander)
		expander_report(reader->expander, severity, spot_of(reader, place), place.expansion,
				code, text);
	else
		diagnostics_add(reader->diagnostics, severity, spot_of(reader, place), code, "%s",
				text);
}

#define COMPLAIN(severity, place)                                           \
	do {                                                                \
		va_list arguments;                                          \
                                                                            \
		va_start(arguments, format);                                \
		complain(reader, severity, place, code, format, arguments); \
		va_end(arguments);                                          \
	} while (0)

void reader_complain(struct reader *reader, enum diagnostic_severity severity, struct place place,
		     const char *code, const char *format, ...)
{
	COMPLAIN(severity, place);
}

void reader_error(struct reader *reader, const struct token *token, const char *code,
		  const char *format, ...)
{
	COMPLAIN(DIAGNOSTIC_ERROR, reader_place(reader, token));
}

void reader_warning(struct reader *reader, const struct token *token, const char *code,
		    const char *format, ...)
{
	COMPLAIN(DIAGNOSTIC_WARNING, reader_place(reader, token));
}

void reader_error_at(struct reader *reader, struct place place, const char *code,
		     const char *format, ...)
{
	COMPLAIN(DIAGNOSTIC_ERROR, place);
}

void reader_warning_at(struct reader *reader, struct place place, const char *code,
		       const char *format, ...)
{
	COMPLAIN(DIAGNOSTIC_WARNING, place);
}

void reader_note(struct reader *reader, struct place place, const char *format, ...)
{
	va_list arguments;
	char text[128];

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(arguments);
	diagnostics_note(reader->diagnostics, spot_of(reader, place), "%s", text);
}

size_t reader_errors(const struct reader *reader)
{
	return diagnostics_count(reader->diagnostics, DIAGNOSTIC_ERROR);
}

void reader_note_secret(struct reader *reader, const struct token *keyword, const char *name)
{
	struct secret_conf secret = {name, reader_place(reader, keyword)};
	const struct secret_conf *known = reader->secrets.items;

	if (reader->canonical)
		return;
	for (size_t i = 0; i < reader->secrets.count; i++)
		if (known[i].place.file == secret.place.file)
			return;
	vector_add(&reader->secrets, sizeof(secret), &secret);
}

/* Words */

const char *token_shown(const struct token *token, char text[TOKEN_SHOWN_SIZE])
{
	size_t room = TOKEN_SHOWN_SIZE - sizeof("''...");
	bool cut = token->length > room;

	while (cut && room > 0 && ((unsigned char)token->text[room] & 0xc0) == 0x80)
		room--; /* not within a character of UTF-8 */

	snprintf(text, TOKEN_SHOWN_SIZE, "'%.*s%s'", (int)(cut ? room : token->length), token->text,
		 cut ? "..." : "");
	return text;
}

bool token_is(const struct token *token, const char *text)
{
	return token->kind == TOKEN_WORD && strlen(text) == token->length &&
	       memcmp(token->text, text, token->length) == 0;
}

const char *token_text(struct reader *reader, const struct token *token)
{
	return intern_text(reader->intern, token->text, token->length);
}

FILE *reader_text_begin(struct reader *reader)
{
	rewind(reader->out);
	return reader->out;
}

const char *reader_text_end(struct reader *reader)
{
	if (fflush(reader->out) != 0)
		fatal("no memory for a statement");
	return intern_text(reader->intern, reader->text, reader->size);
}
