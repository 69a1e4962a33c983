/*
 * vdctl explain: sentences about an instance, for somebody who wonders why this director is, or is
 * not, the Active one.  First what it is, then what would change that, then whatever is out of the
 * ordinary.  Made by main from the configuration and the status memory, so asking costs the
 * election nothing; what vrrp knows best comes in the words of its reasons.
 *
 * Pure: facts in, sentences out.
 */
#include "core/director/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define SENTENCE_SIZE	   512
#define PRIORITY_OWNER	   255
#define WHOLE_SECONDS_FROM 10
#define LATE_PART	   2 /* of an interval: what lateness is worth a sentence */
#define REFUSED_AGE	   (120 * USEC_PER_SEC) /* twice the pause between two of one kind */

struct speech {
	const struct explain_facts *facts;
	const struct instance_status *status;
	explain_fn *say;
	void *data;
};

const char *explain_span(int64_t us, char text[EXPLAIN_SPAN_SIZE])
{
	static const struct {
		long long from, seconds;
		const char *unit;
	} units[] = {
		{2 * 86400, 86400, "d"}, {7200, 3600, "h"}, {120, 60, "min"}, {INT64_MIN, 1, "s"}};
	long long seconds = us / USEC_PER_SEC;
	size_t i = 0;

	while (seconds < units[i].from)
		i++;
	if (seconds < WHOLE_SECONDS_FROM)
		text_print(text, EXPLAIN_SPAN_SIZE, "%.2f s",
			   us < 0 ? 0 : (double)us / USEC_PER_SEC);
	else
		text_print(text, EXPLAIN_SPAN_SIZE, "%lld %s", seconds / units[i].seconds,
			   units[i].unit);
	return text;
}

static void __attribute__((format(printf, 3, 4)))
tell(const struct speech *s, const char *about, const char *format, ...)
{
	char sentence[SENTENCE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (length >= 0)
		s->say(s->data, about, sentence);
}

static bool holds(const struct speech *s, enum instance_reason_kind kind)
{
	return s->status->reasons[kind].since != 0;
}

/* What is told of the reasons that hold, in this order: in vrrp's words, which begin small and have
 * no full stop, and what would change it. */
enum topic { TOPIC_BACKUP, TOPIC_ACTIVE, TOPIC_FAULT, TOPIC_TROUBLE };
static const struct {
	enum topic topic;
	enum instance_reason_kind kind;
	const char *more;
} reasons[] = {
	{TOPIC_BACKUP, REASON_STARTUP, ""},
	{TOPIC_BACKUP, REASON_STARTUP_DELAY, ""},
	{TOPIC_BACKUP, REASON_PROBE,
	 " It becomes Active when it has asked and nobody answers; 'vdctl takeover' does not ask."},
	{TOPIC_BACKUP, REASON_FENCE, " It becomes Active when that has succeeded."},
	{TOPIC_BACKUP, REASON_GROUP, " The members of a sync group have one role."},
	{TOPIC_ACTIVE, REASON_STARTUP, ""},
	{TOPIC_ACTIVE, REASON_GROUP, ""},
	{TOPIC_ACTIVE, REASON_HANDOVER, ""},
	{TOPIC_FAULT, REASON_INTERFACE,
	 " The fault ends when the interface is there, up, and has a carrier."},
	{TOPIC_FAULT, REASON_NO_SOURCE,
	 " The fault ends when the interface has a usable address of that family."},
	{TOPIC_FAULT, REASON_NO_PEER, " The fault ends when a unicast_peer is configured."},
	{TOPIC_FAULT, REASON_GROUP, " The members of a sync group have one role."},
	{TOPIC_TROUBLE, REASON_DUPLICATE_OWNER,
	 " Two machines own it: adverts do not pass between them, or somebody has set it by hand."},
	{TOPIC_TROUBLE, REASON_LINK, " A peer is alive while it is heard on any link."},
	{TOPIC_TROUBLE, REASON_UNADVERTISED, " Peers with the same file and MTU do the same."},
	{TOPIC_TROUBLE, REASON_ADDRESS, " The kernel is asked again every second."},
};

static void tell_reasons(const struct speech *s, enum topic topic)
{
	char since[EXPLAIN_SPAN_SIZE];

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].topic == topic && holds(s, reasons[i].kind))
			tell(s, instance_reason_name(reasons[i].kind), "For %s: %.*s.%s",
			     explain_span(us_between(s->facts->wall.us,
						     s->status->reasons[reasons[i].kind].since),
					  since),
			     STATUS_TEXT_SIZE, s->status->reasons[reasons[i].kind].text,
			     reasons[i].more);
}

