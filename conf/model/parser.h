#ifndef CONF_PARSER_H
#define CONF_PARSER_H

#include "conf/model/unsupported.h"
#include "conf/table/draft.h"
#include "conf/table/value.h"

/* The parser: what a text has been found to say so far. */

/* A block being read; those around it follow. */
struct frame {
	struct frame *outer;
	enum block block;
	const struct keyword *row;
	void *object;	      /* NULL: its values are checked and forgotten */
	uint64_t given;	      /* members that have a value from the file */
	uint64_t tried;	      /* the same, and those whose value was reported as bad */
	struct place *places; /* of the given values; NULL = not kept */
	struct token head;    /* the keyword that began it */
	struct place open;    /* where its '{' stands, or should */
	struct place close;   /* where its '}' stands; line 0 = nowhere yet */
	const char *header;   /* words before the '{' of a block without object, interned */
	size_t statements_at; /* where its part of the stack of statements begins */
	const struct unsupported *unsupported; /* when it has been closed */
	bool mute;	      /* of a thing not supported: no warnings about its parts */
	bool implied;	      /* the '{' is missing, which has been reported */
	bool deeper;	      /* something in it stands further right than it does */
	bool known;	      /* a keyword of it has been read */
	bool misplaced;	      /* one of another block was, which has been reported */
	struct token foreign; /* that one, if none of its own came before; length 0 = none */
	size_t errors;	      /* reported before it */
	size_t reported;      /* diagnostics before it was closed */
	uint32_t indent;      /* column of the first word on its line */
};

#define DRAFT_LISTS 16

struct drafts {
	struct global_draft global;
	struct service_draft *service;
	union {
		struct {
			struct vector instances;	 /* struct instance_draft */
			struct vector addresses;	 /* struct address_draft */
			struct vector peers;		 /* struct peer_conf */
			struct vector keys;		 /* struct hmac_key_conf */
			struct vector garp_groups;	 /* struct garp_group_conf */
			struct vector delays;		 /* struct interface_delay_conf */
			struct vector groups;		 /* struct group_draft */
			struct vector members;		 /* struct member_draft */
			struct vector servers;		 /* struct server_draft; of this service */
			struct vector checks;		 /* struct check_draft; of this service */
			struct vector urls;		 /* struct url_conf; of this service */
			struct vector url_unsupported;	 /* const struct unsupported *; of these */
			struct vector check_unsupported; /* the same; of the server's checks */
			struct vector services;		 /* struct service_conf */
			struct vector uses;		 /* struct reference */
			struct vector definitions;	 /* struct reference */
		};
		struct vector lists[DRAFT_LISTS]; /* the same */
	};
};
_Static_assert(offsetof(struct drafts, definitions) ==
		       offsetof(struct drafts, lists[DRAFT_LISTS - 1]),
	       "all lists");

struct parser {
	struct reader in; /* the words, and where to report what is wrong with them */
	struct conf *conf;
	struct keyword_index *index;
	struct frame *frame;  /* the innermost */
	struct frame *unwind; /* leave all blocks inside this one */
	struct frame closed;  /* the last block closed within the innermost one; row NULL = none */
	struct frame suspect; /* a block whose '}' seems to be missing, by its indentation */
	bool lenient;	      /* unknown keywords are warnings */
	bool refused_unknown; /* one of them was an error */
	bool skipped_block;   /* one of them was a block at root level: names may be missed */
	const void *templates[BLOCKS]; /* objects with their defaults */
	struct drafts drafts;
	struct hash servers; /* of the service being resolved, to find equal ones */
	struct target_set *targets;
	struct statement_stack statements;
};

/* The bit of a member of the block's object among those given. */
#define KEYWORD_BIT(parser, block, type, member) \
	keyword_bit((parser)->index, BLOCK_##block, offsetof(type, member))

/* parse.c */

/* What the reader asks of a parser. */
extern const struct reader_user parser_reader_user;
/* Statements or entries up to the '}' of the innermost frame, or up to the end of the source. */
void parse_body(struct parser *parser);
/* Warns that a keyword is given again, and says which of its values counts. */
void parser_warn_again(struct parser *parser, const struct token *keyword,
		       const struct keyword *row);
/* Warns of what is not supported, unless that has been done for the whole block. */
void parser_warn_unsupported(struct parser *parser, const struct token *keyword,
			     const struct keyword *row);

/* Whether names may be defined in what was not read, which has been reported. */
bool parser_may_miss(const struct parser *parser);

/* unknown.c */

/* Whether the next word begins a remark as other languages have them, behind something else: it
 * does no harm, in keepalived neither. */
bool parser_has_remark(const struct parser *parser);
/* Reports the next word, `what` ("unknown keyword") it is, with a suggestion. */
void parser_unknown(struct parser *parser, const char *code, const char *what);
/* The same of a word that has been passed. */
void parser_complain_unknown(struct parser *parser, const struct token *word,
			     enum diagnostic_severity severity, const char *code, const char *what);
/* Passes the rest of a line that "${_HASH}" or "${_BANG}" makes a remark; false: it does not. */
bool parser_pass_remark(struct parser *parser);
/* Whether the next word is a habit of people, which has been reported then, or a member of a group
 * that stands in the wrong place. */
bool parser_is_habit(struct parser *parser, enum diagnostic_severity severity);

#endif
