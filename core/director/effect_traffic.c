/*
 * What a change does to traffic: who may be Active afterwards, which addresses come and go where,
 * and what becomes of connections (effect.c).
 *
 * What a keyword's value disturbs is said by its row in the tables (enum disturbance), how badly by
 * what runs.  Of the other routers it is taken that they have what this one has now, and get the
 * change later: where they would ignore our adverts until then, or we theirs, two routers are
 * Active meanwhile.  A router that is Active does not hear its peers, which are silent Backups, so
 * of them it only knows what they said last.
 *
 * The numbers of connections are those of the kernel's table when it was last compared, at most ten
 * seconds ago.  What IPVS does: a destination's change of weight, method or scheduler leaves its
 * connections alone; packets to a destination that is removed are dropped, so one that has
 * connections leaves later, unless its service asks for it.
 */
#include "core/director/effect_traffic.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/table/hmac_key.h"
#include "conf/table/value.h"
#include "core/base/arena.h"
#include "core/base/mono.h"
#include "core/base/text.h"

#define PRIORITY_OWNER 255 /* RFC 9568 5.2.4 */
#define TEXT_SIZE      512

#define BOTH_ACTIVE                                                                          \
	"the other routers ignore our adverts, and we theirs, until they have it too: both " \
	"will be Active until then"

/* One line of the report, and the objects that its first change is about. */
struct teller {
	const struct effect_facts *facts;
	const struct change_group *group;
	const struct change *change;
	struct arena *arena;
	/* Of virtual routers; NULL: it is new, or it goes. */
	const struct instance_conf *before, *after;
	struct instance_status status; /* zeroed where nothing is known */
};

#define ELSEWHERE                                                                              \
	"a router that is Active for %s (VRID %u) keeps what was its address until it has it " \
	"too: both will hold it until then"

#define NOTHING ((struct traffic){"", false})

static struct traffic quiet(const char *text)
{
	return (struct traffic){text, false};
}

