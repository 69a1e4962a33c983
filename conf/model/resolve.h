#ifndef CONF_RESOLVE_H
#define CONF_RESOLVE_H

#include "conf/model/parser.h"

/* resolve.c and resolve_service.c: from drafts to the model. */

void resolve(struct parser *parser);
/* script_user for a script that says no user of its own. */
void resolve_script(struct parser *parser, const struct script_conf **member);
/* When the block has ended. */
void resolve_service(struct parser *parser, struct service_draft *draft);

#endif
