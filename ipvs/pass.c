/*
 * Passes over the kernel's table.
 *
 * Level by level, never fired and forgotten: a whole pass (at start, every 10 s, soon after any
 * error, and when an instance becomes active) dumps the kernel's services and the destinations of
 * ours, compares with what is wanted, and sends the difference.  Between two of them a verdict's
 * consequence is the difference to what was last dumped or acknowledged, sent at once without a
 * dump.  What is equal is thereby adopted, what is foreign is never looked at.
 *
 *     IDLE -> DUMP -> ADD -> REMOVE -> IDLE        a whole pass
 *     IDLE ---------> ADD -> REMOVE -> IDLE        a short one
 *
 * Work is done in pieces of a few milliseconds, one per turn of the loop; update.c holds what is to
 * be sent.  A pass that was refused something is followed by a whole one soon, and what is not
 * known for certain is dumped before it is changed.
 *
 * Without IPVS the pass says so once, and tries again every few seconds.
 */
#include "ipvs/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "ipvs/expiry.h"
#include "ipvs/kernel.h"
#include "ipvs/update.h"

#define PIECE	      (10 * USEC_PER_MSEC) /* of work per turn */
#define OPEN_INTERVAL (3 * USEC_PER_SEC)   /* between attempts to find IPVS */
#define RETRY_FIRST   (1 * USEC_PER_SEC)   /* after an error; doubled up to PASS_INTERVAL */

enum pass_phase { PASS_IDLE, PASS_DUMP, PASS_ADD, PASS_REMOVE };

struct pass {
	struct loop *loop;
	struct services *services; /* NULL before the first configuration */
	struct status *status;
	struct kernel *kernel; /* NULL: to be opened */
	enum pass_phase phase;
	bool whole;	   /* this pass began with a dump */
	bool whole_wanted; /* the next is to */
	struct table dumped;
	size_t dump_position;
	struct update update;
	struct table former;  /* services that were ours; identities only */
	struct timer turn;    /* the next piece of work */
	struct timer regular; /* the next whole pass */
	int64_t retry;	      /* µs, how long the last error waited; 0 = there was none */
	bool announced;	      /* the first pass of a configuration was told to the log */
	struct expiry expiry;
	struct kernel_status state; /* written to the segment by publish() */
	pass_done_fn *done;	    /* winding down: to be called */
	void *done_data;
};

static void turn(struct timer *timer, void *data);
static void regular_due(struct timer *timer, void *data);

static void work_next_turn(struct pass *pass)
{
	timer_set(pass->loop, &pass->turn, mono_add(loop_now(pass->loop), 1), turn, pass);
}

static void set_regular(struct pass *pass, int64_t delay)
{
	timer_set(pass->loop, &pass->regular, mono_add(loop_now(pass->loop), delay), regular_due,
		  pass);
}

static bool piece_over(struct mono start)
{
	return mono_diff(mono_read(), start) >= PIECE;
}

struct pass *pass_create(struct loop *loop)
{
	struct pass *pass = alloc(sizeof(*pass));

	pass->loop = loop;
	return pass;
}

static void drop_update(struct pass *pass)
{
	update_clear(&pass->update);
	pass->phase = PASS_IDLE;
}

void pass_destroy(struct pass *pass)
{
	if (!pass)
		return;
	timer_cancel(&pass->turn);
	timer_cancel(&pass->regular);
	drop_update(pass);
	table_clear(&pass->dumped);
	table_clear(&pass->former);
	kernel_close(pass->kernel);
	free(pass);
}

/* Writes the kernel's record. */
static void publish(struct pass *pass)
{
	struct kernel_status *record = status_record(pass->status, STATUS_KERNEL, 0);

	status_begin(record);
	record->available = pass->state.available;
	memcpy(record->text, pass->state.text, sizeof(record->text));
	record->reconciled = pass->state.reconciled;
	record->reconciliations = pass->state.reconciliations;
	record->changes = pass->state.changes;
	record->errors = pass->state.errors;
	status_end(record);
}

