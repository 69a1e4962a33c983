#ifndef VRRP_SHARED_H
#define VRRP_SHARED_H

#include "conf/table/conf.h"
#include "core/base/loop.h"
#include "core/process/role.h"
#include "vrrp/conflict.h"
#include "vrrp/instance_address.h"
#include "vrrp/net/interface.h"
#include "vrrp/net/slots.h"
#include "vrrp/wire/announce.h"
#include "vrrp/wire/socket.h"

struct notifications;
struct requests;
struct unit;

/* What all instances of the role share; vrrp_role.c makes it. */
struct shared {
	struct role *role;
	struct loop *loop;
	struct sockets *sockets;
	struct interfaces *interfaces;
	struct instance_addresses *addresses;
	struct announcer *announcer;
	struct conflicts *conflicts;
	struct notifications *notifications;
	struct requests *requests;
	struct slots *slots;   /* NULL = none as yet */
	bool leaves;	       /* the role stops, and what there is stays */
	struct status *status; /* where address records are; set before instances are configured */
	uint64_t generation;   /* of the configuration in force */
	uint64_t last_fence;   /* number of the last request to run a fence_script */
	struct timer stop;     /* looks whether all have stopped */
	void (*stopped)(struct shared *shared); /* some unit has */
	void (*ring)(struct shared *shared);	/* net is to look at the slots */
};

#endif
