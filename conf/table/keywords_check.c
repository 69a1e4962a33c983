/*
 * The keywords of checks.  How to read a row: keyword.h.
 *
 * The first two tables hold what most kinds have: when and how often (which services and servers
 * say too, for their checks to inherit), and whom to connect to.
 */
#include "conf/table/keyword_rows.h"
#include "conf/table/word.h"

#define SCHEDULE_ROWS(least_retries_)                                                               \
	{"delay_loop", SECONDS(0.000001, SECONDS_MAX), AT(struct target_conf, interval),            \
	 DEFAULT("60"), DOES("check so often")},                                                    \
		{"retry", INTEGER(least_retries_, INT32_MAX), AT(struct target_conf, retry),        \
		 OTHERWISE("1"), DOES("try so many times more before a server counts as down")},    \
		{"delay_before_retry", SECONDS(0, SECONDS_MAX),                                     \
		 AT(struct target_conf, delay_before_retry), OTHERWISE("1; 3 for HTTP_GET"),        \
		 DOES("wait so long between tries")},                                               \
		{"connect_timeout", SECONDS(0.000001, SECONDS_MAX),                                 \
		 AT(struct target_conf, timeout), DEFAULT("5"),                                     \
		 DOES("fail a try that takes longer")},                                             \
		{"warmup", SECONDS(0, SECONDS_MAX), OTHERWISE("delay_loop"),                        \
		 IGNORES("spread the first checks over this time; they are made within a second")}, \
	{                                                                                           \
		"log_all_failures", BOOL, OTHERWISE("checker_log_all_failures"),                    \
			LACKS("log every check that fails, not only changes of state")              \
	}

const struct keyword check_schedule_rows[N_CHECK_SCHEDULE_ROWS] = {SCHEDULE_ROWS(0)};
/* A check may go without a further try; who has not said so in its block has one. */
const struct keyword server_schedule_rows[N_CHECK_SCHEDULE_ROWS] = {SCHEDULE_ROWS(1)};

const struct keyword check_common_rows[N_CHECK_COMMON_ROWS] = {
	{"alpha", BOOL, AT(struct target_conf, alpha), OTHERWISE("the server's"),
	 DOES("count as failed until it has passed")},
	{"connect_ip", IP, AT(struct target_conf, address), OTHERWISE("the server's"),
	 DOES("connect to this address")},
	{"connect_port", INTEGER(1, 65535), AT(struct target_conf, port), OTHERWISE("the server's"),
	 DOES("connect to this port")},
	{"bindto", IP, OTHERWISE("by the route"), LACKS("connect from this address")},
	{"bind_ip", IP, ALIAS, LACKS("connect from this address")},
	{"bind_port", INTEGER(1, 65535), OTHERWISE("any"), LACKS("connect from this port")},
	{"bind_if", NAME(15), SHOWN("INTERFACE"), OTHERWISE("by the route"),
	 LACKS("connect over this interface")},
	{"fwmark", INTEGER(0, UINT32_MAX), DEFAULT("0"), LACKS("mark the packets of the check")},
};

static const struct choice http_versions[] = {
	{"1.0", 0}, {"1.1", 0}, {"1.0C", 0}, {"1.0c", 0}, {"1.1C", 0}, {"1.1c", 0}, {0},
};

static const struct keyword http_rows[] = {
	{"url", BLOCK_OF(URL), DOES("fetch this page")},
	{"virtualhost", STRING, AT(struct target_conf, virtualhost), SHOWN("NAME"),
	 OTHERWISE("the server's, else its address"), DOES("ask for this host")},
	{"http_protocol", ONE_OF(http_versions), DEFAULT("1.0"),
	 LACKS("speak this version of HTTP (1.1 is spoken)")},
	{"enable_sni", BOOL, DEFAULT("no"), LACKS("send the virtual host's name in TLS")},
	{"sni_name", STRING, OPTIONAL(""), SHOWN("NAME"), OTHERWISE("virtualhost"),
	 LACKS("send this name in TLS")},
	{"fast_recovery", BOOL, DEFAULT("no"),
	 LACKS("fetch the other pages at once when the first one is good again")},
	{"tls_compliant", BOOL, DEFAULT("no"),
	 LACKS("insist on a proper end of the TLS connection")},
	{"nb_get_retry", INTEGER(0, INT32_MAX), AT(struct target_conf, retry), ALIAS,
	 DOES("try so many times more before a server counts as down")},
};

#define REGEX_OPTION(name_)                                             \
	{                                                               \
		name_, FLAG, LACKS("use the option " name_ " of PCRE2") \
	}
