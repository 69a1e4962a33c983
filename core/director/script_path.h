#ifndef CORE_SCRIPT_PATH_H
#define CORE_SCRIPT_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who may change a script without that being a hole: root, and these. */
struct script_owner {
	uid_t user;
	gid_t group;
};

/* script_path.c */

/* Where a command lies: itself if it has a '/', else the first match in $PATH (or the usual
 * folders), made absolute neither way. False with errno: there is none that can be executed. */
bool script_path_find(const char *command, char path[PATH_MAX]);
/*
 * Follows an absolute path as the kernel does, through symbolic links, and looks for a component
 * that somebody else than root and `owner` could write to or replace.  Returns true and names it in
 * `component`; a sticky directory is none, since nobody can replace in it what is not his.  False:
 * there is none, or the path leads nowhere.
 */
bool script_path_is_open(const char *path, struct script_owner owner, char component[PATH_MAX]);

#endif
