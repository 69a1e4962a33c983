/*
 * What changes do to traffic, in words: each case is two configurations, what is known of the
 * running one, and the lines that have to come of it.  '!' marks what clients may notice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/load.h"
#include "core/director/effect.h"

#define INSTANCE(name, vrid, more, addresses)                                                     \
	"vrrp_instance " name " {\n interface lo\n virtual_router_id " vrid "\n version 3\n" more \
	"\n virtual_ipaddress {\n" addresses "}\n}\n"
#define ONE(more)	INSTANCE("A", "1", more, "10.0.0.1/32\n")
#define SERVER(address) " real_server " address " 80 { TCP_CHECK { connect_timeout 3 } }\n"
#define SERVICE(inside) "virtual_server 10.0.0.1 80 { protocol TCP\n" inside "}\n"
#define NAME		"service 10.0.0.1:80/tcp"
#define ELSEWHERE(name, vrid)                                                                    \
	"a router that is Active for " name " (VRID " vrid ") keeps what was its address until " \
	"it has it too: both will hold it until then\n"
#define FALLBACK(address) " fallback " address " 80 { }\n"

/* What runs; zeroed records are not known. */
static struct world {
	struct instance_status instances[2];
	struct service_status service;
	struct server_status servers[8];
} world;

static bool know_instance(void *data, uint32_t index, struct instance_status *status)
{
	(void)data;
	*status = world.instances[index];
	return status->state != INSTANCE_INIT;
}

static bool know_service(void *data, uint32_t index, struct service_status *status)
{
	(void)data;
	assert_int_equal(index, 0);
	*status = world.service;
	return status->name[0];
}

static bool know_server(void *data, uint32_t index, struct server_status *status)
{
	(void)data;
	assert_in_range(index, 0, 7);
	*status = world.servers[index];
	return status->state != SERVER_UNKNOWN;
}

static int forget(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	return 0;
}

static void runs_as(unsigned index, enum instance_state state, uint8_t priority)
{
	world.instances[index].state = (uint8_t)state;
	world.instances[index].priority_base = world.instances[index].priority_effective = priority;
}

static void heard(unsigned index, const char *peer, uint8_t priority)
{
	world.instances[index].peer_heard = 1;
	world.instances[index].peer_priority = priority;
	assert_true(address_parse(peer, &world.instances[index].peer));
}

static void serves(unsigned index, enum server_state state, uint32_t active)
{
	world.servers[index].state = (uint8_t)state;
	world.servers[index].weight_kernel = state == SERVER_UP;
	world.servers[index].connections_active = active;
}

static struct conf *load(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_create();
	struct conf *conf = conf_load_text("test", text, strlen(text), NULL, diagnostics);

	if (!conf)
		diagnostics_print(diagnostics, stderr);
	assert_non_null(conf);
	diagnostics_destroy(diagnostics);
	return conf;
}

static void expect(const char *before_text, const char *after_text, const char *wanted)
{
	struct conf *before = load(before_text), *after = load(after_text);
	struct conf_changes changes;
	const struct effect_facts facts = {before,	after, know_instance,	  know_service,
					   know_server, NULL,  &changes.instances};
	struct effects effects;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	conf_changes_find(&changes, before, after);
	effects_find(&effects, &changes, &facts);
	for (size_t i = 0; i < effects.count; i++)
		fprintf(out, "%s%s\n", effects.list[i].disturbs ? "! " : "", effects.list[i].text);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
	effects_clear(&effects);
	conf_changes_clear(&changes);
	conf_free(before);
	conf_free(after);
}

static void lower_priority_of_an_active_router(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(ONE("priority 100"), ONE("priority 90"),
	       "! A: priority 100 → 90: may lose Active to a router of priority 91 or more, if "
	       "there is one: none was heard\n");
	heard(0, "10.0.0.9", 95);
	expect(ONE("priority 100"), ONE("priority 90"),
	       "! A: priority 100 → 90: may lose Active to 10.0.0.9\n");
	heard(0, "10.0.0.9", 90);
	expect(ONE("priority 100"), ONE("priority 90"),
	       "A: priority 100 → 90: stays Active, 10.0.0.9 (priority 90) is not better\n");
	expect(ONE("priority 100"), ONE("priority 110"), "A: priority 100 → 110: stays Active\n");
}

