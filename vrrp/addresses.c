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
 * leaves the interface.  Options that a reload changes are changed in place where the kernel can do
 * that (lifetimes); else the address is removed and added in one batch, and where its kind allows
 * it (IPv4) a second one of another length keeps its packets coming in between.
 */
#include "vrrp/addresses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "vrrp/rtnetlink.h"

#define CHANGES_PER_TURN 16 /* about 2 ms of the kernel's time among thousands of addresses */
#define MESSAGES_MAX	 (4 * CHANGES_PER_TURN) /* see put_replacement() */
#define RETRY_INTERVAL	 USEC_PER_SEC
#define LIFETIME_FOREVER ADDRESS_FOREVER

struct addresses {
	struct loop *loop;
	address_news_fn *news;
	address_forget_fn *forget;
	void *data;
	int fd;
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
	uint64_t hash = (uintptr_t)interface;

	for (unsigned i = 0; i < sizeof(address->bytes); i++)
		hash = (hash ^ address->bytes[i]) * UINT64_C(0x100000001b3);
	return (hash ^ hash >> 32) & (addresses->n_buckets - 1);
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

	for (const struct virtual_address *o = addresses->buckets[bucket]; o != NULL; o = o->next)
		if (o != a && o->wanted && is_key(o, a->interface, &a->address, a->prefix))
			return true;
	return false;
}

/* An address that we have asked for counts as there before the kernel has said so. */
static bool needs_change(const struct virtual_address *a)
{
	return a->wanted ? !a->present || a->outdated : a->present || a->added;
}

static void work_due(struct timer *timer, void *data)
{
	(void)timer;
	addresses_work(data);
}

static void queue_change(struct addresses *addresses, struct virtual_address *a)
{
	if (!a->queued) {
		a->queued = true;
		TAILQ_INSERT_TAIL(&addresses->queue, a, change);
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
	addresses->forget(a, addresses->data);
	unqueue(addresses, a);
	for (uint32_t i = 0; i < addresses->n_sent; i++)
		if (addresses->sent[i] == a)
			addresses->sent[i] = NULL;
	free(a);
}

static void tell(struct addresses *addresses, struct virtual_address *a, enum address_news news,
		 int error)
{
	if (a->owner != NULL)
		addresses->news(a, news, error, addresses->data);
}

void addresses_want(struct addresses *addresses, struct virtual_address *a, bool wanted)
{
	a->wanted = wanted;
	if (needs_change(a))
		queue_change(addresses, a);
}

/* The one place that knows how long an address lives in the kernel. */
static void put_lifetime(struct rtnetlink_batch *batch, struct nlmsghdr *message,
			 const struct virtual_address *a)
{
	const struct ifa_cacheinfo lifetime = {.ifa_prefered = a->preferred_lft,
					       .ifa_valid = LIFETIME_FOREVER};

	rtnetlink_put(batch, message, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
}

/* A message about the address, with `prefix` for its own length; `a` is who hears of its failure.
 */
static struct nlmsghdr *put_message(struct addresses *addresses, uint16_t type, uint16_t flags,
				    const struct virtual_address *a, uint8_t prefix,
				    struct virtual_address *sent)
{
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)a->address.family,
					 .ifa_prefixlen = prefix,
					 .ifa_scope = a->scope,
					 .ifa_index = (uint32_t)a->interface->index};
	unsigned size = address_size(a->address.family);
	struct nlmsghdr *message =
		rtnetlink_begin(&addresses->batch, type, flags, &header, sizeof(header));

	if (message == NULL || addresses->n_sent == MESSAGES_MAX)
		fatal("addresses: the batch is too small");
	rtnetlink_put(&addresses->batch, message, IFA_LOCAL, a->address.bytes, size);
	rtnetlink_put(&addresses->batch, message, IFA_ADDRESS, a->address.bytes, size);
	addresses->sent[addresses->n_sent++] = sent;
	return message;
}

