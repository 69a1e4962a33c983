#ifndef VRRP_INSTANCE_VMAC_H
#define VRRP_INSTANCE_VMAC_H

#include "core/process/message.h"
#include "vrrp/net/interface.h"
#include "vrrp/wire/socket.h"

struct instance;

/* The interface with an instance's virtual MAC address, which net makes and sets up. */
struct instance_vmac {
	struct interface *interface;
	uint8_t mac[6];
	struct socket *socket;
	char fault[sizeof(((struct message_vmac *)0)->text)]; /* why net cannot make it, or empty */
	struct timer wait; /* set while the first advert of a new Active router waits for it */
};

/* instance_vmac.c; without use_vmac nothing happens */

/* As the configuration in force has it. */
void instance_vmac_configure(struct instance *instance);
/* Its interface, or the one below, is not what it was. */
void instance_vmac_follow(struct instance *instance);
/* Net says of this interface whether it can be made. */
void instance_vmac_told(struct instance *instance, const struct message_vmac *message);
/* It is there, as it should be, and up. */
bool instance_vmac_is_raised(const struct instance *instance);
/* Why it cannot be used, or NULL. */
const char *instance_vmac_fault(const struct instance *instance);
/*
 * The instance becomes Active.  True: its first advert is left to instance_vmac_arrived(), for a
 * few milliseconds at most, until the interface is up and has its addresses: from the first frame
 * on switches send hosts' packets here.
 */
bool instance_vmac_defers(struct instance *instance);
/* Addresses have come, or the interface is up. */
void instance_vmac_arrived(struct instance *instance);
/* The socket that adverts go out by; NULL while there is none. */
struct socket *instance_outlet(const struct instance *instance);
void instance_vmac_end(struct instance *instance);

#endif
