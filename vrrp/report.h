#ifndef VRRP_REPORT_H
#define VRRP_REPORT_H

#include "core/base/log.h"
#include "vrrp/engine/engine.h"
#include "vrrp/instance_address.h"
#include "vrrp/vrrp_status.h"

struct instance;
struct unit_past;

/* Which kinds of lines are limited separately: refusals by packet_refusal, and these. */
enum instance_line {
	LINE_OWN_ADDRESS = PACKET_REFUSALS,
	LINE_ADDRESS_LIST,
	LINE_INTERVAL,
	LINE_FIRST_ADDRESS,
	LINE_UNKNOWN_PEER,
	LINE_UNSIGNED,
	LINE_OWNER,
	LINE_WRONG_VRID,
	LINE_SEND_ERROR,
	LINE_STOLEN,
	LINE_LAPSED,
	LINE_REFUSED,
	LINE_SOCKET,
	LINE_CONFLICT,
	LINE_PROBE,
};
#define INSTANCE_LINES (LINE_PROBE + 1)

/* What the last report to the status memory was about; texts are made anew when it differs. */
struct instance_reported {
	uint32_t reasons;
	uint32_t links;
	uint8_t peer_priority;
	uint8_t priority;
	struct address peer;
};

/* report.c: what status and log say about it. */

/* Writes the instance's record. */
void report_publish(struct instance *instance);
void report_address(struct instance *instance, const struct instance_address *address);
/* Logs a change of the public state, and why. `event` is what caused it. */
void report_transition(struct instance *instance, const struct unit_past *past,
		       const struct engine_event *event);
/* Logs a line about the instance, whose name it begins with, unless there were too many of that
 * kind (enum packet_refusal, enum instance_line) lately. */
void report_line(struct instance *instance, unsigned line, enum log_level level, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));
/* Tells status and log that an advert was refused, and what is wrong with it; report_allows() has
 * said that it may be logged. */
void report_refused(struct instance *instance, const struct address *source, const char *text,
		    unsigned dropped);
/* True when a line of that kind may be logged now; *dropped as log_limit_pass() has it. */
bool report_allows(struct instance *instance, unsigned line, unsigned *dropped);

#endif