static void tell_role(const struct speech *s)
{
	static const char *const roles[] = {
		[INSTANCE_INIT] = "not started",
		[INSTANCE_BACKUP] = "Backup",
		[INSTANCE_ACTIVE] = "Active",
		[INSTANCE_FAULT] = "in fault",
	};
	const struct instance_conf *conf = s->facts->conf;
	/* The status memory is another process's. */
	const char *role = s->status->state <= INSTANCE_FAULT ? roles[s->status->state] : "?";
	char since[EXPLAIN_SPAN_SIZE] = "";

	if (s->status->since != 0)
		explain_span(us_between(s->facts->wall.us, s->status->since), since);
	tell(s, "role", "%s (virtual router %u on %s) is %s%s%s.", conf->name, conf->vrid,
	     instance_conf_place(conf).text, role, since[0] != '\0' ? " for " : "", since);
}

/* ---- Backup ---- */

static void tell_wait(const struct speech *s, const char *peer)
{
	char left[EXPLAIN_SPAN_SIZE];

	if (s->status->down_due <= s->facts->now.us)
		return;
	explain_span(us_between(s->status->down_due, s->facts->now.us), left);
	if (holds(s, REASON_PEER))
		tell(s, "wait",
		     "It becomes Active when %s resigns, or when no advert is heard for another %s.",
		     peer, left);
	else
		tell(s, "wait", "It becomes Active when no better advert is heard for another %s.",
		     left);
}

/* Nothing is heard of the peer any more, and its role is not taken yet. */
static bool is_silent(const struct speech *s)
{
	return holds(s, REASON_PROBE) || holds(s, REASON_FENCE);
}

static void tell_peer(const struct speech *s, const char *peer)
{
	const struct instance_status *status = s->status;
	unsigned theirs = status->peer_priority, ours = status->priority_effective;
	char age[EXPLAIN_SPAN_SIZE];

	tell(s, "peer", "%s %s Active with priority %u; its last advert came %s ago.", peer,
	     is_silent(s) ? "was" : "is", theirs,
	     explain_span(us_between(s->facts->now.us, status->peer_heard), age));
	if (is_silent(s))
		return;
	if (theirs > ours)
		tell(s, "rank", "Our priority is %u: one above %u would take the role.", ours,
		     theirs);
	else if (theirs == ours)
		tell(s, "rank", "Our priority is the same; a Backup leaves an equal one in place.");
	else if (holds(s, REASON_NOPREEMPT))
		tell(s, "nopreempt",
		     "Our priority is %u, which is higher, but 'nopreempt' leaves it in place: "
		     "'vdctl takeover %s' takes the role.",
		     ours, s->facts->conf->name);
	else if (holds(s, REASON_PREEMPT_DELAY))
		tell(s, "preempt_delay",
		     "Our priority is %u, which is higher, but 'preempt_delay' leaves it in place "
		     "for another %s.",
		     ours, explain_span(us_between(status->preempt_until, s->facts->now.us), age));
	else
		tell(s, "rank", "Our priority is %u, which is higher: it takes the role.", ours);
}

static void tell_backup(const struct speech *s)
{
	struct address_text peer = address_text(&s->status->peer);

	if (holds(s, REASON_PEER))
		tell_peer(s, peer.text);
	tell_reasons(s, TOPIC_BACKUP);
	if (!holds(s, REASON_GROUP) && !holds(s, REASON_STARTUP_DELAY))
		tell_wait(s, peer.text);
}

/* ---- Active ---- */

