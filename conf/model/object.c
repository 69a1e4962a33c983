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

#include "conf/model/object.h"
#include "conf/model/resolve.h"
#include "core/base/arena.h"

#define NAME_MAX_LENGTH 63 /* names travel in fixed-size records */

/* Headers */

/* A value of the header; false: reported, and the words skipped. */
static bool read_value(struct parser *parser, const struct token *keyword,
		       const struct keyword *row, void *value)
{
	if (value_read(&parser->in, keyword, row, value))
		return true;
	reader_skip_words(&parser->in);
	return false;
}

static bool read_name(struct parser *parser, const struct frame *frame, const char **name)
{
	const struct keyword row = {frame->row->name, .type = &value_string, .max = NAME_MAX_LENGTH,
				    .size = sizeof(*name)};

	return read_value(parser, &frame->head, &row, name);
}

/* ADDRESS [PORT] */
static bool read_endpoint(struct parser *parser, const struct frame *frame, struct address *address,
			  uint16_t *port)
{
	static const struct keyword port_row = {"port", .type = &value_integer, .max = 65535,
						.size = 2};
	const struct keyword address_row = {frame->row->name, .type = &value_ip, .max = UINT16_MAX};

	if (!read_value(parser, &frame->head, &address_row, address))
		return false;
	/* A fallback may be followed by the next statement. */
	bool followed = reader_has_word(&parser->in) &&
			!(frame->block == BLOCK_FALLBACK &&
			  keyword_find(parser->index, frame->outer->block, parser->in.next.text,
				       parser->in.next.length));
	return !followed || read_value(parser, &frame->head, &port_row, port);
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
	struct instance_draft *draft = frame->object;

	draft->first_address = parser->drafts.addresses.count;
	draft->first_peer = parser->drafts.peers.count;
	draft->first_key = parser->drafts.keys.count;
	draft->invalid = !read_name(parser, frame, &draft->conf.name);
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

static void close_peers(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

	if (frame->errors != reader_errors(&parser->in))
		draft->peers_place.line = 0;
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
	uint64_t type = KEYWORD_BIT(parser, AUTHENTICATION, struct instance_conf, auth_type);
	uint64_t pass = KEYWORD_BIT(parser, AUTHENTICATION, struct instance_conf, auth_pass);

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

static void close_auth_hmac(struct parser *parser, struct frame *frame)
{
	struct instance_draft *draft = frame->object;

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

static void close_garp_group(struct parser *parser, struct frame *frame)
{
	uint64_t names = KEYWORD_BIT(parser, GARP_GROUP, struct garp_group_conf, interface) |
			 KEYWORD_BIT(parser, GARP_GROUP, struct garp_group_conf, interfaces);

	if (!(frame->tried & names))
		reader_error(&parser->in, &frame->head, "missing-keyword",
			     "'garp_group' names no interface");
}

/* ADDRESS [PORT] | fwmark N | group NAME */
static void open_service(struct parser *parser, struct frame *frame)
{
	static const struct keyword fwmark_row = {"fwmark", .type = &value_integer, .min = 1,
						  .max = UINT32_MAX, .size = 4};
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
		draft->invalid = !read_value(parser, &word, &fwmark_row, &draft->conf.fwmark);
	} else {
		draft->invalid =
			!read_endpoint(parser, frame, &draft->conf.address, &draft->conf.port);
	}
}

static void close_service(struct parser *parser, struct frame *frame)
{
	struct service_draft *draft = frame->object;

	draft->given = frame->given;
	draft->tried = frame->tried;
	draft->conf.unsupported = frame->unsupported;
	resolve_service(parser, draft);
}

static void open_server(struct parser *parser, struct frame *frame)
{
	struct server_draft *draft = frame->object;

	draft->conf.fallback = frame->block == BLOCK_FALLBACK;
	draft->first_check = parser->drafts.checks.count;
	draft->invalid = !read_endpoint(parser, frame, &draft->conf.address, &draft->conf.port);
}

static void close_server(struct parser *parser, struct frame *frame)
{
	struct server_draft *draft = frame->object;

	draft->given = frame->given;
	draft->conf.unsupported = frame->unsupported;
	draft->n_checks = parser->drafts.checks.count - draft->first_check;
}

static void open_check(struct parser *parser, struct frame *frame)
{
	struct check_draft *draft = frame->object;

	draft->conf.kind = frame->block == BLOCK_HTTP_GET ? CHECK_HTTP : CHECK_TCP;
	draft->first_url = parser->drafts.urls.count;
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
	if (draft->conf.kind == CHECK_HTTP && draft->conf.n_urls == 0 && !frame->misplaced)
		reader_error(&parser->in, &frame->head, "missing-block",
			     "'HTTP_GET' needs at least one 'url'");
}

static void close_url(struct parser *parser, struct frame *frame)
{
	uint64_t path = KEYWORD_BIT(parser, URL, struct url_conf, path);

	vector_add(&parser->drafts.url_unsupported, sizeof(frame->unsupported),
		   &frame->unsupported);
	if (!(frame->tried & path))
		reader_error(&parser->in, &frame->head, "missing-keyword", "'url' needs a 'path'");
}

static void open_group(struct parser *parser, struct frame *frame)
{
	struct group_draft *draft = frame->object;

	draft->first_member = parser->drafts.members.count;
	draft->invalid = !read_name(parser, frame, &draft->conf.name);
}

static void close_group(struct parser *parser, struct frame *frame)
{
	struct group_draft *draft = frame->object;

	draft->invalid |= frame->errors != reader_errors(&parser->in);
	draft->conf.n_members = parser->drafts.members.count - draft->first_member;
	draft->conf.unsupported = frame->unsupported;
}

#define LIST(name)	       offsetof(struct drafts, name)
#define PLACE_IN(type, member) offsetof(struct type, member)

/* The kinds of blocks that make something, and how. */
static const struct object {
	size_t size;  /* of the template; 0 = the object is the block's around it */
	size_t list;  /* in struct drafts, that gets a new one; 0 = none does */
	size_t place; /* in the object, of the place of the block; 0 = it is not kept */
	void (*open)(struct parser *parser, struct frame *frame);
	void (*close)(struct parser *parser, struct frame *frame);
} objects[BLOCKS] = {
	[BLOCK_GLOBAL] = {sizeof(struct global_draft), 0, 0, open_global, close_global},
	[BLOCK_INSTANCE] = {sizeof(struct instance_draft), LIST(instances),
			    PLACE_IN(instance_draft, conf.place), open_instance, close_instance},
	[BLOCK_ADDRESS] = {.size = sizeof(struct address_conf)},
	[BLOCK_EXCLUDED] = {.size = sizeof(struct address_conf)},
	[BLOCK_STATIC_ADDRESS] = {.size = sizeof(struct address_conf)},
	[BLOCK_PEER] = {sizeof(struct peer_conf), 0, PLACE_IN(instance_draft, peers_place), NULL,
			close_peers},
	[BLOCK_AUTHENTICATION] = {0, 0, PLACE_IN(instance_draft, auth_place), NULL,
				  close_authentication},
	[BLOCK_AUTH_HMAC] = {0, 0, PLACE_IN(instance_draft, hmac_place), NULL, close_auth_hmac},
	[BLOCK_GARP_GROUP] = {sizeof(struct garp_group_conf), LIST(garp_groups),
			      PLACE_IN(garp_group_conf, place), NULL, close_garp_group},
	[BLOCK_SYNC_GROUP] = {sizeof(struct group_draft), LIST(groups),
			      PLACE_IN(group_draft, conf.place), open_group, close_group},
	[BLOCK_SERVICE] = {sizeof(struct service_draft), 0, 0, open_service, close_service},
	[BLOCK_SERVER] = {sizeof(struct server_draft), LIST(servers),
			  PLACE_IN(server_draft, conf.place), open_server, close_server},
	[BLOCK_FALLBACK] = {sizeof(struct server_draft), LIST(servers),
			    PLACE_IN(server_draft, conf.place), open_server, close_server},
	[BLOCK_TCP_CHECK] = {sizeof(struct check_draft), LIST(checks),
			     PLACE_IN(check_draft, conf.place), open_check, close_check},
	[BLOCK_HTTP_GET] = {sizeof(struct check_draft), LIST(checks),
			    PLACE_IN(check_draft, conf.place), open_check, close_check},
	[BLOCK_URL] = {sizeof(struct url_conf), LIST(urls), 0, NULL, close_url},
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
	const struct object *kind = &objects[frame->block];

	frame->object = frame->outer->object;
	if (kind->list > 0)
		frame->object = vector_add((void *)((char *)&parser->drafts + kind->list),
					   kind->size, parser->templates[frame->block]);
	if (kind->place > 0)
		*(struct place *)((char *)frame->object + kind->place) =
			reader_place(&parser->in, &frame->head);
	if (kind->open)
		kind->open(parser, frame);
	if (!frame->object)
		frame->places = NULL;
}

void object_close(struct parser *parser, struct frame *frame)
{
	if (objects[frame->block].close && !frame->header)
		objects[frame->block].close(parser, frame);
	source_release(parser->in.source);
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

	object_open(parser, &frame);
	close_server(parser, &frame);
	return reader_errors(&parser->in) == errors;
}
