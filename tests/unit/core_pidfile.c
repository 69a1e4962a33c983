/* Pid files: a lock that keeps a second daemon out, and paths that are a mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/director/pidfile.h"

static char folder[64], path[96], other[96];
static unsigned warnings;
static bool removed_meanwhile; /* by a daemon that ends, between the opening and the lock */

int flock(int fd, int operation)
{
	if (removed_meanwhile)
		unlink(path);
	removed_meanwhile = false;
	return (int)syscall(SYS_flock, fd, operation);
}

static void count(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)source;
	(void)text;
	warnings += level == LOG_LEVEL_WARNING;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/core_pidfile.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pid", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	warnings = 0;
	log_setup(count, NULL, "test", LOG_LEVEL_INFO);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_holds(const char *name, const char *text)
{
	char found[128];
	FILE *file = fopen(name, "r");
	size_t size;

	assert_non_null(file);
	size = fread(found, 1, sizeof(found) - 1, file);
	found[size] = '\0';
	fclose(file);
	assert_string_equal(found, text);
}

static void one_that_holds_the_lock_is_named(void **state)
{
	pid_t holder = 0;
	int fd = pidfile_lock(path, &holder);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(pidfile_write(fd, 1234567));
	assert_holds(path, "1234567\n");
	assert_true(pidfile_write(fd, 89)); /* the next keeper */
	assert_holds(path, "89\n");
	errno = 0;
	assert_int_equal(pidfile_lock(path, &holder), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(holder, 89);
	close(fd);
	fd = pidfile_lock(path, &holder); /* what it says is of one that has died */
	assert_true(fd >= 0);
	close(fd);
}

static void a_lock_of_a_file_that_is_gone_keeps_nobody_out(void **state)
{
	pid_t holder = 0;
	struct stat locked, named;
	int fd;

	(void)state;
	removed_meanwhile = true;
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &locked), 0);
	assert_int_equal(stat(path, &named), 0);
	assert_int_equal(locked.st_ino, named.st_ino);
	assert_int_equal(pidfile_lock(path, &holder), -1);
	close(fd);
}

/* A path that is a mistake: what is there stays as it is. */
static void what_is_no_pid_file_is_left_alone(void **state)
{
	static const char *const texts[] = {"global_defs {\n}\n", "12 34x", "#!/bin/sh\n",
					    "12345678901234567890123456789012",
					    "00000000000000000000000000000001 and more"};
	pid_t holder = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put(path, texts[i]);
		assert_int_equal(pidfile_lock(path, &holder), -1);
		assert_int_equal(errno, EEXIST);
		pidfile_put(path, 7);
		assert_int_equal(warnings, i + 1);
		pidfile_remove(path);
		assert_holds(path, texts[i]);
	}
}

/* Nobody waits for who would read a FIFO; and a link may lead to anybody's file. */
static void what_is_no_file_is_refused_at_once(void **state)
{
	pid_t holder = 0;
	struct stat status;

	(void)state;
	alarm(30);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pidfile_lock(path, &holder), -1);
	assert_int_equal(errno, EINVAL);
	pidfile_remove(path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(unlink(path), 0);
	put(other, "12\n");
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(pidfile_lock(path, &holder), -1);
	assert_int_equal(errno, ELOOP);
	pidfile_put(path, 7);
	assert_holds(other, "12\n");
	assert_int_equal(pidfile_lock("/nonexistent/pid", &holder), -1);
	assert_int_equal(errno, ENOENT);
	alarm(0);
}

static void others_pid_files_come_and_go(void **state)
{
	struct stat status;

	(void)state;
	pidfile_put("", 7);
	pidfile_remove("");
	pidfile_put(path, 1234567);
	assert_holds(path, "1234567\n");
	pidfile_put(path, 7);
	assert_holds(path, "7\n");
	pidfile_remove(path);
	assert_int_equal(stat(path, &status), -1);
	pidfile_remove(path);
	assert_int_equal(warnings, 0);
}

#define PIDFILE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PIDFILE_TEST(one_that_holds_the_lock_is_named),
		PIDFILE_TEST(a_lock_of_a_file_that_is_gone_keeps_nobody_out),
		PIDFILE_TEST(what_is_no_pid_file_is_left_alone),
		PIDFILE_TEST(what_is_no_file_is_refused_at_once),
		PIDFILE_TEST(others_pid_files_come_and_go),
	};

	return cmocka_run_group_tests_name("core_pidfile", tests, NULL, NULL);
}
