/*
 * What changes of instances, their addresses and peers do to traffic: who may be Active afterwards,
 * and which addresses come and go where (effect.c).
 *
 * A router that is Active does not hear its peers, which are silent Backups, so of them it only
 * knows what they said last.  Where routers would refuse each other's adverts until all have the
 * change, that is said, since then two of them are Active.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/table/value.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/mono.h"
#include "core/director/effect_parts.h"

#define PRIORITY_OWNER 255 /* RFC 9568 5.2.4 */

/* One change and what is known of its instance. */
struct teller {
	struct telling *telling;
	const struct change *change;
	const struct instance_conf *before; /* NULL: it is new */
	const struct instance_conf *after;  /* NULL: it goes */
	struct instance_status status;
	bool known;
	bool disturbs;
};

static bool is_active(const struct teller *teller)
{
	return teller->known && teller->status.state == INSTANCE_ACTIVE;
}

static bool heard_peer(const struct teller *teller)
{
	return teller->known && teller->status.peer_heard != 0 &&
	       !address_is_none(&teller->status.peer);
}

/* "10.0.0.2 (priority 90)" */
static const char *peer_text(const struct teller *teller)
{
	char text[ADDRESS_TEXT_SIZE];

	return arena_printf(teller->telling->arena, "%s (priority %u)",
			    address_format(&teller->status.peer, text),
			    teller->status.peer_priority);
}

/* The priority in elections: trackers move the configured one, but for an address owner. */
static int effective(const struct teller *teller, int priority)
{
	int offset = teller->status.priority_effective - teller->status.priority_base;

	if (priority == PRIORITY_OWNER || teller->status.priority_base == PRIORITY_OWNER)
		return priority;
	priority += offset;
	return priority < 1 ? 1 : priority > PRIORITY_OWNER - 1 ? PRIORITY_OWNER - 1 : priority;
}

static const char *tell_active_priority(struct teller *teller)
{
	struct arena *arena = teller->telling->arena;
	int now = effective(teller, teller->before->priority);
	int next = effective(teller, teller->after->priority);
	char peer[ADDRESS_TEXT_SIZE];

	if (next >= now)
		return "stays Active";
	if (!heard_peer(teller)) {
		teller->disturbs = true;
		return arena_printf(arena,
				    "may lose Active to a router of priority %d or more, if there "
				    "is one: none was heard",
				    next + 1);
	}
	if (teller->status.peer_priority <= next)
		return arena_printf(arena, "stays Active, %s is not better", peer_text(teller));
	teller->disturbs = true;
	return arena_printf(arena, "may lose Active to %s",
			    address_format(&teller->status.peer, peer));
}

/* A Backup that is better than the Active router, or is no longer. */
static const char *tell_backup(struct teller *teller, int priority)
{
	struct arena *arena = teller->telling->arena;
	char delay[VALUE_SECONDS_SIZE];

	if (teller->status.standby)
		return "stays Backup: standby by the operator";
	if (!heard_peer(teller))
		return "";
	if (priority <= teller->status.peer_priority)
		return arena_printf(arena, "stays Backup to %s", peer_text(teller));
	if (teller->after->nopreempt && !teller->after->starts_active)
		return arena_printf(arena, "stays Backup: nopreempt leaves %s in place",
				    peer_text(teller));
	teller->disturbs = true;
	if (teller->after->preempt_delay == 0 || teller->after->starts_active)
		return arena_printf(arena, "takes over from %s", peer_text(teller));
	return arena_printf(arena, "takes over from %s after preempt_delay, %s s",
			    peer_text(teller), value_seconds(teller->after->preempt_delay, delay));
}

static const char *tell_priority(struct teller *teller)
{
	if (!teller->known)
		return "";
	switch ((enum instance_state)teller->status.state) {
	case INSTANCE_ACTIVE:
		return tell_active_priority(teller);
	case INSTANCE_BACKUP:
		return tell_backup(teller, effective(teller, teller->after->priority));
	case INSTANCE_FAULT:
		return "counts when the fault has ended";
	case INSTANCE_INIT:
		return "";
	}
	return "";
}

static const char *tell_preemption(struct teller *teller)
{
	if (!teller->known || teller->status.state != INSTANCE_BACKUP ||
	    effective(teller, teller->after->priority) <= teller->status.peer_priority)
		return "";
	return tell_backup(teller, effective(teller, teller->after->priority));
}

/* Nobody has changed it everywhere at the same moment. */
static const char *tell_refusal(struct teller *teller)
{
	teller->disturbs = true;
	return "routers that do not have it yet refuse our adverts, and we theirs: two may be "
	       "Active until all have it";
}

