/*
 * UTF-8 as RFC 3629 and table 3-7 of the Unicode standard have it.  Text from strangers is looked
 * at here before it goes into log lines (log.c) and JSON (json_writer.c).
 */
#include "core/base/utf8.h"

size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last, low, high; /* of the first and of the second byte */
		unsigned char length;
	} rows[] = {
		{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = 1;

		if (text[0] < rows[i].first || text[0] > rows[i].last)
			continue;
		/* A NUL is no continuation byte, so this stops at the text's end. */
		while (n < rows[i].length &&
		       (n == 1 ? text[1] >= rows[i].low && text[1] <= rows[i].high
			       : (text[n] & 0xc0) == 0x80))
			n++;
		return n == rows[i].length ? n : 0;
	}
	return 0;
}
