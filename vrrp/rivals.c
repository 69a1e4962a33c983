/*
 * Ears for others who claim our addresses.  VRRP itself does not notice a second owner that it
 * cannot hear: a firewall that drops protocol 112, a host that was given the address by hand.  But
 * whoever owns an address says so, by ARP or neighbour discovery, to everybody on the link.
 *
 * One packet socket per interface and family on which we want addresses, bound to ARP or to IPv6,
 * so that all other traffic does not even meet its filter (rivals_frame.c).  The filters follow
 * what is wanted, which roles change in bursts: they are made anew a little later, for all at once,
 * and only those that differ are loaded.  What passes is bounded: FRAMES per turn of the loop, and
 * a rest when there are more; what a small receive queue does not hold meanwhile is lost, and
 * whoever really owns an address will say so again.
 *
 * The same ears hear the answers where somebody is asked for an address that we do not have yet.
 *
 * What is made of a claim is instance_rivals.c's, and of an answer inquiry.c's.
 */
#include "vrrp/rivals.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"

#define FOLLOW_DELAY  (100 * USEC_PER_MSEC)
#define FRAMES	      32
#define FRAME_SIZE    128
#define REST	      (20 * USEC_PER_MSEC)
#define RECEIVE_QUEUE (64 << 10) /* bytes */

struct rival_socket {
	struct rivals *rivals;
	struct rival_socket *next;
	struct interface *interface;
	int index; /* of the interface when it was bound */
	uint16_t family;
	int fd;
	bool needed;	 /* found so by the following that runs */
	uint64_t digest; /* of the filter */
	struct watch watch;
	struct timer rest; /* set while it is not watched */
};

struct rivals {
	struct loop *loop;
	struct interfaces *interfaces;
	struct addresses *addresses;
	rival_heard_fn *heard;
	void *data;
	struct rival_socket *all;
	LIST_HEAD(rival_question_list, rival_question) questions;
	struct timer follow;
	struct log_limit limit;
	struct sock_filter program[RIVALS_FILTER_MAX];
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
static bool answers(struct rival_socket *s, const struct rival_claim *claim)
{
	for (struct rival_question *q = LIST_FIRST(&s->rivals->questions); q != NULL;
	     q = LIST_NEXT(q, entry)) {
		if (q->interface != s->interface ||
		    address_compare(&q->address, &claim->address) != 0)
			continue;
		q->answered(q, claim->mac);
		return true;
	}
	return false;
}

static void take_frame(struct rival_socket *s, const uint8_t *frame, size_t size)
{
	struct rivals *rivals = s->rivals;
	struct virtual_address *a;
	struct rival_claim claim;

	if (!rivals_parse(frame, size, &claim) ||
	    (interfaces_have_mac(rivals->interfaces, claim.mac) && !is_virtual(claim.mac)))
		return;
	if (answers(s, &claim))
		return;
	a = addresses_find(rivals->addresses, s->interface, &claim.address);
	if (a != NULL && a->present && a->owner != NULL)
		rivals->heard(a, claim.mac, rivals->data);
}

static void rested(struct timer *timer, void *data)
{
	struct rival_socket *s = data;

	(void)timer;
	watch_modify(&s->watch, EPOLLIN);
}

static void ready(struct watch *watch, uint32_t events, void *data)
{
	struct rival_socket *s = data;
	struct loop *loop = s->rivals->loop;
	uint8_t frame[FRAME_SIZE];

	(void)events;
	for (unsigned i = 0; i < FRAMES; i++) {
		ssize_t size = recv(s->fd, frame, sizeof(frame), MSG_DONTWAIT);

		if (size < 0)
			return; /* also for errors: a link that went down says so by netlink */
		take_frame(s, frame, (size_t)size);
	}
	watch_modify(watch, 0);
	timer_set(loop, &s->rest, mono_add(loop_now(loop), REST), rested, s);
}

static bool load_filter(int fd, struct sock_filter *program, unsigned n)
{
	const struct sock_fprog filter = {.len = (unsigned short)n, .filter = program};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

/* Bound only when it has its filter; false with errno. */
static bool set_up(struct rival_socket *s, unsigned n)
{
	const uint16_t type = s->family == AF_INET6 ? ETHERTYPE_IPV6 : ETHERTYPE_ARP;
	const struct sockaddr_ll local = {
		.sll_family = AF_PACKET, .sll_protocol = htons(type), .sll_ifindex = s->index};
	const int queue = RECEIVE_QUEUE;

	return setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue)) == 0 &&
	       load_filter(s->fd, s->rivals->program, n) &&
	       bind(s->fd, (const struct sockaddr *)&local, sizeof(local)) == 0;
}

