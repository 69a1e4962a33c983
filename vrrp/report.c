/*
 * What the world is told about an instance: its record in the status memory, the reasons that hold
 * it where it is, and the log line for each change of role.  The record is also the journal: a
 * role that is started again takes up from it.
 *
 * Called by instance.c after every event.  Counters and times are written each time; the reasons'
 * texts only when what they are made of has changed, because an advert every 10 ms must be cheap.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "vrrp/unit.h"

#define LINE_BURST 3
#define LINE_PAUSE (60 * USEC_PER_SEC)

/* Lines about changes of role: forged adverts can make one Active and Backup with each. */
#define TRANSITION_BURST 20
#define TRANSITION_PAUSE (2 * USEC_PER_SEC)

#define SECONDS(us) ((double)(us) / (double)USEC_PER_SEC)

bool report_allows(struct instance *instance, unsigned line, unsigned *dropped)
{
	return log_limit_pass(&instance->limits[line], instance_now(instance).us, LINE_BURST,
			      LINE_PAUSE, dropped);
}

void report_line(struct instance *instance, unsigned line, enum log_level level, const char *format,
		 ...)
{
	char text[LOG_LINE_MAX];
	va_list arguments;
	unsigned dropped;

	if (!report_allows(instance, line, &dropped))
		return;
	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	log_line(level, "%s: %s%s", instance->conf->name, text, log_dropped(dropped).text);
}

static const char *startup_text(const struct engine_member *member)
{
	if (member->listening && member->joining)
		return "new to its sync group, listening before speaking";
	if (member->listening)
		return "was silent for too long, listening before speaking again";
	if (member->peer.heard.us != 0 && member->peer.priority == 0)
		return "the Active router has resigned, its successor is awaited";
	return "listening, no Active router heard yet";
}

/* Who keeps the group where it is, and why. */
static void group_text(const struct instance *instance, char *text, size_t size)
{
	const struct engine_member *member = engine_holder(&instance->member);
	const struct instance *holder = member ? unit_instance(member) : instance;
	struct address_text peer = address_text(&holder->member.peer.address);

	if (holder->member.unit->state == ENGINE_FAULT)
		text_print(text, size, "%s is in fault: %s", holder->conf->name,
			   holder->fault_text);
	else if (holder->member.unit->state == ENGINE_LISTENING)
		text_print(text, size, "%s listens before it speaks", holder->conf->name);
	else if (holder->member.peer.priority > 0)
		text_print(text, size, "%s hears %s with priority %u", holder->conf->name,
			   peer.text, holder->member.peer.priority);
	else
		text_print(text, size, "%s still waits for an Active router", holder->conf->name);
}

static void reason_text(const struct instance *instance, enum instance_reason_kind kind, char *text,
			size_t size)
{
	const struct engine_member *member = &instance->member;
	unsigned theirs = member->peer.priority;
	unsigned ours = engine_priority(member, instance_now(instance));
	struct address_text peer = address_text(&member->peer.address);

	switch (kind) {
	case REASON_STARTUP:
		text_print(text, size, "%s", startup_text(member));
		break;
	case REASON_PEER:
		text_print(text, size, "%s %s with priority %u, ours is %u", peer.text,
			   member->unit->asked ? "was Active, and is silent," : "is Active", theirs,
			   ours);
		break;
	case REASON_INTERFACE:
	case REASON_NO_SOURCE:
	case REASON_NO_PEER:
		text_print(text, size, "%s", instance->fault_text);
		break;
	case REASON_STANDBY:
		text_print(text, size, "standby by the operator: priority %u instead of %u",
			   ENGINE_PRIORITY_STANDBY, member->config.priority);
		break;
	case REASON_TAKEOVER:
		text_print(text, size, "takeover by the operator: priority %u instead of %u", ours,
			   member->config.priority);
		break;
	case REASON_PREEMPT_DELAY:
		text_print(text, size, "preempt_delay of %.3g s runs, %s with priority %u serves",
			   SECONDS(member->config.preempt_delay), peer.text, theirs);
		break;
	case REASON_NOPREEMPT:
		text_print(text, size, "nopreempt, %s with priority %u serves", peer.text, theirs);
		break;
	case REASON_ELECTED:
		text_print(text, size, "nobody better was heard");
		break;
	case REASON_HANDOVER:
		text_print(text, size, "priority 0 was sent, serving until a peer is heard");
		break;
	case REASON_ADDRESS:
		text_print(text, size, "%s", instance->address_text);
		break;
	case REASON_FENCE:
		text_print(text, size, "%s", instance->unit->fence.text);
		break;
	case REASON_PROBE:
		text_print(text, size, "%s", instance->unit->probe.text);
		break;
	case REASON_LINK:
		instance_links_text(instance, text, size);
		break;
	case REASON_DUPLICATE_OWNER:
		text_print(text, size, "%s", instance->conflicts.text);
		break;
	case REASON_GROUP:
		group_text(instance, text, size);
		break;
	case REASON_UNADVERTISED:
		text_print(text, size, "%s", instance->advert.text);
		break;
	case REASON_STARTUP_DELAY:
		text_print(text, size, "no election is entered for some time after start");
		break;
	}
}

