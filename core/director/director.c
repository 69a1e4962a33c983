/*
 * The director: main's role.  It supervises the workers, reads the configuration, serves the
 * control socket and runs scripts.  It is started by the keeper only.
 *
 * A new main first gets back what an earlier one handed to the keeper (director_begin() then goes
 * on with the running configuration and the living workers) or learns that there was none: then it
 * reads the file.  Everything after that is events: a worker's message or death, a signal, a
 * request, a timer.  Nothing here waits for any of them.
 *
 * The parts are in director_reload.c, director_stop.c, director_commands.c and director_handover.c.
 */
#include "core/director/director.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/director/director_context.h"
#include "core/director/pidfile.h"
#include "core/director/sd_notify.h"
#include "core/director/start.h"
#include "core/director/vmac_sysctls.h"

/* ---- the keeper ---- */

static void hand_over_worker(struct director *director, const struct worker *worker)
{
	struct message_handover slot = {.kind = worker->kind,
					.index = worker->index,
					.pid = worker->process.pid,
					.restarts = worker->restarts};
	int fds[2];

	if (!worker->status || !worker->link || link_fd(worker->link) < 0)
		return;
	slot.generation = worker->in_force ? worker->in_force->number : 0;
	fds[0] = status_fd(worker->status);
	fds[1] = link_fd(worker->link);
	keeper_client_hand_over(director->keeper, &slot, fds, 2);
}

void director_hand_over(struct director *director)
{
	struct message_handover slot = {.kind = ROLE_MAIN,
					.pid = getpid(),
					.restarts = director->restarts,
					.generation = director->running->number};
	int fds[2];

	if (director->handover_fd >= 0)
		close(director->handover_fd);
	director->handover_fd = director_handover_write(director);
	fds[0] = generation_text(director->running, ROLE_MAIN);
	fds[1] = director->handover_fd;
	keeper_client_hand_over(director->keeper, &slot, fds, 2);
}

static void on_collect(void *data)
{
	struct director *director = data;

	if (!director->running)
		return;
	director_hand_over(director);
	for (size_t i = 0; i < supervisor_count(director->supervisor); i++)
		hand_over_worker(director, supervisor_worker(director->supervisor, i));
}

static void on_handed_back(struct message *message, void *data)
{
	struct director *director = data;
	struct director_handback *slot_back;

	slot_back = realloc(director->handback, (director->n_handback + 1) * sizeof(*slot_back));
	if (!slot_back)
		fatal("out of memory");
	director->handback = slot_back;
	slot_back += director->n_handback++;
	memcpy(&slot_back->slot, message->payload, sizeof(slot_back->slot));
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++) {
		slot_back->fds[i] = message->fds[i];
		message->fds[i] = -1;
	}
}

/* ---- the workers ---- */

static void on_settled(void *data)
{
	struct director *director = data;

	log_info("%zu workers run configuration generation %llu",
		 supervisor_count(director->supervisor),
		 (unsigned long long)director->running->number);
	if (director->reload.running)
		director_reload_settled(director);
	else
		sd_notify_send("READY=1");
}

static void on_worker_changed(struct worker *worker, void *data)
{
	struct director *director = data;

	hand_over_worker(director, worker);
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
		log_warning(
			"notify scripts of instance or group %u not run: its configuration is no longer in force",
			notify->index);
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
	else if (message->type == MESSAGE_VMAC_SYSCTLS)
		vmac_sysctls_set(message->payload);
}

static void on_handover_timer(struct timer *timer, void *data)
{
	(void)timer;
	director_hand_over(data);
}

static void on_scripts_changed(void *data)
{
	struct director *director = data;

	/* Once a turn, however many there are. */
	if (director->running && !timer_is_set(&director->handover_timer))
		timer_set(director->loop, &director->handover_timer, loop_now(director->loop),
			  on_handover_timer, director);
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

static struct generation *load_handed_back(struct director *director,
					   const struct director_handback *slot_back)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct wall loaded_at = wall_read();
	struct conf *conf = NULL;
	size_t size;
	char *text = generation_read_text(slot_back->fds[0], &size);

	if (text)
		conf = conf_parse("running configuration", text, size, diagnostics);
	if (slot_back->fds[1] >= 0)
		director_handover_read(director, slot_back->fds[1], &loaded_at);
	free(text);
	diagnostics_destroy(diagnostics);
	return conf ? generation_create(slot_back->slot.generation, conf, loaded_at) : NULL;
}

