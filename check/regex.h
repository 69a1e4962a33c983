#ifndef CHECK_REGEX_H
#define CHECK_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A compiled pattern with bounds on what one match may cost. */
struct regex;

enum regex_result {
	REGEX_MATCH,
	REGEX_NO_MATCH,
	REGEX_TOO_COSTLY, /* given up: the pattern backtracks too much on this text */
	REGEX_NO_MEMORY,
};

#define REGEX_ERROR_SIZE 128

/* regex.c */

/* Compiles a PCRE2 pattern over bytes; uses the just-in-time compiler where it may. NULL: *error
 * says why, with the offset. Freed with regex_destroy(). */
struct regex *regex_create(const char *pattern, char error[REGEX_ERROR_SIZE]);
void regex_destroy(struct regex *regex); /* NULL is allowed */
/* Searches `text`. Takes tens of milliseconds at most, whatever the text is. */
enum regex_result regex_match(struct regex *regex, const uint8_t *text, size_t size);

#endif
