/*
 * Reads one HTTP/1.x response as bytes arrive (RFC 9112), for probes: the status code, the framing
 * headers, and the decoded body, which goes to a sink.  Pure: no I/O, no clock, no allocation, so
 * that it is tested and fuzzed alone.
 *
 * The server is a stranger.  Lines are kept up to a fixed size and counted against one bound for
 * the whole head; lengths are parsed with overflow checks and only ever limit how many of the
 * bytes at hand are passed on, nothing is sized by them.
 *
 * Lenient where servers are known to be sloppy and nothing depends on it (bare LF, header lines
 * without a colon, any reason phrase), strict where the framing depends on it (Content-Length,
 * Transfer-Encoding, chunk sizes).
 *
 *   head:  1xx responses before the final one are skipped, but 101, which is final (RFC 9110 15.2)
 *   body:  none for 101, 204, 304; else chunked, else Content-Length, else up to the end of the
 *          connection (RFC 9112 6.3)
 */
#include "check/http_reader.h"

#include <string.h>
#include <strings.h>

struct span {
	const char *text;
	size_t size;
};

void http_reader_init(struct http_reader *reader, http_body_fn *sink, void *data)
{
	memset(reader, 0, offsetof(struct http_reader, line));
	reader->sink = sink;
	reader->data = data;
}

const char *http_error_text(enum http_error error)
{
	switch (error) {
	case HTTP_ERROR_NONE:
		return "";
	case HTTP_ERROR_STATUS_LINE:
		return "the answer does not begin with an HTTP/1 status line";
	case HTTP_ERROR_HEAD_SIZE:
		return "the headers are too large";
	case HTTP_ERROR_LENGTH:
		return "Content-Length is not a single number";
	case HTTP_ERROR_CODING:
		return "Transfer-Encoding can't be understood";
	case HTTP_ERROR_FOLDED:
		return "a header that frames the body is folded over lines";
	case HTTP_ERROR_CHUNK:
		return "a chunk of the body is malformed";
	case HTTP_ERROR_NO_ANSWER:
		return "connection closed before an answer";
	case HTTP_ERROR_CLOSED_IN_HEAD:
		return "connection closed within the headers";
	case HTTP_ERROR_CLOSED_IN_BODY:
		return "connection closed within the body";
	}
	return "";
}

static void fail(struct http_reader *reader, enum http_error error)
{
	reader->outcome = HTTP_FAILED;
	reader->error = error;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span span)
{
	while (span.size > 0 && is_blank(span.text[0])) {
		span.text++;
		span.size--;
	}
	while (span.size > 0 && is_blank(span.text[span.size - 1]))
		span.size--;
	return span;
}

static bool span_is(struct span span, const char *word)
{
	return span.size == strlen(word) && strncasecmp(span.text, word, span.size) == 0;
}

/* Cuts the next element off a comma-separated list, trimmed. False at the list's end. */
static bool next_element(struct span *list, struct span *element)
{
	if (list->text == NULL)
		return false;
	const char *comma = memchr(list->text, ',', list->size);
	size_t size = comma ? (size_t)(comma - list->text) : list->size;

	*element = trim((struct span){list->text, size});
	if (comma)
		*list = (struct span){comma + 1, list->size - size - 1};
	else
		*list = (struct span){NULL, 0};
	return true;
}

