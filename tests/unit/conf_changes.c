/*
 * The comparison of configurations: exactly what differs, by identity.  Each case is a change to
 * one base text and the list that has to come of it, one line per change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/change/changes.h"
#include "conf/model/load.h"
#include "conf/table/keyword.h"
#include "conf/table/value.h"

#define A                                                                                     \
	"vrrp_instance A {\n interface lo\n virtual_router_id 1\n priority 100\n version 3\n" \
	" virtual_ipaddress { 10.0.0.1/32\n 10.0.0.2/32\n }\n}\n"
#define B                                                                                     \
	"vrrp_instance B {\n interface lo\n virtual_router_id 2\n priority 100\n version 3\n" \
	" virtual_ipaddress { 10.0.0.3/32\n }\n}\n"
#define SERVER(address, weight) \
	" real_server " address " 80 { weight " weight "\n TCP_CHECK { connect_timeout 3 } }\n"
#define SERVICE(port, inside) \
	"virtual_server 10.0.0.1 " port " { protocol TCP\n delay_loop 6\n" inside "}\n"
#define X             \
	SERVICE("80", \
		SERVER("10.0.1.1", "1") SERVER("10.0.1.2", "1") " fallback 127.0.0.1 80 { }\n")
#define Y   SERVICE("81", SERVER("10.0.1.1", "1"))
#define ALL A B X Y

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

/* "B.1" = the second part of the object that is named. */
static void print_place(const struct conf *conf, const struct change *change,
			const struct change_place *place, FILE *out)
{
	if (place->owner == CHANGE_NOWHERE)
		fputs("-", out);
	else if (change->object <= CHANGE_OF_PEER)
		fprintf(out, "%s", conf->instances[place->owner].name);
	else if (change->object == CHANGE_OF_GROUP)
		fprintf(out, "%s", conf->groups[place->owner].name);
	else
		fprintf(out, "%u", conf->services[place->owner].port);
	if (place->part != CHANGE_NOWHERE)
		fprintf(out, ".%u", place->part);
}

static void print_changes(const struct conf *before, const struct conf *after,
			  const struct conf_changes *changes, FILE *out)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->list[i];

		fprintf(out, "%s %s ", change_object_name(change->object),
			change_kind_name(change->kind));
		print_place(before, change, &change->before, out);
		fputc(' ', out);
		print_place(after, change, &change->after, out);
		if (change->kind == CHANGE_VALUE)
			fprintf(out, " %s %s > %s", change->word, change->old_value,
				change->new_value);
		fputc('\n', out);
	}
}

static void expect_between(const struct conf *before, const struct conf *after, const char *wanted)
{
	struct conf_changes changes;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	conf_changes_find(&changes, before, after);
	print_changes(before, after, &changes, out);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
	conf_changes_clear(&changes);
}

static void expect(const char *before_text, const char *after_text, const char *wanted)
{
	struct conf *before = load(before_text), *after = load(after_text);

	expect_between(before, after, wanted);
	conf_free(before);
	conf_free(after);
}

static void nothing_differs_from_itself(void **state)
{
	(void)state;
	expect(ALL, ALL, "");
	expect("", "", "");
}

static void order_is_no_difference(void **state)
{
	(void)state;
	expect(ALL, Y X B A, "");
	expect(X,
	       SERVICE("80", " fallback 127.0.0.1 80 { }\n" SERVER("10.0.1.2", "1")
				     SERVER("10.0.1.1", "1")),
	       "");
}

static void objects_come_and_go_whole(void **state)
{
	(void)state;
	expect(A, ALL, "instance added - B\nservice added - 80\nservice added - 81\n");
	expect(ALL, B Y, "instance removed A -\nservice removed 80 -\n");
	expect(SERVICE("80", SERVER("10.0.1.1", "1")), SERVICE("80", SERVER("10.0.1.2", "1")),
	       "server removed 80.0 80\nserver added 80 80.0\n");
}