static void tell_last_advert(const struct speech *s)
{
	int64_t silence = us_between(s->facts->now.us, s->status->advert_sent);
	char span[EXPLAIN_SPAN_SIZE];

	if (s->status->advert_sent == 0 || silence < 2 * s->facts->conf->advert_interval)
		return;
	tell(s, "late",
	     "Its last advert was sent %s ago, although one is due every %.2f s: after %u missing "
	     "ones the peers take over.",
	     explain_span(silence, span), (double)s->facts->conf->advert_interval / USEC_PER_SEC,
	     s->facts->conf->down_adverts + s->status->damping);
}

static void tell_active(const struct speech *s)
{
	unsigned ours = s->status->priority_effective;

	if (holds(s, REASON_ELECTED))
		tell(s, "elected", "No router that outranks it was heard.");
	if (ours == PRIORITY_OWNER)
		tell(s, "rank",
		     "It is the owner of the addresses (priority 255): only another "
		     "owner could take the role.");
	else
		tell(s, "rank",
		     "A router of a priority above %u takes the role, and so does one of %u with an "
		     "address above %s.",
		     ours, ours, address_text(&s->status->source).text);
	tell_reasons(s, TOPIC_ACTIVE);
	tell_last_advert(s);
	if (s->facts->n_missing > 0 && s->facts->conf->n_addresses == 1)
		tell(s, "address", "Its address is not on this machine.");
	else if (s->facts->n_missing > 0)
		tell(s, "address", "%zu of its %zu addresses %s not on this machine.",
		     s->facts->n_missing, s->facts->conf->n_addresses,
		     s->facts->n_missing == 1 ? "is" : "are");
	if (holds(s, REASON_ELECTED) && !s->status->standby)
		tell(s, "standby", "'vdctl standby %s' hands the role over.", s->facts->conf->name);
}

/* ---- in every role ---- */

static void tell_wishes(const struct speech *s)
{
	const char *name = s->facts->conf->name;

	if (s->status->standby)
		tell(s, "standby",
		     "By the operator it stands back, with priority %u instead of %u: "
		     "'vdctl takeover %s' ends that.",
		     s->status->priority_effective, s->facts->conf->priority, name);
	if (s->status->takeover)
		tell(s, "takeover",
		     "By the operator it has taken the role, with priority %u instead of %u: "
		     "'vdctl standby %s' hands it back.",
		     s->status->priority_effective, s->facts->conf->priority, name);
}

/* What looks like silence may be somebody who is not believed. */
static void tell_refused(const struct speech *s)
{
	const struct refused_status *refused = &s->status->refused;
	int64_t age = us_between(s->facts->wall.us, refused->at);
	char span[EXPLAIN_SPAN_SIZE];

	if (refused->at == 0 || age > REFUSED_AGE)
		return;
	tell(s, "refused", "An advert from %s was refused %s ago: %.*s. It counts as not heard.",
	     address_text(&refused->source).text, explain_span(age, span), STATUS_TEXT_SIZE,
	     refused->text);
}

static void tell_troubles(const struct speech *s)
{
	char span[EXPLAIN_SPAN_SIZE];

	tell_refused(s);
	tell_reasons(s, TOPIC_TROUBLE);
	if (s->facts->lateness_max > s->facts->conf->advert_interval / LATE_PART)
		tell(s, "late",
		     "The election process once woke up %s late, of %.2f s from advert to advert: "
		     "the machine is too busy, or was paused.",
		     explain_span(s->facts->lateness_max, span),
		     (double)s->facts->conf->advert_interval / USEC_PER_SEC);
}

void explain(const struct explain_facts *facts, explain_fn *say, void *data)
{
	const struct speech s = {facts, &facts->status, say, data};

	tell_role(&s);
	switch ((enum instance_state)facts->status.state) {
	case INSTANCE_INIT:
		break;
	case INSTANCE_BACKUP:
		tell_backup(&s);
		break;
	case INSTANCE_ACTIVE:
		tell_active(&s);
		break;
	case INSTANCE_FAULT:
		tell_reasons(&s, TOPIC_FAULT);
		break;
	}
	tell_wishes(&s);
	tell_troubles(&s);
}