__attribute__((format(printf, 3, 4))) static struct traffic say(const struct teller *teller,
								bool disturbs, const char *format,
								...)
{
	char text[TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return (struct traffic){arena_strdup(teller->arena, text), disturbs};
}

/* ---- who is Active ---- */

static bool is_active(const struct teller *teller)
{
	return teller->status.state == INSTANCE_ACTIVE;
}

/* "10.0.0.2", with its priority where that is asked for; NULL: none was heard. */
static const char *peer_text(const struct teller *teller, bool with_priority)
{
	const struct instance_status *status = &teller->status;

	if (status->peer_heard == 0 || address_is_none(&status->peer))
		return NULL;
	return arena_printf(teller->arena, with_priority ? "%s (priority %u)" : "%s",
			    address_text(&status->peer).text, status->peer_priority);
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

static struct traffic tell_active(const struct teller *teller)
{
	int next = effective(teller, teller->after->priority);
	const char *peer = peer_text(teller, true);

	if (next >= effective(teller, teller->before->priority))
		return quiet("stays Active");
	if (!peer)
		return say(
			teller, true,
			"may lose Active to a router of priority %d or more, if there is one: none "
			"was heard",
			next + 1);
	if (teller->status.peer_priority <= next)
		return say(teller, false, "stays Active, %s is not better", peer);
	return say(teller, true, "may lose Active to %s", peer_text(teller, false));
}

static struct traffic tell_backup(const struct teller *teller)
{
	const struct instance_conf *conf = teller->after;
	const char *peer = peer_text(teller, true);
	char delay[VALUE_SECONDS_SIZE];

	if (teller->status.standby)
		return quiet("stays Backup: standby by the operator");
	if (!peer)
		return NOTHING;
	if (effective(teller, conf->priority) <= teller->status.peer_priority)
		return say(teller, false, "stays Backup to %s", peer);
	if (conf->nopreempt)
		return say(teller, false, "stays Backup: nopreempt leaves %s in place", peer);
	if (conf->preempt_delay == 0)
		return say(teller, true, "takes over from %s", peer);
	return say(teller, true, "takes over from %s after preempt_delay, %s s", peer,
		   value_seconds_text(conf->preempt_delay, delay));
}

static struct traffic tell_election(const struct teller *teller)
{
	struct traffic traffic = NOTHING;

	if (is_active(teller))
		traffic = tell_active(teller);
	else if (teller->status.state == INSTANCE_BACKUP)
		traffic = tell_backup(teller);
	if (traffic.disturbs && teller->after->group != GROUP_NONE)
		traffic.text =
			arena_printf(teller->arena, "%s, with all of sync group %s", traffic.text,
				     teller->facts->after->groups[teller->after->group].name);
	return traffic;
}

/* ---- what other routers make of our adverts ---- */

/* Unicast: whether each peer of the receiver may send with that TTL. */
static bool ttl_fits(const struct instance_conf *receiver, const struct instance_conf *sender)
{
	const struct transport_conf *transport = &receiver->transport;
	unsigned ttl = sender->transport.unicast_ttl;

	for (size_t i = 0; i < transport->n_peers; i++)
		if (ttl < transport->peers[i].min_ttl || ttl > transport->peers[i].max_ttl)
			return false;
	return true;
}

/* Whether adverts of one are right for the other, but for their signature (RFC 9568 7.1).  Where
 * `a` would not fit itself, the others have another TTL than we. */
static bool adverts_agree(const struct instance_conf *a, const struct instance_conf *b)
{
	return a->version == b->version &&
	       (!ttl_fits(a, a) || (ttl_fits(a, b) && ttl_fits(b, a))) &&
	       address_compare(&a->transport.group, &b->transport.group) == 0 &&
	       (a->version != 2 ||
		(a->advert_interval == b->advert_interval && a->auth_type == b->auth_type &&
		 memcmp(a->auth_pass, b->auth_pass, sizeof(a->auth_pass)) == 0));
}

static bool believes(const struct hmac_conf *receiver, const struct hmac_conf *sender)
{
	const struct hmac_key_conf *known = hmac_key_find(receiver, sender->active_key);

	if (sender->n_keys == 0 || sender->mode == HMAC_RECEIVE_ONLY)
		return receiver->n_keys == 0 || receiver->mode != HMAC_ENFORCE;
	return known && hmac_key_equal(known, hmac_key_find(sender, sender->active_key));
}

/* Beside routers that have what we have there may be those that got along with us: without the
 * keys that we do not sign with, and, while the mode is lax, others that do not sign. */
static struct traffic tell_agreement(const struct teller *teller)
{
	const struct hmac_conf *ours = &teller->after->hmac, *old = &teller->before->hmac;
	struct hmac_conf theirs[] = {*old, *old, *old, {0}};
	size_t n = old->n_keys == 0		  ? 1
		   : old->mode == HMAC_ENFORCE	  ? 2
		   : old->mode == HMAC_PERMISSIVE ? 3
						  : 4;
	bool hear = true;

	for (size_t i = 0; i < old->n_keys; i++)
		if (old->keys[i].id == old->active_key)
			theirs[1].keys = &old->keys[i];
	theirs[1].n_keys = old->n_keys > 0;
	theirs[2].mode = HMAC_RECEIVE_ONLY;
	if (!adverts_agree(teller->before, teller->after) ||
	    (!believes(&theirs[0], ours) && !believes(ours, &theirs[0])))
		return say(teller, true, BOTH_ACTIVE);
	for (size_t i = 0; i < n; i++)
		hear = hear && believes(&theirs[i], ours) && believes(ours, &theirs[i]);
	return hear ? NOTHING
		    : say(teller, true,
			  "routers that do not have it yet may ignore our adverts, or we "
			  "theirs: two may be Active until all have it");
}

static struct traffic tell_source(const struct teller *teller)
{
	const struct transport_conf *transport = &teller->after->transport;

	if (transport->n_peers == 0 ||
	    address_compare(&transport->source, &teller->status.source) == 0)
		return NOTHING;
	return say(teller, true,
		   "peers that do not expect our adverts from there ignore them: both "
		   "will be Active until they do");
}

/* The same virtual router in the other configuration; NULL: it has none. */
static const struct instance_conf *next_of(const struct effect_facts *facts,
					   const struct instance_conf *before)
{
	uint32_t index = facts->instances->of_old[before - facts->before->instances];

	return index == MATCH_NONE ? NULL : &facts->after->instances[index];
}

static const struct instance_conf *former_of(const struct effect_facts *facts,
					     const struct instance_conf *after)
{
	uint32_t index = facts->instances->of_new[after - facts->after->instances];

	return index == MATCH_NONE ? NULL : &facts->before->instances[index];
}

static bool has_one_of(const struct address_conf *addresses, size_t n,
		       const struct address_conf *others, size_t n_others)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n_others; j++)
			if (address_compare(&addresses[i].address, &others[j].address) == 0)
				return true;
	return false;
}

/* A list that has nothing in common with ours is of another group with this VRID, to the others as
 * to us. Said with the first address, which then goes. */
