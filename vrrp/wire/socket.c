/*
 * The wire: one raw socket per interface and address that adverts go to (a multicast group, or one
 * of our own for unicast), shared by all instances there, for hearing and sending.  It is bound to
 * both and filtered in the kernel to the VRIDs of its instances; of each other VRID one advert is
 * let through a minute, so that somebody can be told of it (unknown_vrid.c).  Adverts that fall due
 * together leave with one sendmmsg() from an outbox that all sockets share; adverts that wait are
 * read with recvmmsg() until the queue is empty or a bound is reached.  Nothing here blocks.
 *
 * A wake-up costs several times what an advert does.  Where adverts come faster than one in PAUSE,
 * the socket is therefore not watched but looked at every PAUSE, until it was found empty once.
 * Deadlines do not suffer: instance.c drains before it believes that nobody was heard.
 *
 * A raw IPv4 socket delivers the header; an IPv6 one tells about it in control messages.  The
 * checksum is left to packet.c in both families: the kernel could verify that of IPv6
 * (IPV6_CHECKSUM), but would drop a wrong one without a word.
 *
 * The filter has the VRIDs as a bitmap of eight words, so the program has the same length and speed
 * for one and for 255 of them.  Only what makes an advert somebody else's is decided there; what
 * makes it wrong (TTL, version, checksum) is left to packet.c, which counts and names it.
 *
 * Several instances may have one VRID on one socket, when they hear different peers by unicast: an
 * advert goes to the one that its sender is a peer of.
 *
 * Called by instance.c.
 */
#include "vrrp/wire/socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/process/privilege.h"

#define RECEIVE_BATCH	16
#define RECEIVE_ROUNDS	16		       /* batches per turn and socket */
#define RECEIVE_SIZE	(60 + PACKET_SIZE_MAX) /* others may send more than a frame */
#define RECEIVE_QUEUE	(256 << 10)	       /* bytes */
#define PAUSE		500		       /* µs */
#define OUTBOX		32
#define SOCKET_PRIORITY 6 /* the highest that needs no further capability */
#define VRIDS		256

#define TRAFFIC_CLASS 0xc0 /* internetwork control */

/* Room for the control messages of one advert: its own address, and its TTL or hop limit. */
struct socket_control {
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))]
		__attribute__((aligned(8)));
};

struct socket_family {
	/* Options of a socket that does not hear anything yet. False with errno. */
	bool (*set_up)(int fd);
	/* Joins a group on an interface, and sends to it there. False with errno. */
	bool (*join)(int fd, int interface_index, const struct address *group);
	/* What recvmsg() has given, as packet_open_ipv4() would. False: not an advert. */
	bool (*open)(struct msghdr *header, size_t size, struct packet_envelope *envelope,
		     size_t *offset, size_t *length);
	/* Fills the control messages, for which there is room, and sets their length. */
	void (*address)(struct msghdr *header, int interface_index,
			const struct socket_route *route);
};

struct outgoing {
	struct socket *socket;
	void *owner;
	struct socket_route route;
	size_t size;
	uint8_t payload[SOCKET_PAYLOAD_MAX];
	struct socket_control control;
};

struct sockets {
	struct loop *loop;
	socket_receive_fn *receive;
	socket_fits_fn *fits;
	socket_error_fn *error;
	socket_unknown_fn *unknown;
	void *data; /* for `unknown` */
	struct socket *all;
	struct timer renew; /* when unknown VRIDs are let through again */
	struct timer flush;
	unsigned n_outgoing;
	struct outgoing outbox[OUTBOX];
	uint8_t received[RECEIVE_BATCH][RECEIVE_SIZE];
	struct socket_control controls[RECEIVE_BATCH]; /* beside each of them */
};

/* Who hears a VRID there. */
struct listener {
	struct listener *next;
	void *owner;
};