static void keys_are_told_by_their_numbers_only(void **state)
{
#define KEY_A	     "0123456789abcdef0123456789abcdef"
#define KEY_B	     "0123456789abcdef0123456789abcdeX"
#define SIGNED(keys) "vrrp_instance A { interface lo\nvirtual_router_id 1\n" keys "}\n"
	(void)state;
	expect(SIGNED("auth_hmac { key 1 " KEY_A "\nkey 2 " KEY_A " }"),
	       SIGNED("auth_hmac { key 1 " KEY_B "\nkey 3 " KEY_A "\nmode permissive }"),
	       "instance changed A A mode enforce > permissive\n"
	       "instance changed A A key 1 ******** > 1 ******** (another)\n"
	       "instance changed A A key 2 ******** > none\n"
	       "instance changed A A key none > 3 ********\n");
	expect(SIGNED(""), SIGNED("auth_hmac { key 1 " KEY_A " }"),
	       "instance changed A A active_key none > 1\n"
	       "instance changed A A time_window none > 5 s\n"
	       "instance changed A A key none > 1 ********\n");
}

static void a_new_name_is_a_value(void **state)
{
	(void)state;
	expect(A B,
	       "vrrp_instance C {\n interface lo\n virtual_router_id 1\n priority 90\n version 3\n"
	       " advert_int 0.5\n nopreempt\n virtual_ipaddress { 10.0.0.1/32\n 10.0.0.2/32\n"
	       " }\n}\n" B,
	       "instance changed A C name A > C\n"
	       "instance changed A C priority 100 > 90\n"
	       "instance changed A C advert_int 1 s > 0.5 s\n"
	       "instance changed A C nopreempt no > yes\n");
}

static void another_vrid_is_another_instance(void **state)
{
	(void)state;
	expect(B,
	       "vrrp_instance B {\n interface lo\n virtual_router_id 3\n version 3\n"
	       " virtual_ipaddress { 10.0.0.3/32 }\n}\n",
	       "instance removed B -\ninstance added - B\n");
}

#define INSTANCE(name, vrid, addresses)                                       \
	"vrrp_instance " name " {\n interface lo\n virtual_router_id " vrid   \
	"\n priority 100\n version 3\n virtual_ipaddress {\n" addresses "}\n" \
	"}\n"

#define SAME(name, priority, peers)                                                          \
	"vrrp_instance " name " {\n interface lo\n virtual_router_id 1\n priority " priority \
	"\n version 3\n no_virtual_ipaddress\n unicast_peer {\n " peers "\n }\n}\n"

/* Of two with one VRID: who hears the same, then who has the same name. */
static void one_vrid_is_told_by_peers_and_name_issue_8_24(void **state)
{
#define P "10.0.0.2\n10.0.0.3"
#define Q "10.0.0.4"
	(void)state;
	expect(SAME("A", "100", P) SAME("B", "100", Q), SAME("B", "100", Q) SAME("A", "100", P),
	       "");
	expect(SAME("A", "100", P) SAME("B", "100", Q),
	       SAME("B", "100", "10.0.0.3\n10.0.0.2") SAME("A", "120", Q),
	       "instance changed A B name A > B\n"
	       "instance changed B A name B > A\n"
	       "instance changed B A priority 100 > 120\n");
	expect(SAME("A", "100", P) SAME("B", "100", Q),
	       SAME("B", "120", "10.0.0.5") SAME("A", "100", "10.0.0.2"),
	       "peer removed A.1 A\n"
	       "instance changed B B priority 100 > 120\n"
	       "peer removed B.0 B\n"
	       "peer added B B.0\n");
	expect(SAME("A", "100", P), SAME("B", "100", Q) SAME("C", "100", P),
	       "instance changed A C name A > C\n"
	       "instance added - B\n");
	expect(SAME("A", "100", P) SAME("B", "100", Q), SAME("B", "100", "10.0.0.5"),
	       "instance removed A -\n"
	       "peer removed B.0 B\n"
	       "peer added B B.0\n");
}

