/*
 * Frames of ARP and neighbour discovery: announcements and probes of ours, what a frame of others
 * claims, and the kernel's filter for frames that may claim what is ours.
 *
 * A busy link carries many ARP frames and, for IPv6, all of its traffic passes the filter, so it
 * has to be cheap and exact: it compares 32 bits (an IPv4 address, or the end of an IPv6 one) with
 * the sorted ranges in which our addresses lie, by binary search.  Virtual addresses are often
 * consecutive, so thousands of them are usually one range.  Where they are more than RANGES, the
 * smallest gaps between them are closed, until they are not.  The exact look-up is conflict.c's.
 *
 * The announcement by ARP is the request form with a target hardware address of all ones, which is
 * what the most deployed implementation sends.
 */
#include "vrrp/wire/neighbour.h"

#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define RANGES 256
#define PASS   0xffffffff

/* Offsets from the Ethernet header on. */
#define AT_TYPE	      12
#define AT_ARP	      14 /* hardware and protocol type, their sizes, the operation */
#define AT_ARP_MAC    22
#define AT_ARP_SENDER 28
#define AT_NEXT	      20 /* IPv6: the next header */
#define AT_LIMIT      21 /* and the hop limit */
#define AT_SOURCE     22
#define AT_ICMP	      54
#define AT_TARGET     62
#define ND_SIZE	      78
#define AT_OPTION     78

#define STATEMENT(code, k)     ((struct sock_filter)BPF_STMT((code), (k)))
#define JUMP(code, k, yes, no) ((struct sock_filter)BPF_JUMP((code), (k), (yes), (no)))

struct range {
	uint32_t first, last;
};

/* ---- frames of ours ---- */

