/*
 * Reload: read and check the file whole, again after a pause where it may still be being written
 * (conf/text/reading.c); when there is any error, keep everything and say why; else make it a new
 * generation, hand that to the keeper (from here on it is what a new main would go
 * on with) and bring the workers to it, in supervise.c's order.  Whoever asked is answered when all
 * of them have confirmed.
 *
 * What would not change anything for the workers does not reach them.  Else the comparison with the
 * running configuration comes first: it finds what only a restart could change, which is refused
 * with everything else, and what the caller and the log are told (director_changes.c).
 *
 * What is valid but hardly meant is refused, too, unless it is forced: a file without a statement,
 * one that would remove all instances or all services, one whose includes no longer find what they
 * found.
 *
 * That one has begun is handed over, too: when main dies before it has the outcome, the keeper asks
 * the next one for the reload that a signal had asked for.
 *
 * One reload runs at a time.  Requests that come meanwhile are answered by one more, which starts
 * when the first is done: the file may have changed since that read it.
 */
#include "core/director/director_context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "core/director/changes_json.h"
#include "core/director/sd_notify.h"
#include "core/director/start.h"

#define CONFIRM_LIMIT (60 * USEC_PER_SEC) /* then the caller is told who has not confirmed */

static void forget_errors(struct reload_record *record)
{
	for (size_t i = 0; i < record->n_errors; i++)
		free(record->errors[i]);
	free(record->errors);
	record->errors = NULL;
	record->n_errors = 0;
}

/* The text is the record's from now on. */
static void add_error(struct reload_record *record, char *text)
{
	record->errors =
		alloc_resize(record->errors, record->n_errors + 1, sizeof(*record->errors));
	record->errors[record->n_errors++] = text;
}

/* One line of the log; to be freed. */
static char *log_diagnostic(const struct diagnostic *diagnostic)
{
	bool is_error = diagnostic->severity == DIAGNOSTIC_ERROR;
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		fatal("out of memory");
	diagnostic_print_line(diagnostic, out);
	if (fclose(out) != 0)
		fatal("out of memory");
	log_line(is_error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s", line);
	return line;
}

void director_log_diagnostics(const struct diagnostics *diagnostics)
{
	const struct diagnostic *diagnostic;

	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++)
		free(log_diagnostic(diagnostic));
}

void director_reload_record(struct director *director, bool ok,
			    const struct diagnostics *diagnostics)
{
	struct reload_record *record = &director->reload.record;
	const struct diagnostic *diagnostic;

	forget_errors(record);
	record->at = wall_read();
	record->ok = ok;
	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++)
		add_error(record, log_diagnostic(diagnostic));
}

static void forget_changes(struct director_reload *reload)
{
	free(reload->changes.text);
	reload->changes = (struct json_writer){0};
	reload->unchanged = false;
}

static void answer(struct director *director, bool ok, const char *error)
{
	struct director_reload *reload = &director->reload;

	for (unsigned i = 0; i < reload->n_clients; i++) {
		struct json_writer response = {0};

		json_begin_object(&response, NULL);
		json_boolean(&response, "ok", ok);
		if (ok) {
			json_integer(&response, "generation", (int64_t)director->running->number);
			json_boolean(&response, "unchanged", reload->unchanged);
		} else {
			json_string(&response, "error", error);
		}
		json_string(&response, "diagnostics", reload->diagnostics);
		if (reload->changes.text)
			json_raw(&response, "changes", reload->changes.text, reload->changes.size);
		status_json_reload(&response, "reload", &reload->record);
		json_end_object(&response);
		control_reply(director->control, reload->clients[i], &response);
	}
	reload->n_clients = 0;
	free(reload->diagnostics);
	reload->diagnostics = NULL;
}

static void on_next(struct timer *timer, void *data)
{
	(void)timer;
	director_reload(data, 0, false);
}

