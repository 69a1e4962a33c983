/*
 * The election as a table of state by event: RFC 9568 section 6.4 (and RFC 3768's for version 2),
 * with the states that a planned hand-over, a late wake-up and a fault need beside the standard's
 * three.  The event's class is the column (engine.c); every cell is filled: what is ignored says
 * so.  Beside each is the standard's section.
 *
 * Before the table are its rows: what a unit does in one state at one kind of event.  A row may
 * rely on what its column says: `s->member` is there for adverts, configurations and a member's
 * timer, and is NULL for the unit's own timer and the operator's orders.
 *
 * Where members of one unit are of different rank, each of two Active units may be outranked by the
 * other on some link, and both would yield.  So one member decides, the first one, and the same on
 * all routers: whoever is outranked there yields at once, and whoever is outranked elsewhere first
 * makes itself heard there, and yields only to a peer that goes on.
 */
#include "vrrp/engine/engine_private.h"

#define TAKEOVER_CONTEST  USEC_PER_SEC	      /* beyond three exchanges, for peers to step down */
#define TAKEOVER_BOUND	  (10 * USEC_PER_SEC) /* within which an operator has an answer */
#define CONTEST_INTERVALS 4		      /* after which it is over, whatever came of it */
#define BEST_LONGEST	  (3 * USEC_PER_SEC) /* so long a forged advert of high rank hides others */

static void row_ignore(struct step *s)
{
	(void)s;
}

static void row_take_config(struct step *s)
{
	s->member->config = *s->event->config;
}

static void row_note_standby(struct step *s)
{
	s->engine->standby = true;
	s->engine->takeover = false;
	engine_done(s, OUTCOME_NOT_ACTIVE);
}

/* ---- Initialize ---- */

static void row_init_startup(struct step *s)
{
	struct engine *engine = s->engine;

	engine->holds = true; /* a predecessor may have left addresses: unknown until seen */
	engine->hold_until = s->event->hold;
	FOR_EACH_MEMBER(m, engine) {
		m->holds = true;
		engine_emit(s, m, ACTION_KEEP_ADDRESSES);
	}
	engine_begin(s);
}

static void row_stop_at_once(struct step *s)
{
	engine_release(s);
	engine_enter(s, ENGINE_INIT, -1);
	FOR_EACH_MEMBER(m, s->engine)
		m->due = (struct mono){0};
	s->actions.bits |= ACTION_STOPPED;
}

static void row_refuse_not_started(struct step *s)
{
	engine_done(s, OUTCOME_STOPPING);
}

/* ---- Backup ---- */

/* Addresses that linger do so to their end: a stop right after a hand-over makes no hole in it. */
static void row_backup_shutdown(struct step *s)
{
	if (s->engine->release_due.us == 0) {
		row_stop_at_once(s);
		return;
	}
	s->engine->stopping = true;
	engine_enter(s, ENGINE_INIT, -1);
	FOR_EACH_MEMBER(m, s->engine)
		m->due = (struct mono){0};
}

/* A lesser router speaks up while that which is followed is heard. */
static bool is_lesser(const struct step *s)
{
	const struct engine_peer *best = &s->member->best, *peer = &s->member->peer;
	int64_t patience = best->interval + best->interval / 2;
	int order = address_compare(&peer->address, &best->address);

	if (patience > BEST_LONGEST)
		patience = BEST_LONGEST;
	if (best->heard.us == 0 || mono_diff(s->now, best->heard) >= patience || order == 0)
		return false;
	return peer->priority != best->priority ? peer->priority < best->priority : order < 0;
}

/* Of the Active router that is heard; version 2 does not tell it. */
static void adopt_interval(struct step *s)
{
	if (s->member->config.version != 2)
		s->member->active_interval = s->event->interval;
}

/* The Active_Down_Timer starts anew.  A router that became Active by mistake, and gives way when
 * it is answered, shortens nobody's: several with a shorter interval than the rightful one's would
 * have each other become Active for ever. */
static void follow_active(struct step *s)
{
	struct engine_member *member = s->member;

	if (is_lesser(s))
		return;
	adopt_interval(s);
	engine_rearm(s, member, engine_down_interval(member, s->now));
	member->best = member->peer;
}

