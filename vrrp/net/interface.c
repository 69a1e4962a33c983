/*
 * What the kernel says about the interfaces that the configuration names: existence, carrier,
 * hardware address, and addresses.  A monitor hears rtnetlink's events; when the kernel had to drop
 * some (ENOBUFS) everything is dumped again, so the picture is never built on a gap: each dump
 * marks what it has seen, and at its end the rest is gone.  Events that come during a dump are
 * true as well and mark too.
 *
 * Dumps are read from a descriptor of their own: who reads one goes on with it under the kernel's
 * lock, which must not happen to who only listens.  So a dump may be older than the events that
 * were heard since it was asked for, and what these were about is taken from them alone.  The
 * elections' process has its dumps made by net.
 *
 * Changes of an interface are told at once where the loop has called.  Who reads in the middle of
 * his own work (instance.c, to learn what has come of a request) is told by a timer, when that work
 * is done: no socket is closed, and no role is changed, under his hands.
 *
 * Of an interface that nobody names only the index is seen, with an address that is sought: then
 * all is dumped, and its name found.
 *
 * Whether an address is one of the virtual ones its user knows (instance_address.c for vrrp,
 * addresses.c for net); the others are kept here, because the first of them is what adverts are
 * sent from.  An IPv6 address is not usable while, or because, its uniqueness is in doubt (RFC
 * 4862 5.4).
 */
#include "vrrp/net/interface.h"

#include <linux/ip.h>
#include <linux/netconf.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/vector.h"
#include "vrrp/net/rtnetlink.h"

#define DATAGRAMS_PER_TURN 256
#define MARKLESS_LEASE_MAX 300 /* s; what DHCP gives is longer */
/* The kernel has no RTMGRP_ name for it. */
#define GROUP_IPV6_NETCONF (UINT32_C(1) << (RTNLGRP_IPV6_NETCONF - 1))

/* An address by which an interface is looked for. */
struct sought {
	struct address address;
	int index; /* of an unknown interface that has it; 0 = none */
};

enum dump { DUMP_NONE, DUMP_LINKS, DUMP_ADDRESSES };

struct interfaces {
	struct loop *loop;
	const struct interface_addresses *addresses;
	void *table;
	interface_changed_fn *changed;
	void *data;
	struct watch watch;
	struct timer tell; /* set while changes wait */
	int fd;
	int feed; /* where dumps come from; -1 = nowhere */
	struct watch feed_watch;
	interface_dump_fn *ask;
	void *ask_data;
	struct interface *all;
	enum dump dump;
	bool dump_again;      /* what the running dump says is already known to be incomplete */
	bool receiving;	      /* callbacks may ask for more than is good */
	bool listed;	      /* what is read comes from the feed */
	bool known;	      /* a dump has ended since the last interface was named */
	bool dump_knows;      /* the running one began after that */
	bool prompt;	      /* the loop has called: changes may be told at once */
	bool marks;	      /* this kernel tells who made an address */
	struct vector sought; /* struct sought */
	uint32_t sequence;
	struct rtnetlink_buffer buffer;
};

struct interface *interfaces_find(const struct interfaces *interfaces, const char *name)
{
	struct interface *interface = interfaces->all;

	while (interface && strcmp(interface->name, name) != 0)
		interface = interface->next;
	return interface;
}

struct interface *interfaces_get(struct interfaces *interfaces, const char *name)
{
	struct interface *interface = interfaces_find(interfaces, name);

	if (interface)
		return interface;
	interfaces->known = interfaces->dump_knows = false;
	interface = alloc(sizeof(*interface));
	memcpy(interface->name, name, strnlen(name, sizeof(interface->name) - 1));
	interface->settling.interfaces = interfaces;
	interface->next = interfaces->all;
	interfaces->all = interface;
	return interface;
}

void interfaces_seek(struct interfaces *interfaces, const struct address *address)
{
	const struct sought sought = {.address = *address};

	vector_add(&interfaces->sought, sizeof(sought), &sought);
}

void interfaces_seek_none(struct interfaces *interfaces)
{
	vector_free(&interfaces->sought);
}

struct interface *interfaces_holder(const struct interfaces *interfaces,
				    const struct address *address)
{
	for (struct interface *i = interfaces->all; i; i = i->next)
		if (i->index != 0 && interface_fitness(i, address) != FITNESS_MISSING)
			return i;
	return NULL;
}

