/*
 * Loading: from a path or a text to a checked configuration, or to a list of what is wrong.
 *
 *	bytes -> lexer -> parser (keyword tables) -> drafts -> resolve -> verify -> struct conf
 *
 * Main loads files: at start, with -t, and for each reload.  The workers parse the canonical text
 * that main hands them; that text includes nothing, so they open no file, and has no macros.
 *Nothing is applied here: a configuration with any error is not returned at all.
 *
 * The parser and everything that serves only reading are freed before conf_load() returns; what
 * stays is one arena.
 */
#include <string.h>

#include "conf/parse.h"
#include "core/arena.h"

static void parser_start(struct parser *parser, const char *name, struct diagnostics *diagnostics)
{
	struct arena *arena = arena_create();

	*parser = (struct parser){
		.conf = arena_alloc(arena, sizeof(struct conf)),
		.scratch = arena_create(),
		.intern = intern_create(arena),
		.index = keyword_index_create(),
		.diagnostics = diagnostics,
		.targets = target_set_create(UINT64_MAX),
	};
	parser->conf->arena = arena;
	name = arena_strdup(arena, name);
	vector_add(&parser->files, sizeof(name), &name);
	diagnostics_file(diagnostics, name);
	rest_parser_start(parser);
	object_templates(parser);
}

static void parser_finish(struct parser *parser)
{
	vector_free(&parser->drafts.instances);
	vector_free(&parser->drafts.addresses);
	vector_free(&parser->drafts.peers);
	vector_free(&parser->drafts.servers);
	vector_free(&parser->drafts.checks);
	vector_free(&parser->drafts.urls);
	vector_free(&parser->drafts.url_rests);
	vector_free(&parser->drafts.check_rests);
	vector_free(&parser->files);
	vector_free(&parser->services);
	hash_free(&parser->servers);
	target_set_destroy(parser->targets);
	rest_parser_finish(parser);
	keyword_index_destroy(parser->index);
	intern_destroy(parser->intern);
	expander_destroy(parser->expander);
	arena_destroy(parser->scratch);
}

static struct conf *parse(struct parser *parser, struct source *source)
{
	size_t errors = diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR);
	size_t first = diagnostics_total(parser->diagnostics);
	struct frame root = {.block = BLOCK_ROOT};
	struct conf *conf = parser->conf;

	parser->frame = &root;
	parse_source(parser, source);
	source_free(source);
	conf->rest = rest_take(parser, 0);
	resolve(parser);
	verify(parser);
	diagnostics_sort(parser->diagnostics, first);
	if (diagnostics_count(parser->diagnostics, DIAGNOSTIC_ERROR) > errors) {
		conf_free(conf);
		conf = NULL;
	}
	return conf;
}

/* Conditions, macros and loops. */
static void allow_expansion(struct parser *parser, const struct conf_settings *settings)
{
	static const struct conf_settings defaults;

	if (!settings)
		settings = &defaults;
	parser->expander = expander_create(settings->config_id, settings->expansion_limit,
					   parser->diagnostics);
}

struct conf *conf_load(const char *path, const struct conf_settings *settings,
		       struct diagnostics *diagnostics)
{
	struct source source = {0};
	struct parser parser;
	struct conf *conf;
	const char *reason;

	if (!source_read(&source, path, CONF_TEXT_MAX, &reason)) {
		diagnostics_add_unreadable(diagnostics, path, reason);
		source_free(&source);
		return NULL;
	}
	parser_start(&parser, path, diagnostics);
	parser.may_include = true;
	allow_expansion(&parser, settings);
	conf = parse(&parser, &source);
	parser_finish(&parser);
	return conf;
}

static struct conf *parse_text(struct parser *parser, const char *text, size_t size)
{
	const char *const *files = parser->files.items;
	struct source source = {.text = text, .size = size};
	struct conf *conf = NULL;

	if (size <= CONF_TEXT_MAX)
		conf = parse(parser, &source);
	else {
		diagnostics_add_unreadable(parser->diagnostics, files[0], "larger than 256 MiB");
		conf_free(parser->conf);
	}
	parser_finish(parser);
	return conf;
}

struct conf *conf_load_text(const char *name, const char *text, size_t size,
			    const struct conf_settings *settings, struct diagnostics *diagnostics)
{
	struct parser parser;

	parser_start(&parser, name, diagnostics);
	allow_expansion(&parser, settings);
	return parse_text(&parser, text, size);
}

struct conf *conf_parse(const char *name, const char *text, size_t size,
			struct diagnostics *diagnostics)
{
	struct parser parser;

	parser_start(&parser, name, diagnostics);
	parser.quiet = 1; /* what is not supported was warned of when the file was read */
	return parse_text(&parser, text, size);
}

void conf_free(struct conf *conf)
{
	if (conf)
		arena_destroy(conf->arena);
}
