/*
 * HTTP_GET: each url of the target is fetched over a connection of its own, in order, each within
 * the target's timeout; the check passes when every url does.  A url passes when the status code is
 * a wanted one and, where they are given, the body's MD5 digest and pattern fit.
 *
 * What can be known before a try is prepared once per target: the requests' bytes and the compiled
 * patterns.  What a try needs besides (the reader's state, the body) comes from a pool; received
 * bytes land in one buffer per worker, since they are digested at once.  Where neither digest nor
 * pattern is asked for, the verdict falls with the end of the headers and the body is not read.
 *
 * Matching a pattern may take as long as a turn of the loop should, whatever many servers send at
 * once.  So bodies that are complete wait in a queue, from which each turn takes what fits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "check/body.h"
#include "check/http_reader.h"
#include "check/probe.h"
#include "check/regex.h"
#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define RECEIVE_SIZE	 32768
#define TRIES_KEPT	 64 /* for reuse; more are allocated and freed as needed */
#define HTTP_PORT	 80
#define STATUS_LIST_SIZE 80
#define MATCH_PIECE	 (10 * USEC_PER_MSEC) /* of matching in one turn; one match may be longer */

/* A try in flight. */
struct http_try {
	struct http_try *next; /* in the pool */
	struct body *body;
	size_t sent; /* of the request */
	struct http_reader reader;
};

struct http_shared {
	uint8_t receive[RECEIVE_SIZE];
	size_t body_memory; /* bytes, see body_create() */
	struct http_try *pool;
	unsigned n_pool;
	struct list matches; /* probes whose bodies wait to be matched */
	struct timer match;
};

struct http_url {
	char *request;
	size_t size;
	struct regex *regex; /* NULL = any body */
};

struct http_prepared {
	size_t n_urls;
	struct http_url urls[];
};

/* The pool. */

static struct http_try *try_take(struct http_shared *shared)
{
	struct http_try *try = shared->pool;

	if (!try) {
		try = alloc(sizeof(*try));
		try->body = body_create(&shared->body_memory);
		return try;
	}
	shared->pool = try->next;
	shared->n_pool--;
	return try;
}

static void try_give(struct http_shared *shared, struct http_try *try)
{
	if (shared->n_pool == TRIES_KEPT) {
		body_destroy(try->body);
		free(try);
		return;
	}
	body_reset(try->body, false, false);
	try->next = shared->pool;
	shared->pool = try;
	shared->n_pool++;
}

/* Uses the libraries once, so that what they look up in files is looked up while that is allowed.
 */
static void *create(void)
{
	char error[REGEX_ERROR_SIZE];
	struct http_shared *shared = alloc(sizeof(*shared));
	struct regex *regex = regex_create("v.r", error);

	if (!regex || regex_match(regex, (const uint8_t *)"vdr", 3) != REGEX_MATCH)
		fatal("HTTP checks can't be set up: PCRE2 does not work");
	regex_destroy(regex);
	list_init(&shared->matches);
	try_give(shared, try_take(shared));
	return shared;
}

static void destroy(void *data)
{
	struct http_shared *shared = data;

	timer_cancel(&shared->match);
	while (shared->pool) {
		struct http_try *try = try_take(shared);
		body_destroy(try->body);
		free(try);
	}
	free(shared);
}

/* Preparation. */

static void release(void *data)
{
	struct http_prepared *prepared = data;

	for (size_t i = 0; i < prepared->n_urls; i++) {
		free(prepared->urls[i].request);
		regex_destroy(prepared->urls[i].regex);
	}
	free(prepared);
}

/* What may stand within a line of a request without changing its structure. */
static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool prepare_url(const struct url_conf *url, const char *host, struct http_url *prepared,
			char error[STATUS_TEXT_SIZE])
{
	char why[REGEX_ERROR_SIZE];

	if (!is_plain(url->path) || !is_plain(host)) {
		text_print(error, STATUS_TEXT_SIZE,
			   "path or virtualhost holds a space or control character");
		return false;
	}
	int length = asprintf(&prepared->request,
			      "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vdirector\r\n"
			      "Accept: */*\r\nConnection: close\r\n\r\n",
			      url->path, host);
	if (length < 0)
		fatal("out of memory");
	prepared->size = (size_t)length;
	if (!url->regex)
		return true;
	prepared->regex = regex_create(url->regex, why);
	if (!prepared->regex)
		text_print(error, STATUS_TEXT_SIZE, "regex: %s", why);
	return prepared->regex != NULL;
}

