/*
 * Runs scripts for main: one queue per owner, strictly in order, so that the last script to run is
 * that of the last change.
 *
 * A script is executed directly, never through a shell; only a file that the kernel cannot execute
 * (no "#!" line) is given to /bin/sh, as a shell would do.  It runs as the configured user, else
 * as vdirector_script or keepalived_script where one of them exists, else as the daemon; in a
 * process group of its own, with nothing open but /dev/null, without IFS and LD_* in its
 * environment.  Users are looked up in the child, because that may take long.
 *
 * What goes wrong before the script runs comes back through a pipe that closes when it does.  A
 * script gets 30 s, then SIGTERM to its group, 2 s later SIGKILL.
 */
#include "core/script.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "core/process.h"

#define SCRIPT_TIME  (30 * USEC_PER_SEC)
#define SCRIPT_GRACE (2 * USEC_PER_SEC)
#define RUNNING_MAX  32 /* scripts at a time */
#define WAITING_MAX  64 /* of one queue */
#define REPORT_FD    3
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What the child says before the script takes its place. */
enum report_stage { REPORT_SHELL, REPORT_USER, REPORT_GROUP, REPORT_IDS, REPORT_EXEC };
struct report {
	int stage; /* enum report_stage */
	int error; /* errno */
};

struct run {
	struct run *next;
	char *label;
	char **argv; /* each one and the list malloc()ed */
	char *user;  /* NULL: the default */
	char *group;
};

struct queue {
	struct queue *next;
	struct scripts *scripts;
	char *name;
	struct run *first; /* running, if process.pid; the rest waits */
	struct run *last;
	unsigned length;
	struct process process;
	int report_fd;
	struct timer limit;
	int kill_signal; /* the next one */
};

struct scripts {
	struct loop *loop;
	struct queue *queues; /* only those with something to run */
	unsigned running;
	struct timer starter;
	scripts_idle_fn *on_idle;
	void *data;
};

static void start_waiting(struct scripts *scripts);

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

/* ---- in the child ---- */

static void say(enum report_stage stage)
{
	struct report report = {stage, errno};

	if (write(REPORT_FD, &report, sizeof(report)) < 0)
		_exit(127);
}

static void give_up(enum report_stage stage)
{
	say(stage);
	_exit(127);
}

static void clean_environment(void)
{
	extern char **environ;

	unsetenv("IFS");
	for (size_t i = 0; environ && environ[i];) {
		char name[64];
		size_t length = strcspn(environ[i], "=");

		if (strncmp(environ[i], "LD_", 3) == 0 && length < sizeof(name)) {
			memcpy(name, environ[i], length);
			name[length] = '\0';
			unsetenv(name);
		} else {
			i++;
		}
	}
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
	clean_environment();
}

static const struct passwd *find_user(const char *name)
{
	const struct passwd *user;

	if (name)
		return getpwnam(name);
	user = getpwnam("vdirector_script");
	return user ? user : getpwnam("keepalived_script");
}

static void change_user(const struct run *run)
{
	const struct passwd *user = find_user(run->user);
	const struct group *group = run->group ? getgrnam(run->group) : NULL;
	gid_t gid;

	if (run->user && !user)
		give_up(REPORT_USER);
	if (run->group && !group)
		give_up(REPORT_GROUP);
	gid = group ? group->gr_gid : user ? user->pw_gid : getgid();
	if ((user && user->pw_uid == geteuid() && gid == getegid()) || (!user && !group))
		return;
	if ((user ? initgroups(user->pw_name, gid) : 0) < 0 || setgid(gid) < 0 ||
	    (user && setuid(user->pw_uid) < 0))
		give_up(REPORT_IDS);
}

/* execve(), and /bin/sh for a file that is no program. Returns when there is no such file. */
static void execute_file(const char *file, char *const argv[])
{
	char **shell;
	size_t n;

	execv(file, argv);
	if (errno != ENOEXEC)
		return;
	say(REPORT_SHELL);
	n = count((const char *const *)argv);
	shell = calloc(n + 2, sizeof(*shell));
	if (!shell)
		return;
	shell[0] = copy("/bin/sh");
	shell[1] = copy(file);
	for (size_t i = 1; i < n; i++)
		shell[i + 1] = argv[i];
	execv("/bin/sh", shell);
}

static void execute(char *const argv[])
{
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (strchr(argv[0], '/')) {
		execute_file(argv[0], argv);
		return;
	}
	for (path = path && *path ? path : DEFAULT_PATH; *path;) {
		size_t length = strcspn(path, ":");
		char file[1024];
		int size = snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, argv[0]);

		if (size > 0 && (size_t)size < sizeof(file)) {
			execute_file(file, argv);
			error = errno == ENOENT || errno == ENOTDIR ? error : errno;
		}
		path += length + (path[length] == ':');
	}
	errno = error;
}