bool interfaces_have_mac(const struct interfaces *interfaces, const uint8_t mac[6])
{
	for (const struct interface *i = interfaces->all; i; i = i->next)
		if (i->index != 0 && i->announces && memcmp(i->mac, mac, sizeof(i->mac)) == 0)
			return true;
	return false;
}

static struct interface *find_by_index(const struct interfaces *interfaces, int index)
{
	struct interface *interface = interfaces->all;

	while (interface && interface->index != index)
		interface = interface->next;
	return interface;
}

static void tell_changes(struct interfaces *interfaces)
{
	timer_cancel(&interfaces->tell);
	for (struct interface *i = interfaces->all; i; i = i->next) {
		if (!i->changed)
			continue;
		i->changed = false;
		interfaces->changed(i, interfaces->data);
	}
}

static void tell_due(struct timer *timer, void *data)
{
	(void)timer;
	tell_changes(data);
}

static void changed(struct interfaces *interfaces, struct interface *interface)
{
	interface->changed = true;
	if (interfaces->prompt)
		tell_changes(interfaces);
	else if (!timer_is_set(&interfaces->tell))
		timer_set(interfaces->loop, &interfaces->tell, loop_now(interfaces->loop), tell_due,
			  interfaces);
}

void interface_changed(struct interface *interface)
{
	changed(interface->settling.interfaces, interface);
}

struct loop *interfaces_loop(const struct interfaces *interfaces)
{
	return interfaces->loop;
}

struct interface *interfaces_first(const struct interfaces *interfaces)
{
	return interfaces->all;
}

static void address_append(struct interface *interface, const struct address *address,
			   uint8_t prefix, enum interface_fitness fitness)
{
	if (interface->n_addresses == interface->capacity) {
		interface->capacity = interface->capacity > 0 ? interface->capacity * 2 : 4;
		interface->addresses = alloc_resize(interface->addresses, interface->capacity,
						    sizeof(*interface->addresses));
	}
	interface->addresses[interface->n_addresses++] =
		(struct interface_address){*address, prefix, fitness, {0}};
}

static void address_drop(struct interface *interface, size_t position)
{
	interface->n_addresses--;
	memmove(interface->addresses + position, interface->addresses + position + 1,
		(interface->n_addresses - position) * sizeof(*interface->addresses));
}

/* An address of others came, went or is good for something else now. True: something has changed.
 * While a dump runs, one that went is remembered: it may be in the dump still. */
static bool note_address(struct interfaces *interfaces, struct interface *interface,
			 const struct address *address, uint8_t prefix,
			 enum interface_fitness fitness)
{
	bool dumping = interfaces->dump != DUMP_NONE;

	for (size_t i = 0; i < interface->n_addresses; i++) {
		struct interface_address *known = &interface->addresses[i];
		enum interface_fitness before = known->fitness;

		if (known->prefix != prefix || address_compare(&known->address, address) != 0)
			continue;
		if (!dump_mark(&known->mark, interfaces->listed))
			return false;
		known->fitness = fitness;
		if (fitness == FITNESS_MISSING && !dumping)
			address_drop(interface, i);
		return fitness != before;
	}
	if (fitness == FITNESS_MISSING && !dumping)
		return false;
	address_append(interface, address, prefix, fitness);
	dump_mark(&interface->addresses[interface->n_addresses - 1].mark, interfaces->listed);
	return fitness != FITNESS_MISSING;
}

static enum interface_fitness fitness_of(const struct nlmsghdr *message, uint32_t flags)
{
	if (message->nlmsg_type != RTM_NEWADDR)
		return FITNESS_MISSING;
	if (flags & IFA_F_DADFAILED)
		return FITNESS_DUPLICATE;
	/* An optimistic one may be used at once (RFC 4429). */
	if ((flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC))
		return FITNESS_TENTATIVE;
	return FITNESS_USABLE;
}

/*
 * Ours are told from others' by who made them; the kernel leaves that out where it does not know,
 * so a kernel that can say so is known by its own addresses (127.0.0.1 at least).  Before Linux
 * 5.18 a short lifetime is the only sign.
 */
static bool is_ours(struct interfaces *interfaces, struct rtattr *const attributes[],
		    uint32_t valid)
{
	struct rtattr *protocol = attributes[IFA_PROTO];

	if (protocol)
		interfaces->marks = true;
	if (!interfaces->marks)
		return valid <= MARKLESS_LEASE_MAX;
	return protocol && RTA_PAYLOAD(protocol) == 1 &&
	       *(const uint8_t *)RTA_DATA(protocol) == INTERFACE_PROTOCOL;
}

