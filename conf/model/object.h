#ifndef CONF_OBJECT_H
#define CONF_OBJECT_H

#include "conf/model/parser.h"

/* object.c: what blocks make. */

/* Makes one object of each kind that has only defaults; before anything is parsed. */
void object_templates(struct parser *parser);
/* Reads the header (the words before the '{') and makes the object. */
void object_open(struct parser *parser, struct frame *frame);
void object_close(struct parser *parser, struct frame *frame);
/* A sorry_server, which is a fallback without a block. False: reported. */
bool object_sorry_server(struct parser *parser, const struct token *keyword,
			 const struct keyword *row);
/* A key of auth_hmac. False: reported. */
bool object_key(struct parser *parser, const struct token *keyword, const struct keyword *row);

#endif
