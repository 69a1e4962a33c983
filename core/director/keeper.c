/*
 * The keeper: starts main, holds what main must not lose, and starts it again when it dies.
 *
 * Main hands over a duplicate of each worker's link and status segment, and the running
 * configuration (MESSAGE_HANDOVER).  While the keeper has them, a worker does not even see that
 * main died: its link stays open, and what it sends waits there for the next main, which gets
 * everything back (MESSAGE_HANDBACK ... MESSAGE_HANDBACK_END).  The other way round, main starts a
 * new keeper when the old one is gone, and hands everything over again.  So either of the two may
 * be killed at any time.
 *
 * Main sends a heartbeat every two seconds, and the keeper answers: that is how main sees a keeper
 * that was stopped, and replaces it (keeper_client.c).  When none has come for HEARTBEAT_TIMEOUT,
 * main hangs or was stopped: it is killed, and a new one takes its place.  Workers do not notice,
 * but nobody would run scripts, answer vdctl or restart a worker.  Large configurations keep main
 * busy for seconds, hence the long timeout.
 *
 * Nothing that could fail is done here: no configuration, no files but the pid file, no log but
 * its own few lines.  It is the daemon's pid: it passes signals on to main, reaps whatever loses
 * its parent, and ends when main has ended in order (a MESSAGE_HANDOVER of main's own slot with pid
 * 0).
 */
#include "core/director/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/loop.h"
#include "core/director/pidfile.h"
#include "core/director/sd_notify.h"
#include "core/process/link.h"
#include "core/process/process.h"

#define BACKOFF_FIRST	  (50 * USEC_PER_MSEC)
#define BACKOFF_LIMIT	  (10 * USEC_PER_SEC)
#define STABLE_AFTER	  (5 * USEC_PER_SEC) /* a main that lived this long starts at once again */
#define STOP_TRIES	  5
#define REAP_INTERVAL	  USEC_PER_SEC
#define HEARTBEAT_TIMEOUT (20 * USEC_PER_SEC)

struct slot {
	struct message_handover header;
	int fds[MESSAGE_FDS_MAX]; /* -1: none */
};

struct keeper {
	const struct options *options;
	struct loop *loop;
	struct process main;
	struct link *link; /* to main; NULL while there is none */
	struct slot *slots;
	size_t n_slots;
	unsigned restarts;
	int64_t backoff; /* µs; before the next start of main */
	struct mono started;
	struct mono heard; /* main's last message */
	struct timer start_timer, reap_timer;
	struct watch signals;
	uint32_t pending;    /* signals for the next main, 1 << number: there was none */
	bool reload_asked;   /* SIGHUP went to main, which has not handed over what came of it */
	bool main_reloads;   /* it said so */
	bool stopping;	     /* SIGTERM or SIGINT came: a new main is told to stop, too */
	unsigned stop_tries; /* that came to nothing */
	int main_status;     /* as from waitpid(2) */
	bool main_done;	     /* it ended in order, and says with what status */
	int exit_status;
};

static void start_main(struct keeper *keeper);

static struct slot *slot_for(struct keeper *keeper, const struct message_handover *header)
{
	struct slot *slots = keeper->slots;

	for (size_t i = 0; i < keeper->n_slots; i++)
		if (slots[i].header.kind == header->kind && slots[i].header.index == header->index)
			return &slots[i];
	slots = alloc_resize(slots, keeper->n_slots + 1, sizeof(*slots));
	slots[keeper->n_slots] = (struct slot){.fds = {-1, -1, -1}};
	keeper->slots = slots;
	return &slots[keeper->n_slots++];
}

static void store_handover(struct keeper *keeper, struct message *message)
{
	const struct message_handover *header = message->payload;

	if (header->kind == ROLE_MAIN && header->pid == 0) {
		keeper->main_done = true;
		keeper->exit_status = (int)header->index;
		return;
	}
	if (header->kind == ROLE_MAIN) {
		keeper->restarts = header->restarts;
		if (keeper->main_reloads && !header->reloading)
			keeper->reload_asked = false;
		keeper->main_reloads = header->reloading;
	}
	struct slot *slot = slot_for(keeper, header);
	slot->header = *header;
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++) {
		fd_close(&slot->fds[i]);
		slot->fds[i] = message->fds[i];
		message->fds[i] = -1;
	}
}

