/*
 * Diagnostics of texts that are no files, and of very many mistakes. What each kind of diagnostic
 * says is tested with files: tests/diagnostics.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/load.h"
#include "conf/text/diagnostic.h"

static char *printed(const struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	diagnostics_print(diagnostics, out);
	fclose(out);
	return text;
}

static void ten_mistakes_give_ten_diagnostics(void **state)
{
	static const uint32_t lines[10] = {4, 7, 9, 12, 15, 20, 24, 26, 30, 37};
	struct diagnostics *diagnostics = diagnostics_create();
	size_t i;

	(void)state;
	assert_null(conf_load("tests/data/conf/ten-mistakes.conf", NULL, diagnostics));
	for (i = 0; i < 10; i++) {
		const struct diagnostic *diagnostic = diagnostics_get(diagnostics, i);

		assert_non_null(diagnostic);
		assert_int_equal(diagnostic->line, lines[i]);
		assert_true(diagnostic->column > 0);
		assert_non_null(strchr(diagnostic->text, '\''));
	}
	assert_null(diagnostics_get(diagnostics, 10));
	diagnostics_destroy(diagnostics);
}

static void canonical_text_has_no_macros_and_includes_nothing(void **state)
{
	static const char text[] = "$X=5\n@a global_defs { }\nglobal_defs { vrrp_strict }\n"
				   "include x\n"
				   "vrrp_instance A { interface e0 virtual_router_id 1\n"
				   "auth_hmac { key 1 file:/x } }\n";
	struct diagnostics *diagnostics = diagnostics_create();
	char *reported;

	(void)state;
	assert_null(conf_parse("test", text, strlen(text), diagnostics));
	reported = printed(diagnostics);
	assert_string_equal(reported,
			    "test:1:1: error: unknown keyword '$X=5' in the file\n"
			    "test:2:1: error: unknown keyword '@a' in the file\n"
			    "test:4:1: error: 'include' is not possible in this text\n"
			    "test:6:19: error: key: file '/x' cannot be read from here\n");
	free(reported);
	diagnostics_destroy(diagnostics);
}

static void an_unreadable_file_is_told_apart(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	char *text;

	(void)state;
	assert_null(conf_load("tests/data/conf/none.conf", NULL, diagnostics));
	text = printed(diagnostics);
	assert_string_equal(text, "tests/data/conf/none.conf: error: cannot be read: No such file "
				  "or directory\n");
	assert_int_equal(diagnostics_exit(diagnostics, false), CONF_EXIT_UNREADABLE);
	free(text);
	diagnostics_destroy(diagnostics);
}

/* Issue 8.8: a file may be anybody's, and some terminals take U+009B for "ESC [". */
static void no_text_controls_a_terminal_issue_8_8(void **state)
{
	static const char file[] = "foo \"a\x1b]0;x\x07\x7f\"\nvrrp_instance a { priority "
				   "\"1\xc2\x9b"
				   "31m\xc2\xa0\xc3\xbc\" }\n";
	struct diagnostics *diagnostics = diagnostics_create();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_null(conf_load_text("test", file, sizeof(file) - 1, NULL, diagnostics));
	diagnostics_print(diagnostics, out);
	diagnostics_print_json(diagnostics, "test", out);
	fclose(out);
	assert_non_null(strstr(text, "not '1??31m\xc2\xa0\xc3\xbc'"));
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		assert_true((byte >= ' ' && byte != 0x7f) || byte == '\n');
		assert_false(byte == 0xc2 && (unsigned char)text[i + 1] < 0xa0);
	}
	free(text);
	diagnostics_destroy(diagnostics);
}

static void a_flood_of_mistakes_is_cut(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	size_t n = DIAGNOSTICS_MAX + 10;
	char *text = malloc(2 * n);
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < n; i++)
		memcpy(text + 2 * i, "}\n", 2);
	assert_null(conf_parse("test", text, 2 * n, diagnostics));
	assert_int_equal(diagnostics_total(diagnostics), DIAGNOSTICS_MAX + 1);
	assert_int_equal(diagnostics_count(diagnostics, DIAGNOSTIC_ERROR), n);
	free(text);
	diagnostics_destroy(diagnostics);
}

/* `block` so often that it needs more than the limit; with `around` open around it. */
static void assert_limited(const char *around, const char *block)
{
	const struct conf_settings settings = {.memory_limit = (size_t)4 << 20};
	struct diagnostics *diagnostics = diagnostics_create();
	size_t n = 200000, size = strlen(block);
	char *text = malloc(strlen(around) + n * size + 1);
	char *to = text;
	size_t i;

	assert_non_null(text);
	to = stpcpy(to, around);
	for (i = 0; i < n; i++)
		to = stpcpy(to, block);
	assert_null(conf_load_text("test", text, (size_t)(to - text), &settings, diagnostics));
	assert_string_equal(diagnostics_get(diagnostics, 0)->code, "too-much-memory");
	assert_string_equal(
		diagnostics_get(diagnostics, 0)->text,
		"the configuration needs more than 4 MiB of memory: the rest is not read");
	assert_null(diagnostics_get(diagnostics, 1));
	free(text);
	diagnostics_destroy(diagnostics);
}

static void memory_is_bounded(void **state)
{
	(void)state;
	assert_limited("", "vrrp_instance a{}\n");
	assert_limited("virtual_server ::1 1{protocol TCP\n", "real_server ::1 1{}\n");
	assert_limited("vrrp_instance a{virtual_ipaddress {\n", "::1\n");
	assert_limited("vrrp_instance a{unicast_peer {\n", "::1\n");
	assert_limited("~SEQ(I,1,1000000) vrrp_instance $I { }\n", "");
	assert_limited("virtual_server ::1 1{protocol TCP real_server ::2 1{HTTP_GET{\n",
		       "url{path /}\n");
	assert_limited("~SEQ(I,1,1000000) vrrp_instance a { notify $I }\n", "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_mistakes_give_ten_diagnostics),
		cmocka_unit_test(canonical_text_has_no_macros_and_includes_nothing),
		cmocka_unit_test(an_unreadable_file_is_told_apart),
		cmocka_unit_test(no_text_controls_a_terminal_issue_8_8),
		cmocka_unit_test(a_flood_of_mistakes_is_cut),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests_name("conf_diagnostic", tests, NULL, NULL);
}
