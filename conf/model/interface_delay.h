#ifndef CONF_INTERFACE_DELAY_H
#define CONF_INTERFACE_DELAY_H

#include <stdio.h>

#include "conf/table/conf.h"

struct parser;

/* interface_delay.c: interface_up_down_delays. */

/* An entry, without a blank before it. */
void interface_delay_print(const struct interface_delay_conf *delay, FILE *out);
void interface_delay_parse(struct parser *parser);
/* Drops what is said twice, and warns of what has no use. */
void interface_delay_verify(struct parser *parser);

#endif
