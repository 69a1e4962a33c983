/*
 * The keywords of sync groups, trackers and what instances name of them, announcement groups and
 * BFD.  How to read a row: keyword.h.
 */
#include "conf/table/keyword_rows.h"
#include "conf/table/word.h"

static const struct choice matches[] = {{"initial", 1}, {"partial", 2}, {"exact", 3}, {0}};

/* What sync groups track; instances have the same. */
const struct keyword track_rows[N_TRACK_ROWS] = {
	{"track_interface", ENTRIES(TRACKED_INTERFACE),
	 LACKS("track the state of these interfaces")},
	{"track_script", ENTRIES(TRACKED_SCRIPT), LACKS("track the results of these scripts")},
	{"track_file", ENTRIES(TRACKED_FILE), LACKS("track the values of these files")},
	{"track_process", ENTRIES(TRACKED_PROCESS), LACKS("track these processes")},
	{"track_bfd", ENTRIES(TRACKED_BFD), LACKS("track these BFD sessions")},
};

static const struct keyword sync_group_rows[] = {
	{"group", MEMBERS, SHOWN("{ INSTANCE... }"), DOES("keep these instances in the same role")},
	{"notify_master", COMMAND, AT(struct group_conf, notify_active),
	 DOES("run this when the group becomes Active")},
	{"notify_backup", COMMAND, AT(struct group_conf, notify_backup),
	 DOES("run this when the group becomes Backup")},
	{"notify_fault", COMMAND, AT(struct group_conf, notify_fault),
	 DOES("run this when the group is in fault")},
	{"notify_stop", COMMAND, AT(struct group_conf, notify_stop),
	 DOES("run this when the group stops")},
	{"notify", COMMAND, AT(struct group_conf, notify),
	 DOES("run this at any change, with GROUP NAME STATE 0")},
	{"fence_script", COMMAND, AT(struct group_conf, fence_script),
	 DOES("run this with NAME before taking over from a router that is silent")},
	{"fence_timeout", SECONDS(1, 3600), AT(struct group_conf, fence_timeout), DEFAULT("30"),
	 DOES("end fence_script after so long")},
	{"notify_deleted", COMMAND, OPTIONAL(""),
	 LACKS("run this when a reload removes the group")},
	{"smtp_alert", BOOL, OTHERWISE("smtp_alert_vrrp"),
	 LACKS("send mail when the group changes")},
	{"sync_group_tracking_weight", FLAG,
	 LACKS("let weights of trackers count for the members")},
	{"notify_priority_changes", BOOL, OTHERWISE("vrrp_notify_priority_changes"),
	 LACKS("write changes of priority to a fifo")},
	{"global_tracking", FLAG, IGNORES("track for all members; a group always does")},
};

static const struct keyword script_rows[] = {
	{"script", COMMAND_ONLY, OTHERWISE("required"), LACKS("run this; exit status 0 = up")},
	{"interval", SECONDS(0.001, SECONDS_MAX), DEFAULT("1"), LACKS("run it so often")},
	{"timeout", SECONDS(0, SECONDS_MAX), OTHERWISE("interval"),
	 LACKS("end it after this time, which counts as a failure")},
	{"weight", WEIGHT(-253, 253), DEFAULT("0"),
	 LACKS("change the priority by this; 0 = be in fault while it fails")},
	{"rise", INTEGER(1, UINT32_MAX), DEFAULT("1"),
	 LACKS("count it as up after so many successes")},
	{"fall", INTEGER(1, UINT32_MAX), DEFAULT("1"),
	 LACKS("count it as down after so many failures")},
	{"user", USER, OTHERWISE("script_user"), LACKS("run it as this user")},
	{"init_fail", FLAG, LACKS("count it as failed until it has succeeded")},
};

static const struct keyword init_file_heads[] = {
	{"VALUE", INTEGER(INT32_MIN, INT32_MAX), OPTIONAL("")},
};
static const struct keyword init_file_rows[] = {
	{"overwrite", FLAG, LACKS("replace a file that exists")},
};

static const struct keyword track_file_rows[] = {
	{"file", FORM(word_path), SHOWN("PATH"), OTHERWISE("required"),
	 LACKS("read a number from this file")},
	{"weight", WEIGHT(-254, 254), DEFAULT("1"),
	 LACKS("change the priority by this times the number; 0 = be in fault unless it is 0")},
	{"init_file", LINE(INIT_FILE), SHOWN("[VALUE] [overwrite]"),
	 LACKS("create the file at start, with this number")},
};

static const struct keyword track_process_rows[] = {
	{"process", REST(1), SHOWN("COMMAND [PARAMETER...]"), OTHERWISE("required"),
	 LACKS("look for processes of this name")},
	{"param_match", CHOICE(matches), OPTIONAL("exact"), OTHERWISE("none"),
	 LACKS("compare the parameters too")},
	{"full_command", FLAG, LACKS("compare the whole command line")},
	{"weight", WEIGHT(-254, 254), DEFAULT("0"),
	 LACKS("change the priority by this; 0 = be in fault without the quorum")},
	{"quorum", INTEGER(1, 65535), DEFAULT("1"), LACKS("want at least so many processes")},
	{"quorum_max", INTEGER(0, 65535), OTHERWISE("no limit"),
	 LACKS("want at most so many processes")},
	{"delay", SECONDS(0, 3600), DEFAULT("0"),
	 LACKS("wait so long before a change of their number counts")},
	{"terminate_delay", SECONDS(0, 3600), DEFAULT("0"),
	 LACKS("wait so long before a process that ended counts")},
	{"fork_delay", SECONDS(0, 3600), DEFAULT("0"),
	 LACKS("wait so long before a process that began counts")},
};

