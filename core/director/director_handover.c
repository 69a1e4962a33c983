/*
 * What a new main takes over beside the configuration: a small JSON text in a sealed memfd that the
 * keeper holds together with it.  It has facts for the status, and the scripts that
 * run or wait, so that the last one to run is still that of the last change.  It is main's own
 * word, and written anew whenever it changes.
 */
#include "core/director/director_context.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_script(const struct script_state *state, void *data)
{
	struct json_writer *writer = data;

	json_begin_object(writer, NULL);
	json_string(writer, "queue", state->queue);
	json_string(writer, "label", state->label);
	json_string(writer, "user", state->script.user);
	json_string(writer, "group", state->script.group);
	json_boolean(writer, "guarded", state->script.guarded);
	json_integer(writer, "pid", state->pid);
	json_begin_array(writer, "argv");
	for (size_t i = 0; state->script.argv[i]; i++)
		json_string(writer, NULL, state->script.argv[i]);
	json_end_array(writer);
	json_end_object(writer);
}

int director_handover_write(const struct director *director)
{
	const struct reload_record *record = &director->reload.record;
	struct json_writer writer = {0};
	int fd;

	json_begin_object(&writer, NULL);
	json_integer(&writer, "started", director->started.us);
	json_integer(&writer, "loaded_at", director->running->loaded_at.us);
	json_integer(&writer, "keeper_restarts", keeper_client_restarts(director->keeper));
	json_integer(&writer, "reload_at", record->at.us);
	json_boolean(&writer, "reload_ok", record->ok);
	json_begin_array(&writer, "errors");
	for (size_t i = 0; i < record->n_errors; i++)
		json_string(&writer, NULL, record->errors[i]);
	json_end_array(&writer);
	json_begin_array(&writer, "scripts");
	scripts_visit(director->scripts, write_script, &writer);
	json_end_array(&writer);
	json_end_object(&writer);
	fd = generation_seal_text("handover", writer.text, writer.size);
	free(writer.text);
	return fd;
}

static int64_t integer(struct json_object *object, const char *name)
{
	struct json_object *member;

	return json_object_object_get_ex(object, name, &member) ? json_object_get_int64(member) : 0;
}

static void read_errors(struct reload_record *record, struct json_object *errors)
{
	size_t n = json_object_array_length(errors);

	record->errors = calloc(n, sizeof(*record->errors));
	if (n && !record->errors)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(errors, i));

		record->errors[i] = strdup(text ? text : "");
		if (!record->errors[i])
			fatal("out of memory");
	}
	record->n_errors = n;
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	return json_object_object_get_ex(object, name, &member) ? json_object_get_string(member)
								: NULL;
}

static void read_script(struct scripts *scripts, struct json_object *object)
{
	struct script_state state = {.queue = text_of(object, "queue"),
				     .label = text_of(object, "label"),
				     .script = {.user = text_of(object, "user"),
						.group = text_of(object, "group"),
						.guarded = integer(object, "guarded") != 0},
				     .pid = (pid_t)integer(object, "pid")};
	struct json_object *arguments;
	const char **argv;
	size_t n;

	if (!state.queue || !state.label || !json_object_object_get_ex(object, "argv", &arguments))
		return;
	n = json_object_array_length(arguments);
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		fatal("out of memory");
	for (size_t i = 0; i < n; i++)
		argv[i] = json_object_get_string(json_object_array_get_idx(arguments, i));
	state.script.argv = argv;
	if (n > 0)
		scripts_restore(scripts, &state);
	free(argv);
}

void director_handover_read(struct director *director, int fd, struct wall *loaded_at)
{
	struct reload_record *record = &director->reload.record;
	struct json_object *object, *member;
	size_t size;
	char *text = generation_read_text(fd, &size);

	object = text ? json_tokener_parse(text) : NULL;
	if (json_object_is_type(object, json_type_object)) {
		director->started.us = integer(object, "started");
		loaded_at->us = integer(object, "loaded_at");
		keeper_client_set_restarts(director->keeper,
					   (unsigned)integer(object, "keeper_restarts"));
		record->at.us = integer(object, "reload_at");
		record->ok = json_object_object_get_ex(object, "reload_ok", &member) &&
			     json_object_get_boolean(member);
		if (json_object_object_get_ex(object, "errors", &member) &&
		    json_object_is_type(member, json_type_array))
			read_errors(record, member);
		if (json_object_object_get_ex(object, "scripts", &member) &&
		    json_object_is_type(member, json_type_array))
			for (size_t i = 0; i < json_object_array_length(member); i++)
				read_script(director->scripts,
					    json_object_array_get_idx(member, i));
	}
	json_object_put(object);
	free(text);
}
