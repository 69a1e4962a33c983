/*
 * The director: main's role.  It supervises the workers, reads the configuration, serves the
 * control socket and runs scripts.  It is started by the keeper only.
 *
 * A new main first gets back what an earlier one handed to the keeper (director_begin() then
 * resumes with the running configuration and the living workers) or learns that there was none:
 * then it reads the file.  Everything after that is events: a worker's message or death, a signal,
 * a request, a timer.  Nothing here waits for any of them.
 *
 * It ends make before break: vrrp hands its addresses over while everything else still serves; then
 * ipvs takes its services out of the kernel; then the check workers go; then the scripts that the
 * change of roles has queued get their time.  Each stage has a limit, after which the remaining
 * processes are killed.  A second request, a while after the first, kills at once.
 *
 * The other parts are in director_reload.c, director_plan.c, director_commands.c,
 * director_scripts.c and director_handover.c.
 */
#include "core/director/director.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <time.h>

#include "core/base/fd.h"
#include "core/base/text.h"
#include "core/director/director_context.h"
#include "core/director/pidfile.h"
#include "core/director/sd_notify.h"
#include "core/director/start.h"
#include "core/director/vmac_sysctls.h"

/* A terminal, or a service manager that signals the whole group, asks main twice at once. */
#define HURRY_AFTER USEC_PER_SEC

static const struct stage_row {
	enum role_kind kind; /* ROLE_MAIN: no worker's stage */
	int64_t limit;	     /* µs */
	const char *what;
} stages[] = {
	[STOP_VRRP] = {ROLE_VRRP, 15 * USEC_PER_SEC, "vrrp"},
	[STOP_NET] = {ROLE_NET, 15 * USEC_PER_SEC, "net"},
	[STOP_IPVS] = {ROLE_IPVS, 5 * USEC_PER_SEC, "ipvs"},
	[STOP_CHECK] = {ROLE_CHECK, 2 * USEC_PER_SEC, "check workers"},
	[STOP_SCRIPTS] = {ROLE_MAIN, 5 * USEC_PER_SEC, "scripts"},
};

/* ---- the stop ---- */

static void stop_finish(struct director *director)
{
	const struct options *options = director->options;

	director->stop.stage = STOP_DONE;
	timer_cancel(&director->stop.limit);
	director_reload_cancel(director);
	director_plan_cancel(director);
	director_commands_cancel(director);
	control_destroy(director->control);
	director->control = NULL;
	pidfile_remove(options->pid_file);
	pidfile_remove(options->vrrp_pid_file);
	pidfile_remove(options->check_pid_file);
	log_info("stopped");
	loop_stop(director->loop);
}

static void on_stop_limit(struct timer *timer, void *data)
{
	struct director *director = data;
	enum stop_stage stage = director->stop.stage;

	(void)timer;
	log_warning("stop: %s took longer than %d s", stages[stage].what,
		    (int)(stages[stage].limit / USEC_PER_SEC));
	if (stage == STOP_SCRIPTS)
		stop_finish(director);
	else
		supervisor_kill(director->supervisor, stages[stage].kind);
}

/* What it has put into the kernel is to stay there. */
static bool keeps(const struct options *options, enum role_kind kind)
{
	if (kind == ROLE_VRRP || kind == ROLE_NET)
		return options->keep_addresses;
	return kind == ROLE_IPVS && options->keep_services;
}

static void stop_enter(struct director *director, enum stop_stage stage)
{
	director->stop.stage = stage;
	timer_set(director->loop, &director->stop.limit, mono_add(mono_read(), stages[stage].limit),
		  on_stop_limit, director);
	if (stages[stage].kind != ROLE_MAIN)
		supervisor_stop(director->supervisor, stages[stage].kind,
				keeps(director->options, stages[stage].kind));
}

/* Something ended that the sequence may wait for. */
static void stop_advance(struct director *director)
{
	while (director->stop.stage > STOP_NOT && director->stop.stage < STOP_DONE) {
		enum stop_stage stage = director->stop.stage;

		if (stage == STOP_SCRIPTS
			    ? !scripts_are_idle(director->scripts)
			    : !supervisor_is_gone(director->supervisor, stages[stage].kind))
			return;
		if (stage == STOP_SCRIPTS)
			stop_finish(director);
		else
			stop_enter(director, stage + 1);
	}
}

void director_stop(struct director *director, int exit_status)
{
	if (director->stop.stage != STOP_NOT) {
		if (mono_diff(mono_read(), director->stop.asked) < HURRY_AFTER)
			return;
		log_warning("asked to stop again, killing the remaining processes");
		for (enum stop_stage stage = STOP_NET; stage <= STOP_CHECK; stage++)
			supervisor_stop(director->supervisor, stages[stage].kind,
					keeps(director->options, stages[stage].kind));
		for (enum stop_stage stage = STOP_VRRP; stage <= STOP_CHECK; stage++)
			supervisor_kill(director->supervisor, stages[stage].kind);
		stop_finish(director);
		return;
	}
	log_info("stopping");
	sd_notify_send("STOPPING=1");
	director->stop.exit_status = exit_status;
	director->stop.asked = mono_read();
	stop_enter(director, STOP_VRRP);
	stop_advance(director);
}

