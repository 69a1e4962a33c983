/* Status memory: no torn record is ever called good, no corrupt segment is ever mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/check_status.h"
#include "core/process/status.h"
#include "ipvs/ipvs_status.h"
#include "vrrp/vrrp_status.h"

enum { SMALL, NONE, LARGE, ONE };

struct small {
	struct status_record record;
	uint8_t number;
	uint8_t pad[3];
};

struct large {
	struct status_record record;
	uint32_t words[91];
};

struct item {
	uint32_t number;
	char text[5];
};

struct told {
	struct status_record record;
	char name[8];
	struct item items[3];
	char pad[1];
};

static const struct status_text texts[] = {
	STATUS_TEXT(ONE, struct told, name),
	STATUS_TEXTS(ONE, struct told, items, text),
};

static const struct status_layout layout = {
	.version = 3,
	.texts = texts,
	.n_texts = 2,
	.sizes = {[SMALL] = sizeof(struct small),
		  [LARGE] = sizeof(struct large),
		  [ONE] = sizeof(struct told)},
};
static const uint32_t counts[STATUS_TABLES] = {[SMALL] = 3, [LARGE] = 4, [ONE] = 1};

/* Changes one record as fast as it can: each version is the same byte everywhere. Where both share
 * a processor, the reader gets it often enough while the record is whole. */
static void write_without_end(struct status *status)
{
	struct large *target = status_record(status, LARGE, 2);
	const size_t start = sizeof(target->record);
	unsigned char *bytes = (unsigned char *)target;
	unsigned version;

	for (version = 1;; version++) {
		status_begin(target);
		memset(bytes + start, (int)(version % 256), sizeof(*target) - start);
		status_end(target);
		if (version % 64 == 0)
			sched_yield();
	}
}

static bool is_torn(const struct large *target)
{
	const unsigned char *bytes = (const unsigned char *)target;
	size_t at;

	for (at = sizeof(target->record) + 1; at < sizeof(*target); at++)
		if (bytes[at] != bytes[sizeof(target->record)])
			return true;
	return false;
}