/* The running configuration where an earlier main left it, else the file. NULL: neither is good. */
static struct generation *first_generation(struct director *director, int *exit_status)
{
	const struct options *options = director->options;
	struct diagnostics *diagnostics;
	struct generation *generation = NULL;
	struct conf *conf;

	for (size_t i = 0; i < director->n_handback && !generation; i++)
		if (director->handback[i].slot.kind == ROLE_MAIN)
			generation = load_handed_back(director, &director->handback[i]);
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

static void close_handback(struct director_handback *slot_back)
{
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++) {
		if (slot_back->fds[i] >= 0)
			close(slot_back->fds[i]);
		slot_back->fds[i] = -1;
	}
}

static void adopt_workers(struct director *director)
{
	for (size_t i = 0; i < director->n_handback; i++) {
		struct director_handback *slot_back = &director->handback[i];
		struct worker *worker =
			supervisor_find(director->supervisor, (enum role_kind)slot_back->slot.kind,
					slot_back->slot.index);
		bool current = slot_back->slot.generation == director->running->number;

		if (worker && slot_back->fds[0] >= 0 && slot_back->fds[1] >= 0) {
			worker_adopt(worker, &slot_back->slot, slot_back->fds[1], slot_back->fds[0],
				     current ? director->running : NULL);
			slot_back->fds[0] = slot_back->fds[1] = -1;
		}
		close_handback(slot_back);
	}
	free(director->handback);
	director->handback = NULL;
	director->n_handback = 0;
}

static void on_watchdog(struct timer *timer, void *data)
{
	struct director *director = data;

	sd_notify_send("WATCHDOG=1");
	timer_set(director->loop, timer, mono_add(mono_read(), sd_notify_watchdog_interval()),
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
	director_hand_over(director);
	log_info("vdirectord %s %s", VDIRECTOR_VERSION,
		 restarts ? "resumes after a restart of main" : "starts");
	director->control = control_create(director->loop, director->options->runtime_dir,
					   director_command, director);
	/* At the start somebody is there to see to it; later the director goes on without. */
	if (!control_is_open(director->control) && restarts == 0) {
		leave(director, EXIT_FAILURE);
		return;
	}
	supervisor_start(director->supervisor, director->running);
	if (sd_notify_watchdog_interval())
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
		log_info("signal %d ignored: use vdctl(8) for status", signal);
}

static void release(struct director *director)
{
	timer_cancel(&director->watchdog);
	timer_cancel(&director->sweep);
	timer_cancel(&director->handover_timer);
	control_destroy(director->control, true);
	supervisor_destroy(director->supervisor);
	scripts_destroy(director->scripts);
	generation_unref(director->running);
	keeper_client_end(director->keeper, director->stop.exit_status);
	keeper_client_destroy(director->keeper);
	if (director->handover_fd >= 0)
		close(director->handover_fd);
	loop_destroy(director->loop);
}

int director_run(const struct options *options)
{
	static const struct keeper_client_events events = {
		.handed_back = on_handed_back,
		.handback_end = director_begin,
		.collect = on_collect,
	};
	struct director director = {.options = options, .started = wall_read(), .handover_fd = -1};

	prctl(PR_SET_NAME, "vdirectord");
	options_log_setup(options, "main");
	director.loop = loop_create();
	process_watch_signals(director.loop, &director.signals, on_signal, &director);
	director.scripts = scripts_create(director.loop);
	scripts_on_change(director.scripts, on_scripts_changed, &director);
	director.keeper = keeper_client_create(director.loop, options, &events, &director);
	loop_run(director.loop);
	release(&director);
	return director.stop.exit_status;
}
