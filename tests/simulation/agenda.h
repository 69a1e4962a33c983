#ifndef SIMULATION_AGENDA_H
#define SIMULATION_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/mono.h"

#define FRAME_PAYLOAD_MAX 28 /* a version 2 advert of three addresses */

/* An advert on its way. */
struct frame {
	uint8_t from; /* number of the sending router */
	uint8_t link;
	uint8_t size;
	bool late;	   /* held up by a fault */
	uint64_t sequence; /* of its signature; 0 = it has none */
	uint8_t payload[FRAME_PAYLOAD_MAX];
};

enum happening {
	HAPPENING_FRAME,     /* arrives at the router */
	HAPPENING_TIMER,     /* the engine's, of the unit or any member */
	HAPPENING_BURST,     /* the second one of announcements */
	HAPPENING_ADDRESSES, /* the kernel has added them */
	HAPPENING_LEASE,     /* of the addresses of a router that does not run: is over */
	HAPPENING_PERMIT,    /* answers a guarded router that asked: the other one is harmless */
	HAPPENING_MISHAP,    /* the next fault, order or calm */
	HAPPENING_RECOVERY,  /* of the router from what it suffers */
	HAPPENING_FAIR,	     /* the network no longer loses nor delays */
	HAPPENING_END,
};

struct agenda_entry {
	struct mono at; /* the world's time */
	uint64_t order; /* set by agenda_add() */
	enum happening happening;
	uint8_t router;
	uint8_t link;	 /* of a port's happenings */
	uint32_t serial; /* for the happening to see whether it is still wanted */
	struct frame frame;
};

/* What is to come, the soonest first; of the same moment what was added first. */
struct agenda {
	struct agenda_entry *heap;
	size_t count, room;
	uint64_t added;
};

/* agenda.c */
void agenda_add(struct agenda *agenda, const struct agenda_entry *entry);
/* Takes the first entry out; false: there is none. */
bool agenda_take(struct agenda *agenda, struct agenda_entry *entry);
void agenda_clear(struct agenda *agenda); /* frees it */

#endif
