/*
 * The keywords of the root level, global_defs and SSL.  How to read a row: keyword.h.
 */
#include "conf/table/keyword_rows.h"
#include "conf/table/word.h"

/* Where most values are kept. */
#define GLOBAL(member) AT(struct global_draft, member)

static const struct keyword root_rows[] = {
	{"global_defs", BLOCK_OF(GLOBAL), DOES("use these settings for the whole daemon")},
	{"vrrp_instance", BLOCK_OF(INSTANCE), DOES("run this virtual router")},
	{"virtual_server", BLOCK_OF(SERVICE),
	 SHOWN("ADDRESS [PORT]|fwmark NUMBER|group NAME { ... }"), DOES("balance this service")},
	{"vrrp_sync_group", BLOCK_OF(SYNC_GROUP), DOES("keep these instances in the same role")},
	{"vrrp_script", BLOCK_OF(SCRIPT), LACKS("run this script to track its result")},
	{"track_file", BLOCK_OF(TRACK_FILE), LACKS("track this file's value")},
	{"vrrp_track_file", BLOCK_OF(TRACK_FILE), ALIAS, LACKS("track this file's value")},
	{"vrrp_track_process", BLOCK_OF(TRACK_PROCESS), LACKS("track these processes")},
	{"garp_group", BLOCK_OF(GARP_GROUP),
	 DOES("keep a distance between the announcements on these interfaces")},
	{"static_ipaddress", ADDRESSES(STATIC_ADDRESS),
	 LACKS("add these addresses at start and remove them at stop")},
	{"static_routes", ENTRIES(STATIC_ROUTE),
	 LACKS("add these routes at start and remove them at stop")},
	{"static_rules", ENTRIES(STATIC_RULE),
	 LACKS("add these routing rules at start and remove them at stop")},
	{"track_group", BLOCK_OF(TRACK_GROUP),
	 LACKS("add static objects again when an interface of these instances returns")},
	{"virtual_server_group", ENTRIES(SERVICE_GROUP),
	 LACKS("balance the services of this group")},
	{"SSL", BLOCK_OF(SSL), LACKS("present this client certificate in SSL_GET checks")},
	{"bfd_instance", BLOCK_OF(BFD), LACKS("run this BFD session")},
	{"linkbeat_interfaces", ENTRIES(LINKBEAT),
	 IGNORES("poll the link state of these interfaces; the kernel tells of changes at once")},
	{"linkbeat_use_polling", FLAG,
	 IGNORES("poll the link state of all interfaces; the kernel tells of changes at once")},
	{"interface_up_down_delays", ENTRIES(INTERFACE_DELAY),
	 DOES("count these interfaces as down, and as up again, only after so long")},
	{"net_namespace", STRING, FIXED, SHOWN("NAME"), LACKS("run in this network namespace")},
	{"net_namespace_ipvs", STRING, OPTIONAL(""), FIXED, SHOWN("NAME"),
	 OTHERWISE("that of net_namespace"),
	 LACKS("use the IPVS of this network namespace; without a name, of the first one")},
	{"namespace_with_ipsets", FLAG, FIXED,
	 IGNORES("use ipsets in network namespaces; all kernels that run vdirector can")},
	{"instance", STRING, FIXED, SHOWN("NAME"),
	 LACKS("name its files and log lines after this instance of the daemon")},
	{"use_pid_dir", FLAG, FIXED,
	 IGNORES("keep its pid files in a folder of their own; --runtime-dir names one")},
	{"child_wait_time", INTEGER(0, UINT32_MAX), FIXED, DEFAULT("5"), UNIT("s"),
	 LACKS("wait so long at stop before it kills its processes")},
};

static const struct choice buffer_policies[] = {{"MTU", -1}, {"ADVERT", -2}, {0}};

