#ifndef CORE_QUIET_H
#define CORE_QUIET_H

#include "core/process/message.h"

/* quiet.c: makes the sysctls of a virtual MAC interface, which vrrp has made, what they should be.
 * What cannot be written is a warning. */
void quiet_interface(const struct message_quiet *order);

#endif
