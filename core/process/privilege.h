#ifndef CORE_PRIVILEGE_H
#define CORE_PRIVILEGE_H

#include "core/process/message.h"

/* privilege.c */

/* Leaves the process with exactly what this role needs (design: none for check, and a seccomp
 * filter). Failure is fatal(): a worker never runs with more than it should. */
void privilege_drop(enum role_kind kind);

#endif