/* IPVS can not be used now; says so when that, or the reason, is new. */
static void unavailable(struct pass *pass, const char *text, int64_t retry)
{
	if (strcmp(text, pass->state.text) != 0 || pass->state.available)
		log_warning("IPVS: %s; trying again", text);
	drop_update(pass);
	kernel_close(pass->kernel);
	pass->kernel = NULL;
	pass->whole_wanted = false; /* not before its time, however many verdicts come */
	pass->state.available = 0;
	text_print(pass->state.text, sizeof(pass->state.text), "%s", text);
	for (size_t i = 0; i < pass->services->n_services; i++) {
		struct service *service = &pass->services->list[i];

		service->certain = false;
		if (!service->in_kernel)
			continue;
		service->in_kernel = false;
		services_write(pass->services, service, pass->status);
	}
	publish(pass);
	set_regular(pass, retry);
}

/* Talking to the kernel failed with a negative errno. */
static void kernel_failed(struct pass *pass, int error)
{
	char text[KERNEL_TEXT_SIZE];
	const char *why =
		error == -EPERM ? "no permission (CAP_NET_ADMIN is needed)" : strerror(-error);

	text_print(text, sizeof(text), "cannot read or change the kernel's table: %s", why);
	pass->state.errors++;
	unavailable(pass, text, error == -EPERM ? OPEN_INTERVAL : RETRY_FIRST);
	if (pass->done)
		pass->done(pass->done_data);
}

static void set_available(struct pass *pass)
{
	if (pass->state.available)
		return;
	if (pass->state.text[0] != '\0')
		log_notice("IPVS: available");
	pass->state.available = 1;
	pass->state.text[0] = '\0';
	publish(pass);
}

static void begin_whole(struct pass *pass)
{
	char text[KERNEL_TEXT_SIZE];

	if (!pass->kernel)
		pass->kernel = kernel_open(text);
	if (!pass->kernel) {
		unavailable(pass, text, OPEN_INTERVAL);
		return;
	}
	int error = kernel_dump_services(pass->kernel, &pass->dumped);
	if (error != 0) {
		kernel_failed(pass, error);
		return;
	}
	set_available(pass);
	expiry_ensure(&pass->expiry, pass->services->conf, EXPIRY_FOLDER, loop_now(pass->loop));
	pass->whole_wanted = false;
	pass->whole = true;
	pass->dump_position = 0;
	pass->phase = PASS_DUMP;
	work_next_turn(pass);
}

/* Notes how a service was found by a dump, and whether its difference is to be mended now. */
static bool compare_service(struct pass *pass, struct service *service)
{
	const struct table_service *found = table_find(&pass->dumped, &service->key);
	struct difference difference = {0};
	bool held;

	services_look(service, found);
	reconcile_service(&service->wanted, found, 0, &difference);
	bool unwanted = reconcile_count(&difference) > 0;

	reconcile_clear(&difference);
	if (service->certain)
		held = external_change_judge(&service->external_change, service->name,
					     service->in_kernel ? &service->present : NULL, found,
					     unwanted);
	else
		held = external_change_wait(&service->external_change);
	service->in_kernel = found != NULL;
	service->certain = true;
	if (found)
		table_service_copy(&service->present, found);
	else
		table_service_clear(&service->present);
	return unwanted && !held;
}

static void forget_former(struct pass *pass, const struct table_key *key)
{
	struct table *former = &pass->former;
	const struct table_service *found = table_find(former, key);

	if (!found)
		return;
	size_t position = (size_t)(found - former->services);

	memmove(&former->services[position], &former->services[position + 1],
		(former->n_services - position - 1) * sizeof(*former->services));
	former->n_services--;
}

