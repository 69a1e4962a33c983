/*
 * Cross checks of heartbeat_interface: adverts of a virtual router that are heard on such a link
 * must be for one instance, so an instance's further links are none of its own, and none on which
 * another instance of the same family and virtual router id sends or listens.
 */
#include <string.h>

#include "conf/model/name_map.h"
#include "conf/model/verify.h"
#include "core/base/arena.h"
#include "core/base/text.h"

struct link_use {
	const struct instance_conf *instance;
	const char *interface;
	size_t draft;
	bool further; /* by heartbeat_interface */
};

static void complain(struct parser *parser, const struct link_use *use,
		     const struct link_use *earlier)
{
	const struct instance_draft *drafts = parser->drafts.instances.items;
	uint64_t bit = KEYWORD_BIT(parser, INSTANCE, struct instance_conf, transport.heartbeats);
	const struct link_use *further = use->further ? use : earlier;
	struct place place = drafts[further->draft].places[__builtin_ctzll(bit)];

	if (use->instance == earlier->instance) {
		reader_error_at(&parser->in, place, "interface-twice",
				"heartbeat_interface: %s is a link of this instance already",
				use->interface);
		return;
	}
	reader_error_at(&parser->in, place, "virtual-router-twice",
			"heartbeat_interface: vrrp_instance '%s' uses virtual_router_id %u on %s",
			further == use ? earlier->instance->name : use->instance->name,
			use->instance->vrid, use->interface);
}

void verify_heartbeat_links(struct parser *parser)
{
	const struct conf *conf = parser->conf;
	struct name_map known = {0};
	size_t n = 0, most = conf->n_instances;
	struct link_use *all;

	for (size_t i = 0; i < conf->n_instances; i++)
		most += conf->instances[i].transport.heartbeats.count;
	if (most == conf->n_instances)
		return;
	all = arena_alloc(parser->in.scratch, most * sizeof(*all));
	for (size_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *instance = &conf->instances[i];
		const struct name_list *further = &instance->transport.heartbeats;

		for (size_t k = 0; k <= further->count && instance->interface; k++)
			all[n++] = (struct link_use){
				instance, k == 0 ? instance->interface : further->names[k - 1], i,
				k > 0};
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct instance_conf *instance = all[i].instance;
		char key[64];

		text_print(key, sizeof(key), "%s %u %u", all[i].interface, instance->family,
			   instance->vrid);
		uint32_t earlier = name_map_add(&known, key, i);
		/* Two instances with one interface may be told apart: that is router.c's. */
		if (earlier != HASH_NONE && (all[i].further || all[earlier].further))
			complain(parser, &all[i], &all[earlier]);
	}
	name_map_free(&known);
}
