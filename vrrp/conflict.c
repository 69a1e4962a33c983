/*
 * Address conflict detection: hears others who claim our addresses (compare RFC 5227).  VRRP itself
 * does not notice a second owner that it cannot hear: a firewall that drops protocol 112, a host
 * that was given the address by hand.  But whoever owns an address says so, by ARP or neighbour
 * discovery, to everybody on the link.
 *
 * One packet socket per interface and family on which we want addresses, bound to ARP or to IPv6,
 * so that all other traffic does not even meet its filter (neighbour.c).  The filters follow
 * what is wanted, which roles change in bursts: they are made anew a little later, for all at once,
 * and only those that differ are loaded.  What passes is bounded: FRAMES per turn of the loop, and
 * a pause when there are more; what a small receive queue does not hold meanwhile is lost, and
 * whoever really owns an address will say so again.
 *
 * The same sockets hear the answers where somebody is asked for an address that we do not have yet.
 *
 * What is made of a claim is instance_conflict.c's, and of an answer address_probe.c's.
 */
#include "vrrp/conflict.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/vector.h"
#include "core/process/privilege.h"
#include "vrrp/instance.h"
#include "vrrp/wire/neighbour.h"

#define FOLLOW_DELAY  (100 * USEC_PER_MSEC)
#define FRAMES	      32
#define FRAME_SIZE    128
#define PAUSE	      (20 * USEC_PER_MSEC)
#define RECEIVE_QUEUE (64 << 10) /* bytes */

struct conflict_socket {
	struct conflicts *conflicts;
	LIST_ENTRY(conflict_socket) entry;
	struct interface *interface;
	int index; /* of the interface when it was bound */
	uint16_t family;
	int fd;
	bool needed;	 /* found so by the following that runs */
	uint64_t digest; /* of the filter */
	struct watch watch;
	struct timer pause; /* set while it is not watched */
};

struct conflicts {
	struct loop *loop;
	struct interfaces *interfaces;
	struct instance_addresses *addresses;
	LIST_HEAD(conflict_socket_list, conflict_socket) sockets;
	LIST_HEAD(address_probe_list, address_probe) probes;
	struct timer follow;
	struct log_limit limit;
	struct sock_filter program[NEIGHBOUR_FILTER_MAX];
};

/* An address that is wanted, as something to sort by. */
struct wanted {
	struct interface *interface;
	uint16_t family;
	uint32_t key;
};

/* The MAC addresses of virtual routers (RFC 9568 7.3) are the same on all of their routers.  Our
 * own frames are not heard here, so whoever claims an address with ours is another of them. */
static void take_frame(struct conflict_socket *s, const uint8_t *frame, size_t size)
{
	static const uint8_t virtual[] = {0x00, 0x00, 0x5e, 0x00};
	struct conflicts *conflicts = s->conflicts;
	struct neighbour_claim claim;
	struct address_probe *probe;

	if (!neighbour_parse(frame, size, &claim) ||
	    (interfaces_have_mac(conflicts->interfaces, claim.mac) &&
	     !(memcmp(claim.mac, virtual, sizeof(virtual)) == 0 &&
	       (claim.mac[4] == 1 || claim.mac[4] == 2))))
		return;
	LIST_FOREACH(probe, &conflicts->probes, entry)
		if (probe->interface == s->interface &&
		    address_compare(&probe->address, &claim.address) == 0) {
			probe->answered(probe, claim.mac);
			return;
		}
	struct instance_address *a =
		instance_addresses_find(conflicts->addresses, s->interface, &claim.address, true);
	if (a && a->present && a->owner)
		instance_conflict_heard(a->owner, a, claim.mac);
}

static void pause_due(struct timer *timer, void *data)
{
	struct conflict_socket *s = data;

	(void)timer;
	watch_modify(&s->watch, EPOLLIN);
}

static void ready(struct watch *watch, uint32_t events, void *data)
{
	struct conflict_socket *s = data;
	struct loop *loop = s->conflicts->loop;
	uint8_t frame[FRAME_SIZE];

	(void)events;
	for (unsigned i = 0; i < FRAMES; i++) {
		ssize_t size = recv(s->fd, frame, sizeof(frame), MSG_DONTWAIT);

		if (size < 0)
			return; /* also for errors: a link that went down says so by netlink */
		take_frame(s, frame, (size_t)size);
	}
	watch_modify(watch, 0);
	timer_set(loop, &s->pause, mono_add(loop_now(loop), PAUSE), pause_due, s);
}

static bool load_filter(int fd, struct sock_filter *program, unsigned n)
{
	const struct sock_fprog filter = {.len = (unsigned short)n, .filter = program};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

/* Bound only when it has its filter; false with errno. */
static bool set_up(struct conflict_socket *s, unsigned n)
{
	const uint16_t type = s->family == AF_INET6 ? ETHERTYPE_IPV6 : ETHERTYPE_ARP;
	const struct sockaddr_ll local = {
		.sll_family = AF_PACKET, .sll_protocol = htons(type), .sll_ifindex = s->index};
	const int queue = RECEIVE_QUEUE;

	return setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue)) == 0 &&
	       load_filter(s->fd, s->conflicts->program, n) &&
	       bind(s->fd, (const struct sockaddr *)&local, sizeof(local)) == 0;
}

