/*
 * The keywords of vrrp_instance and the blocks within it.  How to read a row: keyword.h.
 */
#include <linux/rtnetlink.h>

#include "conf/keyword_rows.h"

static const struct choice states[] = {{"MASTER", true}, {"BACKUP", false}, {0}};
static const struct choice auth_types[] = {{"PASS", AUTH_PASS}, {"AH", AUTH_NONE}, {0}};
static const struct choice anti_replays[] = {{"time", false}, {"monotonic", true}, {0}};
static const struct choice hmac_modes[] = {
	{"enforce", HMAC_ENFORCE},
	{"permissive", HMAC_PERMISSIVE},
	{"receive-only", HMAC_RECEIVE_ONLY},
	{0},
};
static const struct choice lifetimes[] = {{"forever", ADDRESS_FOREVER}, {0}};
static const struct choice scopes[] = {
	{"global", RT_SCOPE_UNIVERSE}, {"site", RT_SCOPE_SITE},	      {"link", RT_SCOPE_LINK},
	{"host", RT_SCOPE_HOST},       {"nowhere", RT_SCOPE_NOWHERE}, {0},
};

static const struct keyword instance_rows[] = {
	/* Identity and election */
	{"state", CHOICE(states), AT(struct instance_conf, starts_active), DEFAULT("BACKUP"),
	 DOES("wish for this role at start")},
	{"interface", NAME(15), AT(struct instance_conf, interface), FIXED,
	 DOES("run on this interface")},
	{"virtual_router_id", INTEGER(1, 255), AT(struct instance_conf, vrid), FIXED,
	 DOES("be this virtual router")},
	{"priority", INTEGER(1, 255), AT(struct instance_conf, priority), DEFAULT("100"),
	 DOES("be elected by this priority; 255 = owner of the addresses")},
	{"version", INTEGER(2, 3), AT(struct instance_conf, version),
	 DOES("use this protocol version; default: vrrp_version, 3 for IPv6")},
	{"advert_int", SECONDS(0.01, 255), AT(struct instance_conf, advert_interval), DEFAULT("1"),
	 DOES("advertise so often; whole seconds in version 2, at most 40.95 s in version 3")},
	{"nopreempt", FLAG, AT(struct instance_conf, nopreempt),
	 DOES("leave an Active router of lower priority in place")},
	{"preempt", FLAG, IGNORES("take over from an Active router of lower priority")},
	{"preempt_delay", SECONDS(0, 1000), AT(struct instance_conf, preempt_delay), DEFAULT("0"),
	 DOES("wait so long before taking over from a lower priority")},
	{"mcast_src_ip", IP, AT(struct instance_conf, transport.source),
	 DOES("send adverts from this address")},
	{"unicast_src_ip", IP, AT(struct instance_conf, transport.source), ALIAS,
	 DOES("send adverts from this address")},
	{"v3_checksum_as_v2", BOOL, AT(struct instance_conf, checksum_plain),
	 DOES("leave the pseudo-header out of the checksum of VRRPv3 over IPv4")},
	{"authentication", BLOCK_OF(BLOCK_AUTHENTICATION),
	 DOES("put a password into adverts (version 2)")},
	{"virtual_ipaddress", ADDRESSES(BLOCK_ADDRESS), DOES("hold these addresses while Active")},
	{"virtual_ipaddress_excluded", ADDRESSES(BLOCK_EXCLUDED),
	 DOES("hold these addresses, which adverts do not list, while Active")},
	{"address_lease", CHOICE(leases), .max = ADDRESS_LEASE_MAX,
	 AT(struct instance_conf, address_lease),
	 DOES("let the kernel remove addresses when nobody has renewed them for so many seconds; "
	      "off: never")},
	{"no_virtual_ipaddress", FLAG, AT(struct instance_conf, no_virtual_ipaddress),
	 DOES("run without addresses")},

	/* Announcements */
	{"garp_master_delay", SECONDS(0, SECONDS_MAX), AT(struct instance_conf, garp.delay),
	 DOES("announce addresses a second time so long after becoming Active; 0 = once")},
	{"garp_master_repeat", INTEGER(0, 10000), AT(struct instance_conf, garp.repeat),
	 DOES("send so many announcements per address at a time")},
	{"garp_master_refresh", SECONDS(0, SECONDS_MAX), AT(struct instance_conf, garp.refresh),
	 DOES("announce addresses again so often while Active; 0 = never")},
	{"garp_master_refresh_repeat", INTEGER(0, 10000),
	 AT(struct instance_conf, garp.refresh_repeat),
	 DOES("send so many announcements per address at a refresh")},

	/* Scripts */
	{"notify_master", COMMAND, AT(struct instance_conf, notify_active),
	 DOES("run this when Active")},
	{"notify_backup", COMMAND, AT(struct instance_conf, notify_backup),
	 DOES("run this when Backup")},
	{"notify_fault", COMMAND, AT(struct instance_conf, notify_fault),
	 DOES("run this at a fault")},
	{"notify_stop", COMMAND, AT(struct instance_conf, notify_stop), DOES("run this at stop")},
	{"notify", COMMAND, AT(struct instance_conf, notify),
	 DOES("run this with INSTANCE NAME STATE PRIORITY at any change")},
	{"notify_deleted", COMMAND, OPTIONAL(""),
	 LACKS("run this when a reload removes the instance")},
	{"notify_master_rx_lower_pri", COMMAND,
	 LACKS("run this at an advert of lower priority while Active")},
	{"notify_priority_changes", BOOL, LACKS("write changes of priority to a fifo")},
	{"smtp_alert", BOOL, LACKS("send mail about changes")},

	/* Election, further */
	{"down_timer_adverts", INTEGER(1, 100), AT(struct instance_conf, down_adverts),
	 DOES("take over after so many missing adverts; default: vrrp_down_timer_adverts")},
	{"timer_expired_backup", INTEGER(1, 254), OPTIONAL("254"),
	 IGNORES("become Backup after it was late")},
	{"thread_timer_expired", INTEGER(1, 254), OPTIONAL("254"), ALIAS,
	 IGNORES("become Backup after it was late")},
	{"strict_mode", BOOL, LACKS("insist on the letter of the RFC")},
	{"accept", FLAG, IGNORES("accept packets to the addresses")},
	{"no_accept", FLAG, LACKS("refuse packets to the addresses")},
	{"skip_check_adv_addr", BOOL,
	 LACKS("compare the address list of adverts only when the sender changes")},
	{"owner_ignore_adverts", BOOL, LACKS("ignore adverts as owner of the addresses")},
	{"lower_prio_no_advert", BOOL, AT(struct instance_conf, lower_prio_no_advert),
	 DOES("leave adverts of lower priority unanswered")},
	{"higher_prio_send_advert", BOOL, AT(struct instance_conf, higher_prio_send_advert),
	 DOES("send an advert before giving way to a higher priority")},
	{"debug", INTEGER(0, 4), IGNORES("log more")},

	/* Transport */
	{"track_src_ip", FLAG, LACKS("call the loss of its source address a fault")},
	{"mcast_dst_ip", IP, AT(struct instance_conf, transport.group),
	 DOES("send adverts to this group; default: vrrp_mcast_group4 or vrrp_mcast_group6")},
	{"unicast_peer", ADDRESSES(BLOCK_PEER),
	 DOES("send adverts by unicast to these routers, and hear no others")},
	{"unicast_ttl", INTEGER(1, 255), AT(struct instance_conf, transport.unicast_ttl),
	 DEFAULT("255"), DOES("send unicast adverts with this TTL or hop limit")},
	{"unicast_fault_no_peer", FLAG, AT(struct instance_conf, transport.fault_no_peer),
	 DOES("be in fault without unicast peers")},
	{"check_unicast_src", BOOL, AT(struct instance_conf, transport.check_unicast_src),
	 DEFAULT("yes"), DOES("believe unicast adverts only of the peers")},
	{"old_unicast_checksum", WORDS(0, 1), IGNORES("accept old checksums")},
	{"native_ipv6", FLAG, AT(struct instance_conf, transport.native_ipv6),
	 DOES("use IPv6 where no address says so")},
	{"use_vmac", REST(0), LACKS("use a virtual MAC address")},
	{"vmac_xmit_base", FLAG, LACKS("send from the interface below a virtual MAC")},
	{"use_vmac_addr", FLAG, LACKS("use virtual MAC addresses on other interfaces")},
	{"use_ipvlan", REST(0), LACKS("use an ipvlan interface")},
	{"vrf", WORDS(1, 1), LACKS("bind to this VRF")},
	{"kernel_rx_buf_size", INTEGER(1, UINT32_MAX), IGNORES("size its receive buffer so")},
	{"auth_hmac", BLOCK_OF(BLOCK_AUTH_HMAC),
	 DOES("sign adverts with HMAC-SHA256, and believe no others")},

	/* Addresses, routes, tracking */
	{"promote_secondaries", FLAG, LACKS("switch on promote_secondaries")},
	{"virtual_routes", ENTRIES, LACKS("add these routes while Active")},
	{"virtual_rules", ENTRIES, LACKS("add these rules while Active")},
	{"dont_track_primary", FLAG, LACKS("run on while its interface is down")},
	{"track_interface", ENTRIES, LACKS("track these interfaces")},
	{"track_script", NAMES_OF(BLOCK_SCRIPT), LACKS("track these scripts")},
	{"track_file", NAMES_OF(BLOCK_TRACK_FILE), LACKS("track these files")},
	{"track_process", NAMES_OF(BLOCK_TRACK_PROCESS), LACKS("track these processes")},
	{"track_bfd", NAMES_OF(BLOCK_BFD), LACKS("track these BFD sessions")},
	{"linkbeat_use_polling", FLAG, IGNORES("poll the link state")},

	/* Announcements, further */
	{"garp_lower_prio_delay", SECONDS(0, SECONDS_MAX),
	 AT(struct instance_conf, garp.lower_delay),
	 DOES("announce addresses a second time so long after an advert of lower priority")},
	{"garp_lower_prio_repeat", INTEGER(0, 10000), AT(struct instance_conf, garp.lower_repeat),
	 DOES("send so many announcements per address after an advert of lower priority")},
	{"garp_extra_if", WORDS(1, 2), LACKS("announce on virtual MAC interfaces too")},
	{"vmac_garp_intvl", WORDS(1, 2), ALIAS, LACKS("announce on virtual MAC interfaces too")},
	{"lvs_sync_daemon_interface", WORDS(1, 1), LACKS("run the IPVS synchronisation daemon")},
};

