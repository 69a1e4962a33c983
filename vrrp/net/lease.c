/*
 * Leases: while Active, addresses have a lifetime of a few seconds in the kernel, and are renewed
 * long before it ends.  A daemon that is dead, frozen or cut off from its processor does nothing,
 * and nothing is enough: the kernel removes the addresses.
 *
 * A renewal is due when a third of the lease has passed, so that two may be missed.  Those that
 * fall due together go out in one batch.  Renewing must neither hold up an advert nor be felt: a
 * batch takes about BATCH_TIME, and after one that took t nothing is renewed for SHARE * t.  What a
 * renewal takes is measured, because the kernel looks through all addresses of the interface (IPv4)
 * or of the namespace (IPv6) for each: 8 us for one of 5,000 IPv4 addresses, 1,500 us for IPv6.
 * Where so many addresses could not be renewed in a third of the configured lease, leases grow.
 *
 * One whose time has run out is not renewed: the kernel would add an address again that the peers
 * may own by now.  Its holding is told, and wants it anew if the instance still is Active.  Nor is
 * one that may not be renewed when it is due: it begins anew when it is wanted again.
 *
 * Kernel lifetimes count in whole seconds and end up to an eighth of a second early.  Time is
 * looked at anew before each batch, not once per turn: a process may be frozen anywhere.
 */
#include "vrrp/net/lease.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "vrrp/net/addresses.h"

#define SHARE	   39 /* of 40 parts of a processor's time are not spent here */
#define BATCH_MAX  64
#define BATCH_TIME USEC_PER_MSEC
#define EARLY	   (250 * USEC_PER_MSEC) /* that much before its end a lease counts as lapsed */
#define RENEWALS   3			 /* in the time of a lease */
#define FIRST_COST 10000		 /* ns; a guess until it is measured */
#define SMOOTHING  8			 /* batches */

#define NSEC_PER_USEC INT64_C(1000)
#define NSEC_PER_SEC  INT64_C(1000000000)

/* The addresses of one configured length, in the order in which they were renewed. */
struct lease_class {
	uint32_t seconds;
	size_t n_addresses;
	struct virtual_address_queue addresses;
	struct lease_class *next;
};

struct leases {
	struct loop *loop;
	lease_put_fn *put;
	lease_may_fn *may;
	lease_lapsed_fn *lapsed;
	void *data;
	int fd;
	struct lease_class *classes;
	size_t n_addresses;	  /* of all classes */
	int64_t cost;		  /* ns of one renewal */
	struct mono paused_until; /* no batch before */
	struct timer timer;
	struct log_limit limit;
	struct virtual_address *asked[BATCH_MAX]; /* by the batch */
	struct rtnetlink_batch batch;
	struct rtnetlink_buffer buffer;
};

static void renewal_due(struct timer *timer, void *data);

static struct lease_class *class_of(struct leases *leases, uint32_t seconds)
{
	struct lease_class *class = leases->classes;

	while (class && class->seconds != seconds)
		class = class->next;
	if (class)
		return class;
	class = alloc(sizeof(*class));
	class->seconds = seconds;
	TAILQ_INIT(&class->addresses);
	class->next = leases->classes;
	leases->classes = class;
	return class;
}

static uint32_t class_seconds(const struct leases *leases, const struct lease_class *class)
{
	int64_t round = (int64_t)leases->n_addresses * leases->cost * (SHARE + 1);
	int64_t least = RENEWALS * round / NSEC_PER_SEC;

	if (least >= INTERFACE_LEASE_MAX)
		return INTERFACE_LEASE_MAX;
	return least > class->seconds ? (uint32_t)least : class->seconds;
}

uint32_t leases_seconds(const struct leases *leases, const struct virtual_address *a)
{
	const struct lease_class wanted = {.seconds = a->lease.seconds};

	return a->lease.seconds == 0 ? ADDRESS_FOREVER : class_seconds(leases, &wanted);
}

/* When the renewal of the class's first address is due. */
static struct mono class_due(const struct leases *leases, const struct lease_class *class)
{
	const struct virtual_address *first = TAILQ_FIRST(&class->addresses);
	uint32_t seconds = class_seconds(leases, class);

	if (first->lease.told < seconds) /* they have grown */
		seconds = first->lease.told;
	return mono_add(first->lease.renewed, seconds * USEC_PER_SEC / RENEWALS);
}

/* The same after the pause that follows a batch, which is cut short where a lease is at stake. */
static struct mono class_turn(const struct leases *leases, const struct lease_class *class)
{
	const struct virtual_address *first = TAILQ_FIRST(&class->addresses);
	struct mono due = class_due(leases, class);
	struct mono last = mono_add(due, first->lease.told * USEC_PER_SEC / RENEWALS);

	if (!mono_before(due, leases->paused_until))
		return due;
	return mono_before(last, leases->paused_until) ? last : leases->paused_until;
}

static void schedule(struct leases *leases)
{
	struct mono due = {0};

	for (struct lease_class *class = leases->classes; class; class = class->next) {
		if (TAILQ_EMPTY(&class->addresses))
			continue;
		struct mono turn = class_turn(leases, class);
		if (due.us == 0 || mono_before(turn, due))
			due = turn;
	}
	if (due.us == 0)
		timer_cancel(&leases->timer);
	else
		timer_set(leases->loop, &leases->timer, due, renewal_due, leases);
}