/* An answer may at once bring the same client's next request, which is for the next reload. */
static void finish(struct director *director, bool ok, const char *error)
{
	struct director_reload *reload = &director->reload;

	timer_cancel(&reload->limit);
	answer(director, ok, error);
	forget_changes(reload);
	memcpy(reload->clients, reload->next_clients, sizeof(reload->clients));
	reload->n_clients = reload->n_next_clients;
	reload->n_next_clients = 0;
	sd_notify_send("READY=1");
	if (reload->again)
		timer_set(director->loop, &reload->next, mono_read(), on_next, director);
	reload->running = reload->again = false;
}

static void on_limit(struct timer *timer, void *data)
{
	struct director *director = data;
	char names[256], error[320];

	(void)timer;
	supervisor_describe_unsettled(director->supervisor, names, sizeof(names));
	text_print(error, sizeof(error), "the configuration is valid, but not confirmed yet by: %s",
		   names);
	log_error("reload: %s", error);
	finish(director, false, error);
}

/* What only a restart can change, in one line. False: nothing of that kind is asked for. */
static bool refuse_changes(const struct director *director, const struct effects *effects,
			   char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < effects->count; i++) {
		const struct effect *effect = &effects->list[i];

		/* It has no check workers. */
		if (!effect->restart || (director->options->vrrp_only &&
					 strcmp(effect->change->word, "check_workers") == 0))
			continue;
		text_append(text, size, "%s%s", text[0] ? "; " : "", effect->text);
	}
	return text[0];
}

static void apply(struct director *director, struct generation *next)
{
	generation_unref(director->running);
	director->running = next;
	timer_set(director->loop, &director->reload.limit, mono_add(mono_read(), CONFIRM_LIMIT),
		  on_limit, director);
	director_hand_over(director);
	supervisor_configure(director->supervisor, next);
}

static void refuse(struct director *director, const char *error)
{
	director_hand_over(director);
	log_error("reload: %s", error);
	finish(director, false, error);
}

static void refuse_file(struct director *director, const struct diagnostics *diagnostics)
{
	size_t n_errors = diagnostics_count(diagnostics, DIAGNOSTIC_ERROR);
	char error[320];

	director_reload_record(director, false, diagnostics);
	text_print(error, sizeof(error), "%zu error%s in %.200s: nothing was changed", n_errors,
		   text_plural(n_errors), director->options->config);
	refuse(director, error);
}

/* What the next reload's includes are compared with. */
static void remember(struct director *director, struct reading *reading)
{
	reading_clear(&director->reading);
	director->reading = *reading;
	*reading = (struct reading){0};
}

/* The workers would not notice, and are left alone. */
static void keep_running(struct director *director, struct generation *next,
			 struct reading *reading, const struct diagnostics *diagnostics)
{
	generation_unref(next);
	remember(director, reading);
	director_reload_record(director, true, diagnostics);
	director_hand_over(director);
	log_info("reload: nothing has changed, generation %llu stays in force",
		 (unsigned long long)director->running->number);
	director->reload.unchanged = true;
	finish(director, true, NULL);
}

/* `doubt`: why it has to be forced, "" = it has not. */
static void compare_and_apply(struct director *director, struct generation *next,
			      struct reading *reading, const struct diagnostics *diagnostics,
			      const char *doubt)
{
	struct director_changes changes;
	char refusal[1024];

	director_changes_find(director, next->conf, &changes);
	bool refused = refuse_changes(director, &changes.effects, refusal, sizeof(refusal));
	if (!refused && *doubt) {
		text_print(refusal, sizeof(refusal),
			   "%s: nothing was changed (vdctl reload --force)", doubt);
		refused = true;
	}
	director_reload_record(director, !refused, diagnostics);
	if (refused)
		add_error(&director->reload.record, alloc_text(refusal));
	changes_json_write(&director->reload.changes, NULL, &changes.effects);
	if (!refused)
		director_changes_log(&changes);
	director_changes_clear(&changes);
	if (refused) {
		generation_unref(next);
		refuse(director, refusal);
	} else {
		remember(director, reading);
		apply(director, next);
	}
}

/* The diagnostics with the lines of the file, and their sum; to be freed. */
char *director_print_diagnostics(const struct director *director,
				 const struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		fatal("out of memory");
	diagnostics_print(diagnostics, out);
	diagnostics_print_summary(diagnostics, director->options->config, out);
	if (fclose(out) != 0)
		fatal("out of memory");
	return text;
}

