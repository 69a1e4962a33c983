/*
 * The life of a worker, the same for each: it is started by main with its link as descriptor 3,
 * lets its table create what needs privileges, drops them, and then turns its loop.  Configurations
 * come as a sealed text and a status segment; when the table has put one in force, main is told.
 *
 * Every 100 ms it writes a heartbeat and its timers' lateness to the status segment: from that
 * main sees a worker that hangs, without a message that could wait in a queue.
 *
 * Its log lines go to main as messages.  They never wait: a line that does not fit the link is
 * counted, the next that does carries the count, and the segment's header has the total.
 *
 * main may die and be started again while workers go on: the keeper holds a duplicate of main's end
 * of the link, so that the link closes only when both are gone.  Then nobody will ever give orders
 * again, and the worker winds down by itself.
 */
#include "core/process/role.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/text.h"
#include "core/process/privilege.h"

#define MAIN_FD		   3
#define HEARTBEAT_INTERVAL (100 * USEC_PER_MSEC)
#define ORPHAN_LIMIT	   (10 * USEC_PER_SEC) /* to wind down when main and the keeper are gone */
#define STOPPED_TIMEOUT	   (1 * USEC_PER_SEC)

struct peer_link {
	uint32_t number; /* main's, of the present link */
	bool lost;	 /* and main has not been told yet */
};

struct role_private {
	struct role role; /* first: role_stopped() gets from it to here */
	const struct role_vtable *table;
	void *context;
	enum log_level threshold;
	struct timer heartbeat;
	struct timer orphan;
	bool stopping;			     /* the table was told to stop */
	bool stopped;			     /* and has */
	bool report;			     /* MESSAGE_CONFIGURED did not fit the link yet */
	uint32_t log_lost;		     /* lines since the last that main got */
	struct peer_link *links[ROLE_KINDS]; /* by the peer's kind and index */
	uint32_t n_links[ROLE_KINDS];
};

static void role_log(void *data, enum log_level level, const char *source, const char *text)
{
	struct role_private *self = data;
	struct message_log line = {.level = level, .dropped = self->log_lost};
	size_t length = strnlen(text, sizeof(line.text) - 1);

	(void)source; /* main knows whose link this is */
	memcpy(line.text, text, length);
	if (link_send(self->role.main, MESSAGE_LOG, &line,
		      offsetof(struct message_log, text) + length + 1)) {
		self->log_lost = 0;
		return;
	}
	self->log_lost++;
	if (self->role.status)
		atomic_fetch_add_explicit(&status_header(self->role.status)->log_dropped, 1,
					  memory_order_relaxed);
}

/* Until the link stands, and when it is gone. */
static void log_to_stderr(const struct role_private *self)
{
	const struct role *role = &self->role;
	char source[32];

	text_print(source, sizeof(source), "%s", role_kind_name(role->kind));
	if (role->kind == ROLE_CHECK)
		text_append(source, sizeof(source), ".%u", role->index);
	log_setup(log_stderr_sink, NULL, source, self->threshold);
}

/* main gives the orders to stop.  What a terminal sends to its whole group, or an administrator to
 * everything of that name, is main's to answer. */
static void reset_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	sigset_t none;

	for (int number = 1; number < SIGRTMIN; number++)
		signal(number, SIG_DFL); /* refused for SIGKILL and SIGSTOP */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void beat(struct role_private *self)
{
	if (!self->role.status)
		return;
	struct status_header *header = status_header(self->role.status);
	header->lateness = *loop_lateness(self->role.loop);
	atomic_store_explicit(&header->heartbeat, mono_read().us, memory_order_release);
}

static void report_configured(struct role_private *self)
{
	struct message_configured configured = {.generation = self->role.generation};

	self->report =
		!link_send(self->role.main, MESSAGE_CONFIGURED, &configured, sizeof(configured));
}

/* Kept until main's queue takes it: nobody else would make a new link. */
static void report_lost(struct role_private *self, enum role_kind kind, unsigned index)
{
	struct peer_link *peer = &self->links[kind][index];
	const struct message_peer lost = {.kind = kind, .index = index, .link = peer->number};

	peer->lost = !link_send(self->role.main, MESSAGE_PEER_LOST, &lost, sizeof(lost));
}

static void report_all_lost(struct role_private *self)
{
	for (unsigned kind = 0; kind < ROLE_KINDS; kind++)
		for (unsigned i = 0; i < self->n_links[kind]; i++)
			if (self->links[kind][i].lost)
				report_lost(self, (enum role_kind)kind, i);
}

static void heartbeat_due(struct timer *timer, void *data)
{
	struct role_private *self = data;
	struct loop *loop = self->role.loop;

	beat(self);
	if (self->report)
		report_configured(self);
	report_all_lost(self);
	timer_set(loop, timer, mono_add(loop_now(loop), HEARTBEAT_INTERVAL), heartbeat_due, self);
}

/* NULL for an empty text. It cannot change or shrink while it is parsed: that is what the seals are
 * for. */
static void *map_text(int fd, size_t *size)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_WRITE;
	int found = fcntl(fd, F_GET_SEALS);
	struct stat file;

	if (found < 0 || (found & seals) != seals || fstat(fd, &file) != 0)
		fatal("the configuration text is not sealed");
	*size = (size_t)file.st_size;
	if (*size == 0)
		return NULL;
	void *text = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		fatal("the configuration text cannot be mapped: %m");
	return text;
}