/* The dump is complete: what differs? */
static void compare_whole(struct pass *pass)
{
	update_begin(&pass->update, pass->services->n_services + pass->former.n_services);
	for (size_t i = 0; i < pass->services->n_services; i++) {
		struct service *service = &pass->services->list[i];

		service->due = false;
		if (compare_service(pass, service))
			update_service(&pass->update, service);
	}
	for (size_t i = pass->former.n_services; i-- > 0;) {
		struct table_key key = pass->former.services[i].key;

		if (table_find(&pass->dumped, &key))
			update_deletion(&pass->update, &key);
		else
			forget_former(pass, &key);
	}
	table_clear(&pass->dumped);
	pass->phase = PASS_ADD;
	work_next_turn(pass);
}

static void continue_dump(struct pass *pass)
{
	struct mono start = mono_read();

	while (pass->dump_position < pass->dumped.n_services) {
		struct table_service *service = &pass->dumped.services[pass->dump_position++];

		if (!services_find(pass->services, &service->key))
			continue;
		int error = kernel_dump_destinations(pass->kernel, service);
		if (error != 0) {
			kernel_failed(pass, error);
			return;
		}
		if (piece_over(start)) {
			work_next_turn(pass);
			return;
		}
	}
	compare_whole(pass);
}

/* Between whole passes: the difference to what we know of the kernel. */
static void begin_short(struct pass *pass)
{
	update_begin(&pass->update, pass->services->n_services);
	for (size_t i = 0; i < pass->services->n_services; i++) {
		struct service *service = &pass->services->list[i];

		if (!service->due)
			continue;
		if (!service->certain) {
			drop_update(pass);
			begin_whole(pass);
			return;
		}
		update_service(&pass->update, service);
	}
	for (size_t i = 0; i < pass->services->n_services; i++)
		pass->services->list[i].due = false;
	if (pass->update.n_items == 0) {
		drop_update(pass);
		return;
	}
	pass->whole = false;
	pass->phase = PASS_ADD;
	work_next_turn(pass);
}

/* After an error a whole pass follows soon, and less and less soon. */
static void set_next(struct pass *pass, bool failed)
{
	if (failed) {
		pass->retry = pass->retry == 0 ? RETRY_FIRST : pass->retry * 2;
		if (pass->retry > PASS_INTERVAL)
			pass->retry = PASS_INTERVAL;
		set_regular(pass, pass->retry);
	} else if (pass->whole) {
		pass->retry = 0;
		text_print(pass->state.text, sizeof(pass->state.text), "%s", pass->expiry.text);
		set_regular(pass, PASS_INTERVAL);
	}
}

/* Takes the results of the update over, and drops it. */
static void settle(struct pass *pass)
{
	struct update *update = &pass->update;

	update_settle(update);
	pass->state.errors += update->failures;
	pass->state.changes += update->sent;
	set_next(pass, update->failures > 0);
	if (update->failures > 0)
		text_print(pass->state.text, sizeof(pass->state.text), "%s", update->text);
	for (size_t i = 0; i < update->n_items; i++) {
		struct update_item *item = &update->items[i];

		if (item->service)
			services_write(pass->services, item->service, pass->status);
		else if (!item->failed)
			forget_former(pass, &item->target.key);
	}
	drop_update(pass);
}

static void finish(struct pass *pass)
{
	size_t sent = pass->update.sent;

	if (pass->done) {
		drop_update(pass);
		pass->done(pass->done_data);
		return;
	}
	settle(pass);
	if (pass->whole) {
		for (size_t i = 0; i < pass->services->n_services; i++)
			services_write(pass->services, &pass->services->list[i], pass->status);
		pass->state.reconciled = wall_read().us;
		pass->state.reconciliations++;
		if (!pass->announced)
			log_info("IPVS: the kernel's table was compared: %zu service%s, %zu "
				 "change%s made",
				 pass->services->n_services,
				 text_plural(pass->services->n_services), sent, text_plural(sent));
		pass->announced = true;
	}
	publish(pass);
	work_next_turn(pass);
}

