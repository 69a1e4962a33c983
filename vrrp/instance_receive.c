/*
 * From bytes on the wire to an event of the engine: an advert that a socket has heard for an
 * instance is checked (RFC 9568 7.1; the checks themselves are packet.c's), counted, compared with
 * what this router would say, and only then told to the engine.  Whatever is refused or differs is
 * named in a line, of which each kind is limited: all of this is a stranger's doing.
 *
 * Called by the sockets, through vrrp_role.c; for each advert, so texts are made only for lines
 * that are logged.
 */
#include "core/base/text.h"
#include "vrrp/unit.h"

static const enum instance_counter refusal_counters[PACKET_REFUSALS] = {
	[PACKET_ACCEPTED] = COUNTER_ADVERTS_RECEIVED,
	[PACKET_BAD_SOURCE] = COUNTER_BAD_SOURCE,
	[PACKET_BAD_TTL] = COUNTER_BAD_TTL,
	[PACKET_BAD_VERSION] = COUNTER_BAD_VERSION,
	[PACKET_BAD_TYPE] = COUNTER_BAD_TYPE,
	[PACKET_BAD_LENGTH] = COUNTER_BAD_LENGTH,
	[PACKET_BAD_CHECKSUM] = COUNTER_BAD_CHECKSUM,
	[PACKET_BAD_COUNT] = COUNTER_BAD_COUNT,
	[PACKET_BAD_AUTH_TYPE] = COUNTER_BAD_AUTH_TYPE,
	[PACKET_BAD_AUTH] = COUNTER_BAD_AUTH,
	[PACKET_BAD_INTERVAL] = COUNTER_BAD_INTERVAL,
	[PACKET_BAD_FIRST_ADDRESS] = COUNTER_BAD_FIRST_ADDRESS,
	[PACKET_BAD_LIST] = COUNTER_ADDRESS_LIST_DIFFERS,
	[PACKET_FOREIGN_GROUP] = COUNTER_FOREIGN_GROUP,
	[PACKET_HMAC_MISSING] = COUNTER_HMAC_MISSING,
	[PACKET_HMAC_MALFORMED] = COUNTER_HMAC_MALFORMED,
	[PACKET_HMAC_UNKNOWN_KEY] = COUNTER_HMAC_UNKNOWN_KEY,
	[PACKET_HMAC_INVALID] = COUNTER_HMAC_INVALID,
	[PACKET_HMAC_STALE] = COUNTER_HMAC_STALE,
	[PACKET_HMAC_REPLAY] = COUNTER_HMAC_REPLAY,
};

/* The same addresses in any order, or those of a router that need not be looked at again. */
static bool list_is_right(const struct instance *instance, const struct packet_envelope *envelope,
			  const struct packet *packet)
{
	const struct instance_advert *ours = &instance->advert;

	if (packet->count == ours->count && packet->addresses == ours->digest)
		return true;
	return instance->conf->checks.skip_check_adv_addr &&
	       address_compare(&envelope->source, &instance->member.peer.address) == 0;
}

static bool has_nothing_of_ours(const struct instance *instance,
				const struct packet_envelope *envelope, const uint8_t *payload,
				const struct packet *packet)
{
	const struct instance_advert *ours = &instance->advert;

	return packet->count > 0 && ours->n > 0 &&
	       !packet_lists_share(payload + PACKET_HEADER_SIZE, packet->count, ours->sorted,
				   ours->n, address_size(envelope->source.family));
}

/*
 * RFC 3768 7.1 wants adverts with another list dropped, but for the owner's; RFC 9568 has them
 * accepted.  One that lists nothing of ours is of another group with the same VRID: believing it
 * would take our addresses from the network, while nobody else serves them.
 */
static enum packet_refusal check_list(const struct instance *instance,
				      const struct packet_envelope *envelope,
				      const uint8_t *payload, const struct packet *packet)
{
	if (list_is_right(instance, envelope, packet))
		return PACKET_ACCEPTED;
	if (has_nothing_of_ours(instance, envelope, payload, packet))
		return PACKET_FOREIGN_GROUP;
	if (instance->conf->strict && packet->version == 2 &&
	    packet->priority != ENGINE_PRIORITY_OWNER)
		return PACKET_BAD_LIST;
	return PACKET_ACCEPTED;
}

/* Counts it. True when a line about it may be logged. */
static bool notice(struct instance *instance, enum instance_counter counter, unsigned line,
		   unsigned *dropped)
{
	instance_count(instance, counter);
	return report_allows(instance, line, dropped);
}

static bool is_owner(const struct instance *instance)
{
	return instance->conf->priority == ENGINE_PRIORITY_OWNER;
}

/* What does not forbid to accept the advert, but somebody should know (RFC 9568 7.1). */
static void compare_advert(struct instance *instance, const struct packet_envelope *envelope,
			   const struct packet *packet)
{
	int64_t interval = instance->conf->advert_interval;

	if (!list_is_right(instance, envelope, packet)) {
		instance_count(instance, COUNTER_ADDRESS_LIST_DIFFERS);
		report_line(instance, LINE_ADDRESS_LIST, LOG_LEVEL_WARNING,
			    "%s advertises another list of addresses: %u, ours has %u",
			    address_text(&envelope->source).text, packet->count,
			    instance->advert.count);
	}
	if (packet->first_is_global) {
		instance_count(instance, COUNTER_BAD_FIRST_ADDRESS);
		report_line(instance, LINE_FIRST_ADDRESS, LOG_LEVEL_WARNING,
			    "the first address in adverts of %s is not link-local",
			    address_text(&envelope->source).text);
	}
	if (packet->interval != interval) {
		instance_count(instance, COUNTER_INTERVAL_DIFFERS);
		report_line(instance, LINE_INTERVAL, LOG_LEVEL_WARNING,
			    "%s advertises every %.2f s, configured are %.2f s",
			    address_text(&envelope->source).text,
			    (double)packet->interval / USEC_PER_SEC,
			    (double)interval / USEC_PER_SEC);
	}
	/* Erratum 8298: an owner has no peers that advertise. */
	if (is_owner(instance) && packet->priority > 0) {
		instance_count(instance, COUNTER_OTHER_OWNER);
		report_line(instance, LINE_OWNER, LOG_LEVEL_WARNING,
			    "%s advertises with priority %u, though the owner of the addresses "
			    "(priority %u) is here",
			    address_text(&envelope->source).text, packet->priority,
			    ENGINE_PRIORITY_OWNER);
	}
}

