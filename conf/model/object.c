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

#include "conf/model/group.h"
#include "conf/model/object.h"
#include "conf/model/resolve.h"
#include "core/base/arena.h"

#define NAME_MAX_LENGTH 63 /* names travel in fixed-size records */

static const struct keyword port_row = {"port", .type = &value_integer, .max = 65535, .size = 2};
static const struct keyword fwmark_row = {"fwmark", .type = &value_integer, .min = 1,
					  .max = UINT32_MAX, .size = 4};
static const struct keyword name_row = {"vrrp_instance", .type = &value_string,
					.max = NAME_MAX_LENGTH, .size = sizeof(char *)};

/* Headers */

/* ADDRESS [PORT]; false: reported, and the words skipped. */
static bool read_endpoint(struct parser *parser, const struct frame *frame, struct address *address,
			  uint16_t *port)
{
	const struct keyword address_row = {frame->row->name, .type = &value_ip, .max = UINT16_MAX};

	if (!value_read(&parser->in, &frame->head, &address_row, address)) {
		reader_skip_words(&parser->in);
		return false;
	}
	/* A fallback may be followed by the next statement. */
	bool followed = reader_has_word(&parser->in) &&
			!(frame->block == BLOCK_FALLBACK &&
			  keyword_find(parser->index, frame->outer->block, parser->in.next.text,
				       parser->in.next.length));
	if (!followed || value_read(&parser->in, &frame->head, &port_row, port))
		return true;
	reader_skip_words(&parser->in);
	return false;
}

static void open_global(struct parser *parser, struct frame *frame)
{
	unsupported_put_back(parser, BLOCK_GLOBAL, parser->drafts.global.conf.unsupported);
	frame->object = &parser->drafts.global;
	frame->given = parser->drafts.global.given;
	frame->places = parser->drafts.global.places;
}

static void close_global(struct parser *parser, struct frame *frame)
{
	parser->drafts.global.given = frame->given;
	parser->drafts.global.conf.unsupported = frame->unsupported;
}

static void open_instance(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = vector_add(&parser->drafts.instances, sizeof(*draft),
						  parser->templates[BLOCK_INSTANCE]);

	draft->conf.place = reader_place(&parser->in, &frame->head);
	draft->first_address = parser->drafts.addresses.count;
	draft->first_peer = parser->drafts.peers.count;
	draft->first_key = parser->drafts.keys.count;
	draft->invalid = !value_read(&parser->in, &frame->head, &name_row, &draft->conf.name);
	if (draft->invalid)
		reader_skip_words(&parser->in);
	frame->object = draft;
	frame->places = draft->places;
}

static void close_instance(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	draft->given = frame->given;
	draft->tried = frame->tried;
	draft->conf.unsupported = frame->unsupported;
	draft->conf.n_addresses = parser->drafts.addresses.count - draft->first_address;
	draft->conf.transport.n_peers = parser->drafts.peers.count - draft->first_peer;
	draft->conf.hmac.n_keys = parser->drafts.keys.count - draft->first_key;
}

static void open_peers(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->outer->object;

	if (draft)
		draft->peers_place = reader_place(&parser->in, &frame->head);
	frame->object = draft;
}

static void close_peers(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	if (draft && frame->errors != reader_errors(&parser->in))
		draft->peers_place.line = 0;
}

static void open_authentication(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->outer->object;

	if (draft)
		draft->auth_place = reader_place(&parser->in, &frame->head);
	frame->object = draft;
}

static void add_text(struct parser *parser, enum block block, const char *name, const char *text,
		     const struct unsupported *body)
{
	unsupported_add(parser, keyword_find(parser->index, block, name, strlen(name)), text, body);
}

/* The block of an authentication that is not supported goes with the unsupported statements of the
 * instance. */
