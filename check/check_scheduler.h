#ifndef CHECK_SCHEDULER_H
#define CHECK_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check_status.h"
#include "conf/table/conf.h"
#include "core/base/loop.h"
#include "core/process/message.h"

/* The targets of one worker: each is tried when it is due. */
struct check_scheduler;

/* There is a verdict to be sent: check_scheduler_verdict() gives it. */
typedef void check_verdict_fn(void *data);

/* check_scheduler.c */

/* Makes a scheduler without targets and all that probes share, so files may be opened. At most
 * `slots` tries are in flight at once. */
struct check_scheduler *check_scheduler_create(struct loop *loop, unsigned slots,
					       check_verdict_fn *on_verdict, void *data);
void check_scheduler_destroy(struct check_scheduler *scheduler);
/*
 * Runs those of the configuration's targets that fall to worker `index` of `n_workers`.  Their
 * records are those of `status`, in the configuration's order.  Targets that ran before go on
 * untouched, tries in flight included; new ones take up a predecessor's record or begin within the
 * first second; the others end.  The configuration and the segment stay until the next call has
 * returned.
 */
void check_scheduler_configure(struct check_scheduler *scheduler, const struct conf *conf,
			       unsigned index, unsigned n_workers, struct status *status);

/* The oldest verdict that was not yet sent. False: there is none. */
bool check_scheduler_verdict(struct check_scheduler *scheduler, struct message_verdict *verdict);
/* What check_scheduler_verdict() gave last was sent. */
void check_scheduler_verdict_sent(struct check_scheduler *scheduler);
/* Has every known verdict sent again, for a listener who knows none. */
void check_scheduler_repeat(struct check_scheduler *scheduler);

/* Verifies that each target is scheduled, waiting for a slot or in flight, and mends and logs what
 * is not; returns how many were not. Runs by itself every 10 s. */
unsigned check_scheduler_audit(struct check_scheduler *scheduler);

#endif
