/*
 * Probes against servers on the loopback interface that behave badly in every way seen in the
 * field.  The servers run in the test's own loop, so nothing depends on another process.  http.c is
 * included, because nobody else sees how much memory its copies take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check/http.c"
#include "core/process/privilege.h"
#include "core/process/role.h"
#include "tests/unit/check_server.h"

#define TIMEOUT (500 * USEC_PER_MSEC)
#define TRIES	5 /* on a machine that is so busy that it holds us up */

struct fixture {
	struct loop *loop;
	struct server server;
	void *shared[CHECK_KINDS];
	bool done;
	struct probe_result result;
	unsigned n_descriptors; /* before the try */
};

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->loop = loop_create();
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (probe_kind_of((enum check_kind)kind)->create != NULL)
			fixture->shared[kind] = probe_kind_of((enum check_kind)kind)->create();
	server_start(&fixture->server, fixture->loop);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	server_stop_listening(&fixture->server);
	for (unsigned i = 0; i < fixture->server.n_connections; i++)
		hang_up(&fixture->server.connections[i], false);
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (fixture->shared[kind] != NULL)
			probe_kind_of((enum check_kind)kind)->destroy(fixture->shared[kind]);
	loop_destroy(fixture->loop);
	free(fixture);
	return 0;
}

/* The probes. */

static const struct status_range good_status[] = {{200, 299}};
static const struct url_conf one_url = {.path = "/", .status = good_status, .n_status = 1};

static struct target_conf target(const struct fixture *fixture, enum check_kind kind)
{
	struct target_conf conf = {.kind = kind,
				   .port = fixture->server.port,
				   .interval = USEC_PER_SEC,
				   .timeout = TIMEOUT};

	assert_true(address_parse("127.0.0.1", &conf.address));
	if (kind == CHECK_HTTP) {
		conf.urls = &one_url;
		conf.n_urls = 1;
	}
	return conf;
}

static void on_done(struct probe *probe, const struct probe_result *result, void *data)
{
	struct fixture *fixture = data;

	(void)probe;
	assert_false(fixture->done);
	fixture->done = true;
	fixture->result = *result;
}

static struct probe *make_probe(struct fixture *fixture, const struct target_conf *conf)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	char error[STATUS_TEXT_SIZE];

	*probe = (struct probe){.kind = probe_kind_of(conf->kind),
				.conf = conf,
				.loop = fixture->loop,
				.shared = fixture->shared[conf->kind],
				.done = on_done,
				.data = fixture};
	if (probe->kind->prepare != NULL)
		probe->prepared = probe->kind->prepare(conf, error);
	return probe;
}

static struct probe *begin(struct fixture *fixture, const struct target_conf *conf)
{
	struct probe *probe = make_probe(fixture, conf);

	loop_turn(fixture->loop, 0);
	fixture->n_descriptors = count_descriptors();
	fixture->done = false;
	probe_begin(probe);
	return probe;
}

/* Turns until the probe has ended; then it must have closed all that it opened. */
static const struct probe_result *finish(struct fixture *fixture, struct probe *probe)
{
	while (!fixture->done)
		loop_turn(fixture->loop, -1);
	assert_false(probe->phase != PHASE_NONE);
	assert_false(timer_is_set(&probe->deadline));
	assert_null(probe->watch.loop);
	if (probe->prepared != NULL)
		probe->kind->release(probe->prepared);
	free(probe);
	for (unsigned i = 0; i < fixture->server.n_connections; i++)
		hang_up(&fixture->server.connections[i], false);
	assert_int_equal(count_descriptors(), fixture->n_descriptors);
	return &fixture->result;
}

static const struct probe_result *try(struct fixture *fixture, const struct target_conf *conf)
{
	const struct probe_result *result = finish(fixture, begin(fixture, conf));

	for (unsigned i = 1; i < TRIES && strstr(result->text, "held up") != NULL; i++)
		result = finish(fixture, begin(fixture, conf));
	return result;
}

#define expect(got, wanted_result, wanted_reason, wanted_text)       \
	do {                                                         \
		const struct probe_result *expect_got = (got);       \
		assert_string_equal(expect_got->text, wanted_text);  \
		assert_int_equal(expect_got->result, wanted_result); \
		assert_int_equal(expect_got->reason, wanted_reason); \
	} while (0)

