/*
 * The parser: statements and blocks, read by the keyword tables.
 *
 * It knows no keyword.  Each word is looked up in the table of the innermost block, and what the
 * row says is read: a value (value.c), a block (parse_object.c makes what it stands for), or a
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
#include "conf/model/parse.h"

#include <stdarg.h>
#include <string.h>

#include "conf/model/habit.h"
#include "core/base/arena.h"
#include "core/base/log.h"

void parser_advance(struct parser *parser)
{
	parser->next = lexer_next(parser->lexer);
	if (limit_reached(parser, &parser->next)) {
		parser->next.kind = TOKEN_END;
		parser->end_reported = true;
	}
	if (parser->next.first)
		parser->indent = parser->next.column;
}

struct place parser_place(const struct parser *parser, const struct token *token)
{
	uint32_t file = parser->source ? parser->source->file : 0;

	return (struct place){file, token->line, token->column, token->expansion};
}

void parser_note_secret(struct parser *parser, const struct token *keyword, const char *name)
{
	struct secret_conf secret = {name, parser_place(parser, keyword)};
	const struct secret_conf *known = parser->secrets.items;

	if (parser->canonical)
		return;
	for (size_t i = 0; i < parser->secrets.count; i++)
		if (known[i].place.file == secret.place.file)
			return;
	vector_add(&parser->secrets, sizeof(secret), &secret);
}

static struct spot spot_of(const struct parser *parser, struct place place)
{
	const char *const *files = parser->files.items;

	return (struct spot){files[place.file], place.line, place.column};
}

__attribute__((format(printf, 5, 0))) static void complain(struct parser *parser,
							   enum diagnostic_severity severity,
							   struct place place, const char *code,
							   const char *format, va_list arguments)
{
	char text[512];

	if (parser->limit.reached || (parser->canonical && severity == DIAGNOSTIC_WARNING)) {
		diagnostics_skip(parser->diagnostics);
		return;
	}
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	if (parser->expander)
		expander_report(parser->expander, severity, spot_of(parser, place), place.expansion,
				code, text);
	else
		diagnostics_add(parser->diagnostics, severity, spot_of(parser, place), code, "%s",
				text);
}

void parser_complain(struct parser *parser, enum diagnostic_severity severity, struct place place,
		     const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(parser, severity, place, code, format, arguments);
	va_end(arguments);
}

void parser_error(struct parser *parser, const struct token *token, const char *code,
		  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(parser, DIAGNOSTIC_ERROR, parser_place(parser, token), code, format, arguments);
	va_end(arguments);
}

void parser_warning(struct parser *parser, const struct token *token, const char *code,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(parser, DIAGNOSTIC_WARNING, parser_place(parser, token), code, format, arguments);
	va_end(arguments);
}

void parser_note(struct parser *parser, struct place place, const char *format, ...)
{
	va_list arguments;
	char text[128];

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(arguments);
	diagnostics_note(parser->diagnostics, spot_of(parser, place), "%s", text);
}

const char *token_shown(const struct token *token, char text[TOKEN_SHOWN_SIZE])
{
	const size_t room = TOKEN_SHOWN_SIZE - sizeof("''...");
	bool cut = token->length > room;
	int n = snprintf(text, TOKEN_SHOWN_SIZE, "'%.*s%s'", (int)(cut ? room : token->length),
			 token->text, cut ? "..." : "");

	if (n < 0 || n >= TOKEN_SHOWN_SIZE)
		fatal("a word of %u bytes does not fit a message", token->length);
	return text;
}

bool token_is(const struct token *token, const char *text)
{
	return token->kind == TOKEN_WORD && strlen(text) == token->length &&
	       memcmp(token->text, text, token->length) == 0;
}

const char *token_text(struct parser *parser, const struct token *token)
{
	return intern_text(parser->intern, token->text, token->length);
}

static const struct keyword_entry *find(const struct parser *parser, enum block block,
					const struct token *word)
{
	return keyword_find(parser->index, block, word->text, word->length);
}

static const struct keyword_entry *known_here(const struct parser *parser)
{
	if (parser->next.kind != TOKEN_WORD)
		return NULL;
	return find(parser, parser->frame->block, &parser->next);
}

/* Skipping */

