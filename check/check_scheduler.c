/*
 * The check scheduler of a worker: its targets, a bound on how many tries are in flight, and the
 * list of verdicts that still have to be sent.
 *
 * Each target is in one of three states: scheduled (its timer is set), waiting (due, but all slots
 * are taken; served in order), running (a try is in flight, with a deadline).  A target that is in
 * none would never be tried again, so an audit looks for such.
 *
 * A try may end within the call that begins it.  Therefore a freed slot is not filled at once, but
 * by a timer in the same turn or the next: nothing recurses and no turn is without bound.
 *
 * A target's record in shared memory is written once per try, at its end.  It is also the journal
 * from which a restarted worker takes up: verdict, failures in a row, counters and the time of the
 * next try.
 */
#include "check/check_scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "check/check_state.h"
#include "check/probe.h"
#include "core/base/alloc.h"
#include "core/base/list.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define AUDIT_INTERVAL	    (10 * USEC_PER_SEC)
#define STARTS_PER_TURN	    256
#define INCONCLUSIVE_BURST  5
#define INCONCLUSIVE_PERIOD (10 * USEC_PER_SEC)
#define TARGET_LABEL_SIZE   (ENDPOINT_TEXT_SIZE + 16)

enum target_state {
	TARGET_SCHEDULED, /* `next` is set */
	TARGET_WAITING,	  /* due, in the queue for a slot */
	TARGET_RUNNING,	  /* a try is in flight */
};

struct target {
	const struct target_conf *conf;
	struct target_status *record; /* in the status segment; always up to date */
	struct check_state check_state;
	enum target_state state;
	struct timer next;
	struct probe probe;
	struct list in_queue;  /* of those waiting for a slot */
	struct list in_unsent; /* of those whose verdict the ipvs role has not got */
	bool kept;	       /* during a reload: the new configuration has it too */
};

struct check_scheduler {
	struct loop *loop;
	check_verdict_fn *on_verdict;
	void *data;
	void *shared[CHECK_KINDS]; /* by kind: what its probes share */
	struct target **targets;   /* in the order of the configuration and the records */
	size_t n_targets;
	unsigned slots;
	unsigned running;
	struct list queue;  /* of waiting targets */
	struct list unsent; /* of targets whose verdict is to be sent */
	struct timer refill;
	struct timer audit;
	struct log_limit inconclusive;
};

/* "HTTP_GET 10.0.0.3:80", for log lines. */
static const char *label_of(const struct target *target, char label[TARGET_LABEL_SIZE])
{
	text_print(label, TARGET_LABEL_SIZE, "%s %s", check_kind_name(target->conf->kind),
		   endpoint_text(&target->conf->address, target->conf->port).text);
	return label;
}

/* Records. */

/* Copies everything but the lock. */
static void copy_record(struct target_status *to, const struct target_status *from)
{
	const size_t lock = sizeof(struct status_record);

	status_begin(to);
	memcpy((char *)to + lock, (const char *)from + lock, sizeof(*to) - lock);
	status_end(to);
}

static void write_result(struct target *target, const struct probe_result *result, struct mono due)
{
	struct target_status *record = target->record;

	status_begin(record);
	record->verdict = (uint8_t)target->check_state.verdict;
	record->tries = target->check_state.failures;
	record->result = (uint8_t)result->result;
	record->reason = (uint8_t)result->reason;
	record->phase = (uint8_t)result->phase;
	record->url = result->url;
	record->latency = result->latency;
	record->at = wall_read().us;
	record->next = due.us;
	memcpy(record->text, result->text, sizeof(record->text));
	record->passes += result->result == RESULT_PASS;
	record->failures += result->result == RESULT_FAIL;
	record->inconclusive += result->result == RESULT_INCONCLUSIVE;
	status_end(record);
}

/* Tries. */

static void run(struct check_scheduler *scheduler, struct target *target)
{
	target->state = TARGET_RUNNING;
	scheduler->running++;
	probe_begin(&target->probe);
}