static void a_sync_group_goes_together(void **state)
{
#define GROUP(priority)                                     \
	ONE("priority " priority)                           \
	INSTANCE("B", "2", "priority 100", "10.0.0.2/32\n") \
	"vrrp_sync_group G { group { A\n B\n }\n}\n"
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	heard(0, "10.0.0.9", 95);
	expect(GROUP("100"), GROUP("90"),
	       "! A: priority 100 → 90: may lose Active to 10.0.0.9, with all of sync group G\n");
	expect(GROUP("100"), GROUP("98"),
	       "A: priority 100 → 98: stays Active, 10.0.0.9 (priority 95) is not better\n");
}

/* A tracker has taken 20 away, and goes on doing so. */
static void trackers_count(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	world.instances[0].priority_effective = 80;
	heard(0, "10.0.0.9", 75);
	expect(ONE("priority 100"), ONE("priority 90"),
	       "! A: priority 100 → 90: may lose Active to 10.0.0.9\n");
}

static void priority_of_a_backup(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	heard(0, "10.0.0.9", 150);
	expect(ONE("priority 100"), ONE("priority 150"),
	       "A: priority 100 → 150: stays Backup to 10.0.0.9 (priority 150)\n");
	expect(ONE("priority 100"), ONE("priority 151"),
	       "! A: priority 100 → 151: takes over from 10.0.0.9 (priority 150)\n");
	expect(ONE("preempt_delay 5\n priority 100"), ONE("preempt_delay 5\n priority 151"),
	       "! A: priority 100 → 151: takes over from 10.0.0.9 (priority 150) after "
	       "preempt_delay, 5 s\n");
	expect(ONE("nopreempt\n priority 100"), ONE("nopreempt\n priority 151"),
	       "A: priority 100 → 151: stays Backup: nopreempt leaves 10.0.0.9 (priority 150) in "
	       "place\n");
	world.instances[0].standby = 1;
	expect(ONE("priority 100"), ONE("priority 151"),
	       "A: priority 100 → 151: stays Backup: standby by the operator\n");
}

static void nopreempt_that_goes(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	heard(0, "10.0.0.9", 50);
	expect(ONE("nopreempt"), ONE(""),
	       "! A: nopreempt yes → no: takes over from 10.0.0.9 (priority 50)\n");
	expect(ONE(""), ONE("nopreempt"),
	       "A: nopreempt no → yes: stays Backup: nopreempt leaves "
	       "10.0.0.9 (priority 50) in place\n");
}

static void what_routers_must_agree_about(void **state)
{
#define BOTH                                                                                      \
	"the other routers ignore our adverts, and we theirs, until they have it too: both will " \
	"be Active until then\n"
#define MAYBE                                                                                        \
	": routers that do not have it yet may ignore our adverts, or we theirs: two may be Active " \
	"until all have it\n"
#define TWO(more)                                                                         \
	"vrrp_instance A {\n interface lo\n virtual_router_id 1\n version 2\n" more "\n " \
	"virtual_ipaddress {\n10.0.0.1/32\n}\n}\n"
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(TWO("advert_int 1"), TWO("advert_int 2"), "! A: advert_int 1 s → 2 s: " BOTH);
	expect(ONE("advert_int 1"), ONE("advert_int 2"), "A: advert_int 1 s → 2 s\n");
	expect(TWO("authentication { auth_type PASS\n auth_pass one\n}"),
	       TWO("authentication { auth_type PASS\n auth_pass two\n}"),
	       "! A: auth_pass ******** → ********: " BOTH);
	expect(TWO(""), ONE(""), "! A: version 2 → 3: " BOTH);
}

static void a_word_has_no_unit(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(ONE("address_lease 4"), ONE("address_lease off"), "A: address_lease 4 s → off\n");
}

