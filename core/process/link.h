#ifndef CORE_LINK_H
#define CORE_LINK_H

#include "core/process/message.h"

/* One end of a socket pair (SOCK_SEQPACKET, non-blocking, close-on-exec). */
struct loop;
struct link;
typedef void link_message_fn(struct link *link, struct message *message, void *data);
typedef void link_closed_fn(struct link *link, void *data); /* the peer is gone; destroy it */
typedef void link_drained_fn(struct link *link, void *data);

/* link.c */

/* Makes a connected pair of descriptors; returns false with errno. */
bool link_pair(int fds[2]);
/* Owns `fd` from now on. `self` and `peer` choose what the table allows. */
struct link *link_create(struct loop *loop, int fd, enum role_kind self, enum role_kind peer,
			 unsigned peer_index, link_message_fn *on_message,
			 link_closed_fn *on_closed, void *data);
/* Whether the other end is still open: then the process that holds it lives. */
bool link_peer_lives(const struct link *link);
void link_destroy(struct link *link); /* NULL is allowed; also within its own callbacks */
enum role_kind link_peer(const struct link *link);
unsigned link_peer_index(const struct link *link);
int link_fd(const struct link *link);
/*
 * Sends or, where the socket is full, queues a bounded amount (in order).  Never blocks.  False:
 * nothing was queued; the caller keeps the message and tries again when `on_drained` calls.
 * Descriptors are duplicated; the caller keeps its own.  Wrong size or sender is fatal().
 */
bool link_send(struct link *link, enum message_type type, const void *payload, size_t size);
bool link_send_fds(struct link *link, enum message_type type, const void *payload, size_t size,
		   const int *fds, unsigned n_fds);
void link_on_drained(struct link *link, link_drained_fn *on_drained);
/* Before the end of the process: waits at most `timeout` µs until nothing is queued any more.
 * False: too slow. */
bool link_flush(struct link *link, int64_t timeout);

#endif
