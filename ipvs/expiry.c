/*
 * What becomes of traffic to a server that is out of use is the kernel's to decide, by sysctls of
 * the network namespace:
 *
 *   expire_nodest_conn         a connection to a destination that was removed ends; else its
 * packets are dropped until it times out.  `on_failure expire` is this. expire_quiescent_template
 * a persistent client leaves a destination of weight 0; else it is sent there until its template
 * times out, though the server is down.
 *
 * pass.c lets them be looked at in each whole pass, before anything is removed: they are levels
 * like the table itself, and a reload may need them.
 */
#include "ipvs/expiry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHANGES_AT_ONCE 3
#define CHANGE_INTERVAL (300 * USEC_PER_SEC) /* of log lines, where somebody sets it back */

static bool has_on_failure(const struct service_conf *service, enum on_failure on_failure)
{
	for (size_t i = 0; i < service->n_servers - service->n_fallbacks; i++)
		if (service->servers[i].on_failure == on_failure)
			return true;
	return false;
}

static bool ends_connections(const struct service_conf *service)
{
	return has_on_failure(service, ON_FAILURE_EXPIRE);
}

static bool quiesces_persistent_servers(const struct service_conf *service)
{
	return service->persistence_timeout > 0 && has_on_failure(service, ON_FAILURE_QUIESCE);
}

static const struct sysctl {
	const char *name;
	bool (*is_needed_by)(const struct service_conf *service);
	const char *otherwise;
} sysctls[EXPIRY_SYSCTLS] = {
	{"expire_nodest_conn", ends_connections,
	 "connections to servers that on_failure expire removes stay until they time out"},
	{"expire_quiescent_template", quiesces_persistent_servers,
	 "persistent clients stay with a server that is down"},
};

static bool is_needed(const struct sysctl *sysctl, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_services; i++)
		if (sysctl->is_needed_by(&conf->services[i]))
			return true;
	return false;
}

/* 0 or 1 (any other digit), or a negative errno. */
static int read_value(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char digit = '0';
	ssize_t size = fd < 0 ? -1 : read(fd, &digit, 1);
	int error = errno;

	if (fd >= 0)
		close(fd);
	return size < 0 ? -error : digit != '0';
}

/* 1, or a negative errno. */
static int write_one(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : write(fd, "1\n", 2);
	int error = errno;

	if (fd >= 0)
		close(fd);
	return size < 0 ? -error : 1;
}

static void log_change(struct expiry *expiry, size_t index, struct mono now)
{
	unsigned dropped;

	if (log_limit_pass(&expiry->changes[index], now.us, CHANGES_AT_ONCE, CHANGE_INTERVAL,
			   &dropped))
		log_notice("IPVS: sysctl net.ipv4.vs.%s was 0 and is set to 1, else %s",
			   sysctls[index].name, sysctls[index].otherwise);
}

/* Writes what went wrong into `text`, unless something else did before. */
static void ensure(struct expiry *expiry, size_t index, const char *folder, struct mono now,
		   char text[EXPIRY_TEXT_SIZE])
{
	char path[128];
	int length = snprintf(path, sizeof(path), "%s/%s", folder, sysctls[index].name);
	int value = length > 0 && (size_t)length < sizeof(path) ? read_value(path) : -ENAMETOOLONG;

	if (value == 0) {
		value = write_one(path);
		if (value > 0)
			log_change(expiry, index, now);
	}
	if (value < 0 && text[0] == '\0' &&
	    snprintf(text, EXPIRY_TEXT_SIZE, "sysctl net.ipv4.vs.%s cannot be set (%s): %s",
		     sysctls[index].name, strerror(-value), sysctls[index].otherwise) < 0)
		text[0] = '\0';
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
