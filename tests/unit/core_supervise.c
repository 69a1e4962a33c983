/* The supervisor: links between workers, and the order of a reload.  The worker_* functions below
 * take the place of worker.c's: a worker is a link whose other end is read here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/director/supervise.h"

/* A worker's side. */
struct side {
	struct link *link;
	unsigned n_peers; /* links to its peer that it was given */
	const struct generation *wanted;
	struct message_peer peer;
};

static struct side sides[ROLE_KINDS];

static void on_side_message(struct link *link, struct message *message, void *data)
{
	struct side *side = data;

	(void)link;
	assert_int_equal(message->type, MESSAGE_PEER);
	memcpy(&side->peer, message->payload, sizeof(side->peer));
	side->n_peers++;
}

static void on_nothing(struct link *link, struct message *message, void *data)
{
	(void)link;
	(void)message;
	(void)data;
}

static void on_closed(struct link *link, void *data)
{
	(void)link;
	(void)data;
}

void worker_init(struct worker *worker, struct loop *loop, const struct options *options,
		 enum role_kind kind, unsigned index, const struct worker_events *events,
		 void *data)
{
	struct side *side = &sides[kind];
	int fds[2];

	*worker = (struct worker){.kind = kind,
				  .index = index,
				  .loop = loop,
				  .options = options,
				  .events = events,
				  .data = data,
				  .sent = 1};
	snprintf(worker->name, sizeof(worker->name), "%s", role_kind_name(kind));
	assert_true(link_pair(fds));
	worker->link =
		link_create(loop, fds[0], ROLE_MAIN, kind, index, on_nothing, on_closed, NULL);
	*side = (struct side){0};
	side->link =
		link_create(loop, fds[1], kind, ROLE_MAIN, 0, on_side_message, on_closed, side);
}

void worker_release(struct worker *worker)
{
	link_destroy(worker->link);
	link_destroy(sides[worker->kind].link);
}

static const struct worker *dead; /* NULL: all live */

bool worker_is_alive(const struct worker *worker)
{
	return worker != dead;
}

void worker_want(struct worker *worker, struct generation *generation)
{
	sides[worker->kind].wanted = generation;
}

void worker_start(struct worker *worker)
{
	(void)worker;
}

void worker_stop(struct worker *worker, bool keep)
{
	(void)worker;
	(void)keep;
}

void worker_kill(struct worker *worker)
{
	(void)worker;
}

static unsigned judged;

void worker_check_heartbeat(struct worker *worker, struct mono now)
{
	(void)worker;
	(void)now;
	judged++;
}

static unsigned excused;

void worker_excuse(struct worker *worker, struct mono now, int64_t delay)
{
	(void)worker;
	(void)now;
	assert_in_range(delay, 100 * USEC_PER_MSEC, 60 * USEC_PER_SEC);
	excused++;
}

static struct loop *loop;
static struct supervisor *supervisor;

static void turn_for(int64_t duration)
{
	struct mono end = mono_add(mono_read(), duration);

	while (mono_diff(end, mono_read()) > 0)
		loop_turn(loop, 20 * USEC_PER_MSEC);
}

/* Worker.c hands what it does not handle itself to the supervisor. */
static void say_lost(enum role_kind who, const struct message_peer *peer)
{
	struct worker *worker = supervisor_find(supervisor, who, 0);
	struct message message = {MESSAGE_PEER_LOST, peer, sizeof(*peer), {-1, -1}};

	worker->events->message(worker, &message, worker->data);
}

/* ---- check.0 and ipvs, which are not started yet ---- */

static struct generation generation;

