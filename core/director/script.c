/*
 * Runs scripts for main: one queue per owner, strictly in order, so that the last script to run is
 * that of the last change.  That holds across the death of main, too: director_handover.c writes
 * down what runs and waits, and a new main waits for the one and goes on with the other.  A script
 * gets 30 s, or what its asker gives it, then SIGTERM to its group, 2 s later SIGKILL.
 *
 * How many run at a time is bounded.  Where somebody waits for the result, as a take-over does for
 * its fence_script, the queue has a place in a pool of its own, and is started first: any number of
 * hanging notify scripts delays no take-over.
 *
 * A script is executed directly, never through a shell; only a file that the kernel cannot execute
 * (no "#!" line) is given to /bin/sh, as a shell would do.  It runs as the configured user, else
 * as vdirector_script or keepalived_script where one of them exists, else as the daemon; in a
 * process group of its own, with nothing open but /dev/null, and an environment of PATH and LANG.
 * Users are looked up in the child and not in main, because that may take long; what goes wrong
 * there comes back through a pipe that closes when the script starts.
 */
#include "core/director/script.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/log.h"
#include "core/director/script_path.h"
#include "core/process/process.h"

#define SCRIPT_TIME  (30 * USEC_PER_SEC)
#define SCRIPT_GRACE (2 * USEC_PER_SEC)
#define RUNNING_MAX  32	 /* scripts at a time */
#define AWAITED_MAX  256 /* of those that somebody waits for; each instance has one at most */
#define WAITING_MAX  64	 /* of one queue */
#define REPORT_FD    3	 /* in the child */

/* What the child says through its pipe before the script takes its place. */
enum script_stage { SCRIPT_SHELL, SCRIPT_USER, SCRIPT_GROUP, SCRIPT_IDS, SCRIPT_OPEN, SCRIPT_EXEC };
struct script_report {
	int stage;	/* enum script_stage; all but SCRIPT_SHELL: the script did not run */
	int error;	/* errno; 0: none */
	char path[256]; /* SCRIPT_OPEN: the start of what others can change */
};

struct run {
	struct run *next;
	char *label;
	char **argv; /* each one and the list malloc()ed */
	char *user;  /* NULL: the default */
	char *group;
	bool guarded;
	bool awaited;			 /* also where an earlier main was asked */
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
	int report_fd;	/* -1: an earlier main had it */
	uint64_t birth; /* of the process */
	struct timer limit;
	int kill_signal; /* the next one */
	bool awaited;	 /* somebody waits for one of its results */
	bool place;	 /* of the one that runs: in the pool of those awaited */
};

struct scripts {
	struct loop *loop;
	struct queue *queues; /* only those with something to run */
	unsigned running[2];  /* awaited ones: [true] */
	struct timer starter;
	scripts_change_fn *on_change;
	void *data;
};

static void start_waiting(struct scripts *scripts);

static char *copy(const char *text)
{
	return text ? alloc_text(text) : NULL;
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
	struct run *run = alloc(sizeof(*run));
	size_t own = count(script->argv), more = count(extra);

	run->argv = alloc_array(own + more + 1, sizeof(*run->argv));
	run->label = copy(label);
	run->user = copy(script->user);
	run->group = copy(script->group);
	run->guarded = script->guarded;
	run->question.limit = SCRIPT_TIME;
	for (size_t i = 0; i < own; i++)
		run->argv[i] = copy(script->argv[i]);
	for (size_t i = 0; extra && i < more; i++)
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

/* ---- in the child ---- */

static void say(enum script_stage stage, const char *path)
{
	struct script_report report = {.stage = stage, .error = errno};
	size_t length = strnlen(path, sizeof(report.path) - 1);

	memcpy(report.path, path, length);
	if (write(REPORT_FD, &report, sizeof(report)) < 0)
		_exit(127);
}

static void __attribute__((noreturn)) give_up(enum script_stage stage)
{
	say(stage, "");
	_exit(127);
}

static void detach(int report_fd)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setpgid(0, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (report_fd != REPORT_FD)
		dup2(report_fd, REPORT_FD);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, REPORT_FD + 1, ~0U, 0);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
	      0); /* of a daemon that is not root's */
	environ = (char **)(uintptr_t)process_environment();
}

