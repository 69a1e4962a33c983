/*
 * The keywords of vrrp_instance and the blocks within it.  How to read a row: keyword.h.
 */
#include "conf/table/keyword_rows.h"
#include "conf/table/word.h"

/* Where most values are kept. */
#define INSTANCE(member) AT(struct instance_conf, member)

static const struct choice states[] = {{"MASTER", true}, {"BACKUP", false}, {0}};
static const struct choice old_checksums[] = {
	{"auto", OLD_CHECKSUM_AUTO},
	{"always", OLD_CHECKSUM_ALWAYS},
	{"never", OLD_CHECKSUM_NEVER},
	{0},
};
static const struct choice auth_types[] = {{"PASS", AUTH_PASS}, {"AH", AUTH_AH}, {0}};

static const struct keyword ipvlan_heads[] = {
	{"INTERFACE", STRING, OPTIONAL("")},
	{"ADDRESS", FORM(word_prefix), OPTIONAL("")},
};
static const struct keyword ipvlan_rows[] = {
	{"name", NAME(15), SHOWN("INTERFACE"), LACKS("call the ipvlan interface so")},
	{"bridge", FLAG, LACKS("let ipvlan interfaces reach each other")},
	{"private", FLAG, LACKS("keep ipvlan interfaces from each other")},
	{"vepa", FLAG, LACKS("send between ipvlan interfaces through the switch")},
	{"group", STRING, SHOWN("NUMBER|NAME"),
	 LACKS("put the interface into this group of interfaces")},
};

/* What "preempt" makes of nopreempt. */
static const struct choice preemptions[] = {{"yes", false}, {0}};

