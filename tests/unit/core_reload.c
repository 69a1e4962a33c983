/* A reload of main: when a file is believed, whom it is forced for, and who is answered.  The
 * functions below that belong to other files of core/director take their place; configurations and
 * generations are real, and the clock is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/log.h"
#include "core/director/changes_json.h"
#include "core/director/director_context.h"
#include "core/director/sd_notify.h"
#include "core/director/start.h"

static int64_t clock_us = 1000 * USEC_PER_SEC;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){.tv_sec = (time_t)(clock_us / USEC_PER_SEC),
				 .tv_nsec = (long)(clock_us % USEC_PER_SEC * 1000)};
	return 0;
}

/* The file. */
static struct {
	unsigned workers;
	uint64_t digest;
	bool young;    /* changed just now */
	bool doubtful; /* to be forced */
	unsigned reads, restless;
} file;

static struct {
	unsigned ok, refused, too_many;
	uint64_t last;
} answers;

static uint64_t gone_up_to; /* clients that do not wait any more */
static bool settled;
static unsigned configured;

struct conf *start_read(const struct options *options, struct reading *reading,
			struct diagnostics *diagnostics)
{
	char text[64];

	(void)options;
	file.reads++;
	reading->digest = file.digest;
	reading->changed.us = clock_us - (file.young ? 1 : 10 * USEC_PER_SEC);
	snprintf(text, sizeof(text), "global_defs { check_workers %u }\n", file.workers);
	return conf_parse("test", text, strlen(text), diagnostics);
}

void start_say_restless(const struct options *options, struct diagnostics *diagnostics)
{
	(void)options;
	(void)diagnostics;
	file.restless++;
}

void director_changes_complete(const struct director *director, struct conf *next)
{
	(void)director;
	(void)next;
}

void director_changes_find(const struct director *director, const struct conf *next,
			   struct director_changes *changes)
{
	(void)director;
	(void)next;
	*changes = (struct director_changes){0};
}

void director_changes_clear(struct director_changes *changes)
{
	(void)changes;
}

void director_changes_log(const struct director_changes *changes)
{
	(void)changes;
}

bool director_changes_doubt(struct director *director, const struct conf *next,
			    const struct reading *reading, char *text, size_t size)
{
	(void)director;
	(void)next;
	(void)reading;
	snprintf(text, size, "%s", file.doubtful ? "hardly meant" : "");
	return file.doubtful;
}

void changes_json_write(struct json_writer *writer, const char *name, const struct effects *effects)
{
	(void)effects;
	json_begin_array(writer, name);
	json_end_array(writer);
}

void status_json_reload(struct json_writer *writer, const char *name,
			const struct reload_record *record)
{
	(void)record;
	json_null(writer, name);
}

void director_hand_over(struct director *director)
{
	(void)director;
}

void sd_notify_send(const char *format, ...)
{
	(void)format;
}

void control_reply(struct control *control, uint64_t client, struct json_writer *response)
{
	(void)control;
	answers.last = client;
	answers.ok += strncmp(response->text, "{\"ok\":true,", 11) == 0;
	answers.refused += strncmp(response->text, "{\"ok\":false,", 12) == 0;
	free(response->text);
}

void control_reply_error(struct control *control, uint64_t client, const char *format, ...)
{
	(void)control;
	(void)client;
	(void)format;
	answers.too_many++;
}

bool control_is_waiting(const struct control *control, uint64_t client)
{
	(void)control;
	return client > gone_up_to;
}

void supervisor_configure(struct supervisor *supervisor, struct generation *generation)
{
	(void)supervisor;
	(void)generation;
	configured++;
}

bool supervisor_is_settled(const struct supervisor *supervisor)
{
	(void)supervisor;
	return settled;
}

void supervisor_describe_unsettled(const struct supervisor *supervisor, char *text, size_t size)
{
	(void)supervisor;
	snprintf(text, size, "vrrp");
}

static const struct options options = {.config = "test"};
static struct director director;

static void quiet(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	(void)text;
}

/* With a file of one check worker, which is running. */
static int set_up(void **state)
{
	struct reading reading = {0};
	struct diagnostics *diagnostics = diagnostics_create();

	(void)state;
	log_setup(quiet, NULL, "main", LOG_LEVEL_ERROR);
	memset(&file, 0, sizeof(file));
	memset(&answers, 0, sizeof(answers));
	file.workers = 1;
	gone_up_to = 0;
	configured = 0;
	settled = true;
	director = (struct director){.options = &options, .loop = loop_create()};
	director.running = generation_create(1, start_read(&options, &reading, diagnostics),
					     (struct wall){clock_us});
	file.reads = 0;
	diagnostics_destroy(diagnostics);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	director_reload_cancel(&director);
	reading_clear(&director.reading);
	generation_unref(director.running);
	loop_destroy(director.loop);
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
	return 0;
}

static void advance(int64_t us)
{
	clock_us += us;
	for (unsigned i = 0; i < 5; i++)
		loop_turn(director.loop, 0);
}

/* All workers have what they were told. */
static void settle(void)
{
	assert_true(director_reload_settled(&director));
	advance(1);
}