struct socket {
	struct sockets *sockets;
	struct socket *next;
	struct socket_place place;
	const struct socket_family *family;
	int fd;
	struct watch watch;
	struct timer pause; /* set while the socket is not watched */
	struct mono woken;  /* by the watch, last */
	unsigned n_listeners;
	uint32_t vrids[VRIDS / 32];
	uint32_t noticed[VRIDS / 32]; /* unknown ones that were heard lately */
	bool filter_is_old;
	struct listener *listeners[VRIDS]; /* in the order in which they joined */
};

/* ---- what differs between IPv4 and IPv6 ---- */

static bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Appends a control message after `used` bytes of them; returns how many are used then. */
static size_t put_control(struct msghdr *header, size_t used, int level, int type,
			  const void *value, size_t size)
{
	struct cmsghdr *control = (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + used);

	if (used + CMSG_SPACE(size) > sizeof(struct socket_control))
		fatal("socket: no room for a control message of %zu bytes", size);
	memset(control, 0, CMSG_SPACE(size));
	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(control), value, size);
	return used + CMSG_SPACE(size);
}

static bool set_up_ipv4(int fd)
{
	return set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) &&
	       set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
	       set_option(fd, IPPROTO_IP, IP_TOS, TRAFFIC_CLASS) &&
	       /* A router that has lost its address can still say so from it. */
	       set_option(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
}

static bool join_ipv4(int fd, int interface_index, const struct address *group)
{
	const struct ip_mreqn request = {.imr_multiaddr = group->v4,
					 .imr_ifindex = interface_index};

	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) == 0;
}

static bool open_ipv4(struct msghdr *header, size_t size, struct packet_envelope *envelope,
		      size_t *offset, size_t *length)
{
	return packet_open_ipv4(header->msg_iov[0].iov_base, size, envelope, offset, length);
}

static void address_ipv4(struct msghdr *header, int interface_index,
			 const struct socket_route *route)
{
	const struct in_pktinfo info = {.ipi_ifindex = interface_index,
					.ipi_spec_dst = route->source.v4};
	const int ttl = route->ttl;
	size_t used = put_control(header, 0, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));

	header->msg_controllen = put_control(header, used, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

static bool set_up_ipv6(int fd)
{
	return set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
}

static bool join_ipv6(int fd, int interface_index, const struct address *group)
{
	const struct ipv6_mreq request = {.ipv6mr_multiaddr = group->v6,
					  .ipv6mr_interface = (unsigned)interface_index};

	return set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface_index) &&
	       setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof(request)) == 0;
}

/* A hop limit that is not told is 0, which no advert may have. */
static bool open_ipv6(struct msghdr *header, size_t size, struct packet_envelope *envelope,
		      size_t *offset, size_t *length)
{
	struct in6_pktinfo info;
	int limit = 0;

	memset(envelope, 0, sizeof(*envelope));
	envelope->source = address_from_sockaddr(header->msg_name, NULL);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			envelope->destination.family = AF_INET6;
			envelope->destination.v6 = info.ipi6_addr;
		} else if (c->cmsg_type == IPV6_HOPLIMIT &&
			   c->cmsg_len >= CMSG_LEN(sizeof(limit))) {
			memcpy(&limit, CMSG_DATA(c), sizeof(limit));
		}
	}
	envelope->ttl = limit >= 0 && limit <= UINT8_MAX ? (uint8_t)limit : 0;
	*offset = 0;
	*length = size;
	return envelope->source.family == AF_INET6 && envelope->destination.family == AF_INET6;
}

static void address_ipv6(struct msghdr *header, int interface_index,
			 const struct socket_route *route)
{
	const struct in6_pktinfo info = {.ipi6_ifindex = (unsigned)interface_index,
					 .ipi6_addr = route->source.v6};
	const int limit = route->ttl;
	size_t used = put_control(header, 0, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));

	header->msg_controllen =
		put_control(header, used, IPPROTO_IPV6, IPV6_HOPLIMIT, &limit, sizeof(limit));
}

static const struct socket_family ipv4 = {set_up_ipv4, join_ipv4, open_ipv4, address_ipv4};
static const struct socket_family ipv6 = {set_up_ipv6, join_ipv6, open_ipv6, address_ipv6};

