/*
 * The election engine: every cell of its table by state and event with the standard's section, the
 * timers' arithmetic, and the stories that take several events: preemption, hand-over, the
 * operator's wishes, late wake-ups, and taking up a dead predecessor's role.
 *
 * The expectations are written down here from the standard and the design, in microseconds; none is
 * computed by the code under test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/engine/engine_private.h"

#define START	 INT64_C(5000000000)
#define SECOND	 USEC_PER_SEC
#define NONE	 INT64_C(-1)
#define SKEW_100 INT64_C(609375) /* priority 100, 1 s */
#define DOWN_100 INT64_C(3609375)
#define SKEW_1	 INT64_C(996093)
#define LINGER	 INT64_C(50000)
#define BOUND	 INT64_C(2100000) /* a hand-over's: the longest skew, an interval and 100 ms */
#define EXCHANGE INT64_C(1100000) /* an interval and 100 ms */

#define ADVERT	 ACTION_SEND_ADVERT
#define ZERO	 ACTION_SEND_ZERO
#define ADD	 ACTION_ADD_ADDRESSES
#define REMOVE	 (ACTION_REMOVE_ADDRESSES | ACTION_SILENCE)
#define ANNOUNCE ACTION_ANNOUNCE
#define SILENCE	 ACTION_SILENCE
#define KEEP	 ACTION_KEEP_ADDRESSES
#define NOTIFY	 ACTION_NOTIFY
#define DONE	 ACTION_DONE
#define STOPPED	 ACTION_STOPPED

static const struct engine_config plain = {
	.version = 3, .priority = 100, .advert_interval = SECOND, .linger = LINGER};

static struct address ipv4(uint8_t last)
{
	return (struct address){.family = AF_INET, .bytes = {10, 0, 0, last}};
}

/* A group of one and its clock. */
struct router {
	struct engine engine;
	struct engine_member member;
	struct mono now;
	unsigned rings; /* of timers, until the test hangs */
	struct engine_actions last;
};

/* The member, tied to its unit: routers are copied by value. */
static struct engine_member *tied(struct router *router)
{
	router->engine.members = &router->member;
	router->member.unit = &router->engine;
	return &router->member;
}

static uint32_t feed(struct router *router, struct engine_event event)
{
	tied(router);
	router->last = engine_handle(&router->engine, &event, router->now);
	return router->last.bits;
}

static uint32_t command(struct router *router, enum engine_event_kind kind)
{
	return feed(router, (struct engine_event){.kind = kind});
}

static uint32_t facts(struct router *router, bool able)
{
	return feed(router, (struct engine_event){.kind = EVENT_FACTS,
						  .member = &router->member,
						  .able = able,
						  .source = ipv4(5)});
}

static uint32_t hear_at(struct router *router, uint8_t priority, uint8_t last, int64_t interval)
{
	return feed(router, (struct engine_event){.kind = EVENT_ADVERT,
						  .member = &router->member,
						  .priority = priority,
						  .source = ipv4(last),
						  .interval = interval});
}

static uint32_t hear(struct router *router, uint8_t priority, uint8_t last)
{
	return hear_at(router, priority, last, SECOND);
}

static void pass(struct router *router, int64_t duration)
{
	router->now = mono_add(router->now, duration);
}

/* The state's timer, the member's or the unit's; 0 = not set. */
static struct mono due_of(const struct router *router)
{
	return router->member.due.us != 0 ? router->member.due : router->engine.due;
}

/* Calls the member and the unit for what is due by now, the sooner first. */
static uint32_t ring(struct router *router)
{
	struct engine_member *member = tied(router);
	struct mono unit = engine_due(&router->engine);
	struct engine_event event = {.kind = EVENT_TIMER, .member = member};
	uint32_t bits;

	router->rings++;
	assert_in_range(router->rings, 1, 10000);
	if (member->due.us == 0 || (unit.us != 0 && mono_before(unit, member->due)))
		return feed(router, (struct engine_event){.kind = EVENT_TIMER});
	bits = feed(router, event);
	event.member = NULL;
	return bits | feed(router, event);
}

/* Lets time pass until the engine wants to be called, and calls. */
static uint32_t expire(struct router *router)
{
	struct mono member = tied(router)->due, unit = engine_due(&router->engine);

	router->now = member.us == 0 || (unit.us != 0 && mono_before(unit, member)) ? unit : member;
	return ring(router);
}

/* What is left of the state's timer. */
static int64_t left(const struct router *router)
{
	return due_of(router).us == 0 ? NONE : mono_diff(due_of(router), router->now);
}

static struct router create_router(const struct engine_config *config)
{
	struct router router = {.now = {START}};

	engine_init(&router.engine);
	engine_member_init(&router.member, config);
	engine_join(&router.engine, &router.member, 1, NULL);
	facts(&router, true);
	return router;
}

static struct router backup_with(const struct engine_config *config)
{
	struct router router = create_router(config);

	command(&router, EVENT_STARTUP);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	return router;
}

static struct router active_with(const struct engine_config *config)
{
	struct router router = backup_with(config);

	expire(&router);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	return router;
}

/* ---- the table ---- */

/* Where a row starts from. RESIGNING has two, because stopping and standby end differently. */
enum situation { IN_INIT, IN_BACKUP, IN_ACTIVE, IN_LISTENING, IN_STANDBY, IN_STOP, IN_FAULT };

static struct router router_in(enum situation situation)
{
	struct router router = create_router(&plain);

	if (situation == IN_INIT) {
		facts(&router, false);
		return router;
	}
	router = situation == IN_BACKUP || situation == IN_FAULT ? backup_with(&plain)
								 : active_with(&plain);
	switch (situation) {
	case IN_INIT:
	case IN_BACKUP:
	case IN_ACTIVE:
		break;
	case IN_LISTENING:
		router.now = mono_add(due_of(&router), 5 * SECOND);
		ring(&router);
		break;
	case IN_STANDBY:
		command(&router, EVENT_STANDBY);
		break;
	case IN_STOP:
		command(&router, EVENT_SHUTDOWN);
		break;
	case IN_FAULT:
		facts(&router, false);
		break;
	}
	pass(&router, 400000);
	return router;
}

/* The timer's row needs a timer; where there is none it comes out of the blue. */
static uint32_t timer_after(struct router *router, int64_t late)
{
	if (due_of(router).us != 0)
		router->now = mono_add(due_of(router), late);
	return ring(router);
}

static uint32_t feed_column(struct router *router, enum engine_column column)
{
	static const struct engine_config stronger = {
		.version = 3, .priority = 200, .advert_interval = SECOND, .linger = LINGER};
	uint8_t ours = engine_priority(tied(router), router->now);

	switch (column) {
	case ON_STARTUP:
		return command(router, EVENT_STARTUP);
	case ON_SHUTDOWN:
		return command(router, EVENT_SHUTDOWN);
	case ON_UP:
		return facts(router, true);
	case ON_DOWN:
		return facts(router, false);
	case ON_ZERO:
		return hear(router, 0, 9);
	case ON_LOWER:
		return hear(router, (uint8_t)(ours - 1), 9);
	case ON_EQUAL_BELOW:
		return hear(router, ours, 4);
	case ON_EQUAL_ABOVE:
		return hear(router, ours, 6);
	case ON_HIGHER:
		return hear(router, (uint8_t)(ours + 50), 4);
	case ON_TIMER:
		return timer_after(router, 0);
	case ON_LATE:
		return timer_after(router, 2 * SECOND + 1);
	case ON_STANDBY:
		return command(router, EVENT_STANDBY);
	case ON_TAKEOVER:
		return command(router, EVENT_TAKEOVER);
	case ON_PERMIT:
		return command(router, EVENT_PERMIT);
	case ON_CONFIGURE:
		return feed(router, (struct engine_event){.kind = EVENT_CONFIGURE,
							  .member = &router->member,
							  .config = &stronger});
	}
	fail();
	return 0;
}

