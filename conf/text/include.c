/*
 * Includes: statements that stand for the text of other files.
 *
 * "include PATTERN" reads what the pattern matches, in the order of the names, as if it stood
 * there; relative patterns start from the folder of the file that says so.  "{a,b}" in a pattern
 * is tried once for each alternative, in their order.  Files that include each other, or nest
 * deeper than INCLUDE_DEPTH_MAX, are reported, and the sum of all texts is bounded
 * (CONF_TEXT_MAX).  The braces of a file must balance within it.
 *
 * A file that is named, without wildcards, has to be there, and be a file: a configuration without
 * it is hardly what somebody wants.  Else what is missing is warned about, and is an error where
 * the statement's last letter (includer, includem, includew, includeb, includea) or include_check
 * asks for that; the latter holds for the rest of its file and for what that includes.
 */
#include "conf/text/include.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/arena.h"

#define INCLUDE_DEPTH_MAX 16
#define PATTERNS_MAX	  1024 /* that the braces of one include stand for */

static bool is_open(const struct reader *reader, const struct source *wanted)
{
	for (const struct source *source = reader->source; source; source = source->includer)
		if (source->device == wanted->device && source->inode == wanted->inode)
			return true;
	return false;
}

/* Programs are not configuration: what can be executed is skipped, as folders are. */
static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111);
}

/* Names files without wildcards. */
static bool is_plain(const struct token *word)
{
	for (size_t i = 0; i < word->length; i++)
		if (strchr("*?[", word->text[i]))
			return false;
	return true;
}

static enum diagnostic_severity severity(unsigned checks, unsigned check)
{
	return checks & check ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING;
}

/* True: it has been read. */
static bool include_file(struct reader *reader, const struct token *word, const char *path,
			 unsigned checks)
{
	const char *const *files = reader->files.items;
	const struct spot includer = {files[reader->source->file], word->line, word->column};
	const bool named = is_plain(word);
	const enum diagnostic_severity skipped = named ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING;
	struct source source = {0};
	const char *reason;
	const char *name;
	struct stat status = {0};
	bool good = false;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		if (named)
			reader_complain(reader, skipped, reader_place(reader, word),
					"include-folder",
					"'%s' is a folder: nothing in it is included", path);
		return false;
	}
	if (is_program(path)) {
		reader_complain(reader, skipped, reader_place(reader, word), "include-executable",
				"'%s' is executable: it is not included", path);
		return false;
	}
	if (named && !S_ISCHR(status.st_mode)) /* /dev/null is meant */
		checks |= INCLUDE_CHECK_READ;
	if (!source_read(&source, path, CONF_TEXT_MAX - reader->text_size, &reason)) {
		reader_complain(reader, severity(checks, INCLUDE_CHECK_READ),
				reader_place(reader, word), "include-unreadable",
				"'%s' cannot be included: %s", path, reason);
		reading_add_nothing(reader->reading, path);
	} else if (is_open(reader, &source)) {
		reader_error(reader, word, "include-loop", "'%s' includes itself", path);
	} else {
		name = arena_strdup(reader->arena, path);
		source.file = (uint32_t)reader->files.count;
		vector_add(&reader->files, sizeof(name), &name);
		diagnostics_file(reader->diagnostics, name, includer);
		reading_add_file(reader->reading, path, &source);
		reader_read(reader, &source);
		good = true;
	}
	source_free(&source);
	return good;
}

static unsigned depth(const struct reader *reader)
{
	unsigned n = 0;

	for (const struct source *source = reader->source; source; source = source->includer)
		n++;
	return n;
}

/* The end of the alternative at `at`: a ',' or '}' of its own braces. NULL: they do not close. */
static const char *alternative_end(const char *at)
{
	unsigned depth = 0;

	for (; *at; at++) {
		if (depth == 0 && (*at == ',' || *at == '}'))
			return at;
		if (*at == '{')
			depth++;
		else if (*at == '}')
			depth--;
		else if (*at == '\\' && at[1])
			at++;
	}
	return NULL;
}

/* Adds to `patterns` what the braces of a pattern stand for. False: too many. */
static bool expand_braces(struct reader *reader, const char *pattern, struct vector *patterns)
{
	const char *open = strchr(pattern, '{');
	const char *close, *end;

	for (close = open; close && *close != '}';)
		close = alternative_end(close + 1);
	if (!close) {
		vector_add(patterns, sizeof(pattern), &pattern);
		return patterns->count <= PATTERNS_MAX;
	}
	for (const char *at = open; at < close; at = end) {
		end = alternative_end(at + 1);
		const char *part =
			arena_printf(reader->scratch, "%.*s%.*s%s", (int)(open - pattern), pattern,
				     (int)(end - at) - 1, at + 1, close + 1);
		if (!expand_braces(reader, part, patterns))
			return false;
	}
	return true;
}