void parse_skip_words(struct parser *parser)
{
	while (parser->next.kind == TOKEN_WORD)
		parser_advance(parser);
}

void parse_skip_line(struct parser *parser)
{
	while (parser->next.kind != TOKEN_LINE && parser->next.kind != TOKEN_END)
		parser_advance(parser);
}

static void skip_lines(struct parser *parser)
{
	while (parser->next.kind == TOKEN_LINE)
		parser_advance(parser);
}

/* From a '{' to its '}'. */
static void skip_block(struct parser *parser)
{
	struct token open = parser->next;
	size_t depth = 0;

	do {
		depth += parser->next.kind == TOKEN_OPEN;
		depth -= parser->next.kind == TOKEN_CLOSE;
		parser_advance(parser);
	} while (depth > 0 && parser->next.kind != TOKEN_END);
	if (depth > 0 && !parser->end_reported) {
		parser->end_reported = true;
		parser_error(parser, &open, "missing-brace", "missing '}' for the '{' here");
	}
}

void parse_skip_statement(struct parser *parser)
{
	parse_skip_words(parser);
	skip_lines(parser);
	if (parser->next.kind == TOKEN_OPEN)
		skip_block(parser);
}

/* Braces that are missing */

/* A '}' that stands further left than the block it closes, in line with a block around that: the
 * inner one's own was forgotten. */
static void suspect_close(struct parser *parser, const struct frame *frame)
{
	const struct frame *outer;

	if (parser->suspect.row || !parser->next.first || parser->next.column >= frame->indent)
		return;
	for (outer = frame->outer; outer && outer->row; outer = outer->outer) {
		if (outer->indent == parser->next.column && outer->head.line < frame->head.line)
			parser->suspect = *frame;
	}
}

static void report_missing_close(struct parser *parser, const struct frame *open)
{
	const struct frame *blamed = parser->suspect.row ? &parser->suspect : open;

	if (!blamed->implied)
		parser_complain(parser, DIAGNOSTIC_ERROR, blamed->open, "missing-brace",
				"missing '}' for '%s', which was opened here", blamed->row->name);
	parser->suspect.row = NULL;
}

static bool is_block(const struct keyword *row)
{
	return row->type == VALUE_BLOCK || row->type == VALUE_ADDRESSES ||
	       row->type == VALUE_ENTRIES || row->type == VALUE_LIST || row->type == VALUE_MEMBERS;
}

/* Whether the next word stands as far left as the innermost block does, whose parts do not. */
static bool stands_outside(const struct parser *parser)
{
	const struct frame *frame = parser->frame;

	return frame->deeper && parser->next.column <= frame->indent &&
	       parser->next.line > frame->head.line;
}

/*
 * Whether the next word begins something that belongs to a block around the innermost: in a list
 * of entries (`any`) any keyword does, else one that begins a block or stands further left.  If so,
 * a '}' is missing and blocks are left until the word fits.
 */