static void signing_and_its_keys(void **state)
{
#define KEY(n)	     "key " #n " 0123456789abcdef0123456789abcdef\n"
#define SIGNED(more) ONE("auth_hmac {\n" more "}")
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(ONE(""), SIGNED(KEY(1) "mode receive-only\n"),
	       "A: active_key none → 1\nA: time_window none → 5 s\nA: mode enforce → receive-only\n"
	       "A: key none → 1 ********\n");
	expect(SIGNED(KEY(1) "mode receive-only\n"), SIGNED(KEY(1) "mode permissive\n"),
	       "! A: mode receive-only → permissive" MAYBE);
	expect(SIGNED(KEY(1) "mode permissive\n"), SIGNED(KEY(1)),
	       "! A: mode permissive → enforce" MAYBE);
	expect(SIGNED(KEY(1)), SIGNED(KEY(1) KEY(2)), "A: key none → 2 ********\n");
	expect(SIGNED(KEY(1) KEY(2)), SIGNED(KEY(1) KEY(2) "active_key 2\n"),
	       "! A: active_key 1 → 2" MAYBE);
	expect(SIGNED(KEY(2) KEY(1)), SIGNED(KEY(2)), "A: key 1 ******** → none\n");
	expect(SIGNED(KEY(1)), SIGNED(KEY(2)),
	       "! A: active_key 1 → 2: " BOTH "! A: key 1 ******** → none: " BOTH
	       "! A: key none → 2 ********: " BOTH);
}

static void instances_that_come_and_go(void **state)
{
	(void)state;
	expect("", ONE(""),
	       "A: new on lo, VRID 1: starts as Backup, Active after 3.6 s if no better router is "
	       "heard\n");
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(ONE(""), "", "A: removed from lo, VRID 1: leaves the election\n");
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(ONE(""), "",
	       "! A: removed from lo, VRID 1: resigns, and nobody else was heard who would take "
	       "over\n");
	heard(0, "10.0.0.9", 90);
	expect(ONE(""), INSTANCE("A", "2", "", "10.0.0.8/32\n"),
	       "! A: removed from lo, VRID 1: resigns, 10.0.0.9 (priority 90) may take over\n"
	       "A: new on lo, VRID 2: starts as Backup, Active after 3.6 s if no better router is "
	       "heard\n");
}

static void addresses_that_come_and_go(void **state)
{
	const char *both = INSTANCE("A", "1", "", "10.0.0.1/32\n10.0.0.2/32\n");

	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(ONE(""), both, "A: 10.0.0.2/32 added\n");
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(ONE(""), both, "A: 10.0.0.2/32 added: is added to lo and announced\n");
	expect(both, ONE(""), "! A: 10.0.0.2/32 removed: leaves lo: its clients lose it\n");
	expect(ONE(""), INSTANCE("A", "1", "", "10.0.0.1/24\n"),
	       "A: 10.0.0.1/24: prefix /32 → /24: stays on lo\n");
	expect(ONE(""), INSTANCE("A", "1", "", "10.0.0.1/32 label lo:a\n"),
	       "A: 10.0.0.1/32: label none → lo:a: stays on lo\n");
}

static void addresses_that_move(void **state)
{
	const char *before = ONE("") INSTANCE("B", "2", "", "10.0.0.3/32\n10.0.0.4/32\n");
	const char *after = INSTANCE("A", "1", "", "10.0.0.1/32\n10.0.0.4/32\n")
		INSTANCE("B", "2", "", "10.0.0.3/32\n");

	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	runs_as(1, INSTANCE_ACTIVE, 100);
	expect(before, after, "10.0.0.4/32: B → A: stays on lo\n");
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(before, after, "! 10.0.0.4/32: B → A: leaves lo: A is not Active here\n");
	runs_as(1, INSTANCE_BACKUP, 100);
	expect(before, after, "10.0.0.4/32: B → A\n");
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(before, after,
	       "! 10.0.0.4/32: B → A: is added to lo and announced; " ELSEWHERE("B", "2"));
	expect(ONE(""),
	       INSTANCE("A", "1", "", "10.0.0.3/32\n") INSTANCE("C", "3", "", "10.0.0.1/32\n"),
	       "! 10.0.0.1/32: A → C: no address stays: " BOTH
	       "A: 10.0.0.3/32 added: is added to lo and announced\n"
	       "C: new on lo, VRID 3: starts as Backup, Active after 3.6 s if no better router is "
	       "heard\n");
}

