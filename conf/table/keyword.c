/*
 * The index over the keyword tables: which row a word is in a block, found in constant time.
 *
 * Built once for each parser or printer (about 500 rows).  Building it also numbers the members
 * that a block's values go to; the number is the bit by which a draft remembers what was given.
 * Rows for one member (aliases) share a bit, and a part that several blocks have in common comes
 * first in each, so that its bits are the same everywhere: inheritance (resolve_service.c) relies
 * on that.
 */
#include "conf/table/keyword.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/table/value_type.h"
#include "conf/text/suggest.h"
#include "core/base/alloc.h"
#include "core/base/hash.h"
#include "core/base/log.h"

#define BLOCK_ADDRESS_OF(which) &block_##which
static const struct block_type *const block_types[BLOCKS] = {ALL_BLOCKS(BLOCK_ADDRESS_OF)};

struct keyword_index {
	struct hash hash;
	struct keyword_entry *entries;
	size_t first[BLOCKS + 1]; /* of each block's entries */
};

struct wanted_keyword {
	const struct keyword_index *index;
	enum block block;
	const char *name;
	size_t length;
};

bool keyword_is_secret(const struct keyword *row)
{
	return row->type == &value_password || (row->flags & KEYWORD_SECRET);
}

bool keyword_is_check(const struct keyword *row)
{
	return row->block >= BLOCK_TCP_CHECK && row->block <= BLOCK_BFD_CHECK &&
	       row->block != BLOCK_URL && row->block != BLOCK_SMTP_HOST;
}

bool keyword_is_tracker(const struct keyword *row)
{
	return (row->block >= BLOCK_SCRIPT && row->block <= BLOCK_TRACK_PROCESS) ||
	       row->block == BLOCK_BFD ||
	       (row->block >= BLOCK_TRACKED_INTERFACE && row->block <= BLOCK_TRACKED_BFD);
}

const struct block_type *block_type(enum block block)
{
	return block_types[block];
}

/* The row that is number `at` of the block, or NULL; its part's offset goes to *offset. */
static const struct keyword *row_at(const struct block_type *type, size_t at, uint16_t *offset)
{
	for (size_t part = 0; part < KEYWORD_PARTS; part++) {
		if (at < type->parts[part].n_rows) {
			*offset = type->parts[part].offset;
			return &type->parts[part].rows[at];
		}
		at -= type->parts[part].n_rows;
	}
	return NULL;
}

const struct keyword *block_member(enum block block, size_t size, size_t *at, uint16_t *offset)
{
	const struct keyword *row;

	while ((row = row_at(block_types[block], (*at)++, offset))) {
		*offset = (uint16_t)(*offset + row->offset);
		if (row->size > 0 && !(row->flags & KEYWORD_ALIAS) && *offset < size)
			return row;
	}
	return NULL;
}

/* Of the name's length and three of its bytes: that tells nearly all keywords apart. */
static uint64_t name_hash(enum block block, const char *name, size_t length)
{
	uint64_t bytes = (uint64_t)block << 8 | length;

	if (length > 0)
		bytes = bytes << 24 | (uint64_t)(uint8_t)name[0] << 16 |
			(uint64_t)(uint8_t)name[length / 2] << 8 | (uint8_t)name[length - 1];
	return hash_number(HASH_SEED, bytes);
}

static bool entry_equal(const void *context, uint32_t item)
{
	const struct wanted_keyword *wanted = context;
	const struct keyword_entry *entry = &wanted->index->entries[item];

	return entry->block == wanted->block && entry->length == wanted->length &&
	       memcmp(entry->row->name, wanted->name, wanted->length) == 0;
}

/* The bit of a member: that of an earlier row for it, or the next one. */
static uint16_t bit_of(const struct keyword_entry *entries, size_t first, size_t next,
		       uint16_t offset, uint16_t *n_bits)
{
	for (size_t i = first; i < next; i++)
		if (entries[i].row->size > 0 && entries[i].offset == offset)
			return entries[i].bit;
	if (*n_bits == KEYWORD_NO_BIT)
		fatal("a block of the keyword table has too many members");
	return (*n_bits)++;
}

/* The row of the same member that is no alias, or the one above where there is no member. */
static uint16_t main_of(const struct keyword_entry *entries, size_t first, size_t next)
{
	size_t i = next;

	if (!(entries[next].row->flags & KEYWORD_ALIAS))
		return (uint16_t)next;
	if (entries[next].row->size == 0) {
		while (entries[i].row->flags & KEYWORD_ALIAS)
			i--;
		return (uint16_t)i;
	}
	for (i = first; i < next; i++)
		if (entries[i].bit == entries[next].bit)
			return entries[i].main;
	fatal("keyword '%s' is another name of none", entries[next].row->name);
}

