/*
 * The pace of announcements: garp_group, the intervals of global_defs, vrrp_min_garp, and how lists
 * of interfaces are read and written again.
 */
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

#define GROUP "garp_group {\n garp_interval 0.02\n interface eth0\n interfaces { eth1\n eth2 }\n}\n"

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

/* The one diagnostic of a text is this one. */
static void complains(const char *text, unsigned line, const char *expected)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	assert_int_equal(diagnostics_total(diagnostics), 1);
	assert_string_equal(diagnostics_get(diagnostics, 0)->text, expected);
	assert_int_equal(diagnostics_get(diagnostics, 0)->line, line);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void a_group_has_its_interfaces_and_intervals(void **state)
{
	struct conf *conf = load(GROUP "garp_group { gna_interval 1.5 interfaces { eth3 eth4 }\n"
				       "garp_interval 0.5 }\n"
				       "global_defs { vrrp_garp_interval 0.001\n"
				       "vrrp_gna_interval 0.000005 }\n");

	(void)state;
	assert_int_equal(conf->n_garp_groups, 2);
	assert_int_equal(conf->garp_groups[0].garp_interval, 20000);
	assert_int_equal(conf->garp_groups[0].gna_interval, 0);
	assert_ptr_equal(garp_group_of(conf, "eth0"), &conf->garp_groups[0]);
	assert_ptr_equal(garp_group_of(conf, "eth2"), &conf->garp_groups[0]);
	assert_ptr_equal(garp_group_of(conf, "eth4"), &conf->garp_groups[1]);
	assert_null(garp_group_of(conf, "eth"));
	assert_int_equal(conf->garp_groups[1].garp_interval, 500000);
	assert_int_equal(conf->garp_groups[1].gna_interval, 1500000);
	assert_int_equal(conf->global.garp_interval, 1000);
	assert_int_equal(conf->global.gna_interval, 5);
	conf_free(conf);
}

static void a_group_survives_its_canonical_form(void **state)
{
	struct conf *conf = load(GROUP), *again;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	conf_print(conf, CONF_VRRP, true, out);
	fclose(out);
	again = load(text);
	assert_true(conf_same(conf, again));
	assert_int_equal(again->garp_groups[0].interfaces.count, 2);
	free(text);
	conf_free(conf);
	conf_free(again);
}

static void a_group_that_differs_is_a_change(void **state)
{
	struct conf *before = load(GROUP);
	struct conf *after = load(GROUP "garp_group { interface eth3 }\n");
	struct conf_changes changes;

	(void)state;
	assert_false(conf_same(before, after));
	conf_changes_find(&changes, before, after);
	assert_int_equal(changes.count, 1);
	assert_string_equal(changes.list[0].word, "garp_group");
	assert_string_equal(changes.list[0].old_value,
			    "garp_interval 0.02 gna_interval 0 interface "
			    "eth0 interfaces { eth1 eth2 }");
	conf_changes_clear(&changes);
	conf_free(before);
	conf_free(after);
}

static void what_a_group_lacks_or_repeats_is_said(void **state)
{
	(void)state;
	complains("garp_group { garp_interval 1 }\n", 1, "'garp_group' names no interface");
	complains("garp_group { interfaces { averylonginterface }\n}\n", 1,
		  "interfaces: expected a word of at most 15 bytes, not "
		  "'averylonginterface'");
	complains(GROUP "garp_group { interface eth1 }\n", 7,
		  "eth1 already is in a garp_group, which counts");
}

static void min_garp_changes_only_what_is_not_said(void **state)
{
	struct conf *conf = load("global_defs { vrrp_min_garp }\n");

	(void)state;
	assert_int_equal(conf->global.garp.repeat, 1);
	assert_int_equal(conf->global.garp.delay, 0);
	assert_int_equal(conf->global.garp.refresh, 0);
	conf_free(conf);
	conf = load("global_defs { vrrp_garp_master_delay 3\n vrrp_min_garp\n"
		    "vrrp_garp_master_refresh 7 }\n");
	assert_int_equal(conf->global.garp.repeat, 1);
	assert_int_equal(conf->global.garp.delay, 3 * USEC_PER_SEC);
	assert_int_equal(conf->global.garp.refresh, 7 * USEC_PER_SEC);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_has_its_interfaces_and_intervals),
		cmocka_unit_test(a_group_survives_its_canonical_form),
		cmocka_unit_test(a_group_that_differs_is_a_change),
		cmocka_unit_test(what_a_group_lacks_or_repeats_is_said),
		cmocka_unit_test(min_garp_changes_only_what_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
