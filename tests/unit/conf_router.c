/*
 * Which instances may have one interface, family and virtual router id, and which need no
 * interface.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "conf/model/load.h"
#include "conf/text/diagnostic.h"

#define ROUTER(name, number, more)                      \
	"vrrp_instance " name " {\n virtual_router_id " \
	"51\n virtual_ipaddress { 10.0.9." number "/24 dev e0 }\n" more "\n}\n"
#define ON(interface)	  "interface " interface "\n"
#define GROUP(address)	  "mcast_dst_ip " address "\n"
#define SOURCE(address)	  "unicast_src_ip " address "\n"
#define PEERS(...)	  "unicast_peer {\n" __VA_ARGS__ "}\n"
#define PAIR(one, two)	  ROUTER("A", "1", one) ROUTER("B", "2", two)
#define TWICE(where, why) "virtual_router_id 51 is already used on " where " for IPv4" why

/* The first diagnostic is this; NULL: there is none. */
static struct conf *load(const char *text, const char *complaint)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	if (complaint && diagnostics_total(diagnostics) == 0)
		fail_msg("not refused: %s", text);
	if (diagnostics_total(diagnostics) > 0)
		assert_string_equal(diagnostics_get(diagnostics, 0)->text,
				    complaint ? complaint : "");
	diagnostics_destroy(diagnostics);
	return conf;
}

static void takes(const char *text)
{
	struct conf *conf = load(text, NULL);

	assert_non_null(conf);
	conf_free(conf);
}

static void refuses(const char *text, const char *complaint)
{
	assert_null(load(text, complaint));
}

static void what_can_be_told_apart_may_have_one_vrid_issue_8_24(void **state)
{
	(void)state;
	takes(PAIR(ON("e0"), ON("e0") GROUP("224.0.0.99")));
	takes(PAIR(ON("e0"), ON("e0") PEERS("10.0.0.2\n")));
	takes(PAIR(ON("e0") PEERS("10.0.0.2\n10.0.0.3\n"), ON("e0") PEERS("10.0.0.4\n")));
	takes(PAIR(ON("e0") SOURCE("10.0.0.1") PEERS("10.0.0.2\n"),
		   ON("e0") SOURCE("10.0.0.9") PEERS("10.0.0.2\n")));
	takes(PAIR(ON("e0") PEERS("10.0.0.2\n"), ON("e1") PEERS("10.0.0.2\n")));
	takes(PAIR(SOURCE("10.0.0.1") PEERS("10.0.0.2\n"), SOURCE("10.0.0.1") PEERS("10.0.0.3\n")));
}

static void what_cannot_is_refused_at_both_places_issue_8_24(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	const char *text =
		PAIR(ON("e0") PEERS("10.0.0.2\n10.0.0.3\n"), ON("e0") PEERS("10.0.0.3\n"));

	(void)state;
	assert_null(conf_load_text("test", text, strlen(text), NULL, diagnostics));
	assert_string_equal(diagnostics_get(diagnostics, 0)->text,
			    TWICE("e0", ", with unicast_peer 10.0.0.3 as well"));
	assert_int_equal(diagnostics_get(diagnostics, 0)->line, 12);
	assert_non_null(diagnostics_get(diagnostics, 0)->notes);
	assert_int_equal(diagnostics_get(diagnostics, 0)->notes->line, 2);
	diagnostics_destroy(diagnostics);
	refuses(PAIR(ON("e0"), ON("e0")), TWICE("e0", ""));
	refuses(PAIR(ON("e0"), ON("e0") GROUP("224.0.0.18")), TWICE("e0", ""));
	refuses(PAIR(ON("e0") "unicast_fault_no_peer", ON("e0") "unicast_fault_no_peer"),
		TWICE("e0", ""));
}

/* An address that is left to the interface, or an interface that is left to the address, may turn
 * out to be the other's. */
static void what_is_left_open_may_be_the_same_issue_8_24(void **state)
{
	const char *const twice = TWICE("e0", ", with unicast_peer 10.0.0.2 as well");

	(void)state;
	refuses(PAIR(ON("e0") PEERS("10.0.0.2\n"), ON("e0") SOURCE("10.0.0.1") PEERS("10.0.0.2\n")),
		twice);
	refuses(PAIR(ON("e0") SOURCE("10.0.0.1") PEERS("10.0.0.2\n"), ON("e0") PEERS("10.0.0.2\n")),
		twice);
	refuses(PAIR(SOURCE("10.0.0.1") PEERS("10.0.0.2\n"),
		     ON("e0") SOURCE("10.0.0.1") PEERS("10.0.0.2\n")),
		twice);
	refuses(PAIR(ON("e0") SOURCE("10.0.0.1") PEERS("10.0.0.2\n"),
		     SOURCE("10.0.0.1") PEERS("10.0.0.2\n")),
		TWICE("10.0.0.1", ", with unicast_peer 10.0.0.2 as well"));
}

/* Strangers' adverts would be anyone's. */
static void senders_are_checked_where_they_tell_apart_issue_8_24(void **state)
{
	struct conf *conf = load(
		PAIR(ON("e0") PEERS("10.0.0.2\n") "check_unicast_src no",
		     ON("e0") PEERS("10.0.0.3\n")),
		"'check_unicast_src' is on: several instances have virtual_router_id 51, and are "
		"told apart by their peers");

	(void)state;
	assert_true(conf->instances[0].transport.check_unicast_src);
	conf_free(conf);
}

