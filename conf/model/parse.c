/*
 * The parser: statements and blocks, read by the keyword tables.
 *
 * It knows no keyword.  Each word is looked up in the table of the innermost block, and what the
 * row says is read: a value (conf/table), a block (object.c makes what it stands for), or a
 * list of entries.  Values go to drafts; order never matters, because nothing is
 * concluded from a draft before its block has ended (resolve*.c).
 *
 * Most of this file is about mistakes, one diagnostic for each.  A bad value costs its statement
 * only.  An unknown block is skipped whole.  A missing '}' shows when a block begins that belongs
 * further out: then the block is reported whose '}' is missing, which by their indentation may be
 * another one than that still open, and the parser leaves blocks until the word fits.  An extra
 * '}' shows at root level, when a word fits the block that was just closed.
 *
 * Recursion is bounded by the nesting of the tables and by INCLUDE_DEPTH_MAX.
 */
#include "conf/model/parser.h"

#include <string.h>

#include "conf/model/entry.h"
#include "conf/model/group.h"
#include "conf/model/object.h"
#include "conf/model/reference.h"
#include "conf/table/habit.h"
#include "conf/text/include.h"
#include "core/base/text.h"

static const struct keyword_entry *find(const struct parser *parser, enum block block,
					const struct token *word)
{
	return keyword_find(parser->index, block, word->text, word->length);
}

static const struct keyword_entry *known_here(const struct parser *parser)
{
	if (!reader_has_word(&parser->in))
		return NULL;
	return find(parser, parser->frame->block, &parser->in.next);
}

/* Braces that are missing */

/* A '}' that stands further left than the block it closes, in line with a block around that: the
 * inner one's own was forgotten. */
static void suspect_close(struct parser *parser, const struct frame *frame)
{
	if (parser->suspect.row || !parser->in.next.first ||
	    parser->in.next.column >= frame->indent)
		return;
	for (const struct frame *outer = frame->outer; outer && outer->row; outer = outer->outer)
		if (outer->indent == parser->in.next.column && outer->head.line < frame->head.line)
			parser->suspect = *frame;
}

static void report_missing_close(struct parser *parser, const struct frame *open)
{
	const struct frame *blamed = parser->suspect.row ? &parser->suspect : open;

	if (!blamed->implied)
		reader_error_at(&parser->in, blamed->open, "missing-brace",
				"missing '}' for '%s', which was opened here", blamed->row->name);
	parser->suspect.row = NULL;
}

/* Whether the next word stands as far left as the innermost block does, whose parts do not. */
static bool stands_outside(const struct parser *parser)
{
	const struct frame *frame = parser->frame;

	return frame->deeper && parser->in.next.column <= frame->indent &&
	       parser->in.next.line > frame->head.line;
}

/*
 * Whether the next word begins something that belongs to a block around the innermost: in a list
 * of entries (`any`) any keyword does, else one that begins a block or stands further left.  If so,
 * a '}' is missing and blocks are left until the word fits.
 */
static bool leave_blocks(struct parser *parser, bool any)
{
	if (!parser->in.next.first)
		return false;
	for (struct frame *outer = parser->frame->outer; outer; outer = outer->outer) {
		const struct keyword_entry *entry = find(parser, outer->block, &parser->in.next);

		if (entry && (any || entry->row->type->braces || stands_outside(parser))) {
			report_missing_close(parser, parser->frame);
			parser->unwind = outer;
			return true;
		}
	}
	return false;
}

/* Words that are no keyword here */

