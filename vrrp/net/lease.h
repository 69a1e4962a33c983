#ifndef VRRP_LEASE_H
#define VRRP_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "vrrp/net/rtnetlink.h"

struct virtual_address;
struct leases;

/* Appends the message that gives the kernel this address with a lifetime of `seconds`. */
typedef void lease_put_fn(struct rtnetlink_batch *batch, struct virtual_address *address,
			  uint32_t seconds);
/* May it be renewed now? Else it is not leased any more. */
typedef bool lease_may_fn(const struct virtual_address *address, void *data);
/* The lease has run out unrenewed: whether the address may come back is not decided here. */
typedef void lease_lapsed_fn(struct virtual_address *address, void *data);

/* lease.c */
struct leases *leases_create(struct loop *loop, lease_put_fn *put, lease_may_fn *may,
			     lease_lapsed_fn *lapsed, void *data);
void leases_destroy(struct leases *leases);
/* The lifetime that the address is to get now: what is configured, or more where there are so many
 * that renewing them would cost too much; ADDRESS_FOREVER without a lease. */
uint32_t leases_seconds(const struct leases *leases, const struct virtual_address *address);
/* The kernel was given the address for `seconds` just now: from here on it is renewed. */
void leases_begin(struct leases *leases, struct virtual_address *address, uint32_t seconds);
/* It is not renewed any more. */
void leases_end(struct leases *leases, struct virtual_address *address);
/* True: nobody has renewed it in time, the kernel has removed it or is about to. */
bool leases_lapsed(const struct virtual_address *address);
/* The netlink port that renewals come from; who listens need not hear of them. */
uint32_t leases_port(const struct leases *leases);

#endif
