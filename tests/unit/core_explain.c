/*
 * The sentences of vdctl explain, each from the facts that lead to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/director/explain.h"

#define NOW  INT64_C(1000000000)
#define WALL INT64_C(1700000000000000)

static char said[4096]; /* "about: sentence" lines */

static void say(void *data, const char *about, const char *sentence)
{
	size_t used = strlen(said);

	(void)data;
	assert_true(snprintf(said + used, sizeof(said) - used, "%s: %s\n", about, sentence) <
		    (int)(sizeof(said) - used));
}

static const struct instance_conf conf = {.name = "web",
					  .interface = "eth1",
					  .vrid = 51,
					  .priority = 150,
					  .down_adverts = 3,
					  .advert_interval = USEC_PER_SEC,
					  .n_addresses = 2};

static struct explain_facts facts_of(enum instance_state state)
{
	struct explain_facts facts = {
		.conf = &conf, .now = {NOW}, .wall = {WALL}, .lateness_max = -1};

	facts.status.state = (uint8_t)state;
	facts.status.since = WALL - 200 * USEC_PER_SEC;
	facts.status.priority_effective = 150;
	facts.status.advert_sent = NOW - USEC_PER_SEC;
	address_parse("10.0.0.1", &facts.status.source);
	return facts;
}

static void hold(struct explain_facts *facts, enum instance_reason_kind kind, const char *text)
{
	struct instance_reason *reason = &facts->status.reasons[kind];

	reason->since = WALL - 30 * USEC_PER_SEC;
	assert_true(snprintf(reason->text, sizeof(reason->text), "%s", text) > 0);
}

/* A Backup that has heard 10.0.0.2 a quarter of a second ago. */
static struct explain_facts backup_facts(uint8_t theirs)
{
	struct explain_facts facts = facts_of(INSTANCE_BACKUP);

	address_parse("10.0.0.2", &facts.status.peer);
	facts.status.peer_priority = theirs;
	facts.status.peer_heard = NOW - 250000;
	facts.status.down_due = NOW + 3150000;
	hold(&facts, REASON_PEER, "a peer");
	return facts;
}

static void explains(const struct explain_facts *facts, const char *line)
{
	said[0] = '\0';
	explain(facts, say, NULL);
	if (!strstr(said, line))
		print_error("not said: %s\nbut:\n%s", line, said);
	assert_non_null(strstr(said, line));
}

static void conceals(const struct explain_facts *facts, const char *part)
{
	said[0] = '\0';
	explain(facts, say, NULL);
	assert_null(strstr(said, part));
}

static void spans_have_the_unit_that_fits(void **state)
{
	char text[EXPLAIN_SPAN_SIZE];

	(void)state;
	assert_string_equal(explain_span(-5, text), "0.00 s");
	assert_string_equal(explain_span(250000, text), "0.25 s");
	assert_string_equal(explain_span(INT64_C(35) * USEC_PER_SEC, text), "35 s");
	assert_string_equal(explain_span(INT64_C(600) * USEC_PER_SEC, text), "10 min");
	assert_string_equal(explain_span(INT64_C(3) * 3600 * USEC_PER_SEC, text), "3 h");
	assert_string_equal(explain_span(INT64_C(5) * 86400 * USEC_PER_SEC, text), "5 d");
}

static void each_role_is_named_with_its_age(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_ACTIVE);

	(void)state;
	explains(&facts, "role: web (virtual router 51 on eth1) is Active for 3 min.\n");
	facts = facts_of(INSTANCE_FAULT);
	explains(&facts, "role: web (virtual router 51 on eth1) is in fault for 3 min.\n");
	facts = facts_of(INSTANCE_INIT);
	facts.status.since = 0;
	explains(&facts, "role: web (virtual router 51 on eth1) is not started.\n");
}

static void a_backup_names_its_peer_and_how_long_it_waits(void **state)
{
	struct explain_facts facts = backup_facts(200);

	(void)state;
	explains(&facts, "peer: 10.0.0.2 is Active with priority 200; its last advert came 0.25 s "
			 "ago.\nrank: Our priority is 150: one above 200 would take the role.\n");
	explains(&facts, "wait: It becomes Active when 10.0.0.2 resigns, or when no advert is "
			 "heard for another 3.15 s.\n");
	facts = backup_facts(150);
	explains(&facts,
		 "rank: Our priority is the same; a Backup leaves an equal one in place.\n");
}

