/*
 * The virtual addresses as the elections see them: what each instance wants, and what the kernel
 * last said by interface.c's events and dumps.  Nothing is changed here: that is net's, which says
 * what it alone knows (an address was taken away, is refused, or its lease has ended).  The
 * kernel's own word lets us announce, so that nobody waits for net to come round to telling.
 *
 * Objects live as long as configurations name them.  One that moves between instances at a reload
 * stays the same.
 */
#include "vrrp/instance_address.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/hash.h"

struct instance_addresses {
	instance_address_fn *event;
	void *data;
	struct instance_address **buckets;
	size_t n_buckets; /* a power of two; 0 before the first configuration */
};

static struct instance_address **bucket_of(const struct instance_addresses *addresses,
					   const struct interface *interface,
					   const struct address *address)
{
	uint64_t hash = hash_bytes(hash_number(HASH_SEED, (uintptr_t)interface), address->bytes,
				   sizeof(address->bytes));

	return &addresses->buckets[(hash ^ hash >> 32) & (addresses->n_buckets - 1)];
}

static struct instance_address *first_of(const struct instance_addresses *addresses,
					 const struct interface *interface,
					 const struct address *address)
{
	return addresses->n_buckets > 0 ? *bucket_of(addresses, interface, address) : NULL;
}

static bool is_key(const struct instance_address *a, const struct interface *interface,
		   const struct address *address, uint8_t prefix)
{
	return a->interface == interface && a->prefix == prefix &&
	       address_compare(&a->address, address) == 0;
}

static void bucket_add(struct instance_addresses *addresses, struct instance_address *a)
{
	struct instance_address **bucket = bucket_of(addresses, a->interface, &a->address);

	a->next = *bucket;
	*bucket = a;
}

static void tell(struct instance_addresses *addresses, struct instance_address *a,
		 enum address_event event, int error)
{
	if (a->owner)
		addresses->event(a, event, error, addresses->data);
}

static void came(struct instance_addresses *addresses, struct instance_address *a,
		 const struct interface_word *word)
{
	bool before = a->present;

	a->lease = word->lasting		       ? 0
		   : word->valid > a->configured_lease ? word->valid
						       : a->configured_lease;
	a->present = true;
	a->refused = a->lapsed = false;
	if (!before)
		tell(addresses, a, ADDRESS_CAME, 0);
}

static void went(struct instance_addresses *addresses, struct instance_address *a)
{
	if (!a->present)
		return;
	a->present = false;
	a->lease = 0;
	tell(addresses, a, ADDRESS_WENT, 0);
}

static bool on_seen(void *table, struct interface *interface, const struct address *address,
		    uint8_t prefix, const struct interface_word *word, bool listed)
{
	struct instance_addresses *addresses = table;
	bool virtual = false;

	for (struct instance_address *a = first_of(addresses, interface, address); a; a = a->next) {
		if (!is_key(a, interface, address, prefix))
			continue;
		virtual = true;
		if (!dump_mark(&a->mark, listed))
			continue;
		if (word->fitness != FITNESS_MISSING)
			came(addresses, a, word);
		else
			went(addresses, a);
	}
	return virtual;
}

void instance_addresses_each(struct instance_addresses *addresses,
			     void (*call)(struct instance_address *address, void *data), void *data)
{
	for (size_t i = 0; i < addresses->n_buckets; i++)
		for (struct instance_address *a = addresses->buckets[i]; a; a = a->next)
			call(a, data);
}

static void forget_dump(struct instance_address *a, void *data)
{
	(void)data;
	a->mark = (struct dump_mark){0};
}

static void end_dump(struct instance_address *a, void *data)
{
	if (!a->mark.seen)
		went(data, a);
}

static void on_dump_begin(void *table)
{
	instance_addresses_each(table, forget_dump, NULL);
}

static void on_dump_end(void *table)
{
	instance_addresses_each(table, end_dump, table);
}

const struct interface_addresses instance_addresses_monitored = {on_seen, on_dump_begin,
								 on_dump_end};

void instance_addresses_told(struct instance_addresses *addresses,
			     const struct interface *interface,
			     const struct message_address *message)
{
	enum address_event event = (enum address_event)message->event;

	for (struct instance_address *a = first_of(addresses, interface, &message->address); a;
	     a = a->next) {
		if (!is_key(a, interface, &message->address, message->prefix))
			continue;
		a->refused |= a->wanted && event == ADDRESS_REFUSED;
		a->lapsed |= a->wanted && event == ADDRESS_LAPSED;
		tell(addresses, a, event, message->error);
	}
}

struct instance_address *instance_addresses_find(struct instance_addresses *addresses,
						 const struct interface *interface,
						 const struct address *address, bool wanted)
{
	struct instance_address *a = first_of(addresses, interface, address);

	while (a && ((wanted && !a->wanted) || a->interface != interface ||
		     address_compare(&a->address, address) != 0))
		a = a->next;
	return a;
}

bool instance_address_sender(const struct announcement *announcement,
			     struct neighbour_sender *sender)
{
	const struct instance_address *a = announcement->owner;

	*sender = interface_sender(a->interface);
	return a->present && a->interface->announces && a->interface->index != 0;
}

/* ---- configuration ---- */

void instance_addresses_reload_begin(struct instance_addresses *addresses, size_t expected)
{
	struct instance_address **old = addresses->buckets;
	size_t n_old = addresses->n_buckets, wanted = 64;

	while (wanted < expected)
		wanted *= 2;
	addresses->buckets = alloc_array(wanted, sizeof(struct instance_address *));
	addresses->n_buckets = wanted;
	for (size_t i = 0; i < n_old; i++)
		while (old[i]) {
			struct instance_address *a = old[i];

			old[i] = a->next;
			a->owner = NULL;
			bucket_add(addresses, a);
		}
	free(old);
}

struct instance_address *instance_addresses_claim(struct instance_addresses *addresses,
						  struct interface *interface,
						  const struct address_conf *conf,
						  struct instance *owner)
{
	struct instance_address *a = first_of(addresses, interface, &conf->address);

	while (a && (a->owner || !is_key(a, interface, &conf->address, conf->prefix)))
		a = a->next;
	if (!a) {
		a = alloc(sizeof(*a));
		a->interface = interface;
		a->address = conf->address;
		a->prefix = conf->prefix;
		a->announcement =
			(struct announcement){a, a->address, interface->name, 0, NULL, {0}};
		bucket_add(addresses, a);
	}
	a->owner = owner;
	return a;
}

void instance_addresses_reload_end(struct instance_addresses *addresses)
{
	for (size_t i = 0; i < addresses->n_buckets; i++) {
		struct instance_address **place = &addresses->buckets[i];

		while (*place) {
			struct instance_address *a = *place;

			if (a->owner) {
				place = &a->next;
				continue;
			}
			*place = a->next;
			announce_cancel(&a->announcement);
			free(a);
		}
	}
}

struct instance_addresses *instance_addresses_create(instance_address_fn *event, void *data)
{
	struct instance_addresses *addresses = alloc(sizeof(*addresses));

	addresses->event = event;
	addresses->data = data;
	return addresses;
}

void instance_addresses_destroy(struct instance_addresses *addresses)
{
	instance_addresses_reload_begin(addresses, 0); /* nobody owns any */
	instance_addresses_reload_end(addresses);
	free(addresses->buckets);
	free(addresses);
}
