#ifndef CORE_SCRIPT_CHILD_H
#define CORE_SCRIPT_CHILD_H

#include <stdbool.h>

/* What the child says through its pipe before the script takes its place. */
enum script_stage { SCRIPT_SHELL, SCRIPT_USER, SCRIPT_GROUP, SCRIPT_IDS, SCRIPT_OPEN, SCRIPT_EXEC };
struct script_report {
	int stage;	/* enum script_stage; all but SCRIPT_SHELL: the script did not run */
	int error;	/* errno; 0: none */
	char path[256]; /* SCRIPT_OPEN: the start of what others can change */
};

/* Whom the child is to become. */
struct script_identity {
	const char *user;  /* NULL: the default */
	const char *group; /* NULL: the user's */
	bool guarded;	   /* as root only if nobody else can change it */
};

/* script_child.c */

/* After fork(): makes this process the script. */
void script_child_become(char *const argv[], const struct script_identity *identity, int report_fd)
	__attribute__((noreturn));
/* The users that scripts run as where none is configured: the first that exists. NULL at the end.
 */
extern const char *const script_default_users[];

#endif
