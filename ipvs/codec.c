/*
 * IPVS's generic netlink messages: commands into attributes, dumps out of them.
 *
 * Pure translation without a socket; kernel.c sends and receives.  The attributes are those of
 * linux/ip_vs.h.  Addresses always travel in 16 bytes and ports in network order; the persistence
 * netmask is a mask in network order for IPv4 and a prefix length for IPv6.  What the kernel sends
 * is checked against a policy before it is read.
 */
#include "ipvs/codec.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <string.h>

#include "core/base/log.h"

/* The kernel's union nf_inet_addr. */
#define WIRE_ADDRESS_SIZE 16

static const uint8_t command_numbers[] = {
	[COMMAND_NEW_SERVICE] = IPVS_CMD_NEW_SERVICE,
	[COMMAND_SET_SERVICE] = IPVS_CMD_SET_SERVICE,
	[COMMAND_DEL_SERVICE] = IPVS_CMD_DEL_SERVICE,
	[COMMAND_NEW_DESTINATION] = IPVS_CMD_NEW_DEST,
	[COMMAND_SET_DESTINATION] = IPVS_CMD_SET_DEST,
	[COMMAND_DEL_DESTINATION] = IPVS_CMD_DEL_DEST,
};

static struct nla_policy top_policy[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_SERVICE] = {.type = NLA_NESTED},
	[IPVS_CMD_ATTR_DEST] = {.type = NLA_NESTED},
};

static struct nla_policy service_policy[IPVS_SVC_ATTR_MAX + 1] = {
	[IPVS_SVC_ATTR_AF] = {.type = NLA_U16},
	[IPVS_SVC_ATTR_PROTOCOL] = {.type = NLA_U16},
	[IPVS_SVC_ATTR_ADDR] = {.minlen = WIRE_ADDRESS_SIZE, .maxlen = WIRE_ADDRESS_SIZE},
	[IPVS_SVC_ATTR_PORT] = {.type = NLA_U16},
	[IPVS_SVC_ATTR_FWMARK] = {.type = NLA_U32},
	[IPVS_SVC_ATTR_SCHED_NAME] = {.type = NLA_STRING, .maxlen = IP_VS_SCHEDNAME_MAXLEN},
	[IPVS_SVC_ATTR_FLAGS] = {.minlen = sizeof(struct ip_vs_flags)},
	[IPVS_SVC_ATTR_TIMEOUT] = {.type = NLA_U32},
	[IPVS_SVC_ATTR_NETMASK] = {.type = NLA_U32},
};

static struct nla_policy destination_policy[IPVS_DEST_ATTR_MAX + 1] = {
	[IPVS_DEST_ATTR_ADDR] = {.minlen = WIRE_ADDRESS_SIZE, .maxlen = WIRE_ADDRESS_SIZE},
	[IPVS_DEST_ATTR_PORT] = {.type = NLA_U16},
	[IPVS_DEST_ATTR_FWD_METHOD] = {.type = NLA_U32},
	[IPVS_DEST_ATTR_WEIGHT] = {.type = NLA_U32},
	[IPVS_DEST_ATTR_U_THRESH] = {.type = NLA_U32},
	[IPVS_DEST_ATTR_L_THRESH] = {.type = NLA_U32},
	[IPVS_DEST_ATTR_ACTIVE_CONNS] = {.type = NLA_U32},
	[IPVS_DEST_ATTR_INACT_CONNS] = {.type = NLA_U32},
	[IPVS_DEST_ATTR_ADDR_FAMILY] = {.type = NLA_U16},
};

/* libnl's nla_put functions fail only where the message is full; its size is far above ours. */
static void must(int result)
{
	if (result < 0)
		fatal("netlink message: %s", nl_geterror(result));
}

static struct nl_msg *new_message(int family, uint32_t sequence, int flags, uint8_t command)
{
	struct nl_msg *message = nlmsg_alloc_size(512);

	if (!message || !genlmsg_put(message, NL_AUTO_PORT, sequence, family, 0,
				     NLM_F_REQUEST | flags, command, IPVS_GENL_VERSION))
		fatal("out of memory");
	return message;
}

static struct nlattr *nest(struct nl_msg *message, int type)
{
	struct nlattr *attribute = nla_nest_start(message, type);

	if (!attribute)
		fatal("netlink message: no room");
	return attribute;
}