static const struct probe_result *try_http(struct fixture *fixture, struct script script,
					   struct url_conf url)
{
	struct target_conf conf = target(fixture, CHECK_HTTP);

	url.path = "/";
	if (url.status == NULL) {
		url.status = good_status;
		url.n_status = 1;
	}
	conf.urls = &url;
	fixture->server.script = script;
	return try(fixture, &conf);
}

static void a_connection_passes_a_tcp_check(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf conf = target(fixture, CHECK_TCP);

	expect(try(fixture, &conf), RESULT_PASS, CHECK_OK, "connected");
	assert_true(fixture->result.latency > 0);
}

static void a_refused_connection_fails(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf tcp = target(fixture, CHECK_TCP);
	struct target_conf http = target(fixture, CHECK_HTTP);

	server_stop_listening(&fixture->server);
	expect(try(fixture, &tcp), RESULT_FAIL, CHECK_REFUSED, "connection refused");
	expect(try(fixture, &http), RESULT_FAIL, CHECK_REFUSED, "connection refused");
	assert_int_equal(fixture->result.phase, PHASE_CONNECT);
}

/* A listener whose queue is full drops what comes. */
static void a_connection_that_nobody_answers_times_out(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf conf = target(fixture, CHECK_TCP);
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(&conf.address, conf.port, &storage);
	int full[4];

	watch_remove(&fixture->server.watch);
	assert_int_equal(listen(fixture->server.watch.fd, 0), 0);
	for (int i = 0; i < 4; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(full[i], (struct sockaddr *)&storage, size);
	}
	expect(try(fixture, &conf), RESULT_FAIL, CHECK_TIMEOUT,
	       "no answer within 0.500 s: not connected");
	assert_int_equal(fixture->result.phase, PHASE_CONNECT);
	for (int i = 0; i < 4; i++)
		close(full[i]);
	close(fixture->server.watch.fd);
}

/* The handshake was done, so it does not matter to TCP_CHECK when the reset is noticed. */
static void a_reset_after_the_handshake_is_a_connection(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf conf = target(fixture, CHECK_TCP);
	struct probe *probe;

	fixture->server.script = (struct script){.ending = RESET, .at_once = true};
	probe = begin(fixture, &conf);
	int fd = accept(fixture->server.watch.fd, NULL, NULL);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
		   sizeof(struct linger));
	close(fd); /* before the probe looks at its connection */
	expect(finish(fixture, probe), RESULT_PASS, CHECK_OK, "connected");
}

static void a_reset_fails_an_http_check(void **state)
{
	struct fixture *fixture = *state;

	expect(try_http(fixture, (struct script){.ending = RESET}, one_url), RESULT_FAIL,
	       CHECK_RESET, "connection reset");
	expect(try_http(fixture, (struct script){.ending = RESET, .at_once = true}, one_url),
	       RESULT_FAIL, CHECK_RESET, "connection reset");
}

static void a_wanted_status_passes(void **state)
{
	struct fixture *fixture = *state;
	static const struct status_range found[] = {{302, 302}};
	static const struct url_conf redirect = {.status = found, .n_status = 1};

	expect(try_http(fixture, (struct script){.answer = "HTTP/1.1 200 OK\r\n\r\n"}, one_url),
	       RESULT_PASS, CHECK_OK, "HTTP 200");
	expect(try_http(fixture,
			(struct script){.answer = "HTTP/1.0 204 None\r\n\r\n", .ending = HOLD},
			one_url),
	       RESULT_PASS, CHECK_OK, "HTTP 204");
	expect(try_http(fixture, (struct script){.answer = "HTTP/1.1 302 Found\r\n\r\n"}, redirect),
	       RESULT_PASS, CHECK_OK, "HTTP 302");
	expect(try_http(fixture,
			(struct script){
				.answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
				.piece = 5},
			one_url),
	       RESULT_PASS, CHECK_OK, "HTTP 200");
}

