/*
 * Announcements: gratuitous ARP requests and unsolicited neighbour advertisements that make hosts
 * and switches learn where an address now is.  A queue is served in rounds: an address with several
 * announcements to come goes to the end after each, so all addresses are announced once before any
 * is announced twice.  A turn of the loop sends at most a bounded number and then lets adverts and
 * everything else go first.  Only what the kernel has is announced: an address that is not there
 * (yet) loses its turn, and is queued again by the instance when it comes.
 *
 * There is one lane for all interfaces where the configuration asks for no pace, one for each
 * garp_group, and with vrrp_garp_interval or vrrp_gna_interval one for each other interface.  A
 * lane has a queue for ARP and one for neighbour advertisements, each with a distance of its own.
 *
 * The ARP frame is the request form with a target hardware address of all ones, which is what the
 * most deployed implementation sends.  Callers: instance.c for bursts and refreshes.
 *
 * The question who has an address, which inquiry.c puts before we take it, is made here as well: it
 * goes out by the same socket, but at once.
 */
#include "vrrp/wire/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

#define FRAMES_PER_TURN 50
#define PACE		(200) /* µs between turns: 250 frames per ms at most */

/* Announcements of one kind that go one after the other. */
struct stream {
	struct virtual_address_queue queue;
	int64_t interval; /* µs from one to the next; 0 = as fast as turns allow */
	struct mono due;  /* for the next one, where there is an interval */
};

enum stream_kind { STREAM_ARP, STREAM_NA };
#define STREAMS (STREAM_NA + 1)

struct announce_lane {
	struct announce_lane *next;
	const void *key; /* the garp_group's configuration, else the interface; NULL = of all */
	struct stream streams[STREAMS];
};

struct announcer {
	struct loop *loop;
	announce_sent_fn *sent;
	void *data;
	int fd;
	const struct conf *conf;     /* in force; NULL = none yet */
	struct announce_lane *lanes; /* the one without a pace is the last */
	struct timer timer;
	struct log_limit limit;
};

/* A request of everyone; the sender's address is still to come. */
static void put_arp(const uint8_t mac[6], const struct address *target,
		    uint8_t frame[ANNOUNCE_ARP_SIZE])
{
	static const uint8_t arp_request[] = {
		ETHERTYPE_ARP >> 8,
		ETHERTYPE_ARP & 0xff, /* the Ethernet header's type */
		0,
		ARPHRD_ETHER,
		ETHERTYPE_IP >> 8,
		ETHERTYPE_IP & 0xff,
		6,
		4,
		0,
		ARPOP_REQUEST,
	};

	memset(frame, 0, ANNOUNCE_ARP_SIZE);
	memset(frame, 0xff, 6);	   /* to everyone */
	memcpy(frame + 6, mac, 6); /* from us */
	memcpy(frame + 12, arp_request, sizeof(arp_request));
	memcpy(frame + 22, mac, 6); /* sender */
	memcpy(frame + 38, target->bytes, 4);
}

void announce_arp_frame(const uint8_t mac[6], const struct address *address,
			uint8_t frame[ANNOUNCE_ARP_SIZE])
{
	put_arp(mac, address, frame);
	memcpy(frame + 28, address->bytes, 4);
	memset(frame + 32, 0xff, 6); /* target */
}

void announce_probe_frame(const uint8_t mac[6], const struct address *address,
			  uint8_t frame[ANNOUNCE_ARP_SIZE])
{
	put_arp(mac, address, frame);
}

