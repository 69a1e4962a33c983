/*
 * Readings: whether a configuration that was read is one that somebody has finished writing.
 *
 * Most editors and copies truncate a file and then write it; between the two it is valid, short or
 * empty.  So a file that has changed within the last second, or that is missing, is to be read
 * again until two readings agree, byte for byte and in the time of the last change (ctime, which
 * nobody can set).  Who waits between the two is the caller's matter.
 *
 * What the includes found is kept for the comparison with the next reading: a pattern that matched
 * and no longer does, or a file that was read and now cannot be, is more often a mistake than a
 * wish.
 */
#include "conf/text/reading.h"

#include <stdlib.h>
#include <string.h>

#include "conf/text/source.h"
#include "core/base/alloc.h"
#include "core/base/hash.h"

#define YOUNG USEC_PER_SEC

static void clear_names(struct vector *names)
{
	char **all = names->items;

	for (size_t i = 0; i < names->count; i++)
		free(all[i]);
	vector_free(names);
}

void reading_clear(struct reading *reading)
{
	clear_names(&reading->found);
	clear_names(&reading->nothing);
	*reading = (struct reading){0};
}

static void add_name(struct vector *names, const char *name)
{
	char *copy = alloc_text(name);

	vector_add(names, sizeof(copy), &copy);
}

static void digest_name(struct reading *reading, const char *name)
{
	reading->digest = hash_bytes(reading->digest, name, strlen(name) + 1);
}

void reading_add_file(struct reading *reading, const char *path, const struct source *source)
{
	if (!reading)
		return;
	digest_name(reading, path);
	reading->digest = hash_number(reading->digest, source->device);
	reading->digest = hash_number(reading->digest, source->inode);
	reading->digest = hash_number(reading->digest, (uint64_t)source->changed.us);
	reading->digest = hash_bytes(reading->digest, source->text, source->size);
	if (source->changed.us > reading->changed.us)
		reading->changed = source->changed;
	add_name(&reading->found, path);
}

void reading_add_found(struct reading *reading, const char *name)
{
	if (reading)
		add_name(&reading->found, name);
}

void reading_add_nothing(struct reading *reading, const char *name)
{
	if (!reading)
		return;
	digest_name(reading, name);
	reading->missing = true;
	add_name(&reading->nothing, name);
}

enum reading_verdict reading_judge(struct reading_rest *rest, const struct reading *reading,
				   struct wall now)
{
	bool agrees = rest->count > 0 && rest->digest == reading->digest;
	/* So is one from the future: a clock was set. */
	bool young = reading->missing || now.us - reading->changed.us < YOUNG;

	rest->digest = reading->digest;
	rest->count++;
	if (agrees || !young)
		return READING_AT_REST;
	return rest->count < READING_MAX ? READING_AGAIN : READING_NEVER;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *reading_lost(const struct reading *reading, struct reading *before)
{
	char *const *names = reading->nothing.items;

	if (reading->nothing.count == 0 || before->found.count == 0)
		return NULL;
	qsort(before->found.items, before->found.count, sizeof(*names), compare);
	for (size_t i = 0; i < reading->nothing.count; i++)
		if (bsearch(&names[i], before->found.items, before->found.count, sizeof(*names),
			    compare))
			return names[i];
	return NULL;
}