static void an_address_that_moves_is_one_change(void **state)
{
	(void)state;
	expect(A B,
	       INSTANCE("A", "1", "10.0.0.1/32\n") INSTANCE("B", "2", "10.0.0.2/32\n10.0.0.3/32\n"),
	       "address moved A.1 B.0\n");
	/* It comes from an instance that goes, to one that comes. */
	expect(A B, INSTANCE("A", "1", "10.0.0.1/32\n10.0.0.2/32\n10.0.0.3/32\n"),
	       "address moved B.0 A.2\ninstance removed B -\n");
	expect(A, INSTANCE("A", "1", "10.0.0.1/32\n") INSTANCE("C", "3", "10.0.0.2/32\n"),
	       "address moved A.1 C.0\ninstance added - C\n");
	/* Another length is another address to the kernel. */
	expect(A B,
	       INSTANCE("A", "1", "10.0.0.1/32\n") INSTANCE("B", "2", "10.0.0.2/24\n10.0.0.3/32\n"),
	       "address removed A.1 A\naddress added B B.0\n");
	/* Both have it: it has not moved. */
	expect(A B, A INSTANCE("B", "2", "10.0.0.2/32\n10.0.0.3/32\n"), "address added B B.0\n");
}

static void values_of_an_address(void **state)
{
	(void)state;
	expect(A,
	       "vrrp_instance A {\n interface lo\n virtual_router_id 1\n priority 100\n version 3\n"
	       " virtual_ipaddress { 10.0.0.1/24 label lo:x\n }\n"
	       " virtual_ipaddress_excluded { 10.0.0.2/32 }\n}\n",
	       "address changed A.0 A.0 prefix /32 > /24\n"
	       "address changed A.0 A.0 label none > lo:x\n"
	       "address changed A.1 A.1 excluded no > yes\n");
}

#define ADDRESSES(list) \
	"vrrp_instance A { interface e0 virtual_router_id 1 virtual_ipaddress { " list " } }\n"

static void lengths_of_one_address_have_no_order_issue_8_32(void **state)
{
	(void)state;
	expect(ADDRESSES("10.0.0.1/24 10.0.0.1/25"), ADDRESSES("10.0.0.1/25 10.0.0.1/24"), "");
}

static void two_old_addresses_are_not_one_new_issue_8_32(void **state)
{
	(void)state;
	expect(ADDRESSES("10.0.0.1/24 10.0.0.1/25"), ADDRESSES("10.0.0.1/26"),
	       "address changed A.0 A.0 prefix /24 > /26\naddress removed A.1 A\n");
	expect(ADDRESSES("10.0.0.1/26"), ADDRESSES("10.0.0.1/24 10.0.0.1/25"),
	       "address changed A.0 A.0 prefix /26 > /24\naddress added A A.1\n");
}

static void sync_groups_are_told_by_their_names(void **state)
{
#define GROUP(name, inside) "vrrp_sync_group " name " { group { " inside " } }\n"
	(void)state;
	expect(A B, A B GROUP("G", "A B"), "sync_group added - G\n");
	expect(A B GROUP("G", "A B"), A B, "sync_group removed G -\n");
	expect(A B GROUP("G", "A B"), GROUP("G", "B A") B A,
	       "sync_group changed G G group A B > B A\n");
	expect(A B GROUP("G", "A B"), A B "vrrp_sync_group G { group { A B } notify /bin/true }\n",
	       "sync_group changed G G notify none > \"/bin/true\"\n");
}

static void secrets_are_masked(void **state)
{
#define SECRET(word)                                                                      \
	"vrrp_instance A {\n interface lo\n virtual_router_id 1\n version 2\n"            \
	" authentication {\n auth_type PASS\n auth_pass " word "\n }\n virtual_ipaddress" \
	" { 10.0.0.1/32 }\n}\n"
	(void)state;
	expect(SECRET("one"), SECRET("two"),
	       "instance changed A A auth_pass ******** > ********\n");
}

