#ifndef VRRP_UNITS_H
#define VRRP_UNITS_H

#include <stddef.h>

#include "conf/table/conf.h"
#include "vrrp/unit.h"

/* units.c: who is elected with whom, by a configuration whose instances these are, in its order.
 * Units keep their role where their members stay together; `released` is told of a unit that loses
 * a member, before it does.  unit_regroup() is wanted for those that are `changed`. */
void units_assign(struct instance_shared *shared, const struct conf *conf,
		  struct instance *const *instances,
		  void (*released)(struct unit *unit, void *data), void *data);
/* Takes the instance out of its unit, which goes with its last member. */
void units_leave(struct instance *instance);

#endif
