/*
 * The virtual addresses in the kernel.  Level-triggered: each address has what is wanted and what
 * the kernel last said (interface.c's events and dumps), and whenever the two differ the change is
 * queued.  An address that somebody else removes while it is wanted is therefore added again at
 * once, and so are those that the kernel takes along when it removes the primary of their subnet.
 * An address that is already there is simply kept.
 *
 * Changes go out in batches, one sendmsg() for many, one batch per turn of the loop, so that five
 * thousand addresses never hold up an advert.  The kernel carries a batch out within the call and
 * only speaks up about errors; success is heard from the monitor like everything else.
 *
 * Objects live from the first configuration that names them until none does and the kernel has let
 * go of them.  A reload that moves an address between instances finds the same object, so it never
 * leaves the interface.
 *
 * While wanted, an address is leased (lease.c), unless the configuration says otherwise.  One whose
 * lease has ended is not added again before it is wanted anew: whoever did not run for so long may
 * have lost the role.  Each batch is put together after a look at what is wanted now, since the one
 * before may have waited for the kernel's lock for long, and removals go before additions.
 * Addresses carry a mark of who made them; what an owner (RFC 9568: priority 255) finds there
 * without it is the machine's own, and left alone.
 *
 * Options that a reload changes are changed in place where the kernel can do
 * that (lifetimes); else the address is removed and added in one batch, and where its kind allows
 * it (IPv4) a second one of another length keeps its packets coming in between.
 */
#include "vrrp/net/addresses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "vrrp/net/lease.h"
#include "vrrp/net/rtnetlink.h"

#define CHANGES_PER_TURN 16		       /* at most */
#define TURN_TIME	 (2 * USEC_PER_MSEC)   /* of the kernel, for which an advert may wait */
#define PAUSE		 (500 * USEC_PER_MSEC) /* so late, and deadlines that passed go first */
#define METRIC		 1024 /* of the routes to the prefixes of leased IPv6 addresses */
#define MESSAGES_MAX	 (4 * CHANGES_PER_TURN) /* see put_replacement() */
#define RETRY_INTERVAL	 USEC_PER_SEC

struct addresses {
	struct loop *loop;
	address_event_fn *event;
	addresses_look_fn *look;
	addresses_may_fn *may;
	void *data;
	int fd;
	struct leases *leases;
	unsigned changes; /* that a turn may make: fewer where each takes longer */
	struct virtual_address **buckets;
	size_t n_buckets; /* a power of two */
	struct virtual_address_queue queue;
	struct timer work;
	struct timer retry;
	/* What the batch on its way is about, by sequence number from first_sequence on. */
	struct virtual_address *sent[MESSAGES_MAX]; /* NULL: an error does not matter */
	uint32_t first_sequence, n_sent;
	struct rtnetlink_batch batch;
	struct rtnetlink_buffer buffer;
};

static size_t bucket_of(const struct addresses *addresses, const struct interface *interface,
			const struct address *address)
{
	uint64_t hash = hash_bytes(hash_number(HASH_SEED, (uintptr_t)interface), address->bytes,
				   sizeof(address->bytes));

	return (hash ^ hash >> 32) & (addresses->n_buckets - 1);
}

static struct virtual_address *first_in_bucket(const struct addresses *addresses,
					       const struct interface *interface,
					       const struct address *address)
{
	return addresses->n_buckets > 0
		       ? addresses->buckets[bucket_of(addresses, interface, address)]
		       : NULL;
}

static bool is_key(const struct virtual_address *a, const struct interface *interface,
		   const struct address *address, uint8_t prefix)
{
	return a->interface == interface && a->prefix == prefix &&
	       address_compare(&a->address, address) == 0;
}

static void bucket_add(struct addresses *addresses, struct virtual_address *a)
{
	size_t bucket = bucket_of(addresses, a->interface, &a->address);

	a->next = addresses->buckets[bucket];
	addresses->buckets[bucket] = a;
}

/* Two instances may have the same address: the kernel's stays while any of them wants it. */
static bool wanted_by_another(const struct addresses *addresses, const struct virtual_address *a)
{
	size_t bucket = bucket_of(addresses, a->interface, &a->address);

	for (const struct virtual_address *o = addresses->buckets[bucket]; o; o = o->next)
		if (o != a && o->wanted && is_key(o, a->interface, &a->address, a->prefix))
			return true;
	return false;
}

