/*
 * The least that a TCP or HTTP check can cost: one epoll loop that makes, at an even pace, the
 * same system calls as the check role does, and knows nothing else.
 *
 *     bare_checks tcp|http FIRST_ADDRESS N PORT INTERVAL_US SECONDS
 *
 * Each of the N addresses from FIRST_ADDRESS on is checked once per interval.  Prints how many
 * checks passed, how many did not, and the CPU seconds from the first to the last.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/time_types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 64

struct check {
	int fd; /* -1 while none is under way */
	bool sent;
};

struct loop {
	int epoll;
	bool http;
	uint32_t first;
	uint16_t port;
	unsigned n;
	struct check *checks;
	long passed, failed;
	char answer[32768];
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void finish(struct loop *loop, struct check *check, bool passed)
{
	if (passed)
		loop->passed++;
	else
		loop->failed++;
	if (check->fd < 0)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, check->fd, NULL);
	close(check->fd);
	check->fd = -1;
}

static void begin(struct loop *loop, unsigned number)
{
	struct check *check = &loop->checks[number];
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = check};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(loop->port)};

	if (check->fd >= 0)
		finish(loop, check, false);
	to.sin_addr.s_addr = htonl(loop->first + number);
	check->sent = false;
	check->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (check->fd < 0 ||
	    (connect(check->fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS))
		finish(loop, check, false);
	else
		epoll_ctl(loop->epoll, EPOLL_CTL_ADD, check->fd, &event);
}

static void converse(struct loop *loop, struct check *check)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: 10.8.0.1\r\n"
				      "User-Agent: bare\r\nConnection: close\r\n\r\n";
	static const char wanted[] = "HTTP/1.1 200";
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = check};

	if (!check->sent) {
		check->sent = true;
		if (send(check->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
			finish(loop, check, false);
		else
			epoll_ctl(loop->epoll, EPOLL_CTL_MOD, check->fd, &event);
		return;
	}
	finish(loop, check,
	       recv(check->fd, loop->answer, sizeof(loop->answer), 0) >= (ssize_t)sizeof(wanted) &&
		       memcmp(loop->answer, wanted, sizeof(wanted) - 1) == 0);
}

static void serve(struct loop *loop, const struct epoll_event *event)
{
	struct check *check = event->data.ptr;

	if (check->fd < 0)
		return;
	if (event->events & EPOLLERR)
		finish(loop, check, false);
	else if (loop->http)
		converse(loop, check);
	else
		finish(loop, check, true);
}

static void turn(struct loop *loop, int64_t until)
{
	int64_t left = until - now_ns(CLOCK_MONOTONIC);
	struct __kernel_timespec limit = {0};
	struct epoll_event ready[EVENTS];
	int n;

	if (left > 0) {
		limit.tv_sec = left / 1000000000;
		limit.tv_nsec = left % 1000000000;
	}
	n = (int)syscall(SYS_epoll_pwait2, loop->epoll, ready, EVENTS, &limit, NULL, (size_t)0);
	for (int i = 0; i < n; i++)
		serve(loop, &ready[i]);
}

static void run(struct loop *loop, int64_t interval, int64_t duration)
{
	int64_t start = now_ns(CLOCK_MONOTONIC), step = interval / loop->n, due = start;
	unsigned number = 0;

	while (due < start + duration) {
		turn(loop, due);
		while (due <= now_ns(CLOCK_MONOTONIC) && due < start + duration) {
			begin(loop, number);
			number = (number + 1) % loop->n;
			due += step;
		}
	}
}

int main(int argc, char *argv[])
{
	static struct loop loop;
	struct in_addr first;
	int64_t used;

	if (argc != 7 || inet_pton(AF_INET, argv[2], &first) != 1 || atoi(argv[3]) < 1) {
		fprintf(stderr, "usage: %s tcp|http FIRST_ADDRESS N PORT INTERVAL_US SECONDS\n",
			argv[0]);
		return 2;
	}
	loop.http = strcmp(argv[1], "http") == 0;
	loop.first = ntohl(first.s_addr);
	loop.n = (unsigned)atoi(argv[3]);
	loop.port = (uint16_t)atoi(argv[4]);
	loop.checks = calloc(loop.n, sizeof(*loop.checks));
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop.checks == NULL || loop.epoll < 0) {
		perror(argv[0]);
		return 1;
	}
	for (unsigned i = 0; i < loop.n; i++)
		loop.checks[i].fd = -1;
	used = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	run(&loop, atoll(argv[5]) * 1000, atoll(argv[6]) * 1000000000);
	used = now_ns(CLOCK_PROCESS_CPUTIME_ID) - used;
	printf("%ld %ld %.6f\n", loop.passed, loop.failed, (double)used / 1e9);
	free(loop.checks);
	return 0;
}