/* One row: from, event, section, then the state, the actions, the timer left, the release left. */
struct row {
	enum situation from;
	enum engine_column column;
	const char *section;
	enum engine_state to;
	uint32_t actions;
	int64_t timer;
	int64_t release;
};

/* clang-format off */
static const struct row rows[] = {
	{IN_INIT, ON_STARTUP, "6.4.1", ENGINE_FAULT, KEEP | REMOVE | NOTIFY, NONE, NONE}, /* the link is down */
	{IN_INIT, ON_SHUTDOWN, "own", ENGINE_INIT, STOPPED, NONE, NONE},
	{IN_INIT, ON_UP, "own", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_DOWN, "own", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_ZERO, "6.4.1", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_LOWER, "6.4.1", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_EQUAL_BELOW, "6.4.1", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_EQUAL_ABOVE, "6.4.1", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_HIGHER, "6.4.1", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_TIMER, "own", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_LATE, "own", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_STANDBY, "own", ENGINE_INIT, DONE, NONE, NONE},
	{IN_INIT, ON_TAKEOVER, "own", ENGINE_INIT, DONE, NONE, NONE},
	{IN_INIT, ON_CONFIGURE, "own", ENGINE_INIT, 0, NONE, NONE},
	{IN_INIT, ON_PERMIT, "own", ENGINE_INIT, 0, NONE, NONE},

	/* 0.4 s after the start; whatever a predecessor left goes when a peer is heard. */
	{IN_BACKUP, ON_STARTUP, "own", ENGINE_BACKUP, 0, 3209375, NONE},
	{IN_BACKUP, ON_SHUTDOWN, "6.4.2", ENGINE_INIT, REMOVE | NOTIFY | STOPPED, NONE, NONE},
	{IN_BACKUP, ON_UP, "own", ENGINE_BACKUP, 0, 3209375, NONE},
	{IN_BACKUP, ON_DOWN, "own", ENGINE_FAULT, REMOVE | NOTIFY, NONE, NONE},
	{IN_BACKUP, ON_ZERO, "6.4.2", ENGINE_BACKUP, 0, SKEW_100, NONE},
	{IN_BACKUP, ON_LOWER, "6.4.2", ENGINE_BACKUP, REMOVE, 3209375, NONE},
	{IN_BACKUP, ON_EQUAL_BELOW, "6.4.2", ENGINE_BACKUP, REMOVE, DOWN_100, NONE},
	{IN_BACKUP, ON_EQUAL_ABOVE, "6.4.2", ENGINE_BACKUP, REMOVE, DOWN_100, NONE},
	{IN_BACKUP, ON_HIGHER, "6.4.2", ENGINE_BACKUP, REMOVE, DOWN_100, NONE},
	{IN_BACKUP, ON_TIMER, "6.4.2", ENGINE_ACTIVE, ADVERT | ADD | ANNOUNCE | NOTIFY, SECOND, NONE},
	{IN_BACKUP, ON_LATE, "own", ENGINE_BACKUP, 0, SECOND + SKEW_100, NONE},
	{IN_BACKUP, ON_STANDBY, "own", ENGINE_BACKUP, DONE, 3209375 + SKEW_1 - SKEW_100, NONE},
	{IN_BACKUP, ON_TAKEOVER, "own", ENGINE_ACTIVE, ADVERT | ADD | ANNOUNCE | NOTIFY, SECOND, NONE},
	{IN_BACKUP, ON_CONFIGURE, "own", ENGINE_BACKUP, 0, 3209375 + 218750 - SKEW_100, NONE},
	{IN_BACKUP, ON_PERMIT, "own", ENGINE_BACKUP, 0, 3209375, NONE},

	/* 0.4 s after an advert. */
	{IN_ACTIVE, ON_STARTUP, "own", ENGINE_ACTIVE, 0, 600000, NONE},
	{IN_ACTIVE, ON_SHUTDOWN, "6.4.3", ENGINE_RESIGNING, ZERO | SILENCE, BOUND, NONE},
	{IN_ACTIVE, ON_UP, "own", ENGINE_ACTIVE, 0, 600000, NONE},
	{IN_ACTIVE, ON_DOWN, "own", ENGINE_FAULT, ZERO | REMOVE | NOTIFY, NONE, NONE},
	{IN_ACTIVE, ON_ZERO, "6.4.3", ENGINE_ACTIVE, ADVERT | ANNOUNCE, SECOND, NONE},
	{IN_ACTIVE, ON_LOWER, "6.4.3", ENGINE_ACTIVE, ADVERT | ANNOUNCE, SECOND, NONE},
	{IN_ACTIVE, ON_EQUAL_BELOW, "6.4.3", ENGINE_ACTIVE, ADVERT | ANNOUNCE, SECOND, NONE},
	{IN_ACTIVE, ON_EQUAL_ABOVE, "6.4.3, erratum 8298", ENGINE_BACKUP, ADVERT | SILENCE | NOTIFY, DOWN_100, LINGER},
	{IN_ACTIVE, ON_HIGHER, "6.4.3", ENGINE_BACKUP, ADVERT | SILENCE | NOTIFY, DOWN_100, LINGER},
	{IN_ACTIVE, ON_TIMER, "6.4.3", ENGINE_ACTIVE, ADVERT, SECOND, NONE},
	{IN_ACTIVE, ON_LATE, "own", ENGINE_LISTENING, KEEP | SILENCE, SECOND + SKEW_100, NONE},
	{IN_ACTIVE, ON_STANDBY, "own", ENGINE_RESIGNING, ZERO | SILENCE, BOUND, NONE},
	{IN_ACTIVE, ON_TAKEOVER, "own", ENGINE_ACTIVE, ADVERT | DONE, SECOND, NONE},
	{IN_ACTIVE, ON_CONFIGURE, "own", ENGINE_ACTIVE, ADVERT, SECOND, NONE},
	{IN_ACTIVE, ON_PERMIT, "own", ENGINE_ACTIVE, 0, 600000, NONE},

	/* 0.4 s into listening. */
	{IN_LISTENING, ON_STARTUP, "own", ENGINE_LISTENING, 0, 1209375, NONE},
	{IN_LISTENING, ON_SHUTDOWN, "6.4.3", ENGINE_RESIGNING, ZERO | SILENCE, BOUND, NONE},
	{IN_LISTENING, ON_UP, "own", ENGINE_LISTENING, 0, 1209375, NONE},
	{IN_LISTENING, ON_DOWN, "own", ENGINE_FAULT, ZERO | REMOVE | NOTIFY, NONE, NONE},
	{IN_LISTENING, ON_ZERO, "6.4.2", ENGINE_LISTENING, 0, SKEW_100, NONE},
	{IN_LISTENING, ON_LOWER, "own", ENGINE_BACKUP, ZERO | REMOVE | NOTIFY, DOWN_100, NONE},
	{IN_LISTENING, ON_EQUAL_BELOW, "own", ENGINE_BACKUP, ZERO | REMOVE | NOTIFY, DOWN_100, NONE},
	{IN_LISTENING, ON_EQUAL_ABOVE, "6.4.3", ENGINE_BACKUP, ZERO | REMOVE | NOTIFY, DOWN_100, NONE},
	{IN_LISTENING, ON_HIGHER, "6.4.3", ENGINE_BACKUP, ZERO | REMOVE | NOTIFY, DOWN_100, NONE},
	{IN_LISTENING, ON_TIMER, "own", ENGINE_ACTIVE, ADVERT | ADD | ANNOUNCE, SECOND, NONE},
	{IN_LISTENING, ON_LATE, "own", ENGINE_LISTENING, 0, SECOND + SKEW_100, NONE},
	{IN_LISTENING, ON_STANDBY, "own", ENGINE_RESIGNING, ZERO | SILENCE, BOUND, NONE},
	{IN_LISTENING, ON_TAKEOVER, "own", ENGINE_ACTIVE, ADVERT | ADD | ANNOUNCE, SECOND, NONE},
	{IN_LISTENING, ON_CONFIGURE, "own", ENGINE_LISTENING, 0, 1209375, NONE},
	{IN_LISTENING, ON_PERMIT, "own", ENGINE_LISTENING, 0, 1209375, NONE},

	/* 0.4 s after priority 0, by standby: our priority is 1, so nothing is lower. */
	{IN_STANDBY, ON_STARTUP, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STANDBY, ON_SHUTDOWN, "own", ENGINE_RESIGNING, DONE, 1700000, NONE},
	{IN_STANDBY, ON_UP, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STANDBY, ON_DOWN, "own", ENGINE_FAULT, REMOVE | NOTIFY | DONE, NONE, NONE},
	{IN_STANDBY, ON_ZERO, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STANDBY, ON_EQUAL_BELOW, "own", ENGINE_BACKUP, ZERO | SILENCE | NOTIFY | DONE, 3 * SECOND + SKEW_1, LINGER},
	{IN_STANDBY, ON_EQUAL_ABOVE, "own", ENGINE_BACKUP, ADVERT | SILENCE | NOTIFY | DONE, 3 * SECOND + SKEW_1, LINGER},
	{IN_STANDBY, ON_HIGHER, "own", ENGINE_BACKUP, ADVERT | SILENCE | NOTIFY | DONE, 3 * SECOND + SKEW_1, LINGER},
	{IN_STANDBY, ON_TIMER, "own", ENGINE_ACTIVE, ADVERT | ADD | ANNOUNCE | DONE, SECOND, NONE},
	{IN_STANDBY, ON_LATE, "own", ENGINE_LISTENING, KEEP | SILENCE | DONE, SECOND + SKEW_1, NONE},
	{IN_STANDBY, ON_STANDBY, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STANDBY, ON_TAKEOVER, "own", ENGINE_ACTIVE, ADVERT | ADD | ANNOUNCE, SECOND, NONE},
	{IN_STANDBY, ON_CONFIGURE, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STANDBY, ON_PERMIT, "own", ENGINE_RESIGNING, 0, 1700000, NONE},

	/* 0.4 s after priority 0, by shutdown. */
	{IN_STOP, ON_STARTUP, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STOP, ON_SHUTDOWN, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STOP, ON_UP, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STOP, ON_DOWN, "own", ENGINE_INIT, REMOVE | NOTIFY | STOPPED, NONE, NONE},
	{IN_STOP, ON_ZERO, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STOP, ON_LOWER, "own", ENGINE_RESIGNING, 0, LINGER, NONE},
	{IN_STOP, ON_EQUAL_BELOW, "own", ENGINE_RESIGNING, 0, LINGER, NONE},
	{IN_STOP, ON_EQUAL_ABOVE, "own", ENGINE_RESIGNING, 0, LINGER, NONE},
	{IN_STOP, ON_HIGHER, "own", ENGINE_RESIGNING, 0, LINGER, NONE},
	{IN_STOP, ON_TIMER, "own", ENGINE_INIT, REMOVE | NOTIFY | STOPPED, NONE, NONE},
	{IN_STOP, ON_LATE, "own", ENGINE_INIT, REMOVE | NOTIFY | STOPPED, NONE, NONE},
	{IN_STOP, ON_STANDBY, "own", ENGINE_RESIGNING, DONE, 1700000, NONE},
	{IN_STOP, ON_TAKEOVER, "own", ENGINE_RESIGNING, DONE, 1700000, NONE},
	{IN_STOP, ON_CONFIGURE, "own", ENGINE_RESIGNING, 0, 1700000, NONE},
	{IN_STOP, ON_PERMIT, "own", ENGINE_RESIGNING, 0, 1700000, NONE},

	{IN_FAULT, ON_STARTUP, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_SHUTDOWN, "own", ENGINE_INIT, NOTIFY | STOPPED, NONE, NONE},
	{IN_FAULT, ON_UP, "6.4.1", ENGINE_BACKUP, NOTIFY, DOWN_100, NONE},
	{IN_FAULT, ON_DOWN, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_ZERO, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_LOWER, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_EQUAL_BELOW, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_EQUAL_ABOVE, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_HIGHER, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_TIMER, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_LATE, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_STANDBY, "own", ENGINE_FAULT, DONE, NONE, NONE},
	{IN_FAULT, ON_TAKEOVER, "own", ENGINE_FAULT, DONE, NONE, NONE},
	{IN_FAULT, ON_CONFIGURE, "own", ENGINE_FAULT, 0, NONE, NONE},
	{IN_FAULT, ON_PERMIT, "own", ENGINE_FAULT, 0, NONE, NONE},
};
/* clang-format on */