static void on_refill(struct timer *timer, void *data);

static void want_refill(struct check_scheduler *scheduler)
{
	if (!list_is_empty(&scheduler->queue) && scheduler->running < scheduler->slots &&
	    !timer_is_set(&scheduler->refill))
		timer_set(scheduler->loop, &scheduler->refill, loop_now(scheduler->loop), on_refill,
			  scheduler);
}

static void on_refill(struct timer *timer, void *data)
{
	struct check_scheduler *scheduler = data;

	(void)timer;
	for (unsigned i = 0; i < STARTS_PER_TURN; i++) {
		if (list_is_empty(&scheduler->queue) || scheduler->running >= scheduler->slots)
			break;
		struct target *target = list_owner(scheduler->queue.next, struct target, in_queue);
		list_remove(&target->in_queue);
		run(scheduler, target);
	}
	want_refill(scheduler);
}

/* Those who wait already go first. */
static void on_due(struct timer *timer, void *data)
{
	struct check_scheduler *scheduler = data;
	struct target *target = list_owner(timer, struct target, next);

	if (scheduler->running < scheduler->slots && list_is_empty(&scheduler->queue)) {
		run(scheduler, target);
		return;
	}
	target->state = TARGET_WAITING;
	list_append(&scheduler->queue, &target->in_queue);
	want_refill(scheduler);
}

static void schedule(struct check_scheduler *scheduler, struct target *target, struct mono due)
{
	target->state = TARGET_SCHEDULED;
	timer_set(scheduler->loop, &target->next, due, on_due, scheduler);
}

/* For a due time that no result wrote down. */
static void schedule_and_record(struct check_scheduler *scheduler, struct target *target,
				struct mono due)
{
	schedule(scheduler, target, due);
	status_begin(target->record);
	target->record->next = due.us;
	status_end(target->record);
}

static void log_inconclusive(struct check_scheduler *scheduler, const struct target *target,
			     const struct probe_result *result)
{
	char label[TARGET_LABEL_SIZE], more[48] = "";
	unsigned dropped;

	if (!log_limit_pass(&scheduler->inconclusive, loop_now(scheduler->loop).us,
			    INCONCLUSIVE_BURST, INCONCLUSIVE_PERIOD, &dropped))
		return;
	if (dropped > 0)
		text_print(more, sizeof(more), " (%u more such line%s left out)", dropped,
			   text_plural(dropped));
	log_warning("%s: inconclusive: %s%s", label_of(target, label), result->text, more);
}

static void on_done(struct probe *probe, const struct probe_result *result, void *data)
{
	struct check_scheduler *scheduler = data;
	struct target *target = list_owner(probe, struct target, probe);
	enum verdict before = target->check_state.verdict;
	struct mono due = check_state_next_due(target->conf, &target->check_state, result->result,
					       target->probe.began, loop_now(scheduler->loop));
	char label[TARGET_LABEL_SIZE];

	scheduler->running--;
	if (result->result == RESULT_INCONCLUSIVE)
		log_inconclusive(scheduler, target, result);
	write_result(target, result, due);
	schedule(scheduler, target, due);
	want_refill(scheduler);
	if (target->check_state.verdict == before)
		return;
	if (target->check_state.verdict == VERDICT_FAIL)
		log_warning("%s: failed: %s", label_of(target, label), result->text);
	else /* that a server is well when it is first looked at is no news to an operator */
		log_line(before == VERDICT_UNKNOWN ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE,
			 "%s: passed: %s", label_of(target, label), result->text);
	list_append(&scheduler->unsent, &target->in_unsent);
	scheduler->on_verdict(scheduler->data);
}

/* Verdicts for the ipvs role. */

bool check_scheduler_verdict(struct check_scheduler *scheduler, struct message_verdict *verdict)
{
	if (list_is_empty(&scheduler->unsent))
		return false;
	const struct target *target = list_owner(scheduler->unsent.next, struct target, in_unsent);
	*verdict = (struct message_verdict){.target = target->conf->key,
					    .verdict = target->check_state.verdict};
	return true;
}

