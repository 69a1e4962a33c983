/*
 * HTTP_GET: each url of the target is fetched over a connection of its own, in order, each within
 * the target's timeout; the check passes when every url does.  A url passes when the status code is
 * a wanted one and, where they are given, the body's MD5 digest and pattern fit.
 *
 * What can be known before a try is prepared once per target: the requests' bytes and the compiled
 * patterns.  What a try needs besides (the reader's state, the body) comes from a pool; received
 * bytes land in one buffer per worker, since they are digested at once.  Where neither digest nor
 * pattern is asked for, the verdict falls with the end of the headers and the body is not read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "check/body.h"
#include "check/connect.h"
#include "check/http_reader.h"
#include "check/probe.h"
#include "check/regex.h"
#include "core/base/log.h"

#define RECEIVE_SIZE	 32768
#define TRIES_KEPT	 64 /* for reuse; more are allocated and freed as needed */
#define HTTP_PORT	 80
#define STATUS_LIST_SIZE 80

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

static struct http_try *try_create(struct http_shared *shared)
{
	struct http_try *try = calloc(1, sizeof(*try));

	if (try == NULL)
		return NULL;
	try->body = body_create(&shared->body_memory);
	if (try->body == NULL) {
		free(try);
		return NULL;
	}
	return try;
}

static struct http_try *try_take(struct http_shared *shared)
{
	struct http_try *try = shared->pool;

	if (try == NULL)
		return try_create(shared);
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
	struct http_shared *shared = calloc(1, sizeof(*shared));
	struct http_try *try = shared ? try_create(shared) : NULL;
	struct regex *regex = regex_create("v.r", error);

	if (try == NULL || regex == NULL || regex_match(regex, (const uint8_t *)"vdr", 3) != 0)
		fatal("HTTP checks can't be set up");
	regex_destroy(regex);
	try_give(shared, try);
	return shared;
}

