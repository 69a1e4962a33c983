#ifndef CHECK_HTTP_READER_H
#define CHECK_HTTP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX  65536 /* bytes of all status, header and trailer lines together */
#define HTTP_LINE_KEPT 512   /* of each line; longer ones are skipped unless they frame the body */

enum http_outcome {
	HTTP_READING,  /* more bytes are needed */
	HTTP_COMPLETE, /* the response has ended as its framing says */
	HTTP_STOPPED,  /* the sink wanted no more */
	HTTP_FAILED,   /* see `error` */
};

enum http_error {
	HTTP_ERROR_NONE,
	HTTP_ERROR_STATUS_LINE,
	HTTP_ERROR_HEAD_SIZE,
	HTTP_ERROR_LENGTH,
	HTTP_ERROR_CODING,
	HTTP_ERROR_FOLDED,
	HTTP_ERROR_CHUNK,
	HTTP_ERROR_NO_ANSWER,	   /* closed before the first byte */
	HTTP_ERROR_CLOSED_IN_HEAD, /* closed within the status line or headers */
	HTTP_ERROR_CLOSED_IN_BODY, /* closed before the announced end */
};

/* Gets decoded body bytes, in order; `bytes` is gone on return. False: no more is wanted. */
typedef bool http_body_fn(void *data, const uint8_t *bytes, size_t size);

enum http_state {
	HTTP_STATE_STATUS_LINE,
	HTTP_STATE_HEADER,
	HTTP_STATE_SIZED,    /* body of a known length */
	HTTP_STATE_TO_CLOSE, /* body that the end of the connection ends */
	HTTP_STATE_CHUNK_SIZE,
	HTTP_STATE_CHUNK_DATA,
	HTTP_STATE_CHUNK_END, /* the empty line behind a chunk */
	HTTP_STATE_TRAILER,
};

/* One response that is being read; plain data, no allocation, nothing to release. */
struct http_reader {
	http_body_fn *sink;
	void *data;
	enum http_state state;
	enum http_outcome outcome;
	enum http_error error;
	bool head_complete; /* the final (not 1xx) status line and all its headers were read */
	bool framing_line;  /* the line before was a framing header, which must not be folded */
	bool length_given;
	bool chunked;
	bool coded;	    /* a transfer coding other than chunked */
	uint16_t status;    /* 100-999; valid with head_complete */
	uint64_t remaining; /* of the sized body or the chunk */
	uint64_t body_size; /* decoded bytes given to the sink */
	uint32_t head_size; /* bytes of lines so far, over all heads and trailers */
	uint32_t line_size; /* of the line being read, may pass HTTP_LINE_KEPT */
	char line[HTTP_LINE_KEPT];
};

/* http_reader.c */
void http_reader_init(struct http_reader *reader, http_body_fn *sink, void *data);
/* Takes the next bytes of the connection. After anything but HTTP_READING further bytes are
 * ignored. How the bytes are split over calls makes no difference. */
enum http_outcome http_reader_feed(struct http_reader *reader, const uint8_t *bytes, size_t size);
/* The peer has closed the connection. */
enum http_outcome http_reader_end(struct http_reader *reader);
/* Says in words what was wrong; "" for none. Static. */
const char *http_error_text(enum http_error error);

#endif
