#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include "conf/table/conf.h"

/*
 * Drafts: objects while they are read.  Each begins with its struct of the model, so that the
 * keyword tables name members of both alike, and adds which members were given and what its parts
 * inherit from it.  resolve*.c turns drafts into the model; nothing outlives that.
 */

#define GIVEN_BITS 64

struct global_draft {
	struct global_conf conf;
	uint64_t given;
	struct place places[GIVEN_BITS]; /* of each given value */
	/* Of the instances that do not say it themselves: */
	bool checksum_plain;
	uint8_t down_adverts;
	bool lower_prio_no_advert;
	bool check_unicast_src;
	bool min_garp;
	bool strict;
	const char *vmac_prefix;
	struct checks_conf checks;
	const char *default_interface; /* of addresses for which nothing else names one */
	struct address group4;
	struct address group6;
};

struct address_draft {
	struct address_conf conf;
	bool excluded; /* from adverts */
};

struct instance_draft {
	struct instance_conf conf;
	uint64_t given;
	uint64_t tried;			 /* with those whose value was reported as bad */
	struct place places[GIVEN_BITS]; /* of each given value */
	size_t first_address;		 /* in the parser's list; then conf.n_addresses of them */
	size_t first_peer;		 /* the same; then conf.n_peers of them */
	size_t first_key;		 /* the same; then conf.hmac.n_keys of them */
	struct address unicast_source;	 /* unicast_src_ip */
	struct place peers_place;	 /* of the list of peers; line 0 = none, or reported */
	struct place auth_place;	 /* of the authentication block; line 0 = none */
	struct place hmac_place;	 /* of the auth_hmac block; line 0 = none */
	bool hmac_failed;		 /* something in that block was reported */
	bool bad_address;		 /* one of its addresses was reported */
	bool invalid;			 /* its header was reported */
};

struct group_draft {
	struct group_conf conf;
	size_t first_member;	    /* in the parser's list; then conf.n_members of them */
	struct place members_place; /* of the list; line 0 = none */
	bool invalid;		    /* something in it was reported */
};

struct member_draft {
	const char *name; /* of an instance */
	struct place place;
};

/* What a check is told by its real server, and that by its service. */
struct check_draft {
	struct target_conf conf;
	uint64_t given;
	const struct unsupported *unsupported;
	size_t first_url; /* in the parser's list; then conf.n_urls of them */
};

struct server_draft {
	struct server_conf conf;
	struct target_conf checks; /* for its checks to inherit */
	uint64_t given;
	size_t first_check; /* in the parser's list */
	size_t n_checks;
	uint16_t check_port; /* for its checks to connect to */
	bool invalid;
};

struct service_draft {
	struct service_conf conf;
	struct target_conf checks;  /* for the checks to inherit */
	struct server_conf servers; /* for the real servers to inherit */
	uint64_t given;
	uint64_t tried; /* with those whose value was reported as bad */
	struct place places[GIVEN_BITS];
	size_t errors; /* reported before it */
	bool invalid;
};

#endif
