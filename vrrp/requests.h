#ifndef VRRP_REQUESTS_H
#define VRRP_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/process/role.h"
#include "vrrp/engine/engine.h"
#include "vrrp/unit.h"

/* The operator's wishes (standby, takeover) between order and answer. */
struct requests;

/* requests.c */
struct requests *requests_create(struct role *role);
void requests_destroy(struct requests *requests);
/* Orders for another generation are refused from now on. */
void requests_generation(struct requests *requests, uint64_t generation);
/* Carries out MESSAGE_STANDBY or MESSAGE_TAKEOVER; the answer goes to main when the last instance
 * concerned has its outcome. */
void requests_begin(struct requests *requests, const struct message *message,
		    struct instance *const *instances, size_t n_instances);
/* What became of it for one unit; ignored when it has no request waiting. */
void requests_outcome(struct requests *requests, struct unit *unit, enum engine_outcome outcome);

#endif
