/*
 * Runs a command and prints what it used: CPU seconds and peak memory in bytes, its children's
 * included.  A process inherits as its peak what its parent had when it was started, so a large
 * parent (an interpreter, say) would hide a small command; this one is smaller than any.
 *
 *     usage COMMAND [ARGUMENT ...]      exits as the command does
 *
 * The command's own output is dropped, its errors are shown.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void run(char *command[])
{
	int null = open("/dev/null", O_WRONLY);

	if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
		execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int main(int argc, char *argv[])
{
	struct rusage usage;
	int status = 0;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: %s COMMAND [ARGUMENT ...]\n", argv[0]);
		return 2;
	}
	pid = fork();
	if (pid == 0)
		run(argv + 1);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("usage");
		return 1;
	}
	printf("%.6f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
	       usage.ru_maxrss * 1024);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
