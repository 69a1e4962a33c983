/*
 * Runs scripts for main: one queue per owner, strictly in order, so that the last script to run is
 * that of the last change.  That holds across the death of main, too: director_handover.c writes
 * down what runs and waits, and a new main waits for the one and goes on with the other.
 *
 * What goes wrong before the script runs (script_child.c) comes back through a pipe that closes
 * when it does.  A script gets 30 s, then SIGTERM to its group, 2 s later SIGKILL.
 */
#include "core/director/script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/script_child.h"
#include "core/process/process.h"

#define SCRIPT_TIME  (30 * USEC_PER_SEC)
#define SCRIPT_GRACE (2 * USEC_PER_SEC)
#define RUNNING_MAX  32 /* scripts at a time */
#define WAITING_MAX  64 /* of one queue */

struct run {
	struct run *next;
	char *label;
	char **argv; /* each one and the list malloc()ed */
	char *user;  /* NULL: the default */
	char *group;
	bool guarded;
	struct script_question question; /* done NULL: nobody asks */
};

struct queue {
	struct queue *next;
	struct scripts *scripts;
	char *name;
	struct run *first; /* running, if process.pid; the rest waits */
	struct run *last;
	unsigned length;
	struct process process;
	int report_fd; /* -1: an earlier main had it */
	struct timer limit;
	int kill_signal; /* the next one */
};

struct scripts {
	struct loop *loop;
	struct queue *queues; /* only those with something to run */
	unsigned running;
	struct timer starter;
	scripts_change_fn *on_change;
	void *data;
};

static void start_waiting(struct scripts *scripts);

static void changed(struct scripts *scripts)
{
	if (scripts->on_change)
		scripts->on_change(scripts->data);
}

