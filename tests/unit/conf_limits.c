/*
 * Values at their limits: what is rounded, lowered, or given as 0, and what then is used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "conf/model/load.h"
#include "core/base/mono.h"

#define INSTANCE "interface e0\nvirtual_router_id 1\nvirtual_ipaddress { 10.0.0.1/24 }\n"

/* Of a text that may be warned about, but is valid. */
static struct conf *load(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	if (!conf)
		diagnostics_print(diagnostics, stderr);
	assert_non_null(conf);
	diagnostics_destroy(diagnostics);
	return conf;
}

static int64_t interval_of(const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "vrrp_instance A { version 3\nadvert_int %s\n" INSTANCE "}\n",
		 value);
	struct conf *conf = load(text);
	int64_t interval = conf->instances[0].advert_interval;
	conf_free(conf);
	return interval;
}

static void halves_of_a_unit_are_rounded_up_issue_8_32(void **state)
{
	(void)state;
	assert_int_equal(interval_of("0.015"), 20000);
	assert_int_equal(interval_of("0.014999"), 10000);
	assert_int_equal(interval_of("1.005"), 1010000);
	assert_int_equal(interval_of("40.95"), 40950000);
	assert_int_equal(interval_of("40.950001"), 40950000);
	assert_int_equal(interval_of("60"), 40950000);
}

static void assert_hysteresis(const char *given, uint32_t wanted)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "virtual_server 10.0.0.1 80 { protocol TCP quorum 2 hysteresis %s\n"
		 "real_server 10.0.0.3 80 { weight 9 } }\n",
		 given);
	struct conf *conf = load(text);
	assert_int_equal(conf->services[0].quorum, 2);
	assert_int_equal(conf->services[0].hysteresis, wanted);
	conf_free(conf);
}

/* Equal to the quorum, it could never be lost: quorum - hysteresis would be 0. */
static void hysteresis_stays_below_the_quorum_issue_8_32(void **state)
{
	(void)state;
	assert_hysteresis("1", 1);
	assert_hysteresis("2", 1);
	assert_hysteresis("3", 1);
}

static void assert_delay(const char *statement, int64_t wanted)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "virtual_server 10.0.0.1 80 { protocol TCP delay_before_retry 7\n"
		 "real_server 10.0.0.3 80 { HTTP_GET { %s\nurl { path / } } } }\n",
		 statement);
	struct conf *conf = load(text);
	assert_int_equal(conf->targets[0].delay_before_retry, wanted);
	conf_free(conf);
}

static void a_delay_of_0_is_given_issue_8_32(void **state)
{
	(void)state;
	assert_delay("delay_before_retry 0", 0);
	assert_delay("", 7 * USEC_PER_SEC);
}

static void assert_lower_repeat(const char *global, const char *own, uint32_t wanted)
{
	char text[512];

	snprintf(text, sizeof(text), "vrrp_instance A { %s\n" INSTANCE "}\nglobal_defs { %s\n}\n",
		 own, global);
	struct conf *conf = load(text);
	assert_int_equal(conf->instances[0].garp.lower_repeat, wanted);
	conf_free(conf);
}

/* Each has a value of its own, so that another member of the same struct is noticed. */
static void lower_prio_repeat_is_inherited_issue_8_32(void **state)
{
	(void)state;
	assert_lower_repeat("vrrp_garp_lower_prio_repeat 3 vrrp_garp_master_repeat 4", "", 3);
	assert_lower_repeat("vrrp_garp_master_repeat 4", "", 4);
	assert_lower_repeat("vrrp_garp_lower_prio_repeat 3", "garp_lower_prio_repeat 2", 2);
	assert_lower_repeat("vrrp_garp_lower_prio_repeat 3", "garp_lower_prio_repeat 0", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_of_a_unit_are_rounded_up_issue_8_32),
		cmocka_unit_test(hysteresis_stays_below_the_quorum_issue_8_32),
		cmocka_unit_test(a_delay_of_0_is_given_issue_8_32),
		cmocka_unit_test(lower_prio_repeat_is_inherited_issue_8_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
