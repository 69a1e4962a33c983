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
 * A block of its own needs an entry in ALL_BLOCKS, a row of type BLOCK_OF() in the block around it,
 * and a DEFINE_BLOCK(); if it makes an object, open and close functions in object.c.
 */

/* All blocks. ADDRESS: the options after an address, on one line; EXCLUDED: the same of those that
 * adverts do not list; MEMBERS: names of instances. From STATIC_ADDRESS on: what stands on one
 * line, entries of lists and values with options. */
#define ALL_BLOCKS(X)                                                                              \
	X(ROOT), X(GLOBAL), X(INSTANCE), X(ADDRESS), X(EXCLUDED), X(PEER), X(AUTHENTICATION),      \
		X(AUTH_HMAC), X(SYNC_GROUP), X(MEMBERS), X(SCRIPT), X(TRACK_FILE),                 \
		X(TRACK_PROCESS), X(GARP_GROUP), X(TRACK_GROUP), X(SSL), X(BFD), X(SERVICE),       \
		X(SERVER), X(FALLBACK), X(TCP_CHECK), X(HTTP_GET), X(URL), X(SSL_GET),             \
		X(SMTP_CHECK), X(SMTP_HOST), X(DNS_CHECK), X(MISC_CHECK), X(UDP_CHECK),            \
		X(PING_CHECK), X(FILE_CHECK), X(BFD_CHECK), X(STATIC_ADDRESS), X(ROUTE),           \
		X(STATIC_ROUTE), X(ROUTE_VIA), X(ROUTE_METRIC), X(ROUTE_TIME), X(ROUTE_WORD),      \
		X(RULE), X(STATIC_RULE), X(TRACKED_INTERFACE), X(TRACKED_SCRIPT), X(TRACKED_FILE), \
		X(TRACKED_PROCESS), X(TRACKED_BFD), X(IPVLAN), X(INIT_FILE), X(LINKBEAT),          \
		X(INTERFACE_DELAY), X(EXTRA_IF), X(SYNC_DAEMON), X(TIMEOUTS), X(CPUS),             \
		X(SMTP_SERVER), X(SERVICE_GROUP), X(REGEX_OPTIONS), X(REGEX_STACK),                \
		X(UDP_PAYLOAD), X(UDP_REPLY)

#define BLOCK_NUMBER(which) BLOCK_##which
enum block { ALL_BLOCKS(BLOCK_NUMBER) };
#define BLOCK_FIRST_LINE BLOCK_STATIC_ADDRESS
#define BLOCKS		 (BLOCK_UDP_REPLY + 1)

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
	/* What stands for a number in it that is too large, which is told; 0 = none is.  NULL: such
	 * a word does not fit. */
	unsigned (*limit)(const char *text, size_t length);
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

#define KEYWORD_PARTS 4
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
/* Whether it is a check of a server, of whatever kind. */
bool keyword_is_check(const struct keyword *row);
/* Whether it makes a tracker, or names those that an instance or group follows. */
bool keyword_is_tracker(const struct keyword *row);
const struct block_type *block_type(enum block block);
/* Walks the members of a block's struct in the model (of `size` bytes), each once, in the order of
 * the table. *at is 0 at first; returns NULL at the end. */
const struct keyword *block_member(enum block block, size_t size, size_t *at, uint16_t *offset);

/* The tables; keywords_*.c define them with DEFINE_BLOCK(). */
#define BLOCK_TYPE(which) block_##which
extern const struct block_type ALL_BLOCKS(BLOCK_TYPE);

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
