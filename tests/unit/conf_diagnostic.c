/*
 * Diagnostics: each kind of mistake, the exact text, and nothing else.  A row's name says what is
 * wrong; the text is parsed, and what is reported must be the row's last column.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "conf/diagnostic.h"

struct mistake {
	const char *name;
	const char *text;
	const char *reported;
};

static const struct mistake mistakes[] = {
	{"an_unknown_keyword",
	 "global_defs {\n"
	 " router_ib x\n"
	 "}\n",
	 "test:2:2: error: unknown keyword 'router_ib' in global_defs; did you mean 'router_id'?\n"},
	{"an_unknown_keyword_without_a_neighbour",
	 "global_defs {\n"
	 " xyzzy { a { b } c }\n"
	 "}\n",
	 "test:2:2: error: unknown keyword 'xyzzy' in global_defs\n"},
	{"a_keyword_of_another_block",
	 "global_defs {\n"
	 " priority 5\n"
	 "}\n",
	 "test:2:2: error: unknown keyword 'priority' in global_defs; it belongs in vrrp_instance\n"},
	{"an_unknown_block_skipped_whole",
	 "vrrp_instnce A {\n"
	 " a { b }\n"
	 "}\n",
	 "test:1:1: error: unknown keyword 'vrrp_instnce' in the file; did you mean 'vrrp_instance'?\n"},
	{"a_misspelt_keyword_is_not_missed_as_well",
	 "vrrp_instance A { virtual_router_id 1\n"
	 " interfase e0\n"
	 "}\n",
	 "test:2:2: error: unknown keyword 'interfase' in vrrp_instance; did you mean 'interface'?\n"},
	{"a_bad_protocol_is_not_missed_as_well",
	 "virtual_server 10.0.0.1 80 {\n"
	 " protocol ICMP\n"
	 " real_server 10.0.0.2 80 { } }\n",
	 "test:2:11: error: protocol: expected one of TCP, UDP, SCTP, not 'ICMP'\n"},
	{"a_number_out_of_range",
	 "vrrp_instance A { interface e0 virtual_router_id 1 priority 256 }\n",
	 "test:1:61: error: priority: expected a number from 1 to 255, not '256'\n"},
	{"a_word_for_a_number",
	 "vrrp_instance A { interface e0 virtual_router_id 1 priority high }\n",
	 "test:1:61: error: priority: expected a number from 1 to 255, not 'high'\n"},
	{"a_missing_value",
	 "global_defs {\n"
	 " router_id\n"
	 "}\n",
	 "test:2:2: error: 'router_id' needs a value: expected a word\n"},
	{"seconds_that_are_negative",
	 "vrrp_instance A { interface e0 virtual_router_id 1 preempt_delay -1 }\n",
	 "test:1:66: error: preempt_delay: expected seconds from 0 to 1000, not '-1'\n"},
	{"a_misspelt_choice", "vrrp_instance A { interface e0 virtual_router_id 1 state master }\n",
	 "test:1:58: error: state: expected one of MASTER, BACKUP, not 'master'; did you mean 'MASTER'?\n"},
	{"a_word_too_long", "vrrp_instance A { interface abcdefghijklmnop virtual_router_id 1 }\n",
	 "test:1:29: error: interface: expected a word of at most 15 bytes, not 'abcdefghijklmnop'\n"},
	{"an_address_that_is_none",
	 "vrrp_instance A { interface e0 virtual_router_id 1 mcast_src_ip 1.2.3 }\n",
	 "test:1:65: error: mcast_src_ip: expected an IPv4 or IPv6 address, not '1.2.3'\n"},
	{"a_broadcast_that_is_none",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 brd x } }\n",
	 "test:1:85: error: brd: expected an IPv4 address, '+' or '-', not 'x'\n"},
	{"a_prefix_too_long",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1/33 } }\n",
	 "test:1:72: error: expected an address as 10.0.0.1/24, not '10.0.0.1/33'\n"},
	{"an_unknown_option_of_an_address",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 lable x } }\n",
	 "test:1:81: error: unknown option 'lable' in virtual_ipaddress; did you mean 'label'?\n"},
	{"an_ipv6_address_with_a_label",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 3 virtual_ipaddress { fd00::1 label x } }\n",
	 "test:1:82: error: an IPv6 address has no label and no broadcast address\n"},
	{"a_list_of_peers_that_came_out_empty",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:52: error: 'unicast_peer' names no peer; without the block, adverts go by multicast\n"},
	{"a_peer_of_another_family",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { fd00::2 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:67: error: unicast_peer: fd00::2 is not IPv4, as the instance is\n"},
	{"a_peer_that_is_a_group",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { 224.0.0.18 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:67: error: unicast_peer: 224.0.0.18 is not the address of a router\n"},
	{"a_peer_that_is_nobody",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { 0.0.0.0 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:67: error: unicast_peer: 0.0.0.0 is not the address of a router\n"},
	{"a_peer_given_twice",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { 10.0.0.2 10.0.0.2 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:76: warning: unicast_peer: 10.0.0.2 is given again: this one is left out\n"},
	{"a_peer_that_is_the_router_itself",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_src_ip 10.0.0.9 unicast_peer { 10.0.0.2 10.0.0.9 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:100: warning: unicast_peer: 10.0.0.9 is this router itself: it is left out\n"},
	{"a_peer_with_a_prefix",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { 10.0.0.2/24 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:67: error: expected an address as 10.0.0.1, not '10.0.0.2/24'\n"},
	{"limits_of_a_peer_that_exclude_each_other",
	 "vrrp_instance A { interface e0 virtual_router_id 1 unicast_peer { 10.0.0.2 min_ttl 9 max_ttl 8 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:67: error: min_ttl 9 is above max_ttl 8\n"},
	{"a_group_that_is_none",
	 "vrrp_instance A { interface e0 virtual_router_id 1 mcast_dst_ip 10.0.0.9 virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:65: error: mcast_dst_ip: expected an IPv4 multicast address\n"},
	{"a_group_of_the_other_family",
	 "vrrp_instance A { interface e0 virtual_router_id 1 mcast_dst_ip 224.0.0.9 virtual_ipaddress { fe80::1 } }\n",
	 "test:1:65: error: mcast_dst_ip: expected an IPv6 multicast address\n"},
	{"a_group_beside_peers",
	 "vrrp_instance A { interface e0 virtual_router_id 1 mcast_dst_ip 224.0.0.9 unicast_peer { 10.0.0.2 } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:65: warning: 'mcast_dst_ip' has no effect: adverts go by unicast\n"},
	{"a_default_group_of_the_other_family", "global_defs { vrrp_mcast_group6 224.0.0.18 }\n",
	 "test:1:33: error: vrrp_mcast_group6: expected an IPv6 multicast address\n"},
	{"native_ipv6_with_ipv4_addresses",
	 "vrrp_instance A { interface e0 virtual_router_id 1 native_ipv6 virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:52: warning: 'native_ipv6' has no effect: the instance's addresses are IPv4\n"},
	{"an_unexpected_word",
	 "vrrp_instance A { interface e0 virtual_router_id 1 priority 5 or so }\n",
	 "test:1:63: error: unexpected word after 'priority': 'or' in vrrp_instance\n"},
	{"an_unexpected_word_near_a_keyword",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { weight 1 TCP_CHEK { } } }\n",
	 "test:1:78: error: unexpected word after 'weight': 'TCP_CHEK' in real_server; did you mean 'TCP_CHECK'?\n"},
	{"an_open_quote",
	 "global_defs {\n"
	 " router_id \"x\n"
	 "}\n",
	 "test:2:12: error: missing '\"' to close the one opened here\n"},
	{"an_open_quote_in_a_command",
	 "vrrp_instance A { interface e0 virtual_router_id 1 notify 'x }\n"
	 "}\n",
	 "test:1:59: error: missing closing quote\n"},
	{"a_quote_open_within_a_command",
	 "vrrp_instance A { interface e0 virtual_router_id 1 notify \"x 'y\" }\n",
	 "test:1:59: error: notify: a quote within the command is not closed\n"},
	{"an_empty_command", "vrrp_instance A { interface e0 virtual_router_id 1 notify \"\" }\n",
	 "test:1:59: error: notify: the command is empty\n"},
	{"a_stray_byte",
	 "global_defs {\n"
	 " router_id x \001 y\n"
	 "}\n",
	 "test:2:14: error: stray byte 0x01: the words after it are not read\n"},
	{"a_brace_that_opens_nothing",
	 "{ a }\n"
	 "vrrp_instance A { interface e0 virtual_router_id 1 \n"
	 "{ b } }\n",
	 "test:1:1: error: unexpected '{': no block begins here\n"
	 "test:3:1: error: unexpected '{': no block begins here\n"},
	{"a_brace_that_closes_nothing",
	 "vrrp_instance A { interface e0 virtual_router_id 1 }\n"
	 "}\n",
	 "test:2:1: error: unexpected '}': no block is open\n"},
	{"an_extra_brace_within_a_block",
	 "vrrp_instance A {\n"
	 " interface e0 }\n"
	 " virtual_router_id 1\n"
	 "}\n",
	 "test:3:2: error: 'virtual_router_id' is outside of 'vrrp_instance', which a '}' before it has closed\n"},
	{"a_missing_open_brace",
	 "vrrp_instance A\n"
	 " interface e0\n"
	 " virtual_router_id 1\n"
	 "}\n",
	 "test:1:1: error: missing '{' after 'vrrp_instance'\n"},
	{"a_word_instead_of_a_brace",
	 "vrrp_instance A b {\n"
	 " interface e0\n"
	 " virtual_router_id 1\n"
	 "}\n",
	 "test:1:17: error: expected '{' after 'vrrp_instance', not 'b'\n"},
	{"a_missing_close_brace_at_the_end",
	 "vrrp_instance A {\n"
	 " interface e0\n"
	 " virtual_router_id 1\n",
	 "test:1:17: error: missing '}' for 'vrrp_instance', which was opened here\n"},
	{"a_missing_close_brace_before_a_block",
	 "vrrp_instance A {\n"
	 " interface e0\n"
	 " virtual_router_id 1\n"
	 "global_defs {\n"
	 "}\n",
	 "test:1:17: error: missing '}' for 'vrrp_instance', which was opened here\n"},
	{"a_missing_close_brace_by_indentation",
	 "vrrp_instance A {\n"
	 " interface e0\n"
	 " virtual_router_id 1\n"
	 " virtual_ipaddress {\n"
	 "  10.0.0.1\n"
	 "}\n"
	 "global_defs {\n"
	 "}\n",
	 "test:4:20: error: missing '}' for 'virtual_ipaddress', which was opened here\n"},
	{"a_missing_close_brace_of_a_list",
	 "vrrp_instance A {\n"
	 " interface e0\n"
	 " virtual_ipaddress {\n"
	 "  10.0.0.1\n"
	 " virtual_router_id 1\n"
	 "}\n",
	 "test:3:20: error: missing '}' for 'virtual_ipaddress', which was opened here\n"},
	{"a_missing_close_brace_of_an_unknown_block",
	 "xyzzy {\n"
	 " interface e0\n",
	 "test:1:1: error: unknown keyword 'xyzzy' in the file\n"
	 "test:1:7: error: missing '}' for the '{' here\n"},
	{"a_missing_name", "vrrp_instance { interface e0 virtual_router_id 1 }\n",
	 "test:1:1: error: 'vrrp_instance' needs a value: expected a word of at most 63 bytes\n"},
	{"a_missing_name_of_what_is_not_supported",
	 "vrrp_script {\n"
	 "}\n",
	 "test:1:1: warning: 'vrrp_script' is not supported: vdirector will not run this script to track its result\n"
	 "test:1:13: error: 'vrrp_script' needs a name\n"},
	{"a_keyword_not_supported",
	 "global_defs {\n"
	 " vrrp_strict\n"
	 " smtp_alert off\n"
	 " dynamic_interfaces\n"
	 "}\n",
	 "test:2:2: warning: 'vrrp_strict' is not supported: vdirector will not insist on the letter of the RFC\n"},
	{"a_block_not_supported",
	 "vrrp_script x {\n"
	 " script /x\n"
	 " interval a\n"
	 "}\n",
	 "test:1:1: warning: 'vrrp_script' is not supported: vdirector will not run this script to track its result\n"
	 "test:3:11: error: interval: expected seconds from 0 to 2147483, not 'a'\n"},
	{"a_value_given_twice",
	 "vrrp_instance A { interface e0 virtual_router_id 1 priority 5 priority 6 notify /a notify /b }\n",
	 "test:1:63: warning: 'priority' is given a second time: the last one counts\n"
	 "test:1:84: warning: 'notify' is given a second time: the first one counts\n"},
	{"a_password_too_long",
	 "vrrp_instance A { interface e0 virtual_router_id 1 authentication { auth_type PASS auth_pass 123456789 } }\n",
	 "test:1:94: warning: auth_pass has 9 bytes, of which only the first 8 are used\n"},
	{"a_password_without_a_type",
	 "vrrp_instance A { interface e0 virtual_router_id 1 authentication { auth_pass x } }\n",
	 "test:1:52: error: 'authentication' needs an 'auth_type'\n"},
	{"a_type_without_a_password",
	 "vrrp_instance A { interface e0 virtual_router_id 1 authentication { auth_type PASS } }\n",
	 "test:1:52: error: 'authentication' needs an 'auth_pass'\n"},
	{"an_authentication_header",
	 "vrrp_instance A { interface e0 virtual_router_id 1 authentication { auth_type AH auth_pass x } }\n",
	 "test:1:52: warning: 'auth_type AH' is not supported: vdirector will not put a password into adverts\n"},
	{"a_password_in_version_3",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 3 authentication { auth_type PASS auth_pass x } virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:62: warning: version 3 has no authentication: the password is not used\n"},
	{"a_missing_interface", "vrrp_instance A { virtual_router_id 1 }\n",
	 "test:1:1: error: 'vrrp_instance' needs an 'interface'\n"},
	{"a_missing_virtual_router_id", "vrrp_instance A { interface e0 }\n",
	 "test:1:1: error: 'vrrp_instance' needs a 'virtual_router_id'\n"},
	{"a_fraction_in_version_2",
	 "vrrp_instance A { interface e0 virtual_router_id 1 advert_int 0.4 }\n",
	 "test:1:63: error: advert_int: version 2 has whole seconds from 1 to 255, not 0.4; version 3 has fractions\n"},
	{"an_interval_too_long_for_version_3",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 3 advert_int 41 virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:73: error: advert_int: version 3 has at most 40.95 seconds\n"},
	{"an_interval_too_fine_for_version_3",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 3 advert_int 1.005 virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:73: warning: advert_int: version 3 has hundredths of a second: 1 is used\n"},
	{"version_3_without_addresses",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 3 }\n",
	 "test:1:1: error: version 3 needs a 'virtual_ipaddress'\n"},
	{"ipv6_in_version_2",
	 "vrrp_instance A { interface e0 virtual_router_id 1 version 2 virtual_ipaddress { fd00::1 } }\n",
	 "test:1:60: error: version 2 knows no IPv6: version 3 is needed\n"},
	{"addresses_of_both_families",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 fd00::1 } }\n",
	 "test:1:81: error: fd00::1 is not of the family of the instance's first address\n"},
	{"an_address_given_twice",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 10.0.0.2 10.0.0.1 } }\n",
	 "test:1:90: warning: 10.0.0.1 is given again: this one is left out\n"},
	{"a_source_of_another_family",
	 "vrrp_instance A { interface e0 virtual_router_id 1 mcast_src_ip fd00::1 virtual_ipaddress { 10.0.0.1 } }\n",
	 "test:1:65: error: the source address is not of the family of the instance's addresses\n"},
	{"nopreempt_with_state_master",
	 "vrrp_instance A { interface e0 virtual_router_id 1 state MASTER priority 100 nopreempt preempt_delay 5 }\n",
	 "test:1:78: warning: 'nopreempt' has no effect with state MASTER\n"
	 "test:1:102: warning: 'preempt_delay' has no effect with state MASTER\n"},
	{"nopreempt_of_an_owner",
	 "vrrp_instance A { interface e0 virtual_router_id 1 priority 255 nopreempt }\n",
	 "test:1:65: warning: 'nopreempt' has no effect with priority 255\n"},
	{"an_instance_name_used_twice",
	 "vrrp_instance A { interface e0 virtual_router_id 1 }\n"
	 "vrrp_instance A { interface e0 virtual_router_id 2 }\n",
	 "test:2:1: error: there already is a vrrp_instance 'A', at test:1\n"},
	{"a_virtual_router_used_twice",
	 "vrrp_instance A { interface e0 virtual_router_id 1 }\n"
	 "vrrp_instance B { interface e0 virtual_router_id 1 }\n",
	 "test:2:50: error: virtual_router_id 1 is already used on e0 for IPv4, at test:1\n"},
	{"a_service_used_twice",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { } }\n"
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { } }\n",
	 "test:2:1: error: there already is a virtual_server 10.0.0.1:80/tcp, at test:1\n"},
	{"a_service_without_servers",
	 "virtual_server 10.0.0.1 80 { protocol TCP sorry_server 127.0.0.1 80 }\n",
	 "test:1:1: error: 'virtual_server' needs at least one 'real_server'\n"},
	{"a_service_without_a_protocol",
	 "virtual_server 10.0.0.1 80 { real_server 10.0.0.2 80 { } }\n",
	 "test:1:1: warning: 'virtual_server' has no 'protocol': it is taken as UDP\n"},
	{"a_service_of_a_group",
	 "virtual_server group g { protocol TCP real_server 10.0.0.2 80 { SSL_GET { } } }\n",
	 "test:1:16: warning: 'group' is not supported: vdirector will not balance this service\n"},
	{"a_service_of_all_ports",
	 "virtual_server 10.0.0.1 { protocol TCP real_server 10.0.0.2 80 { } }\n",
	 "test:1:1: warning: a service of all ports is persistent: persistence_timeout is taken as 360\n"},
	{"a_service_without_an_address",
	 "virtual_server { protocol TCP real_server 10.0.0.2 80 { weight x } }\n",
	 "test:1:1: error: 'virtual_server' needs a value: expected an IPv4 or IPv6 address\n"
	 "test:1:64: error: weight: expected a number from 0 to 2147483647, not 'x'\n"},
	{"a_port_that_is_none",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 http { } }\n",
	 "test:1:64: error: port: expected a number from 0 to 65535, not 'http'\n"},
	{"a_mark_that_is_none", "virtual_server fwmark 0 { real_server 10.0.0.2 80 { } }\n",
	 "test:1:23: error: fwmark: expected a number from 1 to 4294967295, not '0'\n"},
	{"an_unknown_scheduler",
	 "virtual_server 10.0.0.1 80 { protocol TCP lb_algo wrrr real_server 10.0.0.2 80 { } }\n",
	 "test:1:51: error: lb_algo: expected one of rr, wrr, lc, wlc, lblc, lblcr, sh, mh, dh, fo, ovf, sed, nq, twos, not 'wrrr'; did you mean 'wrr'?\n"},
	{"an_unknown_kind_of_tunnel",
	 "virtual_server 10.0.0.1 80 { protocol TCP lb_kind TUN type gue port 1\n"
	 "real_server 10.0.0.2 80 { } }\n",
	 "test:1:60: warning: this kind of tunnel is not supported: vdirector will use ipip\n"},
	{"a_quorum_out_of_reach",
	 "virtual_server 10.0.0.1 80 { protocol TCP quorum 3 hysteresis 2 real_server 10.0.0.2 80 { } }\n",
	 "test:1:50: warning: quorum 3 can never be reached: it is lowered to 1, the sum of the weights\n"
	 "test:1:63: warning: hysteresis 2 is not below the quorum: it is lowered to 0\n"},
	{"a_server_given_twice",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { }\n"
	 "real_server 10.0.0.2 80 { } }\n",
	 "test:2:1: warning: [10.0.0.2]:80 is given again (first in line 1): this one is left out\n"},
	{"a_server_of_another_family",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server fd00::2 80 { } }\n",
	 "test:1:43: error: fd00::2 is not of the service's family (IPv4); only TUN allows that\n"},
	{"a_port_changed_in_direct_routing",
	 "virtual_server 10.0.0.1 80 { protocol TCP lb_kind DR real_server 10.0.0.2 8080 { } }\n",
	 "test:1:54: warning: port 8080 is changed to 80: with DR a server has the service's port\n"},
	{"a_check_without_a_port",
	 "virtual_server fwmark 1 { real_server 10.0.0.2 { TCP_CHECK { } } }\n",
	 "test:1:50: error: there is no port to connect to: 'TCP_CHECK' needs a 'connect_port'\n"},
	{"a_check_without_a_url",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET { } } }\n",
	 "test:1:69: error: 'HTTP_GET' needs at least one 'url'\n"},
	{"a_url_without_a_path",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET { url { } } } }\n",
	 "test:1:80: error: 'url' needs a 'path'\n"},
	{"a_status_code_out_of_range",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET { url { path / status_code 200 99 } } } }\n",
	 "test:1:109: error: status_code: expected codes or ranges from 100 to 999, as '200-299 301', not '99'\n"},
	{"a_digest_too_short",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET { url { path / digest 12 } } } }\n",
	 "test:1:100: error: digest: expected 32 hexadecimal digits, not '12'\n"},
	{"a_regular_expression_that_is_none",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET { url { path / regex \"a(b\" } } } }\n",
	 "test:1:99: error: regex: missing closing parenthesis at offset 3 of the expression\n"},
	{"a_regular_expression_with_a_nul",
	 "virtual_server 10.0.0.1 80 { protocol TCP real_server 10.0.0.2 80 { HTTP_GET { url { path / regex \"a\\000b\" } } } }\n",
	 "test:1:99: error: a NUL byte in a word\n"},
	{"an_include_in_a_text", "include x\n",
	 "test:1:1: error: 'include' is not possible in this text\n"},
	{"an_include_without_a_name", "include\n",
	 "test:1:1: error: 'include' needs the name of a file\n"},
	{"a_brace_in_a_list_of_addresses",
	 "vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { { 10.0.0.1 } } }\n",
	 "test:1:72: error: unexpected '{' in a list of addresses\n"},
	{"a_brace_in_a_list", "global_defs { notification_email { { a } } }\n",
	 "test:1:15: warning: 'notification_email' is not supported: vdirector will not send mail to these addresses\n"
	 "test:1:36: error: unexpected '{' in a list\n"},
};

#define N_MISTAKES (sizeof(mistakes) / sizeof(*mistakes))

static char *printed(const struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	diagnostics_print(diagnostics, out);
	fclose(out);
	return text;
}

static void mistake_is_reported(void **state)
{
	const struct mistake *mistake = *state;
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf =
		conf_load_text("test", mistake->text, strlen(mistake->text), NULL, diagnostics);
	char *text = printed(diagnostics);

	assert_string_equal(text, mistake->reported);
	/* A configuration comes back exactly if there was no error. */
	assert_int_equal(conf != NULL, diagnostics_count(diagnostics, DIAGNOSTIC_ERROR) == 0);
	assert_int_equal(diagnostics_exit(diagnostics, true),
			 conf ? CONF_EXIT_WARNINGS : CONF_EXIT_INVALID);
	assert_int_equal(diagnostics_exit(diagnostics, false),
			 conf ? CONF_EXIT_CLEAN : CONF_EXIT_INVALID);
	free(text);
	conf_free(conf);
	diagnostics_destroy(diagnostics);
}

