/*
 * Entries: what stands on a line, without a block of its own.
 *
 * Lists of addresses become drafts of their instance.  Of other lists, and of statements with
 * several values on their line, the items go with the unsupported statements (unsupported.h): words
 * without a keyword, which the block's heads describe, and options with theirs, in any order.  A
 * list of plain words may also have a member.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "conf/model/entry.h"
#include "conf/model/interface_delay.h"
#include "conf/model/reference.h"
#include "conf/table/habit.h"
#include "conf/table/value_address.h"
#include "core/base/arena.h"

/* Entries that a name of a list is compared with: nobody tracks more, and a bad file may have
 * millions. */
#define LOOK_BACK 256

static bool parse_items(struct parser *parser, const struct token *keyword, enum block block,
			const char *statement);

/* One option: its value goes to the object's member, or with the unsupported statements. */
static bool parse_option(struct parser *parser, const struct keyword_entry *entry, void *object)
{
	struct token keyword = parser->in.next;
	bool wanted;

	reader_advance(&parser->in);
	if (object && entry->row->size > 0)
		return value_read(&parser->in, &keyword, entry->row,
				  (char *)object + entry->offset);
	if (entry->row->type == &value_line)
		return entry_line(parser, &keyword, entry);
	if (!unsupported_value(parser, &keyword, entry, &wanted))
		return false;
	if (wanted)
		parser_warn_unsupported(parser, &keyword, entry->row);
	return true;
}

/* ADDRESS[/LENGTH]. *too_long: the length is more than the family has, which stands for that. */
static bool split_prefix(const struct token *word, struct address_conf *address, bool *too_long)
{
	const char *slash = memchr(word->text, '/', word->length);
	size_t length = slash ? (size_t)(slash - word->text) : word->length;
	unsigned limit, prefix = 0;
	size_t i;

	if (!value_parse_address(word->text, length, &address->address))
		return false;
	limit = address_size(address->address.family) * 8;
	address->prefix = (uint8_t)limit;
	*too_long = false;
	if (!slash)
		return true;
	for (i = length + 1; i < word->length && i < length + 4; i++) {
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
		prefix = prefix * 10 + (unsigned)(word->text[i] - '0');
	}
	*too_long = prefix > limit;
	address->prefix = (uint8_t)(*too_long ? limit : prefix);
	return i == word->length && i > length + 1;
}

/* "+": all host bits set; "-": all clear. */
static void compute_broadcast(struct address_conf *address)
{
	bool set = address->broadcast.bytes[0] == '+';

	address->broadcast = address->address;
	for (unsigned bit = address->prefix; bit < 32; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> (bit % 8));

		if (set)
			address->broadcast.bytes[bit / 8] |= mask;
		else
			address->broadcast.bytes[bit / 8] &= (uint8_t)~mask;
	}
}

/* The options that follow an address on its line; false: one of them was reported.  Where there is
 * no object, all are unsupported statements. */
