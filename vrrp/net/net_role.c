/*
 * The net role: everything of the elections that waits for the kernel's lock for network
 * configuration, which other programs hold for seconds.  It adds, renews and removes addresses,
 * makes virtual MAC interfaces, and dumps what there is for vrrp.  What it is to do it takes from
 * the slots (holding.c); vrrp rings when one has changed.  The wire never waits for it.
 *
 * role.c runs it as a worker; this file puts the parts together.
 */
#include "vrrp/net/net_role.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/model/load.h"
#include "core/base/alloc.h"
#include "vrrp/net/dump_relay.h"
#include "vrrp/net/holding.h"
#include "vrrp/net/net_status.h"

/* Between looks at addresses that are on their way out. */
#define STOP_INTERVAL (2 * USEC_PER_MSEC)
/* For vrrp to release them, when nobody stops the two in order. */
#define RELEASE_LIMIT (8 * USEC_PER_SEC)

struct net {
	struct role *role;
	struct conf *conf;
	struct slots *slots;
	struct holdings *holdings;
	struct dump_relay *relay;
	struct link *vrrp;
	struct timer stop;
	struct mono released_by; /* main is gone: until then vrrp may release in order */
	bool keep;		 /* what it has made stays when it stops */
};

static void on_vmac_made(const char *name, bool ipv6, void *data)
{
	struct net *net = data;
	struct message_vmac_sysctls message = {.ipv6 = ipv6};

	memcpy(message.interface, name, strnlen(name, sizeof(message.interface) - 1));
	if (!link_send(net->role->main, MESSAGE_VMAC_SYSCTLS, &message, sizeof(message)))
		log_warning(
			"%s: the main process could not be asked to disable router advertisements there: "
			"it may take addresses from them",
			name);
}

static void on_address(const struct virtual_address *a, enum address_event event, int error,
		       void *data)
{
	struct net *net = data;
	struct message_address message = {
		.address = a->address, .prefix = a->prefix, .event = event, .error = error};

	memcpy(message.interface, a->interface->name, sizeof(message.interface));
	if (net->vrrp)
		link_send(net->vrrp, MESSAGE_ADDRESS, &message, sizeof(message));
}

static void on_vmac(const char *interface, const char *text, void *data)
{
	struct net *net = data;
	struct message_vmac message = {0};

	memcpy(message.interface, interface, strnlen(interface, sizeof(message.interface) - 1));
	memcpy(message.text, text, strnlen(text, sizeof(message.text) - 1));
	if (net->vrrp)
		link_send(net->vrrp, MESSAGE_VMAC, &message, sizeof(message));
}

static const struct holdings_events holdings_events = {on_address, on_vmac};

static void *net_create(struct role *role)
{
	struct net *net = alloc(sizeof(*net));

	net->role = role;
	net->holdings = holdings_create(role->loop, on_vmac_made, &holdings_events, net);
	net->relay = dump_relay_create(role->loop);
	return net;
}

static void net_descriptor(void *context, int fd)
{
	struct net *net = context;
	struct slots *slots = slots_map(fd, false);

	if (!slots)
		fatal("the slots cannot be mapped: %m");
	holdings_set_slots(net->holdings, slots);
	slots_destroy(net->slots);
	net->slots = slots;
}

static void net_configure(void *context, const char *text, size_t size, struct status *status)
{
	struct net *net = context;
	struct conf *old = net->conf;

	net->conf = conf_parse_checked(text, size);
	holdings_configure(net->holdings, net->conf, status);
	conf_free(old);
}

/* ---- vrrp ---- */

static void vrrp_message(struct link *link, struct message *message, void *data)
{
	struct net *net = data;
	const struct message_dump *dump = message->payload;

	(void)link;
	if (message->type == MESSAGE_SLOTS)
		holdings_work(net->holdings);
	if (message->type != MESSAGE_DUMP)
		return;
	dump_relay_ask(net->relay, (uint16_t)dump->type, dump->sequence);
	if (dump->type == RTM_GETLINK) /* it may know of more interfaces than when it was told */
		holdings_tell(net->holdings, false);
}

static void vrrp_closed(struct link *link, void *data)
{
	struct net *net = data;

	role_link_lost(net->role, link);
	link_destroy(link);
	net->vrrp = NULL;
}

static void net_peer(void *context, enum role_kind kind, unsigned index, int fd)
{
	struct net *net = context;
	const struct message_feed feed = {.port = holdings_port(net->holdings)};

	link_destroy(net->vrrp);
	net->vrrp = link_create(net->role->loop, fd, ROLE_NET, kind, index, vrrp_message,
				vrrp_closed, net);
	int reader = dump_relay_open(net->relay);
	if (reader < 0)
		fatal("the elections cannot be given dumps: %m");
	/* Who is gone already gets another link. */
	link_send_fds(net->vrrp, MESSAGE_FEED, &feed, sizeof(feed), &reader, 1);
	close(reader);
	holdings_tell(net->holdings, true);
	holdings_work(net->holdings);
}

/* ---- the end ---- */

static void stop_due(struct timer *timer, void *data)
{
	struct net *net = data;
	struct loop *loop = net->role->loop;

	if (net->released_by.us != 0 && (holdings_are_released(net->holdings) ||
					 mono_before(net->released_by, loop_now(loop)))) {
		net->released_by.us = 0;
		holdings_stop(net->holdings, false);
	}
	if (net->released_by.us == 0 && holdings_are_idle(net->holdings))
		role_stopped(net->role);
	else
		timer_set(loop, timer, mono_add(loop_now(loop), STOP_INTERVAL), stop_due, net);
}

static void net_stop(void *context, bool keep)
{
	struct net *net = context;

	net->keep = keep;
	/* In order vrrp has stopped before; without main both do at once, and it hands over. */
	if (link_peer_lives(net->role->main))
		holdings_stop(net->holdings, keep);
	else
		net->released_by = mono_add(loop_now(net->role->loop), RELEASE_LIMIT);
	timer_set(net->role->loop, &net->stop, loop_now(net->role->loop), stop_due, net);
}

static void net_destroy(void *context)
{
	struct net *net = context;

	timer_cancel(&net->stop);
	holdings_destroy(net->holdings, !net->keep);
	dump_relay_destroy(net->relay);
	slots_destroy(net->slots);
	link_destroy(net->vrrp);
	conf_free(net->conf);
	free(net);
}

const struct role_vtable net_role = {
	.kind = ROLE_NET,
	.layout = &net_status_layout,
	.create = net_create,
	.configure = net_configure,
	.descriptor = net_descriptor,
	.peer = net_peer,
	.stop = net_stop,
	.destroy = net_destroy,
};