static socklen_t to_sockaddr(const struct address *address, int interface_index,
			     struct sockaddr_storage *storage)
{
	socklen_t size = address_to_sockaddr(address, 0, storage);

	if (address->family == AF_INET6)
		((struct sockaddr_in6 *)(void *)storage)->sin6_scope_id = (uint32_t)interface_index;
	return size;
}

static bool is_group(const struct address *address)
{
	return address->family == AF_INET6 ? address->bytes[0] == 0xff
					   : address->bytes[0] >> 4 == 14;
}

/* ---- the filter ---- */

#define DESTINATION 16				 /* offset in the IPv4 header */
#define VRID_OFFSET 1				 /* in the advert */
#define LINK_SOURCE ((uint32_t)(SKF_LL_OFF + 6)) /* in the Ethernet header before the packet */
#define WORDS	    8
#define PASS	    0xffffffff

#define STATEMENT(code, k)     ((struct sock_filter)BPF_STMT((code), (k)))
#define JUMP(code, k, yes, no) ((struct sock_filter)BPF_JUMP((code), (k), (yes), (no)))

/* Drops what does not come from that hardware address. */
static unsigned filter_source(const uint8_t mac[6], struct sock_filter *program)
{
	const uint32_t high =
		(uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
	const uint32_t low = (uint32_t)mac[4] << 8 | mac[5];

	program[0] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, LINK_SOURCE);
	program[1] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2);
	program[2] = STATEMENT(BPF_LD | BPF_H | BPF_ABS, LINK_SOURCE + 4);
	program[3] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 1, 0);
	program[4] = STATEMENT(BPF_RET | BPF_K, 0);
	return 5;
}

unsigned socket_filter(const struct socket_place *place, const uint32_t vrids[WORDS],
		       struct sock_filter *program)
{
	const struct address *local = &place->local;
	unsigned n = place->filtered ? filter_source(place->from, program) : 0, jumps;

	if (local->family == AF_INET) {
		program[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, DESTINATION);
		program[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(local->v4.s_addr), 1, 0);
		program[n++] = STATEMENT(BPF_RET | BPF_K, 0);
		program[n++] = STATEMENT(BPF_LDX | BPF_B | BPF_MSH, 0); /* X = header length */
	} else {
		program[n++] = STATEMENT(BPF_LDX | BPF_W | BPF_IMM, 0);
	}
	program[n++] = STATEMENT(BPF_LD | BPF_B | BPF_IND, VRID_OFFSET);
	program[n++] = STATEMENT(BPF_MISC | BPF_TAX, 0); /* X = VRID */
	program[n++] = STATEMENT(BPF_ALU | BPF_RSH | BPF_K, 5);
	/* Which word: eight comparisons, then eight pairs of "load it, go on". */
	jumps = n;
	for (unsigned word = 0; word < WORDS; word++, n++) {
		uint8_t distance = (uint8_t)(jumps + WORDS + 2 * word - (n + 1));

		program[n] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, distance, 0);
	}
	for (unsigned word = 0; word < WORDS; word++) {
		program[n++] = STATEMENT(BPF_LD | BPF_IMM, vrids[word]);
		program[n++] = STATEMENT(BPF_JMP | BPF_JA, 2 * (WORDS - 1 - word));
	}
	/* Which bit: A = word >> (VRID & 31). */
	program[n++] = STATEMENT(BPF_ST, 0);
	program[n++] = STATEMENT(BPF_MISC | BPF_TXA, 0);
	program[n++] = STATEMENT(BPF_ALU | BPF_AND | BPF_K, 31);
	program[n++] = STATEMENT(BPF_MISC | BPF_TAX, 0);
	program[n++] = STATEMENT(BPF_LD | BPF_MEM, 0);
	program[n++] = STATEMENT(BPF_ALU | BPF_RSH | BPF_X, 0);
	program[n++] = JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
	program[n++] = STATEMENT(BPF_RET | BPF_K, PASS);
	program[n++] = STATEMENT(BPF_RET | BPF_K, 0);
	return n;
}

/* ---- hearing ---- */

