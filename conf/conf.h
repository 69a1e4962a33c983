#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/model.h"

/* Exit codes of -t, and of a daemon that refuses to start. */
#define CONF_EXIT_CLEAN	     0
#define CONF_EXIT_WARNINGS   1 /* only where warnings were asked to count (-W) */
#define CONF_EXIT_INVALID    2
#define CONF_EXIT_UNREADABLE 3

enum diagnostic_severity { DIAGNOSTIC_WARNING, DIAGNOSTIC_ERROR };

/* The line that a diagnostic is about, ready to be shown: at most about 100 columns of it. */
struct excerpt {
	const char *line;    /* NULL: not known. Valid UTF-8 without control characters but tabs */
	const char *marks;   /* to be printed below: '^' and '~' under the word */
	uint32_t end_column; /* of the byte after the word; 0 = not known */
};

/* What led to a diagnostic: the place in a macro's definition, outermost macro first; the include
 * statements, innermost first; the other one of two. */
struct diagnostic_note {
	const struct diagnostic_note *next;
	const char *file;
	uint32_t line;
	uint32_t column;
	const char *text;
	struct excerpt excerpt;
};

/* What was found wrong, in the order of the file. */
struct diagnostic {
	enum diagnostic_severity severity;
	const char *code; /* of its kind: "unknown-keyword"; never changes */
	const char *file;
	uint32_t line;	 /* from 1; 0 = the file as a whole */
	uint32_t column; /* from 1, in bytes; of what comes from a macro: where that is used */
	const char *text;
	const char *suggestion; /* to be written instead of the word; NULL = none */
	struct excerpt excerpt;
	const struct diagnostic_note *notes; /* NULL = none */
};

/* Owned by whoever created it; holds copies, so it outlives the configuration. */
struct diagnostics;
struct diagnostics *diagnostics_create(void);
void diagnostics_destroy(struct diagnostics *diagnostics);
size_t diagnostics_count(const struct diagnostics *diagnostics, enum diagnostic_severity severity);
/* NULL past the end. */
const struct diagnostic *diagnostics_get(const struct diagnostics *diagnostics, size_t index);
/* CONF_EXIT_*; `warnings_count`: -W was given. */
int diagnostics_exit(const struct diagnostics *diagnostics, bool warnings_count);

/* diagnostic_print.c */

/* For people: "file:line:column: error: text", the line with the word marked, then the notes. */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *out);
/* For a log: the same in one line, without newline; the notes in brackets at its end. */
void diagnostic_print_line(const struct diagnostic *diagnostic, FILE *out);
/* For programs: one JSON document (doc/diagnostics.schema.json) about the file at `path`. */
void diagnostics_print_json(const struct diagnostics *diagnostics, const char *path, FILE *out);

/* Parts of a configuration, for conf_print() and the workers. */
enum conf_part {
	CONF_ALL,
	CONF_VRRP,  /* globals and instances */
	CONF_CHECK, /* globals and services */
};

/* How a file is to be read. Zero = the defaults. */
struct conf_settings {
	const char *config_id;	/* for "@ID" and ${_INSTANCE}; NULL or "" = the host's short name */
	size_t memory_limit;	/* bytes for what is made of the text; 0 = 512 MiB */
	size_t expansion_limit; /* bytes that macros may make in all; 0 = 128 MiB */
	bool lenient;		/* unknown keywords are warned about and skipped */
};

/* load.c: reads, parses, resolves and checks. NULL when there was any error; all errors and
 * warnings of the run are in *diagnostics.  Freed with conf_free().  `settings` NULL = defaults.
 * Bounds: 256 MiB of text in all, includes at most 16 deep, 128 MiB made by macros that use each
 * other at most 64 deep, 512 MiB for what is made of all that (less than 1 GiB while it is
 * checked), 10000 diagnostics. */
struct conf *conf_load(const char *path, const struct conf_settings *settings,
		       struct diagnostics *diagnostics);
/* The same from memory, without includes; `name` stands for the file in diagnostics. */
struct conf *conf_load_text(const char *name, const char *text, size_t size,
			    const struct conf_settings *settings, struct diagnostics *diagnostics);
/* Reads the canonical form: without includes, macros and conditions, '$' is a character; what is
 * not supported is not warned of again. */
struct conf *conf_parse(const char *name, const char *text, size_t size,
			struct diagnostics *diagnostics);
void conf_free(struct conf *conf); /* NULL is allowed */

/* survey.c: warns of what this machine lacks for the configuration: interfaces, users, scripts, and
 * privacy of its secrets.  May take as long as looking up users takes. */
void conf_survey(const struct conf *conf, struct diagnostics *diagnostics);

/* print.c: the canonical form. Parsing it gives the same configuration, with instances, services,
 * servers and targets at the same indexes. Secrets as they are where `secrets`, else "********". */
void conf_print(const struct conf *conf, enum conf_part part, bool secrets, FILE *out);

#endif