static void keep_authentication(struct parser *parser, const struct instance_draft *draft)
{
	const uint8_t *password = draft->conf.auth_pass;
	size_t from = parser->statements.stack.count;
	FILE *out;

	add_text(parser, BLOCK_AUTHENTICATION, "auth_type", " AH", NULL);
	if (password[0] != 0) {
		out = reader_text_begin(&parser->in);
		value_print_bytes((const char *)password,
				  strnlen((const char *)password, sizeof(draft->conf.auth_pass)),
				  out);
		add_text(parser, BLOCK_AUTHENTICATION, "auth_pass", reader_text_end(&parser->in),
			 NULL);
	}
	add_text(parser, BLOCK_INSTANCE, "authentication", "", unsupported_take(parser, from));
	if (parser->in.quiet == 0)
		reader_warning_at(&parser->in, draft->auth_place, "not-supported",
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
		reader_warning_at(&parser->in, draft->auth_place, "missing-keyword",
				  "'authentication' has no 'auth_type': the password is not used");
	else if ((frame->given & type) && draft->conf.auth_type == AUTH_AH)
		keep_authentication(parser, draft);
	else if (!(frame->tried & pass))
		reader_error_at(&parser->in, draft->auth_place, "missing-keyword",
				"'authentication' needs an 'auth_pass'");
	if (draft->conf.auth_type == AUTH_AH)
		draft->conf.auth_type = AUTH_NONE;
}

static void open_auth_hmac(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->outer->object;

	if (draft)
		draft->hmac_place = reader_place(&parser->in, &frame->head);
	frame->object = draft;
}

static void close_auth_hmac(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	if (draft)
		draft->hmac_failed |= frame->errors != reader_errors(&parser->in);
}

bool object_key(struct parser *parser, const struct token *keyword, const struct keyword *row)
{
	struct hmac_key_conf key;

	if (!value_read(&parser->in, keyword, row, &key))
		return false;
	vector_add(&parser->drafts.keys, sizeof(key), &key);
	return true;
}

static void open_garp_group(struct parser *parser, struct frame *frame)
{
	struct garp_group_conf *group = vector_add(&parser->drafts.garp_groups, sizeof(*group),
						   parser->templates[BLOCK_GARP_GROUP]);

	group->place = reader_place(&parser->in, &frame->head);
	frame->object = group;
}

static void close_garp_group(struct parser *parser, struct frame *frame)
{
	uint64_t names = keyword_bit(parser->index, BLOCK_GARP_GROUP,
				     offsetof(struct garp_group_conf, interface)) |
			 keyword_bit(parser->index, BLOCK_GARP_GROUP,
				     offsetof(struct garp_group_conf, interfaces));

	if (!(frame->tried & names))
		reader_error(&parser->in, &frame->head, "missing-keyword",
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
	parser->drafts.url_unsupported.count = 0;
	draft->errors = reader_errors(&parser->in);
	draft->conf.place = reader_place(&parser->in, &frame->head);
	frame->object = draft;
	frame->places = draft->places;
	if (token_is(&parser->in.next, "group")) {
		if (parser->in.quiet == 0)
			reader_warning(
				&parser->in, &parser->in.next, "not-supported",
				"'group' is not supported: vdirector will not balance this service");
		frame->header = unsupported_words(parser, SIZE_MAX);
		frame->object = NULL;
		frame->mute = true;
	} else if (token_is(&parser->in.next, "fwmark")) {
		struct token word = parser->in.next;

		reader_advance(&parser->in);
		draft->invalid = !value_read(&parser->in, &word, &fwmark_row, &draft->conf.fwmark);
		if (draft->invalid)
			reader_skip_words(&parser->in);
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
		draft->conf.unsupported = frame->unsupported;
		resolve_service(parser, draft);
	}
}

static void open_server(struct parser *parser, struct frame *frame)
{
	struct server_draft *draft = vector_add(&parser->drafts.servers, sizeof(*draft),
						parser->templates[BLOCK_SERVER]);

	draft->conf.place = reader_place(&parser->in, &frame->head);
	draft->conf.fallback = frame->block == BLOCK_FALLBACK;
	draft->first_check = parser->drafts.checks.count;
	draft->invalid = !read_endpoint(parser, frame, &draft->conf.address, &draft->conf.port);
	frame->object = draft;
}

static void close_server(struct parser *parser, struct frame *frame)
{
	struct server_draft *draft = frame->object;

	draft->given = frame->given;
	draft->conf.unsupported = frame->unsupported;
	draft->n_checks = parser->drafts.checks.count - draft->first_check;
}

bool object_sorry_server(struct parser *parser, const struct token *keyword,
			 const struct keyword *row)
{
	struct frame frame = {
		.outer = parser->frame,
		.block = BLOCK_FALLBACK,
		.row = row,
		.head = *keyword,
	};
	size_t errors = reader_errors(&parser->in);

	open_server(parser, &frame);
	close_server(parser, &frame);
	return reader_errors(&parser->in) == errors;
}

static void open_check(struct parser *parser, struct frame *frame)
{
	struct check_draft *draft =
		vector_add(&parser->drafts.checks, sizeof(*draft), parser->templates[frame->block]);

	draft->conf.place = reader_place(&parser->in, &frame->head);
	draft->conf.kind = frame->block == BLOCK_HTTP_GET ? CHECK_HTTP : CHECK_TCP;
	draft->first_url = parser->drafts.urls.count;
	frame->object = draft;
}

static void close_check(struct parser *parser, struct frame *frame)
{
	const struct unsupported *const *urls = parser->drafts.url_unsupported.items;
	struct check_draft *draft = frame->object;
	size_t n_urls = parser->drafts.urls.count - draft->first_url;

	draft->given = frame->given;
	draft->conf.n_urls = n_urls;
	draft->unsupported = frame->unsupported;
	if (n_urls > 0)
		draft->unsupported = unsupported_with_parts(parser, frame->unsupported,
							    urls + draft->first_url, n_urls);
	if (draft->conf.kind == CHECK_HTTP && draft->conf.n_urls == 0)
		reader_error(&parser->in, &frame->head, "missing-block",
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

	vector_add(&parser->drafts.url_unsupported, sizeof(frame->unsupported),
		   &frame->unsupported);
	if (!(frame->tried & path))
		reader_error(&parser->in, &frame->head, "missing-keyword", "'url' needs a 'path'");
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
	size_t count;

	for (size_t block = 0; block < BLOCKS; block++) {
		const struct keyword_entry *entries =
			keyword_entries(parser->index, (enum block)block, &count);

		if (objects[block].size == 0)
			continue;
		char *object = arena_alloc(parser->in.scratch, objects[block].size);
		for (size_t i = 0; i < count; i++) {
			const struct keyword *row = entries[i].row;

			if (row->initial && row->size > 0)
				value_read_text(&parser->in, row, row->initial,
						object + entries[i].offset);
		}
		parser->templates[block] = object;
	}
	memcpy(&parser->drafts.global, parser->templates[BLOCK_GLOBAL],
	       sizeof(parser->drafts.global));
	parser->drafts.service = arena_alloc(parser->in.scratch, sizeof(*parser->drafts.service));
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
	source_release(parser->in.source);
}
