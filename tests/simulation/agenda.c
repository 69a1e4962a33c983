/*
 * Virtual time: a heap of what is to come.  The simulation takes the first entry, sets the world's
 * time to it, and lets it happen, which adds further entries; nothing else moves time.  Entries are
 * never taken back: who has no more use for one ignores it when it comes.
 */
#include "tests/simulation/agenda.h"

#include <stdlib.h>

#include "core/base/log.h"

static bool before(const struct agenda_entry *a, const struct agenda_entry *b)
{
	return a->at.us != b->at.us ? a->at.us < b->at.us : a->order < b->order;
}

void agenda_add(struct agenda *agenda, const struct agenda_entry *entry)
{
	struct agenda_entry new = *entry;
	size_t i = agenda->count++;

	if (agenda->count > agenda->room) {
		agenda->room = agenda->room * 2 + 256;
		agenda->heap = reallocarray(agenda->heap, agenda->room, sizeof(*agenda->heap));
		if (agenda->heap == NULL)
			fatal("no memory for the agenda");
	}
	new.order = agenda->added++;
	for (; i > 0 && before(&new, &agenda->heap[(i - 1) / 2]); i = (i - 1) / 2)
		agenda->heap[i] = agenda->heap[(i - 1) / 2];
	agenda->heap[i] = new;
}

bool agenda_take(struct agenda *agenda, struct agenda_entry *entry)
{
	const struct agenda_entry *last;
	size_t i = 0;

	if (agenda->count == 0)
		return false;
	*entry = agenda->heap[0];
	last = &agenda->heap[--agenda->count];
	for (size_t child = 1; child < agenda->count; child = 2 * i + 1) {
		if (child + 1 < agenda->count &&
		    before(&agenda->heap[child + 1], &agenda->heap[child]))
			child++;
		if (!before(&agenda->heap[child], last))
			break;
		agenda->heap[i] = agenda->heap[child];
		i = child;
	}
	agenda->heap[i] = *last;
	return true;
}

void agenda_clear(struct agenda *agenda)
{
	free(agenda->heap);
	*agenda = (struct agenda){0};
}