/* auth_hmac was there before, and is afterwards. */
static bool signing_stays(const struct teller *teller)
{
	return teller->before->hmac.n_keys > 0 && teller->after->hmac.n_keys > 0;
}

static const char *tell_signed(struct teller *teller)
{
	teller->disturbs = true;
	return "our adverts are signed: routers without auth_hmac refuse them";
}

/* A further key is only there to be believed; the first and the last one are another matter. */
static const char *tell_key(struct teller *teller)
{
	const struct hmac_conf *before = &teller->before->hmac, *after = &teller->after->hmac;
	bool added = strcmp(teller->change->old_value, "none") == 0;

	if (added && (before->n_keys > 0 || after->mode == HMAC_RECEIVE_ONLY))
		return "";
	if (added && after->mode == HMAC_PERMISSIVE)
		return tell_signed(teller);
	return tell_refusal(teller);
}

static const char *tell_active_key(struct teller *teller)
{
	if (!signing_stays(teller) || teller->after->hmac.mode == HMAC_RECEIVE_ONLY)
		return "";
	teller->disturbs = true;
	return "routers that do not have this key yet refuse our adverts";
}

static const char *tell_hmac_mode(struct teller *teller)
{
	enum hmac_mode before = (enum hmac_mode)teller->before->hmac.mode;
	enum hmac_mode after = (enum hmac_mode)teller->after->hmac.mode;

	if (!signing_stays(teller) || (before == HMAC_ENFORCE && after == HMAC_PERMISSIVE))
		return "";
	if (before == HMAC_RECEIVE_ONLY && after == HMAC_PERMISSIVE)
		return tell_signed(teller);
	teller->disturbs = true;
	return after == HMAC_ENFORCE ? "adverts that are not signed are refused"
				     : "our adverts are not signed: routers that enforce it refuse "
				       "them";
}

static const char *tell_interval(struct teller *teller)
{
	return teller->after->version == 2 ? tell_refusal(teller) : "";
}

static const char *tell_group(struct teller *teller)
{
	teller->disturbs = true;
	return "routers that do not have it yet do not hear our adverts: two may be Active until "
	       "all have it";
}

static const char *tell_vmac(struct teller *teller)
{
	return is_active(teller) ? "the addresses get another hardware address, which is announced"
				 : "";
}

static const char *tell_source(struct teller *teller)
{
	return teller->after->transport.n_peers > 0 ? "the peers have to know this address as ours"
						    : "";
}

static const struct value_row {
	size_t offset;
	const char *(*tell)(struct teller *teller);
	bool of_role; /* which a sync group has in common */
} value_rows[] = {
	{offsetof(struct instance_conf, priority), tell_priority, true},
	{offsetof(struct instance_conf, nopreempt), tell_preemption, true},
	{offsetof(struct instance_conf, version), tell_refusal, false},
	{offsetof(struct instance_conf, auth_type), tell_refusal, false},
	{offsetof(struct instance_conf, auth_pass), tell_refusal, false},
	{offsetof(struct instance_conf, hmac.active_key), tell_active_key, false},
	{offsetof(struct instance_conf, hmac.mode), tell_hmac_mode, false},
	{offsetof(struct instance_conf, advert_interval), tell_interval, false},
	{offsetof(struct instance_conf, vmac.words), tell_vmac, false},
	{offsetof(struct instance_conf, transport.group), tell_group, false},
	{offsetof(struct instance_conf, transport.source), tell_source, false},
};

static const char *tell_value(struct teller *teller)
{
	const struct keyword *row = teller->change->row;
	const char *text;

	if (!row && strcmp(teller->change->word, "key") == 0)
		return tell_key(teller);
	if (!row)
		return "the same virtual router: role and counters stay";
	if (row->support != SUPPORT_FULL)
		return "has no effect in this version";
	for (size_t i = 0; i < sizeof(value_rows) / sizeof(value_rows[0]); i++) {
		if (value_rows[i].offset != teller->change->offset)
			continue;
		text = value_rows[i].tell(teller);
		if (!value_rows[i].of_role || !teller->disturbs ||
		    teller->after->group == GROUP_NONE)
			return text;
		return arena_printf(
			teller->telling->arena, "%s, with all of sync group %s", text,
			teller->telling->facts->after->groups[teller->after->group].name);
	}
	return "";
}