static void renew_due(struct timer *timer, void *data);

/* A VRID that is nobody's here: its next adverts are to stay in the kernel. */
static void notice(struct socket *socket, const struct packet_envelope *envelope,
		   const uint8_t *payload, size_t size)
{
	struct sockets *sockets = socket->sockets;
	uint8_t vrid = packet_vrid(payload, size);
	uint32_t bit = UINT32_C(1) << vrid % 32;

	if (socket->noticed[vrid / 32] & bit)
		return;
	socket->noticed[vrid / 32] |= bit;
	socket->filter_is_old = true;
	if (!timer_is_set(&sockets->renew))
		timer_set(sockets->loop, &sockets->renew,
			  mono_add(loop_now(sockets->loop), SOCKET_NOTICE_PERIOD), renew_due,
			  sockets);
	sockets->unknown(socket->place.interface_index, envelope, payload, size, sockets->data);
}

/* Of several listeners the one that this sender is a peer of, else the first: it says whose the
 * advert is not. */
static void *find_owner(const struct socket *socket, uint8_t vrid, const struct address *source)
{
	const struct listener *first = socket->listeners[vrid];

	if (!first || !first->next)
		return first ? first->owner : NULL;
	for (const struct listener *one = first; one; one = one->next)
		if (socket->sockets->fits(one->owner, source))
			return one->owner;
	return first->owner;
}

static void deliver(struct socket *socket, struct msghdr *header, size_t size)
{
	const uint8_t *bytes = header->msg_iov[0].iov_base;
	struct packet_envelope envelope;
	size_t offset, length;

	if (!socket->family->open(header, size, &envelope, &offset, &length))
		return;
	void *owner = find_owner(socket, packet_vrid(bytes + offset, length), &envelope.source);
	if (owner)
		socket->sockets->receive(owner, &envelope, bytes + offset, length);
	else
		notice(socket, &envelope, bytes + offset, length);
}

static bool attach_filter(struct socket *socket)
{
	struct sock_filter program[SOCKET_FILTER_MAX];
	struct sock_fprog filter = {.filter = program};
	uint32_t passing[VRIDS / 32];

	for (unsigned word = 0; word < VRIDS / 32; word++)
		passing[word] = socket->vrids[word] | ~socket->noticed[word];
	socket->filter_is_old = false;
	filter.len = (unsigned short)socket_filter(&socket->place, passing, program);
	return setsockopt(socket->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

static void renew_filter(struct socket *socket)
{
	if (!attach_filter(socket))
		fatal("socket filter: %m");
}

static void renew_due(struct timer *timer, void *data)
{
	struct sockets *sockets = data;

	(void)timer;
	for (struct socket *socket = sockets->all; socket; socket = socket->next) {
		memset(socket->noticed, 0, sizeof(socket->noticed));
		renew_filter(socket);
	}
}

bool socket_drain(struct socket *socket)
{
	struct sockets *sockets = socket->sockets;
	bool any = false;

	for (unsigned round = 0; round < RECEIVE_ROUNDS; round++) {
		struct mmsghdr messages[RECEIVE_BATCH] = {0};
		struct iovec vectors[RECEIVE_BATCH];
		struct sockaddr_storage from[RECEIVE_BATCH];

		for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
			vectors[i] = (struct iovec){sockets->received[i], RECEIVE_SIZE};
			messages[i].msg_hdr = (struct msghdr){
				.msg_name = &from[i],
				.msg_namelen = sizeof(from[i]),
				.msg_iov = &vectors[i],
				.msg_iovlen = 1,
				.msg_control = sockets->controls[i].bytes,
				.msg_controllen = sizeof(sockets->controls[i].bytes),
			};
		}
		int got = recvmmsg(socket->fd, messages, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < got; i++)
			if (!(messages[i].msg_hdr.msg_flags & MSG_TRUNC))
				deliver(socket, &messages[i].msg_hdr, messages[i].msg_len);
		any |= got > 0;
		if (got < RECEIVE_BATCH)
			break; /* also for errors: a link that went down says so by netlink */
	}
	if (socket->filter_is_old)
		renew_filter(socket);
	return any;
}

static void pause_due(struct timer *timer, void *data)
{
	struct socket *socket = data;
	struct loop *loop = socket->sockets->loop;

	if (socket_drain(socket))
		timer_set(loop, timer, mono_add(loop_now(loop), PAUSE), pause_due, socket);
	else
		watch_modify(&socket->watch, EPOLLIN);
}

static void ready(struct watch *watch, uint32_t events, void *data)
{
	struct socket *socket = data;
	struct loop *loop = socket->sockets->loop;
	struct mono now = loop_now(loop);

	(void)events;
	socket_drain(socket);
	if (mono_diff(now, socket->woken) < PAUSE) {
		watch_modify(watch, 0);
		timer_set(loop, &socket->pause, mono_add(now, PAUSE), pause_due, socket);
	}
	socket->woken = now;
}

/* The filter is there before the socket is bound and joined. */
static bool set_up(struct socket *socket)
{
	int fd = socket->fd, index = socket->place.interface_index;
	struct sockaddr_storage local;
	socklen_t size = to_sockaddr(&socket->place.local, index, &local);

	return attach_filter(socket) && set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, index) &&
	       set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_QUEUE) &&
	       set_option(fd, SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY) &&
	       socket->family->set_up(fd) && bind(fd, (struct sockaddr *)&local, size) == 0 &&
	       (!is_group(&socket->place.local) ||
		socket->family->join(fd, index, &socket->place.local));
}