static void another_status_fails_and_names_the_wanted(void **state)
{
	struct fixture *fixture = *state;
	static const struct status_range many[] = {{200, 204}, {301, 301}, {400, 499}};
	static const struct url_conf wants_many = {.status = many, .n_status = 3};
	static const struct status_range lots[12] = {
		{201, 202}, {203, 204}, {205, 206}, {207, 208}, {211, 212}, {213, 214},
		{215, 216}, {217, 218}, {221, 222}, {223, 224}, {225, 226}, {227, 228}};
	static const struct url_conf wants_lots = {.status = lots, .n_status = 12};
	struct script script = {.answer = "HTTP/1.1 503 Service Unavailable\r\n\r\n"};

	expect(try_http(fixture, script, one_url), RESULT_FAIL, CHECK_STATUS,
	       "HTTP 503, expected 200-299");
	expect(try_http(fixture, script, wants_many), RESULT_FAIL, CHECK_STATUS,
	       "HTTP 503, expected 200-204, 301, 400-499");
	expect(try_http(fixture, script, wants_lots), RESULT_FAIL, CHECK_STATUS,
	       "HTTP 503, expected 201-202, 203-204, 205-206, 207-208, 211-212, 213-214, 215-216, ...");
}

static void a_server_that_never_answers_times_out(void **state)
{
	struct fixture *fixture = *state;

	expect(try_http(fixture, (struct script){.ending = HOLD}, one_url), RESULT_FAIL,
	       CHECK_TIMEOUT, "no answer within 0.500 s: connected, waiting for the first byte");
	assert_int_equal(fixture->result.phase, PHASE_FIRST_BYTE);
}

/* Each byte comes in time; the whole does not. */
static void a_trickling_server_times_out(void **state)
{
	struct fixture *fixture = *state;

	expect(try_http(fixture,
			(struct script){.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
					.piece = 1,
					.gap = 30 * USEC_PER_MSEC},
			one_url),
	       RESULT_FAIL, CHECK_TIMEOUT,
	       "no answer within 0.500 s: connected, the answer is incomplete");
	assert_int_equal(fixture->result.phase, PHASE_BODY);
	assert_in_range(fixture->result.latency, TIMEOUT, 2 * TIMEOUT);
}

static void closing_early_fails(void **state)
{
	struct fixture *fixture = *state;
	static const struct url_conf with_body = {.regex = "."};

	expect(try_http(fixture, (struct script){.ending = CLOSE}, one_url), RESULT_FAIL,
	       CHECK_CLOSED_EARLY, "connection closed before an answer");
	expect(try_http(fixture, (struct script){.answer = "HTTP/1.1 200 OK\r\nX-"}, one_url),
	       RESULT_FAIL, CHECK_CLOSED_EARLY, "connection closed within the headers");
	expect(try_http(fixture,
			(struct script){.answer =
						"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody"},
			with_body),
	       RESULT_FAIL, CHECK_CLOSED_EARLY,
	       "connection closed within the body, after 4 bytes of it");
}

static void another_protocol_fails(void **state)
{
	struct fixture *fixture = *state;

	expect(try_http(fixture,
			(struct script){
				.answer = "220 mail ESMTP\r\n", .at_once = true, .ending = HOLD},
			one_url),
	       RESULT_FAIL, CHECK_PROTOCOL, "the answer does not begin with an HTTP/1 status line");
}

static void endless_headers_fail(void **state)
{
	struct fixture *fixture = *state;

	expect(try_http(fixture,
			(struct script){.answer =
						"HTTP/1.1 200 OK\r\n"
						"X-Header: 0123456789012345678901234567890123456789"
						"0123456789012345678901234567890123456789\r\n",
					.repeat = true},
			one_url),
	       RESULT_FAIL, CHECK_TOO_LARGE, "the headers are too large (over 65536 bytes)");
}

