/*
 * Pid files.  The daemon's own is also the lock that keeps a second daemon out: the starter locks
 * it, keeper and main inherit the open file, and the lock holds while any of them lives.
 */
#include "core/director/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"

/* A daemon that ends removes the file: then the lock of who opened it just before keeps nobody
 * out. */
static bool is_still_there(const char *path, int fd)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* Empty, or a number: else the path is a mistake, and the file somebody's, a configuration for
 * example. */
static bool is_pid_file(int fd)
{
	char text[32];
	ssize_t size = pread(fd, text, sizeof(text), 0);

	if (size < 0 || size == (ssize_t)sizeof(text))
		return false;
	for (ssize_t i = 0; i < size; i++)
		if ((text[i] < '0' || text[i] > '9') && text[i] != '\n' && text[i] != ' ')
			return false;
	return true;
}

/* What is no file, a FIFO for example, could block who opens it, and takes no pid. */
static int open_file(const char *path, int flags)
{
	int fd = open(path, O_RDWR | flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat status;

	if (fd < 0)
		return -1;
	bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	if (is_file && is_pid_file(fd))
		return fd;
	close(fd);
	errno = is_file ? EEXIST : EINVAL;
	return -1;
}

int pidfile_lock(const char *path, pid_t *holder)
{
	char text[32] = "";
	int fd;

	for (;;) {
		fd = open_file(path, O_CREAT);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0)
			break;
		if (is_still_there(path, fd))
			return fd;
		close(fd);
	}
	int error = errno;
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		text[0] = '\0';
	*holder = (pid_t)strtol(text, NULL, 10);
	close(fd);
	errno = error;
	return -1;
}

bool pidfile_write(int fd, pid_t pid)
{
	char text[32];
	int size = snprintf(text, sizeof(text), "%d\n", (int)pid);

	return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)size, 0) == size;
}

void pidfile_put(const char *path, pid_t pid)
{
	if (!*path)
		return;
	int fd = open_file(path, O_CREAT);
	if (fd < 0 || !pidfile_write(fd, pid))
		log_warning("pid file %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

void pidfile_remove(const char *path)
{
	int fd = *path ? open_file(path, 0) : -1;

	if (fd < 0)
		return;
	unlink(path);
	close(fd);
}