/* Issue 8.2: what goes to an instance is held by whoever is Active for the one that had it. */
static void addresses_that_the_peer_holds_under_another_number_issue_8_2(void **state)
{
	const char *before = ONE("") INSTANCE("B", "2", "", "10.0.0.3/32\n10.0.0.4/32\n");
	const char *gone = ONE("") INSTANCE("B", "2", "", "10.0.0.3/32\n");
	char after[1024];

	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	runs_as(1, INSTANCE_BACKUP, 100);
	/* With another length it comes and goes, instead of moving. */
	expect(before,
	       INSTANCE("A", "1", "", "10.0.0.1/32\n10.0.0.4/24\n")
		       INSTANCE("B", "2", "", "10.0.0.3/32\n"),
	       "! A: 10.0.0.4/24 added: is added to lo and announced; " ELSEWHERE(
		       "B", "2") "B: 10.0.0.4/32 removed\n");
	snprintf(after, sizeof(after), "%s%s", gone, INSTANCE("C", "3", "", "10.0.0.4/32\n"));
	expect(before, after,
	       "10.0.0.4/32: B → C\n"
	       "! C: new on lo, VRID 3: starts as Backup, Active after 3.6 s if no better router is "
	       "heard; " ELSEWHERE("B", "2"));
	runs_as(1, INSTANCE_ACTIVE, 100);
	expect(before, after,
	       "10.0.0.4/32: B → C: stays on lo unless C hears a better router\n"
	       "C: new on lo, VRID 3: starts as Backup, Active after 3.6 s if no better router is "
	       "heard\n");
}

static void another_interface_is_another_router_issue_8_2(void **state)
{
	static const char after[] = "vrrp_instance A {\n interface e1\n virtual_router_id 1\n"
				    "version 3\n virtual_ipaddress {\n10.0.0.1/32\n}\n}\n";

	(void)state;
	for (unsigned state_now = INSTANCE_BACKUP; state_now <= INSTANCE_ACTIVE; state_now++) {
		runs_as(0, state_now, 100);
		expect(ONE(""), after,
		       "! A: removed from lo, VRID 1: A on e1 has its addresses now; the other "
		       "routers do not hear us there until they have it too: both will be Active "
		       "until then\n"
		       "A: new on e1, VRID 1: starts as Backup, Active after 3.6 s if no better "
		       "router is heard\n");
	}
}

/* Issue 8.2: the other routers refuse lists that have no address in common with theirs, as we do.
 */
static void a_list_of_other_addresses_is_another_group(void **state)
{
	const char *two = INSTANCE("A", "1", "", "10.0.0.1/32\n10.0.0.2/32\n");

	(void)state;
	for (unsigned state_now = INSTANCE_INIT; state_now <= INSTANCE_ACTIVE; state_now++) {
		runs_as(0, state_now, 100);
		expect(ONE(""), INSTANCE("A", "1", "", "10.0.0.8/32\n"),
		       state_now == INSTANCE_ACTIVE
			       ? "! A: 10.0.0.1/32 removed: no address stays: " BOTH
				 "A: 10.0.0.8/32 added: is added to lo and announced\n"
			       : "! A: 10.0.0.1/32 removed: no address stays: " BOTH
				 "A: 10.0.0.8/32 added\n");
	}
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(two, INSTANCE("A", "1", "", "10.0.0.2/32\n10.0.0.8/32\n"),
	       "A: 10.0.0.1/32 removed\nA: 10.0.0.8/32 added\n");
	expect(ONE(""),
	       "vrrp_instance A {\n interface lo\n virtual_router_id 1\n version 3\n"
	       "virtual_ipaddress {\n10.0.0.8/32\n}\n"
	       "virtual_ipaddress_excluded {\n10.0.0.1/32\n}\n}\n",
	       "! A: 10.0.0.1/32: excluded no → yes: no address stays: " BOTH
	       "A: 10.0.0.8/32 added\n");
}

