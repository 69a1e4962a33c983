/*
 * The set of workers: vrrp, net, ipvs and check × N (less with -P or -C), all started whatever the
 * configuration says, since a reload may bring work for any of them.
 *
 * It links the couples that talk to each other, check.i with ipvs, vrrp with ipvs and with net:
 * each gets one end of a fresh socket pair, again whenever one of the two was started anew.  It
 * decides the order of a reload: whoever is told things by others (ipvs by check) gets the new
 * configuration first. Links are levels: where a worker says that one was closed, for a message
 * that it refused or because its peer died, and both live, there is a new one within a second.
 * Until then the status says that nobody knows the age of those verdicts. And it checks heartbeats,
 * unless main itself was delayed: then the workers may just have waited for the same CPU, or the
 * whole machine slept, and that time does not count.
 */
#include "core/director/supervise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/text.h"
#include "vrrp/net/slots.h"

#define HEARTBEAT_CHECK_INTERVAL (100 * USEC_PER_MSEC)
#define MAIN_DELAY_MAX		 (100 * USEC_PER_MSEC) /* main was delayed this long: no worker is judged */

#define RELINK_INTERVAL (1 * USEC_PER_SEC) /* a peer that is always refused costs no more */

/* Two workers that talk to each other; `fds` are ends not yet handed out, else -1. */
struct couple {
	struct worker *workers[2];
	int fds[2];
	uint32_t link;	    /* number of the present one */
	bool lost;	    /* a worker said so of the present one */
	struct mono linked; /* when it was made */
};

struct supervisor {
	struct loop *loop;
	struct worker *workers;
	size_t n_workers;
	struct couple *couples;
	size_t n_couples;
	struct slots *slots; /* by which vrrp tells net what to do */
	int slots_readable;
	struct generation *newest;
	struct timer heartbeat_timer;
	const struct supervisor_events *events;
	void *data;
	bool settled; /* told already */
};

static void hand_out(struct couple *couple, unsigned side)
{
	struct worker *worker = couple->workers[side], *peer = couple->workers[!side];
	struct message_peer message = {
		.kind = peer->kind, .index = peer->index, .link = couple->link};

	/* A worker learns of its peers after its first configuration. */
	if (couple->fds[side] < 0 || !worker->link || !worker->sent)
		return;
	if (link_send_fds(worker->link, MESSAGE_PEER, &message, sizeof(message), &couple->fds[side],
			  1))
		fd_close(&couple->fds[side]);
}

static void relink(struct couple *couple)
{
	fd_close(&couple->fds[0]);
	fd_close(&couple->fds[1]);
	couple->link++;
	couple->lost = false;
	couple->linked = mono_read();
	if (!link_pair(couple->fds)) {
		log_error("cannot create a link between %s and %s: %s", couple->workers[0]->name,
			  couple->workers[1]->name, strerror(errno));
		couple->lost = true; /* tried again as one that was closed */
		return;
	}
	hand_out(couple, 0);
	hand_out(couple, 1);
}

static void on_started(struct worker *worker, void *data)
{
	struct supervisor *supervisor = data;

	for (size_t i = 0; i < supervisor->n_couples; i++) {
		struct couple *couple = &supervisor->couples[i];

		if (couple->workers[0] != worker && couple->workers[1] != worker)
			continue;
		/* Where the other one is not there yet, its own start will do this. */
		if (worker_is_alive(couple->workers[0]) && worker_is_alive(couple->workers[1]))
			relink(couple);
	}
}

static void on_ready(struct worker *worker, void *data)
{
	struct supervisor *supervisor = data;

	for (size_t i = 0; i < supervisor->n_couples; i++)
		for (unsigned side = 0; side < 2; side++)
			if (supervisor->couples[i].workers[side] == worker)
				hand_out(&supervisor->couples[i], side);
}

static void on_changed(struct worker *worker, void *data)
{
	struct supervisor *supervisor = data;

	supervisor->events->changed(worker, supervisor->data);
}

static bool has_newest(const struct supervisor *supervisor, const struct worker *worker)
{
	return supervisor->newest && worker->confirmed == supervisor->newest->number;
}

bool supervisor_is_settled(const struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (!has_newest(supervisor, &supervisor->workers[i]))
			return false;
	return true;
}

static void tell_settled(struct supervisor *supervisor)
{
	if (supervisor->settled || !supervisor_is_settled(supervisor))
		return;
	supervisor->settled = true;
	supervisor->events->settled(supervisor->data);
}

static void on_confirmed(struct worker *worker, void *data)
{
	struct supervisor *supervisor = data;
	bool check_turn = true;

	(void)worker;
	/* The check workers' turn comes when everybody else has the newest generation. */
	for (size_t i = 0; i < supervisor->n_workers; i++)
		check_turn = check_turn && (supervisor->workers[i].kind == ROLE_CHECK ||
					    has_newest(supervisor, &supervisor->workers[i]));
	for (size_t i = 0; check_turn && i < supervisor->n_workers; i++)
		worker_want(&supervisor->workers[i], supervisor->newest);
	tell_settled(supervisor);
}