static void add_block(struct keyword_index *index, enum block block)
{
	const struct block_type *type = block_types[block];
	size_t next = index->first[block];
	uint16_t n_bits = 0;

	for (size_t part = 0; part < KEYWORD_PARTS; part++) {
		for (size_t i = 0; i < type->parts[part].n_rows; i++) {
			const struct keyword *row = &type->parts[part].rows[i];
			struct keyword_entry *entry = &index->entries[next];

			entry->row = row;
			entry->block = block;
			entry->length = (uint16_t)strlen(row->name);
			entry->offset = (uint16_t)(type->parts[part].offset + row->offset);
			entry->bit = row->size == 0 ? KEYWORD_NO_BIT
						    : bit_of(index->entries, index->first[block],
							     next, entry->offset, &n_bits);
			entry->main = main_of(index->entries, index->first[block], next);
			hash_add(&index->hash, name_hash(block, row->name, entry->length),
				 (uint32_t)next++);
		}
	}
	index->first[block + 1] = next;
}

struct keyword_index *keyword_index_create(void)
{
	struct keyword_index *index = alloc(sizeof(*index));
	size_t n_rows = 0;

	for (size_t block = 0; block < BLOCKS; block++)
		for (size_t part = 0; part < KEYWORD_PARTS; part++)
			n_rows += block_types[block]->parts[part].n_rows;
	index->entries = alloc_array(n_rows, sizeof(*index->entries));
	for (size_t block = 0; block < BLOCKS; block++)
		add_block(index, (enum block)block);
	return index;
}

void keyword_index_destroy(struct keyword_index *index)
{
	hash_free(&index->hash);
	free(index->entries);
	free(index);
}

const struct keyword_entry *keyword_find(const struct keyword_index *index, enum block block,
					 const char *name, size_t length)
{
	struct wanted_keyword wanted = {index, block, name, length};
	uint32_t item =
		hash_find(&index->hash, name_hash(block, name, length), entry_equal, &wanted);

	return item == HASH_NONE ? NULL : &index->entries[item];
}

const struct keyword_entry *keyword_entries(const struct keyword_index *index, enum block block,
					    size_t *count)
{
	*count = index->first[block + 1] - index->first[block];
	return &index->entries[index->first[block]];
}

size_t keyword_count(const struct keyword_index *index)
{
	return index->first[BLOCKS];
}

const struct keyword *keyword_main(const struct keyword_index *index,
				   const struct keyword_entry *entry)
{
	return index->entries[entry->main].row;
}

uint64_t keyword_bit(const struct keyword_index *index, enum block block, size_t offset)
{
	for (size_t i = index->first[block]; i < index->first[block + 1]; i++)
		if (index->entries[i].row->size > 0 && index->entries[i].offset == offset)
			return UINT64_C(1) << index->entries[i].bit;
	fatal("no keyword for the member at offset %zu in %s", offset, block_types[block]->name);
}

/* Whether a name is another one with a "no" before it. */
static bool is_negated(const char *name, size_t length, const char *plain, size_t plain_length)
{
	static const char *const negations[] = {"no", "non", "not", "not_", "un", "dis"};

	for (size_t i = 0; i < sizeof(negations) / sizeof(*negations); i++) {
		size_t n = strlen(negations[i]);

		if (length == n + plain_length && memcmp(name, negations[i], n) == 0 &&
		    memcmp(name + n, plain, plain_length) == 0)
			return true;
	}
	return false;
}

const char *keyword_suggest(const struct keyword_index *index, enum block block, const char *name,
			    size_t length)
{
	struct suggestion suggestion = {name, length, length < 5 ? 1 : length < 9 ? 2 : 3, NULL};

	for (size_t i = index->first[block]; i < index->first[block + 1]; i++) {
		const char *known = index->entries[i].row->name;

		if (index->entries[i].row->flags & KEYWORD_MISNOMER)
			continue;
		if (strlen(known) == length && strncasecmp(known, name, length) == 0)
			return known;
		/* Nobody is led to the opposite, nor to what has no effect. */
		if ((strncmp(known, "no_", 3) == 0) !=
			    (length > 3 && strncmp(name, "no_", 3) == 0) ||
		    is_negated(name, length, known, strlen(known)) ||
		    is_negated(known, strlen(known), name, length) ||
		    index->entries[i].row->support == SUPPORT_IGNORED)
			continue;
		suggestion_consider(&suggestion, known);
	}
	return suggestion.best;
}