static void a_torn_record_is_never_called_good(void **state)
{
	struct status *writer = status_create(&layout, ROLE_CHECK, 0, 1, counts);
	struct status *reader = status_map(&layout, dup(status_fd(writer)), false);
	const struct mono begin = mono_read();
	struct large copy;
	unsigned torn = 0, versions = 0, last = 0;
	pid_t pid;

	(void)state;
	assert_non_null(reader);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		write_without_end(writer);
	/* Many versions, or some where the processor is busy with others; a minute is for a hang.
	 */
	while (torn == 0 && versions < 2000 &&
	       mono_diff(mono_read(), begin) < (versions < 20 ? 60 : 2) * USEC_PER_SEC) {
		if (!status_read(reader, LARGE, 2, &copy)) {
			sched_yield();
			continue;
		}
		torn += is_torn(&copy);
		if (copy.record.sequence == last)
			sched_yield();
		else
			versions++;
		last = copy.record.sequence;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(torn, 0);
	assert_in_range(versions, 20, 2000); /* or there was nothing to see */
	status_unmap(reader);
	status_unmap(writer);
}

static void a_record_whose_owner_died_within_a_change_is_not_called_good(void **state)
{
	struct status *status = status_create(&layout, ROLE_VRRP, 0, 1, counts);
	struct small *instance = status_record(status, SMALL, 1);
	struct small copy;

	(void)state;
	assert_false(status_read(status, SMALL, 1, &copy)); /* never written */
	status_begin(instance);
	instance->number = 7;
	assert_false(status_read(status, SMALL, 1, &copy));
	assert_int_equal(copy.number, 0); /* issue 8.34: not half a change */
	/* Its successor's change heals it. */
	status_begin(instance);
	assert_false(status_read(status, SMALL, 1, &copy));
	instance->number = 8;
	status_end(instance);
	assert_true(status_read(status, SMALL, 1, &copy));
	assert_int_equal(copy.number, 8);
	status_unmap(status);
}

static void a_sequence_that_wraps_does_not_say_never_written(void **state)
{
	struct status *status = status_create(&layout, ROLE_VRRP, 0, 1, counts);
	struct small *instance = status_record(status, SMALL, 0);
	struct small copy;

	(void)state;
	instance->record.sequence = UINT32_MAX - 1;
	status_begin(instance);
	assert_false(status_read(status, SMALL, 0, &copy));
	status_end(instance);
	assert_true(status_read(status, SMALL, 0, &copy));
	status_unmap(status);
}

static void tables_do_not_overlap_and_survive_their_writer(void **state)
{
	struct status *writer = status_create(&layout, ROLE_IPVS, 0, 42, counts);
	struct status *reader;
	unsigned char *record;
	unsigned char copy[16384];
	int fd = dup(status_fd(writer));
	uint32_t table, i;

	(void)state;
	for (table = 0; table < STATUS_TABLES; table++) {
		for (i = 0; i < counts[table]; i++) {
			record = status_record(writer, table, i);
			assert_int_equal((uintptr_t)record % 4, 0);
			status_begin(record);
			memset(record + 4, (int)(table * 16 + i + 1), layout.sizes[table] - 4);
			status_end(record);
		}
	}
	status_unmap(writer);
	reader = status_map(&layout, fd, true);
	assert_non_null(reader);
	assert_int_equal(status_header(reader)->generation, 42);
	for (table = 0; table < STATUS_TABLES; table++) {
		assert_int_equal(status_count(reader, table), counts[table]);
		for (i = 0; i < counts[table]; i++) {
			assert_true(status_read(reader, table, i, copy));
			assert_int_equal(copy[4], table * 16 + i + 1);
			assert_int_equal(copy[layout.sizes[table] - 1], table * 16 + i + 1);
		}
	}
	status_unmap(reader);
}

static void spoil_magic(struct status_header *header)
{
	header->magic++;
}

static void spoil_version(struct status_header *header)
{
	header->version++;
}

static void spoil_layout_version(struct status_header *header)
{
	header->layout_version++;
}

static void spoil_count(struct status_header *header)
{
	header->counts[LARGE] += 1000;
}

static void spoil_count_wildly(struct status_header *header)
{
	header->counts[LARGE] = UINT32_MAX;
}

static void spoil_offset(struct status_header *header)
{
	header->offsets[ONE] = UINT64_MAX - 8;
}

static void spoil_size(struct status_header *header)
{
	header->size *= 2;
}

static void a_segment_with_a_corrupt_header_is_refused(void **state)
{
	static void (*const spoil[])(struct status_header *) = {
		spoil_magic,	    spoil_version, spoil_layout_version, spoil_count,
		spoil_count_wildly, spoil_offset,  spoil_size,
	};
	struct status *status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		status = status_create(&layout, ROLE_CHECK, 0, 1, counts);
		spoil[i](status_header(status));
		assert_null(status_map(&layout, status_fd(status), false));
		status_unmap(status);
	}
}

/* The check worker writes its header while main has it mapped. */
static void a_mapped_segment_does_not_believe_its_header_again(void **state)
{
	struct status *worker = status_create(&layout, ROLE_CHECK, 0, 1, counts);
	struct status *reader = status_map(&layout, dup(status_fd(worker)), false);
	struct large copy;

	(void)state;
	assert_non_null(reader);
	memset(status_header(worker), 0xff, sizeof(struct status_header));
	assert_int_equal(status_count(reader, LARGE), counts[LARGE]);
	assert_false(status_read(reader, LARGE, 3, &copy));
	status_unmap(reader);
	status_unmap(worker);
}

