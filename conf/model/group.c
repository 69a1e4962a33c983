/*
 * Sync groups: their members, and what must hold between them and the instances that they name.
 *
 * A group and its members may stand in the file in any order, so names are looked up when all has
 * been read.  An instance is in one group at most: it can only have one role.
 */
#include <string.h>

#include "conf/model/group.h"
#include "conf/model/name_map.h"
#include "conf/model/resolve.h"
#include "conf/text/suggest.h"
#include "core/base/arena.h"

void group_add_member(struct parser *parser, struct frame *frame)
{
	struct group_draft *draft = frame->object;
	struct member_draft member = {token_text(&parser->in, &parser->in.next),
				      reader_place(&parser->in, &parser->in.next)};

	if (draft) {
		draft->members_place = reader_place(&parser->in, &frame->head);
		vector_add(&parser->drafts.members, sizeof(member), &member);
	}
	reader_advance(&parser->in);
}

bool group_without_block(struct parser *parser, enum diagnostic_severity severity)
{
	const struct token *word = &parser->in.next;

	if (parser->frame->block != BLOCK_SYNC_GROUP || !word->first ||
	    keyword_suggest(parser->index, BLOCK_SYNC_GROUP, word->text, word->length) ||
	    keyword_find(parser->index, BLOCK_INSTANCE, word->text, word->length) ||
	    lexer_peek(parser->in.lexer) == '{')
		return false;
	reader_complain(&parser->in, severity, reader_place(&parser->in, word),
			"group-without-block",
			"the members of a group stand in a block: group { %.*s }",
			(int)(word->length < 32 ? word->length : 32), word->text);
	while (word->kind == TOKEN_LINE ||
	       (reader_has_word(&parser->in) &&
		!keyword_find(parser->index, BLOCK_SYNC_GROUP, word->text, word->length)))
		reader_advance(&parser->in);
	return true;
}

/* ---- after everything has been read ---- */

static void complain_missing(struct parser *parser, const struct member_draft *member)
{
	struct suggestion suggestion = suggestion_for(member->name);

	for (size_t i = 0; i < parser->conf->n_instances; i++)
		if (parser->conf->instances[i].name)
			suggestion_consider(&suggestion, parser->conf->instances[i].name);
	const char *near = suggestion.best;
	/* A block that was not known, which is an error, may be the one. */
	if (parser_may_miss(parser))
		return;
	reader_error_at(&parser->in, member->place, "no-such-member",
			"there is no vrrp_instance '%s'%s%s%s", member->name,
			near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	if (near)
		diagnostics_suggest(parser->in.diagnostics, near);
}

/* The instance's place in the configuration; HASH_NONE = it can't be a member, which is reported.
 */
static uint32_t find_member(struct parser *parser, const struct name_map *instances, uint32_t group,
			    const struct member_draft *member)
{
	const struct group_draft *groups = parser->drafts.groups.items;
	uint32_t found = name_map_find(instances, member->name);

	if (found == HASH_NONE) {
		complain_missing(parser, member);
		return HASH_NONE;
	}
	const struct instance_conf *instance = &parser->conf->instances[found];
	if (instance->group == group)
		reader_warning_at(&parser->in, member->place, "member-twice",
				  "'%s' is given again: this one is left out", member->name);
	else if (instance->group != GROUP_NONE)
		reader_error_at(&parser->in, member->place, "member-of-two-groups",
				"'%s' is in vrrp_sync_group '%s' already: it can only have one "
				"role",
				member->name, groups[instance->group].conf.name);
	else
		return found;
	return HASH_NONE;
}

static void resolve_members(struct parser *parser, const struct name_map *instances, uint32_t index)
{
	struct group_draft *draft = (struct group_draft *)parser->drafts.groups.items + index;
	const struct member_draft *members = parser->drafts.members.items;
	size_t n = draft->conf.n_members;
	uint32_t *found = arena_alloc(parser->conf->arena, (n + 1) * sizeof(*found));
	size_t errors = reader_errors(&parser->in);

	draft->conf.n_members = 0;
	draft->conf.members = found;
	for (size_t i = 0; i < n; i++) {
		uint32_t member =
			find_member(parser, instances, index, &members[draft->first_member + i]);

		if (member == HASH_NONE)
			continue;
		parser->conf->instances[member].group = index;
		found[draft->conf.n_members++] = member;
	}
	if (errors != reader_errors(&parser->in) || draft->invalid ||
	    (draft->conf.n_members == 0 && parser_may_miss(parser)))
		return;
	if (draft->conf.n_members == 0)
		reader_error_at(&parser->in, draft->conf.place, "group-without-members",
				"'vrrp_sync_group' needs a 'group' of instances");
	else if (draft->conf.n_members == 1 && parser->in.quiet == 0 &&
		 !parser_may_miss(parser)) /* not in canonical form */
		reader_warning_at(&parser->in, draft->members_place, "group-of-one",
				  "a group of one instance changes nothing");
}

/* Two groups of one name would be one role or two, nobody knows. */
static void check_name(struct parser *parser, struct name_map *groups, uint32_t index)
{
	const struct group_draft *drafts = parser->drafts.groups.items;
	const char *name = drafts[index].conf.name;

	if (drafts[index].invalid)
		return;
	uint32_t earlier = name_map_add(groups, name, index);
	if (earlier == HASH_NONE)
		return;
	reader_error_at(&parser->in, drafts[index].conf.place, "group-twice",
			"there already is a vrrp_sync_group '%s'", name);
	reader_note(&parser->in, drafts[earlier].conf.place, "it is here");
}

void group_resolve(struct parser *parser)
{
	struct group_draft *drafts = parser->drafts.groups.items;
	struct name_map instances = {0}, groups = {0};
	struct conf *conf = parser->conf;

	conf->n_groups = parser->drafts.groups.count;
	conf->groups = arena_alloc(conf->arena, conf->n_groups * sizeof(*conf->groups));
	for (uint32_t i = 0; conf->n_groups > 0 && i < conf->n_instances; i++)
		if (conf->instances[i].name)
			name_map_add(&instances, conf->instances[i].name, i);
	for (uint32_t i = 0; i < conf->n_groups; i++) {
		check_name(parser, &groups, i);
		resolve_members(parser, &instances, i);
		resolve_scripts(parser, BLOCK_SYNC_GROUP, &drafts[i].conf, sizeof(drafts[i].conf));
		conf->groups[i] = drafts[i].conf;
	}
	name_map_free(&instances);
	name_map_free(&groups);
}
