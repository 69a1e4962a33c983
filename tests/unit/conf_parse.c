/* What configurations mean: values, defaults, inheritance, and the rules between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "conf/model/load.h"
#include "core/base/mono.h"

static struct diagnostics *diagnostics;
static struct conf *conf;

static int setup(void **state)
{
	(void)state;
	diagnostics = diagnostics_create();
	conf = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	conf_free(conf);
	diagnostics_destroy(diagnostics);
	return 0;
}

static void parse(const char *text)
{
	conf = conf_parse("test", text, strlen(text), diagnostics);
	if (!conf)
		diagnostics_print(diagnostics, stderr);
	assert_non_null(conf);
}

static void assert_address(const struct address *address, const char *wanted)
{
	assert_string_equal(address_text(address).text, wanted);
}

#define ROUTER "interface e0 virtual_router_id 1 "

static void an_empty_text_is_a_configuration_of_defaults(void **state)
{
	(void)state;
	parse("");
	assert_int_equal(conf->global.vrrp_version, 2);
	assert_int_equal(conf->global.garp.delay, 5 * USEC_PER_SEC);
	assert_int_equal(conf->global.garp.repeat, 5);
	assert_int_equal(conf->global.garp.refresh, 60 * USEC_PER_SEC);
	assert_int_equal(conf->n_instances + conf->n_services + conf->n_targets, 0);
}

static void an_instance_has_the_documented_defaults(void **state)
{
	const struct instance_conf *instance;

	(void)state;
	parse("vrrp_instance A { " ROUTER "virtual_ipaddress { 10.0.0.1 } }");
	instance = &conf->instances[0];
	assert_string_equal(instance->name, "A");
	assert_string_equal(instance->interface, "e0");
	assert_int_equal(instance->family, AF_INET);
	assert_int_equal(instance->version, 2);
	assert_int_equal(instance->priority, 100);
	assert_false(instance->starts_active);
	assert_int_equal(instance->advert_interval, USEC_PER_SEC);
	assert_int_equal(instance->preempt_delay, 0);
	assert_int_equal(instance->garp.refresh_repeat, 1);
	assert_int_equal(instance->addresses[0].prefix, 32);
	assert_string_equal(instance->addresses[0].interface, "e0");
	assert_int_equal(instance->addresses[0].scope, RT_SCOPE_UNIVERSE);
	assert_null(instance->notify);
}

static void globals_reach_instances_wherever_they_stand(void **state)
{
	(void)state;
	parse("vrrp_instance A { " ROUTER "garp_master_repeat 2 virtual_ipaddress { 10.0.0.1 }\n"
	      "notify /x notify_stop /y other }\n"
	      "global_defs { vrrp_version 3 vrrp_garp_master_delay 0.25 script_user u g\n"
	      "vrrp_garp_master_repeat 9 v3_checksum_as_v2 }");
	assert_int_equal(conf->instances[0].version, 3);
	assert_int_equal(conf->instances[0].garp.delay, 250000);
	assert_int_equal(conf->instances[0].garp.repeat, 2);
	assert_true(conf->instances[0].checksum_plain);
	assert_string_equal(conf->instances[0].notify->user, "u");
	assert_string_equal(conf->instances[0].notify->group, "g");
	assert_string_equal(conf->instances[0].notify_stop->user, "other");
	assert_null(conf->instances[0].notify_stop->group);
}

static void ipv6_instances_use_version_3(void **state)
{
	(void)state;
	parse("vrrp_instance A { " ROUTER "virtual_ipaddress { fe80::1/64 } }");
	assert_int_equal(conf->instances[0].family, AF_INET6);
	assert_int_equal(conf->instances[0].version, 3);
}

static void peers_have_their_limits_and_replace_the_group(void **state)
{
	const struct instance_conf *instance;

	(void)state;
	parse("global_defs { vrrp_mcast_group4 224.0.0.91 vrrp_check_unicast_src off }\n"
	      "vrrp_instance A { " ROUTER "unicast_peer {\n"
	      "10.0.0.2 min_ttl 250\n10.0.0.3 max_ttl 9 min_ttl 3 } unicast_ttl 64\n"
	      "unicast_peer { 10.0.0.4 } virtual_ipaddress { 10.0.0.1 } }\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1 check_unicast_src\n"
	      "virtual_ipaddress { 10.0.0.1 } }\n"
	      "vrrp_instance C { interface e2 virtual_router_id 1 unicast_fault_no_peer }");
	instance = &conf->instances[0];
	assert_int_equal(instance->transport.n_peers, 3);
	assert_int_equal(instance->transport.peers[0].min_ttl, 250);
	assert_int_equal(instance->transport.peers[0].max_ttl, 255);
	assert_int_equal(instance->transport.peers[1].min_ttl, 3);
	assert_int_equal(instance->transport.peers[1].max_ttl, 9);
	assert_int_equal(instance->transport.peers[2].address.bytes[3], 4);
	assert_int_equal(instance->transport.unicast_ttl, 64);
	assert_false(instance->transport.check_unicast_src);
	assert_true(address_is_none(&instance->transport.group));
	assert_int_equal(conf->instances[1].transport.group.bytes[3], 91);
	assert_true(conf->instances[1].transport.check_unicast_src);
	assert_true(address_is_none(&conf->instances[2].transport.group));
}

static void peers_are_the_only_ones_believed_unless_told_otherwise(void **state)
{
	(void)state;
	parse("vrrp_instance A { " ROUTER "unicast_peer { 10.0.0.2 } }");
	assert_true(conf->instances[0].transport.check_unicast_src);
}

/* Of the advertised addresses; else of the source, of the peers, of native_ipv6. */
static void family_follows_from_what_is_given(void **state)
{
	static const uint16_t families[] = {AF_INET, AF_INET6, AF_INET6, AF_INET6, AF_INET};
	size_t i;

	(void)state;
	parse("vrrp_instance A { " ROUTER
	      "virtual_ipaddress_excluded { fd00::1 } virtual_ipaddress { 10.0.0.1 } }\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1 no_virtual_ipaddress\n"
	      "mcast_src_ip fe80::1 }\n"
	      "vrrp_instance C { interface e2 virtual_router_id 1 no_virtual_ipaddress\n"
	      "unicast_peer { fd00::2 } }\n"
	      "vrrp_instance D { interface e3 virtual_router_id 1 no_virtual_ipaddress\n"
	      "native_ipv6 }\n"
	      "vrrp_instance E { interface e4 virtual_router_id 1 version 3\n"
	      "no_virtual_ipaddress }");
	for (i = 0; i < 5; i++)
		assert_int_equal(conf->instances[i].family, families[i]);
}