static uint32_t reasons_now(const struct instance *instance)
{
	uint32_t bits = engine_reasons(&instance->member, instance_now(instance));

	if (instance->started && !instance->member.able)
		bits |= UINT32_C(1) << instance->fault;
	if (instance->address_text[0] != '\0')
		bits |= UINT32_C(1) << REASON_ADDRESS;
	if (instance->unit->fence.text[0] != '\0')
		bits |= UINT32_C(1) << REASON_FENCE;
	if (instance->unit->probe.text[0] != '\0' && instance->unit->engine.asked)
		bits |= UINT32_C(1) << REASON_PROBE;
	if (instance->advert.text[0] != '\0')
		bits |= UINT32_C(1) << REASON_UNADVERTISED;
	if (instance->conflicts.told > 0)
		bits |= UINT32_C(1) << REASON_DUPLICATE_OWNER;
	return bits;
}

static void write_reasons(struct instance *instance, uint32_t bits)
{
	for (unsigned kind = 0; kind < INSTANCE_REASONS; kind++) {
		struct instance_reason *reason = &instance->status->reasons[kind];

		if ((bits & UINT32_C(1) << kind) == 0) {
			memset(reason, 0, sizeof(*reason));
			continue;
		}
		if (reason->since == 0)
			reason->since = wall_read().us;
		reason_text(instance, kind, reason->text, sizeof(reason->text));
	}
}

/* Nothing that a text is made of has changed. */
static bool texts_hold(const struct instance *instance, const struct instance_reported *now)
{
	const struct instance_reported *then = &instance->reported;

	return then->reasons == now->reasons && then->links == now->links &&
	       then->peer_priority == now->peer_priority && then->priority == now->priority &&
	       address_compare(&then->peer, &now->peer) == 0 &&
	       (now->reasons &
		(1U << REASON_INTERFACE | 1U << REASON_NO_SOURCE | 1U << REASON_NO_PEER |
		 1U << REASON_ADDRESS | 1U << REASON_DUPLICATE_OWNER | 1U << REASON_FENCE |
		 1U << REASON_PROBE | 1U << REASON_UNADVERTISED | 1U << REASON_STARTUP |
		 1U << REASON_GROUP)) == 0;
}

void report_publish(struct instance *instance)
{
	static const uint8_t none[6];
	const struct instance_vmac *vmac = instance->vmac;
	const struct engine_member *member = &instance->member;
	const struct engine *engine = member->unit;
	struct instance_status *status = instance->status;
	struct instance_reported now = {
		.reasons = reasons_now(instance),
		.links = instance_links_check(instance),
		.peer_priority = member->peer.priority,
		.priority = engine_priority(member, instance_now(instance)),
		.peer = member->peer.address,
	};
	char text[STATUS_TEXT_SIZE];

	/* Until then the record says what a predecessor was, and since when. */
	if (!instance->started)
		return;
	if (now.links != 0)
		now.reasons |= UINT32_C(1) << REASON_LINK;
	status_begin(status);
	status->priority_effective = now.priority;
	status->peer_priority = now.peer_priority;
	if (status->state != engine_public_state(engine))
		status->since = wall_read().us;
	status->state = (uint8_t)engine_public_state(engine);
	status->standby = engine->standby;
	status->takeover = engine->takeover;
	status->damping = (uint8_t)engine_damping_adverts(member);
	status->loss = member->loss;
	status->checksum = (uint8_t)instance_checksum(instance);
	memcpy(status->mac, vmac ? vmac->mac : none, sizeof(status->mac));
	status->vmac_up = instance_vmac_is_raised(instance);
	status->peer_interval = member->peer.interval;
	status->peer_heard = member->peer.heard.us;
	status->advert_sent = member->advert_sent.us;
	status->hold_until = engine->hold_until.us;
	status->down_due = engine->state == ENGINE_BACKUP ? member->due.us : 0;
	status->preempt_until = engine->state == ENGINE_BACKUP ? member->preempt_until.us : 0;
	status->source = member->able ? member->source : (struct address){0};
	status->peer = member->peer.address;
	if (!texts_hold(instance, &now))
		write_reasons(instance, now.reasons);
	status_end(status);
	instance->reported = now;
	if (!instance->peers.told && instance_peers_unheard(instance) > 0) {
		instance->peers.told = true;
		instance_peers_text(instance, text, sizeof(text));
		log_notice("%s: %s; a Backup is silent, so that may be right", instance->conf->name,
			   text);
	}
}