/* A word that fits the block just closed, and not the one around it: an extra '}' closed it. */
static bool reenter_closed(struct parser *parser)
{
	struct frame frame = parser->closed;
	char shown[TOKEN_SHOWN_SIZE];

	if (!frame.row || !find(parser, frame.block, &parser->in.next))
		return false;
	/* What it seemed to lack at its end may follow. */
	diagnostics_truncate(parser->in.diagnostics, frame.reported);
	reader_error(&parser->in, &parser->in.next, "closed-too-early",
		     "%s is outside of '%s', which a '}' before it has closed",
		     token_shown(&parser->in.next, shown), frame.row->name);
	if (frame.close.line > 0)
		reader_note(&parser->in, frame.close, "it is closed here");
	/* What is looked at when the whole file has been read takes what follows; else it is
	 * checked. */
	if (parser->frame->outer || frame.block == BLOCK_SERVICE)
		frame.object = NULL;
	frame.outer = parser->frame;
	frame.statements_at = parser->statements.stack.count;
	frame.implied = true;
	frame.open.file = parser->in.source->file;
	parser->closed.row = NULL;
	parser->in.quiet += frame.mute;
	parser->frame = &frame;
	parse_body(parser);
	parser->frame = frame.outer;
	parser->in.quiet -= frame.mute;
	if (parser->in.next.kind == TOKEN_CLOSE)
		reader_advance(&parser->in);
	unsupported_take(parser, frame.statements_at);
	if (frame.object)
		object_close(parser, &frame);
	return true;
}

static void unknown_word(struct parser *parser)
{
	if (leave_blocks(parser, false) || reenter_closed(parser))
		return;
	const char *before = parser->in.next.start;
	parser_unknown(parser, "unknown-keyword", "unknown keyword");
	parser->skipped_block |= !parser->frame->outer && !parser->lenient;
	if (parser->in.next.start == before)
		reader_skip_statement(&parser->in);
}

/* Words after a value that are no statement. People add remarks without a '#', which has always
 * been harmless: the rest of the line is not read. Only before a '{' they must have been one. */
static void skip_remark(struct parser *parser, const struct keyword *row)
{
	struct token word = parser->in.next;
	bool placeholder = reader_has_placeholder(&parser->in);
	char what[96];

	if (parser_is_habit(parser, DIAGNOSTIC_WARNING)) {
		reader_skip_words(&parser->in);
		return;
	}
	reader_skip_words(&parser->in);
	bool block = parser->in.next.kind == TOKEN_OPEN;
	if (keyword_is_secret(row)) { /* it may be a part of that, and logs have many readers */
		word.text = "...";
		word.length = 3;
	}
	text_print(what, sizeof(what),
		   block ? "unexpected word after '%s':"
			 : "the rest of the line after '%s' is not read:",
		   row->name);
	bool refused = placeholder || (block && !parser->lenient);
	parser->refused_unknown |= refused && !placeholder;
	parser_complain_unknown(parser, &word, refused ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
				"unexpected-word", what);
	if (block)
		reader_skip_block(&parser->in);
}

/* After a statement: the next keyword may follow on the line. */
static void end_statement(struct parser *parser, const struct keyword *row, bool failed)
{
	if (parser_pass_remark(parser))
		return;
	if (reader_has_word(&parser->in) && !known_here(parser) && !failed) {
		skip_remark(parser, row);
		return;
	}
	/* One word is the bad value; more of them are a remark, whose words are no statements. */
	if (reader_has_word(&parser->in) && !known_here(parser))
		reader_advance(&parser->in);
	if (reader_has_word(&parser->in) && !known_here(parser))
		reader_skip_words(&parser->in);
	if (failed && parser->in.next.kind == TOKEN_OPEN)
		reader_skip_block(&parser->in);
}

/* Passes what stands between statements: ends of lines, and remarks as of other languages behind a
 * '{' or '}', which do no harm.  False: something else follows. */
static bool pass_between(struct parser *parser)
{
	struct token keyword;

	if (parser->in.next.kind == TOKEN_LINE)
		reader_advance(&parser->in);
	else if (!parser_pass_remark(parser) &&
		 (!parser_has_remark(parser) ||
		  !habit_unknown(&parser->in, DIAGNOSTIC_WARNING, &keyword)))
		return false;
	return true;
}

/* Bodies */

static void unexpected_close(struct parser *parser)
{
	if (parser->frame->outer)
		reader_error(&parser->in, &parser->in.next, "brace-of-another-file",
			     "unexpected '}': '%s' was opened in another file",
			     parser->frame->row->name);
	else
		reader_error(&parser->in, &parser->in.next, "extra-brace",
			     "unexpected '}': no block is open");
	reader_advance(&parser->in);
}