static void excluded_addresses_follow_the_advertised_ones(void **state)
{
	const struct instance_conf *instance;

	(void)state;
	parse("vrrp_instance A { " ROUTER "virtual_ipaddress_excluded { fd00::1\n10.0.0.9/24 }\n"
	      "virtual_ipaddress { 10.0.0.1 10.0.0.2 } }");
	instance = &conf->instances[0];
	assert_int_equal(instance->n_advertised, 2);
	assert_int_equal(instance->n_addresses, 4);
	assert_int_equal(instance->addresses[1].address.bytes[3], 2);
	assert_int_equal(instance->addresses[2].address.family, AF_INET6);
	assert_int_equal(instance->addresses[3].prefix, 24);
}

static void ipv6_addresses_of_full_length_are_no_sources(void **state)
{
	static const uint32_t lifetimes[] = {0, ADDRESS_FOREVER, 30, ADDRESS_FOREVER};
	size_t i;

	(void)state;
	parse("vrrp_instance A { " ROUTER "virtual_ipaddress { fe80::1\nfd00::1/64\n"
	      "fd00::2 preferred_lft 30\nfd00::3 preferred_lft forever } }\n"
	      "vrrp_instance B { " ROUTER "virtual_ipaddress { 10.0.0.1 } }");
	for (i = 0; i < 4; i++)
		assert_int_equal(conf->instances[0].addresses[i].preferred_lft, lifetimes[i]);
	assert_int_equal(conf->instances[1].addresses[0].preferred_lft, ADDRESS_FOREVER);
}

