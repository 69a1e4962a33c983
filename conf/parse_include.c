/*
 * Texts: the file itself, and those that it includes.
 *
 * "include PATTERN" reads what the pattern matches, in the order of the names, as if it stood
 * there; relative patterns start from the folder of the file that says so.  Files that include
 * each other, or nest deeper than INCLUDE_DEPTH_MAX, are reported, and the sum of all texts is
 * bounded (CONF_TEXT_MAX).  The braces of a file must balance within it.
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

#include "conf/parse.h"
#include "core/arena.h"

#define RELEASE_STEP ((size_t)1024 * 1024)

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
	size_t passed = (size_t)(source->lexer.line_start - source->text);

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

	source->next = parser->next;
	source->includer = parser->source;
	parser->source = source;
	parser->lexer = &source->lexer;
	parser->text_size += source->size;
	lexer_start(&source->lexer, files[source->file], source->text, source->size,
		    parser->scratch, parser->diagnostics);
	parser_advance(parser);
	parse_body(parser);
	parser->source = source->includer;
	parser->lexer = source->includer ? &source->includer->lexer : NULL;
	parser->next = source->next;
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

static void include_file(struct parser *parser, const struct token *word, const char *path)
{
	struct source source = {0};
	const char *reason;
	const char *name;
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return;
	if (is_program(path)) {
		parser_warning(parser, word, "'%s' is executable: it is not included", path);
		return;
	}
	if (!source_read(&source, path, CONF_TEXT_MAX - parser->text_size, &reason)) {
		parser_error(parser, word, "'%s' cannot be included: %s", path, reason);
	} else if (is_open(parser, &source)) {
		parser_error(parser, word, "'%s' includes itself", path);
	} else {
		name = arena_strdup(parser->conf->arena, path);
		source.file = (uint32_t)parser->files.count;
		vector_add(&parser->files, sizeof(name), &name);
		diagnostics_file(parser->diagnostics, name);
		parse_source(parser, &source);
	}
	source_free(&source);
}

/* The pattern, from the folder of the file that it stands in. */
static const char *full_pattern(struct parser *parser, const struct token *word)
{
	const char *const *files = parser->files.items;
	const char *includer = files[parser->source->file];
	const char *slash = strrchr(includer, '/');

	if (!slash || (word->length > 0 && *word->text == '/'))
		return arena_strndup(parser->scratch, word->text, word->length);
	return arena_printf(parser->scratch, "%.*s%.*s", (int)(slash - includer) + 1, includer,
			    (int)word->length, word->text);
}

static unsigned depth(const struct parser *parser)
{
	const struct source *source;
	unsigned n = 0;

	for (source = parser->source; source; source = source->includer)
		n++;
	return n;
}

static void include_matches(struct parser *parser, const struct token *keyword,
			    const struct token *word)
{
	/* "includer" and the others insist that there is something. */
	bool insists = keyword->length > strlen("include");
	const char *pattern = full_pattern(parser, word);
	glob_t found;
	size_t i;

	if (glob(pattern, GLOB_BRACE, NULL, &found) != 0)
		parser_complain(parser, insists ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
				parser_place(parser, word), "no file matches '%s'", pattern);
	else {
		for (i = 0; i < found.gl_pathc; i++)
			include_file(parser, word, found.gl_pathv[i]);
	}
	globfree(&found);
}

void parse_include(struct parser *parser)
{
	struct token keyword = parser->next;
	struct token word;
	char shown[TOKEN_SHOWN_SIZE];

	parser_advance(parser);
	if (parser->next.kind != TOKEN_WORD && parser->next.kind != TOKEN_OPEN) {
		parser_error(parser, &keyword, "'include' needs the name of a file");
		return;
	}
	word = lexer_again_pattern(parser->lexer, &parser->next);
	parser_advance(parser);
	if (parser->next.kind == TOKEN_WORD) {
		parser_error(parser, &parser->next, "unexpected word after 'include': %s",
			     token_shown(&parser->next, shown));
		parse_skip_words(parser);
	} else if (!parser->may_include) {
		parser_error(parser, &keyword, "'include' is not possible in this text");
	} else if (depth(parser) >= INCLUDE_DEPTH_MAX) {
		parser_error(parser, &keyword, "files are included more than %d deep",
			     INCLUDE_DEPTH_MAX);
	} else {
		include_matches(parser, &keyword, &word);
	}
}
