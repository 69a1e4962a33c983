#ifndef VRRP_SOCKET_FAMILY_H
#define VRRP_SOCKET_FAMILY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/address.h"
#include "vrrp/wire/packet.h"
#include "vrrp/wire/socket.h"

/* Inside socket.c: what differs between IPv4 and IPv6. */

/* Room for the control messages of one advert: its own address, and its TTL or hop limit. */
struct socket_control {
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))]
		__attribute__((aligned(8)));
};

struct socket_family {
	/* Options of a socket that does not hear anything yet. False with errno. */
	bool (*set_up)(int fd);
	/* Joins a group on an interface, and sends to it there. False with errno. */
	bool (*join)(int fd, int interface_index, const struct address *group);
	/* What recvmsg() has given, as packet_open_ipv4() would. False: not an advert. */
	bool (*open)(struct msghdr *header, size_t size, struct packet_envelope *envelope,
		     size_t *offset, size_t *length);
	/* Fills the control messages, for which there is room, and sets their length. */
	void (*address)(struct msghdr *header, int interface_index,
			const struct socket_route *route);
};

/* socket_family.c */
const struct socket_family *socket_family(uint16_t family);
/* Like address_to_sockaddr(), for an address that may be of this link only. */
socklen_t socket_family_sockaddr(const struct address *address, int interface_index,
				 struct sockaddr_storage *storage);
bool socket_family_is_group(const struct address *address);

#endif
