/*
 * heartbeat_interface: which group is used there, and what cannot be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "conf/model/load.h"
#include "conf/text/diagnostic.h"

#define ROUTER(name, interface, vrid, more)                  \
	"vrrp_instance " name " { interface " interface "\n" \
	"virtual_router_id " vrid "\n"                       \
	"virtual_ipaddress { 10.0.0." vrid " }\n" more "\n}\n"

static struct conf *load(const char *text, unsigned line, const char *complaint)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	assert_int_equal(diagnostics_total(diagnostics), complaint != NULL);
	if (complaint) {
		assert_string_equal(diagnostics_get(diagnostics, 0)->text, complaint);
		assert_int_equal(diagnostics_get(diagnostics, 0)->line, line);
	}
	diagnostics_destroy(diagnostics);
	return conf;
}

static void refuses(const char *text, unsigned line, const char *complaint)
{
	assert_null(load(text, line, complaint));
}

static struct address_text group_of(const struct conf *conf)
{
	return address_text(&conf->instances[0].transport.heartbeat_group);
}

static void adverts_go_to_the_group_of_the_first_link(void **state)
{
	struct conf *conf;

	(void)state;
	conf = load(ROUTER("A", "eth0", "1", "heartbeat_interface eth1 eth2"), 0, NULL);
	assert_int_equal(conf->instances[0].transport.heartbeats.count, 2);
	assert_string_equal(group_of(conf).text, "224.0.0.18");
	conf_free(conf);
	conf = load(ROUTER("A", "eth0", "1", "heartbeat_interface eth1\nmcast_dst_ip 224.0.0.99"),
		    0, NULL);
	assert_string_equal(group_of(conf).text, "224.0.0.99");
	conf_free(conf);
}

static void with_unicast_it_is_the_global_one_or_its_own(void **state)
{
	struct conf *conf;

	(void)state;
	conf = load(
		"global_defs { vrrp_mcast_group4 224.0.0.77 }\n" ROUTER(
			"A", "eth0", "1", "heartbeat_interface eth1\nunicast_peer { 10.0.0.9 }"),
		0, NULL);
	assert_string_equal(group_of(conf).text, "224.0.0.77");
	conf_free(conf);
	conf = load(
		ROUTER("A", "eth0", "1", "heartbeat_interface eth1\nheartbeat_group 224.0.0.55"), 0,
		NULL);
	assert_string_equal(group_of(conf).text, "224.0.0.55");
	conf_free(conf);
}

static void a_group_must_be_one_and_have_a_link(void **state)
{
	(void)state;
	refuses(ROUTER("A", "eth0", "1", "heartbeat_interface eth1\nheartbeat_group 10.0.0.1"), 5,
		"heartbeat_group: expected an IPv4 multicast address");
	conf_free(load(ROUTER("A", "eth0", "1", "heartbeat_group 224.0.0.5"), 4,
		       "'heartbeat_group' has no effect without a 'heartbeat_interface'"));
}

static void an_interface_is_one_link_of_one_virtual_router(void **state)
{
	(void)state;
	refuses(ROUTER("A", "eth0", "1", "heartbeat_interface eth0"), 4,
		"heartbeat_interface: eth0 is a link of this instance already");
	refuses(ROUTER("A", "eth0", "1", "heartbeat_interface eth1 eth1"), 4,
		"heartbeat_interface: eth1 is a link of this instance already");
	refuses(ROUTER("A", "eth0", "1", "heartbeat_interface eth1") ROUTER("B", "eth1", "1", ""),
		4, "heartbeat_interface: vrrp_instance 'B' uses virtual_router_id 1 on eth1");
	conf_free(load(ROUTER("A", "eth0", "1", "heartbeat_interface eth1")
			       ROUTER("B", "eth1", "2", "heartbeat_interface eth0"),
		       0, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adverts_go_to_the_group_of_the_first_link),
		cmocka_unit_test(with_unicast_it_is_the_global_one_or_its_own),
		cmocka_unit_test(a_group_must_be_one_and_have_a_link),
		cmocka_unit_test(an_interface_is_one_link_of_one_virtual_router),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
