/*
 * The keywords of virtual_server, real_server and fallback.  How to read a row: keyword.h.
 *
 * What a real server hands down to its checks, and a service to its servers, is said by rows that
 * these blocks have in common: server_default_rows here, check_schedule_rows in keywords_check.c.
 * They name members of structs that the drafts hold beside their own (draft.h).
 */
#include <netinet/in.h>

#include "conf/keyword_rows.h"

const struct choice lvs_methods[] = {{"NAT", LVS_NAT}, {"DR", LVS_DR}, {"TUN", LVS_TUN}, {0}};

static const struct choice schedulers[] = {
	{"rr", 0},    {"wrr", 0}, {"lc", 0}, {"wlc", 0},  {"lblc", 0},
	{"lblcr", 0}, {"sh", 0},  {"mh", 0}, {"dh", 0},	  {"fo", 0},
	{"ovf", 0},   {"sed", 0}, {"nq", 0}, {"twos", 0}, {0},
};
static const struct choice protocols[] = {
	{"TCP", IPPROTO_TCP}, {"UDP", IPPROTO_UDP}, {"SCTP", IPPROTO_SCTP}, {0}};
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

const struct keyword server_default_rows[N_SERVER_DEFAULT_ROWS] = {
	{"weight", INTEGER(0, INT32_MAX), AT(struct server_conf, weight), DEFAULT("1"),
	 DOES("give servers this weight; 0 = no new connections")},
	{"lvs_method", METHOD, AT(struct server_conf, method), DEFAULT("NAT"),
	 DOES("forward packets by NAT, DR or TUN")},
	{"lb_kind", METHOD, AT(struct server_conf, method), ALIAS,
	 DOES("forward packets by NAT, DR or TUN")},
	{"on_failure", CHOICE(failures), AT(struct server_conf, on_failure), DEFAULT("quiesce"),
	 DOES("quiesce a failed server (weight 0), remove it, or expire its connections too")},
	{"inhibit_on_failure", CHOICE(inhibit), AT(struct server_conf, on_failure), ALIAS,
	 OPTIONAL("yes"), DOES("set a failed server's weight to 0, as on_failure quiesce")},
	{"alpha", BOOL, AT(struct server_conf, alpha), DEFAULT("no"),
	 DOES("count servers as failed until their checks have passed")},
};

static const struct keyword service_rows[] = {
	{"lb_algo", ONE_OF(schedulers), AT(struct service_draft, conf.scheduler), DEFAULT("wlc"),
	 DOES("schedule connections so")},
	{"lvs_sched", ONE_OF(schedulers), AT(struct service_draft, conf.scheduler), ALIAS,
	 DOES("schedule connections so")},
	{"protocol", CHOICE(protocols), AT(struct service_draft, conf.protocol), ANY_CASE,
	 DOES("balance this protocol")},
	{"ip_family", CHOICE(families), AT(struct service_draft, conf.family),
	 DOES("balance this family (services by fwmark)")},
	{"persistence_timeout", INTEGER(1, 2678400),
	 AT(struct service_draft, conf.persistence_timeout), OPTIONAL("360"),
	 DOES("send a client to the same server for so many seconds")},
	{"quorum", INTEGER(1, INT32_MAX), AT(struct service_draft, conf.quorum), DEFAULT("1"),
	 DOES("use the fallback below this sum of weights")},
	{"hysteresis", INTEGER(0, INT32_MAX), AT(struct service_draft, conf.hysteresis),
	 DEFAULT("0"),
	 DOES("regain the quorum only above quorum + this, lose it only below quorum - this")},
	{"virtualhost", STRING, AT(struct service_draft, checks.virtualhost),
	 DOES("ask for this host in HTTP checks")},
	{"real_server", BLOCK_OF(BLOCK_SERVER), DOES("send connections to this server")},
	{"fallback", BLOCK_OF(BLOCK_FALLBACK), DOES("send connections here below the quorum")},
	{"sorry_server", SERVER, DOES("send connections here below the quorum")},
	{"sorry_server_inhibit", BOOL, LACKS("keep the fallback at weight 0 while unused")},
	{"sorry_server_lvs_method", METHOD,
	 LACKS("forward packets to the fallback by a method of its own")},
	{"quorum_up", COMMAND, LACKS("run this when the quorum is regained")},
	{"quorum_down", COMMAND, LACKS("run this when the quorum is lost")},
	{"omega", BOOL, LACKS("notify at stop")},
	{"ha_suspend", BOOL, LACKS("stop checking while the service's address is elsewhere")},
	{"persistence_granularity", WORDS(1, 1), LACKS("make whole networks persistent")},
	{"persistence_engine", WORDS(1, 1), LACKS("make connections persistent by content")},
	{"ops", BOOL, LACKS("schedule each packet by itself")},
	{"hashed", BOOL, IGNORES("hash")},
	{"flag-1", FLAG, LACKS("set this flag of the scheduler")},
	{"flag-2", FLAG, LACKS("set this flag of the scheduler")},
	{"flag-3", FLAG, LACKS("set this flag of the scheduler")},
	{"sh-port", FLAG, LACKS("set this flag of the scheduler")},
	{"sh-fallback", FLAG, LACKS("set this flag of the scheduler")},
	{"mh-port", FLAG, LACKS("set this flag of the scheduler")},
	{"mh-fallback", FLAG, LACKS("set this flag of the scheduler")},
	{"smtp_alert", BOOL, LACKS("send mail about changes")},
	{"snmp_name", STRING, LACKS("serve SNMP")},
	{"nat_mask", WORDS(1, 1), LACKS("use this mask (which is obsolete)")},
};

