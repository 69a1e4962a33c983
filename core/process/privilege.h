#ifndef CORE_PRIVILEGE_H
#define CORE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/process/message.h"

/* privilege.c */

/* Leaves the process with exactly what this role needs (design: none for check, and a seccomp
 * filter). Failure is fatal(): a worker never runs with more than it should. */
void privilege_drop(enum role_kind kind);
/* Whether this process has what privilege_drop() and the role's work need; else `text` says what
 * is missing: "vrrp needs CAP_NET_ADMIN and CAP_NET_RAW". */
bool privilege_suffices(enum role_kind kind, char *text, size_t size);
/* socket(2) as the filter can look into it, which the C library's need not be. */
int privilege_socket(int family, int type, int protocol);

#endif
