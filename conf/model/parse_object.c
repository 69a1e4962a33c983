/*
 * What blocks make: for each kind of block, how its header is read and where its values go.
 *
 * A block's object is a draft (draft.h), copied from a template that holds the defaults of the
 * keyword table.  Drafts of a service's servers, checks and urls live in lists that are emptied
 * when the service has been resolved; instances are kept until the end of the file, since they
 * inherit from global_defs, which may follow.
 *
 * A wrong header is reported here; the block is then read all the same, so that its other mistakes
 * are found too, and its draft is marked invalid.
 */
#include <string.h>

#include "conf/model/habit.h"
#include "conf/table/value.h"
#include "core/base/arena.h"

#define NAME_MAX_LENGTH 63 /* names travel in fixed-size records */

static const struct keyword port_row = {"port", .type = VALUE_INTEGER, .max = 65535, .size = 2};
static const struct keyword fwmark_row = {"fwmark", .type = VALUE_INTEGER, .min = 1,
					  .max = UINT32_MAX, .size = 4};
static const struct keyword name_row = {"vrrp_instance", .type = VALUE_STRING,
					.max = NAME_MAX_LENGTH, .size = sizeof(char *)};

/* Headers */

/* ADDRESS [PORT]; false: reported, and the words skipped. */
static bool read_endpoint(struct parser *parser, const struct frame *frame, struct address *address,
			  uint16_t *port)
{
	const struct keyword address_row = {frame->row->name, .type = VALUE_IP, .max = UINT16_MAX};
	bool followed;

	if (!value_read(parser, &frame->head, &address_row, address)) {
		parse_skip_words(parser);
		return false;
	}
	/* A fallback may be followed by the next statement. */
	followed = parser->next.kind == TOKEN_WORD &&
		   !(frame->block == BLOCK_FALLBACK &&
		     keyword_find(parser->index, frame->outer->block, parser->next.text,
				  parser->next.length));
	if (!followed || value_read(parser, &frame->head, &port_row, port))
		return true;
	parse_skip_words(parser);
	return false;
}

static void open_global(struct parser *parser, struct frame *frame)
{
	rest_put_back(parser, BLOCK_GLOBAL, parser->drafts.global.conf.rest);
	frame->object = &parser->drafts.global;
	frame->given = parser->drafts.global.given;
	frame->places = parser->drafts.global.places;
}

static void close_global(struct parser *parser, struct frame *frame)
{
	parser->drafts.global.given = frame->given;
	parser->drafts.global.conf.rest = frame->rest;
}

static void open_instance(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = vector_add(&parser->drafts.instances, sizeof(*draft),
						  parser->templates[BLOCK_INSTANCE]);

	draft->conf.place = parser_place(parser, &frame->head);
	draft->first_address = parser->drafts.addresses.count;
	draft->first_peer = parser->drafts.peers.count;
	draft->first_key = parser->drafts.keys.count;
	draft->invalid = !value_read(parser, &frame->head, &name_row, &draft->conf.name);
	if (draft->invalid)
		parse_skip_words(parser);
	frame->object = draft;
	frame->places = draft->places;
}

static void close_instance(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	draft->given = frame->given;
	draft->tried = frame->tried;
	draft->conf.rest = frame->rest;
	draft->conf.n_addresses = parser->drafts.addresses.count - draft->first_address;
	draft->conf.transport.n_peers = parser->drafts.peers.count - draft->first_peer;
	draft->conf.hmac.n_keys = parser->drafts.keys.count - draft->first_key;
}

static void open_peers(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->outer->object;

	if (draft) {
		draft->peers_place = parser_place(parser, &frame->head);
		draft->peers_errors = diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR);
	}
	frame->object = draft;
}

static void close_peers(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	if (draft &&
	    draft->peers_errors != diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR))
		draft->peers_place.line = 0;
}

static void open_authentication(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->outer->object;

	if (draft)
		draft->auth_place = parser_place(parser, &frame->head);
	frame->object = draft;
}

static void add_text(struct parser *parser, enum block block, const char *name, const char *text,
		     const struct rest *body)
{
	rest_add(parser, keyword_find(parser->index, block, name, strlen(name)), text, body);
}

/* The block of an authentication that is not supported goes with the rest of the instance. */
static void keep_authentication(struct parser *parser, const struct instance_draft *draft)
{
	const uint8_t *password = draft->conf.auth_pass;
	size_t from = parser->rest.stack.count;
	FILE *out;

	add_text(parser, BLOCK_AUTHENTICATION, "auth_type", " AH", NULL);
	if (password[0] != 0) {
		out = rest_text_begin(parser);
		value_print_bytes((const char *)password,
				  strnlen((const char *)password, sizeof(draft->conf.auth_pass)),
				  out);
		add_text(parser, BLOCK_AUTHENTICATION, "auth_pass", rest_text_end(parser), NULL);
	}
	add_text(parser, BLOCK_INSTANCE, "authentication", "", rest_take(parser, from));
	if (parser->quiet == 0)
		parser_complain(parser, DIAGNOSTIC_WARNING, draft->auth_place, "not-supported",
				"'auth_type AH' is not supported: vdirector will not put a "
				"password into adverts");
}

