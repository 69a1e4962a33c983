/*
 * Status segments: a header and tables of fixed-size records in a memfd.  main creates a segment
 * and keeps it; a worker maps it and writes; main maps it read-only and builds answers from it
 * without ever asking the worker, so looking costs the worker nothing.
 *
 * Each record is behind a sequence lock.  The writer makes the sequence odd, changes the record,
 * and makes it even again; the reader copies between two looks at the sequence and believes the
 * copy when both saw the same even number.  Why that is right in C11's terms, and on machines that
 * reorder: the release fence in status_begin() orders the odd number before every later write of
 * the record, and the acquire fence in status_read() orders every read of the copy before the
 * second look.  So a reader that saw any byte of a change also sees, in its second look, the odd
 * number that came before it or a later one.  The release store in status_end() and the acquire
 * load of the first look give a reader that starts after a change all of that change.  The copy
 * itself is made by relaxed atomic loads of words, because it may race with the writer by design.
 *
 * In the same C11's terms the owner's plain writes between begin and end race with these loads;
 * that is relied on as GCC and Clang have it: a store of a word or less is not torn, and no store
 * is moved across the two fences.
 *
 * The reader does not trust the writer: check workers talk to strangers.  The segment cannot change
 * its size (seals), so reading it cannot fault; the layout is computed from the counts, which
 * are taken once, when the segment is made or mapped, and never read from it again.  A main that
 * maps it anew may find other counts than the configuration's: what is not there was never written.
 */
#include "core/process/status.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"

#define ALIGNMENT	 8
#define READ_TRIES	 64	    /* then the writer is taken for dead */
#define READ_TRIES_QUICK 16	    /* then it is given the processor */
#define COUNT_MAX	 (1U << 22) /* records in a table; far above any configuration */

struct status {
	const struct status_layout *layout;
	int fd;
	bool writable;
	unsigned char *memory;
	uint32_t counts[STATUS_TABLES];
	uint64_t offsets[STATUS_TABLES];
	uint64_t size;
};

/* Copied as relaxed atomic words; a record's size is a multiple of its sequence's. */
typedef uint32_t __attribute__((may_alias)) copy_word;
_Static_assert(sizeof(copy_word) == sizeof(((struct status_record *)0)->sequence),
	       "a record is whole words");

