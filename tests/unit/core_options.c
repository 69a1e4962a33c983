/* The command line: every letter and every long name, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/director/options.h"

#define ARGUMENTS_MAX 8

static bool parse(struct options *options, char *error, size_t size, const char *first,
		  const char *second, const char *third)
{
	const char *words[] = {"vdirectord", first, second, third};
	char *argv[ARGUMENTS_MAX] = {NULL};
	int argc = 0;
	bool ok;

	for (size_t i = 0; i < 4 && words[i]; i++)
		argv[argc++] = strdup(words[i]);
	ok = options_parse(options, argc, argv, error, size);
	while (argc > 0)
		free(argv[--argc]);
	return ok;
}

static void assert_parses(struct options *options, const char *first, const char *second)
{
	char error[256] = "";

	if (!parse(options, error, sizeof(error), first, second, NULL))
		fail_msg("%s: %s", first, error);
}

static void flag_letters_and_long_names_set_their_flag(void **state)
{
	static const struct {
		const char *letter, *name, *alias;
		size_t offset;
	} rows[] = {
		{"-n", "--foreground", "--dont-fork", offsetof(struct options, foreground)},
		{"-t", "--check", "--config-test", offsetof(struct options, check)},
		{"--lenient", NULL, NULL, offsetof(struct options, lenient)},
		{"-l", "--log-console", NULL, offsetof(struct options, log_console)},
		{"-D", "--log-detail", NULL, offsetof(struct options, log_detail)},
		{"-G", "--no-syslog", NULL, offsetof(struct options, no_syslog)},
		{"-P", "--vrrp-only", "--vrrp", offsetof(struct options, vrrp_only)},
		{"-C", "--checkers-only", NULL, offsetof(struct options, checkers_only)},
		{"-I", "--dont-release-ipvs", NULL, offsetof(struct options, keep_services)},
		{"-V", "--dont-release-vrrp", NULL, offsetof(struct options, keep_addresses)},
		{"-R", "--dont-respawn", NULL, offsetof(struct options, no_respawn)},
		{"-X", "--release-vips", NULL, offsetof(struct options, release_addresses)},
		{"-v", "--version", NULL, offsetof(struct options, version)},
		{"-h", "--help", NULL, offsetof(struct options, help)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[] = {rows[i].letter, rows[i].name, rows[i].alias};

		for (size_t j = 0; j < 3 && words[j]; j++) {
			struct options options;

			assert_parses(&options, words[j], NULL);
			for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
				assert_int_equal(*((const bool *)&options + rows[k].offset),
						 k == i);
		}
	}
}

static void issue_8_31_what_would_have_no_effect_is_refused(void **state)
{
	static const struct {
		const char *first, *second, *third;
		bool good;
	} cases[] = {
		{"-W", NULL, NULL, false},
		{"-W", "-n", NULL, false},
		{"-W", "-t", NULL, true},
		{"-W", "--print-config", NULL, true},
		{"--secrets", "-t", NULL, false},
		{"--secrets", "--print-config", NULL, true},
		{"--format=json", "-n", NULL, false},
		{"--format=json", "--print-config", NULL, false},
		{"--format=json", "--print-config", "-t", false},
		{"--format=json", "-t", NULL, true},
		{"--format=json", "--keywords", NULL, true},
	};
	struct options options;
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		*error = '\0';
		assert_int_equal(parse(&options, error, sizeof(error), cases[i].first,
				       cases[i].second, cases[i].third),
				 cases[i].good);
		assert_int_equal(strstr(error, "has an effect only with") != NULL, !cases[i].good);
	}
}

static void path_options_take_a_file_and_make_it_absolute(void **state)
{
	static const struct {
		const char *letter, *name, *alias;
		size_t offset;
	} rows[] = {
		{"-f", "--config", "--use-file", offsetof(struct options, config)},
		{"-p", "--pid", NULL, offsetof(struct options, pid_file)},
		{"-r", "--vrrp-pid", "--vrrp_pid", offsetof(struct options, vrrp_pid_file)},
		{"-c", "--checkers-pid", "--checkers_pid",
		 offsetof(struct options, check_pid_file)},
		{"--runtime-dir", NULL, NULL, offsetof(struct options, runtime_dir)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[] = {rows[i].letter, rows[i].name, rows[i].alias};

		for (size_t j = 0; j < 3 && words[j]; j++) {
			struct options options;
			const char *field = (const char *)&options + rows[i].offset;

			assert_parses(&options, words[j], "/some/file");
			assert_string_equal(field, "/some/file");
			assert_parses(&options, words[j], "file");
			assert_int_equal(field[0], '/');
			assert_string_equal(strrchr(field, '/'), "/file");
		}
	}
}

static void word_options_are_kept(void **state)
{
	struct options options;

	(void)state;
	assert_parses(&options, "-S", "local3");
	assert_string_equal(options.log_facility, "local3");
	assert_parses(&options, "--log-facility=7", NULL);
	assert_string_equal(options.log_facility, "7");
	assert_parses(&options, "-i", "left");
	assert_string_equal(options.config_id, "left");
	assert_parses(&options, "--config-id", "right");
	assert_string_equal(options.config_id, "right");
}

static void letters_may_stand_together(void **state)
{
	struct options options;

	(void)state;
	assert_parses(&options, "-nlDf", "/x");
	assert_true(options.foreground && options.log_console && options.log_detail);
	assert_string_equal(options.config, "/x");
}

static void defaults_are_the_documented_ones(void **state)
{
	struct options options;

	(void)state;
	assert_parses(&options, NULL, NULL);
	assert_string_equal(options.config, "/etc/vdirector/vdirector.conf");
	assert_string_equal(options.runtime_dir, "/run/vdirector");
	assert_string_equal(options.pid_file, "/run/vdirector/vdirectord.pid");
	assert_parses(&options, "--runtime-dir", "/tmp/x");
	assert_string_equal(options.pid_file, "/tmp/x/vdirectord.pid");
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *words[3], *part;
	} rows[] = {
		{{"-z"}, "unknown option -z"},
		{{"-nz"}, "unknown option -z"},
		{{"--nonsense"}, "unknown option --nonsense"},
		{{"-f"}, "option -f needs a FILE"},
		{{"--pid"}, "option --pid needs a FILE"},
		{{"--foreground=yes"}, "--foreground=yes takes no value"},
		{{"-f", ""}, "--config"},
		{{"stray"}, "unexpected argument \"stray\""},
		{{"-P", "-C"}, "exclude each other"},
		{{"-S", "local9"}, "\"local9\""},
		{{"-i", "a-name-that-is-much-longer-than-sixty-four-bytes-can-ever-be-at-all-x"},
		 "too long"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options options;
		char error[256] = "";

		assert_false(parse(&options, error, sizeof(error), rows[i].words[0],
				   rows[i].words[1], rows[i].words[2]));
		if (!strstr(error, rows[i].part))
			fail_msg("\"%s\" does not say \"%s\"", error, rows[i].part);
	}
}

static void the_next_process_gets_the_same_options(void **state)
{
	struct options options, again;
	char error[256], **argv;
	int argc = 0;

	(void)state;
	assert_true(parse(&options, error, sizeof(error), "-nDf", "/a", "--runtime-dir=/b"));
	argv = options_argv(&options, ROLE_MAIN, 0);
	while (argv[argc])
		argc++;
	assert_true(options_parse(&again, argc, argv, error, sizeof(error)));
	assert_string_equal(again.role, "main");
	memset(again.role, 0, sizeof(again.role));
	assert_memory_equal(&options, &again, sizeof(options));
	free(argv);
}

static void a_worker_is_told_who_it_is(void **state)
{
	struct options options, again;
	enum role_kind role;
	unsigned index;
	char error[256], **argv;
	int argc = 0;

	(void)state;
	assert_parses(&options, "-D", NULL);
	argv = options_argv(&options, ROLE_CHECK, 3);
	while (argv[argc])
		argc++;
	assert_true(options_parse(&again, argc, argv, error, sizeof(error)));
	assert_true(options_role(&again, &role, &index));
	assert_int_equal(role, ROLE_CHECK);
	assert_int_equal(index, 3);
	assert_true(again.log_detail);
	free(argv);
}

static void a_role_that_there_is_not_is_refused(void **state)
{
	struct options options;
	enum role_kind role;
	unsigned index;

	(void)state;
	assert_parses(&options, "--role=king", NULL);
	assert_false(options_role(&options, &role, &index));
	assert_parses(&options, "--role=check", "--index=x");
	assert_false(options_role(&options, &role, &index));
}

static void facilities_have_their_numbers(void **state)
{
	(void)state;
	assert_int_equal(options_facility("daemon"), LOG_DAEMON);
	assert_int_equal(options_facility("user"), LOG_USER);
	assert_int_equal(options_facility("0"), LOG_LOCAL0);
	assert_int_equal(options_facility("local7"), LOG_LOCAL7);
	assert_int_equal(options_facility("local8"), -1);
	assert_int_equal(options_facility(""), -1);
}

static void help_names_every_letter(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_help(out);
	fclose(out);
	for (const char *letter = "nftWlDSGprcPCIVRXivh"; *letter; letter++) {
		char word[8];

		snprintf(word, sizeof(word), "\n  -%c, ", *letter);
		if (!strstr(text, word))
			fail_msg("-%c is not in --help", *letter);
	}
	assert_null(strstr(text, "--role"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flag_letters_and_long_names_set_their_flag),
		cmocka_unit_test(issue_8_31_what_would_have_no_effect_is_refused),
		cmocka_unit_test(path_options_take_a_file_and_make_it_absolute),
		cmocka_unit_test(word_options_are_kept),
		cmocka_unit_test(letters_may_stand_together),
		cmocka_unit_test(defaults_are_the_documented_ones),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(the_next_process_gets_the_same_options),
		cmocka_unit_test(a_worker_is_told_who_it_is),
		cmocka_unit_test(a_role_that_there_is_not_is_refused),
		cmocka_unit_test(facilities_have_their_numbers),
		cmocka_unit_test(help_names_every_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
