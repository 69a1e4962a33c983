/*
 * One worker process, as main sees it: started, configured, watched, and started again.
 *
 * Main says what a worker should be (worker_want, worker_stop); what has not been said to the
 * process yet is worked out anew whenever its link takes messages, so a full link, a death in the
 * middle of a reload or a new main need no cases of their own.
 *
 * A process that starts after a death first gets the generation whose journal (status segment) its
 * predecessor left, and only when that is in force the one that is wanted: so it takes up the
 * predecessor's state also when that died during a reload.  One that dies again and again waits
 * longer and longer, and in the end gets an empty segment: the journal may be what it trips over.
 *
 * A worker is gone when both its process has ended and its link was read to the end: its last
 * messages count.
 */
#include "core/director/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fd.h"
#include "core/base/text.h"

#define BACKOFF_FIRST	     (50 * USEC_PER_MSEC)
#define BACKOFF_JOURNAL	     USEC_PER_SEC /* from here on it starts with an empty segment */
#define BACKOFF_LIMIT	     (30 * USEC_PER_SEC)
#define DEATHS_WITHIN	     (10 * USEC_PER_SEC) /* WORKER_DEATHS deaths within this: back off */
#define FIRST_SILENCE	     (20 * USEC_PER_SEC) /* until the first configuration is confirmed */
#define WORKER_SILENCE	     (4 * USEC_PER_SEC)
#define ELECTION_SILENCE_MIN (400 * USEC_PER_MSEC)
#define ELECTION_SILENCE_MAX (3 * USEC_PER_SEC)
#define HEARTBEAT_AHEAD	     USEC_PER_SEC /* of `now`, which may be some time ago */
#define HALF_GONE_LIMIT	     USEC_PER_SEC
#define STOP_STARTS	     3	  /* of one that dies instead of stopping in order */
#define LINES_AT_ONCE	     5000 /* of log: one for each of a great many servers that fail together */
#define LINE_INTERVAL	     (10 * USEC_PER_MSEC) /* from then on */

const char *worker_state_name(enum worker_state state)
{
	static const char *const names[] = {"stopped", "starting", "running", "held up",
					    "restarting"};

	return names[state];
}

void worker_init(struct worker *worker, struct loop *loop, const struct options *options,
		 enum role_kind kind, unsigned index, const struct worker_events *events,
		 void *data)
{
	*worker = (struct worker){.kind = kind,
				  .index = index,
				  .loop = loop,
				  .options = options,
				  .further_fd = -1,
				  .events = events,
				  .data = data};
	text_print(worker->name, sizeof(worker->name), "%s", role_kind_name(kind));
	if (kind == ROLE_CHECK)
		text_append(worker->name, sizeof(worker->name), ".%u", index);
}

void worker_release(struct worker *worker)
{
	timer_cancel(&worker->restart);
	process_forget(&worker->process);
	link_destroy(worker->link);
	generation_unref(worker->in_force);
	generation_unref(worker->wanted);
	status_unmap(worker->status);
	status_unmap(worker->next);
}

static void drop(struct status **segment)
{
	status_unmap(*segment);
	*segment = NULL;
}

bool worker_is_alive(const struct worker *worker)
{
	return worker->process.pid || worker->link;
}

enum worker_state worker_state(const struct worker *worker)
{
	if (worker->process.pid)
		return worker->held_up	   ? WORKER_HELD_UP
		       : worker->confirmed ? WORKER_RUNNING
					   : WORKER_STARTING;
	return worker->stopping || !worker->wanted ? WORKER_STOPPED : WORKER_RESTARTING;
}

/* One from the future, which no process of this machine writes, is none: it would be fresh for as
 * long as its writer likes. */
static int64_t heartbeat_in(struct status *segment, struct mono now)
{
	int64_t last = segment ? atomic_load(&status_header(segment)->heartbeat) : 0;

	return last > now.us + HEARTBEAT_AHEAD ? 0 : last;
}

static int64_t last_heartbeat(const struct worker *worker, struct mono now)
{
	int64_t last = heartbeat_in(worker->status, now), next = heartbeat_in(worker->next, now);

	return next > last ? next : last;
}

int64_t worker_silence(const struct worker *worker, struct mono now)
{
	int64_t last = last_heartbeat(worker, now);

	return last > 0 ? mono_diff(now, (struct mono){last})
			: -1; /* it may have written anything */
}

