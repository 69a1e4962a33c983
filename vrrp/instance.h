#ifndef VRRP_INSTANCE_H
#define VRRP_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/model.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/message.h"
#include "core/status.h"
#include "vrrp/addresses.h"
#include "vrrp/announce.h"
#include "vrrp/engine.h"
#include "vrrp/interface.h"
#include "vrrp/packet.h"
#include "vrrp/rivals.h"
#include "vrrp/socket.h"

struct instance;

/* What all instances of the role share, and whom they tell. */
struct instance_shared {
	struct loop *loop;
	struct sockets *sockets;
	struct interfaces *interfaces;
	struct addresses *addresses;
	struct announcer *announcer;
	struct rivals *rivals;
	struct status *status; /* where address records are; set before instances are configured */
	void (*notify)(struct instance *instance, enum notify_kind kind, void *data);
	void (*done)(struct instance *instance, enum engine_outcome outcome, void *data);
	void (*stopped)(struct instance *instance, void *data);
	void *data;
};

/* What goes into adverts and is expected of others', derived from the configuration. */
struct instance_advert {
	uint8_t *list; /* addresses in network order */
	uint8_t count;
	uint64_t digest;
	struct packet_expected expected;
	bool heard_plain; /* the last IPv4 v3 advert left the pseudo-header out of its checksum */
};

/* What the last report to the status memory was about; texts are made anew when it differs. */
struct instance_reported {
	uint32_t reasons;
	uint32_t unheard;
	uint8_t peer_priority;
	uint8_t priority;
	struct address peer;
};

/* Which kinds of lines are limited separately: refusals by packet_refusal, and these. */
enum instance_line {
	LINE_OWN_ADDRESS = PACKET_REFUSALS,
	LINE_ADDRESS_LIST,
	LINE_INTERVAL,
	LINE_FIRST_ADDRESS,
	LINE_UNKNOWN_PEER,
	LINE_SEND_ERROR,
	LINE_STOLEN,
	LINE_REFUSED,
	LINE_SOCKET,
	LINE_RIVAL,
};
#define INSTANCE_LINES (LINE_RIVAL + 1)

/* Who else claims its addresses; the details are with each address. */
struct instance_rivals {
	struct timer timer; /* set while anybody does */
	uint32_t told;	    /* so many addresses have a rival that status and log tell */
	struct mono answer_due;
	int64_t answer_wait; /* µs to the next one after that */
	char text[STATUS_TEXT_SIZE];
};

/* A unicast peer. */
struct instance_peer {
	struct address address;
	uint8_t priority;  /* of its last advert */
	struct mono heard; /* its last advert; 0 = never */
};

struct instance_peers {
	struct instance_peer *list; /* as the configuration has them */
	size_t n;
	uint32_t first_record;
	bool told; /* that somebody was never heard */
};

/* Where its parts have their records in the status memory. */
struct instance_places {
	uint32_t instance;
	uint32_t first_address;
	uint32_t first_peer;
};

/* A virtual router at run time: its engine and the engine's hands. */
struct instance {
	struct instance_shared *shared;
	const struct instance_conf *conf; /* of the configuration in force */
	uint32_t index;			  /* in that configuration */
	struct interface *interface;
	struct socket *socket; /* NULL while there is nowhere to hear adverts */
	struct engine engine;
	struct timer timer;
	struct timer announce_timer;
	uint32_t announce_rounds; /* of the burst that timer is for */
	struct virtual_address **addresses;
	size_t n_addresses;
	struct instance_advert advert;
	enum instance_reason_kind fault; /* while not able: which */
	char fault_text[STATUS_TEXT_SIZE];
	char address_text[STATUS_TEXT_SIZE]; /* the last address that was refused, or empty */
	struct instance_status *status;
	struct instance_reported reported;
	struct instance_peers peers;
	struct instance_rivals rivals;
	struct log_limit limits[INSTANCE_LINES];
	uint64_t request; /* the operator's request that waits for ACTION_DONE; 0 = none */
	bool started;
	bool seen; /* by the reload that runs */
};

/* instance.c */
struct instance *instance_create(struct instance_shared *shared, struct interface *interface);
/* Closes everything; addresses are not touched. */
void instance_destroy(struct instance *instance);
/* Puts a configuration in force: `conf` stays valid until the next; the addresses are claimed. */
void instance_configure(struct instance *instance, const struct instance_conf *conf,
			const struct instance_places *places);
/* `journal` is a predecessor's record, or NULL for a fresh start. */
void instance_start(struct instance *instance, const struct engine_journal *journal);
/* Looks at the interface anew. */
void instance_look(struct instance *instance);
void instance_command(struct instance *instance, enum engine_event_kind kind);
/* Tells the engine, and does what it answers. */
void instance_handle(struct instance *instance, const struct engine_event *event);
/* Its adverts go to peers by name, not to a group. */
bool instance_is_unicast(const struct instance *instance);
/* It is not configured any more: resigns and releases at once. */
void instance_remove(struct instance *instance);
/* For the sockets and the address table. */
void instance_send_failed(struct instance *instance, int error);
void instance_address_news(struct instance *instance, struct virtual_address *address,
			   enum address_news news, int error);
void instance_count(struct instance *instance, enum instance_counter counter);

/* instance_receive.c: an advert that was heard for its VRID. */
void instance_receive(struct instance *instance, const struct packet_envelope *envelope,
		      const uint8_t *payload, size_t size);

/* instance_peers.c */

/* After `conf` has changed; its peers' records are those from `first_record` on. */
void instance_peers_configure(struct instance *instance, uint32_t first_record);
void instance_peers_destroy(struct instance *instance);
/* NULL: no such unicast peer. */
struct instance_peer *instance_peers_find(const struct instance *instance,
					  const struct address *address);
/* An advert of whom that is was accepted. */
void instance_peers_heard(struct instance *instance, const struct address *address,
			  uint8_t priority);
/* So many were never heard, although we have been Active for a while; of multicast at most 1. */
uint32_t instance_peers_unheard(const struct instance *instance);
/* Which ones, in words. */
void instance_peers_text(const struct instance *instance, char *text, size_t size);

/* instance_rivals.c */

/* Somebody else claims this address of the instance. */
void instance_rival_heard(struct instance *instance, struct virtual_address *address,
			  const uint8_t mac[6]);
/* It is not Active any more: others may be. */
void instance_rivals_forget(struct instance *instance);

/* report.c: what status and log say about it. */

/* Like snprintf(); a text that is too long is cut, which is better than none. */
void report_text(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Writes the instance's record. */
void report_publish(struct instance *instance);
void report_address(struct instance *instance, const struct virtual_address *address);
/* Logs a change of the public state, and why. `event` is what caused it; NULL = adoption. */
void report_transition(const struct instance *instance, const struct engine *before,
		       const struct engine_event *event);
/* True when a line of that kind may be logged now; *dropped as log_limit_pass() has it. */
bool report_allows(struct instance *instance, unsigned line, unsigned *dropped);

#endif
