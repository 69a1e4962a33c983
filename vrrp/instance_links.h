#ifndef VRRP_INSTANCE_LINKS_H
#define VRRP_INSTANCE_LINKS_H

#include "core/base/address.h"
#include "core/base/mono.h"
#include "vrrp/engine/engine.h"
#include "vrrp/net/interface.h"
#include "vrrp/wire/socket.h"

struct instance;

/* A way to the peers: the instance's interface, or one of heartbeat_interface. */
struct instance_link {
	struct instance *instance;
	struct interface *interface;
	uint32_t position; /* 0 = the instance's own, whose socket and source are the instance's */
	struct socket *socket;	 /* of a further one; NULL = none */
	struct address source;	 /* the same */
	struct address peer;	 /* on this link, of a router that is called */
	struct address known_as; /* so on the first one */
	uint8_t priority;	 /* of the last advert */
	bool silent;		 /* while another is not */
	bool told;		 /* by the log, that something is wrong with it */
	struct mono heard;	 /* the last advert; 0 = never */
};

struct instance_links {
	struct instance_link **list; /* their places are kept: sockets know them */
	size_t n;
	uint32_t first_record;
	/* The last advert that the engine was told of. */
	struct instance_link *told; /* NULL = none */
	struct address told_sender;
	uint8_t told_priority;
	struct mono told_at;
};

/* instance_links.c */

/* After `conf` has changed; the links' records are those from `first_record` on. */
void instance_links_configure(struct instance *instance, uint32_t first_record);
void instance_links_destroy(struct instance *instance);
/* An interface has changed (NULL: any may have): finds sockets and addresses anew. */
void instance_links_look(struct instance *instance, const struct interface *interface);
/* What its adverts are sent from. */
const struct address *instance_link_source(const struct instance_link *link);
/* Sends over all but the first one. */
void instance_links_send(struct instance *instance, const struct packet *packet);
/* Reads what lies in the receive queues of all of them. */
void instance_links_drain(struct instance *instance);
/* An advert was accepted; false: it is the copy of one that the engine knows.  Else *event says of
 * whom it is, and what its address is to be compared with. */
bool instance_link_heard(struct instance_link *link, struct engine_event *event);
/* Which of several links something is wrong with, one bit for each; logs what is new. */
uint32_t instance_links_check(struct instance *instance);
/* The same in words. */
void instance_links_text(const struct instance *instance, char *text, size_t size);

#endif