static const struct keyword extra_if_heads[] = {{"SECONDS", SECONDS(1, 86400)}};
static const struct keyword extra_if_rows[] = {
	{"all", FLAG, LACKS("announce on all interfaces, not only virtual MAC interfaces")},
};
static const struct keyword sync_daemon_heads[] = {
	{"INTERFACE", NAME(15)},
	{"INSTANCE", STRING, OPTIONAL("")},
};
static const struct keyword sync_daemon_rows[] = {
	{"inst", STRING, SHOWN("INSTANCE"), LACKS("follow the role of this instance")},
	{"id", INTEGER(0, 255), OTHERWISE("the instance's virtual_router_id"),
	 LACKS("use this synchronisation id")},
	{"maxlen", INTEGER(1, 65507), UNIT("bytes"), LACKS("send packets of at most this length")},
	{"port", INTEGER(1, 65535), DEFAULT("8848"), LACKS("send to this UDP port")},
	{"ttl", INTEGER(1, 255), DEFAULT("1"), LACKS("send with this TTL")},
	{"group", IP, DEFAULT("224.0.0.81"), LACKS("send to this multicast group")},
};
static const struct keyword timeouts_rows[] = {
	{"tcp", INTEGER(0, 2678400), UNIT("s"),
	 LACKS("forget idle TCP connections after this time")},
	{"tcpfin", INTEGER(0, 2678400), UNIT("s"),
	 LACKS("forget closed TCP connections after this time")},
	{"udp", INTEGER(0, 2678400), UNIT("s"), LACKS("forget idle UDP flows after this time")},
};
static const struct keyword cpu_heads[] = {{"CPU", INTEGER(0, 4095), MANY}};
static const struct keyword smtp_server_heads[] = {
	{"HOST", STRING},
	{"PORT", INTEGER(1, 65535), OPTIONAL("")},
};

const struct choice leases[] = {{"off", 0}, {0}};

static const struct choice skip_choices[] = {
	{"all", true}, {"yes", true},  {"on", true},	 {"true", true},
	{"no", false}, {"off", false}, {"false", false}, {0},
};