static void *prepare(const struct target_conf *conf, char error[STATUS_TEXT_SIZE])
{
	struct http_prepared *prepared =
		alloc(sizeof(*prepared) + conf->n_urls * sizeof(prepared->urls[0]));

	/* The Host header's value where the configuration names none (RFC 9110 7.2). */
	struct endpoint_text endpoint = endpoint_text(&conf->address, conf->port);
	if (conf->port == HTTP_PORT)
		*strrchr(endpoint.text, ':') = '\0';
	prepared->n_urls = conf->n_urls;
	for (size_t i = 0; i < conf->n_urls; i++) {
		const struct url_conf *url = &conf->urls[i];
		const char *host = url->virtualhost    ? url->virtualhost
				   : conf->virtualhost ? conf->virtualhost
						       : endpoint.text;
		if (!prepare_url(url, host, &prepared->urls[i], error)) {
			release(prepared);
			return NULL;
		}
	}
	return prepared;
}

/* Judgement. */

static const struct url_conf *current_url(const struct probe *probe)
{
	return &probe->conf->urls[probe->url];
}

static bool is_wanted(const struct url_conf *url, uint16_t status)
{
	for (size_t i = 0; i < url->n_status; i++)
		if (status >= url->status[i].first && status <= url->status[i].last)
			return true;
	return false;
}

/* "200-299, 302"; a list too long ends in "...". */
static const char *format_wanted(const struct url_conf *url, char text[STATUS_LIST_SIZE])
{
	char item[16]; /* "65535-65535, " */

	text[0] = '\0';
	for (size_t i = 0; i < url->n_status; i++) {
		text_print(item, sizeof(item), "%u", (unsigned)url->status[i].first);
		if (url->status[i].last != url->status[i].first)
			text_append(item, sizeof(item), "-%u", (unsigned)url->status[i].last);
		if (strlen(text) + sizeof(item) + sizeof("...") > STATUS_LIST_SIZE) {
			text_append(text, STATUS_LIST_SIZE, "...");
			break;
		}
		text_append(text, STATUS_LIST_SIZE, "%s%s", item,
			    i + 1 < url->n_status ? ", " : "");
	}
	return text;
}

static void begin_url(struct probe *probe)
{
	struct http_try *try = probe->state;
	const struct url_conf *url = current_url(probe);

	try->sent = 0;
	body_reset(try->body, url->digest, url->regex);
	http_reader_init(&try->reader, body_add, try->body);
	probe_connect(probe);
}

static void url_passed(struct probe *probe)
{
	struct http_try *try = probe->state;

	if (probe->url + 1 == probe->conf->n_urls) {
		probe_end(probe, RESULT_PASS, CHECK_OK, "HTTP %u", (unsigned)try->reader.status);
		return;
	}
	probe_close(probe);
	probe->url++;
	probe_arm(probe);
	begin_url(probe);
}

static void end_bad_answer(struct probe *probe)
{
	struct http_try *try = probe->state;
	const char *text = http_error_text(try->reader.error);
	enum http_error error = try->reader.error;

	if (error == HTTP_ERROR_CLOSED_IN_BODY)
		probe_end(probe, RESULT_FAIL, CHECK_CLOSED_EARLY, "%s, after %llu bytes of it",
			  text, (unsigned long long)try->reader.body_size);
	else if (error == HTTP_ERROR_HEAD_SIZE)
		probe_end(probe, RESULT_FAIL, CHECK_TOO_LARGE, "%s (over %d bytes)", text,
			  HTTP_HEAD_MAX);
	else
		probe_end(probe, RESULT_FAIL,
			  error == HTTP_ERROR_NO_ANSWER || error == HTTP_ERROR_CLOSED_IN_HEAD
				  ? CHECK_CLOSED_EARLY
				  : CHECK_PROTOCOL,
			  "%s", text);
}

static void match_pattern(struct probe *probe)
{
	struct http_try *try = probe->state;
	struct http_prepared *prepared = probe->prepared;
	unsigned status = try->reader.status;
	size_t size;
	const uint8_t *text = body_copy(try->body, &size);

	switch (regex_match(prepared->urls[probe->url].regex, text, size)) {
	case REGEX_MATCH:
		url_passed(probe);
		return;
	case REGEX_NO_MATCH:
		probe_end(probe, RESULT_FAIL, CHECK_REGEX,
			  "HTTP %u, the pattern is not in the %zu byte%s of the body", status, size,
			  text_plural(size));
		return;
	case REGEX_TOO_COSTLY:
		probe_end(
			probe, RESULT_FAIL, CHECK_REGEX,
			"HTTP %u, matching the pattern on the %zu bytes of the body takes too long",
			status, size);
		return;
	case REGEX_NO_MEMORY:
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no memory for the pattern");
		return;
	}
}

