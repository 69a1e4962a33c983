/*
 * What a configuration needs of the machine it is on: interfaces, users, scripts, and that nobody
 * reads its secrets.  Called by -t and at the start, never by a worker, and left out by --offline,
 * for a configuration that is checked elsewhere than where it will run.
 *
 * Everything found here is a warning: an interface may come later, and what is missing at this
 * moment must not keep a director from starting.  Each thing is named once, where it is used first.
 */
#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/text/diagnostic.h"
#include "conf/text/excerpt.h"
#include "core/base/alloc.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/director/preflight.h"
#include "core/director/script.h"
#include "core/director/script_path.h"
#include "vrrp/wire/packet.h"

struct preflight {
	const struct conf *conf;
	struct diagnostics *diagnostics;
	struct hash interfaces, scripts; /* those looked at: items are indexes of `texts` */
	const char **texts;
	size_t n_texts;
};

#define WARN(check, place, ...)                                                                  \
	diagnostics_add(                                                                         \
		(check)->diagnostics, DIAGNOSTIC_WARNING,                                        \
		(struct spot){(check)->conf->files[(place).file], (place).line, (place).column}, \
		__VA_ARGS__)

static bool text_equal(const void *context, uint32_t item)
{
	const struct preflight *check = context;

	return strcmp(check->texts[item], check->texts[check->n_texts]) == 0;
}

/* Whether a text is the first of its kind. */
static bool is_new(struct preflight *check, struct hash *known, const char *text)
{
	uint64_t hash = hash_bytes(HASH_SEED, text, strlen(text));

	check->texts[check->n_texts] = text;
	if (hash_find(known, hash, text_equal, check) != HASH_NONE)
		return false;
	hash_add(known, hash, (uint32_t)check->n_texts++);
	return true;
}

static void look_at_interface(struct preflight *check, const char *name, struct place place)
{
	if (is_new(check, &check->interfaces, name) && if_nametoindex(name) == 0)
		WARN(check, place, "no-interface",
		     "interface '%s' does not exist on this machine now", name);
}

/* The user a script runs as; false: there is none, which is said. */
static bool find_owner(struct preflight *check, const struct script_conf *script,
		       struct script_owner *owner)
{
	const struct passwd *user = script_user(script->user);
	const struct group *group = script->group ? getgrnam(script->group) : NULL;

	if (script->user && !user)
		WARN(check, script->place, "no-user",
		     "'%s' runs as user '%s', whom this machine lacks", script->argv[0],
		     script->user);
	if (script->group && !group)
		WARN(check, script->place, "no-user",
		     "'%s' runs as group '%s', which this machine lacks", script->argv[0],
		     script->group);
	if ((script->user && !user) || (script->group && !group))
		return false;
	*owner = (struct script_owner){user ? user->pw_uid : geteuid(), group  ? group->gr_gid
									: user ? user->pw_gid
									       : getegid()};
	return true;
}

static void look_at_script(struct preflight *check, const struct script_conf *script)
{
	char path[PATH_MAX], component[PATH_MAX];
	struct script_owner owner;

	if (!script || !is_new(check, &check->scripts, script->command) ||
	    !find_owner(check, script, &owner))
		return;
	if (!script_path_find(script->argv[0], path)) {
		WARN(check, script->place, "no-script", "'%s' cannot be run: %s", script->argv[0],
		     strerror(errno));
		return;
	}
	if (!script_path_is_open(path, owner, component))
		return;
	if (owner.user == 0 && script->guarded)
		WARN(check, script->place, "insecure-script",
		     "'%s' will not be run: others than root can write to %s, and "
		     "'enable_script_security' is on",
		     script->argv[0], component);
	else
		WARN(check, script->place, "insecure-script",
		     "'%s' is not safe: others than %s can write to %s", script->argv[0],
		     owner.user == 0 ? "root" : "root and its user", component);
}

