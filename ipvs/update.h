#ifndef IPVS_UPDATE_H
#define IPVS_UPDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "ipvs/reconcile.h"
#include "ipvs/services.h"

/* What a pass does to the kernel's table: services, their commands, and how far it is. */

enum update_step { UPDATE_ADD, UPDATE_REMOVE };

struct update_item {
	struct service *service;     /* NULL: a former one, to be deleted */
	struct table_service target; /* a copy of what it is to become; identity only, to delete */
	size_t serving;		     /* destinations of `target` with weight that we can count on */
	bool refused;		     /* the service itself; nothing more is sent for it */
	bool failed;		     /* some command was refused */
};

/* Zero-initialised is empty. */
struct update {
	struct update_item *items;
	size_t n_items;
	struct difference difference;
	size_t position; /* in the list of the present step */
	size_t sent;
	size_t failures;
	char text[COMMAND_TEXT_SIZE]; /* the last refusal */
};

/* update.c */

/* Starts an update of at most `n_items` services. */
void update_begin(struct update *update, size_t n_items);
void update_clear(struct update *update);
/* Takes a service in if its wanted form is not its present one. */
void update_service(struct update *update, struct service *service);
/* The service with this identity is to go. */
void update_deletion(struct update *update, const struct table_key *key);
/* The next commands of a step, at most `max`; 0: the step is over, and the next one may begin. */
size_t update_batch(struct update *update, enum update_step step, struct command *batch,
		    size_t max);
/* The kernel's answers to a batch, 0 or positive errno values; refusals are logged. */
void update_answers(struct update *update, const struct command *batch, size_t count,
		    const int *errors);
/* All is sent: what was acknowledged is present now, where something failed nothing is certain. */
void update_settle(struct update *update);

#endif