static const struct keyword regex_options_rows[] = {
	REGEX_OPTION("allow_empty_class"), REGEX_OPTION("alt_bsux"),
	REGEX_OPTION("auto_callout"),	   REGEX_OPTION("caseless"),
	REGEX_OPTION("dollar_endonly"),	   REGEX_OPTION("dotall"),
	REGEX_OPTION("dupnames"),	   REGEX_OPTION("extended"),
	REGEX_OPTION("firstline"),	   REGEX_OPTION("match_unset_backref"),
	REGEX_OPTION("multiline"),	   REGEX_OPTION("never_ucp"),
	REGEX_OPTION("never_utf"),	   REGEX_OPTION("no_auto_capture"),
	REGEX_OPTION("no_auto_possess"),   REGEX_OPTION("no_dotstar_anchor"),
	REGEX_OPTION("no_start_optimize"), REGEX_OPTION("ucp"),
	REGEX_OPTION("ungreedy"),	   REGEX_OPTION("utf"),
	REGEX_OPTION("never_backslash_c"), REGEX_OPTION("alt_circumflex"),
	REGEX_OPTION("alt_verbnames"),	   REGEX_OPTION("use_offset_limit"),
};
static const struct keyword regex_stack_heads[] = {
	{"START", INTEGER(1, UINT32_MAX)},
	{"MAX", INTEGER(1, UINT32_MAX)},
};

static const struct keyword url_rows[] = {
	{"path", STRING, AT(struct url_conf, path), SHOWN("PATH"), OTHERWISE("required"),
	 DOES("fetch this path")},
	{"status_code", STATUS, AT(struct url_conf, status), DEFAULT("200-299"),
	 DOES("want one of these codes; redirections are not followed")},
	{"digest", DIGEST, AT(struct url_conf, digest), OTHERWISE("any body"),
	 DOES("want a body with this MD5 sum")},
	{"regex", REGEX, AT(struct url_conf, regex), OTHERWISE("any body"),
	 DOES("want a body that this PCRE2 expression matches")},
	{"virtualhost", STRING, AT(struct url_conf, virtualhost), SHOWN("NAME"),
	 OTHERWISE("the check's"), DOES("ask for this host")},
	{"regex_no_match", BOOL, DEFAULT("no"),
	 LACKS("want a body that the expression does not match (it must match)")},
	{"regex_options", LINE(REGEX_OPTIONS), SHOWN("OPTION..."),
	 LACKS("match with these options of PCRE2")},
	{"regex_min_offset", INTEGER(0, INT32_MAX), DEFAULT("0"), UNIT("bytes"),
	 LACKS("look for a match from this offset on")},
	{"regex_max_offset", INTEGER(0, INT32_MAX), OTHERWISE("the end"), UNIT("bytes"),
	 LACKS("look for a match up to this offset")},
	{"regex_stack", LINE(REGEX_STACK), SHOWN("START MAX"),
	 IGNORES("match with a stack of this size; PCRE2 needs none")},
	{"tls_compliant", BOOL, OTHERWISE("the check's"),
	 LACKS("insist on a proper end of the TLS connection")},
};

#define NB_GET_RETRY                                                                            \
	{                                                                                       \
		"nb_get_retry", INTEGER(0, INT32_MAX), AT(struct target_conf, retry), MISNOMER, \
			DOES("try so many times more before a server counts as down")           \
	}

static const struct keyword connect_rows[] = {NB_GET_RETRY};

static const struct keyword smtp_rows[] = {
	NB_GET_RETRY,
	{"helo_name", STRING, SHOWN("NAME"), DEFAULT("smtpchecker.keepalived.org"),
	 LACKS("greet the server with this name")},
	{"host", BLOCK_OF(SMTP_HOST), LACKS("check this host too")},
};

static const struct choice dns_types[] = {
	{"A", 1},    {"NS", 2},	   {"CNAME", 5},  {"SOA", 6},	  {"MX", 15},
	{"TXT", 16}, {"AAAA", 28}, {"RRSIG", 46}, {"DNSKEY", 48}, {0},
};
static const struct keyword dns_rows[] = {
	NB_GET_RETRY,
	{"type", CHOICE(dns_types), ANY_CASE, DEFAULT("SOA"),
	 LACKS("ask for records of this type")},
	{"name", STRING, SHOWN("NAME"), DEFAULT("."), LACKS("ask for records of this name")},
};

