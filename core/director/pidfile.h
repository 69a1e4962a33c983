#ifndef CORE_PIDFILE_H
#define CORE_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

/* pidfile.c: what is neither empty nor a number is no pid file, and left as it is (EEXIST). */

/* Opens and locks `path` (flock). The descriptor, or -1 with errno; EWOULDBLOCK when another daemon
 * holds it, whose pid is then in *holder (0: not readable).  The lock lasts until the last process
 * that inherited the descriptor is gone. */
int pidfile_lock(const char *path, pid_t *holder);
/* Writes the pid into a locked file. False: errno. */
bool pidfile_write(int fd, pid_t pid);
/* For files that nobody locks: writes `path` anew; logs what goes wrong. "" is no file. */
void pidfile_put(const char *path, pid_t pid);
void pidfile_remove(const char *path);

#endif
