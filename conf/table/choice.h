#ifndef CONF_CHOICE_H
#define CONF_CHOICE_H

#include "conf/table/keyword.h"
#include "conf/text/lexer.h"

/* The words that a value is one of; lists end with a name NULL. */

/* conf.c: of the model's values. */
extern const struct choice lvs_methods[], protocols[], hmac_modes[];

/* choice.c */

/* The one that the token is, or NULL. */
const struct choice *choice_find(const struct choice *choices, const struct token *word,
				 bool any_case);
/* The one that the word most likely was meant to be, or NULL. `choices` may be NULL. */
const char *choice_near(const struct choice *choices, const struct token *word);
/* The first name of a number, or NULL. */
const char *choice_name(const struct choice *choices, int64_t value);

#endif
