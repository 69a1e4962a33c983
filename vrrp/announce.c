/*
 * Announcements: gratuitous ARP requests and unsolicited neighbour advertisements that make hosts
 * and switches learn where an address now is.  One queue for the whole role, served in rounds: an
 * address with several announcements to come goes to the end after each, so all addresses are
 * announced once before any is announced twice.  A turn of the loop sends at most a bounded number
 * and then lets adverts and everything else go first.  Only what the kernel has is announced: an
 * address that is not there (yet) loses its turn, and is queued again by the instance when it
 * comes.
 *
 * The ARP frame is the request form with a target hardware address of all ones, which is what the
 * most deployed implementation sends.  Callers: instance.c for bursts and refreshes.
 */
#include "vrrp/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"

#define FRAMES_PER_TURN 50
#define PACE		(200) /* µs between turns: 250 frames per ms at most */

struct announcer {
	struct loop *loop;
	announce_sent_fn *sent;
	void *data;
	int fd;
	struct virtual_address_queue queue;
	struct timer timer;
	struct log_limit limit;
};

void announce_arp_frame(const uint8_t mac[6], const struct address *address,
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

	memset(frame, 0xff, 6);	   /* to everyone */
	memcpy(frame + 6, mac, 6); /* from us */
	memcpy(frame + 12, arp_request, sizeof(arp_request));
	memcpy(frame + 22, mac, 6); /* sender */
	memcpy(frame + 28, address->bytes, 4);
	memset(frame + 32, 0xff, 6); /* target */
	memcpy(frame + 38, address->bytes, 4);
}

static uint32_t sum_words(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

void announce_na_frame(const uint8_t mac[6], const struct address *address, bool router,
		       uint8_t frame[ANNOUNCE_NA_SIZE])
{
	static const uint8_t all_nodes_mac[6] = {0x33, 0x33, 0, 0, 0, 1};
	static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};
	uint8_t *ip = frame + 14, *icmp = ip + 40;
	const size_t length = 32; /* of ICMPv6 */
	uint32_t sum;

	memset(frame, 0, ANNOUNCE_NA_SIZE);
	memcpy(frame, all_nodes_mac, 6);
	memcpy(frame + 6, mac, 6);
	frame[12] = ETHERTYPE_IPV6 >> 8;
	frame[13] = ETHERTYPE_IPV6 & 0xff;
	ip[0] = 6 << 4;
	ip[5] = (uint8_t)length;
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = 255; /* RFC 4861 7.1.2: not from another link */
	memcpy(ip + 8, address->bytes, 16);
	memcpy(ip + 24, all_nodes, 16);
	icmp[0] = ND_NEIGHBOR_ADVERT;
	icmp[4] = (uint8_t)((router ? 0x80 : 0) | 0x20); /* R; not S; O */
	memcpy(icmp + 8, address->bytes, 16);
	icmp[24] = ND_OPT_TARGET_LINKADDR;
	icmp[25] = 1; /* of 8 bytes */
	memcpy(icmp + 26, mac, 6);
	/* The addresses and the message lie together; length and protocol complete the sum. */
	sum = sum_words(ip + 8, 2 * 16 + length) + (uint32_t)length + IPPROTO_ICMPV6;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
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

static void send_one(struct announcer *announcer, struct virtual_address *a)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = a->interface->index, .sll_halen = 6};
	uint8_t frame[ANNOUNCE_NA_SIZE];
	size_t size = make_frame(a, frame);
	unsigned dropped;

	memcpy(to.sll_addr, frame, 6);
	memcpy(&to.sll_protocol, frame + 12, sizeof(to.sll_protocol));
	if (sendto(announcer->fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) ==
	    (ssize_t)size)
		announcer->sent(a, announcer->data);
	else if (log_limit_pass(&announcer->limit, loop_now(announcer->loop).us, 1,
				10 * USEC_PER_SEC, &dropped))
		log_warning("%s: announcement: %s%s", a->interface->name, strerror(errno),
			    log_dropped(dropped).text);
}

static void work_due(struct timer *timer, void *data)
{
	(void)timer;
	announce_work(data);
}

void announce_work(struct announcer *announcer)
{
	struct virtual_address *a;

	for (unsigned sent = 0; sent < FRAMES_PER_TURN; sent++) {
		a = TAILQ_FIRST(&announcer->queue);
		if (a == NULL)
			break;
		TAILQ_REMOVE(&announcer->queue, a, announcement);
		if (!a->present || !a->interface->announces || a->interface->index == 0) {
			a->announcements = 0;
			continue;
		}
		send_one(announcer, a);
		if (--a->announcements > 0)
			TAILQ_INSERT_TAIL(&announcer->queue, a, announcement);
	}
	if (TAILQ_EMPTY(&announcer->queue))
		timer_cancel(&announcer->timer);
	else
		timer_set(announcer->loop, &announcer->timer,
			  mono_add(loop_now(announcer->loop), PACE), work_due, announcer);
}

void announce_add(struct announcer *announcer, struct virtual_address *a, uint32_t rounds)
{
	if (rounds <= a->announcements)
		return;
	if (a->announcements == 0)
		TAILQ_INSERT_TAIL(&announcer->queue, a, announcement);
	a->announcements = rounds;
	if (!timer_is_set(&announcer->timer))
		timer_set(announcer->loop, &announcer->timer, loop_now(announcer->loop), work_due,
			  announcer);
}

void announce_cancel(struct announcer *announcer, struct virtual_address *a)
{
	if (a->announcements > 0)
		TAILQ_REMOVE(&announcer->queue, a, announcement);
	a->announcements = 0;
}

struct announcer *announcer_create(struct loop *loop, announce_sent_fn *sent, void *data)
{
	struct announcer *announcer = calloc(1, sizeof(*announcer));

	if (announcer == NULL)
		fatal("no memory for announcements");
	announcer->loop = loop;
	announcer->sent = sent;
	announcer->data = data;
	TAILQ_INIT(&announcer->queue);
	/* Protocol 0: the socket sends and hears nothing. */
	announcer->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (announcer->fd < 0)
		fatal("packet socket: %m");
	return announcer;
}

void announcer_destroy(struct announcer *announcer)
{
	timer_cancel(&announcer->timer);
	close(announcer->fd);
	free(announcer);
}
