#ifndef CONF_VALUE_ADDRESS_H
#define CONF_VALUE_ADDRESS_H

#include "conf/text/lexer.h"
#include "core/base/address.h"

/* What value_server reads. */
struct endpoint {
	struct address address;
	uint16_t port; /* 0 = none */
};

/* value_address.c */

/* The address that a word is or, with a prefix length, begins with: its bytes; 0 = there is none.
 */
uint32_t value_address(const struct token *word, struct address *address);
/* The first `length` bytes of a text as an address. */
bool value_parse_address(const char *text, size_t length, struct address *address);

#endif
