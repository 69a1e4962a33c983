/*
 * One target: what is believed of it, the record of that in shared memory, and the log line when
 * it changes.  shard.c owns targets and decides when they run.
 *
 * The record is written once per try, at its end.  It is also the journal from which a restarted
 * worker takes up: verdict, failures in a row, counters and the time of the next try.
 */
#include "check/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

/* Copies everything but the lock. */
static void copy_record(struct target_status *to, const struct target_status *from)
{
	const size_t lock = sizeof(struct status_record);

	status_begin(to);
	memcpy((char *)to + lock, (const char *)from + lock, sizeof(*to) - lock);
	status_end(to);
}

struct target *target_create(struct loop *loop, const struct target_conf *conf, void *shared,
			     struct target_status *record, probe_done_fn *done, void *data)
{
	char label[TARGET_LABEL_SIZE];
	char error[STATUS_TEXT_SIZE];
	const struct target_status fresh = {.kind = (uint8_t)conf->kind, .key = conf->key};
	struct target *target = calloc(1, sizeof(*target));

	if (target == NULL)
		fatal("no memory for a target");
	target->conf = conf;
	target->record = record;
	list_init(&target->in_queue);
	list_init(&target->in_news);
	target->probe = (struct probe){
		.kind = probe_kind_of(conf->kind),
		.conf = conf,
		.loop = loop,
		.shared = shared,
		.done = done,
		.data = data,
	};
	if (target->probe.kind->prepare != NULL) {
		target->probe.prepared = target->probe.kind->prepare(conf, error);
		if (target->probe.prepared == NULL)
			log_error("%s: can't be checked: %s", target_label(target, label), error);
	}
	copy_record(record, &fresh);
	return target;
}

void target_destroy(struct target *target)
{
	probe_cancel(&target->probe);
	timer_cancel(&target->next);
	list_remove(&target->in_queue);
	list_remove(&target->in_news);
	if (target->probe.prepared != NULL)
		target->probe.kind->release(target->probe.prepared);
	free(target);
}

void target_move(struct target *target, const struct target_conf *conf,
		 struct target_status *record)
{
	copy_record(record, target->record);
	target->record = record;
	target->conf = conf;
	target->probe.conf = conf;
}

bool target_adopt(struct target *target, const struct target_status *before)
{
	if (before->key != target->conf->key || before->kind != target->conf->kind ||
	    before->verdict > VERDICT_FAIL)
		return false;
	copy_record(target->record, before);
	target->standing.verdict = before->verdict;
	target->standing.failures = before->tries;
	return true;
}

/* What was due while nobody ran is spread like a first round, not run at once. */
struct mono target_first(const struct target *target, struct mono now)
{
	struct mono next = {target->record->next};
	int64_t wait = mono_diff(next, now);
	int64_t longest = target->conf->interval > target->conf->delay_before_retry
				  ? target->conf->interval
				  : target->conf->delay_before_retry;

	if (wait > 0 && wait <= 2 * longest)
		return next;
	return schedule_first(target->conf, now);
}

void target_note_next(struct target *target, struct mono due)
{
	status_begin(target->record);
	target->record->next = due.us;
	status_end(target->record);
}

static void write_result(struct target *target, const struct probe_result *result, struct mono due)
{
	struct target_status *record = target->record;

	status_begin(record);
	record->verdict = (uint8_t)target->standing.verdict;
	record->tries = target->standing.failures;
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

/* That a server is well when it is first looked at is no news to an operator. */
static void log_change(const struct target *target, enum verdict before,
		       const struct probe_result *result)
{
	char label[TARGET_LABEL_SIZE];
	bool expected = before == VERDICT_UNKNOWN && target->standing.verdict == VERDICT_PASS;

	log_line(expected ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE, "%s: %s: %s",
		 target_label(target, label), verdict_name(target->standing.verdict), result->text);
}

struct mono target_conclude(struct target *target, const struct probe_result *result,
			    struct mono now, bool *changed)
{
	enum verdict before = target->standing.verdict;
	struct mono due = schedule_after(target->conf, &target->standing, result->result,
					 target->probe.began, now);

	write_result(target, result, due);
	*changed = target->standing.verdict != before;
	if (*changed)
		log_change(target, before, result);
	return due;
}

const char *target_label(const struct target *target, char text[TARGET_LABEL_SIZE])
{
	char endpoint[ENDPOINT_TEXT_SIZE];

	endpoint_format(&target->conf->address, target->conf->port, endpoint);
	if (snprintf(text, TARGET_LABEL_SIZE, "%s %s", check_kind_name(target->conf->kind),
		     endpoint) >= TARGET_LABEL_SIZE)
		fatal("the label of a check does not fit");
	return text;
}
