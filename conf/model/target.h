#ifndef CONF_TARGET_SET_H
#define CONF_TARGET_SET_H

#include "conf/table/conf.h"
#include "core/base/vector.h"

/* target.c: probes; equal ones are kept once. */
struct target_set;
/* `mask` is applied to hashes; all ones, but for tests of collisions. */
struct target_set *target_set_create(uint64_t mask);
void target_set_destroy(struct target_set *set);
/* Sets the key and returns the index of the probe. Strings and urls must be interned. */
uint32_t target_set_add(struct target_set *set, struct target_conf *target);
/* All of them: struct target_conf. */
const struct vector *target_set_all(const struct target_set *set);

#endif