static bool parse_address_options(struct parser *parser, enum block block, void *object,
				  uint64_t *given)
{
	*given = 0;
	while (reader_has_word(&parser->in)) {
		const struct keyword_entry *entry = keyword_find(
			parser->index, block, parser->in.next.text, parser->in.next.length);
		struct address_conf next;
		bool too_long;

		if (!entry && parser_pass_remark(parser))
			return true;
		if (!entry && split_prefix(&parser->in.next, &next, &too_long))
			return true;
		if (!entry) {
			parser_unknown(parser, "unknown-option", "unknown option");
			reader_skip_words(&parser->in);
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
	struct token word = parser->in.next;
	struct peer_conf peer;
	uint64_t given;

	memcpy(&peer, parser->templates[BLOCK_PEER], sizeof(peer));
	uint32_t length = value_address(&word, &peer.address);
	if (length == 0)
		return false;
	if (length < word.length)
		reader_warning(&parser->in, &word, "prefix-in-address",
			       "unicast_peer: a prefix length has no meaning here: '%.*s' is used",
			       (int)length, word.text);
	peer.place = reader_place(&parser->in, &word);
	reader_advance(&parser->in);
	if (!parse_address_options(parser, BLOCK_PEER, &peer, &given)) {
		reader_skip_words(&parser->in);
		return true;
	}
	if (peer.min_ttl > peer.max_ttl)
		reader_error(&parser->in, &word, "ttl-range", "min_ttl %u is above max_ttl %u",
			     peer.min_ttl, peer.max_ttl);
	if (frame->object)
		vector_add(&parser->drafts.peers, sizeof(peer), &peer);
	return true;
}

/* Whether it is the scope that the kernel gives to this IPv6 address. */
static bool scope_is_own(const struct address_conf *address)
{
	return address->scope ==
	       (address_is_link_local(&address->address) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
}

/* What options say for one family only, and what they say when they are not there. */
static void complete_address(struct parser *parser, const struct token *word,
			     struct address_conf *address, uint64_t given)
{
	uint64_t lifetime = KEYWORD_BIT(parser, ADDRESS, struct address_conf, preferred_lft);

	if (address->interface && strchr(address->interface, ':'))
		reader_warning(&parser->in, word, "label-as-interface",
			       "'%s' is the name of a label, not of an interface",
			       address->interface);
	if (address->address.family == AF_INET6) {
		if (address->label || address->broadcast.bytes[0])
			reader_warning(&parser->in, word, "ipv6-label",
				       "an IPv6 address has no label and no broadcast address: "
				       "it is used without");
		address->broadcast = (struct address){0};
		address->label = NULL;
		if (address->scope != RT_SCOPE_UNIVERSE && !scope_is_own(address)) {
			reader_warning(&parser->in, word, "ipv6-scope",
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
	size_t from = parser->statements.stack.count;
	uint64_t given;

	unsupported_item(parser, unsupported_words(parser, 1), false, NULL);
	if (!parse_address_options(parser, frame->block, NULL, &given))
		reader_skip_words(&parser->in);
	unsupported_item(parser, "", false, unsupported_take(parser, from));
}

bool entry_address(struct parser *parser, const struct frame *frame)
{
	size_t statements_at = parser->statements.stack.count;
	struct address_draft draft = {.excluded = frame->block == BLOCK_EXCLUDED};
	struct address_conf *address = &draft.conf;
	struct token word = parser->in.next;
	char shown[TOKEN_SHOWN_SIZE];
	uint64_t given;
	bool too_long;

	if (frame->block == BLOCK_PEER)
		return parse_peer(parser, frame);
	memcpy(address, parser->templates[frame->block], sizeof(*address));
	if (!split_prefix(&word, address, &too_long))
		return false;
	if (too_long)
		reader_warning(&parser->in, &word, "prefix-too-long",
			       "%s: the prefix length is at most %u, which is used",
			       token_shown(&word, shown), address->prefix);
	if (!frame->object) {
		keep_address(parser, frame);
		return true;
	}
	address->place = reader_place(&parser->in, &word);
	reader_advance(&parser->in);
	if (reader_has_word(&parser->in) && !memchr(word.text, '/', word.length))
		habit_mask_behind(&parser->in, &address->address);
	if (!parse_address_options(parser, frame->block, address, &given))
		reader_skip_words(&parser->in);
	else
		complete_address(parser, &word, address, given);
	address->unsupported = unsupported_take(parser, statements_at);
	vector_add(&parser->drafts.addresses, sizeof(draft), &draft);
	return true;
}

/* Lines */

/* Heads and options up to the end of the line; of a statement, up to the next one.  False: what is
 * wrong was reported. */
static bool parse_items(struct parser *parser, const struct token *keyword, enum block block,
			const char *statement)
{
	const struct block_type *type = block_type(block);
	size_t from = parser->statements.stack.count;
	size_t n_heads = 0;

	while (reader_has_word(&parser->in)) {
		const char *text = parser->in.next.text;
		size_t length = parser->in.next.length, head = n_heads;
		const struct keyword_entry *option =
			keyword_find(parser->index, block, text, length);

		if (option) {
			if (!parse_option(parser, option, NULL))
				return false;
			continue;
		}
		if (n_heads >= type->n_required && parser_pass_remark(parser))
			break;
		if (parser_has_remark(parser) && n_heads >= type->n_required)
			break;
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
			reader_skip_words(&parser->in);
			return true;
		}
		if (!unsupported_head(parser, keyword, &type->heads[head],
				      statement ? statement : type->name))
			return false;
		n_heads++;
	}
	if (n_heads < type->n_required) {
		reader_error(&parser->in, keyword, "missing-value", "'%s' needs %s",
			     statement ? statement : type->name, type->heads[n_heads].name);
		return false;
	}
	return parser->statements.stack.count > from || type->n_required == 0;
}

bool entry_line(struct parser *parser, const struct token *keyword,
		const struct keyword_entry *entry)
{
	size_t from = parser->statements.stack.count;
	bool mute = entry->row->support != SUPPORT_FULL;

	parser->in.quiet += mute;
	bool good = parse_items(parser, keyword, entry->row->block, entry->row->name);
	parser->in.quiet -= mute;
	unsupported_line(parser, keyword, entry, unsupported_take(parser, from));
	return good;
}

/* One of a list: as it is where it goes to a member, else as it can be read again. */
static void parse_name(struct parser *parser, const struct frame *frame)
{
	const struct keyword row = {
		.name = frame->row->name,
		.type = &value_string,
		.max = frame->row->max,
	};
	struct token word = parser->in.next;
	const char *name;

	if (!value_read(&parser->in, &word, &row, &name))
		reader_advance(&parser->in);
	else if (frame->header) {
		value_print_word(name, reader_text_begin(&parser->in));
		unsupported_item(parser, reader_text_end(&parser->in), false, NULL);
	} else
		unsupported_item(parser, name, false, NULL);
}

/* Whether this list has the name already, which is then left out: the first one counts. */
static bool is_tracked_already(struct parser *parser, const struct frame *frame,
			       const struct token *word, const struct unsupported *items)
{
	const struct statement *entries = parser->statements.stack.items;
	size_t end = parser->statements.stack.count;
	size_t i = end - frame->statements_at > LOOK_BACK ? end - LOOK_BACK : frame->statements_at;

	for (; items && i < end; i++) {
		const struct unsupported *earlier = entries[i].body;

		if (!earlier || strcmp(earlier->statements[0].text, items->statements[0].text) != 0)
			continue;
		reader_warning(&parser->in, word, "given-twice",
			       "%s: '%s' is given again: this one is left out", frame->row->name,
			       items->statements[0].text + 1);
		return true;
	}
	return false;
}

/* The body of a virtual_server in what only lists addresses: one mistake, so it is skipped whole.
 */
static bool is_service_in_group(struct parser *parser, const struct frame *frame)
{
	const struct token *word = &parser->in.next;
	char shown[TOKEN_SHOWN_SIZE];
	size_t depth = 0;

	if (frame->block != BLOCK_SERVICE_GROUP ||
	    keyword_find(parser->index, BLOCK_SERVICE_GROUP, word->text, word->length) ||
	    !keyword_find(parser->index, BLOCK_SERVICE, word->text, word->length))
		return false;
	reader_error(&parser->in, word, "misplaced-keyword",
		     "unknown keyword %s in virtual_server_group; it belongs in virtual_server",
		     token_shown(word, shown));
	while (parser->in.next.kind != TOKEN_END &&
	       (depth > 0 || parser->in.next.kind != TOKEN_CLOSE)) {
		depth += parser->in.next.kind == TOKEN_OPEN;
		depth -= parser->in.next.kind == TOKEN_CLOSE;
		reader_advance(&parser->in);
	}
	return true;
}

void entry_parse(struct parser *parser, const struct frame *frame)
{
	size_t from = parser->statements.stack.count;
	struct token first = parser->in.next;
	const struct unsupported *items;

	if (is_service_in_group(parser, frame))
		return;
	if (frame->row->type == &value_list) {
		parse_name(parser, frame);
	} else if (frame->block == BLOCK_INTERFACE_DELAY && !frame->header) {
		interface_delay_parse(parser);
	} else {
		if (!parse_items(parser, &first, frame->block, NULL))
			reader_skip_words(&parser->in);
		items = unsupported_take(parser, from);
		if ((frame->block == BLOCK_TRACKED_INTERFACE ||
		     block_type(frame->block)->names != BLOCK_ROOT) &&
		    is_tracked_already(parser, frame, &first, items))
			return;
		if (block_type(frame->block)->names != BLOCK_ROOT)
			reference_use(parser, frame, &first, items);
		if (items)
			unsupported_item(parser, "", false, items);
	}
}

void entry_list_end(struct parser *parser, const struct keyword_entry *entry, struct frame *frame)
{
	const struct statement *items = parser->statements.stack.items;
	size_t n = parser->statements.stack.count - frame->statements_at;
	char *member = (char *)frame->object + entry->offset;
	struct name_list list;
	const char **names;

	memcpy(&list, member, sizeof(list));
	names = arena_alloc(parser->conf->arena, (list.count + n) * sizeof(*names));
	for (size_t i = 0; i < list.count; i++)
		names[i] = list.names[i];
	for (size_t i = 0; i < n; i++)
		names[list.count + i] = items[frame->statements_at + i].text;
	list = (struct name_list){names, list.count + n};
	memcpy(member, &list, sizeof(list));
	parser->statements.stack.count = frame->statements_at;
	frame->outer->given |= UINT64_C(1) << entry->bit;
	frame->outer->tried |= UINT64_C(1) << entry->bit;
}
