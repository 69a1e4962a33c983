/*
 * The least that sending adverts can cost: adverts for VRIDs 1 to N, made beforehand, sent every
 * interval over a raw socket like the daemon's, in batches of B (1 = sendto, else sendmmsg), all at
 * once; or, with a B of 0, one after the other, evenly spread over the interval.
 *
 *     bare_adverts INTERFACE SOURCE N INTERVAL_US B ROUNDS
 *
 * Prints how many were sent and the CPU seconds that took.  The adverts are right ones (RFC 9568,
 * priority 254, address 10.9.VRID.1), so that whoever listens takes them for a peer's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define VRIDS	 256
#define SIZE	 12 /* an advert with one address */
#define PROTOCOL 112

struct sender {
	int fd;
	int batch;
	int n;
	struct sockaddr_in group;
	uint8_t adverts[VRIDS][SIZE];
	struct iovec vectors[VRIDS];
	struct mmsghdr messages[VRIDS];
};

static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

/* 5.2.8: over the message and a pseudo-header. */
static void build(uint8_t advert[SIZE], uint8_t vrid, unsigned interval_cs, struct in_addr source,
		  struct in_addr group)
{
	const uint8_t made[SIZE] = {0x31, vrid, 254,  1, interval_cs >> 8, interval_cs & 0xff, 0, 0,
				    10,	  9,	vrid, 1};
	const uint8_t tail[4] = {0, PROTOCOL, 0, SIZE};
	uint32_t sum = add(0, made, SIZE);

	sum = add(sum, (const uint8_t *)&source, sizeof(source));
	sum = add(sum, (const uint8_t *)&group, sizeof(group));
	sum = add(sum, tail, sizeof(tail));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum;
	memcpy(advert, made, SIZE);
	advert[6] = (uint8_t)(sum >> 8);
	advert[7] = (uint8_t)sum;
}

static void set(int fd, int option, int value)
{
	if (setsockopt(fd, IPPROTO_IP, option, &value, sizeof(value)) != 0) {
		perror("setsockopt");
		exit(1);
	}
}

static void open_socket(struct sender *sender, const char *interface, struct in_addr source)
{
	struct ip_mreqn out = {.imr_address = source,
			       .imr_ifindex = (int)if_nametoindex(interface)};

	sender->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL);
	if (sender->fd < 0 ||
	    setsockopt(sender->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		       (socklen_t)strlen(interface) + 1) != 0 ||
	    setsockopt(sender->fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)) != 0) {
		perror(interface);
		exit(1);
	}
	set(sender->fd, IP_MULTICAST_TTL, 255);
	set(sender->fd, IP_MULTICAST_LOOP, 0);
	set(sender->fd, IP_TOS, 0xc0);
}

static void prepare(struct sender *sender, struct in_addr source, unsigned interval_cs)
{
	sender->group.sin_family = AF_INET;
	inet_pton(AF_INET, "224.0.0.18", &sender->group.sin_addr);
	for (int i = 0; i < sender->n; i++) {
		build(sender->adverts[i], (uint8_t)(i + 1), interval_cs, source,
		      sender->group.sin_addr);
		sender->vectors[i] = (struct iovec){sender->adverts[i], SIZE};
		sender->messages[i].msg_hdr = (struct msghdr){.msg_name = &sender->group,
							      .msg_namelen = sizeof(sender->group),
							      .msg_iov = &sender->vectors[i],
							      .msg_iovlen = 1};
	}
}

/* How many of adverts[first] and those after it left. */
static int send_some(struct sender *sender, int first)
{
	int left = sender->n - first;
	int sent;

	if (sender->batch <= 1)
		return sendto(sender->fd, sender->adverts[first], SIZE, 0,
			      (struct sockaddr *)&sender->group, sizeof(sender->group)) == SIZE;
	sent = sendmmsg(sender->fd, sender->messages + first,
			(unsigned)(left < sender->batch ? left : sender->batch), 0);
	return sent > 0 ? sent : 0;
}

static int64_t in_ns(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* One who is a whole interval behind begins anew instead of catching up. */
static void wait_until(struct timespec *due, long interval_us)
{
	int64_t next = in_ns(*due) + interval_us * 1000;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (in_ns(now) > next + interval_us * 1000)
		next = in_ns(now);
	*due = (struct timespec){.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL) == EINTR)
		;
}

/* Sends a round and waits until the next is due. */
static long send_round(struct sender *sender, struct timespec *due, long interval_us)
{
	int done = 0;

	while (done < sender->n) {
		int sent = send_some(sender, done);

		if (sent == 0)
			break;
		done += sent;
		if (sender->batch == 0)
			wait_until(due, interval_us / sender->n);
	}
	if (sender->batch != 0)
		wait_until(due, interval_us);
	return done;
}

static double cpu_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

int main(int argc, char *argv[])
{
	static struct sender sender;
	struct in_addr source;
	struct timespec due;
	long sent = 0, interval_us, rounds;
	double begin;

	if (argc != 7 || inet_pton(AF_INET, argv[2], &source) != 1) {
		fprintf(stderr, "usage: %s INTERFACE SOURCE N INTERVAL_US BATCH ROUNDS\n", argv[0]);
		return 2;
	}
	sender.n = atoi(argv[3]);
	interval_us = atol(argv[4]);
	sender.batch = atoi(argv[5]);
	rounds = atol(argv[6]);
	if (sender.n < 1 || sender.n >= VRIDS || sender.batch < 0 || interval_us < 1) {
		fprintf(stderr, "%s: N is 1 to 255, BATCH at least 0, INTERVAL_US 1\n", argv[0]);
		return 2;
	}
	open_socket(&sender, argv[1], source);
	prepare(&sender, source, (unsigned)(interval_us / 10000));
	clock_gettime(CLOCK_MONOTONIC, &due);
	begin = cpu_seconds();
	for (long round = 0; round < rounds; round++)
		sent += send_round(&sender, &due, interval_us);
	printf("%ld %.6f\n", sent, cpu_seconds() - begin);
	return 0;
}
