/* Includes: what is read, from where, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/model/load.h"
#include "conf/text/diagnostic.h"

struct fixture {
	char folder[64];
	struct diagnostics *diagnostics;
	struct conf *conf;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strncpy(fixture->folder, "/tmp/conf_include.XXXXXX", sizeof(fixture->folder) - 1);
	assert_non_null(mkdtemp(fixture->folder));
	fixture->diagnostics = diagnostics_create();
	*state = fixture;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	nftw(fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	conf_free(fixture->conf);
	diagnostics_destroy(fixture->diagnostics);
	free(fixture);
	return 0;
}

static const char *path_of(const struct fixture *fixture, const char *name)
{
	static char path[256];

	assert_true(snprintf(path, sizeof(path), "%s/%s", fixture->folder, name) <
		    (int)sizeof(path));
	return path;
}

static void write_file(const struct fixture *fixture, const char *name, const char *text)
{
	FILE *file = fopen(path_of(fixture, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void load(struct fixture *fixture)
{
	fixture->conf = conf_load(path_of(fixture, "main.conf"), NULL, fixture->diagnostics);
}

static void assert_reported(const struct fixture *fixture, size_t index, const char *name,
			    uint32_t line, const char *part)
{
	const struct diagnostic *diagnostic = diagnostics_get(fixture->diagnostics, index);

	assert_non_null(diagnostic);
	assert_string_equal(diagnostic->file, path_of(fixture, name));
	assert_int_equal(diagnostic->line, line);
	assert_non_null(strstr(diagnostic->text, part));
}

static void globs_are_read_in_order_from_the_file_s_folder(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(path_of(fixture, "d"), 0700), 0);
	write_file(fixture, "main.conf", "include d/{b,a}*.conf\n");
	write_file(fixture, "d/a1.conf", "global_defs {\n include c\n}\n");
	write_file(fixture, "d/a2.conf", "global_defs { check_workers 2 }\n");
	write_file(fixture, "d/b.conf", "global_defs { vrrp_version 3 }\n");
	write_file(fixture, "d/c", "router_id x\n");
	load(fixture);
	assert_non_null(fixture->conf);
	assert_int_equal(diagnostics_total(fixture->diagnostics), 0);
	assert_string_equal(fixture->conf->global.router_id, "x");
	assert_int_equal(fixture->conf->global.check_workers, 2);
	assert_int_equal(fixture->conf->global.vrrp_version, 3);
	assert_int_equal(fixture->conf->n_files, 5);
	assert_string_equal(fixture->conf->files[1], path_of(fixture, "d/b.conf"));
}

static void addresses_may_be_included(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf",
		   "vrrp_instance A { interface e0 virtual_router_id 1\n"
		   "virtual_ipaddress {\n10.0.0.1\ninclude a\n}\n}\n");
	write_file(fixture, "a", "10.0.0.2\n10.0.0.3 dev e1\n");
	load(fixture);
	assert_non_null(fixture->conf);
	assert_int_equal(diagnostics_total(fixture->diagnostics), 0);
	assert_int_equal(fixture->conf->instances[0].n_addresses, 3);
}

static void mistakes_name_the_included_file(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "include a\nfoo\n");
	write_file(fixture, "a", "global_defs {\n bar 1\n}\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 2, "'foo'");
	assert_reported(fixture, 1, "a", 2, "'bar'");
}

static void braces_balance_within_a_file(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "global_defs {\n include a\n include b\n}\n");
	write_file(fixture, "a", "notification_email {\n x\n");
	write_file(fixture, "b", "}\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 1, "a", 1, "missing '}' for 'notification_email'");
	assert_reported(fixture, 2, "b", 1, "'global_defs' was opened in another file");
	assert_null(diagnostics_get(fixture->diagnostics, 3));
}

static void loops_are_reported(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "include a\n");
	write_file(fixture, "a", "include b\n");
	write_file(fixture, "b", "\ninclude main.conf\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "b", 2, "includes itself");
	assert_null(diagnostics_get(fixture->diagnostics, 1));
}

static void depth_is_bounded(void **state)
{
	struct fixture *fixture = *state;
	char name[8], text[32];
	unsigned i;

	write_file(fixture, "main.conf", "include 1\n");
	for (i = 1; i < 20; i++) {
		snprintf(name, sizeof(name), "%u", i);
		snprintf(text, sizeof(text), "include %u\n", i + 1);
		write_file(fixture, name, text);
	}
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "15", 1, "more than 16 deep");
	assert_null(diagnostics_get(fixture->diagnostics, 1));
}

static void missing_files_are_warned_about(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "include none/*.conf\n");
	load(fixture);
	assert_non_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 1, "no file matches");
}

static void missing_files_are_errors_where_checked(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "includem none/*.conf\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 1, "no file matches");
}

static void programs_and_folders_are_not_included(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(path_of(fixture, "x-folder"), 0700), 0);
	write_file(fixture, "main.conf", "include x-*\n");
	write_file(fixture, "x-program", "#!/bin/sh\nexit 1\n");
	assert_int_equal(chmod(path_of(fixture, "x-program"), 0755), 0);
	load(fixture);
	assert_non_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 1, "is executable");
	assert_null(diagnostics_get(fixture->diagnostics, 1));
}

static void words_after_an_include_are_reported(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "include a b\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 1, "unexpected word after 'include': 'b'");
}

static void patterns_may_hold_macros(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf",
		   "$D=a\n$I=include ${D}.conf\n$I\ninclude ${_PWD}/b.conf\n"
		   "@no include none.conf\n$X\n");
	write_file(fixture, "a.conf", "$X=global_defs { router_id $Y }\n");
	write_file(fixture, "b.conf", "$Y=y\n");
	load(fixture);
	assert_null(diagnostics_get(fixture->diagnostics, 0));
	assert_string_equal(fixture->conf->global.router_id, "y");
}

static void definitions_in_other_files_are_named(void **state)
{
	struct fixture *fixture = *state;
	const struct diagnostic *diagnostic;

	write_file(fixture, "main.conf", "include a\n\n$X\n");
	write_file(fixture, "a", "\n $X=foo\n");
	load(fixture);
	assert_reported(fixture, 0, "main.conf", 3, "'foo'");
	diagnostic = diagnostics_get(fixture->diagnostics, 0);
	assert_string_equal(diagnostic->notes->text, "expanded from $X");
	assert_string_equal(diagnostic->notes->file, path_of(fixture, "a"));
	assert_int_equal(diagnostic->notes->line, 2);
	assert_int_equal(diagnostic->notes->column, 5);
	assert_null(diagnostic->notes->next);
}

static void loops_through_macros_are_reported(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "$F=a\n$I=include $F\n~SEQ(N,2) $I\n");
	write_file(fixture, "a", "$F=main.conf\n$I\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "a", 2, "includes itself");
	assert_null(diagnostics_get(fixture->diagnostics, 1));
}

static void alternatives_nest_and_keep_their_order(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "include {b,{a,c}1,}x\n");
	write_file(fixture, "bx", "");
	write_file(fixture, "a1x", "");
	write_file(fixture, "c1x", "");
	write_file(fixture, "x", "");
	load(fixture);
	assert_null(diagnostics_get(fixture->diagnostics, 0));
	assert_int_equal(fixture->conf->n_files, 5);
	assert_string_equal(fixture->conf->files[1], path_of(fixture, "bx"));
	assert_string_equal(fixture->conf->files[2], path_of(fixture, "a1x"));
	assert_string_equal(fixture->conf->files[4], path_of(fixture, "x"));
}

static void alternatives_are_bounded(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf",
		   "include {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 1,
			"these braces stand for more than 1024 patterns");
	assert_null(diagnostics_get(fixture->diagnostics, 1));
}

/* Which statements are refused, in the letters of the forms, when "there" is all there is. */
static void checks_tell_errors_from_warnings(void **state)
{
	static const struct {
		const char *pattern;
		const char *refused;
	} cases[] = {
		{"there", ""},		 {"none", "rmwba"},	   {"none*", "mwa"},
		{"{there,none}", "rba"}, {"{there,none*}", "wba"}, {"{none1,none2}", "rmwba"},
	};
	static const char *const options[] = {"read", "match", "wildcard_match", "brace_match", ""};
	static const char letters[] = "rmwba";
	struct fixture *fixture = *state;
	size_t i, j;

	write_file(fixture, "there", "");
	for (i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		const char *pattern = cases[i / 2].pattern;

		for (j = 0; letters[j]; j++) {
			char text[128];

			if (i % 2)
				snprintf(text, sizeof(text), "include%c %s\n", letters[j], pattern);
			else
				snprintf(text, sizeof(text),
					 "global_defs {\ninclude_check %s\n}\ninclude %s\n",
					 options[j], pattern);
			write_file(fixture, "main.conf", text);
			load(fixture);
			assert_int_equal(fixture->conf == NULL,
					 strchr(cases[i / 2].refused, letters[j]) != NULL);
			conf_free(fixture->conf);
			fixture->conf = NULL;
		}
	}
}