static bool lacks_lease(const struct virtual_address *a)
{
	return a->lease.seconds > 0 && !a->lease.class;
}

/* An address that we have asked for counts as there before the kernel has said so. */
static bool needs_change(const struct virtual_address *a)
{
	if (a->wanted && (a->lease.lapsed || (a->native && a->present)))
		return false;
	switch (a->wanted) {
	case ADDRESS_UNWANTED:
		/* A lease that was renewed as it ended may have brought it back, unseen as yet. */
		return !a->native &&
		       (a->present || a->added ||
			(a->lease.told > 0 &&
			 mono_before(mono_read(),
				     mono_add(a->lease.asked, a->lease.told * USEC_PER_SEC))));
	case ADDRESS_KEPT:
		return false;
	case ADDRESS_WANTED:
		return !a->present || a->outdated || lacks_lease(a);
	}
	fatal("addresses: wanted %d", a->wanted);
}

static void work_due(struct timer *timer, void *data)
{
	struct addresses *addresses = data;
	struct mono now = loop_now(addresses->loop);

	/* After a pause nothing is added before the elections have looked at their own deadlines,
	 * which are served first now. */
	if (mono_diff(now, timer->due) > PAUSE)
		timer_set(addresses->loop, timer, now, work_due, addresses);
	else
		addresses_work(addresses);
}

static void queue_change(struct addresses *addresses, struct virtual_address *a)
{
	if (!a->queued) {
		a->queued = true;
		if (a->wanted || !a->owner) /* at a reload the new comes before the old goes */
			TAILQ_INSERT_TAIL(&addresses->queue, a, change);
		else
			TAILQ_INSERT_HEAD(&addresses->queue, a, change);
	}
	if (!timer_is_set(&addresses->work))
		timer_set(addresses->loop, &addresses->work, loop_now(addresses->loop), work_due,
			  addresses);
}

static void unqueue(struct addresses *addresses, struct virtual_address *a)
{
	if (a->queued)
		TAILQ_REMOVE(&addresses->queue, a, change);
	a->queued = false;
}

static void destroy_address(struct addresses *addresses, struct virtual_address *a)
{
	unqueue(addresses, a);
	leases_end(addresses->leases, a);
	for (uint32_t i = 0; i < addresses->n_sent; i++)
		if (addresses->sent[i] == a)
			addresses->sent[i] = NULL;
	free(a);
}

static void tell(struct addresses *addresses, struct virtual_address *a, enum address_event event,
		 int error)
{
	if (a->owner)
		addresses->event(a, event, error, addresses->data);
}

void addresses_want(struct addresses *addresses, struct virtual_address *a,
		    enum address_want wanted)
{
	if (a->queued && a->wanted != wanted)
		unqueue(addresses, a); /* its place in the queue is another one now */
	a->wanted = wanted;
	if (wanted != ADDRESS_KEPT)
		a->lease.lapsed = false;
	if (needs_change(a))
		queue_change(addresses, a);
}

/* Begins a message about the address, with `prefix` for its own length. */
static struct nlmsghdr *begin_message(struct rtnetlink_batch *batch, uint16_t type, uint16_t flags,
				      const struct virtual_address *a, uint8_t prefix)
{
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)a->address.family,
					 .ifa_prefixlen = prefix,
					 .ifa_scope = a->scope,
					 .ifa_index = (uint32_t)a->interface->index};
	unsigned size = address_size(a->address.family);
	struct nlmsghdr *message = rtnetlink_begin(batch, type, flags, &header, sizeof(header));

	if (!message)
		fatal("addresses: the batch is too small");
	rtnetlink_put(batch, message, IFA_LOCAL, a->address.bytes, size);
	rtnetlink_put(batch, message, IFA_ADDRESS, a->address.bytes, size);
	return message;
}

/* `sent` is who hears of its failure. */
static struct nlmsghdr *put_message(struct addresses *addresses, uint16_t type, uint16_t flags,
				    const struct virtual_address *a, uint8_t prefix,
				    struct virtual_address *sent)
{
	if (addresses->n_sent == MESSAGES_MAX)
		fatal("addresses: too many messages");
	addresses->sent[addresses->n_sent++] = sent;
	return begin_message(&addresses->batch, type, flags, a, prefix);
}

/* For how long the node's own connections may still come from it. The kernel has no preference
 * that outlives the address. */
