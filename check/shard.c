/*
 * The engine of a check worker: a set of targets, a bound on how many tries are in flight, and the
 * list of verdicts that still have to be told.
 *
 * Each target is in one of three states: scheduled (its timer is set), waiting (due, but all slots
 * are taken; served in order), running (a try is in flight, with a deadline).  A target that is in
 * none would never be tried again, so an audit looks for such.
 *
 * A try may end within the call that begins it.  Therefore a freed slot is not filled at once, but
 * by a timer in the same turn or the next: nothing recurses and no turn is without bound.
 */
#include "check/shard.h"

#include <stdlib.h>
#include <string.h>

#include "check/target.h"
#include "core/base/log.h"

#define AUDIT_INTERVAL	    (10 * USEC_PER_SEC)
#define STARTS_PER_TURN	    256
#define INCONCLUSIVE_BURST  5
#define INCONCLUSIVE_PERIOD (10 * USEC_PER_SEC)

struct shard {
	struct loop *loop;
	shard_news_fn *on_news;
	void *data;
	void *shared[CHECK_KINDS]; /* by kind: what its probes share */
	struct target **targets;   /* in the order of the configuration and the records */
	size_t n_targets;
	unsigned slots;
	unsigned running;
	struct list queue; /* of waiting targets */
	struct list news;  /* of targets whose verdict is to be told */
	struct timer refill;
	struct timer audit;
	struct log_limit inconclusive;
};

/* Tries. */

static void run(struct shard *shard, struct target *target)
{
	target->state = TARGET_RUNNING;
	shard->running++;
	probe_begin(&target->probe);
}

static void on_refill(struct timer *timer, void *data);

static void want_refill(struct shard *shard)
{
	if (!list_is_empty(&shard->queue) && shard->running < shard->slots &&
	    !timer_is_set(&shard->refill))
		timer_set(shard->loop, &shard->refill, loop_now(shard->loop), on_refill, shard);
}

static void on_refill(struct timer *timer, void *data)
{
	struct shard *shard = data;

	(void)timer;
	for (unsigned i = 0; i < STARTS_PER_TURN; i++) {
		if (list_is_empty(&shard->queue) || shard->running >= shard->slots)
			break;
		struct target *target = list_owner(shard->queue.next, struct target, in_queue);
		list_remove(&target->in_queue);
		run(shard, target);
	}
	want_refill(shard);
}

/* Those who wait already go first. */
static void on_due(struct timer *timer, void *data)
{
	struct shard *shard = data;
	struct target *target = list_owner(timer, struct target, next);

	if (shard->running < shard->slots && list_is_empty(&shard->queue)) {
		run(shard, target);
		return;
	}
	target->state = TARGET_WAITING;
	list_append(&shard->queue, &target->in_queue);
	want_refill(shard);
}

static void schedule(struct shard *shard, struct target *target, struct mono due)
{
	target->state = TARGET_SCHEDULED;
	timer_set(shard->loop, &target->next, due, on_due, shard);
}

static void log_inconclusive(struct shard *shard, const struct target *target,
			     const struct probe_result *result)
{
	char label[TARGET_LABEL_SIZE];
	unsigned dropped;

	if (!log_limit_pass(&shard->inconclusive, loop_now(shard->loop).us, INCONCLUSIVE_BURST,
			    INCONCLUSIVE_PERIOD, &dropped))
		return;
	if (dropped > 0)
		log_warning("%s: inconclusive: %s (%u more such lines left out)",
			    target_label(target, label), result->text, dropped);
	else
		log_warning("%s: inconclusive: %s", target_label(target, label), result->text);
}

static void on_done(struct probe *probe, const struct probe_result *result, void *data)
{
	struct shard *shard = data;
	struct target *target = list_owner(probe, struct target, probe);
	bool changed;

	shard->running--;
	if (result->result == RESULT_INCONCLUSIVE)
		log_inconclusive(shard, target, result);
	schedule(shard, target, target_conclude(target, result, loop_now(shard->loop), &changed));
	want_refill(shard);
	if (changed) {
		list_append(&shard->news, &target->in_news);
		shard->on_news(shard->data);
	}
}

/* News. */

bool shard_news(struct shard *shard, struct message_verdict *news)
{
	if (list_is_empty(&shard->news))
		return false;
	const struct target *target = list_owner(shard->news.next, struct target, in_news);
	*news = (struct message_verdict){.target = target->conf->key,
					 .verdict = target->standing.verdict};
	return true;
}

void shard_news_sent(struct shard *shard)
{
	list_remove(shard->news.next);
}

void shard_repeat_news(struct shard *shard)
{
	for (size_t i = 0; i < shard->n_targets; i++)
		if (shard->targets[i]->standing.verdict != VERDICT_UNKNOWN)
			list_append(&shard->news, &shard->targets[i]->in_news);
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
		return probe_is_running(&target->probe) && timer_is_set(&target->probe.deadline);
	}
	return false;
}

