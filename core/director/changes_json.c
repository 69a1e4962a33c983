/*
 * What changes and what that does to traffic, as JSON: the answer to `vdctl plan` and `vdctl
 * reload`.  The names are described in vdctl(8).
 */
#include "core/director/changes_json.h"

#define LIST_MAX 1000 /* changes in the list; nobody reads more */

static void write_effect(struct json_writer *writer, const struct effect *effect)
{
	const struct change *change = effect->change;

	json_begin_object(writer, NULL);
	json_string(writer, "object", change_object_name(change->object));
	json_string(writer, "name", effect->name);
	json_string(writer, "of", effect->owner);
	json_string(writer, "kind", change_kind_name(change->kind));
	json_string(writer, "keyword", change->kind == CHANGE_VALUE ? change->word : NULL);
	json_string(writer, "old", change->kind == CHANGE_VALUE ? change->old_value : NULL);
	json_string(writer, "new", change->kind == CHANGE_VALUE ? change->new_value : NULL);
	json_integer(writer, "count", effect->count);
	json_string(writer, "effect", *effect->traffic ? effect->traffic : NULL);
	json_boolean(writer, "disturbs", effect->disturbs);
	json_boolean(writer, "restart", effect->restart);
	json_string(writer, "text", effect->text);
	json_end_object(writer);
}

void changes_json_write(struct json_writer *writer, const char *name, const struct effects *effects)
{
	int64_t disturbing = 0, restart = 0;

	for (size_t i = 0; i < effects->count; i++) {
		disturbing += effects->list[i].disturbs;
		restart += effects->list[i].restart;
	}
	json_begin_object(writer, name);
	json_integer(writer, "count", (int64_t)effects->count);
	json_integer(writer, "disturbing", disturbing);
	json_integer(writer, "restart", restart);
	json_begin_array(writer, "list");
	for (size_t i = 0; i < effects->count && i < LIST_MAX; i++)
		write_effect(writer, &effects->list[i]);
	json_end_array(writer);
	json_end_object(writer);
}