static void destroy(void *data)
{
	struct http_shared *shared = data;
	struct http_try *try;

	while ((try = shared->pool) != NULL) {
		shared->pool = try->next;
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

/* The Host header's value where the configuration names none (RFC 9110 7.2). */
static char *default_host(const struct target_conf *conf)
{
	char address[ADDRESS_TEXT_SIZE];
	char *host;
	bool v6 = conf->address.family == AF_INET6;
	int length;

	address_format(&conf->address, address);
	if (conf->port == HTTP_PORT)
		length = asprintf(&host, "%s%s%s", v6 ? "[" : "", address, v6 ? "]" : "");
	else
		length = asprintf(&host, "%s%s%s:%u", v6 ? "[" : "", address, v6 ? "]" : "",
				  (unsigned)conf->port);
	return length < 0 ? NULL : host;
}

/* What may stand within a line of a request without changing its structure. */
static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool prepare_url(const struct target_conf *conf, const struct url_conf *url,
			const char *host, struct http_url *prepared, char error[STATUS_TEXT_SIZE])
{
	char why[REGEX_ERROR_SIZE];

	if (!is_plain(url->path) || !is_plain(host)) {
		(void)snprintf(error, STATUS_TEXT_SIZE,
			       "path or virtualhost holds a space or control character");
		return false;
	}
	int length = asprintf(&prepared->request,
			      "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vdirector\r\n"
			      "Accept: */*\r\nConnection: close\r\n\r\n",
			      url->path, host);
	if (length < 0)
		fatal("no memory for the requests of %s", check_kind_name(conf->kind));
	prepared->size = (size_t)length;
	if (url->regex == NULL)
		return true;
	prepared->regex = regex_create(url->regex, why);
	if (prepared->regex == NULL)
		(void)snprintf(error, STATUS_TEXT_SIZE, "regex: %s", why);
	return prepared->regex != NULL;
}

static void *prepare(const struct target_conf *conf, char error[STATUS_TEXT_SIZE])
{
	struct http_prepared *prepared =
		calloc(1, sizeof(*prepared) + conf->n_urls * sizeof(prepared->urls[0]));
	char *fallback_host = default_host(conf);
	bool good = true;

	if (prepared == NULL || fallback_host == NULL)
		fatal("no memory for a target");
	prepared->n_urls = conf->n_urls;
	for (size_t i = 0; good && i < conf->n_urls; i++) {
		const struct url_conf *url = &conf->urls[i];
		const char *host = url->virtualhost    ? url->virtualhost
				   : conf->virtualhost ? conf->virtualhost
						       : fallback_host;
		good = prepare_url(conf, url, host, &prepared->urls[i], error);
	}
	free(fallback_host);
	if (good)
		return prepared;
	release(prepared);
	return NULL;
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
static void format_wanted(const struct url_conf *url, char text[STATUS_LIST_SIZE])
{
	static const char dots[] = "...";
	char item[16]; /* "65535-65535, " */
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < url->n_status; i++) {
		unsigned first = url->status[i].first, last = url->status[i].last;
		const char *comma = i + 1 < url->n_status ? ", " : "";
		int length = first == last
				     ? snprintf(item, sizeof(item), "%u%s", first, comma)
				     : snprintf(item, sizeof(item), "%u-%u%s", first, last, comma);
		if (length < 0 || used + sizeof(item) + sizeof(dots) > STATUS_LIST_SIZE) {
			memcpy(text + used, dots, sizeof(dots));
			return;
		}
		memcpy(text + used, item, (size_t)length + 1);
		used += (size_t)length;
	}
}

static void begin_url(struct probe *probe)
{
	struct http_try *try = probe->state;
	const struct url_conf *url = current_url(probe);

	try->sent = 0;
	body_reset(try->body, url->digest != NULL, url->regex != NULL);
	http_reader_init(&try->reader, body_add, try->body);
	connect_begin(probe);
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

static void end_wrong_status(struct probe *probe)
{
	struct http_try *try = probe->state;
	char wanted[STATUS_LIST_SIZE];

	format_wanted(current_url(probe), wanted);
	probe_end(probe, RESULT_FAIL, CHECK_STATUS, "HTTP %u, expected %s",
		  (unsigned)try->reader.status, wanted);
}

static void end_bad_answer(struct probe *probe)
{
	struct http_try *try = probe->state;
	const char *text = http_error_text(try->reader.error);

	switch (try->reader.error) {
	case HTTP_ERROR_NO_ANSWER:
	case HTTP_ERROR_CLOSED_IN_HEAD:
		probe_end(probe, RESULT_FAIL, CHECK_CLOSED_EARLY, "%s", text);
		return;
	case HTTP_ERROR_CLOSED_IN_BODY:
		probe_end(probe, RESULT_FAIL, CHECK_CLOSED_EARLY, "%s, after %llu bytes of it",
			  text, (unsigned long long)try->reader.body_size);
		return;
	case HTTP_ERROR_HEAD_SIZE:
		probe_end(probe, RESULT_FAIL, CHECK_TOO_LARGE, "%s (over %d bytes)", text,
			  HTTP_HEAD_MAX);
		return;
	case HTTP_ERROR_NONE:
	case HTTP_ERROR_STATUS_LINE:
	case HTTP_ERROR_LENGTH:
	case HTTP_ERROR_CODING:
	case HTTP_ERROR_FOLDED:
	case HTTP_ERROR_CHUNK:
		probe_end(probe, RESULT_FAIL, CHECK_PROTOCOL, "%s", text);
		return;
	}
}

/* True: the pattern, where there is one, fits. Else the probe has ended. */
static bool judge_pattern(struct probe *probe)
{
	struct http_try *try = probe->state;
	struct http_prepared *prepared = probe->prepared;
	struct regex *regex = prepared->urls[probe->url].regex;
	size_t size;
	const uint8_t *text = body_copy(try->body, &size);

	if (regex == NULL)
		return true;
	switch (regex_match(regex, text, size)) {
	case REGEX_MATCH:
		return true;
	case REGEX_NO_MATCH:
		probe_end(probe, RESULT_FAIL, CHECK_REGEX,
			  "HTTP %u, the pattern is not in the %zu bytes of the body",
			  (unsigned)try->reader.status, size);
		break;
	case REGEX_TOO_COSTLY:
		probe_end(
			probe, RESULT_FAIL, CHECK_REGEX,
			"HTTP %u, matching the pattern on the %zu bytes of the body takes too long",
			(unsigned)try->reader.status, size);
		break;
	case REGEX_NO_MEMORY:
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no memory for the pattern");
		break;
	}
	return false;
}

/* As judge_pattern(). */
static bool judge_digest(struct probe *probe)
{
	struct http_try *try = probe->state;
	const char *wanted = current_url(probe)->digest;
	char digest[BODY_DIGEST_SIZE];

	if (wanted == NULL)
		return true;
	if (!body_digest(try->body, digest)) {
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR, "MD5 is not available");
		return false;
	}
	if (strcmp(digest, wanted) == 0)
		return true;
	probe_end(probe, RESULT_FAIL, CHECK_DIGEST, "HTTP %u, digest %s, expected %s",
		  (unsigned)try->reader.status, digest, wanted);
	return false;
}

static void judge_body(struct probe *probe)
{
	struct http_try *try = probe->state;

	switch (body_problem(try->body)) {
	case BODY_FINE:
		if (judge_digest(probe) && judge_pattern(probe))
			url_passed(probe);
		return;
	case BODY_TOO_LARGE:
		probe_end(probe, RESULT_FAIL, CHECK_TOO_LARGE,
			  "HTTP %u, the body is larger than %d bytes, too large for a digest",
			  (unsigned)try->reader.status, BODY_DIGEST_MAX);
		return;
	case BODY_NO_MEMORY:
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no memory for the body");
		return;
	}
}

/* Ends the url as soon as what was read allows it. */
static void judge(struct probe *probe)
{
	struct http_try *try = probe->state;
	const struct url_conf *url = current_url(probe);
	const struct http_reader *reader = &try->reader;

	if (reader->head_complete && !is_wanted(url, reader->status))
		end_wrong_status(probe);
	else if (reader->head_complete && url->digest == NULL && url->regex == NULL)
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
	if (probe->state == NULL)
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_NO_MEMORY, "no memory for a request");
	else
		begin_url(probe);
}

static void abandon(struct probe *probe)
{
	if (probe->state != NULL)
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
