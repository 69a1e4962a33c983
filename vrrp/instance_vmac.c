/*
 * An instance with a virtual MAC address: by which socket its adverts go and come.  The interface
 * that has it is net's (net/vmac.c), up only while the instance is Active.
 *
 * Adverts are sent from the virtual MAC only by who is Active: anybody else's frame from it would
 * draw the hosts' traffic.  They are heard on the interface below; but while the macvlan is up, the
 * kernel gives frames that come from the same hardware address, those of another Active router, to
 * the macvlan alone, so these are heard there, and nothing else is.
 *
 * The wire does not wait for the kernel: an advert that is left until the interface is ready goes
 * out by the one below when that takes longer than USABLE_WITHIN.
 *
 * Called by instance.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "vrrp/instance.h"

#define USABLE_WITHIN (5 * USEC_PER_MSEC)

static void leave(struct instance *instance)
{
	struct instance_vmac *vmac = instance->vmac;

	if (vmac->socket)
		socket_leave(vmac->socket, instance->conf->vrid, instance->links.list[0]);
	vmac->socket = NULL;
}

static bool is_there(const struct instance *instance)
{
	const struct instance_vmac *vmac = instance->vmac;
	const struct interface *interface = vmac->interface;

	return interface->index != 0 && interface->lower == instance->interface->index &&
	       memcmp(interface->mac, vmac->mac, sizeof(vmac->mac)) == 0;
}

void instance_vmac_follow(struct instance *instance)
{
	struct instance_vmac *vmac = instance->vmac;

	if (!vmac)
		return;
	struct socket_place place = {.interface_index = vmac->interface->index,
				     .local = instance->conf->transport.group,
				     .filtered = true};
	memcpy(place.from, vmac->mac, sizeof(place.from));
	if (vmac->socket && !socket_is_at(vmac->socket, &place))
		leave(instance);
	if (vmac->socket || instance_is_unicast(instance) || !is_there(instance))
		return;
	vmac->socket = socket_join(instance->shared->sockets, &place, instance->conf->vrid,
				   instance->links.list[0]);
	if (!vmac->socket)
		log_error("%s: socket on %s: %s", instance->conf->name, vmac->interface->name,
			  strerror(errno));
}

void instance_vmac_configure(struct instance *instance)
{
	const struct instance_conf *conf = instance->conf;
	struct interface *interface;

	if (!conf->vmac.name) {
		instance_vmac_end(instance);
		return;
	}
	interface = interfaces_get(instance->shared->interfaces, conf->vmac.name);
	if (instance->vmac && instance->vmac->interface != interface)
		instance_vmac_end(instance);
	if (!instance->vmac)
		instance->vmac = alloc(sizeof(*instance->vmac));
	instance->vmac->interface = interface;
	instance_conf_mac(conf, instance->vmac->mac);
	instance_vmac_follow(instance);
}

void instance_vmac_told(struct instance *instance, const struct message_vmac *message)
{
	struct instance_vmac *vmac = instance->vmac;

	if (!vmac ||
	    strncmp(vmac->interface->name, message->interface, sizeof(message->interface)) != 0)
		return;
	memcpy(vmac->fault, message->text, sizeof(vmac->fault));
	instance_look(instance);
}

bool instance_vmac_is_raised(const struct instance *instance)
{
	return instance->vmac && is_there(instance) && instance->vmac->interface->raised;
}

const char *instance_vmac_fault(const struct instance *instance)
{
	return instance->vmac && instance->vmac->fault[0] != '\0' ? instance->vmac->fault : NULL;
}

static bool is_ready(const struct instance *instance)
{
	if (!instance_vmac_is_raised(instance))
		return false;
	for (size_t i = 0; i < instance->n_addresses; i++) {
		const struct instance_address *a = instance->addresses[i];

		if (!a->present && !a->refused)
			return false;
	}
	return true;
}

static void wait_due(struct timer *timer, void *data)
{
	(void)timer;
	instance_first_advert(data);
}

bool instance_vmac_defers(struct instance *instance)
{
	struct loop *loop = instance->shared->loop;

	if (!instance->vmac || is_ready(instance))
		return false;
	timer_set(loop, &instance->vmac->wait, mono_add(loop_now(loop), USABLE_WITHIN), wait_due,
		  instance);
	return true;
}

void instance_vmac_arrived(struct instance *instance)
{
	if (!instance->vmac || !timer_is_set(&instance->vmac->wait) || !is_ready(instance))
		return;
	timer_cancel(&instance->vmac->wait);
	instance_first_advert(instance);
}

struct socket *instance_outlet(const struct instance *instance)
{
	if (instance->vmac && instance->vmac->socket && !instance->conf->vmac.xmit_base &&
	    instance_vmac_is_raised(instance) &&
	    engine_public_state(instance->member.unit) == INSTANCE_ACTIVE)
		return instance->vmac->socket;
	return instance->socket;
}

void instance_vmac_end(struct instance *instance)
{
	if (!instance->vmac)
		return;
	leave(instance);
	timer_cancel(&instance->vmac->wait);
	free(instance->vmac);
	instance->vmac = NULL;
}