static uint32_t preference(const struct virtual_address *a, uint32_t valid)
{
	uint32_t left = a->preferred_lft;

	if (left != ADDRESS_FOREVER && left > 0) {
		int64_t age = mono_diff(mono_read(), a->added_at) / USEC_PER_SEC;

		left = age < left ? left - (uint32_t)age : 0;
	}
	return left < valid ? left : valid;
}

/*
 * The options of an addition.  IPv6: the peer that had it may still answer for it, and the election
 * has decided whose it is, so duplicates are not detected.  The route to the prefix lives as long
 * as the lease; a metric of its own keeps it apart from that of the machine's own addresses, which
 * would otherwise get its lifetime.
 */
static void put_options(struct rtnetlink_batch *batch, struct nlmsghdr *message,
			const struct virtual_address *a, uint32_t seconds)
{
	const struct ifa_cacheinfo lifetime = {.ifa_prefered = preference(a, seconds),
					       .ifa_valid = seconds};
	const uint32_t no_detection = IFA_F_NODAD, metric = METRIC;
	const uint8_t protocol = INTERFACE_PROTOCOL;

	if (!address_is_none(&a->broadcast))
		rtnetlink_put(batch, message, IFA_BROADCAST, a->broadcast.bytes,
			      address_size(a->address.family));
	if (a->label[0] != '\0')
		rtnetlink_put(batch, message, IFA_LABEL, a->label, strlen(a->label) + 1);
	if (a->address.family == AF_INET6) {
		rtnetlink_put(batch, message, IFA_FLAGS, &no_detection, sizeof(no_detection));
		if (seconds != ADDRESS_FOREVER)
			rtnetlink_put(batch, message, IFA_RT_PRIORITY, &metric, sizeof(metric));
	}
	rtnetlink_put(batch, message, IFA_PROTO, &protocol, sizeof(protocol));
	rtnetlink_put(batch, message, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
}

/* REPLACE: an address that is there already is made ours. */
static void put_renewal(struct rtnetlink_batch *batch, struct virtual_address *a, uint32_t seconds)
{
	put_options(batch,
		    begin_message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, a, a->prefix),
		    a, seconds);
}

/* A permanent IPv6 address that is to get a lease lets go of its route first: the kernel would give
 * the lifetime to the route, which may be that of the machine's own addresses too. */
static void release_route(struct addresses *addresses, const struct virtual_address *a)
{
	const struct ifa_cacheinfo lifetime = {ADDRESS_FOREVER, ADDRESS_FOREVER, 0, 0};
	const uint32_t no_route = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
	struct nlmsghdr *message = put_message(addresses, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
					       a, a->prefix, NULL);

	rtnetlink_put(&addresses->batch, message, IFA_FLAGS, &no_route, sizeof(no_route));
	rtnetlink_put(&addresses->batch, message, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
}

static void put_addition(struct addresses *addresses, struct virtual_address *a)
{
	uint32_t seconds = leases_seconds(addresses->leases, a);

	if (!a->present)
		a->added_at = mono_read();
	if (a->address.family == AF_INET6 && a->present && a->lasting && a->lease.seconds > 0)
		release_route(addresses, a);
	put_options(
		&addresses->batch,
		put_message(addresses, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, a, a->prefix, a),
		a, seconds);
	leases_begin(addresses->leases, a, seconds);
}

/*
 * IPv4: label, scope and broadcast of an address are never changed in place.  The same address with
 * another length is another address to the kernel, and keeps its local route while ours is gone.
 */
static void put_replacement(struct addresses *addresses, struct virtual_address *a)
{
	const uint8_t guard = a->prefix == 32 ? 31 : 32;
	const uint32_t no_route = IFA_F_NOPREFIXROUTE;
	struct nlmsghdr *message =
		put_message(addresses, RTM_NEWADDR, NLM_F_CREATE, a, guard, NULL);

	rtnetlink_put(&addresses->batch, message, IFA_FLAGS, &no_route, sizeof(no_route));
	put_message(addresses, RTM_DELADDR, 0, a, a->prefix, NULL);
	put_addition(addresses, a);
	put_message(addresses, RTM_DELADDR, 0, a, guard, NULL);
	a->replacing = true;
}

/* IPv6: an interface has an address only once, whatever its length. An unwanted one of another
 * length goes before ours can come. */
static void clear_the_way(struct addresses *addresses, const struct virtual_address *a)
{
	size_t bucket = bucket_of(addresses, a->interface, &a->address);

	for (struct virtual_address *o = addresses->buckets[bucket]; o; o = o->next) {
		if (o == a || o->wanted || !(o->present || o->added) ||
		    !is_key(o, a->interface, &a->address, o->prefix))
			continue;
		unqueue(addresses, o);
		o->added = false;
		put_message(addresses, RTM_DELADDR, 0, o, o->prefix, o);
	}
}

static void put_change(struct addresses *addresses, struct virtual_address *a)
{
	if (!a->wanted) {
		leases_end(addresses->leases, a);
		a->lease.told = 0;
		put_message(addresses, RTM_DELADDR, 0, a, a->prefix, a);
	} else if (a->outdated == ADDRESS_FAILED) {
		put_message(addresses, RTM_DELADDR, 0, a, a->prefix, NULL);
		put_addition(addresses, a);
		a->replacing = true;
	} else if (a->outdated == ADDRESS_OTHER_OPTIONS) {
		put_replacement(addresses, a);
	} else {
		if (a->address.family == AF_INET6 && !a->present)
			clear_the_way(addresses, a);
		put_addition(addresses, a);
	}
	a->outdated = ADDRESS_UP_TO_DATE;
}

/* Takes from the queue what a batch holds; what has settled itself meanwhile is dropped. */
static void fill_batch(struct addresses *addresses)
{
	struct virtual_address *a;
	unsigned n_changes = 0;

	addresses->first_sequence = addresses->batch.sequence;
	addresses->n_sent = 0;
	while (n_changes < addresses->changes && (a = TAILQ_FIRST(&addresses->queue)) != NULL) {
		unqueue(addresses, a);
		if (!needs_change(a) || a->interface->index == 0)
			continue;
		if (a->wanted && !addresses->may(a, addresses->data))
			continue; /* it will be wanted anew */
		a->added = a->wanted;
		if (!a->wanted && wanted_by_another(addresses, a)) {
			a->present = false;
			leases_end(addresses->leases, a);
			tell(addresses, a, ADDRESS_WENT, 0);
			continue;
		}
		put_change(addresses, a);
		n_changes++;
	}
}

static void retry_due(struct timer *timer, void *data)
{
	struct addresses *addresses = data;

	(void)timer;
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a; a = a->next)
			if (a->refused && needs_change(a))
				queue_change(addresses, a);
}

