#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdio.h>

#include "conf/keyword.h"

/* Values as text: what is expected of one, and its canonical form. Reading is in parse.h. */

#define VALUE_EXPECTED_SIZE 160

/* value.c: "a number from 1 to 255", "one of MASTER, BACKUP". */
const char *value_expected(const struct keyword *row, char text[VALUE_EXPECTED_SIZE]);

/* value_print.c */

/* Whether *member holds something that can be written; else its absence says the same. */
bool value_is_set(const struct keyword *row, const void *member);
/* Writes what follows the keyword, with a blank before it; nothing for a flag. */
void value_print(const struct keyword *row, const void *member, bool secrets, FILE *out);
/* A word, in quotes where it needs them. */
void value_print_word(const char *text, FILE *out);
bool value_equal(const struct keyword *row, const void *a, const void *b);
/* "1.25" for 1250000 µs. */
#define VALUE_SECONDS_SIZE 32
const char *value_seconds(int64_t value, char text[VALUE_SECONDS_SIZE]);
/* Any integer member as a number. */
int64_t value_integer(const void *member, size_t size);

#endif
