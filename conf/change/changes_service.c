/*
 * Comparison of services with their servers and those servers' checks (changes.c).
 */
#include <stdlib.h>

#include "conf/change/changes_parts.h"
#include "core/base/hash.h"
#include "core/base/log.h"

#define NAMES_SHOWN 8 /* fallbacks of a service, when their order changed */

static uint64_t service_hash(const void *object)
{
	const struct service_conf *service = object;
	uint64_t hash =
		hash_number(HASH_SEED, (uint64_t)service->fwmark << 32 |
					       (uint32_t)service->port << 16 | service->protocol);

	return hash_number(match_hash_address(hash, &service->address), service->family);
}

static bool service_equal(const void *a, const void *b)
{
	const struct service_conf *left = a, *right = b;

	return left->fwmark == right->fwmark && left->family == right->family &&
	       left->port == right->port && left->protocol == right->protocol &&
	       address_compare(&left->address, &right->address) == 0;
}

static uint64_t server_hash(const void *object)
{
	const struct server_conf *server = object;

	return hash_number(match_hash_address(HASH_SEED, &server->address),
			   (uint64_t)server->port << 1 | server->fallback);
}

static bool server_equal(const void *a, const void *b)
{
	const struct server_conf *left = a, *right = b;

	return left->port == right->port && left->fallback == right->fallback &&
	       address_compare(&left->address, &right->address) == 0;
}

static const struct identity service_identity = {sizeof(struct service_conf), service_hash,
						 service_equal};
static const struct identity server_identity = {sizeof(struct server_conf), server_hash,
						server_equal};

static enum block check_block(const struct target_conf *target)
{
	switch (target->kind) {
	case CHECK_TCP:
		return BLOCK_TCP_CHECK;
	case CHECK_HTTP:
		return BLOCK_HTTP_GET;
	}
	fatal("check of kind %d", target->kind);
}

static void compare_check(struct search *search, const struct change *like)
{
	const struct target_conf *a = &search->before->targets[like->before.target];
	const struct target_conf *b = &search->after->targets[like->after.target];
	char old_count[24], new_count[24];
	size_t i;

	compare_members(search, like, check_block(a), sizeof(*a), a, b);
	snprintf(old_count, sizeof(old_count), "%zu", a->n_urls);
	snprintf(new_count, sizeof(new_count), "%zu", b->n_urls);
	compare_texts(search, like, "number of urls", old_count, new_count);
	for (i = 0; i < a->n_urls && i < b->n_urls; i++)
		compare_members(search, like, BLOCK_URL, sizeof(a->urls[i]), &a->urls[i],
				&b->urls[i]);
}

/* A server's checks: what they do is their identity (the key), so of two that differ nothing
 * matches; they are taken for the same one when they are of one kind and in the same order. */
struct check {
	uint64_t key;
	enum check_kind kind;
	uint32_t target;
};

static uint64_t check_key_hash(const void *object)
{
	return ((const struct check *)object)->key;
}

static bool check_key_equal(const void *a, const void *b)
{
	return ((const struct check *)a)->key == ((const struct check *)b)->key;
}

static uint64_t check_kind_hash(const void *object)
{
	return hash_number(HASH_SEED, ((const struct check *)object)->kind);
}

static bool check_kind_equal(const void *a, const void *b)
{
	return ((const struct check *)a)->kind == ((const struct check *)b)->kind;
}

static const struct identity check_key_identity = {sizeof(struct check), check_key_hash,
						   check_key_equal};
static const struct identity check_kind_identity = {sizeof(struct check), check_kind_hash,
						    check_kind_equal};

static struct check *list_checks(const struct conf *conf, const struct server_conf *server)
{
	struct check *checks = calloc((size_t)server->n_targets + 1, sizeof(*checks));
	uint32_t i;

	if (!checks)
		fatal("out of memory");
	for (i = 0; i < server->n_targets; i++) {
		const struct target_conf *target = &conf->targets[server->targets[i]];

		checks[i] = (struct check){target->key, target->kind, server->targets[i]};
	}
	return checks;
}

/* Most servers have one check, and most checks do not change. */
static bool same_checks(const struct search *search, const struct server_conf *a,
			const struct server_conf *b)
{
	uint32_t i;

	if (a->n_targets != b->n_targets)
		return false;
	for (i = 0; i < a->n_targets; i++) {
		if (search->before->targets[a->targets[i]].key !=
		    search->after->targets[b->targets[i]].key)
			return false;
	}
	return true;
}

