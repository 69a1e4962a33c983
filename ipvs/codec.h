#ifndef IPVS_CODEC_H
#define IPVS_CODEC_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipvs/reconcile.h"
#include "ipvs/table.h"

/* IPVS's generic netlink messages (linux/ip_vs.h). `family` is the resolved family number. */
struct nl_msg;

/* codec.c: messages belong to the caller (nlmsg_free()); no memory is fatal(). */

/* A change; asks for an acknowledgement. */
struct nl_msg *codec_command(const struct command *command, int family, uint32_t sequence);
/* Requests for all services, or for all destinations of one. */
struct nl_msg *codec_dump_services(int family, uint32_t sequence);
struct nl_msg *codec_dump_destinations(const struct table_key *key, int family, uint32_t sequence);

/* One message of a dump. The service comes without destinations. False: not understood. */
bool codec_read_service(const struct nlmsghdr *header, struct table_service *service);
bool codec_read_destination(const struct nlmsghdr *header, uint16_t service_family,
			    struct destination *destination);

#endif