void check_scheduler_verdict_sent(struct check_scheduler *scheduler)
{
	list_remove(scheduler->unsent.next);
}

void check_scheduler_repeat(struct check_scheduler *scheduler)
{
	for (size_t i = 0; i < scheduler->n_targets; i++)
		if (scheduler->targets[i]->check_state.verdict != VERDICT_UNKNOWN)
			list_append(&scheduler->unsent, &scheduler->targets[i]->in_unsent);
}

/* The audit. */

static bool has_next_run(const struct target *target)
{
	switch (target->state) {
	case TARGET_SCHEDULED:
		return timer_is_set(&target->next);
	case TARGET_WAITING:
		return !list_is_empty(&target->in_queue);
	case TARGET_RUNNING:
		return target->probe.phase != PHASE_NONE &&
		       (timer_is_set(&target->probe.deadline) ||
			!list_is_empty(&target->probe.in_queue));
	}
	return false;
}

unsigned check_scheduler_audit(struct check_scheduler *scheduler)
{
	char label[TARGET_LABEL_SIZE];
	unsigned lost = 0, running = 0;

	for (size_t i = 0; i < scheduler->n_targets; i++) {
		struct target *target = scheduler->targets[i];
		if (has_next_run(target)) {
			running += target->state == TARGET_RUNNING;
			continue;
		}
		lost++;
		log_error("%s: no check was scheduled any more (a fault of this program); it is "
			  "scheduled again",
			  label_of(target, label));
		probe_cancel(&target->probe);
		list_remove(&target->in_queue);
		schedule_and_record(scheduler, target,
				    check_state_first_due(target->conf, loop_now(scheduler->loop)));
	}
	if (running != scheduler->running)
		log_error("%u checks are in flight, %u were counted (a fault of this program)",
			  running, scheduler->running);
	scheduler->running = running;
	want_refill(scheduler);
	return lost;
}

static void on_audit(struct timer *timer, void *data)
{
	struct check_scheduler *scheduler = data;

	check_scheduler_audit(scheduler);
	timer_set(scheduler->loop, timer, mono_add(loop_now(scheduler->loop), AUDIT_INTERVAL),
		  on_audit, scheduler);
}

/* Configuration. */

static int compare_keys(const void *a, const void *b)
{
	uint64_t left = (*(struct target *const *)a)->conf->key;
	uint64_t right = (*(struct target *const *)b)->conf->key;

	return (left > right) - (left < right);
}

/* While the targets are sorted by key. NULL: there is none. */
static struct target *find(struct check_scheduler *scheduler, uint64_t key)
{
	const struct target_conf conf = {.key = key};
	struct target wanted = {.conf = &conf}, *pointer = &wanted;
	struct target **found =
		scheduler->n_targets == 0
			? NULL
			: bsearch(&pointer, scheduler->targets, scheduler->n_targets,
				  sizeof(struct target *), compare_keys);

	return found ? *found : NULL;
}

static struct target *target_create(struct check_scheduler *scheduler,
				    const struct target_conf *conf, struct status *status,
				    uint32_t index)
{
	const struct target_status fresh = {.kind = (uint8_t)conf->kind, .key = conf->key};
	struct target_status before;
	bool known = status_read(status, STATUS_TARGETS, index, &before);
	struct target *target = alloc(sizeof(*target));
	char label[TARGET_LABEL_SIZE];
	char error[STATUS_TEXT_SIZE];

	target->conf = conf;
	target->record = status_record(status, STATUS_TARGETS, index);
	list_init(&target->in_queue);
	list_init(&target->in_unsent);
	target->probe = (struct probe){
		.kind = probe_kind_of(conf->kind),
		.conf = conf,
		.loop = scheduler->loop,
		.shared = scheduler->shared[conf->kind],
		.done = on_done,
		.data = scheduler,
	};
	if (target->probe.kind->prepare) {
		target->probe.prepared = target->probe.kind->prepare(conf, error);
		if (!target->probe.prepared)
			log_error("%s: can't be checked: %s", label_of(target, label), error);
	}
	/* Takes up where a predecessor's record was, if it is of this target. */
	known = known && before.key == conf->key && before.kind == conf->kind &&
		before.verdict <= VERDICT_FAIL;
	copy_record(target->record, known ? &before : &fresh);
	if (known) {
		target->check_state.verdict = before.verdict;
		target->check_state.failures = before.tries;
	}
	/* What was due while nobody ran is spread like a first round, not run at once. */
	struct mono now = loop_now(scheduler->loop), next = {target->record->next};
	int64_t wait = mono_diff(next, now);
	int64_t longest = conf->interval > conf->delay_before_retry ? conf->interval
								    : conf->delay_before_retry;
	if (wait <= 0 || wait > 2 * longest)
		next = check_state_first_due(conf, now);
	schedule_and_record(scheduler, target, next);
	return target;
}

