/*
 * Patterns of HTTP checks, matched with PCRE2 over bytes that a stranger sent.
 *
 * A worker runs thousands of probes in one thread, so no text may keep a match busy for long.
 * PCRE2's own match limit counts per starting position and lets a text with many of them run for
 * minutes, so the work is counted here over the whole search: automatic callouts come before each
 * item of the pattern, also when it is tried again after backtracking, and each costs one step
 * plus the distance that was moved over since the one before.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "check/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define STEPS_MAX	INT64_C(4000000) /* some 10 to 40 ms */
#define BYTES_PER_STEP	16
#define MATCH_LIMIT	10000000 /* beyond STEPS_MAX: a second fence */
#define HEAP_LIMIT_KIB	65536
#define CALLOUT_GIVE_UP PCRE2_ERROR_CALLOUT

struct regex {
	pcre2_code *code;
	pcre2_match_context *context;
	int64_t steps; /* of the match that runs */
	size_t position;
};

static int count_step(pcre2_callout_block *block, void *data)
{
	struct regex *regex = data;
	size_t here = block->current_position;
	size_t moved = here > regex->position ? here - regex->position : regex->position - here;

	regex->position = here;
	regex->steps += 1 + (int64_t)(moved / BYTES_PER_STEP);
	return regex->steps > STEPS_MAX ? CALLOUT_GIVE_UP : 0;
}

struct regex *regex_create(const char *pattern, char error[REGEX_ERROR_SIZE])
{
	int code;
	PCRE2_SIZE offset;
	struct regex *regex = alloc(sizeof(*regex));

	regex->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_AUTO_CALLOUT,
				    &code, &offset, NULL);
	if (!regex->code) {
		PCRE2_UCHAR why[80];
		pcre2_get_error_message(code, why, sizeof(why));
		text_print(error, REGEX_ERROR_SIZE, "%s at byte %zu", (const char *)why, offset);
		regex_destroy(regex);
		return NULL;
	}
	/* Where memory may not be made executable this fails, and the interpreter does the work. */
	(void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);

	regex->context = pcre2_match_context_create(NULL);
	if (!regex->context)
		fatal("out of memory");
	pcre2_set_callout(regex->context, count_step, regex);
	pcre2_set_match_limit(regex->context, MATCH_LIMIT);
	pcre2_set_depth_limit(regex->context, MATCH_LIMIT);
	pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
	return regex;
}

void regex_destroy(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_match_context_free(regex->context);
	pcre2_code_free(regex->code);
	free(regex);
}

/* Compiled code has a stack of 32 KiB, which `(a|b)*` fills within a short text; the interpreter
 * then takes over, whose stack is on the heap. */
static int search(struct regex *regex, pcre2_match_data *match, const uint8_t *text, size_t size)
{
	regex->steps = 0;
	regex->position = 0;
	int rc = pcre2_match(regex->code, text, size, 0, 0, match, regex->context);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(regex->code, text, size, 0, PCRE2_NO_JIT, match, regex->context);
	return rc;
}

enum regex_result regex_match(struct regex *regex, const uint8_t *text, size_t size)
{
	/* Of one match only: it may hold on to all the heap that a match took.  Whether there is a
	 * match is all that matters, so one pair of offsets is enough. */
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	int rc = match ? search(regex, match, text, size) : PCRE2_ERROR_NOMEMORY;

	pcre2_match_data_free(match);
	if (rc >= 0)
		return REGEX_MATCH;
	switch (rc) {
	case PCRE2_ERROR_NOMATCH:
		return REGEX_NO_MATCH;
	case PCRE2_ERROR_NOMEMORY:
		return REGEX_NO_MEMORY;
	default: /* a limit of ours or of PCRE2's own */
		return REGEX_TOO_COSTLY;
	}
}