/* One pattern without braces; returns how many names match. */
static size_t include_pattern(struct reader *reader, const struct token *word, const char *pattern,
			      unsigned checks)
{
	size_t count = 0;
	glob_t found;
	bool any = false;

	if (glob(pattern, 0, NULL, &found) == 0) {
		count = found.gl_pathc;
		for (size_t i = 0; i < count; i++)
			any |= include_file(reader, word, found.gl_pathv[i], checks);
	}
	globfree(&found);
	if (any)
		reading_add_found(reader->reading, pattern);
	else
		reading_add_nothing(reader->reading, pattern);
	return count;
}

/* The checks that a pattern without a match fails. */
static unsigned failed_checks(const char *pattern, bool any, bool alternatives)
{
	unsigned checks = strpbrk(pattern, "*?[") ? INCLUDE_CHECK_WILDCARD : INCLUDE_CHECK_READ;

	if (!any)
		checks |= INCLUDE_CHECK_MATCH;
	if (alternatives)
		checks |= INCLUDE_CHECK_BRACE;
	return checks;
}

static void include_matches(struct reader *reader, const struct token *word, unsigned checks)
{
	struct vector patterns = {0};
	bool good = expand_braces(reader, reader_path(reader, word->text, word->length), &patterns);
	const char **all = patterns.items;
	bool *matches = arena_alloc(reader->scratch, (patterns.count + 1) * sizeof(*matches));
	bool any = false;

	if (is_plain(word))
		checks |= INCLUDE_CHECK_MATCH;
	if (!good)
		reader_error(reader, word, "include-too-many",
			     "these braces stand for more than %d patterns", PATTERNS_MAX);
	for (size_t i = 0; i < patterns.count && good; i++) {
		matches[i] = include_pattern(reader, word, all[i], checks) > 0;
		any |= matches[i];
	}
	for (size_t i = 0; i < patterns.count && good; i++) {
		enum diagnostic_severity how =
			severity(checks, failed_checks(all[i], any, patterns.count > 1));

		if (matches[i])
			continue;
		reader->include_missed |= how == DIAGNOSTIC_ERROR;
		reader_complain(reader, how, reader_place(reader, word), "include-no-match",
				"no file matches '%s'", all[i]);
	}
	vector_free(&patterns);
}

bool include_check(const struct token *word, unsigned *checks)
{
	static const struct {
		const char *name;
		unsigned check;
	} names[] = {
		{"read", INCLUDE_CHECK_READ},
		{"readable", INCLUDE_CHECK_READ},
		{"match", INCLUDE_CHECK_MATCH},
		{"brace_match", INCLUDE_CHECK_BRACE},
		{"wildcard_match", INCLUDE_CHECK_WILDCARD},
	};
	struct token name = *word;
	bool remove = word->length > 0 && *word->text == '-';

	if (remove || (word->length > 0 && *word->text == '+')) {
		name.text++;
		name.length--;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!token_is(&name, names[i].name))
			continue;
		*checks = remove ? *checks & ~names[i].check : *checks | names[i].check;
		return true;
	}
	return false;
}

/* The checks that an include statement asks for; false: the word is none. */
static bool include_form(const struct token *word, unsigned *checks)
{
	static const struct {
		const char *name;
		unsigned checks;
	} forms[] = {
		{"include", 0},
		{"includer", INCLUDE_CHECK_READ},
		{"includem", INCLUDE_CHECK_MATCH},
		{"includew", INCLUDE_CHECK_WILDCARD},
		{"includeb", INCLUDE_CHECK_BRACE},
		{"includea", INCLUDE_CHECK_ALL},
	};

	if (word->length < 7 || word->length > 8 || *word->text != 'i')
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		*checks = forms[i].checks;
		if (token_is(word, forms[i].name))
			return true;
	}
	return false;
}

bool include_is_keyword(const struct token *word)
{
	unsigned checks;

	return include_form(word, &checks);
}

void include_read(struct reader *reader)
{
	struct token keyword = reader->next;
	char shown[TOKEN_SHOWN_SIZE];
	unsigned checks = 0;

	include_form(&keyword, &checks);
	checks |= reader->include_checks;
	reader_advance(reader);
	if (!reader_has_word(reader) && reader->next.kind != TOKEN_OPEN) {
		reader_error(reader, &keyword, "missing-value",
			     "'include' needs the name of a file");
		return;
	}
	if (reader_has_placeholder(reader)) {
		reader_error(reader, &reader->next, "unfilled-placeholder",
			     "a template's placeholder was not filled in here");
		reader->include_missed = true;
		reader_skip_words(reader);
		return;
	}
	struct token word = lexer_again_pattern(reader->lexer, &reader->next);
	reader_advance(reader);
	if (reader_has_word(reader)) {
		reader_error(reader, &reader->next, "unexpected-word",
			     "unexpected word after 'include': %s",
			     token_shown(&reader->next, shown));
		reader_skip_words(reader);
	} else if (!reader->may_include) {
		reader_error(reader, &keyword, "include-impossible",
			     "'include' is not possible in this text");
	} else if (depth(reader) >= INCLUDE_DEPTH_MAX) {
		reader_error(reader, &keyword, "include-too-deep",
			     "files are included more than %d deep", INCLUDE_DEPTH_MAX);
	} else {
		include_matches(reader, &word, checks);
	}
}
