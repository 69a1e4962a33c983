#ifndef CONF_MODEL_H
#define CONF_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/text/place.h"
#include "core/base/address.h"

/*
 * The configuration as plain data: what the file says, with every default, inheritance and unit
 * resolved.  Everything hangs in one arena and is freed at once; nothing here changes after
 * conf_load().  Times are µs unless the name says otherwise.  Strings are UTF-8 or bytes as
 * written; NULL = not given.
 */
struct arena;
struct unsupported; /* statements beyond these structs; unsupported.h. NULL = none */

/* How much a tracked thing changes a priority or a weight. */
enum weight_sense { WEIGHT_UNSAID, WEIGHT_REVERSE, WEIGHT_NOREVERSE };
struct weight_conf {
	int32_t weight;
	uint32_t sense; /* enum weight_sense */
};

struct script_conf {
	const char *command;	 /* as written */
	const char *const *argv; /* split, NULL-terminated */
	const char *user;	 /* script_user's where not given; NULL = the daemon's default */
	const char *group;
	bool guarded; /* enable_script_security: as root only if nobody else can change it */
	struct place place;
};

/* Names in the file's order. */
struct name_list {
	const char *const *names;
	size_t count;
};

struct garp_conf {	 /* announcements: gratuitous ARP and unsolicited NA */
	int64_t delay;	 /* second burst after becoming Active; 0 = none */
	int64_t refresh; /* 0 = never */
	uint32_t repeat; /* rounds of a burst */
	uint32_t refresh_repeat;
	int64_t lower_delay;   /* second burst after an advert of lower priority; 0 = none */
	uint32_t lower_repeat; /* rounds of such a burst; 0 = none */
};

struct global_conf {
	const char *router_id;
	uint8_t vrrp_version;	/* default for IPv4 instances */
	uint32_t check_workers; /* 0 = one per CPU */
	bool enable_script_security;
	bool lenient; /* unknown keywords are warned about and skipped */
	const char *script_user;
	const char *script_group;
	uint32_t address_lease; /* seconds; 0 = none. Default for instances */
	struct garp_conf garp;
	int64_t garp_interval;	  /* between announcements on an interface; 0 = none */
	int64_t gna_interval;	  /* the same for IPv6 */
	int64_t startup_delay;	  /* no election before so long after start; 0 = none */
	int64_t delay_after_boot; /* nor so long after boot */
	bool log_unknown_vrids;
	const struct unsupported *unsupported;
};

/* Interfaces that share a pace of announcements. */
struct garp_group_conf {
	int64_t garp_interval; /* between two of them, on whatever of the interfaces; 0 = none */
	int64_t gna_interval;  /* the same for IPv6 */
	const char *interface; /* one of them; NULL = only those of the list */
	struct name_list interfaces;
	struct place place;
};

/* interface_up_down_delays: how long an interface has to be down or up before it counts as that. */
struct interface_delay_conf {
	const char *interface;
	int64_t down; /* 0 = at once */
	int64_t up;
	struct place place;
};

enum auth_type { AUTH_NONE, AUTH_PASS, AUTH_AH /* while it is read */ };

enum hmac_mode {
	HMAC_ENFORCE,	   /* adverts without a right trailer are refused */
	HMAC_PERMISSIVE,   /* those without any trailer are accepted */
	HMAC_RECEIVE_ONLY, /* the same, and our own have none */
};
const char *hmac_mode_name(enum hmac_mode mode); /* "enforce" ... */

#define HMAC_KEY_MIN 32 /* bytes */
#define HMAC_KEY_MAX 64

/* Identity: the number. */
struct hmac_key_conf {
	uint8_t id;
	uint8_t size;
	uint8_t bytes[HMAC_KEY_MAX];
	struct place place;
};

/* auth_hmac: adverts signed with HMAC-SHA256. */
struct hmac_conf {
	struct hmac_key_conf *keys; /* the file's order */
	size_t n_keys;		    /* 0 = adverts are not signed */
	uint8_t active_key;	    /* the number of the one to sign with */
	uint8_t mode;		    /* enum hmac_mode */
	bool monotonic;		    /* anti_replay: no look at the clock */
	uint32_t time_window;	    /* seconds that clocks may differ */
};

struct address_conf {
	struct address address;
	uint8_t prefix;
	uint8_t scope;	       /* RT_SCOPE_* */
	const char *interface; /* resolved: the instance's where not given */
	const char *label;
	struct address broadcast; /* none, or computed for "+" and "-" */
	uint32_t preferred_lft;	  /* seconds; 0 = never a source, ADDRESS_FOREVER */
	struct place place;
	const struct unsupported *unsupported;
};
#define ADDRESS_FOREVER UINT32_MAX

/* Somebody to whom adverts go by unicast. Identity: the address. */
struct peer_conf {
	struct address address;
	uint8_t min_ttl; /* of its adverts; 0-255 = any */
	uint8_t max_ttl;
	struct place place;
};