/* Whether the innermost block or the text ends here; a '}' of neither is reported. */
static bool at_end(struct parser *parser)
{
	const struct frame *frame = parser->frame;

	while (parser->in.next.kind == TOKEN_CLOSE) {
		if (frame->outer && frame->open.file == parser->in.source->file)
			return true;
		unexpected_close(parser);
	}
	return parser->in.next.kind == TOKEN_END;
}

/* A '{' after no keyword; "@ID {" has been taken for a conditional block. */
static void unexpected_open(struct parser *parser)
{
	const char *line = lexer_line(parser->in.lexer);

	line += strspn(line, " \t");
	if (parser->in.next.expansion > 0 && *line == '@')
		reader_error(&parser->in, &parser->in.next, "conditional-block",
			     "a condition holds for its own line only: there are no conditional "
			     "blocks");
	else
		reader_error(&parser->in, &parser->in.next, "unexpected-open-brace",
			     "unexpected '{': no block begins here");
	reader_skip_block(&parser->in);
}

static void parse_statement(struct parser *parser, const struct keyword_entry *entry);

static void parse_statements(struct parser *parser)
{
	struct frame *frame = parser->frame;
	const struct keyword_entry *entry;

	for (;;) {
		if (parser->unwind && parser->unwind != frame)
			return;
		parser->unwind = NULL;
		if (at_end(parser))
			return;
		frame->deeper |= parser->in.next.first && parser->in.next.column > frame->indent &&
				 reader_has_word(&parser->in);
		if (pass_between(parser)) {
			continue;
		} else if (parser->in.next.kind == TOKEN_OPEN) {
			unexpected_open(parser);
		} else if ((entry = known_here(parser))) {
			frame->known = true;
			parse_statement(parser, entry);
		} else if (include_is_keyword(&parser->in.next)) {
			include_read(&parser->in);
		} else {
			unknown_word(parser);
		}
	}
}

/* Addresses with options, each address beginning an entry. */
static void parse_addresses(struct parser *parser)
{
	char shown[TOKEN_SHOWN_SIZE];

	while (!parser->unwind && !at_end(parser)) {
		if (pass_between(parser)) {
			continue;
		} else if (parser->in.next.kind == TOKEN_OPEN) {
			reader_error(&parser->in, &parser->in.next, "unexpected-open-brace",
				     "unexpected '{' in a list of addresses");
			reader_skip_block(&parser->in);
		} else if (include_is_keyword(&parser->in.next) && parser->in.next.first) {
			include_read(&parser->in);
		} else if (!entry_address(parser, parser->frame)) {
			if (leave_blocks(parser, true))
				return;
			if (parser->frame->block == BLOCK_ADDRESS && parser->frame->outer->object)
				((struct instance_draft *)parser->frame->outer->object)
					->bad_address = true;
			if (!habit_address(&parser->in, parser->frame->block != BLOCK_PEER))
				reader_error(&parser->in, &parser->in.next, "not-an-address",
					     "expected an address as 10.0.0.1%s, not %s",
					     parser->frame->block == BLOCK_PEER ? "" : "/24",
					     token_shown(&parser->in.next, shown));
			reader_skip_words(&parser->in);
		}
	}
}

/* Entries, each a line or a word. A member's name is never a keyword, so any shows a missing '}'.
 */
static void parse_entries(struct parser *parser)
{
	bool members = parser->frame->row->block == BLOCK_MEMBERS;

	while (!parser->unwind && !at_end(parser)) {
		if (pass_between(parser)) {
			continue;
		} else if (parser->in.next.kind == TOKEN_OPEN) {
			reader_error(&parser->in, &parser->in.next, "unexpected-open-brace",
				     "unexpected '{' in a list");
			reader_skip_block(&parser->in);
		} else if (leave_blocks(parser, members)) {
			return;
		} else if (members) {
			group_add_member(parser, parser->frame);
		} else {
			entry_parse(parser, parser->frame);
		}
	}
}

