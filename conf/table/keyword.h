#ifndef CONF_KEYWORD_H
#define CONF_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of keywords: all that the language is.
 *
 * Each block of the language (enum block) is described by a struct block_type in one of the files
 * keywords_*.c, each keyword within it by one row.  The parser reads by it, the printer prints by
 * it, inheritance and comparison go by it, suggestions come from it, and so does the manual.
 *
 * TO ADD A KEYWORD, add a row to the block's table:
 *
 *   {"priority", INTEGER(1, 255), AT(struct instance_conf, priority), DEFAULT("100"),
 *    DOES("be elected by this priority; 255 = owner of the addresses")},
 *
 * and give the struct in conf.h its member.  Nothing else is needed for a plain value: the member
 * may have any integer width, it starts as the default text says (read by the same reader),
 * and the canonical form prints it.  What remains by hand are checks that look at several values
 * (verify.c) and rules by which one value follows from others (resolve*.c).
 *
 * The documentation is a verb phrase in the infinitive, since a row that is not supported becomes
 * the warning "'x' is not supported: vdirector will not PHRASE".  It stands in one of
 *   DOES     supported: it does what it says
 *   IGNORES  accepted in silence: what it asks for needs no keyword here, or is obsolete
 *   LACKS    accepted with its full syntax, and warned about
 * Add FIXED to what cannot change at a reload, DISTURBS() to what traffic may notice, ALIAS to a
 * further name of another row's member, or of the row above it where there is no member, MISNOMER
 * to one that keepalived ignores, but means nothing else, SECRET to what is masked when it is
 * shown.
 *
 * A row without AT() needs no member: its value is checked and kept with the unsupported statements
 * (unsupported.h), for the canonical form.
 *
 * A block of its own needs an entry in enum block, a row of type BLOCK_OF() in the block around
 * it, and a struct block_type; if it makes an object, open and close functions in object.c.
 */

enum block {
	BLOCK_ROOT,
	BLOCK_GLOBAL,
	BLOCK_INSTANCE,
	BLOCK_ADDRESS,	/* the options after an address, on one line */
	BLOCK_EXCLUDED, /* the same of those that adverts do not list */
	BLOCK_PEER,
	BLOCK_AUTHENTICATION,
	BLOCK_AUTH_HMAC,
	BLOCK_SYNC_GROUP,
	BLOCK_MEMBERS, /* names of instances */
	BLOCK_SCRIPT,
	BLOCK_TRACK_FILE,
	BLOCK_TRACK_PROCESS,
	BLOCK_GARP_GROUP,
	BLOCK_TRACK_GROUP,
	BLOCK_SSL,
	BLOCK_BFD,
	BLOCK_SERVICE,
	BLOCK_SERVER,
	BLOCK_FALLBACK,
	BLOCK_TCP_CHECK,
	BLOCK_HTTP_GET,
	BLOCK_URL,
	BLOCK_SSL_GET,
	BLOCK_SMTP_CHECK,
	BLOCK_SMTP_HOST,
	BLOCK_DNS_CHECK,
	BLOCK_MISC_CHECK,
	BLOCK_UDP_CHECK,
	BLOCK_PING_CHECK,
	BLOCK_FILE_CHECK,
	BLOCK_BFD_CHECK,
/* What stands on one line: entries of lists, and values with options. */
#define BLOCK_FIRST_LINE BLOCK_STATIC_ADDRESS
	BLOCK_STATIC_ADDRESS,
	BLOCK_ROUTE,
	BLOCK_STATIC_ROUTE,
	BLOCK_ROUTE_VIA,
	BLOCK_ROUTE_METRIC,
	BLOCK_ROUTE_TIME,
	BLOCK_ROUTE_WORD,
	BLOCK_RULE,
	BLOCK_STATIC_RULE,
	BLOCK_TRACKED_INTERFACE,
	BLOCK_TRACKED_SCRIPT,
	BLOCK_TRACKED_FILE,
	BLOCK_TRACKED_PROCESS,
	BLOCK_TRACKED_BFD,
	BLOCK_IPVLAN,
	BLOCK_INIT_FILE,
	BLOCK_LINKBEAT,
	BLOCK_INTERFACE_DELAY,
	BLOCK_EXTRA_IF,
	BLOCK_SYNC_DAEMON,
	BLOCK_TIMEOUTS,
	BLOCK_CPUS,
	BLOCK_SMTP_SERVER,
	BLOCK_SERVICE_GROUP,
	BLOCK_REGEX_OPTIONS,
	BLOCK_REGEX_STACK,
	BLOCK_UDP_PAYLOAD,
	BLOCK_UDP_REPLY,
};
#define BLOCKS (BLOCK_UDP_REPLY + 1)

