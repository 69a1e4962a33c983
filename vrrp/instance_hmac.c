/*
 * auth_hmac of an instance: its adverts are signed (hmac.c), and others' must be signed and new
 * (replay.c), as far as the mode asks for it.  What the guard against replays knows is written to
 * the status memory after each advert sent or accepted, so that a restarted role goes on from it.
 *
 * All keys are accepted at all times and one signs, so keys are changed without a loss: the new one
 * is made known everywhere, then made active everywhere, then the old one is removed.  Likewise
 * signing is brought in by the modes receive-only, permissive and enforce, one router after the
 * other.
 *
 * Called by instance.c and instance_receive.c.
 */
#include <string.h>

#include "core/base/text.h"
#include "vrrp/instance.h"

static struct replay_now now_of(const struct instance *instance)
{
	return (struct replay_now){instance_now(instance), wall_read()};
}

static enum hmac_mode mode_of(const struct instance *instance)
{
	return (enum hmac_mode)instance->conf->hmac.mode;
}

static void write_journal(struct instance *instance)
{
	status_begin(instance->status);
	instance->status->hmac = instance->hmac.replay.journal;
	status_end(instance->status);
}

void instance_hmac_configure(struct instance *instance)
{
	const struct hmac_conf *conf = &instance->conf->hmac;
	struct instance_hmac *hmac = &instance->hmac;

	hmac_destroy(hmac->ring);
	hmac->ring = hmac_create(conf);
	replay_configure(&hmac->replay, conf->monotonic, conf->time_window * USEC_PER_SEC);
	if (!instance->started)
		replay_start(&hmac->replay, &instance->status->hmac, now_of(instance));
}

size_t instance_hmac_sign(struct instance *instance, const struct socket_route *route,
			  uint8_t *advert, size_t size)
{
	struct instance_hmac *hmac = &instance->hmac;

	if (!hmac->ring || mode_of(instance) == HMAC_RECEIVE_ONLY)
		return size;
	hmac_sign(hmac->ring, &route->source, replay_next(&hmac->replay, now_of(instance)), advert,
		  size);
	size += PACKET_TRAILER_SIZE;
	packet_cover_trailer(&route->source, &route->destination, advert, size);
	write_journal(instance);
	return size;
}

/* An advert without a trailer: refused, or accepted with a word about it. */
static enum packet_refusal check_unsigned(struct instance *instance,
					  const struct packet_envelope *envelope)
{
	if (mode_of(instance) == HMAC_ENFORCE)
		return PACKET_HMAC_MISSING;
	instance_count(instance, COUNTER_HMAC_MISSING);
	report_line(instance, LINE_UNSIGNED, LOG_LEVEL_WARNING,
		    "adverts of %s are not signed; auth_hmac's mode %s lets them pass",
		    address_text(&envelope->source).text, hmac_mode_name(mode_of(instance)));
	return PACKET_ACCEPTED;
}

enum packet_refusal instance_hmac_check(struct instance *instance,
					const struct packet_envelope *envelope,
					const uint8_t *payload, size_t size, bool has_trailer)
{
	struct instance_hmac *hmac = &instance->hmac;
	struct replay_now now = now_of(instance);
	struct hmac_trailer trailer;

	if (!hmac->ring)
		return PACKET_ACCEPTED;
	if (!has_trailer)
		return check_unsigned(instance, envelope);
	enum packet_refusal refusal =
		hmac_verify(hmac->ring, &envelope->source, payload, size, &trailer);
	if (refusal != PACKET_HMAC_MALFORMED)
		hmac->back =
			replay_set_back(&hmac->replay, &envelope->source, trailer.sequence, now);
	if (refusal == PACKET_ACCEPTED)
		refusal = replay_accept(&hmac->replay, &envelope->source, trailer.sequence, now);
	hmac->ahead = replay_ahead(trailer.sequence, now.wall);
	if (refusal != PACKET_ACCEPTED)
		return refusal;
	hmac->replay.journal.heard_key = trailer.key;
	hmac->replay.journal.ahead = hmac->ahead;
	write_journal(instance);
	return PACKET_ACCEPTED;
}

const char *instance_hmac_explain(const struct instance *instance, enum packet_refusal refusal,
				  const uint8_t *payload, size_t size, char *text, size_t text_size)
{
	const uint8_t *trailer = payload + size - PACKET_TRAILER_SIZE;
	double ahead = (double)instance->hmac.ahead / USEC_PER_SEC;

	switch ((int)refusal) {
	case PACKET_HMAC_MISSING:
		text_print(text, text_size, "it is not signed (auth_hmac)");
		break;
	case PACKET_HMAC_MALFORMED:
		text_print(text, text_size, "auth_hmac trailer of type %u, expected 1", trailer[0]);
		break;
	case PACKET_HMAC_UNKNOWN_KEY:
		text_print(text, text_size, "signed with key %u, which is none of ours",
			   trailer[1]);
		break;
	case PACKET_HMAC_INVALID:
		text_print(text, text_size,
			   "its HMAC is wrong: key %u there is another one, or it is forged",
			   trailer[1]);
		break;
	case PACKET_HMAC_STALE:
		text_print(text, text_size, "signed %.1f s %s our clock, at most %u s are allowed",
			   ahead < 0 ? -ahead : ahead, ahead < 0 ? "behind" : "ahead of",
			   instance->conf->hmac.time_window);
		if (instance->hmac.back > 0)
			text_append(text, text_size,
				    "; its clock was set back by %.1f s, or it is an old advert",
				    (double)instance->hmac.back / USEC_PER_SEC);
		break;
	case PACKET_HMAC_REPLAY:
		text_print(text, text_size,
			   "its sequence is not after the last one: "
			   "repeated or overtaken");
		break;
	default:
		fatal("refusal %d is not about a signature", refusal);
	}
	return text;
}