static const struct keyword instance_rows[] = {
	/* Identity and election */
	{"state", CHOICE(states), INSTANCE(starts_active), DISTURBS(ELECTION), DEFAULT("BACKUP"),
	 DOES("wish for this role at start; MASTER cancels nopreempt and preempt_delay")},
	{"interface", NAME(15), INSTANCE(interface), SHOWN("NAME"),
	 OTHERWISE("required; with unicast the one that has unicast_src_ip"),
	 DOES("send and hear adverts on this interface")},
	{"virtual_router_id", INTEGER(1, 255), INSTANCE(vrid), OTHERWISE("required"),
	 DOES("be this virtual router")},
	{"priority", INTEGER(1, 255), INSTANCE(priority), DISTURBS(ELECTION), DEFAULT("100"),
	 OTHERWISE("100; 255 with state MASTER"),
	 DOES("be elected by this priority; 255 = owner of the addresses")},
	{"version", INTEGER(2, 3), INSTANCE(version), DISTURBS(AGREEMENT),
	 OTHERWISE("vrrp_version; 3 for IPv6"), DOES("use this version of the protocol")},
	{"advert_int", SECONDS(0.01, 255), INSTANCE(advert_interval), DISTURBS(AGREEMENT),
	 DEFAULT("1"),
	 DOES("advertise so often; whole seconds in version 2, at most 40.95 s in version 3")},
	{"nopreempt", FLAG, INSTANCE(nopreempt), DISTURBS(ELECTION),
	 DOES("leave an Active router of lower priority in place")},
	{"preempt", CHOICE(preemptions), INSTANCE(nopreempt), ALIAS, OPTIONAL("yes"), SHOWN(""),
	 DOES("take over from an Active router of lower priority; that is the default")},
	{"preempt_delay", SECONDS(0, 1000), INSTANCE(preempt_delay), DEFAULT("0"),
	 DOES("wait so long before taking over from a lower priority")},
	{"mcast_src_ip", IP, INSTANCE(transport.source), DISTURBS(SOURCE),
	 OTHERWISE("the interface's first"), DOES("send adverts from this address")},
	{"unicast_src_ip", IP, AT(struct instance_draft, unicast_source),
	 DOES("send adverts from this address")},
	{"v3_checksum_as_v2", BOOL, INSTANCE(checksum_plain), OTHERWISE("that of global_defs"),
	 DOES("leave the pseudo-header out of the checksum of VRRPv3 over IPv4")},
	{"authentication", BLOCK_OF(AUTHENTICATION),
	 DOES("put a password into adverts (version 2)")},
	{"virtual_ipaddress", ADDRESSES(ADDRESS), DOES("hold these addresses while Active")},
	{"virtual_ipaddress_excluded", ADDRESSES(EXCLUDED),
	 DOES("hold these addresses, which adverts do not list, while Active")},
	{"address_lease", CHOICE(leases), .max = ADDRESS_LEASE_MAX, INSTANCE(address_lease),
	 UNIT("s"), SHOWN("off|SECONDS"), OTHERWISE("that of global_defs"),
	 DOES("let the kernel remove addresses that nobody has renewed for so long")},
	{"no_virtual_ipaddress", FLAG, INSTANCE(no_virtual_ipaddress),
	 DOES("run without addresses")},

	/* Announcements */
	{"garp_master_delay", SECONDS(0, SECONDS_MAX), INSTANCE(garp.delay),
	 OTHERWISE("vrrp_garp_master_delay"),
	 DOES("announce addresses a second time so long after becoming Active; 0 = once")},
	{"garp_master_repeat", INTEGER(0, 10000), INSTANCE(garp.repeat),
	 OTHERWISE("vrrp_garp_master_repeat"),
	 DOES("send so many announcements per address at a time")},
	{"garp_master_refresh", SECONDS(0, SECONDS_MAX), INSTANCE(garp.refresh),
	 OTHERWISE("vrrp_garp_master_refresh"),
	 DOES("announce addresses again so often while Active; 0 = never")},
	{"garp_master_refresh_repeat", INTEGER(0, 10000), INSTANCE(garp.refresh_repeat),
	 OTHERWISE("vrrp_garp_master_refresh_repeat"),
	 DOES("send so many announcements per address at a refresh")},

	/* Scripts */
	{"notify_master", COMMAND, INSTANCE(notify_active),
	 DOES("run this when the instance becomes Active")},
	{"notify_backup", COMMAND, INSTANCE(notify_backup),
	 DOES("run this when the instance becomes Backup")},
	{"notify_fault", COMMAND, INSTANCE(notify_fault),
	 DOES("run this when the instance is in fault")},
	{"notify_stop", COMMAND, INSTANCE(notify_stop), DOES("run this when the instance stops")},
	{"notify", COMMAND, INSTANCE(notify),
	 DOES("run this at any change, with INSTANCE NAME STATE PRIORITY")},
	{"fence_script", COMMAND, INSTANCE(fence_script),
	 DOES("run this with NAME before taking over from a router that is silent")},
	{"fence_timeout", SECONDS(1, 3600), INSTANCE(fence_timeout), DEFAULT("30"),
	 DOES("end fence_script after so long")},
	{"probe_before_active", SECONDS(0.1, 10), INSTANCE(probe_wait), OPTIONAL("0.5"),
	 OTHERWISE("off"),
	 DOES("ask so long for the addresses before taking over from a router that is silent")},
	{"notify_deleted", COMMAND, OPTIONAL(""),
	 LACKS("run this when a reload removes the instance")},
	{"notify_master_rx_lower_pri", COMMAND,
	 LACKS("run this at an advert of lower priority while Active")},
	{"notify_priority_changes", BOOL, OTHERWISE("vrrp_notify_priority_changes"),
	 LACKS("write changes of priority to a fifo")},
	{"smtp_alert", BOOL, OTHERWISE("smtp_alert_vrrp"),
	 LACKS("send mail when the instance changes")},

	/* Election, further */
	{"down_timer_adverts", INTEGER(1, 100), INSTANCE(down_adverts),
	 OTHERWISE("vrrp_down_timer_adverts"), DOES("take over after so many missing adverts")},
	{"flap_damping", BOOL, AT(struct instance_conf, flap_damping),
	 DOES("wait for up to twice as many missing adverts where some are lost on the way")},
	{"timer_expired_backup", INTEGER(1, 254), OPTIONAL("254"),
	 IGNORES("become Backup after it was late; it always listens first")},
	{"thread_timer_expired", INTEGER(1, 254), OPTIONAL("254"), ALIAS,
	 IGNORES("become Backup after it was late; it always listens first")},
	{"strict_mode", BOOL, INSTANCE(strict), OTHERWISE("vrrp_strict"),
	 LACKS("drop packets to the addresses (the other rules of strict mode are kept)")},
	{"accept", FLAG, IGNORES("accept packets to the addresses; that is the default")},
	{"no_accept", FLAG, LACKS("refuse packets to the addresses")},
	{"skip_check_adv_addr", BOOL, INSTANCE(checks.skip_check_adv_addr),
	 OTHERWISE("vrrp_skip_check_adv_addr"),
	 DOES("compare the addresses in adverts only when another router advertises")},
	{"owner_ignore_adverts", BOOL, INSTANCE(checks.owner_ignore_adverts),
	 OTHERWISE("vrrp_owner_ignore_adverts"),
	 DOES("listen to nobody as owner of the addresses (priority 255)")},
	{"lower_prio_no_advert", BOOL, INSTANCE(lower_prio_no_advert),
	 OTHERWISE("vrrp_lower_prio_no_advert"),
	 DOES("leave adverts of lower priority unanswered")},
	/* A peer that never heard us must announce once more, since hosts may have heard only us;
	 * an advert makes it do so. RFC 9568 6.4.3 asks for none, and forbids none. */
	{"higher_prio_send_advert", BOOL,
	 IGNORES("send an advert before giving way to a higher priority; always done, so that "
		 "the other one announces again")},
	{"debug", INTEGER(0, 4), IGNORES("log more; -D does")},

	/* Transport */
	{"track_src_ip", FLAG,
	 IGNORES("be in fault while the source address is missing; it always is")},
	{"mcast_dst_ip", IP, INSTANCE(transport.group), DISTURBS(AGREEMENT),
	 OTHERWISE("vrrp_mcast_group4 or vrrp_mcast_group6"),
	 DOES("send adverts to this multicast group")},
	{"heartbeat_interface", NAMES(1, 8), INSTANCE(transport.heartbeats),
	 DOES("send and hear adverts over these interfaces, too")},
	{"heartbeat_group", IP, INSTANCE(transport.heartbeat_group),
	 OTHERWISE("the instance's group"),
	 DOES("send adverts to this multicast group on heartbeat_interface")},
	{"unicast_peer", ADDRESSES(PEER),
	 DOES("send adverts by unicast to these routers, and hear no others")},
	{"unicast_ttl", INTEGER(1, 255), INSTANCE(transport.unicast_ttl), DEFAULT("255"),
	 DISTURBS(AGREEMENT), DOES("send unicast adverts with this TTL or hop limit")},
	{"unicast_fault_no_peer", FLAG, INSTANCE(transport.fault_no_peer),
	 DOES("be in fault without unicast peers")},
	{"check_unicast_src", BOOL, INSTANCE(transport.check_unicast_src), DEFAULT("yes"),
	 OTHERWISE("vrrp_check_unicast_src"), DOES("believe unicast adverts only of the peers")},
	{"old_unicast_checksum", CHOICE(old_checksums), OPTIONAL("always"), SHOWN("[always|never]"),
	 INSTANCE(transport.old_checksum), OTHERWISE("accepted, and answered in kind"),
	 DOES("send version 3 unicast with keepalived's checksum of before 1.3.7, or refuse it")},
	{"native_ipv6", FLAG, INSTANCE(transport.native_ipv6),
	 DOES("use IPv6 where neither an address nor a peer says so")},
	{"use_vmac", REST(0), INSTANCE(vmac.words), DISTURBS(HARDWARE_ADDRESS),
	 SHOWN("[[name] INTERFACE] [MAC]"),
	 DOES("hold its addresses on an interface of their own that has the virtual router's "
	      "hardware address")},
	{"vmac_xmit_base", FLAG, INSTANCE(vmac.xmit_base),
	 DOES("send adverts from the interface below the virtual MAC")},
	{"use_vmac_addr", FLAG,
	 LACKS("use virtual MAC addresses for addresses on other interfaces too")},
	{"use_ipvlan", LINE(IPVLAN), SHOWN("[[name] INTERFACE] [ADDRESS] [OPTION...]"),
	 LACKS("use an ipvlan interface")},
	{"vrf", NAME(15), SHOWN("NAME"), LACKS("send and hear adverts in this VRF")},
	{"kernel_rx_buf_size", INTEGER(0, UINT32_MAX), UNIT("bytes"),
	 IGNORES("size its receive buffer so; a busy socket is polled instead")},
	{"auth_hmac", BLOCK_OF(AUTH_HMAC),
	 DOES("sign adverts with HMAC-SHA256, and believe no others")},

	/* Addresses, routes, tracking */
	{"promote_secondaries", FLAG,
	 LACKS("set the sysctl that keeps other addresses when the first one goes")},
	{"virtual_routes", ENTRIES(ROUTE), LACKS("have these routes while Active")},
	{"virtual_rules", ENTRIES(RULE), LACKS("have these routing rules while Active")},
	{"dont_track_primary", FLAG, LACKS("run on while its interface is down")},
	{"linkbeat_use_polling", FLAG,
	 IGNORES("poll the link state; the kernel tells of changes at once")},

	/* Announcements, further */
	{"garp_lower_prio_delay", SECONDS(0, SECONDS_MAX), INSTANCE(garp.lower_delay),
	 OTHERWISE("vrrp_garp_lower_prio_delay"),
	 DOES("announce addresses a second time so long after an advert of lower priority")},
	{"garp_lower_prio_repeat", INTEGER(0, 10000), INSTANCE(garp.lower_repeat),
	 OTHERWISE("vrrp_garp_lower_prio_repeat"),
	 DOES("send so many announcements per address after an advert of lower priority")},
	{"garp_extra_if", LINE(EXTRA_IF), SHOWN("[all] SECONDS"), OTHERWISE("vrrp_garp_extra_if"),
	 LACKS("announce so often on interfaces that send no adverts")},
	{"vmac_garp_intvl", LINE(EXTRA_IF), ALIAS,
	 LACKS("announce so often on interfaces that send no adverts")},
	{"lvs_sync_daemon_interface", NAME(15), SHOWN("INTERFACE"),
	 LACKS("synchronise IPVS connections over this interface")},
	{"lvs_sync_daemon_inteface", NAME(15), SHOWN("INTERFACE"), MISNOMER,
	 LACKS("synchronise IPVS connections over this interface")},
};

