#ifndef VRRP_ANNOUNCE_H
#define VRRP_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "conf/table/conf.h"
#include "core/base/loop.h"
#include "vrrp/wire/neighbour.h"

struct announcer;

/* An address to announce; embedded in its owner, who fills in the first three. */
struct announcement {
	void *owner;
	struct address address;
	const char *interface; /* its name; the same pointer for the same interface */
	uint32_t rounds;       /* still to be sent */
	struct announce_lane *lane;
	TAILQ_ENTRY(announcement) entry;
};

/* Fills in where an announcement goes out. False: the address is not there, it loses its turn. */
typedef bool announce_sender_fn(const struct announcement *announcement,
				struct neighbour_sender *sender);
/* One was sent; for counting. */
typedef void announce_sent_fn(const struct announcement *announcement);

/* announce.c */

/* Opens the packet socket; failure is fatal(). */
struct announcer *announcer_create(struct loop *loop, announce_sender_fn *sender,
				   announce_sent_fn *sent);
/* From now on at the pace that this configuration asks for; it stays valid until the next. */
void announcer_configure(struct announcer *announcer, const struct conf *conf);
void announcer_destroy(struct announcer *announcer);
/* At least `rounds` announcements of this address are still to come. */
void announce_add(struct announcer *announcer, struct announcement *announcement, uint32_t rounds);
/* None are. */
void announce_cancel(struct announcement *announcement);
/* Asks by that interface, once, who has this address. `source` is of IPv6, and ours. */
void announce_probe(struct announcer *announcer, const struct neighbour_sender *sender,
		    const struct address *source, const struct address *address);
/* Sends what this turn may: call after a burst was added, when its adverts are out. */
void announce_work(struct announcer *announcer);

#endif
