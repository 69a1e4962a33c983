/*
 * The adverts of an instance: which addresses they list, and their way to the links and peers.
 *
 * An advert is one frame: a fragmented one is lost where fragments are dropped, and then two
 * routers are Active.  So it lists as many addresses as fit into the smallest MTU of the instance's
 * links, which may change at any time, and never more than fit into an Ethernet frame of the usual
 * size, since not every switch and peer has larger ones; by its format at most 255.  Those that do
 * not fit are held and announced like the others.  Status and log say so.
 *
 * Called by instance.c and unit.c.
 */
#include "vrrp/instance_advert.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "vrrp/instance.h"

enum checksum_form instance_checksum(const struct instance *instance)
{
	if (instance->conf->checksum_plain)
		return CHECKSUM_PLAIN;
	if (!instance_is_unicast(instance))
		return instance->advert.heard_checksum == CHECKSUM_PLAIN ? CHECKSUM_PLAIN
									 : CHECKSUM_PSEUDO;
	if (instance->conf->transport.old_checksum == OLD_CHECKSUM_ALWAYS)
		return CHECKSUM_GROUP;
	return instance->advert.heard_checksum;
}

void instance_send(struct instance_link *link, struct socket *socket, const struct packet *packet,
		   const struct socket_route *route)
{
	struct instance *instance = link->instance;
	uint8_t payload[SOCKET_PAYLOAD_MAX + PACKET_TRAILER_SIZE];
	size_t size = packet_build(packet, &route->source, &route->destination,
				   instance->advert.list, payload, SOCKET_PAYLOAD_MAX);

	if (size == 0)
		fatal("%s: an advert of %u addresses does not fit", instance->conf->name,
		      packet->count);
	size = instance_hmac_sign(instance, route, payload, size);
	instance->hold.tried++;
	socket_queue(socket, link, route, payload, size);
}

static void send_to(struct instance *instance, const struct packet *packet,
		    const struct address *destination, uint8_t ttl)
{
	const struct socket_route route = {instance->member.source, *destination, ttl};

	instance_send(instance->links.list[0], instance_outlet(instance), packet, &route);
}

/* RFC 9568 7.2 */
void instance_send_advert(struct instance *instance, uint8_t priority)
{
	const struct instance_conf *conf = instance->conf;
	struct packet packet = {
		.version = conf->version,
		.vrid = conf->vrid,
		.priority = priority,
		.count = instance->advert.count,
		.auth_type = (uint8_t)conf->auth_type,
		.checksum = instance_checksum(instance),
		.interval = conf->advert_interval,
	};

	if (!instance->socket || address_is_none(&instance->member.source))
		return;
	memcpy(packet.auth_data, conf->auth_pass, sizeof(packet.auth_data));
	instance_hold_sent(instance);
	if (!instance_is_unicast(instance))
		send_to(instance, &packet, &conf->transport.group, PACKET_TTL);
	for (size_t i = 0; i < conf->transport.n_peers; i++) /* one list may serve all routers */
		if (address_compare(&conf->transport.peers[i].address, &instance->member.source) !=
		    0)
			send_to(instance, &packet, &conf->transport.peers[i].address,
				conf->transport.unicast_ttl);
	instance_links_send(instance, &packet);
	instance_count(instance, COUNTER_ADVERTS_SENT);
	if (priority == 0)
		instance_count(instance, COUNTER_PRIORITY_ZERO_SENT);
}

/* ---- what adverts list ---- */

/* The smallest MTU of the links that are there, and whose it is. */
static uint32_t find_mtu(const struct instance *instance, const struct interface **smallest)
{
	uint32_t mtu = PACKET_MTU;

	*smallest = NULL;
	for (size_t i = 0; i < instance->links.n; i++) {
		const struct interface *interface = instance->links.list[i]->interface;

		if (interface->index == 0 || interface->mtu == 0 || interface->mtu >= mtu)
			continue;
		mtu = interface->mtu;
		*smallest = interface;
	}
	return mtu;
}

void instance_advert_fit(struct instance *instance)
{
	const struct instance_conf *conf = instance->conf;
	struct instance_advert *advert = &instance->advert;
	const struct interface *smallest;
	uint32_t mtu = find_mtu(instance, &smallest);
	unsigned max = packet_capacity(conf->family, conf->version, conf->hmac.n_keys > 0, mtu);
	uint8_t count = (uint8_t)(advert->n < max ? advert->n : max);
	char text[sizeof(advert->text)] = "";

	if (count < advert->n)
		text_print(text, sizeof(text),
			   "adverts list %u of %zu addresses, %s: the others are held and "
			   "announced, but not advertised",
			   count, advert->n,
			   max == PACKET_ADDRESSES_MAX ? "as many as their format allows"
						       : "as many as fit into a frame");
	if (smallest && count < advert->n && max < PACKET_ADDRESSES_MAX)
		text_append(text, sizeof(text), " (%s has an MTU of %u)", smallest->name, mtu);
	if (text[0] != '\0' && strcmp(text, advert->text) != 0)
		log_warning("%s: %s", conf->name, text);
	else if (text[0] == '\0' && advert->text[0] != '\0')
		log_notice("%s: adverts list all %zu addresses again", conf->name, advert->n);
	memcpy(advert->text, text, sizeof(advert->text));
	advert->count = count;
	advert->digest = packet_digest(advert->list, count, address_size(conf->family));
}

void instance_advert_configure(struct instance *instance)
{
	const struct instance_conf *conf = instance->conf;
	struct instance_advert *advert = &instance->advert;
	unsigned bytes = address_size(conf->family);

	instance_advert_destroy(instance);
	advert->list = alloc_array(conf->n_advertised + 1, bytes);
	advert->sorted = alloc_array(conf->n_advertised + 1, bytes);
	for (size_t i = 0; i < conf->n_advertised; i++)
		if (conf->addresses[i].address.family == conf->family)
			memcpy(advert->list + bytes * advert->n++, conf->addresses[i].address.bytes,
			       bytes);
	memcpy(advert->sorted, advert->list, bytes * advert->n);
	packet_sort(advert->sorted, advert->n, bytes);
	advert->expected = (struct packet_expected){.version = conf->version,
						    .auth_type = (uint8_t)conf->auth_type,
						    .interval = conf->advert_interval,
						    .may_trail = conf->hmac.n_keys > 0,
						    .strict = conf->strict,
						    .may_be_old = instance_is_unicast(instance) &&
								  conf->transport.old_checksum !=
									  OLD_CHECKSUM_NEVER,
						    .no_addresses = advert->n == 0};
	memcpy(advert->expected.auth_data, conf->auth_pass, sizeof(advert->expected.auth_data));
	if (conf->family == AF_INET6 && advert->n > 0 &&
	    !address_is_link_local(&conf->addresses[0].address))
		log_warning("%s: the first address is not link-local: other routers may refuse "
			    "its adverts (RFC 9568 5.2.9)",
			    conf->name);
}

void instance_advert_destroy(struct instance *instance)
{
	free(instance->advert.list);
	free(instance->advert.sorted);
	instance->advert.list = instance->advert.sorted = NULL;
	instance->advert.n = 0;
}
