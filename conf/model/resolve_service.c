/*
 * Resolving services: from the drafts of a virtual_server block to the model.
 *
 * Called once for each block, when it has been read whole.  Settings go down: what a check does
 * not say its real server says, else the service, else the keyword table.  Then the rules that
 * make values follow from each other are applied (ports in direct routing, quorum and weights),
 * with a warning where what was written is changed; what is changed is what the canonical form
 * says, so it is said once.  Real servers come before fallbacks, whatever the file's order; probes
 * are numbered in that order too.
 */
#include <netinet/in.h>
#include <string.h>

#include "conf/model/resolve.h"
#include "conf/model/target.h"
#include "core/base/arena.h"
#include "core/base/mono.h"

#define ALL_PORTS_PERSISTENCE 360 /* seconds; the kernel wants services of all ports persistent */

struct resolver {
	struct parser *parser;
	const struct service_draft *draft;
	struct service_conf service;
	const struct keyword_entry *schedule; /* the rows that checks inherit */
	const struct keyword_entry *defaults; /* the rows that servers inherit */
	uint64_t weight_bit, alpha_bit;	      /* of server_conf */
	uint64_t retry_bit, delay_bit, check_alpha_bit;
	uint64_t timeout_bit;
	bool timeout_reported; /* in this service */
	uint32_t *targets;     /* of all servers of the service, filled one after the other */
};

/* Tries and the pause between them where nothing is said. */
static const struct {
	uint32_t retry;
	int64_t delay;
} kind_defaults[CHECK_KINDS] = {
	[CHECK_TCP] = {1, 1 * USEC_PER_SEC},
	[CHECK_HTTP] = {1, 3 * USEC_PER_SEC},
};

/* Copies the members that `from` was given and `object` was not. */
static void inherit(const struct keyword_entry *entries, size_t n, void *object, uint64_t *given,
		    const void *from, uint64_t from_given)
{
	for (size_t i = 0; i < n; i++) {
		const struct keyword *row = entries[i].row;
		uint64_t bit;

		if (row->size == 0)
			continue;
		bit = UINT64_C(1) << entries[i].bit;
		if ((*given & bit) || !(from_given & bit))
			continue;
		memcpy((char *)object + row->offset, (const char *)from + row->offset, row->size);
		*given |= bit;
	}
}

/* Once for each service; nobody is blamed for a default. */
static void compare_timeout(struct resolver *resolver, const struct target_conf *target)
{
	if (target->timeout <= target->interval || resolver->timeout_reported ||
	    resolver->parser->in.quiet > 0)
		return;
	resolver->timeout_reported = true;
	reader_warning_at(&resolver->parser->in, target->place, "timeout-beyond-interval",
			  "connect_timeout (%g s) is longer than delay_loop (%g s): a server that "
			  "hangs is checked less often than asked",
			  (double)target->timeout / USEC_PER_SEC,
			  (double)target->interval / USEC_PER_SEC);
}

static bool resolve_check(struct resolver *resolver, const struct server_draft *server,
			  struct check_draft *check)
{
	struct target_conf *target = &check->conf;
	const struct url_conf *urls = resolver->parser->drafts.urls.items;

	inherit(resolver->schedule, N_CHECK_SCHEDULE_ROWS, target, &check->given, &server->checks,
		server->given);
	if (!(check->given & resolver->retry_bit))
		target->retry = kind_defaults[target->kind].retry;
	if (!(check->given & resolver->delay_bit))
		target->delay_before_retry = kind_defaults[target->kind].delay;
	if (!(check->given & resolver->check_alpha_bit))
		target->alpha = server->conf.alpha;
	if (check->given & resolver->timeout_bit)
		compare_timeout(resolver, target);
	if (address_is_none(&target->address))
		target->address = server->conf.address;
	if (target->port == 0)
		target->port = server->check_port;
	if (target->kind == CHECK_HTTP && !target->virtualhost)
		target->virtualhost = server->checks.virtualhost;
	if (target->n_urls > 0)
		target->urls = intern_bytes(resolver->parser->in.intern, urls + check->first_url,
					    target->n_urls * sizeof(*urls));
	if (target->port != 0)
		return true;
	reader_error_at(&resolver->parser->in, target->place, "no-port",
			"there is no port to connect to: '%s' needs a 'connect_port'",
			check_kind_name(target->kind));
	return false;
}

/* A check of a kind that is not supported; NULL = the server has none. */
static const struct statement *unsupported_check(const struct server_conf *server)
{
	for (size_t i = 0; server->unsupported && i < server->unsupported->n_statements; i++) {
		const struct statement *statement = &server->unsupported->statements[i];

		if (statement->row && keyword_is_check(statement->row))
			return statement;
	}
	return NULL;
}

