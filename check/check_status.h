#ifndef CHECK_STATUS_H
#define CHECK_STATUS_H

#include "core/process/status.h"

/* What a check worker writes into its status segment, which is also its journal. */

enum check_table {
	STATUS_TARGETS, /* struct target_status */
};
extern const struct status_layout check_status_layout;

enum check_phase {
	PHASE_NONE,
	PHASE_RESOLVE,
	PHASE_CONNECT,
	PHASE_TLS,
	PHASE_SEND,
	PHASE_FIRST_BYTE,
	PHASE_BODY
};
const char *check_phase_name(enum check_phase phase);

/* What one try says. */
enum check_result { RESULT_NONE, RESULT_PASS, RESULT_FAIL, RESULT_INCONCLUSIVE };
const char *check_result_name(enum check_result result);

/* Why; the text beside it has the details. */
enum check_reason {
	CHECK_OK,
	CHECK_TIMEOUT,
	CHECK_REFUSED,
	CHECK_UNREACHABLE,
	CHECK_RESET,
	CHECK_CLOSED_EARLY,
	CHECK_PROTOCOL, /* the answer is not what the protocol says */
	CHECK_STATUS,	/* status code outside the wanted ones */
	CHECK_DIGEST,
	CHECK_REGEX,
	CHECK_TOO_LARGE,      /* a header or a body beyond our bound */
	CHECK_NO_DESCRIPTORS, /* from here on: our own fault, inconclusive */
	CHECK_NO_MEMORY,
	CHECK_NO_PORT,
	CHECK_LOCAL_ERROR,
};
const char *check_reason_name(enum check_reason reason);

struct target_status {
	struct status_record record;
	uint8_t kind;	 /* enum check_kind of conf/table/conf.h */
	uint8_t verdict; /* enum verdict: after retries, what ipvs was told */
	uint8_t result;	 /* enum check_result of the last try */
	uint8_t phase;	 /* enum check_phase in which the last try ended */
	uint8_t reason;	 /* enum check_reason */
	uint8_t pad[3];
	uint64_t key; /* target_conf.key */
	char text[STATUS_TEXT_SIZE];
	int64_t latency; /* µs, of the last try */
	int64_t at;	 /* µs wall clock, end of the last try; 0 = not yet run */
	int64_t next;	 /* µs monotonic, the next try */
	uint32_t tries;	 /* consecutive failed tries */
	uint32_t url;	 /* the next url of an HTTP check */
	uint64_t passes;
	uint64_t failures;
	uint64_t inconclusive;
};

#endif