static struct socket *open_socket(struct sockets *sockets, const struct socket_place *place)
{
	struct socket *made = alloc(sizeof(*made));
	int error;

	made->sockets = sockets;
	made->place = *place;
	made->family = place->local.family == AF_INET6 ? &ipv6 : &ipv4;
	made->fd = privilege_socket(place->local.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    PACKET_PROTOCOL);
	if (made->fd < 0 || !set_up(made)) {
		error = errno;
		if (made->fd >= 0)
			close(made->fd);
		free(made);
		errno = error;
		return NULL;
	}
	watch_add(sockets->loop, &made->watch, made->fd, EPOLLIN, ready, made);
	made->next = sockets->all;
	sockets->all = made;
	return made;
}

bool socket_is_at(const struct socket *socket, const struct socket_place *place)
{
	return socket->place.interface_index == place->interface_index &&
	       socket->place.filtered == place->filtered &&
	       memcmp(socket->place.from, place->from, sizeof(place->from)) == 0 &&
	       address_compare(&socket->place.local, &place->local) == 0;
}

static void listen_for(struct socket *socket, uint8_t vrid, void *owner)
{
	struct listener **place = &socket->listeners[vrid];

	while (*place)
		place = &(*place)->next;
	*place = alloc(sizeof(**place));
	(*place)->owner = owner;
	socket->n_listeners++;
}

struct socket *socket_join(struct sockets *sockets, const struct socket_place *place, uint8_t vrid,
			   void *owner)
{
	struct socket *socket = sockets->all;

	while (socket && !socket_is_at(socket, place))
		socket = socket->next;
	if (!socket)
		socket = open_socket(sockets, place);
	if (!socket)
		return NULL;
	listen_for(socket, vrid, owner);
	socket->vrids[vrid / 32] |= UINT32_C(1) << vrid % 32;
	renew_filter(socket);
	return socket;
}

static void close_socket(struct socket *socket)
{
	struct socket **place = &socket->sockets->all;

	sockets_flush(socket->sockets);
	while (*place != socket)
		place = &(*place)->next;
	*place = socket->next;
	watch_remove(&socket->watch);
	timer_cancel(&socket->pause);
	for (unsigned vrid = 0; vrid < VRIDS; vrid++)
		while (socket->listeners[vrid]) {
			struct listener *first = socket->listeners[vrid];

			socket->listeners[vrid] = first->next;
			free(first);
		}
	close(socket->fd);
	free(socket);
}