static bool parse_decimal(struct span digits, uint64_t *value)
{
	*value = 0;
	if (digits.size == 0)
		return false;
	for (size_t i = 0; i < digits.size; i++) {
		if (!is_digit(digits.text[i]) || *value > (UINT64_MAX - 9) / 10)
			return false;
		*value = *value * 10 + (uint64_t)(digits.text[i] - '0');
	}
	return true;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "HTTP/1.1 200 OK", the reason phrase being anything or absent (RFC 9112 4). */
static void take_status_line(struct http_reader *reader, struct span line)
{
	const char *text = line.text;

	if (line.size < 12 || memcmp(text, "HTTP/1.", 7) != 0 || !is_digit(text[7]) ||
	    text[8] != ' ' || text[9] < '1' || text[9] > '9' || !is_digit(text[10]) ||
	    !is_digit(text[11]) || (line.size > 12 && text[12] != ' ')) {
		fail(reader, HTTP_ERROR_STATUS_LINE);
		return;
	}
	reader->status = (uint16_t)((text[9] - '0') * 100 + (text[10] - '0') * 10 + text[11] - '0');
	reader->length_given = false;
	reader->chunked = false;
	reader->coded = false;
	reader->framing_line = false;
	reader->state = HTTP_STATE_HEADER;
}

/* A repeated length is accepted where all are equal (RFC 9110 8.6). */
static void take_content_length(struct http_reader *reader, struct span list)
{
	struct span element;
	uint64_t length;

	while (next_element(&list, &element)) {
		if (!parse_decimal(element, &length) ||
		    (reader->length_given && length != reader->remaining)) {
			fail(reader, HTTP_ERROR_LENGTH);
			return;
		}
		reader->length_given = true;
		reader->remaining = length;
	}
}

/* Chunked must be the last coding and be applied once (RFC 9112 7). */
static void take_transfer_encoding(struct http_reader *reader, struct span list)
{
	struct span element;

	while (next_element(&list, &element)) {
		if (element.size == 0 || span_is(element, "identity"))
			continue;
		if (reader->chunked) {
			fail(reader, HTTP_ERROR_CODING);
			return;
		}
		if (span_is(element, "chunked"))
			reader->chunked = true;
		else
			reader->coded = true;
	}
}

static const struct framing_header {
	const char *name;
	void (*take)(struct http_reader *reader, struct span value);
	enum http_error error; /* where the line is too long or folded */
} framing_headers[] = {
	{"Content-Length", take_content_length, HTTP_ERROR_LENGTH},
	{"Transfer-Encoding", take_transfer_encoding, HTTP_ERROR_CODING},
};
#define N_FRAMING_HEADERS (sizeof(framing_headers) / sizeof(framing_headers[0]))

static void take_field(struct http_reader *reader, struct span line, bool cut)
{
	if (is_blank(line.text[0])) { /* obsolete folding, RFC 9112 5.2 */
		if (reader->framing_line)
			fail(reader, HTTP_ERROR_FOLDED);
		return;
	}
	reader->framing_line = false;
	const char *colon = memchr(line.text, ':', line.size);
	if (colon == NULL)
		return;

	size_t name_size = (size_t)(colon - line.text);
	struct span name = trim((struct span){line.text, name_size});
	struct span value = trim((struct span){colon + 1, line.size - name_size - 1});
	for (size_t i = 0; i < N_FRAMING_HEADERS; i++) {
		if (!span_is(name, framing_headers[i].name))
			continue;
		reader->framing_line = true;
		if (cut)
			fail(reader, framing_headers[i].error);
		else
			framing_headers[i].take(reader, value);
	}
}

static void finish_head(struct http_reader *reader)
{
	uint16_t status = reader->status;

	if (status < 200 && status != 101) {
		reader->state = HTTP_STATE_STATUS_LINE;
		return;
	}
	reader->head_complete = true;
	if (status == 101 || status == 204 || status == 304)
		reader->outcome = HTTP_COMPLETE;
	else if (reader->chunked)
		reader->state = HTTP_STATE_CHUNK_SIZE;
	else if (reader->coded || !reader->length_given)
		reader->state = HTTP_STATE_TO_CLOSE;
	else if (reader->remaining == 0)
		reader->outcome = HTTP_COMPLETE;
	else
		reader->state = HTTP_STATE_SIZED;
}

/* Hexadecimal digits, then perhaps extensions, which mean nothing to us (RFC 9112 7.1). */
static void take_chunk_size(struct http_reader *reader, struct span line)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < line.size && hex_digit(line.text[i]) >= 0; i++) {
		if (size > UINT64_MAX >> 4) {
			fail(reader, HTTP_ERROR_CHUNK);
			return;
		}
		size = size << 4 | (uint64_t)hex_digit(line.text[i]);
	}
	if (i == 0 || (i < line.size && line.text[i] != ';' && !is_blank(line.text[i]))) {
		fail(reader, HTTP_ERROR_CHUNK);
		return;
	}
	reader->remaining = size;
	reader->state = size > 0 ? HTTP_STATE_CHUNK_DATA : HTTP_STATE_TRAILER;
}

