#ifndef CORE_SCRIPT_H
#define CORE_SCRIPT_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/table/conf.h"
#include "core/base/loop.h"
#include "core/process/message.h"

/*
 * Runs the scripts that the configuration names.  Scripts of one queue run strictly one after the
 * other, in the order they were added; queues run side by side, a bounded number at a time.
 */
struct passwd;
struct scripts;
typedef void scripts_change_fn(void *data);

/* One of them, for a main that starts anew. */
struct script_state {
	const char *queue;
	const char *label;
	struct script_conf script; /* its argv has the extra arguments, too */
	pid_t pid;		   /* 0: it waits */
	uint64_t birth;		   /* of that process, as process_birth() has it */
	int64_t limit;		   /* µs that it may take; 0: the default */
	bool awaited;		   /* somebody waits for its result, and asks a new main again */
};
typedef void scripts_visit_fn(const struct script_state *state, void *data);

/* One whose result somebody waits for; not asked by a main that starts anew. `done` is called once,
 * unless the script is left out or forgotten. */
typedef void script_done_fn(uint64_t number, bool ok, const char *text, void *data);
struct script_question {
	int64_t limit;	 /* µs that it may take */
	uint64_t number; /* for `done` */
	script_done_fn *done;
	void *data;
};

/* script.c */

/* `on_change` is called each time when a script was added or has ended. */
struct scripts *scripts_create(struct loop *loop, scripts_change_fn *on_change, void *data);
/* What still runs is told to end (SIGTERM to its group); what waits is forgotten. */
void scripts_destroy(struct scripts *scripts);
/* Copies everything. `queue` is the identity of whom the script belongs to, `label` what the log
 * calls this run ("VI_1: notify_master"), `extra` NULL-terminated arguments after the script's own,
 * or NULL. `question` is NULL where nobody waits for the result. */
void scripts_add(struct scripts *scripts, const char *queue, const char *label,
		 const struct script_conf *script, const char *const extra[],
		 const struct script_question *question);
bool scripts_are_idle(const struct scripts *scripts);
/* All that run or wait, each queue in its order; what is visited is gone on return. */
void scripts_visit(const struct scripts *scripts, scripts_visit_fn *visit, void *data);
/* Takes one in that an earlier main had, in the order of scripts_visit(): one that still runs is
 * waited for, one that waits is added again, unless it is awaited. Copies everything. */
void scripts_restore(struct scripts *scripts, const struct script_state *state);
/* The user that a script runs as: of that name, or the default (`name` NULL). NULL: there is none.
 */
const struct passwd *script_user(const char *name);

#endif
