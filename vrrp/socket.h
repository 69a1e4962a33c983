#ifndef VRRP_SOCKET_H
#define VRRP_SOCKET_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/address.h"
#include "core/loop.h"
#include "vrrp/packet.h"

#define SOCKET_PAYLOAD_MAX 1480 /* bytes of an advert: one frame */
#define SOCKET_FILTER_MAX  48	/* instructions */

struct sockets; /* all of the role, with their shared buffers */
struct socket;	/* one interface, one family; shared by its instances */

/* An advert for this owner's VRID; the bytes are gone when it returns. */
typedef void socket_receive_fn(void *owner, const struct packet_envelope *envelope,
			       const uint8_t *payload, size_t size);
/* An advert of this owner could not be sent. */
typedef void socket_error_fn(void *owner, int error);

/* socket.c */
struct sockets *sockets_create(struct loop *loop, socket_receive_fn *receive,
			       socket_error_fn *error);
void sockets_destroy(struct sockets *sockets);
/* Joins the group on the interface for this VRID. NULL with errno (EAFNOSUPPORT: a family that has
 * no row yet). */
struct socket *socket_join(struct sockets *sockets, int interface_index, uint16_t family,
			   uint8_t vrid, void *owner);
/* The last one to leave closes it. */
void socket_leave(struct socket *socket, uint8_t vrid);
/* Copies an advert to the outbox. It leaves at the latest in the next turn. */
void socket_queue(struct socket *socket, void *owner, const struct address *source,
		  const uint8_t *payload, size_t size);
/* Sends everything in the outbox, several adverts per system call. */
void sockets_flush(struct sockets *sockets);
/* Reads what lies in the receive queue now. */
void socket_drain(struct socket *socket);
/* Where adverts of this family go. */
const struct address *socket_group(uint16_t family);

/* socket_filter.c: a classic BPF program for raw IPv4 sockets that lets pass adverts to the group
 * with a VRID of the set. Returns its length. */
unsigned socket_filter_ipv4(const uint32_t vrids[8], struct sock_filter *program);

#endif
