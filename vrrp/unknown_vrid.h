#ifndef VRRP_UNKNOWN_VRID_H
#define VRRP_UNKNOWN_VRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "vrrp/instance_address.h"
#include "vrrp/net/interface.h"
#include "vrrp/vrrp_status.h"
#include "vrrp/wire/packet.h"

struct unknown_vrids; /* virtual routers that are heard and that no instance here is */

/* An advert with another VRID lists this address of the configuration. Returns its owner's name. */
typedef const char *unknown_vrids_wrong_fn(struct instance_address *address,
					   const struct address *source, uint8_t vrid, void *data);

/* unknown_vrid.c */
struct unknown_vrids *unknown_vrids_create(struct loop *loop, struct instance_addresses *addresses,
					   unknown_vrids_wrong_fn *wrong_vrid, void *data);
void unknown_vrids_destroy(struct unknown_vrids *unknown);
/* The status memory from now on, and whether each of them is worth a warning. */
void unknown_vrids_configure(struct unknown_vrids *unknown, struct status *status, bool warn);
/* An advert on that interface with a VRID that no instance has there; not checked at all yet. */
void unknown_vrids_heard(struct unknown_vrids *unknown, const struct interface *interface,
			 const struct packet_envelope *envelope, const uint8_t *payload,
			 size_t size);

#endif