const struct passwd *script_user(const char *name)
{
	static const char *const defaults[] = {"vdirector_script", "keepalived_script"};
	const struct passwd *user = name ? getpwnam(name) : NULL;

	/* Whom nobody named is only asked for where the daemon can become somebody else. */
	for (size_t i = 0;
	     !name && !user && geteuid() == 0 && i < sizeof(defaults) / sizeof(defaults[0]); i++)
		user = getpwnam(defaults[i]);
	return user;
}

static void change_user(const char *user_name, const char *group_name)
{
	const struct passwd *user = script_user(user_name);
	const struct group *group = group_name ? getgrnam(group_name) : NULL;

	if (user_name && !user)
		give_up(SCRIPT_USER);
	if (group_name && !group)
		give_up(SCRIPT_GROUP);
	gid_t gid = group ? group->gr_gid : user ? user->pw_gid : getgid();
	if ((user && user->pw_uid == geteuid() && gid == getegid()) || (!user && !group))
		return;
	if ((user ? initgroups(user->pw_name, gid) : 0) < 0 || setgid(gid) < 0 ||
	    (user && setuid(user->pw_uid) < 0))
		give_up(SCRIPT_IDS);
}

/* execve(), and /bin/sh for a file that is no program. Returns when there is no such file. */
static void execute(char *const argv[], bool guarded)
{
	static char shell[] = "/bin/sh";
	char file[PATH_MAX], component[PATH_MAX];
	char **arguments;
	size_t n = 0;

	if (!script_path_find(argv[0], file))
		return;
	/* Root does not run what others could have put there. */
	if (guarded && geteuid() == 0 &&
	    script_path_is_open(file, (struct script_owner){0}, component)) {
		errno = 0;
		say(SCRIPT_OPEN, component);
		_exit(127);
	}
	execv(file, argv);
	if (errno != ENOEXEC)
		return;
	say(SCRIPT_SHELL, "");
	while (argv[n])
		n++;
	arguments = alloc_array(n + 2, sizeof(*arguments));
	arguments[0] = shell;
	arguments[1] = file;
	for (size_t i = 1; i < n; i++)
		arguments[i + 1] = argv[i];
	execv(shell, arguments);
}

/* ---- in main ---- */

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
	scripts->running[queue->place]--;
	if (!queue->first)
		queue_destroy(queue);
	start_waiting(scripts);
	scripts->on_change(scripts->data);
}

static void on_ended(struct process *process, int status, void *data)
{
	struct queue *queue = data;
	const struct run *run = queue->first;
	const struct script_question question = run->question;
	char text[64] = "it could not be run";

	(void)process;
	timer_cancel(&queue->limit);
	bool ran = !read_reports(queue);
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

/* The first of the queue is running. */
static void first_runs(struct queue *queue, int report_fd)
{
	struct scripts *scripts = queue->scripts;

	queue->report_fd = report_fd;
	queue->birth = process_birth(queue->process.pid);
	queue->kill_signal = SIGTERM;
	timer_set(scripts->loop, &queue->limit, mono_add(mono_read(), queue->first->question.limit),
		  on_limit, queue);
	queue->place = queue->awaited;
	scripts->running[queue->place]++;
}

/* False: it could not be started, which is logged. */
static bool start(struct queue *queue)
{
	const struct run *run = queue->first;
	int report[2];

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
		log_error("script %s: %s", run->argv[0], strerror(errno));
		return false;
	}
	pid_t pid = process_fork(&queue->process, queue->scripts->loop, on_ended, queue);
	if (pid == 0) {
		detach(report[1]);
		change_user(run->user, run->group);
		execute(run->argv, run->guarded);
		give_up(SCRIPT_EXEC);
	}
	close(report[1]);
	if (pid < 0) {
		log_error("script %s: fork: %s", run->argv[0], strerror(errno));
		close(report[0]);
		return false;
	}
	first_runs(queue, report[0]);
	setpgid(pid, pid); /* also here: a kill of the group must find it */
	log_debug("script %s (%s) started with pid %d", run->argv[0], run->label, (int)pid);
	return true;
}

