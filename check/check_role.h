#ifndef CHECK_CHECK_ROLE_H
#define CHECK_CHECK_ROLE_H

#include "core/process/role.h"

/*
 * A check worker: probes its share of the configuration's targets and tells the ipvs role what
 * became of them.  Its share is target_worker(target, check_workers) == role->index, so main must
 * have replaced a check_workers of 0 by the number it starts; 0 is taken for 1.
 */
extern const struct role_vtable check_role; /* check_role.c */

#endif