/* A peer serves: after being Active ours linger, else they have no business here at all. */
static void peer_serves(struct step *s)
{
	if (s->engine->release_due.us == 0)
		engine_release(s);
}

/* 6.4.2 */
static void row_backup_zero(struct step *s)
{
	if (is_lesser(s))
		return;
	adopt_interval(s);
	engine_rearm(s, s->member, engine_member_skew(s->member, s->now));
	s->member->best = (struct engine_peer){0};
}

static void row_backup_accept(struct step *s)
{
	s->member->preempt_until = (struct mono){0};
	follow_active(s);
	peer_serves(s);
}

/* A peer of lower priority is left in place, now. */
static bool is_spared(struct step *s)
{
	struct engine_member *member = s->member;

	if (member->config.preempt_delay > 0 && member->preempt_until.us == 0)
		member->preempt_until = mono_add(s->now, member->config.preempt_delay);
	return member->config.nopreempt || mono_before(s->now, member->preempt_until);
}

/* 6.4.2, with preempt_delay: until it has passed, Preempt_Mode counts as false. */
static void row_backup_lower(struct step *s)
{
	if (is_spared(s))
		follow_active(s);
	peer_serves(s);
}

/* 6.4.2; the unit's own timer is the end of its startup delay. */
static void row_backup_timer(struct step *s)
{
	if (!s->member) {
		s->engine->hold_until = (struct mono){0};
	} else {
		s->member->expired = true;
		s->member->due = (struct mono){0};
	}
	engine_try_active(s);
}

/* Somebody may have been heard since it was asked for. */
static void row_backup_permit(struct step *s)
{
	if (s->engine->asked && engine_all_expired(s->engine))
		engine_become_active(s);
}

static void row_listen_on(struct step *s)
{
	engine_rearm(s, s->member, engine_listen_interval(s->member, s->now));
}

/* Moves the running Active_Down_Timer by what its length has changed. */
static void shift_down_timer(struct step *s, struct engine_member *member, int64_t by)
{
	if (member->due.us == 0)
		return;
	member->due = mono_add(member->due, by);
	if (mono_before(member->due, s->now))
		member->due = s->now;
}

static void row_backup_configure(struct step *s)
{
	struct engine_member *member = s->member;
	int64_t before = engine_down_interval(member, s->now);

	row_take_config(s);
	if (member->config.version == 2 || member->peer.heard.us == 0)
		member->active_interval = member->config.advert_interval;
	shift_down_timer(s, member, engine_down_interval(member, s->now) - before);
}

/* Whoever was about to be preempted on some link is to be let be. */
static void row_backup_standby(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine) {
		int64_t before = engine_down_interval(m, s->now);
		int64_t skew =
			engine_skew(m->config.version, ENGINE_PRIORITY_STANDBY, m->active_interval);
		int64_t after = before - engine_member_skew(m, s->now) + skew;

		/* A peer that the member was about to preempt: it advertises still. */
		if (m->expired && m->peer.priority > 0 && m->peer.heard.us != 0 &&
		    mono_diff(s->now, m->peer.heard) <= 2 * m->peer.interval)
			engine_rearm(s, m, after - mono_diff(s->now, m->peer.heard));
		else
			shift_down_timer(s, m, after - before);
	}
	row_note_standby(s);
}

static bool beats_peers(const struct engine *engine)
{
	FOR_EACH_MEMBER(m, engine) {
		if (m->config.priority < m->peer.priority)
			return false;
		if (m->config.priority == m->peer.priority && engine_compare_peer(m, &m->peer) >= 0)
			return false;
	}
	return true;
}

/* The role is held once peers have answered or stepped down. */
static void await_exchange(struct step *s)
{
	struct engine *engine = s->engine;
	int64_t longest = 0, bound;

	FOR_EACH_MEMBER(m, engine)
		if (engine_exchange_interval(m) > longest)
			longest = engine_exchange_interval(m);
	bound = 3 * longest + TAKEOVER_CONTEST;
	engine->held_due = mono_add(s->now, longest);
	engine->taken_due = mono_add(s->now, bound < TAKEOVER_BOUND ? bound : TAKEOVER_BOUND);
}

