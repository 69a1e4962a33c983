#ifndef CORE_VMAC_SYSCTLS_H
#define CORE_VMAC_SYSCTLS_H

#include "core/director/generation.h"
#include "core/process/message.h"

/* vmac_sysctls.c: makes the sysctls of a virtual MAC interface, which net has made, what they
 * should be. What cannot be written is a warning, and so is an interface that neither of the two
 * configurations makes; each may be NULL. */
void vmac_sysctls_set(const struct message_vmac_sysctls *order, const struct generation *in_force,
		      const struct generation *wanted);

#endif
