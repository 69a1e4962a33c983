/*
 * What a frame claims, and the kernel's filter for frames that may claim what is ours.  A busy link
 * carries many ARP frames and, for IPv6, all of its traffic passes the filter, so it has to be
 * cheap and exact: it compares 32 bits (an IPv4 address, or the end of an IPv6 one) with the sorted
 * ranges in which our addresses lie, by binary search.  Virtual addresses come in rows, so
 * thousands of them are usually one range.  Where they are more than RANGES, the smallest gaps
 * between them are closed, until they are not.
 *
 * The exact look-up is rivals.c's, which owns the sockets.
 */
#include "vrrp/rivals.h"

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
#define ARP_SIZE      42
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

static bool parse_arp(const uint8_t *frame, size_t size, struct rival_claim *claim)
{
	static const uint8_t ethernet_ipv4[] = {
		0, ARPHRD_ETHER, ETHERTYPE_IP >> 8, ETHERTYPE_IP & 0xff, 6, 4};

	if (size < ARP_SIZE || memcmp(frame + AT_ARP, ethernet_ipv4, sizeof(ethernet_ipv4)) != 0)
		return false;
	claim->address.family = AF_INET;
	memcpy(claim->address.bytes, frame + AT_ARP_SENDER, 4);
	memcpy(claim->mac, frame + AT_ARP_MAC, sizeof(claim->mac));
	return true;
}

/* The target of an advertisement, by the link-layer address that it tells; that of a solicitation
 * from nowhere, by its sender. */
static bool parse_nd(const uint8_t *frame, size_t size, struct rival_claim *claim)
{
	static const uint8_t nowhere[16];
	bool advertises;

	if (size < ND_SIZE || frame[AT_NEXT] != IPPROTO_ICMPV6 || frame[AT_LIMIT] != 255)
		return false;
	advertises = frame[AT_ICMP] == ND_NEIGHBOR_ADVERT;
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

bool rivals_parse(const uint8_t *frame, size_t size, struct rival_claim *claim)
{
	uint16_t type;

	memset(claim, 0, sizeof(*claim));
	if (size < sizeof(struct ether_header))
		return false;
	type = (uint16_t)(frame[AT_TYPE] << 8 | frame[AT_TYPE + 1]);
	if (type == ETHERTYPE_ARP)
		return parse_arp(frame, size, claim);
	return type == ETHERTYPE_IPV6 && parse_nd(frame, size, claim);
}

uint32_t rivals_key(const struct address *address)
{
	const uint8_t *bytes = address->bytes + (address->family == AF_INET6 ? 12 : 0);

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

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

static unsigned put_arp(struct sock_filter *program)
{
	unsigned n = 0;

	program[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, AT_ARP);
	program[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_ETHER << 16 | ETHERTYPE_IP, 1, 0);
	program[n++] = STATEMENT(BPF_RET | BPF_K, 0);
	program[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, AT_ARP_SENDER);
	return n;
}

/* Whether a solicitation comes from nowhere is left to rivals_parse(). */
static unsigned put_nd(struct sock_filter *program)
{
	unsigned n = 0;

	program[n++] = STATEMENT(BPF_LD | BPF_B | BPF_ABS, AT_NEXT);
	program[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 1, 0);
	program[n++] = STATEMENT(BPF_RET | BPF_K, 0);
	program[n++] = STATEMENT(BPF_LD | BPF_B | BPF_ABS, AT_ICMP);
	program[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_ADVERT, 4, 0);
	program[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_SOLICIT, 0, 2);
	program[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, AT_SOURCE);
	program[n++] = JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	program[n++] = STATEMENT(BPF_RET | BPF_K, 0);
	program[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, AT_TARGET + 12);
	return n;
}

unsigned rivals_filter(uint16_t family, uint32_t *keys, size_t n_keys, struct sock_filter *program)
{
	struct range ranges[RANGES];
	unsigned n, n_ranges;
	uint32_t gap = 1;

	if (n_keys == 0) {
		program[0] = STATEMENT(BPF_RET | BPF_K, 0);
		return 1;
	}
	qsort(keys, n_keys, sizeof(*keys), compare_keys);
	while ((n_ranges = find_ranges(keys, n_keys, gap, ranges)) > RANGES)
		gap *= 2;
	n = family == AF_INET6 ? put_nd(program) : put_arp(program);
	return put_search(program, n, ranges, n_ranges);
}
