/*
 * What main hands over to the keeper, and what a new main takes back: so main may die at any time.
 *
 * Of each worker it is the link and the status segment; of main the running configuration's text
 * and a record, a small JSON text in a sealed memfd.  The record has facts for the status, and the
 * scripts that run or wait, so that the last one to run is still that of the last change.  It is
 * main's own word, and written anew whenever it changes.
 */
#include "core/director/director_context.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "vrrp/net/slots.h"

/* ---- the record ---- */

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
	json_integer(writer, "birth", (int64_t)state->birth);
	json_integer(writer, "limit", state->limit);
	json_boolean(writer, "awaited", state->awaited);
	json_begin_array(writer, "argv");
	for (size_t i = 0; state->script.argv[i]; i++)
		json_string(writer, NULL, state->script.argv[i]);
	json_end_array(writer);
	json_end_object(writer);
}

/* A sealed memfd. */
static int write_record(const struct director *director)
{
	const struct reload_record *record = &director->reload.record;
	char *const *found = director->reading.found.items;
	struct json_writer writer = {0};

	json_begin_object(&writer, NULL);
	json_integer(&writer, "started", director->started.us);
	json_integer(&writer, "loaded_at", director->running->loaded_at.us);
	json_integer(&writer, "keeper_restarts", keeper_client_restarts(director->keeper));
	json_integer(&writer, "reload_at", record->at.us);
	json_boolean(&writer, "reload_ok", record->ok);
	json_integer(&writer, "next_slot", director->running->next_slot);
	json_begin_array(&writer, "slots");
	for (size_t i = 0; i < director->running->conf->n_instances; i++)
		json_integer(&writer, NULL, director->running->slots[i]);
	json_end_array(&writer);
	json_begin_array(&writer, "errors");
	for (size_t i = 0; i < record->n_errors; i++)
		json_string(&writer, NULL, record->errors[i]);
	json_end_array(&writer);
	json_begin_array(&writer, "found");
	for (size_t i = 0; i < director->reading.found.count; i++)
		json_string(&writer, NULL, found[i]);
	json_end_array(&writer);
	json_begin_array(&writer, "scripts");
	scripts_visit(director->scripts, write_script, &writer);
	json_end_array(&writer);
	json_end_object(&writer);
	int fd = generation_seal_text("handover", writer.text, writer.size);
	free(writer.text);
	return fd;
}

/* NULL: it has none, or none of that type. */
static struct json_object *get(struct json_object *object, const char *name, enum json_type type)
{
	struct json_object *member;

	return json_object_object_get_ex(object, name, &member) && json_object_is_type(member, type)
		       ? member
		       : NULL;
}

static int64_t integer(struct json_object *object, const char *name)
{
	return json_object_get_int64(get(object, name, json_type_int));
}

static void read_errors(struct reload_record *record, struct json_object *errors)
{
	size_t n = errors ? json_object_array_length(errors) : 0;

	record->errors = alloc_array(n, sizeof(*record->errors));
	for (size_t i = 0; i < n; i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(errors, i));

		record->errors[i] = alloc_text(text ? text : "");
	}
	record->n_errors = n;
}

static void read_found(struct reading *reading, struct json_object *found)
{
	for (size_t i = 0; found && i < json_object_array_length(found); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(found, i));

		if (name)
			reading_add_found(reading, name);
	}
}

static const char *text_of(struct json_object *object, const char *name)
{
	return json_object_get_string(get(object, name, json_type_string));
}

static void read_script(struct scripts *scripts, struct json_object *object)
{
	struct script_state state = {
		.queue = text_of(object, "queue"),
		.label = text_of(object, "label"),
		.script = {.user = text_of(object, "user"),
			   .group = text_of(object, "group"),
			   .guarded = json_object_get_boolean(
				   get(object, "guarded", json_type_boolean))},
		.pid = (pid_t)integer(object, "pid"),
		.birth = (uint64_t)integer(object, "birth"),
		.limit = integer(object, "limit"),
		.awaited = json_object_get_boolean(get(object, "awaited", json_type_boolean))};
	struct json_object *arguments = get(object, "argv", json_type_array);
	const char **argv;

	if (!state.queue || !state.label || !arguments)
		return;
	size_t n = json_object_array_length(arguments);
	argv = alloc_array(n + 1, sizeof(*argv));
	for (size_t i = 0; i < n; i++)
		argv[i] = json_object_get_string(json_object_array_get_idx(arguments, i));
	state.script.argv = argv;
	if (n > 0)
		scripts_restore(scripts, &state);
	free(argv);
}

/* False: these are not the slots of that configuration's instances. */
static bool read_slots(struct generation *generation, struct json_object *slots)
{
	size_t n = generation->conf->n_instances, i = 0;

	if (!slots || json_object_array_length(slots) != n)
		return false;
	bool *taken = alloc_array(SLOTS_MAX, sizeof(*taken));
	for (; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(slots, i);
		int64_t slot = json_object_get_int64(item);

		if (!json_object_is_type(item, json_type_int) || slot < 0 || slot >= SLOTS_MAX ||
		    taken[slot])
			break;
		taken[slot] = true;
		generation->slots[i] = (uint32_t)slot;
	}
	free(taken);
	return i == n;
}

