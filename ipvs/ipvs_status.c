/*
 * The layout of the ipvs role's status segment, and the names of what it says.  A change of any
 * record is a new version: a segment of another version is not adopted.
 */
#include "ipvs/ipvs_status.h"

#include "core/base/names.h"

static const struct status_text texts[] = {
	STATUS_TEXT(STATUS_SERVICES, struct service_status, name),
	STATUS_TEXT(STATUS_SERVICES, struct service_status, scheduler),
	STATUS_TEXT(STATUS_KERNEL, struct kernel_status, text),
};

const struct status_layout ipvs_status_layout = {
	.version = 1,
	.texts = texts,
	.n_texts = sizeof(texts) / sizeof(texts[0]),
	.sizes =
		{
			[STATUS_SERVICES] = sizeof(struct service_status),
			[STATUS_SERVERS] = sizeof(struct server_status),
			[STATUS_KERNEL] = sizeof(struct kernel_status),
		},
};

const char *server_state_name(enum server_state state)
{
	static const char *const names[] = {
		[SERVER_UNKNOWN] = "unknown",
		[SERVER_UP] = "up",
		[SERVER_DOWN] = "down",
	};

	return name_of(names, sizeof(names) / sizeof(names[0]), state);
}
