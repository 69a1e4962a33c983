#ifndef CONF_HABIT_H
#define CONF_HABIT_H

#include "conf/model/parse.h"

/* What people write who think of another language; each function that returns true has reported it
 * at the next word, with what was meant. */

/* habit.c */

/* '=' or ':' before a value; it is taken away, also from the front of the next word. */
bool habit_separator(struct parser *parser, const struct token *keyword);
/* A word that is no keyword of this block. What was reported has been skipped, or is the next word.
 */
bool habit_unknown(struct parser *parser, enum diagnostic_severity severity);
/* A word that is not what `row` wants; the row of an address has max > 0 where a port may follow.
 */
bool habit_value(struct parser *parser, const struct keyword *row);
/* A word in a list of addresses that is none. */
bool habit_address(struct parser *parser, bool takes_prefix);
/* A mask behind an address that has no prefix length; then its line is skipped. */
bool habit_mask_behind(struct parser *parser, const struct address *address);
/* Warns of what a word that may hold anything most likely is not meant to hold. */
void habit_text(struct parser *parser, const struct token *word, const struct keyword *row);

#endif
