/*
 * Expansion: what a line of a file stands for, before it is split into words.
 *
 * The lexer shows each line that has a '$', '@' or '~' in it (only those, so that files without
 * them pay nothing) and reads what comes back in its place.  In this order a line may
 *
 *	begin with conditions	"@ID" and "@^ID": it counts only if that is the configuration's
 *				name, or is not
 *	define a macro		"$NAME=VALUE"; a value whose line ends in '\' goes on in the next
 *	be a loop		"~SEQ(...)", "~LST(...)": it is expanded once for each value
 *	use macros		"${NAME}" anywhere; "$NAME" before a blank, ',', ')' or the end
 *
 * A macro at the beginning whose value begins with one of these is replaced first, so that it
 * governs the line: "$IF=@lb1", "$IF $BLOCK".  "${_HASH}" there makes the line a remark.
 *
 * What macros are replaced by is split into lines, and each of them is expanded in turn: so values
 * may use macros, and hold conditions, definitions and loops.  An unknown name is left as it is:
 * '$' is a common character in commands and patterns.
 *
 * Everything is bounded: macros use each other at most EXPANSION_DEPTH deep, one that leads to
 * itself is reported at once, and all expansions of a configuration together make at most
 * EXPANSION_LIMIT bytes, where each replacement, each round of a loop and each complaint counts as
 * some more, since it is work.
 */
#include "conf/text/expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/text/expand_parts.h"
#include "conf/text/repeat.h"
#include "core/base/arena.h"

#define REPLACEMENT_COST 32   /* bytes that an empty one counts for */
#define COMPLAINT_COST	 1024 /* the same, also of what was told before */
#define MESSAGE_SIZE	 256

/* One line being expanded. */
struct job {
	struct expander *expander;
	const struct expansion *line;
	struct text out;
	const struct macro_line *more; /* of a definition: its lines after the first */
	uint32_t n_more;
	bool touched; /* it is not just an ordinary line */
	bool failed;  /* nothing comes of it */
};

struct expander *expander_create(const char *config_id, size_t limit,
				 struct diagnostics *diagnostics)
{
	struct arena *arena = arena_create();
	struct expander *expander = arena_alloc(arena, sizeof(*expander));

	expander->arena = arena;
	expander->macros = macro_table_create(arena, config_id);
	expander->limit = limit > 0 && limit < EXPANSION_LIMIT ? limit : EXPANSION_LIMIT;
	expander->diagnostics = diagnostics;
	expander->next_number = 1;
	vector_add(&expander->origins, sizeof(struct origin), NULL);
	return expander;
}

void expander_destroy(struct expander *expander)
{
	struct kept_text *texts;

	if (!expander)
		return;
	texts = expander->texts.items;
	for (size_t i = 0; i < expander->texts.count; i++)
		text_free(&texts[i].text);
	vector_free(&expander->texts);
	vector_free(&expander->origins);
	vector_free(&expander->told);
	hash_free(&expander->told_hash);
	macro_table_destroy(expander->macros);
	arena_destroy(expander->arena);
}

