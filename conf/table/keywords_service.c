/*
 * The keywords of virtual_server, real_server and fallback.  How to read a row: keyword.h.
 *
 * What a real server hands down to its checks, and a service to its servers, is said by rows that
 * these blocks have in common: the weight and default_rows here, server_schedule_rows in
 * keywords_check.c.
 * They name members of structs that the drafts hold beside their own (draft.h).
 */
#include <netinet/in.h>

#include "conf/table/keyword_rows.h"
#include "conf/table/word.h"

static const struct choice schedulers[] = {
	{"rr", 0},    {"wrr", 0}, {"lc", 0}, {"wlc", 0},  {"lblc", 0},
	{"lblcr", 0}, {"sh", 0},  {"mh", 0}, {"dh", 0},	  {"fo", 0},
	{"ovf", 0},   {"sed", 0}, {"nq", 0}, {"twos", 0}, {0},
};
static const struct choice families[] = {{"inet", AF_INET}, {"inet6", AF_INET6}, {0}};
static const struct choice failures[] = {
	{"quiesce", ON_FAILURE_QUIESCE},
	{"remove", ON_FAILURE_REMOVE},
	{"expire", ON_FAILURE_EXPIRE},
	{0},
};
static const struct choice inhibit[] = {
	{"on", ON_FAILURE_QUIESCE},
	{"true", ON_FAILURE_QUIESCE},
	{"yes", ON_FAILURE_QUIESCE},
	{"off", ON_FAILURE_REMOVE},
	{"false", ON_FAILURE_REMOVE},
	{"no", ON_FAILURE_REMOVE},
	{0},
};

static const struct keyword service_weight_rows[] = {
	{"weight", INTEGER(1, INT32_MAX), AT(struct server_conf, weight), DISTURBS(SHARE),
	 DEFAULT("1"), DOES("give servers this share of connections, unless they say otherwise")},
};
static const struct keyword server_weight_rows[] = {
	{"weight", INTEGER(0, INT32_MAX), AT(struct server_conf, weight), DISTURBS(SHARE),
	 DEFAULT("1"), DOES("give it this share of connections; 0 = no new ones")},
};
static const struct keyword default_rows[] = {
	{"lvs_method", METHOD, AT(struct server_conf, forward), DISTURBS(NEW_CONNECTIONS),
	 DEFAULT("NAT"), SHOWN("NAT|DR|TUN [type TUNNEL]"), DOES("forward packets to servers so")},
	{"lb_kind", METHOD, AT(struct server_conf, forward), ALIAS,
	 SHOWN("NAT|DR|TUN [type TUNNEL]"), DOES("forward packets to servers so")},
	{"on_failure", CHOICE(failures), AT(struct server_conf, on_failure),
	 DISTURBS(FAILED_SERVERS), DEFAULT("quiesce"),
	 DOES("quiesce a failed server (weight 0), remove it, or expire its connections too")},
	{"inhibit_on_failure", CHOICE(inhibit), AT(struct server_conf, on_failure), ALIAS,
	 OPTIONAL("yes"), SHOWN("[BOOL]"),
	 DOES("quiesce a failed server (yes), or remove it (no)")},
	{"alpha", BOOL, AT(struct server_conf, alpha), DEFAULT("no"),
	 DOES("count servers as failed until their checks have passed")},
};

static const struct keyword service_rows[] = {
	{"lb_algo", ONE_OF(schedulers), AT(struct service_draft, conf.scheduler),
	 DISTURBS(NEW_CONNECTIONS), DEFAULT("wlc"), DOES("schedule connections so")},
	{"lvs_sched", ONE_OF(schedulers), AT(struct service_draft, conf.scheduler), ALIAS,
	 DOES("schedule connections so")},
	{"protocol", CHOICE(protocols), AT(struct service_draft, conf.protocol), ANY_CASE,
	 OTHERWISE("UDP"), DOES("balance this protocol")},
	{"ip_family", CHOICE(families), AT(struct service_draft, conf.family),
	 OTHERWISE("that of the first server"), DOES("balance this family (services by fwmark)")},
	{"persistence_timeout", INTEGER(1, 2678400),
	 AT(struct service_draft, conf.persistence_timeout), OPTIONAL("360"), UNIT("s"),
	 .flags = KEYWORD_ZERO_IS_NONE, OTHERWISE("not persistent"),
	 DOES("send a client to the same server for so long")},
	{"quorum", INTEGER(1, INT32_MAX), AT(struct service_draft, conf.quorum), DISTURBS(QUORUM),
	 DEFAULT("1"), DOES("use the fallback below this sum of weights")},
	{"hysteresis", INTEGER(0, INT32_MAX), AT(struct service_draft, conf.hysteresis),
	 DISTURBS(QUORUM), DEFAULT("0"),
	 DOES("regain the quorum only above quorum + this, lose it only below quorum - this")},
	{"virtualhost", STRING, AT(struct service_draft, checks.virtualhost), SHOWN("NAME"),
	 OTHERWISE("the server's address"), DOES("ask for this host in HTTP checks")},
	{"real_server", BLOCK_OF(SERVER), DOES("send connections to this server")},
	{"fallback", BLOCK_OF(FALLBACK), DOES("send connections to this server below the quorum")},
	{"sorry_server", SERVER, DOES("send connections to this server below the quorum")},
	{"sorry_server_inhibit", BOOL, DEFAULT("no"),
	 LACKS("keep the fallback in the table with weight 0 while it is not used")},
	{"sorry_server_lvs_method", METHOD, SHOWN("NAT|DR|TUN [type TUNNEL]"),
	 OTHERWISE("lvs_method"), LACKS("forward packets to the fallback so")},
	{"quorum_up", COMMAND, LACKS("run this when the quorum is regained")},
	{"quorum_down", COMMAND, LACKS("run this when the quorum is lost")},
	{"omega", BOOL, DEFAULT("no"), LACKS("notify of servers and quorum at stop too")},
	{"ha_suspend", BOOL, DEFAULT("no"),
	 LACKS("stop checking while the service's address is on another node")},
	{"persistence_granularity", FORM(word_netmask), SHOWN("MASK"), OTHERWISE("each client"),
	 LACKS("send all clients of such a network to the same server")},
	{"persistence_engine", STRING, SHOWN("NAME"), OTHERWISE("by address"),
	 LACKS("recognise clients by this engine of the kernel's")},
	{"ops", BOOL, DEFAULT("no"), LACKS("schedule each UDP packet by itself")},
	{"hashed", BOOL, IGNORES("hash the service; the kernel always does")},
	{"flag-1", FLAG, LACKS("set flag 1 of the scheduler")},
	{"flag-2", FLAG, LACKS("set flag 2 of the scheduler")},
	{"flag-3", FLAG, LACKS("set flag 3 of the scheduler")},
	{"sh-port", FLAG, LACKS("let the scheduler sh hash the port too")},
	{"sh-fallback", FLAG, LACKS("let the scheduler sh pass over servers of weight 0")},
	{"mh-port", FLAG, LACKS("let the scheduler mh hash the port too")},
	{"mh-fallback", FLAG, LACKS("let the scheduler mh pass over servers of weight 0")},
	{"smtp_alert", BOOL, OTHERWISE("smtp_alert_checker, else smtp_alert, else no"),
	 LACKS("send mail when the quorum is lost or regained")},
	{"snmp_name", STRING, SHOWN("NAME"), LACKS("serve SNMP under this name")},
	{"nat_mask", FORM(word_netmask), SHOWN("MASK"),
	 IGNORES("translate addresses with this mask; the kernel translates each one")},
};