static void elections_and_announcements_take_their_globals(void **state)
{
	const struct instance_conf *a, *b;

	(void)state;
	parse("vrrp_instance A { " ROUTER "garp_master_delay 7 garp_master_repeat 8 }\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1 down_timer_adverts 9\n"
	      "lower_prio_no_advert no garp_lower_prio_repeat 0 }\n"
	      "global_defs { vrrp_down_timer_adverts 5 vrrp_lower_prio_no_advert\n"
	      "vrrp_higher_prio_send_advert on vrrp_garp_lower_prio_delay 2 }");
	a = &conf->instances[0];
	b = &conf->instances[1];
	assert_int_equal(a->down_adverts, 5);
	assert_int_equal(b->down_adverts, 9);
	assert_true(a->lower_prio_no_advert);
	assert_false(b->lower_prio_no_advert);
	assert_int_equal(a->garp.lower_delay, 2000000);
	assert_int_equal(a->garp.lower_repeat, 5); /* vrrp_garp_master_repeat, not its own */
	assert_int_equal(b->garp.lower_repeat, 0);
}

static void one_router_id_serves_both_families(void **state)
{
	(void)state;
	parse("vrrp_instance A { " ROUTER "virtual_ipaddress { 10.0.0.1 } }\n"
	      "vrrp_instance B { " ROUTER "virtual_ipaddress { fe80::1 } }\n"
	      "vrrp_instance C { interface e1 virtual_router_id 1 }");
	assert_int_equal(conf->n_instances, 3);
}

static void state_master_without_priority_is_an_owner(void **state)
{
	(void)state;
	parse("vrrp_instance A { " ROUTER "state MASTER }");
	assert_int_equal(conf->instances[0].priority, 255);
	assert_true(conf->instances[0].starts_active);
}

static void addresses_may_share_a_line(void **state)
{
	const struct address_conf *addresses;

	(void)state;
	parse("vrrp_instance A { " ROUTER "virtual_ipaddress {\n"
	      "10.0.0.1/24 dev e1 label e1:x brd + 10.0.0.2/8 brd -\n"
	      "10.0.0.3 scope link\n"
	      "10.0.0.4 broadcast 10.0.0.255 scope 77 } }");
	addresses = conf->instances[0].addresses;
	assert_int_equal(conf->instances[0].n_addresses, 4);
	assert_string_equal(addresses[0].interface, "e1");
	assert_string_equal(addresses[0].label, "e1:x");
	assert_address(&addresses[0].broadcast, "10.0.0.255");
	assert_int_equal(addresses[1].prefix, 8);
	assert_address(&addresses[1].broadcast, "10.0.0.0");
	assert_int_equal(addresses[2].scope, RT_SCOPE_LINK);
	assert_address(&addresses[3].broadcast, "10.0.0.255");
	assert_int_equal(addresses[3].scope, 77);
}

static void passwords_are_cut_and_padded(void **state)
{
	(void)state;
	parse("vrrp_instance A { " ROUTER "authentication { auth_type PASS auth_pass abc } }\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1\n"
	      "authentication { auth_type PASS auth_pass 123456789 } }");
	assert_memory_equal(conf->instances[0].auth_pass, "abc\0\0\0\0\0", 8);
	assert_memory_equal(conf->instances[1].auth_pass, "12345678", 8);
}