static const struct keyword global_rows[] = {
	/* Who we are */
	{"router_id", STRING, GLOBAL(conf.router_id), SHOWN("NAME"), OTHERWISE("the host's name"),
	 DOES("call this node so")},
	{"lvs_id", STRING, GLOBAL(conf.router_id), MISNOMER, SHOWN("NAME"),
	 DOES("call this node so")},
	{"check_workers", INTEGER(1, 256), GLOBAL(conf.check_workers), FIXED,
	 OTHERWISE("one per CPU"), DOES("run so many processes for checks")},

	{"lenient", BOOL, GLOBAL(conf.lenient), DEFAULT("no"),
	 DOES("skip keywords that nobody knows, with a warning")},

	/* Scripts */
	{"script_user", USER, GLOBAL(conf.script_user),
	 OTHERWISE("vdirector_script or keepalived_script where there is one, else the daemon's"),
	 DOES("run scripts as this user, unless they name one")},
	{"enable_script_security", BOOL, GLOBAL(conf.enable_script_security), DEFAULT("no"),
	 DOES("refuse to run as root what others than root can change")},
	{"use_symlink_paths", BOOL, DEFAULT("no"),
	 LACKS("keep symbolic links in the paths of scripts")},
	{"set_supplementary_groups", BOOL, DEFAULT("no"),
	 LACKS("give scripts the further groups of their user")},
	{"startup_script", COMMAND, LACKS("run this before its other processes start")},
	{"startup_script_timeout", INTEGER(1, 1000), DEFAULT("10"), UNIT("s"),
	 LACKS("end startup_script after this time")},
	{"shutdown_script", COMMAND, LACKS("run this after its other processes have ended")},
	{"shutdown_script_timeout", INTEGER(1, 1000), DEFAULT("10"), UNIT("s"),
	 LACKS("end shutdown_script after this time")},

	/* Defaults of instances */
	{"vrrp_version", INTEGER(2, 3), GLOBAL(conf.vrrp_version), DEFAULT("2"),
	 DOES("use this protocol version for IPv4 instances that do not say")},
	{"vrrp_garp_master_delay", SECONDS(0, SECONDS_MAX), GLOBAL(conf.garp.delay), DEFAULT("5"),
	 DOES("announce addresses a second time so long after becoming Active; 0 = once")},
	{"vrrp_garp_master_repeat", INTEGER(0, 10000), GLOBAL(conf.garp.repeat), DEFAULT("5"),
	 DOES("send so many announcements per address at a time")},
	{"vrrp_garp_master_refresh", SECONDS(0, SECONDS_MAX), GLOBAL(conf.garp.refresh),
	 DEFAULT("60"), DOES("announce addresses again so often while Active; 0 = never")},
	{"vrrp_garp_master_refresh_repeat", INTEGER(0, 10000), GLOBAL(conf.garp.refresh_repeat),
	 DEFAULT("1"), DOES("send so many announcements per address at a refresh")},
	{"address_lease", CHOICE(leases), .max = ADDRESS_LEASE_MAX, GLOBAL(conf.address_lease),
	 DEFAULT("3"), UNIT("s"), SHOWN("off|SECONDS"),
	 DOES("let the kernel remove addresses that nobody has renewed for so long")},
	{"v3_checksum_as_v2", BOOL, GLOBAL(checksum_plain), DEFAULT("no"),
	 DOES("leave the pseudo-header out of the checksum of VRRPv3 over IPv4")},
	{"vrrp_strict", FLAG, GLOBAL(strict),
	 LACKS("drop packets to the addresses (the other rules of strict mode are kept)")},
	{"vrrp_skip_check_adv_addr", CHOICE(skip_choices), .flags = KEYWORD_ANY_CASE,
	 OPTIONAL("all"), GLOBAL(checks.skip_check_adv_addr), SHOWN("[all|no]"),
	 DOES("compare the addresses in adverts only when another router advertises")},
	{"vrrp_garp_interval", SECONDS(0, GARP_INTERVAL_MAX), GLOBAL(conf.garp_interval),
	 DEFAULT("0"), DOES("keep this distance between gratuitous ARPs on an interface")},
	{"vrrp_gna_interval", SECONDS(0, GARP_INTERVAL_MAX), GLOBAL(conf.gna_interval),
	 DEFAULT("0"), DOES("keep this distance between neighbour advertisements on an interface")},
	{"vrrp_garp_lower_prio_delay", SECONDS(0, SECONDS_MAX), GLOBAL(conf.garp.lower_delay),
	 OTHERWISE("vrrp_garp_master_delay"),
	 DOES("announce addresses a second time so long after an advert of lower priority")},
	{"vrrp_garp_lower_prio_repeat", INTEGER(0, 10000), GLOBAL(conf.garp.lower_repeat),
	 OTHERWISE("vrrp_garp_master_repeat"),
	 DOES("send so many announcements per address after an advert of lower priority")},
	{"vrrp_min_garp", BOOL, GLOBAL(min_garp), DEFAULT("no"),
	 DOES("announce each address once, unless the other keywords say otherwise")},
	{"vrrp_garp_extra_if", LINE(EXTRA_IF), SHOWN("[all] SECONDS"),
	 LACKS("announce so often on interfaces that send no adverts")},
	{"vrrp_vmac_garp_intvl", LINE(EXTRA_IF), ALIAS,
	 LACKS("announce so often on interfaces that send no adverts")},
	{"vrrp_down_timer_adverts", INTEGER(1, 100), GLOBAL(down_adverts), DEFAULT("3"),
	 DOES("take over after so many missing adverts")},
	{"vrrp_lower_prio_no_advert", BOOL, GLOBAL(lower_prio_no_advert), DEFAULT("no"),
	 DOES("leave adverts of lower priority unanswered")},
	{"vrrp_higher_prio_send_advert", BOOL,
	 IGNORES("send an advert before giving way to a higher priority; always done, so that "
		 "the other one announces again")},
	{"vrrp_owner_ignore_adverts", BOOL, GLOBAL(checks.owner_ignore_adverts), DEFAULT("no"),
	 DOES("listen to nobody as owner of the addresses (priority 255)")},
	{"vrrp_check_unicast_src", BOOL, GLOBAL(check_unicast_src), DEFAULT("yes"),
	 DOES("believe unicast adverts only of the peers")},
	{"vrrp_mcast_group4", IP, GLOBAL(group4), DEFAULT("224.0.0.18"),
	 DOES("send IPv4 adverts to this group")},
	{"vrrp_mcast_group6", IP, GLOBAL(group6), DEFAULT("ff02::12"),
	 DOES("send IPv6 adverts to this group")},
	{"vrrp_notify_priority_changes", BOOL, DEFAULT("no"),
	 LACKS("write changes of priority to a fifo")},
	{"vrrp_startup_delay", SECONDS(0.001, SECONDS_MAX), GLOBAL(conf.startup_delay),
	 OTHERWISE("none"),
	 DOES("listen so long after its start before an instance may become Active")},
	{"vrrp_delay_after_boot", SECONDS(0.001, SECONDS_MAX), GLOBAL(conf.delay_after_boot),
	 OTHERWISE("none"),
	 DOES("listen so long after the boot before an instance may become Active")},
	{"vrrp_rx_bufs_policy", CHOICE(buffer_policies), .max = UINT32_MAX,
	 SHOWN("MTU|ADVERT|BYTES"),
	 IGNORES("size receive buffers by this policy; a busy socket is polled instead")},
	{"vrrp_rx_bufs_multiplier", INTEGER(1, UINT32_MAX), DEFAULT("3"),
	 IGNORES("make receive buffers so many times larger")},
	{"log_unknown_vrids", FLAG, GLOBAL(conf.log_unknown_vrids),
	 DOES("warn of each virtual router that is heard and that no instance here is")},
	{"default_interface", NAME(15), SHOWN("INTERFACE"), GLOBAL(default_interface),
	 DEFAULT("eth0"),
	 DOES("hold addresses for which neither they nor their instance name an interface here")},
	{"dynamic_interfaces", WORDS(0, 1), SHOWN("[allow_if_changes]"),
	 IGNORES("wait for interfaces that do not exist yet; it always does")},
	{"disable_local_igmp", FLAG, FIXED,
	 LACKS("switch off IGMP reports for groups of the local network")},
	{"vmac_prefix", NAME(11), GLOBAL(vmac_prefix), SHOWN("NAME"), DEFAULT("vrrp"),
	 DOES("begin the names of virtual MAC interfaces so")},
	{"vmac_addr_prefix", NAME(15), SHOWN("NAME"), OTHERWISE("vmac_prefix"),
	 LACKS("begin the names of virtual MAC interfaces for addresses so")},
	{"vrrp_iptables", WORDS(0, 2), SHOWN("[INPUT [OUTPUT]]"),
	 LACKS("filter packets to the addresses with iptables")},
	{"vrrp_ipsets", WORDS(0, 6), SHOWN("[NAME...]"),
	 LACKS("filter packets to the addresses with ipsets")},
	{"nftables", STRING, OPTIONAL(""), SHOWN("TABLE"), DEFAULT("keepalived"),
	 LACKS("filter packets to the addresses with this nftables table")},
	{"nftables_priority", INTEGER(INT32_MIN, INT32_MAX), DEFAULT("-1"),
	 LACKS("filter at this priority of nftables")},
	{"nftables_ifindex", FLAG, LACKS("filter by the index of interfaces, not their name")},
	{"nftables_counters", FLAG, LACKS("count the packets that it filters")},

	/* Services */
	{"lvs_sync_daemon", LINE(SYNC_DAEMON), SHOWN("INTERFACE [[inst] INSTANCE] [OPTION...]"),
	 LACKS("synchronise connections with the other director")},
	{"lvs_flush", FLAG, LACKS("flush the IPVS table at start (others' services stay)")},
	{"lvs_flush_on_stop", WORDS(0, 1), SHOWN("[VS]"),
	 LACKS("flush the IPVS table at stop (others' services stay)")},
	{"lvs_flush_onstop", WORDS(0, 1), ALIAS,
	 LACKS("flush the IPVS table at stop (others' services stay)")},
	{"lvs_timeouts", LINE(TIMEOUTS), SHOWN("[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]"),
	 LACKS("set the kernel's timeouts of IPVS connections")},
	{"nftables_ipvs", STRING, OPTIONAL(""), SHOWN("TABLE"), DEFAULT("keepalived_ipvs"),
	 LACKS("mark packets to groups of services with this nftables table")},
	{"nftables_ipvs_priority", INTEGER(INT32_MIN, INT32_MAX),
	 LACKS("mark packets at this priority of nftables")},
	{"nftables_ipvs_start_fwmark", INTEGER(1, UINT32_MAX), DEFAULT("1000"),
	 LACKS("use marks from this one on")},
	{"rs_init_notifies", FLAG, LACKS("notify of the first state of servers and services")},
	{"checker_log_all_failures", BOOL, DEFAULT("no"),
	 LACKS("log every check that fails, not only changes of state")},

	/* Mail */
	{"notification_email", LIST, SHOWN("{ ADDRESS... }"),
	 LACKS("send mail to these addresses")},
	{"notification_email_from", STRING, SHOWN("ADDRESS"),
	 OTHERWISE("the daemon's user at this host"), LACKS("send mail from this address")},
	{"smtp_server", LINE(SMTP_SERVER), SHOWN("HOST [PORT]"),
	 LACKS("send mail through this host")},
	{"smtp_helo_name", STRING, SHOWN("NAME"), OTHERWISE("the host's name"),
	 LACKS("greet the mail host with this name")},
	{"smtp_connect_timeout", INTEGER(0, 4294), DEFAULT("30"), UNIT("s"),
	 LACKS("wait so long for the mail host")},
	{"smtp_alert", BOOL, OTHERWISE("as each kind of object has it"),
	 LACKS("send mail when an instance, service or server changes")},
	{"smtp_alert_vrrp", BOOL, OTHERWISE("smtp_alert"),
	 LACKS("send mail when an instance changes")},
	{"smtp_alert_checker", BOOL, OTHERWISE("smtp_alert"),
	 LACKS("send mail when a service or server changes")},
	{"no_email_faults", FLAG, IGNORES("send no mail about faults of instances; it sends none")},
	{"no_checker_emails", FLAG, IGNORES("send no mail for each single check; it sends none")},

	/* Processes */
	{"process_names", FLAG, FIXED, IGNORES("give its processes names of their own; they have")},
	{"process_name", NAME(15), OPTIONAL(""), FIXED, SHOWN("NAME"),
	 LACKS("call its main process so")},
	{"vrrp_process_name", NAME(15), OPTIONAL(""), FIXED, SHOWN("NAME"),
	 LACKS("call its vrrp process so")},
	{"checker_process_name", NAME(15), OPTIONAL(""), FIXED, SHOWN("NAME"),
	 LACKS("call its check processes so")},
	{"lvs_process_name", NAME(15), OPTIONAL(""), .flags = KEYWORD_ALIAS | KEYWORD_FIXED,
	 SHOWN("NAME"), LACKS("call its check processes so")},
	{"bfd_process_name", NAME(15), OPTIONAL(""), FIXED, SHOWN("NAME"),
	 LACKS("call its BFD process so")},
#define PROCESS_ROWS(process, what, no_swap)                                            \
	{process "_priority", INTEGER(-20, 19), FIXED, DEFAULT("0"),                    \
	 LACKS("run " what " at this nice value")},                                     \
		{process "_no_swap", FLAG, FIXED, no_swap("lock the memory of " what)}, \
		{process "_rt_priority", INTEGER(1, 99), FIXED,                         \
		 LACKS("run " what " at this real-time priority")},                     \
		{process "_cpu_affinity", LINE(CPUS), FIXED, SHOWN("CPU..."),           \
		 LACKS("run " what " on these CPUs only")},                             \
		{process "_rlimit_rttime",                                              \
		 INTEGER(1, UINT32_MAX),                                                \
		 FIXED,                                                                 \
		 DEFAULT("10000"),                                                      \
		 UNIT("us"),                                                            \
		 LACKS("limit the time that " what " runs without a pause")},           \
	{                                                                               \
		process "_rlimit_rtime", INTEGER(1, UINT32_MAX),                        \
			.flags = KEYWORD_ALIAS | KEYWORD_FIXED, UNIT("us"),             \
			LACKS("limit the time that " what " runs without a pause")      \
	}
	PROCESS_ROWS("vrrp", "its vrrp process", IGNORES),
	PROCESS_ROWS("checker", "its check processes", LACKS),
	PROCESS_ROWS("bfd", "its BFD process", LACKS),
	{"max_auto_priority", INTEGER(-1, 99), OPTIONAL("99"), DEFAULT("0"),
	 IGNORES("raise the priority of a process that is late; vrrp is real-time from the start")},
	{"min_auto_priority_delay", INTEGER(1, 10000000), DEFAULT("1000000"), UNIT("us"),
	 IGNORES("raise the priority of a process that is late by this much")},
	{"umask", JOINED(word_umask), FIXED, SHOWN("MASK"), DEFAULT("0177"),
	 LACKS("create files with this mask")},
	{"random_seed", INTEGER(0, UINT32_MAX), OTHERWISE("the time"),
	 LACKS("begin its random numbers with this one")},

	/* Reload, files */
	{"reload_check_config", STRING, OPTIONAL(""), SHOWN("LOGFILE"),
	 IGNORES("check the configuration before a reload; it always does")},
	{"reload_time_file", FORM(word_path), SHOWN("PATH"),
	 LACKS("reload at the time that this file says")},
	{"reload_repeat", FLAG, LACKS("keep reload_time_file, and reload every day")},
	{"reload_file", STRING, OPTIONAL(""), SHOWN("PATH"), OTHERWISE("none"),
	 LACKS("keep this file in place while it reloads")},
	{"include_check", INCLUDES, SHOWN("[+|-][CHECK...]"), OTHERWISE("none"),
	 DOES("make errors of included files that are missing: read, match, wildcard_match, "
	      "brace_match, all of them where none is named; '+' adds, '-' takes away")},
	{"config_save_dir", STRING, SHOWN("DIR"),
	 LACKS("save configuration and state there around reloads")},
	{"tmp_config_directory", STRING, SHOWN("DIR"), OTHERWISE("memory"),
	 IGNORES("keep the configuration for its processes there; it is kept in memory")},
	{"data_use_instance", BOOL, DEFAULT("no"),
	 LACKS("put the instance's name into the names of its dump files")},
	{"state_dump_file", STRING, SHOWN("PATH"), DEFAULT("/tmp/keepalived.data"),
	 LACKS("dump its state to this file at SIGUSR1")},
	{"state_file_location", STRING, ALIAS, SHOWN("PATH"),
	 LACKS("dump its state to this file at SIGUSR1")},
	{"stats_dump_file", STRING, SHOWN("PATH"), DEFAULT("/tmp/keepalived.stats"),
	 LACKS("dump its counters to this file at SIGUSR2")},
	{"stats_file_location", STRING, ALIAS, SHOWN("PATH"),
	 LACKS("dump its counters to this file at SIGUSR2")},
	{"json_dump_file", STRING, SHOWN("PATH"), DEFAULT("/tmp/keepalived.json"),
	 LACKS("dump its state as JSON to this file")},
	{"json_file_location", STRING, ALIAS, SHOWN("PATH"),
	 LACKS("dump its state as JSON to this file")},
	{"json_version", INTEGER(1, 2), DEFAULT("1"),
	 LACKS("dump its state as JSON in this layout of keepalived's")},
	{"iproute_usr_dir", STRING, SHOWN("DIR"),
	 LACKS("read the names of routing tables from this folder of the distribution")},
	{"iproute_etc_dir", STRING, SHOWN("DIR"),
	 LACKS("read the names of routing tables from this folder of the administrator")},

	/* Fifos */
	{"notify_fifo", WORDS(1, 3), SHOWN("PATH [USER [GROUP]]"),
	 LACKS("write all events to this fifo")},
	{"notify_fifo_script", COMMAND, LACKS("run this to read notify_fifo")},
	{"vrrp_notify_fifo", WORDS(1, 3), SHOWN("PATH [USER [GROUP]]"),
	 LACKS("write events of instances to this fifo")},
	{"vrrp_notify_fifo_script", COMMAND, LACKS("run this to read vrrp_notify_fifo")},
	{"lvs_notify_fifo", WORDS(1, 3), SHOWN("PATH [USER [GROUP]]"),
	 LACKS("write events of services to this fifo")},
	{"lvs_notify_fifo_script", COMMAND, LACKS("run this to read lvs_notify_fifo")},
	{"fifo_write_vrrp_states_on_reload", FLAG,
	 LACKS("write the states of instances to the fifos after a reload")},

	/* SNMP, D-Bus */
	{"snmp_socket", STRING, SHOWN("TRANSPORT"), OTHERWISE("that of the SNMP library"),
	 LACKS("talk to the SNMP agent over this")},
	{"enable_traps", FLAG, LACKS("send SNMP notifications")},
	{"enable_snmp_vrrp", FLAG, LACKS("serve KEEPALIVED-MIB for instances")},
	{"enable_snmp_keepalived", FLAG, ALIAS, LACKS("serve KEEPALIVED-MIB for instances")},
	{"enable_snmp_checker", FLAG, LACKS("serve KEEPALIVED-MIB for services")},
	{"enable_snmp_rfc", FLAG, LACKS("serve VRRP-MIB and VRRPV3-MIB")},
	{"enable_snmp_rfcv2", FLAG, LACKS("serve VRRP-MIB (RFC 2787)")},
	{"enable_snmp_rfcv3", FLAG, LACKS("serve VRRPV3-MIB (RFC 6527)")},
	{"snmp_vs_stats_update_interval", SECONDS(0.001, 30), DEFAULT("5"),
	 LACKS("read the counters of services for SNMP so often")},
	{"snmp_rs_stats_update_interval", SECONDS(0.001, 30), DEFAULT("5"),
	 LACKS("read the counters of servers for SNMP so often")},
	{"enable_dbus", FLAG, LACKS("serve D-Bus")},
	{"dbus_service_name", STRING, SHOWN("NAME"), DEFAULT("org.keepalived.Vrrp1"),
	 LACKS("serve D-Bus under this name")},
	{"dbus_no_interface_name", STRING, SHOWN("NAME"), DEFAULT("none"),
	 LACKS("say this on D-Bus for an instance without interface")},

/* Netlink */
#define BUFFER_ROWS(name, what)                                                             \
	{name, INTEGER(0, UINT32_MAX), UNIT("bytes"), OTHERWISE("the kernel's"),            \
	 IGNORES("size the receive buffer of " what " so; an overrun costs a fresh look")}, \
	{                                                                                   \
		name "_force", BOOL, DEFAULT("no"),                                         \
			IGNORES("exceed the system's limit for that buffer")                \
	}
	BUFFER_ROWS("vrrp_netlink_cmd_rcv_bufs", "netlink commands"),
	BUFFER_ROWS("vrrp_netlink_monitor_rcv_bufs", "netlink events"),
	BUFFER_ROWS("lvs_netlink_cmd_rcv_bufs", "netlink commands for services"),
	BUFFER_ROWS("lvs_netlink_monitor_rcv_bufs", "netlink events for services"),
	BUFFER_ROWS("process_monitor_rcv_bufs", "process events"),
};

