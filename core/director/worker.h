#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/director/generation.h"
#include "core/director/options.h"
#include "core/process/link.h"
#include "core/process/process.h"
#include "core/process/status.h"

enum worker_state {
	WORKER_STOPPED,
	WORKER_STARTING,
	WORKER_RUNNING,
	WORKER_HELD_UP, /* by the kernel, within a call */
	WORKER_RESTARTING,
};
const char *worker_state_name(enum worker_state state);

struct worker;
/* What its owner, the supervisor, hears. */
struct worker_events {
	/* A new process was started: it has no peers yet. */
	void (*started)(struct worker *worker, void *data);
	/* Its link takes messages again, or takes the first ones. */
	void (*ready)(struct worker *worker, void *data);
	/* Pid, link, segment or generation are others than before: the keeper should know. */
	void (*changed)(struct worker *worker, void *data);
	void (*confirmed)(struct worker *worker, void *data);
	/* The process is gone: restarted soon, or stopped as it was told to. */
	void (*ended)(struct worker *worker, void *data);
	/* What worker.c does not handle itself. */
	void (*message)(struct worker *worker, struct message *message, void *data);
};

#define WORKER_DEATHS 4

/* One worker process as main sees it.  Read by the status command; written by worker.c only. */
struct worker {
	enum role_kind kind;
	unsigned index;
	char name[16]; /* "vrrp", "check.1" */
	struct loop *loop;
	const struct options *options;
	const struct worker_events *events;
	void *data;
	struct process process;
	struct link *link;
	struct generation *in_force; /* what shaped `status`; NULL: none, or no longer known */
	struct generation *wanted;
	struct status *status; /* NULL before the first start */
	struct status *next;   /* for `wanted`, until it is confirmed */
	int further_fd;	       /* goes with each configuration; not owned; -1 = none */
	uint64_t sent;	       /* numbers of generations; 0: none to this process yet */
	uint64_t confirmed;
	struct mono calm_since; /* silence is counted from here at the earliest */
	struct mono half_gone;	/* when process or link, but not both, was gone; 0: not so */
	struct mono deaths[WORKER_DEATHS];
	struct timer restart;
	int64_t backoff; /* µs before the next start */
	unsigned restarts;
	struct log_limit lines; /* of its log */
	int exit_status;	/* of the last process, as from waitpid(2) */
	bool held_up;		/* within a call to the kernel that does not return */
	bool stopping;
	bool stop_sent;
	bool stopped;	      /* says the process: in order */
	unsigned stop_starts; /* of a process for nothing but to stop in order */
	bool keep;	      /* with MESSAGE_STOP */
};

/* worker.c */
void worker_init(struct worker *worker, struct loop *loop, const struct options *options,
		 enum role_kind kind, unsigned index, const struct worker_events *events,
		 void *data);
/* Kills nothing: frees main's things only. */
void worker_release(struct worker *worker);
/* Takes over from an earlier main: its process (may be dead), its link and its segment, both owned
 * from now on.  `in_force` is NULL where its generation is not the running one. */
void worker_adopt(struct worker *worker, const struct message_handover *handover, int link_fd,
		  int status_fd, struct generation *in_force);
/* Sets what the worker should run; a living one is told. */
void worker_want(struct worker *worker, struct generation *generation);
/* Starts a process where there is none. */
void worker_start(struct worker *worker);
/* Tells it to wind down; `ended` follows. One that dies before it has taken back what it put into
 * the kernel is started again for that. */
void worker_stop(struct worker *worker, bool keep);
/* Ends it, for good where it is stopping. */
void worker_kill(struct worker *worker);
/* Kills it when its heartbeat is overdue. To be called some times a second. */
void worker_check_heartbeat(struct worker *worker, struct mono now);
/* Main was delayed for so long (µs), and maybe the worker with it: that is no silence of its. */
void worker_excuse(struct worker *worker, struct mono now, int64_t delay);
bool worker_is_alive(const struct worker *worker);
enum worker_state worker_state(const struct worker *worker);
/* µs since its last heartbeat; -1 = none yet. */
int64_t worker_silence(const struct worker *worker, struct mono now);

#endif
