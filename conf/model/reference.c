/*
 * Names that stand for a block elsewhere: tracked scripts, files, processes and BFD sessions.
 *
 * Which lists hold such names the keyword table says (NAMES_OF).  While blocks are read, each
 * use and each definition is noted with its place; at the end, when the order of blocks has ceased
 * to matter, uses are matched with definitions, and what a tracker can do is held against the
 * instance that it is tracked for.  Everything found is a warning: keepalived leaves such a tracker
 * out and runs.
 *
 * Of a tracker with a weight it is asked whether its change is seen at all: the effective priority
 * ends at 1 and 254, and an owner's never moves.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/model/name_map.h"
#include "conf/model/reference.h"
#include "conf/text/suggest.h"
#include "core/base/arena.h"

#define PRIORITY_MIN   1
#define PRIORITY_MAX   254
#define PRIORITY_OWNER 255

void reference_use(struct parser *parser, const struct frame *list, const struct token *word,
		   const struct unsupported *items)
{
	const struct instance_draft *drafts = parser->drafts.instances.items;
	const struct instance_draft *draft = list->outer->object;
	bool in_instance = list->outer->block == BLOCK_INSTANCE && draft;
	struct reference reference = {
		.kind = block_type(list->block)->names,
		.list = list->row->name,
		.items = items,
		.place = reader_place(&parser->in, word),
		.instance = in_instance ? (uint32_t)(draft - drafts) : REFERENCE_NO_INSTANCE,
	};

	/* Without a name, which was reported, it is no use. */
	if (!items || items->statements[0].row)
		return;
	reference.name = items->statements[0].text + 1;
	vector_add(&parser->drafts.uses, sizeof(reference), &reference);
}

void reference_define(struct parser *parser, const struct frame *block)
{
	struct reference reference = {
		.kind = block->block,
		.name = block->header + (*block->header == ' '),
		.place = reader_place(&parser->in, &block->head),
		.body = block->unsupported,
	};

	vector_add(&parser->drafts.definitions, sizeof(reference), &reference);
}

/* `known` has a map for each kind of block. */
static const struct reference *find(const struct parser *parser, const struct name_map *known,
				    const struct reference *reference)
{
	const struct reference *definitions = parser->drafts.definitions.items;
	uint32_t item = name_map_find(&known[reference->kind], reference->name);

	return item == HASH_NONE ? NULL : &definitions[item];
}

/* A script that is given less time than it may take is never waited for. */
static void check_timeout(struct parser *parser, const struct reference *script)
{
	const char *interval = unsupported_text(script->body, "interval");
	const char *timeout = unsupported_text(script->body, "timeout");

	if (script->kind == BLOCK_SCRIPT && timeout &&
	    strtod(timeout, NULL) > (interval ? strtod(interval, NULL) : 1.0))
		reader_warning_at(
			&parser->in, script->place, "timeout-beyond-interval",
			"vrrp_script '%s': the timeout of%s s is longer than the interval "
			"of%s s, so runs are left out while one hangs",
			script->name, timeout, interval ? interval : " 1");
}

static void collect_definitions(struct parser *parser, struct name_map *known)
{
	const struct reference *definitions = parser->drafts.definitions.items;

	for (size_t i = 0; i < parser->drafts.definitions.count; i++) {
		const struct reference *earlier = find(parser, known, &definitions[i]);

		if (earlier) {
			reader_warning_at(&parser->in, definitions[i].place, "tracker-twice",
					  "there already is a %s '%s': that one counts",
					  block_type(definitions[i].kind)->name,
					  definitions[i].name);
			reader_note(&parser->in, earlier->place, "it is here");
		} else {
			name_map_add(&known[definitions[i].kind], definitions[i].name, (uint32_t)i);
		}
		check_timeout(parser, &definitions[i]);
	}
}

