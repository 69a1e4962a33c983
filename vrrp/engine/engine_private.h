#ifndef VRRP_ENGINE_PRIVATE_H
#define VRRP_ENGINE_PRIVATE_H

#include "vrrp/engine/engine.h"

/* What the files of the engine share; nobody else includes this. */

/* One event on its way through the table. */
struct step {
	struct engine *engine;
	struct engine_member *member; /* to whom it happens; NULL = the unit */
	const struct engine_event *event;
	struct mono now;
	struct engine_actions actions;
};

typedef void engine_row_fn(struct step *s);

struct engine_row {
	engine_row_fn *act;
	const char *section; /* of RFC 9568 unless it says otherwise; "own" = this project's */
};

#define FOR_EACH_MEMBER(m, engine) for (struct engine_member *m = (engine)->members; m; m = m->next)

/* engine_table.c */
extern const struct engine_row engine_table[ENGINE_STATES][ENGINE_COLUMNS];
/* A takeover has waited for its outcome: says it, or waits on. */
void engine_judge_takeover(struct step *s);

/* engine_actions.c: what rows are made of */

/* The only writer of the state.  `duration` sets the unit's timer; negative = it has none. */
void engine_enter(struct step *s, enum engine_state state, int64_t duration);
void engine_emit(struct step *s, struct engine_member *member, uint32_t bits);
void engine_done(struct step *s, enum engine_outcome outcome);
void engine_rearm(struct step *s, struct engine_member *member, int64_t duration);
void engine_send_advert(struct step *s, struct engine_member *member);
void engine_send_zero(struct step *s, struct engine_member *member);
/* Addresses go, of one member or of all. */
void engine_release_member(struct step *s, struct engine_member *member);
void engine_release(struct step *s);
/* 6.4.1 and 6.4.2 */
void engine_become_active(struct step *s);
/* Active, if every member's timer has run out and no startup delay holds. */
void engine_try_active(struct step *s);
/* Every member's timer has run out. */
bool engine_all_expired(const struct engine *engine);
/* Backup, with timers that start anew; addresses linger. */
void engine_become_backup(struct step *s);
/* Loses the role to the peer whose advert this is (6.4.3), or that has been heard. */
void engine_yield(struct step *s);
/* Was silent for too long: serves, but listens before it speaks. */
void engine_listen(struct step *s, struct engine_member *member);
bool engine_outranks(const struct engine_peer *peer, const struct engine_member *member,
		     struct mono now);
void engine_fail(struct step *s);
/* From the start, or out of a fault. */
void engine_begin(struct step *s);
bool engine_is_able(const struct engine *engine);
bool engine_any_listens(const struct engine *engine);

/* damping.c: before the advert becomes the member's last one. */
void engine_note_loss(struct engine_member *member, const struct engine_peer *next);

/* The standard's intervals, in µs. */
/* Active_Down_Interval, longer by what flap_damping adds */
int64_t engine_down_interval(const struct engine_member *member, struct mono now);
/* What a router that does not know who is there waits before it speaks. */
int64_t engine_listen_interval(const struct engine_member *member, struct mono now);
int64_t engine_member_skew(const struct engine_member *member, struct mono now);
/* Whether the member, as Active router, has told its peers a moment ago that it outranks this one,
 * though it no longer does: one that believed that is giving way. */
bool engine_has_outranked(const struct engine_peer *peer, const struct engine_member *member,
			  struct mono now);
/* How long the unit's Backups may need to be heard after priority 0. */
int64_t engine_handover_interval(const struct engine *engine);
/* Within which the member's peers have answered, or stepped down. */
int64_t engine_exchange_interval(const struct engine_member *member);
/* Which of two equal priorities wins: above 0 = the peer's. */
int engine_compare_peer(const struct engine_member *member, const struct engine_peer *peer);
/* So much later than `due` that the member's peers have given it up. */
bool engine_is_late(const struct engine_member *member, struct mono due, struct mono now);

#endif
