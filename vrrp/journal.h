#ifndef VRRP_JOURNAL_H
#define VRRP_JOURNAL_H

#include "conf/table/conf.h"
#include "vrrp/engine/engine.h"
#include "vrrp/vrrp_status.h"

/* journal.c */

/* A predecessor's records, in the order of this configuration's instances; zeroed where it has
 * none.  Copies, because records are about to be written.  To be freed; no memory is fatal(). */
struct instance_status *journal_take(const struct conf *conf, struct status *status);
/* What outlives configurations: everything but the lock. */
void journal_copy_record(struct instance_status *to, const struct instance_status *from);
/* What a record says to the engine. */
struct engine_journal journal_of(const struct instance_status *record);

#endif