/* Sends what a turn allows of a step. False: it is not over, or the kernel is lost. */
static bool execute(struct pass *pass, enum update_step step)
{
	struct mono start = mono_read();

	do {
		struct command batch[KERNEL_BATCH];
		int errors[KERNEL_BATCH];
		size_t count = update_batch(&pass->update, step, batch, KERNEL_BATCH);

		if (count == 0)
			return true;
		int error = kernel_execute(pass->kernel, batch, count, errors);

		if (error != 0) {
			kernel_failed(pass, error);
			return false;
		}
		update_answers(&pass->update, batch, count, errors);
	} while (!piece_over(start));
	work_next_turn(pass);
	return false;
}

static void turn(struct timer *timer, void *data)
{
	struct pass *pass = data;

	(void)timer;
	switch (pass->phase) {
	case PASS_IDLE:
		if (pass->whole_wanted)
			begin_whole(pass);
		else if (pass->kernel)
			begin_short(pass);
		break;
	case PASS_DUMP:
		continue_dump(pass);
		break;
	case PASS_ADD:
		if (!execute(pass, UPDATE_ADD))
			break;
		pass->phase = PASS_REMOVE;
		work_next_turn(pass);
		break;
	case PASS_REMOVE:
		if (execute(pass, UPDATE_REMOVE))
			finish(pass);
		break;
	}
}

static void regular_due(struct timer *timer, void *data)
{
	struct pass *pass = data;

	(void)timer;
	pass->whole_wanted = true;
	if (!timer_is_set(&pass->turn))
		work_next_turn(pass);
}

/* The counters of a worker that died go on. */
static void take_over_counters(struct pass *pass, struct status *status)
{
	struct kernel_status record;

	if (!status_read(status, STATUS_KERNEL, 0, &record))
		return;
	pass->state.reconciled = record.reconciled;
	pass->state.reconciliations = record.reconciliations;
	pass->state.changes = record.changes;
	pass->state.errors = record.errors;
}

void pass_configure(struct pass *pass, struct services *services, const struct history *former,
		    struct status *status)
{
	if (!pass->status)
		take_over_counters(pass, status);
	drop_update(pass);
	pass->services = services;
	pass->status = status;
	pass->announced = false;
	for (size_t i = 0; i < former->n_services; i++) {
		struct table_service service = {.key = former->services[i].key};

		table_append(&pass->former, &service);
	}
	table_sort(&pass->former);
	for (size_t i = 0; i < services->n_services; i++) {
		forget_former(pass, &services->list[i].key);
		services_write(services, &services->list[i], status);
	}
	publish(pass);
	pass_whole(pass);
}

void pass_due(struct pass *pass)
{
	for (size_t i = 0; i < pass->services->n_services; i++) {
		if (pass->services->list[i].due)
			services_write(pass->services, &pass->services->list[i], pass->status);
	}
	if (!timer_is_set(&pass->turn))
		work_next_turn(pass);
}

void pass_whole(struct pass *pass)
{
	pass->whole_wanted = true;
	for (size_t i = 0; i < pass->services->n_services; i++)
		pass->services->list[i].external_change.hold = 0;
	if (!timer_is_set(&pass->turn))
		work_next_turn(pass);
}

void pass_wind_down(struct pass *pass, pass_done_fn *done, void *data)
{
	char text[KERNEL_TEXT_SIZE];

	timer_cancel(&pass->regular);
	timer_cancel(&pass->turn);
	pass->done = done;
	pass->done_data = data;
	if (pass->services && !pass->kernel)
		pass->kernel = kernel_open(text);
	if (!pass->kernel) {
		done(data);
		return;
	}
	update_begin(&pass->update, pass->services->n_services + pass->former.n_services);
	for (size_t i = 0; i < pass->services->n_services; i++)
		update_deletion(&pass->update, &pass->services->list[i].key);
	for (size_t i = 0; i < pass->former.n_services; i++)
		update_deletion(&pass->update, &pass->former.services[i].key);
	pass->phase = PASS_REMOVE;
	work_next_turn(pass);
}
