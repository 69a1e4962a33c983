/*
 * The sysctls of a virtual MAC interface that netlink does not reach, and so the vrrp role, which
 * opens no file, does not either.  The interface shares its hardware address with another router's:
 * it must take neither an address nor a route from router advertisements.  Where none of its
 * addresses is IPv6 it has no IPv6 at all, which keeps multicast group reports off the link.
 *
 * Called by main when vrrp says that it has made one.  It reaches only interfaces that the
 * configuration makes: vrrp hears strangers, and "all" is a name, too.
 */
#include "core/director/vmac_sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

#define PATH_SIZE 96

static void set(const char *interface, const char *name, const char *value)
{
	char path[PATH_SIZE];
	int length = snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", interface, name);
	int fd = length > 0 && length < PATH_SIZE ? open(path, O_WRONLY | O_CLOEXEC) : -1;

	if (fd >= 0 && write(fd, value, 1) == 1) {
		close(fd);
		return;
	}
	if (errno != ENOENT) /* it has gone again, or the kernel has no IPv6 */
		log_warning("cannot set sysctl net.ipv6.conf.%s.%s to %s: %m", interface, name,
			    value);
	if (fd >= 0)
		close(fd);
}

static bool makes(const struct generation *generation, const char *name)
{
	const struct conf *conf = generation ? generation->conf : NULL;

	for (size_t i = 0; conf && i < conf->n_instances; i++)
		if (conf->instances[i].vmac.name && strcmp(conf->instances[i].vmac.name, name) == 0)
			return true;
	return false;
}

void vmac_sysctls_set(const struct message_vmac_sysctls *order, const struct generation *in_force,
		      const struct generation *wanted)
{
	const char *name = order->interface;

	if (name[0] == '.' || strchr(name, '/') ||
	    (!makes(in_force, name) && !makes(wanted, name))) {
		log_warning("vrrp asks for the sysctls of interface '%s', which is none of its "
			    "virtual MAC interfaces",
			    name);
		return;
	}
	set(name, "accept_ra", "0");
	set(name, "autoconf", "0");
	if (order->ipv6 == 0)
		set(name, "disable_ipv6", "1");
}