static void read_record(struct director *director, struct generation *generation, int fd)
{
	struct reload_record *record = &director->reload.record;
	size_t size;
	char *text = generation_read_text(fd, &size);
	struct json_object *object = text ? json_tokener_parse(text) : NULL, *scripts;

	if (json_object_is_type(object, json_type_object)) {
		director->started.us = integer(object, "started");
		generation->loaded_at.us = integer(object, "loaded_at");
		if (!read_slots(generation, get(object, "slots", json_type_array)))
			generation_number_slots(generation, NULL);
		else
			generation->next_slot = (uint32_t)integer(object, "next_slot") % SLOTS_MAX;
		keeper_client_set_restarts(director->keeper,
					   (unsigned)integer(object, "keeper_restarts"));
		record->at.us = integer(object, "reload_at");
		record->ok = json_object_get_boolean(get(object, "reload_ok", json_type_boolean));
		read_errors(record, get(object, "errors", json_type_array));
		read_found(&director->reading, get(object, "found", json_type_array));
		scripts = get(object, "scripts", json_type_array);
		for (size_t i = 0; scripts && i < json_object_array_length(scripts); i++)
			read_script(director->scripts, json_object_array_get_idx(scripts, i));
	}
	json_object_put(object);
	free(text);
}

/* ---- to the keeper ---- */

void director_hand_over_worker(struct director *director, const struct worker *worker)
{
	const struct message_handover slot = {
		.kind = worker->kind,
		.index = worker->index,
		.pid = worker->process.pid,
		.restarts = worker->restarts,
		.generation = worker->in_force ? worker->in_force->number : 0,
	};

	if (!worker->status || !worker->link || link_fd(worker->link) < 0)
		return;
	keeper_client_hand_over(director->keeper, &slot,
				(int[]){status_fd(worker->status), link_fd(worker->link)}, 2);
}

void director_hand_over(struct director *director)
{
	const struct message_handover slot = {
		.kind = ROLE_MAIN,
		.pid = getpid(),
		.restarts = director->restarts,
		.generation = director->running->number,
		.reloading = director->reload.reading || director->reload.again,
	};
	int record = write_record(director);

	keeper_client_hand_over(director->keeper, &slot,
				(int[]){generation_text(director->running, ROLE_MAIN), record,
					supervisor_slots(director->supervisor)},
				3);
	close(record);
}

void director_hand_over_all(void *data)
{
	struct director *director = data;

	if (!director->running)
		return;
	director_hand_over(director);
	for (size_t i = 0; i < supervisor_count(director->supervisor); i++)
		director_hand_over_worker(director, supervisor_worker(director->supervisor, i));
}

/* ---- from the keeper ---- */

void director_take_back(struct message *message, void *data)
{
	struct director *director = data;
	struct director_handback *handback =
		vector_add(&director->handback, sizeof(*handback), NULL);

	memcpy(&handback->slot, message->payload, sizeof(handback->slot));
	for (unsigned i = 0; i < MESSAGE_FDS_MAX; i++) {
		handback->fds[i] = message->fds[i];
		message->fds[i] = -1;
	}
}

struct generation *director_generation_back(struct director *director)
{
	const struct director_handback *handback = director->handback.items;

	for (size_t i = 0; i < director->handback.count; i++, handback++) {
		struct generation *generation = NULL;
		struct conf *conf = NULL;
		size_t size;

		if (handback->slot.kind != ROLE_MAIN)
			continue;
		struct diagnostics *diagnostics = diagnostics_create();
		char *text = generation_read_text(handback->fds[0], &size);
		if (text)
			conf = conf_parse("running configuration", text, size, diagnostics);
		if (conf)
			generation =
				generation_create(handback->slot.generation, conf, wall_read());
		if (generation && handback->fds[1] >= 0)
			read_record(director, generation, handback->fds[1]);
		free(text);
		diagnostics_destroy(diagnostics);
		return generation;
	}
	return NULL;
}

int director_slots_back(struct director *director)
{
	struct director_handback *handback = director->handback.items;
	int fd = -1;

	for (size_t i = 0; i < director->handback.count; i++, handback++) {
		if (handback->slot.kind != ROLE_MAIN)
			continue;
		fd = handback->fds[2];
		handback->fds[2] = -1;
	}
	return fd;
}

void director_workers_back(struct director *director)
{
	struct director_handback *handback = director->handback.items;

	for (size_t i = 0; i < director->handback.count; i++, handback++) {
		struct worker *worker =
			supervisor_find(director->supervisor, (enum role_kind)handback->slot.kind,
					handback->slot.index);
		bool current = handback->slot.generation == director->running->number;

		if (worker && handback->fds[0] >= 0 && handback->fds[1] >= 0) {
			worker_adopt(worker, &handback->slot, handback->fds[1], handback->fds[0],
				     current ? director->running : NULL);
			continue;
		}
		for (unsigned k = 0; k < MESSAGE_FDS_MAX; k++)
			fd_close(&handback->fds[k]);
	}
	vector_free(&director->handback);
}