static bool leave_blocks(struct parser *parser, bool any)
{
	struct frame *outer;

	if (!parser->next.first)
		return false;
	for (outer = parser->frame->outer; outer; outer = outer->outer) {
		const struct keyword_entry *entry = find(parser, outer->block, &parser->next);

		if (entry && (any || is_block(entry->row) || stands_outside(parser))) {
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

	if (!frame.row || !find(parser, frame.block, &parser->next))
		return false;
	/* What it seemed to lack at its end may follow. */
	diagnostics_truncate(parser->diagnostics, frame.reported);
	parser_error(parser, &parser->next, "closed-too-early",
		     "%s is outside of '%s', which a '}' before it has closed",
		     token_shown(&parser->next, shown), frame.row->name);
	if (frame.close.line > 0)
		parser_note(parser, frame.close, "it is closed here");
	/* What is looked at when the whole file has been read takes what follows; else it is
	 * checked. */
	if (parser->frame->outer || frame.block == BLOCK_SERVICE)
		frame.object = NULL;
	frame.outer = parser->frame;
	frame.rest_at = parser->rest.stack.count;
	frame.implied = true;
	frame.open.file = parser->source->file;
	parser->closed.row = NULL;
	parser->quiet += frame.mute;
	parser->frame = &frame;
	parse_body(parser);
	parser->frame = frame.outer;
	parser->quiet -= frame.mute;
	if (parser->next.kind == TOKEN_CLOSE)
		parser_advance(parser);
	rest_take(parser, frame.rest_at);
	if (frame.object)
		object_close(parser, &frame);
	return true;
}

static void unknown_word(struct parser *parser)
{
	const char *before;

	if (leave_blocks(parser, false) || reenter_closed(parser))
		return;
	before = parser->next.start;
	parser_unknown(parser, "unknown-keyword", "unknown keyword");
	parser->skipped_block |= !parser->frame->outer && !parser->lenient;
	if (parser->next.start == before)
		parse_skip_statement(parser);
}

/* Words after a value that are no statement. People add remarks without a '#', which has always
 * been harmless: the rest of the line is not read. Only before a '{' they must have been one. */
static void skip_remark(struct parser *parser, const struct keyword *row)
{
	struct token word = parser->next;
	bool block;
	char what[96];
	int n;

	if (habit_unknown(parser, DIAGNOSTIC_WARNING)) {
		parse_skip_words(parser);
		return;
	}
	parse_skip_words(parser);
	block = parser->next.kind == TOKEN_OPEN;
	if (keyword_is_secret(row)) { /* it may be a part of that, and logs have many readers */
		word.text = "...";
		word.length = 3;
	}
	n = snprintf(what, sizeof(what),
		     block ? "unexpected word after '%s':"
			   : "the rest of the line after '%s' is not read:",
		     row->name);
	if (n < 0 || n >= (int)sizeof(what))
		fatal("keyword '%s' is too long", row->name);
	parser->refused_unknown |= block && !parser->lenient;
	parser_complain_unknown(parser, &word,
				block && !parser->lenient ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
				"unexpected-word", what);
	if (block)
		skip_block(parser);
}

/* After a statement: the next keyword may follow on the line. */
static void end_statement(struct parser *parser, const struct keyword *row, bool failed)
{
	if (parser->next.kind == TOKEN_WORD && !known_here(parser) && !failed) {
		skip_remark(parser, row);
		return;
	}
	while (parser->next.kind == TOKEN_WORD && !known_here(parser))
		parser_advance(parser);
	if (failed && parser->next.kind == TOKEN_OPEN)
		skip_block(parser);
}

/* Bodies */

static void unexpected_close(struct parser *parser)
{
	if (parser->frame->outer)
		parser_error(parser, &parser->next, "brace-of-another-file",
			     "unexpected '}': '%s' was opened in another file",
			     parser->frame->row->name);
	else
		parser_error(parser, &parser->next, "extra-brace",
			     "unexpected '}': no block is open");
	parser_advance(parser);
}

/* Whether the innermost block or the text ends here; a '}' of neither is reported. */
static bool at_end(struct parser *parser)
{
	const struct frame *frame = parser->frame;

	while (parser->next.kind == TOKEN_CLOSE) {
		if (frame->outer && frame->open.file == parser->source->file)
			return true;
		unexpected_close(parser);
	}
	return parser->next.kind == TOKEN_END;
}

/* A '{' after no keyword; "@ID {" has been taken for a conditional block. */
static void unexpected_open(struct parser *parser)
{
	const char *line = lexer_line(parser->lexer);

	line += strspn(line, " \t");
	if (parser->next.expansion > 0 && *line == '@')
		parser_error(parser, &parser->next, "conditional-block",
			     "a condition holds for its own line only: there are no conditional "
			     "blocks");
	else
		parser_error(parser, &parser->next, "unexpected-open-brace",
			     "unexpected '{': no block begins here");
	skip_block(parser);
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
		frame->deeper |= parser->next.first && parser->next.column > frame->indent &&
				 parser->next.kind == TOKEN_WORD;
		if (parser->next.kind == TOKEN_LINE) {
			parser_advance(parser);
		} else if (parser->next.kind == TOKEN_OPEN) {
			unexpected_open(parser);
		} else if ((entry = known_here(parser))) {
			parse_statement(parser, entry);
		} else if (parse_is_include(&parser->next)) {
			parse_include(parser);
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
		if (parser->next.kind == TOKEN_LINE) {
			parser_advance(parser);
		} else if (parser->next.kind == TOKEN_OPEN) {
			parser_error(parser, &parser->next, "unexpected-open-brace",
				     "unexpected '{' in a list of addresses");
			skip_block(parser);
		} else if (parse_is_include(&parser->next) && parser->next.first) {
			parse_include(parser);
		} else if (!parse_address_entry(parser, parser->frame)) {
			if (leave_blocks(parser, true))
				return;
			if (!habit_address(parser, parser->frame->block != BLOCK_PEER))
				parser_error(parser, &parser->next, "not-an-address",
					     "expected an address as 10.0.0.1%s, not %s",
					     parser->frame->block == BLOCK_PEER ? "" : "/24",
					     token_shown(&parser->next, shown));
			parse_skip_words(parser);
		}
	}
}

/* Entries, each a line or a word. A member's name is never a keyword, so any shows a missing '}'.
 */
static void parse_entries(struct parser *parser)
{
	bool members = parser->frame->row->type == VALUE_MEMBERS;

	while (!parser->unwind && !at_end(parser)) {
		if (parser->next.kind == TOKEN_LINE) {
			parser_advance(parser);
		} else if (parser->next.kind == TOKEN_OPEN) {
			parser_error(parser, &parser->next, "unexpected-open-brace",
				     "unexpected '{' in a list");
			skip_block(parser);
		} else if (leave_blocks(parser, members)) {
			return;
		} else if (members) {
			group_add_member(parser, parser->frame);
		} else {
			parse_entry(parser, parser->frame);
		}
	}
}

void parse_body(struct parser *parser)
{
	const struct keyword *row = parser->frame->row;

	switch (row ? row->type : VALUE_BLOCK) {
	case VALUE_ADDRESSES:
		parse_addresses(parser);
		return;
	case VALUE_LIST:
	case VALUE_ENTRIES:
	case VALUE_MEMBERS:
		parse_entries(parser);
		return;
	default:
		parse_statements(parser);
	}
}

/* Blocks */

void parser_warn_unsupported(struct parser *parser, const struct token *keyword,
			     const struct keyword *row)
{
	if (row->support == SUPPORT_NONE && parser->quiet == 0)
		parser_warning(parser, keyword, "not-supported",
			       "'%s' is not supported: vdirector will not %s", row->name, row->doc);
}

/* Words that stand where a '{' should. False: there is none after them, either, and no body. */
static bool refuse_words(struct parser *parser, struct frame *frame)
{
	struct token word = parser->next;
	char shown[TOKEN_SHOWN_SIZE];
	bool open;

	parse_skip_words(parser);
	skip_lines(parser);
	open = parser->next.kind == TOKEN_OPEN;
	token_shown(&word, shown);
	if (open)
		parser_warning(parser, &word, "unexpected-word",
			       "the rest of the line after '%s' is not read: %s", frame->row->name,
			       shown);
	else if (frame->row->type == VALUE_BLOCK)
		parser_error(parser, &word, "unexpected-word", "expected '{' after '%s', not %s",
			     frame->row->name, shown);
	else
		parser_error(parser, &word, "missing-open-brace",
			     "what belongs to '%s' stands in braces: %s { %.*s }", frame->row->name,
			     frame->row->name, (int)strlen(shown) - 2, shown + 1);
	if (open)
		return true;
	frame->tried = UINT64_MAX; /* what may be missing was not looked for */
	return parser->next.kind == TOKEN_WORD && find(parser, frame->block, &parser->next);
}

/* The '{' on the header's line or after it. False: a block that may do without has none, or what
 * stands there is none. */
static bool open_block(struct parser *parser, struct frame *frame)
{
	bool may_lack = frame->block == BLOCK_FALLBACK;
	bool refused = parser->next.kind == TOKEN_WORD;

	if (may_lack && known_here(parser))
		return false;
	if (refused && frame->row->type == VALUE_BLOCK && find(parser, frame->block, &parser->next))
		refused = false; /* its first statement: only the '{' is missing */
	else if (refused && !refuse_words(parser, frame))
		return false;
	skip_lines(parser);
	frame->open = parser_place(parser, &parser->next);
	if (parser->next.kind == TOKEN_OPEN) {
		parser_advance(parser);
		return true;
	}
	if (may_lack)
		return false;
	frame->implied = true;
	if (!refused)
		parser_error(parser, &frame->head, "missing-open-brace", "missing '{' after '%s'",
			     frame->row->name);
	return true;
}

static void close_block(struct parser *parser, struct frame *frame)
{
	if (parser->unwind)
		return;
	if (parser->next.kind == TOKEN_CLOSE) {
		suspect_close(parser, frame);
		frame->close = parser_place(parser, &parser->next);
		parser_advance(parser);
		return;
	}
	if (!parser->end_reported) {
		parser->end_reported = true;
		report_missing_close(parser, frame);
	}
}

/* The header's words of a block of which nothing is made. */
static const char *keep_header(struct parser *parser, const struct keyword_entry *entry)
{
	if (entry->row->type == VALUE_LIST || !block_type(entry->row->block)->argument)
		return "";
	if (parser->next.kind != TOKEN_WORD)
		parser_error(parser, &parser->next, "missing-name", "'%s' needs %s",
			     entry->row->name, block_type(entry->row->block)->argument);
	return rest_words(parser, SIZE_MAX);
}

/* What a block that has ended leaves: to its object, or with the rest of the block around it. */
static void keep_rest(struct parser *parser, const struct keyword_entry *entry, struct frame *frame)
{
	static const struct rest nothing;

	if (entry->row->type == VALUE_LIST && !frame->header)
		parse_list_end(parser, entry, frame);
	frame->rest = rest_take(parser, frame->rest_at);
	if (frame->header && frame->row->type == VALUE_BLOCK && !frame->outer->outer)
		reference_define(parser, frame);
	if (frame->header)
		rest_add(parser, entry, frame->header, frame->rest ? frame->rest : &nothing);
}

/* Of a block that is only kept: a statement without which it stands for nothing. */
static void miss_required(struct parser *parser, const struct frame *frame)
{
	size_t count, i, at;
	const struct keyword_entry *entries = keyword_entries(parser->index, frame->block, &count);
	const struct rest *rest = frame->rest;

	for (i = 0; i < count; i++) {
		const struct keyword *row = entries[i].row;

		if (!row->otherwise || strcmp(row->otherwise, "required") != 0 ||
		    (row->flags & KEYWORD_ALIAS))
			continue;
		for (at = 0; rest && at < rest->n_statements; at++) {
			if (rest->statements[at].row == row)
				break;
		}
		if (!rest || at == rest->n_statements)
			parser_warning(parser, &frame->head, "missing-keyword", "'%s' has no '%s'",
				       frame->row->name, row->name);
	}
}

static void parse_block(struct parser *parser, const struct keyword_entry *entry,
			const struct token *keyword)
{
	struct frame *outer = parser->frame;
	struct frame frame = {
		.outer = outer,
		.block = entry->row->type == VALUE_LIST ? outer->block : entry->row->block,
		.row = entry->row,
		.head = *keyword,
		.indent = parser->indent,
		.rest_at = parser->rest.stack.count,
		.mute = entry->row->support != SUPPORT_FULL,
	};
	size_t errors = diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR);
	bool open;

	parser_warn_unsupported(parser, keyword, entry->row);
	if (frame.mute || (outer->outer && !outer->object))
		frame.header = keep_header(parser, entry);
	else if (entry->row->type == VALUE_LIST)
		frame.object = outer->object;
	else
		object_open(parser, &frame);
	parser->quiet += frame.mute;
	open = open_block(parser, &frame);
	parser->frame = &frame;
	parser->closed.row = NULL;
	if (open)
		parse_body(parser);
	parser->frame = outer;
	if (open)
		close_block(parser, &frame);
	parser->quiet -= frame.mute;
	keep_rest(parser, entry, &frame);
	if (frame.header && frame.row->type == VALUE_BLOCK && parser->quiet == 0 &&
	    errors == diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR))
		miss_required(parser, &frame);
	frame.reported = diagnostics_total(parser->diagnostics);
	if (entry->row->type != VALUE_LIST)
		object_close(parser, &frame);
	parser->closed = frame;
}

