/*
 * The election as a table of state by event: RFC 9568 section 6.4 (and RFC 3768's for version 2),
 * with the states that a planned hand-over, a late wake-up and a fault need beside the standard's
 * three.  The event's class is the column (engine.c); every cell is filled: what is ignored says
 * so.  Beside each is the standard's section.
 */
#include "vrrp/engine_parts.h"

/* One row, one line. */
/* clang-format off */
const struct row engine_table[ENGINE_STATES][ENGINE_COLUMNS] = {
	[ENGINE_INIT] = {
		[ON_STARTUP]     = {row_init_startup,       "6.4.1"},
		[ON_SHUTDOWN]    = {row_stop_at_once,       "own"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_ignore,             "own"},
		[ON_ZERO]        = {row_ignore,             "6.4.1"},
		[ON_LOWER]       = {row_ignore,             "6.4.1"},
		[ON_EQUAL_BELOW] = {row_ignore,             "6.4.1"},
		[ON_EQUAL_ABOVE] = {row_ignore,             "6.4.1"},
		[ON_HIGHER]      = {row_ignore,             "6.4.1"},
		[ON_TIMER]       = {row_ignore,             "own"},
		[ON_LATE]        = {row_ignore,             "own"},
		[ON_STANDBY]     = {row_note_standby,       "own"},
		[ON_TAKEOVER]    = {row_refuse_not_started, "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
	},
	[ENGINE_BACKUP] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_backup_shutdown,    "6.4.2"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_fail,               "own"},
		[ON_ZERO]        = {row_backup_zero,        "6.4.2"},
		[ON_LOWER]       = {row_backup_lower,       "6.4.2"},
		[ON_EQUAL_BELOW] = {row_backup_accept,      "6.4.2"},
		[ON_EQUAL_ABOVE] = {row_backup_accept,      "6.4.2"},
		[ON_HIGHER]      = {row_backup_accept,      "6.4.2"},
		[ON_TIMER]       = {row_backup_timer,       "6.4.2"},
		[ON_LATE]        = {row_listen_on,          "own"},
		[ON_STANDBY]     = {row_backup_standby,     "own"},
		[ON_TAKEOVER]    = {row_take_over,          "own"},
		[ON_CONFIGURE]   = {row_backup_configure,   "own"},
	},
	[ENGINE_ACTIVE] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_active_shutdown,    "6.4.3"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_active_fail,        "own"},
		[ON_ZERO]        = {row_active_zero,        "6.4.3"},
		[ON_LOWER]       = {row_active_answer,      "6.4.3"},
		[ON_EQUAL_BELOW] = {row_active_answer,      "6.4.3"},
		[ON_EQUAL_ABOVE] = {row_active_yield,       "6.4.3, erratum 8298"},
		[ON_HIGHER]      = {row_active_yield,       "6.4.3"},
		[ON_TIMER]       = {row_active_timer,       "6.4.3"},
		[ON_LATE]        = {row_active_late,        "own"},
		[ON_STANDBY]     = {row_active_standby,     "own"},
		[ON_TAKEOVER]    = {row_active_takeover,    "own"},
		[ON_CONFIGURE]   = {row_active_configure,   "own"},
	},
	[ENGINE_LISTENING] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_active_shutdown,    "6.4.3"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_active_fail,        "own"},
		[ON_ZERO]        = {row_backup_zero,        "6.4.2"},
		[ON_LOWER]       = {row_listening_lower,    "own"},
		[ON_EQUAL_BELOW] = {row_listening_deposed,  "own"},
		[ON_EQUAL_ABOVE] = {row_listening_deposed,  "6.4.3"},
		[ON_HIGHER]      = {row_listening_deposed,  "6.4.3"},
		[ON_TIMER]       = {row_listening_timer,    "own"},
		[ON_LATE]        = {row_listen_on,          "own"},
		[ON_STANDBY]     = {row_active_standby,     "own"},
		[ON_TAKEOVER]    = {row_take_over,          "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
	},
	[ENGINE_RESIGNING] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_resigning_shutdown, "own"},
		[ON_UP]          = {row_ignore,             "own"},
		[ON_DOWN]        = {row_resigning_fail,     "own"},
		[ON_ZERO]        = {row_ignore,             "own"},
		[ON_LOWER]       = {row_resigning_peer,     "own"},
		[ON_EQUAL_BELOW] = {row_resigning_peer,     "own"},
		[ON_EQUAL_ABOVE] = {row_resigning_peer,     "own"},
		[ON_HIGHER]      = {row_resigning_peer,     "own"},
		[ON_TIMER]       = {row_resigning_timer,    "own"},
		[ON_LATE]        = {row_resigning_late,     "own"},
		[ON_STANDBY]     = {row_resigning_standby,  "own"},
		[ON_TAKEOVER]    = {row_resigning_takeover, "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
	},
	[ENGINE_FAULT] = {
		[ON_STARTUP]     = {row_ignore,             "own"},
		[ON_SHUTDOWN]    = {row_stop_at_once,       "own"},
		[ON_UP]          = {row_begin,              "6.4.1"},
		[ON_DOWN]        = {row_ignore,             "own"},
		[ON_ZERO]        = {row_ignore,             "own"},
		[ON_LOWER]       = {row_ignore,             "own"},
		[ON_EQUAL_BELOW] = {row_ignore,             "own"},
		[ON_EQUAL_ABOVE] = {row_ignore,             "own"},
		[ON_HIGHER]      = {row_ignore,             "own"},
		[ON_TIMER]       = {row_ignore,             "own"},
		[ON_LATE]        = {row_ignore,             "own"},
		[ON_STANDBY]     = {row_note_standby,       "own"},
		[ON_TAKEOVER]    = {row_refuse_in_fault,    "own"},
		[ON_CONFIGURE]   = {row_take_config,        "own"},
	},
};
/* clang-format on */

const char *engine_row_section(enum engine_state state, enum engine_column column)
{
	return engine_table[state][column].section;
}
