/*
 * Main's side of the keeper (keeper.c has the other, and the reason why there is one).
 *
 * What is handed over is not stored here: the owners know it.  A slot that the link did not take,
 * and everything when a new keeper starts, is asked for again (`collect`).
 */
#include "core/director/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/process/process.h"

#define RESTART_PAUSE	 USEC_PER_SEC	    /* between two keepers that die at once */
#define RESTART_STABLE	 (5 * USEC_PER_SEC) /* one that lived this long is replaced at once */
#define FAREWELL_TIMEOUT USEC_PER_SEC
#define ALIVE_INTERVAL	 (2 * USEC_PER_SEC)

struct keep {
	struct loop *loop;
	const struct options *options;
	const struct keep_events *events;
	void *data;
	struct link *link;
	struct process process; /* a keeper that we started */
	pid_t pid;
	unsigned restarts;
	struct mono started;
	struct timer restart;
	struct timer alive;
};

static void start_keeper(struct keep *keep);

static void on_message(struct link *link, struct message *message, void *data)
{
	struct keep *keep = data;
	const struct message_kept_all *all;

	(void)link;
	if (message->type == MESSAGE_KEPT) {
		keep->events->kept(message, keep->data);
	} else if (message->type == MESSAGE_KEPT_ALL) {
		all = message->payload;
		keep->events->kept_all(all->restarts, keep->data);
	}
}

static void on_restart(struct timer *timer, void *data)
{
	(void)timer;
	start_keeper(data);
}

static void on_closed(struct link *link, void *data)
{
	struct keep *keep = data;
	struct mono now = mono_read();
	bool stable = mono_diff(now, keep->started) > RESTART_STABLE;

	link_destroy(link);
	keep->link = NULL;
	log_error("the keeper (pid %d) is gone; a new one is started", (int)keep->pid);
	process_signal(&keep->process, SIGKILL);
	process_forget(&keep->process);
	keep->restarts++;
	timer_set(keep->loop, &keep->restart, mono_add(now, stable ? 0 : RESTART_PAUSE), on_restart,
		  keep);
}

static void on_drained(struct link *link, void *data)
{
	struct keep *keep = data;

	(void)link;
	keep->events->collect(keep->data);
}

static void take_link(struct keep *keep, int fd)
{
	keep->link =
		link_create(keep->loop, fd, ROLE_MAIN, ROLE_KEEPER, 0, on_message, on_closed, keep);
	link_on_drained(keep->link, on_drained);
}

static void on_ended(struct process *process, int status, void *data)
{
	(void)process;
	(void)status;
	(void)data; /* its link closes, too: on_closed() */
}

static void start_keeper(struct keep *keep)
{
	char **argv = options_argv(keep->options, ROLE_KEEPER, 0);
	int fds[2] = {-1, -1};
	bool started = argv && link_pair(fds) &&
		       process_start(&keep->process, keep->loop, argv, fds[1], PROCESS_LOCK_FD,
				     PROCESS_SIBLING, on_ended, keep);

	free(argv);
	if (fds[1] >= 0)
		close(fds[1]);
	keep->started = mono_read();
	if (!started) {
		log_error("cannot start a keeper: %s", strerror(errno));
		if (fds[0] >= 0)
			close(fds[0]);
		timer_set(keep->loop, &keep->restart, mono_add(keep->started, RESTART_PAUSE),
			  on_restart, keep);
		return;
	}
	keep->pid = keep->process.pid;
	take_link(keep, fds[0]);
	keep->events->collect(keep->data);
}

static void on_alive(struct timer *timer, void *data)
{
	struct keep *keep = data;

	if (keep->link)
		link_send(keep->link, MESSAGE_ALIVE, NULL, 0);
	timer_set(keep->loop, timer, mono_add(mono_read(), ALIVE_INTERVAL), on_alive, keep);
}

struct keep *keep_create(struct loop *loop, const struct options *options,
			 const struct keep_events *events, void *data)
{
	struct keep *keep = calloc(1, sizeof(*keep));
	struct ucred peer = {.pid = 0};
	socklen_t size = sizeof(peer);

	if (!keep)
		fatal("out of memory");
	keep->loop = loop;
	keep->options = options;
	keep->events = events;
	keep->data = data;
	/* For a socket pair this is who made it: the keeper. */
	if (getsockopt(PROCESS_LINK_FD, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		fatal("main is started by the keeper only: %s", strerror(errno));
	keep->pid = peer.pid;
	fcntl(PROCESS_LOCK_FD, F_SETFD, FD_CLOEXEC);
	take_link(keep, PROCESS_LINK_FD);
	on_alive(&keep->alive, keep);
	return keep;
}

void keep_destroy(struct keep *keep)
{
	timer_cancel(&keep->restart);
	timer_cancel(&keep->alive);
	process_forget(&keep->process);
	link_destroy(keep->link);
	free(keep);
}

void keep_put(struct keep *keep, const struct message_keep *slot, const int *fds, unsigned n_fds)
{
	if (keep->link)
		link_send_fds(keep->link, MESSAGE_KEEP, slot, sizeof(*slot), fds, n_fds);
}

void keep_farewell(struct keep *keep, int exit_status)
{
	struct message_keep farewell = {.kind = ROLE_MAIN, .index = (uint32_t)exit_status};

	if (!keep->link)
		return;
	link_send(keep->link, MESSAGE_KEEP, &farewell, sizeof(farewell));
	link_flush(keep->link, FAREWELL_TIMEOUT);
}

pid_t keep_pid(const struct keep *keep)
{
	return keep->pid;
}

unsigned keep_restarts(const struct keep *keep)
{
	return keep->restarts;
}

void keep_set_restarts(struct keep *keep, unsigned restarts)
{
	keep->restarts = restarts;
}