static void refuse(struct instance *instance, enum packet_refusal refusal,
		   const struct packet_envelope *envelope, const uint8_t *payload, size_t size,
		   const struct packet_expected *expected)
{
	char text[STATUS_TEXT_SIZE];
	unsigned dropped;

	if (!notice(instance, refusal_counters[refusal], refusal, &dropped))
		return;
	if (refusal >= PACKET_HMAC_MISSING)
		instance_hmac_explain(instance, refusal, payload, size, text, sizeof(text));
	else
		packet_explain(refusal, envelope, payload, size, expected, text, sizeof(text));
	report_refused(instance, &envelope->source, text, dropped);
}

/* Multicast loop is off, so nobody but another host or a loop sends with our source address. */
static bool is_own(const struct instance_link *link, const struct packet_envelope *envelope)
{
	struct instance *instance = link->instance;
	unsigned dropped;

	if (address_compare(&envelope->source, instance_link_source(link)) != 0)
		return false;
	if (notice(instance, COUNTER_OWN_ADDRESS, LINE_OWN_ADDRESS, &dropped))
		report_refused(instance, &envelope->source,
			       "it is our own address: somebody else uses it, or the network loops",
			       dropped);
	return true;
}

static const struct peer_conf *find_peer(const struct transport_conf *transport,
					 const struct address *source)
{
	for (size_t i = 0; i < transport->n_peers; i++)
		if (address_compare(&transport->peers[i].address, source) == 0)
			return &transport->peers[i];
	return NULL;
}

bool instance_fits(const void *owner, const struct address *source)
{
	const struct instance_link *link = owner;

	return link->position > 0 || find_peer(&link->instance->conf->transport, source);
}

/* Unicast: may the sender speak to us? What its adverts may be goes to *expected. */
static bool admit_peer(struct instance *instance, const struct packet_envelope *envelope,
		       struct packet_expected *expected)
{
	const struct transport_conf *transport = &instance->conf->transport;
	const struct peer_conf *peer = find_peer(transport, &envelope->source);
	unsigned dropped;

	expected->any_ttl = true;
	expected->ttl_min = peer ? peer->min_ttl : 0;
	expected->ttl_max = peer ? peer->max_ttl : UINT8_MAX;
	if (peer || !transport->check_unicast_src)
		return true;
	if (notice(instance, COUNTER_UNKNOWN_PEER, LINE_UNKNOWN_PEER, &dropped))
		report_refused(instance, &envelope->source, "it is none of the unicast peers",
			       dropped);
	return false;
}

void instance_receive(void *owner, const struct packet_envelope *envelope, const uint8_t *payload,
		      size_t size)
{
	struct instance_link *link = owner;
	struct instance *instance = link->instance;
	struct engine_event event = {
		.kind = EVENT_ADVERT, .member = &instance->member, .source = envelope->source};
	struct packet_expected expected = instance->advert.expected;
	struct packet packet;

	if (!instance->started || is_own(link, envelope))
		return;
	if (is_owner(instance) && instance->conf->checks.owner_ignore_adverts) {
		instance_count(instance, COUNTER_OWNER_IGNORED);
		return;
	}
	if (link->position == 0 && instance_is_unicast(instance) &&
	    !admit_peer(instance, envelope, &expected))
		return;
	enum packet_refusal refusal = packet_parse(envelope, payload, size, &expected, &packet);
	if (refusal == PACKET_ACCEPTED)
		refusal =
			instance_hmac_check(instance, envelope, payload, size, packet.has_trailer);
	if (refusal == PACKET_ACCEPTED)
		refusal = check_list(instance, envelope, payload, &packet);
	if (refusal != PACKET_ACCEPTED) {
		refuse(instance, refusal, envelope, payload, size, &expected);
		return;
	}
	instance_count(instance, COUNTER_ADVERTS_RECEIVED);
	if (packet.priority == 0)
		instance_count(instance, COUNTER_PRIORITY_ZERO_RECEIVED);
	compare_advert(instance, envelope, &packet);
	instance_peers_heard(instance, &envelope->source, packet.priority);
	if (link->position == 0 || !instance_is_unicast(instance))
		instance->advert.heard_checksum = packet.checksum;
	event.priority = packet.priority;
	event.interval = packet.interval;
	if (instance_link_heard(link, &event))
		unit_handle(instance->unit, &event);
}

void instance_wrong_vrid(struct instance *instance, const struct address *address,
			 const struct address *source, uint8_t vrid)
{
	char text[STATUS_TEXT_SIZE];
	unsigned dropped;

	if (!notice(instance, COUNTER_WRONG_VRID, LINE_WRONG_VRID, &dropped))
		return;
	text_print(text, sizeof(text), "it lists our address %s with VRID %u, expected %u",
		   address_text(address).text, vrid, instance->conf->vrid);
	report_refused(instance, source, text, dropped);
}