static void configure(struct role_private *self, struct message *message)
{
	struct role *role = &self->role;
	const struct message_configure *order = message->payload;
	struct status *old = role->status;
	struct status *status = status_map(self->table->layout, message->fds[1], true);
	size_t size;

	if (!status)
		fatal("the status segment has another version");
	message->fds[1] = -1;
	const struct status_header *header = status_header(status);
	if (header->kind != role->kind || header->index != role->index)
		fatal("the status segment is for %s.%u", role_kind_name(header->kind),
		      header->index);
	void *text = map_text(message->fds[0], &size);
	if (self->table->descriptor && message->fds[2] >= 0) {
		self->table->descriptor(self->context, message->fds[2]);
		message->fds[2] = -1;
	}
	self->table->configure(self->context, text ? text : "", size, status);
	if (text)
		munmap(text, size);
	role->status = status;
	role->generation = order->generation;
	status_unmap(old);
	beat(self);
	report_configured(self);
}

static void stop(struct role_private *self, bool keep)
{
	if (self->stopping)
		return;
	self->stopping = true;
	self->table->stop(self->context, keep);
}

static void note_link(struct role_private *self, const struct message_peer *peer)
{
	struct peer_link **links = &self->links[peer->kind];

	if (peer->index >= self->n_links[peer->kind]) {
		*links = alloc_resize(*links, peer->index + 1, sizeof(**links));
		while (self->n_links[peer->kind] <= peer->index)
			(*links)[self->n_links[peer->kind]++] = (struct peer_link){0};
	}
	(*links)[peer->index] = (struct peer_link){.number = peer->link};
}

void role_link_lost(struct role *role, const struct link *link)
{
	if (role->main)
		report_lost((struct role_private *)role, link_peer(link), link_peer_index(link));
}

static void main_message(struct link *link, struct message *message, void *data)
{
	struct role_private *self = data;

	(void)link;
	if (message->type == MESSAGE_CONFIGURE) {
		if (!self->stopping)
			configure(self, message);
	} else if (message->type == MESSAGE_PEER && self->table->peer) {
		const struct message_peer *peer = message->payload;

		note_link(self, peer);
		self->table->peer(self->context, (enum role_kind)peer->kind, peer->index,
				  message->fds[0]);
		message->fds[0] = -1;
	} else if (message->type == MESSAGE_STOP) {
		const struct message_stop *order = message->payload;

		stop(self, order->keep != 0);
	} else if (self->table->message) {
		self->table->message(self->context, message);
	}
}

static void orphan_due(struct timer *timer, void *data)
{
	struct role_private *self = data;

	(void)timer;
	log_error("not stopped %d s after main and the keeper died, exiting",
		  (int)(ORPHAN_LIMIT / USEC_PER_SEC));
	loop_stop(self->role.loop);
}

/* The link object stays, closed, for those who still send to it. */
static void main_closed(struct link *link, void *data)
{
	struct role_private *self = data;
	struct loop *loop = self->role.loop;

	(void)link;
	log_to_stderr(self);
	log_warning("main and the keeper died, stopping");
	timer_set(loop, &self->orphan, mono_add(loop_now(loop), ORPHAN_LIMIT), orphan_due, self);
	stop(self, false);
}

void role_stopped(struct role *role)
{
	struct role_private *self = (struct role_private *)role;

	self->stopped = true;
	loop_stop(role->loop);
}

int role_run(const struct role_vtable *vtable, unsigned index, enum log_level threshold)
{
	struct role_private self = {.role = {.kind = vtable->kind, .index = index},
				    .table = vtable,
				    .threshold = threshold};
	struct role *role = &self.role;
	int type = 0;
	socklen_t size = sizeof(type);
	char name[16]; /* the kernel shows no more */

	log_to_stderr(&self);
	reset_signals();
	if (getsockopt(MAIN_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET)
		fatal("descriptor %d is no link: this role is started by vdirectord", MAIN_FD);
	/* Nothing that main or its parents left open is ours, but stdio and the link. */
	syscall(SYS_close_range, MAIN_FD + 1U, ~0U, 0U);
	text_print(name, sizeof(name), "vdirectord-%s",
		   vtable->kind == ROLE_CHECK ? "chk" : role_kind_name(vtable->kind));
	prctl(PR_SET_NAME, name);
	role->loop = loop_create();
	role->main = link_create(role->loop, MAIN_FD, vtable->kind, ROLE_MAIN, 0, main_message,
				 main_closed, &self);
	log_setup(role_log, &self, role_kind_name(vtable->kind), threshold);
	self.context = vtable->create(role);
	privilege_drop(vtable->kind);
	heartbeat_due(&self.heartbeat, &self);
	loop_run(role->loop);

	vtable->destroy(self.context);
	/* main learns that the worker stopped on purpose; if the link is full for too long, it
	 * learns that from the exit status. */
	if (self.stopped && link_flush(role->main, STOPPED_TIMEOUT) &&
	    link_send(role->main, MESSAGE_STOPPED, NULL, 0))
		link_flush(role->main, STOPPED_TIMEOUT);
	log_to_stderr(&self);
	timer_cancel(&self.heartbeat);
	timer_cancel(&self.orphan);
	link_destroy(role->main);
	status_unmap(role->status);
	loop_destroy(role->loop);
	return self.stopped ? 0 : 1;
}
