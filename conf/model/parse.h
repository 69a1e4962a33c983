#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/model/rest.h"
#include "conf/table/draft.h"
#include "conf/table/keyword.h"
#include "conf/text/diagnostic.h"
#include "conf/text/expand.h"
#include "conf/text/lexer.h"
#include "core/base/hash.h"
#include "core/base/vector.h"

/* The parser's inside: shared by parse*.c, value.c, resolve*.c, verify.c and load.c. */

#define INCLUDE_DEPTH_MAX 16
#define CONF_TEXT_MAX	  ((size_t)256 * 1024 * 1024) /* bytes, included files counted */
#define CONF_MEMORY_MAX	  ((size_t)512 * 1024 * 1024) /* bytes, for what is made of them */

/* A file being read; those that include it follow. */
struct source {
	struct source *includer;
	struct lexer lexer;
	struct token next; /* of the includer, put aside */
	uint32_t file;	   /* index into conf.files */
	uint64_t device, inode;
	size_t released; /* bytes of the text given back to the system */
	const char *text;
	size_t size;
	void *memory;  /* that holds the text; NULL = it is not ours */
	size_t mapped; /* bytes of it */
};

/* A block being read; those around it follow. */
struct frame {
	struct frame *outer;
	enum block block;
	const struct keyword *row;
	void *object;		 /* NULL: its values are checked and forgotten */
	uint64_t given;		 /* members that have a value from the file */
	uint64_t tried;		 /* the same, and those whose value was reported as bad */
	struct place *places;	 /* of the given values; NULL = not kept */
	struct token head;	 /* the keyword that began it */
	struct place open;	 /* where its '{' stands, or should */
	struct place close;	 /* where its '}' stands; line 0 = nowhere yet */
	const char *header;	 /* words before the '{' of a block without object, interned */
	size_t rest_at;		 /* where its part of the stack of statements begins */
	const struct rest *rest; /* when it has been closed */
	bool mute;		 /* of a thing not supported: no warnings about its parts */
	bool implied;		 /* the '{' is missing, which has been reported */
	bool deeper;		 /* something in it stands further right than it does */
	size_t reported;	 /* diagnostics before it was closed */
	uint32_t indent;	 /* column of the first word on its line */
};

struct drafts {
	struct global_draft global;
	struct vector instances;   /* struct instance_draft */
	struct vector addresses;   /* struct address_draft */
	struct vector peers;	   /* struct peer_conf */
	struct vector keys;	   /* struct hmac_key_conf */
	struct vector garp_groups; /* struct garp_group_conf */
	struct vector delays;	   /* struct interface_delay_conf */
	struct vector groups;	   /* struct group_draft */
	struct vector members;	   /* struct member_draft */
	struct service_draft *service;
	struct vector servers;	   /* struct server_draft; of this service */
	struct vector checks;	   /* struct check_draft; of this service */
	struct vector urls;	   /* struct url_conf; of this service */
	struct vector url_rests;   /* const struct rest *; of these */
	struct vector check_rests; /* the same; of the checks of the server being resolved */
};

/* A name that stands for a block elsewhere, or that block; reference.c. */
struct reference {
	enum block kind;
	const char *name;
	struct place place;
	/* Of a use: */
	const char *list;	  /* "track_script" */
	const struct rest *items; /* of the entry, name and all */
	uint32_t instance;	  /* number of the instance it is in, or REFERENCE_NO_INSTANCE */
	/* Of a definition: */
	const struct rest *body;
};
#define REFERENCE_NO_INSTANCE UINT32_MAX

/* Where statements without a member are collected; rest.c. */
struct rest_parser {
	struct vector stack; /* struct statement, of the blocks being read, outermost first */
	FILE *out;	     /* writes one statement's text at a time */
	char *text;
	size_t size;
	uint32_t *last; /* by entry: where in the stack its last statement was put */
};

/* limit.c */
struct parser_limit {
	size_t memory;	 /* bytes; 0 = none */
	unsigned tokens; /* read so far */
	bool reached;	 /* which has been reported: all texts end here */
};

struct parser {
	struct conf *conf;
	struct arena *scratch; /* freed with the parser */
	struct intern *intern;
	struct keyword_index *index;
	struct expander *expander; /* NULL: '$', '@' and '~' are plain characters */
	struct diagnostics *diagnostics;
	struct source *source;
	struct lexer *lexer;  /* the source's */
	struct token next;    /* not yet used */
	struct frame *frame;  /* the innermost */
	struct frame *unwind; /* leave all blocks inside this one */
	struct frame closed;  /* the last block closed within the innermost one; row NULL = none */
	struct frame suspect; /* a block whose '}' seems to be missing, by its indentation */
	bool end_reported;    /* a missing '}' at the end of the text */
	uint32_t indent;      /* column of the first token on this line */
	unsigned quiet;	      /* > 0 inside a block that is not supported */
	bool may_include;
	bool canonical;		 /* the canonical form is read: what it has was warned of before */
	bool lenient;		 /* unknown keywords are warnings */
	bool refused_unknown;	 /* one of them was an error */
	bool skipped_block;	 /* one of them was a block at root level: names may be missed */
	unsigned include_checks; /* INCLUDE_CHECK_*, of this source */
	size_t text_size;	 /* of all sources */
	struct parser_limit limit;
	const char *last_regex;
	const void *templates[BLOCKS]; /* objects with their defaults */
	struct drafts drafts;
	struct vector files;	/* const char * */
	struct vector secrets;	/* struct secret_conf */
	struct vector services; /* struct service_conf */
	struct hash servers;	/* of the service being resolved, to find equal ones */
	struct target_set *targets;
	struct rest_parser rest;
	struct vector uses;	   /* struct reference */
	struct vector definitions; /* struct reference */
};