static uint32_t sum_words(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

/* A neighbour message of this type about `target`, with our hardware address as its option. */
struct neighbour_message {
	uint8_t type, flags, option;
	const uint8_t *source, *target; /* of 16 bytes */
	uint8_t group[16];		/* to whom */
};

static void put_neighbour(const uint8_t mac[6], const struct neighbour_message *message,
			  uint8_t frame[ANNOUNCE_NA_SIZE])
{
	uint8_t *ip = frame + 14, *icmp = ip + 40;
	const size_t length = 32; /* of ICMPv6 */
	uint32_t sum;

	memset(frame, 0, ANNOUNCE_NA_SIZE);
	frame[0] = frame[1] = 0x33; /* RFC 2464 7 */
	memcpy(frame + 2, message->group + 12, 4);
	memcpy(frame + 6, mac, 6);
	frame[12] = ETHERTYPE_IPV6 >> 8;
	frame[13] = ETHERTYPE_IPV6 & 0xff;
	ip[0] = 6 << 4;
	ip[5] = (uint8_t)length;
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = 255; /* RFC 4861 7.1: not from another link */
	memcpy(ip + 8, message->source, 16);
	memcpy(ip + 24, message->group, 16);
	icmp[0] = message->type;
	icmp[4] = message->flags;
	memcpy(icmp + 8, message->target, 16);
	icmp[24] = message->option;
	icmp[25] = 1; /* of 8 bytes */
	memcpy(icmp + 26, mac, 6);
	/* The addresses and the message lie together; length and protocol complete the sum. */
	sum = sum_words(ip + 8, 2 * 16 + length) + (uint32_t)length + IPPROTO_ICMPV6;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
}

void announce_na_frame(const uint8_t mac[6], const struct address *address, bool router,
		       uint8_t frame[ANNOUNCE_NA_SIZE])
{
	const struct neighbour_message message = {
		.type = ND_NEIGHBOR_ADVERT,
		.flags = (uint8_t)((router ? 0x80 : 0) | 0x20), /* R; not S; O */
		.option = ND_OPT_TARGET_LINKADDR,
		.source = address->bytes,
		.target = address->bytes,
		.group = {0xff, 0x02, [15] = 1}, /* all nodes */
	};

	put_neighbour(mac, &message, frame);
}

void announce_ns_frame(const uint8_t mac[6], const struct address *source,
		       const struct address *address, uint8_t frame[ANNOUNCE_NA_SIZE])
{
	struct neighbour_message message = {
		.type = ND_NEIGHBOR_SOLICIT,
		.option = ND_OPT_SOURCE_LINKADDR,
		.source = source->bytes,
		.target = address->bytes,
		.group = {0xff, 0x02, [11] = 1, [12] = 0xff}, /* solicited node */
	};

	memcpy(message.group + 13, address->bytes + 13, 3);
	put_neighbour(mac, &message, frame);
}

static size_t make_frame(const struct virtual_address *a, uint8_t frame[ANNOUNCE_NA_SIZE])
{
	if (a->address.family == AF_INET) {
		announce_arp_frame(a->interface->mac, &a->address, frame);
		return ANNOUNCE_ARP_SIZE;
	}
	announce_na_frame(a->interface->mac, &a->address, a->interface->routes, frame);
	return ANNOUNCE_NA_SIZE;
}

static bool send_frame(struct announcer *announcer, const struct interface *interface,
		       const uint8_t *frame, size_t size)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = interface->index, .sll_halen = 6};
	unsigned dropped;

	memcpy(to.sll_addr, frame, 6);
	memcpy(&to.sll_protocol, frame + 12, sizeof(to.sll_protocol));
	if (sendto(announcer->fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) ==
	    (ssize_t)size)
		return true;
	if (log_limit_pass(&announcer->limit, loop_now(announcer->loop).us, 1, 10 * USEC_PER_SEC,
			   &dropped))
		log_warning("%s: announcement: %s%s", interface->name, strerror(errno),
			    log_dropped(dropped).text);
	return false;
}

static void send_one(struct announcer *announcer, struct virtual_address *a)
{
	uint8_t frame[ANNOUNCE_NA_SIZE];
	size_t size = make_frame(a, frame);

	if (send_frame(announcer, a->interface, frame, size))
		announcer->sent(a, announcer->data);
}

void announce_ask(struct announcer *announcer, const struct interface *interface,
		  const struct address *source, const struct address *address)
{
	uint8_t frame[ANNOUNCE_NA_SIZE];

	if (address->family == AF_INET) {
		announce_probe_frame(interface->mac, address, frame);
		send_frame(announcer, interface, frame, ANNOUNCE_ARP_SIZE);
		return;
	}
	announce_ns_frame(interface->mac, source, address, frame);
	send_frame(announcer, interface, frame, ANNOUNCE_NA_SIZE);
}

static void work_due(struct timer *timer, void *data)
{
	(void)timer;
	announce_work(data);
}

static struct stream *stream_of(struct announce_lane *lane, const struct virtual_address *a)
{
	return &lane->streams[a->address.family == AF_INET ? STREAM_ARP : STREAM_NA];
}

static struct announce_lane *add_lane(struct announcer *announcer, const void *key, int64_t arp,
				      int64_t na)
{
	struct announce_lane *lane = calloc(1, sizeof(*lane));

	if (lane == NULL)
		fatal("no memory for announcements");
	lane->key = key;
	lane->streams[STREAM_ARP].interval = arp;
	lane->streams[STREAM_NA].interval = na;
	for (unsigned i = 0; i < STREAMS; i++)
		TAILQ_INIT(&lane->streams[i].queue);
	lane->next = announcer->lanes;
	announcer->lanes = lane;
	return lane;
}

static struct announce_lane *lane_of(struct announcer *announcer, const struct interface *interface)
{
	const struct conf *conf = announcer->conf;
	const struct garp_group_conf *group =
		conf != NULL ? garp_group_of(conf, interface->name) : NULL;
	bool paced =
		conf != NULL && (conf->global.garp_interval > 0 || conf->global.gna_interval > 0);
	const void *key = paced ? interface : NULL;
	struct announce_lane *lane = announcer->lanes;

