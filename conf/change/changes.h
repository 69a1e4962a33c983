#ifndef CONF_CHANGES_H
#define CONF_CHANGES_H

#include "conf/change/match.h"
#include "conf/table/conf.h"
#include "conf/table/keyword.h"

/*
 * What differs between two configurations.  Objects are matched by identity (an instance by
 * interface, family and VRID, of several by what they hear and by name, a sync group by its name, a
 * service by protocol, address and port, a server by address and port), so a new order, a new name
 * or a new place in the files is no difference of anything else.
 */
enum change_kind {
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE_MOVED, /* an address of an interface, from one instance to another */
	CHANGE_VALUE, /* of one keyword */
};
const char *change_kind_name(enum change_kind kind); /* "added" ... */

enum change_object {
	CHANGE_OF_ROOT, /* a statement outside all blocks */
	CHANGE_OF_GLOBAL,
	CHANGE_OF_INSTANCE,
	CHANGE_OF_ADDRESS,
	CHANGE_OF_PEER,
	CHANGE_OF_GROUP,
	CHANGE_OF_SERVICE,
	CHANGE_OF_SERVER,
	CHANGE_OF_CHECK,
};
const char *change_object_name(enum change_object object); /* "global", "instance" ... */

#define CHANGE_NOWHERE UINT32_MAX

/* Where the object is in one of the two configurations; CHANGE_NOWHERE = it is not, or has no such
 * part. */
struct change_place {
	uint32_t owner;	 /* index of the instance, group or service */
	uint32_t part;	 /* index of the address, peer or server within it */
	uint32_t target; /* of a check: index into conf.targets */
};

#define CHANGE_PLACE_NONE ((struct change_place){CHANGE_NOWHERE, CHANGE_NOWHERE, CHANGE_NOWHERE})

struct change {
	enum change_kind kind;
	enum change_object object;
	struct change_place before, after;
	/* The rest is for CHANGE_VALUE. */
	const struct keyword *row; /* NULL: no keyword says it, but `word` */
	const char *word;	   /* the keyword, or "name", "prefix", "excluded", "order" */
	const char *old_value;	   /* as in the canonical form, with its unit; secrets masked */
	const char *new_value;
};

struct conf_changes {
	struct change
		*list; /* globals, instances, groups, services; each with its parts after it */
	size_t count;
	struct matching instances; /* which of the two configurations are the same */
	struct arena *arena;
};

/* changes.c: both configurations must outlive the result. Time and memory are proportional to
 * their size. */
void conf_changes_find(struct conf_changes *changes, const struct conf *before,
		       const struct conf *after);
void conf_changes_clear(struct conf_changes *changes);
/* Which instances are the same virtual router; of `before`, interface, family, vrid, name and
 * transport are looked at. To be freed (matching_free). */
struct matching instances_match(const struct instance_conf *before, size_t n_before,
				const struct instance_conf *after, size_t n_after);

#endif
