#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stddef.h>

/* utf8.c */

/* Bytes (1 to 4) of the character that the NUL-terminated `text` begins with; 0: its first byte
 * begins none (a stray or overlong byte, a surrogate, past U+10FFFF, cut). */
size_t utf8_length(const unsigned char *text);

#endif
