#ifndef VRRP_REPLAY_H
#define VRRP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/address.h"
#include "core/base/mono.h"
#include "vrrp/wire/packet.h"

/* The last signed advert that was accepted of a sender. */
struct hmac_sender {
	struct address address;
	uint64_t sequence;
	uint64_t highest; /* that was ever accepted of it */
	int64_t heard;	  /* µs monotonic; 0 = the place is free */
};
#define HMAC_SENDERS 16

/* What the guard against replayed adverts knows (vrrp/wire/replay.h). */
struct hmac_journal {
	uint64_t sent;	   /* the last sequence number of our own adverts; 0 = none */
	int64_t offset;	   /* µs, wall clock minus monotonic clock, as agreed with peers */
	int64_t ahead;	   /* µs that the last accepted one's clock was ahead of ours */
	uint8_t agreed;	   /* 1: offset is a peer's too, not only our own at the start */
	uint8_t heard_key; /* of the last accepted one; 0 = none */
	uint8_t disputed;  /* 1: since then, a signed one was far from our time */
	uint8_t pad[5];
	struct hmac_sender senders[HMAC_SENDERS];
};

/*
 * Sequence numbers of signed adverts: 32 bits of UTC seconds, 16 of their fraction, 16 of a
 * counter; compared as RFC 1982 says.
 */

/* Both clocks at one moment. */
struct replay_now {
	struct mono mono;
	struct wall wall;
};

/* The guard of an instance; all it knows is in `journal`, which survives its process. */
struct replay {
	bool monotonic; /* no look at the clock */
	int64_t window; /* µs that clocks may differ; 1 s to 300 s */
	struct hmac_journal journal;
};

/* replay.c: pure. */

/* `journal` is a predecessor's, or all zero. */
void replay_start(struct replay *replay, const struct hmac_journal *journal, struct replay_now now);
void replay_configure(struct replay *replay, bool monotonic, int64_t window);
/* The number for the next advert; each is greater than those that peers may have accepted. */
uint64_t replay_next(struct replay *replay, struct replay_now now);
/* Whether an advert that is signed rightly is also new: PACKET_ACCEPTED, after which it no longer
 * is, PACKET_HMAC_STALE or PACKET_HMAC_REPLAY. */
enum packet_refusal replay_accept(struct replay *replay, const struct address *sender,
				  uint64_t sequence, struct replay_now now);
/* How far a number's time is behind what the sender's clock would show if it had not been set since
 * its last accepted one; µs, 0 = not, or it is not known. */
int64_t replay_set_back(const struct replay *replay, const struct address *sender,
			uint64_t sequence, struct replay_now now);
/* How far a number's time is ahead of `wall`; µs, negative when behind. */
int64_t replay_ahead(uint64_t sequence, struct wall wall);

#endif