/* Ends what runs and leaves all lists; nobody is told. */
static void target_destroy(struct target *target)
{
	probe_cancel(&target->probe);
	timer_cancel(&target->next);
	list_remove(&target->in_queue);
	list_remove(&target->in_unsent);
	if (target->probe.prepared)
		target->probe.kind->release(target->probe.prepared);
	free(target);
}

void check_scheduler_configure(struct check_scheduler *scheduler, const struct conf *conf,
			       unsigned index, unsigned n_workers, struct status *status)
{
	struct target **next = alloc_array(conf->n_targets, sizeof(struct target *));
	uint32_t n_next = 0;

	/* The old order is no longer of use: keys find the targets from here on. */
	if (scheduler->n_targets > 0)
		qsort(scheduler->targets, scheduler->n_targets, sizeof(struct target *),
		      compare_keys);
	for (size_t i = 0; i < conf->n_targets; i++) {
		const struct target_conf *wanted = &conf->targets[i];
		if (target_worker(wanted, n_workers) != index)
			continue;
		struct target *target = find(scheduler, wanted->key);
		if (target) {
			struct target_status *record =
				status_record(status, STATUS_TARGETS, n_next);
			copy_record(record, target->record);
			target->record = record;
			target->conf = wanted;
			target->probe.conf = wanted;
			target->kept = true;
		}
		next[n_next] = target ? target : target_create(scheduler, wanted, status, n_next);
		n_next++;
	}
	for (size_t i = 0; i < scheduler->n_targets; i++) {
		struct target *target = scheduler->targets[i];
		if (!target->kept) {
			scheduler->running -= target->state == TARGET_RUNNING;
			target_destroy(target);
			continue;
		}
		target->kept = false;
	}
	free(scheduler->targets);
	scheduler->targets = next;
	scheduler->n_targets = n_next;
	want_refill(scheduler);
}

struct check_scheduler *check_scheduler_create(struct loop *loop, unsigned slots,
					       check_verdict_fn *on_verdict, void *data)
{
	struct check_scheduler *scheduler = alloc(sizeof(*scheduler));

	scheduler->loop = loop;
	scheduler->slots = slots;
	scheduler->on_verdict = on_verdict;
	scheduler->data = data;
	list_init(&scheduler->queue);
	list_init(&scheduler->unsent);
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (probe_kind_of((enum check_kind)kind)->create)
			scheduler->shared[kind] = probe_kind_of((enum check_kind)kind)->create();
	timer_set(loop, &scheduler->audit, mono_add(loop_now(loop), AUDIT_INTERVAL), on_audit,
		  scheduler);
	return scheduler;
}

void check_scheduler_destroy(struct check_scheduler *scheduler)
{
	for (size_t i = 0; i < scheduler->n_targets; i++)
		target_destroy(scheduler->targets[i]);
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (scheduler->shared[kind])
			probe_kind_of((enum check_kind)kind)->destroy(scheduler->shared[kind]);
	timer_cancel(&scheduler->refill);
	timer_cancel(&scheduler->audit);
	free(scheduler->targets);
	free(scheduler);
}