static uint64_t aligned(uint64_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Where the tables lie follows from their counts alone. False: a count is beyond all reason. */
static bool lay_out(struct status *status, const uint32_t counts[STATUS_TABLES])
{
	status->size = aligned(sizeof(struct status_header));
	for (size_t i = 0; i < STATUS_TABLES; i++) {
		if (counts[i] > COUNT_MAX)
			return false;
		status->counts[i] = counts[i];
		status->offsets[i] = status->size;
		status->size += aligned((uint64_t)counts[i] * status->layout->sizes[i]);
	}
	return true;
}

/* Maps status->size bytes. */
static bool map_memory(struct status *status)
{
	int protection = status->writable ? PROT_READ | PROT_WRITE : PROT_READ;

	status->memory = mmap(NULL, status->size, protection, MAP_SHARED, status->fd, 0);
	return status->memory != MAP_FAILED;
}

struct status *status_create(const struct status_layout *layout, enum role_kind kind,
			     unsigned index, uint64_t generation,
			     const uint32_t counts[STATUS_TABLES])
{
	struct status *status = alloc(sizeof(*status));

	status->layout = layout;
	if (!lay_out(status, counts))
		fatal("a status table is too long");
	status->writable = true;
	status->fd = memfd_create("vdirector-status", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (status->fd < 0 || ftruncate(status->fd, (off_t)status->size) != 0 ||
	    fcntl(status->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
	    !map_memory(status))
		fatal("a status segment of %llu bytes: %m", (unsigned long long)status->size);
	struct status_header *header = status_header(status);
	*header = (struct status_header){
		.magic = STATUS_MAGIC,
		.version = STATUS_VERSION,
		.layout_version = layout->version,
		.kind = kind,
		.index = index,
		.generation = generation,
		.size = status->size,
	};
	memcpy(header->counts, status->counts, sizeof(header->counts));
	memcpy(header->offsets, status->offsets, sizeof(header->offsets));
	return status;
}

/* True when the segment is one of this version's, laid out as lay_out() would, of that very size,
 * and can never have another. */
static bool inspect(struct status *status, int fd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	struct status_header header; /* a copy: its owner may be writing */
	struct stat file;
	int found = fcntl(fd, F_GET_SEALS);

	if (found < 0 || (found & seals) != seals || fstat(fd, &file) != 0)
		return false;
	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return false;
	return header.magic == STATUS_MAGIC && header.version == STATUS_VERSION &&
	       header.layout_version == status->layout->version && lay_out(status, header.counts) &&
	       header.size == status->size && (uint64_t)file.st_size == status->size &&
	       memcmp(header.offsets, status->offsets, sizeof(header.offsets)) == 0;
}

struct status *status_map(const struct status_layout *layout, int fd, bool writable)
{
	struct status *status = alloc(sizeof(*status));

	*status = (struct status){.layout = layout, .fd = fd, .writable = writable};
	if (!inspect(status, fd) || !map_memory(status)) {
		free(status);
		return NULL;
	}
	return status;
}

void status_unmap(struct status *status)
{
	if (!status)
		return;
	munmap(status->memory, status->size);
	close(status->fd);
	free(status);
}

int status_fd(const struct status *status)
{
	return status->fd;
}

struct status_header *status_header(struct status *status)
{
	return (struct status_header *)(void *)status->memory;
}

uint32_t status_count(const struct status *status, unsigned table)
{
	return status->counts[table];
}

void *status_record(struct status *status, unsigned table, uint32_t index)
{
	uint32_t count = table < STATUS_TABLES ? status->counts[table] : 0;

	if (index >= count)
		fatal("status record %u of table %u, which has %u", index, table, count);
	return status->memory + status->offsets[table] +
	       (size_t)index * status->layout->sizes[table];
}

/* A predecessor that died within a change left an odd number: the next odd one is used. */
void status_begin(void *record)
{
	_Atomic uint32_t *sequence = &((struct status_record *)record)->sequence;
	uint32_t now = atomic_load_explicit(sequence, memory_order_relaxed);

	atomic_store_explicit(sequence, (now + 1) | 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

/* Past its end the number goes on at 2: 0 says "never written". */
void status_end(void *record)
{
	_Atomic uint32_t *sequence = &((struct status_record *)record)->sequence;
	uint32_t next = (atomic_load_explicit(sequence, memory_order_relaxed) | 1) + 1;

	atomic_store_explicit(sequence, next == 0 ? 2 : next, memory_order_release);
}

static void end_texts(const struct status_layout *layout, unsigned table, void *copy)
{
	for (size_t i = 0; i < layout->n_texts; i++) {
		const struct status_text *text = &layout->texts[i];

		for (uint32_t j = 0; text->table == table && j < text->count; j++)
			((char *)copy)[text->offset + j * text->stride + text->size - 1] = '\0';
	}
}

bool status_read(struct status *status, unsigned table, uint32_t index, void *copy)
{
	const struct status_record *lock;
	const copy_word *from;
	copy_word *to = copy;

	if (table >= STATUS_TABLES || index >= status->counts[table])
		return false;
	from = status_record(status, table, index);
	lock = (const void *)from;
	for (unsigned tries = 0; tries < READ_TRIES; tries++) {
		if (tries >= READ_TRIES_QUICK)
			sched_yield();
		uint32_t before = atomic_load_explicit(&lock->sequence, memory_order_acquire);
		for (size_t i = 0; i < status->layout->sizes[table] / sizeof(copy_word); i++)
			to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
		end_texts(status->layout, table, copy);
		atomic_thread_fence(memory_order_acquire);
		uint32_t after = atomic_load_explicit(&lock->sequence, memory_order_relaxed);
		if (before == after && (before & 1) == 0)
			return before != 0;
	}
	memset(copy, 0, status->layout->sizes[table]);
	return false;
}
