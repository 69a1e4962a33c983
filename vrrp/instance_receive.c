/*
 * From bytes on the wire to an event of the engine: an advert that a socket has heard for an
 * instance is checked (RFC 9568 7.1; the checks themselves are packet.c's), counted, compared with
 * what this router would say, and only then told to the engine.  Whatever is refused or differs is
 * named in a line, of which each kind is limited: all of this is a stranger's doing.
 *
 * Called by the sockets, through vrrp_role.c; for each advert, so texts are made only for lines
 * that are logged.
 */
#include "vrrp/instance.h"
#include "vrrp/unit.h"

static enum instance_counter refusal_counter(enum packet_refusal refusal)
{
	static const enum instance_counter counters[PACKET_REFUSALS] = {
		[PACKET_ACCEPTED] = COUNTER_ADVERTS_RECEIVED,
		[PACKET_BAD_TTL] = COUNTER_BAD_TTL,
		[PACKET_BAD_VERSION] = COUNTER_BAD_VERSION,
		[PACKET_BAD_TYPE] = COUNTER_BAD_TYPE,
		[PACKET_BAD_LENGTH] = COUNTER_BAD_LENGTH,
		[PACKET_BAD_CHECKSUM] = COUNTER_BAD_CHECKSUM,
		[PACKET_BAD_COUNT] = COUNTER_BAD_COUNT,
		[PACKET_BAD_AUTH_TYPE] = COUNTER_BAD_AUTH_TYPE,
		[PACKET_BAD_AUTH] = COUNTER_BAD_AUTH,
		[PACKET_BAD_INTERVAL] = COUNTER_BAD_INTERVAL,
		[PACKET_HMAC_MISSING] = COUNTER_HMAC_MISSING,
		[PACKET_HMAC_MALFORMED] = COUNTER_HMAC_MALFORMED,
		[PACKET_HMAC_UNKNOWN_KEY] = COUNTER_HMAC_UNKNOWN_KEY,
		[PACKET_HMAC_INVALID] = COUNTER_HMAC_INVALID,
		[PACKET_HMAC_STALE] = COUNTER_HMAC_STALE,
		[PACKET_HMAC_REPLAY] = COUNTER_HMAC_REPLAY,
	};

	return counters[refusal];
}

/* What does not forbid to accept the advert, but somebody should know (RFC 9568 7.1). */
static void compare_advert(struct instance *instance, const struct packet_envelope *envelope,
			   const struct packet *packet)
{
	const struct instance_advert *ours = &instance->advert;
	char sender[ADDRESS_TEXT_SIZE];
	unsigned dropped;

	if (packet->count != ours->count || packet->addresses != ours->digest) {
		instance_count(instance, COUNTER_ADDRESS_LIST_DIFFERS);
		if (report_allows(instance, LINE_ADDRESS_LIST, &dropped))
			log_warning("%s: %s advertises %u addresses that are not our %u%s",
				    instance->conf->name, address_format(&envelope->source, sender),
				    packet->count, ours->count, log_dropped(dropped).text);
	}
	if (packet->first_is_global) {
		instance_count(instance, COUNTER_BAD_FIRST_ADDRESS);
		if (report_allows(instance, LINE_FIRST_ADDRESS, &dropped))
			log_warning("%s: the first address in adverts of %s is not link-local%s",
				    instance->conf->name, address_format(&envelope->source, sender),
				    log_dropped(dropped).text);
	}
	if (packet->interval != instance->conf->advert_interval) {
		instance_count(instance, COUNTER_INTERVAL_DIFFERS);
		if (report_allows(instance, LINE_INTERVAL, &dropped))
			log_warning("%s: %s advertises every %.2f s, configured are %.2f s%s",
				    instance->conf->name, address_format(&envelope->source, sender),
				    (double)packet->interval / USEC_PER_SEC,
				    (double)instance->conf->advert_interval / USEC_PER_SEC,
				    log_dropped(dropped).text);
	}
}