static struct interface_word word_of(struct interfaces *interfaces, struct nlmsghdr *message,
				     struct rtattr *const attributes[])
{
	struct rtattr *lifetime = attributes[IFA_CACHEINFO];
	struct ifa_cacheinfo times = {.ifa_valid = UINT32_MAX};
	const struct ifaddrmsg *header = NLMSG_DATA(message);
	uint32_t flags = header->ifa_flags;

	if (attributes[IFA_FLAGS] && RTA_PAYLOAD(attributes[IFA_FLAGS]) == sizeof(flags))
		memcpy(&flags, RTA_DATA(attributes[IFA_FLAGS]), sizeof(flags));
	if (lifetime && RTA_PAYLOAD(lifetime) >= sizeof(times))
		memcpy(&times, RTA_DATA(lifetime), sizeof(times));
	return (struct interface_word){.fitness = fitness_of(message, flags),
				       .ours = is_ours(interfaces, attributes, times.ifa_valid),
				       .lasting = times.ifa_valid == UINT32_MAX,
				       .valid = times.ifa_valid};
}

/* An interface that is not known has this address. */
static void note_holder(struct interfaces *interfaces, const struct address *address, int index)
{
	struct sought *sought = interfaces->sought.items;

	for (size_t i = 0; i < interfaces->sought.count; i++) {
		if (sought[i].index == index || address_compare(&sought[i].address, address) != 0)
			continue;
		sought[i].index = index;
		interfaces_refresh(interfaces);
	}
}

static bool is_sought(const struct interfaces *interfaces, int index)
{
	const struct sought *sought = interfaces->sought.items;

	for (size_t i = 0; i < interfaces->sought.count; i++)
		if (sought[i].index == index)
			return true;
	return false;
}

static void handle_address(struct interfaces *interfaces, struct nlmsghdr *message)
{
	struct rtattr *attributes[IFA_PROTO + 1];
	struct ifaddrmsg *header = NLMSG_DATA(message);
	struct address address = {0};

	if (!rtnetlink_attributes(message, sizeof(*header), attributes, IFA_PROTO))
		return;
	struct interface_word word = word_of(interfaces, message, attributes);
	struct interface *interface = find_by_index(interfaces, (int)header->ifa_index);
	struct rtattr *local =
		attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	if (!local || RTA_PAYLOAD(local) != address_size(header->ifa_family))
		return;
	address.family = header->ifa_family;
	memcpy(address.bytes, RTA_DATA(local), RTA_PAYLOAD(local));
	if (!interface && word.fitness != FITNESS_MISSING)
		note_holder(interfaces, &address, (int)header->ifa_index);
	if (!interface)
		return;
	if (interfaces->addresses->saw(interfaces->table, interface, &address,
				       header->ifa_prefixlen, &word, interfaces->listed))
		word.fitness = FITNESS_MISSING; /* what a reload has made ours is no source */
	if (note_address(interfaces, interface, &address, header->ifa_prefixlen, word.fitness))
		changed(interfaces, interface);
}

static void interface_gone(struct interfaces *interfaces, struct interface *interface)
{
	interface->heard |= !interfaces->listed;
	if (interface->index == 0)
		return;
	interface->index = 0;
	interface_forget(interface);
	interface->raised = false;
	interface->n_addresses = 0;
	changed(interfaces, interface);
}

static void link_is(struct interfaces *interfaces, struct interface *interface,
		    const struct ifinfomsg *header, struct rtattr *const attributes[])
{
	struct rtattr *mac = attributes[IFLA_ADDRESS], *mtu = attributes[IFLA_MTU];
	const unsigned needed = IFF_UP | IFF_RUNNING;
	struct interface before = *interface;

	if (interface->index != header->ifi_index) {
		interface_forget(interface); /* another interface of the same name */
		interface->n_addresses = 0;
		/* Which may have had its addresses before that name: nobody tells them again. */
		if (interfaces->dump != DUMP_LINKS)
			interfaces_refresh(interfaces);
	}
	interface->index = header->ifi_index;
	interface_settle(interface, (header->ifi_flags & needed) == needed);
	interface->raised = (header->ifi_flags & IFF_UP) != 0;
	interface->announces = header->ifi_type == ARPHRD_ETHER &&
			       (header->ifi_flags & IFF_NOARP) == 0 && mac &&
			       RTA_PAYLOAD(mac) == sizeof(interface->mac);
	if (interface->announces)
		memcpy(interface->mac, RTA_DATA(mac), sizeof(interface->mac));
	if (mtu && RTA_PAYLOAD(mtu) == sizeof(interface->mtu))
		memcpy(&interface->mtu, RTA_DATA(mtu), sizeof(interface->mtu));
	interface->seen = true;
	interface->heard |= !interfaces->listed;
	interface->returned |=
		interface->up && (!before.up || !before.carrier ||
				  memcmp(before.mac, interface->mac, sizeof(before.mac)) != 0);
	if (before.index != interface->index || before.up != interface->up ||
	    before.carrier != interface->carrier || before.raised != interface->raised ||
	    before.mtu != interface->mtu ||
	    memcmp(before.mac, interface->mac, sizeof(before.mac)) != 0)
		changed(interfaces, interface);
}