static void keys_are_read_in_both_forms(void **state)
{
	const struct hmac_conf *hmac;

	(void)state;
	parse("vrrp_instance A { " ROUTER "advert_int 10 auth_hmac {\n"
	      "key 7 \"0123456789 {#} 0123456789 abcdefg\"\n"
	      "key 9 hex:00FFee0000000000000000000000000000000000000000000000000000000001\n"
	      "mode receive-only anti_replay monotonic } }\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1 auth_hmac {\n"
	      "active_key 2 time_window 300 key 1 0123456789abcdef0123456789abcdef\n"
	      "key 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef } }");
	hmac = &conf->instances[0].hmac;
	assert_int_equal(hmac->n_keys, 2);
	assert_int_equal(hmac->keys[0].id, 7);
	assert_int_equal(hmac->keys[0].size, 33);
	assert_memory_equal(hmac->keys[0].bytes, "0123456789 {#} 0123456789 abcdefg", 33);
	assert_int_equal(hmac->keys[1].size, 32);
	assert_memory_equal(hmac->keys[1].bytes, "\0\xff\xee\0", 4);
	assert_int_equal(hmac->keys[1].bytes[31], 1);
	assert_int_equal(hmac->active_key, 7);
	assert_int_equal(hmac->mode, HMAC_RECEIVE_ONLY);
	assert_true(hmac->monotonic);
	assert_int_equal(hmac->time_window, 30); /* three intervals */
	hmac = &conf->instances[1].hmac;
	assert_int_equal(hmac->active_key, 2);
	assert_int_equal(hmac->keys[1].size, 64);
	assert_int_equal(hmac->mode, HMAC_ENFORCE);
	assert_false(hmac->monotonic);
	assert_int_equal(hmac->time_window, 300);
}

static void strict_mode_takes_back_what_the_rfc_has_not(void **state)
{
	const struct instance_conf *a, *b;

	(void)state;
	parse("vrrp_instance A { " ROUTER "version 3 higher_prio_send_advert virtual_ipaddress { "
	      "10.0.0.1 } }\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1 strict_mode off preempt_delay 3\n"
	      "virtual_ipaddress { 10.0.0.2 } }\n"
	      "vrrp_instance C { interface e2 virtual_router_id 1 priority 255 virtual_ipaddress { "
	      "10.0.0.3 } }\n"
	      "global_defs { vrrp_strict vrrp_skip_check_adv_addr ALL }");
	a = &conf->instances[0];
	b = &conf->instances[1];
	assert_true(a->strict);
	assert_true(a->lower_prio_no_advert);
	assert_int_equal(a->garp.lower_repeat, 0);
	assert_true(a->checks.skip_check_adv_addr);
	assert_false(a->checks.owner_ignore_adverts);
	assert_false(b->strict);
	assert_false(b->lower_prio_no_advert);
	assert_int_equal(b->preempt_delay, 3000000);
	assert_false(b->checks.owner_ignore_adverts);
	assert_true(conf->instances[2].checks.owner_ignore_adverts);
}

static void old_checksums_have_three_ways(void **state)
{
	static const enum old_checksum wanted[] = {OLD_CHECKSUM_AUTO, OLD_CHECKSUM_ALWAYS,
						   OLD_CHECKSUM_NEVER};

	(void)state;
	parse("vrrp_instance A { " ROUTER "}\n"
	      "vrrp_instance B { interface e1 virtual_router_id 1 old_unicast_checksum\n }\n"
	      "vrrp_instance C { interface e2 virtual_router_id 1 old_unicast_checksum never }\n");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(conf->instances[i].transport.old_checksum, wanted[i]);
}

static void commands_are_split_into_arguments(void **state)
{
	const struct script_conf *script;

	(void)state;
	parse("vrrp_instance A { " ROUTER "notify_master \"/bin/x  'a b' c\" user:group }");
	script = conf->instances[0].notify_active;
	assert_string_equal(script->command, "/bin/x  'a b' c");
	assert_string_equal(script->argv[0], "/bin/x");
	assert_string_equal(script->argv[1], "a b");
	assert_string_equal(script->argv[2], "c");
	assert_null(script->argv[3]);
	assert_string_equal(script->user, "user");
	assert_string_equal(script->group, "group");
}

