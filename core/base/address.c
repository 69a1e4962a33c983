/*
 * IPv4 and IPv6 addresses as one small value: parsed from configurations, compared, sorted and put
 * into socket addresses everywhere.  An address is always built from a zeroed struct, so that the
 * bytes its family does not use are zero and two equal addresses are equal bytes.
 */
#include "core/base/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"

bool address_parse(const char *text, struct address *address)
{
	struct address parsed = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	bool valid = inet_pton(parsed.family, text, parsed.bytes) == 1;

	*address = valid ? parsed : (struct address){0};
	return valid;
}

struct address_text address_text(const struct address *address)
{
	struct address_text text = {""};

	if (!address_is_none(address) &&
	    !inet_ntop(address->family, address->bytes, text.text, sizeof(text.text)))
		fatal("an address of family %u cannot be written", (unsigned)address->family);
	return text;
}

struct endpoint_text endpoint_text(const struct address *address, uint16_t port)
{
	struct endpoint_text text = {0};

	if (!text_print(text.text, sizeof(text.text),
			address->family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			address_text(address).text, (unsigned)port))
		fatal("an endpoint is longer than its text form may be");
	return text;
}

int address_compare(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, address_size(a->family));
}

bool address_is_none(const struct address *address)
{
	return address_size(address->family) == 0;
}

unsigned address_size(uint16_t family)
{
	return family == AF_INET    ? sizeof(struct in_addr)
	       : family == AF_INET6 ? sizeof(struct in6_addr)
				    : 0;
}

bool address_is_link_local(const struct address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

struct mac_text mac_text(const uint8_t mac[6])
{
	struct mac_text result = {""};

	text_print(result.text, sizeof(result.text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		   mac[1], mac[2], mac[3], mac[4], mac[5]);
	return result;
}

socklen_t address_to_sockaddr(const struct address *address, uint16_t port,
			      struct sockaddr_storage *storage)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(storage, 0, sizeof(*storage));
	switch (address->family) {
	case AF_INET:
		v4.sin_addr = address->v4;
		memcpy(storage, &v4, sizeof(v4));
		return sizeof(v4);
	case AF_INET6:
		v6.sin6_addr = address->v6;
		memcpy(storage, &v6, sizeof(v6));
		return sizeof(v6);
	default:
		fatal("a socket address is wanted for family %u", (unsigned)address->family);
	}
}

struct address address_from_sockaddr(const struct sockaddr *sa, uint16_t *port)
{
	struct address address;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint16_t number = 0;

	memset(&address, 0, sizeof(address));
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&v4, sa, sizeof(v4)); /* `sa` need not be aligned for its family */
		address.family = AF_INET;
		address.v4 = v4.sin_addr;
		number = ntohs(v4.sin_port);
		break;
	case AF_INET6:
		memcpy(&v6, sa, sizeof(v6));
		address.family = AF_INET6;
		address.v6 = v6.sin6_addr;
		number = ntohs(v6.sin6_port);
		break;
	default:
		break;
	}
	if (port)
		*port = number;
	return address;
}
