/* interface_up_down_delays: how they are read, written again and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/change/changes.h"
#include "conf/model/load.h"
#include "conf/model/print.h"
#include "conf/text/diagnostic.h"
#include "core/base/mono.h"
#include "tests/unit/conf_same.h"

#define INSTANCE(name, interface)                            \
	"vrrp_instance " name " { interface " interface "\n" \
	"virtual_router_id 1\nvirtual_ipaddress { 10.0.0.1/24 } }\n"
#define DELAYS "interface_up_down_delays {\n eth1 0.5 12\n eth2 0\n}\n"
#define BOTH                                                        \
	INSTANCE("one", "eth1")                                     \
	"vrrp_instance two { interface eth2\nvirtual_router_id 1\n" \
	"virtual_ipaddress { 10.0.0.2/24 } }\n"

static struct conf *load(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	if (!conf || diagnostics_total(diagnostics) > 0)
		diagnostics_print(diagnostics, stderr);
	assert_non_null(conf);
	assert_int_equal(diagnostics_total(diagnostics), 0);
	diagnostics_destroy(diagnostics);
	return conf;
}

static void an_interface_has_its_delays(void **state)
{
	struct conf *conf = load(DELAYS BOTH);

	(void)state;
	assert_int_equal(conf->n_delays, 2);
	assert_int_equal(interface_delay_of(conf, "eth1")->down, USEC_PER_SEC / 2);
	assert_int_equal(interface_delay_of(conf, "eth1")->up, 12 * USEC_PER_SEC);
	assert_int_equal(interface_delay_of(conf, "eth2")->up, 0);
	assert_null(interface_delay_of(conf, "eth"));
	conf_free(conf);
}

static void delays_survive_their_canonical_form(void **state)
{
	struct conf *conf = load(DELAYS BOTH), *again;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	conf_print(conf, CONF_VRRP, true, out);
	fclose(out);
	assert_non_null(strstr(text, "interface_up_down_delays {\n\teth1 0.5 12\n\teth2 0 0\n}\n"));
	again = load(text);
	assert_true(conf_same(conf, again));
	free(text);
	conf_free(conf);
	conf_free(again);
}

static void delays_that_differ_are_a_change(void **state)
{
	struct conf *before = load(DELAYS BOTH), *after = load(BOTH);
	struct conf_changes changes;

	(void)state;
	assert_false(conf_same(before, after));
	conf_changes_find(&changes, before, after);
	assert_int_equal(changes.count, 1);
	assert_string_equal(changes.list[0].word, "interface_up_down_delays");
	assert_string_equal(changes.list[0].old_value, "eth1 0.5 12; eth2 0 0");
	assert_string_equal(changes.list[0].new_value, "none");
	conf_changes_clear(&changes);
	conf_free(after);
	after = load("interface_up_down_delays { eth1 0.5 13\n eth2 0 }\n" BOTH);
	assert_false(conf_same(before, after));
	conf_free(before);
	conf_free(after);
}

static void a_down_delay_too_long_for_the_election_is_none(void **state)
{
	const char *text = "interface_up_down_delays { eth1 2 30 }\n" INSTANCE("one", "eth1");
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	(void)state;
	assert_int_equal(diagnostics_total(diagnostics), 1);
	assert_int_equal(conf->delays[0].down, 0);
	assert_int_equal(conf->delays[0].up, 30 * USEC_PER_SEC);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_has_its_delays),
		cmocka_unit_test(delays_survive_their_canonical_form),
		cmocka_unit_test(delays_that_differ_are_a_change),
		cmocka_unit_test(a_down_delay_too_long_for_the_election_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
