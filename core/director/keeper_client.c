/*
 * Main's side of the keeper (keeper.c has the other, and the reason why there is one).
 *
 * What is handed over is not stored here: the owners know it.  A slot that the link did not take,
 * and everything when a new keeper starts, is asked for again (`collect`).
 *
 * A keeper that dies before it has handed everything back takes the rest along: its successor has
 * nothing, so main begins with what has come.  The workers whose links were lost stop by
 * themselves.
 */
#include "core/director/keeper_client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/process/link.h"
#include "core/process/process.h"

#define RESTART_PAUSE  USEC_PER_SEC	  /* between two keepers that die at once */
#define RESTART_STABLE (5 * USEC_PER_SEC) /* one that lived this long is replaced at once */
#define END_TIMEOUT    USEC_PER_SEC
#define ALIVE_INTERVAL (2 * USEC_PER_SEC)
#define SILENCE_LIMIT  (10 * USEC_PER_SEC) /* of a keeper that was stopped or hangs */

struct keeper_client {
	struct loop *loop;
	const struct options *options;
	const struct keeper_client_events *events;
	void *data;
	struct link *link;
	struct process process; /* the keeper, whoever started it */
	pid_t pid;
	unsigned restarts;
	struct mono started;
	struct mono heard; /* its last message, or since when one is due */
	bool handed_back;  /* all that an earlier main had left, or all that there will be */
	unsigned main_restarts;
	struct timer restart;
	struct timer alive;
};

static void start_keeper(struct keeper_client *keeper);

static void end_handback(struct keeper_client *keeper)
{
	if (keeper->handed_back)
		return;
	keeper->handed_back = true;
	keeper->events->handback_end(keeper->main_restarts, keeper->data);
}

static void on_message(struct link *link, struct message *message, void *data)
{
	struct keeper_client *keeper = data;

	(void)link;
	keeper->heard = loop_now(keeper->loop);
	if (message->type == MESSAGE_HANDBACK) {
		const struct message_handover *slot = message->payload;

		if (slot->kind == ROLE_MAIN)
			keeper->main_restarts = slot->restarts + 1;
		keeper->events->handed_back(message, keeper->data);
	} else if (message->type == MESSAGE_HANDBACK_END) {
		const struct message_handback_end *end = message->payload;

		keeper->main_restarts = end->restarts;
		end_handback(keeper);
	}
}

static void on_restart(struct timer *timer, void *data)
{
	(void)timer;
	start_keeper(data);
}

static void on_closed(struct link *link, void *data)
{
	struct keeper_client *keeper = data;
	struct mono now = mono_read();
	bool stable = mono_diff(now, keeper->started) > RESTART_STABLE;

	link_destroy(link);
	keeper->link = NULL;
	log_error("keeper (pid %d) died, starting a new one", (int)keeper->pid);
	process_signal(&keeper->process, SIGKILL);
	process_forget(&keeper->process);
	keeper->restarts++;
	timer_set(keeper->loop, &keeper->restart, mono_add(now, stable ? 0 : RESTART_PAUSE),
		  on_restart, keeper);
	end_handback(keeper);
}

static void on_drained(struct link *link, void *data)
{
	struct keeper_client *keeper = data;

	(void)link;
	keeper->events->collect(keeper->data);
}

static void take_link(struct keeper_client *keeper, int fd)
{
	keeper->heard = mono_read();
	keeper->link = link_create(keeper->loop, fd, ROLE_MAIN, ROLE_KEEPER, 0, on_message,
				   on_closed, keeper);
	link_on_drained(keeper->link, on_drained);
}

static void on_ended(struct process *process, int status, void *data)
{
	(void)process;
	(void)status;
	(void)data; /* its link closes, too: on_closed() */
}