static void refused(struct addresses *addresses, struct virtual_address *a, int error)
{
	a->refused = true;
	leases_end(addresses->leases, a);
	tell(addresses, a, ADDRESS_REFUSED, error);
	if (!timer_is_set(&addresses->retry))
		timer_set(addresses->loop, &addresses->retry,
			  mono_add(loop_now(addresses->loop), RETRY_INTERVAL), retry_due,
			  addresses);
}

/* The only answers to a batch are errors. */
static void handle_error(struct nlmsghdr *message, void *data)
{
	struct addresses *addresses = data;
	const struct nlmsgerr *answer = NLMSG_DATA(message);
	uint32_t position = message->nlmsg_seq - addresses->first_sequence;

	if (message->nlmsg_type != NLMSG_ERROR || answer->error == 0 ||
	    position >= addresses->n_sent || !addresses->sent[position])
		return;
	struct virtual_address *a = addresses->sent[position];
	if (a->replacing) { /* removed, but not added again */
		a->replacing = false;
		a->present = false;
	}
	if (!a->wanted && (answer->error == -EADDRNOTAVAIL || answer->error == -ENODEV)) {
		a->present = false; /* gone already */
		tell(addresses, a, ADDRESS_WENT, 0);
		return;
	}
	refused(addresses, a, -answer->error);
}

void addresses_work(struct addresses *addresses)
{
	struct mono begin = mono_read();
	int refused_all = 0;

	addresses->look(addresses->data);
	fill_batch(addresses);
	if (!rtnetlink_send(addresses->fd, &addresses->batch))
		refused_all = errno;
	for (uint32_t i = 0; i < addresses->n_sent; i++)
		if (addresses->sent[i])
			addresses->sent[i]->lease.asked = mono_read();
	for (uint32_t i = 0; refused_all != 0 && i < addresses->n_sent; i++)
		if (addresses->sent[i]) { /* the kernel would not even read the batch */
			addresses->sent[i]->replacing = false;
			refused(addresses, addresses->sent[i], refused_all);
		}
	rtnetlink_receive(addresses->fd, &addresses->buffer, MESSAGES_MAX, handle_error, addresses);
	int64_t took = mono_diff(mono_read(), begin);
	if (took > TURN_TIME) /* IPv6 among thousands takes milliseconds for each */
		addresses->changes = (addresses->changes + 1) / 2;
	else if (took < TURN_TIME / 2 && addresses->changes < CHANGES_PER_TURN)
		addresses->changes++;
	if (TAILQ_EMPTY(&addresses->queue))
		timer_cancel(&addresses->work);
	else
		timer_set(addresses->loop, &addresses->work, loop_now(addresses->loop), work_due,
			  addresses);
}