static void refuse(struct instance *instance, enum packet_refusal refusal,
		   const struct packet_envelope *envelope, const uint8_t *payload, size_t size,
		   const struct packet_expected *expected)
{
	char sender[ADDRESS_TEXT_SIZE], text[STATUS_TEXT_SIZE];
	unsigned dropped;

	instance_count(instance, refusal_counter(refusal));
	if (!report_allows(instance, refusal, &dropped))
		return;
	log_warning("%s: advert from %s refused: %s%s", instance->conf->name,
		    address_format(&envelope->source, sender),
		    refusal >= PACKET_HMAC_MISSING
			    ? instance_hmac_explain(instance, refusal, payload, size, text,
						    sizeof(text))
			    : packet_explain(refusal, envelope, payload, size, expected, text,
					     sizeof(text)),
		    log_dropped(dropped).text);
}

/* Multicast loop is off, so nobody but another host or a loop sends with our source address. */
static bool is_own(struct instance *instance, const struct packet_envelope *envelope)
{
	char sender[ADDRESS_TEXT_SIZE];
	unsigned dropped;

	if (address_compare(&envelope->source, &instance->member.source) != 0)
		return false;
	instance_count(instance, COUNTER_OWN_ADDRESS);
	if (report_allows(instance, LINE_OWN_ADDRESS, &dropped))
		log_warning("%s: an advert from our own address %s: somebody else uses it, or the "
			    "network loops%s",
			    instance->conf->name, address_format(&envelope->source, sender),
			    log_dropped(dropped).text);
	return true;
}

static const struct peer_conf *find_peer(const struct instance *instance,
					 const struct address *address)
{
	for (size_t i = 0; i < instance->conf->transport.n_peers; i++)
		if (address_compare(&instance->conf->transport.peers[i].address, address) == 0)
			return &instance->conf->transport.peers[i];
	return NULL;
}

/* Unicast: may the sender speak to us? What its adverts may be goes to *expected. */
static bool admit_peer(struct instance *instance, const struct packet_envelope *envelope,
		       struct packet_expected *expected)
{
	const struct peer_conf *peer = find_peer(instance, &envelope->source);
	char sender[ADDRESS_TEXT_SIZE];
	unsigned dropped;

	expected->any_ttl = true;
	expected->ttl_min = peer != NULL ? peer->min_ttl : 0;
	expected->ttl_max = peer != NULL ? peer->max_ttl : UINT8_MAX;
	if (peer != NULL || !instance->conf->transport.check_unicast_src)
		return true;
	instance_count(instance, COUNTER_UNKNOWN_PEER);
	if (report_allows(instance, LINE_UNKNOWN_PEER, &dropped))
		log_warning("%s: advert from %s refused: it is none of the unicast peers%s",
			    instance->conf->name, address_format(&envelope->source, sender),
			    log_dropped(dropped).text);
	return false;
}

void instance_receive(struct instance *instance, const struct packet_envelope *envelope,
		      const uint8_t *payload, size_t size)
{
	struct engine_event event = {
		.kind = EVENT_ADVERT, .member = &instance->member, .source = envelope->source};
	struct packet_expected expected = instance->advert.expected;
	enum packet_refusal refusal;
	struct packet packet;

	if (!instance->started || is_own(instance, envelope))
		return;
	if (instance_is_unicast(instance) && !admit_peer(instance, envelope, &expected))
		return;
	refusal = packet_parse(envelope, payload, size, &expected, &packet);
	if (refusal == PACKET_ACCEPTED)
		refusal =
			instance_hmac_check(instance, envelope, payload, size, packet.has_trailer);
	if (refusal != PACKET_ACCEPTED) {
		refuse(instance, refusal, envelope, payload, size, &expected);
		return;
	}
	instance_count(instance, COUNTER_ADVERTS_RECEIVED);
	if (packet.priority == 0)
		instance_count(instance, COUNTER_PRIORITY_ZERO_RECEIVED);
	compare_advert(instance, envelope, &packet);
	instance_peers_heard(instance, &envelope->source, packet.priority);
	instance->advert.heard_plain = packet.checksum_plain;
	event.priority = packet.priority;
	event.interval = packet.interval;
	unit_handle(instance->unit, &event);
}