static const char *const state_names[ENGINE_STATES] = {
	[ENGINE_INIT] = "init",		  [ENGINE_BACKUP] = "backup",
	[ENGINE_ACTIVE] = "active",	  [ENGINE_LISTENING] = "listening",
	[ENGINE_RESIGNING] = "resigning", [ENGINE_FAULT] = "fault",
};

static const char *const column_names[ENGINE_COLUMNS] = {
	[ON_STARTUP] = "startup",
	[ON_SHUTDOWN] = "shutdown",
	[ON_UP] = "up",
	[ON_DOWN] = "down",
	[ON_ZERO] = "zero",
	[ON_LOWER] = "lower",
	[ON_EQUAL_BELOW] = "equal_below",
	[ON_EQUAL_ABOVE] = "equal_above",
	[ON_HIGHER] = "higher",
	[ON_TIMER] = "timer",
	[ON_LATE] = "late",
	[ON_STANDBY] = "standby",
	[ON_TAKEOVER] = "takeover",
	[ON_CONFIGURE] = "configure",
	[ON_PERMIT] = "permit",
};

static void check_row(const struct row *row)
{
	struct router router = router_in(row->from);
	enum engine_state from = router.engine.state;
	const char *section = engine_table[from][row->column].section;
	uint32_t actions = feed_column(&router, row->column);
	int64_t release = router.engine.release_due.us == 0
				  ? NONE
				  : mono_diff(router.engine.release_due, router.now);

	if (router.engine.state != row->to || actions != row->actions ||
	    left(&router) != row->timer || release != row->release ||
	    strcmp(section, row->section) != 0)
		fail_msg("%s on %s (%s): is %s, actions 0x%x, timer %lld, release %lld; expected "
			 "%s, 0x%x, %lld, %lld (%s)",
			 state_names[from], column_names[row->column], section,
			 state_names[router.engine.state], actions, (long long)left(&router),
			 (long long)release, state_names[row->to], row->actions,
			 (long long)row->timer, (long long)row->release, row->section);
}

static void every_row_of_the_table(void **state)
{
	bool covered[ENGINE_STATES][ENGINE_COLUMNS] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		covered[router_in(rows[i].from).engine.state][rows[i].column] = true;
		check_row(&rows[i]);
	}
	for (unsigned from = 0; from < ENGINE_STATES; from++)
		for (unsigned column = 0; column < ENGINE_COLUMNS; column++)
			if (!covered[from][column])
				fail_msg("no row for %s on %s", state_names[from],
					 column_names[column]);
}

/* ---- timers ---- */