/* RFC 9568 6.1: the time after which a new Backup takes over, in seconds. */
static double down_interval(const struct instance_conf *conf)
{
	double interval = (double)conf->advert_interval / USEC_PER_SEC;
	double skew = (256 - conf->priority) / 256.0;

	return conf->down_adverts * interval + (conf->version == 2 ? skew : skew * interval);
}

static const char *tell_added(struct teller *teller)
{
	if (teller->after->priority == PRIORITY_OWNER)
		return "starts as Active: it owns the addresses";
	return arena_printf(teller->telling->arena,
			    "starts as Backup, Active after %.1f s if no better router is heard",
			    down_interval(teller->after));
}

/* A new instance by the name of one that goes. */
static const struct instance_conf *find_successor(const struct teller *teller)
{
	const struct conf *after = teller->telling->facts->after;

	for (size_t i = 0; i < after->n_instances; i++)
		if (strcmp(after->instances[i].name, teller->before->name) == 0)
			return &after->instances[i];
	return NULL;
}

static const char *tell_removed(struct teller *teller)
{
	const struct instance_conf *successor = find_successor(teller);
	struct arena *arena = teller->telling->arena;
	const char *text = "leaves the election";

	if (is_active(teller)) {
		teller->disturbs = true;
		text = heard_peer(teller)
			       ? arena_printf(arena, "resigns, %s may take over", peer_text(teller))
			       : "resigns, and nobody else was heard who would take over";
	}
	if (successor)
		text = arena_printf(arena, "%s; %s is another virtual router now (%s, VRID %u)",
				    text, successor->name, successor->interface, successor->vrid);
	return text;
}

static void tell(struct teller *teller, struct effect *effect, const char *what)
{
	effect->disturbs = teller->disturbs;
	effect->text = arena_printf(teller->telling->arena, "%s%s%s", what,
				    *effect->traffic ? ": " : "", effect->traffic);
	vector_add(&teller->telling->told, sizeof(*effect), effect);
}

static void tell_router(struct teller *teller)
{
	const struct change *change = teller->change;
	const struct instance_conf *conf = teller->after ? teller->after : teller->before;
	struct arena *arena = teller->telling->arena;
	struct effect effect = {.change = change, .count = 1, .name = conf->name};
	const char *what = "";

	switch (change->kind) {
	case CHANGE_ADDED:
		what = arena_printf(arena, "%s: new on %s, VRID %u", conf->name, conf->interface,
				    conf->vrid);
		effect.traffic = tell_added(teller);
		break;
	case CHANGE_REMOVED:
		what = arena_printf(arena, "%s: removed from %s, VRID %u", conf->name,
				    conf->interface, conf->vrid);
		effect.traffic = tell_removed(teller);
		break;
	case CHANGE_VALUE:
	case CHANGE_MOVED: /* only addresses do */
		effect.traffic = tell_value(teller);
		what = arena_printf(arena, "%s: %s %s", conf->name, change->word,
				    tell_values(teller->telling, change));
		break;
	}
	tell(teller, &effect, what);
}

/* ---- addresses ---- */

static const struct address_conf *old_address(const struct teller *teller)
{
	return &teller->before->addresses[teller->change->before.part];
}

static const struct address_conf *new_address(const struct teller *teller)
{
	return &teller->after->addresses[teller->change->after.part];
}

/* What the instance that an address moves to is now. */
enum receiver { RECEIVER_NEW, RECEIVER_ACTIVE, RECEIVER_OTHER };

static enum receiver receiver_of(const struct teller *teller)
{
	const struct conf *conf = teller->telling->facts->before;
	const struct effect_facts *facts = teller->telling->facts;
	struct instance_status status;

	for (uint32_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *old = &conf->instances[i];

		if (old->vrid == teller->after->vrid && old->family == teller->after->family &&
		    strcmp(old->interface, teller->after->interface) == 0)
			return facts->instance(facts->data, i, &status) &&
					       status.state == INSTANCE_ACTIVE
				       ? RECEIVER_ACTIVE
				       : RECEIVER_OTHER;
	}
	return RECEIVER_NEW;
}

static const char *tell_moved(struct teller *teller)
{
	struct arena *arena = teller->telling->arena;
	const char *interface = new_address(teller)->interface;
	enum receiver to = receiver_of(teller);
	bool from = is_active(teller);

	if (from && to == RECEIVER_ACTIVE)
		return arena_printf(arena, "stays on %s", interface);
	/* A new instance keeps what is there until it hears a better router. */
	if (from && to == RECEIVER_NEW)
		return arena_printf(arena, "stays on %s unless %s hears a better router", interface,
				    teller->after->name);
	if (to == RECEIVER_ACTIVE)
		return arena_printf(arena, "is added to %s and announced", interface);
	if (!from)
		return "";
	teller->disturbs = true;
	return arena_printf(arena, "leaves %s: %s is not Active here", interface,
			    teller->after->name);
}