	if (group != NULL)
		key = group;
	while (lane != NULL && lane->key != key)
		lane = lane->next;
	if (lane != NULL)
		return lane;
	if (group != NULL)
		return add_lane(announcer, key, group->garp_interval, group->gna_interval);
	return add_lane(announcer, key, conf->global.garp_interval, conf->global.gna_interval);
}

/* Announces the first of the queue, or finds that there is nothing to announce. */
static unsigned serve_first(struct announcer *announcer, struct stream *stream)
{
	struct virtual_address *a = TAILQ_FIRST(&stream->queue);

	TAILQ_REMOVE(&stream->queue, a, announcement);
	if (!a->present || !a->interface->announces || a->interface->index == 0) {
		a->announcements = 0;
		return 0;
	}
	send_one(announcer, a);
	if (--a->announcements > 0)
		TAILQ_INSERT_TAIL(&stream->queue, a, announcement);
	stream->due = mono_add(loop_now(announcer->loop), stream->interval);
	return 1;
}

static bool may_send(const struct announcer *announcer, const struct stream *stream)
{
	return !TAILQ_EMPTY(&stream->queue) &&
	       (stream->interval == 0 || !mono_before(loop_now(announcer->loop), stream->due));
}

/* When the stream wants its next turn; 0 = not. */
static struct mono next_turn(const struct announcer *announcer, const struct stream *stream)
{
	if (TAILQ_EMPTY(&stream->queue))
		return (struct mono){0};
	return stream->interval > 0 ? stream->due : mono_add(loop_now(announcer->loop), PACE);
}

void announce_work(struct announcer *announcer)
{
	struct mono due = {0}, next;
	unsigned sent = 0;

	timer_cancel(&announcer->timer);
	for (struct announce_lane *lane = announcer->lanes; lane != NULL; lane = lane->next)
		for (unsigned i = 0; i < STREAMS; i++) {
			struct stream *stream = &lane->streams[i];

			while (sent < FRAMES_PER_TURN && may_send(announcer, stream))
				sent += serve_first(announcer, stream);
			next = next_turn(announcer, stream);
			if (next.us != 0 && (due.us == 0 || mono_before(next, due)))
				due = next;
		}
	if (due.us != 0)
		timer_set(announcer->loop, &announcer->timer, due, work_due, announcer);
}

static void enqueue(struct announcer *announcer, struct virtual_address *a)
{
	a->lane = lane_of(announcer, a->interface);
	TAILQ_INSERT_TAIL(&stream_of(a->lane, a)->queue, a, announcement);
	if (!timer_is_set(&announcer->timer) ||
	    mono_before(loop_now(announcer->loop), announcer->timer.due))
		timer_set(announcer->loop, &announcer->timer, loop_now(announcer->loop), work_due,
			  announcer);
}

void announce_add(struct announcer *announcer, struct virtual_address *a, uint32_t rounds)
{
	if (rounds <= a->announcements)
		return;
	if (a->announcements == 0)
		enqueue(announcer, a);
	a->announcements = rounds;
}

void announce_cancel(struct virtual_address *a)
{
	if (a->announcements > 0)
		TAILQ_REMOVE(&stream_of(a->lane, a)->queue, a, announcement);
	a->announcements = 0;
}

/* Frees all lanes; what waits in them goes to *waiting. */
static void clear_lanes(struct announcer *announcer, struct virtual_address_queue *waiting)
{
	struct announce_lane *lane;

	while ((lane = announcer->lanes) != NULL) {
		for (unsigned i = 0; i < STREAMS; i++)
			TAILQ_CONCAT(waiting, &lane->streams[i].queue, announcement);
		announcer->lanes = lane->next;
		free(lane);
	}
}

void announcer_configure(struct announcer *announcer, const struct conf *conf)
{
	struct virtual_address_queue waiting = TAILQ_HEAD_INITIALIZER(waiting);
	struct virtual_address *a;

	clear_lanes(announcer, &waiting);
	announcer->conf = conf;
	add_lane(announcer, NULL, 0, 0);
	while ((a = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, a, announcement);
		enqueue(announcer, a);
	}
}

struct announcer *announcer_create(struct loop *loop, announce_sent_fn *sent, void *data)
{
	struct announcer *announcer = calloc(1, sizeof(*announcer));

	if (announcer == NULL)
		fatal("no memory for announcements");
	announcer->loop = loop;
	announcer->sent = sent;
	announcer->data = data;
	announcer_configure(announcer, NULL);
	/* Protocol 0: the socket sends and hears nothing. */
	announcer->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (announcer->fd < 0)
		fatal("packet socket: %m");
	return announcer;
}

void announcer_destroy(struct announcer *announcer)
{
	struct virtual_address_queue waiting = TAILQ_HEAD_INITIALIZER(waiting);

	timer_cancel(&announcer->timer);
	clear_lanes(announcer, &waiting);
	close(announcer->fd);
	free(announcer);
}
