/*
 * Where a script lies, and who could put another in its place.
 *
 * A script that runs as root must be one that only root can change: not the file, nor a directory
 * or a symbolic link on the way to it.  The way is walked as the kernel walks it, component by
 * component, because what realpath(3) gives no longer shows the links that led there.
 *
 * script.c asks right before it executes; main's check of a configuration asks beforehand,
 * so that the operator is told when there is time.
 */
#include "core/director/script_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/process/process.h"

#define LINKS_MAX 40 /* as the kernel allows */

static bool is_program(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return false;
	if (!S_ISREG(status.st_mode)) {
		errno = EACCES;
		return false;
	}
	return access(path, X_OK) == 0;
}

bool script_path_find(const char *command, char path[PATH_MAX])
{
	const char *folders = getenv("PATH");
	int error = ENOENT;

	if (strchr(command, '/')) {
		if ((size_t)snprintf(path, PATH_MAX, "%s", command) < PATH_MAX)
			return is_program(path);
		errno = ENAMETOOLONG;
		return false;
	}
	for (folders = folders && *folders ? folders : PROCESS_PATH; *folders;) {
		size_t length = strcspn(folders, ":");
		int size = snprintf(path, PATH_MAX, "%.*s/%s", (int)length, folders, command);

		if (size > 0 && size < PATH_MAX) {
			if (is_program(path))
				return true;
			error = errno == ENOENT || errno == ENOTDIR ? error : errno;
		}
		folders += length + (folders[length] == ':');
	}
	errno = error;
	return false;
}

static bool is_open(const struct stat *status, struct script_owner owner)
{
	bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);

	if (status->st_uid != 0 && status->st_uid != owner.user)
		return true;
	if (S_ISLNK(status->st_mode) || sticky)
		return false;
	if ((status->st_mode & S_IWGRP) && status->st_gid != 0 && status->st_gid != owner.group)
		return true;
	return status->st_mode & S_IWOTH;
}

/* A walk along a path. */
struct walk {
	char here[PATH_MAX]; /* without links; "" = the root */
	char rest[PATH_MAX]; /* still to go */
	unsigned links;
};

/* One component further on: its name goes behind `here`. False: it does not fit. */
static bool descend(struct walk *walk, const char *name, size_t length)
{
	size_t used = strlen(walk->here);

	return (size_t)snprintf(walk->here + used, sizeof(walk->here) - used, "/%.*s", (int)length,
				name) < sizeof(walk->here) - used;
}

static void ascend(struct walk *walk)
{
	char *last = strrchr(walk->here, '/');

	if (last)
		*last = '\0';
}

/* `here` is a link: its text goes before the rest. False: too many, too long, unreadable. */
static bool follow(struct walk *walk, const char *rest)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t size = readlink(walk->here, target, sizeof(target) - 1);

	if (size <= 0 || ++walk->links > LINKS_MAX)
		return false;
	target[size] = '\0';
	if ((size_t)snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= sizeof(joined))
		return false;
	memcpy(walk->rest, joined, sizeof(joined));
	ascend(walk);
	if (target[0] == '/')
		walk->here[0] = '\0';
	return true;
}

/* One component of the rest. False: the way ends here. */
static bool step(struct walk *walk, struct script_owner owner, bool *open)
{
	const char *name = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(name, "/");
	struct stat status;

	if (length == 2 && strncmp(name, "..", length) == 0) {
		ascend(walk);
	} else if (length != 1 || *name != '.') {
		if (length == 0 || !descend(walk, name, length) || lstat(walk->here, &status) < 0)
			return false;
		*open = is_open(&status, owner);
		if (*open)
			return false;
		if (S_ISLNK(status.st_mode))
			return follow(walk, name + length);
	}
	memmove(walk->rest, name + length, strlen(name + length) + 1);
	return true;
}

bool script_path_is_open(const char *path, struct script_owner owner, char component[PATH_MAX])
{
	struct walk walk = {.links = 0};
	bool open = false;

	if ((size_t)snprintf(walk.rest, sizeof(walk.rest), "%s", path) >= sizeof(walk.rest))
		return false;
	while (step(&walk, owner, &open))
		;
	if (open)
		memcpy(component, walk.here, sizeof(walk.here));
	return open;
}
