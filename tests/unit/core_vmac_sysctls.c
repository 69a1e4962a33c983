/* The sysctls of virtual MAC interfaces: vrrp's word for which interface is not enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/director/vmac_sysctls.h"

static char logged[512];

static void remember_line(void *data, enum log_level level, const char *source, const char *text)
{
	(void)data;
	(void)level;
	(void)source;
	snprintf(logged, sizeof(logged), "%s", text);
}

/* No interface of the machine that runs the test has that name: there is nothing to set. */
static void issue_8_8_only_interfaces_of_the_configuration_are_set(void **state)
{
	static const char *const others[] = {"", "all", "default", "lo", "../lo", "a/b", "vd-test"};
	struct instance_conf instance = {.vmac.name = "vd-test-none"}, plain = {.name = "plain"};
	struct conf conf = {.instances = &instance, .n_instances = 1};
	struct conf other = {.instances = &plain, .n_instances = 1};
	const struct generation with = {.conf = &conf}, without = {.conf = &other};
	struct message_vmac_sysctls order = {.ipv6 = 0};

	(void)state;
	log_setup(remember_line, NULL, "test", LOG_LEVEL_DEBUG);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(order.interface, sizeof(order.interface), "%s", others[i]);
		logged[0] = '\0';
		vmac_sysctls_set(&order, &with, NULL);
		if (!strstr(logged, "none of its virtual MAC interfaces"))
			fail_msg("%s is set", others[i]);
	}
	snprintf(order.interface, sizeof(order.interface), "vd-test-none");
	logged[0] = '\0';
	vmac_sysctls_set(&order, &with, NULL);
	vmac_sysctls_set(&order, &without, &with);
	assert_string_equal(logged, "");
	vmac_sysctls_set(&order, NULL, NULL);
	assert_string_not_equal(logged, "");
	log_setup(log_stderr_sink, NULL, "test", LOG_LEVEL_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(issue_8_8_only_interfaces_of_the_configuration_are_set),
	};

	return cmocka_run_group_tests_name("core_vmac_sysctls", tests, NULL, NULL);
}