/* Nobody who writes down a check means a server that counts as up for ever. */
static void refuse_unchecked(struct resolver *resolver, const struct server_conf *server)
{
	const struct statement *check = unsupported_check(server);
	struct parser *parser = resolver->parser;
	bool known = parser->lenient || parser->in.canonical;

	if (!check)
		return;
	parser->refused_unknown |= !known;
	reader_complain(&parser->in, known ? DIAGNOSTIC_WARNING : DIAGNOSTIC_ERROR, server->place,
			"unchecked-server",
			"no check of %s is supported (%s): it %s as up for ever",
			endpoint_text(&server->address, server->port).text, check->row->name,
			known ? "counts" : "would count");
}

static void resolve_checks(struct resolver *resolver, struct server_draft *server)
{
	struct check_draft *checks = resolver->parser->drafts.checks.items;
	uint32_t *targets = resolver->targets;
	struct vector *rests = &resolver->parser->drafts.check_unsupported;

	rests->count = 0;
	if (server->n_checks == 0)
		refuse_unchecked(resolver, &server->conf);
	for (size_t i = 0; i < server->n_checks; i++) {
		struct check_draft *check = &checks[server->first_check + i];

		if (!resolve_check(resolver, server, check))
			continue;
		targets[server->conf.n_targets++] =
			target_set_add(resolver->parser->targets, &check->conf);
		vector_add(rests, sizeof(check->unsupported), &check->unsupported);
	}
	server->conf.unsupported = unsupported_with_parts(
		resolver->parser, server->conf.unsupported, rests->items, server->conf.n_targets);
	server->conf.targets = server->conf.n_targets > 0 ? targets : NULL;
	resolver->targets += server->conf.n_targets;
}

/* Only NAT can change the port; of all ports, and behind a mark, which stands for any, others have
 * none.  Checks keep theirs. */
static void resolve_port(struct resolver *resolver, struct server_draft *draft)
{
	const struct service_conf *service = &resolver->service;
	struct server_conf *server = &draft->conf;

	if (server->port == 0)
		server->port = service->port;
	draft->check_port = server->port;
	if (server->forward.method != LVS_NAT && service->port != 0 &&
	    server->port != service->port) {
		reader_warning_at(
			&resolver->parser->in, server->place, "port-changed",
			"port %u is changed to %u: with %s a server has the service's port",
			server->port, service->port, lvs_method_name(server->forward.method));
		server->port = service->port;
	}
	if (server->forward.method == LVS_NAT || service->port != 0)
		return;
	if (server->port != 0 && service->fwmark == 0)
		reader_warning_at(
			&resolver->parser->in, server->place, "port-changed",
			"port %u has no effect: of a service of all ports, a server with %s has "
			"the port that the client asked for",
			server->port, lvs_method_name(server->forward.method));
	else if (server->port != 0)
		reader_warning_at(&resolver->parser->in, server->place, "port-changed",
				  "port %u has no effect: behind a mark, a server with %s has the "
				  "port that the client asked for",
				  server->port, lvs_method_name(server->forward.method));
	server->port = 0;
}

static uint64_t server_hash(const struct server_conf *server)
{
	uint64_t hash = hash_bytes(HASH_SEED, &server->address, sizeof(server->address));

	hash = hash_bytes(hash, &server->port, sizeof(server->port));
	return hash_bytes(hash, &server->fallback, sizeof(server->fallback));
}

struct wanted_server {
	const struct server_conf *servers;
	const struct server_conf *server;
};

static bool server_equal(const void *context, uint32_t item)
{
	const struct wanted_server *wanted = context;
	const struct server_conf *known = &wanted->servers[item];

	return address_compare(&known->address, &wanted->server->address) == 0 &&
	       known->port == wanted->server->port && known->fallback == wanted->server->fallback;
}

static bool is_duplicate(struct resolver *resolver, const struct server_conf *server)
{
	struct service_conf *service = &resolver->service;
	struct hash *known = &resolver->parser->servers;
	struct wanted_server wanted = {service->servers, server};
	uint64_t hash = server_hash(server);
	uint32_t item = hash_find(known, hash, server_equal, &wanted);

	if (item == HASH_NONE) {
		hash_add(known, hash, (uint32_t)service->n_servers);
		return false;
	}
	reader_warning_at(&resolver->parser->in, server->place, "server-twice",
			  "%s is given again: this one is left out",
			  endpoint_text(&server->address, server->port).text);
	reader_note(&resolver->parser->in, service->servers[item].place, "the first one is here");
	return true;
}