/* Statements */

void parser_warn_again(struct parser *parser, const struct token *keyword,
		       const struct keyword *row)
{
	parser_warning(parser, keyword, "given-twice",
		       "'%s' is given a second time: the %s one counts", row->name,
		       row->type == VALUE_COMMAND ? "first" : "last");
}

/* What a value is stored in: NULL where it is only checked, or where an earlier one counts. */
static void *member_of(struct parser *parser, const struct keyword_entry *entry,
		       const struct token *keyword)
{
	struct frame *frame = parser->frame;
	bool first_counts = entry->row->type == VALUE_COMMAND;

	if (entry->bit == KEYWORD_NO_BIT || !frame->object)
		return NULL;
	if (frame->given & (UINT64_C(1) << entry->bit)) {
		parser_warn_again(parser, keyword, entry->row);
		if (frame->places)
			parser_note(parser, frame->places[entry->bit], "the first one is here");
		if (first_counts)
			return NULL;
	}
	return (char *)frame->object + entry->offset;
}

/* Whether a statement goes to a member, or does something as it is read. */
static bool is_used(const struct frame *frame, const struct keyword_entry *entry)
{
	if (entry->row->type == VALUE_INCLUDES)
		return true;
	return frame->object && (entry->bit != KEYWORD_NO_BIT || entry->row->type == VALUE_SERVER ||
				 entry->row->type == VALUE_KEY);
}

