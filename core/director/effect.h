#ifndef CORE_EFFECT_H
#define CORE_EFFECT_H

#include "check/check_status.h"
#include "conf/change/changes.h"
#include "ipvs/ipvs_status.h"
#include "vrrp/vrrp_status.h"

/*
 * What changes of a configuration do to traffic, in words: one line per change, and one for many
 * servers of a service that change alike.
 */

/* What is known of the objects that run: those of `before`, by index; servers are counted through
 * all services.  False: nothing is known now. */
struct effect_facts {
	const struct conf *before, *after;
	bool (*instance)(void *data, uint32_t index, struct instance_status *status);
	bool (*service)(void *data, uint32_t index, struct service_status *status);
	bool (*server)(void *data, uint32_t index, struct server_status *status);
	void *data;
	const struct matching *instances; /* which are the same: that of the changes */
};

struct effect {
	const struct change *change; /* of the first, where there are several */
	uint32_t count;		     /* servers that change alike; else 1 */
	const char *name;	     /* "VI_1", "10.0.0.1/32", "10.0.1.7:80" */
	const char *owner;	     /* of a part: its instance or service; else NULL */
	const char *traffic;	     /* "may lose Active to 10.0.0.2"; "" = nothing happens to it */
	const char *text;	     /* the whole line */
	bool disturbs;		     /* clients may notice */
	bool restart;		     /* cannot change in a running daemon */
};

struct effects {
	struct effect *list; /* in the order of the changes */
	size_t count;
	struct arena *arena;
};

/* effect.c: the changes, and with them both configurations, must outlive the result. */
void effects_find(struct effects *effects, const struct conf_changes *changes,
		  const struct effect_facts *facts);
void effects_clear(struct effects *effects);

#endif
