#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/loop.h"

/* Descriptors that a process of this program finds at its start. */
#define PROCESS_LINK_FD 3 /* its end of the link to the one that started it */
#define PROCESS_LOCK_FD 4 /* the locked pid file: keeper and main only */

/*
 * A process that is watched until it ends, by a pidfd: it need not be our child.  Embedded in its
 * owner, which keeps it in place.
 */
struct process;
/* `status` as from waitpid(2), or PROCESS_STATUS_UNKNOWN when it was not our child.  The process is
 * forgotten already, so that the owner may start the next one from here. */
typedef void process_ended_fn(struct process *process, int status, void *data);
#define PROCESS_STATUS_UNKNOWN (-1)

struct process {
	pid_t pid; /* 0: none */
	int fd;
	struct watch watch;
	process_ended_fn *on_ended;
	void *data;
};

/* process.c */

/* Whose child a new process is: ours, or our parent's. A service manager waits only for those of
 * its own children to end in order. */
enum process_parent { PROCESS_CHILD, PROCESS_SIBLING };

/* Fork and exec of this program with `argv`; the child gets one end of a new link and `lock_fd`
 * (-1: none) at the places above, and of all others only 0, 1 and 2. Returns the link's other end,
 * or -1 with errno. */
int process_start(struct process *process, struct loop *loop, char *const argv[], int lock_fd,
		  enum process_parent parent, process_ended_fn *on_ended, void *data);
/* fork() of a child that does something else, and is watched. In the child 0; -1 with errno: there
 * is none, and it has not even begun where this process is out of descriptors. */
pid_t process_fork(struct process *process, struct loop *loop, process_ended_fn *on_ended,
		   void *data);
/* For execve() of workers and scripts: PATH as ours and a LANG, and nothing else of whoever started
 * the daemon. */
char *const *process_environment(void);
#define PROCESS_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" /* without one */
/* Replaces this very process in the same way (-1: no such descriptor); returns only on failure. */
void process_become(char *const argv[], int link_fd, int lock_fd);
/* Watches any process. False: there is none with that pid. */
bool process_adopt(struct process *process, struct loop *loop, pid_t pid,
		   process_ended_fn *on_ended, void *data);
/* When a process began, in ticks since the machine did: with its number it is nobody else. 0: there
 * is none. */
uint64_t process_birth(pid_t pid);
/* It is within a system call that nothing interrupts, not even SIGKILL. */
bool process_is_held_up(pid_t pid);
/* Never hits a later process with the same pid. Nothing happens when there is none. */
void process_signal(const struct process *process, int signal);
/* Stops watching; the process goes on. Allowed when there is none. */
void process_forget(struct process *process);
/* "was killed by signal 9 (Killed)", "ended with status 70" or "ended". */
const char *process_status_text(int status, char *text, size_t size);

/* The signals that keeper and main handle. */
#define PROCESS_SIGNALS 5
extern const int process_signals[PROCESS_SIGNALS];
/* What asks keepalived for its state sends RTMIN+2 and others to the pid file's process, which they
 * would end. Processes of this program inherit that; scripts do not (script.c). */
void process_ignore_realtime_signals(void);
/* Ignores real-time signals, blocks the signals that keeper and main handle, and watches them:
 * `call` reads `watch->fd`. Children of this program inherit the mask, so a signal to the whole
 * group only reaches those who handle it. */
void process_watch_signals(struct loop *loop, struct watch *watch, watch_fn *call, void *data);
/* The next signal that arrived, or 0. */
int process_next_signal(const struct watch *watch);

#endif