static void on_match(struct timer *timer, void *data)
{
	struct http_shared *shared = data;
	struct loop *loop = NULL;
	struct mono start = mono_read();

	while (!list_is_empty(&shared->matches) && mono_diff(mono_read(), start) < MATCH_PIECE) {
		struct probe *probe = list_owner(shared->matches.next, struct probe, in_queue);
		loop = probe->loop;
		list_remove(&probe->in_queue);
		match_pattern(probe);
	}
	if (!list_is_empty(&shared->matches))
		timer_set(loop, timer, mono_add(loop_now(loop), 1), on_match, shared);
}

/* The server has done its part: what the try waits for now is this process, without a deadline. */
static void queue_match(struct probe *probe)
{
	struct http_shared *shared = probe->shared;

	probe_close(probe);
	timer_cancel(&probe->deadline);
	list_append(&shared->matches, &probe->in_queue);
	if (!timer_is_set(&shared->match))
		timer_set(probe->loop, &shared->match, loop_now(probe->loop), on_match, shared);
}

static void judge_body(struct probe *probe)
{
	struct http_try *try = probe->state;
	const struct url_conf *url = current_url(probe);
	unsigned status = try->reader.status;
	char digest[BODY_DIGEST_SIZE];

	if (body_problem(try->body) == BODY_TOO_LARGE)
		probe_end(probe, RESULT_FAIL, CHECK_TOO_LARGE,
			  "HTTP %u, the body is larger than %d bytes, too large for a digest",
			  status, BODY_DIGEST_MAX);
	else if (body_problem(try->body) == BODY_NO_MEMORY)
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no memory for the body");
	else if (url->digest && !body_digest(try->body, digest))
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR, "MD5 is not available");
	else if (url->digest && strcmp(digest, url->digest) != 0)
		probe_end(probe, RESULT_FAIL, CHECK_DIGEST, "HTTP %u, digest %s, expected %s",
			  status, digest, url->digest);
	else if (url->regex)
		queue_match(probe);
	else
		url_passed(probe);
}

/* Ends the url as soon as what was read allows it. */
static void judge(struct probe *probe)
{
	struct http_try *try = probe->state;
	const struct url_conf *url = current_url(probe);
	const struct http_reader *reader = &try->reader;
	char wanted[STATUS_LIST_SIZE];

	if (reader->head_complete && !is_wanted(url, reader->status))
		probe_end(probe, RESULT_FAIL, CHECK_STATUS, "HTTP %u, expected %s",
			  (unsigned)reader->status, format_wanted(url, wanted));
	else if (reader->head_complete && !url->digest && !url->regex)
		url_passed(probe);
	else if (reader->outcome == HTTP_FAILED)
		end_bad_answer(probe);
	else if (reader->outcome != HTTP_READING)
		judge_body(probe);
}

/* The conversation. */

static void receive(struct probe *probe)
{
	struct http_try *try = probe->state;
	struct http_shared *shared = probe->shared;
	ssize_t size = recv(probe->watch.fd, shared->receive, sizeof(shared->receive), 0);

	if (size < 0) {
		if (errno != EAGAIN && errno != EINTR)
			probe_end_errno(probe, errno);
		return;
	}
	if (size == 0) {
		http_reader_end(&try->reader);
	} else {
		probe->phase = PHASE_BODY;
		http_reader_feed(&try->reader, shared->receive, (size_t)size);
	}
	judge(probe);
}

static void send_request(struct probe *probe)
{
	struct http_try *try = probe->state;
	struct http_prepared *prepared = probe->prepared;
	const struct http_url *url = &prepared->urls[probe->url];
	ssize_t size = send(probe->watch.fd, url->request + try->sent, url->size - try->sent,
			    MSG_NOSIGNAL);

	if (size < 0) {
		if (errno != EAGAIN && errno != EINTR)
			probe_end_errno(probe, errno);
		return;
	}
	try->sent += (size_t)size;
	if (try->sent < url->size)
		return;
	probe->phase = PHASE_FIRST_BYTE;
	watch_modify(&probe->watch, EPOLLIN);
}

static void on_ready(struct watch *watch, uint32_t events, void *data)
{
	struct probe *probe = data;

	(void)watch;
	(void)events; /* errors are told by the call that meets them */
	if (probe->phase == PHASE_SEND)
		send_request(probe);
	else
		receive(probe);
}

static void connected(struct probe *probe)
{
	probe->phase = PHASE_SEND;
	probe->watch.call = on_ready;
	send_request(probe);
}

static void start(struct probe *probe)
{
	probe->state = try_take(probe->shared);
	begin_url(probe);
}

static void abandon(struct probe *probe)
{
	if (probe->state)
		try_give(probe->shared, probe->state);
	probe->state = NULL;
}

const struct probe_kind http_probe = {
	.create = create,
	.destroy = destroy,
	.prepare = prepare,
	.release = release,
	.start = start,
	.connected = connected,
	.abandon = abandon,
};
