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
 *   was last found to be near it, and no nearer to the time agreed before.  Until then, that of the
 *   start.
 *
 * What is near either of them is new enough.  So is what is near the time that its sender's clock
 * shows by its last accepted number, and what is ahead of all of these and of every number that was
 * accepted of this sender: its clock has been set forward, and nobody can have recorded that
 * before.  A number that goes back is refused, whatever its cause: only its sender can avoid it.
 *
 * Adverts are numbered by the agreed time where the wall clock has stepped away from it, else by
 * the wall clock.  A router that was never answered cannot know whether its time is agreed; it goes
 * on in it as long as no signed advert contradicts, and the time is not that of a clock that was
 * never set.  So a step of one clock changes nothing between routers of which one has heard the
 * other; a machine that comes up with a wrong clock is heard as soon as that is set and a peer has
 * spoken; and routers whose clocks have all been stepped follow the first one that proves the new
 * time.  A replayed advert gains at most that it may come from the window around a time that our
 * clock or its sender's has shown, and it must still be after the sender's last one.
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
/* What differs by less may have waited in a queue of ours, and contradicts nothing. */
#define DISPUTE (60 * USEC_PER_SEC)
/* A clock that shows less (the year 2024) was never set. */
#define PLAUSIBLE (INT64_C(1704067200) * USEC_PER_SEC)

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

static int64_t distance_in_time(uint64_t a, uint64_t b)
{
	int64_t between = time_between(a, b);

	return between < 0 ? -between : between;
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
	return distance_in_time(sequence, reference) <= replay->window;
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
	bool ours = replay->journal.sent != 0 && !replay->journal.disputed && agreed > PLAUSIBLE;
	bool stepped = (replay->journal.agreed || ours) && (step > STEP_MIN || step < -STEP_MIN);
	uint64_t number = number_of(stepped ? agreed : now.wall.us);
	uint64_t last = replay->journal.sent;

	/* Numbers go back only where nobody can have accepted the last one. */
	if (last != 0 && distance(number, last) <= 0 &&
	    (replay->monotonic || is_near(replay, last, number)))
		number = last + 1;
	replay->journal.sent = number;
	return number;
}

/* Its place; HMAC_SENDERS = it has none. */
static unsigned find_sender(const struct replay *replay, const struct address *sender)
{
	unsigned i = 0;

	while (i < HMAC_SENDERS &&
	       address_compare(&replay->journal.senders[i].address, sender) != 0)
		i++;
	return i;
}

/* What its clock shows now if nobody has set it since. */
static uint64_t sender_time(const struct hmac_sender *sender, struct replay_now now)
{
	uint64_t passed = number_of(now.mono.us > sender->heard ? now.mono.us - sender->heard : 0);

	return sender->sequence + passed;
}

int64_t replay_set_back(const struct replay *replay, const struct address *sender,
			uint64_t sequence, struct replay_now now)
{
	unsigned place = find_sender(replay, sender);
	int64_t back;

	if (place == HMAC_SENDERS)
		return 0;
	back = time_between(sender_time(&replay->journal.senders[place], now), sequence);
	return back > replay->window ? back : 0;
}

/* Also in its own sender's time; `known` NULL = none was accepted of it. */
static bool is_new_enough(const struct replay *replay, const struct hmac_sender *known,
			  uint64_t sequence, struct replay_now now)
{
	return is_near(replay, sequence, number_of(now.wall.us)) ||
	       is_near(replay, sequence, number_of(agreed_time(replay, now))) ||
	       (known && is_near(replay, sequence, sender_time(known, now))) ||
	       (known && distance(sequence, known->highest) > 0 &&
		time_between(sequence, sender_time(known, now)) > 0 &&
		replay_ahead(sequence, now.wall) > 0);
}

/* A free place, else the one of the sender that was not heard for the longest time. */
static struct hmac_sender *find_place(struct replay *replay)
{
	struct hmac_sender *oldest = &replay->journal.senders[0];

	for (unsigned i = 1; i < HMAC_SENDERS; i++)
		if (replay->journal.senders[i].heard < oldest->heard)
			oldest = &replay->journal.senders[i];
	return oldest;
}

enum packet_refusal replay_accept(struct replay *replay, const struct address *sender,
				  uint64_t sequence, struct replay_now now)
{
	unsigned place = find_sender(replay, sender);
	struct hmac_sender *known = place < HMAC_SENDERS ? &replay->journal.senders[place] : NULL;
	uint64_t by_wall = number_of(now.wall.us);
	uint64_t by_agreement = number_of(agreed_time(replay, now));
	bool near_wall = is_near(replay, sequence, by_wall);
	bool near_agreement = is_near(replay, sequence, by_agreement);

	if (!replay->monotonic && !is_new_enough(replay, known, sequence, now)) {
		if (distance_in_time(sequence, by_agreement) > DISPUTE)
			replay->journal.disputed = true;
		return PACKET_HMAC_STALE;
	}
	/* One of another reckoning, further in the future, is not believed. */
	if (known && distance(sequence, known->sequence) <= 0 &&
	    (replay->monotonic || (!near_wall && !near_agreement) ||
	     time_between(known->sequence, near_wall ? by_wall : by_agreement) <= replay->window))
		return PACKET_HMAC_REPLAY;
	if (!known) {
		known = find_place(replay);
		*known = (struct hmac_sender){.address = *sender, .highest = sequence};
	}
	known->sequence = sequence;
	if (distance(sequence, known->highest) > 0)
		known->highest = sequence;
	known->heard = now.mono.us;
	if (near_wall &&
	    distance_in_time(sequence, by_wall) <= distance_in_time(sequence, by_agreement))
		replay->journal.offset = offset_of(now);
	replay->journal.agreed |= near_wall || near_agreement;
	replay->journal.disputed = false;
	return PACKET_ACCEPTED;
}
