/* Texts in buffers, and memory that is always there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"

static void what_fits_is_there(void **state)
{
	char text[8];

	(void)state;
	assert_true(text_print(text, sizeof(text), "%d", 12));
	assert_true(text_append(text, sizeof(text), "%s", "34567"));
	assert_string_equal(text, "1234567");
	assert_false(text_append(text, sizeof(text), "8"));
	assert_string_equal(text, "1234567");
}

static void what_is_cut_ends_with_a_whole_character(void **state)
{
	static const char *const whole[] = {
		"",	      "a",	    "ab",	  "ab",
		"ab\xc3\xa9", "ab\xc3\xa9", "ab\xc3\xa9", "ab\xc3\xa9\xe2\x82\xac"};
	char text[16];

	(void)state;
	for (size_t size = 1; size <= 8; size++) {
		assert_int_equal(text_print(text, size, "ab\xc3\xa9\xe2\x82\xac"), size == 8);
		assert_string_equal(text, whole[size - 1]);
	}
	assert_false(text_print(text, 5, "a\xf0\x9f\x98\x80"));
	assert_string_equal(text, "a");
}

static void memory_is_zeroed_and_never_null(void **state)
{
	unsigned char *bytes = alloc_array(0, 8);
	char *copy = alloc_text("text");

	(void)state;
	assert_int_equal(bytes[7], 0);
	bytes = alloc_resize(bytes, 0, 8);
	assert_non_null(bytes);
	assert_string_equal(copy, "text");
	free(bytes);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_there),
		cmocka_unit_test(what_is_cut_ends_with_a_whole_character),
		cmocka_unit_test(memory_is_zeroed_and_never_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
