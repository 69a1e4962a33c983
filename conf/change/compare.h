#ifndef CONF_COMPARE_H
#define CONF_COMPARE_H

#include "conf/table/conf.h"

/* Whether two objects say the same. Places in files and, but for conf_equal(), indexes of targets
 * do not count: a server of one configuration equals that of another if their probes do. What
 * vdirector does not act upon (rest.h) counts for conf_equal() only. */

/* compare.c */
bool global_conf_equal(const struct global_conf *a, const struct global_conf *b);
/* The same members, by their place in both configurations. */
bool group_conf_equal(const struct group_conf *a, const struct group_conf *b);
bool instance_conf_equal(const struct instance_conf *a, const struct instance_conf *b);
bool target_conf_equal(const struct target_conf *a, const struct target_conf *b);
/* The servers' targets are indexes into the targets of their configurations. */
bool server_conf_equal(const struct conf *conf_a, const struct server_conf *a,
		       const struct conf *conf_b, const struct server_conf *b);
bool service_conf_equal(const struct conf *conf_a, const struct service_conf *a,
			const struct conf *conf_b, const struct service_conf *b);
/* All of it, with every object at the same index. */
bool conf_equal(const struct conf *a, const struct conf *b);

#endif
