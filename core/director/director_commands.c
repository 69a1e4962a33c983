/*
 * The commands of the control socket: one row each.  Looking is answered at once from what main
 * has; what changes something is refused to those who may only look, and is answered when it is
 * done.
 */
#include "core/director/director_context.h"
#include "core/director/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PENDING_LIMIT  (30 * USEC_PER_SEC)
#define SWEEP_INTERVAL USEC_PER_SEC

/* Writes its members of the answer; false: that comes later, or has been given. */
typedef bool command_fn(struct director *director, const struct control_request *request,
			struct json_writer *response);

static bool command_status(struct director *director, const struct control_request *request,
			   struct json_writer *response)
{
	const struct status_view view = {
		.supervisor = director->supervisor,
		.running = director->running,
		.reload = &director->reload.record,
		.config_path = director->options->config,
		.started = director->started,
		.lateness = loop_lateness(director->loop),
		.main_restarts = director->restarts,
		.keeper_pid = keeper_client_pid(director->keeper),
		.keeper_silence = keeper_client_silence(director->keeper),
		.keeper_restarts = keeper_client_restarts(director->keeper),
	};

	(void)request;
	status_json_write(response, "status", &view);
	return true;
}

/* config-secrets is refused to those who may only look, as changes are. */
static bool command_config(struct director *director, const struct control_request *request,
			   struct json_writer *response)
{
	size_t size;
	char *text = generation_config_text(director->running,
					    strcmp(request->command, "config-secrets") == 0, &size);

	json_integer(response, "generation", (int64_t)director->running->number);
	json_string(response, "config", text);
	free(text);
	return true;
}

static bool command_version(struct director *director, const struct control_request *request,
			    struct json_writer *response)
{
	(void)request;
	json_string(response, "version", VDIRECTOR_VERSION);
	json_integer(response, "pid", getpid());
	/* How vdctl has to read a file that the daemon may get. */
	json_string(response, "config_id", director->options->config_id);
	json_boolean(response, "lenient", director->options->lenient);
	return true;
}

static bool command_reload(struct director *director, const struct control_request *request,
			   struct json_writer *response)
{
	(void)response;
	director_reload(director, request->client, request->force);
	return false;
}

static bool command_plan(struct director *director, const struct control_request *request,
			 struct json_writer *response)
{
	(void)response;
	director_plan(director, request->client,
		      control_take_fd(director->control, request->client));
	return false;
}

/* ---- what vrrp carries out ---- */

/* False: answered with what is wrong. */
static bool find_instance(struct director *director, const struct control_request *request,
			  const struct conf *conf, uint32_t *index)
{
	*index = MESSAGE_ALL_INSTANCES;
	if (!request->instance)
		return true;
	for (size_t i = 0; i < conf->n_instances; i++) {
		if (strcmp(conf->instances[i].name, request->instance) == 0) {
			*index = (uint32_t)i;
			return true;
		}
	}
	for (size_t i = 0; i < conf->n_groups; i++) {
		if (strcmp(conf->groups[i].name, request->instance) == 0) {
			*index = conf->groups[i].members[0]; /* all of them have one role */
			return true;
		}
	}
	control_reply_error(director->control, request->client, "there is no instance \"%.64s\"",
			    request->instance);
	return false;
}

static const char *no_vrrp(const struct worker *vrrp)
{
	return vrrp ? "vrrp is being started, try again" : "this daemon runs without vrrp";
}

/* Looks only, like status. */
static bool command_explain(struct director *director, const struct control_request *request,
			    struct json_writer *response)
{
	struct worker *vrrp = supervisor_find(director->supervisor, ROLE_VRRP, 0);
	uint32_t index;

	if (!vrrp || !vrrp->in_force || !vrrp->status) {
		control_reply_error(director->control, request->client, "%s", no_vrrp(vrrp));
		return false;
	}
	if (!find_instance(director, request, vrrp->in_force->conf, &index))
		return false;
	explain_json_write(response, "instances", vrrp, index);
	return true;
}

