/*
 * The links of an instance: its interface, and those of heartbeat_interface, over which the same
 * adverts go and are heard, so that a peer is alive while it is heard on any of them: the two
 * cables of old heartbeat set-ups.  Only the first one matters for faults; what the others lack is
 * a condition that status and log name, and so is a link that is silent while another is not.
 *
 * A peer sends each advert over all links at the same time.  The engine is told of the first one
 * that arrives; a copy on another link within half an interval is nothing new: it would restart
 * timers by the links' difference in delay, and be answered once more.
 *
 * A peer sends from another address on each link, and equal priorities are decided by addresses,
 * which have to be the same two on both routers.  So a copy also tells which address on a link is
 * whose on the first one, and by that the peer is known from then on, whatever link it is heard on.
 * One that was never heard on the first link is compared with our address on its link, as it will
 * do with ours; where the order of addresses differs between links somebody is told to give
 * different priorities.
 *
 * Called by instance.c and instance_receive.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "vrrp/instance.h"

static bool is_first(const struct instance_link *link)
{
	return link == link->instance->links.list[0];
}

const struct address *instance_link_source(const struct instance_link *link)
{
	return is_first(link) ? &link->instance->member.source : &link->source;
}

static void leave(struct instance_link *link)
{
	if (link->socket)
		socket_leave(link->socket, link->instance->conf->vrid, link);
	link->socket = NULL;
}

static void write_record(const struct instance_link *link)
{
	const struct instance *instance = link->instance;
	uint32_t position = instance->links.first_record + link->position;
	struct link_status *record =
		status_record(instance->shared->status, STATUS_LINKS, position);
	bool up = link->interface->index != 0 && link->interface->up &&
		  (is_first(link) ? instance->socket : link->socket);

	status_begin(record);
	record->instance = instance->index;
	record->source = up ? *instance_link_source(link) : (struct address){0};
	record->up = up;
	record->silent = link->silent;
	record->heard = link->heard.us;
	status_end(record);
}

/* ---- configuration ---- */

static struct instance_link *take_link(struct instance *instance, struct instance_link **old,
				       size_t n_old, struct interface *interface)
{
	for (size_t i = 0; i < n_old; i++) {
		struct instance_link *link = old[i];

		if (!link || link->interface != interface)
			continue;
		old[i] = NULL;
		return link;
	}
	struct instance_link *link = alloc(sizeof(*link));

	link->instance = instance;
	link->interface = interface;
	return link;
}

void instance_links_configure(struct instance *instance, uint32_t first_record)
{
	const struct transport_conf *transport = &instance->conf->transport;
	struct instance_links old = instance->links;
	struct instance_links *links = &instance->links;

	links->n = transport->heartbeats.count + 1;
	links->list = alloc_array(links->n, sizeof(*links->list));
	links->list[0] = take_link(instance, old.list, old.n, instance->interface);
	for (size_t i = 1; i < links->n; i++)
		links->list[i] = take_link(instance, old.list, old.n,
					   interfaces_get(instance->shared->interfaces,
							  transport->heartbeats.names[i - 1]));
	for (size_t i = 0; i < old.n; i++) {
		if (!old.list[i])
			continue;
		leave(old.list[i]);
		if (links->told == old.list[i])
			links->told = NULL;
		free(old.list[i]);
	}
	free(old.list);
	links->first_record = first_record;
	for (uint32_t i = 0; i < links->n; i++)
		links->list[i]->position = i;
	instance_links_look(instance, NULL);
}

void instance_links_destroy(struct instance *instance)
{
	for (size_t i = 0; i < instance->links.n; i++) {
		leave(instance->links.list[i]);
		free(instance->links.list[i]);
	}
	free(instance->links.list);
	instance->links = (struct instance_links){0};
}

/* A socket where there is an interface with an address to send from. */
static void follow(struct instance_link *link)
{
	const struct instance_conf *conf = link->instance->conf;
	const struct socket_place place = {.interface_index = link->interface->index,
					   .local = conf->transport.heartbeat_group};
	enum interface_fitness fitness;

	link->source = interface_source(link->interface, conf->family, true, &fitness);
	if (link->socket && !socket_is_at(link->socket, &place))
		leave(link);
	if (link->socket || link->interface->index == 0 || address_is_none(&link->source))
		return;
	link->socket = socket_join(link->instance->shared->sockets, &place, conf->vrid, link);
	if (!link->socket)
		report_line(link->instance, LINE_SOCKET, LOG_LEVEL_ERROR, "socket on %s: %s",
			    link->interface->name, strerror(errno));
}

void instance_links_look(struct instance *instance, const struct interface *interface)
{
	for (size_t i = 0; i < instance->links.n; i++) {
		struct instance_link *link = instance->links.list[i];

		if (interface && link->interface != interface)
			continue;
		if (i > 0)
			follow(link);
		write_record(link);
	}
	instance_advert_fit(instance);
}

