#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Text in a buffer of a fixed size.  It always ends in a NUL; what does not fit is cut off, never
 * within a UTF-8 character. */

/* text.c: false = it was cut. `size` > 0, in bytes. */

/* Puts a text into the buffer. */
bool text_print(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Goes on behind the text that is there; adds nothing to one that fills its buffer. */
bool text_append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What a noun has behind a number: "s", or "" where that is 1. */
const char *text_plural(unsigned long long n);

#endif