static const struct keyword peer_rows[] = {
	{"min_ttl", INTEGER(0, 255), AT(struct peer_conf, min_ttl), DEFAULT("0"),
	 DISTURBS(AGREEMENT), DOES("refuse this peer's adverts with a lower TTL or hop limit")},
	{"max_ttl", INTEGER(0, 255), AT(struct peer_conf, max_ttl), DEFAULT("255"),
	 DISTURBS(AGREEMENT), DOES("refuse this peer's adverts with a higher TTL or hop limit")},
};

static const struct keyword authentication_rows[] = {
	{"auth_type", CHOICE(auth_types), INSTANCE(auth_type), DISTURBS(AGREEMENT),
	 DOES("put a password into adverts")},
	{"auth_pass", PASSWORD, INSTANCE(auth_pass), DISTURBS(AGREEMENT),
	 DOES("use this password of up to 8 bytes")},
};

static const struct choice anti_replays[] = {{"time", false}, {"monotonic", true}, {0}};

static const struct keyword auth_hmac_rows[] = {
	{"key", KEY, SHOWN("NUMBER VALUE"), OTHERWISE("required"),
	 DOES("know this key: a number from 1 to 255, and 32 to 64 bytes as text, hex:DIGITS or "
	      "file:PATH")},
	{"active_key", INTEGER(1, 255), INSTANCE(hmac.active_key), DISTURBS(AGREEMENT),
	 OTHERWISE("the first one"), DOES("sign with the key of this number")},
	{"time_window", INTEGER(1, 300), INSTANCE(hmac.time_window), UNIT("s"),
	 OTHERWISE("3 advert intervals, at least 5"),
	 DOES("refuse adverts whose time differs from ours by more than this")},
	{"anti_replay", CHOICE(anti_replays), INSTANCE(hmac.monotonic), OTHERWISE("time"),
	 DOES("refuse repeated adverts by time and sequence, or (monotonic) by sequence alone")},
	{"mode", CHOICE(hmac_modes), INSTANCE(hmac.mode), DISTURBS(AGREEMENT), OTHERWISE("enforce"),
	 DOES("refuse unsigned adverts (enforce), accept them (permissive), or accept and send "
	      "them (receive-only)")},
};

DEFINE_BLOCK(INSTANCE, "vrrp_instance", .argument = "a name", PART(0, instance_rows, 0),
	     PART(1, track_rows, 0));
DEFINE_BLOCK(PEER, "unicast_peer", ROWS(peer_rows));
DEFINE_BLOCK(AUTHENTICATION, "authentication", ROWS(authentication_rows));
DEFINE_BLOCK(AUTH_HMAC, "auth_hmac", ROWS(auth_hmac_rows));
DEFINE_BLOCK(IPVLAN, "use_ipvlan", ROWS(ipvlan_rows), HEADS(ipvlan_heads, 0));
