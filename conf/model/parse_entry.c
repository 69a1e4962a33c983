/*
 * Entries: what stands on a line, without a block of its own.
 *
 * Lists of addresses become drafts of their instance.  Of other lists, and of statements with
 * several values on their line, the items go with the rest (rest.h): words without a keyword, which
 * the block's heads describe, and options with theirs, in any order.  A list of plain words may
 * also have a member.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "conf/model/habit.h"
#include "core/base/arena.h"

/* Entries that a name of a list is compared with: nobody tracks more, and a bad file may have
 * millions. */
#define LOOK_BACK 256

static bool parse_items(struct parser *parser, const struct token *keyword, enum block block,
			const char *statement);

/* One option: its value goes to the object's member, or with the rest. */
static bool parse_option(struct parser *parser, const struct keyword_entry *entry, void *object)
{
	struct token keyword = parser->next;
	bool wanted;

	parser_advance(parser);
	if (object && entry->row->size > 0)
		return value_read(parser, &keyword, entry->row, (char *)object + entry->offset);
	if (entry->row->type == VALUE_LINE)
		return parse_line(parser, &keyword, entry);
	if (!rest_value(parser, &keyword, entry, &wanted))
		return false;
	if (wanted)
		parser_warn_unsupported(parser, &keyword, entry->row);
	return true;
}

/* The first `length` bytes of a word. */
static bool read_address(const struct token *word, size_t length, struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	if (length >= sizeof(text))
		return false;
	memcpy(text, word->text, length);
	text[length] = '\0';
	return address_parse(text, address);
}

static bool split_prefix(const struct token *word, struct address_conf *address)
{
	const char *slash = memchr(word->text, '/', word->length);
	size_t length = slash ? (size_t)(slash - word->text) : word->length;
	unsigned limit, prefix = 0;
	size_t i;

	if (!read_address(word, length, &address->address))
		return false;
	limit = address_size(address->address.family) * 8;
	address->prefix = (uint8_t)limit;
	if (!slash)
		return true;
	for (i = length + 1; i < word->length && i < length + 4; i++) {
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
		prefix = prefix * 10 + (unsigned)(word->text[i] - '0');
	}
	address->prefix = (uint8_t)prefix;
	return i == word->length && i > length + 1 && prefix <= limit;
}

/* "+": all host bits set; "-": all clear. */
static void compute_broadcast(struct address_conf *address)
{
	bool set = address->broadcast.bytes[0] == '+';
	unsigned bit;

	address->broadcast = address->address;
	for (bit = address->prefix; bit < 32; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> (bit % 8));

		if (set)
			address->broadcast.bytes[bit / 8] |= mask;
		else
			address->broadcast.bytes[bit / 8] &= (uint8_t)~mask;
	}
}

/* The options that follow an address on its line; false: one of them was reported.  Where there is
 * no object, all go with the rest. */
static bool parse_address_options(struct parser *parser, enum block block, void *object,
				  uint64_t *given)
{
	*given = 0;
	while (parser->next.kind == TOKEN_WORD) {
		const struct keyword_entry *entry =
			keyword_find(parser->index, block, parser->next.text, parser->next.length);
		struct address_conf next;

		if (!entry && split_prefix(&parser->next, &next))
			return true;
		if (!entry) {
			parser_unknown(parser, "unknown-option", "unknown option");
			parse_skip_words(parser);
			return true;
		}
		if (!parse_option(parser, entry, object))
			return false;
		if (entry->bit != KEYWORD_NO_BIT)
			*given |= UINT64_C(1) << entry->bit;
	}
	return true;
}

static bool parse_peer(struct parser *parser, const struct frame *frame)
{
	struct token word = parser->next;
	struct peer_conf peer;
	uint64_t given;
	uint32_t length;

	memcpy(&peer, parser->templates[BLOCK_PEER], sizeof(peer));
	length = value_address(&word, &peer.address);
	if (length == 0)
		return false;
	if (length < word.length)
		parser_warning(parser, &word, "prefix-in-address",
			       "unicast_peer: a prefix length has no meaning here: '%.*s' is used",
			       (int)length, word.text);
	peer.place = parser_place(parser, &word);
	parser_advance(parser);
	if (!parse_address_options(parser, BLOCK_PEER, &peer, &given)) {
		parse_skip_words(parser);
		return true;
	}
	if (peer.min_ttl > peer.max_ttl)
		parser_error(parser, &word, "ttl-range", "min_ttl %u is above max_ttl %u",
			     peer.min_ttl, peer.max_ttl);
	if (frame->object)
		vector_add(&parser->drafts.peers, sizeof(peer), &peer);
	return true;
}