static void on_ended(struct worker *worker, void *data)
{
	struct supervisor *supervisor = data;

	supervisor->events->ended(worker, supervisor->data);
}

/* What is said of a link before the present one is of no interest. */
static void note_lost(struct supervisor *supervisor, const struct worker *worker,
		      const struct message_peer *lost)
{
	for (size_t i = 0; i < 2 * supervisor->n_couples; i++) {
		struct couple *couple = &supervisor->couples[i / 2];
		const struct worker *peer = couple->workers[!(i % 2)];

		if (couple->workers[i % 2] == worker && peer->kind == lost->kind &&
		    peer->index == lost->index && couple->link == lost->link)
			couple->lost = true;
	}
}

static void relink_lost(struct supervisor *supervisor, struct mono now)
{
	for (size_t i = 0; i < supervisor->n_couples; i++) {
		struct couple *couple = &supervisor->couples[i];

		if (!couple->lost || mono_diff(now, couple->linked) < RELINK_INTERVAL ||
		    !worker_is_alive(couple->workers[0]) || !worker_is_alive(couple->workers[1]))
			continue;
		log_warning("the link between %s and %s is missing, making a new one",
			    couple->workers[0]->name, couple->workers[1]->name);
		relink(couple);
	}
}

static void on_message(struct worker *worker, struct message *message, void *data)
{
	struct supervisor *supervisor = data;

	if (message->type == MESSAGE_PEER_LOST)
		note_lost(supervisor, worker, message->payload);
	else
		supervisor->events->message(worker, message, supervisor->data);
}

static void on_heartbeat_timer(struct timer *timer, void *data)
{
	struct supervisor *supervisor = data;
	struct mono now = mono_read();
	int64_t delay = mono_diff(now, timer->due);

	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (delay > MAIN_DELAY_MAX)
			worker_excuse(&supervisor->workers[i], now, delay);
		else
			worker_check_heartbeat(&supervisor->workers[i], now);
	relink_lost(supervisor, now);
	timer_set(supervisor->loop, timer, mono_add(mono_read(), HEARTBEAT_CHECK_INTERVAL),
		  on_heartbeat_timer, supervisor);
}

/* A predecessor's, or new ones. */
static void open_slots(struct supervisor *supervisor, int fd)
{
	struct worker *vrrp = supervisor_find(supervisor, ROLE_VRRP, 0);
	struct worker *net = supervisor_find(supervisor, ROLE_NET, 0);

	supervisor->slots = fd < 0 ? NULL : slots_map(fd, true);
	if (!supervisor->slots) {
		fd_close(&fd);
		supervisor->slots = slots_create();
	}
	supervisor->slots_readable = slots_readable(supervisor->slots);
	if (supervisor->slots_readable < 0)
		fatal("slots: %m");
	if (vrrp)
		vrrp->further_fd = slots_fd(supervisor->slots);
	if (net)
		net->further_fd = supervisor->slots_readable;
}

int supervisor_slots(const struct supervisor *supervisor)
{
	return slots_fd(supervisor->slots);
}

struct supervisor *supervisor_create(struct loop *loop, const struct options *options,
				     unsigned check_workers, int slots_fd,
				     const struct supervisor_events *events, void *data)
{
	static const struct worker_events worker_events = {
		.started = on_started,
		.ready = on_ready,
		.changed = on_changed,
		.confirmed = on_confirmed,
		.ended = on_ended,
		.message = on_message,
	};
	struct supervisor *supervisor = alloc(sizeof(*supervisor));
	unsigned counts[ROLE_KINDS] = {
		[ROLE_VRRP] = !options->checkers_only,
		[ROLE_NET] = !options->checkers_only,
		[ROLE_IPVS] = !options->vrrp_only,
		[ROLE_CHECK] = options->vrrp_only ? 0 : check_workers,
	};

	supervisor->workers = alloc_array(check_workers + 3, sizeof(*supervisor->workers));
	supervisor->couples = alloc_array(check_workers + 2, sizeof(*supervisor->couples));
	supervisor->loop = loop;
	supervisor->events = events;
	supervisor->data = data;
	for (unsigned kind = 0; kind < ROLE_KINDS; kind++)
		for (unsigned i = 0; i < counts[kind]; i++)
			worker_init(&supervisor->workers[supervisor->n_workers++], loop, options,
				    (enum role_kind)kind, i, &worker_events, supervisor);
	for (size_t i = 0; i < supervisor->n_workers; i++) {
		struct worker *worker = &supervisor->workers[i];
		struct worker *net = supervisor_find(supervisor, ROLE_NET, 0);
		struct worker *ipvs = supervisor_find(supervisor, ROLE_IPVS, 0);

		if (worker->kind == ROLE_VRRP)
			supervisor->couples[supervisor->n_couples++] =
				(struct couple){.workers = {worker, net}, .fds = {-1, -1}};
		if (ipvs && worker != ipvs && worker != net)
			supervisor->couples[supervisor->n_couples++] =
				(struct couple){.workers = {worker, ipvs}, .fds = {-1, -1}};
	}
	open_slots(supervisor, slots_fd);
	timer_set(loop, &supervisor->heartbeat_timer,
		  mono_add(mono_read(), HEARTBEAT_CHECK_INTERVAL), on_heartbeat_timer, supervisor);
	return supervisor;
}