/* A frozen vrrp must be back well before its peers give it up, and net before the kernel takes the
 * addresses away. */
static int64_t silence_limit(const struct worker *worker)
{
	int64_t limit = WORKER_SILENCE;
	int64_t lease = worker->in_force ? worker->in_force->address_lease : 0;

	if (!worker->confirmed)
		return FIRST_SILENCE;
	if ((worker->kind == ROLE_VRRP || worker->kind == ROLE_NET) && worker->in_force &&
	    worker->sent == worker->confirmed) {
		if (worker->kind == ROLE_VRRP)
			limit = worker->in_force->advert_interval * 3 / 2;
		if (lease > 0 && lease / 3 < limit)
			limit = lease / 3;
		limit = limit < ELECTION_SILENCE_MIN ? ELECTION_SILENCE_MIN : limit;
		limit = limit > ELECTION_SILENCE_MAX ? ELECTION_SILENCE_MAX : limit;
	}
	return limit;
}

static struct status *segment_for(struct worker *worker, struct generation *target)
{
	if (!worker->status) {
		worker->status = generation_segment(target, worker->kind, worker->index);
		worker->in_force = generation_ref(target);
	}
	if (target == worker->in_force)
		return worker->status;
	if (!worker->next)
		worker->next = generation_segment(target, worker->kind, worker->index);
	return worker->next;
}

static bool send_configuration(struct worker *worker)
{
	struct generation *target =
		!worker->confirmed && worker->in_force ? worker->in_force : worker->wanted;
	struct message_configure message;
	int fds[3];

	if (!target || worker->sent == target->number)
		return true;
	message.generation = target->number;
	fds[1] = status_fd(segment_for(worker, target));
	fds[0] = generation_text(target, worker->kind);
	fds[2] = worker->further_fd;
	if (!link_send_fds(worker->link, MESSAGE_CONFIGURE, &message, sizeof(message), fds,
			   fds[2] < 0 ? 2 : 3))
		return false;
	worker->sent = target->number;
	return true;
}

/* Says to the process what it has not been told yet. */
static void flush(struct worker *worker)
{
	const struct message_stop stop = {.keep = worker->keep};

	if (!worker->link)
		return;
	if (!worker->stopping) {
		if (send_configuration(worker))
			worker->events->ready(worker, worker->data);
		return;
	}
	/* One that was started only to stop has to know what there is to stop. */
	if (!worker->stop_sent && (worker->stop_starts == 0 || send_configuration(worker)))
		worker->stop_sent = link_send(worker->link, MESSAGE_STOP, &stop, sizeof(stop));
}

static void confirm(struct worker *worker, uint64_t number)
{
	if (number != worker->sent)
		return;
	worker->confirmed = number;
	worker->calm_since = loop_now(worker->loop);
	if (worker->next && worker->wanted->number == number) {
		status_unmap(worker->status);
		worker->status = worker->next;
		worker->next = NULL;
		generation_unref(worker->in_force);
		worker->in_force = generation_ref(worker->wanted);
		worker->events->changed(worker, worker->data);
	}
	flush(worker);
	worker->events->confirmed(worker, worker->data);
}

/* A check worker may have been taken over: it is not let to fill the disk. */
static void relay(struct worker *worker, const struct message_log *message)
{
	unsigned refused;

	if (!log_limit_pass(&worker->lines, loop_now(worker->loop).us, LINES_AT_ONCE, LINE_INTERVAL,
			    &refused))
		return;
	if (message->dropped + refused > 0) {
		char text[64];

		text_print(text, sizeof(text), "%u log line%s dropped", message->dropped + refused,
			   text_plural(message->dropped + refused));
		log_relay(LOG_LEVEL_WARNING, worker->name, text);
	}
	log_relay((enum log_level)message->level, worker->name, message->text);
}

static void on_message(struct link *link, struct message *message, void *data)
{
	struct worker *worker = data;

	(void)link;
	if (message->type == MESSAGE_LOG) {
		relay(worker, message->payload);
	} else if (message->type == MESSAGE_CONFIGURED) {
		const struct message_configured *configured = message->payload;

		confirm(worker, configured->generation);
	} else if (message->type == MESSAGE_STOPPED) {
		/* Unasked it is no answer: what is in the kernel would stay there. */
		worker->stopped |= worker->stop_sent;
	} else {
		worker->events->message(worker, message, worker->data);
	}
}

