/*
 * Starting the program's processes, and watching any process until it ends.
 *
 * All processes are this program again (/proc/self/exe, so that an upgrade of the file on disk does
 * not mix versions), with the role in their arguments.  They are watched by pidfd, not by SIGCHLD:
 * main adopts workers that an earlier main started, and the keeper may watch a main that is its
 * parent; neither is the watcher's child.  A pidfd also keeps a signal from hitting a stranger
 * that got the same number.  System calls are made directly where C libraries lack a wrapper.
 *
 * Used by the keeper (for main) and by main (for its workers, and for a new keeper).
 */
#include "core/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/process/link.h"

/* Out of the way of the places that are about to be filled. */
static int move_up(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PROCESS_LOCK_FD + 1);
}

void process_become(char *const argv[], int link_fd, int lock_fd)
{
	int link = move_up(link_fd), lock = move_up(lock_fd);

	if ((link < 0 && link_fd >= 0) || (lock < 0 && lock_fd >= 0))
		return;
	close(PROCESS_LINK_FD);
	close(PROCESS_LOCK_FD);
	/* dup2() leaves close-on-exec off: these two, and no others, are meant to be inherited. */
	if ((link >= 0 && dup2(link, PROCESS_LINK_FD) < 0) ||
	    (lock >= 0 && dup2(lock, PROCESS_LOCK_FD) < 0))
		return;
	syscall(SYS_close_range, PROCESS_LOCK_FD + 1U, ~0U, 0);
	/* Keeper and main, who have the lock, need the service manager's variables and those that
	 * the configuration may name. */
	execve("/proc/self/exe", argv, lock_fd < 0 ? process_environment() : environ);
}

char *const *process_environment(void)
{
	static char path[4096], language[] = "LANG=C.UTF-8";
	static char *const variables[] = {path, language, NULL};
	const char *own = getenv("PATH");
	int length = snprintf(path, sizeof(path), "PATH=%s", own && *own ? own : PROCESS_PATH);

	if (length < 0 || (size_t)length >= sizeof(path))
		snprintf(path, sizeof(path), "PATH=%s", PROCESS_PATH);
	return variables;
}

static void on_pidfd(struct watch *watch, uint32_t events, void *data)
{
	struct process *process = data;
	int status = PROCESS_STATUS_UNKNOWN;

	(void)watch;
	(void)events;
	/* A pidfd is readable once the process has ended, so this does not wait. */
	if (waitpid(process->pid, &status, WNOHANG) != process->pid)
		status = PROCESS_STATUS_UNKNOWN;
	process_forget(process);
	process->on_ended(process, status, process->data);
}

bool process_adopt(struct process *process, struct loop *loop, pid_t pid,
		   process_ended_fn *on_ended, void *data)
{
	int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

	if (fd < 0)
		return false;
	*process = (struct process){.pid = pid, .fd = fd, .on_ended = on_ended, .data = data};
	watch_add(loop, &process->watch, fd, EPOLLIN, on_pidfd, process);
	return true;
}

/* What follows the name in /proc/PID/stat; empty: there is no such process. */
struct stat_text {
	char text[1024];
};

static struct stat_text read_stat(pid_t pid)
{
	struct stat_text result = {""};
	char path[32], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[size > 0 ? size : 0] = '\0';
	/* The name is in brackets, and may have some itself. */
	const char *at = strrchr(text, ')');
	if (at)
		memcpy(result.text, at + 1, strlen(at + 1));
	return result;
}

uint64_t process_birth(pid_t pid)
{
	const struct stat_text stat = read_stat(pid);
	const char *at = stat.text[0] != '\0' ? stat.text : NULL;

	for (int word = 3; at && word < 22; word++) /* the first that follows is the third */
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

bool process_is_held_up(pid_t pid)
{
	return strncmp(read_stat(pid).text, " D", 2) == 0;
}

/* The place for a process's pidfd, so that there surely is one once the process is there. -1:
 * errno.
 */
static int reserve_place(void)
{
	return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

pid_t process_fork(struct process *process, struct loop *loop, process_ended_fn *on_ended,
		   void *data)
{
	int place = reserve_place();
	pid_t pid = place < 0 ? -1 : fork();

	if (place >= 0)
		close(place);
	if (pid <= 0 || process_adopt(process, loop, pid, on_ended, data))
		return pid;
	/* The whole system is out of files: better none than one that nobody watches. */
	int error = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = error;
	return -1;
}

/* As fork(), but the new process has our parent. The C library does not know of it, so the child
 * may do little but execve(). */
static pid_t fork_sibling(void)
{
	const struct clone_args arguments = {.flags = CLONE_PARENT};
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	return pid < 0 && (errno == ENOSYS || errno == EPERM) ? fork() : pid;
}

int process_start(struct process *process, struct loop *loop, char *const argv[], int lock_fd,
		  enum process_parent parent, process_ended_fn *on_ended, void *data)
{
	int fds[2], place = -1;
	pid_t pid;

	if (!link_pair(fds))
		return -1;
	if (parent == PROCESS_SIBLING) {
		place = reserve_place();
		pid = place < 0 ? -1 : fork_sibling();
	} else {
		pid = process_fork(process, loop, on_ended, data);
	}
	if (place >= 0)
		close(place);
	if (pid == 0) {
		close(fds[0]); /* as the place: process_become() needs two */
		process_become(argv, fds[1], lock_fd);
		_exit(127);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -1;
	}
	/* A sibling that has vanished already closes its link. */
	if (parent == PROCESS_SIBLING)
		process_adopt(process, loop, pid, on_ended, data);
	return fds[0];
}

void process_signal(const struct process *process, int signal)
{
	if (process->pid)
		syscall(SYS_pidfd_send_signal, process->fd, signal, NULL, 0);
}

void process_forget(struct process *process)
{
	if (!process->pid)
		return;
	watch_remove(&process->watch);
	close(process->fd);
	process->fd = -1;
	process->pid = 0;
}

const char *process_status_text(int status, char *text, size_t size)
{
	if (status == PROCESS_STATUS_UNKNOWN)
		snprintf(text, size, "ended");
	else if (WIFSIGNALED(status))
		snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
	return text;
}

const int process_signals[PROCESS_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

void process_ignore_realtime_signals(void)
{
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		signal(number, SIG_IGN);
}

void process_watch_signals(struct loop *loop, struct watch *watch, watch_fn *call, void *data)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < PROCESS_SIGNALS; i++)
		sigaddset(&set, process_signals[i]);
	signal(SIGPIPE, SIG_IGN);
	process_ignore_realtime_signals();
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		fatal("signalfd: %s", strerror(errno));
	watch_add(loop, watch, fd, EPOLLIN, call, data);
}

int process_next_signal(const struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