void report_address(struct instance *instance, const struct instance_address *address)
{
	struct address_status *status =
		status_record(instance->shared->status, STATUS_ADDRESSES, address->index);

	status_begin(status);
	status->instance = instance->index;
	status->address = address->address;
	status->prefix = address->prefix;
	status->present = address->present;
	status->lapsed = address->lapsed;
	status->lease = address->lease;
	memcpy(status->conflict_mac, address->conflict.mac, sizeof(status->conflict_mac));
	status->conflict_since = address->conflict.told ? address->conflict.since : 0;
	status->conflict_heard = address->conflict.heard.us;
	status->conflict_count = address->conflict.count;
	memcpy(status->interface, address->interface->name, sizeof(status->interface));
	status_end(status);
}

/* Why a Backup has become Active. */
static void active_text(const struct instance *instance, const struct unit_past *past,
			const struct engine_event *event, char *text, size_t size)
{
	const struct engine_member *before =
		past->cause == instance ? &past->member : &instance->member;
	struct mono now = instance_now(instance);
	struct address_text peer = address_text(&before->peer.address);

	if (event->kind == EVENT_TAKEOVER)
		text_print(text, size, "takeover by the operator, priority %u",
			   engine_priority(before, now));
	else if (past->state != ENGINE_BACKUP)
		text_print(text, size, "owner of the addresses");
	else if (mono_before(before->peer.heard, past->entered))
		text_print(text, size, "no advert heard for %.3f s",
			   SECONDS(mono_diff(now, past->entered)));
	else if (before->peer.priority == 0)
		text_print(text, size, "%s has resigned", peer.text);
	else if (before->peer.priority < engine_priority(before, now))
		text_print(text, size, "%s has priority %u, ours is %u", peer.text,
			   before->peer.priority, engine_priority(before, now));
	else
		text_print(text, size, "no advert from %s for %.3f s", peer.text,
			   SECONDS(mono_diff(now, before->peer.heard)));
}

static void backup_text(const struct instance *instance, const struct unit_past *past,
			const struct engine_event *event, char *text, size_t size)
{
	const struct engine_member *before = /* the event, which happened to it or to its unit */
		past->cause == instance ? &past->member : &instance->member;
	struct address_text peer = address_text(&instance->member.peer.address);

	if (past->state == ENGINE_RESIGNING)
		text_print(text, size, "handed over to %s, priority %u", peer.text,
			   instance->member.peer.priority);
	else if (event->kind == EVENT_ADVERT)
		text_print(text, size, "%s has priority %u, ours is %u", peer.text, event->priority,
			   engine_priority(before, instance_now(instance)));
	else if (past->state == ENGINE_FAULT)
		text_print(text, size, "the fault of %s is over", instance->interface->name);
	else
		text_print(text, size, "start");
}

static void transition_text(const struct instance *instance, const struct unit_past *past,
			    const struct engine_event *event, char *text, size_t size)
{
	if (event->kind == EVENT_CONFIGURE) {
		text_print(text, size, "one role for all of %s", unit_name(instance->unit));
		return;
	}
	switch (engine_public_state(instance->member.unit)) {
	case INSTANCE_INIT:
		text_print(text, size, "stop");
		break;
	case INSTANCE_BACKUP:
		backup_text(instance, past, event, text, size);
		break;
	case INSTANCE_ACTIVE:
		active_text(instance, past, event, text, size);
		break;
	case INSTANCE_FAULT:
		if (engine_holder(&instance->member))
			group_text(instance, text, size);
		else
			text_print(text, size, "%s", instance->fault_text);
		break;
	}
}

void report_transition(struct instance *instance, const struct unit_past *past,
		       const struct engine_event *event)
{
	const struct instance *cause = past->cause ? past->cause : instance;
	char text[STATUS_TEXT_SIZE];
	unsigned dropped;

	if (!log_limit_pass(&instance->transitions, instance_now(instance).us, TRANSITION_BURST,
			    TRANSITION_PAUSE, &dropped))
		return;
	transition_text(cause, past, event, text, sizeof(text));
	log_notice("%s: %s → %s: %s%s%s%s", instance->conf->name,
		   instance_state_name((enum instance_state)instance->status->state),
		   instance_state_name(engine_public_state(instance->member.unit)),
		   cause != instance ? cause->conf->name : "", cause != instance ? ": " : "", text,
		   log_dropped(dropped).text);
}

void report_refused(struct instance *instance, const struct address *source, const char *text,
		    unsigned dropped)
{
	struct refused_status *refused = &instance->status->refused;

	status_begin(instance->status);
	refused->at = wall_read().us;
	refused->source = *source;
	text_print(refused->text, sizeof(refused->text), "%s", text);
	status_end(instance->status);
	log_warning("%s: advert from %s refused: %s%s", instance->conf->name,
		    address_text(source).text, text, log_dropped(dropped).text);
}
