#ifndef CONF_VALUE_READERS_H
#define CONF_VALUE_READERS_H

#include "conf/model/parse.h"

/* What the readers of values share: value.c and value_text.c. */

/* Reads the words of a value into *member, where that is not NULL. False: reported. */
typedef bool value_reader(struct parser *parser, const struct token *keyword,
			  const struct keyword *row, void *member);

/* value.c */

/* Reports that the next word is not what the row wants; it is left where it is. Returns false. */
bool value_unwanted(struct parser *parser, const struct token *keyword, const struct keyword *row);
/* Takes the next word again by the rules for commands. */
struct token value_escaped_word(struct parser *parser);
/* Decimal, with a sign; false: not a number, or beyond 18 digits. */
bool value_parse_integer(const char *at, const char *end, int64_t *value);

/* value_text.c */
value_reader value_read_regex, value_read_digest, value_read_status, value_read_password;
value_reader value_read_method;

#endif