/* old_unicast_checksum: a mistake of keepalived up to 1.3.6. */
enum old_checksum {
	OLD_CHECKSUM_AUTO,   /* accepted, and answered in the same form */
	OLD_CHECKSUM_ALWAYS, /* also sent */
	OLD_CHECKSUM_NEVER,
};

/* How adverts travel. */
struct transport_conf {
	struct address source;		/* mcast_src_ip; none = the interface's first */
	struct address group;		/* where adverts go; none = to the peers, by unicast */
	struct name_list heartbeats;	/* heartbeat_interface: further links */
	struct address heartbeat_group; /* where adverts go there */
	struct peer_conf *peers;
	size_t n_peers;
	uint8_t unicast_ttl;
	bool check_unicast_src; /* peers are the only ones believed */
	bool fault_no_peer;	/* unicast_fault_no_peer: unicast even without a peer */
	bool native_ipv6;
	uint8_t old_checksum; /* enum old_checksum */
};

/* What others' adverts have to be beyond what all standards demand. */
struct checks_conf {
	bool skip_check_adv_addr;  /* the addresses of who was heard last are not looked at */
	bool owner_ignore_adverts; /* by the owner of the addresses (priority 255) */
};

#define GROUP_NONE UINT32_MAX

/* The virtual router's own interface and hardware address. */
struct vmac_conf {
	const char *words; /* of use_vmac, as given; NULL = none is used */
	const char *name;  /* of the interface; NULL = none is used */
	uint8_t mac[6];	   /* all zero: that of RFC 9568 7.3 */
	bool xmit_base;	   /* adverts go out by the interface below */
};

/* Identity: interface, family, vrid. */
struct instance_conf {
	const char *name;
	const char *interface;
	uint16_t family;
	uint8_t vrid;
	uint8_t version;
	uint8_t priority;   /* 255 = address owner */
	bool starts_active; /* state MASTER: only a wish, see vrrp/ */
	bool nopreempt;
	enum auth_type auth_type;
	uint8_t auth_pass[8]; /* zero-padded */
	struct hmac_conf hmac;
	int64_t advert_interval;
	int64_t preempt_delay;
	struct garp_conf garp;
	bool flap_damping;	   /* more of them where some are lost */
	uint8_t down_adverts;	   /* so many missing ones end the Active router's time */
	bool lower_prio_no_advert; /* leaves adverts of lower priority unanswered */
	bool checksum_plain;	   /* v3_checksum_as_v2 */
	bool strict;		   /* strict_mode: its rules are applied already */
	struct transport_conf transport;
	struct vmac_conf vmac;
	struct checks_conf checks;
	bool no_virtual_ipaddress;
	uint32_t address_lease;		/* seconds that the kernel keeps addresses; 0 = for ever */
	struct address_conf *addresses; /* those that adverts list, then the others */
	size_t n_addresses;		/* of both */
	size_t n_advertised;
	const struct script_conf *notify_active; /* notify_master; NULL = none */
	const struct script_conf *notify_backup;
	const struct script_conf *notify_fault;
	const struct script_conf *notify_stop;
	const struct script_conf *notify;	/* gets INSTANCE NAME STATE PRIORITY */
	uint32_t group;				/* its sync group, in conf.groups; GROUP_NONE */
	const struct script_conf *fence_script; /* before a dead router's role is taken */
	int64_t fence_timeout;
	int64_t probe_wait; /* µs for which its addresses are asked for before that; 0 = not */
	struct place place;
	const struct unsupported *unsupported;
};

/* Instances that are elected together. Identity: the name. */
struct group_conf {
	const char *name;
	const uint32_t *members; /* in conf.instances, in the file's order; at least one */
	size_t n_members;
	const struct script_conf *notify_active; /* notify_master; NULL = none */
	const struct script_conf *notify_backup;
	const struct script_conf *notify_fault;
	const struct script_conf *notify_stop;
	const struct script_conf *notify;	/* gets GROUP NAME STATE 0 */
	const struct script_conf *fence_script; /* before a dead router's role is taken */
	int64_t fence_timeout;
	struct place place;
	const struct unsupported *unsupported;
};

enum lvs_method { LVS_NAT, LVS_DR, LVS_TUN };
enum tunnel_kind { TUNNEL_IPIP, TUNNEL_GUE, TUNNEL_GRE };
enum tunnel_checksum { TUNNEL_DEFAULT_SUM, TUNNEL_NO_SUM, TUNNEL_SUM, TUNNEL_REMOTE_SUM };

/* How packets get to a server. */
struct forward_conf {
	uint8_t method;	  /* enum lvs_method */
	uint8_t tunnel;	  /* enum tunnel_kind, with LVS_TUN */
	uint8_t checksum; /* enum tunnel_checksum */
	uint16_t port;	  /* of TUNNEL_GUE */
};

