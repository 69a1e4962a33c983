#ifndef CORE_KEEPER_H
#define CORE_KEEPER_H

#include "core/director/options.h"

/* keeper.c: the life of the process that the service manager and the pid file know.  It finds the
 * locked pid file at PROCESS_LOCK_FD and, where main started it, its link at PROCESS_LINK_FD.
 * Returns the daemon's exit status. */
int keeper_run(const struct options *options);

#endif