static void on_main_message(struct link *link, struct message *message, void *data)
{
	struct keeper *keeper = data;

	keeper->heard = loop_now(keeper->loop);
	if (message->type == MESSAGE_ALIVE)
		link_send(link, MESSAGE_KEEPER_ALIVE, NULL, 0);
	if (message->type == MESSAGE_HANDOVER)
		store_handover(keeper, message);
}

/* Main gets back what its predecessor handed over; the link's queue is empty, and a handful of
 * slots fits into a socket that is new. */
static void hand_back(struct keeper *keeper)
{
	struct message_handback_end end = {.restarts = keeper->restarts};

	for (size_t i = 0; i < keeper->n_slots; i++) {
		const struct slot *slot = &keeper->slots[i];
		unsigned n_fds = 0;

		while (n_fds < MESSAGE_FDS_MAX && slot->fds[n_fds] >= 0)
			n_fds++;
		if (!link_send_fds(keeper->link, MESSAGE_HANDBACK, &slot->header,
				   sizeof(slot->header), slot->fds, n_fds))
			log_error(
				"keeper: the link to main is full, cannot hand back the state of %s.%u",
				role_kind_name((enum role_kind)slot->header.kind),
				slot->header.index);
	}
	if (!link_send(keeper->link, MESSAGE_HANDBACK_END, &end, sizeof(end)))
		log_error("keeper: the link to main is full, cannot complete the handover");
}

static void on_start_timer(struct timer *timer, void *data)
{
	(void)timer;
	start_main(data);
}

/* Main has died, or could not even be started. */
static void try_again(struct keeper *keeper)
{
	struct mono now = mono_read();

	/* Once: it may be what main dies of. */
	if (keeper->reload_asked)
		keeper->pending |= UINT32_C(1) << SIGHUP;
	keeper->reload_asked = keeper->main_reloads = false;
	if (keeper->stopping) {
		keeper->pending = UINT32_C(1) << SIGTERM;
		if (++keeper->stop_tries == STOP_TRIES) {
			/* The workers see their links close, and stop by themselves. */
			log_error("main died %d times while stopping: giving up, the workers will "
				  "stop without it",
				  STOP_TRIES);
			pidfile_remove(keeper->options->pid_file);
			keeper->exit_status = EXIT_FAILURE;
			loop_stop(keeper->loop);
			return;
		}
	}
	if (mono_diff(now, keeper->started) > STABLE_AFTER)
		keeper->backoff = 0;
	timer_set(keeper->loop, &keeper->start_timer, mono_add(now, keeper->backoff),
		  on_start_timer, keeper);
	keeper->backoff = keeper->backoff ? keeper->backoff * 2 : BACKOFF_FIRST;
	if (keeper->backoff > BACKOFF_LIMIT)
		keeper->backoff = BACKOFF_LIMIT;
}

/* Main has ended and all that it said was read. */
static void main_is_gone(struct keeper *keeper)
{
	char text[64];

	if (keeper->main_done) {
		loop_stop(keeper->loop);
		return;
	}
	process_status_text(keeper->main_status, text, sizeof(text));
	log_error("main %s, restarting it", text);
	keeper->restarts++;
	try_again(keeper);
}

/* Main's end shows twice, by its pidfd and by its link, in any order: its last message may still
 * lie in the link when the process is gone. */
static void on_main_ended(struct process *process, int status, void *data)
{
	struct keeper *keeper = data;

	(void)process;
	keeper->main_status = status;
	if (!keeper->link)
		main_is_gone(keeper);
}

static void on_main_closed(struct link *link, void *data)
{
	struct keeper *keeper = data;

	link_destroy(link);
	keeper->link = NULL;
	if (!keeper->main.pid)
		main_is_gone(keeper);
	else
		process_signal(&keeper->main, SIGKILL); /* without a link it is of no use */
}

static void take_link(struct keeper *keeper, int fd)
{
	keeper->heard = keeper->started;
	keeper->link = link_create(keeper->loop, fd, ROLE_KEEPER, ROLE_MAIN, 0, on_main_message,
				   on_main_closed, keeper);
}

static void start_main(struct keeper *keeper)
{
	char **argv = options_argv(keeper->options, ROLE_MAIN, 0);
	int fd = process_start(&keeper->main, keeper->loop, argv, PROCESS_LOCK_FD, PROCESS_CHILD,
			       on_main_ended, keeper);

	free(argv);
	timer_cancel(&keeper->start_timer);
	keeper->started = mono_read();
	if (fd < 0) {
		log_error("cannot start main: %s", strerror(errno));
		try_again(keeper);
		return;
	}
	take_link(keeper, fd);
	hand_back(keeper);
	/* Its signals are blocked from its first instruction on, so this one waits for it. */
	for (int signal = 1; signal < 32; signal++)
		if (keeper->pending & UINT32_C(1) << signal)
			process_signal(&keeper->main, signal);
	keeper->pending = 0;
}