unsigned shard_audit(struct shard *shard)
{
	char label[TARGET_LABEL_SIZE];
	unsigned lost = 0, running = 0;

	for (size_t i = 0; i < shard->n_targets; i++) {
		struct target *target = shard->targets[i];
		if (has_next_run(target)) {
			running += target->state == TARGET_RUNNING;
			continue;
		}
		lost++;
		log_error("%s: had no next run, begins again", target_label(target, label));
		probe_cancel(&target->probe);
		list_remove(&target->in_queue);
		schedule(shard, target, schedule_first(target->conf, loop_now(shard->loop)));
		target_note_next(target, target->next.due);
	}
	if (running != shard->running)
		log_error("%u tries are in flight, not %u", running, shard->running);
	shard->running = running;
	want_refill(shard);
	return lost;
}

static void on_audit(struct timer *timer, void *data)
{
	struct shard *shard = data;

	shard_audit(shard);
	timer_set(shard->loop, timer, mono_add(loop_now(shard->loop), AUDIT_INTERVAL), on_audit,
		  shard);
}

/* Configuration. */

static int compare_keys(const void *a, const void *b)
{
	uint64_t left = (*(struct target *const *)a)->conf->key;
	uint64_t right = (*(struct target *const *)b)->conf->key;

	return (left > right) - (left < right);
}

static int compare_to_key(const void *key, const void *element)
{
	uint64_t left = *(const uint64_t *)key;
	uint64_t right = (*(struct target *const *)element)->conf->key;

	return (left > right) - (left < right);
}

/* While shard->targets is sorted by key. */
static struct target *find(struct shard *shard, uint64_t key)
{
	struct target **found = NULL;

	if (shard->n_targets > 0)
		found = bsearch(&key, shard->targets, shard->n_targets, sizeof(struct target *),
				compare_to_key);
	return found ? *found : NULL;
}

static void *array_of(size_t count, size_t size)
{
	void *array = calloc(count ? count : 1, size);

	if (array == NULL)
		fatal("no memory for %zu targets", count);
	return array;
}

static struct target *begin(struct shard *shard, const struct target_conf *conf,
			    struct status *status, uint32_t index)
{
	struct target_status before;
	bool known = status_read(status, STATUS_TARGETS, index, &before);
	struct target *target =
		target_create(shard->loop, conf, shard->shared[conf->kind],
			      status_record(status, STATUS_TARGETS, index), on_done, shard);

	if (known)
		target_adopt(target, &before);
	schedule(shard, target, target_first(target, loop_now(shard->loop)));
	target_note_next(target, target->next.due);
	return target;
}

static void end_those_not_kept(struct shard *shard)
{
	for (size_t i = 0; i < shard->n_targets; i++) {
		struct target *target = shard->targets[i];
		if (target->kept) {
			target->kept = false;
			continue;
		}
		shard->running -= target->state == TARGET_RUNNING;
		target_destroy(target);
	}
}

void shard_configure(struct shard *shard, const struct conf *conf, unsigned index,
		     unsigned n_workers, struct status *status)
{
	struct target **next = array_of(conf->n_targets, sizeof(struct target *));
	uint32_t n_next = 0;

	/* The old order is no longer of use: keys find the targets from here on. */
	if (shard->n_targets > 0)
		qsort(shard->targets, shard->n_targets, sizeof(struct target *), compare_keys);
	for (size_t i = 0; i < conf->n_targets; i++) {
		const struct target_conf *target = &conf->targets[i];
		if (target_worker(target, n_workers) != index)
			continue;
		struct target *old = find(shard, target->key);
		if (old != NULL) {
			target_move(old, target, status_record(status, STATUS_TARGETS, n_next));
			old->kept = true;
			next[n_next] = old;
		} else {
			next[n_next] = begin(shard, target, status, n_next);
		}
		n_next++;
	}
	end_those_not_kept(shard);
	free(shard->targets);
	shard->targets = next;
	shard->n_targets = n_next;
	want_refill(shard);
}

struct shard *shard_create(struct loop *loop, unsigned slots, shard_news_fn *on_news, void *data)
{
	struct shard *shard = calloc(1, sizeof(*shard));

	if (shard == NULL)
		fatal("no memory for a check worker");
	shard->loop = loop;
	shard->slots = slots;
	shard->on_news = on_news;
	shard->data = data;
	list_init(&shard->queue);
	list_init(&shard->news);
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (probe_kind_of((enum check_kind)kind)->create != NULL)
			shard->shared[kind] = probe_kind_of((enum check_kind)kind)->create();
	timer_set(loop, &shard->audit, mono_add(loop_now(loop), AUDIT_INTERVAL), on_audit, shard);
	return shard;
}

void shard_destroy(struct shard *shard)
{
	for (size_t i = 0; i < shard->n_targets; i++)
		target_destroy(shard->targets[i]);
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (shard->shared[kind] != NULL)
			probe_kind_of((enum check_kind)kind)->destroy(shard->shared[kind]);
	timer_cancel(&shard->refill);
	timer_cancel(&shard->audit);
	free(shard->targets);
	free(shard);
}
