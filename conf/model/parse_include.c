/*
 * Texts: the file itself, and those that it includes.
 *
 * "include PATTERN" reads what the pattern matches, in the order of the names, as if it stood
 * there; relative patterns start from the folder of the file that says so.  "{a,b}" in a pattern
 * is tried once for each alternative, in their order.  Files that include each other, or nest
 * deeper than INCLUDE_DEPTH_MAX, are reported, and the sum of all texts is bounded
 * (CONF_TEXT_MAX).  The braces of a file must balance within it.
 *
 * What is missing is warned about.  It is an error where the statement's last letter (includer,
 * includem, includew, includeb, includea) or include_check asks for that; the latter holds for the
 * rest of its file and for what that includes.
 *
 * A file is read in one piece.  What the parser has passed is given back to the system from time
 * to time: a large configuration then needs little more memory than its objects.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/model/parse.h"
#include "core/base/arena.h"

#define RELEASE_STEP ((size_t)1024 * 1024)
#define PATTERNS_MAX 1024 /* that the braces of one include stand for */

static const char *read_all(int fd, char *text, size_t size, size_t *used)
{
	ssize_t n = 1;

	for (*used = 0; *used < size && n > 0; *used += (size_t)n) {
		n = read(fd, text + *used, size - *used);
		if (n < 0)
			return strerror(errno);
	}
	return NULL;
}

bool source_read(struct source *source, const char *path, size_t limit, const char **reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char *text = MAP_FAILED;

	*reason = NULL;
	if (fd < 0 || fstat(fd, &status) < 0) {
		*reason = strerror(errno);
	} else if (!S_ISREG(status.st_mode)) {
		*reason = "not a regular file";
	} else if ((uint64_t)status.st_size > limit) {
		*reason = "the configuration is larger than 256 MiB";
	} else {
		source->size = (size_t)status.st_size;
		source->device = status.st_dev;
		source->inode = status.st_ino;
		text = mmap(NULL, source->size + 1, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		*reason = text == MAP_FAILED ? strerror(errno)
					     : read_all(fd, text, source->size, &source->size);
	}
	if (fd >= 0)
		close(fd);
	if (text != MAP_FAILED) {
		source->text = text;
		source->memory = text;
		source->mapped = (size_t)status.st_size + 1;
	}
	return *reason == NULL;
}

void source_release(struct source *source)
{
	size_t passed = (size_t)(lexer_line(&source->lexer) - source->text);

	if (!source->memory || passed < source->released + RELEASE_STEP)
		return;
	passed -= passed % RELEASE_STEP;
	madvise((char *)source->memory + source->released, passed - source->released,
		MADV_DONTNEED);
	source->released = passed;
}

void source_free(struct source *source)
{
	if (source->memory)
		munmap(source->memory, source->mapped);
	source->memory = NULL;
}

void parse_source(struct parser *parser, struct source *source)
{
	const char *const *files = parser->files.items;

	unsigned checks = parser->include_checks;

	source->next = parser->next;
	source->includer = parser->source;
	parser->source = source;
	parser->lexer = &source->lexer;
	parser->text_size += source->size;
	lexer_start(&source->lexer, files[source->file], source->text, source->size,
		    parser->scratch, parser->diagnostics);
	if (parser->expander)
		lexer_expand(&source->lexer, parser->expander);
	parser_advance(parser);
	parse_body(parser);
	parser->source = source->includer;
	parser->lexer = source->includer ? &source->includer->lexer : NULL;
	parser->next = source->next;
	parser->include_checks = checks;
	parser->end_reported = false;
}

static bool is_open(const struct parser *parser, const struct source *wanted)
{
	const struct source *source;

	for (source = parser->source; source; source = source->includer) {
		if (source->device == wanted->device && source->inode == wanted->inode)
			return true;
	}
	return false;
}

/* Programs are not configuration: what can be executed is skipped, as folders are. */
static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111);
}

static enum diagnostic_severity severity(unsigned checks, unsigned check)
{
	return checks & check ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING;
}

static void include_file(struct parser *parser, const struct token *word, const char *path,
			 unsigned checks)
{
	const char *const *files = parser->files.items;
	const struct spot includer = {files[parser->source->file], word->line, word->column};
	struct source source = {0};
	const char *reason;
	const char *name;
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return;
	if (is_program(path)) {
		parser_warning(parser, word, "include-executable",
			       "'%s' is executable: it is not included", path);
		return;
	}
	if (!source_read(&source, path, CONF_TEXT_MAX - parser->text_size, &reason)) {
		parser_complain(parser, severity(checks, INCLUDE_CHECK_READ),
				parser_place(parser, word), "include-unreadable",
				"'%s' cannot be included: %s", path, reason);
	} else if (is_open(parser, &source)) {
		parser_error(parser, word, "include-loop", "'%s' includes itself", path);
	} else {
		name = arena_strdup(parser->conf->arena, path);
		source.file = (uint32_t)parser->files.count;
		vector_add(&parser->files, sizeof(name), &name);
		diagnostics_file(parser->diagnostics, name, includer);
		parse_source(parser, &source);
	}
	source_free(&source);
}

