/*
 * The keywords of checks.  How to read a row: keyword.h.
 *
 * The first two tables hold what most kinds have: when and how often (which services and servers
 * say too, for their checks to inherit), and whom to connect to.
 */
#include "conf/keyword_rows.h"

const struct keyword check_schedule_rows[N_CHECK_SCHEDULE_ROWS] = {
	{"delay_loop", SECONDS(0.000001, SECONDS_MAX), AT(struct target_conf, interval),
	 DEFAULT("60"), DOES("check so often")},
	{"retry", INTEGER(0, INT32_MAX), AT(struct target_conf, retry),
	 DOES("try so many times more before a server counts as down")},
	{"delay_before_retry", SECONDS(0, SECONDS_MAX), AT(struct target_conf, delay_before_retry),
	 DOES("wait so long between tries")},
	{"connect_timeout", SECONDS(0.000001, SECONDS_MAX), AT(struct target_conf, timeout),
	 DEFAULT("5"), DOES("fail a try that takes longer")},
	{"warmup", SECONDS(0, SECONDS_MAX), IGNORES("spread the first checks over this time")},
	{"log_all_failures", BOOL, LACKS("log every failed try")},
};

const struct keyword check_common_rows[N_CHECK_COMMON_ROWS] = {
	{"alpha", BOOL, AT(struct target_conf, alpha), DOES("count as failed until it has passed")},
	{"connect_ip", IP, AT(struct target_conf, address),
	 DOES("connect to this address; default: the server's")},
	{"connect_port", INTEGER(1, 65535), AT(struct target_conf, port),
	 DOES("connect to this port; default: the server's")},
	{"bindto", IP, LACKS("connect from this address")},
	{"bind_ip", IP, ALIAS, LACKS("connect from this address")},
	{"bind_port", INTEGER(1, 65535), LACKS("connect from this port")},
	{"bind_if", WORDS(1, 1), LACKS("connect over this interface")},
	{"fwmark", INTEGER(0, UINT32_MAX), LACKS("mark its packets")},
};

#define HTTP_ROWS                                                                                  \
	{"url", BLOCK_OF(BLOCK_URL), DOES("fetch this page")},                                     \
		{"virtualhost", STRING, AT(struct target_conf, virtualhost),                       \
		 DOES("ask for this host")},                                                       \
		{"http_protocol", WORDS(1, 1),                                                     \
		 LACKS("speak this version of HTTP (1.1 is spoken)")},                             \
		{"enable_sni", BOOL, LACKS("send the host's name in TLS")},                        \
		{"sni_name", WORDS(0, 1), LACKS("send this name in TLS")},                         \
		{"fast_recovery", BOOL, LACKS("fetch the other pages at once when one returned")}, \
		{"tls_compliant", BOOL, LACKS("insist on a proper end of TLS")},                   \
	{                                                                                          \
		"nb_get_retry", INTEGER(0, INT32_MAX), AT(struct target_conf, retry), ALIAS,       \
			DOES("try so many times more, as retry")                                   \
	}

static const struct keyword http_rows[] = {HTTP_ROWS};
static const struct keyword ssl_rows[] = {HTTP_ROWS};

static const struct keyword url_rows[] = {
	{"path", STRING, AT(struct url_conf, path), DOES("fetch this path")},
	{"status_code", STATUS, AT(struct url_conf, status), DEFAULT("200-299"),
	 DOES("want one of these codes")},
	{"digest", DIGEST, AT(struct url_conf, digest), DOES("want a body with this MD5 sum")},
	{"regex", REGEX, AT(struct url_conf, regex),
	 DOES("want a body that this expression matches")},
	{"virtualhost", STRING, AT(struct url_conf, virtualhost), DOES("ask for this host")},
	{"regex_no_match", BOOL,
	 LACKS("want a body that the expression does not match (it must match)")},
	{"regex_options", REST(1), LACKS("match with these options")},
	{"regex_min_offset", INTEGER(0, INT32_MAX), LACKS("match from this offset on")},
	{"regex_max_offset", INTEGER(0, INT32_MAX), LACKS("match up to this offset")},
	{"regex_stack", WORDS(2, 2), IGNORES("match with this stack")},
	{"tls_compliant", BOOL, LACKS("insist on a proper end of TLS")},
};

static const struct keyword smtp_rows[] = {
	{"helo_name", STRING, LACKS("greet with this name")},
	{"host", BLOCK_OF(BLOCK_SMTP_HOST), LACKS("check this host")},
};

static const struct keyword dns_rows[] = {
	{"type", WORDS(1, 1), LACKS("ask for this type")},
	{"name", WORDS(1, 1), LACKS("ask for this name")},
};

static const struct keyword misc_rows[] = {
	{"misc_path", COMMAND, LACKS("run this script")},
	{"misc_timeout", INTEGER(0, INT32_MAX), LACKS("stop it after this time")},
	{"misc_dynamic", BOOL, LACKS("take the weight from its exit status")},
	{"user", WORDS(1, 3), LACKS("run it as this user")},
	{"alpha", BOOL, LACKS("count as failed until it has passed")},
};

static const struct keyword udp_rows[] = {
	{"payload", REST(1), LACKS("send this")},
	{"require_reply", REST(0), LACKS("want this reply")},
	{"min_reply_length", INTEGER(0, 65535), LACKS("want a reply of this length")},
	{"max_reply_length", INTEGER(0, 65535), LACKS("want a reply of this length")},
};

static const struct keyword file_rows[] = {
	{"track_file", WORDS(1, 1), LACKS("read this file")},
	{"weight", WORDS(1, 2), LACKS("change the weight by this")},
	{"dynamic", BOOL, LACKS("change the weight")},
	{"alpha", BOOL, LACKS("count as failed until it has passed")},
};

static const struct keyword bfd_check_rows[] = {
	{"name", WORDS(1, 1), LACKS("follow this session")},
	{"alpha", BOOL, LACKS("count as failed until it has passed")},
};

#define SCHEDULED SCHEDULE_PART(0), COMMON_PART

const struct block_type block_tcp_check = {"TCP_CHECK", NULL, {SCHEDULED}};
const struct block_type block_http_get = {"HTTP_GET", NULL, {SCHEDULED, PART(http_rows, 0)}};
const struct block_type block_ssl_get = {"SSL_GET", NULL, {SCHEDULED, PART(ssl_rows, 0)}};
const struct block_type block_url = {"url", NULL, {PART(url_rows, 0)}};
const struct block_type block_smtp_check = {"SMTP_CHECK", NULL, {SCHEDULED, PART(smtp_rows, 0)}};
const struct block_type block_smtp_host = {"host", NULL, {SCHEDULED}};
const struct block_type block_dns_check = {"DNS_CHECK", NULL, {SCHEDULED, PART(dns_rows, 0)}};
const struct block_type block_misc_check = {
	"MISC_CHECK", NULL, {SCHEDULE_PART(0), PART(misc_rows, 0)}};
const struct block_type block_udp_check = {"UDP_CHECK", NULL, {SCHEDULED, PART(udp_rows, 0)}};
const struct block_type block_ping_check = {"PING_CHECK", NULL, {SCHEDULED}};
const struct block_type block_file_check = {"FILE_CHECK", NULL, {PART(file_rows, 0)}};
const struct block_type block_bfd_check = {"BFD_CHECK", NULL, {PART(bfd_check_rows, 0)}};
