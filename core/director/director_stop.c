/*
 * The stop sequence, make before break: vrrp hands its addresses over while everything else still
 * serves; then ipvs takes its services out of the kernel; then the check workers go; then the
 * scripts that the change of roles has queued get their time.  Each stage has a limit, after which
 * the remaining processes are killed.  A second request, a while after the first, kills at once.
 */
#include "core/director/director_context.h"

#include <unistd.h>

#include "core/director/sd_notify.h"

/* A terminal, or a service manager that signals the whole group, asks main twice at once. */
#define HURRY_AFTER USEC_PER_SEC

static const struct stage_row {
	enum role_kind kind; /* ROLE_MAIN: no worker's stage */
	int64_t limit;	     /* µs */
	const char *what;
} stages[] = {
	[STOP_VRRP] = {ROLE_VRRP, 15 * USEC_PER_SEC, "vrrp"},
	[STOP_IPVS] = {ROLE_IPVS, 5 * USEC_PER_SEC, "ipvs"},
	[STOP_CHECK] = {ROLE_CHECK, 2 * USEC_PER_SEC, "check workers"},
	[STOP_SCRIPTS] = {ROLE_MAIN, 5 * USEC_PER_SEC, "scripts"},
};

static void finish(struct director *director)
{
	const struct options *options = director->options;

	director->stop.stage = STOP_DONE;
	timer_cancel(&director->stop.limit);
	director_reload_cancel(director);
	director_plan_cancel(director);
	director_commands_cancel(director);
	control_destroy(director->control, true);
	director->control = NULL;
	unlink(options->pid_file);
	if (*options->vrrp_pid_file)
		unlink(options->vrrp_pid_file);
	if (*options->check_pid_file)
		unlink(options->check_pid_file);
	log_info("stopped");
	loop_stop(director->loop);
}

static bool is_over(const struct director *director, enum stop_stage stage)
{
	if (stage == STOP_SCRIPTS)
		return scripts_are_idle(director->scripts);
	return supervisor_is_gone(director->supervisor, stages[stage].kind);
}

static void on_limit(struct timer *timer, void *data)
{
	struct director *director = data;
	enum stop_stage stage = director->stop.stage;

	(void)timer;
	log_warning("stop: %s took longer than %d s", stages[stage].what,
		    (int)(stages[stage].limit / USEC_PER_SEC));
	if (stage == STOP_SCRIPTS)
		finish(director);
	else
		supervisor_kill(director->supervisor, stages[stage].kind);
}

static void enter(struct director *director, enum stop_stage stage)
{
	const struct options *options = director->options;

	director->stop.stage = stage;
	timer_set(director->loop, &director->stop.limit, mono_add(mono_read(), stages[stage].limit),
		  on_limit, director);
	if (stage == STOP_VRRP)
		supervisor_stop(director->supervisor, ROLE_VRRP, options->keep_addresses);
	else if (stage == STOP_IPVS)
		supervisor_stop(director->supervisor, ROLE_IPVS, options->keep_services);
	else if (stage == STOP_CHECK)
		supervisor_stop(director->supervisor, ROLE_CHECK, false);
}

void director_stop_advance(struct director *director)
{
	while (director->stop.stage > STOP_NOT && director->stop.stage < STOP_DONE) {
		enum stop_stage stage = director->stop.stage;

		if (!is_over(director, stage))
			return;
		if (stage == STOP_SCRIPTS)
			finish(director);
		else
			enter(director, stage + 1);
	}
}

static void hurry(struct director *director)
{
	if (mono_diff(mono_read(), director->stop.asked) < HURRY_AFTER)
		return;
	log_warning("asked to stop again, killing the remaining processes");
	supervisor_stop(director->supervisor, ROLE_IPVS, director->options->keep_services);
	supervisor_stop(director->supervisor, ROLE_CHECK, false);
	supervisor_kill(director->supervisor, ROLE_VRRP);
	supervisor_kill(director->supervisor, ROLE_IPVS);
	supervisor_kill(director->supervisor, ROLE_CHECK);
	finish(director);
}

void director_stop(struct director *director, int exit_status)
{
	if (director->stop.stage != STOP_NOT) {
		hurry(director);
		return;
	}
	log_info("stopping");
	sd_notify_send("STOPPING=1");
	director->stop.exit_status = exit_status;
	director->stop.asked = mono_read();
	enter(director, STOP_VRRP);
	director_stop_advance(director);
}
