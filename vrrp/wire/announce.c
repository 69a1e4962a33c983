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
 * The probe who has an address, which address_probe.c puts before we take it, is made here as well:
 * it goes out by the same socket, but at once.
 */
#include "vrrp/wire/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/log.h"

#define FRAMES_PER_TURN 50
#define LOOK_BACK	64    /* places in a queue that an address is put forward */
#define PACE		(200) /* µs between turns: 250 frames per ms at most */

TAILQ_HEAD(announcement_queue, announcement);

/* Announcements of one kind that go one after the other. */
struct stream {
	struct announcement_queue queue;
	int64_t interval; /* µs from one to the next; 0 = as fast as turns allow */
	struct mono due;  /* for the next one, where there is an interval */
};

enum stream_kind { STREAM_ARP, STREAM_NA };
#define STREAMS (STREAM_NA + 1)

struct announce_lane {
	struct announce_lane *next;
	const void
		*key; /* the garp_group's configuration, else the interface's name; NULL = of all */
	struct stream streams[STREAMS];
};

struct announcer {
	struct loop *loop;
	announce_sender_fn *sender;
	announce_sent_fn *sent;
	int fd;
	const struct conf *conf;     /* in force; NULL = none yet */
	struct announce_lane *lanes; /* the one without a pace is the last */
	struct timer timer;
	struct log_limit limit;
};

static bool send_frame(struct announcer *announcer, const struct neighbour_sender *sender,
		       const uint8_t *frame, size_t size)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = sender->index, .sll_halen = 6};
	unsigned dropped;

	memcpy(to.sll_addr, frame, 6);
	memcpy(&to.sll_protocol, frame + 12, sizeof(to.sll_protocol));
	if (sendto(announcer->fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) ==
	    (ssize_t)size)
		return true;
	if (log_limit_pass(&announcer->limit, loop_now(announcer->loop).us, 1, 10 * USEC_PER_SEC,
			   &dropped))
		log_warning("%s: sending an announcement failed: %s%s", sender->interface,
			    strerror(errno), log_dropped(dropped).text);
	return false;
}

void announce_probe(struct announcer *announcer, const struct neighbour_sender *sender,
		    const struct address *source, const struct address *address)
{
	uint8_t frame[NEIGHBOUR_ND_SIZE] = {0};

	send_frame(announcer, sender, frame, neighbour_probe(sender, source, address, frame));
}

static void work_due(struct timer *timer, void *data)
{
	(void)timer;
	announce_work(data);
}

static struct stream *stream_of(struct announce_lane *lane, const struct announcement *a)
{
	return &lane->streams[a->address.family == AF_INET ? STREAM_ARP : STREAM_NA];
}

static struct announce_lane *add_lane(struct announcer *announcer, const void *key, int64_t arp,
				      int64_t na)
{
	struct announce_lane *lane = alloc(sizeof(*lane));

	lane->key = key;
	lane->streams[STREAM_ARP].interval = arp;
	lane->streams[STREAM_NA].interval = na;
	for (unsigned i = 0; i < STREAMS; i++)
		TAILQ_INIT(&lane->streams[i].queue);
	lane->next = announcer->lanes;
	announcer->lanes = lane;
	return lane;
}

static struct announce_lane *lane_of(struct announcer *announcer, const char *interface)
{
	const struct conf *conf = announcer->conf;
	const struct garp_group_conf *group = conf ? garp_group_of(conf, interface) : NULL;
	bool paced = conf && (conf->global.garp_interval > 0 || conf->global.gna_interval > 0);
	const void *key = paced ? interface : NULL;
	struct announce_lane *lane = announcer->lanes;

	if (group)
		key = group;
	while (lane && lane->key != key)
		lane = lane->next;
	if (lane)
		return lane;
	if (group)
		return add_lane(announcer, key, group->garp_interval, group->gna_interval);
	return add_lane(announcer, key, conf->global.garp_interval, conf->global.gna_interval);
}

/* Announces the first of the queue, or finds that there is nothing to announce. */
static unsigned serve_first(struct announcer *announcer, struct stream *stream)
{
	struct announcement *a = TAILQ_FIRST(&stream->queue);
	struct neighbour_sender sender;
	uint8_t frame[NEIGHBOUR_ND_SIZE];

	TAILQ_REMOVE(&stream->queue, a, entry);
	if (!announcer->sender(a, &sender)) {
		a->rounds = 0;
		return 0;
	}
	size_t size = neighbour_announcement(&sender, &a->address, frame);
	if (send_frame(announcer, &sender, frame, size))
		announcer->sent(a);
	if (--a->rounds > 0)
		TAILQ_INSERT_TAIL(&stream->queue, a, entry);
	stream->due = mono_add(loop_now(announcer->loop), stream->interval);
	return 1;
}