static void compare_checks(struct search *search, const struct change *server_like,
			   const struct server_conf *a, const struct server_conf *b)
{
	struct check *old_checks, *new_checks;
	struct change like = *server_like;
	struct matching matching;
	uint32_t i;

	if (same_checks(search, a, b))
		return;
	old_checks = list_checks(search->before, a);
	new_checks = list_checks(search->after, b);
	const struct objects before = {old_checks, a->n_targets};
	const struct objects after = {new_checks, b->n_targets};

	matching_create(&matching, a->n_targets, b->n_targets);
	match(&matching, &before, &after, &check_key_identity);
	match(&matching, &before, &after, &check_kind_identity);
	like.object = CHANGE_OF_CHECK;
	for (i = 0; i < a->n_targets; i++) {
		uint32_t to = matching.of_old[i];

		like.before.target = old_checks[i].target;
		like.after.target = to == CHANGE_NOWHERE ? to : new_checks[to].target;
		like.kind = to == CHANGE_NOWHERE ? CHANGE_REMOVED : CHANGE_VALUE;
		if (to == CHANGE_NOWHERE)
			compare_add(search, &like);
		else if (old_checks[i].key != new_checks[to].key)
			compare_check(search, &like);
	}
	like.kind = CHANGE_ADDED;
	like.before.target = CHANGE_NOWHERE;
	for (i = 0; i < b->n_targets; i++) {
		like.after.target = new_checks[i].target;
		if (matching.of_new[i] == CHANGE_NOWHERE)
			compare_add(search, &like);
	}
	matching_free(&matching);
	free(old_checks);
	free(new_checks);
}

static void compare_server(struct search *search, const struct change *like)
{
	const struct server_conf *a =
		&search->before->services[like->before.owner].servers[like->before.part];
	const struct server_conf *b =
		&search->after->services[like->after.owner].servers[like->after.part];

	compare_members(search, like, BLOCK_SERVER, sizeof(*a), a, b);
	compare_rests(search, like, a->unsupported, b->unsupported);
	compare_checks(search, like, a, b);
}

/* "10.0.0.1:80, 10.0.0.2:80": fallbacks serve in the file's order. */
static void print_fallbacks(const struct service_conf *service, char *text, size_t size)
{
	size_t first = service->n_servers - service->n_fallbacks;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < service->n_fallbacks && i < NAMES_SHOWN; i++) {
		char endpoint[ENDPOINT_TEXT_SIZE];
		int length = snprintf(text + used, size - used, "%s%s", i ? ", " : "",
				      endpoint_format(&service->servers[first + i].address,
						      service->servers[first + i].port, endpoint));

		if (length < 0 || (size_t)length >= size - used)
			return;
		used += (size_t)length;
	}
}

static bool fallbacks_reordered(const struct service_conf *a, const struct matching *matching)
{
	uint32_t last = 0;

	for (size_t i = a->n_servers - a->n_fallbacks; i < a->n_servers; i++) {
		uint32_t to = matching->of_old[i];

		if (to == CHANGE_NOWHERE)
			continue;
		if (to < last)
			return true;
		last = to;
	}
	return false;
}

static void compare_service(struct search *search, uint32_t old_index, uint32_t new_index)
{
	const struct service_conf *a = &search->before->services[old_index];
	const struct service_conf *b = &search->after->services[new_index];
	const struct objects before = {a->servers, a->n_servers};
	const struct objects after = {b->servers, b->n_servers};
	struct change like = {.kind = CHANGE_VALUE,
			      .object = CHANGE_OF_SERVICE,
			      .before = {old_index, CHANGE_NOWHERE, CHANGE_NOWHERE},
			      .after = {new_index, CHANGE_NOWHERE, CHANGE_NOWHERE}};
	struct matching matching;

	compare_members(search, &like, BLOCK_SERVICE, sizeof(*a), a, b);
	compare_rests(search, &like, a->unsupported, b->unsupported);
	matching_create(&matching, a->n_servers, b->n_servers);
	match(&matching, &before, &after, &server_identity);
	if (a->n_fallbacks > 1 && fallbacks_reordered(a, &matching)) {
		char old_order[512], new_order[512];

		print_fallbacks(a, old_order, sizeof(old_order));
		print_fallbacks(b, new_order, sizeof(new_order));
		compare_texts(search, &like, "order of fallbacks", old_order, new_order);
	}
	like.object = CHANGE_OF_SERVER;
	compare_parts(search, &like, &matching, a->n_servers, b->n_servers, compare_server);
	matching_free(&matching);
}

void compare_services(struct search *search)
{
	const struct objects before = {search->before->services, search->before->n_services};
	const struct objects after = {search->after->services, search->after->n_services};
	struct matching matching;

	matching_create(&matching, before.count, after.count);
	match(&matching, &before, &after, &service_identity);
	compare_owners(search, CHANGE_OF_SERVICE, &matching, before.count, after.count,
		       compare_service);
	matching_free(&matching);
}
