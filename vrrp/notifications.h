#ifndef VRRP_NOTIFICATIONS_H
#define VRRP_NOTIFICATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "core/process/role.h"
#include "vrrp/unit.h"

/* What instances and sync groups have to tell the other roles when they change their own. */
struct notifications;

/* notifications.c */
struct notifications *notifications_create(struct role *role);
void notifications_destroy(struct notifications *notifications);
/* A last try with the numbers of the configuration that ends; what fails is dropped. */
void notifications_reload_begin(struct notifications *notifications);
/* The instances (borrowed) and groups of a configuration, in its order. */
void notifications_reload(struct notifications *notifications, uint64_t generation,
			  struct instance *const *instances, size_t n_instances, size_t n_groups);
/* The link to the ipvs role, which now is told everyone's state; NULL = there is none. */
void notifications_set_ipvs(struct notifications *notifications, struct link *ipvs);
void notifications_instance(struct notifications *notifications, const struct instance *instance);
void notifications_group(struct notifications *notifications, const struct unit *unit);

#endif