static void a_pattern_is_found_across_chunks_and_packets(void **state)
{
	struct fixture *fixture = *state;
	static const struct url_conf healthy = {.regex = "status: healthy$"};
	struct script script = {.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
					  "d\r\nxx\nstatus: he\r\n1\r\na\r\n4\r\nlthy\r\n0\r\n\r\n",
				.piece = 7};

	expect(try_http(fixture, script, healthy), RESULT_PASS, CHECK_OK, "HTTP 200");
	script.answer = "HTTP/1.0 200 OK\r\n\r\nstatus: healthy";
	expect(try_http(fixture, script, healthy), RESULT_PASS, CHECK_OK, "HTTP 200");
	script.answer = "HTTP/1.0 200 OK\r\n\r\nstatus: ill";
	expect(try_http(fixture, script, healthy), RESULT_FAIL, CHECK_REGEX,
	       "HTTP 200, the pattern is not in the 11 bytes of the body");
	/* What was copied of the bodies is given back, and left to others. */
	assert_int_equal(((struct http_shared *)fixture->shared[CHECK_HTTP])->body_memory, 0);
}

static void a_digest_is_compared(void **state)
{
	struct fixture *fixture = *state;
	static const struct url_conf hello = {.digest = "5eb63bbbe01eeed093cb22bb8f5acdc3"};
	struct script script = {.answer =
					"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
				.piece = 30,
				.ending = HOLD};

	expect(try_http(fixture, script, hello), RESULT_PASS, CHECK_OK, "HTTP 200");
	script.answer = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello w0rld";
	expect(try_http(fixture, script, hello), RESULT_FAIL, CHECK_DIGEST,
	       "HTTP 200, digest e036b5bcaf8491c21b043d71e6e3a9bb, "
	       "expected 5eb63bbbe01eeed093cb22bb8f5acdc3");
}

static void an_endless_body_ends_at_its_bound(void **state)
{
	struct fixture *fixture = *state;
	static const struct url_conf pattern = {.regex = "never there"};
	static const struct url_conf digest = {.digest = "5eb63bbbe01eeed093cb22bb8f5acdc3"};
	char *answer = calloc(1, 200001);
	struct target_conf conf = target(fixture, CHECK_HTTP);

	memset(answer, 'x', 200000);
	memcpy(answer, "HTTP/1.0 200 OK\r\n\r\n", 19);
	fixture->server.script = (struct script){.answer = answer, .piece = 100000, .repeat = true};
	conf.timeout = 30 * USEC_PER_SEC; /* the bounds end it, not the clock */
	expect(try(fixture, &conf), RESULT_PASS, CHECK_OK, "HTTP 200");

	struct url_conf url = pattern;
	url.path = "/";
	url.status = good_status;
	url.n_status = 1;
	conf.urls = &url;
	expect(try(fixture, &conf), RESULT_FAIL, CHECK_REGEX,
	       "HTTP 200, the pattern is not in the 1048576 bytes of the body");
	url.regex = NULL;
	url.digest = digest.digest;
	expect(try(fixture, &conf), RESULT_FAIL, CHECK_TOO_LARGE,
	       "HTTP 200, the body is larger than 16777216 bytes, too large for a digest");
	free(answer);
}

static void all_urls_must_pass_over_connections_of_their_own(void **state)
{
	struct fixture *fixture = *state;
	static const struct status_range missing[] = {{404, 404}};
	const struct url_conf urls[] = {
		{.path = "/first", .status = good_status, .n_status = 1},
		{.path = "/second", .status = good_status, .n_status = 1, .virtualhost = "b.test"},
		{.path = "/third", .status = missing, .n_status = 1},
	};
	struct target_conf conf = target(fixture, CHECK_HTTP);

	conf.urls = urls;
	conf.n_urls = 2;
	conf.virtualhost = "a.test";
	fixture->server.script = (struct script){.answer = "HTTP/1.1 200 OK\r\n\r\n"};
	expect(try(fixture, &conf), RESULT_PASS, CHECK_OK, "HTTP 200");
	assert_int_equal(fixture->server.n_connections, 2);
	assert_string_equal(fixture->server.connections[0].request,
			    "GET /first HTTP/1.1\r\nHost: a.test\r\nUser-Agent: vdirector\r\n"
			    "Accept: */*\r\nConnection: close\r\n\r\n");
	assert_string_equal(fixture->server.connections[1].request,
			    "GET /second HTTP/1.1\r\nHost: b.test\r\nUser-Agent: vdirector\r\n"
			    "Accept: */*\r\nConnection: close\r\n\r\n");

	conf.n_urls = 3;
	expect(try(fixture, &conf), RESULT_FAIL, CHECK_STATUS, "/third: HTTP 200, expected 404");
	assert_int_equal(fixture->result.url, 2);
	fixture->server.script = (struct script){.ending = HOLD};
	expect(try(fixture, &conf), RESULT_FAIL, CHECK_TIMEOUT,
	       "/first: no answer within 0.500 s: connected, waiting for the first byte");
}