static void close_socket(struct conflict_socket *s)
{
	LIST_REMOVE(s, entry);
	watch_remove(&s->watch);
	timer_cancel(&s->pause);
	close(s->fd);
	free(s);
}

static void open_socket(struct conflicts *conflicts, struct interface *interface, uint16_t family,
			unsigned n, uint64_t digest)
{
	struct conflict_socket *s = alloc(sizeof(*s));
	unsigned dropped;

	*s = (struct conflict_socket){.conflicts = conflicts,
				      .interface = interface,
				      .index = interface->index,
				      .family = family,
				      .needed = true,
				      .digest = digest};
	/* Protocol 0: nothing is heard before it is bound. */
	s->fd = privilege_socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd >= 0 && set_up(s, n)) {
		LIST_INSERT_HEAD(&conflicts->sockets, s, entry);
		watch_add(conflicts->loop, &s->watch, s->fd, EPOLLIN, ready, s);
		return;
	}
	if (log_limit_pass(&conflicts->limit, loop_now(conflicts->loop).us, 3, 60 * USEC_PER_SEC,
			   &dropped))
		log_warning("%s: address conflicts cannot be detected here: %s%s", interface->name,
			    strerror(errno), log_dropped(dropped).text);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* All that is wanted of one family on one interface. */
static void follow_group(struct conflicts *conflicts, const struct wanted *wanted, size_t n_wanted,
			 uint32_t *keys)
{
	struct conflict_socket *s;

	for (size_t i = 0; i < n_wanted; i++)
		keys[i] = wanted[i].key;
	unsigned n = neighbour_filter(wanted->family, keys, n_wanted, conflicts->program);
	uint64_t digest =
		hash_bytes(HASH_SEED, conflicts->program, n * sizeof(*conflicts->program));
	LIST_FOREACH(s, &conflicts->sockets, entry)
		if (s->interface == wanted->interface && s->family == wanted->family &&
		    s->index == wanted->interface->index)
			break;
	if (!s) {
		open_socket(conflicts, wanted->interface, wanted->family, n, digest);
		return;
	}
	s->needed = true;
	if (s->digest != digest && load_filter(s->fd, conflicts->program, n))
		s->digest = digest;
}

static void append(struct vector *list, struct interface *interface, const struct address *address)
{
	const struct wanted wanted = {interface, address->family, neighbour_key(address)};

	if (interface->index != 0 && interface->announces)
		vector_add(list, sizeof(wanted), &wanted);
}

static void add_wanted(struct instance_address *a, void *data)
{
	if (a->wanted && a->owner)
		append(data, a->interface, &a->address);
}

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	if (x->interface != y->interface)
		return (uintptr_t)x->interface > (uintptr_t)y->interface ? 1 : -1;
	return (x->family > y->family) - (x->family < y->family);
}

static void follow(struct timer *timer, void *data)
{
	struct conflicts *conflicts = data;
	struct conflict_socket *s, *next;
	struct vector list = {0};
	const struct address_probe *probe;
	uint32_t *keys;

	(void)timer;
	LIST_FOREACH(s, &conflicts->sockets, entry)
		s->needed = false;
	instance_addresses_each(conflicts->addresses, add_wanted, &list);
	LIST_FOREACH(probe, &conflicts->probes, entry)
		append(&list, probe->interface, &probe->address);
	struct wanted *wanted = list.items;
	keys = alloc_array(list.count, sizeof(*keys));
	if (list.count > 0)
		qsort(wanted, list.count, sizeof(*wanted), compare_wanted);
	for (size_t first = 0, end; first < list.count; first = end) {
		for (end = first + 1; end < list.count; end++)
			if (compare_wanted(&wanted[end], &wanted[first]) != 0)
				break;
		follow_group(conflicts, &wanted[first], end - first, keys);
	}
	free(keys);
	vector_free(&list);
	for (s = LIST_FIRST(&conflicts->sockets); s; s = next) {
		next = LIST_NEXT(s, entry);
		if (!s->needed)
			close_socket(s);
	}
}

void conflicts_changed(struct conflicts *conflicts)
{
	if (!timer_is_set(&conflicts->follow))
		timer_set(conflicts->loop, &conflicts->follow,
			  mono_add(loop_now(conflicts->loop), FOLLOW_DELAY), follow, conflicts);
}

void conflicts_probe(struct conflicts *conflicts, struct address_probe *probe)
{
	LIST_INSERT_HEAD(&conflicts->probes, probe, entry);
	probe->open = true;
	timer_set(conflicts->loop, &conflicts->follow, loop_now(conflicts->loop), follow,
		  conflicts);
}

/* The filter is left as it is until something else changes: what it lets pass then is ignored. */
void conflicts_probe_end(struct address_probe *probe)
{
	if (probe->open)
		LIST_REMOVE(probe, entry);
	probe->open = false;
}

struct conflicts *conflicts_create(struct loop *loop, struct interfaces *interfaces,
				   struct instance_addresses *addresses)
{
	struct conflicts *conflicts = alloc(sizeof(*conflicts));

	conflicts->loop = loop;
	conflicts->interfaces = interfaces;
	conflicts->addresses = addresses;
	return conflicts;
}

void conflicts_destroy(struct conflicts *conflicts)
{
	timer_cancel(&conflicts->follow);
	while (!LIST_EMPTY(&conflicts->sockets))
		close_socket(LIST_FIRST(&conflicts->sockets));
	free(conflicts);
}
