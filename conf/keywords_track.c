/*
 * The keywords of sync groups, trackers, static objects and BFD: blocks that are accepted with
 * their syntax and not yet acted upon.  How to read a row: keyword.h.
 */
#include "conf/keyword_rows.h"

static const struct keyword sync_group_rows[] = {
	{"group", ENTRIES, LACKS("keep these instances in the same role")},
	{"track_interface", ENTRIES, LACKS("track these interfaces")},
	{"track_script", NAMES_OF(BLOCK_SCRIPT), LACKS("track these scripts")},
	{"track_file", NAMES_OF(BLOCK_TRACK_FILE), LACKS("track these files")},
	{"track_process", NAMES_OF(BLOCK_TRACK_PROCESS), LACKS("track these processes")},
	{"track_bfd", NAMES_OF(BLOCK_BFD), LACKS("track these BFD sessions")},
	{"notify_master", COMMAND, LACKS("run this when Active")},
	{"notify_backup", COMMAND, LACKS("run this when Backup")},
	{"notify_fault", COMMAND, LACKS("run this at a fault")},
	{"notify_stop", COMMAND, LACKS("run this at stop")},
	{"notify", COMMAND, LACKS("run this at any change")},
	{"notify_deleted", COMMAND, OPTIONAL(""),
	 LACKS("run this when a reload removes the group")},
	{"smtp_alert", BOOL, LACKS("send mail about changes")},
	{"sync_group_tracking_weight", FLAG, LACKS("allow weights for its members")},
	{"notify_priority_changes", BOOL, LACKS("write changes of priority to a fifo")},
	{"global_tracking", FLAG, IGNORES("track for all members")},
};

static const struct keyword script_rows[] = {
	{"script", REST(1), LACKS("run this script")},
	{"interval", SECONDS(0, SECONDS_MAX), LACKS("run it so often")},
	{"timeout", SECONDS(0, SECONDS_MAX), LACKS("stop it after this time")},
	{"weight", WORDS(1, 2), LACKS("change the priority by this")},
	{"rise", INTEGER(1, UINT32_MAX), LACKS("count it as up after so many successes")},
	{"fall", INTEGER(1, UINT32_MAX), LACKS("count it as down after so many failures")},
	{"user", WORDS(1, 3), LACKS("run it as this user")},
	{"init_fail", FLAG, LACKS("count it as failed at start")},
};

static const struct keyword track_file_rows[] = {
	{"file", STRING, LACKS("read this file")},
	{"weight", WORDS(1, 2), LACKS("change the priority by this")},
	{"init_file", WORDS(0, 2), LACKS("create the file")},
};

static const struct keyword track_process_rows[] = {
	{"process", REST(1), LACKS("look for this process")},
	{"param_match", WORDS(0, 1), LACKS("compare parameters")},
	{"full_command", FLAG, LACKS("compare the whole command line")},
	{"weight", WORDS(1, 2), LACKS("change the priority by this")},
	{"quorum", INTEGER(1, 65535), LACKS("want so many processes")},
	{"quorum_max", INTEGER(0, 65535), LACKS("want at most so many processes")},
	{"delay", SECONDS(0, 3600), LACKS("wait so long")},
	{"terminate_delay", SECONDS(0, 3600), LACKS("wait so long")},
	{"fork_delay", SECONDS(0, 3600), LACKS("wait so long")},
};

static const struct keyword garp_group_rows[] = {
	{"garp_interval", SECONDS(0, GARP_INTERVAL_MAX), AT(struct garp_group_conf, garp_interval),
	 DEFAULT("0"), DOES("keep this distance between gratuitous ARPs")},
	{"gna_interval", SECONDS(0, GARP_INTERVAL_MAX), AT(struct garp_group_conf, gna_interval),
	 DEFAULT("0"), DOES("keep this distance between neighbour advertisements")},
	{"interface", NAME(15), AT(struct garp_group_conf, interface), DOES("pace this interface")},
	{"interfaces", NAMES(1, 64), AT(struct garp_group_conf, interfaces),
	 DOES("pace these interfaces together")},
};

static const struct keyword track_group_rows[] = {
	{"group", ENTRIES, LACKS("watch the interfaces of these instances")},
};

static const struct keyword bfd_rows[] = {
	{"neighbor_ip", IP, LACKS("talk to this neighbour")},
	{"neighbour_ip", IP, ALIAS, LACKS("talk to this neighbour")},
	{"source_ip", IP, LACKS("talk from this address")},
	{"min_rx", SECONDS(1, SECONDS_MAX), LACKS("receive so often")},
	{"min_tx", SECONDS(1, SECONDS_MAX), LACKS("send so often")},
	{"idle_tx", SECONDS(1, SECONDS_MAX), LACKS("send so often while not up")},
	{"multiplier", INTEGER(1, 255), LACKS("miss so many packets")},
	{"passive", BOOL, LACKS("wait for the neighbour")},
	{"ttl", INTEGER(1, 255), LACKS("send with this TTL")},
	{"hoplimit", INTEGER(1, 255), ALIAS, LACKS("send with this hop limit")},
	{"max_hops", INTEGER(-1, 255), LACKS("accept so many hops")},
	{"multihop", BOOL, LACKS("cross routers")},
	{"weight", WORDS(1, 2), LACKS("change the priority by this")},
	{"vrrp", FLAG, LACKS("tell instances")},
	{"checker", FLAG, LACKS("tell checks")},
};

const struct block_type block_sync_group = {
	"vrrp_sync_group", "a name", {PART(sync_group_rows, 0)}};
const struct block_type block_script = {"vrrp_script", "a name", {PART(script_rows, 0)}};
const struct block_type block_track_file = {"track_file", "a name", {PART(track_file_rows, 0)}};
const struct block_type block_track_process = {
	"vrrp_track_process", "a name", {PART(track_process_rows, 0)}};
const struct block_type block_garp_group = {"garp_group", NULL, {PART(garp_group_rows, 0)}};
const struct block_type block_track_group = {"track_group", "a name", {PART(track_group_rows, 0)}};
const struct block_type block_bfd = {"bfd_instance", "a name", {PART(bfd_rows, 0)}};