static bool family_fits(struct resolver *resolver, const struct server_conf *server)
{
	if (server->address.family == resolver->service.family || server->forward.method == LVS_TUN)
		return true;
	reader_error_at(&resolver->parser->in, server->place, "mixed-families",
			"%s is not of the service's family (%s); only TUN allows that",
			address_text(&server->address).text,
			resolver->service.family == AF_INET ? "IPv4" : "IPv6");
	return false;
}

static void resolve_server(struct resolver *resolver, struct server_draft *server)
{
	const struct service_draft *draft = resolver->draft;
	struct service_conf *service = &resolver->service;
	uint64_t from_given = draft->given;

	/* A fallback has a weight of its own, and serves until a check says otherwise. */
	if (server->conf.fallback)
		from_given &= ~(resolver->weight_bit | resolver->alpha_bit);
	inherit(resolver->defaults, N_SERVER_DEFAULT_ROWS, &server->conf, &server->given,
		&draft->servers, from_given);
	inherit(resolver->schedule, N_CHECK_SCHEDULE_ROWS, &server->checks, &server->given,
		&draft->checks, draft->given);
	if (!server->checks.virtualhost)
		server->checks.virtualhost = draft->checks.virtualhost;
	if (server->invalid)
		return;
	resolve_port(resolver, server);
	if (!family_fits(resolver, &server->conf) || is_duplicate(resolver, &server->conf))
		return;
	resolve_checks(resolver, server);
	service->servers[service->n_servers++] = server->conf;
	service->n_fallbacks += server->conf.fallback;
}

static void resolve_servers(struct resolver *resolver)
{
	struct parser *parser = resolver->parser;
	struct server_draft *servers = parser->drafts.servers.items;
	size_t n = parser->drafts.servers.count;

	hash_clear(&parser->servers);
	resolver->service.servers =
		arena_alloc(parser->conf->arena, n * sizeof(struct server_conf));
	resolver->targets = arena_alloc(parser->conf->arena,
					parser->drafts.checks.count * sizeof(*resolver->targets));
	for (int fallbacks = 0; fallbacks < 2; fallbacks++)
		for (size_t i = 0; i < n; i++)
			if (servers[i].conf.fallback == fallbacks)
				resolve_server(resolver, &servers[i]);
}

static uint16_t family_of(const struct parser *parser, const struct service_conf *service)
{
	const struct server_draft *servers = parser->drafts.servers.items;

	if (service->fwmark == 0)
		return service->address.family;
	if (service->family != 0)
		return service->family;
	for (size_t i = 0; i < parser->drafts.servers.count; i++)
		if (!servers[i].conf.fallback && !servers[i].invalid)
			return servers[i].conf.address.family;
	return AF_INET;
}

#define PLACE(resolver, member) place_of(resolver, offsetof(struct service_draft, member))

static struct place place_of(const struct resolver *resolver, size_t offset)
{
	uint64_t bit = keyword_bit(resolver->parser->index, BLOCK_SERVICE, offset);

	if (!(resolver->draft->given & bit))
		return resolver->service.place;
	return resolver->draft->places[__builtin_ctzll(bit)];
}

static void resolve_quorum(struct resolver *resolver)
{
	struct service_conf *service = &resolver->service;
	uint64_t sum = 0;

	for (size_t i = 0; i < service->n_servers; i++)
		sum += service->servers[i].fallback ? 0 : (uint64_t)service->servers[i].weight;
	if (service->quorum > sum && sum > 0) {
		reader_warning_at(
			&resolver->parser->in, PLACE(resolver, conf.quorum), "quorum-too-high",
			"quorum %u can never be reached: it is lowered to %llu, the sum of "
			"the weights",
			service->quorum, (unsigned long long)sum);
		service->quorum = (uint32_t)sum;
	}
	if (sum == 0 && resolver->parser->in.quiet == 0 &&
	    service->n_servers > service->n_fallbacks)
		reader_warning_at(&resolver->parser->in, service->place, "no-weight",
				  "all real servers have weight 0: no client will reach them");
	if (service->hysteresis >= service->quorum) {
		reader_warning_at(&resolver->parser->in, PLACE(resolver, conf.hysteresis),
				  "hysteresis-too-high",
				  "hysteresis %u is not below the quorum: it is lowered to %u",
				  service->hysteresis, service->quorum - 1);
		service->hysteresis = service->quorum - 1;
	}
}

