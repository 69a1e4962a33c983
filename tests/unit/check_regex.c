/*
 * Patterns over bodies: what is found, and that no text keeps a worker busy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/regex.h"

/* `size` bytes of `filler` again and again, then `end`. */
static enum regex_result search(const char *pattern, const char *filler, size_t size,
				const char *end)
{
	char error[REGEX_ERROR_SIZE];
	struct regex *regex = regex_create(pattern, error);
	uint8_t *text = malloc(size + strlen(end));
	enum regex_result result;

	assert_non_null(regex);
	assert_non_null(text);
	for (size_t i = 0; i < size; i++)
		text[i] = (uint8_t)filler[i % strlen(filler)];
	memcpy(text + size, end, strlen(end));
	result = regex_match(regex, text, size + strlen(end));
	free(text);
	regex_destroy(regex);
	return result;
}

/* Each of them needs a frame for every few bytes. */
static void test_patterns_people_write_are_found_behind_a_page_of_text(void **state)
{
	(void)state;
	assert_int_equal(search("(.|\\n)*foo", "word \n", 20000, "foo"), REGEX_MATCH);
	assert_int_equal(search("(a|b)*c", "ab", 20000, "c"), REGEX_MATCH);
	assert_int_equal(search("(<[^>]+>\\s*)*foo", "<p> ", 20000, "foo"), REGEX_MATCH);
	assert_int_equal(search("foo$", "word \n", 1 << 20, "foo"), REGEX_MATCH);
}

static void test_absent_text_is_no_match(void **state)
{
	(void)state;
	assert_int_equal(search("(.|\\n)foo", "word \n", 20000, "fo"), REGEX_NO_MATCH);
	assert_int_equal(search("foo", "", 0, ""), REGEX_NO_MATCH);
}

static void test_pattern_that_backtracks_without_end_is_given_up(void **state)
{
	(void)state;
	assert_int_equal(search("(a+)+$", "a", 5000, "b"), REGEX_TOO_COSTLY);
	assert_int_equal(search("(a|aa)+$", "a", 200, "b"), REGEX_TOO_COSTLY);
}

/* A pattern is used again and again: each text has all of the work that a text may make. */
static void test_each_match_has_its_own_bound_issue_8_32(void **state)
{
	enum { SIZE = 20000, TIMES = 150 };
	static uint8_t text[SIZE];
	char error[REGEX_ERROR_SIZE];
	struct regex *regex = regex_create("(a|b)*c", error);

	(void)state;
	assert_non_null(regex);
	memset(text, 'a', sizeof(text));
	text[SIZE - 1] = 'c';
	for (unsigned i = 0; i < TIMES; i++)
		assert_int_equal(regex_match(regex, text, sizeof(text)), REGEX_MATCH);
	regex_destroy(regex);
}

static void test_bad_pattern_is_explained(void **state)
{
	char error[REGEX_ERROR_SIZE] = "";

	(void)state;
	assert_null(regex_create("a(b", error));
	assert_non_null(strstr(error, "at byte 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns_people_write_are_found_behind_a_page_of_text),
		cmocka_unit_test(test_absent_text_is_no_match),
		cmocka_unit_test(test_pattern_that_backtracks_without_end_is_given_up),
		cmocka_unit_test(test_each_match_has_its_own_bound_issue_8_32),
		cmocka_unit_test(test_bad_pattern_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