static void checks_hold_within_their_file(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf",
		   "global_defs { include_check +match +read -read }\n"
		   "include a\nglobal_defs { include_check -match }\n"
		   "include b\ninclude none1*\n");
	write_file(fixture, "a", "include none2\n");
	write_file(fixture, "b", "global_defs { include_check\n}\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(fixture, 0, "main.conf", 5, "none1");
	assert_int_equal(diagnostics_get(fixture->diagnostics, 0)->severity, DIAGNOSTIC_WARNING);
	assert_reported(fixture, 1, "a", 1, "none2");
	assert_int_equal(diagnostics_get(fixture->diagnostics, 1)->severity, DIAGNOSTIC_ERROR);
	assert_null(diagnostics_get(fixture->diagnostics, 2));
}

/* Issue 8.1: a configuration whose parts are missing is no wish. */
static void plain_includes_must_find_their_file_issue_8_1(void **state)
{
	static const struct {
		const char *pattern;
		bool good;
	} cases[] = {
		{"there", true},	{"none", false},     {"{none1,none2}", false},
		{"{there,none}", true}, {"none*", true},     {"{none,none*}", true},
		{"folder", false},	{"/dev/null", true}, {"program", false},
		{"folde[r]", true},	{"prog*", true},     {"dangling", false},
		{"fifo", false},	{"fif*", true},
	};
	struct fixture *fixture = *state;
	char text[128];

	write_file(fixture, "there", "");
	write_file(fixture, "program", "#!/bin/sh\n");
	chmod(path_of(fixture, "program"), 0755);
	mkdir(path_of(fixture, "folder"), 0700);
	assert_int_equal(symlink("nowhere", path_of(fixture, "dangling")), 0);
	assert_int_equal(mkfifo(path_of(fixture, "fifo"), 0600), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text), "include %s\n", cases[i].pattern);
		write_file(fixture, "main.conf", text);
		load(fixture);
		assert_int_equal(fixture->conf != NULL, cases[i].good);
		conf_free(fixture->conf);
		fixture->conf = NULL;
	}
	assert_reported(fixture, diagnostics_total(fixture->diagnostics) - 1, "main.conf", 1,
			"fifo' cannot be included: not a regular file");
}

