/* Where commands lie, and who could replace them: real files in a folder of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/director/script_path.h"

#define SOMEBODY 4711

static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned next;
	char *text = path[next++ % 4];

	snprintf(text, PATH_MAX, "%s/%s", folder, name);
	return text;
}

static void make(const char *name, mode_t mode)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(in_folder(name), mode), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/core_script_path.XXXXXX");
	return mkdtemp(folder) && mkdir(in_folder("bin"), 0755) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void assert_open(const char *path, struct script_owner owner, const char *expected)
{
	char component[PATH_MAX];

	assert_true(script_path_is_open(path, owner, component));
	assert_string_equal(component, expected);
}

static void assert_closed(const char *path, struct script_owner owner)
{
	char component[PATH_MAX] = "";

	if (script_path_is_open(path, owner, component))
		fail_msg("%s is open at %s", path, component);
}

static const struct script_owner root;

static void what_only_root_can_write_is_closed(void **state)
{
	(void)state;
	make("bin/script", 0755);
	assert_closed(in_folder("bin/script"), root); /* /tmp is sticky */
	assert_closed(in_folder("bin/../bin/./script"), root);
	assert_closed(in_folder("bin/nothing"), root);
}

static void the_component_that_others_can_write_is_named(void **state)
{
	(void)state;
	make("bin/script", 0757);
	assert_open(in_folder("bin/script"), root, in_folder("bin/script"));
	assert_int_equal(chmod(in_folder("bin/script"), 0755), 0);
	assert_int_equal(chmod(in_folder("bin"), 0777), 0);
	assert_open(in_folder("bin/script"), root, in_folder("bin"));
	assert_int_equal(chmod(in_folder("bin"), 01777), 0);
	assert_closed(in_folder("bin/script"), root);
}

static void owner_and_group_count_as_others_unless_it_runs_as_them(void **state)
{
	const struct script_owner somebody = {SOMEBODY, SOMEBODY};

	(void)state;
	make("bin/script", 0775);
	assert_closed(in_folder("bin/script"), root); /* root's group */
	assert_int_equal(chown(in_folder("bin/script"), 0, SOMEBODY), 0);
	assert_open(in_folder("bin/script"), root, in_folder("bin/script"));
	assert_closed(in_folder("bin/script"), somebody);
	assert_int_equal(chown(in_folder("bin/script"), SOMEBODY, 0), 0);
	assert_open(in_folder("bin/script"), root, in_folder("bin/script"));
	assert_closed(in_folder("bin/script"), somebody);
}

static void links_are_followed_step_by_step(void **state)
{
	(void)state;
	make("bin/script", 0755);
	assert_int_equal(mkdir(in_folder("loose"), 0755), 0);
	assert_int_equal(symlink(in_folder("bin/script"), in_folder("loose/second")), 0);
	assert_int_equal(symlink("loose/second", in_folder("first")), 0);
	assert_closed(in_folder("first"), root);
	assert_int_equal(chmod(in_folder("loose"), 0777), 0);
	assert_open(in_folder("first"), root, in_folder("loose"));
	assert_int_equal(chmod(in_folder("loose"), 01777), 0);
	assert_int_equal(lchown(in_folder("loose/second"), SOMEBODY, 0), 0);
	assert_open(in_folder("first"), root, in_folder("loose/second"));
}

static void a_circle_of_links_ends(void **state)
{
	(void)state;
	assert_int_equal(symlink("b", in_folder("a")), 0);
	assert_int_equal(symlink("a", in_folder("b")), 0);
	assert_closed(in_folder("a"), root);
}

static void a_command_is_looked_for_in_the_path(void **state)
{
	char *before = strdup(getenv("PATH") ? getenv("PATH") : "");
	char path[PATH_MAX];

	(void)state;
	make("bin/script", 0755);
	make("bin/text", 0644);
	assert_true(script_path_find(in_folder("bin/script"), path));
	assert_string_equal(path, in_folder("bin/script"));
	setenv("PATH", in_folder("bin"), 1);
	assert_true(script_path_find("script", path));
	assert_string_equal(path, in_folder("bin/script"));
	assert_false(script_path_find("nothing", path));
	assert_int_equal(errno, ENOENT);
	assert_false(script_path_find(in_folder("bin"), path));
	assert_int_equal(errno, EACCES);
	setenv("PATH", before, 1);
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_only_root_can_write_is_closed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_component_that_others_can_write_is_named,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			owner_and_group_count_as_others_unless_it_runs_as_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_are_followed_step_by_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_circle_of_links_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_command_is_looked_for_in_the_path, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
