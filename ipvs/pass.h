#ifndef IPVS_PASS_H
#define IPVS_PASS_H

#include <stddef.h>

#include "core/base/loop.h"
#include "ipvs/ipvs_status.h"
#include "ipvs/services.h"

/*
 * Passes: the kernel's table is brought to what the services want, piece by piece on the loop.  A
 * whole pass dumps and compares everything; a short one sends what became due since.
 */
struct pass;

typedef void pass_done_fn(void *data);

#define PASS_INTERVAL (10 * USEC_PER_SEC) /* between whole passes */

/* pass.c */
struct pass *pass_create(struct loop *loop);
void pass_destroy(struct pass *pass); /* NULL is allowed */

/*
 * Works for these services from now on, which outlive it or the next call; their records and the
 * one of the kernel are written to `status`.  Services of `former` that are not among them were
 * ours and are deleted.  A whole pass begins at once.
 */
void pass_configure(struct pass *pass, struct services *services, const struct history *former,
		    struct status *status);
/* services_evaluate() has made some due: writes their records, and brings the kernel after them. */
void pass_due(struct pass *pass);
/* A whole pass now, also for services whose restoration is put off. */
void pass_whole(struct pass *pass);
/* Deletes our services, then calls `done`; at once where there is no kernel to talk to. */
void pass_wind_down(struct pass *pass, pass_done_fn *done, void *data);

#endif
