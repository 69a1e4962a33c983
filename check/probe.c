/*
 * What all kinds of checks have in common: one try from its begin to its one report, its
 * deadline, and the release of everything it held.
 *
 * The deadline is total: it covers connecting, sending and all receiving, and nothing a server
 * does extends it.  A deadline that is served very late says that this process was held up (it was
 * stopped, or the machine was), so that an answer may lie unread: such a try is inconclusive.
 */
#include "check/probe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/connect.h"
#include "core/base/log.h"

#define LATE_MIN  (100 * USEC_PER_MSEC)
#define LATE_PART 4 /* of the timeout */

#define URL_TEXT_MAX 60 /* bytes of a url's path in a text, so that there is room for the rest */

const struct probe_kind *probe_kind_of(enum check_kind kind)
{
	switch (kind) {
	case CHECK_TCP:
		return &tcp_probe;
	case CHECK_HTTP:
		return &http_probe;
	}
	fatal("check kind %d is not known", (int)kind);
}

bool probe_is_running(const struct probe *probe)
{
	return probe->phase != PHASE_NONE;
}

static const char *waiting_for(enum check_phase phase)
{
	switch (phase) {
	case PHASE_NONE:
	case PHASE_RESOLVE:
		break;
	case PHASE_CONNECT:
		return "not connected";
	case PHASE_TLS:
		return "connected, within the TLS handshake";
	case PHASE_SEND:
		return "connected, the request is not taken";
	case PHASE_FIRST_BYTE:
		return "connected, waiting for the first byte";
	case PHASE_BODY:
		return "connected, the answer is incomplete";
	}
	return "not begun";
}

static void on_deadline(struct timer *timer, void *data)
{
	struct probe *probe = data;
	int64_t timeout = probe->conf->timeout;
	int64_t late = mono_diff(loop_now(probe->loop), timer->due);

	if (late > LATE_MIN && late > timeout / LATE_PART)
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
			  "this worker was held up for %.3f s", (double)late / USEC_PER_SEC);
	else
		probe_end(probe, RESULT_FAIL, CHECK_TIMEOUT, "no answer within %.3f s: %s",
			  (double)timeout / USEC_PER_SEC, waiting_for(probe->phase));
}

void probe_arm(struct probe *probe)
{
	timer_set(probe->loop, &probe->deadline,
		  mono_add(loop_now(probe->loop), probe->conf->timeout), on_deadline, probe);
}

void probe_begin(struct probe *probe)
{
	if (probe_is_running(probe))
		fatal("a probe is begun that runs already");
	probe->began = loop_now(probe->loop);
	probe->phase = PHASE_CONNECT;
	probe->url = 0;
	probe_arm(probe);
	if (probe->kind->prepare != NULL && probe->prepared == NULL)
		probe_end(probe, RESULT_INCONCLUSIVE, CHECK_LOCAL_ERROR,
			  "the check could not be prepared, see the log");
	else
		probe->kind->start(probe);
}

void probe_close(struct probe *probe)
{
	if (probe->watch.loop == NULL)
		return;
	watch_remove(&probe->watch);
	close(probe->watch.fd);
}

void probe_cancel(struct probe *probe)
{
	probe_close(probe);
	timer_cancel(&probe->deadline);
	if (probe_is_running(probe) && probe->kind->abandon != NULL)
		probe->kind->abandon(probe);
	probe->phase = PHASE_NONE;
}

void probe_end(struct probe *probe, enum check_result result, enum check_reason reason,
	       const char *format, ...)
{
	static const char dots[] = "...";
	struct probe_result report = {
		.result = result,
		.reason = reason,
		.phase = probe->phase,
		.url = probe->url,
		.latency = mono_diff(loop_now(probe->loop), probe->began),
	};
	va_list arguments;
	int used = 0;

	if (result != RESULT_PASS && probe->conf->n_urls > 1)
		used = snprintf(report.text, sizeof(report.text), "%.*s: ", URL_TEXT_MAX,
				probe->conf->urls[probe->url].path);
	va_start(arguments, format);
	int more = vsnprintf(report.text + used, sizeof(report.text) - (size_t)used, format,
			     arguments);
	va_end(arguments);
	if (used + more >= (int)sizeof(report.text))
		memcpy(report.text + sizeof(report.text) - sizeof(dots), dots, sizeof(dots));
	probe_cancel(probe);
	probe->done(probe, &report, probe->data);
}

void probe_end_errno(struct probe *probe, int error)
{
	const struct connect_error *known = connect_classify(error);

	if (known->error == 0)
		probe_end(probe, known->result, known->reason, "%s: %s", known->text,
			  strerror(error));
	else
		probe_end(probe, known->result, known->reason, "%s", known->text);
}