/* The MTU of an interface; PACKET_MTU where it is larger, or where there is none. */
static uint32_t mtu_of(const char *name)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t mtu = PACKET_MTU;

	memcpy(request.ifr_name, name, strnlen(name, sizeof(request.ifr_name) - 1));
	if (fd >= 0 && ioctl(fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu > 0 &&
	    request.ifr_mtu < PACKET_MTU)
		mtu = (uint32_t)request.ifr_mtu;
	if (fd >= 0)
		close(fd);
	return mtu;
}

/* What does not fit into one frame is not advertised (instance_advert.c of vrrp). */
static void look_at_advert(struct preflight *check, const struct instance_conf *instance)
{
	uint32_t mtu = instance->interface ? mtu_of(instance->interface) : PACKET_MTU;
	char limit[32] = ""; /* where it is not the format's */
	unsigned capacity;
	size_t n = 0;

	for (size_t i = 0; i < instance->transport.heartbeats.count; i++) {
		uint32_t other = mtu_of(instance->transport.heartbeats.names[i]);

		if (other < mtu)
			mtu = other;
	}
	for (size_t i = 0; i < instance->n_advertised; i++)
		n += instance->addresses[i].address.family == instance->family;
	capacity = packet_capacity(instance->family, instance->version, instance->hmac.n_keys > 0,
				   mtu);
	if (capacity < PACKET_ADDRESSES_MAX)
		text_print(limit, sizeof(limit), " (MTU %u)", mtu);
	if (n > capacity)
		WARN(check, instance->place, "unadvertised",
		     "'%s' has %zu addresses, and an advert has room for %u%s: the others "
		     "are held and announced, but not advertised",
		     instance->name, n, capacity, limit);
}

static void look_at_instance(struct preflight *check, const struct instance_conf *instance)
{
	const struct script_conf *scripts[] = {instance->notify_active, instance->notify_backup,
					       instance->notify_fault,	instance->notify_stop,
					       instance->notify,	instance->fence_script};

	if (instance->interface)
		look_at_interface(check, instance->interface, instance->place);
	for (size_t i = 0; i < instance->transport.heartbeats.count; i++)
		look_at_interface(check, instance->transport.heartbeats.names[i], instance->place);
	for (size_t i = 0; i < instance->n_addresses; i++)
		if (!instance->vmac.name || /* that one is made */
		    strcmp(instance->addresses[i].interface, instance->vmac.name) != 0)
			look_at_interface(check, instance->addresses[i].interface,
					  instance->addresses[i].place);
	look_at_advert(check, instance);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		look_at_script(check, scripts[i]);
}

/* Once for each file; of one that is included, it is that one which should be closed. */
static void look_at_secrets(struct preflight *check)
{
	const struct conf *conf = check->conf;
	struct stat status;

	for (size_t i = 0; i < conf->n_secrets; i++) {
		const struct secret_conf *secret = &conf->secrets[i];
		const char *file = conf->files[secret->place.file];

		if (stat(file, &status) == 0 && S_ISREG(status.st_mode) &&
		    (status.st_mode & S_IROTH))
			WARN(check, secret->place, "readable-secret",
			     "'%s' is a secret, and everybody can read the file: chmod o-r %s",
			     secret->keyword, file);
	}
}

void preflight(const struct conf *conf, struct diagnostics *diagnostics)
{
	size_t first = diagnostics_total(diagnostics);
	static const struct excerpt_text no_text;
	struct preflight check = {.conf = conf, .diagnostics = diagnostics};
	size_t most = 1;

	for (size_t i = 0; i < conf->n_instances; i++)
		most += conf->instances[i].n_addresses +
			conf->instances[i].transport.heartbeats.count +
			6; /* its interface and scripts */
	check.texts = alloc_array(most, sizeof(*check.texts));
	for (size_t i = 0; i < conf->n_instances; i++)
		look_at_instance(&check, &conf->instances[i]);
	look_at_secrets(&check);
	diagnostics_finish(diagnostics, first);
	diagnostics_excerpts(diagnostics, first, &no_text);
	hash_free(&check.interfaces);
	hash_free(&check.scripts);
	free(check.texts);
}
