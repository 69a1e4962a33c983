#ifndef CONF_ENTRY_H
#define CONF_ENTRY_H

#include "conf/model/parser.h"

/* entry.c: what stands on a line of a list. */

/* An address and its options within a list of them; false: it is not an address. */
bool entry_address(struct parser *parser, const struct frame *frame);
/* An entry of a list of lines or words. */
void entry_parse(struct parser *parser, const struct frame *frame);
/* The items of a value_line, which go with the unsupported statements. False: reported. */
bool entry_line(struct parser *parser, const struct token *keyword,
		const struct keyword_entry *entry);
/* The words of a value_list, when it has been read, go to the member. */
void entry_list_end(struct parser *parser, const struct keyword_entry *entry, struct frame *frame);

#endif
