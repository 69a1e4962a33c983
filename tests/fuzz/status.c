/*
 * Fuzz target for the status memory of other processes as main reads it: the input is what a worker
 * wrote into its segments.  Whatever it is, the status and the sentences of `vdctl explain` are
 * made of it, and are one JSON document of printable UTF-8 each.
 */
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/load.h"
#include "core/base/utf8.h"
#include "core/director/explain.h"
#include "core/director/status_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"vrrp_instance a {\n interface eth0\n virtual_router_id 1\n"
	" unicast_peer {\n 10.0.0.2\n 10.0.0.3\n }\n"
	" virtual_ipaddress {\n 10.1.0.1/24\n 10.1.0.2 dev eth2\n }\n}\n"
	"vrrp_instance b {\n interface eth1\n virtual_router_id 2\n"
	" heartbeat_interface eth2\n virtual_ipaddress {\n fd00::1/64\n }\n}\n"
	"vrrp_sync_group g {\n group {\n a\n b\n }\n}\n"
	"virtual_server 10.1.0.1 80 {\n lb_algo wlc\n lb_kind DR\n protocol TCP\n"
	" sorry_server 127.0.0.1 80\n"
	" real_server 10.2.0.1 80 {\n TCP_CHECK {\n }\n }\n"
	" real_server 10.2.0.2 80 {\n HTTP_GET {\n url {\n path /\n }\n }\n }\n}\n";

struct world {
	struct supervisor *supervisor;
	struct generation *generation;
	struct reload_record reload;
	struct lateness lateness;
};

static void make(struct world *world)
{
	static const struct supervisor_events events;
	static struct options options;
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("fuzz", text, strlen(text), NULL, diagnostics);

	if (!conf)
		abort();
	diagnostics_destroy(diagnostics);
	world->generation = generation_create(1, conf, (struct wall){1});
	world->supervisor = supervisor_create(loop_create(), &options,
					      world->generation->check_workers, -1, &events, world);
	for (size_t i = 0; i < supervisor_count(world->supervisor); i++) {
		struct worker *worker = supervisor_worker(world->supervisor, i);

		worker->status = generation_segment(world->generation, worker->kind, worker->index);
		worker->in_force = generation_ref(world->generation);
	}
}

/* Fills what follows the headers; each record is complete, as the reader's lock wants it. */
static void fill(struct world *world, const uint8_t *data, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < supervisor_count(world->supervisor); i++) {
		struct worker *worker = supervisor_worker(world->supervisor, i);
		const struct status_layout *layout = generation_layout(worker->kind);

		for (unsigned table = 0; table < STATUS_TABLES; table++)
			for (uint32_t j = 0; j < status_count(worker->status, table); j++) {
				uint8_t *record = status_record(worker->status, table, j);

				for (size_t k = 0; k < layout->sizes[table]; k++)
					record[k] = data[at++ % size];
				((struct status_record *)(void *)record)->sequence = 2;
			}
	}
}

static void check(struct json_writer *writer)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, writer->text, (int)writer->size);
	if (!object || !json_object_is_type(object, json_type_object))
		abort();
	for (size_t i = 0; i < writer->size; i++)
		if ((unsigned char)writer->text[i] < ' ' || writer->text[i] == 0x7f)
			abort();
	json_object_put(object);
	json_tokener_free(tokener);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	struct json_writer writer = {0};
	struct status_view view;

	if (!world.supervisor)
		make(&world);
	if (size == 0)
		return 0;
	fill(&world, data, size);
	view = (struct status_view){.supervisor = world.supervisor,
				    .running = world.generation,
				    .reload = &world.reload,
				    .config_path = "fuzz",
				    .lateness = &world.lateness};
	json_begin_object(&writer, NULL);
	status_json_write(&writer, "status", &view);
	explain_json_write(&writer, "explain", supervisor_find(world.supervisor, ROLE_VRRP, 0),
			   MESSAGE_ALL_INSTANCES);
	json_end_object(&writer);
	check(&writer);
	free(writer.text);
	return 0;
}
