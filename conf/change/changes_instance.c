/*
 * Comparison of instances with their addresses and peers (changes.c).
 *
 * An address is the same within its instance whatever its interface and length, which are then
 * values that changed; but another instance has the same one only if the kernel, too, would call it
 * the same.  Addresses are looked at once more in the end: one that leaves an instance and is
 * another's now has moved.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/change/changes_parts.h"
#include "conf/table/hmac_key.h"
#include "core/base/hash.h"
#include "core/base/log.h"

static uint64_t instance_hash(const void *object)
{
	const struct instance_conf *instance = object;

	return hash_number(hash_bytes(HASH_SEED, instance->interface, strlen(instance->interface)),
			   (uint64_t)instance->family << 8 | instance->vrid);
}

static bool instance_equal(const void *a, const void *b)
{
	const struct instance_conf *left = a, *right = b;

	return left->vrid == right->vrid && left->family == right->family &&
	       strcmp(left->interface, right->interface) == 0;
}

static uint64_t address_hash(const void *object)
{
	const struct address_conf *address = object;

	return match_hash_address(HASH_SEED, &address->address);
}

static bool address_equal(const void *a, const void *b)
{
	const struct address_conf *left = a, *right = b;

	return address_compare(&left->address, &right->address) == 0;
}

/* To the kernel it is the same one. */
static bool kernel_address_equal(const void *a, const void *b)
{
	const struct address_conf *left = a, *right = b;

	return address_equal(a, b) && left->prefix == right->prefix &&
	       strcmp(left->interface, right->interface) == 0;
}

static uint64_t peer_hash(const void *object)
{
	const struct peer_conf *peer = object;

	return match_hash_address(HASH_SEED, &peer->address);
}

static bool peer_equal(const void *a, const void *b)
{
	const struct peer_conf *left = a, *right = b;

	return address_compare(&left->address, &right->address) == 0;
}

static const struct identity instance_identity = {sizeof(struct instance_conf), instance_hash,
						  instance_equal};
static const struct identity address_identity = {sizeof(struct address_conf), address_hash,
						 address_equal};
static const struct identity kernel_address_identity = {sizeof(struct address_conf), address_hash,
							kernel_address_equal};
static const struct identity peer_identity = {sizeof(struct peer_conf), peer_hash, peer_equal};

static void compare_address(struct search *search, const struct change *like)
{
	const struct instance_conf *a = &search->before->instances[like->before.owner];
	const struct instance_conf *b = &search->after->instances[like->after.owner];
	const struct address_conf *left = &a->addresses[like->before.part];
	const struct address_conf *right = &b->addresses[like->after.part];
	char old_prefix[8], new_prefix[8];

	snprintf(old_prefix, sizeof(old_prefix), "/%u", left->prefix);
	snprintf(new_prefix, sizeof(new_prefix), "/%u", right->prefix);
	compare_texts(search, like, "prefix", old_prefix, new_prefix);
	compare_texts(search, like, "excluded", like->before.part < a->n_advertised ? "no" : "yes",
		      like->after.part < b->n_advertised ? "no" : "yes");
	compare_members(search, like, BLOCK_ADDRESS, sizeof(*left), left, right);
	compare_rests(search, like, left->unsupported, right->unsupported);
}

static void compare_peer(struct search *search, const struct change *like)
{
	compare_members(
		search, like, BLOCK_PEER, sizeof(struct peer_conf),
		&search->before->instances[like->before.owner].transport.peers[like->before.part],
		&search->after->instances[like->after.owner].transport.peers[like->after.part]);
}

#define KEY_TEXT_SIZE 32

static void key_text(const struct hmac_key_conf *key, const char *more, char text[KEY_TEXT_SIZE])
{
	if (!key)
		snprintf(text, KEY_TEXT_SIZE, "none");
	else
		snprintf(text, KEY_TEXT_SIZE, "%u ********%s", key->id, more);
}

/* Only that a secret is another one is told, never what it is. */
static void compare_keys(struct search *search, const struct change *like,
			 const struct hmac_conf *before, const struct hmac_conf *after)
{
	char old_text[KEY_TEXT_SIZE], new_text[KEY_TEXT_SIZE];

	for (unsigned id = 1; id <= UINT8_MAX; id++) {
		const struct hmac_key_conf *a = hmac_key_find(before, id);
		const struct hmac_key_conf *b = hmac_key_find(after, id);

		key_text(a, "", old_text);
		key_text(b, a && b && !hmac_key_equal(a, b) ? " (another)" : "", new_text);
		compare_texts(search, like, "key", old_text, new_text);
	}
}

