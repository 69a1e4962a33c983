#ifndef CONF_GROUP_H
#define CONF_GROUP_H

#include "conf/model/parser.h"

/* group.c: sync groups. */

/* A word that is no keyword in a sync group: a member that stands without "group { }"? Then that
 * is reported, and the members are skipped. */
bool group_without_block(struct parser *parser, enum diagnostic_severity severity);
/* A name within a list of members. */
void group_add_member(struct parser *parser, struct frame *frame);
/* Ties members and groups together; after the instances. */
void group_resolve(struct parser *parser);

#endif
