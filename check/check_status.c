/*
 * The layout of a check worker's status segment, and the names of what it says.  A change of any
 * record is a new version: a segment of another version is not adopted.
 */
#include "check/check_status.h"

#include "core/base/names.h"

static const struct status_text texts[] = {
	STATUS_TEXT(STATUS_TARGETS, struct target_status, text),
};

const struct status_layout check_status_layout = {
	.version = 1,
	.texts = texts,
	.n_texts = sizeof(texts) / sizeof(texts[0]),
	.sizes = {[STATUS_TARGETS] = sizeof(struct target_status)},
};

const char *check_phase_name(enum check_phase phase)
{
	static const char *const names[] = {
		[PHASE_NONE] = "none",	     [PHASE_RESOLVE] = "resolve",
		[PHASE_CONNECT] = "connect", [PHASE_TLS] = "tls",
		[PHASE_SEND] = "send",	     [PHASE_FIRST_BYTE] = "first_byte",
		[PHASE_BODY] = "body",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), phase);
}

const char *check_result_name(enum check_result result)
{
	static const char *const names[] = {
		[RESULT_NONE] = "none",
		[RESULT_PASS] = "pass",
		[RESULT_FAIL] = "fail",
		[RESULT_INCONCLUSIVE] = "inconclusive",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), result);
}

const char *check_reason_name(enum check_reason reason)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_TIMEOUT] = "timeout",
		[CHECK_REFUSED] = "refused",
		[CHECK_UNREACHABLE] = "unreachable",
		[CHECK_RESET] = "reset",
		[CHECK_CLOSED_EARLY] = "closed_early",
		[CHECK_PROTOCOL] = "protocol",
		[CHECK_STATUS] = "status",
		[CHECK_DIGEST] = "digest",
		[CHECK_REGEX] = "regex",
		[CHECK_TOO_LARGE] = "too_large",
		[CHECK_NO_DESCRIPTORS] = "no_descriptors",
		[CHECK_NO_MEMORY] = "no_memory",
		[CHECK_NO_PORT] = "no_port",
		[CHECK_LOCAL_ERROR] = "local_error",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), reason);
}