static void values_of_services_servers_and_checks(void **state)
{
	(void)state;
	expect(X,
	       "virtual_server 10.0.0.1 80 { protocol TCP\n delay_loop 6\n lb_algo rr\n"
	       " persistence_timeout 300\n" SERVER(
		       "10.0.1.1",
		       "5") " real_server 10.0.1.2 80 { TCP_CHECK { connect_timeout 4 } }\n"
			    " fallback 127.0.0.1 80 { }\n}\n",
	       "service changed 80 80 lb_algo wlc > rr\n"
	       "service changed 80 80 persistence_timeout none > 300 s\n"
	       "server changed 80.0 80.0 weight 1 > 5\n"
	       "check changed 80.1 80.1 connect_timeout 3 s > 4 s\n");
	expect(SERVICE("80", " real_server 10.0.1.1 80 { TCP_CHECK { } }\n"),
	       SERVICE("80", " real_server 10.0.1.1 80 { HTTP_GET { url { path / } } }\n"),
	       "check removed 80.0 80.0\ncheck added 80.0 80.0\n");
	expect(SERVICE("80", " real_server 10.0.1.1 80 { TCP_CHECK { } }\n"),
	       SERVICE("80", " real_server 10.0.1.1 80 { }\n"), "check removed 80.0 80.0\n");
}

/* Also of what vdirector does not act upon it is said that it changed. */
static void statements_without_effect(void **state)
{
#define ROUTES(route)                                                                             \
	"vrrp_instance A {\n interface lo\n virtual_router_id 1\n version 3\n virtual_routes {\n" \
	" " route "\n }\n virtual_ipaddress { 10.0.0.1/32 }\n}\n"
	(void)state;
	expect(ROUTES("10.1.0.0/24 via 10.0.0.9"), ROUTES("10.1.0.0/24 via 10.0.0.9"), "");
	expect(ROUTES("10.1.0.0/24 via 10.0.0.9"), ROUTES("10.1.0.0/24 via 10.0.0.8"),
	       "instance changed A A virtual_routes { ... } > another one\n");
	expect("global_defs { umask 022\n nftables a\n }\n", "global_defs { nftables b\n }\n",
	       "global changed - - umask 022 > none\n"
	       "global changed - - nftables a > b\n");
	expect("", "static_ipaddress {\n 10.0.0.1/32 dev lo\n}\n",
	       "root changed - - static_ipaddress none > { ... }\n");
}

static void fallbacks_have_an_order(void **state)
{
#define FALLBACK(address) " fallback " address " 80 { }\n"
	(void)state;
	expect(SERVICE("80", SERVER("10.0.1.1", "1") FALLBACK("10.0.2.1") FALLBACK("10.0.2.2")),
	       SERVICE("80", SERVER("10.0.1.1", "1") FALLBACK("10.0.2.2") FALLBACK("10.0.2.1")),
	       "service changed 80 80 order of fallbacks 10.0.2.1:80, 10.0.2.2:80 > "
	       "10.0.2.2:80, 10.0.2.1:80\n");
}

/* A member for which value_equal() then sees a difference. */
static void disturb(const struct keyword *row, char *member)
{
	const struct value_type *type = row->type;

	if (type->equal && type != &value_method)
		memset(member, 0, row->size);
	else
		member[0] ^= type == &value_ip ? AF_INET : 1;
}