static void close_authentication(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;
	uint64_t type = keyword_bit(parser->index, BLOCK_AUTHENTICATION,
				    offsetof(struct instance_conf, auth_type));
	uint64_t pass = keyword_bit(parser->index, BLOCK_AUTHENTICATION,
				    offsetof(struct instance_conf, auth_pass));

	if (!draft)
		return;
	if (!(frame->tried & type))
		parser_complain(parser, DIAGNOSTIC_WARNING, draft->auth_place, "missing-keyword",
				"'authentication' has no 'auth_type': the password is not used");
	else if ((frame->given & type) && draft->conf.auth_type == AUTH_AH)
		keep_authentication(parser, draft);
	else if (!(frame->tried & pass))
		parser_complain(parser, DIAGNOSTIC_ERROR, draft->auth_place, "missing-keyword",
				"'authentication' needs an 'auth_pass'");
	if (draft->conf.auth_type == AUTH_AH)
		draft->conf.auth_type = AUTH_NONE;
}

static void open_auth_hmac(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->outer->object;

	if (draft) {
		draft->hmac_place = parser_place(parser, &frame->head);
		draft->hmac_errors = diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR);
	}
	frame->object = draft;
}

static void close_auth_hmac(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	if (draft)
		draft->hmac_failed |= draft->hmac_errors !=
				      diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR);
}

static void open_garp_group(struct parser *parser, struct frame *frame)
{
	struct garp_group_conf *group = vector_add(&parser->drafts.garp_groups, sizeof(*group),
						   parser->templates[BLOCK_GARP_GROUP]);

	group->place = parser_place(parser, &frame->head);
	frame->object = group;
}

static void close_garp_group(struct parser *parser, struct frame *frame)
{
	uint64_t names = keyword_bit(parser->index, BLOCK_GARP_GROUP,
				     offsetof(struct garp_group_conf, interface)) |
			 keyword_bit(parser->index, BLOCK_GARP_GROUP,
				     offsetof(struct garp_group_conf, interfaces));

	if (!(frame->tried & names))
		parser_error(parser, &frame->head, "missing-keyword",
			     "'garp_group' names no interface");
}

/* ADDRESS [PORT] | fwmark N | group NAME */
static void open_service(struct parser *parser, struct frame *frame)
{
	struct service_draft *draft = parser->drafts.service;

	memcpy(draft, parser->templates[BLOCK_SERVICE], sizeof(*draft));
	parser->drafts.servers.count = 0;
	parser->drafts.checks.count = 0;
	parser->drafts.urls.count = 0;
	parser->drafts.url_rests.count = 0;
	draft->errors = diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR);
	draft->conf.place = parser_place(parser, &frame->head);
	frame->object = draft;
	frame->places = draft->places;
	if (token_is(&parser->next, "group")) {
		if (parser->quiet == 0)
			parser_warning(
				parser, &parser->next, "not-supported",
				"'group' is not supported: vdirector will not balance this service");
		frame->header = rest_words(parser, SIZE_MAX);
		frame->object = NULL;
		frame->mute = true;
	} else if (token_is(&parser->next, "fwmark")) {
		struct token word = parser->next;

		parser_advance(parser);
		draft->invalid = !value_read(parser, &word, &fwmark_row, &draft->conf.fwmark);
		if (draft->invalid)
			parse_skip_words(parser);
	} else {
		draft->invalid =
			!read_endpoint(parser, frame, &draft->conf.address, &draft->conf.port);
	}
}

static void close_service(struct parser *parser, struct frame *frame)
{
	struct service_draft *draft = frame->object;

	if (draft) {
		draft->given = frame->given;
		draft->tried = frame->tried;
		draft->conf.rest = frame->rest;
		resolve_service(parser, draft);
	}
}

static void open_server(struct parser *parser, struct frame *frame)
{
	struct server_draft *draft = vector_add(&parser->drafts.servers, sizeof(*draft),
						parser->templates[BLOCK_SERVER]);

	draft->conf.place = parser_place(parser, &frame->head);
	draft->conf.fallback = frame->block == BLOCK_FALLBACK;
	draft->first_check = parser->drafts.checks.count;
	draft->invalid = !read_endpoint(parser, frame, &draft->conf.address, &draft->conf.port);
	frame->object = draft;
}

static void close_server(struct parser *parser, struct frame *frame)
{
	struct server_draft *draft = frame->object;

	draft->given = frame->given;
	draft->conf.rest = frame->rest;
	draft->n_checks = parser->drafts.checks.count - draft->first_check;
}

void parse_sorry_server(struct parser *parser, const struct token *keyword,
			const struct keyword *row)
{
	struct frame frame = {
		.outer = parser->frame,
		.block = BLOCK_FALLBACK,
		.row = row,
		.head = *keyword,
	};

	open_server(parser, &frame);
	close_server(parser, &frame);
}

