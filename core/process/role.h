#ifndef CORE_ROLE_H
#define CORE_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "core/process/link.h"
#include "core/process/status.h"

/*
 * What every worker has in common: its link to main (descriptor 3), its loop, its heartbeat, its
 * log lines as messages, and its privileges.  A worker is a table of functions; role_run() is its
 * life.  The worker parses the configuration text itself: core knows no configuration.
 */
struct role {
	enum role_kind kind;
	unsigned index; /* which check worker; 0 for the others */
	struct loop *loop;
	struct link *main;
	struct status *status; /* the current segment, owned by role.c */
	uint64_t generation;   /* of the configuration in force; 0 before the first */
};

struct role_vtable {
	enum role_kind kind;
	const struct status_layout *layout; /* of its status segment */
	/* Makes the worker's context while all privileges are still there (sockets may be opened);
	 * they are dropped right after. */
	void *(*create)(struct role *role);
	/*
	 * Puts a configuration in force: the first one, and each reload.  `text` is the canonical
	 * form of this role's part (not NUL-terminated, gone on return).  `status` is the segment
	 * for it: on a restart it holds the predecessor's records, on a reload it is empty (copy
	 * what is kept); role->status is still the old one during the call, NULL at the first.
	 */
	void (*configure)(void *context, const char *text, size_t size, struct status *status);
	/* The further descriptor that came with a configuration, before it; the context owns it.
	 * May be NULL. */
	void (*descriptor)(void *context, int fd);
	/* A new link to a peer; the context owns it and replaces the one it had. May be NULL. */
	void (*peer)(void *context, enum role_kind kind, unsigned index, int fd);
	/* Messages from main that role.c does not handle itself. May be NULL. */
	void (*message)(void *context, struct message *message);
	/* MESSAGE_STOP came: wind down without blocking, then call role_stopped(). */
	void (*stop)(void *context, bool keep);
	void (*destroy)(void *context);
};

/* role.c */

/* Runs a worker until it is stopped; returns the exit status. `threshold` as in log_setup(). */
int role_run(const struct role_vtable *vtable, unsigned index, enum log_level threshold);
/* The worker has wound down: tells main and ends role_run() with 0. */
void role_stopped(struct role *role);
/* The link to a peer was closed: main makes a new one, unless it has already. */
void role_link_lost(struct role *role, const struct link *link);

#endif
