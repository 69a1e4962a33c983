#ifndef VRRP_RTNETLINK_H
#define VRRP_RTNETLINK_H

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTNETLINK_BATCH_SIZE 16384 /* bytes; a hundred address changes */

/* Requests that go to the kernel in one sendmsg(), in order. */
struct rtnetlink_batch {
	uint32_t sequence; /* of the next message */
	size_t used;
	uint8_t bytes[RTNETLINK_BATCH_SIZE] __attribute__((aligned(8)));
};

/* What the kernel fills at most for one datagram of a dump. */
struct rtnetlink_buffer {
	uint8_t bytes[32768] __attribute__((aligned(8)));
};

enum rtnetlink_result {
	RTNETLINK_DRAINED, /* nothing more to read now */
	RTNETLINK_MORE,	   /* the limit was reached before the end */
	RTNETLINK_OVERRUN, /* the kernel dropped messages: only a dump tells the truth */
};

/* Called for each message; gone when it returns. */
typedef void rtnetlink_message_fn(struct nlmsghdr *message, void *data);

/* rtnetlink.c */

/* A non-blocking socket that hears `groups` (RTMGRP_*). Failure is fatal(). */
int rtnetlink_open(uint32_t groups);
/* The port by which the kernel knows the socket, in its answers and in echoes of its changes. */
uint32_t rtnetlink_port(int fd);
/* The socket hears no address that came by requests from that port. */
void rtnetlink_ignore_port(int fd, uint32_t port);
/* Appends a request with a fixed header of `size` bytes and returns its place for attributes; NULL
 * when the batch is too full for any further request. */
struct nlmsghdr *rtnetlink_begin(struct rtnetlink_batch *batch, uint16_t type, uint16_t flags,
				 const void *header, size_t size);
/* Adds an attribute to the message that rtnetlink_begin() returned last. */
void rtnetlink_put(struct rtnetlink_batch *batch, struct nlmsghdr *message, uint16_t type,
		   const void *value, size_t size);
/* The same for an attribute that holds those which follow, until its end is told. Returns what to
 * tell it with. */
size_t rtnetlink_nest(struct rtnetlink_batch *batch, struct nlmsghdr *message, uint16_t type);
void rtnetlink_nest_end(struct nlmsghdr *message, size_t nest);
/* Sends and empties the batch. False with errno. */
bool rtnetlink_send(int fd, struct rtnetlink_batch *batch);
/* Asks for a dump of `type` (RTM_GETLINK, RTM_GETADDR) of `family`. False with errno. */
bool rtnetlink_dump(int fd, uint16_t type, uint8_t family, uint32_t sequence);
/* Reads at most `limit` datagrams into *buffer, which belongs to this call until it returns. */
enum rtnetlink_result rtnetlink_receive(int fd, struct rtnetlink_buffer *buffer, unsigned limit,
					rtnetlink_message_fn *call, void *data);
/* Fills table[0..max] with the attributes that follow a header of `size` bytes; NULL = absent.
 * False: the message is shorter than its header. */
bool rtnetlink_attributes(struct nlmsghdr *message, size_t size, struct rtattr *table[],
			  unsigned max);
/* The attribute of that type within one that holds attributes (or is NULL); NULL = absent. */
struct rtattr *rtnetlink_nested(struct rtattr *outer, uint16_t type);

#endif
