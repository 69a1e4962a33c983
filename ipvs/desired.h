#ifndef IPVS_DESIRED_H
#define IPVS_DESIRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/table/conf.h"
#include "ipvs/ipvs_status.h"
#include "ipvs/table.h"

/*
 * What the kernel's table should be, as pure functions of the configuration and the verdicts:
 * verdicts -> state of each server -> quorum -> destinations with weights.
 */

/* What is known of one server, in the order of service_conf.servers. */
struct server_facts {
	enum server_state state; /* SERVER_UNKNOWN counts as up */
	int32_t weight;		 /* while it is up */
	enum server_state last;	 /* before this configuration; see desired_state() */
	int64_t since;		 /* µs wall clock, of the last change of state */
};

#define DESIRED_NO_FALLBACK SIZE_MAX

struct quorum {
	bool up;
	uint64_t weight_up; /* sum of the weights of real servers that are up */
	size_t fallback;    /* index of the server that serves instead, or DESIRED_NO_FALLBACK */
};

/* desired.c */

/*
 * The state of one server.  `verdicts` holds an enum verdict for each target of `conf`.  One failed
 * target is enough for down; while targets are unknown, `last` holds (what was known before a
 * restart or reload); where that is unknown too, a server or target with `alpha` is down.
 */
enum server_state desired_state(const struct conf *conf, const struct server_conf *server,
				const uint8_t *verdicts, enum server_state last);

/* Moves *quorum from what it was (quorum->up; true at first) to what the facts say. */
void desired_quorum(const struct service_conf *service, const struct server_facts *facts,
		    struct quorum *quorum);

/* Makes *wanted the service as the kernel should have it. */
void desired_service(const struct service_conf *service, const struct server_facts *facts,
		     const struct quorum *quorum, struct table_service *wanted);

/* Destinations of `present`, the kernel's side, that the configuration does not name and that have
 * to stay for their connections' sake: appended to *draining with weight 0, sorted. */
void desired_draining(const struct service_conf *service, const struct table_service *present,
		      struct table_service *draining);

struct table_key desired_key(const struct service_conf *service);

#endif
