#ifndef CONF_VERIFY_H
#define CONF_VERIFY_H

#include "conf/model/parser.h"

/* verify.c: what holds between objects; after resolve(). */
void verify(struct parser *parser);
/* Whether two instances have one name, which is reported: nothing else that they share is. */
bool verify_are_namesakes(const struct instance_conf *one, const struct instance_conf *other);

/* router.c: that of each advert that arrives it can be told whose it is. */
void verify_routers(struct parser *parser);

/* heartbeat_link.c: the same of heartbeat_interface. */
void verify_heartbeat_links(struct parser *parser);

#endif