static void v3_timers_are_as_the_standard_computes_them(void **state)
{
	/* 6.1, in microseconds, for 1 s, 100 ms and 10 ms. */
	static const struct {
		uint8_t priority;
		int64_t interval, skew;
	} values[] = {
		{100, 1000000, 609375}, {150, 1000000, 414062}, {200, 1000000, 218750},
		{254, 1000000, 7812},	{100, 500000, 304687},	{254, 500000, 3906},
		{100, 100000, 60937},	{254, 100000, 781},	{100, 50000, 30468},
		{100, 10000, 6093},	{254, 10000, 78},	{1, 1000000, 996093},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct engine_config config = plain;
		struct router router;

		assert_true(engine_skew(3, values[i].priority, values[i].interval) ==
			    values[i].skew);
		config.priority = values[i].priority;
		config.advert_interval = values[i].interval;
		router = backup_with(&config);
		assert_true(left(&router) == 3 * values[i].interval + values[i].skew);
	}
}

/* RFC 3768 6.2.1; priority 120 at 1 s was measured at 3.531250 s on a peer. */
static void v2_skew_is_a_part_of_a_second_whatever_the_interval(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.version = 2;
	config.priority = 120;
	router = backup_with(&config);
	assert_true(left(&router) == 3531250);
	config.advert_interval = 5 * SECOND;
	router = backup_with(&config);
	assert_true(left(&router) == 15531250);
}

static void v3_backup_learns_the_active_routers_interval(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear_at(&router, 150, 9, SECOND / 2);
	assert_true(left(&router) == 3 * SECOND / 2 + SKEW_100 / 2);
	hear_at(&router, 0, 9, SECOND / 2);
	assert_true(left(&router) == SKEW_100 / 2); /* of the interval received */
	expire(&router);
	assert_true(left(&router) == SECOND); /* as Active its own again */
}

/* Two lesser routers that had taken the role for a moment would keep each other awake. */
static void a_lesser_routers_advert_shortens_no_timer_issue_8_35(void **state)
{
	struct router router = backup_with(&plain);
	int64_t before;

	(void)state;
	hear(&router, 200, 9);
	before = left(&router);
	pass(&router, 1000);
	hear_at(&router, 150, 8, SECOND / 10);
	hear_at(&router, 0, 8, SECOND / 10);
	hear_at(&router, 200, 7, SECOND / 10); /* equal, but its address is the lower one */
	assert_true(left(&router) == before - 1000);
	pass(&router, SECOND / 2);
	hear(&router, 0, 9); /* but that one's own word counts */
	assert_true(left(&router) < SECOND);
	hear_at(&router, 150, 8, SECOND / 10);
	assert_true(left(&router) < SECOND / 2);
}

/* It has missed an advert: whoever speaks now is followed; a claim to 40 s hides others for 3. */
static void a_better_router_is_waited_for_only_so_long_issue_8_35(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear(&router, 200, 9);
	pass(&router, SECOND + SECOND / 2);
	hear_at(&router, 150, 8, SECOND / 10);
	assert_true(left(&router) < SECOND / 2);
	hear_at(&router, 255, 9, 40 * SECOND);
	pass(&router, 3 * SECOND - 1);
	hear(&router, 150, 8);
	assert_true(left(&router) > 100 * SECOND);
	pass(&router, 1);
	hear(&router, 150, 8);
	assert_true(left(&router) < 4 * SECOND);
}

static void v3_interval_of_a_discarded_advert_is_not_learned(void **state)
{
	struct router router = backup_with(&plain);
	int64_t before = left(&router);

	(void)state;
	hear_at(&router, 50, 9, 10 * SECOND);
	assert_true(left(&router) == before);
	expire(&router);
	assert_true(left(&router) == SECOND);
}

/* Who resigns waits for us by its own interval, also where we were going to preempt it. */
static void v3_interval_of_priority_zero_gives_the_skew(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear_at(&router, 50, 9, SECOND / 10);
	hear_at(&router, 0, 9, SECOND / 10);
	assert_true(left(&router) == SKEW_100 / 10);
}

static void adverts_keep_their_rhythm_when_the_loop_is_late(void **state)
{
	struct router router = active_with(&plain);
	struct mono first = due_of(&router);

	(void)state;
	for (int i = 0; i < 10; i++) {
		router.now = mono_add(due_of(&router), 3000);
		assert_int_equal(ring(&router), ADVERT);
	}
	assert_true(mono_diff(due_of(&router), first) == 10 * SECOND);
}

static void a_missed_deadline_is_not_made_up_for(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	router.now = mono_add(due_of(&router), 3 * SECOND / 2);
	assert_int_equal(ring(&router), ADVERT);
	assert_true(left(&router) == SECOND);
}

static void early_timers_do_nothing(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	pass(&router, DOWN_100 - 1);
	assert_int_equal(ring(&router), 0);
	pass(&router, 1);
	assert_int_not_equal(ring(&router), 0);
}

/* ---- what the configuration may change of the tables ---- */

static void down_timer_adverts_stretch_the_down_interval(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.down_adverts = 5;
	router = backup_with(&config);
	hear(&router, 200, 9);
	assert_true(left(&router) == 5 * SECOND + SKEW_100);
}

/* Peers allow four intervals of silence more than one: only then is it too late to speak. */
static void down_timer_adverts_are_the_silence_that_is_too_long(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.down_adverts = 5;
	router = active_with(&config);
	pass(&router, 5 * SECOND);
	assert_int_equal(ring(&router), ADVERT);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	pass(&router, 5 * SECOND + 1);
	ring(&router);
	assert_int_equal(router.engine.state, ENGINE_LISTENING);
}

static void lower_priority_may_be_left_without_an_answer(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.lower_prio_no_advert = true;
	router = active_with(&config);
	assert_int_equal(hear(&router, 50, 9), ANNOUNCE);
	assert_int_equal(hear(&router, 0, 9), ADVERT | ANNOUNCE); /* who resigns always is */
}

/* Whatever higher_prio_send_advert says: a peer that never heard us announces once more. */
static void who_yields_always_sends_a_last_advert_issue_8_18(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	assert_int_equal(hear(&router, 200, 9), ADVERT | SILENCE | NOTIFY);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	assert_true(left(&router) == DOWN_100);
}

/* 500 forged adverts a second, of lower priority and of priority 0, for 10 s. */
static void answers_to_strangers_are_bounded_issue_8_4(void **state)
{
	struct router router = active_with(&plain);
	struct mono end = mono_add(router.now, 10 * SECOND);
	unsigned sent = 0, withheld = 0, heard = 0;

	(void)state;
	for (; mono_before(router.now, end); heard++) {
		uint32_t bits = hear(&router, heard % 2 ? 0 : 50, 9);

		assert_true(bits & ANNOUNCE); /* which instance.c bounds */
		sent += (bits & ADVERT) != 0;
		withheld += (bits & ACTION_WITHHELD) != 0;
		pass(&router, 2000);
		if (left(&router) <= 0)
			sent += (ring(&router) & ADVERT) != 0;
	}
	assert_int_equal(heard, 5000);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	/* Five at once, and then one per interval, beside the one that is due. */
	assert_in_range(sent, 10, ENGINE_ANSWERS + 10 + 10);
	assert_in_range(withheld, 5000 - sent, 4995);
}

