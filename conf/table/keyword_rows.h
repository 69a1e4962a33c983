#ifndef CONF_KEYWORD_ROWS_H
#define CONF_KEYWORD_ROWS_H

/* The words in which the tables of keywords_*.c are written; see keyword.h for how to read them.
 * Included by those files only. */

#include "conf/table/choice.h"
#include "conf/table/draft.h"
#include "conf/table/value_type.h"

/* Types: the second column. */
#define FLAG		   .type = &value_flag
#define BOOL		   .type = &value_bool
#define INTEGER(low, high) .type = &value_integer, .min = (low), .max = (high)
#define WEIGHT(low, high)  .type = &value_weight, .min = (low), .max = (high)
#define SECONDS(low, high) \
	.type = &value_seconds, .min = (int64_t)((low)*1e6), .max = (int64_t)((high)*1e6)
#define MILLISECONDS(low, high) \
	.type = &value_milliseconds, .min = (int64_t)((low)*1e3), .max = (int64_t)((high)*1e3)
#define STRING		    .type = &value_string
#define FORM(form_)	    .type = &value_string, .form = &(form_)
#define JOINED(form_)	    .type = &value_joined, .form = &(form_)
#define NAME(longest)	    .type = &value_string, .max = (longest)
#define CHOICE(list)	    .type = &value_choice, .choices = (list)
#define ONE_OF(list)	    .type = &value_string, .choices = (list)
#define METHOD		    .type = &value_method, .choices = lvs_methods
#define IP		    .type = &value_ip
#define BROADCAST	    .type = &value_broadcast
#define COMMAND		    .type = &value_command
#define COMMAND_ONLY	    .type = &value_command, .max = COMMAND_WITHOUT_USER
#define USER		    .type = &value_user
#define REGEX		    .type = &value_regex
#define DIGEST		    .type = &value_digest
#define STATUS		    .type = &value_status
#define PASSWORD	    .type = &value_password
#define KEY		    .type = &value_key
#define SERVER		    .type = &value_server
#define INCLUDES	    .type = &value_includes
#define WORDS(fewest, most) .type = &value_words, .min = (fewest), .max = (most)
#define NAMES(fewest, most) .type = &value_names, .min = (fewest), .max = (most)
#define REST(fewest)	    .type = &value_words, .min = (fewest)
#define BLOCK_OF(which)	    .type = &value_block, .block = BLOCK_##which
#define ADDRESSES(which)    .type = &value_addresses, .block = BLOCK_##which
#define LINE(which)	    .type = &value_line, .block = BLOCK_##which
#define LIST		    .type = &value_list
#define LIST_OF(longest)    .type = &value_list, .max = (longest)
#define ENTRIES(which)	    .type = &value_entries, .block = BLOCK_##which
#define MEMBERS		    .type = &value_list, .block = BLOCK_MEMBERS
#define OPTIONAL(value)	    .absent = (value)
/* Of a block_type: what its lines begin with, and which blocks the first word is a name of. */
#define HEADS(rows_, required)                                                    \
	.heads = (rows_), .n_heads = (uint8_t)(sizeof(rows_) / sizeof(*(rows_))), \
	.n_required = (required)
#define NAMES_OF(which) .names = BLOCK_##which

/* Where the value is kept. */
#define AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* How far it is supported, and the documentation. */
#define DOES(text)     .support = SUPPORT_FULL, .doc = (text)
#define IGNORES(text)  .support = SUPPORT_IGNORED, .doc = (text)
#define LACKS(text)    .support = SUPPORT_NONE, .doc = (text)
#define DEFAULT(text)  .initial = (text)
#define FIXED	       .flags = KEYWORD_FIXED
#define ALIAS	       .flags = KEYWORD_ALIAS
#define MISNOMER       .flags = KEYWORD_ALIAS | KEYWORD_MISNOMER
#define ANY_CASE       .flags = KEYWORD_ANY_CASE
#define SECRET	       .flags = KEYWORD_SECRET
#define MANY	       .flags = KEYWORD_MANY
#define DISTURBS(what) .disturbs = DISTURBS_##what

/* For the documentation: how the value is shown, its unit, and the default in words. */
#define SHOWN(text)	.argument = (text)
#define UNIT(text)	.unit = (text)
#define OTHERWISE(text) .otherwise = (text)

extern const struct choice leases[]; /* keywords_global.c */
#define ADDRESS_LEASE_MAX 3600	     /* seconds */

#define SECONDS_MAX	  2147483.0
#define GARP_INTERVAL_MAX 86400.0

/* The rows of a block_type, and part `n` of them. */
#define ROWS(rows_)		 PART(0, rows_, 0)
#define PART(n, rows_, offset_)	 .parts[n] = {(rows_), sizeof(rows_) / sizeof(*(rows_)), (offset_)}
#define DEFINE_BLOCK(which, ...) const struct block_type block_##which = {__VA_ARGS__}

/* Rows that several blocks have; keywords_check.c. */
extern const struct keyword check_schedule_rows[N_CHECK_SCHEDULE_ROWS];
extern const struct keyword check_common_rows[N_CHECK_COMMON_ROWS];
extern const struct keyword server_schedule_rows[N_CHECK_SCHEDULE_ROWS];
extern const struct keyword track_rows[N_TRACK_ROWS]; /* keywords_track.c */

#endif