static void ten_mistakes_give_ten_diagnostics(void **state)
{
	static const uint32_t lines[10] = {4, 7, 9, 12, 15, 20, 24, 26, 30, 37};
	struct diagnostics *diagnostics = diagnostics_create();
	size_t i;

	(void)state;
	assert_null(conf_load("tests/data/conf/ten-mistakes.conf", NULL, diagnostics));
	for (i = 0; i < 10; i++) {
		const struct diagnostic *diagnostic = diagnostics_get(diagnostics, i);

		assert_non_null(diagnostic);
		assert_int_equal(diagnostic->line, lines[i]);
		assert_true(diagnostic->column > 0);
		assert_non_null(strchr(diagnostic->text, '\''));
	}
	assert_null(diagnostics_get(diagnostics, 10));
	diagnostics_destroy(diagnostics);
}

static void canonical_text_has_no_macros(void **state)
{
	static const char text[] = "$X=5\n@a global_defs { }\nglobal_defs { vrrp_strict }\n";
	struct diagnostics *diagnostics = diagnostics_create();
	char *reported;

	(void)state;
	assert_null(conf_parse("test", text, strlen(text), diagnostics));
	reported = printed(diagnostics);
	assert_string_equal(reported, "test:1:1: error: unknown keyword '$X=5' in the file\n"
				      "test:2:1: error: unknown keyword '@a' in the file\n");
	free(reported);
	diagnostics_destroy(diagnostics);
}