static void on_sweep(struct timer *timer, void *data)
{
	struct director *director = data;
	struct mono now = mono_read();
	bool more = false;

	for (size_t i = 0; i < DIRECTOR_PENDING_MAX; i++) {
		struct director_pending *pending = &director->pending[i];

		if (!pending->request)
			continue;
		if (mono_before(now, pending->due)) {
			more = true;
			continue;
		}
		pending->request = 0;
		control_reply_error(director->control, pending->client,
				    "vrrp has not answered within %d s",
				    (int)(PENDING_LIMIT / USEC_PER_SEC));
	}
	if (more)
		timer_set(director->loop, timer, mono_add(now, SWEEP_INTERVAL), on_sweep, director);
}

static bool command_handover(struct director *director, const struct control_request *request,
			     struct json_writer *response)
{
	enum message_type type =
		strcmp(request->command, "standby") == 0 ? MESSAGE_STANDBY : MESSAGE_TAKEOVER;
	struct worker *vrrp = supervisor_find(director->supervisor, ROLE_VRRP, 0);
	struct director_pending *pending = director->pending;
	struct message_instance_request message = {.request = director->last_request + 1};

	(void)response;
	if (!vrrp || !vrrp->link || !vrrp->in_force || worker_state(vrrp) != WORKER_RUNNING) {
		control_reply_error(director->control, request->client, "%s", no_vrrp(vrrp));
		return false;
	}
	if (!find_instance(director, request, vrrp->in_force->conf, &message.instance))
		return false;
	message.generation = vrrp->in_force->number;
	while (pending < director->pending + DIRECTOR_PENDING_MAX && pending->request &&
	       control_is_waiting(director->control, pending->client))
		pending++;
	if (pending == director->pending + DIRECTOR_PENDING_MAX ||
	    !link_send(vrrp->link, type, &message, sizeof(message))) {
		control_reply_error(director->control, request->client, "vrrp is busy, try again");
		return false;
	}
	director->last_request++;
	*pending = (struct director_pending){message.request, request->client,
					     mono_add(mono_read(), PENDING_LIMIT)};
	if (!timer_is_set(&director->sweep))
		timer_set(director->loop, &director->sweep, mono_add(mono_read(), SWEEP_INTERVAL),
			  on_sweep, director);
	return false;
}

void director_command_done(struct director *director, const struct message_done *done)
{
	for (size_t i = 0; done->request && i < DIRECTOR_PENDING_MAX; i++) {
		struct director_pending *pending = &director->pending[i];
		struct json_writer response = {0};

		if (pending->request != done->request)
			continue;
		pending->request = 0;
		json_begin_object(&response, NULL);
		json_boolean(&response, "ok", done->ok);
		json_string(&response, done->ok ? "text" : "error", done->text);
		json_end_object(&response);
		control_reply(director->control, pending->client, &response);
	}
}

void director_commands_cancel(struct director *director)
{
	for (size_t i = 0; i < DIRECTOR_PENDING_MAX; i++) {
		struct director_pending *pending = &director->pending[i];

		if (!pending->request)
			continue;
		pending->request = 0;
		control_reply_error(director->control, pending->client,
				    "vrrp ended before it was done");
	}
	timer_cancel(&director->sweep);
}

static const struct command_row {
	const char *name;
	bool changes;
	command_fn *run;
} commands[] = {
	{"status", false, command_status},
	{"config", false, command_config},
	{"version", false, command_version},
	{"reload", true, command_reload},
	{"plan", true, command_plan},
	{"standby", true, command_handover},
	{"takeover", true, command_handover},
	{"explain", false, command_explain},
	{"config-secrets", true, command_config},
};

void director_command(const struct control_request *request, void *data)
{
	struct director *director = data;
	const struct command_row *row = commands;
	const struct command_row *end = commands + sizeof(commands) / sizeof(commands[0]);
	struct json_writer response = {0};

	while (row < end && strcmp(row->name, request->command) != 0)
		row++;
	if (row == end) {
		control_reply_error(director->control, request->client,
				    "there is no command \"%.64s\": status, config, version, plan, "
				    "reload, standby, takeover, explain",
				    request->command);
	} else if (row->changes && !request->may_change) {
		control_reply_error(director->control, request->client,
				    "%s needs root or the group vdirector-admin", request->command);
	} else if (row->changes && director->stop.stage != STOP_NOT) {
		control_reply_error(director->control, request->client, "the daemon stops");
	} else {
		json_begin_object(&response, NULL);
		json_boolean(&response, "ok", true);
		if (row->run(director, request, &response)) {
			json_end_object(&response);
			control_reply(director->control, request->client, &response);
		} else {
			free(response.text);
		}
	}
}