/* What the link is on, if it is a macvlan. */
static int link_lower(struct rtattr *const attributes[])
{
	struct rtattr *kind = rtnetlink_nested(attributes[IFLA_LINKINFO], IFLA_INFO_KIND);
	int32_t lower = 0;

	if (!kind || RTA_PAYLOAD(kind) < sizeof("macvlan") ||
	    memcmp(RTA_DATA(kind), "macvlan", sizeof("macvlan")) != 0)
		return 0;
	if (attributes[IFLA_LINK] && RTA_PAYLOAD(attributes[IFLA_LINK]) == sizeof(lower))
		memcpy(&lower, RTA_DATA(attributes[IFLA_LINK]), sizeof(lower));
	return lower;
}

/* A value of the link, by its number from 1 on, from the family-specific part of its message. */
static int32_t link_value(struct rtattr *families, uint16_t family, uint16_t kind, unsigned which)
{
	struct rtattr *values = rtnetlink_nested(rtnetlink_nested(families, family), kind);
	int32_t value = 0;
	size_t offset = (which - 1) * sizeof(value);

	if (values && RTA_PAYLOAD(values) >= offset + sizeof(value))
		memcpy(&value, (uint8_t *)RTA_DATA(values) + offset, sizeof(value));
	return value;
}

/* Forwarding was switched on or off. */
static void handle_netconf(struct interfaces *interfaces, struct nlmsghdr *message)
{
	struct rtattr *attributes[NETCONFA_MAX + 1];
	struct netconfmsg *header = NLMSG_DATA(message);
	int32_t value;

	if (!rtnetlink_attributes(message, sizeof(*header), attributes, NETCONFA_MAX))
		return;
	struct rtattr *index = attributes[NETCONFA_IFINDEX];
	struct rtattr *forwarding = attributes[NETCONFA_FORWARDING];
	if (header->ncm_family != AF_INET6 || !index || !forwarding ||
	    RTA_PAYLOAD(index) != sizeof(value) || RTA_PAYLOAD(forwarding) != sizeof(value))
		return;
	memcpy(&value, RTA_DATA(index), sizeof(value));
	struct interface *interface = value > 0 ? find_by_index(interfaces, value) : NULL;
	memcpy(&value, RTA_DATA(forwarding), sizeof(value));
	if (!interface)
		return;
	interface->routes = value != 0;
	interface->routes_heard = true;
}

static void handle_link(struct interfaces *interfaces, struct nlmsghdr *message)
{
	struct rtattr *attributes[IFLA_AF_SPEC + 1];
	struct ifinfomsg *header = NLMSG_DATA(message);

	if (!rtnetlink_attributes(message, sizeof(*header), attributes, IFLA_AF_SPEC))
		return;
	struct rtattr *name = attributes[IFLA_IFNAME];
	/* Bridges tell about their ports in the same words; those say nothing about the link. */
	if (!name || header->ifi_family != AF_UNSPEC)
		return;
	struct interface *by_index = find_by_index(interfaces, header->ifi_index);
	struct interface *by_name = interfaces_find(interfaces, RTA_DATA(name));
	if (interfaces->listed && ((by_index && by_index->heard) || (by_name && by_name->heard))) {
		if (by_index && by_index == by_name)
			by_index->seen = true;
		return;
	}
	if (by_index && (by_index != by_name || message->nlmsg_type == RTM_DELLINK))
		interface_gone(interfaces, by_index); /* deleted or renamed */
	if (!by_name && message->nlmsg_type == RTM_NEWLINK &&
	    is_sought(interfaces, header->ifi_index))
		by_name = interfaces_get(interfaces, RTA_DATA(name));
	if (!by_name || message->nlmsg_type != RTM_NEWLINK)
		return;
	if (attributes[IFLA_AF_SPEC]) {
		struct rtattr *families = attributes[IFLA_AF_SPEC];

		/* DEVCONF_FORWARDING is the first. */
		if (!interfaces->listed || !by_name->routes_heard)
			by_name->routes = link_value(families, AF_INET6, IFLA_INET6_CONF, 1) != 0;
		by_name->arp_ignore =
			link_value(families, AF_INET, IFLA_INET_CONF, IPV4_DEVCONF_ARP_IGNORE);
		by_name->arp_announce =
			link_value(families, AF_INET, IFLA_INET_CONF, IPV4_DEVCONF_ARP_ANNOUNCE);
	}
	by_name->lower = link_lower(attributes);
	link_is(interfaces, by_name, header, attributes);
}