static void a_backup_that_outranks_says_what_holds_it(void **state)
{
	struct explain_facts facts = backup_facts(100);

	(void)state;
	explains(&facts, "rank: Our priority is 150, which is higher: it takes the role.\n");
	hold(&facts, REASON_PREEMPT_DELAY, "delay");
	facts.status.preempt_until = NOW + 42 * USEC_PER_SEC;
	explains(&facts, "preempt_delay: Our priority is 150, which is higher, but "
			 "'preempt_delay' leaves it in place for another 42 s.\n");
	hold(&facts, REASON_NOPREEMPT, "never");
	explains(&facts, "nopreempt: Our priority is 150, which is higher, but 'nopreempt' leaves "
			 "it in place: 'vdctl takeover web' takes the role.\n");
}

static void a_backup_alone_says_what_it_listens_for(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_BACKUP);

	(void)state;
	hold(&facts, REASON_STARTUP, "listening, no Active router heard yet");
	facts.status.down_due = NOW + 500000;
	explains(&facts,
		 "startup: For 30 s: listening, no Active router heard yet.\n"
		 "wait: It becomes Active when no better advert is heard for another 0.50 s.\n");
	hold(&facts, REASON_GROUP, "db waits");
	explains(&facts, "group: For 30 s: db waits. The members of a sync group have one role.\n");
	conceals(&facts, "It becomes Active");
}

static void a_backup_that_fences_says_so(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_BACKUP);

	(void)state;
	hold(&facts, REASON_FENCE, "fence_script runs");
	explains(&facts, "fence: For 30 s: fence_script runs. It becomes Active when that has "
			 "succeeded.\n");
	facts = backup_facts(200);
	hold(&facts, REASON_FENCE, "fence_script runs");
	explains(&facts, "peer: 10.0.0.2 was Active with priority 200;");
	conceals(&facts, "rank:");
}

static void a_backup_whose_probe_is_answered_says_so(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_BACKUP);

	(void)state;
	hold(&facts, REASON_PROBE, "10.0.0.5 is answered for by 02:00:00:00:00:01 on eth1");
	explains(&facts, "probe: For 30 s: 10.0.0.5 is answered for by 02:00:00:00:00:01 on eth1. "
			 "It becomes Active when it has asked and nobody answers; 'vdctl takeover' "
			 "does not ask.\n");
	facts = backup_facts(200);
	hold(&facts, REASON_PROBE, "others are asked");
	explains(&facts, "peer: 10.0.0.2 was Active with priority 200;");
	conceals(&facts, "rank:");
}

static void an_active_one_says_who_could_take_the_role(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_ACTIVE);

	(void)state;
	hold(&facts, REASON_ELECTED, "nobody better was heard");
	explains(&facts,
		 "elected: No router that outranks it was heard.\n"
		 "rank: A router of a priority above 150 takes the role, and so does one of "
		 "150 with an address above 10.0.0.1.\n");
	explains(&facts, "standby: 'vdctl standby web' hands the role over.\n");
	facts.status.priority_effective = 255;
	explains(&facts, "rank: It is the owner of the addresses (priority 255): only another "
			 "owner could take the role.\n");
}

static void late_adverts_and_wake_ups_are_said(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_ACTIVE);

	(void)state;
	conceals(&facts, "late: ");
	facts.status.advert_sent = NOW - 2500000;
	explains(&facts, "late: Its last advert was sent 2.50 s ago, although one is due every "
			 "1.00 s: after 3 missing ones the peers take over.\n");
	facts = facts_of(INSTANCE_BACKUP);
	facts.lateness_max = 400000;
	conceals(&facts, "late: ");
	facts.lateness_max = 700000;
	explains(&facts, "late: The election process once woke up 0.70 s late, of 1.00 s from "
			 "advert to advert: the machine is too busy, or was paused.\n");
}

/* Peers on a link that loses adverts wait for more of them (flap_damping). */
static void peers_that_damp_take_over_later_issue_8_32(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_ACTIVE);

	(void)state;
	facts.status.advert_sent = NOW - 2500 * USEC_PER_MSEC;
	facts.status.damping = 2;
	explains(&facts, "late: Its last advert was sent 2.50 s ago, although one is due every "
			 "1.00 s: after 5 missing ones the peers take over.\n");
}

