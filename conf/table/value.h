#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "conf/table/value_type.h"

/* Values: read by their rows of the keyword table, written in canonical form, and compared. */

/* value.c */

/* Reads the words that belong to `row` into *member (NULL: only checks them). False: reported. */
value_reader value_read;
/* The same from a text, for defaults. */
void value_read_text(struct reader *reader, const struct keyword *row, const char *text,
		     void *member);
/* "a number from 1 to 255", "one of MASTER, BACKUP". */
const char *value_expected(const struct keyword *row, char text[VALUE_EXPECTED_SIZE]);
/* Whether *member holds something that can be written; else its absence says the same. */
bool value_is_set(const struct keyword *row, const void *member);
/* Writes what follows the keyword, with a blank before it; nothing for a flag. */
void value_print(const struct keyword *row, const void *member, bool secrets, FILE *out);
bool value_equal(const struct keyword *row, const void *a, const void *b);

#define VALUE_MASK "********" /* stands for a secret */

/* A word with a blank before it, in quotes where it needs them. */
void value_print_word(const char *text, FILE *out);
void value_print_bytes(const char *text, size_t length, FILE *out);
/* The text of a statement whose secret begins at `secret`, masked unless asked for. */
void value_print_text(const char *text, size_t secret, bool secrets, FILE *out);

/* value_number.c */

/* "1.25" for 1250000 µs. */
#define VALUE_SECONDS_SIZE 32
const char *value_seconds_text(int64_t value, char text[VALUE_SECONDS_SIZE]);
/* Any integer member as a number. */
int64_t value_number(const void *member, size_t size);

#endif