void supervisor_destroy(struct supervisor *supervisor)
{
	if (!supervisor)
		return;
	timer_cancel(&supervisor->heartbeat_timer);
	for (size_t i = 0; i < supervisor->n_workers; i++)
		worker_release(&supervisor->workers[i]);
	for (size_t i = 0; i < supervisor->n_couples; i++) {
		fd_close(&supervisor->couples[i].fds[0]);
		fd_close(&supervisor->couples[i].fds[1]);
	}
	generation_unref(supervisor->newest);
	slots_destroy(supervisor->slots);
	fd_close(&supervisor->slots_readable);
	free(supervisor->workers);
	free(supervisor->couples);
	free(supervisor);
}

struct worker *supervisor_find(struct supervisor *supervisor, enum role_kind kind, unsigned index)
{
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (supervisor->workers[i].kind == kind && supervisor->workers[i].index == index)
			return &supervisor->workers[i];
	return NULL;
}

bool supervisor_is_linked(const struct supervisor *supervisor, unsigned check_index)
{
	for (size_t i = 0; i < supervisor->n_couples; i++) {
		const struct couple *couple = &supervisor->couples[i];

		if (couple->workers[0]->kind == ROLE_CHECK &&
		    couple->workers[0]->index == check_index)
			return !couple->lost && couple->fds[0] < 0 && couple->fds[1] < 0 &&
			       worker_is_alive(couple->workers[0]) &&
			       worker_is_alive(couple->workers[1]);
	}
	return false;
}

size_t supervisor_count(const struct supervisor *supervisor)
{
	return supervisor->n_workers;
}

struct worker *supervisor_worker(struct supervisor *supervisor, size_t position)
{
	return &supervisor->workers[position];
}

static void set_newest(struct supervisor *supervisor, struct generation *generation)
{
	generation_ref(generation);
	generation_unref(supervisor->newest);
	supervisor->newest = generation;
	supervisor->settled = false;
}

void supervisor_start(struct supervisor *supervisor, struct generation *generation)
{
	set_newest(supervisor, generation);
	for (size_t i = 0; i < supervisor->n_workers; i++)
		worker_want(&supervisor->workers[i], generation);
	for (size_t i = 0; i < supervisor->n_couples; i++)
		if (worker_is_alive(supervisor->couples[i].workers[0]) &&
		    worker_is_alive(supervisor->couples[i].workers[1]))
			relink(&supervisor->couples[i]);
	for (size_t i = 0; i < supervisor->n_workers; i++)
		worker_start(&supervisor->workers[i]);
	tell_settled(supervisor);
}

/* A slot that had another instance before says nothing of the new one. */
static void clear_slots(struct supervisor *supervisor, const struct generation *generation)
{
	const struct generation *before = supervisor->newest;
	const struct slot_word never = {.state = SLOT_NEVER};
	bool *kept = alloc_array(SLOTS_MAX, sizeof(*kept));

	for (size_t i = 0; before && i < before->conf->n_instances; i++)
		kept[before->slots[i]] = true;
	for (size_t i = 0; i < generation->conf->n_instances; i++)
		if (!kept[generation->slots[i]])
			slot_write(supervisor->slots, generation->slots[i], &never);
	free(kept);
}

void supervisor_configure(struct supervisor *supervisor, struct generation *generation)
{
	clear_slots(supervisor, generation);
	set_newest(supervisor, generation);
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (supervisor->workers[i].kind != ROLE_CHECK)
			worker_want(&supervisor->workers[i], generation);
}

void supervisor_describe_unsettled(const struct supervisor *supervisor, char *text, size_t size)
{
	*text = '\0';
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (!has_newest(supervisor, &supervisor->workers[i]))
			text_append(text, size, "%s%s", *text ? ", " : "",
				    supervisor->workers[i].name);
}

void supervisor_stop(struct supervisor *supervisor, enum role_kind kind, bool keep)
{
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (supervisor->workers[i].kind == kind)
			worker_stop(&supervisor->workers[i], keep);
}

void supervisor_kill(struct supervisor *supervisor, enum role_kind kind)
{
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (supervisor->workers[i].kind == kind)
			worker_kill(&supervisor->workers[i]);
}

bool supervisor_is_gone(const struct supervisor *supervisor, enum role_kind kind)
{
	for (size_t i = 0; i < supervisor->n_workers; i++)
		if (supervisor->workers[i].kind == kind && worker_is_alive(&supervisor->workers[i]))
			return false;
	return true;
}