static bool is_another_group(const struct teller *teller)
{
	const struct instance_conf *before = teller->before, *after;

	if (!before || teller->change->before.part != 0 || before->n_advertised == 0)
		return false;
	after = next_of(teller->facts, before);
	return after && after->n_advertised > 0 &&
	       !(before->checks.skip_check_adv_addr && after->checks.skip_check_adv_addr) &&
	       !has_one_of(before->addresses, before->n_advertised, after->addresses,
			   after->n_advertised);
}

/* ---- virtual routers ---- */

/* RFC 9568 6.1: the time after which a new Backup takes over, in seconds. */
static double down_interval(const struct instance_conf *conf)
{
	double interval = (double)conf->advert_interval / USEC_PER_SEC;
	double skew = (256 - conf->priority) / 256.0;

	return conf->down_adverts * interval + (conf->version == 2 ? skew : skew * interval);
}

/* A virtual router that had one of these addresses before, stays, and is not Active here: whoever
 * is keeps the address until it has the change.  NULL: there is none. */
static const struct instance_conf *held_elsewhere(const struct teller *teller,
						  const struct address_conf *addresses, size_t n)
{
	const struct effect_facts *facts = teller->facts;
	struct instance_status status;

	for (size_t i = 0; i < facts->before->n_instances; i++) {
		const struct instance_conf *holder = &facts->before->instances[i];

		if (next_of(facts, holder) &&
		    has_one_of(holder->addresses, holder->n_addresses, addresses, n) &&
		    facts->instance(facts->data, (uint32_t)i, &status) &&
		    status.state != INSTANCE_ACTIVE)
			return holder;
	}
	return NULL;
}

static struct traffic tell_added(const struct teller *teller)
{
	const struct instance_conf *after = teller->after;
	const struct instance_conf *holder =
		held_elsewhere(teller, after->addresses, after->n_addresses);

	if (after->priority == PRIORITY_OWNER)
		return quiet("starts as Active: it owns the addresses");
	if (holder)
		return say(
			teller, true,
			"starts as Backup, Active after %.1f s if no better router is heard; " ELSEWHERE,
			down_interval(after), holder->name, holder->vrid);
	return say(teller, false,
		   "starts as Backup, Active after %.1f s if no better router is "
		   "heard",
		   down_interval(after));
}

static struct traffic tell_removed(const struct teller *teller)
{
	const struct instance_conf *before = teller->before;
	const struct conf *conf = teller->facts->after;
	const char *peer = peer_text(teller, true);

	for (size_t i = 0; i < conf->n_instances; i++) {
		const struct instance_conf *heir = &conf->instances[i];

		if (!has_one_of(before->addresses, before->n_addresses, heir->addresses,
				heir->n_addresses))
			continue;
		if (heir->vrid != before->vrid)
			return say(
				teller, true,
				"%s (VRID %u) has its addresses now; the other routers do not hear "
				"us as VRID %u until they have it too: both will be Active until "
				"then",
				heir->name, heir->vrid, before->vrid);
		if (!former_of(teller->facts, heir))
			return say(
				teller, true,
				"%s on %s has its addresses now; the other routers do not hear us "
				"there until they have it too: both will be Active until then",
				heir->name, instance_conf_place(heir).text);
	}
	if (!is_active(teller))
		return quiet("leaves the election");
	if (!peer)
		return say(teller, true, "resigns, and nobody else was heard who would take over");
	return say(teller, true, "resigns, %s may take over", peer);
}

/* To an instance that is Active here. */
static struct traffic tell_coming(const struct teller *teller, const struct address_conf *address)
{
	const struct instance_conf *holder = held_elsewhere(teller, address, 1);

	if (!holder)
		return say(teller, false, "is added to %s and announced", address->interface);
	return say(teller, true, "is added to %s and announced; " ELSEWHERE, address->interface,
		   holder->name, holder->vrid);
}

static struct traffic tell_moved(const struct teller *teller)
{
	const struct instance_conf *after = teller->after;
	const struct instance_conf *receiver = former_of(teller->facts, after);
	const struct address_conf *address = &after->addresses[teller->change->after.part];
	const char *interface = address->interface;
	struct instance_status status;

	if (receiver &&
	    teller->facts->instance(teller->facts->data,
				    (uint32_t)(receiver - teller->facts->before->instances),
				    &status) &&
	    status.state == INSTANCE_ACTIVE)
		return is_active(teller) ? say(teller, false, "stays on %s", interface)
					 : tell_coming(teller, address);
	if (!is_active(teller))
		return NOTHING;
	/* A new instance keeps what is there until it hears a better router. */
	if (!receiver)
		return say(teller, false, "stays on %s unless %s hears a better router", interface,
			   after->name);
	return say(teller, true, "leaves %s: %s is not Active here", interface, after->name);
}

