#ifndef CORE_STATUS_JSON_H
#define CORE_STATUS_JSON_H

#include <sys/types.h>

#include "check/check_status.h"
#include "core/base/json_writer.h"
#include "core/director/supervise.h"
#include "ipvs/ipvs_status.h"
#include "vrrp/vrrp_status.h"

#define STATUS_SCHEMA 1 /* of doc/status.schema.json: raised when a name changes its meaning */

/* How the last reload went. */
struct reload_record {
	struct wall at; /* 0: none yet */
	bool ok;
	char **errors; /* "file:line:column: error: text" */
	size_t n_errors;
};

/* Everything that a status is made of. */
struct status_view {
	struct supervisor *supervisor;
	const struct generation *running;
	const struct reload_record *reload;
	const char *config_path;
	struct wall started;
	const struct lateness *lateness; /* main's */
	unsigned main_restarts;
	pid_t keeper_pid;
	int64_t keeper_silence; /* µs; -1: there is none */
	unsigned keeper_restarts;
};

/* status_json.c: writes the object that doc/status.schema.json describes, as member `name`. */
void status_json_write(struct json_writer *writer, const char *name,
		       const struct status_view *view);
/* {"at":...,"ok":...,"errors":[...]} or null. */
void status_json_reload(struct json_writer *writer, const char *name,
			const struct reload_record *record);

#endif