/* Issue 8.32: each single seal. */
static void a_segment_cannot_change_its_size_under_its_reader(void **state)
{
	struct status *status = status_create(&layout, ROLE_CHECK, 0, 1, counts);
	struct status_header *header = status_header(status);
	int fd;

	(void)state;
	assert_int_equal(ftruncate(status_fd(status), 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(status_fd(status), (off_t)header->size + 1), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(fcntl(status_fd(status), F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
	assert_int_equal(errno, EPERM);
	/* The same bytes without the seals are no segment, nor are those with one of the two. */
	fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, header, header->size), header->size);
	assert_null(status_map(&layout, fd, false));
	for (unsigned i = 0; i < 2; i++) {
		int other = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

		assert_int_equal(write(other, header, header->size), header->size);
		assert_int_equal(fcntl(other, F_ADD_SEALS, i ? F_SEAL_GROW : F_SEAL_SHRINK), 0);
		assert_null(status_map(&layout, other, false));
		close(other);
	}
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	status_unmap(status);
	status = status_map(&layout, fd, false);
	assert_non_null(status);
	status_unmap(status);
}

/* Issue 8.8: main read past the end of a text that another process had not ended. */
static void texts_of_another_process_have_an_end(void **state)
{
	struct status *status = status_create(&layout, ROLE_CHECK, 0, 1, counts);
	struct told *told = status_record(status, ONE, 0);
	struct told copy;

	(void)state;
	status_begin(told);
	memset(told->name, 'x', sizeof(*told) - offsetof(struct told, name));
	status_end(told);
	assert_true(status_read(status, ONE, 0, &copy));
	assert_string_equal(copy.name, "xxxxxxx");
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(copy.items[i].text, "xxxx");
		assert_int_equal(copy.items[i].number, 0x78787878);
	}
	assert_int_equal(copy.pad[0], 'x');
	assert_int_equal(told->name[7], 'x'); /* the owner's is as it was */
	status_unmap(status);
}

/* Of the kind of 8.8: a worker writes other counts into its header, which fill the same segment,
 * and main, which is started again, maps that. */
static void issue_8_8_a_record_that_is_not_there_was_never_written(void **state)
{
	static const uint32_t few[STATUS_TABLES] = {[ONE] = 1}, many[STATUS_TABLES] = {[ONE] = 2};
	struct status *worker = status_create(&layout, ROLE_IPVS, 0, 1, many);
	struct status *other = status_create(&layout, ROLE_IPVS, 0, 1, few);
	struct told copy = {.name = "as was"};

	(void)state;
	assert_false(status_read(other, ONE, 1, &copy));
	assert_false(status_read(other, SMALL, 0, &copy));
	assert_false(status_read(worker, ONE, 2, &copy));
	assert_false(status_read(worker, STATUS_TABLES, 0, &copy));
	assert_string_equal(copy.name, "as was");
	status_unmap(other);
	status_unmap(worker);
}

static void names_of_unknown_values_are_question_marks(void **state)
{
	(void)state;
	assert_string_equal(instance_reason_name(REASON_ADDRESS), "address");
	assert_string_equal(instance_reason_name((enum instance_reason_kind)99), "?");
	assert_string_equal(instance_counter_name(COUNTER_SEND_ERRORS), "send_errors");
	assert_string_equal(check_reason_name(CHECK_LOCAL_ERROR), "local_error");
	assert_string_equal(check_reason_name((enum check_reason)255), "?");
	assert_string_equal(check_phase_name(PHASE_BODY), "body");
	assert_string_equal(check_result_name(RESULT_INCONCLUSIVE), "inconclusive");
	assert_string_equal(server_state_name((enum server_state)3), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_torn_record_is_never_called_good),
		cmocka_unit_test(a_record_whose_owner_died_within_a_change_is_not_called_good),
		cmocka_unit_test(a_sequence_that_wraps_does_not_say_never_written),
		cmocka_unit_test(tables_do_not_overlap_and_survive_their_writer),
		cmocka_unit_test(a_segment_with_a_corrupt_header_is_refused),
		cmocka_unit_test(a_mapped_segment_does_not_believe_its_header_again),
		cmocka_unit_test(a_segment_cannot_change_its_size_under_its_reader),
		cmocka_unit_test(texts_of_another_process_have_an_end),
		cmocka_unit_test(issue_8_8_a_record_that_is_not_there_was_never_written),
		cmocka_unit_test(names_of_unknown_values_are_question_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
