/* use_vmac: its words, and the names that interfaces get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "conf/model/load.h"

static struct conf *parse(const char *text, struct diagnostics *diagnostics)
{
	return conf_load_text("test", text, strlen(text), NULL, diagnostics);
}

/* An instance with these words after use_vmac. */
static struct conf *parse_words(const char *words, struct diagnostics *diagnostics)
{
	char text[512];

	assert_true(snprintf(text, sizeof(text),
			     "vrrp_instance A {\n interface e0\n virtual_router_id 10\n use_vmac "
			     "%s\n virtual_ipaddress {\n 10.0.0.1\n 10.0.0.2 dev e1\n }\n}\n",
			     words) < (int)sizeof(text));
	return parse(text, diagnostics);
}

static void words_name_the_interface_and_its_address(void **state)
{
	static const struct {
		const char *words, *name;
		uint8_t mac[6];
	} cases[] = {
		{"", "vrrp.10", {0}},
		{"v0", "v0", {0}},
		{"name v0", "v0", {0}},
		{"02:0a:0b:0c:0D:0e", "vrrp.10", {2, 10, 11, 12, 13, 14}},
		{"v0 02:0a:0b:0c:0d", "v0", {2, 10, 11, 12, 13, 10}},
		{"v0 netlink_notify_msg", "v0", {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diagnostics *diagnostics = diagnostics_create();
		struct conf *conf = parse_words(cases[i].words, diagnostics);
		const struct instance_conf *instance = &conf->instances[0];

		assert_string_equal(instance->vmac.name, cases[i].name);
		assert_memory_equal(instance->vmac.mac, cases[i].mac, 6);
		assert_string_equal(instance->addresses[0].interface, cases[i].name);
		assert_string_equal(instance->addresses[1].interface, "e1");
		assert_string_equal(instance->interface, "e0");
		conf_free(conf);
		diagnostics_destroy(diagnostics);
	}
}

static void wrong_words_are_refused(void **state)
{
	static const char *const cases[][2] = {
		{"v0 v1", "one word too many"},
		{"name", "a name is missing"},
		{"abcdefghijklmnop", "cannot be the name"},
		{"a/b", "cannot be the name"},
		{"e0", "already"},
		{"01:02:03:04:05:06", "multicast"},
		{"00:00:5e:00:01:0a", "RFC 9568"},
		{"00:00:5e:00:02", "RFC 9568"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diagnostics *diagnostics = diagnostics_create();

		assert_null(parse_words(cases[i][0], diagnostics));
		assert_non_null(strstr(diagnostics_get(diagnostics, 0)->text, cases[i][1]));
		diagnostics_destroy(diagnostics);
	}
}

static void each_instance_gets_a_name_of_its_own(void **state)
{
	static const char *const names[] = {"virt.10", "virt6.10", "virt4.10", "virt4.10.1"};
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf =
		parse("global_defs {\n vmac_prefix virt\n}\n"
		      "vrrp_instance A {\n interface e0\n virtual_router_id 10\n use_vmac\n"
		      " virtual_ipaddress {\n 10.0.0.1\n }\n}\n"
		      "vrrp_instance B {\n interface e0\n virtual_router_id 10\n use_vmac\n"
		      " virtual_ipaddress {\n fe80::1\n }\n}\n"
		      "vrrp_instance C {\n interface e1\n virtual_router_id 10\n use_vmac\n"
		      " virtual_ipaddress {\n 10.0.1.1\n }\n}\n"
		      "vrrp_instance D {\n interface e2\n virtual_router_id 10\n use_vmac\n"
		      " virtual_ipaddress {\n 10.0.2.1\n }\n}\n",
		      diagnostics);

	(void)state;
	assert_non_null(conf);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(conf->instances[i].vmac.name, names[i]);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void without_it_there_is_no_such_interface(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf =
		parse("vrrp_instance A {\n interface e0\n virtual_router_id 10\n vmac_xmit_base\n"
		      " virtual_ipaddress {\n 10.0.0.1\n }\n}\n",
		      diagnostics);

	(void)state;
	assert_non_null(conf);
	assert_null(conf->instances[0].vmac.name);
	assert_false(conf->instances[0].vmac.xmit_base);
	assert_string_equal(conf->instances[0].addresses[0].interface, "e0");
	assert_non_null(strstr(diagnostics_get(diagnostics, 0)->text, "no effect"));
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_name_the_interface_and_its_address),
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(each_instance_gets_a_name_of_its_own),
		cmocka_unit_test(without_it_there_is_no_such_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
