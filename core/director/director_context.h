#ifndef CORE_DIRECTOR_CONTEXT_H
#define CORE_DIRECTOR_CONTEXT_H

#include "conf/change/changes.h"
#include "core/base/vector.h"
#include "core/director/control.h"
#include "core/director/effect.h"
#include "core/director/keeper_client.h"
#include "core/director/script.h"
#include "core/director/status_json.h"
#include "core/director/supervise.h"

/*
 * What the director_*.c files share: main's one context.  Each of them owns one of the sub-structs
 * and is the only one that writes it.
 */
enum stop_stage { STOP_NOT, STOP_VRRP, STOP_NET, STOP_IPVS, STOP_CHECK, STOP_SCRIPTS, STOP_DONE };

struct director_stop { /* director.c */
	enum stop_stage stage;
	struct mono asked;
	struct timer limit;
	int exit_status;
};

struct director_reload { /* director_reload.c */
	struct reload_record record;
	struct json_writer changes; /* of the one that runs, as changes_json.c has them */
	bool unchanged;		    /* that one found nothing to do */
	char *diagnostics;	    /* of the reload that runs, as people read them */
	bool running;
	bool reading;	   /* of it: the file has not been judged yet */
	bool forced;	   /* whatever would be doubted */
	bool again;	   /* asked for while one was running */
	bool again_forced; /* and to be forced */
	struct reading_rest rest;
	uint64_t clients[CONTROL_CLIENTS_MAX];
	uint64_t next_clients[CONTROL_CLIENTS_MAX]; /* wait for the one after */
	unsigned n_clients, n_next_clients;
	struct timer limit, next;
	struct timer reread;
};

struct director_plan_request {
	uint64_t client;
	int text; /* descriptor; -1: the daemon's own file is meant */
};

struct director_plan { /* director_plan.c */
	struct process process;
	uint64_t client; /* for whom it works; 0: it does not run */
	int result;	 /* memfd for the answer */
	struct timer limit;
	struct director_plan_request waiting[CONTROL_CLIENTS_MAX];
	unsigned n_waiting;
};

struct director_changes { /* director_changes.c */
	struct conf_changes changes;
	struct effects effects;
};

#define DIRECTOR_PENDING_MAX CONTROL_CLIENTS_MAX
struct director_pending { /* director_commands.c: requests that vrrp works on */
	uint64_t request;
	uint64_t client;
	struct mono due;
};

/* What came back from the keeper, until MESSAGE_HANDBACK_END. */
struct director_handback {
	struct message_handover slot;
	int fds[MESSAGE_FDS_MAX];
};

struct director {
	const struct options *options;
	struct loop *loop;
	struct watch signals;
	struct keeper_client *keeper;
	struct vector handback; /* struct director_handback */
	unsigned restarts;	/* of main */
	struct wall started;
	struct generation *running;
	struct reading reading; /* of the file that is running; empty where it came otherwise */
	struct supervisor *supervisor;
	struct control *control;
	struct scripts *scripts;
	struct director_reload reload;
	struct director_plan plan;
	struct director_stop stop;
	struct director_pending pending[DIRECTOR_PENDING_MAX];
	uint64_t last_request;
	struct timer sweep;
	struct timer watchdog;
	struct timer handover_timer; /* set when what director_handover.c writes has changed */
};

/* director.c */

/* Begins the stop sequence, or hurries one that runs. */
void director_stop(struct director *director, int exit_status);

/* director_handover.c */

/* Hands the running configuration and main's own record to the keeper, or a worker, or all. */
void director_hand_over(struct director *director);
void director_hand_over_worker(struct director *director, const struct worker *worker);
void director_hand_over_all(void *data);
/* One thing that an earlier main had handed over. */
void director_take_back(struct message *message, void *data);
/* Of what was taken back: its configuration and record (NULL: none), then its workers. */
struct generation *director_generation_back(struct director *director);
void director_workers_back(struct director *director);
/* The slots of what was taken back; -1: none. Owned by the caller. */
int director_slots_back(struct director *director);

/* director_changes.c */

/* What the file leaves to the daemon and only a start decides is as it is now. */
void director_changes_complete(const struct director *director, struct conf *next);
/* What `next` would change in the running configuration; both outlive *changes. */
void director_changes_find(const struct director *director, const struct conf *next,
			   struct director_changes *changes);
void director_changes_clear(struct director_changes *changes);
/* One line each; of very many, only the first. */
void director_changes_log(const struct director_changes *changes);
/* Why what was read (`reading` NULL: by somebody else) is hardly meant and has to be forced, as the
 * rest of "it would be refused, since ...". False: nothing speaks against it. */
bool director_changes_doubt(struct director *director, const struct conf *next,
			    const struct reading *reading, char *text, size_t size);

/* director_plan.c */

/* Answers `client` with what a reload of the file would do, or one of the canonical text in a
 * descriptor, which is taken over; -1: the file. */
void director_plan(struct director *director, uint64_t client, int text);
/* No answer will come any more. */
void director_plan_cancel(struct director *director);

/* director_reload.c */

/* Reads the file and applies it, or refuses it; `client` (0: none) is answered when it is done. */
void director_reload(struct director *director, uint64_t client, bool force);
/* Every worker has the running generation: so the reload that runs is done, unless it waits for its
 * file to come to rest; then, and where none runs, the result is false. */
bool director_reload_settled(struct director *director);
/* No answer will come any more. */
void director_reload_cancel(struct director *director);
/* The diagnostics of a failed load go to the log and into the record. */
void director_reload_record(struct director *director, bool ok,
			    const struct diagnostics *diagnostics);

/* One line of the log for each. */
void director_log_diagnostics(const struct diagnostics *diagnostics);
/* As people read them, with the lines of the file; to be freed. */
char *director_print_diagnostics(const struct director *director,
				 const struct diagnostics *diagnostics);

/* director_commands.c */
void director_command(const struct control_request *request, void *data);
/* MESSAGE_DONE */
void director_command_done(struct director *director, const struct message_done *done);
/* vrrp died: what it worked on gets an answer. */
void director_commands_cancel(struct director *director);

/* director_scripts.c */

/* Queues the scripts that an instance has for a change of its role. */
void notify_run(struct scripts *scripts, const struct instance_conf *instance,
		enum notify_kind kind, unsigned priority);
/* MESSAGE_NOTIFY */
void director_notify(struct director *director, const struct worker *vrrp,
		     const struct message_notify *notify);
/* MESSAGE_FENCE: runs the script, and answers. */
void director_fence(struct director *director, const struct worker *vrrp,
		    const struct message_fence *fence);

#endif