bool parser_may_miss(const struct parser *parser)
{
	return parser->skipped_block || parser->in.include_missed;
}

void parse_body(struct parser *parser)
{
	const struct keyword *row = parser->frame->row;

	if (!row || row->type == &value_block)
		parse_statements(parser);
	else if (row->type == &value_addresses)
		parse_addresses(parser);
	else
		parse_entries(parser);
}

/* Blocks */

void parser_warn_unsupported(struct parser *parser, const struct token *keyword,
			     const struct keyword *row)
{
	if (row->support != SUPPORT_NONE || parser->in.quiet > 0)
		return;
	if (!keyword_is_tracker(row)) {
		reader_warning(&parser->in, keyword, "not-supported",
			       "'%s' is not supported: vdirector will not %s", row->name, row->doc);
		return;
	}
	/* Whoever relies on a failover that never comes has to see it. */
	reader_warning(&parser->in, keyword, "not-tracked",
		       "'%s' is not supported: vdirector will not %s", row->name, row->doc);
	diagnostics_lead(parser->in.diagnostics);
}

/* Words that stand where a '{' should. False: there is none after them, either, and no body. */
static bool refuse_words(struct parser *parser, struct frame *frame)
{
	struct token word = parser->in.next;
	char shown[TOKEN_SHOWN_SIZE];

	reader_skip_words(&parser->in);
	reader_skip_line_ends(&parser->in);
	bool open = parser->in.next.kind == TOKEN_OPEN;
	token_shown(&word, shown);
	if (open)
		reader_warning(&parser->in, &word, "unexpected-word",
			       "the rest of the line after '%s' is not read: %s", frame->row->name,
			       shown);
	else if (frame->row->type == &value_block)
		reader_error(&parser->in, &word, "unexpected-word",
			     "expected '{' after '%s', not %s", frame->row->name, shown);
	else
		reader_error(&parser->in, &word, "missing-open-brace",
			     "what belongs to '%s' stands in braces: %s { %.*s }", frame->row->name,
			     frame->row->name, (int)strlen(shown) - 2, shown + 1);
	if (open)
		return true;
	frame->tried = UINT64_MAX; /* what may be missing was not looked for */
	return reader_has_word(&parser->in) && find(parser, frame->block, &parser->in.next);
}

/* The '{' on the header's line or after it. False: a block that may do without has none, or what
 * stands there is none. */
static bool open_block(struct parser *parser, struct frame *frame)
{
	bool may_lack = frame->block == BLOCK_FALLBACK;
	bool refused = reader_has_word(&parser->in);

	if (may_lack && known_here(parser))
		return false;
	if (refused && frame->row->type == &value_block &&
	    find(parser, frame->block, &parser->in.next))
		refused = false; /* its first statement: only the '{' is missing */
	else if (refused && !refuse_words(parser, frame))
		return false;
	reader_skip_line_ends(&parser->in);
	frame->open = reader_place(&parser->in, &parser->in.next);
	if (parser->in.next.kind == TOKEN_OPEN) {
		reader_advance(&parser->in);
		return true;
	}
	if (may_lack)
		return false;
	frame->implied = true;
	if (!refused)
		reader_error(&parser->in, &frame->head, "missing-open-brace",
			     "missing '{' after '%s'", frame->row->name);
	return true;
}

static void close_block(struct parser *parser, struct frame *frame)
{
	if (parser->in.next.kind != TOKEN_CLOSE || parser->unwind)
		frame->tried = UINT64_MAX; /* what it lacks may stand where it should not */
	if (parser->unwind)
		return;
	if (parser->in.next.kind == TOKEN_CLOSE) {
		suspect_close(parser, frame);
		frame->close = reader_place(&parser->in, &parser->in.next);
		reader_advance(&parser->in);
		return;
	}
	if (!parser->in.end_reported) {
		parser->in.end_reported = true;
		report_missing_close(parser, frame);
	}
}

/* A list of names that go to a member of the block around it. */
static bool is_plain_list(const struct keyword *row)
{
	return row->type == &value_list && row->block != BLOCK_MEMBERS;
}

