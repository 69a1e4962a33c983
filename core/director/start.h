#ifndef CORE_START_H
#define CORE_START_H

#include "conf/model/load.h"
#include "core/director/options.h"

/* start.c: what a person or a service manager starts. */

/* Checks that a daemon can run with these options, goes to the background unless told otherwise,
 * and becomes the keeper. Returns the exit status only when that failed. */
int start_daemon(const struct options *options);
/* -t, --print-config: prints what is wrong with the configuration, and the configuration; returns
 * the exit status. */
int start_check(const struct options *options);
/* --keywords: prints the table; returns the exit status. */
int start_keywords(const struct options *options);
/* How these options ask for the configuration to be read: at start and at each reload. The text in
 * it belongs to *options. */
struct conf_settings start_settings(const struct options *options);
/* Reads the configuration as a start does: with a look at what it needs of this machine. NULL: it
 * has errors. Freed with conf_free(). */
struct conf *start_load(const struct options *options, struct diagnostics *diagnostics);

#endif