static void take_out(struct leases *leases, struct virtual_address *a)
{
	TAILQ_REMOVE(&a->lease.class->addresses, a, lease.entry);
	a->lease.class->n_addresses--;
	leases->n_addresses--;
	a->lease.class = NULL;
}

static void put_last(struct leases *leases, struct lease_class *class, struct virtual_address *a)
{
	TAILQ_INSERT_TAIL(&class->addresses, a, lease.entry);
	class->n_addresses++;
	leases->n_addresses++;
	a->lease.class = class;
}

void leases_begin(struct leases *leases, struct virtual_address *a, uint32_t seconds)
{
	bool first = leases->n_addresses == 0;

	leases_end(leases, a);
	a->lease.lapsed = false;
	a->lease.told = 0;
	if (a->lease.seconds == 0)
		return;
	a->lease.renewed = a->lease.asked = mono_read();
	a->lease.told = seconds;
	put_last(leases, class_of(leases, a->lease.seconds), a);
	if (first || !timer_is_set(&leases->timer) || a->lease.class->n_addresses == 1)
		schedule(leases);
}

void leases_end(struct leases *leases, struct virtual_address *a)
{
	if (a->lease.class)
		take_out(leases, a);
}

static struct mono end_of(const struct virtual_address *a)
{
	return mono_add(a->lease.renewed, a->lease.told * USEC_PER_SEC - EARLY);
}

bool leases_lapsed(const struct virtual_address *a)
{
	return a->lease.lapsed || (a->lease.told > 0 && !mono_before(mono_read(), end_of(a)));
}

/* Those that are due, and those that will be so soon that they need no wake-up of their own. */
static unsigned fill_batch(struct leases *leases, struct lease_class *class, struct mono now,
			   unsigned first, unsigned room)
{
	uint32_t seconds = class_seconds(leases, class);
	int64_t soon = class->seconds * USEC_PER_SEC / RENEWALS / 4;
	unsigned n = 0;

	while (n < room && !TAILQ_EMPTY(&class->addresses)) {
		struct virtual_address *a = TAILQ_FIRST(&class->addresses);

		if (mono_before(mono_add(now, soon), class_due(leases, class)))
			break;
		if (!mono_before(now, end_of(a))) {
			take_out(leases, a);
			a->lease.lapsed = true;
			leases->lapsed(a, leases->data);
			continue;
		}
		if (!leases->may(a, leases->data)) {
			take_out(leases, a);
			continue;
		}
		leases->put(&leases->batch, a, seconds);
		take_out(leases, a);
		put_last(leases, class, a);
		a->lease.renewed = now;
		a->lease.told = seconds;
		leases->asked[first + n++] = a;
	}
	return n;
}

static int64_t processor_time(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0)
		fatal("clock_gettime: %m");
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void ignore_answer(struct nlmsghdr *message, void *data)
{
	(void)message; /* what is wrong with an address is heard from the interface monitor */
	(void)data;
}

static void renewal_due(struct timer *timer, void *data)
{
	struct leases *leases = data;
	struct mono now = mono_read();
	int64_t room = BATCH_TIME * NSEC_PER_USEC / (leases->cost + 1);
	int64_t begin = processor_time(), took;
	unsigned n = 0, limit = BATCH_MAX, dropped;

	(void)timer;
	if (room < BATCH_MAX)
		limit = room > 1 ? (unsigned)room : 1;
	for (struct lease_class *class = leases->classes; class; class = class->next)
		n += fill_batch(leases, class, now, n, limit - n);
	if (n > 0) {
		if (!rtnetlink_send(leases->fd, &leases->batch) &&
		    log_limit_pass(&leases->limit, now.us, 1, 10 * USEC_PER_SEC, &dropped))
			log_warning("renewing %u lease%s: %m%s", n, text_plural(n),
				    log_dropped(dropped).text);
		for (unsigned i = 0; i < n; i++)
			leases->asked[i]->lease.asked = mono_read();
		rtnetlink_receive(leases->fd, &leases->buffer, BATCH_MAX, ignore_answer, NULL);
		took = processor_time() - begin;
		leases->cost += (took / n - leases->cost) / SMOOTHING;
		leases->paused_until = mono_add(mono_read(), took * SHARE / NSEC_PER_USEC);
	}
	schedule(leases);
}

uint32_t leases_port(const struct leases *leases)
{
	return rtnetlink_port(leases->fd);
}

struct leases *leases_create(struct loop *loop, lease_put_fn *put, lease_may_fn *may,
			     lease_lapsed_fn *lapsed, void *data)
{
	struct leases *leases = alloc(sizeof(*leases));

	leases->loop = loop;
	leases->put = put;
	leases->may = may;
	leases->lapsed = lapsed;
	leases->data = data;
	leases->cost = FIRST_COST;
	leases->fd = rtnetlink_open(0);
	return leases;
}

void leases_destroy(struct leases *leases)
{
	timer_cancel(&leases->timer);
	while (leases->classes) {
		struct lease_class *class = leases->classes;

		leases->classes = class->next;
		free(class);
	}
	close(leases->fd);
	free(leases);
}