/* Reports at a byte of a text. */
__attribute__((format(printf, 6, 7))) static void complain(struct job *job,
							   enum diagnostic_severity severity,
							   const struct text *in, uint32_t at,
							   const char *code, const char *format,
							   ...)
{
	struct run run = text_run(in, at);
	struct spot use = {job->line->file, job->line->line, run.column};
	char text[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(arguments);
	job->expander->used += COMPLAINT_COST;
	expander_report_origin(job->expander, severity, use, run.origin, run.shift, code, text);
}

/* Counts what is about to be made; false: that is too much. */
static bool charge(struct job *job, const struct text *in, uint32_t at, size_t size)
{
	struct expander *expander = job->expander;

	expander->used += size + REPLACEMENT_COST;
	if (expander->used <= expander->limit)
		return true;
	if (!expander->exhausted)
		complain(job, DIAGNOSTIC_ERROR, in, at, "expansion-too-large",
			 "macros and loops make more than %zu bytes of text", expander->limit);
	expander->exhausted = true;
	job->failed = true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static uint32_t skip_blanks(const char *bytes, uint32_t at, uint32_t end)
{
	while (at < end && is_blank(bytes[at]))
		at++;
	return at;
}

static uint32_t trim(const char *bytes, uint32_t from, uint32_t end)
{
	while (end > from && is_blank(bytes[end - 1]))
		end--;
	return end;
}

static struct spot spot_of(const struct job *job, const struct text *in, uint32_t at)
{
	const struct origin *origins = job->expander->origins.items;
	struct run run = text_run(in, at);

	if (run.origin != 0)
		return origin_spot(&origins[run.origin], run.shift);
	return (struct spot){job->line->file, job->line->line, run.column};
}

/* Replacing */

/* The number of a new origin for what replaces a byte of `run`. */
static uint32_t add_origin(struct job *job, const struct run *run, const struct origin *wanted)
{
	struct vector *origins = &job->expander->origins;
	struct origin origin = *wanted;
	struct origin outer;

	origin.outer = run->origin;
	if (run->origin != 0 && run->shift > 0) {
		outer = ((const struct origin *)origins->items)[run->origin];
		outer.spot = origin_spot(&outer, run->shift);
		origin.outer = (uint32_t)origins->count;
		vector_add(origins, sizeof(outer), &outer);
	}
	vector_add(origins, sizeof(origin), &origin);
	return (uint32_t)origins->count - 1;
}

static bool leads_to_itself(const struct job *job, uint32_t origin, const char *name)
{
	const struct origin *origins = job->expander->origins.items;

	for (; origin != 0; origin = origins[origin].outer)
		if (!origins[origin].value && origins[origin].name == name)
			return true;
	return false;
}

static void insert_macro(struct job *job, const struct text *in, uint32_t at,
			 const struct macro *macro, struct text *made)
{
	const struct macro_line *lines = macro->lines;
	struct run run = text_run(in, at);

	if (leads_to_itself(job, run.origin, macro->name)) {
		complain(job, DIAGNOSTIC_ERROR, in, at, "macro-loop",
			 "the definition of $%s leads to itself", macro->name);
		job->failed = true;
		return;
	}
	for (uint32_t i = 0; i < macro->n_lines && charge(job, in, at, lines[i].length); i++) {
		struct run part = {.column = run.column};

		part.origin = add_origin(job, &run,
					 &(struct origin){
						 .name = macro->name,
						 .value = macro->loop ? lines[i].text : NULL,
						 .spot = lines[i].spot,
					 });
		text_add(made, lines[i].text, lines[i].length, part);
		if (i + 1 < macro->n_lines)
			text_add(made, "\n", 1, part);
	}
}

static bool insert_builtin(struct job *job, const struct text *in, uint32_t at,
			   const struct macro_reference *reference, bool quoted, struct text *made)
{
	struct expander *expander = job->expander;
	const char *reason;
	struct run run = text_run(in, at);
	struct run part = {.column = run.column};

	const char *value =
		macro_builtin(expander->macros, reference, job->line->file, quoted, &reason);
	if (!value)
		return false;
	if (reason)
		complain(job, DIAGNOSTIC_ERROR, in, at, "bad-builtin", "%s", reason);
	if (!charge(job, in, at, strlen(value)))
		return true;
	part.origin = add_origin(job, &run,
				 &(struct origin){
					 .name = macro_name(expander->macros, in->bytes + at + 1,
							    reference->size - 1),
					 .value = *value == '\\' ? value + 1 : value,
					 .spot = spot_of(job, in, at),
				 });
	text_add(made, value, (uint32_t)strlen(value), part);
	return true;
}

/* Whether "$NAME", which ends before `end`, ends there. */
static bool ends_name(const struct text *in, uint32_t end, uint32_t to)
{
	return end == to || is_blank(in->bytes[end]) || in->bytes[end] == ',' ||
	       in->bytes[end] == ')';
}

/* Replaces what stands at a '$'. False: nothing; *size bytes are left as they are. */
static bool replace(struct job *job, const struct text *in, uint32_t at, uint32_t to, bool quoted,
		    struct text *made, uint32_t *size)
{
	struct macro_reference reference;

	*size = 1;
	if (!macro_reference(in->bytes + at, to - at, &reference))
		return false;
	*size = reference.size;
	if (insert_builtin(job, in, at, &reference, quoted, made))
		return true;
	const struct macro *macro =
		macro_find(job->expander->macros, reference.name, reference.length);
	if (!macro || reference.arguments_length > 0)
		return false;
	if (!reference.braces && !ends_name(in, at + reference.size, to)) {
		complain(job, DIAGNOSTIC_WARNING, in, at, "macro-not-replaced",
			 "$%s is not replaced, since '%c' follows it: ${%s} would be", macro->name,
			 in->bytes[at + reference.size], macro->name);
		return false;
	}
	insert_macro(job, in, at, macro, made);
	return true;
}

/* Replaces the macros of in[from..to), but not those in their values. False: there are none, and
 * nothing was made. */
static bool replace_all(struct job *job, const struct text *in, uint32_t from, uint32_t to,
			struct text *made)
{
	uint32_t copied = from;
	bool replaced = false;
	bool quoted = false;
	uint32_t at = from;

	while (at < to && !job->failed) {
		struct text value = {0};
		uint32_t size = 1;

		quoted ^= in->bytes[at] == '"';
		if (in->bytes[at] == '$' && replace(job, in, at, to, quoted, &value, &size)) {
			text_add_slice(made, in, copied, at);
			text_add_slice(made, &value, 0, value.length);
			text_free(&value);
			copied = at + size;
			replaced = true;
		}
		at += size;
	}
	if (replaced)
		text_add_slice(made, in, copied, to);
	return replaced;
}

/* Lines */

static void expand(struct job *job, const struct text *in, uint32_t from, uint32_t to,
		   unsigned depth);

/* A line that begins with ${_HASH} or ${_BANG}: keepalived looks for remarks once more. */
static bool is_remark(const struct macro_reference *reference)
{
	return reference->length == 5 && (memcmp(reference->name, "_HASH", 5) == 0 ||
					  memcmp(reference->name, "_BANG", 5) == 0);
}

/* Whether a macro's value begins with what says whether and how often the rest of its line counts,
 * maybe through other macros. */
static bool governs(const struct expander *expander, const struct macro *macro)
{
	struct macro_reference reference;

	for (unsigned hops = 0; macro && hops < EXPANSION_DEPTH; hops++) {
		const struct macro_line *line = macro->lines;

		if (macro->n_lines != 1 || line->length == 0)
			return false;
		if (*line->text != '$')
			return *line->text == '~' || *line->text == '@';
		if (!macro_reference(line->text, line->length, &reference))
			return false;
		if (is_remark(&reference))
			return true;
		macro = macro_find(expander->macros, reference.name, reference.length);
	}
	return false;
}

/* "$NAME REST", where the value says what becomes of the rest. False: it does not. */
static bool expand_leading(struct job *job, const struct text *in, uint32_t from, uint32_t to,
			   unsigned depth)
{
	struct macro_reference reference;
	struct text made = {0};

	if (!macro_reference(in->bytes + from, to - from, &reference))
		return false;
	if (is_remark(&reference)) {
		job->touched = true;
		return true;
	}
	const struct macro *macro =
		macro_find(job->expander->macros, reference.name, reference.length);
	if (!macro || reference.arguments_length > 0 || !governs(job->expander, macro) ||
	    (!reference.braces && !ends_name(in, from + reference.size, to)))
		return false;
	job->touched = true;
	insert_macro(job, in, from, macro, &made);
	text_add_slice(&made, in, from + reference.size, to);
	expand(job, &made, 0, made.length, depth + 1);
	text_free(&made);
	return true;
}

static void expand_uses(struct job *job, const struct text *in, uint32_t from, uint32_t to,
			unsigned depth)
{
	struct text made = {0};
	uint32_t end;

	if (!replace_all(job, in, from, to, &made)) {
		if (job->out.length > 0)
			text_add(&job->out, "\n", 1, text_run(in, from));
		text_add_slice(&job->out, in, from, to);
		return;
	}
	job->touched = true;
	for (uint32_t at = 0; at < made.length && !job->failed; at = end + 1) {
		const char *newline = memchr(made.bytes + at, '\n', made.length - at);

		end = newline ? (uint32_t)(newline - made.bytes) : made.length;
		expand(job, &made, at, end, depth + 1);
	}
	text_free(&made);
}

/* The arguments of a loop with all macros replaced. */
static struct repeat_word loop_arguments(struct job *job, const struct text *in, uint32_t from,
					 uint32_t to)
{
	struct text text = {0}, made = {0};
	struct repeat_word word;
	unsigned depth = 0;

	text_add_slice(&text, in, from, to);
	while (depth++ < EXPANSION_DEPTH && replace_all(job, &text, 0, text.length, &made)) {
		text_free(&text);
		text = made;
		made = (struct text){0};
	}
	text_free(&made);
	word.length = text.length;
	word.text =
		arena_strndup(job->expander->arena, text.length > 0 ? text.bytes : "", text.length);
	text_free(&text);
	return word;
}

/* Binds the loop's variables to the values of this round. */
static void bind_names(struct job *job, const struct repeat *repeat, const char *const *names,
		       struct spot spot)
{
	struct expander *expander = job->expander;

	for (size_t i = 0; i < repeat->n_names; i++) {
		struct macro_line *line = arena_alloc(expander->arena, sizeof(*line));
		struct macro macro = {names[i], true, true, line, 1};

		line->length = repeat->values[i].length;
		line->text =
			arena_strndup(expander->arena,
				      line->length > 0 ? repeat->values[i].text : "", line->length);
		line->spot = spot;
		macro_set(expander->macros, &macro);
	}
}

static void run_loop(struct job *job, const struct text *in, uint32_t at, uint32_t from,
		     uint32_t to, struct repeat *repeat, unsigned depth)
{
	struct macro_table *macros = job->expander->macros;
	struct macro before[REPEAT_NAMES_MAX];
	const char *names[REPEAT_NAMES_MAX];
	struct spot spot = spot_of(job, in, at);
	const char *reason = NULL;
	size_t i;

	for (i = 0; i < repeat->n_names; i++) {
		names[i] = macro_name(macros, repeat->names[i].text, repeat->names[i].length);
		before[i] = macro_set(macros, &(struct macro){.name = names[i]});
	}
	while (!job->failed && repeat_next(repeat, &reason) && charge(job, in, at, to - from)) {
		if (repeat->n_values < repeat->n_names)
			complain(job, DIAGNOSTIC_WARNING, in, at, "loop-values",
				 "fewer values than names: the others are empty");
		bind_names(job, repeat, names, spot);
		expand(job, in, from, to, depth + 1);
	}
	if (reason)
		complain(job, DIAGNOSTIC_ERROR, in, at, "bad-loop", "%s", reason);
	while (i-- > 0)
		macro_set(macros, &before[i]);
}

/* "~SEQ(...) REST". False: it is no loop. */
static bool expand_loop(struct job *job, const struct text *in, uint32_t from, uint32_t to,
			unsigned depth)
{
	struct repeat_word arguments;
	enum repeat_kind kind;
	struct repeat repeat;
	uint32_t size;

	if (!repeat_begins(in->bytes + from, to - from, &kind, &arguments, &size))
		return false;
	job->touched = true;
	if (!arguments.text) {
		complain(job, DIAGNOSTIC_ERROR, in, from, "bad-loop", "missing ')' in a loop");
		return true;
	}
	uint32_t start = (uint32_t)(arguments.text - in->bytes);
	arguments = loop_arguments(job, in, start, start + arguments.length);
	const char *reason = repeat_start(&repeat, kind, arguments);
	if (reason && !job->failed)
		complain(job, DIAGNOSTIC_ERROR, in, from, "bad-loop", "%s", reason);
	if (!reason)
		run_loop(job, in, from, from + size, to, &repeat, depth);
	return true;
}

/* "@ID REST": moves *from to the rest. False: the line does not count. */
static bool holds(struct job *job, const struct text *in, uint32_t *from, uint32_t to)
{
	const char *wanted = macro_config_id(job->expander->macros);
	uint32_t at = *from + 1;
	bool not = at < to && in->bytes[at] == '^';
	uint32_t start = at + not, end;

	for (end = start; end < to && !is_blank(in->bytes[end]); end++)
		continue;
	job->touched = true;
	if (end == start) {
		complain(job, DIAGNOSTIC_WARNING, in, *from, "bad-condition",
			 "a name must follow '%s' at once: this line is left out",
			 not ? "@^" : "@");
		return false;
	}
	bool equal = strlen(wanted) == end - start &&
		     memcmp(wanted, in->bytes + start, end - start) == 0;
	at = skip_blanks(in->bytes, end, to);
	*from = at;
	/* There are no conditional blocks: the parser reports the '{', and skips what follows. */
	return equal != not || (at < to && in->bytes[at] == '{');
}

/* "$NAME=VALUE". False: it is none. */
static bool define(struct job *job, const struct text *in, uint32_t from, uint32_t to)
{
	struct expander *expander = job->expander;
	uint32_t length = macro_name_length(in->bytes + from + 1, to - from - 1);
	uint32_t equals = from + 1 + length;
	uint32_t at = skip_blanks(in->bytes, equals, to);
	struct macro_line *lines;
	struct macro macro = {.defined = true};

	if (length == 0 || at == to || in->bytes[at] != '=')
		return false;
	job->touched = true;
	if (at > equals)
		complain(job, DIAGNOSTIC_ERROR, in, from, "bad-definition",
			 "no blank may stand before the '=' of a definition");
	macro.name = macro_name(expander->macros, in->bytes + from + 1, length);
	lines = arena_alloc(expander->arena, (job->n_more + 1) * sizeof(*lines));
	at = skip_blanks(in->bytes, at + 1, to);
	if (at < to) {
		lines->text = arena_strndup(expander->arena, in->bytes + at, to - at);
		lines->length = to - at;
		lines->spot = spot_of(job, in, at);
		macro.n_lines = 1;
	}
	if (job->n_more > 0)
		memcpy(lines + macro.n_lines, job->more, job->n_more * sizeof(*lines));
	macro.n_lines += job->n_more;
	macro.lines = lines;
	macro_set(expander->macros, &macro);
	return true;
}

/* Appends what in[from..to), a line, stands for. */
static void expand(struct job *job, const struct text *in, uint32_t from, uint32_t to,
		   unsigned depth)
{
	if (depth > EXPANSION_DEPTH) {
		complain(job, DIAGNOSTIC_ERROR, in, from, "macro-too-deep",
			 "macros use each other more than %d deep", EXPANSION_DEPTH);
		job->failed = true;
	}
	from = skip_blanks(in->bytes, from, to);
	to = trim(in->bytes, from, to);
	while (from < to && in->bytes[from] == '@' && !job->failed) {
		if (!holds(job, in, &from, to))
			return;
	}
	if (from == to || job->failed)
		return;
	if (in->bytes[from] == '$' &&
	    (define(job, in, from, to) || expand_leading(job, in, from, to, depth)))
		return;
	if (in->bytes[from] == '~' && expand_loop(job, in, from, to, depth))
		return;
	expand_uses(job, in, from, to, depth);
}

size_t expander_memory(const struct expander *expander)
{
	return arena_size(expander->arena) + expander->text_memory +
	       expander->texts.capacity * sizeof(struct kept_text) +
	       expander->origins.capacity * sizeof(struct origin);
}

bool expander_lacks(const struct expander *expander, const char *word, uint32_t length)
{
	struct macro_reference reference;

	return length > 0 && *word == '$' && macro_reference(word, length, &reference) &&
	       !macro_find(expander->macros, reference.name, reference.length);
}

/* Lines of a file */

/* Where the comment begins, or `end`.  What stands in quotes is none; in doubt it stays. */
static const char *comment_of(const char *at, const char *end)
{
	while (at < end && *at != '#' && *at != '!') {
		const char *close = NULL;

		if (*at == '"' || *at == '\'')
			for (close = at + 1; close < end && *close != *at; close++)
				close += *close == '\\' && close + 1 < end;
		if (*at == '\\' && at + 1 < end)
			at++;
		else if (close && (close < end || *at == '"'))
			at = close < end ? close : end - 1;
		at++;
	}
	return at;
}

static const char *line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline : end;
}

static const char *trimmed_end(const char *start, const char *end)
{
	return start + trim(start, 0, (uint32_t)(end - start));
}

/* Whether a line defines a macro, if its conditions hold. */
static bool is_definition(const char *at, const char *end)
{
	uint32_t length = (uint32_t)(end - at);
	uint32_t from = skip_blanks(at, 0, length);

	while (from < length && at[from] == '@') {
		while (from < length && !is_blank(at[from]))
			from++;
		from = skip_blanks(at, from, length);
	}
	if (from == length || at[from] != '$')
		return false;
	from++;
	from += macro_name_length(at + from, length - from);
	from = skip_blanks(at, from, length);
	return from < length && at[from] == '=';
}

/* Whether a line of a definition goes on in the next one; *stop is the end of what it says.  A '\'
 * counts before a remark and at the end of one. */
static bool goes_on(const char *start, const char *end, const char **stop)
{
	const char *last = trimmed_end(start, end);
	bool more = last > start && last[-1] == '\\';

	last -= more;
	*stop = comment_of(start, last);
	bool cut = *stop < last;
	*stop = trimmed_end(start, *stop);
	if (!cut || *stop == start || (*stop)[-1] != '\\')
		return more;
	*stop = trimmed_end(start, *stop - 1);
	return true;
}

/* The lines after the first one of a definition; an empty one ends it, too. */
static void gather_lines(struct job *job, struct expansion *line, struct vector *more)
{
	bool wanted = true;

	while (wanted && line->resume < line->end) {
		const char *start = line->resume + 1;
		const char *end = line_end(start, line->end);
		const char *stop;
		struct macro_line part = {.spot = {line->file, line->resume_number + 1, 1}};

		line->resume_line = start;
		line->resume_number++;
		line->resume = end;
		wanted = goes_on(start, end, &stop);
		part.text = start + skip_blanks(start, 0, (uint32_t)(stop - start));
		part.length = (uint32_t)(stop - part.text);
		part.spot.column += (uint32_t)(part.text - start);
		part.text = arena_strndup(job->expander->arena, part.text, part.length);
		if (part.length > 0)
			vector_add(more, sizeof(part), &part);
	}
}

static void keep_text(struct expander *expander, struct text *text)
{
	struct kept_text kept = {expander->next_number, *text};

	text_trim(&kept.text);
	*text = kept.text;
	if (text->length > 0)
		vector_add(&expander->texts, sizeof(kept), &kept);
	expander->next_number += text->length;
	expander->text_memory += text->length + text->runs.count * sizeof(struct run);
}

void expander_line(struct expander *expander, struct expansion *line)
{
	struct job job = {.expander = expander, .line = line};
	const char *end = line_end(line->start, line->end);
	const char *stop;
	struct vector more = {0};
	struct text in = {0};

	line->resume = end;
	line->resume_line = line->start;
	line->resume_number = line->line;
	if (goes_on(line->start, end, &stop) && is_definition(line->start, stop)) {
		gather_lines(&job, line, &more);
		job.more = more.items;
		job.n_more = (uint32_t)more.count;
	} else {
		stop = comment_of(line->start, trimmed_end(line->start, end));
	}
	text_add(&in, line->start, (uint32_t)(stop - line->start), (struct run){.column = 1});
	job.failed = expander->exhausted;
	expand(&job, &in, 0, in.length, 0);
	line->changed = job.touched || job.failed;
	if (!line->changed || job.failed)
		text_free(&job.out);
	line->number = expander->next_number;
	keep_text(expander, &job.out);
	line->text = job.out;
	text_free(&in);
	vector_free(&more);
}