/* Issue 8.2 */
static void virtual_routers_that_swap_their_numbers(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	runs_as(1, INSTANCE_ACTIVE, 100);
	expect(ONE("") INSTANCE("B", "2", "", "10.0.0.2/32\n"),
	       INSTANCE("A", "2", "", "10.0.0.1/32\n") INSTANCE("B", "1", "", "10.0.0.2/32\n"),
	       "B: name A → B\n"
	       "! A: 10.0.0.1/32: VRID 1 → 2: no address stays: " BOTH "A: name B → A\n"
	       "! B: 10.0.0.2/32: VRID 2 → 1: no address stays: " BOTH);
}

static void another_number_is_another_router(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(ONE(""), INSTANCE("A", "2", "", "10.0.0.1/32\n"),
	       "! A: removed from lo, VRID 1: A (VRID 2) has its addresses now; the other routers "
	       "do not hear us as VRID 1 until they have it too: both will be Active until then\n"
	       "A: new on lo, VRID 2: starts as Backup, Active after 3.6 s if no better router is "
	       "heard\n");
}

/* Issue 8.2: and no value that was never there. */
static void a_password_where_none_was(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(TWO(""), TWO("authentication { auth_type PASS\n auth_pass one\n}"),
	       "! A: auth_type none → PASS: " BOTH "! A: auth_pass none → ********: " BOTH);
}

static void peers_that_go_and_a_source_they_do_not_know(void **state)
{
#define PEERS(more, peers) ONE(more " unicast_peer {\n" peers "}")
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(PEERS("", "10.0.0.8\n10.0.0.9\n"), PEERS("", "10.0.0.9\n"),
	       "! A: unicast_peer 10.0.0.8 removed: it and we do not hear each other any more: "
	       "both will be Active, if it still runs\n");
	expect(PEERS("", "10.0.0.9\n"), PEERS("unicast_src_ip 10.0.0.7\n", "10.0.0.9\n"),
	       "! A: mcast_src_ip none → 10.0.0.7: peers that do not expect our adverts from there "
	       "ignore them: both will be Active until they do\n");
	assert_true(address_parse("10.0.0.7", &world.instances[0].source));
	expect(PEERS("", "10.0.0.9\n"), PEERS("unicast_src_ip 10.0.0.7\n", "10.0.0.9\n"),
	       "A: mcast_src_ip none → 10.0.0.7\n");
	expect(PEERS("unicast_src_ip 10.0.0.7\n", "10.0.0.9\n"), PEERS("", "10.0.0.9\n"),
	       "! A: mcast_src_ip 10.0.0.7 → none: peers that do not expect our adverts from there "
	       "ignore them: both will be Active until they do\n");
}

/* Of a router that has what we have. */
static void ttls_that_peers_refuse_issue_8_2(void **state)
{
#define FAR(ttl) "10.0.0.9 min_ttl " ttl "\n"
	(void)state;
	runs_as(0, INSTANCE_BACKUP, 100);
	expect(PEERS("", FAR("200")), PEERS("unicast_ttl 64\n", FAR("200")),
	       "! A: unicast_ttl 255 → 64: " BOTH);
	expect(PEERS("", FAR("200")), PEERS("unicast_ttl 220\n", FAR("200")),
	       "A: unicast_ttl 255 → 220\n");
	expect(PEERS("unicast_ttl 150\n", FAR("100")), PEERS("unicast_ttl 150\n", FAR("200")),
	       "! A: unicast_peer 10.0.0.9: min_ttl 100 → 200: " BOTH);
	expect(PEERS("unicast_ttl 64\n", FAR("200")), PEERS("unicast_ttl 70\n", FAR("200")),
	       "A: unicast_ttl 64 → 70\n");
}

