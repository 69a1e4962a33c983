#ifndef CORE_SCRIPT_H
#define CORE_SCRIPT_H

#include <stdbool.h>

#include "conf/model.h"
#include "core/loop.h"
#include "core/message.h"

/*
 * Runs the scripts that the configuration names.  Scripts of one queue run strictly one after the
 * other, in the order they were added; queues run side by side, a bounded number at a time.
 */
struct scripts;
typedef void scripts_idle_fn(void *data);

/* script.c */
struct scripts *scripts_create(struct loop *loop);
/* What still runs is told to end (SIGTERM to its group); what waits is forgotten. */
void scripts_destroy(struct scripts *scripts);
/* Copies everything. `queue` is the identity of whom the script belongs to, `label` what the log
 * calls this run ("VI_1: notify_master"), `extra` NULL-terminated arguments after the script's own,
 * or NULL. */
void scripts_add(struct scripts *scripts, const char *queue, const char *label,
		 const struct script_conf *script, const char *const extra[]);
bool scripts_are_idle(const struct scripts *scripts);
/* Called each time when the last script has ended. */
void scripts_on_idle(struct scripts *scripts, scripts_idle_fn *call, void *data);

/* notify.c: queues the scripts that an instance has for a change of its role. */
void notify_run(struct scripts *scripts, const struct instance_conf *instance,
		enum notify_kind kind, unsigned priority);

#endif