static void become(const struct run *run, int report_fd)
{
	detach(report_fd);
	change_user(run);
	execute(run->argv);
	give_up(REPORT_EXEC);
}

/* ---- in main ---- */

/* True: the script did not run. */
static bool read_reports(struct queue *queue)
{
	static const char *const words[] = {
		[REPORT_USER] = "no such user",
		[REPORT_GROUP] = "no such group",
		[REPORT_IDS] = "cannot change the user",
		[REPORT_EXEC] = "cannot run",
	};
	const struct run *run = queue->first;
	struct report report;
	bool failed = false;

	while (read(queue->report_fd, &report, sizeof(report)) == (ssize_t)sizeof(report)) {
		if (report.stage == REPORT_SHELL) {
			log_debug("script %s (%s) has no #! line: given to /bin/sh", run->argv[0],
				  run->label);
			continue;
		}
		failed = true;
		log_warning("script %s (%s): %s%s%s%s%s", run->argv[0], run->label,
			    words[report.stage],
			    report.stage == REPORT_USER && run->user ? " " : "",
			    report.stage == REPORT_USER && run->user ? run->user : "",
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
	if (!scripts->queues && scripts->on_idle)
		scripts->on_idle(scripts->data);
}

static void on_ended(struct process *process, int status, void *data)
{
	struct queue *queue = data;
	const struct run *run = queue->first;
	char text[64];

	(void)process;
	timer_cancel(&queue->limit);
	if (!read_reports(queue) && status != 0)
		log_warning("script %s (%s) %s", run->argv[0], run->label,
			    process_status_text(status, text, sizeof(text)));
	finish(queue);
}

static void on_limit(struct timer *timer, void *data)
{
	struct queue *queue = data;
	const struct run *run = queue->first;

	log_warning("script %s (%s) still runs after %d s: signal %d to its group", run->argv[0],
		    run->label, (int)(SCRIPT_TIME / USEC_PER_SEC), queue->kill_signal);
	kill(-queue->process.pid, queue->kill_signal);
	queue->kill_signal = SIGKILL;
	timer_set(queue->scripts->loop, timer, mono_add(mono_read(), SCRIPT_GRACE), on_limit,
		  queue);
}

/* False: it could not be started, which is logged. */
static bool start(struct queue *queue)
{
	struct scripts *scripts = queue->scripts;
	int report[2];
	pid_t pid;

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
		log_error("script %s: %s", queue->first->argv[0], strerror(errno));
		return false;
	}
	pid = fork();
	if (pid == 0)
		become(queue->first, report[1]);
	close(report[1]);
	if (pid < 0 || !process_adopt(&queue->process, scripts->loop, pid, on_ended, queue)) {
		log_error("script %s: fork: %s", queue->first->argv[0], strerror(errno));
		close(report[0]);
		return false;
	}
	setpgid(pid, pid); /* also here: a kill of the group must find it */
	queue->report_fd = report[0];
	queue->kill_signal = SIGTERM;
	timer_set(scripts->loop, &queue->limit, mono_add(mono_read(), SCRIPT_TIME), on_limit,
		  queue);
	log_debug("script %s (%s) runs as pid %d", queue->first->argv[0], queue->first->label,
		  (int)pid);
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
		scripts->running++;
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

/* An instance that changes faster than its scripts end: the oldest news are the least worth. */
static void drop_oldest_waiting(struct queue *queue)
{
	struct run *oldest = queue->first->next;

	log_warning("script %s (%s) is left out: %u newer ones wait behind it", oldest->argv[0],
		    oldest->label, queue->length - 2);
	queue->first->next = oldest->next;
	if (!oldest->next)
		queue->last = queue->first;
	queue->length--;
	run_destroy(oldest);
}

void scripts_add(struct scripts *scripts, const char *queue_name, const char *label,
		 const struct script_conf *script, const char *const extra[])
{
	struct queue *queue = find_queue(scripts, queue_name);
	struct run *run = run_create(label, script, extra);

	if (queue->last)
		queue->last->next = run;
	else
		queue->first = run;
	queue->last = run;
	queue->length++;
	if (queue->length > WAITING_MAX)
		drop_oldest_waiting(queue);
	start_waiting(scripts);
}

bool scripts_are_idle(const struct scripts *scripts)
{
	return !scripts->queues;
}

void scripts_on_idle(struct scripts *scripts, scripts_idle_fn *call, void *data)
{
	scripts->on_idle = call;
	scripts->data = data;
}
