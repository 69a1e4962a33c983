#ifndef VRRP_ANNOUNCE_H
#define VRRP_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/table/conf.h"
#include "core/base/loop.h"
#include "vrrp/net/addresses.h"

#define ANNOUNCE_ARP_SIZE 42 /* bytes: Ethernet header and ARP for IPv4 */
#define ANNOUNCE_NA_SIZE  86 /* bytes: Ethernet, IPv6, neighbour message with one option */

struct announcer;

/* One was sent for this address; for counting. */
typedef void announce_sent_fn(struct virtual_address *address, void *data);

/* announce.c */

/* Opens the packet socket; failure is fatal(). */
struct announcer *announcer_create(struct loop *loop, announce_sent_fn *sent, void *data);
/* From now on at the pace that this configuration asks for; it stays valid until the next. */
void announcer_configure(struct announcer *announcer, const struct conf *conf);
void announcer_destroy(struct announcer *announcer);
/* At least `rounds` announcements of this address are still to come. */
void announce_add(struct announcer *announcer, struct virtual_address *address, uint32_t rounds);
/* None are. */
void announce_cancel(struct virtual_address *address);
/* Asks on that interface, once, who has this address. `source` is of IPv6, and ours. */
void announce_ask(struct announcer *announcer, const struct interface *interface,
		  const struct address *source, const struct address *address);
/* Sends what this turn may: call after a burst was added, when its adverts are out. */
void announce_work(struct announcer *announcer);
/* The gratuitous ARP request (RFC 9568 6.4.1, 7.3), as broadcast by the owner of `address`. */
void announce_arp_frame(const uint8_t mac[6], const struct address *address,
			uint8_t frame[ANNOUNCE_ARP_SIZE]);
/* The unsolicited neighbour advertisement (RFC 9568 6.4.1, RFC 4861 4.4) to all nodes, from the
 * address itself; `router`: say that we forward. */
void announce_na_frame(const uint8_t mac[6], const struct address *address, bool router,
		       uint8_t frame[ANNOUNCE_NA_SIZE]);
/* The ARP request that asks for an address without saying anything of ours (RFC 5227 2.1.1). */
void announce_probe_frame(const uint8_t mac[6], const struct address *address,
			  uint8_t frame[ANNOUNCE_ARP_SIZE]);
/* The solicitation of `address` (RFC 4861 4.3), from `source`. */
void announce_ns_frame(const uint8_t mac[6], const struct address *source,
		       const struct address *address, uint8_t frame[ANNOUNCE_NA_SIZE]);

#endif
