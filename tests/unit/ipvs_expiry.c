/* The sysctls for connections to servers that are out of use: which are set, and which never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipvs/expiry.h"

#define CONNECTIONS "expire_nodest_conn"
#define TEMPLATES   "expire_quiescent_template"

static char folder[64];
static char logged[4096];

static void log_collect(void *data, enum log_level level, const char *source, const char *text)
{
	size_t used = strlen(logged);

	(void)data;
	(void)source;
	snprintf(logged + used, sizeof(logged) - used, "%s: %s\n", log_level_name(level), text);
}

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void set_value(const char *name, const char *value)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(value, file);
	fclose(file);
}

static int value_of(const char *name)
{
	FILE *file = fopen(path_of(name), "r");
	int value = -1;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &value), 1);
	fclose(file);
	return value;
}

static int set_up(void **state)
{
	(void)state;
	logged[0] = '\0';
	log_setup(log_collect, NULL, "test", LOG_LEVEL_INFO);
	snprintf(folder, sizeof(folder), "/tmp/ipvs_expiry.XXXXXX");
	assert_non_null(mkdtemp(folder));
	set_value(CONNECTIONS, "0\n");
	set_value(TEMPLATES, "0\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path_of(CONNECTIONS));
	unlink(path_of(TEMPLATES));
	return rmdir(folder);
}

/* One service with one real server and one fallback; `seconds` of the monotonic clock. */
static void ensure(struct expiry *expiry, enum on_failure on_failure, uint32_t persistence,
		   int64_t seconds)
{
	struct server_conf servers[] = {{.on_failure = (uint8_t)on_failure},
					{.on_failure = ON_FAILURE_QUIESCE, .fallback = true}};
	struct service_conf service = {.persistence_timeout = persistence,
				       .servers = servers,
				       .n_servers = 2,
				       .n_fallbacks = 1};
	const struct conf conf = {.services = &service, .n_services = 1};

	expiry_ensure(expiry, &conf, folder, (struct mono){seconds * USEC_PER_SEC});
}

static void what_is_not_needed_is_not_touched(void **state)
{
	struct expiry expiry = {0};

	(void)state;
	ensure(&expiry, ON_FAILURE_QUIESCE, 0, 1);
	ensure(&expiry, ON_FAILURE_REMOVE, 0, 2);
	ensure(&expiry, ON_FAILURE_REMOVE, 60, 3); /* the fallback is never quiesced */
	assert_int_equal(value_of(CONNECTIONS), 0);
	assert_int_equal(value_of(TEMPLATES), 0);
	assert_string_equal(logged, "");
}

static void expire_ends_connections(void **state)
{
	struct expiry expiry = {0};

	(void)state;
	ensure(&expiry, ON_FAILURE_EXPIRE, 60, 1);
	assert_int_equal(value_of(CONNECTIONS), 1);
	assert_int_equal(value_of(TEMPLATES), 0);
	assert_non_null(strstr(logged, "notice: IPVS: sysctl net.ipv4.vs." CONNECTIONS " was 0"));
}

static void quiesced_persistent_servers_lose_their_templates(void **state)
{
	struct expiry expiry = {0};

	(void)state;
	ensure(&expiry, ON_FAILURE_QUIESCE, 60, 1);
	assert_int_equal(value_of(CONNECTIONS), 0);
	assert_int_equal(value_of(TEMPLATES), 1);
}

static void nothing_is_reset_and_what_others_reset_is_set_again(void **state)
{
	struct expiry expiry = {0};
	const char *line = logged;
	unsigned lines = 0;

	(void)state;
	set_value(TEMPLATES, "2\n"); /* somebody's own idea of "on" */
	ensure(&expiry, ON_FAILURE_EXPIRE, 0, 1);
	ensure(&expiry, ON_FAILURE_QUIESCE, 60, 2);
	assert_int_equal(value_of(CONNECTIONS), 1);
	assert_int_equal(value_of(TEMPLATES), 2);
	for (int64_t second = 10; second < 200; second += 10) {
		set_value(CONNECTIONS, "0\n");
		ensure(&expiry, ON_FAILURE_EXPIRE, 0, second);
		assert_int_equal(value_of(CONNECTIONS), 1);
	}
	while ((line = strstr(line, "set to 1")) != NULL) {
		line++;
		lines++;
	}
	assert_int_equal(lines, 3);
}

static void a_failure_is_named_once_and_until_it_is_over(void **state)
{
	struct expiry expiry = {0};
	size_t used;

	(void)state;
	unlink(path_of(CONNECTIONS));
	ensure(&expiry, ON_FAILURE_EXPIRE, 0, 1);
	assert_non_null(strstr(expiry.text, CONNECTIONS " cannot be set (No such file"));
	assert_non_null(strstr(logged, expiry.text));
	used = strlen(logged);
	ensure(&expiry, ON_FAILURE_EXPIRE, 0, 11);
	assert_int_equal(strlen(logged), used);
	assert_string_not_equal(expiry.text, "");
	set_value(CONNECTIONS, "0\n");
	ensure(&expiry, ON_FAILURE_EXPIRE, 0, 21);
	assert_string_equal(expiry.text, "");
	assert_int_equal(value_of(CONNECTIONS), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_needed_is_not_touched, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(expire_ends_connections, set_up, tear_down),
		cmocka_unit_test_setup_teardown(quiesced_persistent_servers_lose_their_templates,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_reset_and_what_others_reset_is_set_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failure_is_named_once_and_until_it_is_over,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
