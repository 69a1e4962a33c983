#ifndef CORE_SUPERVISE_H
#define CORE_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/director/worker.h"

/* All workers: which there are, who is linked with whom, who gets a configuration when. */
struct supervisor;

struct supervisor_events {
	/* The newest generation is in force in every worker. */
	void (*settled)(void *data);
	void (*changed)(struct worker *worker, void *data); /* see struct worker_events */
	void (*ended)(struct worker *worker, void *data);
	void (*message)(struct worker *worker, struct message *message, void *data);
};

/* supervise.c */
struct supervisor *supervisor_create(struct loop *loop, const struct options *options,
				     unsigned check_workers, int slots_fd,
				     const struct supervisor_events *events, void *data);
/* The slots, for a successor; owned by the supervisor. */
int supervisor_slots(const struct supervisor *supervisor);
void supervisor_destroy(struct supervisor *supervisor);
/* NULL when this daemon does not run that one. */
struct worker *supervisor_find(struct supervisor *supervisor, enum role_kind kind, unsigned index);
/* Whether a check worker and ipvs are linked now, so that ipvs hears of each verdict. */
bool supervisor_is_linked(const struct supervisor *supervisor, unsigned check_index);
size_t supervisor_count(const struct supervisor *supervisor);
struct worker *supervisor_worker(struct supervisor *supervisor, size_t position);
/* Starts every worker that does not live with this generation, and brings the others to it. Also
 * couples that lived before get new links: an earlier main may have died while it handed one out.
 */
void supervisor_start(struct supervisor *supervisor, struct generation *generation);
/* A reload: vrrp and ipvs first; when they have it, the check workers. `settled` follows. */
void supervisor_configure(struct supervisor *supervisor, struct generation *generation);
bool supervisor_is_settled(const struct supervisor *supervisor);
/* Names of those who have not confirmed yet, for people. */
void supervisor_describe_unsettled(const struct supervisor *supervisor, char *text, size_t size);
/* Tells all workers of a kind to stop. */
void supervisor_stop(struct supervisor *supervisor, enum role_kind kind, bool keep);
void supervisor_kill(struct supervisor *supervisor, enum role_kind kind);
/* No process of that kind lives. */
bool supervisor_is_gone(const struct supervisor *supervisor, enum role_kind kind);

#endif
