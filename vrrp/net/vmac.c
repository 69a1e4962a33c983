/*
 * Virtual MAC addresses: a macvlan in private mode on an instance's interface, with the hardware
 * address that RFC 9568 7.3 gives to the virtual router.  Hosts keep one ARP entry whoever serves,
 * and a switch-over needs nothing of them; only the switches have to learn another port, from any
 * frame.
 *
 * That is also the danger: a frame from a router that is not Active sends the traffic of all hosts
 * to the wrong port.  The kernel speaks of its own accord on an interface that is up (IGMP, MLD,
 * router solicitations, ARP), so the macvlan is up only while its instance is Active, whatever
 * becomes of the interface below.  Its link-local address is not made from the hardware address,
 * which two routers share (RFC 9568 7.4); IPv6 hosts get the route to fe80::/64 that comes with
 * such an address otherwise.
 *
 * The interface below must not answer ARP for addresses that are on the macvlan (arp_ignore 1), nor
 * name them as sender of its own requests (arp_announce 2): both would teach its own hardware
 * address to hosts.  These are set by netlink, as this role opens no file, and put back in the end;
 * what a crash left is put back from the journal.  Return paths differ from the way in, so reverse
 * path filtering on the macvlan is loose.  What netlink cannot say is asked of main.
 *
 * All is level-triggered: vmac_follow() compares what should be with what interface.c has heard, so
 * that one which is removed, or vanishes with the interface below, is made again, and one which is
 * renamed or given another hardware address gets its own back.  Requests to the
 * kernel are carried out within the call that sends them.  Called by holding.c.
 */
#include "vrrp/net/vmac.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/bucket.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "vrrp/net/rtnetlink.h"

#define RETRY_INTERVAL USEC_PER_SEC
#define LEAVE_DELAY    (USEC_PER_SEC / 2) /* for its addresses to be elsewhere */
#define ANSWERS_MAX    16
#define REPAIRS_MAX    3 /* at once, then one per RETRY_INTERVAL: somebody may insist */
#define TEXT_SIZE      96

enum wanted { AS_IT_IS, DOWN, UP };

/* The interface below one or several, and its settings. */
struct vmac_base {
	struct interface *interface;
	int index; /* of the one whose settings are changed; 0 = none */
	unsigned n_users;
	struct vmac_saved before;
	LIST_ENTRY(vmac_base) entry;
};

struct vmac {
	struct vmacs *vmacs;
	struct vmac_config config;
	struct vmac_base *base;
	enum wanted wanted;
	int index;	      /* of the interface that has its settings; 0 = none */
	bool up;	      /* we have set it up, whether or not the kernel has told of it yet */
	char text[TEXT_SIZE]; /* why it cannot be used, or empty */
	struct timer retry;   /* or, while it leaves, its end */
	struct bucket repairs;
	LIST_ENTRY(vmac) entry; /* of those that leave */
};

struct vmacs {
	struct loop *loop;
	struct interfaces *interfaces;
	vmac_quiet_fn *quiet;
	void *data;
	int fd;
	LIST_HEAD(vmac_base_list, vmac_base) bases;
	LIST_HEAD(vmac_list, vmac) leaving;
	struct rtnetlink_batch batch;
	struct rtnetlink_buffer buffer;
};

/* ---- requests ---- */

static struct nlmsghdr *begin_link(struct vmacs *vmacs, uint16_t type, uint16_t flags, int index,
				   unsigned up, unsigned change)
{
	const struct ifinfomsg header = {
		.ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = up, .ifi_change = change};

	return rtnetlink_begin(&vmacs->batch, type, flags, &header, sizeof(header));
}

static void note_error(struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *answer = NLMSG_DATA(message);
	int *error = data;

	if (message->nlmsg_type == NLMSG_ERROR && answer->error != 0 && *error == 0)
		*error = -answer->error;
}

/* Sends what was put together; 0, or the errno of the first request that failed. */
static int carry_out(struct vmacs *vmacs)
{
	int error = 0;

	if (!rtnetlink_send(vmacs->fd, &vmacs->batch))
		error = errno;
	rtnetlink_receive(vmacs->fd, &vmacs->buffer, ANSWERS_MAX, note_error, &error);
	interfaces_receive(vmacs->interfaces); /* what has come of it, at once */
	return error;
}

