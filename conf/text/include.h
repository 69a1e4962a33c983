#ifndef CONF_INCLUDE_H
#define CONF_INCLUDE_H

#include "conf/text/reader.h"

/* What is an error and not only a warning; the names are those of include_check. */
#define INCLUDE_CHECK_READ     (1u << 0) /* a file that is named, or found, cannot be read */
#define INCLUDE_CHECK_MATCH    (1u << 1) /* nothing matches */
#define INCLUDE_CHECK_WILDCARD (1u << 2) /* nothing matches a pattern with wildcards */
#define INCLUDE_CHECK_BRACE    (1u << 3) /* nothing matches one of several alternatives */
#define INCLUDE_CHECK_ALL      (15u)

/* include.c */

/* Adds "read" or "+read" to the checks, or takes "-read" away. False: no such word. */
bool include_check(const struct token *word, unsigned *checks);
/* Whether a word is "include" or one of its checking forms. */
bool include_is_keyword(const struct token *word);
/* Reads the statement that begins at the next word, and what it includes. */
void include_read(struct reader *reader);

#endif