/* The header's words of a block of which nothing is made. */
static const char *keep_header(struct parser *parser, const struct keyword_entry *entry)
{
	if (is_plain_list(entry->row) || !block_type(entry->row->block)->argument)
		return "";
	if (!reader_has_word(&parser->in))
		reader_error(&parser->in, &parser->in.next, "missing-name", "'%s' needs %s",
			     entry->row->name, block_type(entry->row->block)->argument);
	return unsupported_words(parser, SIZE_MAX);
}

/* What a block that has ended leaves: to its object, or with the statements of the block around it.
 */
static void keep_unsupported(struct parser *parser, const struct keyword_entry *entry,
			     struct frame *frame)
{
	static const struct unsupported nothing;

	if (is_plain_list(entry->row) && !frame->header)
		entry_list_end(parser, entry, frame);
	frame->unsupported = unsupported_take(parser, frame->statements_at);
	if (frame->header && frame->row->type == &value_block && !frame->outer->outer)
		reference_define(parser, frame);
	if (frame->header)
		unsupported_add(parser, entry, frame->header,
				frame->unsupported ? frame->unsupported : &nothing);
}

/* Of a block that is only kept: a statement without which it stands for nothing. */
static void miss_required(struct parser *parser, const struct frame *frame)
{
	size_t count, at;
	const struct keyword_entry *entries = keyword_entries(parser->index, frame->block, &count);
	const struct unsupported *found = frame->unsupported;

	for (size_t i = 0; i < count; i++) {
		const struct keyword *row = entries[i].row;

		if (!row->otherwise || strcmp(row->otherwise, "required") != 0 ||
		    (row->flags & KEYWORD_ALIAS))
			continue;
		for (at = 0; found && at < found->n_statements; at++)
			if (found->statements[at].row == row)
				break;
		if (!found || at == found->n_statements)
			reader_warning(&parser->in, &frame->head, "missing-keyword",
				       "'%s' has no '%s'", frame->row->name, row->name);
	}
}

static void parse_block(struct parser *parser, const struct keyword_entry *entry,
			const struct token *keyword)
{
	struct frame *outer = parser->frame;
	struct frame frame = {
		.outer = outer,
		.block = is_plain_list(entry->row) ? outer->block : entry->row->block,
		.row = entry->row,
		.head = *keyword,
		.indent = parser->in.indent,
		.statements_at = parser->statements.stack.count,
		.mute = entry->row->support != SUPPORT_FULL,
		.errors = reader_errors(&parser->in),
	};

	parser_warn_unsupported(parser, keyword, entry->row);
	if (frame.mute || (outer->outer && !outer->object))
		frame.header = keep_header(parser, entry);
	else if (is_plain_list(entry->row))
		frame.object = outer->object;
	else
		object_open(parser, &frame);
	parser->in.quiet += frame.mute;
	bool open = open_block(parser, &frame);
	parser->frame = &frame;
	parser->closed.row = NULL;
	if (open)
		parse_body(parser);
	parser->frame = outer;
	if (open)
		close_block(parser, &frame);
	parser->in.quiet -= frame.mute;
	keep_unsupported(parser, entry, &frame);
	if (frame.header && frame.row->type == &value_block && parser->in.quiet == 0 &&
	    frame.errors == reader_errors(&parser->in))
		miss_required(parser, &frame);
	frame.reported = diagnostics_total(parser->in.diagnostics);
	if (!is_plain_list(entry->row))
		object_close(parser, &frame);
	parser->closed = frame;
}

/* Statements */

void parser_warn_again(struct parser *parser, const struct token *keyword,
		       const struct keyword *row)
{
	reader_warning(&parser->in, keyword, "given-twice",
		       "'%s' is given a second time: the %s one counts", row->name,
		       row->type == &value_command ? "first" : "last");
}