static void request_dump(struct interfaces *interfaces, enum dump dump)
{
	uint16_t type = dump == DUMP_LINKS ? RTM_GETLINK : RTM_GETADDR;

	interfaces->dump = dump;
	if (!interfaces->ask(type, ++interfaces->sequence, interfaces->ask_data))
		fatal("netlink dump: %m");
}

void interfaces_refresh(struct interfaces *interfaces)
{
	if (interfaces->dump != DUMP_NONE || interfaces->feed < 0) {
		interfaces->dump_again = true; /* the kernel runs one dump at a time */
		return;
	}
	interfaces->dump_again = false;
	interfaces->dump_knows = true;
	for (struct interface *i = interfaces->all; i; i = i->next) {
		i->seen = i->heard = i->routes_heard = false;
		for (size_t n = i->n_addresses; n-- > 0;)
			if (i->addresses[n].fitness == FITNESS_MISSING)
				address_drop(i, n); /* of a dump that was given up */
			else
				i->addresses[n].mark = (struct dump_mark){0};
	}
	interfaces->addresses->dump_begin(interfaces->table);
	request_dump(interfaces, DUMP_LINKS);
}

static void dump_done(struct interfaces *interfaces)
{
	enum dump finished = interfaces->dump;

	interfaces->dump = DUMP_NONE;
	if (interfaces->dump_again) {
		interfaces_refresh(interfaces);
	} else if (finished == DUMP_LINKS) {
		for (struct interface *i = interfaces->all; i; i = i->next)
			if (!i->seen && !i->heard)
				interface_gone(interfaces, i);
		request_dump(interfaces, DUMP_ADDRESSES);
	} else if (finished == DUMP_ADDRESSES) {
		for (struct interface *i = interfaces->all; i; i = i->next) {
			bool any = false;

			for (size_t n = i->n_addresses; n-- > 0;) {
				const struct interface_address *a = &i->addresses[n];

				if (a->mark.seen && a->fitness != FITNESS_MISSING)
					continue;
				any |= a->fitness != FITNESS_MISSING;
				address_drop(i, n);
			}
			if (any)
				changed(interfaces, i);
		}
		interfaces->addresses->dump_end(interfaces->table);
		if (!interfaces->dump_knows) { /* one was named meanwhile, maybe by it */
			interfaces_refresh(interfaces);
		} else if (!interfaces->known) {
			interfaces->known = true;
			if (interfaces->all)
				changed(interfaces, interfaces->all);
		}
	}
}

static void handle_message(struct nlmsghdr *message, void *data)
{
	struct interfaces *interfaces = data;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		interfaces->dump_again = true;
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		handle_link(interfaces, message);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		handle_address(interfaces, message);
		break;
	case RTM_NEWNETCONF:
		handle_netconf(interfaces, message);
		break;
	case NLMSG_ERROR: /* a failed dump is not one that found nothing: start anew */
		fatal("netlink dump: %s",
		      strerror(-((struct nlmsgerr *)NLMSG_DATA(message))->error));
	case NLMSG_DONE:
		if (interfaces->listed && message->nlmsg_seq == interfaces->sequence)
			dump_done(interfaces);
		break;
	default:
		break;
	}
}

