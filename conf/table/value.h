#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdio.h>

#include "conf/table/keyword.h"
#include "core/base/address.h"

/* Values as text: what is expected of one, and its canonical form. Reading is in parse.h. */

/* The value of VALUE_SERVER where no object is made of it. */
struct endpoint {
	struct address address;
	uint16_t port; /* 0 = none */
};

#define VALUE_EXPECTED_SIZE 160

/* value.c: "a number from 1 to 255", "one of MASTER, BACKUP". */
const char *value_expected(const struct keyword *row, char text[VALUE_EXPECTED_SIZE]);

/* value_print.c */

/* Whether *member holds something that can be written; else its absence says the same. */
bool value_is_set(const struct keyword *row, const void *member);
/* Writes what follows the keyword, with a blank before it; nothing for a flag. */
void value_print(const struct keyword *row, const void *member, bool secrets, FILE *out);
/* value_text.c: the words of a forwarding method's tunnel. */
extern const struct choice value_tunnels[], value_checksums[];

/* value_print.c again: a word with a blank before it, in quotes where it needs them. */
void value_print_word(const char *text, FILE *out);
void value_print_bytes(const char *text, size_t length, FILE *out);
/* The text of a statement (rest.h) whose secret begins at `secret`, masked unless asked for. */
void value_print_text(const char *text, size_t secret, bool secrets, FILE *out);
bool value_equal(const struct keyword *row, const void *a, const void *b);
/* "1.25" for 1250000 µs. */
#define VALUE_SECONDS_SIZE 32
const char *value_seconds(int64_t value, char text[VALUE_SECONDS_SIZE]);
/* Any integer member as a number. */
int64_t value_integer(const void *member, size_t size);

/* delay.c: an entry of interface_up_down_delays, without a blank before it. */
struct interface_delay_conf;
void delay_print(const struct interface_delay_conf *delay, FILE *out);

#endif
