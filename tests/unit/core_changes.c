/* What a reload would remove that is hardly meant to go: what has to be forced, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/director/director_context.h"

static const struct doubt {
	const char *name;
	size_t instances[2], services[2]; /* now and next */
	bool vrrp_only, checkers_only;
	int statements; /* -1: what is next was not read here */
	const char *said;
} doubts[] = {
	{"nothing_less", {1, 1}, {1, 1}, false, false, 9, ""},
	{"more_and_less", {3, 1}, {2, 1}, false, false, 9, ""},
	{"all_instances", {3, 0}, {1, 1}, false, false, 9, "all instances (3) would be removed"},
	{"all_services", {1, 1}, {2, 0}, false, false, 9, "all services (2) would be removed"},
	{"both",
	 {1, 0},
	 {2, 0},
	 false,
	 false,
	 9,
	 "all instances (1) would be removed; all services (2) would be removed"},
	{"none_before", {0, 0}, {0, 0}, false, false, 9, ""},
	{"instances_that_nobody_runs", {3, 0}, {1, 1}, false, true, 9, ""},
	{"services_beside_instances_that_nobody_runs",
	 {3, 0},
	 {1, 0},
	 false,
	 true,
	 9,
	 "all services (1) would be removed"},
	{"services_that_nobody_runs", {1, 1}, {2, 0}, true, false, 9, ""},
	{"instances_beside_services_that_nobody_runs",
	 {1, 0},
	 {2, 0},
	 true,
	 false,
	 9,
	 "all instances (1) would be removed"},
	{"an_empty_file",
	 {0, 0},
	 {0, 0},
	 false,
	 false,
	 0,
	 "there is not a single statement in test"},
	{"an_empty_file_of_all",
	 {1, 0},
	 {0, 0},
	 false,
	 false,
	 0,
	 "there is not a single statement in test; all instances (1) would be removed"},
	{"a_text_that_was_sent", {0, 0}, {0, 0}, false, false, -1, ""},
};

#define N_DOUBTS (sizeof(doubts) / sizeof(doubts[0]))

static void it_is_said(void **state)
{
	const struct doubt *row = *state;
	struct conf now = {.n_instances = row->instances[0], .n_services = row->services[0]};
	const struct conf next = {.n_instances = row->instances[1], .n_services = row->services[1]};
	struct generation running = {.conf = &now};
	const struct options options = {
		.config = "test", .vrrp_only = row->vrrp_only, .checkers_only = row->checkers_only};
	struct director director = {.options = &options, .running = &running};
	const struct reading reading = {.statements = (size_t)row->statements};
	char text[768];
	bool doubtful = director_changes_doubt(
		&director, &next, row->statements < 0 ? NULL : &reading, text, sizeof(text));

	assert_string_equal(text, row->said);
	assert_int_equal(doubtful, *row->said != '\0');
}

/* A file that was there to be included; not where a text was sent, which includes nothing. */
static void what_includes_found_and_no_longer_find_is_named(void **state)
{
	struct conf conf = {0};
	struct generation running = {.conf = &conf};
	const struct options options = {.config = "test"};
	struct director director = {.options = &options, .running = &running};
	struct reading reading = {.statements = 9};
	char text[768];

	(void)state;
	reading_add_found(&director.reading, "/etc/b.conf");
	reading_add_found(&director.reading, "/etc/a*");
	reading_add_nothing(&reading, "/etc/none*"); /* as ever */
	assert_false(director_changes_doubt(&director, &conf, &reading, text, sizeof(text)));
	reading_add_nothing(&reading, "/etc/a*");
	assert_true(director_changes_doubt(&director, &conf, &reading, text, sizeof(text)));
	assert_string_equal(text, "'/etc/a*' was there to be included before and is not now");
	assert_false(director_changes_doubt(&director, &conf, NULL, text, sizeof(text)));
	reading_clear(&reading);
	reading_clear(&director.reading);
}

int main(void)
{
	struct CMUnitTest tests[N_DOUBTS + 1];

	for (size_t i = 0; i < N_DOUBTS; i++)
		tests[i] = (struct CMUnitTest){.name = doubts[i].name,
					       .test_func = it_is_said,
					       .initial_state = (void *)(uintptr_t)&doubts[i]};
	tests[N_DOUBTS] = (struct CMUnitTest)cmocka_unit_test(
		what_includes_found_and_no_longer_find_is_named);
	return cmocka_run_group_tests_name("core_changes", tests, NULL, NULL);
}