static void a_virtual_mac_is_another_hardware_address(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(ONE(""), ONE("use_vmac"),
	       "A: use_vmac none → yes: the addresses get another hardware address, which is "
	       "announced\n"
	       "A: 10.0.0.1/32: dev lo → vrrp.1: is on vrrp.1, and announced, before it leaves "
	       "lo\n");
}

static void names_and_scripts_do_nothing(void **state)
{
	(void)state;
	runs_as(0, INSTANCE_ACTIVE, 100);
	expect(ONE(""), INSTANCE("B", "1", "garp_master_refresh 7", "10.0.0.1/32\n"),
	       "B: name A → B\n"
	       "B: garp_master_refresh 60 s → 7 s\n");
}

static void servers_that_come_and_go(void **state)
{
	(void)state;
	serves(0, SERVER_UP, 7);
	serves(1, SERVER_UP, 412);
	expect(SERVICE(SERVER("10.0.1.6") SERVER("10.0.1.7")), SERVICE(SERVER("10.0.1.6")),
	       "10.0.1.7:80 leaves " NAME ": 412 active connections are drained\n");
	expect("virtual_server 10.0.0.1 53 { protocol UDP\n" SERVER("10.0.1.6")
		       SERVER("10.0.1.7") "}\n",
	       "virtual_server 10.0.0.1 53 { protocol UDP\n" SERVER("10.0.1.6") "}\n",
	       "! 10.0.1.7:80 leaves service 10.0.0.1:53/udp: 412 active connections are cut\n");
	serves(1, SERVER_UP, 1);
	expect(SERVICE(" on_failure remove\n" SERVER("10.0.1.6") SERVER("10.0.1.7")),
	       SERVICE(" on_failure remove\n" SERVER("10.0.1.6")),
	       "! 10.0.1.7:80 leaves " NAME ": 1 active connection is cut\n");
	expect(SERVICE(SERVER("10.0.1.6")), SERVICE(SERVER("10.0.1.6") SERVER("10.0.1.7")),
	       "10.0.1.7:80 joins " NAME "\n");
	expect(SERVICE(SERVER("10.0.1.6")), "",
	       "! " NAME ": removed: leaves the kernel's table, 7 active connections are cut\n");
	expect("", SERVICE(SERVER("10.0.1.6")), NAME ": new, 1 server\n");
}

static void many_servers_that_change_alike_are_one_line(void **state)
{
	const char *few = SERVER("10.0.1.1") SERVER("10.0.1.2") SERVER("10.0.1.3");
	char before[2048], after[2048];

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		serves(i, SERVER_UP, 100);
	snprintf(before, sizeof(before), "virtual_server 10.0.0.1 80 { protocol TCP\n%s%s}\n", few,
		 SERVER("10.0.1.4") SERVER("10.0.1.5"));
	expect(before, SERVICE(SERVER("10.0.1.5")),
	       "4 servers leave " NAME ": 400 active connections are drained\n");
	snprintf(after, sizeof(after),
		 "virtual_server 10.0.0.1 80 { protocol TCP\n delay_loop 5\n%s%s}\n", few,
		 SERVER("10.0.1.4") SERVER("10.0.1.5"));
	serves(4, SERVER_DOWN, 0);
	expect(before, after,
	       "5 checks of " NAME ": TCP_CHECK: delay_loop 60 s → 5 s: the state stays until "
	       "the new check has a result\n");
}

#define OF_WEIGHT(port, weight, more)                                          \
	"virtual_server 10.0.0.1 " port " { protocol TCP\n lb_kind NAT\n" more \
	" real_server 10.0.1.6 80 { weight " weight " TCP_CHECK { connect_timeout 3 } }\n}\n"
#define OF(port, more) OF_WEIGHT(port, "1", more)
#define NONE(port)     OF_WEIGHT(port, "0", "lb_algo rr\n")
#define SIX(more) \
	OF("1", more) OF("2", more) OF("3", more) OF("4", more) OF("5", more) OF("6", more)

