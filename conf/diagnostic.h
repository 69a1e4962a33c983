#ifndef CONF_DIAGNOSTIC_H
#define CONF_DIAGNOSTIC_H

#include "conf/conf.h"

/* The writing side of struct diagnostics; conf.h has the reading side. */

/* After so many, one last line says that there are more. */
#define DIAGNOSTICS_MAX 10000

/* diagnostic.c: texts are copied; line 0 = the file as a whole. */
void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity,
		     const char *file, uint32_t line, uint32_t column, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Adds to the latest diagnostic a note about what led to it. */
void diagnostics_note(struct diagnostics *diagnostics, const char *file, uint32_t line,
		      uint32_t column, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Counts once more what has been added before. */
void diagnostics_repeat(struct diagnostics *diagnostics, enum diagnostic_severity severity);
/* The main file itself cannot be read: an error that diagnostics_exit() tells apart. */
void diagnostics_add_unreadable(struct diagnostics *diagnostics, const char *file,
				const char *reason);
/* Puts what was added since `first` (a number of diagnostics) into the order of the text; files
 * stay in the order in which they were first mentioned with `diagnostics_file()`. */
void diagnostics_sort(struct diagnostics *diagnostics, size_t first);
/* Makes a file known, so that sorting puts files into the order in which they were opened. */
void diagnostics_file(struct diagnostics *diagnostics, const char *file);
size_t diagnostics_total(const struct diagnostics *diagnostics);

#endif
