#ifndef CONF_HABIT_H
#define CONF_HABIT_H

#include "conf/table/keyword.h"
#include "conf/text/reader.h"
#include "core/base/address.h"

/* What people write who think of another language; each function that returns true has reported it
 * at the next word, with what was meant. */

/* habit.c */

/* Whether a text begins as a comment of another language does. */
bool habit_is_remark(const char *text, size_t length);
/* '=' or ':' before a value; it is taken away, also from the front of the next word. */
bool habit_separator(struct reader *reader, const struct token *keyword);
/* A word that is no keyword of this block. What was reported has been skipped, or is the next word.
 * *keyword is the part of the word that is a keyword; length 0 = none is. */
bool habit_unknown(struct reader *reader, enum diagnostic_severity severity, struct token *keyword);
/* A word that is not what `row` wants; the row of an address has max > 0 where a port may follow.
 */
bool habit_value(struct reader *reader, const struct keyword *row);
/* A word in a list of addresses that is none. */
bool habit_address(struct reader *reader, bool takes_prefix);
/* A mask behind an address that has no prefix length; then its line is skipped. */
bool habit_mask_behind(struct reader *reader, const struct address *address);
/* Warns of what a word that may hold anything most likely is not meant to hold. True: it is an
 * error, and the word is worth nothing. */
bool habit_text(struct reader *reader, const struct keyword *row);

#endif
