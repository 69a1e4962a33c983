#ifndef VRRP_NET_ROLE_H
#define VRRP_NET_ROLE_H

#include "core/process/role.h"

/* net_role.c */
extern const struct role_vtable net_role;

#endif
