/*
 * Ears for others who claim our addresses.  VRRP itself does not notice a second owner that it
 * cannot hear: a firewall that drops protocol 112, a host that was given the address by hand.  But
 * whoever owns an address says so, by ARP or neighbour discovery, to everybody on the link.
 *
 * One packet socket per interface and family on which we want addresses, bound to ARP or to IPv6,
 * so that all other traffic does not even meet its filter (neighbour.c).  The filters follow
 * what is wanted, which roles change in bursts: they are made anew a little later, for all at once,
 * and only those that differ are loaded.  What passes is bounded: FRAMES per turn of the loop, and
 * a pause when there are more; what a small receive queue does not hold meanwhile is lost, and
 * whoever really owns an address will say so again.
 *
 * The same ears hear the answers where somebody is asked for an address that we do not have yet.
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

#include "core/base/log.h"
#include "vrrp/wire/neighbour.h"

#define FOLLOW_DELAY  (100 * USEC_PER_MSEC)
#define FRAMES	      32
#define FRAME_SIZE    128
#define PAUSE	      (20 * USEC_PER_MSEC)
#define RECEIVE_QUEUE (64 << 10) /* bytes */

struct conflict_socket {
	struct conflicts *conflicts;
	struct conflict_socket *next;
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
	struct addresses *addresses;
	conflict_heard_fn *heard;
	void *data;
	struct conflict_socket *all;
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

struct wanted_list {
	struct wanted *items;
	size_t n, capacity;
};

/* Of a virtual router (RFC 9568 7.3): all of its routers have the same one.  Our own frames are not
 * heard here, so whoever claims an address with ours is another of them. */
static bool is_virtual(const uint8_t mac[6])
{
	static const uint8_t prefix[] = {0x00, 0x00, 0x5e, 0x00};

	return memcmp(mac, prefix, sizeof(prefix)) == 0 && (mac[4] == 1 || mac[4] == 2);
}

/* True: somebody has asked for it. */
static bool answers(struct conflict_socket *s, const struct neighbour_claim *claim)
{
	for (struct address_probe *q = LIST_FIRST(&s->conflicts->probes); q != NULL;
	     q = LIST_NEXT(q, entry)) {
		if (q->interface != s->interface ||
		    address_compare(&q->address, &claim->address) != 0)
			continue;
		q->answered(q, claim->mac);
		return true;
	}
	return false;
}

static void take_frame(struct conflict_socket *s, const uint8_t *frame, size_t size)
{
	struct conflicts *conflicts = s->conflicts;
	struct virtual_address *a;
	struct neighbour_claim claim;

	if (!neighbour_parse(frame, size, &claim) ||
	    (interfaces_have_mac(conflicts->interfaces, claim.mac) && !is_virtual(claim.mac)))
		return;
	if (answers(s, &claim))
		return;
	a = addresses_find(conflicts->addresses, s->interface, &claim.address);
	if (a != NULL && a->present && a->owner != NULL)
		conflicts->heard(a, claim.mac, conflicts->data);
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
	struct conflict_socket **place = &s->conflicts->all;

	while (*place != s)
		place = &(*place)->next;
	*place = s->next;
	watch_remove(&s->watch);
	timer_cancel(&s->pause);
	close(s->fd);
	free(s);
}

static void open_socket(struct conflicts *conflicts, struct interface *interface, uint16_t family,
			unsigned n, uint64_t digest)
{
	struct conflict_socket *s = calloc(1, sizeof(*s));
	unsigned dropped;

	if (s == NULL)
		fatal("no memory for a packet socket");
	*s = (struct conflict_socket){.conflicts = conflicts,
				      .interface = interface,
				      .index = interface->index,
				      .family = family,
				      .needed = true,
				      .digest = digest};
	/* Protocol 0: nothing is heard before it is bound. */
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd >= 0 && set_up(s, n)) {
		s->next = conflicts->all;
		conflicts->all = s;
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

static uint64_t digest_of(const struct sock_filter *program, unsigned n)
{
	const uint8_t *bytes = (const uint8_t *)program;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n * sizeof(*program); i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* All that is wanted of one family on one interface. */
static void follow_group(struct conflicts *conflicts, const struct wanted *wanted, size_t n_wanted,
			 uint32_t *keys)
{
	struct conflict_socket *s = conflicts->all;
	uint64_t digest;
	unsigned n;

	for (size_t i = 0; i < n_wanted; i++)
		keys[i] = wanted[i].key;
	n = neighbour_filter(wanted->family, keys, n_wanted, conflicts->program);
	digest = digest_of(conflicts->program, n);
	while (s != NULL && (s->interface != wanted->interface || s->family != wanted->family ||
			     s->index != wanted->interface->index))
		s = s->next;
	if (s == NULL) {
		open_socket(conflicts, wanted->interface, wanted->family, n, digest);
		return;
	}
	s->needed = true;
	if (s->digest != digest && load_filter(s->fd, conflicts->program, n))
		s->digest = digest;
}

static void append(struct wanted_list *list, struct interface *interface,
		   const struct address *address)
{
	if (interface->index == 0 || !interface->announces)
		return;
	if (list->n == list->capacity) {
		list->capacity = list->capacity > 0 ? list->capacity * 2 : 64;
		list->items = reallocarray(list->items, list->capacity, sizeof(*list->items));
		if (list->items == NULL)
			fatal("no memory for %zu addresses", list->capacity);
	}
	list->items[list->n++] =
		(struct wanted){interface, address->family, neighbour_key(address)};
}

static void add_wanted(struct virtual_address *a, void *data)
{
	if (a->wanted == ADDRESS_WANTED && a->owner != NULL)
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
	struct wanted_list list = {0};
	uint32_t *keys;
	size_t end;

	(void)timer;
	for (struct conflict_socket *s = conflicts->all; s != NULL; s = s->next)
		s->needed = false;
	addresses_each(conflicts->addresses, add_wanted, &list);
	for (const struct address_probe *q = LIST_FIRST(&conflicts->probes); q != NULL;
	     q = LIST_NEXT(q, entry))
		append(&list, q->interface, &q->address);
	keys = calloc(list.n + 1, sizeof(*keys));
	if (keys == NULL)
		fatal("no memory for %zu addresses", list.n);
	if (list.n > 0)
		qsort(list.items, list.n, sizeof(*list.items), compare_wanted);
	for (size_t first = 0; first < list.n; first = end) {
		end = first + 1;
		while (end < list.n && compare_wanted(&list.items[end], &list.items[first]) == 0)
			end++;
		follow_group(conflicts, &list.items[first], end - first, keys);
	}
	free(keys);
	free(list.items);
	for (struct conflict_socket *s = conflicts->all, *next; s != NULL; s = next) {
		next = s->next;
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
				   struct addresses *addresses, conflict_heard_fn *heard,
				   void *data)
{
	struct conflicts *conflicts = calloc(1, sizeof(*conflicts));

	if (conflicts == NULL)
		fatal("no memory for the packet sockets");
	conflicts->loop = loop;
	conflicts->interfaces = interfaces;
	conflicts->addresses = addresses;
	conflicts->heard = heard;
	conflicts->data = data;
	LIST_INIT(&conflicts->probes);
	return conflicts;
}

void conflicts_destroy(struct conflicts *conflicts)
{
	timer_cancel(&conflicts->follow);
	while (conflicts->all != NULL)
		close_socket(conflicts->all);
	free(conflicts);
}