static const char *tell_address_value(struct teller *teller)
{
	const struct address_conf *before = old_address(teller), *after = new_address(teller);
	struct arena *arena = teller->telling->arena;
	const struct keyword *row = teller->change->row;

	if (row && row->support != SUPPORT_FULL)
		return "has no effect in this version";
	if (!is_active(teller) || (!row && strcmp(teller->change->word, "excluded") == 0))
		return "";
	if (strcmp(before->interface, after->interface) != 0)
		return arena_printf(arena, "is on %s, and announced, before it leaves %s",
				    after->interface, before->interface);
	if (!row && after->address.family == AF_INET6)
		return arena_printf(arena, "is removed from %s and added again at once",
				    after->interface);
	return arena_printf(arena, "stays on %s", after->interface);
}

static const char *tell_address(struct teller *teller)
{
	struct arena *arena = teller->telling->arena;

	switch (teller->change->kind) {
	case CHANGE_ADDED:
		if (!is_active(teller))
			return "";
		return arena_printf(arena, "is added to %s and announced",
				    new_address(teller)->interface);
	case CHANGE_REMOVED:
		if (!is_active(teller))
			return "";
		teller->disturbs = true;
		return arena_printf(arena, "leaves %s: its clients lose it",
				    old_address(teller)->interface);
	case CHANGE_MOVED:
		return tell_moved(teller);
	case CHANGE_VALUE:
		return tell_address_value(teller);
	}
	return "";
}

static void tell_part(struct teller *teller, const char *kind, const char *name,
		      const char *traffic)
{
	const struct change *change = teller->change;
	const char *owner = (teller->after ? teller->after : teller->before)->name;
	struct arena *arena = teller->telling->arena;
	struct effect effect = {
		.change = change, .count = 1, .name = name, .owner = owner, .traffic = traffic};
	const char *what = "";

	switch (change->kind) {
	case CHANGE_ADDED:
	case CHANGE_REMOVED:
		what = arena_printf(arena, "%s: %s%s %s", owner, kind, name,
				    change_kind_name(change->kind));
		break;
	case CHANGE_MOVED:
		what = arena_printf(arena, "%s%s: %s → %s", kind, name, teller->before->name,
				    owner);
		break;
	case CHANGE_VALUE:
		what = arena_printf(arena, "%s: %s%s: %s %s", owner, kind, name, change->word,
				    tell_values(teller->telling, change));
		break;
	}
	tell(teller, &effect, what);
}

static void tell_virtual_address(struct teller *teller)
{
	const struct address_conf *conf = teller->change->after.part != CHANGE_NOWHERE
						  ? new_address(teller)
						  : old_address(teller);
	const char *traffic = tell_address(teller);
	char text[ADDRESS_TEXT_SIZE];

	tell_part(teller, "",
		  arena_printf(teller->telling->arena, "%s/%u",
			       address_format(&conf->address, text), conf->prefix),
		  traffic);
}

static void tell_peer(struct teller *teller)
{
	const struct change *change = teller->change;
	const struct peer_conf *peer =
		change->after.part != CHANGE_NOWHERE
			? &teller->after->transport.peers[change->after.part]
			: &teller->before->transport.peers[change->before.part];
	const char *traffic = "";
	char text[ADDRESS_TEXT_SIZE];

	if (change->kind == CHANGE_REMOVED && is_active(teller)) {
		teller->disturbs = true;
		traffic = "no longer hears us: becomes Active too, if it still runs";
	}
	tell_part(teller, "unicast_peer ",
		  arena_strdup(teller->telling->arena, address_format(&peer->address, text)),
		  traffic);
}

void tell_instance(struct telling *telling, const struct change *change)
{
	const struct effect_facts *facts = telling->facts;
	struct teller teller = {.telling = telling, .change = change};

	if (change->before.owner != CHANGE_NOWHERE) {
		teller.before = &facts->before->instances[change->before.owner];
		teller.known = facts->instance(facts->data, change->before.owner, &teller.status);
	}
	if (change->after.owner != CHANGE_NOWHERE)
		teller.after = &facts->after->instances[change->after.owner];
	if (change->object == CHANGE_OF_INSTANCE)
		tell_router(&teller);
	else if (change->object == CHANGE_OF_ADDRESS)
		tell_virtual_address(&teller);
	else
		tell_peer(&teller);
}
