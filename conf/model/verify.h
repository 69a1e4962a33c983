#ifndef CONF_VERIFY_H
#define CONF_VERIFY_H

#include "conf/model/parser.h"

/* verify.c: what holds between objects; after resolve(). */
void verify(struct parser *parser);

/* router.c: that of each advert that arrives it can be told whose it is. */
void verify_routers(struct parser *parser);

/* heartbeat_link.c: the same of heartbeat_interface. */
void verify_heartbeat_links(struct parser *parser);

#endif