static void many_services_that_change_alike_are_one_line(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++)
		serves(i, SERVER_UP, 10);
	expect(SIX("") OF("7", ""),
	       NONE("1") NONE("2") NONE("3") NONE("4") NONE("5") NONE("6") OF_WEIGHT("7", "5", ""),
	       "6 services: lb_algo wlc → rr: for new connections, the others stay where they "
	       "are\n"
	       "6 servers of 6 services: weight 1 → 0: no new connections, 60 active connections "
	       "stay\n"
	       "10.0.1.6:80 of service 10.0.0.1:7/tcp: weight 1 → 5\n");
	expect(SIX("delay_loop 6\n"), SIX("delay_loop 7\n"),
	       "6 checks of 6 services: TCP_CHECK: delay_loop 6 s → 7 s: the state stays until "
	       "the new check has a result\n");
	/* Few services have a line each. */
	expect(OF("1", "") OF("2", ""), OF("1", "lb_algo rr\n") OF("2", "lb_algo rr\n"),
	       "service 10.0.0.1:1/tcp: lb_algo wlc → rr: for new connections, the others stay "
	       "where they are\n"
	       "service 10.0.0.1:2/tcp: lb_algo wlc → rr: for new connections, the others stay "
	       "where they are\n");
}

static void values_of_servers(void **state)
{
#define WITH(more) SERVICE(" real_server 10.0.1.6 80 { " more " }\n")
	(void)state;
	serves(0, SERVER_UP, 3);
	expect(WITH("weight 1"), WITH("weight 0"),
	       "10.0.1.6:80 of " NAME ": weight 1 → 0: no new connections, 3 active connections "
	       "stay\n");
	expect(WITH("weight 1"), WITH("weight 2"), "10.0.1.6:80 of " NAME ": weight 1 → 2\n");
	expect(WITH("lvs_method NAT"), WITH("lvs_method DR"),
	       "10.0.1.6:80 of " NAME ": lvs_method NAT → DR: for new connections, the others "
	       "stay where they are\n");
	expect(WITH("on_failure quiesce"), WITH("on_failure remove"),
	       "10.0.1.6:80 of " NAME ": on_failure quiesce → remove\n");
	serves(0, SERVER_DOWN, 3);
	expect(WITH("weight 1"), WITH("weight 2"),
	       "10.0.1.6:80 of " NAME ": weight 1 → 2: counts when it is up again\n");
	expect(WITH("on_failure quiesce"), WITH("on_failure remove"),
	       "! 10.0.1.6:80 of " NAME ": on_failure quiesce → remove: 1 down: removed now, 3 "
	       "active connections are cut\n");
}

static void checks_that_change(void **state)
{
	(void)state;
	serves(0, SERVER_UP, 3);
	expect(WITH("TCP_CHECK { connect_timeout 3 }"), WITH("TCP_CHECK { connect_timeout 4 }"),
	       "10.0.1.6:80 of " NAME
	       ": TCP_CHECK: connect_timeout 3 s → 4 s: the state stays until "
	       "the new check has a result\n");
	expect(WITH(""), WITH("TCP_CHECK { }"),
	       "10.0.1.6:80 of " NAME ": TCP_CHECK added: the state stays until the new check "
	       "has a result\n");
	serves(0, SERVER_DOWN, 3);
	expect(WITH("TCP_CHECK { }"), WITH(""),
	       "10.0.1.6:80 of " NAME ": TCP_CHECK removed: not checked any more: comes up\n");
}