#define ROUTER \
	"vrrp_instance A { interface e0 virtual_router_id 1 no_virtual_ipaddress auth_hmac { "

/* Issue 8.1: what the next reading is compared with. */
static void readings_tell_what_includes_found_issue_8_1(void **state)
{
	struct reading first = {0}, second = {0};
	struct conf_settings settings = {.reading = &first};
	struct fixture *fixture = *state;
	char path[256];

	write_file(fixture, "main.conf", "include a\ninclude b*\ninclude none*\n");
	write_file(fixture, "a", "global_defs {\nrouter_id x\n}\n");
	write_file(fixture, "b1", "# empty\n");
	snprintf(path, sizeof(path), "%s", path_of(fixture, "main.conf"));
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_int_equal(first.statements, 2);
	assert_true(first.missing); /* none*: perhaps it is about to come */
	settings.reading = &second;
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_int_equal(first.digest, second.digest);
	assert_null(reading_lost(&second, &first));

	chmod(path_of(fixture, "b1"), 0700); /* a program now: it is skipped */
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_int_not_equal(first.digest, second.digest);
	assert_string_equal(reading_lost(&second, &first), path_of(fixture, "b*"));
	reading_clear(&first);
	reading_clear(&second);
}

/* Of several one cannot be read any more: the pattern still finds the others. */
static void readings_tell_of_each_file_that_is_gone(void **state)
{
	struct reading first = {0}, second = {0};
	struct conf_settings settings = {.reading = &first};
	struct fixture *fixture = *state;
	char path[256], gone[256];

	write_file(fixture, "main.conf", "include b*\n");
	write_file(fixture, "b1", "# empty\n");
	write_file(fixture, "b2", "# empty\n");
	snprintf(path, sizeof(path), "%s", path_of(fixture, "main.conf"));
	snprintf(gone, sizeof(gone), "%s", path_of(fixture, "b2"));
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_false(first.missing);
	assert_int_equal(unlink(gone), 0);
	assert_int_equal(symlink("nowhere", gone), 0);
	settings.reading = &second;
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_true(second.missing);
	assert_string_equal(reading_lost(&second, &first), gone);
	assert_int_equal(second.nothing.count, 1); /* the pattern has b1 */
	reading_clear(&first);
	reading_clear(&second);
}

