#ifndef CORE_VDCTL_STATUS_H
#define CORE_VDCTL_STATUS_H

#include <stdbool.h>

struct json_object;

/* vdctl_status.c: `vdctl status` for people, from the object that doc/status.schema.json describes.
 * Members that are missing are shown as "-": the daemon may be of another version. */
void vdctl_status_print(struct json_object *status, bool colour);

#endif
