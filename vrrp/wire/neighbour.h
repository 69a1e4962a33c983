#ifndef VRRP_NEIGHBOUR_H
#define VRRP_NEIGHBOUR_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"

#define NEIGHBOUR_ARP_SIZE   42	  /* bytes: Ethernet header and ARP for IPv4 */
#define NEIGHBOUR_ND_SIZE    86	  /* bytes: Ethernet, IPv6, neighbour message with one option */
#define NEIGHBOUR_FILTER_MAX 2048 /* instructions */

/* The interface that a frame goes out by, as it is now. */
struct neighbour_sender {
	const char *interface;
	int index; /* the kernel's */
	uint8_t mac[6];
	bool router; /* forwards IPv6 */
};

/* What one frame says: this hardware address has that address. */
struct neighbour_claim {
	struct address address;
	uint8_t mac[6];
};

/* neighbour.c: pure */

/* The frame that makes hosts learn whose `address` is, by its family: a gratuitous ARP request as
 * broadcast (RFC 9568 6.4.1, 7.3), or an unsolicited neighbour advertisement to all nodes from the
 * address itself (RFC 4861 4.4).  Returns its size. */
size_t neighbour_announcement(const struct neighbour_sender *from, const struct address *address,
			      uint8_t frame[NEIGHBOUR_ND_SIZE]);
/* The frame that asks who has `address`: an ARP request that says nothing of ours (RFC 5227 2.1.1),
 * or a solicitation (RFC 4861 4.3) from `source`, which is ours.  Returns its size. */
size_t neighbour_probe(const struct neighbour_sender *from, const struct address *source,
		       const struct address *address, uint8_t frame[NEIGHBOUR_ND_SIZE]);
/* False: the frame (from its Ethernet header on) claims nothing. An ARP request or reply claims its
 * sender's address, a neighbour advertisement its target (RFC 4861 4.4), and so does a solicitation
 * of duplicate detection (RFC 4862 5.4). */
bool neighbour_parse(const uint8_t *frame, size_t size, struct neighbour_claim *claim);
/* The 32 bits of an address that the kernel's filter looks at. */
uint32_t neighbour_key(const struct address *address);
/* A classic BPF program that lets pass claims of this family with one of these keys, and, where
 * these lie in too many places, with some between them. Sorts the keys. Returns its length. */
unsigned neighbour_filter(uint16_t family, uint32_t *keys, size_t n_keys,
			  struct sock_filter *program);

#endif
