#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <stddef.h>

/* The name of an enum's value by its table.  The value may come from another process: "?" for one
 * that is none. */
static inline const char *name_of(const char *const *names, size_t n_names, unsigned value)
{
	return value < n_names ? names[value] : "?";
}

#endif