static const struct keyword address_rows[] = {
	{"dev", NAME(15), AT(struct address_conf, interface),
	 DOES("put the address on this interface; default: the instance's")},
	{"scope", CHOICE(scopes), .max = 255, AT(struct address_conf, scope), DEFAULT("global"),
	 DOES("give the address this scope")},
	{"label", NAME(15), AT(struct address_conf, label), DOES("label the address so (IPv4)")},
	{"brd", BROADCAST, AT(struct address_conf, broadcast),
	 DOES("set this broadcast address; + and - compute it")},
	{"broadcast", BROADCAST, AT(struct address_conf, broadcast), ALIAS,
	 DOES("set this broadcast address; + and - compute it")},
	{"peer", WORDS(1, 1), LACKS("set a peer address")},
	{"preferred_lft", CHOICE(lifetimes), .max = ADDRESS_FOREVER - 1,
	 AT(struct address_conf, preferred_lft), DEFAULT("forever"),
	 DOES("prefer the address as a source for so many seconds; IPv6 /128: 0")},
	{"home", FLAG, LACKS("set the flag 'home'")},
	{"-nodad", FLAG, LACKS("detect duplicate addresses")},
	{"mngtmpaddr", FLAG, LACKS("set the flag 'mngtmpaddr'")},
	{"noprefixroute", FLAG, LACKS("leave out the prefix's route")},
	{"autojoin", FLAG, LACKS("set the flag 'autojoin'")},
	{"no_track", FLAG, LACKS("run on while that interface is down")},
	{"track_group", WORDS(1, 1), LACKS("follow a track_group")},
	{"use_vmac", REST(0), LACKS("use a virtual MAC address")},
};

