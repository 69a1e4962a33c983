#ifndef VRRP_RIVALS_H
#define VRRP_RIVALS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/base/address.h"
#include "core/base/loop.h"
#include "vrrp/net/addresses.h"
#include "vrrp/net/interface.h"

#define RIVALS_FILTER_MAX 2048 /* instructions */

/* What one frame says: this hardware address has that address. */
struct rival_claim {
	struct address address;
	uint8_t mac[6];
};

struct rivals;

/* An address that we don't have, and that others are asked for (inquiry.c). It is the asker's, who
 * fills in all but the last two. */
struct rival_question {
	struct interface *interface; /* where they are */
	struct address address;
	/* Somebody has it. */
	void (*answered)(struct rival_question *question, const uint8_t mac[6]);
	void *asker;
	bool open; /* heard for */
	LIST_ENTRY(rival_question) entry;
};

/* Somebody else claims an address that we want and have. */
typedef void rival_heard_fn(struct virtual_address *address, const uint8_t mac[6], void *data);

/* rivals.c */
struct rivals *rivals_create(struct loop *loop, struct interfaces *interfaces,
			     struct addresses *addresses, rival_heard_fn *heard, void *data);
void rivals_destroy(struct rivals *rivals);
/* Which addresses are wanted, or where, has changed: what is listened for follows shortly. */
void rivals_changed(struct rivals *rivals);
/* Answers are heard when the timers that are due now have run, until the question is closed. */
void rivals_open(struct rivals *rivals, struct rival_question *question);
void rivals_close(struct rival_question *question);

/* rivals_frame.c */

/* False: the frame (from its Ethernet header on) claims nothing. An ARP request or reply claims its
 * sender's address, a neighbour advertisement its target (RFC 4861 4.4), and so does a solicitation
 * of duplicate detection (RFC 4862 5.4). */
bool rivals_parse(const uint8_t *frame, size_t size, struct rival_claim *claim);
/* The 32 bits of an address that the kernel's filter looks at. */
uint32_t rivals_key(const struct address *address);
/* A classic BPF program that lets pass claims of this family with one of these keys, and, where
 * these lie in too many places, with some between them. Sorts the keys. Returns its length. */
unsigned rivals_filter(uint16_t family, uint32_t *keys, size_t n_keys, struct sock_filter *program);

#endif
