/*
 * The rows of the election's table: what a unit does in one state at one kind of event.  A row may
 * rely on what its column says: `s->member` is there for adverts, configurations and a member's
 * timer, and is NULL for the unit's own timer and the operator's orders.
 *
 * Where members of one unit are of different rank, each of two Active units may be outranked by the
 * other on some link, and both would yield.  So one member decides, the first one, and the same on
 * all routers: whoever is outranked there yields at once, and whoever is outranked elsewhere first
 * makes itself heard there, and yields only to a peer that goes on.
 */
#include "vrrp/engine/engine_private.h"

#define TAKEOVER_CONTEST  USEC_PER_SEC /* beyond three intervals, for peers to step down */
#define CONTEST_INTERVALS 4	       /* after which it is over, whatever came of it */

void row_ignore(struct step *s)
{
	(void)s;
}

void row_take_config(struct step *s)
{
	s->member->config = *s->event->config;
}

void row_note_standby(struct step *s)
{
	s->engine->standby = true;
	s->engine->takeover = false;
	engine_done(s, OUTCOME_NOT_ACTIVE);
}

/* ---- Initialize ---- */

void row_init_startup(struct step *s)
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

void row_stop_at_once(struct step *s)
{
	engine_release(s);
	engine_enter(s, ENGINE_INIT, -1);
	FOR_EACH_MEMBER(m, s->engine)
		m->due = (struct mono){0};
	s->actions.bits |= ACTION_STOPPED;
}

void row_refuse_not_started(struct step *s)
{
	engine_done(s, OUTCOME_STOPPING);
}

/* ---- Backup ---- */

/* Addresses that linger do so to their end: a stop right after a hand-over makes no hole in it. */
void row_backup_shutdown(struct step *s)
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

static void adopt_interval(struct step *s)
{
	if (s->member->config.version != 2)
		s->member->active_interval = s->event->interval;
}

/* A peer serves: after being Active ours linger, else they have no business here at all. */
static void peer_serves(struct step *s)
{
	if (s->engine->release_due.us == 0)
		engine_release(s);
}

/* 6.4.2 */
void row_backup_zero(struct step *s)
{
	adopt_interval(s);
	engine_rearm(s, s->member, engine_member_skew(s->member, s->now));
}

