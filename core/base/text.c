/*
 * Building short texts: names, reasons, lines.  Callers that may not lose a byte look at the
 * result; for messages, a cut text is better than none.
 */
#include "core/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"

/* Takes the beginning of a character away that the end of the buffer has cut. */
static void trim(char *text, size_t length)
{
	size_t start = length;

	while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	unsigned char lead = (unsigned char)text[start - 1];
	size_t whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (length - start + 1 < whole)
		text[start - 1] = '\0';
}

__attribute__((format(printf, 4, 0))) static bool put(char *text, size_t size, size_t used,
						      const char *format, va_list arguments)
{
	int length = vsnprintf(text + used, size - used, format, arguments);

	if (length < 0)
		fatal("a text cannot be written: %s", format);
	if ((size_t)length < size - used)
		return true;
	trim(text, size - 1);
	return false;
}

bool text_print(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	bool fits = put(text, size, 0, format, arguments);
	va_end(arguments);
	return fits;
}

bool text_append(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	bool fits = put(text, size, strnlen(text, size - 1), format, arguments);
	va_end(arguments);
	return fits;
}

const char *text_plural(unsigned long long n)
{
	return n == 1 ? "" : "s";
}