/* The keeper was started by main, because the one before died. */
static void join_main(struct keeper *keeper)
{
	struct ucred peer = {.pid = 0};
	socklen_t size = sizeof(peer);

	/* For a socket pair this is who made it: main. */
	getsockopt(PROCESS_LINK_FD, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	keeper->started = mono_read();
	take_link(keeper, PROCESS_LINK_FD);
	/* As in worker_adopt(): else its number may be somebody else's, and its link closes next.
	 */
	if (process_adopt(&keeper->main, keeper->loop, peer.pid, on_main_ended, keeper) &&
	    link_peer_lives(keeper->link))
		return;
	process_forget(&keeper->main);
	keeper->main_status = PROCESS_STATUS_UNKNOWN;
}

static void on_signal(struct watch *watch, uint32_t events, void *data)
{
	struct keeper *keeper = data;
	int signal = process_next_signal(watch);

	(void)events;
	if (!signal)
		return;
	keeper->stopping = keeper->stopping || signal == SIGTERM || signal == SIGINT;
	if (keeper->main.pid) {
		process_signal(&keeper->main, signal);
		keeper->reload_asked |= signal == SIGHUP;
		return;
	}
	keeper->pending |= UINT32_C(1) << signal;
	/* Only main knows how to stop in order. While its link is open, main_is_gone() follows. */
	if (keeper->stopping && !keeper->link)
		start_main(keeper);
}

/* When this process was delayed itself, main may have been, too: its timeout starts again. */
static void watch_main(struct keeper *keeper, const struct timer *timer)
{
	struct mono now = loop_now(keeper->loop);
	int64_t silence = mono_diff(now, keeper->heard);

	if (mono_diff(now, timer->due) > REAP_INTERVAL)
		keeper->heard = now;
	else if (keeper->main.pid && silence > HEARTBEAT_TIMEOUT) {
		log_error("main (pid %d): heartbeat missing for %.0f s, killing it",
			  (int)keeper->main.pid, (double)silence / USEC_PER_SEC);
		keeper->heard = now;
		process_signal(&keeper->main, SIGKILL);
	}
}

/* Orphans of main and of its scripts end up here.  A worker's slot forgets the pid, so that the
 * next main cannot take a stranger with the same number for it. */
static void on_reap_timer(struct timer *timer, void *data)
{
	struct keeper *keeper = data;
	siginfo_t info = {.si_pid = 0};

	watch_main(keeper, timer);
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) {
		if (info.si_pid == keeper->main.pid)
			break; /* its pidfd tells */
		for (size_t i = 0; i < keeper->n_slots; i++)
			if (keeper->slots[i].header.pid == info.si_pid)
				keeper->slots[i].header.pid = 0;
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
	timer_set(keeper->loop, timer, mono_add(loop_now(keeper->loop), REAP_INTERVAL),
		  on_reap_timer, keeper);
}

int keeper_run(const struct options *options)
{
	struct keeper keeper = {.options = options};
	bool joins = fcntl(PROCESS_LINK_FD, F_GETFD) >= 0;

	prctl(PR_SET_NAME, "vdirectord");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	options_log_setup(options, "keeper");
	keeper.loop = loop_create();
	process_watch_signals(keeper.loop, &keeper.signals, on_signal, &keeper);
	if (!pidfile_write(PROCESS_LOCK_FD, getpid()))
		log_warning("pid file %s: %s", options->pid_file, strerror(errno));
	if (joins) {
		sd_notify_send("MAINPID=%d", (int)getpid());
		join_main(&keeper);
	} else {
		start_main(&keeper);
	}
	timer_set(keeper.loop, &keeper.reap_timer, mono_add(mono_read(), REAP_INTERVAL),
		  on_reap_timer, &keeper);
	loop_run(keeper.loop);

	timer_cancel(&keeper.reap_timer);
	link_destroy(keeper.link);
	process_forget(&keeper.main);
	for (size_t i = 0; i < keeper.n_slots; i++)
		for (unsigned j = 0; j < MESSAGE_FDS_MAX; j++)
			fd_close(&keeper.slots[i].fds[j]);
	free(keeper.slots);
	loop_destroy(keeper.loop);
	return keeper.exit_status;
}
