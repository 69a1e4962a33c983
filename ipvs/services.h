#ifndef IPVS_SERVICES_H
#define IPVS_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/table/conf.h"
#include "core/base/mono.h"
#include "ipvs/desired.h"
#include "ipvs/external_change.h"
#include "ipvs/history.h"
#include "ipvs/ipvs_status.h"
#include "ipvs/reconcile.h"
#include "ipvs/table.h"

/* A configured service at run time; pass.c sees inside. */
struct service {
	const struct service_conf *conf;
	struct table_key key;
	char name[STATUS_NAME_SIZE];
	uint32_t first_server;	    /* position of its first record among the servers */
	struct server_facts *facts; /* one per server, in the configuration's order */
	struct quorum quorum;
	int64_t since;		       /* µs wall clock, of the last change of quorum */
	struct table_service wanted;   /* for the kernel, with those that drain */
	struct table_service draining; /* as of the last dump */
	bool touched;		       /* a verdict changed: to be evaluated */
	bool due;		       /* evaluated: pass.c has to look at the difference */
	/* pass.c's */
	struct table_service present; /* as last dumped or acknowledged, when in_kernel */
	bool in_kernel;
	bool certain; /* in_kernel and present are first-hand, not from history or after an error */
	struct external_change external_change;
	char error[COMMAND_TEXT_SIZE]; /* why the kernel refused it at last; "" when it did not */
};

struct services {
	const struct conf *conf;
	struct service *list; /* the configuration's order */
	size_t n_services;
	struct service **sorted; /* by identity */
	/* Which services a target matters to: users[user_start[t] .. user_start[t + 1]) */
	uint32_t *user_start;
	uint32_t *users;
};

/* services.c */

/* Makes the run-time side of conf's services; states and times come from `history` where it knows
 * them.  `conf` outlives them.  services_evaluate() is to follow. */
struct services *services_create(const struct conf *conf, const struct history *history,
				 struct wall now);
void services_destroy(struct services *services); /* NULL is allowed */
/* NULL: not configured. */
struct service *services_find(const struct services *services, const struct table_key *key);
/* A target's verdict changed. */
void services_touch(struct services *services, uint32_t target);
/* Brings touched services up to date with the verdicts (as of verdicts_by_target()), logs what
 * changed and marks them due; stops after `budget` µs.  False: some are left for the next call. */
bool services_evaluate(struct services *services, const uint8_t *verdicts, struct wall now,
		       int64_t budget);
/* A dump shows the service so (NULL: not at all): which servers that are not configured have
 * connections yet is part of what is wanted. */
void services_look(struct service *service, const struct table_service *found);
/* Writes the records of a service and its servers. */
void services_write(const struct services *services, const struct service *service,
		    struct status *status);

#endif
