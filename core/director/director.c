/*
 * The director: main's role.  It supervises the workers, reads the configuration, serves the
 * control socket and runs scripts.  It is started by the keeper only.
 *
 * A new main first gets back what an earlier one handed to the keeper (director_begin() then goes
 * on with the running configuration and the living workers) or learns that there was none: then it
 * reads the file.  Everything after that is events: a worker's message or death, a signal, a
 * request, a timer.  Nothing here waits for any of them.
 *
 * The parts are in director_reload.c, director_stop.c, director_commands.c and director_memory.c.
 */
#include "core/director/director.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/director/director_parts.h"
#include "core/director/notify_socket.h"
#include "core/director/pidfile.h"
#include "core/director/quiet.h"
#include "core/director/start.h"

/* ---- the keeper ---- */

static void keep_worker(struct director *director, const struct worker *worker)
{
	struct message_keep slot = {.kind = worker->kind,
				    .index = worker->index,
				    .pid = worker->process.pid,
				    .restarts = worker->restarts};
	int fds[2];

	if (!worker->status || !worker->link || link_fd(worker->link) < 0)
		return;
	slot.generation = worker->in_force ? worker->in_force->number : 0;
	fds[0] = status_fd(worker->status);
	fds[1] = link_fd(worker->link);
	keep_put(director->keep, &slot, fds, 2);
}

void director_keep(struct director *director)
{
	struct message_keep slot = {.kind = ROLE_MAIN,
				    .pid = getpid(),
				    .restarts = director->restarts,
				    .generation = director->running->number};
	int fds[2];

	if (director->memory >= 0)
		close(director->memory);
	director->memory = director_memory_write(director);
	fds[0] = generation_text(director->running, ROLE_MAIN);
	fds[1] = director->memory;
	keep_put(director->keep, &slot, fds, 2);
}

static void on_collect(void *data)
{
	struct director *director = data;

	if (!director->running)
		return;
	director_keep(director);
	for (size_t i = 0; i < supervisor_count(director->supervisor); i++)
		keep_worker(director, supervisor_worker(director->supervisor, i));
}

static void on_kept(struct message *message, void *data)
{
	struct director *director = data;
	struct director_kept *kept;

	kept = realloc(director->kept, (director->n_kept + 1) * sizeof(*kept));
	if (!kept)
		fatal("out of memory");
	director->kept = kept;
	kept += director->n_kept++;
	memcpy(&kept->slot, message->payload, sizeof(kept->slot));
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++) {
		kept->fds[i] = message->fds[i];
		message->fds[i] = -1;
	}
}

/* ---- the workers ---- */

static void on_settled(void *data)
{
	struct director *director = data;

	log_info("%zu workers run with generation %llu", supervisor_count(director->supervisor),
		 (unsigned long long)director->running->number);
	if (director->reload.running)
		director_reload_settled(director);
	else
		notify_socket_send("READY=1");
}

static void on_worker_changed(struct worker *worker, void *data)
{
	struct director *director = data;

	keep_worker(director, worker);
	if (worker->kind == ROLE_VRRP)
		pidfile_put(director->options->vrrp_pid_file, worker->process.pid);
	else if (worker->kind == ROLE_IPVS)
		pidfile_put(director->options->check_pid_file, worker->process.pid);
}

static void on_worker_ended(struct worker *worker, void *data)
{
	struct director *director = data;

	if (worker->kind == ROLE_VRRP)
		director_commands_cancel(director);
	if (director->stop.stage != STOP_NOT)
		director_stop_advance(director);
	else if (director->options->no_respawn)
		director_stop(director, EXIT_FAILURE);
}

static void run_notify(struct director *director, const struct worker *vrrp,
		       const struct message_notify *notify)
{
	const struct generation *generation = director->running;

	/* During a reload it may still speak of the one before. */
	if (notify->generation != generation->number)
		generation = vrrp->in_force;
	if (!generation || notify->generation != generation->number ||
	    notify->index >= (notify->is_group ? generation->conf->n_groups
					       : generation->conf->n_instances)) {
		log_warning("a notify for an instance that is not known any more");
		return;
	}
	if (notify->is_group)
		notify_run_group(director->scripts, &generation->conf->groups[notify->index],
				 (enum notify_kind)notify->kind);
	else
		notify_run(director->scripts, &generation->conf->instances[notify->index],
			   (enum notify_kind)notify->kind, notify->priority);
}

static void on_worker_message(struct worker *worker, struct message *message, void *data)
{
	struct director *director = data;

	if (message->type == MESSAGE_NOTIFY)
		run_notify(director, worker, message->payload);
	else if (message->type == MESSAGE_DONE)
		director_command_done(director, message->payload);
	else if (message->type == MESSAGE_FENCE)
		director_fence(director, worker, message->payload);
	else if (message->type == MESSAGE_QUIET)
		quiet_interface(message->payload);
}

static void on_remember(struct timer *timer, void *data)
{
	(void)timer;
	director_keep(data);
}

static void on_scripts_changed(void *data)
{
	struct director *director = data;

	/* Once a turn, however many there are. */
	if (director->running && !timer_is_set(&director->remember))
		timer_set(director->loop, &director->remember, loop_now(director->loop),
			  on_remember, director);
	director_stop_advance(director);
}

/* ---- the start ---- */

static void leave(struct director *director, int exit_status)
{
	director->stop.stage = STOP_DONE;
	director->stop.exit_status = exit_status;
	unlink(director->options->pid_file);
	loop_stop(director->loop);
}

