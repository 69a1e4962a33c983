#ifndef VRRP_SOCKET_H
#define VRRP_SOCKET_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/address.h"
#include "core/base/loop.h"
#include "vrrp/wire/packet.h"

#define SOCKET_PAYLOAD_MAX 1480 /* bytes of an advert: one frame */
#define SOCKET_FILTER_MAX  48	/* instructions */

struct sockets; /* all of the role, with their shared buffers */
struct socket;	/* one interface, one address to hear at; shared by its instances */

/* Where adverts are heard. */
struct socket_place {
	int interface_index;  /* 0: none, the kernel finds the way (unicast) */
	struct address local; /* to which they come: a multicast group, or an address of ours */
	bool filtered;	      /* only frames from one hardware address are heard */
	uint8_t from[6];      /* this one */
};

/* From where to where an advert goes, and how far it may. */
struct socket_route {
	struct address source;
	struct address destination;
	uint8_t ttl; /* or hop limit; at least 1 */
};

/* An advert for this owner's VRID; the bytes are gone when it returns. */
typedef void socket_receive_fn(void *owner, const struct packet_envelope *envelope,
			       const uint8_t *payload, size_t size);
/* May this owner be meant by an advert from `source`? Asked where several have one VRID. */
typedef bool socket_fits_fn(const void *owner, const struct address *source);
/* An advert for a VRID that nobody has joined there; of each only one per SOCKET_NOTICE_PERIOD. */
typedef void socket_unknown_fn(int interface_index, const struct packet_envelope *envelope,
			       const uint8_t *payload, size_t size, void *data);
#define SOCKET_NOTICE_PERIOD (60 * USEC_PER_SEC)
/* An advert of this owner could not be sent. */
typedef void socket_error_fn(void *owner, int error);

/* socket.c */
/* `data` is for `unknown`. */
struct sockets *sockets_create(struct loop *loop, socket_receive_fn *receive, socket_fits_fn *fits,
			       socket_error_fn *error, socket_unknown_fn *unknown, void *data);
void sockets_destroy(struct sockets *sockets);
/* Hears this VRID there; a multicast group is joined. NULL with errno. */
struct socket *socket_join(struct sockets *sockets, const struct socket_place *place, uint8_t vrid,
			   void *owner);
/* Is it the one for this place? */
bool socket_is_at(const struct socket *socket, const struct socket_place *place);
/* The last one to leave closes it. */
void socket_leave(struct socket *socket, uint8_t vrid, const void *owner);
/* Copies an advert to the outbox. It leaves at the latest in the next turn. */
void socket_queue(struct socket *socket, void *owner, const struct socket_route *route,
		  const uint8_t *payload, size_t size);
/* Sends everything in the outbox, several adverts per system call. */
void sockets_flush(struct sockets *sockets);
/* Reads what lies in the receive queue now. True: there was something. */
bool socket_drain(struct socket *socket);

/* A classic BPF program for raw sockets that lets pass adverts with a VRID of the
 * set; over IPv4 only those to `local` (IPv6 shows no header, its sockets are bound). Returns its
 * length. */
unsigned socket_filter(const struct socket_place *place, const uint32_t vrids[8],
		       struct sock_filter *program);

#endif