/* What a value is stored in: NULL where it is only checked, or where an earlier one counts. */
static void *member_of(struct parser *parser, const struct keyword_entry *entry,
		       const struct token *keyword)
{
	struct frame *frame = parser->frame;
	bool first_counts = entry->row->type == &value_command;

	if (entry->bit == KEYWORD_NO_BIT || !frame->object)
		return NULL;
	if (frame->given & (UINT64_C(1) << entry->bit)) {
		parser_warn_again(parser, keyword, entry->row);
		if (frame->places)
			reader_note(&parser->in, frame->places[entry->bit],
				    "the first one is here");
		if (first_counts)
			return NULL;
	}
	return (char *)frame->object + entry->offset;
}

/* Whether a statement goes to a member, or does something as it is read. */
static bool is_used(const struct frame *frame, const struct keyword_entry *entry)
{
	if (entry->row->type == &value_includes)
		return true;
	return frame->object &&
	       (entry->bit != KEYWORD_NO_BIT || entry->row->type == &value_server ||
		entry->row->type == &value_key);
}

/* A keyword that is not supported and says "off" asks for nothing. */
static void parse_unsupported(struct parser *parser, const struct token *keyword,
			      const struct keyword_entry *entry)
{
	bool wanted = true;
	bool good;

	if (entry->row->type == &value_line)
		good = entry_line(parser, keyword, entry);
	else
		good = unsupported_value(parser, keyword, entry, &wanted);
	if (good && wanted)
		parser_warn_unsupported(parser, keyword, entry->row);
	end_statement(parser, entry->row, !good);
}

/* What keepalived passes over with no more than a line in its log, and can mean one thing only. */
static void warn_misnomer(struct parser *parser, const struct token *keyword,
			  const struct keyword_entry *entry)
{
	const char *name = keyword_main(parser->index, entry)->name;

	reader_warning(&parser->in, keyword, "misnamed-keyword",
		       "'%s' is no keyword of %s: it is taken as '%s'", entry->row->name,
		       block_type(parser->frame->block)->name, name);
	diagnostics_suggest(parser->in.diagnostics, name);
}

static void parse_statement(struct parser *parser, const struct keyword_entry *entry)
{
	struct frame *frame = parser->frame;
	struct token keyword = parser->in.next;
	bool good;

	parser->in.statements++;
	reader_advance(&parser->in);
	if (entry->row->flags & KEYWORD_MISNOMER)
		warn_misnomer(parser, &keyword, entry);
	if (entry->row->type->braces) {
		parse_block(parser, entry, &keyword);
		return;
	}
	if (keyword_is_secret(entry->row))
		reader_note_secret(&parser->in, &keyword, entry->row->name);
	if (!is_used(frame, entry)) {
		parse_unsupported(parser, &keyword, entry);
		return;
	}
	bool valued = reader_has_word(&parser->in) && entry->row->type != &value_flag;
	struct place place = reader_place(&parser->in, valued ? &parser->in.next : &keyword);
	void *member = member_of(parser, entry, &keyword);
	if (entry->row->type == &value_server)
		good = object_sorry_server(parser, &keyword, entry->row);
	else if (entry->row->type == &value_key)
		good = object_key(parser, &keyword, entry->row);
	else
		good = value_read(&parser->in, &keyword, entry->row, member);
	if (member) {
		frame->tried |= UINT64_C(1) << entry->bit;
		frame->given |= (uint64_t)good << entry->bit;
		if (frame->places)
			frame->places[entry->bit] = place;
	}
	if (good && !(entry->row->type == &value_bool && member && !*(const bool *)member))
		parser_warn_unsupported(parser, &keyword, entry->row);
	end_statement(parser, entry->row, !good);
}

/* For the reader */

static bool is_keyword(const void *context, const char *text, size_t length)
{
	const struct parser *parser = context;

	return parser->frame && keyword_find(parser->index, parser->frame->block, text, length);
}

static void read_body(void *context)
{
	parse_body(context);
}

/* That of the drafts. */
static size_t memory(const void *context)
{
	const struct parser *parser = context;
	size_t used = parser->statements.stack.capacity * sizeof(struct statement);

	for (size_t i = 0; i < DRAFT_LISTS; i++)
		used += parser->drafts.lists[i].capacity * parser->drafts.lists[i].size;
	return used;
}

const struct reader_user parser_reader_user = {is_keyword, read_body, memory};