/* Who is still writing may have come to what stood there before. */
static void readings_notice_who_writes_the_same_again(void **state)
{
	struct reading first = {0}, second = {0};
	struct conf_settings settings = {.reading = &first};
	struct fixture *fixture = *state;
	char path[256];

	write_file(fixture, "main.conf", "global_defs {\nrouter_id x\n}\n");
	snprintf(path, sizeof(path), "%s", path_of(fixture, "main.conf"));
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	usleep(50000); /* what the kernel's time of a change is exact to */
	write_file(fixture, "main.conf", "global_defs {\nrouter_id x\n}\n");
	settings.reading = &second;
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_int_not_equal(first.digest, second.digest);
	reading_clear(&first);
	reading_clear(&second);
}

/* Issue 8.1: also a key may be read while it is being written. */
static void readings_cover_files_of_keys_issue_8_1(void **state)
{
	struct reading first = {0}, second = {0};
	struct conf_settings settings = {.reading = &first};
	struct fixture *fixture = *state;
	char path[256];

	write_file(fixture, "key1", "0123456789abcdef0123456789abcdef0123456789abcdef\n");
	write_file(fixture, "main.conf", ROUTER "key 1 file:key1\n} }\n");
	snprintf(path, sizeof(path), "%s", path_of(fixture, "main.conf"));
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	write_file(fixture, "key1", "0123456789abcdef0123456789abcdef");
	settings.reading = &second;
	conf_free(conf_load(path, &settings, fixture->diagnostics));
	assert_int_not_equal(first.digest, second.digest);
	assert_true(second.changed.us >= first.changed.us);
	reading_clear(&first);
	reading_clear(&second);
}

/* Issue 8.1: a young file is read until two readings agree. */
static void readings_come_to_rest_issue_8_1(void **state)
{
	const struct wall now = {100 * USEC_PER_SEC};
	struct reading reading = {.digest = 1, .changed = {98 * USEC_PER_SEC}};
	struct reading_rest rest = {0};

	(void)state;
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AT_REST);
	rest = (struct reading_rest){0};
	reading.changed.us = now.us - 1000;
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AGAIN);
	reading.digest = 2;
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AGAIN);
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AT_REST);

	rest = (struct reading_rest){0};
	reading.changed.us = now.us + USEC_PER_SEC; /* a clock was set back */
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AGAIN);
	reading = (struct reading){.digest = 3, .missing = true};
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AGAIN);
	assert_int_equal(reading_judge(&rest, &reading, now), READING_AT_REST);

	rest = (struct reading_rest){0};
	for (unsigned i = 1; i < READING_MAX; i++, reading.digest++)
		assert_int_equal(reading_judge(&rest, &reading, now), READING_AGAIN);
	assert_int_equal(reading_judge(&rest, &reading, now), READING_NEVER);
}