static struct traffic tell_address(const struct teller *teller)
{
	const struct change *change = teller->change;
	const struct address_conf *old = NULL, *new = NULL;

	if (change->before.part != CHANGE_NOWHERE)
		old = &teller->before->addresses[change->before.part];
	if (change->after.part != CHANGE_NOWHERE)
		new = &teller->after->addresses[change->after.part];
	if (is_another_group(teller))
		return say(teller, true, "no address stays: " BOTH_ACTIVE);
	if (change->kind == CHANGE_MOVED)
		return tell_moved(teller);
	if (!is_active(teller) ||
	    (!change->row && change->kind == CHANGE_VALUE && strcmp(change->word, "excluded") == 0))
		return NOTHING;
	if (!old)
		return tell_coming(teller, new);
	if (!new)
		return say(teller, true, "leaves %s: its clients lose it", old->interface);
	if (strcmp(old->interface, new->interface) != 0)
		return say(teller, false, "is on %s, and announced, before it leaves %s",
			   new->interface, old->interface);
	return say(teller, false,
		   !change->row && new->address.family == AF_INET6
			   ? "is removed from %s and added again at once"
			   : "stays on %s",
		   new->interface);
}

/* What becomes of its members' roles is up to the links that are new to it. */
static struct traffic tell_sync_group(const struct change *change)
{
	if (change->kind == CHANGE_ADDED)
		return quiet("its instances are elected together; if some are Active they stay so "
			     "while the others listen");
	if (change->kind == CHANGE_REMOVED)
		return quiet("its instances keep their role, and are elected each by itself");
	if (strcmp(change->word, "group") == 0)
		return quiet("who is new to it listens first; who leaves keeps its role");
	return NOTHING;
}

/* ---- connections ---- */

/* "412 active connections are cut" */
static const char *connections(const struct teller *teller, const char *one, const char *many)
{
	uint64_t n = teller->group->active;

	if (n == 0)
		return "no active connections";
	return arena_printf(teller->arena, "%" PRIu64 " active connection%s %s", n, text_plural(n),
			    n == 1 ? one : many);
}

/* As desired_quorum() in ipvs/ will see it. */
static struct traffic tell_quorum(const struct teller *teller)
{
	const struct service_conf *conf =
		&teller->facts->after->services[teller->change->after.owner];
	uint64_t gained = (uint64_t)conf->quorum + conf->hysteresis;
	uint64_t lost_below = conf->quorum > conf->hysteresis ? conf->quorum - conf->hysteresis : 0;
	struct service_status status;

	if (!teller->facts->service(teller->facts->data, teller->change->before.owner, &status))
		return NOTHING;
	bool up = status.quorum_up;
	if (status.weight_up == 0 || status.weight_up < lost_below)
		up = false;
	else if (status.weight_up >= gained)
		up = true;
	if (up == status.quorum_up)
		return NOTHING;
	if (up)
		return say(teller, true, "%u of %u are up: the quorum is regained",
			   status.weight_up, conf->quorum);
	return say(teller, true, "only %u of %u are up: the quorum is lost, %s", status.weight_up,
		   conf->quorum,
		   conf->n_fallbacks ? "the fallback serves"
				     : "and there is no fallback: the servers stay");
}

static struct traffic tell_share(const struct teller *teller)
{
	if (teller->group->n_down == teller->group->count)
		return quiet("counts when it is up again");
	if (change_group_server(teller->group)->weight > 0)
		return NOTHING;
	return say(teller, false, "no new connections, %s", connections(teller, "stays", "stay"));
}

static struct traffic tell_failed(const struct teller *teller)
{
	const struct change_place *place = &teller->change->before;
	const struct server_conf *old =
		&teller->facts->before->services[place->owner].servers[place->part];

	if (teller->group->n_down == 0 ||
	    change_group_server(teller->group)->on_failure == ON_FAILURE_QUIESCE ||
	    old->on_failure != ON_FAILURE_QUIESCE)
		return NOTHING;
	return (struct traffic){arena_printf(teller->arena, "%u down: removed now, %s",
					     teller->group->n_down,
					     connections(teller, "is cut", "are cut")),
				teller->group->active > 0};
}

static struct traffic tell_leaving(const struct teller *teller)
{
	const struct service_conf *service =
		&teller->facts->after->services[teller->change->after.owner];

