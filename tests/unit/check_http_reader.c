/*
 * The HTTP reader against a table of answers.  Every answer is read whole, byte by byte and in
 * random pieces: how it arrives must make no difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/http_reader.h"

#define SEED	    20250117u
#define RANDOM_RUNS 50

static const struct example {
	const char *name;
	const char *answer;
	bool closed; /* the connection ends behind it */
	enum http_outcome outcome;
	enum http_error error;
	unsigned status; /* 0: the head is not complete */
	const char *body;
} examples[] = {
	{"sized body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, HTTP_COMPLETE,
	 HTTP_ERROR_NONE, 200, "hello"},
	{"bytes behind a sized body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "he"},
	{"header names in any case", "HTTP/1.1 200 OK\r\ncOnTeNt-lEnGtH:3\r\n\r\nabc", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "abc"},
	{"bare newlines", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", false, HTTP_COMPLETE,
	 HTTP_ERROR_NONE, 200, "abc"},
	{"no reason phrase", "HTTP/1.1 204\r\n\r\n", false, HTTP_COMPLETE, HTTP_ERROR_NONE, 204,
	 ""},
	{"204 with a length", "HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\nbody", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 204, ""},
	{"304 with chunks", "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 304, ""},
	{"empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, HTTP_COMPLETE,
	 HTTP_ERROR_NONE, 200, ""},
	{"HTTP/1.0 to the end", "HTTP/1.0 200 OK\r\n\r\nuntil closed", true, HTTP_COMPLETE,
	 HTTP_ERROR_NONE, 200, "until closed"},
	{"HTTP/1.0 before the end", "HTTP/1.0 200 OK\r\n\r\nuntil", false, HTTP_READING,
	 HTTP_ERROR_NONE, 200, "until"},
	{"100 before 200",
	 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "x"},
	{"103 with a length of its own",
	 "HTTP/1.1 103 Early\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "x"},
	{"chunked 103 before a counted 200 (issue 8.32)",
	 "HTTP/1.1 103 Early\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "abc"},
	{"1xx only", "HTTP/1.1 102 Wait\r\n\r\n", true, HTTP_FAILED, HTTP_ERROR_CLOSED_IN_HEAD, 0,
	 ""},
	{"101 is final", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nbytes", false, HTTP_COMPLETE,
	 HTTP_ERROR_NONE, 101, ""},
	{"redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 302, ""},
	{"chunks",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhea\r\n4\r\nlthy\r\n0\r\n\r\n",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "healthy"},
	{"chunk extensions and trailers",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n00A ; x=\"y\"\r\n0123456789\r\n"
	 "0;last\r\nContent-Length: 5\r\n\r\n",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "0123456789"},
	{"chunks win over a length",
	 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "ab"},
	{"another coding reads to the end",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nabc", true,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "abc"},
	{"identity is no coding",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nabc", false,
	 HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "a"},
	{"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "ab"},
	{"headers without a colon", "HTTP/1.1 200 OK\r\nrubbish\r\nContent-Length: 2\r\n\r\nab",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "ab"},
	{"a folded header of no interest",
	 "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nab", false, HTTP_COMPLETE,
	 HTTP_ERROR_NONE, 200, "ab"},
	{"a line that continues nothing, behind an interim answer",
	 "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n"
	 "HTTP/1.1 200 OK\r\n b\r\nContent-Length: 2\r\n\r\nab",
	 false, HTTP_COMPLETE, HTTP_ERROR_NONE, 200, "ab"},

	{"nothing", "", true, HTTP_FAILED, HTTP_ERROR_NO_ANSWER, 0, ""},
	{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", false, HTTP_FAILED, HTTP_ERROR_STATUS_LINE,
	 0, ""},
	{"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", false, HTTP_FAILED, HTTP_ERROR_STATUS_LINE, 0, ""},
	{"HTTP/0.9", "<html></html>\n", true, HTTP_FAILED, HTTP_ERROR_STATUS_LINE, 0, ""},
	{"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", false, HTTP_FAILED,
	 HTTP_ERROR_STATUS_LINE, 0, ""},
	{"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", false, HTTP_FAILED,
	 HTTP_ERROR_STATUS_LINE, 0, ""},
	{"status below 100", "HTTP/1.1 099 OK\r\n\r\n", false, HTTP_FAILED, HTTP_ERROR_STATUS_LINE,
	 0, ""},
	{"negative status", "HTTP/1.1 -20 OK\r\n\r\n", false, HTTP_FAILED, HTTP_ERROR_STATUS_LINE,
	 0, ""},
	{"no status", "HTTP/1.1\r\n\r\n", false, HTTP_FAILED, HTTP_ERROR_STATUS_LINE, 0, ""},
	{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", false, HTTP_FAILED,
	 HTTP_ERROR_LENGTH, 0, ""},
	{"overflowing length",
	 "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\nx", false,
	 HTTP_FAILED, HTTP_ERROR_LENGTH, 0, ""},
	{"length of 2^64", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nx",
	 false, HTTP_FAILED, HTTP_ERROR_LENGTH, 0, ""},
	{"no length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx", false, HTTP_FAILED,
	 HTTP_ERROR_LENGTH, 0, ""},
	{"different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx", false,
	 HTTP_FAILED, HTTP_ERROR_LENGTH, 0, ""},
	{"a folded length", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\nx", false,
	 HTTP_FAILED, HTTP_ERROR_FOLDED, 0, ""},
	{"chunked not last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", false,
	 HTTP_FAILED, HTTP_ERROR_CODING, 0, ""},
	{"negative chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello",
	 false, HTTP_FAILED, HTTP_ERROR_CHUNK, 200, ""},
	{"overflowing chunk",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello", false,
	 HTTP_FAILED, HTTP_ERROR_CHUNK, 200, ""},
	{"no chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\nhello", false,
	 HTTP_FAILED, HTTP_ERROR_CHUNK, 200, ""},
	{"chunk longer than its size",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n", false, HTTP_FAILED,
	 HTTP_ERROR_CHUNK, 200, "he"},
	{"closed in the status line", "HTTP/1.1 20", true, HTTP_FAILED, HTTP_ERROR_CLOSED_IN_HEAD,
	 0, ""},
	{"closed in the headers", "HTTP/1.1 200 OK\r\nContent-Le", true, HTTP_FAILED,
	 HTTP_ERROR_CLOSED_IN_HEAD, 0, ""},
	{"closed in a sized body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true,
	 HTTP_FAILED, HTTP_ERROR_CLOSED_IN_BODY, 200, "hello"},
	{"closed in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
	 true, HTTP_FAILED, HTTP_ERROR_CLOSED_IN_BODY, 200, "hello"},
	{"closed before the last chunk",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", true, HTTP_FAILED,
	 HTTP_ERROR_CLOSED_IN_BODY, 200, "ab"},
	{"a length of 2^63 that is not sent",
	 "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nx", true, HTTP_FAILED,
	 HTTP_ERROR_CLOSED_IN_BODY, 200, "x"},
};
#define N_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

struct collected {
	char bytes[256];
	size_t size;
};

static bool collect(void *data, const uint8_t *bytes, size_t size)
{
	struct collected *collected = data;

	assert_true(size <= sizeof(collected->bytes) - 1 - collected->size);
	memcpy(collected->bytes + collected->size, bytes, size);
	collected->size += size;
	collected->bytes[collected->size] = '\0';
	return true;
}

/* Feeds pieces of 1 to `longest` bytes, each in memory of its own so that ASan sees its end. */
static void feed(struct http_reader *reader, const char *text, size_t size, size_t longest)
{
	for (size_t at = 0; at < size;) {
		size_t piece = 1 + (size_t)random() % longest;
		if (piece > size - at)
			piece = size - at;
		uint8_t *copy = malloc(piece);
		memcpy(copy, text + at, piece);
		http_reader_feed(reader, copy, piece);
		free(copy);
		at += piece;
	}
}

static void check_example(const struct example *example, size_t longest)
{
	struct http_reader reader;
	struct collected collected = {.size = 0};

	http_reader_init(&reader, collect, &collected);
	feed(&reader, example->answer, strlen(example->answer), longest);
	if (example->closed)
		http_reader_end(&reader);
	if (reader.outcome != example->outcome || reader.error != example->error)
		fail_msg("%s, in pieces of %zu: outcome %d error %d", example->name, longest,
			 (int)reader.outcome, (int)reader.error);
	assert_int_equal(reader.head_complete, example->status != 0);
	if (example->status != 0)
		assert_int_equal(reader.status, example->status);
	assert_string_equal(collected.bytes, example->body);
	assert_int_equal(reader.body_size, strlen(example->body));
}

static void answers_are_read_alike_however_they_arrive(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		check_example(&examples[i], 1);
		for (int run = 0; run < RANDOM_RUNS; run++)
			check_example(&examples[i], 1 + (size_t)random() % 40);
		struct http_reader reader;
		struct collected collected = {.size = 0};
		http_reader_init(&reader, collect, &collected);
		http_reader_feed(&reader, (const uint8_t *)examples[i].answer,
				 strlen(examples[i].answer));
		if (examples[i].closed)
			http_reader_end(&reader);
		assert_int_equal(reader.outcome, examples[i].outcome);
		assert_int_equal(reader.error, examples[i].error);
		assert_string_equal(collected.bytes, examples[i].body);
	}
}

/* Feeds `text` `count` times; returns the outcome. */
static enum http_outcome repeat(struct http_reader *reader, const char *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		http_reader_feed(reader, (const uint8_t *)text, strlen(text));
	return reader->outcome;
}

static void start(struct http_reader *reader, struct collected *collected, const char *text)
{
	*collected = (struct collected){.size = 0};
	http_reader_init(reader, collect, collected);
	repeat(reader, text, 1);
}

static void endless_heads_are_bounded(void **state)
{
	static const struct {
		const char *begin, *endless;
	} heads[] = {
		{"", "x"},			       /* a status line */
		{"HTTP/1.1 200 OK\r\nX: ", "x"},       /* one header */
		{"HTTP/1.1 200 OK\r\n", "X: y\r\n"},   /* headers */
		{"", "HTTP/1.1 100 Continue\r\n\r\n"}, /* interim responses */
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"},
	};
	struct http_reader reader;
	struct collected collected;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		start(&reader, &collected, heads[i].begin);
		assert_int_equal(repeat(&reader, heads[i].endless, HTTP_HEAD_MAX + 1), HTTP_FAILED);
		assert_int_equal(reader.error, HTTP_ERROR_HEAD_SIZE);
		assert_true(reader.head_size <= HTTP_HEAD_MAX);
	}
}

static void issue_8_32_a_head_of_exactly_the_maximum_is_read(void **state)
{
	static const char begin[] = "HTTP/1.1 200 OK\r\nX: ";
	struct http_reader reader;
	struct collected collected;

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		start(&reader, &collected, begin);
		repeat(&reader, "y", HTTP_HEAD_MAX - strlen(begin) - 4 + over);
		http_reader_feed(&reader, (const uint8_t *)"\r\n\r\n", 4);
		assert_int_equal(reader.head_complete, !over);
		assert_int_equal(reader.error, over ? HTTP_ERROR_HEAD_SIZE : HTTP_ERROR_NONE);
	}
}

static void an_endless_chunk_size_is_refused(void **state)
{
	struct http_reader reader;
	struct collected collected;

	(void)state;
	start(&reader, &collected, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(repeat(&reader, "0", HTTP_LINE_KEPT + 1), HTTP_FAILED);
	assert_int_equal(reader.error, HTTP_ERROR_CHUNK);
}

static void a_long_header_of_no_interest_is_skipped(void **state)
{
	struct http_reader reader;
	struct collected collected;

	(void)state;
	start(&reader, &collected, "HTTP/1.1 200 OK\r\nSet-Cookie: ");
	repeat(&reader, "0123456789", 1000);
	assert_int_equal(repeat(&reader, "\r\nContent-Length: 2\r\n\r\nok", 1), HTTP_COMPLETE);
	assert_string_equal(collected.bytes, "ok");
}

static void a_framing_header_that_was_cut_is_not_believed(void **state)
{
	struct http_reader reader;
	struct collected collected;

	(void)state;
	start(&reader, &collected, "HTTP/1.1 200 OK\r\nContent-Length: ");
	repeat(&reader, " ", HTTP_LINE_KEPT);
	assert_int_equal(repeat(&reader, "2\r\n\r\n", 1), HTTP_FAILED);
	assert_int_equal(reader.error, HTTP_ERROR_LENGTH);
}

static bool want_three_bytes(void *data, const uint8_t *bytes, size_t size)
{
	size_t *seen = data;

	(void)bytes;
	*seen += size;
	return *seen < 3;
}

static void a_sink_that_has_enough_stops_the_reader(void **state)
{
	struct http_reader reader;
	size_t seen = 0;

	(void)state;
	http_reader_init(&reader, want_three_bytes, &seen);
	repeat(&reader, "HTTP/1.1 200 OK\r\n\r\n", 1);
	assert_int_equal(repeat(&reader, "x", 10), HTTP_STOPPED);
	assert_int_equal(seen, 3);
	assert_int_equal(http_reader_end(&reader), HTTP_STOPPED);
}

static void every_error_has_a_text(void **state)
{
	(void)state;
	for (int error = HTTP_ERROR_NONE + 1; error <= HTTP_ERROR_CLOSED_IN_BODY; error++)
		assert_true(strlen(http_error_text((enum http_error)error)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read_alike_however_they_arrive),
		cmocka_unit_test(endless_heads_are_bounded),
		cmocka_unit_test(an_endless_chunk_size_is_refused),
		cmocka_unit_test(a_long_header_of_no_interest_is_skipped),
		cmocka_unit_test(a_framing_header_that_was_cut_is_not_believed),
		cmocka_unit_test(a_sink_that_has_enough_stops_the_reader),
		cmocka_unit_test(every_error_has_a_text),
		cmocka_unit_test(issue_8_32_a_head_of_exactly_the_maximum_is_read),
	};

	printf("seed %u\n", SEED);
	srandom(SEED);
	return cmocka_run_group_tests_name("check_http_reader", tests, NULL, NULL);
}
