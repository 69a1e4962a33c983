/*
 * What differs between the raw sockets of IPv4 and IPv6: their options, how a group is joined, how
 * source and TTL go along with an advert, and where they are found in one that was heard.  A raw
 * IPv4 socket delivers the header; an IPv6 one tells about it in control messages.
 *
 * The checksum is left to packet.c in both families: the kernel could verify that of IPv6
 * (IPV6_CHECKSUM), but would drop a wrong one without a word.
 *
 * Called by socket.c only.
 */
#include "vrrp/wire/socket_family.h"

#include <netinet/ip.h>
#include <string.h>

#include "core/base/log.h"

#define TRAFFIC_CLASS 0xc0 /* internetwork control */

static bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Appends a control message after `used` bytes of them; returns how many are used then. */
static size_t put_control(struct msghdr *header, size_t used, int level, int type,
			  const void *value, size_t size)
{
	struct cmsghdr *control = (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + used);

	if (used + CMSG_SPACE(size) > sizeof(struct socket_control))
		fatal("socket: no room for a control message of %zu bytes", size);
	memset(control, 0, CMSG_SPACE(size));
	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(control), value, size);
	return used + CMSG_SPACE(size);
}

/* IPv4 */

static bool set_up_ipv4(int fd)
{
	return set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) &&
	       set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
	       set_option(fd, IPPROTO_IP, IP_TOS, TRAFFIC_CLASS) &&
	       /* A router that has lost its address can still say so from it. */
	       set_option(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
}

static bool join_ipv4(int fd, int interface_index, const struct address *group)
{
	const struct ip_mreqn request = {.imr_multiaddr = group->v4,
					 .imr_ifindex = interface_index};

	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) == 0;
}

static bool open_ipv4(struct msghdr *header, size_t size, struct packet_envelope *envelope,
		      size_t *offset, size_t *length)
{
	return packet_open_ipv4(header->msg_iov[0].iov_base, size, envelope, offset, length);
}

static void address_ipv4(struct msghdr *header, int interface_index,
			 const struct socket_route *route)
{
	const struct in_pktinfo info = {.ipi_ifindex = interface_index,
					.ipi_spec_dst = route->source.v4};
	const int ttl = route->ttl;
	size_t used = put_control(header, 0, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));

	header->msg_controllen = put_control(header, used, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

/* IPv6 */

static bool set_up_ipv6(int fd)
{
	return set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) &&
	       set_option(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
}

static bool join_ipv6(int fd, int interface_index, const struct address *group)
{
	const struct ipv6_mreq request = {.ipv6mr_multiaddr = group->v6,
					  .ipv6mr_interface = (unsigned)interface_index};

	return set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface_index) &&
	       setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof(request)) == 0;
}

/* A hop limit that is not told is 0, which no advert may have. */
static bool open_ipv6(struct msghdr *header, size_t size, struct packet_envelope *envelope,
		      size_t *offset, size_t *length)
{
	struct in6_pktinfo info;
	int limit = 0;

	memset(envelope, 0, sizeof(*envelope));
	envelope->source = address_from_sockaddr(header->msg_name, NULL);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			envelope->destination.family = AF_INET6;
			envelope->destination.v6 = info.ipi6_addr;
		} else if (c->cmsg_type == IPV6_HOPLIMIT &&
			   c->cmsg_len >= CMSG_LEN(sizeof(limit))) {
			memcpy(&limit, CMSG_DATA(c), sizeof(limit));
		}
	}
	envelope->ttl = limit >= 0 && limit <= UINT8_MAX ? (uint8_t)limit : 0;
	*offset = 0;
	*length = size;
	return envelope->source.family == AF_INET6 && envelope->destination.family == AF_INET6;
}

static void address_ipv6(struct msghdr *header, int interface_index,
			 const struct socket_route *route)
{
	const struct in6_pktinfo info = {.ipi6_ifindex = (unsigned)interface_index,
					 .ipi6_addr = route->source.v6};
	const int limit = route->ttl;
	size_t used = put_control(header, 0, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));

	header->msg_controllen =
		put_control(header, used, IPPROTO_IPV6, IPV6_HOPLIMIT, &limit, sizeof(limit));
}

const struct socket_family *socket_family(uint16_t family)
{
	static const struct socket_family ipv4 = {set_up_ipv4, join_ipv4, open_ipv4, address_ipv4};
	static const struct socket_family ipv6 = {set_up_ipv6, join_ipv6, open_ipv6, address_ipv6};

	return family == AF_INET6 ? &ipv6 : &ipv4;
}

socklen_t socket_family_sockaddr(const struct address *address, int interface_index,
				 struct sockaddr_storage *storage)
{
	socklen_t size = address_to_sockaddr(address, 0, storage);

	if (address->family == AF_INET6)
		((struct sockaddr_in6 *)(void *)storage)->sin6_scope_id = (uint32_t)interface_index;
	return size;
}

bool socket_family_is_group(const struct address *address)
{
	return address->family == AF_INET6 ? address->bytes[0] == 0xff
					   : address->bytes[0] >> 4 == 14;
}