static void unknown_checks_are_reported(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "main.conf", "global_defs {\n include_check all\n}\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_reported(
		fixture, 0, "main.conf", 2,
		"include_check: expected read, match, wildcard_match or brace_match, not 'all'");
}

static void keys_may_be_in_files(void **state)
{
	struct fixture *fixture = *state;
	const struct hmac_conf *hmac;

	write_file(fixture, "key1", "0123456789abcdef0123456789abcdef\n");
	write_file(fixture, "key2",
		   "hex:00112233445566770011223344556677001122334455667700112233445566ff\r\n");
	chmod(path_of(fixture, "key1"), 0600);
	chmod(path_of(fixture, "key2"), 0640);
	write_file(fixture, "main.conf", ROUTER "key 1 file:key1\nkey 2 file:key2\n} }\n");
	load(fixture);
	assert_non_null(fixture->conf);
	assert_int_equal(diagnostics_total(fixture->diagnostics), 1);
	assert_reported(fixture, 0, "main.conf", 2, "key2' may be read by others than its owner");
	hmac = &fixture->conf->instances[0].hmac;
	assert_int_equal(hmac->keys[0].size, 32);
	assert_memory_equal(hmac->keys[0].bytes, "0123456789abcdef0123456789abcdef", 32);
	assert_int_equal(hmac->keys[1].size, 32);
	assert_int_equal(hmac->keys[1].bytes[31], 0xff);
}

static void wrong_key_files_are_reported(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture, "short", "short\n");
	chmod(path_of(fixture, "short"), 0600);
	write_file(fixture, "main.conf", ROUTER "key 1 file:short\nkey 2 file:missing\n} }\n");
	load(fixture);
	assert_null(fixture->conf);
	assert_int_equal(diagnostics_total(fixture->diagnostics), 2);
	assert_reported(fixture, 0, "main.conf", 1, "short' has not 32 to 64 bytes");
	assert_reported(fixture, 1, "main.conf", 2,
			"missing' cannot be read: No such file or directory");
}

#define INCLUDE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		INCLUDE_TEST(globs_are_read_in_order_from_the_file_s_folder),
		INCLUDE_TEST(addresses_may_be_included),
		INCLUDE_TEST(mistakes_name_the_included_file),
		INCLUDE_TEST(braces_balance_within_a_file),
		INCLUDE_TEST(loops_are_reported),
		INCLUDE_TEST(depth_is_bounded),
		INCLUDE_TEST(missing_files_are_warned_about),
		INCLUDE_TEST(missing_files_are_errors_where_checked),
		INCLUDE_TEST(programs_and_folders_are_not_included),
		INCLUDE_TEST(words_after_an_include_are_reported),
		INCLUDE_TEST(plain_includes_must_find_their_file_issue_8_1),
		INCLUDE_TEST(readings_tell_what_includes_found_issue_8_1),
		INCLUDE_TEST(readings_tell_of_each_file_that_is_gone),
		INCLUDE_TEST(readings_notice_who_writes_the_same_again),
		INCLUDE_TEST(readings_cover_files_of_keys_issue_8_1),
		cmocka_unit_test(readings_come_to_rest_issue_8_1),
		INCLUDE_TEST(patterns_may_hold_macros),
		INCLUDE_TEST(definitions_in_other_files_are_named),
		INCLUDE_TEST(loops_through_macros_are_reported),
		INCLUDE_TEST(alternatives_nest_and_keep_their_order),
		INCLUDE_TEST(alternatives_are_bounded),
		INCLUDE_TEST(checks_tell_errors_from_warnings),
		INCLUDE_TEST(checks_hold_within_their_file),
		INCLUDE_TEST(unknown_checks_are_reported),
		INCLUDE_TEST(keys_may_be_in_files),
		INCLUDE_TEST(wrong_key_files_are_reported),
	};

	return cmocka_run_group_tests_name("conf_include", tests, NULL, NULL);
}