/* The rhythm goes on under a flood of them; when it is over, there are answers again. */
static void an_unanswered_advert_puts_ours_off_no_more_issue_8_4(void **state)
{
	struct router router = active_with(&plain);
	struct mono due;

	(void)state;
	for (unsigned i = 0; i < ENGINE_ANSWERS; i++)
		assert_int_equal(hear(&router, 50, 9), ADVERT | ANNOUNCE);
	due = due_of(&router);
	pass(&router, SECOND / 2);
	assert_int_equal(hear(&router, 50, 9), ACTION_WITHHELD | ANNOUNCE);
	assert_int_equal(hear(&router, 0, 9), ACTION_WITHHELD | ANNOUNCE);
	assert_true(due_of(&router).us == due.us);
	assert_int_equal(expire(&router), ADVERT);
	assert_true(router.now.us == due.us);
	assert_int_equal(hear(&router, 50, 9), ADVERT | ANNOUNCE);
	assert_int_equal(hear(&router, 50, 9), ACTION_WITHHELD | ANNOUNCE);
	pass(&router, ENGINE_ANSWERS * SECOND);
	router.member.due = mono_add(router.now, SECOND);
	for (unsigned i = 0; i < ENGINE_ANSWERS; i++)
		assert_int_equal(hear(&router, 50, 9), ADVERT | ANNOUNCE);
	assert_int_equal(hear(&router, 50, 9), ACTION_WITHHELD | ANNOUNCE);
}

/* ---- start and preemption ---- */

static void owner_starts_active(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.priority = 255;
	router = create_router(&config);
	assert_int_equal(command(&router, EVENT_STARTUP), KEEP | ADVERT | ADD | ANNOUNCE | NOTIFY);
	facts(&router, false);
	assert_int_equal(facts(&router, true), ADVERT | ADD | ANNOUNCE | NOTIFY);
}

