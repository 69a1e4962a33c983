#ifndef IPVS_PLAN_H
#define IPVS_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "ipvs/reconcile.h"
#include "ipvs/services.h"

/* What a pass is about to do to the kernel: services, their commands, and how far it is. */

enum plan_step { PLAN_ADD, PLAN_REMOVE };

struct plan_item {
	struct service *service;     /* NULL: a former one, to be deleted */
	struct table_service target; /* a copy of what it is to become; identity only, to delete */
	size_t serving;		     /* destinations of `target` with weight that we can count on */
	bool refused;		     /* the service itself; nothing more is sent for it */
	bool failed;		     /* some command was refused */
};

/* Zero-initialised is empty. */
struct plan {
	struct plan_item *items;
	size_t n_items;
	struct difference difference;
	size_t position; /* in the list of the present step */
	size_t sent;
	size_t failures;
	char text[COMMAND_TEXT_SIZE]; /* the last refusal */
};

/* plan.c */

/* Starts a plan for at most `n_items` services. */
void plan_begin(struct plan *plan, size_t n_items);
void plan_clear(struct plan *plan);
/* Takes a service in if its wanted form is not its present one. */
void plan_service(struct plan *plan, struct service *service);
/* The service with this identity is to go. */
void plan_deletion(struct plan *plan, const struct table_key *key);
/* The next commands of a step, at most `max`; 0: the step is over, and the next one may begin. */
size_t plan_batch(struct plan *plan, enum plan_step step, struct command *batch, size_t max);
/* The kernel's answers to a batch, 0 or positive errno values; refusals are logged. */
void plan_answers(struct plan *plan, const struct command *batch, size_t count, const int *errors);
/* All is sent: what was acknowledged is present now, where something failed nothing is certain. */
void plan_settle(struct plan *plan);

#endif
