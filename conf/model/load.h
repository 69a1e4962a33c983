#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/table/conf.h"
#include "conf/text/diagnostic.h"
#include "conf/text/reading.h"

/* How a file is to be read. Zero = the defaults. */
struct conf_settings {
	const char *config_id;	/* for "@ID" and ${_INSTANCE}; NULL or "" = the host's short name */
	size_t memory_limit;	/* bytes for what is made of the text; 0 = 512 MiB */
	size_t expansion_limit; /* bytes that macros may make in all; 0 = 128 MiB */
	bool lenient;		/* unknown keywords are warned about and skipped */
	struct reading *reading; /* gets what was read; NULL: nobody asks */
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
/* The same of what main has checked and sent to a role: a mistake in it ends the process. */
struct conf *conf_parse_checked(const char *text, size_t size);
void conf_free(struct conf *conf); /* NULL is allowed */

#endif