static void compare_instance(struct search *search, uint32_t old_index, uint32_t new_index)
{
	const struct instance_conf *a = &search->before->instances[old_index];
	const struct instance_conf *b = &search->after->instances[new_index];
	const struct objects old_addresses = {a->addresses, a->n_addresses};
	const struct objects new_addresses = {b->addresses, b->n_addresses};
	const struct objects old_peers = {a->transport.peers, a->transport.n_peers};
	const struct objects new_peers = {b->transport.peers, b->transport.n_peers};
	struct change like = {.kind = CHANGE_VALUE,
			      .object = CHANGE_OF_INSTANCE,
			      .before = {old_index, CHANGE_NOWHERE, CHANGE_NOWHERE},
			      .after = {new_index, CHANGE_NOWHERE, CHANGE_NOWHERE}};
	struct matching matching;

	compare_texts(search, &like, "name", a->name, b->name);
	compare_members(search, &like, BLOCK_INSTANCE, sizeof(*a), a, b);
	compare_members(search, &like, BLOCK_AUTHENTICATION, sizeof(*a), a, b);
	compare_members(search, &like, BLOCK_AUTH_HMAC, sizeof(*a), a, b);
	compare_keys(search, &like, &a->hmac, &b->hmac);
	compare_rests(search, &like, a->unsupported, b->unsupported);
	like.object = CHANGE_OF_ADDRESS;
	matching_create(&matching, a->n_addresses, b->n_addresses);
	match(&matching, &old_addresses, &new_addresses, &kernel_address_identity);
	match(&matching, &old_addresses, &new_addresses, &address_identity);
	compare_parts(search, &like, &matching, a->n_addresses, b->n_addresses, compare_address);
	matching_free(&matching);
	like.object = CHANGE_OF_PEER;
	matching_create(&matching, a->transport.n_peers, b->transport.n_peers);
	match(&matching, &old_peers, &new_peers, &peer_identity);
	compare_parts(search, &like, &matching, a->transport.n_peers, b->transport.n_peers,
		      compare_peer);
	matching_free(&matching);
}

/* ---- addresses that moved ---- */

/* All addresses of a configuration, by hash, and whose they are. */
struct holders {
	const struct conf *conf;
	struct hash hash;
	struct change_place *places;
	const struct address_conf *wanted;
	uint32_t owner; /* the instance to look in, */
	bool is_other;	/* or, if so, not to look in */
};

static const struct address_conf *address_of(const struct conf *conf,
					     const struct change_place *place)
{
	return &conf->instances[place->owner].addresses[place->part];
}

static void holders_create(struct holders *holders, const struct conf *conf)
{
	size_t n = 0;
	uint32_t i, j, next = 0;

	for (i = 0; i < conf->n_instances; i++)
		n += conf->instances[i].n_addresses;
	*holders = (struct holders){.conf = conf,
				    .places = calloc(n + 1, sizeof(struct change_place))};
	if (!holders->places)
		fatal("out of memory");
	for (i = 0; i < conf->n_instances; i++) {
		for (j = 0; j < conf->instances[i].n_addresses; j++) {
			holders->places[next] = (struct change_place){i, j, CHANGE_NOWHERE};
			hash_add(&holders->hash, address_hash(&conf->instances[i].addresses[j]),
				 next++);
		}
	}
}

static void holders_free(struct holders *holders)
{
	hash_free(&holders->hash);
	free(holders->places);
}

static bool is_holder(const void *context, uint32_t item)
{
	const struct holders *holders = context;
	const struct change_place *place = &holders->places[item];

	return (place->owner == holders->owner) != holders->is_other &&
	       kernel_address_equal(holders->wanted, address_of(holders->conf, place));
}

static const struct change_place *find_holder(struct holders *holders,
					      const struct address_conf *address, uint32_t owner,
					      bool is_other)
{
	uint32_t found;

	holders->wanted = address;
	holders->owner = owner;
	holders->is_other = is_other;
	found = hash_find(&holders->hash, address_hash(address), is_holder, holders);
	return found == HASH_NONE ? NULL : &holders->places[found];
}

/* An address came to an instance: did another one leave it? False: that one's change says so. */
static bool find_origin(struct change *change, struct holders *before, struct holders *after,
			const struct matching *instances)
{
	const struct address_conf *address = address_of(after->conf, &change->after);
	const struct change_place *place = find_holder(before, address, change->before.owner, true);
	uint32_t remains;

	if (!place)
		return true;
	remains = instances->of_old[place->owner];
	if (remains != MATCH_NONE)
		return find_holder(after, address, remains, false); /* it has it still */
	change->before = *place;
	change->kind = CHANGE_MOVED;
	return true;
}

/* Which new instance a removed address is of, and which old one an added address was of. */
static void find_moves(struct search *search, const struct matching *instances)
{
	struct change *list = search->found.items;
	struct holders before, after;
	size_t i, kept = 0;

	holders_create(&before, search->before);
	holders_create(&after, search->after);
	for (i = 0; i < search->found.count; i++) {
		struct change change = list[i];
		const struct change_place *place = NULL;

		if (change.object == CHANGE_OF_ADDRESS && change.kind == CHANGE_REMOVED)
			place = find_holder(&after, address_of(search->before, &change.before),
					    change.after.owner, true);
		if (place) {
			change.after = *place;
			change.kind = CHANGE_MOVED;
		}
		if (change.object == CHANGE_OF_ADDRESS && change.kind == CHANGE_ADDED &&
		    !find_origin(&change, &before, &after, instances))
			continue;
		list[kept++] = change;
	}
	search->found.count = kept;
	holders_free(&before);
	holders_free(&after);
}

void compare_instances(struct search *search)
{
	const struct objects before = {search->before->instances, search->before->n_instances};
	const struct objects after = {search->after->instances, search->after->n_instances};
	struct matching matching;

	matching_create(&matching, before.count, after.count);
	match(&matching, &before, &after, &instance_identity);
	compare_owners(search, CHANGE_OF_INSTANCE, &matching, before.count, after.count,
		       compare_instance);
	find_moves(search, &matching);
	matching_free(&matching);
}