static const struct keyword server_rows[] = {
	{"virtualhost", STRING, AT(struct server_draft, checks.virtualhost),
	 DOES("ask for this host in HTTP checks")},
	{"TCP_CHECK", BLOCK_OF(BLOCK_TCP_CHECK), DOES("check that a TCP connection can be made")},
	{"HTTP_GET", BLOCK_OF(BLOCK_HTTP_GET), DOES("check pages over HTTP")},
	{"SSL_GET", BLOCK_OF(BLOCK_SSL_GET), LACKS("check pages over HTTPS")},
	{"SMTP_CHECK", BLOCK_OF(BLOCK_SMTP_CHECK), LACKS("check by SMTP")},
	{"DNS_CHECK", BLOCK_OF(BLOCK_DNS_CHECK), LACKS("check by DNS")},
	{"MISC_CHECK", BLOCK_OF(BLOCK_MISC_CHECK), LACKS("check by this script")},
	{"UDP_CHECK", BLOCK_OF(BLOCK_UDP_CHECK), LACKS("check by UDP")},
	{"PING_CHECK", BLOCK_OF(BLOCK_PING_CHECK), LACKS("check by ping")},
	{"FILE_CHECK", BLOCK_OF(BLOCK_FILE_CHECK), LACKS("check by this file")},
	{"BFD_CHECK", BLOCK_OF(BLOCK_BFD_CHECK), LACKS("check by BFD")},
	{"uthreshold", INTEGER(0, UINT32_MAX), LACKS("limit its connections")},
	{"lthreshold", INTEGER(0, UINT32_MAX), LACKS("limit its connections")},
	{"notify_up", COMMAND, LACKS("run this when the server is up")},
	{"notify_down", COMMAND, LACKS("run this when the server is down")},
	{"smtp_alert", BOOL, LACKS("send mail about changes")},
	{"snmp_name", STRING, LACKS("serve SNMP")},
};

const struct block_type block_service = {"virtual_server",
					 "ADDRESS [PORT], fwmark NUMBER or group NAME",
					 {SCHEDULE_PART(offsetof(struct service_draft, checks)),
					  SERVER_PART(offsetof(struct service_draft, servers)),
					  PART(service_rows, 0)}};
const struct block_type block_server = {"real_server",
					"ADDRESS [PORT]",
					{SCHEDULE_PART(offsetof(struct server_draft, checks)),
					 SERVER_PART(0), PART(server_rows, 0)}};
const struct block_type block_fallback = {"fallback",
					  "ADDRESS [PORT]",
					  {SCHEDULE_PART(offsetof(struct server_draft, checks)),
					   SERVER_PART(0), PART(server_rows, 0)}};