static void put_address(struct nl_msg *message, int type, const struct address *address)
{
	uint8_t wire[WIRE_ADDRESS_SIZE] = {0};

	memcpy(wire, address->bytes, address_size(address->family));
	must(nla_put(message, type, sizeof(wire), wire));
}

static void put_key(struct nl_msg *message, const struct table_key *key)
{
	must(nla_put_u16(message, IPVS_SVC_ATTR_AF, key->family));
	if (key->fwmark != 0) {
		must(nla_put_u32(message, IPVS_SVC_ATTR_FWMARK, key->fwmark));
		return;
	}
	must(nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, key->protocol));
	put_address(message, IPVS_SVC_ATTR_ADDR, &key->address);
	must(nla_put_u16(message, IPVS_SVC_ATTR_PORT, htons(key->port)));
}

static void put_service(struct nl_msg *message, const struct command *command)
{
	const struct table_service *service = command->service;
	struct nlattr *attribute = nest(message, IPVS_CMD_ATTR_SERVICE);

	put_key(message, &service->key);
	if (command->kind == COMMAND_NEW_SERVICE || command->kind == COMMAND_SET_SERVICE) {
		struct ip_vs_flags flags = {.flags = service->flags, .mask = UINT32_MAX};

		must(nla_put_string(message, IPVS_SVC_ATTR_SCHED_NAME, service->scheduler));
		must(nla_put(message, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags));
		must(nla_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, service->timeout));
		must(nla_put_u32(message, IPVS_SVC_ATTR_NETMASK, service->netmask));
	}
	nla_nest_end(message, attribute);
}

static void put_destination(struct nl_msg *message, const struct command *command)
{
	const struct destination *destination = &command->destination;
	struct nlattr *attribute = nest(message, IPVS_CMD_ATTR_DEST);

	must(nla_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY, destination->address.family));
	put_address(message, IPVS_DEST_ATTR_ADDR, &destination->address);
	must(nla_put_u16(message, IPVS_DEST_ATTR_PORT, htons(destination->port)));
	if (command->kind != COMMAND_DEL_DESTINATION) {
		must(nla_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, destination->method));
		must(nla_put_u32(message, IPVS_DEST_ATTR_WEIGHT, (uint32_t)destination->weight));
		must(nla_put_u32(message, IPVS_DEST_ATTR_U_THRESH, destination->upper_threshold));
		must(nla_put_u32(message, IPVS_DEST_ATTR_L_THRESH, destination->lower_threshold));
	}
	nla_nest_end(message, attribute);
}

struct nl_msg *codec_command(const struct command *command, int family, uint32_t sequence)
{
	struct nl_msg *message =
		new_message(family, sequence, NLM_F_ACK, command_numbers[command->kind]);

	put_service(message, command);
	switch (command->kind) {
	case COMMAND_NEW_SERVICE:
	case COMMAND_SET_SERVICE:
	case COMMAND_DEL_SERVICE:
		break;
	case COMMAND_NEW_DESTINATION:
	case COMMAND_SET_DESTINATION:
	case COMMAND_DEL_DESTINATION:
		put_destination(message, command);
		break;
	}
	return message;
}

struct nl_msg *codec_dump_services(int family, uint32_t sequence)
{
	return new_message(family, sequence, NLM_F_DUMP, IPVS_CMD_GET_SERVICE);
}

struct nl_msg *codec_dump_destinations(const struct table_key *key, int family, uint32_t sequence)
{
	struct nl_msg *message = new_message(family, sequence, NLM_F_DUMP, IPVS_CMD_GET_DEST);
	struct nlattr *attribute = nest(message, IPVS_CMD_ATTR_SERVICE);

	put_key(message, key);
	nla_nest_end(message, attribute);
	return message;
}

/* False: a family we do not know. */
static bool get_address(const struct nlattr *attribute, uint16_t family, struct address *address)
{
	*address = (struct address){.family = family};
	if (address_size(family) == 0)
		return false;
	memcpy(address->bytes, nla_data(attribute), address_size(family));
	return true;
}

static uint32_t get_u32(struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : 0;
}