static const struct keyword server_rows[] = {
	{"virtualhost", STRING, AT(struct server_draft, checks.virtualhost), SHOWN("NAME"),
	 OTHERWISE("the service's, else the server's address"),
	 DOES("ask for this host in HTTP checks")},
	{"TCP_CHECK", BLOCK_OF(TCP_CHECK), DOES("check that a TCP connection can be made")},
	{"HTTP_GET", BLOCK_OF(HTTP_GET), DOES("check that pages are good over HTTP")},
	{"SSL_GET", BLOCK_OF(SSL_GET), LACKS("check that pages are good over HTTPS")},
	{"SMTP_CHECK", BLOCK_OF(SMTP_CHECK), LACKS("check that the server greets by SMTP")},
	{"DNS_CHECK", BLOCK_OF(DNS_CHECK), LACKS("check that the server answers by DNS")},
	{"MISC_CHECK", BLOCK_OF(MISC_CHECK), LACKS("check the server by this script")},
	{"UDP_CHECK", BLOCK_OF(UDP_CHECK), LACKS("check that the server answers by UDP")},
	{"PING_CHECK", BLOCK_OF(PING_CHECK), LACKS("check that the server answers pings")},
	{"FILE_CHECK", BLOCK_OF(FILE_CHECK), LACKS("check the server by this file's value")},
	{"BFD_CHECK", BLOCK_OF(BFD_CHECK), LACKS("check the server by this BFD session")},
	{"uthreshold", INTEGER(0, UINT32_MAX), DEFAULT("0"),
	 LACKS("give it no new connections above so many; 0 = no limit")},
	{"lthreshold", INTEGER(0, UINT32_MAX), DEFAULT("0"),
	 LACKS("give it new connections again below so many")},
	{"notify_up", COMMAND, LACKS("run this when the server comes up")},
	{"notify_down", COMMAND, LACKS("run this when the server goes down")},
	{"smtp_alert", BOOL, OTHERWISE("smtp_alert_checker, else smtp_alert, else yes"),
	 LACKS("send mail when the server goes down or comes up")},
	{"snmp_name", STRING, SHOWN("NAME"), LACKS("serve SNMP under this name")},
};

static const struct keyword group_heads[] = {
	{"ADDRESS", FORM(word_range), OPTIONAL("")},
	{"PORT", INTEGER(0, 65535), OPTIONAL("")},
};
static const struct keyword group_rows[] = {
	{"fwmark", INTEGER(0, UINT32_MAX), LACKS("balance packets with this mark")},
	{"inet", FLAG, LACKS("balance IPv4 packets with that mark")},
	{"inet6", FLAG, LACKS("balance IPv6 packets with that mark")},
};

DEFINE_BLOCK(SERVICE, "virtual_server", .argument = "ADDRESS [PORT], fwmark NUMBER or group NAME",
	     PART(0, server_schedule_rows, offsetof(struct service_draft, checks)),
	     PART(1, service_weight_rows, offsetof(struct service_draft, servers)),
	     PART(2, default_rows, offsetof(struct service_draft, servers)),
	     PART(3, service_rows, 0));
DEFINE_BLOCK(SERVER, "real_server", .argument = "ADDRESS [PORT]",
	     PART(0, server_schedule_rows, offsetof(struct server_draft, checks)),
	     PART(1, server_weight_rows, 0), PART(2, default_rows, 0), PART(3, server_rows, 0));
DEFINE_BLOCK(FALLBACK, "fallback", .argument = "ADDRESS [PORT]",
	     PART(0, server_schedule_rows, offsetof(struct server_draft, checks)),
	     PART(1, server_weight_rows, 0), PART(2, default_rows, 0), PART(3, server_rows, 0));
DEFINE_BLOCK(SERVICE_GROUP, "virtual_server_group", .argument = "a name", ROWS(group_rows),
	     HEADS(group_heads, 0));