static void several_statements_share_a_line(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { weight 7 "
	      "TCP_CHECK { connect_timeout 3 } } quorum 2 }");
	assert_int_equal(conf->services[0].servers[0].weight, 7);
	assert_int_equal(conf->services[0].quorum, 2);
	assert_int_equal(conf->targets[0].timeout, 3 * USEC_PER_SEC);
}

static void braces_may_stand_on_the_next_line(void **state)
{
	(void)state;
	parse("vrrp_instance A\n\n{\n" ROUTER "\nvirtual_ipaddress # comment\n{\n10.0.0.1\n}\n}");
	assert_int_equal(conf->instances[0].n_addresses, 1);
}

static void settings_go_down_from_service_to_check(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP\n"
	      "real_server 10.0.0.2 80 { TCP_CHECK { } }\n"
	      "real_server 10.0.0.3 80 { retry 7 weight 5 TCP_CHECK { delay_loop 4 } }\n"
	      "real_server 10.0.0.4 80 { alpha no HTTP_GET { url { path / } alpha } }\n"
	      "delay_loop 2 retry 3 connect_timeout 1 weight 9 alpha virtualhost v }");
	assert_int_equal(conf->targets[0].interval, 2 * USEC_PER_SEC);
	assert_int_equal(conf->targets[0].retry, 3);
	assert_int_equal(conf->targets[0].timeout, USEC_PER_SEC);
	assert_int_equal(conf->targets[0].delay_before_retry, USEC_PER_SEC);
	assert_true(conf->targets[0].alpha);
	assert_null(conf->targets[0].virtualhost);
	assert_int_equal(conf->services[0].servers[0].weight, 9);
	assert_true(conf->services[0].servers[0].alpha);
	assert_int_equal(conf->targets[1].interval, 4 * USEC_PER_SEC);
	assert_int_equal(conf->targets[1].retry, 7);
	assert_int_equal(conf->services[0].servers[1].weight, 5);
	assert_false(conf->services[0].servers[2].alpha);
	assert_true(conf->targets[2].alpha);
	assert_string_equal(conf->targets[2].virtualhost, "v");
}

static void checks_have_the_documented_defaults(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP\n"
	      "real_server 10.0.0.2 8080 { TCP_CHECK { } HTTP_GET { url { path / } } } }");
	assert_int_equal(conf->targets[0].interval, 60 * USEC_PER_SEC);
	assert_int_equal(conf->targets[0].timeout, 5 * USEC_PER_SEC);
	assert_int_equal(conf->targets[0].retry, 1);
	assert_int_equal(conf->targets[0].delay_before_retry, USEC_PER_SEC);
	assert_int_equal(conf->targets[0].port, 8080);
	assert_address(&conf->targets[0].address, "10.0.0.2");
	assert_int_equal(conf->targets[1].delay_before_retry, 3 * USEC_PER_SEC);
	assert_int_equal(conf->targets[1].urls[0].status[0].first, 200);
	assert_int_equal(conf->targets[1].urls[0].status[0].last, 299);
	assert_string_equal(conf->services[0].scheduler, "wlc");
	assert_int_equal(conf->services[0].servers[0].forward.method, LVS_NAT);
	assert_int_equal(conf->services[0].servers[0].on_failure, ON_FAILURE_QUIESCE);
	assert_int_equal(conf->services[0].servers[0].weight, 1);
}

static void equal_probes_of_several_services_are_one(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP\n"
	      "real_server 10.0.0.2 80 { TCP_CHECK { } } real_server 10.0.0.3 80 { TCP_CHECK { } } }\n"
	      "virtual_server 10.0.0.1 81 { protocol TCP\n"
	      "real_server 10.0.0.4 80 { TCP_CHECK { connect_ip 10.0.0.3 } } }");
	assert_int_equal(conf->n_targets, 2);
	assert_int_equal(conf->services[1].servers[0].targets[0], 1);
}