/* Together they take longer than the timeout, each does not. */
static void each_url_has_a_deadline_of_its_own(void **state)
{
	struct fixture *fixture = *state;
	struct url_conf urls[] = {one_url, one_url, one_url};
	struct target_conf conf = target(fixture, CHECK_HTTP);

	conf.urls = urls;
	conf.n_urls = 3;
	fixture->server.script = (struct script){
		.answer = "HTTP/1.1 200 OK\r\n\r\n", .piece = 18, .gap = TIMEOUT / 2};
	expect(try(fixture, &conf), RESULT_PASS, CHECK_OK, "HTTP 200");
	assert_true(fixture->result.latency > TIMEOUT);
}

static void the_host_is_the_address_where_none_is_given(void **state)
{
	struct fixture *fixture = *state;
	char wanted[64];

	try_http(fixture, (struct script){.answer = "HTTP/1.1 200 OK\r\n\r\n"}, one_url);
	snprintf(wanted, sizeof(wanted), "\r\nHost: 127.0.0.1:%u\r\n", fixture->server.port);
	assert_non_null(strstr(fixture->server.connections[0].request, wanted));
}

/* Both sides of both bounds: 100 ms, and a quarter of the timeout. */
static void issue_8_32_a_deadline_that_is_served_late_says_nothing_of_the_server(void **state)
{
	static const struct {
		int64_t timeout, late; /* ms */
		enum check_result result;
	} cases[] = {
		{100, 30, RESULT_FAIL},
		{100, 101, RESULT_INCONCLUSIVE},
		{2000, 150, RESULT_FAIL},
		{2000, 501, RESULT_INCONCLUSIVE},
	};
	struct fixture *fixture = *state;

	fixture->server.script = (struct script){.ending = HOLD};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target_conf conf = target(fixture, CHECK_HTTP);
		struct probe *probe;

		conf.timeout = cases[i].timeout * USEC_PER_MSEC;
		probe = begin(fixture, &conf);
		timer_set(fixture->loop, &probe->deadline,
			  mono_add(mono_read(), -cases[i].late * USEC_PER_MSEC),
			  probe->deadline.call, probe);
		const struct probe_result *result = finish(fixture, probe);
		assert_int_equal(result->result, cases[i].result);
		assert_int_equal(result->reason,
				 result->result == RESULT_FAIL ? CHECK_TIMEOUT : CHECK_LOCAL_ERROR);
	}
}

#define COSTLY 200

static void count_done(struct probe *probe, const struct probe_result *result, void *data)
{
	unsigned *n_done = data;

	(void)probe;
	assert_int_equal(result->result, RESULT_FAIL);
	assert_int_equal(result->reason, CHECK_REGEX);
	assert_non_null(strstr(result->text, "takes too long"));
	++*n_done;
}

