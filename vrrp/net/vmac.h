#ifndef VRRP_VMAC_H
#define VRRP_VMAC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "vrrp/net/interface.h"

struct vmacs; /* all of the role, with what they share */
struct vmac;  /* the interface that carries one virtual router's hardware address */

struct vmac_config {
	struct interface *base;	     /* on which it is */
	struct interface *interface; /* what it is called */
	uint8_t mac[6];
	uint16_t family; /* of the adverts */
	bool ipv6;	 /* has IPv6 addresses */
};

/* ARP settings of a base as they were before us; -1 = not known. */
struct vmac_saved {
	int32_t arp_ignore, arp_announce;
};

/* An interface of that name was made: neither addresses nor routes are to come to it by router
 * advertisements; without `ipv6`, no IPv6 at all. */
typedef void vmac_quiet_fn(const char *name, bool ipv6, void *data);

/* vmac.c */
struct vmacs *vmacs_create(struct loop *loop, struct interfaces *interfaces, vmac_quiet_fn *quiet,
			   void *data);
void vmacs_destroy(struct vmacs *vmacs);
/* Nothing is done before vmac_follow(). `saved`: what a predecessor has noted of the base. */
struct vmac *vmac_create(struct vmacs *vmacs, const struct vmac_config *config,
			 const struct vmac_saved *saved);
/* `remove`: takes the interface away, too, and puts the base back as it was. */
void vmac_destroy(struct vmac *vmac, bool remove);
/* It is not configured any more, but its addresses are on their way to another interface: the same
 * as vmac_destroy(true), a moment later. */
void vmac_leave(struct vmac *vmac);
bool vmac_is(const struct vmac *vmac, const struct vmac_config *config);
const struct vmac_config *vmac_config(const struct vmac *vmac);
/* Makes of the interface what it should be, as far as it is not: after any change of it or of its
 * base. */
void vmac_follow(struct vmac *vmac);
/* From here on it is up, or down, and done at once. Before the first call it stays as it is. */
void vmac_raise(struct vmac *vmac);
void vmac_lower(struct vmac *vmac);
/* It is up: frames can go out. */
bool vmac_is_raised(const struct vmac *vmac);
/* Why it cannot be used, or NULL. */
const char *vmac_fault(const struct vmac *vmac);
struct vmac_saved vmac_saved(const struct vmac *vmac);

#endif
