/*
 * What main remembers across its own death beside the configuration: a small JSON text in a sealed
 * memfd that the keeper holds together with it.  All of it is for status only, so a text that
 * cannot be read is as good as none.
 */
#include "core/director_parts.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int director_memory_write(const struct director *director)
{
	const struct reload_record *record = &director->reload.record;
	struct json_writer writer = {0};
	int fd;

	json_begin_object(&writer, NULL);
	json_integer(&writer, "started", director->started.us);
	json_integer(&writer, "loaded_at", director->running->loaded_at.us);
	json_integer(&writer, "keeper_restarts", keep_restarts(director->keep));
	json_integer(&writer, "reload_at", record->at.us);
	json_boolean(&writer, "reload_ok", record->ok);
	json_begin_array(&writer, "errors");
	for (size_t i = 0; i < record->n_errors; i++)
		json_string(&writer, NULL, record->errors[i]);
	json_end_array(&writer);
	json_end_object(&writer);
	fd = generation_seal_text("memory", writer.text, writer.size);
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

void director_memory_read(struct director *director, int fd, struct wall *loaded_at)
{
	struct reload_record *record = &director->reload.record;
	struct json_object *object, *member;
	size_t size;
	char *text = generation_read_text(fd, &size);

	object = text ? json_tokener_parse(text) : NULL;
	if (json_object_is_type(object, json_type_object)) {
		director->started.us = integer(object, "started");
		loaded_at->us = integer(object, "loaded_at");
		keep_set_restarts(director->keep, (unsigned)integer(object, "keeper_restarts"));
		record->at.us = integer(object, "reload_at");
		record->ok = json_object_object_get_ex(object, "reload_ok", &member) &&
			     json_object_get_boolean(member);
		if (json_object_object_get_ex(object, "errors", &member) &&
		    json_object_is_type(member, json_type_array))
			read_errors(record, member);
	}
	json_object_put(object);
	free(text);
}