static void a_fault_says_what_ends_it(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_FAULT);

	(void)state;
	hold(&facts, REASON_INTERFACE, "eth1 is down");
	explains(&facts, "interface: For 30 s: eth1 is down. The fault ends when the interface is "
			 "there, up, and has a carrier.\n");
	facts = facts_of(INSTANCE_FAULT);
	hold(&facts, REASON_NO_SOURCE, "eth1 has no address to send from");
	explains(&facts, "no_source: For 30 s: eth1 has no address to send from. The fault ends "
			 "when the interface has a usable address of that family.\n");
	facts = facts_of(INSTANCE_FAULT);
	hold(&facts, REASON_NO_PEER, "eth1 has no unicast peer to send to");
	explains(&facts, "The fault ends when a unicast_peer is configured.\n");
}

static void the_operators_wishes_say_how_they_end(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_BACKUP);

	(void)state;
	facts.status.standby = 1;
	facts.status.priority_effective = 1;
	explains(&facts, "standby: By the operator it stands back, with priority 1 instead of 150: "
			 "'vdctl takeover web' ends that.\n");
	facts = facts_of(INSTANCE_ACTIVE);
	facts.status.takeover = 1;
	facts.status.priority_effective = 253;
	explains(&facts, "takeover: By the operator it has taken the role, with priority 253 "
			 "instead of 150: 'vdctl standby web' hands it back.\n");
}

static void troubles_are_said_in_every_role(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_ACTIVE);

	(void)state;
	facts.n_missing = 1;
	hold(&facts, REASON_DUPLICATE_OWNER, "10.0.0.9 is claimed by 02:00:00:00:00:01, too");
	hold(&facts, REASON_LINK, "no advert is heard on eth2");
	hold(&facts, REASON_UNADVERTISED, "adverts list 90 of 91 addresses");
	hold(&facts, REASON_ADDRESS, "10.0.0.9 on eth1: No such device");
	explains(&facts, "address: 1 of its 2 addresses is not on this machine.\n");
	const struct instance_conf one = {.name = "web", .priority = 100, .n_addresses = 1};
	facts.conf = &one;
	explains(&facts, "address: Its address is not on this machine.\n");
	facts.conf = &conf;
	explains(&facts,
		 "duplicate_owner: For 30 s: 10.0.0.9 is claimed by 02:00:00:00:00:01, too. "
		 "Two machines own it: adverts do not pass between them, or somebody has "
		 "set it by hand.\n");
	explains(&facts, "link: For 30 s: no advert is heard on eth2. A peer is alive while it is "
			 "heard on any link.\n");
	explains(&facts, "unadvertised: For 30 s: adverts list 90 of 91 addresses. Peers with the "
			 "same file and MTU do the same.\n");
	explains(&facts, "address: For 30 s: 10.0.0.9 on eth1: No such device. The kernel is asked "
			 "again every second.\n");
}

static void who_is_not_believed_is_named_for_a_while(void **state)
{
	struct explain_facts facts = facts_of(INSTANCE_BACKUP);

	(void)state;
	conceals(&facts, "refused");
	address_parse("10.0.0.2", &facts.status.refused.source);
	assert_true(snprintf(facts.status.refused.text, sizeof(facts.status.refused.text),
			     "wrong password") > 0);
	facts.status.refused.at = WALL - 30 * USEC_PER_SEC;
	explains(&facts,
		 "refused: An advert from 10.0.0.2 was refused 30 s ago: wrong password. It "
		 "counts as not heard.\n");
	facts.status.refused.at = WALL - 121 * USEC_PER_SEC;
	conceals(&facts, "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_have_the_unit_that_fits),
		cmocka_unit_test(each_role_is_named_with_its_age),
		cmocka_unit_test(a_backup_names_its_peer_and_how_long_it_waits),
		cmocka_unit_test(a_backup_that_outranks_says_what_holds_it),
		cmocka_unit_test(a_backup_alone_says_what_it_listens_for),
		cmocka_unit_test(a_backup_that_fences_says_so),
		cmocka_unit_test(a_backup_whose_probe_is_answered_says_so),
		cmocka_unit_test(an_active_one_says_who_could_take_the_role),
		cmocka_unit_test(late_adverts_and_wake_ups_are_said),
		cmocka_unit_test(peers_that_damp_take_over_later_issue_8_32),
		cmocka_unit_test(a_fault_says_what_ends_it),
		cmocka_unit_test(the_operators_wishes_say_how_they_end),
		cmocka_unit_test(troubles_are_said_in_every_role),
		cmocka_unit_test(who_is_not_believed_is_named_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