static void complain_missing(struct parser *parser, const struct reference *use)
{
	const struct reference *definitions = parser->drafts.definitions.items;
	struct suggestion suggestion = suggestion_for(use->name);

	for (size_t i = 0; i < parser->drafts.definitions.count; i++)
		if (definitions[i].kind == use->kind)
			suggestion_consider(&suggestion, definitions[i].name);
	const char *near = suggestion.best;
	reader_warning_at(&parser->in, use->place, "no-such-tracker",
			  "%s: there is no %s '%s', so it is not tracked%s%s%s", use->list,
			  block_type(use->kind)->name, use->name, near ? "; did you mean '" : "",
			  near ? near : "", near ? "'?" : "");
	if (near)
		diagnostics_suggest(parser->in.diagnostics, near);
}

/* "weight N [reverse]" among a use's words, else the definition's; 0 = it has none: a fault. */
static int weight_of(const struct reference *use, const struct reference *definition)
{
	const char *own = unsupported_text(use->items, "weight");
	const char *text = own ? own : unsupported_text(definition->body, "weight");
	int weight = text ? atoi(text) : definition->kind == BLOCK_TRACK_FILE;

	return text && strstr(text, " reverse") ? -weight : weight;
}

/* Between what the trackers can bring an instance's priority, before it is clamped. */
struct priority_span {
	int low, high;
};

static struct priority_span *priority_spans(const struct parser *parser,
					    const struct name_map *known)
{
	const struct conf *conf = parser->conf;
	const struct reference *uses = parser->drafts.uses.items;
	struct priority_span *spans =
		arena_alloc(parser->in.scratch, conf->n_instances * sizeof(*spans));

	for (size_t i = 0; i < conf->n_instances; i++)
		spans[i].low = spans[i].high = conf->instances[i].priority;
	for (size_t i = 0; i < parser->drafts.uses.count; i++) {
		const struct reference *definition = find(parser, known, &uses[i]);
		struct priority_span *span = &spans[uses[i].instance];
		int weight = definition ? weight_of(&uses[i], definition) : 0;

		if (uses[i].instance == REFERENCE_NO_INSTANCE)
			continue;
		if (weight > 0)
			span->high += weight;
		else
			span->low += weight;
	}
	return spans;
}

static void check_weight(struct parser *parser, const struct reference *use,
			 const struct reference *definition, struct priority_span span)
{
	const struct instance_conf *instance = &parser->conf->instances[use->instance];
	int weight = weight_of(use, definition);

	if (weight == 0 || use->kind == BLOCK_TRACK_FILE) /* whose value multiplies it */
		return;
	if (instance->priority == PRIORITY_OWNER) {
		reader_warning_at(
			&parser->in, use->place, "weight-of-owner",
			"%s: '%s' has weight %d, but the priority of an owner (255) never "
			"changes: it can never cause a failover",
			use->list, use->name, weight);
		return;
	}
	if (span.low >= PRIORITY_MAX || span.high <= PRIORITY_MIN)
		reader_warning_at(
			&parser->in, use->place, "weight-without-effect",
			"%s: '%s' with weight %d can never cause a failover: the priority "
			"is %d with and without it",
			use->list, use->name, weight,
			span.low >= PRIORITY_MAX ? PRIORITY_MAX : PRIORITY_MIN);
	else if (instance->nopreempt)
		reader_warning_at(&parser->in, use->place, "weight-with-nopreempt",
				  "%s: '%s' has a weight, and '%s' has nopreempt: a router with "
				  "nopreempt leaves an Active one alone whose priority falls; "
				  "weight 0 makes it a fault instead",
				  use->list, use->name, instance->name);
}

void reference_verify(struct parser *parser)
{
	const struct reference *uses = parser->drafts.uses.items;
	struct name_map known[BLOCKS] = {0};

	collect_definitions(parser, known);
	struct priority_span *spans = priority_spans(parser, known);
	for (size_t i = 0; i < parser->drafts.uses.count; i++) {
		const struct reference *definition = find(parser, known, &uses[i]);

		/* A block that was not known may be the one. */
		if (!definition && !parser_may_miss(parser))
			complain_missing(parser, &uses[i]);
		else if (definition && uses[i].instance != REFERENCE_NO_INSTANCE)
			check_weight(parser, &uses[i], definition, spans[uses[i].instance]);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		name_map_free(&known[i]);
}
