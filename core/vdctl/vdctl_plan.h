#ifndef CORE_VDCTL_PLAN_H
#define CORE_VDCTL_PLAN_H

#include <json.h>

/* What `vdctl plan` says by its exit status, beside those of all commands. */
#define EXIT_INVALID  2 /* the file is not valid */
#define EXIT_CHANGES  4 /* something would change; clients should not notice */
#define EXIT_DISTURBS 5 /* clients may notice */
#define EXIT_RESTART  6 /* a reload would refuse it: only a restart can change that */

/* vdctl_plan.c */

/* Reads a file as the daemon would that gave `version` for an answer, and prints what is wrong with
 * it. A descriptor of its canonical text, to be closed; -1: it is not valid. */
int vdctl_plan_read(const char *path, struct json_object *version);
/* The lines of a plan or of a reload's answer; what clients may notice is marked. */
void vdctl_plan_print(struct json_object *response);
/* How a plan ends: prints the last line and returns the exit status. */
int vdctl_plan_conclude(struct json_object *response);
int vdctl_plan_status(struct json_object *response);

#endif
