#ifndef CONF_KEYWORD_ROWS_H
#define CONF_KEYWORD_ROWS_H

/* The words in which the tables of keywords_*.c are written; see keyword.h for how to read them.
 * Included by those files only. */

#include "conf/table/draft.h"
#include "conf/table/keyword.h"

/* Types: the second column. */
#define FLAG		   .type = VALUE_FLAG
#define BOOL		   .type = VALUE_BOOL
#define INTEGER(low, high) .type = VALUE_INTEGER, .min = (low), .max = (high)
#define WEIGHT(low, high)  .type = VALUE_WEIGHT, .min = (low), .max = (high)
#define SECONDS(low, high) \
	.type = VALUE_SECONDS, .min = (int64_t)((low)*1e6), .max = (int64_t)((high)*1e6)
#define MILLISECONDS(low, high) \
	.type = VALUE_MILLISECONDS, .min = (int64_t)((low)*1e3), .max = (int64_t)((high)*1e3)
#define STRING		    .type = VALUE_STRING
#define FORM(form_)	    .type = VALUE_STRING, .form = &(form_)
#define NAME(longest)	    .type = VALUE_STRING, .max = (longest)
#define CHOICE(list)	    .type = VALUE_CHOICE, .choices = (list)
#define ONE_OF(list)	    .type = VALUE_STRING, .choices = (list)
#define METHOD		    .type = VALUE_METHOD, .choices = lvs_methods
#define IP		    .type = VALUE_IP
#define BROADCAST	    .type = VALUE_BROADCAST
#define COMMAND		    .type = VALUE_COMMAND
#define COMMAND_ONLY	    .type = VALUE_COMMAND, .max = COMMAND_WITHOUT_USER
#define USER		    .type = VALUE_USER
#define REGEX		    .type = VALUE_REGEX
#define DIGEST		    .type = VALUE_DIGEST
#define STATUS		    .type = VALUE_STATUS
#define PASSWORD	    .type = VALUE_PASSWORD
#define KEY		    .type = VALUE_KEY
#define SERVER		    .type = VALUE_SERVER
#define INCLUDES	    .type = VALUE_INCLUDES
#define WORDS(fewest, most) .type = VALUE_WORDS, .min = (fewest), .max = (most)
#define NAMES(fewest, most) .type = VALUE_NAMES, .min = (fewest), .max = (most)
#define REST(fewest)	    .type = VALUE_WORDS, .min = (fewest)
#define BLOCK_OF(which)	    .type = VALUE_BLOCK, .block = (which)
#define ADDRESSES(which)    .type = VALUE_ADDRESSES, .block = (which)
#define LINE(which)	    .type = VALUE_LINE, .block = (which)
#define LIST		    .type = VALUE_LIST
#define LIST_OF(longest)    .type = VALUE_LIST, .max = (longest)
#define ENTRIES(which)	    .type = VALUE_ENTRIES, .block = (which)
#define MEMBERS		    .type = VALUE_MEMBERS, .block = BLOCK_MEMBERS
#define OPTIONAL(value)	    .absent = (value)
/* Of a block_type: what its lines begin with, and which blocks the first word is a name of. */
#define HEADS(rows_, required)                                                    \
	.heads = (rows_), .n_heads = (uint8_t)(sizeof(rows_) / sizeof(*(rows_))), \
	.n_required = (required)
#define NAMES_OF(which) .names = (which)

/* Where the value is kept. */
#define AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* How far it is supported, and the documentation. */
#define DOES(text)     .support = SUPPORT_FULL, .doc = (text)
#define IGNORES(text)  .support = SUPPORT_IGNORED, .doc = (text)
#define LACKS(text)    .support = SUPPORT_NONE, .doc = (text)
#define DEFAULT(text)  .initial = (text)
#define FIXED	       .flags = KEYWORD_FIXED
#define ALIAS	       .flags = KEYWORD_ALIAS
#define ANY_CASE       .flags = KEYWORD_ANY_CASE
#define SECRET	       .flags = KEYWORD_SECRET
#define MANY	       .flags = KEYWORD_MANY
#define DISTURBS(what) .disturbs = DISTURBS_##what

/* For the documentation: how the value is shown, its unit, and the default in words. */
#define SHOWN(text)	.argument = (text)
#define UNIT(text)	.unit = (text)
#define OTHERWISE(text) .otherwise = (text)

extern const struct choice lvs_methods[]; /* keywords_service.c */
extern const struct choice leases[];	  /* keywords_global.c */
#define ADDRESS_LEASE_MAX 3600		  /* seconds */

#define SECONDS_MAX	  2147483.0
#define GARP_INTERVAL_MAX 86400.0
#define PART(rows_, offset_)                                         \
	{                                                            \
		(rows_), sizeof(rows_) / sizeof(*(rows_)), (offset_) \
	}

/* Rows that several blocks have; keywords_check.c and keywords_service.c. */
extern const struct keyword check_schedule_rows[];
extern const struct keyword check_common_rows[];
extern const struct keyword server_schedule_rows[];
extern const struct keyword service_default_rows[];
extern const struct keyword server_default_rows[];
extern const struct keyword track_rows[]; /* keywords_track.c */
#define TRACK_PART                          \
	{                                   \
		track_rows, N_TRACK_ROWS, 0 \
	}
#define SCHEDULE_PART(offset_)                                        \
	{                                                             \
		check_schedule_rows, N_CHECK_SCHEDULE_ROWS, (offset_) \
	}
#define SERVER_SCHEDULE_PART(offset_)                                  \
	{                                                              \
		server_schedule_rows, N_CHECK_SCHEDULE_ROWS, (offset_) \
	}
#define COMMON_PART                                       \
	{                                                 \
		check_common_rows, N_CHECK_COMMON_ROWS, 0 \
	}
#define SERVICE_PART(offset_)                                          \
	{                                                              \
		service_default_rows, N_SERVER_DEFAULT_ROWS, (offset_) \
	}
#define SERVER_PART(offset_)                                          \
	{                                                             \
		server_default_rows, N_SERVER_DEFAULT_ROWS, (offset_) \
	}

#endif