/* A request of everyone; the sender's address is still to come. */
static void put_request(const uint8_t mac[6], const struct address *target, uint8_t *frame)
{
	static const uint8_t type_and_kind[] = {ETHERTYPE_ARP >> 8,
						ETHERTYPE_ARP & 0xff, /* the Ethernet header's */
						0,
						ARPHRD_ETHER,
						ETHERTYPE_IP >> 8,
						ETHERTYPE_IP & 0xff,
						6,
						4,
						0,
						ARPOP_REQUEST};

	memset(frame, 0, NEIGHBOUR_ARP_SIZE);
	memset(frame, 0xff, 6);	   /* to everyone */
	memcpy(frame + 6, mac, 6); /* from us */
	memcpy(frame + AT_TYPE, type_and_kind, sizeof(type_and_kind));
	memcpy(frame + AT_ARP_MAC, mac, 6);
	memcpy(frame + 38, target->bytes, 4);
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

static size_t put_message(const uint8_t mac[6], const struct neighbour_message *message,
			  uint8_t *frame)
{
	uint8_t *ip = frame + 14, *icmp = ip + 40;
	const size_t length = 32; /* of ICMPv6 */

	memset(frame, 0, NEIGHBOUR_ND_SIZE);
	frame[0] = frame[1] = 0x33; /* RFC 2464 7 */
	memcpy(frame + 2, message->group + 12, 4);
	memcpy(frame + 6, mac, 6);
	frame[AT_TYPE] = ETHERTYPE_IPV6 >> 8;
	frame[AT_TYPE + 1] = ETHERTYPE_IPV6 & 0xff;
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
	uint32_t sum = sum_words(ip + 8, 2 * 16 + length) + (uint32_t)length + IPPROTO_ICMPV6;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
	return NEIGHBOUR_ND_SIZE;
}

size_t neighbour_announcement(const struct neighbour_sender *from, const struct address *address,
			      uint8_t frame[NEIGHBOUR_ND_SIZE])
{
	const struct neighbour_message message = {
		.type = ND_NEIGHBOR_ADVERT,
		.flags = (uint8_t)((from->router ? 0x80 : 0) | 0x20), /* R; not S; O */
		.option = ND_OPT_TARGET_LINKADDR,
		.source = address->bytes,
		.target = address->bytes,
		.group = {0xff, 0x02, [15] = 1}, /* all nodes */
	};

	if (address->family == AF_INET6)
		return put_message(from->mac, &message, frame);
	put_request(from->mac, address, frame);
	memcpy(frame + AT_ARP_SENDER, address->bytes, 4);
	memset(frame + 32, 0xff, 6); /* target */
	return NEIGHBOUR_ARP_SIZE;
}

size_t neighbour_probe(const struct neighbour_sender *from, const struct address *source,
		       const struct address *address, uint8_t frame[NEIGHBOUR_ND_SIZE])
{
	struct neighbour_message message = {
		.type = ND_NEIGHBOR_SOLICIT,
		.option = ND_OPT_SOURCE_LINKADDR,
		.source = source->bytes,
		.target = address->bytes,
		.group = {0xff, 0x02, [11] = 1, [12] = 0xff}, /* solicited node */
	};

	memcpy(message.group + 13, address->bytes + 13, 3);
	if (address->family == AF_INET6)
		return put_message(from->mac, &message, frame);
	put_request(from->mac, address, frame);
	return NEIGHBOUR_ARP_SIZE;
}

/* ---- frames of others ---- */

static bool parse_arp(const uint8_t *frame, size_t size, struct neighbour_claim *claim)
{
	static const uint8_t ethernet_ipv4[] = {
		0, ARPHRD_ETHER, ETHERTYPE_IP >> 8, ETHERTYPE_IP & 0xff, 6, 4};

	if (size < NEIGHBOUR_ARP_SIZE ||
	    memcmp(frame + AT_ARP, ethernet_ipv4, sizeof(ethernet_ipv4)) != 0)
		return false;
	claim->address.family = AF_INET;
	memcpy(claim->address.bytes, frame + AT_ARP_SENDER, 4);
	memcpy(claim->mac, frame + AT_ARP_MAC, sizeof(claim->mac));
	return true;
}

/* The target of an advertisement, by the link-layer address that it tells; that of a solicitation
 * from nowhere, by its sender. */
static bool parse_nd(const uint8_t *frame, size_t size, struct neighbour_claim *claim)
{
	static const uint8_t nowhere[16];

	if (size < ND_SIZE || frame[AT_NEXT] != IPPROTO_ICMPV6 || frame[AT_LIMIT] != 255)
		return false;
	bool advertises = frame[AT_ICMP] == ND_NEIGHBOR_ADVERT;
	if (!advertises && (frame[AT_ICMP] != ND_NEIGHBOR_SOLICIT ||
			    memcmp(frame + AT_SOURCE, nowhere, sizeof(nowhere)) != 0))
		return false;
	claim->address.family = AF_INET6;
	memcpy(claim->address.bytes, frame + AT_TARGET, 16);
	if (advertises && size >= AT_OPTION + 8 && frame[AT_OPTION] == ND_OPT_TARGET_LINKADDR &&
	    frame[AT_OPTION + 1] == 1)
		memcpy(claim->mac, frame + AT_OPTION + 2, sizeof(claim->mac));
	else
		memcpy(claim->mac, frame + ETH_ALEN, sizeof(claim->mac));
	return true;
}

bool neighbour_parse(const uint8_t *frame, size_t size, struct neighbour_claim *claim)
{
	memset(claim, 0, sizeof(*claim));
	if (size < sizeof(struct ether_header))
		return false;
	uint16_t type = (uint16_t)(frame[AT_TYPE] << 8 | frame[AT_TYPE + 1]);
	if (type == ETHERTYPE_ARP)
		return parse_arp(frame, size, claim);
	return type == ETHERTYPE_IPV6 && parse_nd(frame, size, claim);
}

uint32_t neighbour_key(const struct address *address)
{
	const uint8_t *bytes = address->bytes + (address->family == AF_INET6 ? 12 : 0);

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* ---- the filter ---- */

static int compare_keys(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Keys that are at most `gap` apart share a range. Returns how many there are; beyond RANGES they
 * are only counted. */
static unsigned find_ranges(const uint32_t *keys, size_t n_keys, uint32_t gap,
			    struct range ranges[RANGES])
{
	unsigned n = 0;

	for (size_t i = 0; i < n_keys; i++) {
		if (i == 0 || keys[i] - keys[i - 1] > gap)
			n++;
		if (n > RANGES)
			continue;
		if (i == 0 || keys[i] - keys[i - 1] > gap)
			ranges[n - 1].first = keys[i];
		ranges[n - 1].last = keys[i];
	}
	return n;
}

/* Binary search: every way through it ends in a return, so no jump is too far. */
static unsigned put_search(struct sock_filter *program, unsigned n, const struct range *ranges,
			   unsigned n_ranges)
{
	unsigned half = n_ranges / 2, jump;

	if (n_ranges == 1) {
		program[n++] = JUMP(BPF_JMP | BPF_JGE | BPF_K, ranges->first, 0, 1);
		program[n++] = JUMP(BPF_JMP | BPF_JGT | BPF_K, ranges->last, 0, 1);
		program[n++] = STATEMENT(BPF_RET | BPF_K, 0);
		program[n++] = STATEMENT(BPF_RET | BPF_K, PASS);
		return n;
	}
	program[n++] = JUMP(BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, 0, 1);
	jump = n++;
	n = put_search(program, n, ranges, half);
	program[jump] = STATEMENT(BPF_JMP | BPF_JA, n - jump - 1);
	return put_search(program, n, ranges + half, n_ranges - half);
}

static const struct sock_filter filter_arp[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_ARP),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_ETHER << 16 | ETHERTYPE_IP, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_ARP_SENDER),
};

/* Whether a solicitation comes from nowhere is left to neighbour_parse(). */
static const struct sock_filter filter_nd[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_NEXT),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_ICMP),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_ADVERT, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_SOLICIT, 0, 2),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_SOURCE),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_TARGET + 12),
};

unsigned neighbour_filter(uint16_t family, uint32_t *keys, size_t n_keys,
			  struct sock_filter *program)
{
	struct range ranges[RANGES];
	unsigned n_ranges;
	uint32_t gap = 1;

	if (n_keys == 0) {
		program[0] = STATEMENT(BPF_RET | BPF_K, 0);
		return 1;
	}
	qsort(keys, n_keys, sizeof(*keys), compare_keys);
	while ((n_ranges = find_ranges(keys, n_keys, gap, ranges)) > RANGES)
		gap *= 2;
	size_t size = family == AF_INET6 ? sizeof(filter_nd) : sizeof(filter_arp);
	memcpy(program, family == AF_INET6 ? filter_nd : filter_arp, size);
	return put_search(program, (unsigned)(size / sizeof(*program)), ranges, n_ranges);
}