static int set_up(void **state)
{
	static const struct options options = {.checkers_only = true};
	static const struct supervisor_events events;

	(void)state;
	generation = (struct generation){.number = 1, .references = 2};
	loop = loop_create();
	supervisor = supervisor_create(loop, &options, 1, -1, &events, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (supervisor)
		supervisor_destroy(supervisor);
	if (loop)
		loop_destroy(loop);
	return 0;
}

static void issue_8_11_a_closed_link_is_made_again(void **state)
{
	const struct side *check = &sides[ROLE_CHECK], *ipvs = &sides[ROLE_IPVS];
	struct message_peer before;

	(void)state;
	supervisor_start(supervisor, &generation);
	turn_for(50 * USEC_PER_MSEC);
	assert_int_equal(check->n_peers, 1);
	assert_int_equal(ipvs->n_peers, 1);
	assert_int_equal(check->peer.link, ipvs->peer.link);
	before = ipvs->peer;

	say_lost(ROLE_IPVS, &before);
	while (check->n_peers < 2 || ipvs->n_peers < 2)
		loop_turn(loop, -1);
	assert_int_equal(check->peer.link, ipvs->peer.link);
	assert_int_not_equal(check->peer.link, before.link);

	/* The other end of the old link is noticed late: that is no news. */
	before.kind = ROLE_IPVS;
	say_lost(ROLE_CHECK, &before);
	turn_for(1300 * USEC_PER_MSEC);
	assert_int_equal(check->n_peers, 2);
	assert_int_equal(ipvs->n_peers, 2);
}

/* Until there is a new link, nobody knows how old the verdicts are: at its loss, while one of both
 * is dead, and before there was any. */
static void issue_8_11_a_missing_link_is_known_as_such(void **state)
{
	struct worker *check = supervisor_find(supervisor, ROLE_CHECK, 0);
	struct worker *ipvs = supervisor_find(supervisor, ROLE_IPVS, 0);

	(void)state;
	ipvs->sent = 0;
	supervisor_start(supervisor, &generation);
	assert_false(supervisor_is_linked(supervisor, 0)); /* ipvs has no end of it yet */
	ipvs->sent = 1;
	ipvs->events->ready(ipvs, ipvs->data);
	assert_true(supervisor_is_linked(supervisor, 0));
	assert_false(supervisor_is_linked(supervisor, 1));
	turn_for(50 * USEC_PER_MSEC);

	say_lost(ROLE_IPVS, &sides[ROLE_IPVS].peer);
	assert_false(supervisor_is_linked(supervisor, 0));
	while (!supervisor_is_linked(supervisor, 0))
		loop_turn(loop, -1);
	turn_for(50 * USEC_PER_MSEC);
	assert_int_equal(sides[ROLE_IPVS].n_peers, 2);

	for (unsigned i = 0; i < 2; i++) {
		dead = i == 0 ? check : ipvs;
		assert_false(supervisor_is_linked(supervisor, 0));
	}
	dead = NULL;
}

/* Main is out of descriptors for a while. */
static void issue_8_11_a_link_that_could_not_be_made_is_tried_again(void **state)
{
	struct rlimit limit, none;
	int next = dup(STDIN_FILENO);

	(void)state;
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){(rlim_t)next, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	supervisor_start(supervisor, &generation);
	turn_for(50 * USEC_PER_MSEC);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(sides[ROLE_IPVS].n_peers, 0);
	assert_false(supervisor_is_linked(supervisor, 0));
	for (unsigned i = 0; i < 600 && sides[ROLE_IPVS].n_peers == 0; i++)
		turn_for(50 * USEC_PER_MSEC);
	turn_for(50 * USEC_PER_MSEC); /* for the other side */
	assert_int_equal(sides[ROLE_IPVS].n_peers, 1);
	assert_int_equal(sides[ROLE_CHECK].n_peers, 1);
	assert_int_equal(sides[ROLE_CHECK].peer.link, sides[ROLE_IPVS].peer.link);
}

/* Whoever was held up for so long may have held up the workers, too. */
static void issue_8_32_a_supervisor_that_was_late_judges_nobody(void **state)
{

	(void)state;
	for (judged = 0; judged == 0;)
		loop_turn(loop, -1);
	assert_int_equal(judged, supervisor_count(supervisor));
	for (unsigned i = 0; i < 3; i++) {
		usleep(250 * 1000); /* the timer is due after 100 ms, and late after 200 */
		judged = excused = 0;
		loop_turn(loop, -1);
		assert_int_equal(judged, 0);
		assert_int_equal(excused, supervisor_count(supervisor));
	}
	while (judged == 0)
		loop_turn(loop, -1);
}

/* One whose links are refused again and again gets no more than one in a second. */
static void issue_8_32_a_link_that_keeps_closing_is_made_once_in_a_second(void **state)
{
	const struct side *ipvs = &sides[ROLE_IPVS];
	struct mono begin = mono_read();

	(void)state;
	supervisor_start(supervisor, &generation);
	for (unsigned n = 1; n <= 3; n++) {
		while (ipvs->n_peers < n)
			loop_turn(loop, -1);
		assert_true(mono_diff(mono_read(), begin) >= (n - 1) * USEC_PER_SEC);
		say_lost(ROLE_IPVS, &ipvs->peer);
	}
}

static unsigned open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Main keeps no end of a link that it has handed out, nor of one that it makes anew before that. */
static void ends_of_links_do_not_pile_up_in_main(void **state)
{
	struct worker *check = supervisor_find(supervisor, ROLE_CHECK, 0);
	struct worker *ipvs = supervisor_find(supervisor, ROLE_IPVS, 0);
	unsigned before = open_descriptors();

	(void)state;
	supervisor_start(supervisor, &generation);
	turn_for(50 * USEC_PER_MSEC);
	assert_int_equal(sides[ROLE_CHECK].n_peers, 1);
	assert_int_equal(open_descriptors(), before);
	dead = ipvs; /* its own start will link them */
	check->events->started(check, check->data);
	turn_for(50 * USEC_PER_MSEC);
	assert_int_equal(sides[ROLE_CHECK].n_peers, 1);
	dead = NULL;
	ipvs->events->started(ipvs, ipvs->data);
	turn_for(50 * USEC_PER_MSEC);
	assert_int_equal(sides[ROLE_CHECK].n_peers, 2);
	assert_int_equal(open_descriptors(), before);
	check->sent = ipvs->sent = 0; /* both were started anew, and have no configuration yet */
	for (unsigned i = 0; i < 10; i++)
		check->events->started(check, check->data);
	assert_int_equal(open_descriptors(), before + 2);
	supervisor_destroy(supervisor);
	loop_destroy(loop);
	supervisor = NULL;
	loop = NULL;
	/* And two workers' links, the loop, the slots. */
	assert_int_equal(open_descriptors(), before - 4 - 1 - 2);
}

static unsigned n_settled;

static void on_settled(void *data)
{
	(void)data;
	n_settled++;
}

static void confirm(enum role_kind who, uint64_t number)
{
	struct worker *worker = supervisor_find(supervisor, who, 0);

	worker->confirmed = number;
	worker->events->confirmed(worker, worker->data);
}

/* A verdict about a server that ipvs does not know yet would be lost. */
static void issue_8_32_check_workers_are_configured_when_all_others_are(void **state)
{
	static const struct options options;
	static const struct supervisor_events events = {.settled = on_settled};
	static struct conf none;
	static struct generation first = {.number = 1, .conf = &none, .references = 2},
				 second = {.number = 2, .conf = &none, .references = 2};

	(void)state;
	loop = loop_create();
	supervisor = supervisor_create(loop, &options, 1, -1, &events, NULL);
	n_settled = 0;
	supervisor_start(supervisor, &first);
	for (unsigned kind = 0; kind < ROLE_KINDS; kind++)
		if (supervisor_find(supervisor, kind, 0))
			confirm(kind, 1);
	assert_int_equal(n_settled, 1);
	supervisor_configure(supervisor, &second);
	assert_ptr_equal(sides[ROLE_IPVS].wanted, &second);
	assert_ptr_equal(sides[ROLE_VRRP].wanted, &second);
	assert_ptr_equal(sides[ROLE_CHECK].wanted, &first);
	confirm(ROLE_VRRP, 2);
	assert_ptr_equal(sides[ROLE_NET].wanted, &second);
	confirm(ROLE_NET, 2);
	assert_ptr_equal(sides[ROLE_CHECK].wanted, &first);
	confirm(ROLE_IPVS, 2);
	assert_ptr_equal(sides[ROLE_CHECK].wanted, &second);
	assert_int_equal(n_settled, 1);
	confirm(ROLE_CHECK, 2);
	assert_int_equal(n_settled, 2);
	confirm(ROLE_IPVS, 2); /* one that was started anew */
	assert_int_equal(n_settled, 2);
}

int main(void)
{
#define PAIR(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		PAIR(issue_8_11_a_closed_link_is_made_again),
		PAIR(issue_8_11_a_missing_link_is_known_as_such),
		PAIR(issue_8_11_a_link_that_could_not_be_made_is_tried_again),
		PAIR(issue_8_32_a_supervisor_that_was_late_judges_nobody),
		PAIR(issue_8_32_a_link_that_keeps_closing_is_made_once_in_a_second),
		PAIR(ends_of_links_do_not_pile_up_in_main),
		cmocka_unit_test_teardown(
			issue_8_32_check_workers_are_configured_when_all_others_are, tear_down),
	};

	return cmocka_run_group_tests_name("core_supervise", tests, NULL, NULL);
}
