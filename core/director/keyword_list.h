#ifndef CONF_KEYWORD_LIST_H
#define CONF_KEYWORD_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/table/keyword.h"

/* The table of keywords for people and programs. */

#define KEYWORD_SYNTAX_SIZE 160
#define KEYWORD_RANGE_SIZE  64

/* keyword_list.c */

/* What follows the keyword: "[BOOL]", "MASTER|BACKUP", "NAME { ... }"; "" for nothing. */
const char *keyword_syntax(const struct keyword *row, char text[KEYWORD_SYNTAX_SIZE]);
/* "1-255", "0 or more"; "" where there is no range. */
const char *keyword_range(const struct keyword *row, char text[KEYWORD_RANGE_SIZE]);
/* "s", "ms", "bytes" ...; NULL = none. */
const char *keyword_unit(const struct keyword *row);
/* What holds where it is not given; "required"; NULL = nothing. */
const char *keyword_default(const struct keyword *row);
/* "supported", "ignored", "unsupported". */
const char *keyword_support(const struct keyword *row);
/* All rows, as an aligned table or as JSON. */
void keyword_list_print(bool json, FILE *out);

#endif