/* parse.c */
void parser_advance(struct parser *parser);
struct place parser_place(const struct parser *parser, const struct token *token);
/* Remembers that this file has a secret: the value of this keyword, whose name is a literal. */
void parser_note_secret(struct parser *parser, const struct token *keyword, const char *name);
/* Reports at a token of the current source, or at a place; `code` is a literal (diagnostic.h). */
void parser_error(struct parser *parser, const struct token *token, const char *code,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
void parser_warning(struct parser *parser, const struct token *token, const char *code,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
void parser_complain(struct parser *parser, enum diagnostic_severity severity, struct place place,
		     const char *code, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Adds to what was reported last where the other part of it is. */
void parser_note(struct parser *parser, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Statements or entries up to the '}' of the innermost frame, or up to the end of the source. */
void parse_body(struct parser *parser);
/* Words, blocks and all, up to the end of a statement that nobody knows. */
void parse_skip_statement(struct parser *parser);
/* Skips all up to the end of the line, braces too. */
void parse_skip_line(struct parser *parser);
/* Skips the words up to the end of the line or a brace. */
void parse_skip_words(struct parser *parser);
/* Warns that a keyword is given again, and says which of its values counts. */
void parser_warn_again(struct parser *parser, const struct token *keyword,
		       const struct keyword *row);
/* Warns of what is not supported, unless that has been done for the whole block. */
void parser_warn_unsupported(struct parser *parser, const struct token *keyword,
			     const struct keyword *row);
/* Text of a token for messages: cut, with quotes where it needs them. */
#define TOKEN_SHOWN_SIZE 72
const char *token_shown(const struct token *token, char text[TOKEN_SHOWN_SIZE]);
bool token_is(const struct token *token, const char *text);
/* A NUL-terminated, interned copy. */
const char *token_text(struct parser *parser, const struct token *token);

/* parse_unknown.c */

/* Reports the next word, `what` ("unknown keyword") it is, with a suggestion. */
void parser_unknown(struct parser *parser, const char *code, const char *what);
/* The same of a word that has been passed. */
void parser_complain_unknown(struct parser *parser, const struct token *word,
			     enum diagnostic_severity severity, const char *code, const char *what);
/* Counts a keyword of this block as given, though it is not: that it is missing is not said then.
 */
void parser_count_as_tried(struct parser *parser, const struct keyword_entry *entry);

/* limit.c: whether the memory is used up; then that is reported at `token`, once. */
bool limit_reached(struct parser *parser, const struct token *token);

/* parse_include.c */

/* What is an error and not only a warning; the names are those of include_check. */
#define INCLUDE_CHECK_READ     (1u << 0) /* a file that is named, or found, cannot be read */
#define INCLUDE_CHECK_MATCH    (1u << 1) /* nothing matches */
#define INCLUDE_CHECK_WILDCARD (1u << 2) /* nothing matches a pattern with wildcards */
#define INCLUDE_CHECK_BRACE    (1u << 3) /* nothing matches one of several alternatives */
#define INCLUDE_CHECK_ALL      (15u)

/* Adds "read" or "+read" to the checks, or takes "-read" away. False: no such word. */
bool parse_include_check(const struct token *word, unsigned *checks);
/* Whether a word is "include" or one of its checking forms. */
bool parse_is_include(const struct token *word);
void parse_include(struct parser *parser);
/* The path, from the folder of the file that is being read. */
const char *parse_full_path(struct parser *parser, const char *path, size_t length);
/* Reads a text as the innermost source, up to its end. */
void parse_source(struct parser *parser, struct source *source);
/* Reads a whole file; false with the reason in *reason. */
bool source_read(struct source *source, const char *path, size_t limit, const char **reason);
void source_release(struct source *source); /* what has been read so far */
void source_free(struct source *source);

/* parse_object.c: what blocks make. */

/* Makes one object of each kind that has only defaults; before anything is parsed. */
void object_templates(struct parser *parser);
/* Reads the header (the words before the '{') and makes the object. */
void object_open(struct parser *parser, struct frame *frame);
void object_close(struct parser *parser, struct frame *frame);
void parse_sorry_server(struct parser *parser, const struct token *keyword,
			const struct keyword *row);

/* parse_entry.c: what stands on a line of a list. */

/* An address and its options within a list of them; false: it is not an address. */
bool parse_address_entry(struct parser *parser, const struct frame *frame);
/* An entry of a list of lines or words. */
void parse_entry(struct parser *parser, const struct frame *frame);
/* The items of a VALUE_LINE, which go with the rest. False: reported. */
bool parse_line(struct parser *parser, const struct token *keyword,
		const struct keyword_entry *entry);
/* The words of a VALUE_LIST, when it has been read, go to the member. */
void parse_list_end(struct parser *parser, const struct keyword_entry *entry, struct frame *frame);

/* value.c */

/* Reads the words that belong to `row` into *member (NULL: only checks them). False: reported. */
bool value_read(struct parser *parser, const struct token *keyword, const struct keyword *row,
		void *member);
/* Whether a word follows that belongs to the value, and is no keyword of this block. */
bool value_follows(const struct parser *parser);
/* The address that a word is or, with a prefix length, begins with: its bytes; 0 = there is none.
 */
uint32_t value_address(const struct token *word, struct address *address);
/* The same from a text, for defaults. */
void value_read_text(struct parser *parser, const struct keyword *row, const char *text,
		     void *member);

/* rest.c */
void rest_parser_start(struct parser *parser);
void rest_parser_finish(struct parser *parser);
/* What is written between these two becomes an interned text. */
FILE *rest_text_begin(struct parser *parser);
const char *rest_text_end(struct parser *parser);
/* Up to `most` words of the line, each with a blank before it, as they can be read again. */
const char *rest_words(struct parser *parser, size_t most);
const char *rest_word(struct parser *parser, const char *word);
/* Adds a statement of the innermost block. */
void rest_add(struct parser *parser, const struct keyword_entry *entry, const char *text,
	      const struct rest *body);
/* Reads the value of a keyword without member and adds its statement. False: reported. *wanted:
 * it does not say "off". */
bool rest_value(struct parser *parser, const struct token *keyword,
		const struct keyword_entry *entry, bool *wanted);
/* The same for a line of items, which takes the place of an earlier one. */
void rest_add_line(struct parser *parser, const struct token *keyword,
		   const struct keyword_entry *entry, const struct rest *items);
/* Adds what has no keyword: an entry of a list, with its items as body, or an item of such a line.
 * Its text is a word with a blank before it, or "". */
void rest_item(struct parser *parser, const char *text, bool secret, const struct rest *body);
/* Reads a value without keyword and adds it as an item; `name` is what it belongs to. False:
 * reported. */
bool rest_head(struct parser *parser, const struct token *keyword, const struct keyword *head,
	       const char *name);
/* Takes the statements from this place of the stack on; NULL = there are none. */
const struct rest *rest_take(struct parser *parser, size_t from);
/* Puts them back, when a block of this kind is opened again. */
void rest_put_back(struct parser *parser, enum block block, const struct rest *rest);
/* The same rest with those of the object's parts, where any of them is not NULL. */
const struct rest *rest_with_parts(struct parser *parser, const struct rest *rest,
				   const struct rest *const *parts, size_t n_parts);

/* parse_group.c: sync groups */
void group_open(struct parser *parser, struct frame *frame);
void group_close(struct parser *parser, struct frame *frame);
/* Words up to the end of a list of members, or up to what shows that its '}' is missing. */
void group_add_member(struct parser *parser, struct frame *frame);
/* Ties members and groups together; after the instances. */
void group_resolve(struct parser *parser);

/* resolve.c and resolve_service.c */
void resolve_service(struct parser *parser, struct service_draft *draft);
void resolve(struct parser *parser);
/* script_user for a script that says no user of its own. */
void resolve_script(struct parser *parser, const struct script_conf **member);
/* verify.c: what holds between objects; after resolve(). */
void verify(struct parser *parser);
/* verify_links.c */
void verify_links(struct parser *parser);

/* delay.c: interface_up_down_delays */
void delay_parse(struct parser *parser);
/* Drops what is said twice, and warns of what has no use. */
void delay_verify(struct parser *parser);

/* reference.c */

/* An entry, at `word`, of a list of names of blocks. */
void reference_use(struct parser *parser, const struct frame *list, const struct token *word,
		   const struct rest *items);
/* A block that such names stand for has ended. */
void reference_define(struct parser *parser, const struct frame *block);
/* Matches names with blocks, and weights with priorities. */
void verify_references(struct parser *parser);

/* target.c: probes; equal ones are kept once. */
struct target_set;
/* `mask` is applied to hashes; all ones, but for tests of collisions. */
struct target_set *target_set_create(uint64_t mask);
void target_set_destroy(struct target_set *set);
/* Sets the key and returns the index of the probe. Strings and urls must be interned. */
uint32_t target_set_add(struct target_set *set, struct target_conf *target);
const struct target_conf *target_set_all(const struct target_set *set, size_t *count);

/* resolve_vmac.c: use_vmac, which stands at `place`. */
void resolve_vmac(struct parser *parser, struct instance_conf *instance, struct place place);

#endif
