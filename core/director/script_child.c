/*
 * From fork() to the script: what script.c's child does before it is the script.
 *
 * A script is executed directly, never through a shell; only a file that the kernel cannot execute
 * (no "#!" line) is given to /bin/sh, as a shell would do.  It runs as the configured user, else
 * as vdirector_script or keepalived_script where one of them exists, else as the daemon; in a
 * process group of its own, with nothing open but /dev/null, without IFS and LD_* in its
 * environment.  Users are looked up here and not in main, because that may take long.
 */
#include "core/director/script_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/director/script_path.h"

#define REPORT_FD 3

const char *const script_default_users[] = {"vdirector_script", "keepalived_script", NULL};

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
	const struct passwd *user = name ? getpwnam(name) : NULL;

	for (size_t i = 0; !name && !user && script_default_users[i]; i++)
		user = getpwnam(script_default_users[i]);
	return user;
}

static void change_user(const char *user_name, const char *group_name)
{
	const struct passwd *user = find_user(user_name);
	const struct group *group = group_name ? getgrnam(group_name) : NULL;
	gid_t gid;

	if (user_name && !user)
		give_up(SCRIPT_USER);
	if (group_name && !group)
		give_up(SCRIPT_GROUP);
	gid = group ? group->gr_gid : user ? user->pw_gid : getgid();
	if ((user && user->pw_uid == geteuid() && gid == getegid()) || (!user && !group))
		return;
	if ((user ? initgroups(user->pw_name, gid) : 0) < 0 || setgid(gid) < 0 ||
	    (user && setuid(user->pw_uid) < 0))
		give_up(SCRIPT_IDS);
}

/* Root does not run what others could have put there. */
static void guard(const char *file)
{
	char component[PATH_MAX];

	if (geteuid() != 0 || !script_path_is_open(file, (struct script_owner){0}, component))
		return;
	errno = 0;
	say(SCRIPT_OPEN, component);
	_exit(127);
}

/* execve(), and /bin/sh for a file that is no program. Returns when there is no such file. */
static void execute(char *const argv[], bool guarded)
{
	static char shell[] = "/bin/sh";
	char file[PATH_MAX];
	char **arguments;
	size_t n = 0;

	if (!script_path_find(argv[0], file))
		return;
	if (guarded)
		guard(file);
	execv(file, argv);
	if (errno != ENOEXEC)
		return;
	say(SCRIPT_SHELL, "");
	while (argv[n])
		n++;
	arguments = calloc(n + 2, sizeof(*arguments));
	if (!arguments)
		return;
	arguments[0] = shell;
	arguments[1] = file;
	for (size_t i = 1; i < n; i++)
		arguments[i + 1] = argv[i];
	execv(shell, arguments);
}

void script_child_become(char *const argv[], const struct script_identity *identity, int report_fd)
{
	detach(report_fd);
	change_user(identity->user, identity->group);
	execute(argv, identity->guarded);
	give_up(SCRIPT_EXEC);
}
