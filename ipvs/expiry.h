#ifndef IPVS_EXPIRY_H
#define IPVS_EXPIRY_H

#include "conf/table/conf.h"
#include "core/base/log.h"
#include "core/base/mono.h"

#define EXPIRY_FOLDER	 "/proc/sys/net/ipv4/vs" /* shows the opener's network namespace */
#define EXPIRY_TEXT_SIZE 160
#define EXPIRY_SYSCTLS	 2

/* Two sysctls say what becomes of traffic to servers that are out of use. Zero-initialise. */
struct expiry {
	char text[EXPIRY_TEXT_SIZE]; /* what could not be set, and what that means; "" = nothing */
	struct log_limit changes[EXPIRY_SYSCTLS];
};

/* expiry.c */

/*
 * Sets to 1 what the configuration needs and is 0, in the folder of the sysctls.  Nothing is ever
 * set to 0: others may need it.  Changes and new failures go to the log.
 */
void expiry_ensure(struct expiry *expiry, const struct conf *conf, const char *folder,
		   struct mono now);

#endif
