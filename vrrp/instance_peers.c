/*
 * Which of the routers that an instance knows of were heard, and when.  Over multicast nobody is
 * known beforehand; of unicast peers each has its record.  An Active router hears nobody, because a
 * Backup is silent: that it never heard one is no fault, and status says nothing of it.  But it is
 * what a wrong VLAN, a firewall or a peer that was never started look like, so it is one line in
 * the log after a while; and of unicast peers status has the age of their last advert.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "vrrp/instance.h"

#define WAIT_ADVERTS 10
#define WAIT_LEAST   (2 * USEC_PER_SEC)

struct instance_peer *instance_peers_find(const struct instance *instance,
					  const struct address *address)
{
	for (size_t i = 0; i < instance->peers.n; i++)
		if (address_compare(&instance->peers.list[i].address, address) == 0)
			return &instance->peers.list[i];
	return NULL;
}

static void write_record(const struct instance *instance, const struct instance_peer *peer)
{
	uint32_t position = instance->peers.first_record + (uint32_t)(peer - instance->peers.list);
	struct peer_status *record =
		status_record(instance->shared->status, STATUS_PEERS, position);

	status_begin(record);
	record->instance = instance->index;
	record->address = peer->address;
	record->priority = peer->priority;
	record->heard = peer->heard.us;
	status_end(record);
}

void instance_peers_configure(struct instance *instance, uint32_t first_record)
{
	const struct transport_conf *transport = &instance->conf->transport;
	struct instance_peers old = instance->peers;
	struct instance_peers *peers = &instance->peers;

	peers->first_record = first_record;
	peers->n = transport->n_peers;
	peers->list = alloc_array(peers->n + 1, sizeof(*peers->list));
	for (size_t i = 0; i < peers->n; i++) {
		struct instance_peer *peer = &peers->list[i];

		peer->address = transport->peers[i].address;
		for (size_t j = 0; j < old.n; j++)
			if (address_compare(&old.list[j].address, &peer->address) == 0)
				*peer = old.list[j];
		const struct peer_status *record = status_record(
			instance->shared->status, STATUS_PEERS, first_record + (uint32_t)i);
		/* What the record at its place says about it: a dead predecessor's knowledge. */
		if (!instance->started && address_compare(&record->address, &peer->address) == 0) {
			bool possible =
				record->heard > 0 && record->heard <= instance_now(instance).us;

			peer->heard.us = possible ? record->heard : 0;
			peer->priority = possible ? record->priority : 0;
		}
		write_record(instance, peer);
	}
	free(old.list);
}

void instance_peers_heard(struct instance *instance, const struct address *address,
			  uint8_t priority)
{
	struct instance_peer *peer = instance_peers_find(instance, address);

	if (!peer)
		return;
	peer->heard = instance_now(instance);
	peer->priority = priority;
	write_record(instance, peer);
}

/* The router itself may be in the list. */
static bool is_unheard(const struct instance *instance, const struct instance_peer *peer)
{
	return peer->heard.us == 0 &&
	       address_compare(&peer->address, &instance->member.source) != 0;
}

uint32_t instance_peers_unheard(const struct instance *instance)
{
	const struct engine_member *member = &instance->member;
	int64_t wait = WAIT_ADVERTS * member->config.advert_interval;
	uint32_t n = 0;

	if (wait < WAIT_LEAST)
		wait = WAIT_LEAST;
	if (member->unit->state != ENGINE_ACTIVE ||
	    mono_diff(instance_now(instance), member->unit->entered) < wait)
		return 0;
	if (!instance_is_unicast(instance))
		return member->peer.heard.us == 0;
	for (size_t i = 0; i < instance->peers.n; i++)
		n += is_unheard(instance, &instance->peers.list[i]);
	return n;
}

void instance_peers_text(const struct instance *instance, char *text, size_t size)
{
	uint32_t n = instance_peers_unheard(instance);

	size_t first = 0;

	while (first < instance->peers.n && !is_unheard(instance, &instance->peers.list[first]))
		first++;
	if (!instance_is_unicast(instance))
		text_print(text, size, "no peer was ever heard on %s", instance->interface->name);
	else if (n > 1)
		text_print(text, size, "peer %s and %u more were never heard",
			   address_text(&instance->peers.list[first].address).text, n - 1);
	else
		text_print(text, size, "peer %s was never heard",
			   address_text(&instance->peers.list[first].address).text);
}

void instance_peers_destroy(struct instance *instance)
{
	free(instance->peers.list);
	instance->peers = (struct instance_peers){0};
}