void announce_work(struct announcer *announcer)
{
	struct mono due = {0}, now = loop_now(announcer->loop);
	unsigned sent = 0;

	timer_cancel(&announcer->timer);
	for (struct announce_lane *lane = announcer->lanes; lane; lane = lane->next)
		for (unsigned i = 0; i < STREAMS; i++) {
			struct stream *stream = &lane->streams[i];
			struct mono next = mono_add(now, PACE);

			while (sent < FRAMES_PER_TURN && !TAILQ_EMPTY(&stream->queue) &&
			       (stream->interval == 0 || !mono_before(now, stream->due)))
				sent += serve_first(announcer, stream);
			if (stream->interval > 0)
				next = stream->due;
			if (!TAILQ_EMPTY(&stream->queue) && (due.us == 0 || mono_before(next, due)))
				due = next;
		}
	if (due.us != 0)
		timer_set(announcer->loop, &announcer->timer, due, work_due, announcer);
}

static void enqueue(struct announcer *announcer, struct announcement *a)
{
	struct announcement_queue *queue;
	struct announcement *before;

	a->lane = lane_of(announcer, a->interface);
	queue = &stream_of(a->lane, a)->queue;
	/* Before those that were announced already: they stand at the end. */
	before = TAILQ_LAST(queue, announcement_queue);
	for (unsigned i = 0; i < LOOK_BACK && before && before->rounds < a->rounds; i++)
		before = TAILQ_PREV(before, announcement_queue, entry);
	if (before)
		TAILQ_INSERT_AFTER(queue, before, a, entry);
	else
		TAILQ_INSERT_HEAD(queue, a, entry);
	if (!timer_is_set(&announcer->timer) ||
	    mono_before(loop_now(announcer->loop), announcer->timer.due))
		timer_set(announcer->loop, &announcer->timer, loop_now(announcer->loop), work_due,
			  announcer);
}

void announce_add(struct announcer *announcer, struct announcement *a, uint32_t rounds)
{
	if (rounds <= a->rounds)
		return;
	bool waits = a->rounds > 0;
	a->rounds = rounds;
	if (!waits)
		enqueue(announcer, a);
}

void announce_cancel(struct announcement *a)
{
	if (a->rounds > 0)
		TAILQ_REMOVE(&stream_of(a->lane, a)->queue, a, entry);
	a->rounds = 0;
}

/* Frees all lanes; what waits in them goes to *waiting. */
static void clear_lanes(struct announcer *announcer, struct announcement_queue *waiting)
{
	struct announce_lane *lane;

	while ((lane = announcer->lanes) != NULL) {
		for (unsigned i = 0; i < STREAMS; i++)
			TAILQ_CONCAT(waiting, &lane->streams[i].queue, entry);
		announcer->lanes = lane->next;
		free(lane);
	}
}

void announcer_configure(struct announcer *announcer, const struct conf *conf)
{
	struct announcement_queue waiting = TAILQ_HEAD_INITIALIZER(waiting);
	struct announcement *a;

	clear_lanes(announcer, &waiting);
	announcer->conf = conf;
	add_lane(announcer, NULL, 0, 0);
	while ((a = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, a, entry);
		enqueue(announcer, a);
	}
}

struct announcer *announcer_create(struct loop *loop, announce_sender_fn *sender,
				   announce_sent_fn *sent)
{
	struct announcer *announcer = alloc(sizeof(*announcer));

	announcer->loop = loop;
	announcer->sender = sender;
	announcer->sent = sent;
	announcer_configure(announcer, NULL);
	/* Protocol 0: the socket sends and hears nothing. */
	announcer->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (announcer->fd < 0)
		fatal("packet socket: %m");
	return announcer;
}

void announcer_destroy(struct announcer *announcer)
{
	struct announcement_queue waiting = TAILQ_HEAD_INITIALIZER(waiting);

	timer_cancel(&announcer->timer);
	clear_lanes(announcer, &waiting);
	close(announcer->fd);
	free(announcer);
}
