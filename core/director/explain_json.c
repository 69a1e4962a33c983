/*
 * The sentences of explain.c as JSON, from the status memory of the vrrp process.
 */
#include "core/director/explain.h"
#include "core/director/supervise.h"

static void write_sentence(void *data, const char *about, const char *sentence)
{
	struct json_writer *writer = data;

	json_begin_object(writer, NULL);
	json_string(writer, "about", about);
	json_string(writer, "text", sentence);
	json_end_object(writer);
}

static void write_instance(struct json_writer *writer, const struct worker *vrrp, uint32_t index,
			   uint32_t first_address)
{
	struct explain_facts facts = {
		.conf = &vrrp->in_force->conf->instances[index],
		.now = mono_read(),
		.wall = wall_read(),
		.lateness_max = status_header(vrrp->status)->lateness.max,
	};
	struct address_status address;

	if (!status_read(vrrp->status, STATUS_INSTANCES, index, &facts.status) &&
	    !facts.status.name[0])
		facts.status = (struct instance_status){.state = INSTANCE_INIT};
	for (uint32_t i = 0; i < facts.conf->n_addresses; i++)
		facts.n_missing +=
			!status_read(vrrp->status, STATUS_ADDRESSES, first_address + i, &address) ||
			!address.present;
	json_begin_object(writer, NULL);
	json_string(writer, "name", facts.conf->name);
	json_string(writer, "state", instance_state_name((enum instance_state)facts.status.state));
	json_begin_array(writer, "sentences");
	explain(&facts, write_sentence, writer);
	json_end_array(writer);
	json_end_object(writer);
}

void explain_json_write(struct json_writer *writer, const char *name, const struct worker *vrrp,
			uint32_t index)
{
	const struct conf *conf = vrrp->in_force->conf;
	uint32_t first_address = 0;

	json_begin_array(writer, name);
	for (uint32_t i = 0; i < conf->n_instances; i++) {
		if (index == MESSAGE_ALL_INSTANCES || index == i)
			write_instance(writer, vrrp, i, first_address);
		first_address += (uint32_t)conf->instances[i].n_addresses;
	}
	json_end_array(writer);
}