static void row_take_over(struct step *s)
{
	struct engine *engine = s->engine;

	engine->standby = false;
	engine->takeover |= !beats_peers(engine);
	await_exchange(s); /* first: the adverts carry what follows from it */
	engine_become_active(s);
}

/* From when on the member has an answer: later than now where a peer was heard a moment ago. */
static struct mono answered_at(const struct engine_member *member, struct mono now)
{
	if (member->listening)
		return mono_add(now, engine_exchange_interval(member));
	if (member->peer.priority == 0 || member->peer.heard.us == 0)
		return now;
	return mono_add(member->peer.heard, engine_exchange_interval(member));
}

static struct mono all_answered_at(const struct engine *engine, struct mono now)
{
	struct mono latest = now;

	FOR_EACH_MEMBER(m, engine) {
		struct mono at = answered_at(m, now);

		if (mono_before(latest, at))
			latest = at;
	}
	return latest;
}

void engine_judge_takeover(struct step *s)
{
	struct engine *engine = s->engine;
	struct mono at = all_answered_at(engine, s->now);
	bool held = !mono_before(s->now, at);

	if (!held && mono_before(s->now, engine->taken_due)) {
		engine->held_due = mono_before(at, engine->taken_due) ? at : engine->taken_due;
		return;
	}
	engine->held_due = (struct mono){0};
	engine->taken_due = s->now;
	engine_done(s, held ? OUTCOME_ACTIVE : OUTCOME_CONTESTED);
}

/* ---- Active ---- */

/* 6.4.3: Adver_Timer; from its deadline and not from now, so that the rhythm does not drift. */
static void row_active_timer(struct step *s)
{
	struct engine_member *member = s->member;
	struct mono next = mono_add(member->due, member->config.advert_interval);

	engine_send_advert(s, member);
	if (mono_before(s->now, next))
		member->due = next;
}

static void row_active_late(struct step *s)
{
	engine_listen(s, s->member);
}

/* Anybody can send what is answered here.  Beyond the bound the next advert of the rhythm, which
 * says the same, has to do; it is never put off. */
static void answer(struct step *s)
{
	struct engine_member *member = s->member;

	if (bucket_take(&member->answers, s->now, member->config.advert_interval, ENGINE_ANSWERS))
		engine_send_advert(s, member);
	else
		engine_emit(s, member, ACTION_WITHHELD);
}

/* 6.4.3: a router that does not know better is told at once; so are the hosts it may have told. */
static void row_active_answer(struct step *s)
{
	if (!s->member->config.lower_prio_no_advert)
		answer(s);
	engine_emit(s, s->member, ACTION_ANNOUNCE);
}

/* 6.4.3; whoever resigns was Active, and may have told hosts so, on links where it was not heard
 * as well. */
static void row_active_zero(struct step *s)
{
	s->engine->contest = (struct mono){0};
	answer(s);
	FOR_EACH_MEMBER(m, s->engine)
		if (!m->listening)
			engine_emit(s, m, ACTION_ANNOUNCE);
}

/* Outranked where another member is more decisive: whether the peer may still yield.  It is given
 * long where a more decisive member hears one that has to, which may be the same. */
static bool is_contested(struct step *s)
{
	struct engine *engine = s->engine;
	struct engine_member *decisive = engine->members;
	int64_t age = mono_diff(s->now, engine->contest);
	/* Who yielded is not heard again, and the next one is another contest. */
	bool goes_on = engine->contest.us != 0 && mono_diff(s->now, engine->contest_heard) <=
							  CONTEST_INTERVALS * s->event->interval;

	for (; decisive != s->member; decisive = decisive->next) {
		if (!decisive->listening && engine_is_late(decisive, decisive->due, s->now))
			engine_listen(s, decisive); /* it is not the one to speak now */
		if (!decisive->listening)
			break;
	}
	if (decisive == s->member)
		return false;
	int64_t length = s->event->interval / 2;
	for (const struct engine_member *m = engine->members; m != s->member; m = m->next) {
		const struct engine_peer *peer = &m->peer;

		/* It hears a peer that it outranks, which therefore has to yield. */
		if (m->listening || peer->priority == 0 || peer->heard.us == 0 ||
		    mono_diff(s->now, peer->heard) > 2 * peer->interval ||
		    engine_outranks(peer, m, s->now))
			continue;
		length =
			CONTEST_INTERVALS *
			(peer->interval > s->event->interval ? peer->interval : s->event->interval);
		break;
	}
	engine->contest_heard = s->now;
	if (goes_on && age <= 2 * length + CONTEST_INTERVALS * s->event->interval)
		return age < length;
	engine->contest = s->now;
	engine_send_advert(s, decisive);
	return true;
}

