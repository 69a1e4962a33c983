#ifndef CORE_LOG_SYSLOG_H
#define CORE_LOG_SYSLOG_H

#include "core/base/log.h"

/* log_syslog.c: lines for the system's log daemon; what it does not read at once is dropped. */

struct log_syslog;

/* `facility` as in syslog(3). Lives as long as the process. */
struct log_syslog *log_syslog_create(int facility);
/* `data` is what log_syslog_create() made. */
void log_syslog_sink(void *data, enum log_level level, const char *source, const char *text);

#endif