static const struct keyword misc_rows[] = {
	{"misc_path", COMMAND_ONLY, OTHERWISE("required"),
	 LACKS("run this; exit status 0 = the server is up")},
	{"misc_timeout", INTEGER(0, 4294), UNIT("s"), OTHERWISE("delay_loop"),
	 LACKS("end it after this time")},
	{"misc_dynamic", BOOL, DEFAULT("no"),
	 LACKS("take the server's weight from its exit status")},
	{"user", USER, OTHERWISE("script_user"), LACKS("run it as this user")},
	{"alpha", BOOL, OTHERWISE("the server's"), LACKS("count as failed until it has passed")},
};

static const struct keyword payload_heads[] = {{"HEX", FORM(word_hex), MANY}};
static const struct keyword reply_heads[] = {{"HEX", FORM(word_hex_mask), MANY}};
static const struct keyword udp_rows[] = {
	NB_GET_RETRY,
	{"payload", LINE(UDP_PAYLOAD), SHOWN("HEX..."), OTHERWISE("32 bytes of text"),
	 LACKS("send these bytes")},
	{"require_reply", LINE(UDP_REPLY), SHOWN("[HEX...]"), OTHERWISE("no reply is needed"),
	 LACKS("want a reply, which begins with these bytes")},
	{"min_reply_length", INTEGER(0, 65535), DEFAULT("0"), UNIT("bytes"),
	 LACKS("want a reply of at least this length")},
	{"max_reply_length", INTEGER(0, 65535), DEFAULT("255"), UNIT("bytes"),
	 LACKS("want a reply of at most this length")},
};

static const struct keyword file_rows[] = {
	{"track_file", STRING, SHOWN("NAME"), OTHERWISE("required"),
	 LACKS("follow this track_file")},
	{"weight", WEIGHT(-INT32_MAX, INT32_MAX), OTHERWISE("that of the track_file"),
	 LACKS("change the server's weight by this times the number")},
	{"dynamic", BOOL, LACKS("change the server's weight by the number")},
	{"alpha", BOOL, OTHERWISE("the server's"), LACKS("count as failed until it has passed")},
};

static const struct keyword bfd_check_rows[] = {
	{"name", STRING, SHOWN("NAME"), OTHERWISE("required"), LACKS("follow this bfd_instance")},
	{"alpha", BOOL, OTHERWISE("the server's"), LACKS("count as failed until it has passed")},
};

#define SCHEDULED PART(0, check_schedule_rows, 0), PART(1, check_common_rows, 0)
/* A script connects to nothing: of the schedule it has all but connect_timeout. */
#define N_BEFORE_TIMEOUT 3

DEFINE_BLOCK(TCP_CHECK, "TCP_CHECK", SCHEDULED, PART(2, connect_rows, 0));
DEFINE_BLOCK(HTTP_GET, "HTTP_GET", SCHEDULED, PART(2, http_rows, 0));
DEFINE_BLOCK(SSL_GET, "SSL_GET", SCHEDULED, PART(2, http_rows, 0));
DEFINE_BLOCK(URL, "url", ROWS(url_rows));
DEFINE_BLOCK(SMTP_CHECK, "SMTP_CHECK", SCHEDULED, PART(2, smtp_rows, 0));
DEFINE_BLOCK(SMTP_HOST, "host", SCHEDULED);
DEFINE_BLOCK(DNS_CHECK, "DNS_CHECK", SCHEDULED, PART(2, dns_rows, 0));
DEFINE_BLOCK(MISC_CHECK, "MISC_CHECK", .parts[0] = {check_schedule_rows, N_BEFORE_TIMEOUT, 0},
	     .parts[1] = {check_schedule_rows + N_BEFORE_TIMEOUT + 1,
			  N_CHECK_SCHEDULE_ROWS - N_BEFORE_TIMEOUT - 1, 0},
	     PART(2, misc_rows, 0));
DEFINE_BLOCK(UDP_CHECK, "UDP_CHECK", SCHEDULED, PART(2, udp_rows, 0));
DEFINE_BLOCK(PING_CHECK, "PING_CHECK", SCHEDULED, PART(2, connect_rows, 0));
DEFINE_BLOCK(FILE_CHECK, "FILE_CHECK", ROWS(file_rows));
DEFINE_BLOCK(BFD_CHECK, "BFD_CHECK", ROWS(bfd_check_rows));
DEFINE_BLOCK(REGEX_OPTIONS, "regex_options", ROWS(regex_options_rows));
DEFINE_BLOCK(REGEX_STACK, "regex_stack", HEADS(regex_stack_heads, 2));
DEFINE_BLOCK(UDP_PAYLOAD, "payload", HEADS(payload_heads, 1));
DEFINE_BLOCK(UDP_REPLY, "require_reply", HEADS(reply_heads, 0));