/* An order to take over that was given before this peer was heard: it is for it, too. */
static bool raise_takeover(struct step *s)
{
	struct engine *engine = s->engine;

	if (engine->held_due.us == 0 || engine->takeover ||
	    s->event->priority >= ENGINE_PRIORITY_TAKEOVER)
		return false;
	engine->takeover = true;
	await_exchange(s);
	FOR_EACH_MEMBER(m, engine)
		engine_send_advert(s, m);
	return true;
}

static void row_active_yield(struct step *s)
{
	if (raise_takeover(s) || is_contested(s))
		return;
	engine_yield(s);
}

static void resign(struct step *s)
{
	engine_enter(s, ENGINE_RESIGNING, engine_handover_interval(s->engine));
	FOR_EACH_MEMBER(m, s->engine) {
		engine_emit(s, m, ACTION_SILENCE);
		m->succeeded = m->joining; /* it has nothing to hand over, and listens on */
		if (m->joining)
			continue;
		engine_send_zero(s, m);
		m->due = (struct mono){0};
		m->listening = false;
	}
}

static void row_active_shutdown(struct step *s)
{
	s->engine->stopping = true;
	resign(s);
}

static void row_active_standby(struct step *s)
{
	s->engine->standby = true;
	s->engine->takeover = false;
	resign(s);
}

static void row_active_takeover(struct step *s)
{
	s->engine->standby = false;
	FOR_EACH_MEMBER(m, s->engine)
		engine_send_advert(s, m);
	if (s->engine->held_due.us != 0 || mono_before(s->now, all_answered_at(s->engine, s->now)))
		await_exchange(s);
	else
		engine_done(s, OUTCOME_ACTIVE);
}

/* Each says so as long as it can. */
static void row_active_fail(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine)
		if (!m->joining)
			engine_send_zero(s, m);
	engine_fail(s);
}

static void row_active_configure(struct step *s)
{
	row_take_config(s);
	s->member->active_interval = s->member->config.advert_interval;
	engine_send_advert(s, s->member);
}

/* ---- Listening: of a member that has to; the others are as in Active ---- */

/* After a silence the peers' word counts: we were deposed, and what was ours there goes without
 * lingering. */
static void row_listening_deposed(struct step *s)
{
	bool late = !s->member->joining;

	engine_yield(s);
	if (late)
		engine_release_member(s, s->member);
}

/* A new link's Active router of lower priority is preempted as by a Backup, if that may be. */
static void row_listening_lower(struct step *s)
{
	if (!s->member->joining || is_spared(s))
		row_listening_deposed(s);
}

static void row_listening_timer(struct step *s)
{
	struct engine_member *member = s->member;

	member->listening = member->joining = false;
	member->active_interval = member->config.advert_interval;
	member->preempt_until = (struct mono){0};
	member->holds = s->engine->holds = true;
	if (!engine_any_listens(s->engine))
		engine_enter(s, ENGINE_ACTIVE, -1);
	engine_send_advert(s, member);
	engine_emit(s, member, ACTION_ADD_ADDRESSES | ACTION_ANNOUNCE);
}

/* ---- Resigning ---- */

static void row_resigning_shutdown(struct step *s)
{
	if (!s->engine->stopping)
		engine_done(s, OUTCOME_STOPPING); /* ends a standby that waits here */
	s->engine->stopping = true;
}

/* To Backup, in which the timers have been running since the successor was heard last, or, where
 * there is none, since we resigned. */
static void hand_over(struct step *s)
{
	struct mono resigned = s->engine->entered;

	engine_yield(s);
	FOR_EACH_MEMBER(m, s->engine) {
		bool heard = mono_before(resigned, m->peer.heard) && m->peer.priority > 0;

		m->due =
			mono_add(heard ? m->peer.heard : resigned, engine_down_interval(m, s->now));
		if (mono_before(m->due, s->now))
			m->due = s->now;
	}
	engine_done(s, OUTCOME_HANDED_OVER);
}