bool addresses_idle(const struct addresses *addresses)
{
	return TAILQ_EMPTY(&addresses->queue);
}

static void came(struct addresses *addresses, struct virtual_address *a,
		 const struct interface_word *word)
{
	bool before = a->present;

	a->replacing = false;
	a->ours = word->ours;
	a->lasting = word->lasting;
	if (!before && !a->added && a->permitted && !word->ours)
		a->native = true;
	if (word->fitness == FITNESS_DUPLICATE)
		a->outdated = ADDRESS_FAILED;
	else if (a->lease.seconds == 0 && !word->lasting && a->outdated == ADDRESS_UP_TO_DATE)
		a->outdated = ADDRESS_OTHER_LIFETIME;
	a->present = true;
	if (a->wanted && needs_change(a))
		queue_change(addresses, a);
	if (before)
		return;
	a->refused = false;
	tell(addresses, a, ADDRESS_CAME, 0);
}

static void went(struct addresses *addresses, struct virtual_address *a)
{
	bool told = a->lease.lapsed;

	if (a->replacing) { /* by ourselves: it has come again already */
		a->replacing = false;
		return;
	}
	if (!a->present)
		return;
	a->lease.lapsed = leases_lapsed(a);
	leases_end(addresses->leases, a);
	a->present = false;
	a->added = false;
	a->native = false;
	a->outdated = ADDRESS_UP_TO_DATE;
	if (a->lease.lapsed && a->wanted && !told)
		tell(addresses, a, ADDRESS_LAPSED, 0);
	else if (a->wanted == ADDRESS_WANTED && !a->lease.lapsed)
		tell(addresses, a, ADDRESS_STOLEN, 0);
	else
		tell(addresses, a, ADDRESS_WENT, 0);
	if (a->wanted && needs_change(a))
		queue_change(addresses, a);
}

static void on_lapsed(struct virtual_address *a, void *data)
{
	tell(data, a, ADDRESS_LAPSED, 0);
}

static bool on_seen(void *table, struct interface *interface, const struct address *address,
		    uint8_t prefix, const struct interface_word *word, bool listed)
{
	struct addresses *addresses = table;
	struct virtual_address *next;
	bool ours = false;

	for (struct virtual_address *a = first_in_bucket(addresses, interface, address); a;
	     a = next) {
		next = a->next;
		if (!is_key(a, interface, address, prefix))
			continue;
		ours = true;
		if (!dump_mark(&a->mark, listed))
			continue;
		if (word->fitness != FITNESS_MISSING)
			came(addresses, a, word);
		else
			went(addresses, a);
	}
	return ours;
}

static void on_dump_begin(void *table)
{
	struct addresses *addresses = table;

	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a; a = a->next)
			a->mark = (struct dump_mark){0};
}

static void on_dump_end(void *table)
{
	struct addresses *addresses = table;

	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a; a = a->next)
			if (!a->mark.seen)
				went(addresses, a);
}

const struct interface_addresses addresses_monitored = {on_seen, on_dump_begin, on_dump_end};

void addresses_interface_changed(struct addresses *addresses, const struct interface *interface)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a; a = a->next)
			if (a->interface == interface && a->wanted && needs_change(a))
				queue_change(addresses, a);
}

/* Every address loses its owner until a claim gives it a new one; buckets grow as needed. */
void addresses_reload_begin(struct addresses *addresses, size_t expected)
{
	struct virtual_address **old = addresses->buckets;
	size_t n_old = addresses->n_buckets, wanted = 64;

	while (wanted < expected)
		wanted *= 2;
	addresses->buckets = alloc_array(wanted, sizeof(*addresses->buckets));
	addresses->n_buckets = wanted;
	for (size_t i = 0; i < n_old; i++)
		while (old[i]) {
			struct virtual_address *a = old[i];

			old[i] = a->next;
			a->owner = NULL;
			bucket_add(addresses, a);
		}
	free(old);
}

