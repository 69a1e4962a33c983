#ifndef CORE_SD_NOTIFY_H
#define CORE_SD_NOTIFY_H

#include <stdint.h>

/* sd_notify.c: the service manager's notification protocol, sd_notify(3). */

/* Sends "READY=1" and the like to $NOTIFY_SOCKET; without that, or when it is not heard, nothing
 * happens.  Never blocks. */
void sd_notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How often "WATCHDOG=1" is to be sent, in µs (half of $WATCHDOG_USEC, at
 * most 2 s); 0 = never. */
int64_t sd_notify_watchdog_interval(void);

#endif