/* Acts on a whole line, without its end. `cut`: the line was longer than what was kept. */
static void take_line(struct http_reader *reader, struct span line, bool cut)
{
	switch (reader->state) {
	case HTTP_STATE_STATUS_LINE:
		take_status_line(reader, line);
		break;
	case HTTP_STATE_HEADER:
		if (line.size == 0)
			finish_head(reader);
		else
			take_field(reader, line, cut);
		break;
	case HTTP_STATE_CHUNK_SIZE:
		if (cut)
			fail(reader, HTTP_ERROR_CHUNK);
		else
			take_chunk_size(reader, line);
		break;
	case HTTP_STATE_CHUNK_END:
		if (line.size != 0)
			fail(reader, HTTP_ERROR_CHUNK);
		reader->state = HTTP_STATE_CHUNK_SIZE;
		break;
	case HTTP_STATE_TRAILER:
		if (line.size == 0)
			reader->outcome = HTTP_COMPLETE;
		break;
	case HTTP_STATE_SIZED:
	case HTTP_STATE_TO_CLOSE:
	case HTTP_STATE_CHUNK_DATA:
		break;
	}
}

static bool in_head(const struct http_reader *reader)
{
	return reader->state == HTTP_STATE_STATUS_LINE || reader->state == HTTP_STATE_HEADER ||
	       reader->state == HTTP_STATE_TRAILER;
}

/* Adds bytes up to the line's end, or all; returns how many were used. */
static size_t feed_line(struct http_reader *reader, const uint8_t *bytes, size_t size)
{
	const uint8_t *newline = memchr(bytes, '\n', size);
	size_t used = newline ? (size_t)(newline - bytes) + 1 : size;

	/* A head that is too large fails at the same byte, however it arrives. */
	if (in_head(reader) && used > HTTP_HEAD_MAX - reader->head_size) {
		fail(reader, HTTP_ERROR_HEAD_SIZE);
		return used;
	}
	if (in_head(reader))
		reader->head_size += (uint32_t)used;
	if (reader->line_size < HTTP_LINE_KEPT) {
		size_t room = HTTP_LINE_KEPT - reader->line_size;
		memcpy(reader->line + reader->line_size, bytes, used < room ? used : room);
	}
	if (!in_head(reader) && used > HTTP_LINE_KEPT - reader->line_size) {
		fail(reader, HTTP_ERROR_CHUNK);
		return used;
	}
	reader->line_size += (uint32_t)used;
	if (newline == NULL)
		return used;

	bool cut = reader->line_size > HTTP_LINE_KEPT;
	struct span line = {reader->line, cut ? HTTP_LINE_KEPT : reader->line_size - 1};
	if (!cut && line.size > 0 && line.text[line.size - 1] == '\r')
		line.size--;
	reader->line_size = 0;
	take_line(reader, line, cut);
	return used;
}

/* Passes body bytes on; returns how many were used. */
static size_t feed_body(struct http_reader *reader, const uint8_t *bytes, size_t size)
{
	bool bounded = reader->state != HTTP_STATE_TO_CLOSE;

	if (bounded && size > reader->remaining)
		size = (size_t)reader->remaining;
	reader->body_size += size;
	if (!reader->sink(reader->data, bytes, size))
		reader->outcome = HTTP_STOPPED;
	if (!bounded)
		return size;

	reader->remaining -= size;
	if (reader->remaining > 0)
		return size;
	if (reader->state == HTTP_STATE_CHUNK_DATA)
		reader->state = HTTP_STATE_CHUNK_END;
	else if (reader->outcome == HTTP_READING)
		reader->outcome = HTTP_COMPLETE;
	return size;
}

enum http_outcome http_reader_feed(struct http_reader *reader, const uint8_t *bytes, size_t size)
{
	while (size > 0 && reader->outcome == HTTP_READING) {
		size_t used = 0;

		switch (reader->state) {
		case HTTP_STATE_STATUS_LINE:
		case HTTP_STATE_HEADER:
		case HTTP_STATE_CHUNK_SIZE:
		case HTTP_STATE_CHUNK_END:
		case HTTP_STATE_TRAILER:
			used = feed_line(reader, bytes, size);
			break;
		case HTTP_STATE_SIZED:
		case HTTP_STATE_TO_CLOSE:
		case HTTP_STATE_CHUNK_DATA:
			used = feed_body(reader, bytes, size);
			break;
		}
		bytes += used;
		size -= used;
	}
	return reader->outcome;
}

enum http_outcome http_reader_end(struct http_reader *reader)
{
	if (reader->outcome != HTTP_READING)
		return reader->outcome;
	if (reader->state == HTTP_STATE_TO_CLOSE)
		reader->outcome = HTTP_COMPLETE;
	else if (reader->head_complete)
		fail(reader, HTTP_ERROR_CLOSED_IN_BODY);
	else if (reader->head_size == 0)
		fail(reader, HTTP_ERROR_NO_ANSWER);
	else
		fail(reader, HTTP_ERROR_CLOSED_IN_HEAD);
	return reader->outcome;
}
