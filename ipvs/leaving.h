#ifndef IPVS_LEAVING_H
#define IPVS_LEAVING_H

#include "conf/table/conf.h"
#include "ipvs/table.h"

/* leaving.c */

/* Destinations of `present`, the kernel's side, that `conf` does not name and that have to stay for
 * their connections' sake: appended to *leaving with weight 0, sorted. */
void leaving_find(const struct service_conf *conf, const struct table_service *present,
		  struct table_service *leaving);
/* Adds them to what is wanted, which is then sorted again. */
void leaving_add(const struct table_service *leaving, struct table_service *wanted);

#endif