/* µs of this thread, so that a busy machine makes no difference. */
static int64_t spent(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Issue 8.6: the watchdog waits for turns.  And each gets its result, though the last has to wait
 * for longer than the timeout. */
static void issue_8_6_a_turn_is_as_short_as_one_costly_match(void **state)
{
	struct fixture *fixture = *state;
	struct url_conf url = one_url;
	struct target_conf conf = target(fixture, CHECK_HTTP);
	struct probe *probes[COSTLY + 1];
	static char answer[2200] = "HTTP/1.1 200 OK\r\n\r\n";
	unsigned n_done = 0;
	int64_t one, longest = 0;

	for (size_t i = strlen(answer); i < 2100; i++)
		answer[i] = 'a';
	strcat(answer, "!");
	url.regex = "(a+)+$";
	conf.urls = &url;
	conf.timeout = USEC_PER_SEC;
	fixture->server.script = (struct script){.answer = answer};
	for (int i = 0; i <= COSTLY; i++) {
		probes[i] = make_probe(fixture, &conf);
		probes[i]->done = count_done;
		probes[i]->data = &n_done;
	}
	one = spent();
	probe_begin(probes[COSTLY]);
	while (n_done == 0)
		loop_turn(fixture->loop, -1);
	one = spent() - one;
	for (int i = 0; i < COSTLY; i++)
		probe_begin(probes[i]);
	while (n_done <= COSTLY) {
		int64_t begin = spent();
		loop_turn(fixture->loop, -1);
		longest = spent() - begin > longest ? spent() - begin : longest;
	}
	if (longest > 4 * one + 40 * USEC_PER_MSEC)
		fail_msg("a turn took %lld µs where one match takes %lld", (long long)longest,
			 (long long)one);
	for (int i = 0; i <= COSTLY; i++) {
		probes[i]->kind->release(probes[i]->prepared);
		free(probes[i]);
	}
}

static void a_text_too_long_is_cut(void **state)
{
	struct fixture *fixture = *state;
	char path[301] = "/";
	struct url_conf urls[2] = {one_url, one_url};
	struct target_conf conf = target(fixture, CHECK_HTTP);

	memset(path + 1, 'p', 299);
	urls[0].path = path;
	urls[0].digest = path; /* no digest, but long */
	conf.urls = urls;
	conf.n_urls = 2;
	fixture->server.script = (struct script){.answer = "HTTP/1.1 200 OK\r\n\r\n"};
	const struct probe_result *result = try(fixture, &conf);
	assert_int_equal(result->reason, CHECK_DIGEST);
	assert_int_equal(strlen(result->text), STATUS_TEXT_SIZE - 1);
	assert_string_equal(result->text + STATUS_TEXT_SIZE - 4, "...");
}

static void a_request_can_not_be_split_by_its_path(void **state)
{
	struct fixture *fixture = *state;
	struct url_conf url = one_url;
	struct target_conf conf = target(fixture, CHECK_HTTP);

	static const char *const paths[] = {"/ HTTP/1.1\r\nX: ", "/a b", "/\x7f", "/\t"};

	conf.urls = &url;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		url.path = paths[i];
		expect(try(fixture, &conf), RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
		       "the check could not be prepared, see the log");
	}
	assert_int_equal(fixture->server.n_connections, 0);
}

/* With every descriptor taken, nothing is known about the server. */
static void lacking_descriptors_is_inconclusive(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf conf = target(fixture, CHECK_TCP);
	struct rlimit before, few;
	int taken[64];
	unsigned n_taken = 0;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &few);
	struct probe *probe = make_probe(fixture, &conf);
	fixture->n_descriptors = count_descriptors();
	while ((taken[n_taken] = dup(0)) >= 0)
		n_taken++;
	probe_begin(probe);
	assert_true(fixture->done);
	while (n_taken > 0)
		close(taken[--n_taken]);
	setrlimit(RLIMIT_NOFILE, &before);
	expect(finish(fixture, probe), RESULT_INCONCLUSIVE, CHECK_NO_DESCRIPTORS,
	       "no free descriptor in this process");
}

/* The process was stopped beyond the deadline: the answer may lie there, unread. */
static void a_worker_that_was_held_up_is_inconclusive(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf conf = target(fixture, CHECK_HTTP);
	struct probe *probe;

	fixture->server.script = (struct script){.ending = HOLD};
	probe = begin(fixture, &conf);
	loop_turn(fixture->loop, 0);
	usleep(2 * TIMEOUT);
	const struct probe_result *result = finish(fixture, probe);
	assert_int_equal(result->result, RESULT_INCONCLUSIVE);
	assert_int_equal(result->reason, CHECK_LOCAL_ERROR);
}

static void cancelling_releases_all(void **state)
{
	struct fixture *fixture = *state;
	struct target_conf conf = target(fixture, CHECK_HTTP);
	struct probe *probe;

	fixture->server.script = (struct script){.ending = HOLD};
	probe = begin(fixture, &conf);
	for (int i = 0; i < 10; i++)
		loop_turn(fixture->loop, USEC_PER_MSEC);
	probe_cancel(probe);
	assert_false(fixture->done);
	fixture->done = true;
	finish(fixture, probe);
}