static void close_socket(struct rival_socket *s)
{
	struct rival_socket **place = &s->rivals->all;

	while (*place != s)
		place = &(*place)->next;
	*place = s->next;
	watch_remove(&s->watch);
	timer_cancel(&s->rest);
	close(s->fd);
	free(s);
}

static void open_socket(struct rivals *rivals, struct interface *interface, uint16_t family,
			unsigned n, uint64_t digest)
{
	struct rival_socket *s = calloc(1, sizeof(*s));
	unsigned dropped;

	if (s == NULL)
		fatal("no memory for a packet socket");
	*s = (struct rival_socket){.rivals = rivals,
				   .interface = interface,
				   .index = interface->index,
				   .family = family,
				   .needed = true,
				   .digest = digest};
	/* Protocol 0: nothing is heard before it is bound. */
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd >= 0 && set_up(s, n)) {
		s->next = rivals->all;
		rivals->all = s;
		watch_add(rivals->loop, &s->watch, s->fd, EPOLLIN, ready, s);
		return;
	}
	if (log_limit_pass(&rivals->limit, loop_now(rivals->loop).us, 3, 60 * USEC_PER_SEC,
			   &dropped))
		log_warning("%s: no ears for others that claim our addresses: %s%s",
			    interface->name, strerror(errno), log_dropped(dropped).text);
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
static void follow_group(struct rivals *rivals, const struct wanted *wanted, size_t n_wanted,
			 uint32_t *keys)
{
	struct rival_socket *s = rivals->all;
	uint64_t digest;
	unsigned n;

	for (size_t i = 0; i < n_wanted; i++)
		keys[i] = wanted[i].key;
	n = rivals_filter(wanted->family, keys, n_wanted, rivals->program);
	digest = digest_of(rivals->program, n);
	while (s != NULL && (s->interface != wanted->interface || s->family != wanted->family ||
			     s->index != wanted->interface->index))
		s = s->next;
	if (s == NULL) {
		open_socket(rivals, wanted->interface, wanted->family, n, digest);
		return;
	}
	s->needed = true;
	if (s->digest != digest && load_filter(s->fd, rivals->program, n))
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
	list->items[list->n++] = (struct wanted){interface, address->family, rivals_key(address)};
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
	struct rivals *rivals = data;
	struct wanted_list list = {0};
	uint32_t *keys;
	size_t end;

	(void)timer;
	for (struct rival_socket *s = rivals->all; s != NULL; s = s->next)
		s->needed = false;
	addresses_each(rivals->addresses, add_wanted, &list);
	for (const struct rival_question *q = LIST_FIRST(&rivals->questions); q != NULL;
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
		follow_group(rivals, &list.items[first], end - first, keys);
	}
	free(keys);
	free(list.items);
	for (struct rival_socket *s = rivals->all, *next; s != NULL; s = next) {
		next = s->next;
		if (!s->needed)
			close_socket(s);
	}
}

void rivals_changed(struct rivals *rivals)
{
	if (!timer_is_set(&rivals->follow))
		timer_set(rivals->loop, &rivals->follow,
			  mono_add(loop_now(rivals->loop), FOLLOW_DELAY), follow, rivals);
}

void rivals_open(struct rivals *rivals, struct rival_question *question)
{
	LIST_INSERT_HEAD(&rivals->questions, question, entry);
	question->open = true;
	timer_set(rivals->loop, &rivals->follow, loop_now(rivals->loop), follow, rivals);
}

/* The filter is left as it is until something else changes: what it lets pass then is ignored. */
void rivals_close(struct rival_question *question)
{
	if (question->open)
		LIST_REMOVE(question, entry);
	question->open = false;
}

struct rivals *rivals_create(struct loop *loop, struct interfaces *interfaces,
			     struct addresses *addresses, rival_heard_fn *heard, void *data)
{
	struct rivals *rivals = calloc(1, sizeof(*rivals));

	if (rivals == NULL)
		fatal("no memory for the packet sockets");
	rivals->loop = loop;
	rivals->interfaces = interfaces;
	rivals->addresses = addresses;
	rivals->heard = heard;
	rivals->data = data;
	LIST_INIT(&rivals->questions);
	return rivals;
}

void rivals_destroy(struct rivals *rivals)
{
	timer_cancel(&rivals->follow);
	while (rivals->all != NULL)
		close_socket(rivals->all);
	free(rivals);
}
