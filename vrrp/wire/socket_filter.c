/*
 * The kernel filter of a receive socket: a role that shares its wire with other virtual routers, or
 * with somebody who floods it, is only woken for VRIDs of its own, and the queue holds nothing
 * else.  The VRIDs are a bitmap of eight words, so the program has the same length and speed for
 * one and for 255 of them.
 *
 * Only what makes an advert somebody else's is decided here; what makes it wrong (TTL, version,
 * checksum) is left to packet.c, which counts and names it.
 */
#include "vrrp/wire/socket.h"

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