/* In a child, as the role is: first what all probes share, then no privilege, then the rest. */
static int probe_without_privileges(struct fixture *fixture)
{
	struct url_conf url = one_url;
	struct target_conf conf = target(fixture, CHECK_HTTP);
	struct loop *loop = loop_create();

	privilege_drop(ROLE_CHECK);
	fixture->loop = loop;
	url.regex = "w(o|0)rld$";
	url.digest = "5eb63bbbe01eeed093cb22bb8f5acdc3";
	conf.urls = &url;
	conf.timeout = 10 * USEC_PER_SEC;
	probe_begin(make_probe(fixture, &conf));
	while (!fixture->done)
		loop_turn(loop, -1);
	return fixture->result.result == RESULT_PASS ? 0 : 1;
}

static void a_probe_needs_no_privilege(void **state)
{
	struct fixture *fixture = *state;
	int status;

	if (geteuid() != 0)
		skip();
	fixture->server.script = (struct script){
		.answer = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"};
	pid_t child = fork();
	if (child == 0)
		_exit(probe_without_privileges(fixture));
	while (waitpid(child, &status, WNOHANG) == 0)
		loop_turn(fixture->loop, 10 * USEC_PER_MSEC);
	assert_int_equal(status, 0);
}

/* C4 and C5: what is our own fault says nothing about a server; having no route does. */
static void errors_are_ours_or_the_networks(void **state)
{
	static const int ours[] = {EMFILE, ENFILE,     ENOMEM, ENOBUFS,	     EADDRNOTAVAIL,
				   EAGAIN, EADDRINUSE, EPERM,  EAFNOSUPPORT, EBADF};
	static const int theirs[] = {ECONNREFUSED, ECONNRESET, EPIPE,	 ETIMEDOUT, EHOSTUNREACH,
				     ENETUNREACH,  EHOSTDOWN,  ENETDOWN, EACCES};

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		assert_int_equal(probe_socket_error(ours[i])->result, RESULT_INCONCLUSIVE);
		assert_true(probe_socket_error(ours[i])->reason >= CHECK_NO_DESCRIPTORS);
	}
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		assert_int_equal(probe_socket_error(theirs[i])->result, RESULT_FAIL);
		assert_true(probe_socket_error(theirs[i])->reason < CHECK_NO_DESCRIPTORS);
	}
	assert_int_equal(probe_socket_error(EHOSTUNREACH)->reason, CHECK_UNREACHABLE);
	assert_int_equal(probe_socket_error(EADDRNOTAVAIL)->reason, CHECK_NO_PORT);
}

#define probe_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		probe_test(a_connection_passes_a_tcp_check),
		probe_test(a_refused_connection_fails),
		probe_test(a_connection_that_nobody_answers_times_out),
		probe_test(a_reset_after_the_handshake_is_a_connection),
		probe_test(a_reset_fails_an_http_check),
		probe_test(a_wanted_status_passes),
		probe_test(another_status_fails_and_names_the_wanted),
		probe_test(a_server_that_never_answers_times_out),
		probe_test(a_trickling_server_times_out),
		probe_test(closing_early_fails),
		probe_test(another_protocol_fails),
		probe_test(endless_headers_fail),
		probe_test(a_pattern_is_found_across_chunks_and_packets),
		probe_test(a_digest_is_compared),
		probe_test(an_endless_body_ends_at_its_bound),
		probe_test(all_urls_must_pass_over_connections_of_their_own),
		probe_test(each_url_has_a_deadline_of_its_own),
		probe_test(the_host_is_the_address_where_none_is_given),
		probe_test(a_text_too_long_is_cut),
		probe_test(issue_8_6_a_turn_is_as_short_as_one_costly_match),
		probe_test(a_request_can_not_be_split_by_its_path),
		probe_test(lacking_descriptors_is_inconclusive),
		probe_test(a_worker_that_was_held_up_is_inconclusive),
		probe_test(cancelling_releases_all),
		probe_test(a_probe_needs_no_privilege),
		probe_test(issue_8_32_a_deadline_that_is_served_late_says_nothing_of_the_server),
		cmocka_unit_test(errors_are_ours_or_the_networks),
	};

	return cmocka_run_group_tests_name("check_probes", tests, NULL, NULL);
}
