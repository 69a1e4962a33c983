/* Bodies of answers: digests, bounded copies, and patterns whose cost is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/body.h"
#include "check/regex.h"

static bool add(struct body *body, const char *text)
{
	return body_add(body, (const uint8_t *)text, strlen(text));
}

static void a_digest_is_of_all_pieces(void **state)
{
	size_t memory = 0;
	struct body *body = body_create(&memory);
	char digest[BODY_DIGEST_SIZE];

	(void)state;
	for (int round = 0; round < 2; round++) { /* the second is a reused one */
		body_reset(body, true, false);
		assert_true(add(body, "hello "));
		assert_true(add(body, "world"));
		assert_true(body_digest(body, digest));
		assert_string_equal(digest, "5eb63bbbe01eeed093cb22bb8f5acdc3");
	}
	body_reset(body, true, false);
	assert_true(body_digest(body, digest));
	assert_string_equal(digest, "d41d8cd98f00b204e9800998ecf8427e");
	body_destroy(body);
	assert_int_equal(memory, 0);
}

static void the_copy_stops_at_its_bound(void **state)
{
	size_t memory = 0, size;
	struct body *body = body_create(&memory);
	static uint8_t block[65536];
	unsigned added = 1;

	(void)state;
	body_reset(body, false, true);
	while (body_add(body, block, sizeof(block)))
		added++;
	assert_int_equal(added, BODY_KEPT_MAX / sizeof(block));
	assert_int_equal(body_problem(body), BODY_FINE);
	(void)body_copy(body, &size);
	assert_int_equal(size, BODY_KEPT_MAX);
	assert_int_equal(memory, BODY_KEPT_MAX);
	body_reset(body, false, false);
	assert_int_equal(memory, 0);
	body_destroy(body);
}

static void a_digest_reads_on_past_the_copy(void **state)
{
	size_t memory = 0, size;
	struct body *body = body_create(&memory);
	static uint8_t block[65536];
	unsigned added = 1;

	(void)state;
	body_reset(body, true, true);
	while (body_add(body, block, sizeof(block)))
		added++;
	assert_int_equal(added, BODY_DIGEST_MAX / sizeof(block) + 1);
	assert_int_equal(body_problem(body), BODY_TOO_LARGE);
	(void)body_copy(body, &size);
	assert_int_equal(size, BODY_KEPT_MAX);
	body_destroy(body);
}

static void all_copies_together_are_bounded(void **state)
{
	size_t memory = BODY_MEMORY_MAX - 4096;
	struct body *first = body_create(&memory);
	struct body *second = body_create(&memory);

	(void)state;
	body_reset(first, false, true);
	body_reset(second, false, true);
	assert_true(add(first, "fits"));
	assert_false(add(second, "does not"));
	assert_int_equal(body_problem(second), BODY_NO_MEMORY);
	body_destroy(first);
	body_reset(second, false, true);
	assert_true(add(second, "fits now"));
	body_destroy(second);
	assert_int_equal(memory, BODY_MEMORY_MAX - 4096);
}

static enum regex_result match(const char *pattern, const char *text)
{
	char error[REGEX_ERROR_SIZE];
	struct regex *regex = regex_create(pattern, error);

	assert_non_null(regex);
	enum regex_result result = regex_match(regex, (const uint8_t *)text, strlen(text));
	regex_destroy(regex);
	return result;
}

static void patterns_match_as_pcre_does(void **state)
{
	(void)state;
	assert_int_equal(match("node[0-9]+", "this is node2, well"), REGEX_MATCH);
	assert_int_equal(match("^ok$", "ok\n"), REGEX_MATCH);
	assert_int_equal(match("^ok$", "not ok"), REGEX_NO_MATCH);
	assert_int_equal(match("(a|b)\\1", "xabx"), REGEX_NO_MATCH);
	assert_int_equal(match("(a|b)\\1", "xbbx"), REGEX_MATCH);
	assert_int_equal(match("\xff", "\xff"), REGEX_MATCH); /* bytes, not UTF-8 */
	assert_int_equal(match("^$", ""), REGEX_MATCH);
}

static void a_wrong_pattern_is_explained(void **state)
{
	char error[REGEX_ERROR_SIZE];

	(void)state;
	assert_null(regex_create("a(b", error));
	assert_non_null(strstr(error, "at byte 3"));
}

/* Each of these would run for minutes if nothing counted the work. */
static void a_nasty_body_can_not_stall_a_match(void **state)
{
	static const char *const patterns[] = {"(a+)+b", "(?s)a.*b.*c", "a*b", "(a|aa)+$b",
					       "(?s)(.*)(.*)(.*)x"};
	char *text = malloc(BODY_KEPT_MAX);
	char error[REGEX_ERROR_SIZE];

	(void)state;
	alarm(60); /* ends the test where nothing ends the search */
	memset(text, 'a', BODY_KEPT_MAX);
	memcpy(text + BODY_KEPT_MAX / 2, "bccb", 4);
	text[BODY_KEPT_MAX - 1] = 'x';
	memset(text + 100, 'a', BODY_KEPT_MAX / 2 - 100);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct regex *regex = regex_create(patterns[i], error);
		assert_non_null(regex);
		/* An answer at all is what is asked for: the search ends. */
		(void)regex_match(regex, (const uint8_t *)text, BODY_KEPT_MAX);
		memset(text + BODY_KEPT_MAX / 2, 'a', BODY_KEPT_MAX / 2);
		assert_int_not_equal(regex_match(regex, (const uint8_t *)text, BODY_KEPT_MAX),
				     REGEX_MATCH);
		regex_destroy(regex);
	}
	alarm(0);
	free(text);
}

static void a_large_ordinary_body_is_searched_to_its_end(void **state)
{
	char *text = malloc(BODY_KEPT_MAX + 1);
	static const char line[] = "<p>The quick brown fox jumps over the lazy dog.</p>\n";
	size_t used = 0;

	(void)state;
	while (used + sizeof(line) + 20 < BODY_KEPT_MAX) {
		memcpy(text + used, line, sizeof(line) - 1);
		used += sizeof(line) - 1;
	}
	memcpy(text + used, "status: healthy\n", 17);
	assert_int_equal(match("status: (healthy|fine)", text), REGEX_MATCH);
	assert_int_equal(match("(?s)quick.*healthy", text), REGEX_MATCH);
	assert_int_equal(match("(?i)STATUS:\\s+HEALTHY", text), REGEX_MATCH);
	assert_int_equal(match("status: ill", text), REGEX_NO_MATCH);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_is_of_all_pieces),
		cmocka_unit_test(the_copy_stops_at_its_bound),
		cmocka_unit_test(a_digest_reads_on_past_the_copy),
		cmocka_unit_test(all_copies_together_are_bounded),
		cmocka_unit_test(patterns_match_as_pcre_does),
		cmocka_unit_test(a_wrong_pattern_is_explained),
		cmocka_unit_test(a_nasty_body_can_not_stall_a_match),
		cmocka_unit_test(a_large_ordinary_body_is_searched_to_its_end),
	};

	return cmocka_run_group_tests_name("check_body", tests, NULL, NULL);
}
