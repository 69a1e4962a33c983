#ifndef UNIT_KERNEL_H
#define UNIT_KERNEL_H

/* For tests in a network namespace of their own: what is done there, and what is found. */

#include <stdbool.h>
#include <stdlib.h>

#include "core/base/text.h"

static inline void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* An address on the interface `here`, now, whatever events have told so far. */
static inline bool is_there(const char *address)
{
	char command[128];

	assert_true(text_print(command, sizeof(command),
			       "ip -o addr show dev here | grep -qF ' %s '", address));
	return system(command) == 0;
}

#endif