void instance_links_send(struct instance *instance, const struct packet *packet)
{
	const struct address *group = &instance->conf->transport.heartbeat_group;
	struct packet multicast = *packet;

	/* The form of unicast peers is theirs on the first link. */
	if (instance_is_unicast(instance))
		multicast.checksum =
			instance->conf->checksum_plain ? CHECKSUM_PLAIN : CHECKSUM_PSEUDO;
	for (size_t i = 1; i < instance->links.n; i++) {
		struct instance_link *link = instance->links.list[i];
		const struct socket_route route = {link->source, *group, PACKET_TTL};

		if (link->socket && link->interface->up && !address_is_none(&link->source))
			instance_send(link, link->socket, &multicast, &route);
	}
}

void instance_links_drain(struct instance *instance)
{
	if (instance->socket)
		socket_drain(instance->socket);
	for (size_t i = 1; i < instance->links.n; i++)
		if (instance->links.list[i]->socket)
			socket_drain(instance->links.list[i]->socket);
}

/* ---- hearing ---- */

/* `peer`, heard on a further link, is who is called `known_as` on the first one. */
static void pair(struct instance_link *link, const struct address *peer,
		 const struct address *known_as)
{
	const struct instance *instance = link->instance;
	bool changed = address_compare(&link->peer, peer) != 0 ||
		       address_compare(&link->known_as, known_as) != 0;

	link->peer = *peer;
	link->known_as = *known_as;
	if (changed && link->priority == instance->member.config.priority &&
	    (address_compare(peer, &link->source) > 0) !=
		    (address_compare(known_as, &instance->member.source) > 0))
		log_warning("%s: of our addresses on %s and %s one is above and one below the "
			    "peer's, by which equal priorities are decided: give them different "
			    "priorities",
			    instance->conf->name, instance->interface->name, link->interface->name);
}

bool instance_link_heard(struct instance_link *link, struct engine_event *event)
{
	struct instance *instance = link->instance;
	struct instance_links *links = &instance->links;
	const struct address sender = event->source;

	link->heard = instance_now(instance);
	link->priority = event->priority;
	/* The same advert was already heard on another link. */
	if (links->n > 1 && links->told && links->told != link &&
	    links->told_priority == event->priority &&
	    mono_diff(link->heard, links->told_at) < event->interval / 2) {
		if (is_first(link))
			pair(links->told, &links->told_sender, &sender);
		else if (is_first(links->told))
			pair(link, &sender, &links->told_sender);
		write_record(link);
		return false;
	}
	links->told = link;
	links->told_sender = sender;
	links->told_priority = event->priority;
	links->told_at = link->heard;
	if (!is_first(link) && address_compare(&link->peer, &sender) == 0)
		event->source = link->known_as;
	else if (!is_first(link))
		event->own = link->source;
	write_record(link);
	return true;
}

/* ---- what is wrong with a link ---- */

/* Nothing is heard on it, but something is on another one. Only a Backup hears adverts. */
static bool is_silent(const struct instance_link *link)
{
	const struct engine_member *member = &link->instance->member;
	struct mono now = instance_now(link->instance);
	/* What a Backup waits for an advert; and what it takes to say that none comes. */
	int64_t wait = (engine_down_adverts(member) + 1) * member->active_interval;

	return member->unit->state == ENGINE_BACKUP && member->peer.heard.us != 0 &&
	       mono_diff(now, member->peer.heard) < wait &&
	       mono_diff(now, member->unit->entered) > wait && mono_diff(now, link->heard) > wait;
}

static const char *complaint(const struct instance_link *link)
{
	if (is_first(link))
		return link->silent ? "no advert is heard on" : NULL;
	if (link->interface->index == 0)
		return "there is no";
	if (!link->interface->up)
		return link->interface->carrier
			       ? "interface_up_down_delays does not trust yet the carrier on"
			       : "there is no carrier on";
	if (address_is_none(&link->source))
		return "there is no address to send adverts from on";
	if (!link->socket)
		return "adverts cannot be sent on";
	return link->silent ? "no advert is heard on" : NULL;
}

uint32_t instance_links_check(struct instance *instance)
{
	uint32_t troubled = 0;

	if (instance->links.n < 2 || !instance->started)
		return 0;
	for (size_t i = 0; i < instance->links.n; i++) {
		struct instance_link *link = instance->links.list[i];
		bool silent = is_silent(link);

		if (silent != link->silent) {
			link->silent = silent;
			write_record(link);
		}
		const char *what = complaint(link);
		if (what && !link->told)
			log_warning("%s: %s %s", instance->conf->name, what, link->interface->name);
		else if (!what && link->told)
			log_notice("%s: link %s works again", instance->conf->name,
				   link->interface->name);
		link->told = what;
		if (what)
			troubled |= UINT32_C(1) << (i < 31 ? i : 31);
	}
	return troubled;
}

void instance_links_text(const struct instance *instance, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < instance->links.n; i++) {
		const char *what = complaint(instance->links.list[i]);

		if (what)
			text_append(text, size, "%s%s %s", text[0] != '\0' ? ", " : "", what,
				    instance->links.list[i]->interface->name);
	}
}