static const struct keyword peer_rows[] = {
	{"min_ttl", INTEGER(0, 255), AT(struct peer_conf, min_ttl), DEFAULT("0"),
	 DOES("refuse this peer's adverts with a lower TTL or hop limit")},
	{"max_ttl", INTEGER(0, 255), AT(struct peer_conf, max_ttl), DEFAULT("255"),
	 DOES("refuse this peer's adverts with a higher TTL or hop limit")},
};

static const struct keyword authentication_rows[] = {
	{"auth_type", CHOICE(auth_types), AT(struct instance_conf, auth_type),
	 DOES("put a password into adverts")},
	{"auth_pass", PASSWORD, AT(struct instance_conf, auth_pass),
	 DOES("use this password of up to 8 bytes")},
};

static const struct keyword auth_hmac_rows[] = {
	{"key", KEY,
	 DOES("know this key: a number from 1 to 255, and 32 to 64 bytes as text, hex:DIGITS or "
	      "file:PATH")},
	{"active_key", INTEGER(1, 255), AT(struct instance_conf, hmac.active_key),
	 DOES("sign with the key of this number; default: the first")},
	{"time_window", INTEGER(1, 300), AT(struct instance_conf, hmac.time_window),
	 DOES("refuse adverts whose time differs from ours by more seconds; default: 3 advert "
	      "intervals, at least 5")},
	{"anti_replay", CHOICE(anti_replays), AT(struct instance_conf, hmac.monotonic),
	 DOES("refuse repeated adverts by time and sequence, or (monotonic) by sequence alone; "
	      "default: time")},
	{"mode", CHOICE(hmac_modes), AT(struct instance_conf, hmac.mode),
	 DOES("refuse unsigned adverts (enforce, the default), accept them (permissive), or "
	      "accept and send them (receive-only)")},
};

const struct block_type block_instance = {"vrrp_instance", "a name", {PART(instance_rows, 0)}};
const struct block_type block_address = {"virtual_ipaddress", NULL, {PART(address_rows, 0)}};
const struct block_type block_excluded = {
	"virtual_ipaddress_excluded", NULL, {PART(address_rows, 0)}};
const struct block_type block_peer = {"unicast_peer", NULL, {PART(peer_rows, 0)}};
const struct block_type block_authentication = {
	"authentication", NULL, {PART(authentication_rows, 0)}};
const struct block_type block_auth_hmac = {"auth_hmac", NULL, {PART(auth_hmac_rows, 0)}};