/* A keyword that is not supported and says "off" asks for nothing. */
static void parse_rest(struct parser *parser, const struct token *keyword,
		       const struct keyword_entry *entry)
{
	bool wanted = true;
	bool good;

	if (entry->row->type == VALUE_LINE)
		good = parse_line(parser, keyword, entry);
	else
		good = rest_value(parser, keyword, entry, &wanted);
	if (good && wanted)
		parser_warn_unsupported(parser, keyword, entry->row);
	end_statement(parser, entry->row, !good);
}

static void parse_statement(struct parser *parser, const struct keyword_entry *entry)
{
	struct frame *frame = parser->frame;
	struct token keyword = parser->next;
	struct place place;
	bool valued, good;
	void *member;

	parser_advance(parser);
	if (is_block(entry->row)) {
		parse_block(parser, entry, &keyword);
		return;
	}
	if (keyword_is_secret(entry->row))
		parser_note_secret(parser, &keyword, entry->row->name);
	if (!is_used(frame, entry)) {
		parse_rest(parser, &keyword, entry);
		return;
	}
	valued = parser->next.kind == TOKEN_WORD && entry->row->type != VALUE_FLAG;
	place = parser_place(parser, valued ? &parser->next : &keyword);
	member = member_of(parser, entry, &keyword);
	good = value_read(parser, &keyword, entry->row, member);
	if (member) {
		frame->tried |= UINT64_C(1) << entry->bit;
		frame->given |= (uint64_t)good << entry->bit;
		if (frame->places)
			frame->places[entry->bit] = place;
	}
	if (good && !(entry->row->type == VALUE_BOOL && member && !*(const bool *)member))
		parser_warn_unsupported(parser, &keyword, entry->row);
	end_statement(parser, entry->row, !good);
}
