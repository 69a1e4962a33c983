/*
 * Loading: from a path or a text to a checked configuration, or to a list of what is wrong.
 *
 *	bytes -> lexer -> parser (keyword tables) -> drafts -> resolve -> verify -> struct conf
 *
 * Main loads files: at start, with -t, and for each reload.  The workers parse the canonical text
 * that main hands them; that text includes nothing, so they open no file, and has no macros.
 * Nothing is applied here: a configuration with any error is not returned at all.
 *
 * A file may say anywhere that it is to be read leniently (global_defs).  What that means for words
 * before it is found out by reading it a second time, which happens only where there is such a
 *word.
 *
 * The parser and everything that serves only reading are freed before conf_load() returns; what
 * stays is one arena.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/model/load.h"
#include "conf/model/object.h"
#include "conf/model/resolve.h"
#include "conf/model/target.h"
#include "conf/model/verify.h"
#include "conf/text/excerpt.h"
#include "core/base/alloc.h"
#include "core/base/arena.h"
#include "core/base/log.h"

#define MEMORY_MAX ((size_t)512 * 1024 * 1024) /* bytes, for what is made of the text */

static void parser_start(struct parser *parser, const char *name, struct diagnostics *diagnostics)
{
	*parser = (struct parser){
		.index = keyword_index_create(),
		.targets = target_set_create(UINT64_MAX),
	};
	reader_start(&parser->in, name, diagnostics);
	parser->in.user = &parser_reader_user;
	parser->in.context = parser;
	parser->conf = arena_alloc(parser->in.arena, sizeof(struct conf));
	parser->conf->arena = parser->in.arena;
	parser->statements.last =
		alloc_array(keyword_count(parser->index), sizeof(*parser->statements.last));
	object_templates(parser);
}

static void parser_finish(struct parser *parser)
{
	for (size_t i = 0; i < DRAFT_LISTS; i++)
		vector_free(&parser->drafts.lists[i]);
	hash_free(&parser->servers);
	target_set_destroy(parser->targets);
	vector_free(&parser->statements.stack);
	free(parser->statements.last);
	keyword_index_destroy(parser->index);
	reader_finish(&parser->in);
}

/* What is to be read. */
struct input {
	const char *name;
	const char *text; /* NULL: the file `name` */
	size_t size;
	const struct conf_settings *settings; /* NULL: the canonical form, which has no macros */
	struct diagnostics *diagnostics;
};

static struct conf *parse(struct parser *parser, struct source *source)
{
	size_t errors = reader_errors(&parser->in);
	struct frame root = {.block = BLOCK_ROOT};
	struct conf *conf = parser->conf;

	parser->frame = &root;
	reader_read(&parser->in, source);
	source_free(source);
	if (parser->in.exhausted) {
		conf_free(conf);
		return NULL;
	}
	conf->unsupported = unsupported_take(parser, 0);
	resolve(parser);
	verify(parser);
	if (reader_errors(&parser->in) > errors) {
		conf_free(conf);
		conf = NULL;
	}
	return conf;
}

/* Reads the input once. *again is set where only its end has told that it is to be lenient. */
static struct conf *read_input(const struct input *input, bool lenient, bool *again)
{
	const struct excerpt_text known = {input->text ? input->name : NULL, input->text,
					   input->size};
	struct source source = {.text = input->text, .size = input->size};
	size_t first = diagnostics_total(input->diagnostics);
	const char *reason = "the configuration is larger than 256 MiB";
	struct reading *reading = input->settings ? input->settings->reading : NULL;
	struct parser parser;

	if (reading)
		reading_clear(reading);
	if (input->text ? input->size > CONF_TEXT_MAX
			: !source_read(&source, input->name, CONF_TEXT_MAX, &reason)) {
		diagnostics_add_unreadable(input->diagnostics, input->name, reason);
		reading_add_nothing(reading, input->name);
		source_free(&source);
		return NULL;
	}
	parser_start(&parser, input->name, input->diagnostics);
	parser.in.reading = reading;
	reading_add_file(reading, input->name, &source);
	parser.in.may_include = !input->text;
	parser.lenient = lenient;
	parser.in.memory_limit = MEMORY_MAX;
	if (input->settings && input->settings->memory_limit > 0)
		parser.in.memory_limit = input->settings->memory_limit;
	parser.in.canonical = !input->settings;
	parser.in.quiet = parser.in.canonical;
	if (input->settings)
		parser.in.expander =
			expander_create(input->settings->config_id,
					input->settings->expansion_limit, input->diagnostics);
	struct conf *conf = parse(&parser, &source);

	if (reading)
		reading->statements = parser.in.statements;
	*again = parser.drafts.global.conf.lenient && parser.refused_unknown;
	if (!*again || lenient) {
		diagnostics_finish(input->diagnostics, first);
		if (input->settings)
			diagnostics_excerpts(input->diagnostics, first, &known);
	}
	parser_finish(&parser);
	return conf;
}

static struct conf *load(const struct input *input)
{
	bool lenient = input->settings && input->settings->lenient;
	bool again = false;
	struct conf *conf = read_input(input, lenient, &again);

	if (!again)
		return conf;
	conf_free(conf);
	diagnostics_clear(input->diagnostics);
	return read_input(input, true, &again);
}

static const struct conf_settings default_settings;

struct conf *conf_load(const char *path, const struct conf_settings *settings,
		       struct diagnostics *diagnostics)
{
	return load(&(struct input){
		.name = path,
		.settings = settings ? settings : &default_settings,
		.diagnostics = diagnostics,
	});
}

struct conf *conf_load_text(const char *name, const char *text, size_t size,
			    const struct conf_settings *settings, struct diagnostics *diagnostics)
{
	return load(&(struct input){
		.name = name,
		.text = text ? text : "",
		.size = size,
		.settings = settings ? settings : &default_settings,
		.diagnostics = diagnostics,
	});
}

struct conf *conf_parse(const char *name, const char *text, size_t size,
			struct diagnostics *diagnostics)
{
	return load(&(struct input){
		.name = name, .text = text ? text : "", .size = size, .diagnostics = diagnostics});
}

struct conf *conf_parse_checked(const char *text, size_t size)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_parse("configuration", text, size, diagnostics);
	size_t i = 0;

	if (!conf) {
		while (diagnostics_get(diagnostics, i)->severity != DIAGNOSTIC_ERROR)
			i++;
		fatal("the configuration from main is not valid: line %u: %s",
		      diagnostics_get(diagnostics, i)->line, diagnostics_get(diagnostics, i)->text);
	}
	diagnostics_destroy(diagnostics);
	return conf;
}

void conf_free(struct conf *conf)
{
	if (conf)
		arena_destroy(conf->arena);
}
