#ifndef CORE_SCRIPT_CHILD_H
#define CORE_SCRIPT_CHILD_H

/* What the child says through its pipe before the script takes its place. */
enum script_stage { SCRIPT_SHELL, SCRIPT_USER, SCRIPT_GROUP, SCRIPT_IDS, SCRIPT_EXEC };
struct script_report {
	int stage; /* enum script_stage; all but SCRIPT_SHELL: the script did not run */
	int error; /* errno; 0: none */
};

/* script_child.c */

/* After fork(): makes this process the script. `user` and `group` NULL: the default. */
void script_child_become(char *const argv[], const char *user, const char *group, int report_fd)
	__attribute__((noreturn));

#endif
