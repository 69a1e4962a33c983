#ifndef VRRP_FOREIGN_H
#define VRRP_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "vrrp/net/addresses.h"
#include "vrrp/net/interface.h"
#include "vrrp/vrrp_status.h"
#include "vrrp/wire/packet.h"

struct foreign; /* virtual routers that are heard and that no instance here is */

/* An advert with another VRID lists this address of the configuration. Returns its owner's name. */
typedef const char *foreign_wrong_vrid_fn(struct virtual_address *address,
					  const struct address *source, uint8_t vrid, void *data);

/* foreign.c */
struct foreign *foreign_create(struct loop *loop, struct addresses *addresses,
			       foreign_wrong_vrid_fn *wrong_vrid, void *data);
void foreign_destroy(struct foreign *foreign);
/* The status memory from now on, and whether each of them is worth a warning. */
void foreign_configure(struct foreign *foreign, struct status *status, bool warn);
/* An advert on that interface with a VRID that no instance has there; not checked at all yet. */
void foreign_heard(struct foreign *foreign, const struct interface *interface,
		   const struct packet_envelope *envelope, const uint8_t *payload, size_t size);

#endif