static char *copy(const char *text)
{
	char *result = text ? strdup(text) : NULL;

	if (text && !result)
		fatal("out of memory");
	return result;
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static struct run *run_create(const char *label, const struct script_conf *script,
			      const char *const extra[])
{
	struct run *run = calloc(1, sizeof(*run));
	size_t own = count(script->argv), more = count(extra);

	if (run)
		run->argv = calloc(own + more + 1, sizeof(*run->argv));
	if (!run || !run->argv)
		fatal("out of memory");
	run->label = copy(label);
	run->user = copy(script->user);
	run->group = copy(script->group);
	run->guarded = script->guarded;
	run->question.limit = SCRIPT_TIME;
	for (size_t i = 0; i < own; i++)
		run->argv[i] = copy(script->argv[i]);
	for (size_t i = 0; i < more; i++)
		run->argv[own + i] = copy(extra[i]);
	return run;
}

static void run_destroy(struct run *run)
{
	for (char **argument = run->argv; *argument; argument++)
		free(*argument);
	free(run->argv);
	free(run->label);
	free(run->user);
	free(run->group);
	free(run);
}

/* True: the script did not run. */
static bool read_reports(struct queue *queue)
{
	static const char *const words[] = {
		[SCRIPT_USER] = "no such user",
		[SCRIPT_GROUP] = "no such group",
		[SCRIPT_IDS] = "cannot change the user",
		[SCRIPT_OPEN] = "not run as root, others can change ",
		[SCRIPT_EXEC] = "cannot run",
	};
	const struct run *run = queue->first;
	struct script_report report;
	bool failed = false;

	if (queue->report_fd < 0)
		return false;
	while (read(queue->report_fd, &report, sizeof(report)) == (ssize_t)sizeof(report)) {
		if (report.stage == SCRIPT_SHELL) {
			log_debug("script %s (%s) has no #! line, running it with /bin/sh",
				  run->argv[0], run->label);
			continue;
		}
		failed = true;
		log_warning("script %s (%s): %s%s%s%s%s%s", run->argv[0], run->label,
			    words[report.stage], report.path,
			    report.stage == SCRIPT_USER && run->user ? " " : "",
			    report.stage == SCRIPT_USER && run->user ? run->user : "",
			    report.error ? ": " : "", report.error ? strerror(report.error) : "");
	}
	close(queue->report_fd);
	return failed;
}

static void drop_first(struct queue *queue)
{
	struct run *run = queue->first;

	queue->first = run->next;
	if (!queue->first)
		queue->last = NULL;
	queue->length--;
	run_destroy(run);
}

static void queue_destroy(struct queue *queue)
{
	struct queue **at = &queue->scripts->queues;

	while (*at != queue)
		at = &(*at)->next;
	*at = queue->next;
	while (queue->first)
		drop_first(queue);
	free(queue->name);
	free(queue);
}

static void finish(struct queue *queue)
{
	struct scripts *scripts = queue->scripts;

	drop_first(queue);
	scripts->running--;
	if (!queue->first)
		queue_destroy(queue);
	start_waiting(scripts);
	changed(scripts);
}

static void on_ended(struct process *process, int status, void *data)
{
	struct queue *queue = data;
	const struct run *run = queue->first;
	const struct script_question question = run->question;
	char text[64] = "it could not be run";
	bool ran;

	(void)process;
	timer_cancel(&queue->limit);
	ran = !read_reports(queue);
	if (ran && status != 0 && status != PROCESS_STATUS_UNKNOWN)
		log_warning("script %s (%s) %s", run->argv[0], run->label,
			    process_status_text(status, text, sizeof(text)));
	finish(queue);
	if (question.done)
		question.done(question.number, ran && status == 0, text, question.data);
}

static void on_limit(struct timer *timer, void *data)
{
	struct queue *queue = data;
	const struct run *run = queue->first;

	log_warning("script %s (%s) still runs after %d s, sending signal %d to its process group",
		    run->argv[0], run->label, (int)(run->question.limit / USEC_PER_SEC),
		    queue->kill_signal);
	kill(-queue->process.pid, queue->kill_signal);
	queue->kill_signal = SIGKILL;
	timer_set(queue->scripts->loop, timer, mono_add(mono_read(), SCRIPT_GRACE), on_limit,
		  queue);
}

/* The first of the queue is running. False: there is no such process. */
static bool watch_first(struct queue *queue, pid_t pid, int report_fd)
{
	struct scripts *scripts = queue->scripts;

	if (!process_adopt(&queue->process, scripts->loop, pid, on_ended, queue))
		return false;
	queue->report_fd = report_fd;
	queue->kill_signal = SIGTERM;
	timer_set(scripts->loop, &queue->limit, mono_add(mono_read(), queue->first->question.limit),
		  on_limit, queue);
	scripts->running++;
	return true;
}

/* False: it could not be started, which is logged. */
static bool start(struct queue *queue)
{
	const struct run *run = queue->first;
	int report[2];
	pid_t pid;

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
		log_error("script %s: %s", run->argv[0], strerror(errno));
		return false;
	}
	pid = fork();
	if (pid == 0)
		script_child_become(run->argv,
				    &(struct script_identity){run->user, run->group, run->guarded},
				    report[1]);
	close(report[1]);
	if (pid < 0 || !watch_first(queue, pid, report[0])) {
		log_error("script %s: fork: %s", run->argv[0], strerror(errno));
		close(report[0]);
		return false;
	}
	setpgid(pid, pid); /* also here: a kill of the group must find it */
	log_debug("script %s (%s) started with pid %d", run->argv[0], run->label, (int)pid);
	return true;
}

static void on_starter(struct timer *timer, void *data)
{
	(void)timer;
	start_waiting(data);
}

static void start_waiting(struct scripts *scripts)
{
	for (struct queue *queue = scripts->queues; queue; queue = queue->next) {
		if (scripts->running >= RUNNING_MAX)
			return;
		if (queue->process.pid)
			continue;
		if (!start(queue)) {
			/* Out of processes or descriptors: that passes. */
			timer_set(scripts->loop, &scripts->starter,
				  mono_add(mono_read(), USEC_PER_SEC), on_starter, scripts);
			return;
		}
	}
}

