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
/* Reads the configuration as a start and each reload do. NULL: it has errors. Freed with
 * conf_free(). */
struct conf *start_read(const struct options *options, struct reading *reading,
			struct diagnostics *diagnostics);
/* The same with a look at what it needs of this machine. */
struct conf *start_load(const struct options *options, struct reading *reading,
			struct diagnostics *diagnostics);
/* The same of a file that has come to rest: waits for that, in a process that may wait. */
struct conf *start_load_at_rest(const struct options *options, struct reading *reading,
				struct diagnostics *diagnostics);
/* Of a file that does not; an error among the diagnostics. */
void start_say_restless(const struct options *options, struct diagnostics *diagnostics);

#endif