static void values_of_services(void **state)
{
#define QUORUM(quorum) \
	SERVICE(" quorum " quorum "\n" SERVER("10.0.1.6") SERVER("10.0.1.7") FALLBACK("127.0.0.1"))
	(void)state;
	world.service = (struct service_status){.name = "x", .quorum_up = 1, .weight_up = 1};
	expect(QUORUM("1"), QUORUM("2"),
	       "! " NAME ": quorum 1 → 2: only 1 of 2 are up: the quorum is lost, the fallback "
	       "serves\n");
	world.service.weight_up = 2;
	expect(QUORUM("1"), QUORUM("2"), NAME ": quorum 1 → 2\n");
	expect(SERVICE(SERVER("10.0.1.6")), SERVICE(" lb_algo rr\n" SERVER("10.0.1.6")),
	       NAME ": lb_algo wlc → rr: for new connections, the others stay where they are\n");
	serves(2, SERVER_UP, 0);
	world.servers[2].weight_kernel = WEIGHT_ABSENT;
	expect(SERVICE(SERVER("10.0.1.6") SERVER("10.0.1.7") FALLBACK("127.0.0.1")),
	       SERVICE(SERVER("10.0.1.6") SERVER("10.0.1.7")),
	       "fallback 127.0.0.1:80 leaves " NAME "\n");
}

static void what_needs_a_restart(void **state)
{
	struct conf *before = load("global_defs { check_workers 1\n router_id a\n }\n");
	struct conf *after = load("global_defs { check_workers 2\n router_id b\n }\n");
	struct conf_changes changes;
	const struct effect_facts facts = {before,	after, know_instance,	  know_service,
					   know_server, NULL,  &changes.instances};
	struct effects effects;

	(void)state;
	conf_changes_find(&changes, before, after);
	effects_find(&effects, &changes, &facts);
	assert_int_equal(effects.count, 2);
	assert_string_equal(effects.list[0].text, "global_defs: router_id a → b");
	assert_false(effects.list[0].restart);
	assert_string_equal(effects.list[1].text,
			    "global_defs: check_workers 1 → 2: needs a restart of the daemon");
	assert_true(effects.list[1].restart);
	effects_clear(&effects);
	conf_changes_clear(&changes);
	conf_free(before);
	conf_free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lower_priority_of_an_active_router, forget),
		cmocka_unit_test_setup(a_sync_group_goes_together, forget),
		cmocka_unit_test_setup(trackers_count, forget),
		cmocka_unit_test_setup(priority_of_a_backup, forget),
		cmocka_unit_test_setup(nopreempt_that_goes, forget),
		cmocka_unit_test_setup(what_routers_must_agree_about, forget),
		cmocka_unit_test_setup(a_word_has_no_unit, forget),
		cmocka_unit_test_setup(signing_and_its_keys, forget),
		cmocka_unit_test_setup(instances_that_come_and_go, forget),
		cmocka_unit_test_setup(addresses_that_come_and_go, forget),
		cmocka_unit_test_setup(addresses_that_move, forget),
		cmocka_unit_test_setup(addresses_that_the_peer_holds_under_another_number_issue_8_2,
				       forget),
		cmocka_unit_test_setup(ttls_that_peers_refuse_issue_8_2, forget),
		cmocka_unit_test_setup(another_interface_is_another_router_issue_8_2, forget),
		cmocka_unit_test_setup(a_list_of_other_addresses_is_another_group, forget),
		cmocka_unit_test_setup(virtual_routers_that_swap_their_numbers, forget),
		cmocka_unit_test_setup(another_number_is_another_router, forget),
		cmocka_unit_test_setup(a_password_where_none_was, forget),
		cmocka_unit_test_setup(peers_that_go_and_a_source_they_do_not_know, forget),
		cmocka_unit_test_setup(a_virtual_mac_is_another_hardware_address, forget),
		cmocka_unit_test_setup(names_and_scripts_do_nothing, forget),
		cmocka_unit_test_setup(servers_that_come_and_go, forget),
		cmocka_unit_test_setup(many_servers_that_change_alike_are_one_line, forget),
		cmocka_unit_test_setup(many_services_that_change_alike_are_one_line, forget),
		cmocka_unit_test_setup(values_of_servers, forget),
		cmocka_unit_test_setup(checks_that_change, forget),
		cmocka_unit_test_setup(values_of_services, forget),
		cmocka_unit_test_setup(what_needs_a_restart, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
