#ifndef VRRP_VRRP_ROLE_H
#define VRRP_VRRP_ROLE_H

#include "core/process/role.h"

/* vrrp_role.c: elections, addresses, announcements. */
extern const struct role_vtable vrrp_role;

#endif
