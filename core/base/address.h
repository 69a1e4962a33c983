#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address; family 0 means "none".  Unused bytes are zero, so memcmp() compares. */
struct address {
	uint16_t family; /* AF_INET, AF_INET6 or 0 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16];
	};
};

#define ADDRESS_TEXT_SIZE  INET6_ADDRSTRLEN /* "ffff:...": 46 with the NUL */
#define ENDPOINT_TEXT_SIZE 64		    /* "[ADDRESS]:65535" */

/* All are used as `address_text(&address).text`, until the end of the statement. */
struct address_text {
	char text[ADDRESS_TEXT_SIZE];
};
struct endpoint_text {
	char text[ENDPOINT_TEXT_SIZE];
};
struct mac_text {
	char text[sizeof("00:00:5e:00:01:01")];
};

/* address.c */

/* Reads a numeric IPv4 or IPv6 address (no zone, no prefix). False: not one; *address is then none.
 */
bool address_parse(const char *text, struct address *address);
/* The usual text form; "" for none. */
struct address_text address_text(const struct address *address);
/* "10.0.0.3:80" or "[2001:db8::3]:80", the form log lines use for a service or server. */
struct endpoint_text endpoint_text(const struct address *address, uint16_t port);
/* Orders by family, then bytes in network order; 0 when equal. */
int address_compare(const struct address *a, const struct address *b);
bool address_is_none(const struct address *address);
/* fe80::/10; none of IPv4 counts as that. */
bool address_is_link_local(const struct address *address);
/* A hardware address: "00:00:5e:00:01:01". */
struct mac_text mac_text(const uint8_t mac[6]);
/* Length in bytes of the family's addresses: 4, 16, or 0. */
unsigned address_size(uint16_t family);
/* Fills *storage for connect() and bind(); returns its length. `port` in host order. */
socklen_t address_to_sockaddr(const struct address *address, uint16_t port,
			      struct sockaddr_storage *storage);
/* The reverse; *port in host order, may be NULL. None for other families. */
struct address address_from_sockaddr(const struct sockaddr *sa, uint16_t *port);

#endif