static void on_restart(struct timer *timer, void *data)
{
	(void)timer;
	worker_start(data);
}

/* How long to wait before the next start: not at all, unless it keeps dying. */
static void back_off(struct worker *worker, struct mono now)
{
	memmove(&worker->deaths[1], &worker->deaths[0],
		(WORKER_DEATHS - 1) * sizeof(worker->deaths[0]));
	worker->deaths[0] = now;
	struct mono oldest = worker->deaths[WORKER_DEATHS - 1];
	if (worker->backoff && mono_diff(now, worker->deaths[1]) < worker->backoff + DEATHS_WITHIN)
		worker->backoff *= 2;
	else if (oldest.us && mono_diff(now, oldest) < DEATHS_WITHIN)
		worker->backoff = BACKOFF_FIRST;
	else
		worker->backoff = 0;
	if (worker->backoff > BACKOFF_LIMIT)
		worker->backoff = BACKOFF_LIMIT;
}

static void schedule_restart(struct worker *worker)
{
	struct mono now = mono_read();
	char text[64];

	back_off(worker, now);
	process_status_text(worker->exit_status, text, sizeof(text));
	if (worker->backoff)
		log_error("%s %s, restarting it in %lld ms because it keeps dying", worker->name,
			  text, (long long)(worker->backoff / USEC_PER_MSEC));
	else
		log_error("%s %s, restarting it", worker->name, text);
	worker->restarts++;
	if (worker->backoff >= BACKOFF_JOURNAL) {
		drop(&worker->status);
		generation_unref(worker->in_force);
		worker->in_force = NULL;
	}
	timer_set(worker->loop, &worker->restart, mono_add(now, worker->backoff), on_restart,
		  worker);
}

/* What net and ipvs have put into the kernel would stay there without an owner: who ended before
 * it was taken out is started once more, and told to stop. */
static void finish_stop(struct worker *worker)
{
	bool leaves_something = (worker->kind == ROLE_NET || worker->kind == ROLE_IPVS) &&
				worker->in_force && !worker->keep;

	if (!leaves_something || worker->stopped || worker->stop_starts >= STOP_STARTS)
		return;
	worker->stop_starts++;
	log_error("%s died while stopping, starting it again to remove what it left in the kernel",
		  worker->name);
	worker_start(worker);
	if (!worker_is_alive(worker))
		timer_cancel(&worker->restart); /* nobody waits for a later try */
}

/* Called when the process or the link is gone. */
static void check_gone(struct worker *worker)
{
	if (worker_is_alive(worker)) {
		worker->half_gone = loop_now(worker->loop);
		return;
	}
	worker->half_gone.us = 0;
	worker->held_up = false;
	worker->sent = worker->confirmed = 0;
	worker->stop_sent = false;
	drop(&worker->next);
	if (worker->stopping)
		finish_stop(worker);
	else
		schedule_restart(worker);
	worker->events->ended(worker, worker->data);
}

static void on_closed(struct link *link, void *data)
{
	struct worker *worker = data;

	link_destroy(link);
	worker->link = NULL;
	check_gone(worker);
}

static void on_ended(struct process *process, int status, void *data)
{
	struct worker *worker = data;

	(void)process;
	worker->exit_status = status;
	check_gone(worker);
}

static void on_drained(struct link *link, void *data)
{
	(void)link;
	flush(data);
}

static void take_link(struct worker *worker, int fd)
{
	worker->link = link_create(worker->loop, fd, ROLE_MAIN, worker->kind, worker->index,
				   on_message, on_closed, worker);
	link_on_drained(worker->link, on_drained);
}

void worker_adopt(struct worker *worker, const struct message_handover *handover, int link_fd,
		  int status_fd, struct generation *in_force)
{
	worker->restarts = handover->restarts;
	worker->exit_status = PROCESS_STATUS_UNKNOWN;
	worker->calm_since = loop_now(worker->loop);
	worker->status = status_fd < 0
				 ? NULL
				 : status_map(generation_layout(handover->kind), status_fd, false);
	if (!worker->status)
		fd_close(&status_fd);
	if (in_force && worker->status)
		worker->in_force = generation_ref(in_force);
	worker->sent = worker->confirmed = handover->generation;
	take_link(worker, link_fd);
	/* Its number may be somebody else's by now. Only the worker has the other end of its link:
	 * is that open once the pidfd is, then it lived when the number was looked up. */
	bool found = process_adopt(&worker->process, worker->loop, handover->pid, on_ended, worker);
	if (found && link_peer_lives(worker->link)) {
		log_info("%s (pid %d) taken over from the previous main", worker->name,
			 (int)handover->pid);
		return;
	}
	process_forget(&worker->process);
	worker->half_gone = worker->calm_since;
	log_info("%s had died before it could be taken over from the previous main", worker->name);
}

