/*
 * vdctl plan: what a reload would do, without doing it.
 *
 * Reading and comparing a large configuration takes its time, and a text that somebody sent is
 * nobody's word, so both are done by a child: a copy of main, which has the running configuration
 * and the workers' status memory in its own memory already.  It writes the answer to a memfd and
 * ends; main hands that on as it is, where it is one line of a bounded length.  One plan is made at
 * a time, the others wait.
 *
 * Without a file, the child reads the daemon's own, as a reload would.  With one, vdctl has read
 * and resolved it with the rights of whoever called it, and passes the canonical text as a
 * descriptor: nobody can make this program open a file.  That child becomes the checks' user
 * behind their system call filter before it looks at the text.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/director/changes_json.h"
#include "core/director/director_context.h"
#include "core/director/start.h"
#include "core/process/privilege.h"

#define PLAN_LIMIT     (60 * USEC_PER_SEC)
#define TEXT_MAX       (256 * 1024 * 1024) /* bytes, as for a file */
#define RESULT_MAX     (64 * 1024 * 1024)  /* bytes of an answer */
#define PLAN_RESULT_FD 3		   /* in the child */
#define PLAN_TEXT_FD   4

/* ---- the child ---- */

static struct conf *read_conf(const struct director *director, bool from_text,
			      struct reading *reading, struct diagnostics *diagnostics)
{
	struct conf *conf;
	struct stat file;
	size_t size;

	if (!from_text)
		return start_load_at_rest(director->options, reading, diagnostics);
	if (fstat(PLAN_TEXT_FD, &file) < 0 || !S_ISREG(file.st_mode) || file.st_size > TEXT_MAX)
		return NULL;
	char *text = generation_read_text(PLAN_TEXT_FD, &size);
	conf = text ? conf_parse("file", text, size, diagnostics) : NULL;
	free(text);
	return conf;
}

static void write_plan(struct director *director, struct json_writer *writer, bool from_text)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct reading reading = {0};
	struct conf *conf = read_conf(director, from_text, &reading, diagnostics);
	struct director_changes changes;
	char doubt[768];

	json_begin_object(writer, NULL);
	json_boolean(writer, "ok", conf);
	if (!conf) {
		size_t n = diagnostics_count(diagnostics, DIAGNOSTIC_ERROR);
		char error[320];

		if (from_text) /* vdctl only sends what is valid */
			text_print(error, sizeof(error), "what was sent is no configuration");
		else
			text_print(error, sizeof(error),
				   "%zu error%s in %.200s: it would be refused", n, text_plural(n),
				   director->options->config);
		json_string(writer, "error", error);
		json_boolean(writer, "invalid", true);
	} else {
		director_changes_complete(director, conf);
		director_changes_find(director, conf, &changes);
		json_integer(writer, "generation", (int64_t)director->running->number);
		if (director_changes_doubt(director, conf, from_text ? NULL : &reading, doubt,
					   sizeof(doubt)))
			json_string(writer, "doubt", doubt);
		else
			json_null(writer, "doubt");
		changes_json_write(writer, "changes", &changes.effects);
	}
	char *text = director_print_diagnostics(director, diagnostics);
	json_string(writer, "diagnostics", text);
	free(text);
	json_end_object(writer);
}

/* A lower one that the daemon was started with stays. */
static bool limit(int resource, rlim_t most)
{
	struct rlimit old;

	if (getrlimit(resource, &old) != 0)
		return false;
	most = old.rlim_max < most ? old.rlim_max : most;
	return setrlimit(resource, &(struct rlimit){most, most}) == 0;
}

