#ifndef CORE_JSON_WRITER_H
#define CORE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * JSON text written from front to end into one growing buffer: a status of a hundred thousand
 * servers costs one pass.  Zero-initialise; `text` is the caller's to free().  `name` is the
 * member's name within an object, NULL within an array or at the top.
 */
struct json_writer {
	char *text; /* not NUL-terminated */
	size_t size;
	size_t capacity;
	bool comma; /* the next value needs one before it */
};

/* json_writer.c: no memory is fatal(). */
void json_begin_object(struct json_writer *writer, const char *name);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer, const char *name);
void json_end_array(struct json_writer *writer);
/* Bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
void json_string(struct json_writer *writer, const char *name, const char *value);
void json_integer(struct json_writer *writer, const char *name, int64_t value);
void json_boolean(struct json_writer *writer, const char *name, bool value);
void json_null(struct json_writer *writer, const char *name);
/* µs, written as milliseconds with three decimals. */
void json_milliseconds(struct json_writer *writer, const char *name, int64_t duration);
/* µs of the wall clock as ISO 8601 text; null for 0. */
void json_wall(struct json_writer *writer, const char *name, int64_t when);
/* A value that is JSON already: `size` bytes of it. */
void json_raw(struct json_writer *writer, const char *name, const char *text, size_t size);
/* Ends a line of the control protocol. */
void json_end_line(struct json_writer *writer);

#endif
