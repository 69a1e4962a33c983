#ifndef VRRP_NEWS_H
#define VRRP_NEWS_H

#include <stddef.h>
#include <stdint.h>

#include "core/process/role.h"
#include "vrrp/unit.h"

/* What instances and sync groups have to tell the other roles when they change their own. */
struct news;

/* news.c */
struct news *news_create(struct role *role);
void news_destroy(struct news *news);
/* A last try with the numbers of the configuration that ends; what fails is dropped. */
void news_reload_begin(struct news *news);
/* The instances (borrowed) and groups of a configuration, in its order. */
void news_reload(struct news *news, uint64_t generation, struct instance *const *instances,
		 size_t n_instances, size_t n_groups);
/* The link to the ipvs role, which now is told everyone's state; NULL = there is none. */
void news_set_ipvs(struct news *news, struct link *ipvs);
void news_instance(struct news *news, const struct instance *instance);
void news_group(struct news *news, const struct unit *unit);

#endif