	if (change_group_server(teller->group)->fallback && teller->group->n_serving == 0)
		return NOTHING;
	/* As desired.c in ipvs/ will do it. */
	if (service->protocol != IPPROTO_UDP && service->n_servers > 0 &&
	    service->servers[0].on_failure == ON_FAILURE_QUIESCE)
		return quiet(connections(teller, "is drained", "are drained"));
	return (struct traffic){connections(teller, "is cut", "are cut"),
				teller->group->active > 0};
}

/* A changed check is another check: the server's state stays until it knows better. */
static struct traffic tell_check(const struct teller *teller)
{
	const struct change_place *place = &teller->change->after;

	if (teller->facts->after->services[place->owner].servers[place->part].n_targets == 0)
		return quiet(teller->group->n_down ? "not checked any more: comes up"
						   : "not checked any more");
	return quiet(teller->change->kind == CHANGE_REMOVED
			     ? ""
			     : "the state stays until the new check has a result");
}

/* ---- one change ---- */

static struct traffic tell_value(const struct teller *teller)
{
	const struct keyword *row = teller->change->row;

	if (!row)
		return strcmp(teller->change->word, "key") == 0 ? tell_agreement(teller) : NOTHING;
	if (row->support != SUPPORT_FULL)
		return quiet("has no effect in this version");
	if (row->flags & KEYWORD_FIXED)
		return quiet("needs a restart of the daemon");
	switch (row->disturbs) {
	case DISTURBS_NOTHING:
		break;
	case DISTURBS_ELECTION:
		return tell_election(teller);
	case DISTURBS_AGREEMENT:
		return tell_agreement(teller);
	case DISTURBS_SOURCE:
		return tell_source(teller);
	case DISTURBS_HARDWARE_ADDRESS:
		return quiet(is_active(teller) ? "the addresses get another hardware address, "
						 "which is announced"
					       : "");
	case DISTURBS_QUORUM:
		return tell_quorum(teller);
	case DISTURBS_SHARE:
		return tell_share(teller);
	case DISTURBS_NEW_CONNECTIONS:
		return quiet("for new connections, the others stay where they are");
	case DISTURBS_FAILED_SERVERS:
		return tell_failed(teller);
	}
	return NOTHING;
}

static struct traffic tell_object(const struct teller *teller)
{
	enum change_kind kind = teller->change->kind;

	switch (teller->change->object) {
	case CHANGE_OF_ROOT:
	case CHANGE_OF_GLOBAL:
		break;
	case CHANGE_OF_INSTANCE:
		if (kind == CHANGE_ADDED)
			return tell_added(teller);
		if (kind == CHANGE_REMOVED)
			return tell_removed(teller);
		break;
	case CHANGE_OF_ADDRESS:
		return tell_address(teller);
	case CHANGE_OF_PEER:
		if (kind == CHANGE_REMOVED)
			return say(teller, true,
				   "it and we do not hear each other any more: both will be "
				   "Active, if it still runs");
		break;
	case CHANGE_OF_GROUP:
		return tell_sync_group(teller->change);
	case CHANGE_OF_SERVICE:
		if (kind == CHANGE_REMOVED)
			return say(teller, true, "leaves the kernel's table, %s",
				   connections(teller, "is cut", "are cut"));
		break;
	case CHANGE_OF_SERVER:
		if (kind == CHANGE_REMOVED)
			return tell_leaving(teller);
		if (kind == CHANGE_ADDED && change_group_server(teller->group)->alpha)
			return quiet("is down until its checks have passed");
		break;
	case CHANGE_OF_CHECK:
		return tell_check(teller);
	}
	return NOTHING;
}

struct traffic effect_traffic(const struct effect_facts *facts, const struct change_group *group,
			      struct arena *arena)
{
	const struct change *change = group->first;
	struct teller teller = {.facts = facts, .group = group, .change = change, .arena = arena};
	struct traffic traffic = NOTHING;

	if (change->object >= CHANGE_OF_INSTANCE && change->object <= CHANGE_OF_PEER) {
		if (change->before.owner != CHANGE_NOWHERE) {
			teller.before = &facts->before->instances[change->before.owner];
			if (!facts->instance(facts->data, change->before.owner, &teller.status))
				teller.status = (struct instance_status){0};
		}
		if (change->after.owner != CHANGE_NOWHERE)
			teller.after = &facts->after->instances[change->after.owner];
	}
	if (change->kind == CHANGE_VALUE)
		traffic = tell_value(&teller);
	return *traffic.text ? traffic : tell_object(&teller);
}
