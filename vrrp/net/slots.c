/*
 * The slots: what vrrp lets net do with the addresses of each instance.  A slot is one atomic word
 * of 64 bits, so that neither side ever waits for the other: a state, the epoch of the take-over,
 * and the time until which it holds.  Whoever hangs, or dies, lets his word expire; nothing else,
 * no process and no heartbeat, is consulted.
 *
 * The memory is main's, which gives vrrp its descriptor and net one that can only be read.
 */
#include "vrrp/net/slots.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define SIZE	   (SLOTS_MAX * sizeof(uint64_t))
#define STATE_BITS 2
#define EPOCH_BITS 16
#define TIME_SHIFT (STATE_BITS + EPOCH_BITS)
#define MASK(bits) ((UINT64_C(1) << (bits)) - 1)

struct slots {
	int fd;
	void *memory;
	_Atomic uint64_t *words; /* the same */
};

static struct slots *map(int fd, int protection)
{
	void *memory = mmap(NULL, SIZE, protection, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return NULL;
	struct slots *slots = alloc(sizeof(*slots));
	slots->fd = fd;
	slots->words = slots->memory = memory;
	return slots;
}

struct slots *slots_create(void)
{
	int fd = memfd_create("vdirector-slots", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct slots *slots = NULL;

	/* Nobody opens it again for more than his descriptor is for. */
	if (fd >= 0 && ftruncate(fd, (off_t)SIZE) == 0 && fchmod(fd, 0400) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		slots = map(fd, PROT_READ | PROT_WRITE);
	if (!slots)
		fatal("slots: %m");
	return slots;
}

struct slots *slots_map(int fd, bool writable)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	int found = fcntl(fd, F_GET_SEALS);
	struct stat file;

	if (found < 0 || (found & seals) != seals || fstat(fd, &file) != 0 ||
	    file.st_size != (off_t)SIZE)
		return NULL;
	return map(fd, writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

void slots_destroy(struct slots *slots)
{
	if (!slots)
		return;
	munmap(slots->memory, SIZE);
	close(slots->fd);
	free(slots);
}

int slots_fd(const struct slots *slots)
{
	return slots->fd;
}

int slots_readable(const struct slots *slots)
{
	char path[32];

	text_print(path, sizeof(path), "/proc/self/fd/%d", slots->fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static _Atomic uint64_t *word_at(const struct slots *slots, uint32_t slot)
{
	if (slot >= SLOTS_MAX)
		fatal("slot %u of %u", slot, SLOTS_MAX);
	return &slots->words[slot];
}

struct slot_word slot_read(const struct slots *slots, uint32_t slot)
{
	uint64_t value = atomic_load_explicit(word_at(slots, slot), memory_order_acquire);

	return (struct slot_word){
		.state = (enum slot_state)(value & MASK(STATE_BITS)),
		.epoch = (uint16_t)(value >> STATE_BITS & MASK(EPOCH_BITS)),
		.until = {(int64_t)(value >> TIME_SHIFT) * USEC_PER_MSEC},
	};
}

void slot_write(struct slots *slots, uint32_t slot, const struct slot_word *word)
{
	uint64_t until = word->until.us > 0 ? (uint64_t)(word->until.us / USEC_PER_MSEC) : 0;

	atomic_store_explicit(word_at(slots, slot),
			      (uint64_t)word->state | (uint64_t)word->epoch << STATE_BITS |
				      until << TIME_SHIFT,
			      memory_order_release);
}