enum on_failure { ON_FAILURE_QUIESCE, ON_FAILURE_REMOVE, ON_FAILURE_EXPIRE };

enum check_kind { CHECK_TCP, CHECK_HTTP };
#define CHECK_KINDS (CHECK_HTTP + 1)

struct status_range {
	uint16_t first, last; /* 100-999 */
};

struct url_conf {
	const char *path;
	const char *virtualhost;	   /* NULL: the check's, else the address */
	const char *digest;		   /* 32 lower-case hex digits of the body's MD5 */
	const char *regex;		   /* PCRE2 pattern the body must match; NULL = any */
	const struct status_range *status; /* wanted codes; default 200-299 */
	size_t n_status;
};

/*
 * A probe: what to do to whom, how often.  Equal probes of several servers are one target, run
 * once; servers name their targets by index.  `key` is a hash of all parameters, unique within a
 * configuration and the same in every process and after every reload.
 */
struct target_conf {
	uint64_t key;
	enum check_kind kind;
	bool alpha;		/* counts as failed until it has passed once */
	struct address address; /* where to connect */
	uint16_t port;
	uint32_t retry;	  /* further tries before the verdict is "fail" */
	int64_t interval; /* delay_loop */
	int64_t delay_before_retry;
	int64_t timeout; /* connect_timeout: the total deadline of one try */
	const char *virtualhost;
	const struct url_conf *urls; /* HTTP only; at least one */
	size_t n_urls;
	struct place place;
};

/* Identity within its service: address, port, fallback. */
struct server_conf {
	struct address address;
	uint16_t port;
	bool fallback;
	bool alpha;
	struct forward_conf forward;
	uint8_t on_failure;	 /* enum on_failure */
	int32_t weight;		 /* 0..INT32_MAX */
	const uint32_t *targets; /* indexes into conf.targets: all must pass; none = always up */
	uint32_t n_targets;
	struct place place;
	const struct unsupported *unsupported;
};

/* Identity: protocol, address, port; or family and fwmark. */
struct service_conf {
	struct address address; /* none for fwmark */
	uint16_t family;
	uint16_t port;
	uint16_t protocol;	      /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP; 0 with fwmark */
	uint32_t fwmark;	      /* 0 = none */
	const char *scheduler;	      /* "wlc" ...: the kernel's name */
	uint32_t persistence_timeout; /* seconds; 0 = not persistent */
	uint32_t quorum;	      /* sum of weights; >= 1 */
	uint32_t hysteresis;
	struct server_conf *servers; /* real servers first, in the file's order, then fallbacks */
	size_t n_servers;	     /* with the fallbacks */
	size_t n_fallbacks;
	struct place place;
	const struct unsupported *unsupported;
};

struct conf {
	struct arena *arena;
	const char **files; /* names as opened; [0] is the main file */
	size_t n_files;
	struct secret_conf *secrets; /* one of each file that has some; none in canonical text */
	size_t n_secrets;
	struct global_conf global;
	struct garp_group_conf *garp_groups;
	size_t n_garp_groups;
	struct interface_delay_conf *delays; /* the file's order */
	size_t n_delays;
	struct instance_conf *instances; /* the file's order */
	size_t n_instances;
	struct group_conf *groups; /* the file's order */
	size_t n_groups;
	struct service_conf *services;
	size_t n_services;
	struct target_conf *targets;
	size_t n_targets;
	const struct unsupported *unsupported; /* blocks and statements of the root level */
};

/* Which check worker runs a target; the same in every process. */
static inline unsigned target_worker(const struct target_conf *target, unsigned n_workers)
{
	return (unsigned)(target->key % n_workers);
}

/* The first garp_group with that interface; NULL = none. */
const struct garp_group_conf *garp_group_of(const struct conf *conf, const char *interface);
/* The delays of that interface; NULL = it has none. */
const struct interface_delay_conf *interface_delay_of(const struct conf *conf,
						      const char *interface);
const char *lvs_method_name(enum lvs_method method); /* "NAT", "DR", "TUN" */
const char *check_kind_name(enum check_kind kind);   /* "TCP_CHECK", "HTTP_GET" */
const char *protocol_name(uint16_t protocol);	     /* "TCP", "UDP", "SCTP" */
/* The longest time for which elections are held back at a start, in µs. */
int64_t global_conf_hold_most(const struct global_conf *global);
/* The hardware address of its use_vmac: the configured one, else that of RFC 9568 7.3. */
void instance_conf_mac(const struct instance_conf *instance, uint8_t mac[6]);
/* Where an instance is: its interface, or without one the address that it sends from. */
struct address_text instance_conf_place(const struct instance_conf *instance);
/* "10.0.0.1:80/tcp", "[fd00::1]:80/tcp" or "fwmark 5"; at most `size` bytes with the NUL. */
const char *service_conf_name(const struct service_conf *service, char *text, size_t size);

#endif