/* Every row of these blocks, so a new one is covered by being there. */
static void any_member_is_noticed_alone(void **state)
{
	struct conf *before = load(ALL), *after = load(ALL);
	const struct keyword *row;
	size_t at = 0;
	uint16_t offset;

	(void)state;
	while ((row = block_member(BLOCK_SERVER, sizeof(struct server_conf), &at, &offset))) {
		struct server_conf *server = &after->services[0].servers[1];
		struct server_conf kept = *server;
		struct conf_changes changes;

		disturb(row, (char *)server + offset);
		conf_changes_find(&changes, before, after);
		assert_int_equal(changes.count, 1);
		assert_ptr_equal(changes.list[0].row, row);
		assert_int_equal(changes.list[0].before.part, 1);
		conf_changes_clear(&changes);
		*server = kept;
	}
	at = 0;
	while ((row = block_member(BLOCK_INSTANCE, sizeof(struct instance_conf), &at, &offset))) {
		struct instance_conf kept = after->instances[1];
		struct conf_changes changes;

		if (offset == offsetof(struct instance_conf, interface) ||
		    offset == offsetof(struct instance_conf, vrid))
			continue; /* identity */
		disturb(row, (char *)&after->instances[1] + offset);
		conf_changes_find(&changes, before, after);
		assert_int_equal(changes.count,
				 !value_equal(row, (const char *)&before->instances[1] + offset,
					      (const char *)&after->instances[1] + offset));
		conf_changes_clear(&changes);
		after->instances[1] = kept;
	}
	conf_free(before);
	conf_free(after);
}

#define SERVERS 50000

/* Fifty thousand servers of one service; `weight` of them all. */
static struct conf *many_servers(unsigned weight)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct conf *conf;

	fputs("virtual_server 10.0.0.1 80 { protocol TCP\n", out);
	for (unsigned i = 0; i < SERVERS; i++)
		fprintf(out, "real_server 10.%u.%u.%u 80 { weight %u\n TCP_CHECK { } }\n",
			1 + i / 62500, i / 250 % 250, 1 + i % 250, weight);
	fputs("}\n", out);
	fclose(out);
	conf = load(text);
	free(text);
	return conf;
}

/* Quadratic time would be minutes. */
static void fifty_thousand_servers_take_no_time(void **state)
{
	struct conf *before = many_servers(1), *after = many_servers(2);
	struct conf_changes changes;
	clock_t start = clock();

	(void)state;
	conf_changes_find(&changes, before, after);
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	assert_int_equal(changes.count, SERVERS);
	assert_string_equal(changes.list[SERVERS - 1].new_value, "2");
	conf_changes_clear(&changes);
	conf_free(before);
	conf_free(after);
}

/* A url that comes or goes is told, whatever the others do. */
static void a_check_with_more_urls_is_another_issue_8_32(void **state)
{
#define HTTP(urls) SERVICE("80", " real_server 10.0.1.1 80 { HTTP_GET { " urls " } }\n")
	(void)state;
	expect(HTTP("url { path / }\n"), HTTP("url { path / }\n url { path /b }\n"),
	       "check changed 80.0 80.0 number of urls 1 > 2\n");
#undef HTTP
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_differs_from_itself),
		cmocka_unit_test(a_check_with_more_urls_is_another_issue_8_32),
		cmocka_unit_test(order_is_no_difference),
		cmocka_unit_test(objects_come_and_go_whole),
		cmocka_unit_test(keys_are_told_by_their_numbers_only),
		cmocka_unit_test(a_new_name_is_a_value),
		cmocka_unit_test(another_vrid_is_another_instance),
		cmocka_unit_test(one_vrid_is_told_by_peers_and_name_issue_8_24),
		cmocka_unit_test(an_address_that_moves_is_one_change),
		cmocka_unit_test(values_of_an_address),
		cmocka_unit_test(lengths_of_one_address_have_no_order_issue_8_32),
		cmocka_unit_test(two_old_addresses_are_not_one_new_issue_8_32),
		cmocka_unit_test(sync_groups_are_told_by_their_names),
		cmocka_unit_test(secrets_are_masked),
		cmocka_unit_test(values_of_services_servers_and_checks),
		cmocka_unit_test(statements_without_effect),
		cmocka_unit_test(fallbacks_have_an_order),
		cmocka_unit_test(any_member_is_noticed_alone),
		cmocka_unit_test(fifty_thousand_servers_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
