/*
 * Fuzz target for the HTTP reader.  The first byte of an input chooses the pieces in which the rest
 * arrives.  Besides what the sanitizers find, it is an error when the pieces make a difference, or
 * when the reader passes on more than it got.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/http_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t size;
	uint64_t hash; /* FNV-1a */
};

static bool see(void *data, const uint8_t *bytes, size_t size)
{
	struct seen *seen = data;

	for (size_t i = 0; i < size; i++)
		seen->hash = (seen->hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	seen->size += size;
	return true;
}

/* Each piece is in memory of its own, so that reading past its end is noticed. */
static void read_in_pieces(struct http_reader *reader, struct seen *seen, const uint8_t *bytes,
			   size_t size, size_t piece)
{
	*seen = (struct seen){.hash = UINT64_C(0xcbf29ce484222325)};
	http_reader_init(reader, see, seen);
	for (size_t at = 0; at < size; at += piece) {
		size_t length = size - at < piece ? size - at : piece;
		uint8_t *copy = malloc(length);
		if (copy == NULL)
			abort();
		memcpy(copy, bytes + at, length);
		http_reader_feed(reader, copy, length);
		free(copy);
	}
	http_reader_end(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reader whole, pieces;
	struct seen seen_whole, seen_pieces;

	if (size < 2)
		return 0;
	read_in_pieces(&whole, &seen_whole, data + 1, size - 1, size - 1);
	read_in_pieces(&pieces, &seen_pieces, data + 1, size - 1, 1 + data[0] % 64);
	if (whole.outcome != pieces.outcome || whole.error != pieces.error ||
	    whole.head_complete != pieces.head_complete || seen_whole.size != seen_pieces.size ||
	    seen_whole.hash != seen_pieces.hash || seen_whole.size >= size ||
	    whole.outcome == HTTP_READING || (whole.outcome == HTTP_FAILED) != (whole.error != 0))
		abort();
	return 0;
}