static const struct keyword ssl_rows[] = {
	{"password", STRING, SECRET, LACKS("open the key with this password")},
	{"ca", STRING, SHOWN("PATH"), LACKS("trust this certificate authority")},
	{"certificate", STRING, SHOWN("PATH"), LACKS("present this certificate")},
	{"key", STRING, SHOWN("PATH"), LACKS("use the private key in this file")},
};

static const struct keyword linkbeat_heads[] = {
	{"INTERFACE", NAME(15)},
};
static const struct keyword linkbeat_rows[] = {
	{"MII", FLAG, IGNORES("ask by MII registers")},
	{"ETHTOOL", FLAG, IGNORES("ask by ethtool")},
	{"IOCTL", FLAG, IGNORES("ask by interface flags")},
};
static const struct keyword interface_delay_heads[] = {
	{"INTERFACE", NAME(15), AT(struct interface_delay_conf, interface)},
	{"DOWN", SECONDS(0, 255), AT(struct interface_delay_conf, down)},
	{"UP", SECONDS(0, 255), OPTIONAL(""), AT(struct interface_delay_conf, up)},
};

DEFINE_BLOCK(ROOT, "the file", ROWS(root_rows));
DEFINE_BLOCK(GLOBAL, "global_defs", ROWS(global_rows));
DEFINE_BLOCK(SSL, "SSL", ROWS(ssl_rows));
DEFINE_BLOCK(LINKBEAT, "linkbeat_interfaces", ROWS(linkbeat_rows), HEADS(linkbeat_heads, 1));
DEFINE_BLOCK(INTERFACE_DELAY, "interface_up_down_delays", HEADS(interface_delay_heads, 2));
DEFINE_BLOCK(EXTRA_IF, "vrrp_garp_extra_if", ROWS(extra_if_rows), HEADS(extra_if_heads, 1));
DEFINE_BLOCK(SYNC_DAEMON, "lvs_sync_daemon", ROWS(sync_daemon_rows), HEADS(sync_daemon_heads, 1));
DEFINE_BLOCK(TIMEOUTS, "lvs_timeouts", ROWS(timeouts_rows));
DEFINE_BLOCK(CPUS, "cpu_affinity", HEADS(cpu_heads, 1));
DEFINE_BLOCK(SMTP_SERVER, "smtp_server", HEADS(smtp_server_heads, 1));
