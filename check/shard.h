#ifndef CHECK_SHARD_H
#define CHECK_SHARD_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check_status.h"
#include "conf/table/conf.h"
#include "core/base/loop.h"
#include "core/process/message.h"

/* The targets of one worker, kept running. */
struct shard;

/* There is news: shard_news() gives some. */
typedef void shard_news_fn(void *data);

/* shard.c */

/* Makes an empty shard and all that probes share, so files may be opened. At most `slots` tries
 * are in flight at once. */
struct shard *shard_create(struct loop *loop, unsigned slots, shard_news_fn *on_news, void *data);
void shard_destroy(struct shard *shard);
/*
 * Runs those of the configuration's targets that fall to worker `index` of `n_workers`.  Their
 * records are those of `status`, in the configuration's order.  Targets that ran before go on
 * untouched, tries in flight included; new ones take up a predecessor's record or begin within the
 * first second; the others end.  The configuration and the segment stay until the next call has
 * returned.
 */
void shard_configure(struct shard *shard, const struct conf *conf, unsigned index,
		     unsigned n_workers, struct status *status);

/* The oldest verdict that was not yet passed on. False: there is none. */
bool shard_news(struct shard *shard, struct message_verdict *news);
/* What shard_news() gave last was passed on. */
void shard_news_sent(struct shard *shard);
/* Makes every known verdict news again, for a listener who knows none. */
void shard_repeat_news(struct shard *shard);

/* Verifies that each target is scheduled, waiting for a slot or in flight, and mends and logs what
 * is not; returns how many were not. Runs by itself every 10 s. */
unsigned shard_audit(struct shard *shard);

#endif
