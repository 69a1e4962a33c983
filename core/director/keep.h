#ifndef CORE_KEEP_H
#define CORE_KEEP_H

#include <sys/types.h>

#include "core/base/loop.h"
#include "core/director/options.h"
#include "core/process/message.h"

/* Main's side of the keeper: hands over what must outlive main, and starts a new keeper when the
 * old one is gone. */
struct keep;

struct keep_events {
	/* What an earlier main handed over comes back, before all else; take the descriptors by
	 * setting them to -1. */
	void (*kept)(struct message *message, void *data);
	void (*kept_all)(unsigned restarts, void *data);
	/* Everything is to be handed over again with keep_put(). */
	void (*collect)(void *data);
};

/* keep.c */

/* The link is at PROCESS_LINK_FD, the locked pid file at PROCESS_LOCK_FD. */
struct keep *keep_create(struct loop *loop, const struct options *options,
			 const struct keep_events *events, void *data);
void keep_destroy(struct keep *keep);
/* Replaces one slot; `fds` are duplicated. When that fails, `collect` is called later. */
void keep_put(struct keep *keep, const struct message_keep *slot, const int *fds, unsigned n_fds);
/* Main ends in order: the keeper ends too, with `exit_status`. Waits at most a second. */
void keep_farewell(struct keep *keep, int exit_status);
pid_t keep_pid(const struct keep *keep);
/* How often a keeper was started again; a new main is told by its predecessor. */
unsigned keep_restarts(const struct keep *keep);
void keep_set_restarts(struct keep *keep, unsigned restarts);

#endif
