#ifndef IPVS_STATUS_H
#define IPVS_STATUS_H

#include "core/base/address.h"
#include "core/process/status.h"

/* What the ipvs role writes into its status segment, which is also its journal. */

enum ipvs_table {
	STATUS_SERVICES, /* struct service_status */
	STATUS_SERVERS,	 /* struct server_status */
	STATUS_KERNEL,	 /* struct kernel_status, one record */
};
extern const struct status_layout ipvs_status_layout;

/* The one record of what the ipvs worker thinks of the kernel. */
struct kernel_status {
	struct status_record record;
	uint8_t available; /* 0: no IPVS in this kernel, or no permission */
	uint8_t pad[3];
	char text[STATUS_TEXT_SIZE]; /* why not available, or the last error */
	int64_t reconciled;	     /* µs wall clock of the last complete comparison; 0 = never */
	uint64_t reconciliations;
	uint64_t changes; /* commands sent to the kernel */
	uint64_t errors;
};

struct service_status {
	struct status_record record;
	char name[STATUS_NAME_SIZE]; /* "10.0.0.1:80/tcp", "fwmark 5" */
	uint16_t port;
	uint16_t protocol; /* IPPROTO_TCP, ... */
	uint32_t fwmark;
	struct address address;
	char scheduler[16];
	uint8_t fallback_active;
	uint8_t quorum_up;
	uint8_t in_kernel;  /* seen in the last dump or after a successful change */
	uint8_t family;	    /* AF_INET, AF_INET6; with a fwmark there is no address to tell it */
	uint32_t weight_up; /* sum of the weights of servers that are up */
	uint32_t quorum;
	int64_t since;	   /* µs wall clock, of the last quorum change */
	uint32_t draining; /* servers that are not configured any more, but have connections */
	uint32_t draining_connections; /* active ones of these */
};

enum server_state { SERVER_UNKNOWN, SERVER_UP, SERVER_DOWN };
const char *server_state_name(enum server_state state);

#define WEIGHT_ABSENT (-1) /* not in the kernel's table */

struct server_status {
	struct status_record record;
	uint32_t service; /* index of its service */
	struct address address;
	uint16_t port;
	uint8_t fallback; /* 0 = real server */
	uint8_t state;	  /* enum server_state */
	int32_t weight_configured;
	int32_t weight_desired;	     /* or WEIGHT_ABSENT */
	int32_t weight_kernel;	     /* or WEIGHT_ABSENT */
	uint32_t connections_active; /* from the last dump */
	uint32_t connections_inactive;
	int64_t since; /* µs wall clock, of the last change of state */
};

#endif
