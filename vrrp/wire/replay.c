/*
 * The guard against signed adverts that are sent again.  A number must be near the time, and after
 * the last one that was accepted of the same sender.
 *
 * Clocks step: our own or a peer's, by hand, by NTP, after a resume.  A guard that asks the wall
 * clock alone is deaf from then on, and what it sends is refused everywhere; two routers would be
 * Active until somebody notices.  So there are two references:
 *
 * - the wall clock as it is, and
 * - the time that was agreed: the wall clock's offset to the monotonic one when an advert of a peer
 *   was last found to be near it.  Until then, that of the start.
 *
 * What is near either of them is new enough.  Adverts are numbered by the agreed time where the
 * wall clock has stepped away from it, else by the wall clock.  So a step of our clock changes
 * nothing between routers that agreed before; a machine that comes up with a wrong clock is heard
 * as soon as that is set; and routers whose clocks have all been stepped follow the first one that
 * proves the new time.  A replayed advert gains at most that it may come from the window around a
 * time that our clock has shown, and it must still be after the sender's last one.
 *
 * What was sent last, the agreed time and the last number of each sender are in the status memory:
 * a restarted role goes on where the dead one was.  A restarted daemon goes on by the clock, which
 * is ahead of what was sent before.  A sender's last number is only believed while it is within the
 * window itself: further in the future it is of another reckoning.
 *
 * Of more senders than HMAC_SENDERS the one not heard for the longest time is forgotten.  With the
 * clock that is harmless after the window; without it (anti_replay monotonic) an old advert of such
 * a sender would be accepted once.
 *
 * This is the one place where both clocks meet; it compares, and sets no timer.
 */
#include "vrrp/wire/replay.h"

#include <string.h>

#define UNITS_PER_SECOND 65536 /* a number's upper 48 bits count these */
#define COUNTER_BITS	 16
/* Below this a difference between wall clock and agreed time is no step; leap seconds are less. */
#define STEP_MIN (2 * USEC_PER_SEC)

static uint64_t number_of(int64_t wall_us)
{
	uint64_t seconds = (uint64_t)(wall_us / USEC_PER_SEC) & UINT32_MAX;
	uint64_t fraction = (uint64_t)(wall_us % USEC_PER_SEC) * UNITS_PER_SECOND / USEC_PER_SEC;

	return seconds << 32 | fraction << COUNTER_BITS;
}

/* RFC 1982, for 64 bits. */
static int64_t distance(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b);
}

/* µs between two numbers' times. */
static int64_t time_between(uint64_t later, uint64_t earlier)
{
	int64_t units = distance(later, earlier) >> COUNTER_BITS;

	return units / UNITS_PER_SECOND * USEC_PER_SEC +
	       units % UNITS_PER_SECOND * USEC_PER_SEC / UNITS_PER_SECOND;
}

int64_t replay_ahead(uint64_t sequence, struct wall wall)
{
	return time_between(sequence, number_of(wall.us));
}

static int64_t offset_of(struct replay_now now)
{
	return now.wall.us - now.mono.us;
}

static int64_t agreed_time(const struct replay *replay, struct replay_now now)
{
	return now.mono.us + replay->journal.offset;
}

static bool is_near(const struct replay *replay, uint64_t sequence, uint64_t reference)
{
	int64_t between = time_between(sequence, reference);

	return between <= replay->window && between >= -replay->window;
}

void replay_start(struct replay *replay, const struct hmac_journal *journal, struct replay_now now)
{
	replay->journal = *journal;
	if (replay->journal.sent == 0 && !replay->journal.agreed)
		replay->journal.offset = offset_of(now);
}

void replay_configure(struct replay *replay, bool monotonic, int64_t window)
{
	replay->monotonic = monotonic;
	replay->window = window;
}

uint64_t replay_next(struct replay *replay, struct replay_now now)
{
	int64_t agreed = agreed_time(replay, now), step = now.wall.us - agreed;
	bool stepped = replay->journal.agreed && (step > STEP_MIN || step < -STEP_MIN);
	uint64_t number = number_of(stepped ? agreed : now.wall.us);
	uint64_t last = replay->journal.sent;

	/* Numbers go back only where nobody can have accepted the last one. */
	if (last != 0 && distance(number, last) <= 0 &&
	    (replay->monotonic || is_near(replay, last, number)))
		number = last + 1;
	replay->journal.sent = number;
	return number;
}

enum packet_refusal replay_accept(struct replay *replay, const struct address *sender,
				  uint64_t sequence, struct replay_now now)
{
	struct hmac_sender *known = NULL, *oldest = &replay->journal.senders[0];
	uint64_t by_wall = number_of(now.wall.us);
	uint64_t by_agreement = number_of(agreed_time(replay, now));
	bool near_wall = is_near(replay, sequence, by_wall);

	for (unsigned i = 0; i < HMAC_SENDERS; i++) {
		struct hmac_sender *s = &replay->journal.senders[i];

		if (!known && address_compare(&s->address, sender) == 0)
			known = s;
		if (s->heard < oldest->heard)
			oldest = s;
	}
	if (!replay->monotonic && !near_wall && !is_near(replay, sequence, by_agreement))
		return PACKET_HMAC_STALE;
	if (known && distance(sequence, known->sequence) <= 0 &&
	    (replay->monotonic ||
	     time_between(known->sequence, near_wall ? by_wall : by_agreement) <= replay->window))
		return PACKET_HMAC_REPLAY;
	/* A free place, else the one of the sender that was not heard for the longest time. */
	if (!known) {
		known = oldest;
		known->address = *sender;
	}
	known->sequence = sequence;
	known->heard = now.mono.us;
	if (near_wall)
		replay->journal.offset = offset_of(now);
	replay->journal.agreed = true;
	return PACKET_ACCEPTED;
}