static void status_codes_are_values_and_ranges(void **state)
{
	const struct url_conf *url;

	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET {\n"
	      "url { path / status_code 200-299 301 regex \"a\\\\.b\" } } } }");
	url = &conf->targets[0].urls[0];
	assert_int_equal(url->n_status, 2);
	assert_int_equal(url->status[1].first, 301);
	assert_int_equal(url->status[1].last, 301);
	assert_string_equal(url->regex, "a\\.b");
}

static void fallbacks_follow_the_real_servers(void **state)
{
	const struct service_conf *service;

	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP lb_kind DR weight 5 alpha\n"
	      "sorry_server 127.0.0.1 80\n"
	      "fallback 127.0.0.2 80 { TCP_CHECK { } }\n"
	      "real_server 10.0.0.2 80 { TCP_CHECK { } }\n"
	      "fallback 127.0.0.3 }");
	service = &conf->services[0];
	assert_int_equal(service->n_servers, 4);
	assert_int_equal(service->n_fallbacks, 3);
	assert_false(service->servers[0].fallback);
	assert_int_equal(service->servers[0].targets[0], 0);
	assert_address(&service->servers[1].address, "127.0.0.1");
	assert_int_equal(service->servers[1].weight, 1);
	assert_int_equal(service->servers[1].forward.method, LVS_DR);
	assert_false(service->servers[1].alpha);
	assert_int_equal(service->servers[2].targets[0], 1);
	assert_int_equal(service->servers[3].port, 80);
}

static void ports_follow_the_service_in_direct_routing(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP lb_kind DR\n"
	      "real_server 10.0.0.2 8080 { TCP_CHECK { } }\n"
	      "real_server 10.0.0.3 8080 { lvs_method NAT TCP_CHECK { } }\n"
	      "real_server 10.0.0.4 { TCP_CHECK { } } }");
	assert_int_equal(conf->services[0].servers[0].port, 80);
	assert_int_equal(conf->targets[0].port, 8080); /* as written */
	assert_int_equal(conf->services[0].servers[1].port, 8080);
	assert_int_equal(conf->services[0].servers[2].port, 80);
}

static void services_of_a_mark_keep_the_port_for_checks(void **state)
{
	(void)state;
	parse("virtual_server fwmark 5 { lb_kind DR\n"
	      "real_server fd00::2 8080 { TCP_CHECK { } } }\n"
	      "virtual_server fwmark 6 { ip_family inet real_server 10.0.0.2 { } }");
	assert_int_equal(conf->services[0].fwmark, 5);
	assert_int_equal(conf->services[0].family, AF_INET6);
	assert_int_equal(conf->services[0].protocol, 0);
	assert_int_equal(conf->services[0].servers[0].port, 0);
	assert_int_equal(conf->targets[0].port, 8080);
	assert_int_equal(conf->services[1].family, AF_INET);
}

static void inhibit_on_failure_means_quiesce(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP on_failure remove\n"
	      "real_server 10.0.0.2 80 { inhibit_on_failure }\n"
	      "real_server 10.0.0.3 80 { on_failure expire }\n"
	      "real_server 10.0.0.4 80 { } }");
	assert_int_equal(conf->services[0].servers[0].on_failure, ON_FAILURE_QUIESCE);
	assert_int_equal(conf->services[0].servers[1].on_failure, ON_FAILURE_EXPIRE);
	assert_int_equal(conf->services[0].servers[2].on_failure, ON_FAILURE_REMOVE);
}

static void duplicate_servers_are_left_out(void **state)
{
	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { }\n"
	      "real_server 10.0.0.2 { } fallback 10.0.0.2 80 }");
	assert_int_equal(conf->services[0].n_servers, 2);
	assert_true(conf->services[0].servers[1].fallback);
}