void worker_want(struct worker *worker, struct generation *generation)
{
	if (worker->wanted == generation)
		return;
	drop(&worker->next);
	generation_unref(worker->wanted);
	worker->wanted = generation_ref(generation);
	flush(worker);
}

void worker_start(struct worker *worker)
{
	char **argv;

	if (worker_is_alive(worker) || (worker->stopping && worker->stop_starts == 0))
		return;
	timer_cancel(&worker->restart);
	if (!worker->in_force) /* the journal of a configuration that is not known any more */
		drop(&worker->status);
	argv = options_argv(worker->options, worker->kind, worker->index);
	int fd = process_start(&worker->process, worker->loop, argv, -1, PROCESS_CHILD, on_ended,
			       worker);
	free(argv);
	if (fd < 0) {
		log_error("cannot start %s: %s", worker->name, strerror(errno));
		timer_set(worker->loop, &worker->restart, mono_add(mono_read(), USEC_PER_SEC),
			  on_restart, worker);
		return;
	}
	worker->calm_since = mono_read();
	take_link(worker, fd);
	worker->events->started(worker, worker->data);
	flush(worker);
	worker->events->changed(worker, worker->data);
	log_debug("%s started with pid %d", worker->name, (int)worker->process.pid);
}

void worker_stop(struct worker *worker, bool keep)
{
	worker->stopping = true;
	worker->keep = keep;
	timer_cancel(&worker->restart);
	if (!worker_is_alive(worker))
		finish_stop(worker);
	if (worker_is_alive(worker))
		flush(worker);
	else
		worker->events->ended(worker, worker->data);
}

void worker_kill(struct worker *worker)
{
	worker->stop_starts = STOP_STARTS;
	process_signal(&worker->process, SIGKILL);
}

/* Since when it is silent. */
static int64_t silent_since(const struct worker *worker, struct mono now)
{
	int64_t last = last_heartbeat(worker, now);

	return last > worker->calm_since.us ? last : worker->calm_since.us;
}

void worker_excuse(struct worker *worker, struct mono now, int64_t delay)
{
	int64_t since = silent_since(worker, now) + delay;

	worker->calm_since.us = since < now.us ? since : now.us;
}

/* Whoever holds the lock that net waits for keeps its successor waiting, too: killing it is of no
 * use, and what it asked for is carried out all the same. */
static void note_held_up(struct worker *worker, bool held_up, int64_t silence)
{
	if (held_up && !worker->held_up)
		log_warning(
			"%s (pid %d): held up by the kernel for %lld ms: another program holds its "
			"lock for network configuration",
			worker->name, (int)worker->process.pid,
			(long long)(silence / USEC_PER_MSEC));
	else if (!held_up && worker->held_up)
		log_notice("%s (pid %d): the kernel has let it go on", worker->name,
			   (int)worker->process.pid);
	worker->held_up = held_up;
}

void worker_check_heartbeat(struct worker *worker, struct mono now)
{
	int64_t silence;

	if (worker->half_gone.us && mono_diff(now, worker->half_gone) > HALF_GONE_LIMIT) {
		if (worker->process.pid) {
			process_signal(&worker->process, SIGKILL);
		} else {
			link_destroy(worker->link);
			worker->link = NULL;
			check_gone(worker);
		}
		return;
	}
	if (!worker->process.pid || worker->stopping)
		return;
	silence = mono_diff(now, (struct mono){silent_since(worker, now)});
	if (silence <= silence_limit(worker)) {
		note_held_up(worker, false, silence);
		return;
	}
	if (worker->kind == ROLE_NET && process_is_held_up(worker->process.pid)) {
		note_held_up(worker, true, silence);
		return;
	}
	log_error("%s (pid %d): heartbeat missing for %lld ms, killing it", worker->name,
		  (int)worker->process.pid, (long long)(silence / USEC_PER_MSEC));
	process_signal(&worker->process, SIGKILL);
	worker->calm_since = now;
}