struct scripts *scripts_create(struct loop *loop)
{
	struct scripts *scripts = calloc(1, sizeof(*scripts));

	if (!scripts)
		fatal("out of memory");
	scripts->loop = loop;
	return scripts;
}

void scripts_destroy(struct scripts *scripts)
{
	if (!scripts)
		return;
	while (scripts->queues) {
		struct queue *queue = scripts->queues;

		if (queue->process.pid) {
			kill(-queue->process.pid, SIGTERM);
			process_forget(&queue->process);
			timer_cancel(&queue->limit);
			if (queue->report_fd >= 0)
				close(queue->report_fd);
		}
		queue_destroy(queue);
	}
	timer_cancel(&scripts->starter);
	free(scripts);
}

static struct queue *find_queue(struct scripts *scripts, const char *name)
{
	struct queue **at = &scripts->queues;

	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return *at;
	*at = calloc(1, sizeof(**at));
	if (!*at)
		fatal("out of memory");
	(*at)->scripts = scripts;
	(*at)->name = copy(name);
	return *at;
}

/* An instance that changes faster than its scripts end: the oldest change matters least. */
static void drop_oldest_waiting(struct queue *queue)
{
	struct run *oldest = queue->first->next;

	log_warning("script %s (%s) skipped: %u newer ones are waiting", oldest->argv[0],
		    oldest->label, queue->length - 2);
	queue->first->next = oldest->next;
	if (!oldest->next)
		queue->last = queue->first;
	queue->length--;
	run_destroy(oldest);
}

static void append(struct queue *queue, struct run *run)
{
	if (queue->last)
		queue->last->next = run;
	else
		queue->first = run;
	queue->last = run;
	queue->length++;
	if (queue->length > WAITING_MAX)
		drop_oldest_waiting(queue);
}

void scripts_add(struct scripts *scripts, const char *queue, const char *label,
		 const struct script_conf *script, const char *const extra[])
{
	append(find_queue(scripts, queue), run_create(label, script, extra));
	start_waiting(scripts);
	changed(scripts);
}

void scripts_ask(struct scripts *scripts, const char *queue, const char *label,
		 const struct script_conf *script, const char *const extra[],
		 const struct script_question *question)
{
	struct run *run = run_create(label, script, extra);

	run->question = *question;
	append(find_queue(scripts, queue), run);
	start_waiting(scripts);
	changed(scripts);
}

void scripts_visit(const struct scripts *scripts, scripts_visit_fn *visit, void *data)
{
	for (const struct queue *queue = scripts->queues; queue; queue = queue->next) {
		for (const struct run *run = queue->first; run; run = run->next) {
			const struct script_state state = {
				.queue = queue->name,
				.label = run->label,
				.script = {.argv = (const char *const *)run->argv,
					   .user = run->user,
					   .group = run->group,
					   .guarded = run->guarded},
				.pid = run == queue->first ? queue->process.pid : 0,
			};

			visit(&state, data);
		}
	}
}

/* That the process leads its group is how a script is told from a stranger with its number. */
void scripts_restore(struct scripts *scripts, const struct script_state *state)
{
	struct queue *queue;

	if (state->pid && getpgid(state->pid) != state->pid)
		return; /* it has ended */
	queue = find_queue(scripts, state->queue);
	append(queue, run_create(state->label, &state->script, NULL));
	if (state->pid && !watch_first(queue, state->pid, -1))
		queue_destroy(queue);
	start_waiting(scripts);
	changed(scripts);
}

bool scripts_are_idle(const struct scripts *scripts)
{
	return !scripts->queues;
}

void scripts_on_change(struct scripts *scripts, scripts_change_fn *call, void *data)
{
	scripts->on_change = call;
	scripts->data = data;
}