static struct virtual_address *find_unclaimed(struct addresses *addresses,
					      struct interface *interface,
					      const struct address_conf *conf)
{
	struct virtual_address *a;

	for (a = addresses->buckets[bucket_of(addresses, interface, &conf->address)]; a;
	     a = a->next)
		if (!a->owner && is_key(a, interface, &conf->address, conf->prefix))
			return a;
	a = alloc(sizeof(*a));
	a->interface = interface;
	a->address = conf->address;
	a->prefix = conf->prefix;
	bucket_add(addresses, a);
	return a;
}

/* What of the new options the kernel does not have yet. */
static enum address_outdated compare_options(const struct virtual_address *a,
					     const struct address_claim *claim)
{
	const struct address_conf *conf = claim->conf;

	if (!a->present && !a->added)
		return ADDRESS_UP_TO_DATE; /* it will have them when it is added */
	if (a->address.family == AF_INET &&
	    (a->scope != conf->scope || address_compare(&a->broadcast, &conf->broadcast) != 0 ||
	     strncmp(a->label, conf->label ? conf->label : "", sizeof(a->label)) != 0))
		return ADDRESS_OTHER_OPTIONS;
	return a->preferred_lft != conf->preferred_lft || a->lease.seconds != claim->lease
		       ? ADDRESS_OTHER_LIFETIME
		       : a->outdated;
}

struct virtual_address *addresses_claim(struct addresses *addresses, struct interface *interface,
					const struct address_claim *claim)
{
	const struct address_conf *conf = claim->conf;
	struct virtual_address *a = find_unclaimed(addresses, interface, conf);

	a->outdated = compare_options(a, claim);
	a->owner = claim->owner;
	a->lease.seconds = claim->lease;
	a->permitted = claim->permitted;
	a->native &= claim->permitted;
	a->scope = conf->scope;
	a->broadcast = conf->broadcast;
	a->preferred_lft = conf->preferred_lft;
	memset(a->label, 0, sizeof(a->label));
	if (conf->label)
		memcpy(a->label, conf->label, strnlen(conf->label, sizeof(a->label) - 1));
	if (a->wanted && needs_change(a))
		queue_change(addresses, a);
	return a;
}

void addresses_reload_end(struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->n_buckets; i++) {
		struct virtual_address **place = &addresses->buckets[i];

		while (*place != NULL) {
			struct virtual_address *a = *place;

			if (!a->owner && a->wanted)
				addresses_want(addresses, a, ADDRESS_UNWANTED);
			if (a->owner || a->queued) {
				place = &a->next;
				continue;
			}
			*place = a->next;
			destroy_address(addresses, a);
		}
	}
}

void addresses_leave(struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a; a = a->next) {
			if (!a->present || a->wanted != ADDRESS_WANTED || a->lease.seconds == 0)
				continue;
			a->lease.seconds = 0;
			a->outdated = ADDRESS_OTHER_LIFETIME;
			addresses_want(addresses, a, ADDRESS_WANTED);
		}
}

uint32_t addresses_port(const struct addresses *addresses)
{
	return leases_port(addresses->leases);
}

static bool may_renew(const struct virtual_address *a, void *data)
{
	const struct addresses *addresses = data;

	return a->wanted == ADDRESS_WANTED && addresses->may(a, addresses->data);
}

struct addresses *addresses_create(struct loop *loop, address_event_fn *event,
				   addresses_look_fn *look, addresses_may_fn *may, void *data)
{
	struct addresses *addresses = alloc(sizeof(*addresses));

	addresses->loop = loop;
	addresses->event = event;
	addresses->look = look;
	addresses->may = may;
	addresses->data = data;
	addresses->fd = rtnetlink_open(0);
	addresses->leases = leases_create(loop, put_renewal, may_renew, on_lapsed, addresses);
	addresses->changes = CHANGES_PER_TURN;
	TAILQ_INIT(&addresses->queue);
	return addresses;
}

void addresses_destroy(struct addresses *addresses)
{
	timer_cancel(&addresses->work);
	timer_cancel(&addresses->retry);
	for (size_t i = 0; i < addresses->n_buckets; i++)
		while (addresses->buckets[i]) {
			struct virtual_address *a = addresses->buckets[i];

			addresses->buckets[i] = a->next;
			destroy_address(addresses, a);
		}
	leases_destroy(addresses->leases);
	free(addresses->buckets);
	close(addresses->fd);
	free(addresses);
}