/* ---- the workers ---- */

static void on_settled(void *data)
{
	struct director *director = data;
	size_t n = supervisor_count(director->supervisor);

	log_info("%zu worker%s %s configuration generation %llu", n, text_plural(n),
		 n == 1 ? "runs" : "run", (unsigned long long)director->running->number);
	if (!director_reload_settled(director))
		sd_notify_send("READY=1");
}

static void on_worker_changed(struct worker *worker, void *data)
{
	struct director *director = data;

	director_hand_over_worker(director, worker);
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
		stop_advance(director);
	else if (director->options->no_respawn)
		director_stop(director, EXIT_FAILURE);
}

static void on_worker_message(struct worker *worker, struct message *message, void *data)
{
	struct director *director = data;

	if (message->type == MESSAGE_NOTIFY)
		director_notify(director, worker, message->payload);
	else if (message->type == MESSAGE_DONE)
		director_command_done(director, message->payload);
	else if (message->type == MESSAGE_FENCE)
		director_fence(director, worker, message->payload);
	else if (message->type == MESSAGE_VMAC_SYSCTLS)
		vmac_sysctls_set(message->payload, worker->in_force, worker->wanted);
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
	stop_advance(director);
}

/* ---- the start ---- */

static void leave(struct director *director, int exit_status)
{
	director->stop.stage = STOP_DONE;
	director->stop.exit_status = exit_status;
	pidfile_remove(director->options->pid_file);
	loop_stop(director->loop);
}

/* The running configuration where an earlier main left it, else the file, which may have changed
 * since the starter read it.  NULL: neither is good. */
static struct generation *first_generation(struct director *director, int *exit_status)
{
	const struct options *options = director->options;
	struct generation *generation = director_generation_back(director);

	if (generation)
		return generation;
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = start_load_at_rest(options, &director->reading, diagnostics);
	*exit_status = diagnostics_exit(diagnostics, false);
	if (!conf)
		director_reload_record(director, false, diagnostics);
	else if (!options->foreground && !options->log_console)
		director_log_diagnostics(diagnostics); /* else stderr has them already: start.c */
	diagnostics_destroy(diagnostics);
	return conf ? generation_create(1, conf, wall_read()) : NULL;
}

static void on_watchdog(struct timer *timer, void *data)
{
	struct director *director = data;

	sd_notify_send("WATCHDOG=1");
	timer_set(director->loop, timer, mono_add(mono_read(), sd_notify_watchdog_interval()),
		  on_watchdog, director);
}

/* Two that were started at once with a pid file each found nobody to answer (start.c): who comes
 * first serves before the other one looks again.  Anybody may have locked the directory, so nobody
 * waits long for it.  -1: there is no lock. */
static int wait_turn(const char *runtime_dir)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
	int fd = open(runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < 20 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++)
		nanosleep(&pause, NULL);
	return fd;
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
	director->supervisor = supervisor_create(director->loop, director->options,
						 director->running->check_workers,
						 director_slots_back(director), &events, director);
	director_workers_back(director);
	director_hand_over(director);
	log_info("vdirectord %s %s", VDIRECTOR_VERSION,
		 restarts ? "resumes after a restart of main" : "starts");
	int turn = restarts == 0 ? wait_turn(director->options->runtime_dir) : -1;
	bool served = restarts == 0 && control_is_served(director->options->runtime_dir);
	if (!served)
		director->control = control_create(director->loop, director->options->runtime_dir,
						   director_command, director);
	fd_close(&turn);
	if (served) {
		log_error("already running: another daemon answers in %s",
			  director->options->runtime_dir);
		leave(director, EXIT_FAILURE);
		return;
	}
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

	(void)events;
	if (!director->running)
		return; /* not even begun: it stays where it is until then */
	int signal = process_next_signal(watch);
	if (!signal)
		return;
	if (signal == SIGTERM || signal == SIGINT)
		director_stop(director, EXIT_SUCCESS);
	else if (signal == SIGHUP && director->stop.stage == STOP_NOT)
		director_reload(director, 0, false);
	else
		log_info("signal %d ignored: use vdctl(8) for status", signal);
}

int director_run(const struct options *options)
{
	static const struct keeper_client_events events = {
		.handed_back = director_take_back,
		.handback_end = director_begin,
		.collect = director_hand_over_all,
	};
	struct director director = {.options = options, .started = wall_read()};

	prctl(PR_SET_NAME, "vdirectord");
	options_log_setup(options, "main");
	director.loop = loop_create();
	process_watch_signals(director.loop, &director.signals, on_signal, &director);
	director.scripts = scripts_create(director.loop, on_scripts_changed, &director);
	director.keeper = keeper_client_create(director.loop, options, &events, &director);
	loop_run(director.loop);

	timer_cancel(&director.watchdog);
	timer_cancel(&director.sweep);
	timer_cancel(&director.handover_timer);
	control_destroy(director.control);
	supervisor_destroy(director.supervisor);
	scripts_destroy(director.scripts);
	generation_unref(director.running);
	reading_clear(&director.reading);
	keeper_client_end(director.keeper, director.stop.exit_status);
	keeper_client_destroy(director.keeper);
	loop_destroy(director.loop);
	return director.stop.exit_status;
}