/* Erratum 8298. */
static void two_owners_resolve_by_address(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.priority = 255;
	router = create_router(&config);
	command(&router, EVENT_STARTUP);
	assert_int_equal(hear(&router, 255, 4), ADVERT | ANNOUNCE);
	hear(&router, 255, 6);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

static void higher_priority_preempts_when_the_down_timer_ends(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	for (int i = 0; i < 3; i++) {
		pass(&router, SECOND);
		hear(&router, 50, 9);
	}
	assert_true(left(&router) == SKEW_100);
	expire(&router);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

static void nopreempt_lets_a_lower_priority_serve(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.nopreempt = true;
	router = backup_with(&config);
	for (int i = 0; i < 10; i++) {
		pass(&router, SECOND);
		hear(&router, 50, 9);
		assert_true(left(&router) == DOWN_100);
	}
	assert_true(engine_reasons(tied(&router), router.now) & 1u << REASON_NOPREEMPT);
	expire(&router); /* but not when it dies */
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

/* As measured on a peer: priority 150, 1 s, delay 4 s: Active 6.4 s after the first advert. */
static void preempt_delay_holds_off_then_lets_the_timer_run_out(void **state)
{
	struct engine_config config = plain;
	struct router router;
	struct mono first;

	(void)state;
	config.priority = 150;
	config.preempt_delay = 4 * SECOND;
	router = backup_with(&config);
	pass(&router, SECOND / 10);
	first = router.now;
	while (router.engine.state == ENGINE_BACKUP) {
		hear(&router, 50, 9);
		if (mono_diff(due_of(&router), router.now) <= SECOND)
			expire(&router);
		else
			pass(&router, SECOND);
	}
	assert_true(mono_diff(router.now, first) == 3 * SECOND + 3414062);
}

static void a_better_advert_cancels_preempt_delay(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.preempt_delay = 4 * SECOND;
	router = backup_with(&config);
	hear(&router, 50, 9);
	assert_true(engine_reasons(tied(&router), router.now) & 1u << REASON_PREEMPT_DELAY);
	pass(&router, 3 * SECOND);
	hear(&router, 150, 9);
	pass(&router, 2 * SECOND);
	hear(&router, 50, 9); /* a new delay begins */
	assert_true(left(&router) == DOWN_100);
}

static void preempt_delay_begins_anew_after_a_fault(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.preempt_delay = 4 * SECOND;
	router = backup_with(&config);
	hear(&router, 50, 9);
	pass(&router, SECOND);
	facts(&router, false);
	pass(&router, 10 * SECOND);
	facts(&router, true);
	hear(&router, 50, 9);
	assert_true(engine_reasons(tied(&router), router.now) & 1u << REASON_PREEMPT_DELAY);
}

/* ---- hand-over ---- */

static void standby_serves_until_the_peer_is_heard_and_has_arrived(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	assert_int_equal(command(&router, EVENT_STANDBY) & REMOVE, SILENCE);
	assert_int_equal(engine_public_state(&router.engine), INSTANCE_ACTIVE);
	pass(&router, SECOND / 2);
	hear(&router, 50, 9);
	assert_int_equal(router.last.outcome, OUTCOME_HANDED_OVER);
	assert_int_equal(engine_public_state(&router.engine), INSTANCE_BACKUP);
	assert_true(mono_diff(engine_due(&router.engine), router.now) == LINGER);
	assert_int_equal(expire(&router), REMOVE);
	assert_true(left(&router) == 3 * SECOND + SKEW_1 - LINGER);
}

static void standby_without_a_peer_stays_active_at_priority_1(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	command(&router, EVENT_STANDBY);
	assert_int_equal(expire(&router) & (ACTION_REMOVE_ADDRESSES | NOTIFY), 0);
	assert_int_equal(router.last.outcome, OUTCOME_NO_PEER);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	assert_int_equal(engine_priority(tied(&router), router.now), 1);
	hear(&router, 2, 4); /* whoever comes later takes over */
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

static void shutdown_waits_for_the_peer_but_not_for_ever(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	command(&router, EVENT_SHUTDOWN);
	assert_true(left(&router) == BOUND);
	assert_int_equal(expire(&router), REMOVE | NOTIFY | STOPPED);
}

static void a_long_interval_does_not_make_shutdown_long(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.advert_interval = 40 * SECOND;
	router = active_with(&config);
	command(&router, EVENT_SHUTDOWN);
	assert_true(left(&router) == 5 * SECOND);
}

/* Seen with FRR: it waits for its skew, and then sends its first advert an interval later. */
static void a_hand_over_gives_the_peer_its_skew_and_an_interval_issue_8_15(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.advert_interval = SECOND / 2;
	router = active_with(&config);
	command(&router, EVENT_STANDBY);
	assert_true(left(&router) > 800000 && left(&router) == BOUND - SECOND);
	router = active_with(&config); /* whose interval is a longer one */
	hear_at(&router, 50, 9, SECOND);
	command(&router, EVENT_STANDBY);
	assert_true(left(&router) == BOUND);
}

/* Neither what was heard before the hand-over nor another's resignation is a successor's voice. */
static void only_a_successors_voice_restarts_the_timer_of_a_hand_over_issue_8_32(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	command(&router, EVENT_STANDBY);
	pass(&router, SECOND);
	hear(&router, 0, 8);
	assert_int_equal(router.engine.state, ENGINE_RESIGNING);
	pass(&router, BOUND - SECOND);
	ring(&router);
	assert_int_equal(router.last.outcome, OUTCOME_NO_PEER);
}

static void addresses_stay_if_the_role_comes_back_within_the_linger(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	hear(&router, 150, 9);
	pass(&router, LINGER / 2);
	command(&router, EVENT_TAKEOVER);
	assert_true(router.engine.release_due.us == 0);
	pass(&router, LINGER);
	assert_int_equal(ring(&router), 0);
}

/* R10 of the field's failures: what a predecessor left on the interface. */
static void leftover_addresses_go_when_a_peer_serves_and_only_once(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	assert_int_equal(hear(&router, 0, 9) & REMOVE, 0);
	assert_int_equal(hear(&router, 150, 9), REMOVE);
	assert_int_equal(hear(&router, 150, 9), 0);
}

static void leftover_addresses_go_when_the_start_is_a_fault(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	facts(&router, false);
	assert_int_equal(command(&router, EVENT_STARTUP), KEEP | REMOVE | NOTIFY);
	assert_int_equal(router.engine.state, ENGINE_FAULT);
}

static void standby_is_kept_until_takeover(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	command(&router, EVENT_STANDBY);
	assert_int_equal(router.last.outcome, OUTCOME_NOT_ACTIVE);
	facts(&router, false);
	facts(&router, true);
	assert_int_equal(engine_priority(tied(&router), router.now), 1);
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(engine_priority(tied(&router), router.now), 100);
}

static void standby_puts_even_an_owner_below_its_peers(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.priority = 255;
	router = create_router(&config);
	command(&router, EVENT_STANDBY);
	command(&router, EVENT_STARTUP);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

static void takeover_overrides_nopreempt_and_keeps_its_priority_if_that_wins(void **state)
{
	struct engine_config config = plain;
	struct router router;

	(void)state;
	config.nopreempt = true;
	router = backup_with(&config);
	hear(&router, 50, 9);
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	assert_int_equal(engine_priority(tied(&router), router.now), 100);
	assert_false(router.engine.takeover);
}

static void takeover_from_a_better_peer_raises_the_priority(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear(&router, 200, 9);
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(engine_priority(tied(&router), router.now), 254);
	for (int advert = 0; advert < 4; advert++)
		expire(&router);
	assert_int_equal(engine_priority(tied(&router), router.now), 253);
	assert_int_equal(hear(&router, 200, 9), ADVERT | ANNOUNCE);
}

/* Who outranks us answers within an exchange of adverts: until then nothing is said. */
static void a_takeover_is_answered_once_the_role_is_held_issue_8_15(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear(&router, 200, 9);
	assert_int_equal(command(&router, EVENT_TAKEOVER) & DONE, 0);
	pass(&router, 1000);
	hear(&router, 200, 9); /* its last word */
	pass(&router, EXCHANGE - 1000);
	assert_int_equal(ring(&router) & DONE, 0);
	pass(&router, 1000);
	assert_int_equal(ring(&router) & DONE, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_ACTIVE);
	assert_int_equal(engine_priority(tied(&router), router.now), ENGINE_PRIORITY_TAKEN);
}

static void a_takeover_that_is_outranked_says_so_issue_8_15(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear(&router, 253, 9);
	command(&router, EVENT_TAKEOVER);
	pass(&router, 1000);
	assert_int_equal(hear(&router, 254, 9) & DONE, DONE); /* it was told to take over, too */
	assert_int_equal(router.last.outcome, OUTCOME_OUTRANKED);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	pass(&router, EXCHANGE);
	assert_int_equal(ring(&router) & DONE, 0);
}

static void a_takeover_wins_over_a_peer_not_heard_before_issue_8_15(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(engine_priority(tied(&router), router.now), plain.priority);
	assert_int_equal(hear(&router, 200, 9), ACTION_SEND_ADVERT);
	assert_int_equal(engine_priority(tied(&router), router.now), ENGINE_PRIORITY_TAKEOVER);
	pass(&router, EXCHANGE);
	assert_int_equal(ring(&router) & DONE, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_ACTIVE);
	hear(&router, 254, 9); /* but not over another order */
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

static void a_takeover_that_a_peer_does_not_hear_is_contested_issue_8_15(void **state)
{
	struct router router = backup_with(&plain);
	uint32_t done = 0;

	(void)state;
	hear(&router, 200, 9);
	command(&router, EVENT_TAKEOVER);
	for (int second = 0; second < 5 && !done; second++) {
		pass(&router, SECOND);
		hear(&router, 200, 9);
		done = ring(&router) & DONE;
	}
	assert_int_equal(done, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_CONTESTED);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

/* Whom it followed before a fault is no measure for whom it hears after it. */
static void who_was_followed_before_a_fault_is_forgotten_issue_8_32(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear(&router, 200, 9);
	facts(&router, false);
	facts(&router, true);
	pass(&router, SECOND / 2);
	hear(&router, 150, 8);
	assert_int_equal(left(&router), engine_down_interval(tied(&router), router.now));
}

/* At intervals of any length an operator has an answer within ten seconds. */
static void a_contested_takeover_is_answered_in_ten_seconds_issue_8_32(void **state)
{
	struct engine_config slow = plain;
	struct router router;
	uint32_t done = 0;

	(void)state;
	slow.advert_interval = 4 * SECOND;
	router = backup_with(&slow);
	hear_at(&router, 200, 9, 4 * SECOND);
	command(&router, EVENT_TAKEOVER);
	for (int second = 1; second <= 10; second++) {
		assert_int_equal(done, 0);
		pass(&router, SECOND);
		if (second % 4 == 0)
			hear_at(&router, 200, 9, 4 * SECOND);
		done = ring(&router) & DONE;
	}
	assert_int_equal(done, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_CONTESTED);
}

/* Two orders at once are decided by the addresses, and not by who gives his again. */
static void an_order_against_an_order_is_not_raised_issue_8_32(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(hear(&router, ENGINE_PRIORITY_TAKEOVER, 9) & DONE, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_OUTRANKED);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

static void a_takeover_that_ends_otherwise_says_how_issue_8_15(void **state)
{
	struct router router = backup_with(&plain), other;

	(void)state;
	command(&router, EVENT_TAKEOVER);
	other = router;
	assert_int_equal(facts(&other, false) & DONE, DONE);
	assert_int_equal(other.last.outcome, OUTCOME_FAULT);
	assert_int_equal(command(&router, EVENT_SHUTDOWN) & DONE, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_STOPPING);
}

/* An Active router that is told so again says it at once, if nobody else has spoken. */
static void a_takeover_of_who_is_active_waits_only_where_a_peer_speaks_issue_8_15(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	assert_int_equal(command(&router, EVENT_TAKEOVER) & DONE, DONE);
	hear(&router, 50, 9);
	assert_int_equal(command(&router, EVENT_TAKEOVER) & DONE, 0);
	pass(&router, EXCHANGE);
	assert_int_equal(ring(&router) & DONE, DONE);
	assert_int_equal(router.last.outcome, OUTCOME_ACTIVE);
}

/* Adverts that cross when one router's priority has just become less: each had believed the other.
 */
static void a_peer_that_may_have_believed_us_does_not_depose_us_issue_8_35(void **state)
{
	struct router router = backup_with(&plain), lowered;
	struct engine_config lower = plain;

	(void)state;
	hear(&router, 200, 9);
	command(&router, EVENT_TAKEOVER);
	pass(&router, EXCHANGE);
	ring(&router);
	assert_int_equal(engine_priority(tied(&router), router.now), ENGINE_PRIORITY_TAKEN);
	assert_int_equal(hear(&router, 254, 4), 0); /* sent before it heard our 254 */
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	pass(&router, SECOND);
	ring(&router);
	pass(&router, 1000);
	hear(&router, 254, 4); /* it goes on */
	assert_int_equal(router.engine.state, ENGINE_BACKUP);

	lower.priority = 50; /* a reload does the same */
	lowered = active_with(&plain);
	feed(&lowered, (struct engine_event){.kind = EVENT_CONFIGURE,
					     .member = &lowered.member,
					     .config = &lower});
	assert_int_equal(hear(&lowered, 70, 9), 0);
	pass(&lowered, SECOND);
	ring(&lowered);
	pass(&lowered, 1000);
	hear(&lowered, 70, 9);
	assert_int_equal(lowered.engine.state, ENGINE_BACKUP);
}

/* It may have believed the last of many adverts as well as the first. */
static void a_peer_may_have_believed_our_latest_advert_issue_8_32(void **state)
{
	struct router router = active_with(&plain);
	struct engine_config lower = plain;

	(void)state;
	lower.priority = 50;
	expire(&router);
	pass(&router, SECOND / 5);
	feed(&router, (struct engine_event){
			      .kind = EVENT_CONFIGURE, .member = &router.member, .config = &lower});
	pass(&router, SECOND / 5);
	assert_int_equal(hear(&router, 70, 9), 0);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

/* Back and forth as often as one likes: the last takeover wins, whatever the addresses. */
static void takeovers_in_turn_always_win(void **state)
{
	struct router a = active_with(&plain), b = backup_with(&plain);
	struct router *active = &a, *backup = &b;

	(void)state;
	a.member.source = ipv4(1);
	b.member.source = ipv4(200);
	b.now = a.now;
	for (int turn = 0; turn < 300; turn++) {
		struct router *next = backup;
		uint8_t last = backup->member.source.bytes[3];

		hear(backup, engine_priority(tied(active), active->now),
		     active->member.source.bytes[3]);
		command(backup, EVENT_TAKEOVER);
		hear(active, engine_priority(tied(backup), backup->now), last);
		assert_int_equal(active->engine.state, ENGINE_BACKUP);
		assert_int_equal(backup->engine.state, ENGINE_ACTIVE);
		backup = active;
		active = next;
		for (int second = 0; second < 6; second++) {
			pass(&a, SECOND);
			pass(&b, SECOND);
			ring(active);
			hear(backup, engine_priority(tied(active), active->now), last);
		}
		assert_int_equal(active->engine.state, ENGINE_ACTIVE);
	}
}

static void a_takeover_ends_when_another_peer_takes_over(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	hear(&router, 200, 9);
	command(&router, EVENT_TAKEOVER);
	hear(&router, 255, 9);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	assert_int_equal(engine_priority(tied(&router), router.now), 100);
}

/* So that priority 0 can still be sent when the interface has lost its address. */
static void the_last_word_is_spoken_from_the_address_that_was_there(void **state)
{
	struct router router = active_with(&plain);
	const struct engine_event lost = {.kind = EVENT_FACTS, .member = &router.member};
	const struct address before = ipv4(5);

	(void)state;
	assert_int_equal(feed(&router, lost) & ZERO, ZERO);
	assert_int_equal(address_compare(&router.member.source, &before), 0);
}

static void takeover_in_fault_is_refused(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	facts(&router, false);
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(router.last.outcome, OUTCOME_FAULT);
	assert_int_equal(router.engine.state, ENGINE_FAULT);
}

/* ---- late is not alive ---- */

static void a_frozen_active_listens_before_it_speaks(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	pass(&router, 10 * SECOND);
	assert_int_equal(ring(&router), KEEP | SILENCE);
	pass(&router, SECOND / 5);
	assert_int_equal(hear(&router, 50, 9) & ADVERT, 0);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

/* The queue is read before the timers: what lies in it must not make the sleeper talk. */
static void a_frozen_active_does_not_answer_what_waited_in_its_queue(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	pass(&router, 10 * SECOND);
	assert_int_equal(hear(&router, 50, 9), KEEP | ZERO | REMOVE | NOTIFY);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	assert_true(left(&router) == DOWN_100);
}

static void a_frozen_active_alone_serves_on_without_a_role_change(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	pass(&router, 10 * SECOND);
	ring(&router);
	assert_int_equal(expire(&router), ADVERT | ADD | ANNOUNCE);
}

static void a_frozen_backup_listens_before_it_takes_over(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	pass(&router, 60 * SECOND);
	assert_int_equal(ring(&router), 0);
	assert_true(left(&router) == SECOND + SKEW_100);
}

static void lateness_below_the_peers_down_interval_changes_nothing(void **state)
{
	struct router router = active_with(&plain);

	(void)state;
	router.now = mono_add(due_of(&router), 2 * SECOND);
	assert_int_equal(ring(&router), ADVERT);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

/* ---- taking up a predecessor's role ---- */

static struct engine_actions adopt(struct router *router, struct engine_journal journal)
{
	engine_member_adopt(tied(router), &journal);
	router->last = engine_adopt(&router->engine, router->now);
	return router->last;
}

static void adopted_active_advertises_at_once_without_a_role_change(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	adopt(&router, (struct engine_journal){.state = INSTANCE_ACTIVE,
					       .advert_sent = {START - 2 * SECOND}});
	assert_int_equal(router.last.bits, ADVERT | ADD | ANNOUNCE);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
	assert_true(left(&router) == SECOND);
}

static void adopted_active_that_was_silent_too_long_listens(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	adopt(&router, (struct engine_journal){.state = INSTANCE_ACTIVE,
					       .advert_sent = {START - 3 * SECOND}});
	assert_int_equal(router.last.bits, KEEP | SILENCE);
	assert_int_equal(router.engine.state, ENGINE_LISTENING);
	hear(&router, 50, 9);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
}

static void adopted_backup_keeps_its_timer_but_listens_at_least_once(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	adopt(&router,
	      (struct engine_journal){.state = INSTANCE_BACKUP, .down_due = {START + 3 * SECOND}});
	assert_int_equal(router.last.bits, KEEP);
	assert_true(left(&router) == 3 * SECOND);
	router = create_router(&plain);
	adopt(&router,
	      (struct engine_journal){.state = INSTANCE_BACKUP, .down_due = {START + SECOND / 10}});
	assert_true(left(&router) == SECOND + SKEW_100);
}

static void adopted_backup_uses_the_active_routers_interval(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	adopt(&router, (struct engine_journal){.state = INSTANCE_BACKUP,
					       .peer = {.priority = 150, .interval = SECOND / 10}});
	assert_true(left(&router) == SECOND / 10 + SKEW_100 / 10);
}

static void a_senseless_journal_can_not_silence_a_backup(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	adopt(&router, (struct engine_journal){.state = INSTANCE_BACKUP, .down_due = {INT64_MAX}});
	assert_true(left(&router) == SECOND + SKEW_100);
}

static void adopted_wishes_of_the_operator_hold(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	adopt(&router, (struct engine_journal){.state = INSTANCE_BACKUP, .standby = true});
	assert_int_equal(engine_priority(tied(&router), router.now), 1);
	router = create_router(&plain);
	adopt(&router, (struct engine_journal){.state = INSTANCE_ACTIVE, .takeover = true});
	assert_int_equal(engine_priority(tied(&router), router.now), 253);
}

static void adoption_with_the_link_down_is_a_fault_and_says_so(void **state)
{
	struct router router = create_router(&plain);

	(void)state;
	facts(&router, false);
	adopt(&router, (struct engine_journal){.state = INSTANCE_ACTIVE, .advert_sent = {START}});
	assert_int_equal(router.last.bits, REMOVE | NOTIFY);
	router = create_router(&plain);
	adopt(&router, (struct engine_journal){.state = INSTANCE_FAULT});
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	assert_int_equal(router.last.bits, NOTIFY);
}

/* Guarded: who is silent without having said so may still serve. */
static void a_guarded_router_asks_before_it_follows_a_dead_one(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	router.engine.guarded = true;
	hear(&router, 150, 9);
	assert_int_equal(expire(&router), ACTION_ASK);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	pass(&router, 60 * SECOND);
	assert_int_equal(command(&router, EVENT_TIMER), 0);
	assert_int_equal(command(&router, EVENT_PERMIT), ADVERT | ADD | ANNOUNCE | NOTIFY);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

static void a_permission_is_void_when_somebody_was_heard(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	router.engine.guarded = true;
	assert_int_equal(expire(&router), ACTION_ASK);
	hear(&router, 150, 9);
	assert_int_equal(command(&router, EVENT_PERMIT), 0);
	assert_int_equal(router.engine.state, ENGINE_BACKUP);
	assert_int_equal(expire(&router), ACTION_ASK);
}

static void what_is_planned_needs_no_permission(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	router.engine.guarded = true;
	hear(&router, 150, 9);
	hear(&router, 0, 9);
	expire(&router);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);

	router = backup_with(&plain);
	router.engine.guarded = true;
	while (router.engine.state == ENGINE_BACKUP) {
		hear(&router, 50, 9); /* a lesser one that speaks is preempted */
		if (mono_diff(due_of(&router), router.now) <= SECOND)
			expire(&router);
		else
			pass(&router, SECOND);
		assert_false(router.last.bits & ACTION_ASK);
	}
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);

	router = backup_with(&plain);
	router.engine.guarded = true;
	command(&router, EVENT_TAKEOVER);
	assert_int_equal(router.engine.state, ENGINE_ACTIVE);
}

static void reasons_say_what_holds_the_role(void **state)
{
	struct router router = backup_with(&plain);

	(void)state;
	assert_int_equal(engine_reasons(tied(&router), router.now), 1u << REASON_STARTUP);
	hear(&router, 150, 9);
	assert_int_equal(engine_reasons(tied(&router), router.now), 1u << REASON_PEER);
	command(&router, EVENT_STANDBY);
	assert_int_equal(engine_reasons(tied(&router), router.now),
			 1u << REASON_PEER | 1u << REASON_STANDBY);
	router = active_with(&plain);
	assert_int_equal(engine_reasons(tied(&router), router.now), 1u << REASON_ELECTED);
	command(&router, EVENT_SHUTDOWN);
	assert_int_equal(engine_reasons(tied(&router), router.now), 1u << REASON_HANDOVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table),
		cmocka_unit_test(a_guarded_router_asks_before_it_follows_a_dead_one),
		cmocka_unit_test(a_permission_is_void_when_somebody_was_heard),
		cmocka_unit_test(what_is_planned_needs_no_permission),
		cmocka_unit_test(v3_timers_are_as_the_standard_computes_them),
		cmocka_unit_test(v2_skew_is_a_part_of_a_second_whatever_the_interval),
		cmocka_unit_test(v3_backup_learns_the_active_routers_interval),
		cmocka_unit_test(a_lesser_routers_advert_shortens_no_timer_issue_8_35),
		cmocka_unit_test(a_better_router_is_waited_for_only_so_long_issue_8_35),
		cmocka_unit_test(v3_interval_of_a_discarded_advert_is_not_learned),
		cmocka_unit_test(v3_interval_of_priority_zero_gives_the_skew),
		cmocka_unit_test(adverts_keep_their_rhythm_when_the_loop_is_late),
		cmocka_unit_test(a_missed_deadline_is_not_made_up_for),
		cmocka_unit_test(early_timers_do_nothing),
		cmocka_unit_test(owner_starts_active),
		cmocka_unit_test(two_owners_resolve_by_address),
		cmocka_unit_test(down_timer_adverts_stretch_the_down_interval),
		cmocka_unit_test(down_timer_adverts_are_the_silence_that_is_too_long),
		cmocka_unit_test(lower_priority_may_be_left_without_an_answer),
		cmocka_unit_test(who_yields_always_sends_a_last_advert_issue_8_18),
		cmocka_unit_test(answers_to_strangers_are_bounded_issue_8_4),
		cmocka_unit_test(an_unanswered_advert_puts_ours_off_no_more_issue_8_4),
		cmocka_unit_test(higher_priority_preempts_when_the_down_timer_ends),
		cmocka_unit_test(nopreempt_lets_a_lower_priority_serve),
		cmocka_unit_test(preempt_delay_holds_off_then_lets_the_timer_run_out),
		cmocka_unit_test(a_better_advert_cancels_preempt_delay),
		cmocka_unit_test(preempt_delay_begins_anew_after_a_fault),
		cmocka_unit_test(standby_serves_until_the_peer_is_heard_and_has_arrived),
		cmocka_unit_test(standby_without_a_peer_stays_active_at_priority_1),
		cmocka_unit_test(shutdown_waits_for_the_peer_but_not_for_ever),
		cmocka_unit_test(a_long_interval_does_not_make_shutdown_long),
		cmocka_unit_test(addresses_stay_if_the_role_comes_back_within_the_linger),
		cmocka_unit_test(leftover_addresses_go_when_a_peer_serves_and_only_once),
		cmocka_unit_test(leftover_addresses_go_when_the_start_is_a_fault),
		cmocka_unit_test(standby_is_kept_until_takeover),
		cmocka_unit_test(standby_puts_even_an_owner_below_its_peers),
		cmocka_unit_test(takeover_overrides_nopreempt_and_keeps_its_priority_if_that_wins),
		cmocka_unit_test(takeover_from_a_better_peer_raises_the_priority),
		cmocka_unit_test(a_takeover_is_answered_once_the_role_is_held_issue_8_15),
		cmocka_unit_test(a_takeover_that_is_outranked_says_so_issue_8_15),
		cmocka_unit_test(a_takeover_wins_over_a_peer_not_heard_before_issue_8_15),
		cmocka_unit_test(a_takeover_that_a_peer_does_not_hear_is_contested_issue_8_15),
		cmocka_unit_test(who_was_followed_before_a_fault_is_forgotten_issue_8_32),
		cmocka_unit_test(a_contested_takeover_is_answered_in_ten_seconds_issue_8_32),
		cmocka_unit_test(an_order_against_an_order_is_not_raised_issue_8_32),
		cmocka_unit_test(a_takeover_that_ends_otherwise_says_how_issue_8_15),
		cmocka_unit_test(
			a_takeover_of_who_is_active_waits_only_where_a_peer_speaks_issue_8_15),
		cmocka_unit_test(a_peer_that_may_have_believed_us_does_not_depose_us_issue_8_35),
		cmocka_unit_test(a_hand_over_gives_the_peer_its_skew_and_an_interval_issue_8_15),
		cmocka_unit_test(
			only_a_successors_voice_restarts_the_timer_of_a_hand_over_issue_8_32),
		cmocka_unit_test(a_peer_may_have_believed_our_latest_advert_issue_8_32),
		cmocka_unit_test(takeovers_in_turn_always_win),
		cmocka_unit_test(a_takeover_ends_when_another_peer_takes_over),
		cmocka_unit_test(the_last_word_is_spoken_from_the_address_that_was_there),
		cmocka_unit_test(takeover_in_fault_is_refused),
		cmocka_unit_test(a_frozen_active_listens_before_it_speaks),
		cmocka_unit_test(a_frozen_active_does_not_answer_what_waited_in_its_queue),
		cmocka_unit_test(a_frozen_active_alone_serves_on_without_a_role_change),
		cmocka_unit_test(a_frozen_backup_listens_before_it_takes_over),
		cmocka_unit_test(lateness_below_the_peers_down_interval_changes_nothing),
		cmocka_unit_test(adopted_active_advertises_at_once_without_a_role_change),
		cmocka_unit_test(adopted_active_that_was_silent_too_long_listens),
		cmocka_unit_test(adopted_backup_keeps_its_timer_but_listens_at_least_once),
		cmocka_unit_test(adopted_backup_uses_the_active_routers_interval),
		cmocka_unit_test(a_senseless_journal_can_not_silence_a_backup),
		cmocka_unit_test(adopted_wishes_of_the_operator_hold),
		cmocka_unit_test(adoption_with_the_link_down_is_a_fault_and_says_so),
		cmocka_unit_test(reasons_say_what_holds_the_role),
	};

	return cmocka_run_group_tests_name("vrrp engine", tests, NULL, NULL);
}
