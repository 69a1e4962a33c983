/*
 * What becomes of traffic to a server that is out of use is the kernel's to decide, by sysctls of
 * the network namespace:
 *
 * - expire_nodest_conn: a connection to a destination that was removed ends; else its packets are
 *   dropped until it times out.  `on_failure expire` is this.
 * - expire_quiescent_template: a persistent client leaves a destination of weight 0; else it is
 *   sent there until its template times out, though the server is down.
 *
 * pass.c lets them be looked at in each whole pass, before anything is removed: they are levels
 * like the table itself, and a reload may need them.
 */
#include "ipvs/expiry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"

#define CHANGES_AT_ONCE 3
#define CHANGE_INTERVAL (300 * USEC_PER_SEC) /* of log lines, where somebody sets it back */

static const struct sysctl {
	const char *name;
	enum on_failure on_failure; /* it is needed by services with such a server, */
	bool persistent;	    /* if true only by persistent ones */
	const char *otherwise;
} sysctls[EXPIRY_SYSCTLS] = {
	{"expire_nodest_conn", ON_FAILURE_EXPIRE, false,
	 "connections to servers that on_failure expire removes stay until they time out"},
	{"expire_quiescent_template", ON_FAILURE_QUIESCE, true,
	 "persistent clients stay with a server that is down"},
};

static bool is_needed(const struct sysctl *sysctl, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_services; i++) {
		const struct service_conf *service = &conf->services[i];

		if (sysctl->persistent && service->persistence_timeout == 0)
			continue;
		for (size_t k = 0; k < service->n_servers - service->n_fallbacks; k++)
			if (service->servers[k].on_failure == sysctl->on_failure)
				return true;
	}
	return false;
}

/* Opens and reads (`write` false) or writes one byte; a negative errno where that fails. */
static int access_byte(const char *path, bool write_it, char *byte)
{
	int fd = open(path, (write_it ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : write_it ? write(fd, byte, 1) : read(fd, byte, 1);
	int error = errno;

	if (fd >= 0)
		close(fd);
	return size < 0 ? -error : 0;
}

/* Writes what went wrong into `text`, unless something else did before. */
static void ensure(struct expiry *expiry, size_t index, const char *folder, struct mono now,
		   char text[EXPIRY_TEXT_SIZE])
{
	const struct sysctl *sysctl = &sysctls[index];
	char path[128], value = '0', one = '1';
	unsigned dropped;
	int error = text_print(path, sizeof(path), "%s/%s", folder, sysctl->name)
			    ? access_byte(path, false, &value)
			    : -ENAMETOOLONG;

	if (error == 0 && value == '0') {
		error = access_byte(path, true, &one);
		if (error == 0 && log_limit_pass(&expiry->changes[index], now.us, CHANGES_AT_ONCE,
						 CHANGE_INTERVAL, &dropped))
			log_notice("IPVS: sysctl net.ipv4.vs.%s was 0 and is set to 1, else %s",
				   sysctl->name, sysctl->otherwise);
	}
	if (error < 0 && text[0] == '\0')
		text_print(text, EXPIRY_TEXT_SIZE, "sysctl net.ipv4.vs.%s cannot be set (%s): %s",
			   sysctl->name, strerror(-error), sysctl->otherwise);
}

void expiry_ensure(struct expiry *expiry, const struct conf *conf, const char *folder,
		   struct mono now)
{
	char text[EXPIRY_TEXT_SIZE] = "";

	for (size_t i = 0; i < EXPIRY_SYSCTLS; i++)
		if (is_needed(&sysctls[i], conf))
			ensure(expiry, i, folder, now, text);
	if (text[0] != '\0' && strcmp(text, expiry->text) != 0)
		log_warning("IPVS: %s", text);
	memcpy(expiry->text, text, sizeof(text));
}