/* Leaves only what the plan needs open; signals meant for main are none of the child's. */
static void settle_child(int result, int text)
{
	int high_result = fcntl(result, F_DUPFD, PLAN_TEXT_FD + 1);
	int high_text = text < 0 ? -1 : fcntl(text, F_DUPFD, PLAN_TEXT_FD + 1);

	if (high_result < 0 || dup2(high_result, PLAN_RESULT_FD) < 0 ||
	    (text >= 0 && (high_text < 0 || dup2(high_text, PLAN_TEXT_FD) < 0)))
		_exit(EXIT_FAILURE);
	syscall(SYS_close_range, text < 0 ? PLAN_TEXT_FD : PLAN_TEXT_FD + 1, ~0U, 0);
	if (!limit(RLIMIT_CPU, PLAN_LIMIT / USEC_PER_SEC) || !limit(RLIMIT_FSIZE, RESULT_MAX) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		_exit(EXIT_FAILURE);
}

static void run_child(struct director *director, int result, int text)
{
	struct json_writer writer = {0};
	size_t written = 0;

	settle_child(result, text);
	if (text >= 0 && geteuid() == 0)
		privilege_drop(ROLE_CHECK);
	write_plan(director, &writer, text >= 0);
	if (writer.size > RESULT_MAX) {
		free(writer.text);
		writer = (struct json_writer){0};
		json_begin_object(&writer, NULL);
		json_boolean(&writer, "ok", false);
		json_string(&writer, "error",
			    "the plan has too many changes to be sent: more than 64 MiB");
		json_end_object(&writer);
	}
	while (written < writer.size) {
		ssize_t n = write(PLAN_RESULT_FD, writer.text + written, writer.size - written);

		if (n <= 0)
			_exit(EXIT_FAILURE);
		written += (size_t)n;
	}
	_exit(EXIT_SUCCESS);
}

/* ---- main ---- */

static void start_next(struct director *director);

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void finish(struct director *director, struct json_writer *response)
{
	struct director_plan *plan = &director->plan;
	uint64_t client = plan->client;

	timer_cancel(&plan->limit);
	close_fd(&plan->result);
	plan->client = 0;
	control_reply(director->control, client, response);
	start_next(director);
}

/* False: not what this program writes, which is logged.  The child may have been taken over. */
static bool read_result(int fd, struct json_writer *response)
{
	struct stat file;
	char *text = NULL;
	size_t size = 0;

	if (fstat(fd, &file) == 0 && file.st_size > 0 && file.st_size <= RESULT_MAX)
		text = generation_read_text(fd, &size);
	if (!text || memchr(text, '\n', size)) {
		log_warning("plan: the process that made it left no answer of one line and at most "
			    "64 MiB");
		free(text);
		return false;
	}
	*response = (struct json_writer){.text = text, .size = size, .capacity = size};
	return true;
}

static void on_ended(struct process *process, int status, void *data)
{
	struct director *director = data;
	struct json_writer response = {0};
	char reason[80];

	(void)process;
	if (status != 0)
		log_warning("plan: the process that made it %s",
			    process_status_text(status, reason, sizeof(reason)));
	if (status != 0 || !read_result(director->plan.result, &response)) {
		json_begin_object(&response, NULL);
		json_boolean(&response, "ok", false);
		json_string(&response, "error", "the plan could not be made, see the log");
		json_end_object(&response);
	}
	finish(director, &response);
}

static void on_limit(struct timer *timer, void *data)
{
	struct director *director = data;

	(void)timer;
	process_signal(&director->plan.process, SIGKILL); /* on_ended() follows */
}

/* False: errno. */
static bool start(struct director *director, int text)
{
	struct director_plan *plan = &director->plan;

	plan->result = memfd_create("plan", MFD_CLOEXEC);
	if (plan->result < 0)
		return false;
	pid_t pid = process_fork(&plan->process, director->loop, on_ended, director);
	if (pid == 0)
		run_child(director, plan->result, text);
	if (pid < 0) {
		close_fd(&plan->result);
		return false;
	}
	timer_set(director->loop, &plan->limit, mono_add(mono_read(), PLAN_LIMIT), on_limit,
		  director);
	return true;
}

/* Of clients that do not wait for it any more. */
static void forget_requests(struct director *director)
{
	struct director_plan *plan = &director->plan;
	unsigned left = 0;

	for (unsigned i = 0; i < plan->n_waiting; i++) {
		if (control_is_waiting(director->control, plan->waiting[i].client))
			plan->waiting[left++] = plan->waiting[i];
		else
			close_fd(&plan->waiting[i].text);
	}
	plan->n_waiting = left;
}

static void start_next(struct director *director)
{
	struct director_plan *plan = &director->plan;

	forget_requests(director);
	while (!plan->client && plan->n_waiting > 0) {
		struct director_plan_request request = plan->waiting[0];

		plan->n_waiting--;
		memmove(plan->waiting, plan->waiting + 1, plan->n_waiting * sizeof(request));
		if (start(director, request.text))
			plan->client = request.client;
		else
			control_reply_error(director->control, request.client,
					    "no process for the plan: %s", strerror(errno));
		close_fd(&request.text);
	}
}

void director_plan(struct director *director, uint64_t client, int text)
{
	struct director_plan *plan = &director->plan;

	forget_requests(director);
	if (plan->n_waiting == CONTROL_CLIENTS_MAX) {
		close_fd(&text);
		control_reply_error(director->control, client, "too many plans are asked for");
		return;
	}
	plan->waiting[plan->n_waiting++] = (struct director_plan_request){client, text};
	start_next(director);
}

void director_plan_cancel(struct director *director)
{
	struct director_plan *plan = &director->plan;

	for (unsigned i = 0; i < plan->n_waiting; i++)
		close_fd(&plan->waiting[i].text);
	plan->n_waiting = 0;
	timer_cancel(&plan->limit);
	if (!plan->client)
		return;
	process_signal(&plan->process, SIGKILL);
	process_forget(&plan->process);
	close_fd(&plan->result);
	plan->client = 0;
}
