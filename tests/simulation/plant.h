#ifndef SIMULATION_PLANT_H
#define SIMULATION_PLANT_H

#include <stdbool.h>
#include <stddef.h>

#include "vrrp/engine/engine.h"

/* One call of the engine, as a planted bug sees it. */
struct plant_call {
	const struct engine *was; /* before the call */
	struct engine *engine;
	const struct engine_member *member_was;
	struct engine_member *member; /* the event's, or the first */
	struct engine_event event;
	struct mono now;
	struct engine_actions actions; /* after the call */
};

/* A bug that engines could have. */
struct plant {
	const char *name;
	const char *what;
	bool (*before)(struct plant_call *call); /* false: the engine does not see the event */
	void (*after)(struct plant_call *call);
	bool forgets; /* starts afresh where it should adopt its journal */
};

/* plant.c */
size_t plant_count(void);
const struct plant *plant_at(size_t index);
/* NULL: there is none of that name. */
const struct plant *plant_find(const char *name);
/* engine_handle(), with the bug; NULL = none. */
struct engine_actions plant_handle(const struct plant *plant, struct engine *engine,
				   const struct engine_event *event, struct mono now);
bool plant_forgets(const struct plant *plant);

#endif