static void put_sysctl(struct vmacs *vmacs, struct nlmsghdr *message, uint16_t which,
		       uint32_t value)
{
	rtnetlink_put(&vmacs->batch, message, which, &value, sizeof(value));
}

static void put_creation(struct vmacs *vmacs, const struct vmac_config *config)
{
	struct rtnetlink_batch *batch = &vmacs->batch;
	struct nlmsghdr *message =
		begin_link(vmacs, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	const uint32_t lower = (uint32_t)config->base->index, mode = MACVLAN_MODE_PRIVATE;
	const char *name = config->interface->name;

	rtnetlink_put(batch, message, IFLA_IFNAME, name, strlen(name) + 1);
	rtnetlink_put(batch, message, IFLA_LINK, &lower, sizeof(lower));
	rtnetlink_put(batch, message, IFLA_ADDRESS, config->mac, sizeof(config->mac));
	size_t info = rtnetlink_nest(batch, message, IFLA_LINKINFO);
	rtnetlink_put(batch, message, IFLA_INFO_KIND, "macvlan", sizeof("macvlan"));
	size_t data = rtnetlink_nest(batch, message, IFLA_INFO_DATA);
	rtnetlink_put(batch, message, IFLA_MACVLAN_MODE, &mode, sizeof(mode));
	rtnetlink_nest_end(message, data);
	rtnetlink_nest_end(message, info);
}

static void put_settings(struct vmacs *vmacs, int index, bool ipv6)
{
	struct rtnetlink_batch *batch = &vmacs->batch;
	struct nlmsghdr *message = begin_link(vmacs, RTM_SETLINK, 0, index, 0, 0);
	const uint8_t none = IN6_ADDR_GEN_MODE_NONE;
	size_t families = rtnetlink_nest(batch, message, IFLA_AF_SPEC);
	size_t family = rtnetlink_nest(batch, message, AF_INET);
	size_t values = rtnetlink_nest(batch, message, IFLA_INET_CONF);

	put_sysctl(vmacs, message, IPV4_DEVCONF_ARP_IGNORE, 1);
	put_sysctl(vmacs, message, IPV4_DEVCONF_ARP_ANNOUNCE, 2);
	put_sysctl(vmacs, message, IPV4_DEVCONF_RP_FILTER, 2);
	put_sysctl(vmacs, message, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
	rtnetlink_nest_end(message, values);
	rtnetlink_nest_end(message, family);
	if (ipv6) {
		family = rtnetlink_nest(batch, message, AF_INET6);
		rtnetlink_put(batch, message, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
		rtnetlink_nest_end(message, family);
	}
	rtnetlink_nest_end(message, families);
}

static void put_base_settings(struct vmacs *vmacs, int index, int32_t ignore, int32_t announce)
{
	struct rtnetlink_batch *batch = &vmacs->batch;
	struct nlmsghdr *message = begin_link(vmacs, RTM_SETLINK, 0, index, 0, 0);
	size_t families = rtnetlink_nest(batch, message, IFLA_AF_SPEC);
	size_t family = rtnetlink_nest(batch, message, AF_INET);
	size_t values = rtnetlink_nest(batch, message, IFLA_INET_CONF);

	put_sysctl(vmacs, message, IPV4_DEVCONF_ARP_IGNORE, (uint32_t)ignore);
	put_sysctl(vmacs, message, IPV4_DEVCONF_ARP_ANNOUNCE, (uint32_t)announce);
	rtnetlink_nest_end(message, values);
	rtnetlink_nest_end(message, family);
	rtnetlink_nest_end(message, families);
}

/* A link's routes go when it goes down, so this comes with each way up. */
static void put_link_local_route(struct vmacs *vmacs, int index)
{
	static const uint8_t prefix[16] = {0xfe, 0x80};
	const struct rtmsg header = {.rtm_family = AF_INET6,
				     .rtm_dst_len = 64,
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_protocol = INTERFACE_PROTOCOL,
				     .rtm_scope = RT_SCOPE_UNIVERSE,
				     .rtm_type = RTN_UNICAST};
	const uint32_t out = (uint32_t)index;
	struct nlmsghdr *message =
		rtnetlink_begin(&vmacs->batch, RTM_NEWROUTE, NLM_F_CREATE, &header, sizeof(header));

	rtnetlink_put(&vmacs->batch, message, RTA_DST, prefix, sizeof(prefix));
	rtnetlink_put(&vmacs->batch, message, RTA_OIF, &out, sizeof(out));
}

/* ---- the interface below ---- */

static int32_t at_least(int32_t value, int32_t least)
{
	return value > least ? value : least;
}

static void follow_base(struct vmacs *vmacs, struct vmac_base *base)
{
	struct interface *interface = base->interface;

	if (base->index == interface->index)
		return;
	if (base->index != 0) /* that one has gone, with what was to be put back */
		base->before = (struct vmac_saved){-1, -1};
	base->index = interface->index;
	if (base->index == 0)
		return;
	if (base->before.arp_ignore < 0)
		base->before = (struct vmac_saved){interface->arp_ignore, interface->arp_announce};
	put_base_settings(vmacs, base->index, at_least(base->before.arp_ignore, 1),
			  at_least(base->before.arp_announce, 2));
	carry_out(vmacs);
}

static struct vmac_base *base_get(struct vmacs *vmacs, struct interface *interface,
				  const struct vmac_saved *saved)
{
	struct vmac_base *base;

	LIST_FOREACH(base, &vmacs->bases, entry)
		if (base->interface == interface)
			break;
	if (!base) {
		base = alloc(sizeof(*base));
		base->interface = interface;
		base->before = *saved;
		LIST_INSERT_HEAD(&vmacs->bases, base, entry);
	}
	base->n_users++;
	return base;
}

static void base_put(struct vmacs *vmacs, struct vmac_base *base, bool restore)
{
	if (--base->n_users > 0)
		return;
	if (restore && base->index != 0 && base->index == base->interface->index) {
		put_base_settings(vmacs, base->index, base->before.arp_ignore,
				  base->before.arp_announce);
		carry_out(vmacs);
	}
	LIST_REMOVE(base, entry);
	free(base);
}

/* ---- the macvlan ---- */

static void retry_due(struct timer *timer, void *data)
{
	(void)timer;
	vmac_follow(data);
}

static void cannot(struct vmac *vmac, const char *what, int error)
{
	struct loop *loop = vmac->vmacs->loop;
	char text[TEXT_SIZE];

	text_print(text, sizeof(text), "%s: %s", what, strerror(error));
	if (strcmp(text, vmac->text) != 0)
		log_error("virtual MAC interface %s %s", vmac->config.interface->name, text);
	memcpy(vmac->text, text, sizeof(vmac->text));
	timer_set(loop, &vmac->retry, mono_add(loop_now(loop), RETRY_INTERVAL), retry_due, vmac);
}

static bool has_its_mac(const struct vmac_config *config)
{
	return memcmp(config->interface->mac, config->mac, sizeof(config->mac)) == 0;
}

static bool is_ours(const struct vmac *vmac)
{
	const struct vmac_config *config = &vmac->config;

	return config->interface->lower == config->base->index &&
	       (has_its_mac(config) ||
		(vmac->index != 0 && vmac->index == config->interface->index));
}

static void remove_link(struct vmac *vmac, int index)
{
	begin_link(vmac->vmacs, RTM_DELLINK, 0, index, 0, 0);
	carry_out(vmac->vmacs);
	vmac->index = 0;
	vmac->up = false;
}

static int request_name(struct vmac *vmac)
{
	struct vmacs *vmacs = vmac->vmacs;
	const char *name = vmac->config.interface->name;

	rtnetlink_put(&vmacs->batch, begin_link(vmacs, RTM_SETLINK, 0, vmac->index, 0, 0),
		      IFLA_IFNAME, name, strlen(name) + 1);
	return carry_out(vmacs);
}

/* Somebody has changed the interface, and may do so again and again. */
static bool may_repair(struct vmac *vmac, const char *what)
{
	struct loop *loop = vmac->vmacs->loop;

	if (!bucket_take(&vmac->repairs, loop_now(loop), RETRY_INTERVAL, REPAIRS_MAX)) {
		cannot(vmac, what, EAGAIN);
		return false;
	}
	log_warning("virtual MAC interface %s %s by somebody else, changing it back",
		    vmac->config.interface->name, what);
	return true;
}

/* The interface of our name is gone: it may have another name now.  False: it cannot be used. */
static bool take_name_back(struct vmac *vmac)
{
	/* The name alone asks for nothing: ENODEV tells that it does not exist any more. */
	begin_link(vmac->vmacs, RTM_SETLINK, 0, vmac->index, 0, 0);
	if (carry_out(vmac->vmacs) == ENODEV) {
		vmac->index = 0;
		return true;
	}
	if (!may_repair(vmac, "was renamed"))
		return false;
	int error = request_name(vmac);
	if (error == EBUSY) { /* kernels of old rename only what is down */
		begin_link(vmac->vmacs, RTM_SETLINK, 0, vmac->index, 0, IFF_UP);
		carry_out(vmac->vmacs);
		vmac->up = false;
		error = request_name(vmac);
	}
	if (error != 0)
		cannot(vmac, "cannot be given its name back", error);
	return error == 0;
}

static bool take_mac_back(struct vmac *vmac)
{
	struct vmacs *vmacs = vmac->vmacs;

	if (!may_repair(vmac, "was given another hardware address"))
		return false;
	rtnetlink_put(&vmacs->batch, begin_link(vmacs, RTM_SETLINK, 0, vmac->index, 0, 0),
		      IFLA_ADDRESS, vmac->config.mac, sizeof(vmac->config.mac));
	int error = carry_out(vmacs);
	if (error != 0)
		cannot(vmac, "cannot be given its hardware address back", error);
	return error == 0;
}

/* True: it is there. */
static bool ensure(struct vmac *vmac)
{
	const struct vmac_config *config = &vmac->config;
	int error;

	if (config->interface->index == 0 && vmac->index != 0 && !take_name_back(vmac))
		return false;
	if (config->interface->index == 0 && vmac->index == 0) {
		put_creation(vmac->vmacs, config);
		error = carry_out(vmac->vmacs);
		if (error == 0)
			log_info("virtual MAC interface %s was created on %s",
				 config->interface->name, config->base->name);
		else
			cannot(vmac, "cannot be created", error);
		if (error != 0)
			return false;
	}
	if (config->interface->index == 0)
		return false; /* an event will tell soon */
	if (!is_ours(vmac)) {
		if (vmac->index != 0) /* ours was renamed, and is up with its hardware address */
			remove_link(vmac, vmac->index);
		cannot(vmac, "cannot be created: another interface has that name", EEXIST);
		return false;
	}
	return has_its_mac(config) || take_mac_back(vmac);
}

static bool configure(struct vmac *vmac)
{
	const struct vmac_config *config = &vmac->config;

	if (vmac->index == config->interface->index)
		return true;
	put_settings(vmac->vmacs, config->interface->index, true);
	int error = carry_out(vmac->vmacs);
	if (error == EAFNOSUPPORT) { /* this kernel has no IPv6, and has refused all of it */
		put_settings(vmac->vmacs, config->interface->index, false);
		error = carry_out(vmac->vmacs);
	}
	if (error != 0) {
		cannot(vmac, "cannot be set up", error);
		return false;
	}
	vmac->index = config->interface->index;
	vmac->vmacs->quiet(config->interface->name, config->ipv6, vmac->vmacs->data);
	return true;
}

static bool set_flag(struct vmac *vmac, bool up)
{
	struct vmacs *vmacs = vmac->vmacs;
	int index = vmac->config.interface->index, error;

	begin_link(vmacs, RTM_SETLINK, 0, index, up ? IFF_UP : 0, IFF_UP);
	error = carry_out(vmacs);
	if (error != 0) {
		cannot(vmac, up ? "cannot be set up" : "cannot be set down", error);
		return false;
	}
	vmac->up = up;
	if (up && vmac->config.family == AF_INET6) {
		put_link_local_route(vmacs, index);
		carry_out(vmacs);
	}
	return true;
}

void vmac_follow(struct vmac *vmac)
{
	const struct vmac_config *config = &vmac->config;

	timer_cancel(&vmac->retry);
	follow_base(vmac->vmacs, vmac->base);
	if (config->base->index == 0) {
		vmac->text[0] = '\0'; /* it comes with its base */
		return;
	}
	if (!ensure(vmac) || !configure(vmac))
		return;
	if (vmac->wanted != AS_IT_IS && config->interface->raised != (vmac->wanted == UP) &&
	    !set_flag(vmac, vmac->wanted == UP))
		return;
	vmac->text[0] = '\0';
}

void vmac_raise(struct vmac *vmac)
{
	vmac->wanted = UP;
	vmac_follow(vmac);
}

void vmac_lower(struct vmac *vmac)
{
	vmac->wanted = DOWN;
	vmac_follow(vmac);
}

bool vmac_is_raised(const struct vmac *vmac)
{
	const struct interface *interface = vmac->config.interface;

	return interface->index != 0 && is_ours(vmac) && (interface->raised || vmac->up);
}

const char *vmac_fault(const struct vmac *vmac)
{
	return vmac->text[0] != '\0' ? vmac->text : NULL;
}

struct vmac_saved vmac_saved(const struct vmac *vmac)
{
	return vmac->base->before;
}

bool vmac_is(const struct vmac *vmac, const struct vmac_config *config)
{
	return vmac->config.base == config->base && vmac->config.interface == config->interface &&
	       vmac->config.family == config->family && vmac->config.ipv6 == config->ipv6 &&
	       memcmp(vmac->config.mac, config->mac, sizeof(config->mac)) == 0;
}

const struct vmac_config *vmac_config(const struct vmac *vmac)
{
	return &vmac->config;
}

/* One that leaves would be in the way of a new one of its name. NULL: all of them. */
static void clear_name(struct vmacs *vmacs, const struct interface *interface)
{
	struct vmac *vmac = LIST_FIRST(&vmacs->leaving), *next;

	for (; vmac; vmac = next) {
		next = LIST_NEXT(vmac, entry);
		if (interface && vmac->config.interface != interface)
			continue;
		LIST_REMOVE(vmac, entry);
		vmac_destroy(vmac, true);
	}
}

struct vmac *vmac_create(struct vmacs *vmacs, const struct vmac_config *config,
			 const struct vmac_saved *saved)
{
	struct vmac *vmac = alloc(sizeof(*vmac));

	vmac->vmacs = vmacs;
	vmac->config = *config;
	clear_name(vmacs, config->interface);
	vmac->base = base_get(vmacs, config->base, saved);
	return vmac;
}

void vmac_destroy(struct vmac *vmac, bool remove)
{
	const struct vmac_config *config = &vmac->config;

	timer_cancel(&vmac->retry);
	if (remove && config->interface->index != 0 && is_ours(vmac))
		remove_link(vmac, config->interface->index);
	else if (remove && config->interface->index == 0 && vmac->index != 0)
		remove_link(vmac, vmac->index); /* it may have another name now */
	base_put(vmac->vmacs, vmac->base, remove);
	free(vmac);
}

static void leave_due(struct timer *timer, void *data)
{
	struct vmac *vmac = data;

	(void)timer;
	LIST_REMOVE(vmac, entry);
	vmac_destroy(vmac, true);
}

void vmac_leave(struct vmac *vmac)
{
	struct loop *loop = vmac->vmacs->loop;

	LIST_INSERT_HEAD(&vmac->vmacs->leaving, vmac, entry);
	timer_set(loop, &vmac->retry, mono_add(loop_now(loop), LEAVE_DELAY), leave_due, vmac);
}

struct vmacs *vmacs_create(struct loop *loop, struct interfaces *interfaces, vmac_quiet_fn *quiet,
			   void *data)
{
	struct vmacs *vmacs = alloc(sizeof(*vmacs));

	vmacs->loop = loop;
	vmacs->interfaces = interfaces;
	vmacs->quiet = quiet;
	vmacs->data = data;
	vmacs->fd = rtnetlink_open(0);
	LIST_INIT(&vmacs->bases);
	LIST_INIT(&vmacs->leaving);
	return vmacs;
}

void vmacs_destroy(struct vmacs *vmacs)
{
	clear_name(vmacs, NULL);
	close(vmacs->fd);
	free(vmacs);
}
