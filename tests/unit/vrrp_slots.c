/* The slots: one word for each instance, in memory that one side writes and the other only reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrp/net/slots.h"

#define YEAR  (INT64_C(366) * 24 * 3600 * USEC_PER_SEC)
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static struct slots *slots;

static int set_up(void **state)
{
	(void)state;
	slots = slots_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	slots_destroy(slots);
	return 0;
}

static void assert_word(const struct slots *seen, uint32_t slot, const struct slot_word *wanted)
{
	struct slot_word word = slot_read(seen, slot);

	assert_int_equal(word.state, wanted->state);
	assert_int_equal(word.epoch, wanted->epoch);
	assert_int_equal(word.until.us, wanted->until.us);
}

static void fresh_ones_say_nothing(void **state)
{
	const struct slot_word never = {.state = SLOT_NEVER};

	(void)state;
	for (uint32_t i = 0; i < SLOTS_MAX; i++)
		assert_word(slots, i, &never);
}

static void a_word_is_read_as_it_was_written(void **state)
{
	static const enum slot_state states[] = {SLOT_NEVER, SLOT_OFF, SLOT_KEEP, SLOT_HOLD};
	static const uint16_t epochs[] = {0, 1, 2, 0x5555, 0x7fff, 0x8000, UINT16_MAX};
	static const int64_t times[] = {0,    USEC_PER_MSEC, USEC_PER_SEC, INT64_C(4294967296000),
					YEAR, 200 * YEAR};

	(void)state;
	for (unsigned s = 0; s < sizeof(states) / sizeof(states[0]); s++)
		for (unsigned e = 0; e < sizeof(epochs) / sizeof(epochs[0]); e++)
			for (unsigned t = 0; t < sizeof(times) / sizeof(times[0]); t++) {
				const struct slot_word word = {states[s], epochs[e], {times[t]}};

				slot_write(slots, 7, &word);
				assert_word(slots, 7, &word);
			}
}

/* Never later than what was meant. */
static void times_are_cut_to_milliseconds(void **state)
{
	const int64_t base = 3 * YEAR + 17 * USEC_PER_MSEC;

	(void)state;
	for (int64_t more = 0; more < USEC_PER_MSEC; more += 333) {
		slot_write(slots, 0, &(struct slot_word){SLOT_HOLD, 9, {base + more}});
		assert_word(slots, 0, &(struct slot_word){SLOT_HOLD, 9, {base}});
	}
	slot_write(slots, 0, &(struct slot_word){SLOT_KEEP, 9, {-1}});
	assert_word(slots, 0, &(struct slot_word){SLOT_KEEP, 9, {0}});
}

static void slots_do_not_touch_each_other(void **state)
{
	static const uint32_t used[] = {0, 1, 2, 4711, SLOTS_MAX - 2, SLOTS_MAX - 1};
	const unsigned n = sizeof(used) / sizeof(used[0]);

	(void)state;
	for (unsigned i = 0; i < n; i++)
		slot_write(
			slots, used[i],
			&(struct slot_word){SLOT_HOLD, (uint16_t)(0xfff0 + i), {(i + 1) * YEAR}});
	for (unsigned i = 0; i < n; i++)
		assert_word(
			slots, used[i],
			&(struct slot_word){SLOT_HOLD, (uint16_t)(0xfff0 + i), {(i + 1) * YEAR}});
	assert_word(slots, 3, &(struct slot_word){0});
}

static void a_reader_sees_what_is_written(void **state)
{
	struct slots *reader = slots_map(slots_readable(slots), false);
	const struct slot_word word = {SLOT_HOLD, 3, {YEAR}};

	(void)state;
	assert_non_null(reader);
	assert_word(reader, 12, &(struct slot_word){0});
	slot_write(slots, 12, &word);
	assert_word(reader, 12, &word);
	slot_write(slots, 12, &(struct slot_word){.state = SLOT_OFF, .epoch = 3});
	assert_word(reader, 12, &(struct slot_word){.state = SLOT_OFF, .epoch = 3});
	slots_destroy(reader);
}

static void a_reader_cannot_write(void **state)
{
	const size_t size = SLOTS_MAX * sizeof(uint64_t);
	int fd = slots_readable(slots);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_ptr_equal(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EACCES);
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(mprotect(memory, size, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(write(fd, "", 1), -1);
	munmap(memory, size);
	assert_null(slots_map(fd, true));
	close(fd);
}

/* As the next of main does with what the keeper has kept. */
static void another_that_writes_sees_the_same_memory(void **state)
{
	struct slots *other = slots_map(dup(slots_fd(slots)), true);
	const struct slot_word word = {SLOT_KEEP, 5, {YEAR}};

	(void)state;
	assert_non_null(other);
	slot_write(other, 99, &word);
	assert_word(slots, 99, &word);
	slots_destroy(other);
	assert_word(slots, 99, &word);
}

/* Takes `fd`. */
static void assert_refused(int fd)
{
	assert_true(fd >= 0);
	assert_null(slots_map(fd, false));
	assert_null(slots_map(fd, true));
	assert_int_equal(close(fd), 0); /* it is the caller's still */
}

static int memory_of(size_t size, int seals)
{
	int fd = memfd_create("no-slots", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (seals != 0)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* Whatever could change its size under the reader's hands would end him. */
static void other_memory_is_refused(void **state)
{
	const size_t size = SLOTS_MAX * sizeof(uint64_t);
	int ends[2];

	(void)state;
	assert_refused(memory_of(size, 0));
	assert_refused(memory_of(size, F_SEAL_SHRINK));
	assert_refused(memory_of(size, F_SEAL_GROW));
	assert_refused(memory_of(size - 1, SEALS));
	assert_refused(memory_of(size + 1, SEALS));
	assert_refused(memory_of(0, SEALS));
	assert_refused(open("/dev/null", O_RDWR | O_CLOEXEC));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_refused(ends[0]);
	close(ends[1]);
	assert_null(slots_map(-1, false));
	struct slots *other = slots_map(memory_of(size, SEALS), true);
	assert_non_null(other);
	slots_destroy(other);
}

int main(void)
{
#define SLOTS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SLOTS_TEST(fresh_ones_say_nothing),
		SLOTS_TEST(a_word_is_read_as_it_was_written),
		SLOTS_TEST(times_are_cut_to_milliseconds),
		SLOTS_TEST(slots_do_not_touch_each_other),
		SLOTS_TEST(a_reader_sees_what_is_written),
		SLOTS_TEST(a_reader_cannot_write),
		SLOTS_TEST(another_that_writes_sees_the_same_memory),
		SLOTS_TEST(other_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