static struct generation *load_kept(struct director *director, const struct director_kept *kept)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct wall loaded_at = wall_read();
	struct conf *conf = NULL;
	size_t size;
	char *text = generation_read_text(kept->fds[0], &size);

	if (text)
		conf = conf_parse("running configuration", text, size, diagnostics);
	if (kept->fds[1] >= 0)
		director_memory_read(director, kept->fds[1], &loaded_at);
	free(text);
	diagnostics_destroy(diagnostics);
	return conf ? generation_create(kept->slot.generation, conf, loaded_at) : NULL;
}

/* The running configuration where an earlier main left it, else the file. NULL: neither is good. */
static struct generation *first_generation(struct director *director, int *exit_status)
{
	const struct options *options = director->options;
	struct diagnostics *diagnostics;
	struct generation *generation = NULL;
	struct conf *conf;

	for (size_t i = 0; i < director->n_kept && !generation; i++)
		if (director->kept[i].slot.kind == ROLE_MAIN)
			generation = load_kept(director, &director->kept[i]);
	if (generation)
		return generation;
	diagnostics = diagnostics_create();
	conf = start_load(options, diagnostics);
	*exit_status = diagnostics_exit(diagnostics, false);
	if (!conf)
		director_reload_record(director, false, diagnostics, NULL);
	else if (!options->foreground && !options->log_console)
		director_log_diagnostics(diagnostics); /* else stderr has them already: start.c */
	diagnostics_destroy(diagnostics);
	return conf ? generation_create(1, conf, wall_read()) : NULL;
}

static void close_kept(struct director_kept *kept)
{
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++) {
		if (kept->fds[i] >= 0)
			close(kept->fds[i]);
		kept->fds[i] = -1;
	}
}

static void adopt_workers(struct director *director)
{
	for (size_t i = 0; i < director->n_kept; i++) {
		struct director_kept *kept = &director->kept[i];
		struct worker *worker = supervisor_find(
			director->supervisor, (enum role_kind)kept->slot.kind, kept->slot.index);
		bool current = kept->slot.generation == director->running->number;

		if (worker && kept->fds[0] >= 0 && kept->fds[1] >= 0) {
			worker_adopt(worker, &kept->slot, kept->fds[1], kept->fds[0],
				     current ? director->running : NULL);
			kept->fds[0] = kept->fds[1] = -1;
		}
		close_kept(kept);
	}
	free(director->kept);
	director->kept = NULL;
	director->n_kept = 0;
}

static void on_watchdog(struct timer *timer, void *data)
{
	struct director *director = data;

	notify_socket_send("WATCHDOG=1");
	timer_set(director->loop, timer, mono_add(mono_read(), notify_socket_watchdog_interval()),
		  on_watchdog, director);
}

static void director_begin(unsigned restarts, void *data)
{
	static const struct supervisor_events events = {
		.settled = on_settled,
		.changed = on_worker_changed,
		.ended = on_worker_ended,
		.message = on_worker_message,
	};
	struct director *director = data;
	int exit_status = EXIT_FAILURE;

	director->restarts = restarts;
	director->running = first_generation(director, &exit_status);
	if (!director->running) {
		leave(director, exit_status);
		return;
	}
	director->supervisor =
		supervisor_create(director->loop, director->options,
				  director->running->check_workers, &events, director);
	adopt_workers(director);
	director_keep(director);
	log_info("vdirectord %s %s", VDIRECTOR_VERSION, restarts ? "goes on" : "starts");
	director->control = control_create(director->loop, director->options->runtime_dir,
					   director_command, director);
	/* At the start somebody is there to see to it; later the director goes on without. */
	if (!control_is_open(director->control) && restarts == 0) {
		leave(director, EXIT_FAILURE);
		return;
	}
	supervisor_start(director->supervisor, director->running);
	if (notify_socket_watchdog_interval())
		on_watchdog(&director->watchdog, director);
}

static void on_signal(struct watch *watch, uint32_t events, void *data)
{
	struct director *director = data;
	int signal;

	(void)events;
	if (!director->running)
		return; /* not even begun: it stays where it is until then */
	signal = process_next_signal(watch);
	if (!signal)
		return;
	if (signal == SIGTERM || signal == SIGINT)
		director_stop(director, EXIT_SUCCESS);
	else if (signal == SIGHUP && director->stop.stage == STOP_NOT)
		director_reload(director, 0);
	else
		log_info("signal %d has no effect: see vdctl(8) for status", signal);
}

static void release(struct director *director)
{
	timer_cancel(&director->watchdog);
	timer_cancel(&director->sweep);
	timer_cancel(&director->remember);
	control_destroy(director->control, true);
	supervisor_destroy(director->supervisor);
	scripts_destroy(director->scripts);
	generation_unref(director->running);
	keep_farewell(director->keep, director->stop.exit_status);
	keep_destroy(director->keep);
	if (director->memory >= 0)
		close(director->memory);
	loop_destroy(director->loop);
}

int director_run(const struct options *options)
{
	static const struct keep_events events = {
		.kept = on_kept,
		.kept_all = director_begin,
		.collect = on_collect,
	};
	struct director director = {.options = options, .started = wall_read(), .memory = -1};

	prctl(PR_SET_NAME, "vdirectord");
	options_log_setup(options, "main");
	director.loop = loop_create();
	process_watch_signals(director.loop, &director.signals, on_signal, &director);
	director.scripts = scripts_create(director.loop);
	scripts_on_change(director.scripts, on_scripts_changed, &director);
	director.keep = keep_create(director.loop, options, &events, &director);
	loop_run(director.loop);
	release(&director);
	return director.stop.exit_status;
}