struct value_type; /* value_type.h */

#define COMMAND_WITHOUT_USER 1

/* How far a keyword is supported. */
enum support { SUPPORT_FULL, SUPPORT_IGNORED, SUPPORT_NONE };

enum keyword_flag {
	KEYWORD_FIXED = 1 << 0,	   /* cannot change at a reload */
	KEYWORD_ALIAS = 1 << 1,	   /* another name; not printed */
	KEYWORD_ANY_CASE = 1 << 2, /* choices in lower or upper case */
	KEYWORD_SECRET = 1 << 3,   /* its last word is shown only to those who ask for secrets */
	KEYWORD_MANY = 1 << 4,	   /* may be given several times; all of them count */
	KEYWORD_ZERO_IS_NONE = 1 << 6, /* warned about; keepalived ignores it so */
	KEYWORD_MISNOMER = 1 << 5,     /* an alias that keepalived ignores; warned about */
};

/* What a change of the value disturbs; core/director/effect_traffic.c says it in words. */
enum disturbance {
	DISTURBS_NOTHING,
	DISTURBS_ELECTION,	   /* who is Active */
	DISTURBS_AGREEMENT,	   /* routers that differ in it ignore each other's adverts */
	DISTURBS_SOURCE,	   /* unicast peers know this router by it */
	DISTURBS_HARDWARE_ADDRESS, /* of the instance's addresses */
	DISTURBS_QUORUM,
	DISTURBS_SHARE,		  /* of a server in new connections */
	DISTURBS_NEW_CONNECTIONS, /* the others stay as they are */
	DISTURBS_FAILED_SERVERS,
};

struct choice {
	const char *name; /* ends with NULL */
	int64_t value;
};

/* What a word must look like; word.c. */
struct word_form {
	const char *expected; /* for messages: "an absolute path" */
	bool (*fits)(const char *text, size_t length);
};

struct keyword {
	const char *name;
	const struct value_type *type;
	int64_t min, max;
	const struct choice *choices; /* the first name of a value is the one printed */
	const struct word_form *form; /* NULL = any word */
	enum block block;	      /* of value_block, _addresses, _line, _entries and _list */
	uint16_t offset, size;	      /* of the member; size 0 = not stored */
	const char *initial;	      /* the default, as it would be written; NULL = none */
	enum support support;
	unsigned flags;
	enum disturbance disturbs;
	const char *doc;
	const char *absent; /* what stands for a value that is left out; NULL = it may not */

	/* For the documentation only. */
	const char *argument;  /* the value as it is shown; NULL = by its type */
	const char *unit;      /* of a number; NULL = none, or by its type */
	const char *otherwise; /* what holds where it is not given, in words; NULL = `initial` */
};

/* Rows that several blocks have in common; each block holds their struct at its own offset. */
struct keyword_part {
	const struct keyword *rows;
	uint16_t n_rows;
	uint16_t offset;
};