const char *parse_full_path(struct parser *parser, const char *path, size_t length)
{
	const char *const *files = parser->files.items;
	const char *includer = files[parser->source->file];
	const char *slash = strrchr(includer, '/');

	if (!slash || (length > 0 && *path == '/'))
		return arena_strndup(parser->scratch, path, length);
	return arena_printf(parser->scratch, "%.*s%.*s", (int)(slash - includer) + 1, includer,
			    (int)length, path);
}

static unsigned depth(const struct parser *parser)
{
	const struct source *source;
	unsigned n = 0;

	for (source = parser->source; source; source = source->includer)
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
static bool expand_braces(struct parser *parser, const char *pattern, struct vector *patterns)
{
	const char *open = strchr(pattern, '{');
	const char *close, *at, *end;

	for (close = open; close && *close != '}';)
		close = alternative_end(close + 1);
	if (!close) {
		vector_add(patterns, sizeof(pattern), &pattern);
		return patterns->count <= PATTERNS_MAX;
	}
	for (at = open; at < close; at = end) {
		const char *part;

		end = alternative_end(at + 1);
		part = arena_printf(parser->scratch, "%.*s%.*s%s", (int)(open - pattern), pattern,
				    (int)(end - at) - 1, at + 1, close + 1);
		if (!expand_braces(parser, part, patterns))
			return false;
	}
	return true;
}

/* One pattern without braces; returns how many names match. */
static size_t include_pattern(struct parser *parser, const struct token *word, const char *pattern,
			      unsigned checks)
{
	size_t count = 0;
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) == 0) {
		count = found.gl_pathc;
		for (i = 0; i < count; i++)
			include_file(parser, word, found.gl_pathv[i], checks);
	}
	globfree(&found);
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

static void include_matches(struct parser *parser, const struct token *word, unsigned checks)
{
	struct vector patterns = {0};
	bool good =
		expand_braces(parser, parse_full_path(parser, word->text, word->length), &patterns);
	const char **all = patterns.items;
	bool *matches = arena_alloc(parser->scratch, (patterns.count + 1) * sizeof(*matches));
	bool any = false;
	size_t i;

	if (!good)
		parser_error(parser, word, "include-too-many",
			     "these braces stand for more than %d patterns", PATTERNS_MAX);
	for (i = 0; i < patterns.count && good; i++) {
		matches[i] = include_pattern(parser, word, all[i], checks) > 0;
		any |= matches[i];
	}
	for (i = 0; i < patterns.count && good; i++) {
		if (!matches[i])
			parser_complain(
				parser,
				severity(checks, failed_checks(all[i], any, patterns.count > 1)),
				parser_place(parser, word), "include-no-match",
				"no file matches '%s'", all[i]);
	}
	vector_free(&patterns);
}

bool parse_include_check(const struct token *word, unsigned *checks)
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
	size_t i;

	if (remove || (word->length > 0 && *word->text == '+')) {
		name.text++;
		name.length--;
	}
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
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
	size_t i;

	if (word->length < 7 || word->length > 8 || *word->text != 'i')
		return false;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		*checks = forms[i].checks;
		if (token_is(word, forms[i].name))
			return true;
	}
	return false;
}

bool parse_is_include(const struct token *word)
{
	unsigned checks;

	return include_form(word, &checks);
}

void parse_include(struct parser *parser)
{
	struct token keyword = parser->next;
	struct token word;
	char shown[TOKEN_SHOWN_SIZE];
	unsigned checks = 0;

	include_form(&keyword, &checks);
	checks |= parser->include_checks;
	parser_advance(parser);
	if (parser->next.kind != TOKEN_WORD && parser->next.kind != TOKEN_OPEN) {
		parser_error(parser, &keyword, "missing-value",
			     "'include' needs the name of a file");
		return;
	}
	word = lexer_again_pattern(parser->lexer, &parser->next);
	parser_advance(parser);
	if (parser->next.kind == TOKEN_WORD) {
		parser_error(parser, &parser->next, "unexpected-word",
			     "unexpected word after 'include': %s",
			     token_shown(&parser->next, shown));
		parse_skip_words(parser);
	} else if (!parser->may_include) {
		parser_error(parser, &keyword, "include-impossible",
			     "'include' is not possible in this text");
	} else if (depth(parser) >= INCLUDE_DEPTH_MAX) {
		parser_error(parser, &keyword, "include-too-deep",
			     "files are included more than %d deep", INCLUDE_DEPTH_MAX);
	} else {
		include_matches(parser, &word, checks);
	}
}
