#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/loop.h"
#include "core/process/message.h"

/*
 * Status is shared memory.  Each worker owns one segment (a memfd that main creates, so that it
 * outlives the worker): a header and tables of fixed-size records.  The owner writes, main maps it
 * read-only; a sequence lock around each record lets the reader notice that it read half a change.
 * A restarted worker finds what its predecessor wrote: the segment is also the journal.
 */

#define STATUS_TABLES 8 /* at most, of one role */

/* What a role's segment looks like: the sizes of the records of its tables, 0 where it has no such
 * table. Each role has an enum of them, and one such layout. */
struct status_layout {
	uint32_t version; /* of the records; another one is not adopted */
	uint32_t sizes[STATUS_TABLES];
	const struct status_text *texts; /* of all tables */
	size_t n_texts;
};

/* A text in the records of a table, or several at equal distances.  They may come from a process
 * that talks to strangers: whoever reads a record gets them with a NUL at the end. */
struct status_text {
	unsigned table;
	uint32_t offset, size; /* in bytes */
	uint32_t count, stride;
};
#define STATUS_TEXT(table_, type, member)                                           \
	{                                                                           \
		(table_), offsetof(type, member), sizeof(((type *)0)->member), 1, 0 \
	}
/* `member` of each element of `array`. */
#define STATUS_TEXTS(table_, type, array, member)                                                \
	{                                                                                        \
		(table_), offsetof(type, array[0].member), sizeof(((type *)0)->array[0].member), \
			sizeof(((type *)0)->array) / sizeof(((type *)0)->array[0]),              \
			sizeof(((type *)0)->array[0])                                            \
	}

/* First member of every record. Odd while the owner writes; 0 = never written. */
struct status_record {
	_Atomic uint32_t sequence;
};

#define STATUS_NAME_SIZE 64
#define STATUS_TEXT_SIZE 160

#define STATUS_MAGIC   UINT32_C(0x76647374)
#define STATUS_VERSION 8 /* of what roles have in common */

struct status_header {
	uint32_t magic;
	uint32_t version;	 /* STATUS_VERSION */
	uint32_t layout_version; /* struct status_layout */
	uint32_t pad;
	uint32_t kind; /* enum role_kind */
	uint32_t index;
	uint64_t generation; /* of the configuration that shaped the tables */
	uint32_t counts[STATUS_TABLES];
	uint64_t offsets[STATUS_TABLES]; /* from the header's start */
	uint64_t size;			 /* of the whole segment */
	_Atomic int64_t heartbeat; /* µs monotonic, by the worker, at least 5 times a second */
	_Atomic uint64_t log_dropped;
	struct lateness lateness; /* of the worker's timers; read without a lock */
};

struct status; /* a mapped segment */

/* status.c */

/* Creates an empty segment and maps it writable. Ownership to the caller; no memory is fatal(). */
struct status *status_create(const struct status_layout *layout, enum role_kind kind,
			     unsigned index, uint64_t generation,
			     const uint32_t counts[STATUS_TABLES]);
/* Maps a segment made by status_create() with that layout; owns fd on success. NULL: not one, or
 * another layout. */
struct status *status_map(const struct status_layout *layout, int fd, bool writable);
void status_unmap(struct status *status); /* closes its descriptor */
int status_fd(const struct status *status);
struct status_header *status_header(struct status *status);
uint32_t status_count(const struct status *status, unsigned table);
/* The owner's view of a record; index is below status_count(), else fatal(). */
void *status_record(struct status *status, unsigned table, uint32_t index);
/* Around every change the owner makes to a record. */
void status_begin(void *record);
void status_end(void *record);
/* Copies one record as it was at some moment, its texts ended. False: never written, or its owner
 * died within a change; then the copy is all zeroes, so that nobody shows half a change. Nor is
 * there anything where there is no such record: then the copy stays as it is. */
bool status_read(struct status *status, unsigned table, uint32_t index, void *copy);

#endif
