#ifndef TESTS_CONF_SAME_H
#define TESTS_CONF_SAME_H

#include "conf/change/changes.h"

/* Whether a reload from one to the other would have nothing to do. */
static inline bool conf_same(const struct conf *before, const struct conf *after)
{
	struct conf_changes changes;
	bool same;

	conf_changes_find(&changes, before, after);
	same = changes.count == 0;
	conf_changes_clear(&changes);
	return same;
}

#endif
