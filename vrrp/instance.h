#ifndef VRRP_INSTANCE_H
#define VRRP_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/table/conf.h"
#include "core/base/log.h"
#include "core/base/loop.h"
#include "core/process/message.h"
#include "vrrp/conflict.h"
#include "vrrp/engine/engine.h"
#include "vrrp/net/addresses.h"
#include "vrrp/net/interface.h"
#include "vrrp/net/vmac.h"
#include "vrrp/vrrp_status.h"
#include "vrrp/wire/announce.h"
#include "vrrp/wire/hmac.h"
#include "vrrp/wire/packet.h"
#include "vrrp/wire/replay.h"
#include "vrrp/wire/socket.h"

struct instance;
struct unit;
struct unit_past;

/* What all instances of the role share, and whom they tell. */
struct instance_shared {
	struct loop *loop;
	struct sockets *sockets;
	struct interfaces *interfaces;
	struct addresses *addresses;
	struct announcer *announcer;
	struct conflicts *conflicts;
	struct vmacs *vmacs;
	bool leaves;	       /* the role stops, and what it has made stays */
	struct status *status; /* where address records are; set before instances are configured */
	void (*notify)(struct instance *instance, void *data);
	void (*notify_group)(struct unit *unit, void *data);
	void (*done)(struct unit *unit, enum engine_outcome outcome, void *data);
	void (*stopped)(struct unit *unit, void *data);
	/* Has the unit's fence_script run; false: main does not take it now. */
	bool (*fence)(struct unit *unit, uint64_t request, void *data);
	uint64_t last_fence; /* number of the last such request */
	void *data;
};

/* What goes into adverts and is expected of others', derived from the configuration. */
struct instance_advert {
	uint8_t *list; /* addresses in network order */
	uint8_t count;
	uint64_t digest;
	struct packet_expected expected;
	uint64_t compared;		   /* digest of the list that `disjoint` is about */
	bool disjoint;			   /* it and ours have nothing in common */
	enum checksum_form heard_checksum; /* of the last advert over IPv4 of version 3 */
};

/* auth_hmac. */
struct instance_hmac {
	struct hmac_ring *ring; /* NULL: not configured */
	struct replay replay;
	int64_t ahead; /* µs that the clock of the last one signed rightly is ahead of ours */
};

/* What the last report to the status memory was about; texts are made anew when it differs. */
struct instance_reported {
	uint32_t reasons;
	uint32_t unheard;
	uint32_t links;
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
	LINE_UNSIGNED,
	LINE_OWNER,
	LINE_WRONG_VRID,
	LINE_SEND_ERROR,
	LINE_STOLEN,
	LINE_LAPSED,
	LINE_REFUSED,
	LINE_SOCKET,
	LINE_CONFLICT,
	LINE_PROBE,
};
#define INSTANCE_LINES (LINE_PROBE + 1)

#define INSTANCE_PROBES 4

/* Its first addresses, while others are asked for them (address_probe.c). */
struct instance_probes {
	struct address_probe list[INSTANCE_PROBES];
	size_t n;
};