/* Parses the one nested attribute of a message; false unless it is there and well formed. */
static bool parse_nested(const struct nlmsghdr *header, int type, struct nlattr **attributes,
			 int max, struct nla_policy *policy)
{
	struct nlattr *top[IPVS_CMD_ATTR_MAX + 1];
	struct nlmsghdr *message;

	/* libnl reads only, but its parameter is not const. */
	memcpy(&message, &header, sizeof(message));
	return genlmsg_valid_hdr(message, 0) &&
	       genlmsg_parse(message, 0, top, IPVS_CMD_ATTR_MAX, top_policy) == 0 && top[type] &&
	       nla_parse_nested(attributes, max, top[type], policy) == 0;
}

static bool read_key(struct nlattr **attributes, struct table_key *key)
{
	*key = (struct table_key){0};
	if (!attributes[IPVS_SVC_ATTR_AF])
		return false;
	key->family = nla_get_u16(attributes[IPVS_SVC_ATTR_AF]);
	key->fwmark = get_u32(attributes[IPVS_SVC_ATTR_FWMARK]);
	if (key->fwmark != 0)
		return true;
	if (!attributes[IPVS_SVC_ATTR_PROTOCOL] || !attributes[IPVS_SVC_ATTR_ADDR] ||
	    !attributes[IPVS_SVC_ATTR_PORT])
		return false;
	key->protocol = nla_get_u16(attributes[IPVS_SVC_ATTR_PROTOCOL]);
	key->port = ntohs(nla_get_u16(attributes[IPVS_SVC_ATTR_PORT]));
	return get_address(attributes[IPVS_SVC_ATTR_ADDR], key->family, &key->address);
}

bool codec_read_service(const struct nlmsghdr *header, struct table_service *service)
{
	struct nlattr *attributes[IPVS_SVC_ATTR_MAX + 1];
	struct ip_vs_flags flags;

	*service = (struct table_service){0};
	if (!parse_nested(header, IPVS_CMD_ATTR_SERVICE, attributes, IPVS_SVC_ATTR_MAX,
			  service_policy) ||
	    !read_key(attributes, &service->key) || !attributes[IPVS_SVC_ATTR_SCHED_NAME] ||
	    !attributes[IPVS_SVC_ATTR_FLAGS])
		return false;
	nla_strlcpy(service->scheduler, attributes[IPVS_SVC_ATTR_SCHED_NAME],
		    sizeof(service->scheduler));
	memcpy(&flags, nla_data(attributes[IPVS_SVC_ATTR_FLAGS]), sizeof(flags));
	service->flags = flags.flags & ~(uint32_t)IP_VS_SVC_F_HASHED;
	service->timeout = get_u32(attributes[IPVS_SVC_ATTR_TIMEOUT]);
	service->netmask = get_u32(attributes[IPVS_SVC_ATTR_NETMASK]);
	return true;
}

bool codec_read_destination(const struct nlmsghdr *header, uint16_t service_family,
			    struct destination *destination)
{
	struct nlattr *attributes[IPVS_DEST_ATTR_MAX + 1];
	uint16_t family = service_family;

	*destination = (struct destination){0};
	if (!parse_nested(header, IPVS_CMD_ATTR_DEST, attributes, IPVS_DEST_ATTR_MAX,
			  destination_policy) ||
	    !attributes[IPVS_DEST_ATTR_ADDR] || !attributes[IPVS_DEST_ATTR_PORT])
		return false;
	if (attributes[IPVS_DEST_ATTR_ADDR_FAMILY])
		family = nla_get_u16(attributes[IPVS_DEST_ATTR_ADDR_FAMILY]);
	destination->port = ntohs(nla_get_u16(attributes[IPVS_DEST_ATTR_PORT]));
	destination->method =
		(uint8_t)(get_u32(attributes[IPVS_DEST_ATTR_FWD_METHOD]) & IP_VS_CONN_F_FWD_MASK);
	destination->weight = (int32_t)get_u32(attributes[IPVS_DEST_ATTR_WEIGHT]);
	destination->upper_threshold = get_u32(attributes[IPVS_DEST_ATTR_U_THRESH]);
	destination->lower_threshold = get_u32(attributes[IPVS_DEST_ATTR_L_THRESH]);
	destination->active = get_u32(attributes[IPVS_DEST_ATTR_ACTIVE_CONNS]);
	destination->inactive = get_u32(attributes[IPVS_DEST_ATTR_INACT_CONNS]);
	return get_address(attributes[IPVS_DEST_ATTR_ADDR], family, &destination->address);
}
