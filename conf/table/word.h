#ifndef CONF_WORD_H
#define CONF_WORD_H

#include "conf/table/keyword.h"

/* Forms of words, for rows of the keyword table that want more than any word; word.c. */
extern const struct word_form word_path;       /* "/etc/x" */
extern const struct word_form word_netmask;    /* "255.255.255.0", "64" */
extern const struct word_form word_umask;      /* "0177", "IRWXU|IRGRP" */
extern const struct word_form word_prefix;     /* "10.0.0.0/8", "fd00::1", "default" */
extern const struct word_form word_source;     /* the same, or "all" */
extern const struct word_form word_range;      /* "10.0.0.1", "10.0.0.1-9", "10.0.0.0/24" */
extern const struct word_form word_mark;       /* "5", "0x10", "0x10/0xff" */
extern const struct word_form word_hex;	       /* "00ff" */
extern const struct word_form word_hex_mask;   /* "00xX" */
extern const struct word_form word_time;       /* "20", "20ms", "1.5s" */
extern const struct word_form word_realms;     /* "5", "3/cosmos" */
extern const struct word_form word_port_range; /* "80", "80-90" */
extern const struct word_form word_uid_range;  /* "0-99" */

#endif
