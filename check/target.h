#ifndef CHECK_TARGET_H
#define CHECK_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check_status.h"
#include "check/probe.h"
#include "check/schedule.h"
#include "conf/table/conf.h"
#include "core/base/list.h"
#include "core/base/loop.h"

enum target_state {
	TARGET_SCHEDULED, /* `next` is set */
	TARGET_WAITING,	  /* due, in the shard's queue for a slot */
	TARGET_RUNNING,	  /* a try is in flight */
};

/* A target at run time. The shard that owns it moves its state; target.c keeps its books. */
struct target {
	const struct target_conf *conf;
	struct target_status *record; /* in the status segment; always up to date */
	struct standing standing;
	enum target_state state;
	struct timer next;
	struct probe probe;
	struct list in_queue; /* of those waiting for a slot */
	struct list in_news;  /* of those whose verdict the ipvs role has not got */
	bool kept;	      /* during a reload: the new configuration has it too */
};

#define TARGET_LABEL_SIZE (ENDPOINT_TEXT_SIZE + 16)

/* target.c */

/* Makes a target that was never tried. `record` is its place in the status segment; `shared` is
 * what probe_kind.create() gave for its kind; `done` is called at the end of each try. */
struct target *target_create(struct loop *loop, const struct target_conf *conf, void *shared,
			     struct target_status *record, probe_done_fn *done, void *data);
/* Ends what runs and leaves all queues; nobody is told. */
void target_destroy(struct target *target);
/* Goes on under an equal configuration and a record in a new segment, to which the old one is
 * copied; the old configuration and segment may go afterwards. */
void target_move(struct target *target, const struct target_conf *conf,
		 struct target_status *record);
/* Takes up where a predecessor's record (a copy) was. False, and nothing happens: not of this
 * target. */
bool target_adopt(struct target *target, const struct target_status *before);
/* When to begin after target_create() and perhaps target_adopt(). */
struct mono target_first(const struct target *target, struct mono now);
/* Writes down when the next try is due. */
void target_note_next(struct target *target, struct mono due);
/* Takes in the result of a try; returns when the next is due. True in *changed: the verdict did. */
struct mono target_conclude(struct target *target, const struct probe_result *result,
			    struct mono now, bool *changed);
/* "HTTP_GET [10.0.0.3]:80", for log lines. */
const char *target_label(const struct target *target, char text[TARGET_LABEL_SIZE]);

#endif
