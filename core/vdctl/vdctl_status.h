#ifndef CORE_VDCTL_STATUS_H
#define CORE_VDCTL_STATUS_H

#include <stdbool.h>

struct json_object;

/* vdctl_status.c */

/* A member by its path, down any number of objects: "weight.kernel". NULL: not there. */
struct json_object *vdctl_member(struct json_object *object, const char *path);
/* `vdctl status` for people, from the object that doc/status.schema.json describes.
 * Members that are missing are shown as "-": the daemon may be of another version. */
void vdctl_status_print(struct json_object *status, bool colour);

#endif
