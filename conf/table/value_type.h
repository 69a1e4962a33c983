#ifndef CONF_VALUE_TYPE_H
#define CONF_VALUE_TYPE_H

#include <stdio.h>

#include "conf/table/keyword.h"
#include "conf/text/reader.h"

/* Reads the words of a value into *member, where that is not NULL. False: reported. */
typedef bool value_reader(struct reader *reader, const struct token *keyword,
			  const struct keyword *row, void *member);

#define VALUE_EXPECTED_SIZE 160

/*
 * How the words after a keyword are read and written.  To add a type, describe it in the file of
 * its kind and give it a word in keyword_rows.h.  What is NULL follows from the row, or from the
 * bytes of the member.
 */
struct value_type {
	const char *name;     /* for programs: "number" */
	const char *syntax;   /* as it is shown: "NUMBER" */
	const char *unit;     /* of its numbers: "s" */
	int64_t scale;	      /* of times: µs in one unit of what is stored */
	const char *expected; /* for messages: "a command" */
	bool braces;	      /* it stands in { }: the parser reads it */
	void (*expect)(const struct keyword *row, char text[VALUE_EXPECTED_SIZE]);
	value_reader *read;
	/* Whether *member holds something that can be written; NULL = where it is not all zero. */
	bool (*is_set)(const struct keyword *row, const void *member);
	/* Writes what follows the keyword, with a blank before it; NULL = nothing. */
	void (*print)(const struct keyword *row, const void *member, FILE *out);
	bool (*equal)(const void *a, const void *b);
};

/* value_number.c */
extern const struct value_type value_flag;	   /* nothing: it is there or not */
extern const struct value_type value_bool;	   /* [on|off|true|false|yes|no]; nothing = on */
extern const struct value_type value_integer;	   /* min..max */
extern const struct value_type value_weight;	   /* min..max [reverse|noreverse]: weight_conf */
extern const struct value_type value_seconds;	   /* decimal, stored in µs; min..max in µs */
extern const struct value_type value_milliseconds; /* the same, as it is written in ms */
extern const struct value_type value_choice;	   /* one of `choices` */
extern const struct value_type value_method;	   /* a choice; TUN, maybe the kind of tunnel */
extern const struct value_type value_status;	   /* 200 301-302 ...; rest of the line */

/* value_word.c */
extern const struct value_type value_string; /* one word; max = longest length, 0 = any; of a form,
					      * or of `choices` */
extern const struct value_type value_joined; /* the same, of a form, with blanks in it */
extern const struct value_type value_words; /* min..max words, max 0 = rest of the line; one text */
extern const struct value_type value_names; /* min..max names of interfaces: a name_list */
extern const struct value_type value_command;  /* "COMMAND ARGUMENTS" [USER [GROUP]]; max
						* COMMAND_WITHOUT_USER: only the first */
extern const struct value_type value_user;     /* USER [GROUP], in two strings after each other */
extern const struct value_type value_regex;    /* PCRE2 */
extern const struct value_type value_digest;   /* 32 hexadecimal digits */
extern const struct value_type value_password; /* up to 8 bytes */

/* value_address.c */
extern const struct value_type value_ip;	/* an IPv4 or IPv6 address */
extern const struct value_type value_broadcast; /* an address, "+" or "-" */
extern const struct value_type value_server;	/* ADDRESS [PORT]: a sorry_server */

/* hmac_key.c */
extern const struct value_type value_key; /* NUMBER VALUE: a key of auth_hmac */

/* value.c */
extern const struct value_type value_includes;	/* [+|-]CHECK...: of the includes that follow */
extern const struct value_type value_line;	/* the heads and options of `block`, on one line */
extern const struct value_type value_block;	/* { } of statements of `block`, after a header */
extern const struct value_type value_addresses; /* { } of addresses with options of `block` */
extern const struct value_type value_list;	/* { } of names: a name_list; max = longest length,
						 * 0 = any; `block` BLOCK_MEMBERS: of instances */
extern const struct value_type value_entries;	/* { } of lines with what `block` says */

/* What readers share; value.c. */

/* Reports that the next word is not what the row wants; it is left where it is. Returns false. */
value_reader value_unwanted;
/* Whether a word follows that belongs to the value, and is no keyword of this block. */
bool value_follows(const struct reader *reader);
/* Stores a value of `size` bytes where there is a member for it. Returns true. */
bool value_put(void *member, const void *value, size_t size);
/* Stores what the next word says, and passes the word. Returns true. */
bool value_take(struct reader *reader, void *member, const void *value, size_t size);
/* Stores a number in a member of the row's size. */
void value_store(const struct keyword *row, void *member, int64_t number);

#endif
