#ifndef IPVS_KERNEL_H
#define IPVS_KERNEL_H

#include <stddef.h>

#include "ipvs/reconcile.h"
#include "ipvs/table.h"

/* The kernel's IPVS over generic netlink: one socket. */
struct kernel;

#define KERNEL_BATCH	 64 /* commands in one send */
#define KERNEL_TEXT_SIZE 160

/* kernel.c: errors are returned as negative errno values. */

/* NULL: IPVS cannot be used, and `text` says why. May make the kernel load its module. */
struct kernel *kernel_open(char text[KERNEL_TEXT_SIZE]);
void kernel_close(struct kernel *kernel); /* NULL is allowed */

/* Fills the empty *table with all services, without destinations, sorted. */
int kernel_dump_services(struct kernel *kernel, struct table *table);
/* Fills in the destinations of one, sorted; none where the service is gone. */
int kernel_dump_destinations(struct kernel *kernel, struct table_service *service);

/*
 * Sends at most KERNEL_BATCH commands at once and collects their acknowledgements: errors[i] is 0
 * or the positive errno of commands[i].  Not 0: the answers did not come (-ETIMEDOUT within 200 ms,
 * -ENOBUFS ...), what was done is unknown, and the kernel has to be closed.
 */
int kernel_execute(struct kernel *kernel, const struct command *commands, size_t n_commands,
		   int *errors);

#endif