static void resolve_protocol(struct resolver *resolver)
{
	struct service_conf *service = &resolver->service;
	struct parser *parser = resolver->parser;
	uint64_t bit = KEYWORD_BIT(parser, SERVICE, struct service_draft, conf.protocol);

	if (service->fwmark != 0) {
		if (service->protocol != 0)
			reader_warning_at(&parser->in, PLACE(resolver, conf.protocol), "no-effect",
					  "'protocol' has no effect: the mark says which packets");
		service->protocol = 0;
		return;
	}
	if (service->protocol == 0 && !(resolver->draft->tried & bit))
		reader_warning_at(&parser->in, service->place, "missing-protocol",
				  "'virtual_server' has no 'protocol': it is taken as UDP%s",
				  parser->drafts.checks.count > 0
					  ? ", but its checks use TCP: 'protocol TCP' may be meant"
					  : "");
	if (service->protocol == 0)
		service->protocol = IPPROTO_UDP;
}

static void resolve_persistence(struct resolver *resolver)
{
	struct service_conf *service = &resolver->service;
	struct parser *parser = resolver->parser;
	bool all_ports = service->port == 0 && service->fwmark == 0;

	if (service->persistence_timeout != 0)
		return;
	/* Networks that are persistent as a whole: so the service is persistent. */
	if (unsupported_text(service->unsupported, "persistence_granularity")) {
		service->persistence_timeout = ALL_PORTS_PERSISTENCE;
	} else if (all_ports) {
		reader_warning_at(&parser->in, service->place, "all-ports-persistent",
				  "a service of all ports is persistent: persistence_timeout is "
				  "taken as %d",
				  ALL_PORTS_PERSISTENCE);
		service->persistence_timeout = ALL_PORTS_PERSISTENCE;
	}
}

/* A service without any server is not worth its entry in the kernel; nobody means it. */
static bool has_real_server(const struct parser *parser)
{
	const struct server_draft *servers = parser->drafts.servers.items;

	for (size_t i = 0; i < parser->drafts.servers.count; i++)
		if (!servers[i].conf.fallback)
			return true;
	return false;
}

/* Keywords that are mostly forgotten, not left out. */
static void miss_keywords(const struct resolver *resolver)
{
	const struct server_draft *servers = resolver->parser->drafts.servers.items;
	struct parser *parser = resolver->parser;
	const struct service_draft *draft = resolver->draft;
	uint64_t scheduler = KEYWORD_BIT(parser, SERVICE, struct service_draft, conf.scheduler);
	uint64_t method = KEYWORD_BIT(parser, SERVICE, struct service_draft, servers.forward);
	uint64_t own_method = KEYWORD_BIT(parser, SERVER, struct server_conf, forward);

	if (!(draft->tried & scheduler))
		reader_warning_at(&parser->in, draft->conf.place, "missing-keyword",
				  "'virtual_server' has no 'lb_algo': %s is used",
				  draft->conf.scheduler);
	for (size_t i = 0; i < parser->drafts.servers.count && !(draft->tried & method); i++) {
		if (servers[i].given & own_method || servers[i].conf.fallback)
			continue;
		reader_warning_at(&parser->in, draft->conf.place, "missing-keyword",
				  "'virtual_server' has no 'lb_kind': %s is used",
				  lvs_method_name(draft->servers.forward.method));
		break;
	}
}

void resolve_service(struct parser *parser, struct service_draft *draft)
{
	size_t count;
	const struct keyword_entry *entries = keyword_entries(parser->index, BLOCK_SERVER, &count);
	struct resolver resolver = {
		.parser = parser,
		.draft = draft,
		.service = draft->conf,
		.schedule = entries,
		.defaults = entries + N_CHECK_SCHEDULE_ROWS,
		.weight_bit = KEYWORD_BIT(parser, SERVER, struct server_conf, weight),
		.alpha_bit = KEYWORD_BIT(parser, SERVER, struct server_conf, alpha),
		.timeout_bit = KEYWORD_BIT(parser, TCP_CHECK, struct target_conf, timeout),
		.retry_bit = KEYWORD_BIT(parser, TCP_CHECK, struct target_conf, retry),
		.delay_bit = KEYWORD_BIT(parser, TCP_CHECK, struct target_conf, delay_before_retry),
		.check_alpha_bit = KEYWORD_BIT(parser, TCP_CHECK, struct target_conf, alpha),
	};

	/* Of a service without an address nothing more can be said. */
	if (draft->invalid)
		return;
	if (!has_real_server(parser)) {
		reader_warning_at(&parser->in, draft->conf.place, "missing-block",
				  "'virtual_server' has no 'real_server': it is left out");
		return;
	}
	miss_keywords(&resolver);
	resolver.service.family = family_of(parser, &draft->conf);
	resolve_protocol(&resolver);
	resolve_persistence(&resolver);
	resolve_servers(&resolver);
	/* A server left out for a mistake must not look like a mistake in the quorum. */
	if (reader_errors(&parser->in) == draft->errors)
		resolve_quorum(&resolver);
	vector_add(&parser->drafts.services, sizeof(resolver.service), &resolver.service);
}
