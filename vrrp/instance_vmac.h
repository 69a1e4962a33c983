#ifndef VRRP_INSTANCE_VMAC_H
#define VRRP_INSTANCE_VMAC_H

#include "vrrp/wire/socket.h"

struct instance;

/* instance_vmac.c; without use_vmac nothing happens */

/* As the configuration in force has it. */
void instance_vmac_configure(struct instance *instance);
/* Its interface, or the one below, is not what it was. */
void instance_vmac_follow(struct instance *instance);
/* The instance is Active, or about to be; it is not any more. */
void instance_vmac_raise(struct instance *instance);
void instance_vmac_lower(struct instance *instance);
/*
 * The kernel makes IPv6 addresses usable by a worker of its own, which waits for the same lock as
 * whoever sets links up and down; until then packets for them are dropped. Waits for that, a few
 * milliseconds at most, before switches send the packets here.
 */
void instance_vmac_await(const struct instance *instance);
/* It listens: lowers one that has lost its addresses, on which nobody is heard. */
void instance_vmac_lower_unused(struct instance *instance);
/* The socket that adverts go out by; NULL while there is none. */
struct socket *instance_outlet(const struct instance *instance);
/* `remove`: the interface goes, too. */
void instance_vmac_end(struct instance *instance, bool remove);

#endif