static void open_check(struct parser *parser, struct frame *frame)
{
	struct check_draft *draft =
		vector_add(&parser->drafts.checks, sizeof(*draft), parser->templates[frame->block]);

	draft->conf.place = parser_place(parser, &frame->head);
	draft->conf.kind = frame->block == BLOCK_HTTP_GET ? CHECK_HTTP : CHECK_TCP;
	draft->first_url = parser->drafts.urls.count;
	frame->object = draft;
}

static void close_check(struct parser *parser, struct frame *frame)
{
	const struct rest *const *urls = parser->drafts.url_rests.items;
	struct check_draft *draft = frame->object;
	size_t n_urls = parser->drafts.urls.count - draft->first_url;

	draft->given = frame->given;
	draft->conf.n_urls = n_urls;
	draft->rest = frame->rest;
	if (n_urls > 0)
		draft->rest = rest_with_parts(parser, frame->rest, urls + draft->first_url, n_urls);
	if (draft->conf.kind == CHECK_HTTP && draft->conf.n_urls == 0)
		parser_error(parser, &frame->head, "missing-block",
			     "'HTTP_GET' needs at least one 'url'");
}

static void open_url(struct parser *parser, struct frame *frame)
{
	frame->object = vector_add(&parser->drafts.urls, sizeof(struct url_conf),
				   parser->templates[BLOCK_URL]);
}

static void close_url(struct parser *parser, struct frame *frame)
{
	uint64_t path = keyword_bit(parser->index, BLOCK_URL, offsetof(struct url_conf, path));

	vector_add(&parser->drafts.url_rests, sizeof(frame->rest), &frame->rest);
	if (!(frame->tried & path))
		parser_error(parser, &frame->head, "missing-keyword", "'url' needs a 'path'");
}

/* The kinds of blocks that make something, and how. */
static const struct object {
	size_t size; /* of the template; 0 = the object is another block's */
	void (*open)(struct parser *parser, struct frame *frame);
	void (*close)(struct parser *parser, struct frame *frame);
} objects[BLOCKS] = {
	[BLOCK_GLOBAL] = {sizeof(struct global_draft), open_global, close_global},
	[BLOCK_INSTANCE] = {sizeof(struct instance_draft), open_instance, close_instance},
	[BLOCK_ADDRESS] = {sizeof(struct address_conf), NULL, NULL},
	[BLOCK_EXCLUDED] = {sizeof(struct address_conf), NULL, NULL},
	[BLOCK_STATIC_ADDRESS] = {sizeof(struct address_conf), NULL, NULL},
	[BLOCK_PEER] = {sizeof(struct peer_conf), open_peers, close_peers},
	[BLOCK_AUTHENTICATION] = {0, open_authentication, close_authentication},
	[BLOCK_AUTH_HMAC] = {0, open_auth_hmac, close_auth_hmac},
	[BLOCK_GARP_GROUP] = {sizeof(struct garp_group_conf), open_garp_group, close_garp_group},
	[BLOCK_SYNC_GROUP] = {sizeof(struct group_draft), group_open, group_close},
	[BLOCK_SERVICE] = {sizeof(struct service_draft), open_service, close_service},
	[BLOCK_SERVER] = {sizeof(struct server_draft), open_server, close_server},
	[BLOCK_FALLBACK] = {0, open_server, close_server},
	[BLOCK_TCP_CHECK] = {sizeof(struct check_draft), open_check, close_check},
	[BLOCK_HTTP_GET] = {sizeof(struct check_draft), open_check, close_check},
	[BLOCK_URL] = {sizeof(struct url_conf), open_url, close_url},
};

void object_templates(struct parser *parser)
{
	size_t block, i, count;

	for (block = 0; block < BLOCKS; block++) {
		const struct keyword_entry *entries =
			keyword_entries(parser->index, (enum block)block, &count);
		char *object;

		if (objects[block].size == 0)
			continue;
		object = arena_alloc(parser->scratch, objects[block].size);
		for (i = 0; i < count; i++) {
			const struct keyword *row = entries[i].row;

			if (row->initial && row->size > 0)
				value_read_text(parser, row, row->initial,
						object + entries[i].offset);
		}
		parser->templates[block] = object;
	}
	memcpy(&parser->drafts.global, parser->templates[BLOCK_GLOBAL],
	       sizeof(parser->drafts.global));
	parser->drafts.service = arena_alloc(parser->scratch, sizeof(*parser->drafts.service));
}

void object_open(struct parser *parser, struct frame *frame)
{
	if (objects[frame->block].open)
		objects[frame->block].open(parser, frame);
	else
		frame->object = frame->outer->object;
	if (!frame->object)
		frame->places = NULL;
}

void object_close(struct parser *parser, struct frame *frame)
{
	if (objects[frame->block].close && !frame->header)
		objects[frame->block].close(parser, frame);
	source_release(parser->source);
}
