/* Log lines: cut, escaped, limited, and relayed without trust. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mono.h"

struct heard {
	unsigned lines;
	enum log_level level;
	char source[64];
	char text[LOG_LINE_MAX + 1];
};

static void hear(void *data, enum log_level level, const char *source, const char *text)
{
	struct heard *heard = data;

	heard->lines++;
	heard->level = level;
	assert_true(strlen(source) < sizeof(heard->source));
	assert_true(strlen(text) < LOG_LINE_MAX);
	memcpy(heard->source, source, strlen(source) + 1);
	memcpy(heard->text, text, strlen(text) + 1);
}

static void a_long_line_is_cut_and_says_so(void **state)
{
	struct heard heard = {0};

	(void)state;
	log_setup(hear, &heard, "test", LOG_LEVEL_INFO);
	log_info("%0*d", LOG_LINE_MAX - 1, 7);
	assert_int_equal(strlen(heard.text), LOG_LINE_MAX - 1);
	assert_int_equal(heard.text[LOG_LINE_MAX - 2], '7');
	log_info("%0*d", LOG_LINE_MAX, 7);
	assert_int_equal(strlen(heard.text), LOG_LINE_MAX - 1);
	assert_string_equal(heard.text + LOG_LINE_MAX - 5, "0...");
	log_info("%0*d%s", 700, 7,
		 "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		 "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		 "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
	assert_true(strlen(heard.text) < LOG_LINE_MAX);
	assert_string_equal(heard.text + strlen(heard.text) - 7, "\\x0a...");
}

static void bytes_of_strangers_cannot_forge_lines(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"a\nerror vrrp: b", "a\\x0aerror vrrp: b"},
		{"\r\t\x1b[2J\x7f", "\\x0d\\x09\\x1b[2J\\x7f"},
		{"B\xc3\xbc"
		 "cher \xe2\x82\xac \xf0\x9f\x98\x80",
		 "B\xc3\xbc"
		 "cher \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\x9b"
		 "2J \xc2\x9b",
		 "\\x9b2J \\xc2\\x9b"},
		{"\xc0\xaf \xe0\x80\x8a \xed\xa0\x80 \xf4\x90\x80\x80",
		 "\\xc0\\xaf \\xe0\\x80\\x8a \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80"},
		{"cut \xe2\x82", "cut \\xe2\\x82"},
	};
	struct heard heard = {0};
	size_t i;

	(void)state;
	log_setup(hear, &heard, "test", LOG_LEVEL_INFO);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		log_info("%s", cases[i].text);
		assert_string_equal(heard.text, cases[i].shown);
		log_relay(LOG_LEVEL_INFO, "check.1", cases[i].text);
		assert_string_equal(heard.text, cases[i].shown);
		assert_string_equal(heard.source, "check.1");
	}
}

static void less_important_lines_than_the_threshold_are_not_passed(void **state)
{
	struct heard heard = {0};

	(void)state;
	log_setup(hear, &heard, "test", LOG_LEVEL_WARNING);
	log_notice("no");
	log_relay(LOG_LEVEL_DEBUG, "vrrp", "no");
	log_relay((enum log_level)77, "vrrp", "no");
	assert_int_equal(heard.lines, 0);
	log_warning("yes");
	assert_int_equal(heard.lines, 1);
	assert_int_equal(heard.level, LOG_LEVEL_WARNING);
}

static void a_limit_passes_a_burst_and_counts_what_it_drops(void **state)
{
	struct log_limit limit = {0};
	const long long start = 1000, interval = 100;
	unsigned dropped = 99;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_true(log_limit_pass(&limit, start, 3, interval, &dropped));
		assert_int_equal(dropped, 0);
	}
	for (i = 0; i < 5; i++)
		assert_false(log_limit_pass(&limit, start + 99, 3, interval, &dropped));
	assert_true(log_limit_pass(&limit, start + 100, 3, interval, &dropped));
	assert_int_equal(dropped, 5);
	assert_false(log_limit_pass(&limit, start + 199, 3, interval, &dropped));
	assert_true(log_limit_pass(&limit, start + 200, 3, interval, &dropped));
	assert_int_equal(dropped, 1);
	/* After a long silence there is a whole burst again, and no more. */
	for (i = 0; i < 3; i++)
		assert_true(log_limit_pass(&limit, start + 100000, 3, interval, &dropped));
	assert_false(log_limit_pass(&limit, start + 100000, 3, interval, &dropped));
}

static void a_line_ends_with_what_was_dropped_if_anything(void **state)
{
	(void)state;
	assert_string_equal(log_dropped(0).text, "");
	assert_string_equal(log_dropped(1).text, " (1 more not logged)");
	assert_string_equal(log_dropped(UINT32_MAX).text, " (4294967295 more not logged)");
}

/* What a child writes to stderr in `speak`, and its exit status. */
static int said_by_child(void (*speak)(void), char *text, size_t size)
{
	int ends[2];
	int status;
	ssize_t length;
	size_t used = 0;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		speak();
		_exit(0);
	}
	close(ends[1]);
	while ((length = read(ends[0], text + used, size - 1 - used)) > 0)
		used += (size_t)length;
	text[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void speak_notice(void)
{
	log_setup(log_stderr_sink, NULL, "vrrp", LOG_LEVEL_INFO);
	log_notice("instance VI_1 is %s", "active");
}

static void stderr_lines_have_time_level_and_source(void **state)
{
	char text[512];

	(void)state;
	assert_int_equal(said_by_child(speak_notice, text, sizeof(text)), 0);
	assert_string_equal(text + sizeof("2026-11-22T13:05:09.123Z") - 1,
			    " notice vrrp: instance VI_1 is active\n");
	assert_int_equal(text[4], '-');
	assert_int_equal(text[10], 'T');
	assert_int_equal(text[19], '.');
	assert_int_equal(text[23], 'Z');
}

static void speak_last_words(void)
{
	log_setup(log_stderr_sink, NULL, "ipvs", LOG_LEVEL_INFO);
	fatal("table %d is gone", 3);
}

static void what_cannot_happen_ends_with_70_and_a_line(void **state)
{
	char text[512];

	(void)state;
	assert_int_equal(said_by_child(speak_last_words, text, sizeof(text)), 70);
	assert_non_null(strstr(text, " error ipvs: table 3 is gone\n"));
}

static void any_wall_time_can_be_written(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000000Z"},
		{INT64_C(1795352709123456), "2026-11-22T13:05:09.123456Z"},
		{INT64_MIN, "1970-01-01T00:00:00.000000Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999999Z"},
	};
	char text[WALL_TEXT_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wall_format((struct wall){cases[i].us}, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_line_is_cut_and_says_so),
		cmocka_unit_test(bytes_of_strangers_cannot_forge_lines),
		cmocka_unit_test(less_important_lines_than_the_threshold_are_not_passed),
		cmocka_unit_test(a_limit_passes_a_burst_and_counts_what_it_drops),
		cmocka_unit_test(a_line_ends_with_what_was_dropped_if_anything),
		cmocka_unit_test(stderr_lines_have_time_level_and_source),
		cmocka_unit_test(what_cannot_happen_ends_with_70_and_a_line),
		cmocka_unit_test(any_wall_time_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
