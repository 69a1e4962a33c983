#ifndef VRRP_CONFLICT_H
#define VRRP_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/base/address.h"
#include "core/base/loop.h"
#include "vrrp/instance_address.h"
#include "vrrp/net/interface.h"

struct conflicts;

/* An address that we don't have, and that others are asked for (address_probe.c). It is the
 * asker's, who fills in all but the last two. */
struct address_probe {
	struct interface *interface; /* where they are */
	struct address address;
	/* Somebody has it. */
	void (*answered)(struct address_probe *probe, const uint8_t mac[6]);
	void *asker;
	bool open; /* heard for */
	LIST_ENTRY(address_probe) entry;
};

/* conflict.c */
struct conflicts *conflicts_create(struct loop *loop, struct interfaces *interfaces,
				   struct instance_addresses *addresses);
void conflicts_destroy(struct conflicts *conflicts);
/* Which addresses are wanted, or where, has changed: what is listened for follows shortly. */
void conflicts_changed(struct conflicts *conflicts);
/* Answers are heard when the timers that are due now have run, until the probe is closed. */
void conflicts_probe(struct conflicts *conflicts, struct address_probe *probe);
void conflicts_probe_end(struct address_probe *probe);

#endif