static void put_addition(struct addresses *addresses, struct virtual_address *a)
{
	struct rtnetlink_batch *batch = &addresses->batch;
	const uint32_t no_detection = IFA_F_NODAD;
	/* REPLACE: an address that is there already is made ours. */
	struct nlmsghdr *message =
		put_message(addresses, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, a, a->prefix, a);

	if (!address_is_none(&a->broadcast))
		rtnetlink_put(batch, message, IFA_BROADCAST, a->broadcast.bytes,
			      address_size(a->address.family));
	if (a->label[0] != '\0')
		rtnetlink_put(batch, message, IFA_LABEL, a->label, strlen(a->label) + 1);
	/* The peer that had it may still answer for it: the election has decided whose it is. */
	if (a->address.family == AF_INET6)
		rtnetlink_put(batch, message, IFA_FLAGS, &no_detection, sizeof(no_detection));
	put_lifetime(batch, message, a);
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

	for (struct virtual_address *o = addresses->buckets[bucket]; o != NULL; o = o->next) {
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
		put_message(addresses, RTM_DELADDR, 0, a, a->prefix, a);
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
	while (n_changes < CHANGES_PER_TURN && (a = TAILQ_FIRST(&addresses->queue)) != NULL) {
		unqueue(addresses, a);
		if (!needs_change(a) || a->interface->index == 0)
			continue;
		a->added = a->wanted;
		if (!a->wanted && wanted_by_another(addresses, a)) {
			a->present = false;
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
		for (struct virtual_address *a = addresses->buckets[i]; a != NULL; a = a->next)
			if (a->refused && needs_change(a))
				queue_change(addresses, a);
}

static void refused(struct addresses *addresses, struct virtual_address *a, int error)
{
	a->refused = true;
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
	struct virtual_address *a;

	if (message->nlmsg_type != NLMSG_ERROR || answer->error == 0 ||
	    position >= addresses->n_sent || addresses->sent[position] == NULL)
		return;
	a = addresses->sent[position];
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

/* The kernel would not even read the batch. */
static void refuse_batch(struct addresses *addresses, int error)
{
	for (uint32_t i = 0; i < addresses->n_sent; i++)
		if (addresses->sent[i] != NULL) {
			addresses->sent[i]->replacing = false;
			refused(addresses, addresses->sent[i], error);
		}
}

void addresses_work(struct addresses *addresses)
{
	fill_batch(addresses);
	if (!rtnetlink_send(addresses->fd, &addresses->batch))
		refuse_batch(addresses, errno);
	rtnetlink_receive(addresses->fd, &addresses->buffer, MESSAGES_MAX, handle_error, addresses);
	if (TAILQ_EMPTY(&addresses->queue))
		timer_cancel(&addresses->work);
	else
		timer_set(addresses->loop, &addresses->work, loop_now(addresses->loop), work_due,
			  addresses);
}

struct virtual_address *addresses_find(struct addresses *addresses,
				       const struct interface *interface,
				       const struct address *address)
{
	struct virtual_address *a;

	if (addresses->n_buckets == 0)
		return NULL;
	a = addresses->buckets[bucket_of(addresses, interface, address)];
	while (a != NULL && (!a->wanted || a->interface != interface ||
			     address_compare(&a->address, address) != 0))
		a = a->next;
	return a;
}

void addresses_each(struct addresses *addresses,
		    void (*call)(struct virtual_address *address, void *data), void *data)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a != NULL; a = a->next)
			call(a, data);
}

bool addresses_idle(const struct addresses *addresses)
{
	return TAILQ_EMPTY(&addresses->queue);
}

static void came(struct addresses *addresses, struct virtual_address *a)
{
	a->seen = true;
	a->replacing = false;
	if (a->present)
		return;
	a->present = true;
	a->refused = false;
	tell(addresses, a, ADDRESS_CAME, 0);
}

static void went(struct addresses *addresses, struct virtual_address *a)
{
	if (a->replacing) { /* by ourselves: it has come again already */
		a->replacing = false;
		return;
	}
	if (!a->present)
		return;
	a->present = false;
	a->added = false;
	a->outdated = ADDRESS_UP_TO_DATE;
	tell(addresses, a, a->wanted ? ADDRESS_STOLEN : ADDRESS_WENT, 0);
	if (a->wanted)
		queue_change(addresses, a);
}

bool addresses_saw(struct addresses *addresses, struct interface *interface,
		   const struct address *address, uint8_t prefix, bool present)
{
	struct virtual_address *a, *next;
	bool ours = false;

	if (addresses->n_buckets == 0)
		return false;
	for (a = addresses->buckets[bucket_of(addresses, interface, address)]; a != NULL;
	     a = next) {
		next = a->next;
		if (!is_key(a, interface, address, prefix))
			continue;
		ours = true;
		if (present)
			came(addresses, a);
		else
			went(addresses, a);
	}
	return ours;
}

void addresses_dump_begin(struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a != NULL; a = a->next)
			a->seen = false;
}

void addresses_dump_end(struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a != NULL; a = a->next)
			if (!a->seen)
				went(addresses, a);
}