static const struct keyword garp_group_rows[] = {
	{"garp_interval", SECONDS(0, GARP_INTERVAL_MAX), AT(struct garp_group_conf, garp_interval),
	 DEFAULT("0"), DOES("keep this distance between gratuitous ARPs")},
	{"gna_interval", SECONDS(0, GARP_INTERVAL_MAX), AT(struct garp_group_conf, gna_interval),
	 DEFAULT("0"), DOES("keep this distance between neighbour advertisements")},
	{"interface", NAME(15), AT(struct garp_group_conf, interface), SHOWN("NAME"),
	 DOES("pace this interface")},
	{"interfaces", LIST_OF(15), AT(struct garp_group_conf, interfaces),
	 DOES("pace these interfaces together")},
};

static const struct keyword track_group_rows[] = {
	{"group", LIST, LACKS("watch the interfaces of these instances")},
};

static const struct keyword bfd_rows[] = {
	{"neighbor_ip", IP, OTHERWISE("required"), LACKS("talk to this neighbour")},
	{"neighbour_ip", IP, ALIAS, LACKS("talk to this neighbour")},
	{"source_ip", IP, OTHERWISE("by the route"), LACKS("talk from this address")},
	{"min_rx", MILLISECONDS(1, 4000000), DEFAULT("10"),
	 LACKS("want to receive at most so often")},
	{"min_tx", MILLISECONDS(1, 4000000), DEFAULT("10"), LACKS("send at most so often")},
	{"idle_tx", MILLISECONDS(1000, 4000000), DEFAULT("1000"),
	 LACKS("send so often while the session is not up")},
	{"multiplier", INTEGER(1, 255), DEFAULT("5"),
	 LACKS("count the session as down after so many missing packets")},
	{"passive", BOOL, DEFAULT("no"), LACKS("wait for the neighbour to begin")},
	{"ttl", INTEGER(1, 255), OTHERWISE("255; 64 for IPv6"), LACKS("send with this TTL")},
	{"hoplimit", INTEGER(1, 255), ALIAS, LACKS("send with this TTL")},
	{"max_hops", INTEGER(-1, 255), DEFAULT("0"),
	 LACKS("accept packets that crossed so many routers; -1 = any number")},
	{"multihop", BOOL, DEFAULT("no"), LACKS("use the port for sessions across routers")},
	{"weight", WEIGHT(-253, 253), DEFAULT("0"),
	 LACKS("change the priority by this; 0 = be in fault while it is down")},
	{"vrrp", FLAG, LACKS("tell only instances, not checks")},
	{"checker", FLAG, LACKS("tell only checks, not instances")},
};

/* What an instance or a group says of a thing that it tracks. */
static const struct keyword tracked_interface_heads[] = {{"INTERFACE", NAME(15)}};
static const struct keyword tracked_heads[] = {{"NAME", STRING}};
static const struct keyword tracked_interface_rows[] = {
	{"weight", WEIGHT(-254, 254), DEFAULT("0"),
	 LACKS("change the priority by this; 0 = be in fault while it is down")},
};
static const struct keyword tracked_rows[] = {
	{"weight", WEIGHT(-254, 254), OTHERWISE("that of the tracked thing"),
	 LACKS("change the priority by this")},
};
static const struct keyword tracked_bfd_rows[] = {
	{"weight", WEIGHT(-253, 253), OTHERWISE("that of the session"),
	 LACKS("change the priority by this")},
};

DEFINE_BLOCK(MEMBERS, .name = "group");
DEFINE_BLOCK(SYNC_GROUP, "vrrp_sync_group", .argument = "a name", PART(0, sync_group_rows, 0),
	     PART(1, track_rows, 0));
DEFINE_BLOCK(SCRIPT, "vrrp_script", .argument = "a name", ROWS(script_rows));
DEFINE_BLOCK(TRACK_FILE, "track_file", .argument = "a name", ROWS(track_file_rows));
DEFINE_BLOCK(TRACK_PROCESS, "vrrp_track_process", .argument = "a name", ROWS(track_process_rows));
DEFINE_BLOCK(GARP_GROUP, "garp_group", ROWS(garp_group_rows));
DEFINE_BLOCK(TRACK_GROUP, "track_group", .argument = "a name", ROWS(track_group_rows));
DEFINE_BLOCK(BFD, "bfd_instance", .argument = "a name", ROWS(bfd_rows));
DEFINE_BLOCK(INIT_FILE, "init_file", ROWS(init_file_rows), HEADS(init_file_heads, 0));
DEFINE_BLOCK(TRACKED_INTERFACE, "track_interface", ROWS(tracked_interface_rows),
	     HEADS(tracked_interface_heads, 1));
DEFINE_BLOCK(TRACKED_SCRIPT, "track_script", ROWS(tracked_rows), HEADS(tracked_heads, 1),
	     NAMES_OF(SCRIPT));
DEFINE_BLOCK(TRACKED_FILE, "track_file", ROWS(tracked_rows), HEADS(tracked_heads, 1),
	     NAMES_OF(TRACK_FILE));
DEFINE_BLOCK(TRACKED_PROCESS, "track_process", ROWS(tracked_rows), HEADS(tracked_heads, 1),
	     NAMES_OF(TRACK_PROCESS));
DEFINE_BLOCK(TRACKED_BFD, "track_bfd", ROWS(tracked_bfd_rows), HEADS(tracked_heads, 1),
	     NAMES_OF(BFD));