void row_backup_accept(struct step *s)
{
	s->member->preempt_until = (struct mono){0};
	adopt_interval(s);
	engine_rearm(s, s->member, engine_down_interval(s->member, s->now));
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
void row_backup_lower(struct step *s)
{
	if (is_spared(s)) {
		adopt_interval(s);
		engine_rearm(s, s->member, engine_down_interval(s->member, s->now));
	}
	peer_serves(s);
}

/* 6.4.2; the unit's own timer is the end of its startup delay. */
void row_backup_timer(struct step *s)
{
	if (s->member == NULL) {
		s->engine->hold_until = (struct mono){0};
	} else {
		s->member->expired = true;
		s->member->due = (struct mono){0};
	}
	engine_try_active(s);
}

/* Somebody may have been heard since it was asked for. */
void row_backup_permit(struct step *s)
{
	if (s->engine->asked && engine_all_expired(s->engine))
		engine_become_active(s);
}

void row_listen_on(struct step *s)
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

void row_backup_configure(struct step *s)
{
	struct engine_member *member = s->member;
	int64_t before = engine_down_interval(member, s->now);

	row_take_config(s);
	if (member->config.version == 2 || member->peer.heard.us == 0)
		member->active_interval = member->config.advert_interval;
	shift_down_timer(s, member, engine_down_interval(member, s->now) - before);
}

/* A peer that the member was about to preempt: it advertises still. */
static bool is_preempting(const struct step *s, const struct engine_member *member)
{
	return member->expired && member->peer.priority > 0 && member->peer.heard.us != 0 &&
	       mono_diff(s->now, member->peer.heard) <= 2 * member->peer.interval;
}

/* Whoever was about to be preempted on some link is to be let be. */
void row_backup_standby(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine) {
		int64_t before = engine_down_interval(m, s->now);
		int64_t skew =
			engine_skew(m->config.version, ENGINE_PRIORITY_STANDBY, m->active_interval);
		int64_t after = before - engine_member_skew(m, s->now) + skew;

		if (is_preempting(s, m))
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

void row_take_over(struct step *s)
{
	struct engine *engine = s->engine;
	int64_t longest = 0;

	engine->standby = false;
	if (!beats_peers(engine)) {
		FOR_EACH_MEMBER(m, engine) {
			int64_t silence = engine_down_adverts(m) * m->config.advert_interval;

			if (silence > longest)
				longest = silence;
		}
		engine->takeover = true;
		engine->taken_due = mono_add(s->now, longest + TAKEOVER_CONTEST);
	}
	engine_become_active(s);
	engine_done(s, OUTCOME_ACTIVE);
}

/* ---- Active ---- */

/* 6.4.3: Adver_Timer; from its deadline and not from now, so that the rhythm does not drift. */
void row_active_timer(struct step *s)
{
	struct engine_member *member = s->member;
	struct mono next = mono_add(member->due, member->config.advert_interval);

	engine_send_advert(s, member);
	if (mono_before(s->now, next))
		member->due = next;
}

void row_active_late(struct step *s)
{
	engine_listen(s, s->member);
}

/* 6.4.3: a router that does not know better is told at once; so are the hosts it may have told. */
void row_active_answer(struct step *s)
{
	if (!s->member->config.lower_prio_no_advert)
		engine_send_advert(s, s->member);
	engine_emit(s, s->member, ACTION_ANNOUNCE);
}

/* 6.4.3; whoever resigns was Active, and may have told hosts so. */
void row_active_zero(struct step *s)
{
	s->engine->contest = (struct mono){0};
	engine_send_advert(s, s->member);
	engine_emit(s, s->member, ACTION_ANNOUNCE);
}

/* It hears a peer that it outranks, which therefore has to yield. */
static bool is_obeyed(const struct step *s, const struct engine_member *member)
{
	const struct engine_peer *peer = &member->peer;

	return !member->listening && peer->priority > 0 && peer->heard.us != 0 &&
	       mono_diff(s->now, peer->heard) <= 2 * peer->interval &&
	       !engine_outranks(peer, member, s->now);
}

/* How long a peer that outranks us is given to yield: long where a more decisive member hears one
 * that has to, which may be the same. */
static int64_t contest_length(const struct step *s)
{
	for (const struct engine_member *m = s->engine->members; m != s->member; m = m->next)
		if (is_obeyed(s, m))
			return CONTEST_INTERVALS * (m->peer.interval > s->event->interval
							    ? m->peer.interval
							    : s->event->interval);
	return s->event->interval / 2;
}

/* Outranked where another member is more decisive: whether the peer may still yield. */
static bool is_contested(struct step *s)
{
	struct engine *engine = s->engine;
	struct engine_member *decisive = engine->members;
	int64_t age = mono_diff(s->now, engine->contest);
	int64_t length;

	for (; decisive != s->member; decisive = decisive->next) {
		if (!decisive->listening && engine_is_late(decisive, decisive->due, s->now))
			engine_listen(s, decisive); /* it is not the one to speak now */
		if (!decisive->listening)
			break;
	}
	if (decisive == s->member)
		return false;
	length = contest_length(s);
	if (engine->contest.us != 0 && age <= 2 * length + CONTEST_INTERVALS * s->event->interval)
		return age < length;
	engine->contest = s->now;
	engine_send_advert(s, decisive);
	return true;
}

void row_active_yield(struct step *s)
{
	if (is_contested(s))
		return;
	if (s->member->config.higher_prio_send_advert)
		engine_send_advert(s, s->member);
	engine_yield(s);
}

static void resign(struct step *s)
{
	engine_enter(s, ENGINE_RESIGNING, engine_handover_interval(s->engine));
	FOR_EACH_MEMBER(m, s->engine) {
		m->succeeded = m->joining; /* it had nothing to hand over */
		if (!m->joining)
			engine_send_zero(s, m);
		engine_emit(s, m, ACTION_SILENCE);
		m->due = (struct mono){0};
		m->listening = m->joining = false;
	}
}

void row_active_shutdown(struct step *s)
{
	s->engine->stopping = true;
	resign(s);
}

void row_active_standby(struct step *s)
{
	s->engine->standby = true;
	s->engine->takeover = false;
	resign(s);
}

void row_active_takeover(struct step *s)
{
	s->engine->standby = false;
	FOR_EACH_MEMBER(m, s->engine)
		engine_send_advert(s, m);
	engine_done(s, OUTCOME_ACTIVE);
}

/* Each says so as long as it can. */
void row_active_fail(struct step *s)
{
	FOR_EACH_MEMBER(m, s->engine)
		if (!m->joining)
			engine_send_zero(s, m);
	engine_fail(s);
}

void row_active_configure(struct step *s)
{
	row_take_config(s);
	s->member->active_interval = s->member->config.advert_interval;
	engine_send_advert(s, s->member);
}

/* ---- Listening: of a member that has to; the others are as in Active ---- */

/* After a silence the peers' word counts: we were deposed, and what was ours there goes without
 * lingering. */
void row_listening_deposed(struct step *s)
{
	bool late = !s->member->joining;

	engine_yield(s);
	if (late)
		engine_release_member(s, s->member);
}

/* A new link's Active router of lower priority is preempted as by a Backup, if that may be. */
void row_listening_lower(struct step *s)
{
	if (!s->member->joining || is_spared(s))
		row_listening_deposed(s);
}

void row_listening_timer(struct step *s)
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

void row_resigning_shutdown(struct step *s)
{
	if (!s->engine->stopping)
		engine_done(s, OUTCOME_STOPPING); /* ends a standby that waits here */
	s->engine->stopping = true;
}

/* To Backup, in which the timers have been running since the successor was heard last, or, where
 * there is none, since we resigned. */
static void hand_over(struct step *s, struct mono resigned, void (*leave)(struct step *s))
{
	leave(s);
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
void row_resigning_peer(struct step *s)
{
	struct engine *engine = s->engine;
	struct mono gone = mono_add(s->now, s->member->config.linger);

	s->member->succeeded = true;
	FOR_EACH_MEMBER(m, engine)
		if (!m->succeeded)
			return;
	if (engine->stopping) {
		if (mono_before(gone, engine->due))
			engine->due = gone;
		return;
	}
	hand_over(s, engine->entered, engine_yield);
}

/* Time is up: whether one link at least has a successor, and not only nothing to hand over. */
static bool is_succeeded(const struct engine *engine)
{
	FOR_EACH_MEMBER(m, engine)
		if (m->succeeded && mono_before(engine->entered, m->peer.heard))
			return true;
	return false;
}

void row_resigning_timer(struct step *s)
{
	if (s->engine->stopping) {
		row_stop_at_once(s);
	} else if (is_succeeded(s->engine)) {
		hand_over(s, s->engine->entered, engine_become_backup);
	} else {
		engine_become_active(s);
		engine_done(s, OUTCOME_NO_PEER);
	}
}

void row_resigning_late(struct step *s)
{
	if (s->engine->stopping || is_succeeded(s->engine)) {
		row_resigning_timer(s);
		return;
	}
	FOR_EACH_MEMBER(m, s->engine)
		engine_listen(s, m);
	engine_done(s, OUTCOME_NO_PEER);
}

void row_resigning_fail(struct step *s)
{
	if (s->engine->stopping) {
		row_stop_at_once(s);
		return;
	}
	engine_fail(s);
	engine_done(s, OUTCOME_FAULT);
}

void row_resigning_standby(struct step *s)
{
	if (s->engine->stopping)
		engine_done(s, OUTCOME_STOPPING);
}

void row_resigning_takeover(struct step *s)
{
	if (s->engine->stopping)
		engine_done(s, OUTCOME_STOPPING);
	else
		row_take_over(s);
}

/* ---- Fault ---- */

void row_fail(struct step *s)
{
	engine_fail(s);
}

void row_begin(struct step *s)
{
	engine_begin(s);
}

void row_refuse_in_fault(struct step *s)
{
	engine_done(s, OUTCOME_FAULT);
}