void addresses_interface_changed(struct addresses *addresses, const struct interface *interface)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct virtual_address *a = addresses->buckets[i]; a != NULL; a = a->next)
			if (a->interface == interface && a->wanted && !a->present)
				queue_change(addresses, a);
}

/* Every address loses its owner until a claim gives it a new one; buckets grow as needed. */
void addresses_reload_begin(struct addresses *addresses, size_t expected)
{
	struct virtual_address **old = addresses->buckets;
	size_t n_old = addresses->n_buckets, wanted = 64;

	while (wanted < expected)
		wanted *= 2;
	addresses->buckets = calloc(wanted, sizeof(*addresses->buckets));
	if (addresses->buckets == NULL)
		fatal("no memory for %zu addresses", expected);
	addresses->n_buckets = wanted;
	for (size_t i = 0; i < n_old; i++)
		while (old[i] != NULL) {
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

	for (a = addresses->buckets[bucket_of(addresses, interface, &conf->address)]; a != NULL;
	     a = a->next)
		if (a->owner == NULL && is_key(a, interface, &conf->address, conf->prefix))
			return a;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		fatal("no memory for an address");
	a->interface = interface;
	a->address = conf->address;
	a->prefix = conf->prefix;
	bucket_add(addresses, a);
	return a;
}

/* What of the new options the kernel does not have yet. */
static enum address_outdated compare_options(const struct virtual_address *a,
					     const struct address_conf *conf)
{
	if (!a->present && !a->added)
		return ADDRESS_UP_TO_DATE; /* it will have them when it is added */
	if (a->address.family == AF_INET &&
	    (a->scope != conf->scope || address_compare(&a->broadcast, &conf->broadcast) != 0 ||
	     strncmp(a->label, conf->label != NULL ? conf->label : "", sizeof(a->label)) != 0))
		return ADDRESS_OTHER_OPTIONS;
	return a->preferred_lft != conf->preferred_lft ? ADDRESS_OTHER_LIFETIME : a->outdated;
}

struct virtual_address *addresses_claim(struct addresses *addresses, struct interface *interface,
					const struct address_conf *conf, void *owner)
{
	struct virtual_address *a = find_unclaimed(addresses, interface, conf);

	a->outdated = compare_options(a, conf);
	a->owner = owner;
	a->scope = conf->scope;
	a->broadcast = conf->broadcast;
	a->preferred_lft = conf->preferred_lft;
	memset(a->label, 0, sizeof(a->label));
	if (conf->label != NULL)
		memcpy(a->label, conf->label, strnlen(conf->label, sizeof(a->label) - 1));
	if (a->wanted && a->outdated)
		queue_change(addresses, a);
	return a;
}

void addresses_reload_end(struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->n_buckets; i++) {
		struct virtual_address **place = &addresses->buckets[i];

		while (*place != NULL) {
			struct virtual_address *a = *place;

			if (a->owner == NULL && a->wanted)
				addresses_want(addresses, a, false);
			if (a->owner != NULL || a->queued) {
				place = &a->next;
				continue;
			}
			*place = a->next;
			destroy_address(addresses, a);
		}
	}
}

struct addresses *addresses_create(struct loop *loop, address_news_fn *news,
				   address_forget_fn *forget, void *data)
{
	struct addresses *addresses = calloc(1, sizeof(*addresses));

	if (addresses == NULL)
		fatal("no memory for the addresses");
	addresses->loop = loop;
	addresses->news = news;
	addresses->forget = forget;
	addresses->data = data;
	addresses->fd = rtnetlink_open(0);
	TAILQ_INIT(&addresses->queue);
	return addresses;
}

void addresses_destroy(struct addresses *addresses)
{
	timer_cancel(&addresses->work);
	timer_cancel(&addresses->retry);
	for (size_t i = 0; i < addresses->n_buckets; i++)
		while (addresses->buckets[i] != NULL) {
			struct virtual_address *a = addresses->buckets[i];

			addresses->buckets[i] = a->next;
			destroy_address(addresses, a);
		}
	free(addresses->buckets);
	close(addresses->fd);
	free(addresses);
}
