/*
 * The event loop, one per process: epoll for descriptors, the heap of timer.c for deadlines.
 *
 * A turn waits, samples the time once, calls every ready watch, then every due timer.  Descriptors
 * come first so that what already lies in a receive queue is known before a deadline acts on its
 * absence: an advert that arrived while the process was held up still counts.  Both parts are
 * bounded per turn; what is left over is ready or due again in the next, and epoll hands out its
 * ready list in rotation.
 *
 * Deadlines are in microseconds.  epoll_pwait2() (Linux 5.11) waits that precisely; where it is
 * missing, a timerfd in the epoll set wakes the plain epoll_wait().  Which one is found out once,
 * when the loop is created.  The system call is made directly because not every C library wraps it.
 */
#include "core/base/loop.h"

#include <errno.h>
#include <linux/time_types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/fd.h"
#include "core/base/log.h"
#include "core/base/timer.h"

#define EVENTS_PER_TURN 64
#define NSEC_PER_USEC	1000

/* Waits until something is ready, at most `timeout` µs (-1 = no limit); fills loop->ready. */
typedef int wait_fn(struct loop *loop, int64_t timeout);

struct loop {
	int epoll_fd;
	int timer_fd; /* -1 where epoll_pwait2() does the waiting */
	wait_fn *wait;
	struct mono now;
	bool stopped;
	bool turning;
	struct watch **watches; /* by descriptor; only to forget them in the end */
	size_t n_watches;
	struct epoll_event ready[EVENTS_PER_TURN]; /* data.ptr: a watch, or NULL = skip */
	int n_ready;
	struct timer_heap timers;
	struct lateness lateness;
};

static int wait_precise(struct loop *loop, int64_t timeout)
{
	struct __kernel_timespec limit = {.tv_sec = timeout / USEC_PER_SEC,
					  .tv_nsec = timeout % USEC_PER_SEC * NSEC_PER_USEC};

	return (int)syscall(SYS_epoll_pwait2, loop->epoll_fd, loop->ready, EVENTS_PER_TURN,
			    timeout < 0 ? NULL : &limit, NULL, (size_t)0);
}

static int wait_with_timerfd(struct loop *loop, int64_t timeout)
{
	struct itimerspec alarm = {0};

	if (timeout > 0) {
		alarm.it_value.tv_sec = (time_t)(timeout / USEC_PER_SEC);
		alarm.it_value.tv_nsec = (long)(timeout % USEC_PER_SEC * NSEC_PER_USEC);
	}
	/* Also takes back an alarm that has gone off: setting clears the descriptor's readiness. */
	if (timerfd_settime(loop->timer_fd, 0, &alarm, NULL) != 0)
		fatal("timerfd_settime: %m");
	return epoll_wait(loop->epoll_fd, loop->ready, EVENTS_PER_TURN, timeout == 0 ? 0 : -1);
}

struct loop *loop_create(void)
{
	struct loop *loop = alloc(sizeof(*loop));
	struct epoll_event event = {.events = EPOLLIN};

	loop->timer_fd = -1;
	loop->now = mono_read();
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		fatal("epoll_create1: %m");
	loop->wait = wait_precise;
	/* EPERM: a container's filter from before that system call. */
	if (loop->wait(loop, 0) >= 0 || (errno != ENOSYS && errno != EPERM))
		return loop;
	loop->wait = wait_with_timerfd;
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timer_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &event) != 0)
		fatal("a timerfd for the event loop: %m");
	return loop;
}

void loop_destroy(struct loop *loop)
{
	for (size_t i = 0; i < loop->n_watches; i++)
		if (loop->watches[i])
			loop->watches[i]->loop = NULL;
	timer_heap_clear(&loop->timers);
	fd_close(&loop->timer_fd);
	close(loop->epoll_fd);
	free(loop->watches);
	free(loop);
}

void loop_run(struct loop *loop)
{
	while (!loop->stopped)
		loop_turn(loop, -1);
	loop->stopped = false;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

void loop_turn(struct loop *loop, int64_t timeout)
{
	struct mono due;

	if (loop->turning)
		fatal("an event loop is turned within one of its callbacks");
	loop->turning = true;
	if (timeout != 0 && timer_heap_first_due(&loop->timers, &due)) {
		int64_t until = mono_diff(due, mono_read());

		until = until < 0 ? 0 : until;
		timeout = timeout < 0 || until < timeout ? until : timeout;
	}
	loop->n_ready = loop->wait(loop, timeout);
	if (loop->n_ready < 0) {
		if (errno != EINTR)
			fatal("the event loop cannot wait: %m");
		loop->n_ready = 0;
	}
	loop->now = mono_read();
	for (int i = 0; i < loop->n_ready; i++) {
		struct watch *watch = loop->ready[i].data.ptr;
		uint32_t events;

		if (!watch)
			continue; /* removed by a callback before it */
		loop->ready[i].data.ptr = NULL;
		events = loop->ready[i].events & (watch->events | EPOLLERR | EPOLLHUP);
		if (events != 0)
			watch->call(watch, events, watch->data);
	}
	loop->n_ready = 0;
	timer_heap_serve(&loop->timers, loop->now, &loop->lateness);
	loop->turning = false;
}

struct mono loop_now(const struct loop *loop)
{
	return loop->now;
}

const struct lateness *loop_lateness(const struct loop *loop)
{
	return &loop->lateness;
}

struct timer_heap *loop_timers(struct loop *loop)
{
	return &loop->timers;
}

/* The slot that remembers the watch of `fd`. */
static struct watch **watch_slot(struct loop *loop, int fd)
{
	size_t wanted = ((size_t)fd + 64) / 64 * 64;

	if (wanted > loop->n_watches) {
		loop->watches = alloc_resize(loop->watches, wanted, sizeof(struct watch *));
		memset(loop->watches + loop->n_watches, 0,
		       (wanted - loop->n_watches) * sizeof(struct watch *));
		loop->n_watches = wanted;
	}
	return &loop->watches[fd];
}

void watch_add(struct loop *loop, struct watch *watch, int fd, uint32_t events, watch_fn *call,
	       void *data)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		fatal("descriptor %d cannot be watched: %m", fd);
	*watch_slot(loop, fd) = watch;
	*watch = (struct watch){
		.loop = loop, .fd = fd, .events = events, .call = call, .data = data};
}

void watch_modify(struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (!watch->loop)
		fatal("a watch is modified that is not added");
	if (watch->events == events)
		return;
	if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) != 0)
		fatal("the watch of descriptor %d cannot be modified: %m", watch->fd);
	watch->events = events;
}

/* An error here means that the descriptor was closed before: the kernel may by now have given its
 * number to something else, whose events would then be lost. */
void watch_remove(struct watch *watch)
{
	struct loop *loop = watch->loop;

	if (!loop)
		return;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0)
		fatal("descriptor %d was closed while it was watched: %m", watch->fd);
	for (int i = 0; i < loop->n_ready; i++)
		if (loop->ready[i].data.ptr == watch)
			loop->ready[i].data.ptr = NULL;
	*watch_slot(loop, watch->fd) = NULL;
	watch->loop = NULL;
}
