#ifndef VRRP_FENCE_H
#define VRRP_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bucket.h"
#include "core/base/loop.h"
#include "vrrp/vrrp_status.h"

struct unit;

/* What a unit waits for before it takes the role of a router that has died. */
struct unit_fence {
	struct timer timer; /* for main's answer, or for the next try */
	uint64_t request;   /* that waits for an answer; 0 = none */
	struct bucket asks; /* how often strangers may have it asked for */
	bool configured;
	int64_t limit;		     /* µs that the script may take */
	int64_t pause;		     /* µs until it is tried again; 0 = it has not failed */
	char text[STATUS_TEXT_SIZE]; /* what is waited for; empty = nothing */
};

/* fence.c */

/* Its members have their configuration. */
void fence_configure(struct unit *unit);
/* ACTION_ASK */
void fence_begin(struct unit *unit);
/* Main's answer to the request that waits. */
void fence_answered(struct unit *unit, bool ok, const char *text);
/* Nothing is waited for any more. */
void fence_forget(struct unit *unit);

#endif
