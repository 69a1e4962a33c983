#ifndef IPVS_ROLE_H
#define IPVS_ROLE_H

#include "core/process/role.h"

/* ipvs_role.c: the worker that keeps the kernel's IPVS table. */
extern const struct role_vtable ipvs_role;

#endif