static void a_reload_that_is_forced_forces_no_later_one(void **state)
{
	(void)state;
	file.workers = 2;
	director_reload(&director, 1, false);
	assert_int_equal(configured, 1);
	file.workers = 3;
	file.doubtful = true;
	director_reload(&director, 2, true); /* while the first one runs */
	settle();
	assert_int_equal(configured, 2);
	settle();
	assert_int_equal(answers.ok, 2);
	file.workers = 4;
	director_reload(&director, 3, false);
	assert_int_equal(configured, 2);
	assert_int_equal(answers.refused, 1);
	assert_int_equal(answers.last, 3);
	director_reload(&director, 4, true);
	assert_int_equal(configured, 3);
}

/* Also where it read the same the last time: it is being written again. */
static void each_reload_reads_until_the_file_is_at_rest(void **state)
{
	(void)state;
	file.young = true;
	for (unsigned i = 0; i < 2 * READING_MAX; i++) {
		unsigned reads = file.reads;

		file.workers = 1 + i % 2;
		file.digest = i / 2;
		director_reload(&director, 1, false);
		assert_int_equal(file.reads, reads + 1);
		advance(READING_PAUSE);
		assert_int_equal(file.reads, reads + 2);
		if (director.reload.running)
			settle();
	}
	assert_int_equal(answers.ok, 2 * READING_MAX);
	assert_int_equal(file.restless, 0);
}

static void a_file_that_does_not_come_to_rest_is_refused(void **state)
{
	(void)state;
	file.young = true;
	file.workers = 2;
	director_reload(&director, 1, false);
	while (director.reload.running && file.reads <= READING_MAX) {
		file.digest++;
		advance(READING_PAUSE);
	}
	assert_int_equal(file.reads, READING_MAX);
	assert_int_equal(file.restless, 1);
	assert_int_equal(answers.refused, 1);
	assert_int_equal(configured, 0);
}

/* A worker that was started anew has what ran before. */
static void what_settles_before_the_file_is_at_rest_is_no_answer(void **state)
{
	(void)state;
	file.young = true;
	file.workers = 2;
	assert_false(director_reload_settled(&director)); /* none runs */
	director_reload(&director, 1, false);
	assert_false(director_reload_settled(&director));
	assert_int_equal(answers.ok + answers.refused, 0);
	advance(READING_PAUSE);
	assert_int_equal(configured, 1);
	settle();
	assert_int_equal(answers.ok, 1);
	assert_int_equal(director.running->number, 2);
}

static void a_file_that_says_the_same_is_remembered_and_no_generation(void **state)
{
	(void)state;
	file.digest = 7;
	director_reload(&director, 1, false);
	assert_int_equal(answers.ok, 1);
	assert_int_equal(configured, 0);
	assert_int_equal(director.running->number, 1);
	assert_int_equal(director.reading.digest, 7);
	settled = false; /* not everybody has it */
	director_reload(&director, 1, false);
	assert_int_equal(configured, 1);
	assert_int_equal(director.running->number, 2);
}

/* Of those that are refused nothing is remembered. */
static void a_refused_file_is_not_what_the_next_is_compared_with(void **state)
{
	(void)state;
	file.workers = 2;
	file.digest = 7;
	file.doubtful = true;
	director_reload(&director, 1, false);
	assert_int_equal(answers.refused, 1);
	assert_int_equal(director.reading.digest, 0);
	assert_int_equal(director.running->number, 1);
}

static void who_has_gone_takes_no_place_from_who_waits(void **state)
{
	uint64_t client = 1;

	(void)state;
	file.workers = 2;
	director_reload(&director, client, false);
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
		director_reload(&director, ++client, false);
	assert_int_equal(answers.too_many, 0);
	director_reload(&director, ++client, false);
	assert_int_equal(answers.too_many, 1);
	gone_up_to = 10;
	director_reload(&director, ++client, false);
	assert_int_equal(answers.too_many, 1);
	settle(); /* the first; then the others' begins, which finds nothing new */
	assert_int_equal(answers.ok, 1 + CONTROL_CLIENTS_MAX + 1 - 9);
	assert_int_equal(answers.last, client);
}

static void workers_that_do_not_confirm_are_named_in_time(void **state)
{
	(void)state;
	file.workers = 2;
	director_reload(&director, 1, false);
	advance(60 * USEC_PER_SEC - 1);
	assert_int_equal(answers.refused, 0);
	advance(1);
	assert_int_equal(answers.refused, 1);
	assert_int_equal(director.running->number, 2); /* they are brought to it all the same */
	assert_false(director_reload_settled(&director));
}

#define RELOAD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RELOAD_TEST(a_reload_that_is_forced_forces_no_later_one),
		RELOAD_TEST(each_reload_reads_until_the_file_is_at_rest),
		RELOAD_TEST(a_file_that_does_not_come_to_rest_is_refused),
		RELOAD_TEST(what_settles_before_the_file_is_at_rest_is_no_answer),
		RELOAD_TEST(a_file_that_says_the_same_is_remembered_and_no_generation),
		RELOAD_TEST(a_refused_file_is_not_what_the_next_is_compared_with),
		RELOAD_TEST(who_has_gone_takes_no_place_from_who_waits),
		RELOAD_TEST(workers_that_do_not_confirm_are_named_in_time),
	};

	return cmocka_run_group_tests_name("core_reload", tests, NULL, NULL);
}
