/*
 * Diagnostics about expanded text: where it is used, and through which macros it got there.
 *
 * A macro that is used a hundred times shows its mistakes a hundred times; a diagnostic whose text
 * and innermost place were seen before is only counted.
 */
#include <string.h>

#include "conf/text/diagnostic.h"
#include "conf/text/expand_parts.h"
#include "core/base/arena.h"

struct wanted_told {
	const struct told *all;
	struct told told;
};

static bool told_equal(const void *context, uint32_t item)
{
	const struct wanted_told *wanted = context;
	const struct told *told = &wanted->all[item];

	return told->spot.line == wanted->told.spot.line &&
	       told->spot.column == wanted->told.spot.column &&
	       strcmp(told->spot.file, wanted->told.spot.file) == 0 &&
	       strcmp(told->text, wanted->told.text) == 0;
}

/* Whether this was told before; from now on it was. */
static bool tell_once(struct expander *expander, struct spot spot, const char *text)
{
	struct wanted_told wanted = {expander->told.items, {spot, text}};
	uint64_t hash = hash_bytes(HASH_SEED, text, strlen(text));

	hash = hash_number(hash_number(hash, spot.line), spot.column);
	if (hash_find(&expander->told_hash, hash, told_equal, &wanted) != HASH_NONE)
		return false;
	if (expander->told.count >= DIAGNOSTICS_MAX)
		return true;
	wanted.told.text = arena_strdup(expander->arena, text);
	hash_add(&expander->told_hash, hash, (uint32_t)expander->told.count);
	vector_add(&expander->told, sizeof(wanted.told), &wanted.told);
	return true;
}

void expander_report_origin(struct expander *expander, enum diagnostic_severity severity,
			    struct spot use, uint32_t origin, uint32_t shift, const char *code,
			    const char *text)
{
	const struct origin *origins = expander->origins.items;
	struct spot inner = origin == 0 ? use : origin_spot(&origins[origin], shift);

	if (!tell_once(expander, inner, text)) {
		diagnostics_repeat(expander->diagnostics, severity);
		return;
	}
	diagnostics_add(expander->diagnostics, severity, use, code, "%s", text);
	origin_explain(&expander->origins, origin, shift, expander->diagnostics);
}

static const struct kept_text *find_text(const struct expander *expander, uint32_t number)
{
	const struct kept_text *texts = expander->texts.items;
	size_t low = 0, high = expander->texts.count;

	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (texts[middle].number <= number)
			low = middle;
		else
			high = middle;
	}
	return &texts[low];
}

void expander_report(struct expander *expander, enum diagnostic_severity severity, struct spot use,
		     uint32_t number, const char *code, const char *text)
{
	if (number == 0) {
		diagnostics_add(expander->diagnostics, severity, use, code, "%s", text);
		return;
	}
	const struct kept_text *kept = find_text(expander, number);
	struct run run = text_run(&kept->text, number - kept->number);
	expander_report_origin(expander, severity, use, run.origin, run.shift, code, text);
}
