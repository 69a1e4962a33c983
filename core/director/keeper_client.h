#ifndef CORE_KEEPER_CLIENT_H
#define CORE_KEEPER_CLIENT_H

#include <sys/types.h>

#include "core/base/loop.h"
#include "core/director/options.h"
#include "core/process/message.h"

/* Main's side of the keeper: hands over what must outlive main, and starts a new keeper when the
 * old one is gone. */
struct keeper_client;

struct keeper_client_events {
	/* What an earlier main handed over comes back, before all else; take the descriptors by
	 * setting them to -1. */
	void (*handed_back)(struct message *message, void *data);
	void (*handback_end)(unsigned restarts, void *data);
	/* Everything is to be handed over again with keeper_client_hand_over(). */
	void (*collect)(void *data);
};

/* keeper_client.c */

/* The link is at PROCESS_LINK_FD, the locked pid file at PROCESS_LOCK_FD. */
struct keeper_client *keeper_client_create(struct loop *loop, const struct options *options,
					   const struct keeper_client_events *events, void *data);
void keeper_client_destroy(struct keeper_client *keeper);
/* Replaces one slot; `fds` are duplicated. When that fails, `collect` is called later. */
void keeper_client_hand_over(struct keeper_client *keeper, const struct message_handover *slot,
			     const int *fds, unsigned n_fds);
/* Main ends in order: the keeper ends too, with `exit_status`. Waits at most a second. */
void keeper_client_end(struct keeper_client *keeper, int exit_status);
/* µs since it was heard; -1: there is none. It answers every two seconds. */
int64_t keeper_client_silence(const struct keeper_client *keeper);
pid_t keeper_client_pid(const struct keeper_client *keeper);
/* How often a keeper was started again; a new main is told by its predecessor. */
unsigned keeper_client_restarts(const struct keeper_client *keeper);
void keeper_client_set_restarts(struct keeper_client *keeper, unsigned restarts);

#endif