static void start_keeper(struct keeper_client *keeper)
{
	char **argv = options_argv(keeper->options, ROLE_KEEPER, 0);
	int fd = process_start(&keeper->process, keeper->loop, argv, PROCESS_LOCK_FD,
			       PROCESS_SIBLING, on_ended, keeper);

	free(argv);
	keeper->started = mono_read();
	if (fd < 0) {
		log_error("cannot start the keeper: %s", strerror(errno));
		timer_set(keeper->loop, &keeper->restart, mono_add(keeper->started, RESTART_PAUSE),
			  on_restart, keeper);
		return;
	}
	keeper->pid = keeper->process.pid;
	take_link(keeper, fd);
	keeper->events->collect(keeper->data);
}

/* When this process was delayed itself, the keeper may have been, too: its time starts again. */
static void watch_keeper(struct keeper_client *keeper, const struct timer *timer)
{
	struct mono now = loop_now(keeper->loop);

	if (mono_diff(now, timer->due) > ALIVE_INTERVAL)
		keeper->heard = now;
	if (!keeper->link || mono_diff(now, keeper->heard) <= SILENCE_LIMIT)
		return;
	log_error("keeper (pid %d): no answer for %.0f s, replacing it", (int)keeper->pid,
		  (double)mono_diff(now, keeper->heard) / USEC_PER_SEC);
	keeper->heard = now;
	process_signal(&keeper->process, SIGKILL); /* its link closes: on_closed() */
}

int64_t keeper_client_silence(const struct keeper_client *keeper)
{
	return keeper->link ? mono_diff(mono_read(), keeper->heard) : -1;
}

static void on_alive(struct timer *timer, void *data)
{
	struct keeper_client *keeper = data;

	watch_keeper(keeper, timer);
	if (keeper->link)
		link_send(keeper->link, MESSAGE_ALIVE, NULL, 0);
	timer_set(keeper->loop, timer, mono_add(mono_read(), ALIVE_INTERVAL), on_alive, keeper);
}

struct keeper_client *keeper_client_create(struct loop *loop, const struct options *options,
					   const struct keeper_client_events *events, void *data)
{
	struct keeper_client *keeper = alloc(sizeof(*keeper));
	struct ucred peer = {.pid = 0};
	socklen_t size = sizeof(peer);

	keeper->loop = loop;
	keeper->options = options;
	keeper->events = events;
	keeper->data = data;
	/* For a socket pair this is who made it: the keeper. */
	if (getsockopt(PROCESS_LINK_FD, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		fatal("main must be started by the keeper: %s", strerror(errno));
	keeper->pid = peer.pid;
	fcntl(PROCESS_LOCK_FD, F_SETFD, FD_CLOEXEC);
	take_link(keeper, PROCESS_LINK_FD);
	/* Also the keeper that started us, while it surely has its number. */
	if (getppid() == keeper->pid)
		process_adopt(&keeper->process, loop, keeper->pid, on_ended, keeper);
	keeper->alive.due = mono_read();
	on_alive(&keeper->alive, keeper);
	return keeper;
}

void keeper_client_destroy(struct keeper_client *keeper)
{
	timer_cancel(&keeper->restart);
	timer_cancel(&keeper->alive);
	process_forget(&keeper->process);
	link_destroy(keeper->link);
	free(keeper);
}

void keeper_client_hand_over(struct keeper_client *keeper, const struct message_handover *slot,
			     const int *fds, unsigned n_fds)
{
	if (keeper->link)
		link_send_fds(keeper->link, MESSAGE_HANDOVER, slot, sizeof(*slot), fds, n_fds);
}

void keeper_client_end(struct keeper_client *keeper, int exit_status)
{
	struct message_handover last = {.kind = ROLE_MAIN, .index = (uint32_t)exit_status};

	if (!keeper->link)
		return;
	link_send(keeper->link, MESSAGE_HANDOVER, &last, sizeof(last));
	link_flush(keeper->link, END_TIMEOUT);
}

pid_t keeper_client_pid(const struct keeper_client *keeper)
{
	return keeper->pid;
}

unsigned keeper_client_restarts(const struct keeper_client *keeper)
{
	return keeper->restarts;
}

void keeper_client_set_restarts(struct keeper_client *keeper, unsigned restarts)
{
	keeper->restarts = restarts;
}
