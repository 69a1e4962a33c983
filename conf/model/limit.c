/*
 * The limit of memory: what a text may make of itself.
 *
 * A block of a dozen bytes makes an object of hundreds, and a loop makes a million of them from one
 * line; so the limits of text (CONF_TEXT_MAX, EXPANSION_LIMIT) do not bound the memory.  The parser
 * asks here every few thousand words.  When it has taken too much it says so once, nothing else is
 * reported, it goes to the end of all texts, and nothing is resolved.
 *
 * The sum is that of the arenas and of the drafts, which is nearly all; tables for looking things
 * up, proportional to these, are not counted.
 */
#include "conf/model/parse.h"
#include "core/base/arena.h"

#define TOKENS_BETWEEN 4096

static size_t draft_memory(const struct parser *parser)
{
	const struct drafts *drafts = &parser->drafts;

	return drafts->instances.capacity * sizeof(struct instance_draft) +
	       drafts->addresses.capacity * sizeof(struct address_draft) +
	       drafts->peers.capacity * sizeof(struct peer_conf) +
	       drafts->keys.capacity * sizeof(struct hmac_key_conf) +
	       drafts->servers.capacity * sizeof(struct server_draft) +
	       drafts->checks.capacity * sizeof(struct check_draft) +
	       drafts->urls.capacity * sizeof(struct url_conf) +
	       parser->services.capacity * sizeof(struct service_conf) +
	       parser->uses.capacity * sizeof(struct reference) +
	       parser->definitions.capacity * sizeof(struct reference) +
	       parser->rest.stack.capacity * sizeof(struct statement);
}

static size_t memory(const struct parser *parser)
{
	size_t size = arena_size(parser->conf->arena) + arena_size(parser->scratch) +
		      draft_memory(parser);

	if (parser->expander)
		size += expander_memory(parser->expander);
	return size;
}

bool limit_reached(struct parser *parser, const struct token *token)
{
	struct parser_limit *limit = &parser->limit;

	if (limit->reached || limit->memory == 0 || ++limit->tokens % TOKENS_BETWEEN != 0 ||
	    memory(parser) <= limit->memory)
		return limit->reached;
	parser_error(parser, token, "too-much-memory",
		     "the configuration needs more than %zu MiB of memory: the rest is not read",
		     limit->memory / (1024 * 1024));
	limit->reached = true;
	return true;
}