/* Whether it is the scope that the kernel gives to this IPv6 address. */
static bool scope_is_own(const struct address_conf *address)
{
	const uint8_t *bytes = address->address.bytes;
	bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;

	return address->scope == (link_local ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
}

/* What options say for one family only, and what they say when they are not there. */
static void complete_address(struct parser *parser, const struct token *word,
			     struct address_conf *address, uint64_t given)
{
	uint64_t lifetime = keyword_bit(parser->index, BLOCK_ADDRESS,
					offsetof(struct address_conf, preferred_lft));

	if (address->interface && strchr(address->interface, ':'))
		parser_warning(parser, word, "label-as-interface",
			       "'%s' is the name of a label, not of an interface",
			       address->interface);
	if (address->address.family == AF_INET6) {
		if (address->label || address->broadcast.bytes[0])
			parser_error(parser, word, "ipv6-label",
				     "an IPv6 address has no label and no broadcast address");
		address->broadcast = (struct address){0};
		address->label = NULL;
		if (address->scope != RT_SCOPE_UNIVERSE && !scope_is_own(address)) {
			parser_warning(parser, word, "ipv6-scope",
				       "the kernel takes the scope of an IPv6 address from the "
				       "address: 'scope' has no effect");
			address->scope = RT_SCOPE_UNIVERSE;
		}
		/* The node's own connections are not to come from an address that moves. */
		if (!(given & lifetime) && address->prefix == 128)
			address->preferred_lft = 0;
	}
	if (address->broadcast.family == 0 && address->broadcast.bytes[0])
		compute_broadcast(address);
}

/* An entry of which nothing is made. */
static void keep_address(struct parser *parser, const struct frame *frame)
{
	size_t from = parser->rest.stack.count;
	uint64_t given;

	rest_item(parser, rest_words(parser, 1), false, NULL);
	if (!parse_address_options(parser, frame->block, NULL, &given))
		parse_skip_words(parser);
	rest_item(parser, "", false, rest_take(parser, from));
}

bool parse_address_entry(struct parser *parser, const struct frame *frame)
{
	size_t rest_at = parser->rest.stack.count;
	struct address_draft draft = {.excluded = frame->block == BLOCK_EXCLUDED};
	struct address_conf *address = &draft.conf;
	struct token word = parser->next;
	uint64_t given;

	if (frame->block == BLOCK_PEER)
		return parse_peer(parser, frame);
	memcpy(address, parser->templates[frame->block], sizeof(*address));
	if (!split_prefix(&word, address))
		return false;
	if (!frame->object) {
		keep_address(parser, frame);
		return true;
	}
	address->place = parser_place(parser, &word);
	parser_advance(parser);
	if (parser->next.kind == TOKEN_WORD && !memchr(word.text, '/', word.length))
		habit_mask_behind(parser, &address->address);
	if (!parse_address_options(parser, frame->block, address, &given))
		parse_skip_words(parser);
	else
		complete_address(parser, &word, address, given);
	address->rest = rest_take(parser, rest_at);
	vector_add(&parser->drafts.addresses, sizeof(draft), &draft);
	return true;
}

/* Lines */

static void complain_missing(struct parser *parser, const struct token *keyword, const char *name,
			     const struct keyword *head)
{
	parser_error(parser, keyword, "missing-value", "'%s' needs %s", name, head->name);
}

/* Heads and options up to the end of the line; of a statement, up to the next one.  False: what is
 * wrong was reported. */
static bool parse_items(struct parser *parser, const struct token *keyword, enum block block,
			const char *statement)
{
	const struct block_type *type = block_type(block);
	size_t from = parser->rest.stack.count;
	size_t n_heads = 0;

	while (parser->next.kind == TOKEN_WORD) {
		const char *text = parser->next.text;
		size_t length = parser->next.length, head = n_heads;
		const struct keyword_entry *option =
			keyword_find(parser->index, block, text, length);

		if (option) {
			if (!parse_option(parser, option, NULL))
				return false;
			continue;
		}
		if (statement && n_heads >= type->n_required &&
		    keyword_find(parser->index, parser->frame->block, text, length))
			break;
		if (head >= type->n_heads && type->n_heads > 0 &&
		    (type->heads[type->n_heads - 1].flags & KEYWORD_MANY))
			head = type->n_heads - 1u;
		if (head >= type->n_heads) {
			if (statement)
				break;
			parser_unknown(parser, "unknown-option", "unknown option");
			parse_skip_words(parser);
			return true;
		}
		if (!rest_head(parser, keyword, &type->heads[head],
			       statement ? statement : type->name))
			return false;
		n_heads++;
	}
	if (n_heads < type->n_required) {
		complain_missing(parser, keyword, statement ? statement : type->name,
				 &type->heads[n_heads]);
		return false;
	}
	return parser->rest.stack.count > from || type->n_required == 0;
}

bool parse_line(struct parser *parser, const struct token *keyword,
		const struct keyword_entry *entry)
{
	size_t from = parser->rest.stack.count;
	bool mute = entry->row->support != SUPPORT_FULL;
	bool good;

	parser->quiet += mute;
	good = parse_items(parser, keyword, entry->row->block, entry->row->name);
	parser->quiet -= mute;
	rest_add_line(parser, keyword, entry, rest_take(parser, from));
	return good;
}

/* One of a list: as it is where it goes to a member, else as it can be read again. */
static void parse_name(struct parser *parser, const struct frame *frame)
{
	const struct keyword row = {
		.name = frame->row->name,
		.type = VALUE_STRING,
		.max = frame->row->max,
	};
	struct token word = parser->next;
	const char *name;

	if (!value_read(parser, &word, &row, &name))
		parser_advance(parser);
	else if (frame->header)
		rest_item(parser, rest_word(parser, name), false, NULL);
	else
		rest_item(parser, name, false, NULL);
}

/* Whether this list has the name already, which is then left out: the first one counts. */
static bool is_tracked_already(struct parser *parser, const struct frame *frame,
			       const struct token *word, const struct rest *items)
{
	const struct statement *entries = parser->rest.stack.items;
	size_t end = parser->rest.stack.count;
	size_t i = end - frame->rest_at > LOOK_BACK ? end - LOOK_BACK : frame->rest_at;

	for (; items && i < end; i++) {
		const struct rest *earlier = entries[i].body;

		if (!earlier || strcmp(earlier->statements[0].text, items->statements[0].text) != 0)
			continue;
		parser_warning(parser, word, "given-twice",
			       "%s: '%s' is given again: this one is left out", frame->row->name,
			       items->statements[0].text + 1);
		return true;
	}
	return false;
}

void parse_entry(struct parser *parser, const struct frame *frame)
{
	size_t from = parser->rest.stack.count;
	struct token first = parser->next;
	const struct rest *items;

	if (frame->row->type == VALUE_LIST) {
		parse_name(parser, frame);
	} else if (frame->block == BLOCK_INTERFACE_DELAY && !frame->header) {
		delay_parse(parser);
	} else {
		if (!parse_items(parser, &first, frame->block, NULL))
			parse_skip_words(parser);
		items = rest_take(parser, from);
		if ((frame->block == BLOCK_TRACKED_INTERFACE ||
		     block_type(frame->block)->names != BLOCK_ROOT) &&
		    is_tracked_already(parser, frame, &first, items))
			return;
		if (block_type(frame->block)->names != BLOCK_ROOT)
			reference_use(parser, frame, &first, items);
		rest_item(parser, "", false, items);
	}
}

void parse_list_end(struct parser *parser, const struct keyword_entry *entry, struct frame *frame)
{
	const struct statement *items = parser->rest.stack.items;
	size_t n = parser->rest.stack.count - frame->rest_at, i;
	char *member = (char *)frame->object + entry->offset;
	struct name_list list;
	const char **names;

	memcpy(&list, member, sizeof(list));
	names = arena_alloc(parser->conf->arena, (list.count + n) * sizeof(*names));
	for (i = 0; i < list.count; i++)
		names[i] = list.names[i];
	for (i = 0; i < n; i++)
		names[list.count + i] = items[frame->rest_at + i].text;
	list = (struct name_list){names, list.count + n};
	memcpy(member, &list, sizeof(list));
	parser->rest.stack.count = frame->rest_at;
	frame->outer->given |= UINT64_C(1) << entry->bit;
	frame->outer->tried |= UINT64_C(1) << entry->bit;
}