void socket_leave(struct socket *socket, uint8_t vrid, const void *owner)
{
	struct listener **place = &socket->listeners[vrid], *listener;

	while (*place && (*place)->owner != owner)
		place = &(*place)->next;
	if (!*place)
		fatal("socket: who leaves VRID %u has not joined it", vrid);
	listener = *place;
	*place = listener->next;
	free(listener);
	if (!socket->listeners[vrid])
		socket->vrids[vrid / 32] &= ~(UINT32_C(1) << vrid % 32);
	if (--socket->n_listeners == 0)
		close_socket(socket);
	else
		renew_filter(socket);
}

/* The source address goes with each message: instances of one interface may have different ones. */
static void fill_header(struct outgoing *outgoing, struct msghdr *header, struct iovec *vector,
			struct sockaddr_storage *to)
{
	const struct socket *socket = outgoing->socket;

	*vector = (struct iovec){outgoing->payload, outgoing->size};
	*header = (struct msghdr){
		.msg_name = to,
		.msg_namelen = to_sockaddr(&outgoing->route.destination,
					   socket->place.interface_index, to),
		.msg_iov = vector,
		.msg_iovlen = 1,
		.msg_control = outgoing->control.bytes,
		.msg_controllen = sizeof(outgoing->control.bytes),
	};
	socket->family->address(header, socket->place.interface_index, &outgoing->route);
}

/* Sends outbox[first] to outbox[end - 1], which are of one socket. */
static void send_run(struct sockets *sockets, unsigned first, unsigned end)
{
	struct mmsghdr messages[OUTBOX];
	struct iovec vectors[OUTBOX];
	struct sockaddr_storage to[OUTBOX];
	int fd = sockets->outbox[first].socket->fd;

	for (unsigned i = first; i < end; i++)
		fill_header(&sockets->outbox[i], &messages[i].msg_hdr, &vectors[i], &to[i]);
	while (first < end) {
		int sent = sendmmsg(fd, messages + first, end - first, MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0) {
			sockets->error(sockets->outbox[first].owner, errno);
			sent = 1;
		}
		first += (unsigned)sent;
	}
}

void sockets_flush(struct sockets *sockets)
{
	unsigned end, n = sockets->n_outgoing;

	for (unsigned first = 0; first < n; first = end) {
		end = first + 1;
		while (end < n && sockets->outbox[end].socket == sockets->outbox[first].socket)
			end++;
		send_run(sockets, first, end);
	}
	sockets->n_outgoing = 0;
	timer_cancel(&sockets->flush);
}

static void flush_due(struct timer *timer, void *data)
{
	(void)timer;
	sockets_flush(data);
}

void socket_queue(struct socket *socket, void *owner, const struct socket_route *route,
		  const uint8_t *payload, size_t size)
{
	struct sockets *sockets = socket->sockets;

	if (size > SOCKET_PAYLOAD_MAX)
		fatal("an advert of %zu bytes", size);
	if (sockets->n_outgoing == OUTBOX)
		sockets_flush(sockets);
	struct outgoing *outgoing = &sockets->outbox[sockets->n_outgoing++];
	outgoing->socket = socket;
	outgoing->owner = owner;
	outgoing->route = *route;
	outgoing->size = size;
	memcpy(outgoing->payload, payload, size);
	if (!timer_is_set(&sockets->flush))
		timer_set(sockets->loop, &sockets->flush, loop_now(sockets->loop), flush_due,
			  sockets);
}

struct sockets *sockets_create(struct loop *loop, socket_receive_fn *receive, socket_fits_fn *fits,
			       socket_error_fn *error, socket_unknown_fn *unknown, void *data)
{
	struct sockets *sockets = alloc(sizeof(*sockets));

	sockets->loop = loop;
	sockets->receive = receive;
	sockets->fits = fits;
	sockets->error = error;
	sockets->unknown = unknown;
	sockets->data = data;
	return sockets;
}

void sockets_destroy(struct sockets *sockets)
{
	sockets_flush(sockets);
	timer_cancel(&sockets->renew);
	while (sockets->all)
		close_socket(sockets->all);
	free(sockets);
}