static void receive(struct interfaces *interfaces, int fd)
{
	if (interfaces->receiving || fd < 0)
		return;
	interfaces->receiving = true;
	interfaces->listed = fd == interfaces->feed;
	enum rtnetlink_result result = rtnetlink_receive(
		fd, &interfaces->buffer, DATAGRAMS_PER_TURN, handle_message, interfaces);
	interfaces->receiving = interfaces->listed = false;
	if (result != RTNETLINK_OVERRUN)
		return;
	log_notice("netlink: events were lost, reading all interfaces and addresses anew");
	interfaces_refresh(interfaces);
}

void interfaces_receive(struct interfaces *interfaces)
{
	receive(interfaces, interfaces->fd);
	receive(interfaces, interfaces->feed);
}

static void ready(struct watch *watch, uint32_t events, void *data)
{
	struct interfaces *interfaces = data;

	(void)events;
	interfaces->prompt = true;
	receive(interfaces, watch->fd);
	interfaces->prompt = false;
}

bool interfaces_are_known(const struct interfaces *interfaces)
{
	return interfaces->known;
}

static void close_feed(struct interfaces *interfaces)
{
	if (interfaces->feed < 0)
		return;
	watch_remove(&interfaces->feed_watch);
	close(interfaces->feed);
	interfaces->feed = -1;
}

void interfaces_feed(struct interfaces *interfaces, int fd, interface_dump_fn *dump, void *data)
{
	bool again = interfaces->dump != DUMP_NONE || interfaces->dump_again;

	close_feed(interfaces);
	interfaces->dump = DUMP_NONE;
	interfaces->feed = fd;
	interfaces->ask = dump;
	interfaces->ask_data = data;
	interfaces->dump_again = again;
	if (fd < 0)
		return;
	watch_add(interfaces->loop, &interfaces->feed_watch, fd, EPOLLIN, ready, interfaces);
	if (again)
		interfaces_refresh(interfaces);
}

static bool ask_kernel(uint16_t type, uint32_t sequence, void *data)
{
	const struct interfaces *interfaces = data;

	return rtnetlink_dump(interfaces->feed, type, AF_UNSPEC, sequence);
}

struct interfaces *interfaces_create(struct loop *loop, const struct interface_addresses *addresses,
				     void *table, interface_changed_fn *on_changed, void *data)
{
	struct interfaces *interfaces = alloc(sizeof(*interfaces));

	interfaces->loop = loop;
	interfaces->addresses = addresses;
	interfaces->table = table;
	interfaces->changed = on_changed;
	interfaces->data = data;
	interfaces->feed = -1;
	interfaces->fd = rtnetlink_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
					GROUP_IPV6_NETCONF);
	watch_add(loop, &interfaces->watch, interfaces->fd, EPOLLIN, ready, interfaces);
	interfaces_feed(interfaces, rtnetlink_open(0), ask_kernel, interfaces);
	return interfaces;
}

void interfaces_ignore(struct interfaces *interfaces, uint32_t port)
{
	rtnetlink_ignore_port(interfaces->fd, port);
}

void interfaces_destroy(struct interfaces *interfaces)
{
	watch_remove(&interfaces->watch);
	close_feed(interfaces);
	timer_cancel(&interfaces->tell);
	vector_free(&interfaces->sought);
	close(interfaces->fd);
	while (interfaces->all) {
		struct interface *interface = interfaces->all;

		interfaces->all = interface->next;
		timer_cancel(&interface->settling.timer);
		free(interface->addresses);
		free(interface);
	}
	free(interfaces);
}

struct neighbour_sender interface_sender(const struct interface *interface)
{
	struct neighbour_sender sender = {.interface = interface->name,
					  .index = interface->index,
					  .router = interface->routes};

	memcpy(sender.mac, interface->mac, sizeof(sender.mac));
	return sender;
}

struct address interface_source(const struct interface *interface, uint16_t family, bool link_local,
				enum interface_fitness *fitness)
{
	*fitness = FITNESS_MISSING;
	for (size_t i = 0; i < interface->n_addresses; i++) {
		const struct interface_address *a = &interface->addresses[i];

		if (a->address.family != family ||
		    (family == AF_INET6 && address_is_link_local(&a->address) != link_local))
			continue;
		if (a->fitness > *fitness)
			*fitness = a->fitness;
		if (a->fitness == FITNESS_USABLE)
			return a->address;
	}
	return (struct address){0};
}

enum interface_fitness interface_fitness(const struct interface *interface,
					 const struct address *address)
{
	for (size_t i = 0; i < interface->n_addresses; i++)
		if (address_compare(&interface->addresses[i].address, address) == 0)
			return interface->addresses[i].fitness;
	return FITNESS_MISSING;
}