/* Handed over once every member has a successor; there may be several routers. */
static void row_resigning_peer(struct step *s)
{
	struct engine *engine = s->engine;
	struct mono gone = mono_add(s->now, s->member->config.linger);

	s->member->succeeded = true;
	if (s->member->joining) /* its addresses are served there */
		engine_rearm(s, s->member, engine_down_interval(s->member, s->now));
	FOR_EACH_MEMBER(m, engine)
		if (!m->succeeded)
			return;
	if (engine->stopping) {
		if (mono_before(gone, engine->due))
			engine->due = gone;
		return;
	}
	hand_over(s);
}

/* Time is up: whether one link at least has a successor, and not only nothing to hand over. */
static bool is_succeeded(const struct engine *engine)
{
	FOR_EACH_MEMBER(m, engine)
		if (m->succeeded && m->peer.priority > 0 &&
		    mono_before(engine->entered, m->peer.heard))
			return true;
	return false;
}

/* A new member has listened: it is served as long as the others are. */
static void serve_new(struct step *s)
{
	struct engine_member *member = s->member;

	member->due = (struct mono){0};
	member->listening = member->joining = false;
	member->holds = s->engine->holds = true;
	engine_send_zero(s, member);
	engine_emit(s, member, ACTION_ADD_ADDRESSES | ACTION_ANNOUNCE);
}

static void row_resigning_timer(struct step *s)
{
	if (s->member) {
		serve_new(s);
	} else if (s->engine->stopping) {
		row_stop_at_once(s);
	} else if (is_succeeded(s->engine)) {
		hand_over(s);
	} else {
		engine_become_active(s);
		engine_done(s, OUTCOME_NO_PEER);
	}
}

static void row_resigning_late(struct step *s)
{
	if (s->member) {
		row_listen_on(s);
		return;
	}
	if (s->engine->stopping || is_succeeded(s->engine)) {
		row_resigning_timer(s);
		return;
	}
	FOR_EACH_MEMBER(m, s->engine)
		engine_listen(s, m);
	engine_done(s, OUTCOME_NO_PEER);
}

static void row_resigning_fail(struct step *s)
{
	if (s->engine->stopping) {
		row_stop_at_once(s);
		return;
	}
	engine_fail(s);
	engine_done(s, OUTCOME_FAULT);
}

static void row_resigning_standby(struct step *s)
{
	if (s->engine->stopping)
		engine_done(s, OUTCOME_STOPPING);
}

static void row_resigning_takeover(struct step *s)
{
	if (s->engine->stopping)
		engine_done(s, OUTCOME_STOPPING);
	else
		row_take_over(s);
}

/* ---- Fault ---- */

static void row_refuse_in_fault(struct step *s)
{
	engine_done(s, OUTCOME_FAULT);
}