static void on_starter(struct timer *timer, void *data)
{
	(void)timer;
	start_waiting(data);
}

/* False: out of processes or descriptors, which passes. */
static bool start_pool(struct scripts *scripts, bool awaited, unsigned limit)
{
	for (struct queue *queue = scripts->queues; queue; queue = queue->next) {
		if (queue->awaited != awaited || queue->process.pid)
			continue;
		if (scripts->running[awaited] >= limit)
			break;
		if (!start(queue))
			return false;
	}
	return true;
}

static void start_waiting(struct scripts *scripts)
{
	if (!start_pool(scripts, true, AWAITED_MAX) || !start_pool(scripts, false, RUNNING_MAX))
		timer_set(scripts->loop, &scripts->starter, mono_add(mono_read(), USEC_PER_SEC),
			  on_starter, scripts);
}

struct scripts *scripts_create(struct loop *loop, scripts_change_fn *on_change, void *data)
{
	struct scripts *scripts = alloc(sizeof(*scripts));

	*scripts = (struct scripts){.loop = loop, .on_change = on_change, .data = data};
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
			fd_close(&queue->report_fd);
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
	*at = alloc(sizeof(**at));
	(*at)->scripts = scripts;
	(*at)->name = alloc_text(name);
	return *at;
}

static void append(struct queue *queue, struct run *run)
{
	if (queue->last)
		queue->last->next = run;
	else
		queue->first = run;
	queue->last = run;
	queue->length++;
	if (queue->length <= WAITING_MAX)
		return;
	/* An instance that changes faster than its scripts end: the oldest change matters least. */
	run = queue->first->next;
	log_warning("script %s (%s) skipped: %u newer ones are waiting", run->argv[0], run->label,
		    queue->length - 2);
	queue->first->next = run->next;
	queue->length--;
	run_destroy(run);
}

void scripts_add(struct scripts *scripts, const char *queue, const char *label,
		 const struct script_conf *script, const char *const extra[],
		 const struct script_question *question)
{
	struct run *run = run_create(label, script, extra);
	struct queue *at = find_queue(scripts, queue);

	if (question) {
		run->question = *question;
		run->awaited = at->awaited = true;
	}
	append(at, run);
	start_waiting(scripts);
	scripts->on_change(scripts->data);
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
				.birth = queue->birth,
				.limit = run->question.limit,
				.awaited = run->awaited,
			};

			visit(&state, data);
		}
	}
}

/* When it began is how a script is told from a stranger with its number. */
void scripts_restore(struct scripts *scripts, const struct script_state *state)
{
	struct queue *queue;
	struct run *run;

	if (state->pid && process_birth(state->pid) != state->birth)
		return; /* it has ended */
	if (state->awaited && !state->pid)
		return; /* who waits for it will ask again, if it is still wanted */
	queue = find_queue(scripts, state->queue);
	run = run_create(state->label, &state->script, NULL);
	run->awaited = state->awaited;
	if (state->limit > 0)
		run->question.limit = state->limit;
	queue->awaited |= state->awaited;
	append(queue, run);
	if (state->pid &&
	    !process_adopt(&queue->process, scripts->loop, state->pid, on_ended, queue))
		queue_destroy(queue);
	else if (state->pid)
		first_runs(queue, -1);
	start_waiting(scripts);
	scripts->on_change(scripts->data);
}

bool scripts_are_idle(const struct scripts *scripts)
{
	return !scripts->queues;
}
