#ifndef CONF_MACRO_H
#define CONF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/text/origin.h"

/* The macros that are defined, and what the built-in ones stand for. */
struct arena;
struct macro_table;

struct macro_line {
	const char *text;
	uint32_t length;
	struct spot spot;
};

struct macro {
	const char *name; /* interned */
	bool defined;
	bool loop; /* a loop variable, for as long as its loop runs */
	const struct macro_line *lines;
	uint32_t n_lines; /* 0 = empty */
};

/* A "$NAME" or "${NAME ARGUMENTS}" in a text. */
struct macro_reference {
	const char *name;
	uint32_t length;
	const char *arguments; /* after the name, up to the brace */
	uint32_t arguments_length;
	bool braces;
	uint32_t size; /* bytes from the '$' on */
};

/* macro.c */

/* How many bytes from `text` are a name: a letter or '_', then also digits. */
uint32_t macro_name_length(const char *text, uint32_t length);
/* Reads what begins at the '$' that `text` begins with. False: nothing that could be a macro. */
bool macro_reference(const char *text, uint32_t length, struct macro_reference *reference);

/* Names and lines given to the table must last as long as `arena`. */
struct macro_table *macro_table_create(struct arena *arena, const char *config_id);
void macro_table_destroy(struct macro_table *table);
/* The configuration's name: as given, or the host's up to the first dot. */
const char *macro_config_id(const struct macro_table *table);
/* Copies of equal names are the same pointer. */
const char *macro_name(struct macro_table *table, const char *name, uint32_t length);
/* Sets what a name stands for, and returns what it stood for before, to be set again. */
struct macro macro_set(struct macro_table *table, const struct macro *macro);
/* NULL: none of that name. */
const struct macro *macro_find(const struct macro_table *table, const char *name, uint32_t length);

/* The value of a built-in ("_PWD" ...) in `file`; within double quotes where `quoted`. Returns NULL
 * where there is no such built-in; with *reason where its arguments are wrong. */
const char *macro_builtin(struct macro_table *table, const struct macro_reference *reference,
			  const char *file, bool quoted, const char **reason);

#endif