/* One row, one line. */
/* clang-format off */
const struct engine_row engine_table[ENGINE_STATES][ENGINE_COLUMNS] = {
	[ENGINE_INIT] = {
		[ON_STARTUP]     = {row_init_startup,       "6.4.1"},
		[ON_SHUTDOWN]    = {row_stop_at_once,       "own"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_ignore,             "own"},
		[ON_ZERO]        = {row_ignore,             "6.4.1"},
		[ON_LOWER]       = {row_ignore,             "6.4.1"},
		[ON_EQUAL_BELOW] = {row_ignore,             "6.4.1"},
		[ON_EQUAL_ABOVE] = {row_ignore,             "6.4.1"},
		[ON_HIGHER]      = {row_ignore,             "6.4.1"},
		[ON_TIMER]       = {row_ignore,             "own"},
		[ON_LATE]        = {row_ignore,             "own"},
		[ON_STANDBY]     = {row_note_standby,       "own"},
		[ON_TAKEOVER]    = {row_refuse_not_started, "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
		[ON_PERMIT]      = {row_ignore,             "own"},
	},
	[ENGINE_BACKUP] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_backup_shutdown,    "6.4.2"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {engine_fail,          "own"},
		[ON_ZERO]        = {row_backup_zero,        "6.4.2"},
		[ON_LOWER]       = {row_backup_lower,       "6.4.2"},
		[ON_EQUAL_BELOW] = {row_backup_accept,      "6.4.2"},
		[ON_EQUAL_ABOVE] = {row_backup_accept,      "6.4.2"},
		[ON_HIGHER]      = {row_backup_accept,      "6.4.2"},
		[ON_TIMER]       = {row_backup_timer,       "6.4.2"},
		[ON_LATE]        = {row_listen_on,          "own"},
		[ON_STANDBY]     = {row_backup_standby,     "own"},
		[ON_TAKEOVER]    = {row_take_over,          "own"},
		[ON_CONFIGURE]   = {row_backup_configure,   "own"},
		[ON_PERMIT]      = {row_backup_permit,      "own"},
	},
	[ENGINE_ACTIVE] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_active_shutdown,    "6.4.3"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_active_fail,        "own"},
		[ON_ZERO]        = {row_active_zero,        "6.4.3"},
		[ON_LOWER]       = {row_active_answer,      "6.4.3"},
		[ON_EQUAL_BELOW] = {row_active_answer,      "6.4.3"},
		[ON_EQUAL_ABOVE] = {row_active_yield,       "6.4.3, erratum 8298"},
		[ON_HIGHER]      = {row_active_yield,       "6.4.3"},
		[ON_TIMER]       = {row_active_timer,       "6.4.3"},
		[ON_LATE]        = {row_active_late,        "own"},
		[ON_STANDBY]     = {row_active_standby,     "own"},
		[ON_TAKEOVER]    = {row_active_takeover,    "own"},
		[ON_CONFIGURE]   = {row_active_configure,   "own"},
		[ON_PERMIT]      = {row_ignore,             "own"},
	},
	[ENGINE_LISTENING] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_active_shutdown,    "6.4.3"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_active_fail,        "own"},
		[ON_ZERO]        = {row_backup_zero,        "6.4.2"},
		[ON_LOWER]       = {row_listening_lower,    "own"},
		[ON_EQUAL_BELOW] = {row_listening_deposed,  "own"},
		[ON_EQUAL_ABOVE] = {row_listening_deposed,  "6.4.3"},
		[ON_HIGHER]      = {row_listening_deposed,  "6.4.3"},
		[ON_TIMER]       = {row_listening_timer,    "own"},
		[ON_LATE]        = {row_listen_on,          "own"},
		[ON_STANDBY]     = {row_active_standby,     "own"},
		[ON_TAKEOVER]    = {row_take_over,          "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
		[ON_PERMIT]      = {row_ignore,             "own"},
	},
	[ENGINE_RESIGNING] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_resigning_shutdown, "own"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_resigning_fail,     "own"},
		[ON_ZERO]        = {row_ignore,             "own"},
		[ON_LOWER]       = {row_resigning_peer,     "own"},
		[ON_EQUAL_BELOW] = {row_resigning_peer,     "own"},
		[ON_EQUAL_ABOVE] = {row_resigning_peer,     "own"},
		[ON_HIGHER]      = {row_resigning_peer,     "own"},
		[ON_TIMER]       = {row_resigning_timer,    "own"},
		[ON_LATE]        = {row_resigning_late,     "own"},
		[ON_STANDBY]     = {row_resigning_standby,  "own"},
		[ON_TAKEOVER]    = {row_resigning_takeover, "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
		[ON_PERMIT]      = {row_ignore,             "own"},
	},
	[ENGINE_FAULT] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_stop_at_once,       "own"},
		[ON_UP]          = {engine_begin,         "6.4.1"},
		[ON_DOWN]        = {row_ignore,             "own"},
		[ON_ZERO]        = {row_ignore,             "own"},
		[ON_LOWER]       = {row_ignore,             "own"},
		[ON_EQUAL_BELOW] = {row_ignore,             "own"},
		[ON_EQUAL_ABOVE] = {row_ignore,             "own"},
		[ON_HIGHER]      = {row_ignore,             "own"},
		[ON_TIMER]       = {row_ignore,             "own"},
		[ON_LATE]        = {row_ignore,             "own"},
		[ON_STANDBY]     = {row_note_standby,       "own"},
		[ON_TAKEOVER]    = {row_refuse_in_fault,    "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
		[ON_PERMIT]      = {row_ignore,             "own"},
	},
};
/* clang-format on */