#define KEYWORD_PARTS 3
/* The parts for inheritance: first in services and servers; the first one also in checks. */
#define N_CHECK_SCHEDULE_ROWS 6
#define N_SERVER_DEFAULT_ROWS 6
#define N_CHECK_COMMON_ROWS   8
#define N_TRACK_ROWS	      5
struct block_type {
	const char *name;     /* as in "in vrrp_instance" */
	const char *argument; /* what its header expects, for messages; NULL = nothing */
	struct keyword_part parts[KEYWORD_PARTS];
	/* value_line, value_entries: what stands without a keyword, in this order. Those after the
	 * first `n_required` may be left out; the last one repeats where it has KEYWORD_MANY. */
	const struct keyword *heads;
	uint8_t n_heads, n_required;
	enum block names; /* the first head is the name of such a block; BLOCK_ROOT = it is not */
};

/* keyword.c */

/* Whether a row's value must not be shown to everybody. */
bool keyword_is_secret(const struct keyword *row);
const struct block_type *block_type(enum block block);
/* Walks the members of a block's struct in the model (of `size` bytes), each once, in the order of
 * the table. *at is 0 at first; returns NULL at the end. */
const struct keyword *block_member(enum block block, size_t size, size_t *at, uint16_t *offset);

/* The tables; keywords_*.c. */
extern const struct block_type block_root, block_global, block_ssl;
extern const struct block_type block_instance, block_address, block_excluded, block_peer;
extern const struct block_type block_authentication;
extern const struct block_type block_auth_hmac, block_sync_group, block_members, block_script;
extern const struct block_type block_track_file;
extern const struct block_type block_track_process, block_garp_group, block_track_group, block_bfd;
extern const struct block_type block_service, block_server, block_fallback;
extern const struct block_type block_tcp_check, block_http_get, block_url, block_ssl_get;
extern const struct block_type block_smtp_check, block_smtp_host, block_dns_check;
extern const struct block_type block_misc_check, block_udp_check, block_ping_check;
extern const struct block_type block_file_check, block_bfd_check;
extern const struct block_type block_static_address, block_route, block_static_route,
	block_route_via, block_route_metric, block_route_time, block_route_word, block_rule,
	block_static_rule, block_tracked_interface, block_tracked_script, block_tracked_file,
	block_tracked_process, block_tracked_bfd, block_ipvlan, block_init_file, block_linkbeat,
	block_interface_delay, block_extra_if, block_sync_daemon, block_timeouts, block_cpus,
	block_smtp_server, block_service_group, block_regex_options, block_regex_stack,
	block_udp_payload, block_udp_reply;

/* A keyword as found in a block. */
struct keyword_entry {
	const struct keyword *row;
	enum block block;
	uint16_t offset; /* of the member in the block's object */
	uint16_t length; /* of the name */
	uint16_t bit;	 /* of the member in "given"; rows of one member share it */
	uint16_t main;	 /* number of the entry that this one is another name of, or its own */
};
#define KEYWORD_NO_BIT 64 /* no member, so never "given" */

/* keyword.c: the index over all rows; built once per parser, freed with it. */
struct keyword_index;
struct keyword_index *keyword_index_create(void);
void keyword_index_destroy(struct keyword_index *index);
/* NULL: this block has no such keyword. */
const struct keyword_entry *keyword_find(const struct keyword_index *index, enum block block,
					 const char *name, size_t length);
/* All rows of a block in the order of its table; *count of them. */
const struct keyword_entry *keyword_entries(const struct keyword_index *index, enum block block,
					    size_t *count);
/* How many entries there are in all blocks; their numbers are below this. */
size_t keyword_count(const struct keyword_index *index);
/* The row under whose name an entry without member is kept and printed. */
const struct keyword *keyword_main(const struct keyword_index *index,
				   const struct keyword_entry *entry);
/* The bit of the member at `offset` of the block's object; none is fatal(). */
uint64_t keyword_bit(const struct keyword_index *index, enum block block, size_t offset);
/* The keyword of `block` that `name` most likely was meant to be, or NULL. */
const char *keyword_suggest(const struct keyword_index *index, enum block block, const char *name,
			    size_t length);

#endif
