#ifndef CORE_DIRECTOR_H
#define CORE_DIRECTOR_H

#include "core/director/options.h"

/* director.c: the life of main, which the keeper started. Returns its exit status. */
int director_run(const struct options *options);

#endif