static void a_service_given_again_keeps_the_fallbacks_it_had_first(void **state)
{
	const struct service_conf *service;

	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol TCP fallback 127.0.0.1 80\n"
	      "real_server 10.0.0.2 80 { } }\n"
	      "virtual_server 10.0.0.1 80 { protocol TCP fallback 127.0.0.2 80\n"
	      "real_server 10.0.0.3 80 { } real_server 127.0.0.1 80 { } }");
	assert_int_equal(conf->n_services, 1);
	service = &conf->services[0];
	assert_int_equal(service->n_servers, 4);
	assert_int_equal(service->n_fallbacks, 1);
	assert_address(&service->servers[1].address, "10.0.0.3");
	assert_address(&service->servers[2].address, "127.0.0.1");
	assert_false(service->servers[2].fallback);
	assert_address(&service->servers[3].address, "127.0.0.1");
	assert_true(service->servers[3].fallback);
}

static void names_of_services_are_what_people_write(void **state)
{
	char text[64];

	(void)state;
	parse("virtual_server 10.0.0.1 80 { protocol tcp real_server 10.0.0.2 { } }\n"
	      "virtual_server fd00::1 53 { protocol UDP real_server fd00::2 { } }\n"
	      "virtual_server fwmark 5 { real_server 10.0.0.2 { } }");
	assert_string_equal(service_conf_name(&conf->services[0], text, sizeof(text)),
			    "10.0.0.1:80/tcp");
	assert_string_equal(service_conf_name(&conf->services[1], text, sizeof(text)),
			    "[fd00::1]:53/udp");
	assert_string_equal(service_conf_name(&conf->services[2], text, sizeof(text)), "fwmark 5");
}

#define PARSE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PARSE_TEST(an_empty_text_is_a_configuration_of_defaults),
		PARSE_TEST(an_instance_has_the_documented_defaults),
		PARSE_TEST(globals_reach_instances_wherever_they_stand),
		PARSE_TEST(ipv6_instances_use_version_3),
		PARSE_TEST(peers_have_their_limits_and_replace_the_group),
		PARSE_TEST(peers_are_the_only_ones_believed_unless_told_otherwise),
		PARSE_TEST(family_follows_from_what_is_given),
		PARSE_TEST(excluded_addresses_follow_the_advertised_ones),
		PARSE_TEST(ipv6_addresses_of_full_length_are_no_sources),
		PARSE_TEST(elections_and_announcements_take_their_globals),
		PARSE_TEST(one_router_id_serves_both_families),
		PARSE_TEST(state_master_without_priority_is_an_owner),
		PARSE_TEST(addresses_may_share_a_line),
		PARSE_TEST(passwords_are_cut_and_padded),
		PARSE_TEST(keys_are_read_in_both_forms),
		PARSE_TEST(strict_mode_takes_back_what_the_rfc_has_not),
		PARSE_TEST(old_checksums_have_three_ways),
		PARSE_TEST(commands_are_split_into_arguments),
		PARSE_TEST(several_statements_share_a_line),
		PARSE_TEST(braces_may_stand_on_the_next_line),
		PARSE_TEST(settings_go_down_from_service_to_check),
		PARSE_TEST(checks_have_the_documented_defaults),
		PARSE_TEST(equal_probes_of_several_services_are_one),
		PARSE_TEST(status_codes_are_values_and_ranges),
		PARSE_TEST(fallbacks_follow_the_real_servers),
		PARSE_TEST(ports_follow_the_service_in_direct_routing),
		PARSE_TEST(services_of_a_mark_keep_the_port_for_checks),
		PARSE_TEST(inhibit_on_failure_means_quiesce),
		PARSE_TEST(duplicate_servers_are_left_out),
		PARSE_TEST(a_service_given_again_keeps_the_fallbacks_it_had_first),
		PARSE_TEST(names_of_services_are_what_people_write),
	};

	return cmocka_run_group_tests_name("conf_parse", tests, NULL, NULL);
}