/* Who else claims its addresses; the details are with each address. */
struct instance_conflicts {
	struct timer timer; /* set while anybody does */
	uint32_t told;	    /* so many addresses are claimed by others that status and log tell */
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

/* Where its parts have their records in the status memory. */
struct instance_places {
	uint32_t instance;
	uint32_t first_address;
	uint32_t first_peer;
	uint32_t first_link;
};

/* A virtual router at run time: a member of a unit, which elects, and that member's hands. */
struct instance {
	struct instance_shared *shared;
	const struct instance_conf *conf; /* of the configuration in force */
	uint32_t index;			  /* in that configuration */
	struct interface *interface;
	struct socket *socket; /* NULL while there is nowhere to hear adverts */
	struct vmac *vmac;     /* NULL = it uses the interface's own hardware address */
	struct socket *vmac_socket;
	struct unit *unit;
	struct engine_member member; /* its `unit` is the engine of `unit` */
	struct timer timer;	     /* the member's */
	struct timer announce_timer;
	struct timer restore_timer;
	uint32_t announce_rounds; /* of the burst that timer is for */
	struct virtual_address **addresses;
	size_t n_addresses;
	struct instance_advert advert;
	struct instance_hmac hmac;
	enum instance_reason_kind fault; /* while not able: which */
	char fault_text[STATUS_TEXT_SIZE];
	char address_text[STATUS_TEXT_SIZE]; /* the last address that was refused, or empty */
	struct instance_status *status;
	struct instance_reported reported;
	struct instance_peers peers;
	struct instance_links links;
	struct instance_conflicts conflicts;
	struct instance_probes probes;
	struct log_limit limits[INSTANCE_LINES];
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
/* Addresses on that interface are announced again, if it is their owner. */
void instance_link_returned(struct instance *instance, const struct interface *interface);
/* Looks at the interface anew. */
void instance_look(struct instance *instance);
/* What the checksums of its adverts cover: as configured, else as last heard. */
enum checksum_form instance_checksum(const struct instance *instance);
/* Its adverts go to peers by name, not to a group. */
bool instance_is_unicast(const struct instance *instance);
/* It is not configured any more: resigns and releases at once. */
void instance_remove(struct instance *instance);
/* For the sockets and the address table. */
void instance_send_failed(struct instance_link *link, int error);
void instance_address_event(struct instance *instance, struct virtual_address *address,
			    enum address_event event, int error);
void instance_count(struct instance *instance, enum instance_counter counter);
/* Makes, signs and queues one advert. */
void instance_send(struct instance_link *link, struct socket *socket, const struct packet *packet,
		   const struct socket_route *route);
/* For unit.c, which has all members do the first before any does the next. */

/* The adverts among the actions. */
void instance_speak(struct instance *instance, uint32_t actions);
void instance_set_timer(struct instance *instance);
/* Addresses and announcements. */
void instance_act(struct instance *instance, uint32_t actions);
/* Its unit's public state is another one now. */
void instance_notify(struct instance *instance, enum engine_state before);
/* It goes on where a predecessor was. */
void instance_taken_up(struct instance *instance);

/* instance_receive.c */

/* An advert that lists an address of the instance, but has another VRID. */
void instance_wrong_vrid(struct instance *instance, const struct address *address,
			 const struct address *source, uint8_t vrid);
/* An advert that was heard on a link for its VRID. */
void instance_receive(struct instance_link *link, const struct packet_envelope *envelope,
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

/* instance_vmac.c; without use_vmac nothing happens */

/* As the configuration in force has it. */
void instance_vmac_configure(struct instance *instance);
/* Its interface, or the one below, is not what it was. */
void instance_vmac_follow(struct instance *instance);
/* The instance is Active, or about to be; it is not any more. */
void instance_vmac_raise(struct instance *instance);
void instance_vmac_lower(struct instance *instance);
/*
 * The kernel makes IPv6 addresses usable by a worker of its own, which waits for the same lock as
 * whoever sets links up and down; until then packets for them are dropped. Waits for that, a few
 * milliseconds at most, before switches send the packets here.
 */
void instance_vmac_await(const struct instance *instance);
/* It listens: lowers one that has lost its addresses, on which nobody is heard. */
void instance_vmac_lower_unused(struct instance *instance);
/* The socket that adverts go out by; NULL while there is none. */
struct socket *instance_outlet(const struct instance *instance);
/* `remove`: the interface goes, too. */
void instance_vmac_end(struct instance *instance, bool remove);

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

/* instance_conflict.c */

/* Somebody else claims this address of the instance. */
void instance_conflict_heard(struct instance *instance, struct virtual_address *address,
			     const uint8_t mac[6]);
/* It is not Active any more: others may be. */
void instance_conflicts_forget(struct instance *instance);

/* instance_hmac.c */
void instance_hmac_configure(struct instance *instance);
/* Appends a trailer, where adverts are signed, to one of `size` bytes; returns the new size. */
size_t instance_hmac_sign(struct instance *instance, const struct socket_route *route,
			  uint8_t *advert, size_t size);
/* PACKET_ACCEPTED, or PACKET_HMAC_MISSING and those after it. */
enum packet_refusal instance_hmac_check(struct instance *instance,
					const struct packet_envelope *envelope,
					const uint8_t *payload, size_t size, bool has_trailer);
/* Like packet_explain(), for the last refusal that instance_hmac_check() has given. */
const char *instance_hmac_explain(const struct instance *instance, enum packet_refusal refusal,
				  const uint8_t *payload, size_t size, char *text,
				  size_t text_size);

/* report.c: what status and log say about it. */

/* Like snprintf(); a text that is too long is cut, which is better than none. */
void report_text(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Writes the instance's record. */
void report_publish(struct instance *instance);
void report_address(struct instance *instance, const struct virtual_address *address);
/* Logs a change of the public state, and why. `event` is what caused it. */
void report_transition(const struct instance *instance, const struct unit_past *past,
		       const struct engine_event *event);
/* Tells status and log that an advert was refused, and what is wrong with it. */
void report_refused(struct instance *instance, const struct address *source, const char *text,
		    unsigned dropped);
/* True when a line of that kind may be logged now; *dropped as log_limit_pass() has it. */
bool report_allows(struct instance *instance, unsigned line, unsigned *dropped);

#endif