/* Of both of them, whichever says that it would not; families are apart as they are. */
static void the_later_one_checks_its_senders_as_well_issue_8_32(void **state)
{
	struct conf *conf = load(
		PAIR(ON("e0") PEERS("10.0.0.2\n"),
		     ON("e0") PEERS("10.0.0.3\n") "check_unicast_src no"),
		"'check_unicast_src' is on: several instances have virtual_router_id 51, and are "
		"told apart by their peers");

	(void)state;
	assert_true(conf->instances[1].transport.check_unicast_src);
	conf_free(conf);
	takes(ROUTER(
		"A", "1",
		ON("e0") PEERS(
			"10.0.0.2\n") "check_unicast_src no") "vrrp_instance B {\nvirtual_router_id 51\nvirtual_ipaddress {\nfe80::9 dev e0\n}\n"
							      "interface e0\nunicast_peer {\nfe80::2\n}\ncheck_unicast_src no\n}\n");
}

static void a_hardware_address_is_one_instance_s_issue_8_24(void **state)
{
	(void)state;
	refuses(PAIR(ON("e0") "use_vmac v1", ON("e0") GROUP("224.0.0.99") "use_vmac v2"),
		"use_vmac: an instance on e0 has the hardware address 00:00:5e:00:01:33 already: "
		"give another one");
	takes(PAIR(ON("e0") "use_vmac v1",
		   ON("e0") GROUP("224.0.0.99") "use_vmac v2 02:00:00:00:00:01"));
	/* Also of two virtual routers. */
	refuses(PAIR(ON("e0") "use_vmac v1 02:00:00:00:00:01",
		     ON("e0") "use_vmac v2 02:00:00:00:00:01\nvirtual_router_id 52"),
		"use_vmac: an instance on e0 has the hardware address 02:00:00:00:00:01 already: "
		"give another one");
}

static void the_further_link_is_still_one_instance_s_issue_8_24(void **state)
{
	(void)state;
	takes(PAIR(ON("e0") "heartbeat_interface e1", ON("e0") GROUP("224.0.0.99")));
	refuses(PAIR(ON("e0") "heartbeat_interface e1",
		     ON("e0") GROUP("224.0.0.99") "heartbeat_interface e1"),
		"heartbeat_interface: vrrp_instance 'A' uses virtual_router_id 51 on e1");
}

static void an_interface_may_be_missing_with_unicast_issue_8_24(void **state)
{
	struct conf *conf = load(ROUTER("A", "1", SOURCE("10.0.0.1") PEERS("10.0.0.2\n")), NULL);

	(void)state;
	assert_null(conf->instances[0].interface);
	conf_free(conf);
	refuses(ROUTER("A", "1", SOURCE("10.0.0.1") "unicast_fault_no_peer\nuse_vmac"),
		"'use_vmac' needs an 'interface'");
	refuses(ROUTER("A", "1", "mcast_src_ip 10.0.0.1"), "'vrrp_instance' needs an 'interface'");
	refuses(ROUTER("A", "1", PEERS("10.0.0.2\n")),
		"'vrrp_instance' needs an 'interface', or a 'unicast_src_ip' that tells which");
	refuses(ROUTER("A", "1", SOURCE("10.0.0.1") PEERS("10.0.0.2\n") "heartbeat_interface e1"),
		"'heartbeat_interface' needs an 'interface'");
	refuses("vrrp_instance A {\nvirtual_router_id 1\nvirtual_ipaddress {\nfd00::9 dev e0\n}\n"
		"unicast_src_ip fe80::1\nunicast_peer {\nfe80::2\n}\n}\n",
		"'unicast_src_ip' fe80::1 is link-local: 'vrrp_instance' needs an 'interface'");
}

static void its_addresses_are_on_the_default_interface_issue_8_24(void **state)
{
#define BARE                                                                      \
	"vrrp_instance A {\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.9.1\n" \
	"}\nunicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}\n}\n"
	struct conf *conf = load(BARE, "10.0.9.1 has no 'dev', and its instance no 'interface': it "
				       "goes to eth0, the default of 'default_interface'");

	(void)state;
	assert_string_equal(conf->instances[0].addresses[0].interface, "eth0");
	conf_free(conf);
	conf = load("global_defs {\ndefault_interface e7\n}\n" BARE, NULL);
	assert_string_equal(conf->instances[0].addresses[0].interface, "e7");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_told_apart_may_have_one_vrid_issue_8_24),
		cmocka_unit_test(what_cannot_is_refused_at_both_places_issue_8_24),
		cmocka_unit_test(what_is_left_open_may_be_the_same_issue_8_24),
		cmocka_unit_test(senders_are_checked_where_they_tell_apart_issue_8_24),
		cmocka_unit_test(the_later_one_checks_its_senders_as_well_issue_8_32),
		cmocka_unit_test(a_hardware_address_is_one_instance_s_issue_8_24),
		cmocka_unit_test(the_further_link_is_still_one_instance_s_issue_8_24),
		cmocka_unit_test(an_interface_may_be_missing_with_unicast_issue_8_24),
		cmocka_unit_test(its_addresses_are_on_the_default_interface_issue_8_24),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
