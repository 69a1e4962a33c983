#ifndef CORE_PREFLIGHT_H
#define CORE_PREFLIGHT_H

#include "conf/table/conf.h"
#include "conf/text/diagnostic.h"

/* check.c: warns of what this machine lacks for the configuration: interfaces, users, scripts, and
 * privacy of its secrets.  May take as long as looking up users takes. */
void preflight(const struct conf *conf, struct diagnostics *diagnostics);

#endif