/* What was read has come to rest. Takes `reading` and `conf` (NULL: it has errors). */
static void judge(struct director *director, struct conf *conf, struct reading *reading,
		  const struct diagnostics *diagnostics)
{
	struct generation *next = NULL;
	char doubt[768] = "";

	director->reload.reading = false;
	director->reload.diagnostics = director_print_diagnostics(director, diagnostics);
	if (conf) {
		director_changes_complete(director, conf);
		next = generation_create(director->running->number + 1, conf, wall_read());
		generation_number_slots(next, director->running);
		if (!director->reload.forced)
			director_changes_doubt(director, conf, reading, doubt, sizeof(doubt));
	}
	if (!next)
		refuse_file(director, diagnostics);
	else if (!*doubt && generation_equal(director->running, next) && /* and everybody has it */
		 supervisor_is_settled(director->supervisor))
		keep_running(director, next, reading, diagnostics);
	else
		compare_and_apply(director, next, reading, diagnostics, doubt);
	reading_clear(reading);
}

static void on_reread(struct timer *timer, void *data);

static void load_and_apply(struct director *director)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct director_reload *reload = &director->reload;
	struct reading reading = {0};
	struct conf *conf = start_read(director->options, &reading, diagnostics);
	enum reading_verdict verdict = reading_judge(&reload->rest, &reading, wall_read());

	if (verdict != READING_AT_REST) {
		conf_free(conf);
		conf = NULL;
		diagnostics_clear(diagnostics);
	}
	if (verdict == READING_AGAIN) {
		timer_set(director->loop, &reload->reread, mono_add(mono_read(), READING_PAUSE),
			  on_reread, director);
		reading_clear(&reading);
	} else {
		if (verdict == READING_NEVER)
			start_say_restless(director->options, diagnostics);
		judge(director, conf, &reading, diagnostics);
	}
	diagnostics_destroy(diagnostics);
}

static void on_reread(struct timer *timer, void *data)
{
	(void)timer;
	load_and_apply(data);
}

/* Those that have gone make room, so nobody can push out whoever still waits. */
static void add_client(struct director *director, uint64_t *clients, unsigned *n, uint64_t client)
{
	unsigned left = 0;

	for (unsigned i = 0; i < *n; i++)
		if (control_is_waiting(director->control, clients[i]))
			clients[left++] = clients[i];
	*n = left;
	if (*n == CONTROL_CLIENTS_MAX)
		control_reply_error(director->control, client, "too many reloads are asked for");
	else
		clients[(*n)++] = client;
}

void director_reload(struct director *director, uint64_t client, bool force)
{
	struct director_reload *reload = &director->reload;

	if (reload->running) {
		reload->again = true;
		reload->again_forced |= force;
		if (client)
			add_client(director, reload->next_clients, &reload->n_next_clients, client);
		return;
	}
	if (client)
		add_client(director, reload->clients, &reload->n_clients, client);
	reload->running = reload->reading = true;
	reload->forced = force || reload->again_forced;
	reload->again_forced = false;
	reload->rest = (struct reading_rest){0};
	timer_cancel(&reload->next);
	director_hand_over(director);
	log_info("reload: reading %s", director->options->config);
	sd_notify_send("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_awake());
	load_and_apply(director);
}

bool director_reload_settled(struct director *director)
{
	/* While the file has not come to rest, what settled is what ran before. */
	if (!director->reload.running || timer_is_set(&director->reload.reread))
		return false;
	log_info("reload: generation %llu is in force",
		 (unsigned long long)director->running->number);
	finish(director, true, NULL);
	return true;
}

void director_reload_cancel(struct director *director)
{
	struct director_reload *reload = &director->reload;

	timer_cancel(&reload->limit);
	timer_cancel(&reload->next);
	timer_cancel(&reload->reread);
	answer(director, false, "the daemon stops");
	memcpy(reload->clients, reload->next_clients, sizeof(reload->clients));
	reload->n_clients = reload->n_next_clients;
	answer(director, false, "the daemon stops");
	forget_changes(reload);
	forget_errors(&reload->record);
}