static void an_unreadable_file_is_told_apart(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	char *text;

	(void)state;
	assert_null(conf_load("tests/data/conf/none.conf", NULL, diagnostics));
	text = printed(diagnostics);
	assert_string_equal(text, "tests/data/conf/none.conf: error: cannot be read: No such file "
				  "or directory\n");
	assert_int_equal(diagnostics_exit(diagnostics, false), CONF_EXIT_UNREADABLE);
	free(text);
	diagnostics_destroy(diagnostics);
}

static void a_flood_of_mistakes_is_cut(void **state)
{
	struct diagnostics *diagnostics = diagnostics_create();
	size_t n = DIAGNOSTICS_MAX + 10;
	char *text = malloc(2 * n);
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < n; i++)
		memcpy(text + 2 * i, "}\n", 2);
	assert_null(conf_parse("test", text, 2 * n, diagnostics));
	assert_int_equal(diagnostics_total(diagnostics), DIAGNOSTICS_MAX + 1);
	assert_int_equal(diagnostics_count(diagnostics, DIAGNOSTIC_ERROR), n);
	free(text);
	diagnostics_destroy(diagnostics);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(ten_mistakes_give_ten_diagnostics),
		cmocka_unit_test(canonical_text_has_no_macros),
		cmocka_unit_test(an_unreadable_file_is_told_apart),
		cmocka_unit_test(a_flood_of_mistakes_is_cut),
	};
	struct CMUnitTest tests[N_MISTAKES + sizeof(others) / sizeof(*others)];
	size_t i;

	memcpy(tests + N_MISTAKES, others, sizeof(others));
	for (i = 0; i < N_MISTAKES; i++)
		tests[i] = (struct CMUnitTest){
			.name = mistakes[i].name,
			.test_func = mistake_is_reported,
			.initial_state = (void *)(uintptr_t)&mistakes[i],
		};
	return cmocka_run_group_tests_name("conf_diagnostic", tests, NULL, NULL);
}
