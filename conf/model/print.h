#ifndef CONF_PRINT_H
#define CONF_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/table/conf.h"

/* Parts of a configuration, for conf_print() and the workers. */
enum conf_part {
	CONF_ALL,
	CONF_VRRP,  /* globals and instances */
	CONF_CHECK, /* globals and services */
};

/* print.c: the canonical form. Parsing it gives the same configuration, with instances, services,
 * servers and targets at the same indexes. Secrets as they are where `secrets`, else "********". */
void conf_print(const struct conf *conf, enum conf_part part, bool secrets, FILE *out);

#endif
