#ifndef CONF_READER_H
#define CONF_READER_H

#include "conf/text/expand.h"
#include "conf/text/place.h"
#include "conf/text/reading.h"
#include "conf/text/source.h"
#include "core/base/hash.h"

/*
 * The reader: the words of a configuration, one after the other, out of all its files.
 *
 * It knows where each word stands, reports what is wrong there, and keeps texts.  What the words
 * mean is for who uses it: the value types of conf/table and the parser of conf/model.
 */

/* What the reader asks of its user. */
struct reader_user {
	/* Whether a word begins another statement, so that it is no part of a value. */
	bool (*is_keyword)(const void *context, const char *text, size_t length);
	/* Reads the statements of a file that is included, up to its end. */
	void (*read_body)(void *context);
	/* Bytes that what has been read so far needs, beyond the arenas. */
	size_t (*memory)(const void *context);
};

struct reader {
	const struct reader_user *user;
	void *context;
	struct arena *arena;   /* of the configuration */
	struct arena *scratch; /* freed with the reader */
	struct intern *intern;
	struct expander *expander; /* NULL: '$', '@' and '~' are plain characters */
	struct diagnostics *diagnostics;
	struct source *source;
	struct lexer *lexer; /* the source's */
	struct token next;   /* not yet used */
	uint32_t indent;     /* column of the first token on this line */
	unsigned quiet;	     /* > 0: what is not supported has been warned of */
	bool may_include;
	bool canonical;		 /* the canonical form is read: what it has was warned of before */
	bool end_reported;	 /* a missing '}' at the end of the text */
	bool include_missed;	 /* one found nothing, an error: its names may be missed */
	unsigned include_checks; /* INCLUDE_CHECK_*, of this source */
	size_t text_size;	 /* of all sources */
	size_t memory_limit;	 /* bytes; 0 = none */
	bool exhausted;		 /* which has been reported: all texts end here */
	unsigned tokens;	 /* read so far */
	const char *last_regex;	 /* that was found good; interned */
	struct vector files;	 /* const char * */
	struct vector secrets;	 /* struct secret_conf */
	size_t statements;	 /* read so far */
	struct reading *reading; /* NULL: nobody asks what was read */
	FILE *out;		 /* writes one kept text at a time */
	char *text;
	size_t size;
};

/* reader.c */

/* Reads `name` and what it includes into a new arena, which stays after reader_finish(). */
void reader_start(struct reader *reader, const char *name, struct diagnostics *diagnostics);
void reader_finish(struct reader *reader);
/* Reads a text as the innermost source, up to its end. */
void reader_read(struct reader *reader, struct source *source);
/* The path, from the folder of the file that is being read. */
const char *reader_path(struct reader *reader, const char *path, size_t length);
void reader_advance(struct reader *reader);

/* Skipping: words up to the end of the line or a brace; all up to the end of the line, braces too;
 * ends of lines; from a '{' to its '}'; words, blocks and all, up to the end of a statement. */
void reader_skip_words(struct reader *reader);
void reader_skip_line(struct reader *reader);
void reader_skip_line_ends(struct reader *reader);
void reader_skip_block(struct reader *reader);
void reader_skip_statement(struct reader *reader);

struct place reader_place(const struct reader *reader, const struct token *token);
/* Reports at a token of the current source, or at a place; `code` is a literal (diagnostic.h). */
void reader_error(struct reader *reader, const struct token *token, const char *code,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
void reader_warning(struct reader *reader, const struct token *token, const char *code,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
void reader_complain(struct reader *reader, enum diagnostic_severity severity, struct place place,
		     const char *code, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void reader_error_at(struct reader *reader, struct place place, const char *code,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));
void reader_warning_at(struct reader *reader, struct place place, const char *code,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Adds to what was reported last where the other part of it is. */
void reader_note(struct reader *reader, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Errors so far. */
size_t reader_errors(const struct reader *reader);
/* Remembers that this file has a secret: the value of this keyword, whose name is a literal. */
void reader_note_secret(struct reader *reader, const struct token *keyword, const char *name);

/* Whether the next token is a word. */
static inline bool reader_has_word(const struct reader *reader)
{
	return reader->next.kind == TOKEN_WORD;
}
/* Whether it begins with what a template was to fill in, as "{{ vip }}": no other word does. */
static inline bool reader_has_placeholder(const struct reader *reader)
{
	return reader_has_word(reader) && !reader->next.quoted && reader->next.length > 0 &&
	       *reader->next.text == '{';
}
/* Text of a token for messages: cut, with quotes where it needs them. */
#define TOKEN_SHOWN_SIZE 72
const char *token_shown(const struct token *token, char text[TOKEN_SHOWN_SIZE]);
bool token_is(const struct token *token, const char *text);
/* A NUL-terminated, interned copy. */
const char *token_text(struct reader *reader, const struct token *token);
/* What is written between these two becomes an interned text. */
FILE *reader_text_begin(struct reader *reader);
const char *reader_text_end(struct reader *reader);

#endif
