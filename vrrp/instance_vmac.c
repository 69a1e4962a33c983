/*
 * An instance with a virtual MAC address (vmac.c): when its interface is up, and by which socket
 * its adverts go and come.
 *
 * They are sent from the virtual MAC only by who is Active: anybody else's frame from it would draw
 * the hosts' traffic.  They are heard on the interface below; but while the macvlan is up, the
 * kernel gives frames that come from the same hardware address, those of another Active router, to
 * the macvlan alone, so these are heard there, and nothing else is.
 *
 * Called by instance.c.
 */
#include <errno.h>
#include <string.h>

#include "vrrp/instance.h"

#define USABLE_WITHIN (5 * USEC_PER_MSEC) /* of the loop's turn, whatever it does in it */

static struct vmac_config config_of(const struct instance *instance)
{
	const struct instance_conf *conf = instance->conf;
	struct vmac_config config = {
		.base = instance->interface,
		.interface = interfaces_get(instance->shared->interfaces, conf->vmac.name),
		.family = conf->family,
		.ipv6 = conf->family == AF_INET6,
	};

	for (size_t i = 0; i < conf->n_addresses; i++)
		config.ipv6 |= conf->addresses[i].address.family == AF_INET6;
	instance_conf_mac(conf, config.mac);
	return config;
}

static void leave(struct instance *instance)
{
	if (instance->vmac_socket)
		socket_leave(instance->vmac_socket, instance->conf->vrid, instance->links.list[0]);
	instance->vmac_socket = NULL;
}

static void follow_socket(struct instance *instance)
{
	const struct vmac_config *config = vmac_config(instance->vmac);
	struct socket_place place = {.interface_index = config->interface->index,
				     .local = instance->conf->transport.group,
				     .filtered = true};

	memcpy(place.from, config->mac, sizeof(place.from));
	if (instance->vmac_socket && !socket_is_at(instance->vmac_socket, &place))
		leave(instance);
	if (instance->vmac_socket || place.interface_index == 0 || instance_is_unicast(instance) ||
	    vmac_fault(instance->vmac))
		return;
	instance->vmac_socket = socket_join(instance->shared->sockets, &place, instance->conf->vrid,
					    instance->links.list[0]);
	if (!instance->vmac_socket)
		log_error("%s: socket on %s: %s", instance->conf->name, config->interface->name,
			  strerror(errno));
}

void instance_vmac_follow(struct instance *instance)
{
	if (!instance->vmac)
		return;
	vmac_follow(instance->vmac);
	follow_socket(instance);
}

void instance_vmac_configure(struct instance *instance)
{
	const struct instance_status *status = instance->status;
	const struct vmac_saved saved = {status->base_arp_ignore - 1,
					 status->base_arp_announce - 1};

	if (!instance->conf->vmac.name) {
		/* Its addresses are about to be claimed for the interface below. */
		leave(instance);
		if (instance->vmac)
			vmac_leave(instance->vmac);
		instance->vmac = NULL;
		return;
	}
	struct vmac_config config = config_of(instance);
	if (instance->vmac && !vmac_is(instance->vmac, &config))
		instance_vmac_end(instance, true);
	if (!instance->vmac) {
		instance->vmac = vmac_create(instance->shared->vmacs, &config, &saved);
		if (engine_public_state(instance->member.unit) == INSTANCE_ACTIVE)
			vmac_raise(instance->vmac);
	}
	instance_vmac_follow(instance);
}

void instance_vmac_raise(struct instance *instance)
{
	if (!instance->vmac)
		return;
	vmac_raise(instance->vmac);
	follow_socket(instance);
}

void instance_vmac_lower(struct instance *instance)
{
	if (instance->vmac)
		vmac_lower(instance->vmac);
}

/* True for the IPv6 ones that are asked for and not there yet. */
static bool awaits_address(const struct instance *instance)
{
	if (!addresses_idle(instance->shared->addresses))
		return false; /* too many for one turn */
	for (size_t i = 0; i < instance->n_addresses; i++) {
		const struct virtual_address *a = instance->addresses[i];

		if (a->address.family == AF_INET6 && a->wanted && !a->present && !a->refused)
			return true;
	}
	return false;
}

void instance_vmac_await(const struct instance *instance)
{
	struct mono end = mono_add(instance_now(instance), USABLE_WITHIN);
	int64_t left = mono_diff(end, mono_read());

	while (left > 0 && awaits_address(instance)) {
		interfaces_wait(instance->shared->interfaces, left);
		left = mono_diff(end, mono_read());
	}
}

static bool has_address(const struct instance *instance)
{
	const struct interface *interface = vmac_config(instance->vmac)->interface;

	for (size_t i = 0; i < instance->n_addresses; i++) {
		const struct virtual_address *a = instance->addresses[i];

		if (a->interface == interface && a->present &&
		    a->address.family == instance->conf->family)
			return true;
	}
	return false;
}

/*
 * One that is up without an address is deaf: the kernel drops what comes in there, for want of a
 * way back, and gives the adverts of whoever is Active with the same hardware address to nobody
 * else.  So it was left by a predecessor that died, or by a long pause.
 */
void instance_vmac_lower_unused(struct instance *instance)
{
	if (instance->vmac && vmac_is_raised(instance->vmac) && !has_address(instance))
		vmac_lower(instance->vmac);
}

struct socket *instance_outlet(const struct instance *instance)
{
	if (instance->vmac_socket && !instance->conf->vmac.xmit_base &&
	    vmac_is_raised(instance->vmac) &&
	    engine_public_state(instance->member.unit) == INSTANCE_ACTIVE)
		return instance->vmac_socket;
	return instance->socket;
}

void instance_vmac_end(struct instance *instance, bool remove)
{
	leave(instance);
	if (instance->vmac)
		vmac_destroy(instance->vmac, remove);
	instance->vmac = NULL;
}
