#ifndef CONF_RESOLVE_H
#define CONF_RESOLVE_H

#include "conf/model/parser.h"

/* resolve.c and resolve_service.c: from drafts to the model. */

void resolve(struct parser *parser);
/* script_user for the scripts of an object that say no user of their own. */
void resolve_scripts(struct parser *parser, enum block block, void *object, size_t size);
/* When the block has ended. */
void resolve_service(struct parser *parser, struct service_draft *draft);

#endif
